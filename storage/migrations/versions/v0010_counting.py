"""Counting what is stored without reading it: texts are large, and every report counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the indexes."""
    is_removed, is_live = sa.text("removed_at IS NOT NULL"), sa.text("removed_at IS NULL")
    op.create_index("ix_items_removed", "items", ["issue_id"], sqlite_where=is_removed, postgresql_where=is_removed)
    op.create_index(
        "ix_issues_newsletter_gate",
        "issues",
        ["newsletter", "gate", "id"],
        sqlite_where=is_live,
        postgresql_where=is_live,
    )

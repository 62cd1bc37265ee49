"""An index of the issues' titles: a search reads all of them for one that is called as somebody typed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Add the index; whatever the search reads of an issue stands in it."""
    op.create_index(
        "ix_issues_titles",
        "issues",
        ["title_folded", "sorted_at", "newsletter"],
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )

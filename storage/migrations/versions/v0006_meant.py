"""What was meant: removals that wait for a decision, what a head says against publishing, a newsletter's identity."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns; nothing is held, and every newsletter gets its identity at the next start."""
    op.add_column("newsletters", sa.Column("key", sa.Text(), nullable=True))
    op.add_column("newsletters", sa.Column("source", sa.Text(), nullable=True))
    op.add_column("newsletters", sa.Column("orphaned_at", types.UtcTime(), nullable=True))
    op.add_column("issues", sa.Column("missing", sa.Text(), nullable=True))
    op.add_column("issues", sa.Column("withheld", sa.Text(), nullable=False, server_default=""))
    op.add_column("issues", sa.Column("expires_at", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("held", sa.Text(), nullable=True))
    is_missing, is_held = sa.text("missing IS NOT NULL"), sa.text("held IS NOT NULL")
    op.create_index("ix_issues_missing", "issues", ["newsletter"], sqlite_where=is_missing, postgresql_where=is_missing)
    op.create_index("ix_deliveries_held", "deliveries", ["issue_id"], sqlite_where=is_held, postgresql_where=is_held)

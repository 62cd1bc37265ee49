"""Entries of lists that would be taken back wait for a decision, as messages do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add the column; nothing of a list waits yet."""
    op.add_column("delivery_items", sa.Column("held", sa.Text))
    is_set = sa.text("held IS NOT NULL")
    op.create_index(
        "ix_delivery_items_held", "delivery_items", ["delivery_id"], sqlite_where=is_set, postgresql_where=is_set
    )

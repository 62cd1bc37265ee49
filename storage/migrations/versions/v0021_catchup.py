"""When members last used /catchup, and what those members opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "catchup_members",
        sa.Column("user_id", types.Id, autoincrement=False, nullable=False),
        sa.Column("guild_id", types.Id, autoincrement=False, nullable=False),
        sa.Column("looked_at", types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "guild_id", name=op.f("pk_catchup_members")),
        sqlite_strict=True,
    )
    op.create_table(
        "opened_items",
        sa.Column("user_id", types.Id, autoincrement=False, nullable=False),
        sa.Column("guild_id", types.Id, autoincrement=False, nullable=False),
        sa.Column("item_id", types.Id, nullable=False),
        sa.Column("opened_at", types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_opened_items_item_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "guild_id", "item_id", name=op.f("pk_opened_items")),
        sqlite_strict=True,
    )
    op.create_index("ix_opened_items_item_id", "opened_items", ["item_id"])

"""Layout auto: messages that list several items, and items in a thread below a header that is in the channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types
from storage.migrations.checks import replace_check

revision = "0007"
down_revision = "0006"

_OLD_LAYOUTS = "layout IN ('items', 'thread', 'forum', 'digest')"
_NEW_LAYOUTS = "layout IN ('auto', 'items', 'thread', 'forum', 'digest')"


def upgrade() -> None:
    """Let subscriptions have the new layout, and deliveries several items."""
    replace_check("subscriptions", "layout", _OLD_LAYOUTS, _NEW_LAYOUTS)
    op.add_column(
        "subscriptions", sa.Column("max_messages", sa.Integer(), nullable=False, server_default=sa.text("30"))
    )
    for name in ("is_list", "in_thread"):
        op.add_column("deliveries", sa.Column(name, types.Flag(), nullable=False, server_default=sa.false()))
    op.create_table(
        "delivery_items",
        sa.Column("delivery_id", types.Id, nullable=False, autoincrement=False),
        sa.Column("item_id", types.Id, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("delivery_id", "item_id", name=op.f("pk_delivery_items")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_items_delivery_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_delivery_items_item_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_delivery_items_item_id", "delivery_items", ["item_id"])

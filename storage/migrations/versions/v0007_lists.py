"""Layout auto: messages that list several items, and items in a thread below a header that is in the channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

from storage import types

revision = "0007"
down_revision = "0006"

_OLD_LAYOUTS = "layout IN ('items', 'thread', 'forum', 'digest')"
_NEW_LAYOUTS = "layout IN ('auto', 'items', 'thread', 'forum', 'digest')"


def upgrade() -> None:
    """Let subscriptions have the new layout, and deliveries several items."""
    if op.get_bind().dialect.name == "sqlite":
        _widen_layouts()
    else:
        op.drop_constraint(op.f("ck_subscriptions_layout"), "subscriptions", type_="check")
        op.create_check_constraint(op.f("ck_subscriptions_layout"), "subscriptions", sa.text(_NEW_LAYOUTS))
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


def _widen_layouts() -> None:
    """SQLite cannot change a CHECK: the table is made anew from its own definition, with all its rows and indexes."""
    connection = op.get_bind()
    query = text("SELECT sql FROM sqlite_master WHERE tbl_name = 'subscriptions' AND type = :type AND sql IS NOT NULL")
    [table] = connection.execute(query, {"type": "table"}).scalars().all()
    indexes = connection.execute(query, {"type": "index"}).scalars().all()
    if _OLD_LAYOUTS not in table:
        raise RuntimeError("the table subscriptions has another definition than that of revision 0006")
    made = table.replace(_OLD_LAYOUTS, _NEW_LAYOUTS).replace("TABLE subscriptions", "TABLE subscriptions_new", 1)
    rebuild = (
        made,
        "INSERT INTO subscriptions_new SELECT * FROM subscriptions",
        "DROP TABLE subscriptions",
        "ALTER TABLE subscriptions_new RENAME TO subscriptions",
        *indexes,
    )
    for statement in rebuild:
        connection.exec_driver_sql(statement)

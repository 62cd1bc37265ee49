"""Layout auto: messages that list several items, and items in a thread below a header that is in the channel."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0007"
down_revision = "0006"

_OLD_LAYOUTS = "layout IN ('items', 'thread', 'forum', 'digest')"
_NEW_LAYOUTS = "layout IN ('auto', 'items', 'thread', 'forum', 'digest')"
_STATEMENTS = (
    "ALTER TABLE subscriptions ADD COLUMN max_messages INTEGER NOT NULL DEFAULT 30",
    "ALTER TABLE deliveries ADD COLUMN is_list INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE deliveries ADD COLUMN in_thread INTEGER NOT NULL DEFAULT 0",
    (
        "CREATE TABLE delivery_items (delivery_id INTEGER NOT NULL, item_id INTEGER NOT NULL, "
        "CONSTRAINT pk_delivery_items PRIMARY KEY (delivery_id, item_id), "
        "CONSTRAINT fk_delivery_items_delivery_id FOREIGN KEY (delivery_id) REFERENCES deliveries (id) "
        "ON DELETE CASCADE, "
        "CONSTRAINT fk_delivery_items_item_id FOREIGN KEY (item_id) REFERENCES items (id)) STRICT"
    ),
    "CREATE INDEX ix_delivery_items_item_id ON delivery_items (item_id)",
)


def upgrade() -> None:
    """Let subscriptions have the new layout, and deliveries several items."""
    _widen_layouts()
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)


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

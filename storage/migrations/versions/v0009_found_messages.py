"""Herald's own messages that stand in a channel and that the ledger does not know."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

_STATEMENTS = (
    """CREATE TABLE found_messages (
        message_id INTEGER NOT NULL,
        channel_id INTEGER NOT NULL,
        thread_id INTEGER,
        header_id INTEGER,
        kind TEXT NOT NULL,
        mark TEXT NOT NULL,
        title TEXT NOT NULL,
        url TEXT,
        footer TEXT NOT NULL,
        text TEXT NOT NULL,
        found_at TEXT NOT NULL,
        CONSTRAINT pk_found_messages PRIMARY KEY (message_id)
    ) STRICT""",
    "CREATE INDEX ix_found_messages_channel_id ON found_messages (channel_id)",
)


def upgrade() -> None:
    """Create the table, empty."""
    for statement in _STATEMENTS:
        op.get_bind().exec_driver_sql(statement)

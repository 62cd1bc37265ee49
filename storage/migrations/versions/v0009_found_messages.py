"""Herald's own messages that stand in a channel and that the ledger does not know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "found_messages",
        sa.Column("message_id", types.Id, nullable=False, autoincrement=False),
        sa.Column("channel_id", types.Id, nullable=False),
        sa.Column("thread_id", types.Id, nullable=True),
        sa.Column("header_id", types.Id, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("footer", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("found_at", types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_found_messages")),
        sqlite_strict=True,
    )
    op.create_index("ix_found_messages_channel_id", "found_messages", ["channel_id"])

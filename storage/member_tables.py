"""Tables about people: `/catchup` data of members, and problems reported to admins (`troubles.py`)."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text

from storage.tables import table
from storage.types import Id, UtcTime

catchup_members = table(
    "catchup_members",
    Column("user_id", Id, primary_key=True, autoincrement=False),
    Column("guild_id", Id, primary_key=True, autoincrement=False),
    Column("looked_at", UtcTime, nullable=False),
)

opened_items = table(
    "opened_items",
    Column("user_id", Id, primary_key=True, autoincrement=False),
    Column("guild_id", Id, primary_key=True, autoincrement=False),
    Column("item_id", Id, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("opened_at", UtcTime, nullable=False),
    Index("ix_opened_items_item_id", "item_id"),
)

troubles = table(
    "troubles",
    Column("key", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("since_at", UtcTime, nullable=False),
    Column("channel_id", Id),  # where it was reported
    Column("message_id", Id),  # NULL: it could not be reported
)

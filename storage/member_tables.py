"""What `/catchup` remembers about the members who use it; `catchups.py` reads and writes it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index

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

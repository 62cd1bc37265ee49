"""The search feed: what changed for searches, in the order in which it was committed.

Triggers note each changed row of `newsletters`, `issues` and `items`; whoever takes items into the index or out of it
notes that here. A transaction holds the feed from its first entry to its end, so that numbers are in the order of
commits and no reader passes one over. `postgres/search_copy.py` applies the feed to this machine's index.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text, delete, func, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import remember
from storage.dialects import hold

HELD = "herald search feed"
TRIMMED = "search feed trimmed"  # a setting: the last entry that was deleted
KEPT = dt.timedelta(days=7)  # a copy that was away for longer is built anew
FED = "fed"  # whether the transaction of a connection noted anything: a key of its `info`

search_feed = Table(
    "search_feed",
    MetaData(),
    Column("seq", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


class FeedKind(enum.StrEnum):
    """What an entry is about: the first three name a table whose row changed, the others what becomes of an item."""

    NEWSLETTERS = "newsletters"
    ISSUES = "issues"
    ITEMS = "items"
    INDEX = "index"
    REINDEX = "reindex"  # the same text: its vector stays
    UNINDEX = "unindex"
    HIDE = "hide"  # its vector stays for when it is found again


async def note(connection: AsyncConnection, kind: FeedKind, ids: Sequence[int]) -> None:
    """Let the copies of the index do something with items once the transaction is committed."""
    if not ids:
        return
    await hold(connection, HELD)
    await connection.execute(insert(search_feed), [{"kind": kind.value, "id": one} for one in ids])
    connection.info[FED] = True


async def trim(connection: AsyncConnection) -> None:
    """Delete old entries."""
    await hold(connection, HELD)
    is_old = search_feed.c.noted_at < func.now() - KEPT
    if last := max(await connection.scalars(delete(search_feed).where(is_old).returning(search_feed.c.seq)), default=0):
        await remember(connection, TRIMMED, str(last))

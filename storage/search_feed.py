"""The search feed: all changes relevant to search, in commit order.

Triggers add an entry for each changed row of `newsletters`, `issues` and `items`; changes of the index are added here.
A transaction locks the feed from its first entry to its end, so that entry numbers follow the commit order and readers
cannot miss an entry. `postgres/search_copy.py` applies the feed to the local index.
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
TRIMMED = "search feed trimmed"  # setting: the last deleted entry
KEPT = dt.timedelta(days=7)  # a copy that is further behind is rebuilt
FED = "fed"  # key in a connection's `info`: whether its transaction added entries

search_feed = Table(
    "search_feed",
    MetaData(),
    Column("seq", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


class FeedKind(enum.StrEnum):
    """The kind of an entry: the first three name the table of a changed row, the others an action for an item."""

    NEWSLETTERS = "newsletters"
    ISSUES = "issues"
    ITEMS = "items"
    INDEX = "index"
    REINDEX = "reindex"  # the text is unchanged: keep its vector
    UNINDEX = "unindex"
    HIDE = "hide"  # keep its vector, in case it becomes searchable again


async def note(connection: AsyncConnection, kind: FeedKind, ids: Sequence[int]) -> None:
    """Add entries for items, which copies of the index apply once the transaction is committed."""
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

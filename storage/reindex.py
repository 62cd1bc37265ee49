"""Bringing the index up to date with the items, where a new version of Herald indexes differently."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import schema
from storage.database import Database
from storage.index import VERSION, Entry, index_items, unindex_items
from storage.records import Gate
from storage.rows import item_of
from storage.scope import PUBLISHED

log = logging.getLogger(__name__)

_BATCH = 500
_HIDDEN = tuple(gate.value for gate in Gate if not gate.is_published)
_TABLES = ("search_documents", "search_index", "search_words", "search_names")


async def reindex(db: Database) -> int:
    """Take all items into the index if it is of another version; return how many were taken in.

    What an earlier version of Herald let searches find before it was published is taken out.

    Safe to interrupt: the next call goes on. Searches find what is in already, and items that are
    stored meanwhile are indexed by whoever stores them.
    """
    await _take_out_unpublished(db)
    state = await _state(db)
    if state == VERSION:
        return 0
    async with db.transaction() as connection:
        if state != -VERSION:
            for table in _TABLES:
                await connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - from the list above
            await connection.exec_driver_sql("UPDATE search_state SET value = 0 WHERE key = 'documents'")
        await _set_state(connection, -VERSION)
    done = last = 0
    while True:
        async with db.transaction() as connection:
            entries = await _entries(connection, last)
            await index_items(connection, entries, is_rebuild=True)
            if not entries:
                await _set_state(connection, VERSION)
                break
        last = entries[-1].item_id
        done += len(entries)
    if done:
        log.info("search index rebuilt items=%d version=%d", done, VERSION)
    return done


async def reindex_newsletter(db: Database, newsletter: str) -> None:
    """Take a newsletter's items into the index anew, which tells each one's newsletter; their vectors stay."""
    last = 0
    while True:
        async with db.transaction() as connection:
            entries = await _entries(connection, last, newsletter)
            await index_items(connection, entries, is_rebuild=True)
        if not entries:
            return
        last = entries[-1].item_id


async def hide_newsletter(db: Database, newsletter: str) -> None:
    """Take a newsletter's items out of the index; their vectors stay for when it is configured again."""
    items, issues, last = schema.items, schema.issues, 0
    while True:
        async with db.transaction() as connection:
            query = select(items.c.id).join(issues, issues.c.id == items.c.issue_id)
            of_newsletter = query.where(issues.c.newsletter == newsletter, items.c.id > last)
            ids = list(await connection.scalars(of_newsletter.order_by(items.c.id).limit(_BATCH)))
            await unindex_items(connection, ids, is_rebuild=True)
        if not ids:
            return
        last = ids[-1]


async def _take_out_unpublished(db: Database) -> None:
    items, issues = schema.items, schema.issues
    query = select(items.c.id).join(issues, issues.c.id == items.c.issue_id).where(issues.c.gate.in_(_HIDDEN))
    async with db.reading() as connection:
        hidden = list(await connection.scalars(query))
    for start in range(0, len(hidden), _BATCH):
        async with db.transaction() as connection:
            await unindex_items(connection, hidden[start : start + _BATCH])


async def _state(db: Database) -> int:
    async with db.reading() as connection:
        found = await connection.exec_driver_sql("SELECT value FROM search_state WHERE key = 'version'")
        return int(found.scalar_one())


async def _set_state(connection: AsyncConnection, version: int) -> None:
    await connection.exec_driver_sql("UPDATE search_state SET value = ? WHERE key = 'version'", (version,))


async def _entries(connection: AsyncConnection, after: int, newsletter: str | None = None) -> Sequence[Entry]:
    """Return the next items that are to be found, by their id."""
    items, issues = schema.items, schema.issues
    orphaned = select(schema.newsletters.c.name).where(schema.newsletters.c.orphaned_at.is_not(None))
    is_orphaned = issues.c.newsletter.in_(orphaned)
    rows = await connection.execute(
        select(items, issues.c.newsletter, issues.c.sorted_at, issues.c.tags)
        .join(issues, issues.c.id == items.c.issue_id)
        .where(items.c.id > after, items.c.removed_at.is_(None), issues.c.removed_at.is_(None))
        .where(issues.c.gate.in_(PUBLISHED))
        .where(issues.c.newsletter == newsletter if newsletter is not None else ~is_orphaned)
        .order_by(items.c.id)
        .limit(_BATCH)
    )
    return [
        Entry(
            item_id=row["id"],
            item=item_of(row),
            newsletter=row["newsletter"],
            day=row["sorted_at"].date(),
            tags=tuple(row["tags"]),
        )
        for row in rows.mappings()
    ]

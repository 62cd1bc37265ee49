"""Rebuilding the index when a new version of Herald indexes differently."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import BindParameter, RowMapping, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import schema
from storage.database import Database
from storage.index import VERSION, IndexEntry, index_items, unindex_items
from storage.records import Gate
from storage.rows import item_of
from storage.scope import PUBLISHED

log = logging.getLogger(__name__)

_BATCH = 200  # items per transaction, for which other writers wait
_HIDDEN = tuple(gate.value for gate in Gate if not gate.is_published)
_VERSION, _TARGET, _LAST = (
    "version",
    "rebuilding",
    "rebuilt",
)  # keys: the index version; the version of a rebuild, and its last item
# condition: the issue's newsletter is configured
FOLLOWED = ~schema.issues.c.newsletter.in_(
    select(schema.newsletters.c.name).where(schema.newsletters.c.orphaned_at.is_not(None))
)


async def reindex(db: Database) -> int:
    """Reindex all items if the index of `db` has another version; returns how many were indexed.

    It runs in the background: each item's old document stays searchable until the new one replaces it in the same
    transaction, and vectors are kept. After an interruption, the next call resumes. Items stored meanwhile are indexed
    as usual.
    """
    state = await _state(db)
    if state.get(_VERSION) == VERSION:
        return 0
    last = state.get(_LAST, 0) if state.get(_TARGET) == VERSION else 0
    done, is_whole = 0, False
    while not is_whole:
        async with db.transaction() as connection:
            entries = await _entries(connection, last)
            is_whole = len(entries) < _BATCH
            stale = await _documents_between(connection, last, None if is_whole else entries[-1].item_id)
            await unindex_items(connection, sorted(stale.difference(one.item_id for one in entries)))
            await index_items(connection, entries, is_rebuild=True)
            last = entries[-1].item_id if entries else last
            if is_whole:
                await mark_current(connection)
            else:
                await _set_state(connection, {_TARGET: VERSION, _LAST: last})
        done += len(entries)
    log.info("search index rebuilt items=%d version=%d", done, VERSION)
    return done


async def reindex_newsletter(db: Database, newsletter: str) -> None:
    """Reindex a newsletter's items, whose documents contain its name; their vectors are kept."""
    last = 0
    while True:
        async with db.transaction() as connection:
            entries = await _entries(connection, last, newsletter)
            await index_items(connection, entries, is_rebuild=True)
        if not entries:
            return
        last = entries[-1].item_id


async def hide_newsletter(db: Database, newsletter: str) -> None:
    """Remove a newsletter's items from the index; their vectors are kept in case it is configured again."""
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


async def take_out_unpublished(db: Database) -> None:
    """Remove unpublished items from the index, which an earlier version of Herald indexed."""
    async with db.reading() as connection:
        hidden = list(await connection.scalars(unpublished_items()))
    for start in range(0, len(hidden), _BATCH):
        async with db.transaction() as connection:
            await unindex_items(connection, hidden[start : start + _BATCH])


def unpublished_items() -> Select[int]:
    """Return the query for items of unpublished issues.

    The gates are literals, because only then SQLite uses the partial index of such issues; otherwise each start would
    read all items.
    """
    items, issues = schema.items, schema.issues
    gates: BindParameter[Any] = bindparam("gates", _HIDDEN, expanding=True, literal_execute=True)
    return select(items.c.id).where(items.c.issue_id.in_(select(issues.c.id).where(issues.c.gate.in_(gates))))


async def _state(db: Database) -> dict[str, int]:
    async with db.reading() as connection:
        rows = await connection.exec_driver_sql("SELECT key, value FROM search_state")
        return dict(cast("Sequence[tuple[str, int]]", rows.all()))


async def mark_current(connection: AsyncConnection) -> None:
    """Record that the index is complete in this version."""
    await _set_state(connection, {_VERSION: VERSION, _TARGET: 0})


async def _set_state(connection: AsyncConnection, values: dict[str, int]) -> None:
    await connection.exec_driver_sql(
        "INSERT INTO search_state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        list(values.items()),
    )


async def _documents_between(connection: AsyncConnection, after: int, last: int | None) -> set[int]:
    """Return the indexed items after one, up to another if given."""
    rows = await connection.exec_driver_sql(
        "SELECT item_id FROM search_documents WHERE item_id > ? AND (? IS NULL OR item_id <= ?)", (after, last, last)
    )
    return set(cast("Sequence[int]", rows.scalars().all()))


async def _entries(connection: AsyncConnection, after: int, newsletter: str | None = None) -> Sequence[IndexEntry]:
    """Return the next searchable items, by id."""
    items = schema.items
    is_theirs = schema.issues.c.newsletter == newsletter if newsletter is not None else FOLLOWED
    query = findable().where(items.c.id > after, is_theirs).order_by(items.c.id).limit(_BATCH)
    return entries_from((await connection.execute(query)).mappings())


async def entries_of(connection: AsyncConnection, item_ids: Sequence[int]) -> Sequence[IndexEntry]:
    """Return the searchable items among these, in the order of each issue."""
    items = schema.items
    if not item_ids:
        return []
    query = findable().where(items.c.id.in_(item_ids)).order_by(items.c.issue_id, items.c.position)
    return entries_from((await connection.execute(query)).mappings())


def findable() -> Select[Any]:
    """Return the query for searchable items with the indexed columns of their issues."""
    items, issues = schema.items, schema.issues
    return (
        select(items, issues.c.newsletter, issues.c.sorted_at, issues.c.tags)
        .join(issues, issues.c.id == items.c.issue_id)
        .where(items.c.removed_at.is_(None), issues.c.removed_at.is_(None), issues.c.gate.in_(PUBLISHED))
    )


def entries_from(rows: Iterable[RowMapping]) -> list[IndexEntry]:
    """Convert rows of `findable` to index entries."""
    return [
        IndexEntry(
            item_id=row["id"],
            item=item_of(row),
            newsletter=row["newsletter"],
            day=row["sorted_at"].date(),
            tags=tuple(row["tags"]),
        )
        for row in rows
    ]

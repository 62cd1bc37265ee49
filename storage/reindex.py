"""Bringing the index up to date with the items, where a new version of Herald indexes differently."""

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

_BATCH = 200  # items of one transaction: whoever else writes waits for so many at most
_HIDDEN = tuple(gate.value for gate in Gate if not gate.is_published)
_VERSION, _TARGET, _LAST = "version", "rebuilding", "rebuilt"  # of the whole index; of a rebuild, and how far it is
# whether an issue is of a newsletter that is still configured
FOLLOWED = ~schema.issues.c.newsletter.in_(
    select(schema.newsletters.c.name).where(schema.newsletters.c.orphaned_at.is_not(None))
)


async def reindex(db: Database) -> int:
    """Take all items into the index of `db` anew if it is of another version; return how many were taken in.

    Made for the background: each item's old document answers until the new one replaces it, in the same transaction,
    and vectors stay. Interrupted, it goes on at the next call where it was; items that are stored meanwhile are
    indexed by whoever stores them.
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


async def take_out_unpublished(db: Database) -> None:
    """Take out of the index what an earlier version of Herald let searches find before it was published."""
    async with db.reading() as connection:
        hidden = list(await connection.scalars(unpublished_items()))
    for start in range(0, len(hidden), _BATCH):
        async with db.transaction() as connection:
            await unindex_items(connection, hidden[start : start + _BATCH])


def unpublished_items() -> Select[int]:
    """Return the query for the items of issues that are not published yet.

    The gates are in its text, for only then SQLite uses the index of such issues: each start would read all items.
    """
    items, issues = schema.items, schema.issues
    gates: BindParameter[Any] = bindparam("gates", _HIDDEN, expanding=True, literal_execute=True)
    return select(items.c.id).where(items.c.issue_id.in_(select(issues.c.id).where(issues.c.gate.in_(gates))))


async def _state(db: Database) -> dict[str, int]:
    async with db.reading() as connection:
        rows = await connection.exec_driver_sql("SELECT key, value FROM search_state")
        return dict(cast("Sequence[tuple[str, int]]", rows.all()))


async def mark_current(connection: AsyncConnection) -> None:
    """Note that the index has all items, as this version makes it."""
    await _set_state(connection, {_VERSION: VERSION, _TARGET: 0})


async def _set_state(connection: AsyncConnection, values: dict[str, int]) -> None:
    await connection.exec_driver_sql(
        "INSERT INTO search_state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        list(values.items()),
    )


async def _documents_between(connection: AsyncConnection, after: int, last: int | None) -> set[int]:
    """Return the items after one, up to another or all, that the index has."""
    rows = await connection.exec_driver_sql(
        "SELECT item_id FROM search_documents WHERE item_id > ? AND (? IS NULL OR item_id <= ?)", (after, last, last)
    )
    return set(cast("Sequence[int]", rows.scalars().all()))


async def _entries(connection: AsyncConnection, after: int, newsletter: str | None = None) -> Sequence[IndexEntry]:
    """Return the next items that are to be found, by their id."""
    items = schema.items
    is_theirs = schema.issues.c.newsletter == newsletter if newsletter is not None else FOLLOWED
    query = findable().where(items.c.id > after, is_theirs).order_by(items.c.id).limit(_BATCH)
    return entries_from((await connection.execute(query)).mappings())


async def entries_of(connection: AsyncConnection, item_ids: Sequence[int]) -> Sequence[IndexEntry]:
    """Return those of the items that are to be found, each issue's in its order."""
    items = schema.items
    if not item_ids:
        return []
    query = findable().where(items.c.id.in_(item_ids)).order_by(items.c.issue_id, items.c.position)
    return entries_from((await connection.execute(query)).mappings())


def findable() -> Select[Any]:
    """Return the query for the items that are to be found, with what of their issues is indexed."""
    items, issues = schema.items, schema.issues
    return (
        select(items, issues.c.newsletter, issues.c.sorted_at, issues.c.tags)
        .join(issues, issues.c.id == items.c.issue_id)
        .where(items.c.removed_at.is_(None), issues.c.removed_at.is_(None), issues.c.gate.in_(PUBLISHED))
    )


def entries_from(rows: Iterable[RowMapping]) -> list[IndexEntry]:
    """Return what `findable` found as the index takes it."""
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

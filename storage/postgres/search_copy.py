"""A copy of what can be searched, on this machine: an SQLite file with the index, filled from a server's search feed.

Searches make dozens of small queries each; a file next to them answers several times faster than a server. The file
can be deleted at any time: it is built anew from the server.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, Table, delete, func, insert, select, text
from sqlalchemy.dialects.sqlite import insert as insert_or_update
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import StorageError
from storage import migrate
from storage.database import Database, remember
from storage.filling import fill
from storage.index import index_items, unindex_items
from storage.reindex import entries_of
from storage.schema import issues, items, newsletters, settings
from storage.search_feed import TRIMMED, FeedKind, search_feed
from storage.sqlite import SqliteDatabase

log = logging.getLogger(__name__)

# in the copy's settings: the database's id, its last entry, the timeline that its server had
_OF, _APPLIED, _TIMELINE = "copy of", "copy applied", "copy timeline"
_BATCH = 1_000
_ROWS = 2_000  # that are read and written at once
# Rows reach the copy one after the other: for a moment two of them may have one place.
_RELAXED = (
    "DROP INDEX IF EXISTS uq_issues_place",
    "CREATE INDEX IF NOT EXISTS ix_issues_place ON issues (newsletter, path, part)",
    "DROP INDEX IF EXISTS uq_items_key",
    "CREATE INDEX IF NOT EXISTS ix_items_key ON items (issue_id, key)",
)
_STAYS = {FeedKind.REINDEX, FeedKind.HIDE}  # what leaves an item's vector as it is
_ENDS = {FeedKind.UNINDEX, FeedKind.HIDE}
Reading = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


@dataclass(slots=True)
class _Changes:
    """What a part of the feed comes to: the present rows by their table, the rows that are gone, what to index."""

    rows: dict[str, Sequence[RowMapping]] = field(default_factory=dict[str, Sequence[RowMapping]])
    gone: dict[str, set[Any]] = field(default_factory=dict[str, set[Any]])
    wanted: dict[int, bool] = field(default_factory=dict[int, bool])  # by item, whether searches are to find it
    anew: set[int] = field(default_factory=set[int])  # items whose text is another one


class SearchCopy:
    """The copy in `path` of the database that `source` reads. Made by `open`, ended by `close`."""

    def __init__(self, path: Path, source: Reading, timeline: Callable[[], str] = str) -> None:
        self._path = path
        self._source = source
        self._timeline = timeline  # of the server; "" if it is not known
        self._compared = ""  # the timeline on which the copy is true to the server
        self._file: Database | None = None
        self._applied = 0
        self._lock = asyncio.Lock()

    @property
    def file(self) -> Database:
        """The open file."""
        if self._file is None:
            raise StorageError(f"There is no search copy {self._path} on this machine: start the bot here first.")
        return self._file

    async def open(self, instance: str) -> None:
        """Open the copy of the database with the id `instance`, building it where it is absent or too old."""
        found: list[bool] = []
        # another process that starts at the same moment may be making this very file
        self._file = await SqliteDatabase.open(self._path, prepare=lambda path: found.append(_has_current(path)))
        was_there = found == [True]
        if was_there and not await self._is_usable(instance):
            await self._file.close()
            self._file, was_there = await SqliteDatabase.open(self._path, prepare=_delete), False
        if not was_there:
            await self._build(instance)
        await self.catch_up()

    async def open_to_read(self, instance: str) -> None:
        """Open the copy that a running Herald keeps of the database with the id `instance`, if there is one."""
        if not await asyncio.to_thread(self._path.exists):
            return
        self._file = await SqliteDatabase.open(self._path, exclusive=False)
        # Moving a database leaves a copy of what was there before: empty, it would deny whatever is looked for.
        if not await self._is_usable(instance):
            await self._file.close()
            self._file = None

    async def close(self) -> None:
        """Let what is being applied finish."""
        async with self._lock:
            if self._file is not None:
                await self._file.close()

    async def catch_up(self) -> None:
        """Apply all that is in the feed. Raises StorageError if the server or the copy's disk fails."""
        async with self._lock:
            if (timeline := self._timeline()) != self._compared:
                if await self.file.setting(_TIMELINE) not in {None, timeline}:
                    await self._compare()
                await self.file.set_setting(_TIMELINE, timeline)
                self._compared = timeline
            while await self._apply():
                pass

    async def _compare(self) -> None:
        """Take back what the server has forgotten: a standby took over without the last commits."""
        async with self._source() as connection:
            _, self._applied = await _bounds(connection)
            changes = _Changes({newsletters.name: (await connection.execute(select(newsletters))).mappings().all()})
            async with self.file.reading() as here:
                for table in (issues, items):
                    changes.rows[table.name], changes.gone[table.name] = await _differences(connection, here, table)
        anew = [row["id"] for row in changes.rows[issues.name]]
        async with self.file.transaction() as there:
            of_issues = await there.scalars(select(items.c.id).where(items.c.issue_id.in_(anew)))
            changes.anew = {*of_issues, *(row["id"] for row in changes.rows[items.name])} - changes.gone[items.name]
            changes.wanted = dict.fromkeys(changes.anew, False)
            await _write(there, changes)
            await index_items(there, await entries_of(there, sorted(changes.anew)))
            await remember(there, _APPLIED, str(self._applied))
        gone = sum(map(len, changes.gone.values()))
        log.info("search copy compared path=%s changed=%d gone=%d", self._path, len(changes.anew), gone)

    async def _is_usable(self, instance: str) -> bool:
        if await self.file.setting(_OF) != instance:
            return False
        self._applied = int(await self.file.setting(_APPLIED) or 0)
        async with self._source() as connection:
            first, last = await _bounds(connection)
        return first <= self._applied <= last

    async def _build(self, instance: str) -> None:
        """Copy all rows and index them; the copy counts once all of it is there."""
        log.info("search copy begun path=%s", self._path)
        count = 0
        async with self.file.transaction() as there:
            for statement in _RELAXED:
                await there.execute(text(statement))
        async with self._source() as connection:
            _, self._applied = await _bounds(connection)
            for table in (newsletters, issues, items):
                count += await self._copy_rows(connection, table)
        await fill(self.file)
        async with self.file.transaction() as there:
            await remember(there, _APPLIED, str(self._applied))
            await remember(there, _TIMELINE, self._timeline())
            await remember(there, _OF, instance)
        log.info("search copy built path=%s rows=%d", self._path, count)

    async def _copy_rows(self, connection: AsyncConnection, table: Table) -> int:
        key, count = _key(table), 0
        query = select(table).order_by(key).limit(_ROWS)
        rows = (await connection.execute(query)).mappings().all()
        while rows:
            async with self.file.transaction() as there:
                write = there.execute(insert(table), [dict(row) for row in rows])
                read = connection.execute(query.where(key > rows[-1][key.name]))
                _, following = await asyncio.gather(write, read)
            count += len(rows)
            rows = following.mappings().all()
        return count

    async def _apply(self) -> bool:
        """Apply the next part of the feed; returns whether there may be more."""
        query = select(search_feed).where(search_feed.c.seq > self._applied).order_by(search_feed.c.seq).limit(_BATCH)
        async with self._source() as connection:
            entries = (await connection.execute(query)).all()
            if not entries:
                return False
            changes = await _changes(connection, [(FeedKind(entry.kind), entry.id) for entry in entries])
        async with self.file.transaction() as there:
            await _write(there, changes)
            await remember(there, _APPLIED, str(entries[-1].seq))
        self._applied = entries[-1].seq
        return len(entries) == _BATCH


async def _bounds(connection: AsyncConnection) -> tuple[int, int]:
    """Return the last entry that was deleted from the feed, and the last that there ever was."""
    trimmed = await connection.scalar(select(settings.c.value).where(settings.c.key == TRIMMED))
    last = await connection.scalar(select(func.max(search_feed.c.seq)))
    return int(trimmed or 0), max(int(trimmed or 0), int(last or 0))


async def _differences(
    server: AsyncConnection, copy: AsyncConnection, table: Table
) -> tuple[list[RowMapping], set[int]]:
    """Return the rows of a table that differ from the copy's, and the keys of those that only the copy has."""
    key, last, is_whole = _key(table), 0, False
    differing: list[RowMapping] = []
    gone: set[int] = set()
    while not is_whole:
        query = select(table).where(key > last).order_by(key)
        rows = (await server.execute(query.limit(_ROWS))).mappings().all()
        is_whole = len(rows) < _ROWS
        between = query if is_whole else query.where(key <= rows[-1]["id"])
        copied = {row["id"]: row for row in (await copy.execute(between)).mappings()}
        differing += [row for row in rows if copied.pop(row["id"], None) != row]
        gone.update(copied)
        last = rows[-1]["id"] if rows else last
    return differing, gone


async def _changes(connection: AsyncConnection, entries: Iterable[tuple[FeedKind, int]]) -> _Changes:
    """Return what entries come to, read from the rows as they are now: what they are later has later entries."""
    found = _Changes()
    changed: dict[str, set[int]] = {table.name: set() for table in (newsletters, issues, items)}
    for kind, number in entries:
        if kind.value in changed:
            changed[kind.value].add(number)
            continue
        found.wanted[number] = kind not in _ENDS
        if kind not in _STAYS:
            found.anew.add(number)
    if changed[newsletters.name]:
        found.rows[newsletters.name] = (await connection.execute(select(newsletters))).mappings().all()
    for table in (issues, items):
        ids = changed[table.name]
        rows = (await connection.execute(select(table).where(table.c.id.in_(ids)))).mappings().all() if ids else ()
        found.rows[table.name] = rows
        found.gone[table.name] = ids - {row["id"] for row in rows}
    return found


async def _write(connection: AsyncConnection, changes: _Changes) -> None:
    """Bring rows and index in line: what refers to others comes after them and goes before them."""
    for table in (newsletters, issues, items):
        await _put(connection, table, changes.rows.get(table.name, ()))
    wanted = changes.wanted | dict.fromkeys(changes.gone.get(items.name, ()), False)
    for is_rebuild in (False, True):
        mine = [number for number in wanted if (number not in changes.anew) is is_rebuild]
        await unindex_items(connection, [one for one in mine if not wanted[one]], is_rebuild=is_rebuild)
        entries = await entries_of(connection, [one for one in mine if wanted[one]])
        await index_items(connection, entries, is_rebuild=is_rebuild)
    for table in (items, issues):
        if gone := changes.gone.get(table.name):
            await connection.execute(delete(table).where(table.c.id.in_(gone)))
    if known := changes.rows.get(newsletters.name):
        names = [row["name"] for row in known]
        await connection.execute(delete(newsletters).where(newsletters.c.name.not_in(names)))


async def _put(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[Any, Any]]) -> None:
    if not rows:
        return
    statement = insert_or_update(table)
    key = _key(table)
    others = {column.name: statement.excluded[column.name] for column in table.c if column is not key}
    statement = statement.on_conflict_do_update(index_elements=[key], set_=others)
    await connection.execute(statement, [dict(row) for row in rows])


def _key(table: Table) -> Any:
    return next(iter(table.primary_key.columns))


def _has_current(path: Path) -> bool:
    """Whether there is a copy of this version; one of another version, or that is damaged, is deleted."""
    try:
        if migrate.stored_revision(path) == migrate.newest():
            return True
    except Exception:
        log.exception("search copy unusable path=%s", path)
    _delete(path)
    return False


def _delete(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)

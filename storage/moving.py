"""Moving all data from one database to another of either kind, without reposting anything.

All rows keep their ids, and the database keeps its own id, so that posted messages are still recognised by their nonces
and marks. Everything is written and verified within one transaction of the target.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, delete, func, insert, literal, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import StorageError, UserError
from storage.database import MOVED, Database, remember
from storage.dialects import gather_statistics, is_postgres
from storage.postgres.timeline import TIMELINE
from storage.rows import clean
from storage.schema import metadata, settings
from storage.search_feed import TRIMMED

_ROWS = 2_000  # read and written at once
_NUL = rb"\u0000"  # in JSON
_LEFT = (MOVED, TRIMMED, TIMELINE)  # settings that describe the database rather than its contents, and are not moved
Counts = Mapping[str, int]
Rows = Sequence[tuple[Any, ...]]


class _NotKept(Exception):  # noqa: N818 -- not an error: rolls back a transaction
    """Raised to roll back a dry run."""


async def copy_everything(
    source: Database, target: Database, *, only_check: bool = False, told: Callable[[str, int], None]
) -> Counts:
    """Copy all rows into an empty database and verify them; returns the number of rows by table.

    With `only_check` everything is done and then rolled back. `told` is called with each finished table. Raises
    UserError if the target is not empty, StorageError if the copy differs.
    """
    counts: dict[str, int] = {}
    try:
        async with source.reading() as there, target.transaction() as here:
            await _refuse_full(here, target.name)
            await here.execute(delete(settings))
            await _switch_triggers(here, on=False)
            for table in metadata.sorted_tables:
                counts[table.name] = await _copy_table(there, here, table)
                told(table.name, counts[table.name])
            await _switch_triggers(here, on=True)
            await _count_on(there, here)
            await _forget_copies(here)
            await gather_statistics(here, *metadata.tables)
            if only_check:
                raise _NotKept
    except _NotKept:
        pass
    return counts


async def leave(source: Database, target: Database) -> None:
    """Record in a database that it was moved, so that Herald refuses to post from it."""
    await source.set_setting(MOVED, target.name)


async def _refuse_full(connection: AsyncConnection, name: str) -> None:
    for table in metadata.sorted_tables:
        if table is settings:
            continue
        count = await connection.scalar(select(func.count()).select_from(table))
        if count:
            raise UserError(f"{name} is not empty ({count:,} {table.name}): name one that is.")


async def _copy_table(there: AsyncConnection, here: AsyncConnection, table: Table) -> int:
    """Copy a table and verify it by reading it back. Raises StorageError if the two differ."""
    count, names = 0, table.columns.keys()
    written = hashlib.blake2b(digest_size=16)
    async for found in _rows(there, table):
        kept = [row for row in found if row[0] not in _LEFT] if table is settings else found
        rows, text = _storable(kept)
        if rows:
            await here.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        count += len(rows)
        written.update(text)
    read = hashlib.blake2b(digest_size=16)
    async for rows in _rows(here, table):
        read.update(_as_text(rows))
    if read.digest() != written.digest():
        raise StorageError(f"{table.name}: the copy differs from the original. Nothing was moved.")
    return count


async def _rows(connection: AsyncConnection, table: Table) -> AsyncGenerator[Rows]:
    """Yield a table's rows by key, in batches. (With an open cursor PostgreSQL could not alter the table.)"""
    key = list(table.primary_key.columns)
    places = [table.columns.keys().index(column.name) for column in key]
    query = select(table).order_by(*key).limit(_ROWS)
    rows = [tuple(row) for row in await connection.execute(query)]
    while rows:
        yield rows
        last = tuple_(*(literal(rows[-1][at], column.type) for at, column in zip(places, key, strict=True)))
        rows = [tuple(row) for row in await connection.execute(query.where(tuple_(*key) > last))]


_encode = json.JSONEncoder(
    sort_keys=True, default=str, ensure_ascii=False
).encode  # sorted, because JSONB does not keep the order of keys


def _as_text(rows: Rows) -> bytes:
    """Return rows as text for hashing, independent of the batch size."""
    return f"{_encode(rows)[1:-1]}, ".encode() if rows else b""


def _storable(rows: Rows) -> tuple[Rows, bytes]:
    """Return rows that both databases can store, and their text; older versions of Herald stored U+0000."""
    try:
        text = _as_text(rows)
        if _NUL not in text:
            return rows, text
    except UnicodeEncodeError:  # a lone surrogate, which neither can store
        pass
    rows = [tuple(_cleaned(value) for value in row) for row in rows]
    return rows, _as_text(rows)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(part) for part in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: _cleaned(part) for key, part in cast("dict[str, Any]", value).items()}
    return value


async def _switch_triggers(connection: AsyncConnection, *, on: bool) -> None:
    """Disable the search feed, which would get an entry for every row."""
    if is_postgres(connection):
        for name in ("newsletters", "issues", "items"):
            await connection.execute(text(f"ALTER TABLE {name} {'ENABLE' if on else 'DISABLE'} TRIGGER USER"))


async def _forget_copies(connection: AsyncConnection) -> None:
    """Cause search copies of the database to be rebuilt, because the feed lacks the new rows."""
    if is_postgres(connection):
        last = await connection.scalar(text("SELECT nextval('search_feed_seq_seq')"))
        await remember(connection, TRIMMED, str(last))


async def _count_on(there: AsyncConnection, here: AsyncConnection) -> None:
    """Continue the sequences of ids, so that ids of deleted rows, which may appear in messages, are not reused."""
    for table in metadata.sorted_tables:
        if not _is_numbered(table):
            continue
        largest = int(await here.scalar(select(func.max(table.c.id))) or 0)
        last = max(largest, await _last_number(there, table.name))
        if not last:
            continue
        if is_postgres(here):
            await here.execute(text(f"SELECT setval('{table.name}_id_seq', :last)"), {"last": last})
        elif table.dialect_options["sqlite"]["autoincrement"]:
            values = {"name": table.name, "last": last}
            await here.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
            await here.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values)


def _is_numbered(table: Table) -> bool:
    return [column.name for column in table.primary_key.columns] == ["id"]


async def _last_number(connection: AsyncConnection, name: str) -> int:
    if is_postgres(connection):
        query = text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}_id_seq")  # noqa: S608 -- ours
        return int(await connection.scalar(query) or 0)
    query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return int(await connection.scalar(query, {"name": name}) or 0)

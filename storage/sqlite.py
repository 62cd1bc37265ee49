"""A database in one file, with one writer and a few readers.

Everything specific to SQLite (pragmas, how transactions begin, backups) is here and in `migrate.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout
from sqlalchemy import URL, Executable, RowMapping, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from errors import StorageError
from storage import migrate
from storage.database import Database, instance_of
from storage.failures import explained
from storage.kept_connections import KeptConnections
from storage.sqlite_driver import OneTurnConnection

READERS = 4
CLOSE_LIMIT_S = 1.0  # how long close() waits for running queries before it interrupts them
_BUSY_MS = 5_000  # how long to wait for another program's lock on the file, such as a backup or a shell

_INCREMENTAL = 2  # a value of PRAGMA auto_vacuum
_RESERVE = 20  # 1/20 of the file may stay unused
_TRIMMED_PAGES = 256  # freed in one transaction: 1 MB

# FULL, not NORMAL: "sending" must be on disk before the request is sent, or a message could be sent twice after a power
# failure. It costs one fsync per transaction.
_WRITER_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"busy_timeout = {_BUSY_MS}")
# No memory mapping and a small cache, because the system caches the file's pages anyway. Each connection to a mapped
# file is charged 64 KB for every page it touched, 75 MB after reindexing 50,000 items, while reading a row is only 1.5
# microseconds faster. Searches do map it (`readers.py`), which makes ranking a fifth faster.
_READER_PRAGMAS = ("query_only = ON", f"busy_timeout = {_BUSY_MS}", "cache_size = -500")


class InUseError(StorageError):
    """Another process uses the file."""


class SqliteDatabase(Database):
    """An open database file. Created by `open`, closed by `close`."""

    def __init__(self, path: Path, *, writer: AsyncEngine | None, readers: AsyncEngine, lock: FileLock | None) -> None:
        self.path = path
        self.name = path.name
        self._writer = None if writer is None else KeptConnections(writer)
        self._readers = KeptConnections(readers)
        self._lock = lock
        self._write_lock = asyncio.Lock()
        self._reader_slots = asyncio.Semaphore(READERS)
        self._running: set[AsyncConnection] = set()
        self._ended_readers = 0
        self._is_closed = False

    @classmethod
    async def open(
        cls, path: Path, *, exclusive: bool = True, apart: bool = False, prepare: Callable[[Path], None] | None = None
    ) -> Self:
        """Open a database file, creating or migrating it first.

        `prepare` runs in a thread before, once no other process uses the file; `apart` is as in `migrate`. With
        `exclusive=False` the file is opened read-only, while a bot runs: nothing is locked, created or migrated. Raises
        StorageError with a sentence for the operator if it cannot be used.
        """
        if not exclusive:
            await asyncio.to_thread(_check_readable, path)
            database = cls(path, writer=None, readers=_reading_engine(path), lock=None)
        else:
            lock = take_lock(path)
            try:
                if prepare is not None:
                    await _finish(asyncio.to_thread(prepare, path))
                await _finish(asyncio.to_thread(migrate.migrate, path, apart=apart))
            except BaseException:
                lock.release()
                raise
            database = cls(path, writer=_writing_engine(path), readers=_reading_engine(path), lock=lock)
        try:
            database.instance_id = await database._instance()
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def index(self) -> Database:
        """The database itself, which contains its index."""
        return self

    async def caught_up(self) -> None:
        """Return immediately, because items are indexed in the transaction that stores them."""

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncConnection]:
        """Hold the only write connection."""
        if self._writer is None:
            raise StorageError(f"{self.name} is open for reading only.")
        async with self._write_lock:
            self._check_open()
            with self._explaining():
                async with self._writer.borrowed("BEGIN IMMEDIATE") as connection:
                    yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """Borrow a read connection."""
        async with self._reader("BEGIN") as connection:
            yield connection

    async def rows(self, query: Executable, asked: Mapping[str, Any] | None = None) -> Sequence[RowMapping]:
        """Run a single query without a transaction, which saves a thread switch."""
        async with self._reader("") as connection:
            return (await connection.execute(query, asked)).mappings().all()

    @asynccontextmanager
    async def _reader(self, begin: str) -> AsyncGenerator[AsyncConnection]:
        self._check_open()
        async with self._reader_slots:
            self._check_open()
            with self._explaining():
                async with self._readers.borrowed(begin) as connection:
                    self._running.add(connection)
                    try:
                        yield connection
                    finally:
                        self._running.discard(connection)

    async def integrity_check(self) -> list[str]:
        """Return SQLite's messages about damage."""
        async with self.reading() as connection:
            found = [str(row[0]) for row in await connection.execute(text("PRAGMA integrity_check"))]
            broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
        return [line for line in found if line != "ok"] + [f"{row[0]} row {row[1]}: no such {row[2]}" for row in broken]

    async def trim(self) -> int:
        """Return unused space to the file system in short transactions; returns the number of bytes.

        A twentieth of the file is kept for reuse. Files created by old versions of Herald are only compacted by
        `compact`.
        """
        freed = 0
        while (surplus := await self._surplus()) > 0:
            pages = min(surplus, _TRIMMED_PAGES)
            async with self._write_lock:
                self._check_open()
                with self._explaining():
                    await self._release(pages)
            freed += pages * await self._pragma("page_size")
        return freed

    async def _surplus(self) -> int:
        """Return the number of free pages beyond the reserve."""
        if await self._pragma("auto_vacuum") != _INCREMENTAL:
            return 0
        return await self._pragma("freelist_count") - await self._pragma("page_count") // _RESERVE

    async def _pragma(self, name: str) -> int:
        async with self.reading() as connection:
            return int((await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one())

    async def _release(self, pages: int) -> None:
        """Free pages, in a script: sqlite3 would step any other statement without rows once, which frees one page."""
        if self._writer is None:
            raise StorageError(f"{self.name} is open for reading only.")
        async with self._writer.borrowed() as connection:
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection
            await driver.executescript(f"PRAGMA incremental_vacuum({pages})")

    async def close(self) -> None:
        """Finish the current transaction, interrupt running queries and unlock the file."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            async with self._write_lock:
                if not await self._readers_ended():
                    await self._interrupt()
                    await self._readers_ended()
                await self._readers.close()
                if self._writer is not None:
                    await self._writer.close()
        finally:
            if self._lock is not None:
                self._lock.release()

    async def _readers_ended(self) -> bool:
        """Wait up to `CLOSE_LIMIT_S` for the readers; new ones are already refused."""
        deadline = asyncio.get_running_loop().time() + CLOSE_LIMIT_S
        try:
            async with asyncio.timeout_at(deadline):
                while self._ended_readers < READERS:
                    await self._reader_slots.acquire()
                    self._ended_readers += 1
        except TimeoutError:
            return False
        return True

    async def _interrupt(self) -> None:
        for connection in tuple(self._running):
            raw = await connection.get_raw_connection()
            await _interrupt(raw.driver_connection)

    async def _instance(self) -> str:
        if self._writer is None:
            return await self.setting("instance") or ""
        async with self.transaction() as connection:  # the writer is opened first, because it switches the file to WAL
            return await instance_of(connection)

    def _check_open(self) -> None:
        if self._is_closed:
            raise StorageError(f"{self.name} was closed: Herald is stopping.")

    @contextlib.contextmanager
    def _explaining(self) -> Generator[None]:
        try:
            yield
        except DBAPIError as error:
            if (told := explained(error, self.name)) is not None:
                raise told from error
            raise


def take_lock(path: Path) -> FileLock:
    """Lock the file against other Herald processes; the lock ends with the process, however it ends.

    Raises StorageError if it is in use, or if the folder is not writable.
    """
    holder = path.with_name(f"{path.name}.lock")
    # No fallback to a plain lock file, because one left behind by a crash would prevent the next start.
    lock = FileLock(holder, timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        holder.write_text(f"{os.getpid()}\n", encoding="ascii")
    except Timeout as error:
        raise InUseError(
            f"{path.name} is in use by another running Herald ({_holder(holder)}): stop it first, "
            "or give this one its own storage."
        ) from error
    except OSError as error:
        lock.release()
        raise explained(error, path.name) or error from error
    return lock


def is_free(path: Path) -> bool:
    """Whether no Herald process uses a file now."""
    try:
        take_lock(path).release()
    except InUseError:
        return False
    return True


def _holder(path: Path) -> str:
    try:
        found = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        found = ""
    return f"process {found}" if found.isdigit() else f"it holds {path.name}"


def _check_readable(path: Path) -> None:
    if not path.exists():
        raise StorageError(f"There is no {path.name} yet: run python bot.py import, or start the bot, first.")
    try:
        stored = migrate.stored_revision(path)
    except StorageError:
        raise
    except Exception as error:
        raise explained(error, path.name) or error from error
    if stored != migrate.newest():
        raise StorageError(
            f"{path.name} belongs to another version of Herald: start the bot once, or update this Herald."
        )


def _writing_engine(path: Path) -> AsyncEngine:
    engine = _engine(URL.create("sqlite+aiosqlite", database=str(path)), OneTurnConnection, connections=1)
    _prepare(engine, _WRITER_PRAGMAS, is_reader=False)
    return engine


def _reading_engine(path: Path) -> AsyncEngine:
    url = URL.create("sqlite+aiosqlite", database=path.as_uri(), query={"mode": "ro", "uri": "true"})
    engine = _engine(url, partial(OneTurnConnection, only_reads=True), connections=READERS)
    _prepare(engine, _READER_PRAGMAS, is_reader=True)
    return engine


def _engine(url: URL, connect: Callable[..., OneTurnConnection], connections: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_reset_on_return=None,
        connect_args={"async_creator_fn": connect},
    )


def _prepare(engine: AsyncEngine, pragmas: tuple[str, ...], *, is_reader: bool) -> None:
    """Switch off sqlite3's implicit transactions; they are begun in `sqlite_driver.py`."""

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        del record
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "invalidate")
    def _given_up(connection: Any, record: object, error: object) -> None:  # pyright: ignore[reportUnusedFunction]
        """Interrupt the query of a cancelled task, whose lock would last until its cursor is garbage-collected."""
        del record, error
        with contextlib.suppress(asyncio.CancelledError):  # the first cancellation is already being raised
            if is_reader:  # writes are short, and an interrupted one could not be rolled back immediately
                connection.run_async(_interrupt)
            with contextlib.suppress(sqlite3.OperationalError):  # the interruption may still be in progress
                connection.rollback()


async def _interrupt(driver: Any) -> None:
    await driver.interrupt()


async def _finish(work: Coroutine[Any, Any, None]) -> None:
    """Await a thread's work to its end, even if cancelled, because it must not outlive its lock."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise

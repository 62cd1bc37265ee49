"""Read-only queries in dedicated threads with their own connections and a time limit.

A search runs many small queries with computation between them, so that one thread does all of it. These readers wait
neither for the writer nor for the database's other readers.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy import Connection, Executable, RowMapping, StaticPool, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError

from clock import is_set_within
from storage.failures import explained

_K = TypeVar("_K")
_T = TypeVar("_T")
_STEPS = 2000  # SQLite VM steps between checks of the deadline: some tens of microseconds
_TURN_S = 0.05  # longest wait of a query for one in another thread
_PRAGMAS = ("query_only = ON", "busy_timeout = 1000", "cache_size = -16000", "mmap_size = 2147418112")


class TookTooLong(Exception):  # noqa: N818 - reaching a limit is not an error
    """A query was interrupted at its time limit."""


class Underway:
    """Counts interactive operations in progress, so that background work can yield to them."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    @property
    def count(self) -> int:
        """The number of operations in progress."""
        return self._count

    @contextlib.contextmanager
    def one(self) -> Generator[None]:
        """Count an operation while the block runs."""
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def over(self, limit_s: float) -> None:
        """Wait until no operation is in progress, for `limit_s` seconds at most."""
        await is_set_within(self._none, limit_s)


class Recent(Generic[_K, _T]):
    """A thread-safe cache of the `size` most recently added values."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: dict[_K, _T] = {}
        self._lock = threading.Lock()

    def get(self, key: _K) -> _T | None:
        """Return the cached value of a key; None if there is none."""
        return self._values.get(key)

    def put(self, key: _K, value: _T) -> None:
        """Add a value, evicting the oldest ones beyond `size`."""
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = value
            while len(self._values) > self._size:
                del self._values[next(iter(self._values))]


class Readers:
    """A few threads that read one database file. They start with the first query; `close` stops them.

    Short queries take turns: two threads that compute at once mostly wait for Python's global lock and each other. A
    query that takes longer than `_TURN_S` does not hold up the next. `questions` counts the queries in progress.
    """

    def __init__(self, path: Path, *, threads: int, name: str) -> None:
        self._path = path
        self._threads = threads
        self._name = name
        self._pool: ThreadPoolExecutor | None = None
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._turn = threading.Lock()
        self.questions = Underway()

    async def run(self, work: Callable[[], _T]) -> _T:
        """Run `work` in one of the threads."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        with self.questions.one():
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def ask(self, question: Callable[[sqlite3.Connection], _T], limit_s: float) -> _T:
        """Run a function in one read transaction, so that all its queries see the same snapshot.

        Raises TookTooLong after `limit_s` seconds, StorageError if the file is damaged.
        """
        return await self.run(lambda: self._ask(question, limit_s))

    def rows(self, query: Executable) -> Sequence[RowMapping]:
        """Return the rows of an SQLAlchemy query, within the transaction of `ask`; call it only from there."""
        core: Connection = self._local.core
        return core.execute(query).mappings().all()

    async def close(self) -> None:
        """Interrupt running queries and close the connections. Can be called twice; a later query opens new ones."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for connection in self._connections:
            connection.interrupt()
        await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._local = threading.local()

    def _ask(self, question: Callable[[sqlite3.Connection], _T], limit_s: float) -> _T:
        has_turn = self._turn.acquire(timeout=_TURN_S)
        try:
            return self._ask_now(question, limit_s)
        finally:
            if has_turn:
                self._turn.release()

    def _ask_now(self, question: Callable[[sqlite3.Connection], _T], limit_s: float) -> _T:
        connection = self._connection()
        deadline = time.monotonic() + limit_s
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        try:
            connection.execute("BEGIN")
            return question(connection)
        except (sqlite3.Error, DBAPIError) as error:  # DBAPIError comes from `rows`
            if isinstance(error, sqlite3.OperationalError | OperationalError) and time.monotonic() > deadline:
                raise TookTooLong from error
            raise explained(error, self._path.name) or error from error
        finally:
            connection.set_progress_handler(None, 0)
            core: Connection = self._local.core
            core.rollback()
            if connection.in_transaction:  # SQLAlchemy rolls back only if `rows` was used
                connection.execute("ROLLBACK")

    def _connection(self) -> sqlite3.Connection:
        """Return the calling thread's connection."""
        known: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if known is None:
            address = f"{self._path.as_uri()}?mode=ro"
            known = sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)
            for pragma in _PRAGMAS:
                known.execute(f"PRAGMA {pragma}")
            self._local.connection = known
            engine = create_engine("sqlite://", creator=lambda: known, poolclass=StaticPool, pool_reset_on_return=None)
            self._local.core = engine.connect()
            self._connections.append(known)
        return known

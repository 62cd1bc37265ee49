"""Reading in threads of its own, with connections of its own and a bound on time.

The full-text index is asked in several small steps with work between them: one thread does a whole
question. Such a reader waits neither for the writer nor for the other readers of the database.
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
_STEPS = 2000  # SQLite's own steps between two looks at the clock: some tens of microseconds
_PRAGMAS = ("query_only = ON", "busy_timeout = 1000", "cache_size = -16000", "mmap_size = 2147418112")


class TookTooLong(Exception):  # noqa: N818 - a bound that was reached is no error
    """A question was ended at its time limit."""


class Underway:
    """Counts what somebody waits for, so that work for which nobody waits can stand back meanwhile."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    @property
    def count(self) -> int:
        """How many are under way."""
        return self._count

    @contextlib.contextmanager
    def one(self) -> Generator[None]:
        """Count one more while the block lasts."""
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def over(self, limit_s: float) -> None:
        """Return when none is under way, or after `limit_s`."""
        await is_set_within(self._none, limit_s)


class Recent(Generic[_K, _T]):
    """The most recent values by their keys, at most `size`, for several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: dict[_K, _T] = {}
        self._lock = threading.Lock()

    def get(self, key: _K) -> _T | None:
        """Return the value, None if it is not known."""
        return self._values.get(key)

    def put(self, key: _K, value: _T) -> None:
        """Remember a value, instead of the oldest if there are too many."""
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = value
            while len(self._values) > self._size:
                del self._values[next(iter(self._values))]


class Readers:
    """A few threads that read one database file. They start at the first question; `close` ends them.

    `questions` are those that were asked and are not answered yet.
    """

    def __init__(self, path: Path, *, threads: int, name: str) -> None:
        self._path = path
        self._threads = threads
        self._name = name
        self._pool: ThreadPoolExecutor | None = None
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self.questions = Underway()

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do `work` in one of the threads."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        with self.questions.one():
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def ask(self, question: Callable[[sqlite3.Connection], _T], limit_s: float) -> _T:
        """Ask within one read transaction, so that all parts see one moment.

        Raises TookTooLong after `limit_s`, StorageError if the file is damaged.
        """
        return await self.run(lambda: self._ask(question, limit_s))

    def rows(self, query: Executable) -> Sequence[RowMapping]:
        """In a question: return what one of SQLAlchemy's queries finds, within the question's transaction."""
        core: Connection = self._local.core
        return core.execute(query).mappings().all()

    async def close(self) -> None:
        """End what runs, and the connections. Can be called twice; a later question opens new ones."""
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
        connection = self._connection()
        deadline = time.monotonic() + limit_s
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        try:
            connection.execute("BEGIN")
            return question(connection)
        except (sqlite3.Error, DBAPIError) as error:  # the second from `rows`
            if isinstance(error, sqlite3.OperationalError | OperationalError) and time.monotonic() > deadline:
                raise TookTooLong from error
            raise explained(error, self._path.name) or error from error
        finally:
            connection.set_progress_handler(None, 0)
            core: Connection = self._local.core
            core.rollback()
            if connection.in_transaction:  # it knows of a transaction only if it was asked something
                connection.execute("ROLLBACK")

    def _connection(self) -> sqlite3.Connection:
        """Return the connection of the thread that asks."""
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

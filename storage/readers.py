"""Reading in threads of its own, with connections of its own and a bound on time.

The full-text index is asked in several small steps with work between them: one thread does a whole
question. Such a reader waits neither for the writer nor for the other readers of the database.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")
_STEPS = 2000  # SQLite's own steps between two looks at the clock: some tens of microseconds
_PRAGMAS = ("query_only = ON", "busy_timeout = 1000", "cache_size = -16000", "mmap_size = 268435456")


class TookTooLong(Exception):  # noqa: N818 - a bound that was reached is no error
    """A question was ended at its time limit."""


class Readers:
    """A few threads that read one database file. They start at the first question; `close` ends them."""

    def __init__(self, path: Path, *, threads: int, name: str) -> None:
        self._path = path
        self._threads = threads
        self._name = name
        self._pool: ThreadPoolExecutor | None = None
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do `work` in one of the threads."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def ask(self, question: Callable[[sqlite3.Connection], _T], limit_s: float) -> _T:
        """Ask within one read transaction, so that all parts see one moment. Raises TookTooLong after `limit_s`."""
        return await self.run(lambda: self._ask(question, limit_s))

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
        except sqlite3.OperationalError as error:
            if time.monotonic() <= deadline:
                raise
            raise TookTooLong from error
        finally:
            connection.set_progress_handler(None, 0)
            if connection.in_transaction:
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
            self._connections.append(known)
        return known

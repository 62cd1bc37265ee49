"""A connection to SQLite for SQLAlchemy that needs one thread round trip per statement.

aiosqlite needs four (open a cursor, execute, fetch, close), and each waits for the GIL twice, which was most of the
cost of a short query while threads search. A transaction begins in the round trip of its first statement.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Self, cast

import aiosqlite

Row = Any
_CHUNK = 64  # rows that aiosqlite's own cursors fetch at once; they are not used here


class OneTurnConnection(aiosqlite.Connection):
    """A connection with `OneTurnCursor` cursors; awaiting it opens it."""

    def __init__(self, *given: Any, only_reads: bool = False, **options: Any) -> None:
        super().__init__(lambda: sqlite3.connect(*given, **options), _CHUNK)
        self._thread.daemon = True  # as SQLAlchemy does with aiosqlite's
        self._only_reads = only_reads
        self._begin = ""
        self._has_begun = False

    def cursor(self) -> OneTurnCursor:  # type: ignore[override]
        """Return a cursor, without a round trip."""
        return OneTurnCursor(self)

    def begin(self, statement: str) -> None:
        """Let the next statement begin a transaction in its round trip."""
        self._begin = statement

    def take_begin(self) -> str:
        """Return the statement that begins the requested transaction; "" if it has begun or none was requested."""
        begin, self._begin = self._begin, ""
        self._has_begun = self._has_begun or bool(begin)
        return begin

    async def commit(self) -> None:
        """Commit the transaction, if one has begun.

        The end of a read transaction cannot fail, so it is queued before the next statement without waiting for it.
        """
        if self._has_begun and self._only_reads:
            cast("Any", self)._tx.put_nowait((None, self.raw.commit))  # noqa: SLF001 -- all of its own calls wait
        elif self._has_begun:
            try:
                await super().commit()
            except sqlite3.Error:
                # SQLAlchemy considers the transaction ended and does not roll back, but SQLite's is still open.
                await self.rollback()
                raise
        self._begin, self._has_begun = "", False

    async def rollback(self) -> None:
        """Roll back the transaction, if one has begun."""
        if self._has_begun:
            await super().rollback()
        self._begin, self._has_begun = "", False

    async def in_thread(self, work: Any, *given: Any) -> Any:
        """Run `work` in the connection's thread and return its result."""
        untyped = cast("Any", super())
        return await untyped._execute(work, *given)  # noqa: SLF001 -- inherited, but not typed

    @property
    def raw(self) -> sqlite3.Connection:
        """The sqlite3 connection, for use in the thread."""
        return self._conn


class OneTurnCursor:
    """The part of an asynchronous cursor that SQLAlchemy uses; executing a statement fetches all rows."""

    def __init__(self, connection: OneTurnConnection) -> None:
        self._connection = connection
        self._rows: list[Row] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> None:
        """Execute a statement and fetch its rows."""
        await self._in_thread(sqlite3.Cursor.execute, operation, parameters)

    async def executemany(self, operation: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Execute a statement for each row of parameters."""
        await self._in_thread(sqlite3.Cursor.executemany, operation, parameters)

    async def fetchall(self) -> list[Row]:
        """Return the rows."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Do nothing: the cursor was closed once its rows were fetched."""

    async def _in_thread(self, execute: Any, operation: str, parameters: Any) -> None:
        # Taken here rather than in the thread, so that the rollback after a cancelled statement is queued behind it;
        # otherwise the statement would run outside of a transaction.
        begin = self._connection.take_begin()
        await self._connection.in_thread(self._execute, begin, execute, operation, parameters)

    def _execute(self, begin: str, execute: Any, operation: str, parameters: Any) -> None:
        cursor = self._connection.raw.cursor()
        try:
            if begin:
                cursor.execute(begin)
            execute(cursor, operation, parameters)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()

"""A connection to SQLite for SQLAlchemy whose statements each take one turn of its thread.

aiosqlite opens a cursor, executes, fetches and closes in four, and each turn waits for the interpreter twice: while
threads search, that was most of what a short query cost. A transaction begins in the turn of its first statement, too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Self, cast

import aiosqlite

Row = Any
_CHUNK = 64  # rows that aiosqlite's own cursors fetch at once; nobody uses them here


class OneTurnConnection(aiosqlite.Connection):
    """A connection whose cursors are `OneTurnCursor`s; open once it was awaited."""

    def __init__(self, *given: Any, only_reads: bool = False, **options: Any) -> None:
        super().__init__(lambda: sqlite3.connect(*given, **options), _CHUNK)
        self._thread.daemon = True  # as SQLAlchemy does with aiosqlite's own
        self._only_reads = only_reads
        self._begin = ""
        self._has_begun = False

    def cursor(self) -> OneTurnCursor:  # type: ignore[override]
        """Return a cursor; that alone takes no turn."""
        return OneTurnCursor(self)

    def begin(self, statement: str) -> None:
        """Begin a transaction with the next statement, in the same turn; without one there is nothing to begin."""
        self._begin = statement

    def take_begin(self) -> str:
        """Return the statement that begins what was asked for; "" if it has begun, or nothing was."""
        begin, self._begin = self._begin, ""
        self._has_begun = self._has_begun or bool(begin)
        return begin

    async def commit(self) -> None:
        """Commit what has begun; if nothing has, no turn is taken.

        What only read has nothing that could fail: its end is not waited for, and comes before the next statement.
        """
        if self._has_begun and self._only_reads:
            cast("Any", self)._tx.put_nowait((None, self.raw.commit))  # noqa: SLF001 -- its own calls all wait
        elif self._has_begun:
            try:
                await super().commit()
            except sqlite3.Error:
                # SQLAlchemy takes its transaction for ended and rolls nothing back, but SQLite's is still open.
                await self.rollback()
                raise
        self._begin, self._has_begun = "", False

    async def rollback(self) -> None:
        """Roll back what has begun."""
        if self._has_begun:
            await super().rollback()
        self._begin, self._has_begun = "", False

    async def in_thread(self, work: Any, *given: Any) -> Any:
        """Return what `work` returns in the connection's thread."""
        untyped = cast("Any", super())
        return await untyped._execute(work, *given)  # noqa: SLF001 -- it is inherited, but not typed

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection itself, for the thread."""
        return self._conn


class OneTurnCursor:
    """What SQLAlchemy needs of an asynchronous cursor: all rows are there when a statement was executed."""

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
        """Execute a statement and fetch what it returns."""
        await self._in_thread(sqlite3.Cursor.execute, operation, parameters)

    async def executemany(self, operation: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Execute a statement once for each row of parameters."""
        await self._in_thread(sqlite3.Cursor.executemany, operation, parameters)

    async def fetchall(self) -> list[Row]:
        """Return the rows."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Do nothing: the cursor was closed when its rows were fetched."""

    async def _in_thread(self, execute: Any, operation: str, parameters: Any) -> None:
        # Taken here and not in the thread: the rollback of a statement that was cancelled while it waited there
        # must come behind it, else it would be executed without a transaction.
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

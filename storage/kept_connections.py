"""Connections that stay open between two who use them.

SQLAlchemy's pool, and its events where an engine has any, take longer to hand a connection out and to take it back than
SQLite takes to answer most questions.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.sqlite_driver import OneTurnConnection


class KeptConnections:
    """Those of one engine. How many there may be at once is decided by who borrows."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._idle: list[AsyncConnection] = []

    @asynccontextmanager
    async def borrowed(self, begin: str = "") -> AsyncGenerator[AsyncConnection]:
        """Lend a connection; commit at the end, roll back on any error or cancellation.

        A transaction begins by `begin` with the first statement; "" opens none, for a single statement.
        """
        connection = self._idle.pop() if self._idle else await self.engine.connect()
        try:
            if begin:
                _begin(connection, begin)
            yield connection
            await connection.commit()
        except BaseException:
            # It goes back to the pool, which replaces it if need be. Not even a second cancellation ends this early.
            await connection.__aexit__(*sys.exc_info())
            raise
        self._idle.append(connection)

    async def close(self) -> None:
        """Close them all. None may be lent any more."""
        while self._idle:
            await self._idle.pop().close()
        await self.engine.dispose()


def _begin(connection: AsyncConnection, statement: str) -> None:
    """Let a transaction begin with the first statement; nothing is waited for."""
    sync = cast("Connection", connection.sync_connection)  # None before it is open
    sync.begin()
    cast("OneTurnConnection", sync.connection.driver_connection).begin(statement)

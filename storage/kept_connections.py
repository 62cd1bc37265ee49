"""A minimal pool of connections.

Checking a connection out of SQLAlchemy's pool and back in, and the events of an engine, take longer than SQLite takes
to answer most queries.
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
    """The connections of one engine. The callers limit their number."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._idle: list[AsyncConnection] = []

    @asynccontextmanager
    async def borrowed(self, begin: str = "") -> AsyncGenerator[AsyncConnection]:
        """Lend a connection; commit at the end, roll back on any error or cancellation.

        The first statement begins a transaction with `begin`; "" begins none, for a single statement.
        """
        connection = self._idle.pop() if self._idle else await self.engine.connect()
        try:
            if begin:
                _begin(connection, begin)
            yield connection
            await connection.commit()
        except BaseException:
            # Return it to SQLAlchemy's pool, which replaces it if necessary, even if this task is cancelled again.
            await connection.__aexit__(*sys.exc_info())
            raise
        self._idle.append(connection)

    async def close(self) -> None:
        """Close all connections. None may be in use."""
        while self._idle:
            await self._idle.pop().close()
        await self.engine.dispose()


def _begin(connection: AsyncConnection, statement: str) -> None:
    """Make the first statement begin a transaction, without waiting."""
    sync = cast("Connection", connection.sync_connection)  # None before it is open
    sync.begin()
    cast("OneTurnConnection", sync.connection.driver_connection).begin(statement)

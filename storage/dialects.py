"""What has to be written differently for SQLite and PostgreSQL within a query or a transaction.

SQLite has one writer at a time: what was read within a transaction stays true until it ends. PostgreSQL lets
transactions interleave. Whoever reads, decides and then writes has to lock what the decision rests on: the rows with
`FOR UPDATE` (SQLAlchemy leaves that out for SQLite), or a name with `hold`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import Table, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def is_postgres(connection: AsyncConnection) -> bool:
    """Whether the connection leads to PostgreSQL."""
    return connection.dialect.name == "postgresql"


def insert_into(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows ON CONFLICT."""
    if not is_postgres(connection):
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def lock_number(name: str) -> int:
    """Return the number that stands for a name among PostgreSQL's advisory locks."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


async def hold(connection: AsyncConnection, name: str) -> None:
    """Let no other transaction hold the same name until this one ends. SQLite's one writer needs nothing."""
    if is_postgres(connection):
        await connection.execute(select(func.pg_advisory_xact_lock(lock_number(name))))

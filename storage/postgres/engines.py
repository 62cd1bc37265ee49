"""Connections to a PostgreSQL server, or to a pooler before one."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import URL, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql.functions import func

POOL = 4  # connections for writing, and as many for reading
ANSWER_S = 60.0  # a statement that takes longer is given up
_CONNECT_S = 10.0
_CACHE = "prepared_statement_cache_size"  # SQLAlchemy's word for it, which `storage` may have
# A pooler that gives a session to others after each transaction (pgbouncer before 1.21, or without
# max_prepared_statements) does not know the statements that were prepared there; one without a name is sent anew with
# each use, and takes no room in sessions that nobody owns.
_UNNAMED: dict[str, Any] = {
    _CACHE: 0,
    "statement_cache_size": 0,
    "prepared_statement_name_func": str,
}
# Where a pooler keeps statements, two connections may reach one session: a name must stand for one statement only.
_NAMED: dict[str, Any] = {"prepared_statement_name_func": lambda: f"herald_{uuid.uuid4().hex}"}


def made(url: URL, *, keeps_statements: bool, **pool: Any) -> AsyncEngine:
    """Return a pool that looks whether a connection still lives before it is used: the server may have restarted."""
    if not keeps_statements:
        url = url.difference_update_query([_CACHE])
    return create_async_engine(
        url,
        pool_pre_ping=True,
        **(pool or {"pool_size": POOL, "max_overflow": 0, "pool_timeout": ANSWER_S}),
        connect_args={
            "timeout": _CONNECT_S,
            "command_timeout": ANSWER_S,
            **(_NAMED if keeps_statements else _UNNAMED),
        },
    )


def wants_statements_kept(url: URL) -> bool | None:
    """Whether `storage` asks for prepared statements; None if it leaves that to Herald."""
    size = url.query.get(_CACHE)
    return None if size is None else size != "0"


async def is_pooled(connection: AsyncConnection) -> bool:
    """Whether something is between: what answered is another process of the server than the one connected to."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    return await connection.scalar(select(func.pg_backend_pid())) != driver.get_server_pid()

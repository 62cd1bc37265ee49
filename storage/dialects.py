"""SQL that differs between SQLite and PostgreSQL within a query or a transaction.

SQLite has one writer at a time: what was read within a transaction stays true until it ends. PostgreSQL lets
transactions interleave. Whoever reads, decides and then writes has to lock what the decision rests on: the rows with
`FOR UPDATE` (SQLAlchemy leaves that out for SQLite), or a name with `hold`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Table,
    TableValuedAlias,
    bindparam,
    cast,
    column,
    func,
    select,
    table,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.types import Json

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def is_postgres(connection: AsyncConnection) -> bool:
    """Whether the connection leads to PostgreSQL."""
    return connection.dialect.name == "postgresql"


def insert_into(connection: AsyncConnection, into: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows ON CONFLICT."""
    if not is_postgres(connection):
        return sqlite.insert(into)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(into)


def lock_number(name: str) -> int:
    """Return the number that stands for a name among PostgreSQL's advisory locks."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


_ISSUES = 1  # the first of the two numbers by which issues are locked
# Each message needs three of them: building one costs as much as PostgreSQL's part of it.
_HOLD = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger)))
_HOLD_ISSUE = select(func.pg_advisory_xact_lock(_ISSUES, bindparam("issue", type_=Integer)))
_HOLD_ISSUE_OF = (
    select(func.pg_advisory_xact_lock(_ISSUES, cast(column("issue_id"), Integer)))
    .select_from(table("deliveries"))
    .where(column("id") == bindparam("delivery", type_=BigInteger))
)

_HOLD_EACH = select(func.pg_advisory_xact_lock(func.unnest(bindparam("numbers", type_=ARRAY(BigInteger)))))
_HOLD_FREE_ISSUES = text(
    "WITH asked AS MATERIALIZED (SELECT id, issue_id FROM deliveries WHERE id = ANY(:deliveries))"  # noqa: S608 -- a number
    f" SELECT id FROM asked WHERE pg_try_advisory_xact_lock({_ISSUES}, CAST(issue_id AS integer))"
).bindparams(bindparam("deliveries", type_=ARRAY(BigInteger)))


async def hold_issue(connection: AsyncConnection, issue_id: int) -> None:
    """Let no other transaction change the deliveries of an issue until this one ends.

    Whoever changes several of them, or one and then what follows from it, holds this before the first row: those who
    lock the same rows in different orders would wait for each other.
    """
    if is_postgres(connection):
        await connection.execute(_HOLD_ISSUE, {"issue": issue_id})


async def hold_issue_of(connection: AsyncConnection, delivery_id: int) -> None:
    """Do so for the issue of a delivery."""
    if is_postgres(connection):
        await connection.execute(_HOLD_ISSUE_OF, {"delivery": delivery_id})


async def hold(connection: AsyncConnection, name: str) -> None:
    """Let no other transaction hold the same name until this one ends. SQLite's one writer needs nothing."""
    if is_postgres(connection):
        await connection.execute(_HOLD, {"number": lock_number(name)})


async def hold_each(connection: AsyncConnection, names: Iterable[str]) -> None:
    """Hold several names, in an order in which nobody waits for somebody who waits for them."""
    if is_postgres(connection):
        await connection.execute(_HOLD_EACH, {"numbers": sorted(map(lock_number, names))})


async def hold_issues_of(connection: AsyncConnection, delivery_ids: Sequence[int]) -> Collection[int]:
    """Hold the issue of the first delivery, and those of the others that nobody else holds; returns whose that are.

    Whoever held one and waited for another could wait for somebody who waits for the first.
    """
    await hold_issue_of(connection, delivery_ids[0])
    if len(delivery_ids) == 1 or not is_postgres(connection):
        return delivery_ids
    return (await connection.scalars(_HOLD_FREE_ISSUES, {"deliveries": delivery_ids})).all()


def numbers(name: str, *, is_server: bool) -> TableValuedAlias:
    """Return a table whose column `value` has the numbers of the parameter `name`, a list."""
    value = column("value", BigInteger)
    if is_server:
        return func.unnest(bindparam(name, type_=ARRAY(BigInteger))).table_valued(value).render_derived()
    return func.json_each(bindparam(name, type_=Json)).table_valued(value)


async def gather_statistics(connection: AsyncConnection, *tables: str) -> None:
    """Let PostgreSQL know at once how much the tables hold, after much was written or all of it is new.

    It finds out by itself within a minute, and may meanwhile look through all subscriptions for each delivery.
    """
    if is_postgres(connection):
        await connection.execute(text(f"ANALYZE (SKIP_LOCKED) {', '.join(tables)}"))

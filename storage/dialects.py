"""SQL and locking that differ between SQLite and PostgreSQL.

SQLite has one writer at a time: data read within a write transaction stays valid until its end. PostgreSQL interleaves
transactions, so a transaction that reads, decides and writes must lock what the decision depends on: rows with
`FOR UPDATE` (SQLAlchemy omits it for SQLite), or a name with `hold`.
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
    """Whether the connection is to PostgreSQL."""
    return connection.dialect.name == "postgresql"


def insert_into(connection: AsyncConnection, into: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that supports ON CONFLICT."""
    if not is_postgres(connection):
        return sqlite.insert(into)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(into)


def lock_number(name: str) -> int:
    """Return the key of a name for PostgreSQL's advisory locks."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


_ISSUES = 1  # first key of the advisory locks of issues
# Built once: each message runs three, and building one costs as much as running it on PostgreSQL.
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
    """Lock the deliveries of an issue until the transaction ends.

    Take this lock before the first row when changing several deliveries, or one and then others as a result. It
    prevents deadlocks between transactions that lock the same rows in different orders.
    """
    if is_postgres(connection):
        await connection.execute(_HOLD_ISSUE, {"issue": issue_id})


async def hold_issue_of(connection: AsyncConnection, delivery_id: int) -> None:
    """Lock the deliveries of a delivery's issue, as `hold_issue` does."""
    if is_postgres(connection):
        await connection.execute(_HOLD_ISSUE_OF, {"delivery": delivery_id})


async def hold(connection: AsyncConnection, name: str) -> None:
    """Lock a name until the transaction ends. Does nothing on SQLite, which has a single writer."""
    if is_postgres(connection):
        await connection.execute(_HOLD, {"number": lock_number(name)})


async def hold_each(connection: AsyncConnection, names: Iterable[str]) -> None:
    """Lock several names, in a fixed order that prevents deadlocks."""
    if is_postgres(connection):
        await connection.execute(_HOLD_EACH, {"numbers": sorted(map(lock_number, names))})


async def hold_issues_of(connection: AsyncConnection, delivery_ids: Sequence[int]) -> Collection[int]:
    """Lock the issue of the first delivery, and those of the others that are free; returns the deliveries locked.

    Only the first is waited for, because waiting while holding locks can deadlock.
    """
    await hold_issue_of(connection, delivery_ids[0])
    if len(delivery_ids) == 1 or not is_postgres(connection):
        return delivery_ids
    return (await connection.scalars(_HOLD_FREE_ISSUES, {"deliveries": delivery_ids})).all()


def numbers(name: str, *, is_server: bool) -> TableValuedAlias:
    """Return a table whose column `value` has the numbers of the list parameter `name`."""
    value = column("value", BigInteger)
    if is_server:
        return func.unnest(bindparam(name, type_=ARRAY(BigInteger))).table_valued(value).render_derived()
    return func.json_each(bindparam(name, type_=Json)).table_valued(value)


async def gather_statistics(connection: AsyncConnection, *tables: str) -> None:
    """Run ANALYZE on PostgreSQL after bulk writes.

    Autovacuum would do so within a minute, but until then the planner may scan all subscriptions for each delivery.
    """
    if is_postgres(connection):
        await connection.execute(text(f"ANALYZE (SKIP_LOCKED) {', '.join(tables)}"))

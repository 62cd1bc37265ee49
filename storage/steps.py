"""The steps of one delivery, within a transaction: read its row, record an outcome, write what comes next."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import headers, history, lifecycle, publishing
from storage.dialects import hold_issue_of
from storage.lifecycle import Life
from storage.planning import life_of, life_values
from storage.reconciling import ANEW, needs_new_generation
from storage.records import Action, State
from storage.reposting import next_generation
from storage.rows import Values
from storage.schema import deliveries


async def record(
    connection: AsyncConnection,
    row: RowMapping,
    now: dt.datetime,
    message_id: int | None,
    thread_id: int | None,
    content_hash: str | None,
) -> None:
    """Record that the request under way had its effect."""
    values: Values = {
        "message_id": message_id or row["message_id"],
        "thread_id": thread_id or row["thread_id"],
        "content_hash": content_hash,
        "error": "",
        "not_before": None,
        "done_at": now,
    }
    values |= await next_step(connection, row, lifecycle.succeed(life_of(row)))
    await write(connection, row["id"], values)
    await history.record(connection, history.done(row, content_hash), now)
    if row["action"] == Action.POST:
        await overtake(connection, row)
        await publishing.owe(connection, row, now)
    if row["action"] == Action.POST and row["item_id"] is not None:
        await headers.mark_stale(connection, row, now)


async def overtake(connection: AsyncConnection, row: RowMapping) -> None:
    """Mark as late what was to stand before a message that is there now."""
    before = (
        of_posting(row)
        & (deliveries.c.position < row["position"])
        & deliveries.c.done.is_(None)
        & deliveries.c.state.in_([State.PENDING.value, State.FAILED.value])
    )
    await connection.execute(update(deliveries).where(before).values(is_late=True))


def of_posting(row: RowMapping) -> ColumnElement[bool]:
    """Return what the deliveries of the same issue in the same subscription and round have in common."""
    return (
        (deliveries.c.subscription_id == row["subscription_id"])
        & (deliveries.c.issue_id == row["issue_id"])
        & (deliveries.c.generation == row["generation"])
    )


async def next_step(connection: AsyncConnection, row: RowMapping, life: Life) -> Values:
    """Return the columns of a delivery's next step; a message that was deleted is posted under a new identity."""
    values = life_values(life)
    if needs_new_generation(row, values):
        is_same = deliveries.c.item_id == row["item_id"] if row["item_id"] else deliveries.c.item_id.is_(None)
        mine = (deliveries.c.subscription_id == row["subscription_id"]) & (deliveries.c.issue_id == row["issue_id"])
        values |= {"generation": await next_generation(connection, mine & is_same), **ANEW}
    return values


async def find_row(connection: AsyncConnection, delivery_id: int) -> RowMapping | None:
    """Return a delivery that nobody else changes until the transaction ends."""
    await hold_issue_of(connection, delivery_id)
    query = select(deliveries).where(deliveries.c.id == delivery_id)
    return (await connection.execute(query.with_for_update())).mappings().first()


async def row_of(connection: AsyncConnection, delivery_id: int) -> RowMapping:
    """Return a delivery's row, locked until the transaction ends."""
    await hold_issue_of(connection, delivery_id)
    query = select(deliveries).where(deliveries.c.id == delivery_id)
    return (await connection.execute(query.with_for_update())).mappings().one()


async def write(connection: AsyncConnection, delivery_id: int, values: Values) -> None:
    """Change columns of a delivery."""
    await connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(values))

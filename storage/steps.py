"""The steps of one delivery, within a transaction: read its row, record an outcome, write what comes next."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, RowMapping, bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import headers, history, lifecycle, publishing
from storage.dialects import hold_issue_of
from storage.lifecycle import Life
from storage.planning import life_of, life_values
from storage.reconciling import ANEW, needs_new_generation
from storage.records import Action, State, Wanted
from storage.reposting import next_generation
from storage.rows import Values
from storage.schema import deliveries, subscriptions


async def record(
    connection: AsyncConnection,
    row: RowMapping,
    now: dt.datetime,
    message_id: int | None,
    thread_id: int | None,
    content_hash: str | None,
) -> None:
    """Record that the request in flight had its effect."""
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
        await _follow(connection, row, now)
    elif row["done"] == Wanted.WITHDRAWN and values["done"] == Wanted.SHOWN and row["item_id"] is not None:
        # the header, which came back before it, could not lead to it
        await headers.mark_stale(connection, row, now + headers.BETWEEN, only_fresh=True)


_OF_ISSUE = (deliveries.c.subscription_id == bindparam("subscription")) & (deliveries.c.issue_id == bindparam("issue"))
# An author may move a story up while the request of one that is below it now is out: that did not come late, so only
# what was planned after that one, or was put off, is told of.
_WAS_BEHIND = (
    (deliveries.c.planned_at > bindparam("planned"))
    | (deliveries.c.attempts > 0)
    | (deliveries.c.state == State.FAILED.value)
)
_OVERTAKEN = (
    _OF_ISSUE
    & (deliveries.c.generation == bindparam("round"))
    & (deliveries.c.position < bindparam("place"))
    & deliveries.c.done.is_(None)
    & deliveries.c.state.in_([State.PENDING.value, State.FAILED.value])
    & _WAS_BEHIND
)
_HEADERS_PLAN = select(deliveries.c.planned_at).where(_OF_ISSUE, headers.is_up_to_date).limit(1)
_FOLLOWS = select(
    subscriptions,
    exists().where(_OVERTAKEN).label("overtakes"),
    exists().where(_OF_ISSUE, headers.is_to_come).label("has_more"),
    select(deliveries.c.planned_at)
    .where(_OF_ISSUE, headers.is_up_to_date)
    .limit(1)
    .scalar_subquery()
    .label("begun_at"),
).where(subscriptions.c.id == bindparam("subscription"))
_OVERTAKE = update(deliveries).where(_OVERTAKEN).values(is_late=True)


async def _follow(connection: AsyncConnection, row: RowMapping, now: dt.datetime) -> None:
    """Do what follows from a message that is there now: what was to be before it comes late, it is to be published
    and its header is to lead to it. For nearly all of them that is nothing, which one query tells.
    """
    asked = {"subscription": row["subscription_id"], "issue": row["issue_id"]}
    place = {"round": row["generation"], "place": row["position"], "planned": row["planned_at"]}
    found = (await connection.execute(_FOLLOWS, asked | place)).mappings().one()
    if found["overtakes"]:
        await connection.execute(_OVERTAKE, asked | place)
    if publishing.is_owed(row, found):
        await write(connection, row["id"], {"publish_at": now})
    if row["item_id"] is None:
        return
    if not found["has_more"]:
        await headers.mark_stale(connection, row, now)
    elif found["begun_at"] is not None:
        await headers.mark_stale(connection, row, headers.next_at(found["begun_at"], now), only_fresh=True)


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


_ROW = select(deliveries).where(deliveries.c.id == bindparam("row_id")).with_for_update()
_WRITE = update(deliveries).where(deliveries.c.id == bindparam("row_id"))


async def find_row(connection: AsyncConnection, delivery_id: int) -> RowMapping | None:
    """Return a delivery that nobody else changes until the transaction ends."""
    await hold_issue_of(connection, delivery_id)
    return (await connection.execute(_ROW, {"row_id": delivery_id})).mappings().first()


async def row_of(connection: AsyncConnection, delivery_id: int) -> RowMapping:
    """Return a delivery's row, locked until the transaction ends."""
    await hold_issue_of(connection, delivery_id)
    return (await connection.execute(_ROW, {"row_id": delivery_id})).mappings().one()


async def write(connection: AsyncConnection, delivery_id: int, values: Values) -> None:
    """Change columns of a delivery."""
    await connection.execute(_WRITE, {**values, "row_id": delivery_id})

"""Steps of a delivery within a transaction: read its row, record an outcome, write the next step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import headers, history, lifecycle, publishing
from storage.dialects import hold_issue_of, hold_issues_of, is_postgres, numbers
from storage.lifecycle import Life
from storage.planning import life_of, life_values
from storage.reconciling import ANEW, needs_new_generation
from storage.records import Action, State, Wanted
from storage.reposting import next_generation
from storage.rows import Values
from storage.schema import deliveries, subscriptions


@dataclass(frozen=True, slots=True)
class Effect:
    """The result of a request: for a post, its message and thread; for all, the content's hash. None: unknown."""

    message_id: int | None = None
    thread_id: int | None = None
    content_hash: str | None = None


async def record(connection: AsyncConnection, done: Sequence[tuple[RowMapping, Effect]], now: dt.datetime) -> None:
    """Record that the requests in flight of these deliveries succeeded."""
    written: list[tuple[int, Values]] = []
    for row, effect in done:
        values: Values = {
            "message_id": effect.message_id or row["message_id"],
            "thread_id": effect.thread_id or row["thread_id"],
            "content_hash": effect.content_hash,
            "error": "",
            "not_before": None,
            "done_at": now,
        }
        written.append((row["id"], values | await next_step(connection, row, lifecycle.succeed(life_of(row)))))
    await write_all(connection, written)
    told = [event for row, effect in done for event in history.done(row, effect.content_hash)]
    await history.record(connection, told, now)
    if posts := [row for row, _ in done if row["action"] == Action.POST]:
        await _follow(connection, posts, now)
    for (row, _), (_, values) in zip(done, written, strict=True):
        is_back = row["done"] == Wanted.WITHDRAWN and values["done"] == Wanted.SHOWN
        if is_back and row["action"] != Action.POST and row["item_id"] is not None:
            await headers.mark_returned(connection, row, now)


_mine = deliveries.alias("mine")
_IN_ISSUE = (deliveries.c.subscription_id == _mine.c.subscription_id) & (deliveries.c.issue_id == _mine.c.issue_id)
# An author can move an item up while the request of another one is in flight. That does not make it late, so only
# deliveries that were planned later, tried before or parked count as overtaken.
_WAS_BEHIND = (
    (deliveries.c.planned_at > _mine.c.planned_at)
    | (deliveries.c.attempts > 0)
    | (deliveries.c.state == State.FAILED.value)
)
_OVERTAKEN = (
    _IN_ISSUE
    & (deliveries.c.generation == _mine.c.generation)
    & (deliveries.c.position < _mine.c.position)
    & deliveries.c.done.is_(None)
    & deliveries.c.state.in_([State.PENDING.value, State.FAILED.value])
    & _WAS_BEHIND
)
_BEGUN_AT = select(deliveries.c.planned_at).where(_IN_ISSUE, headers.is_up_to_date).limit(1)


@cache
def _follows(*, is_server: bool) -> Select[Any]:
    asked = numbers("posts", is_server=is_server)
    return (
        select(
            _mine.c.id.label("post_id"),
            subscriptions,
            exists().where(_OVERTAKEN).correlate(_mine).label("overtakes"),
            exists().where(_IN_ISSUE, headers.is_to_come).correlate(_mine).label("has_more"),
            _BEGUN_AT.correlate(_mine).scalar_subquery().label("begun_at"),
        )
        .join_from(asked, _mine, _mine.c.id == asked.c.value)
        .join(subscriptions, subscriptions.c.id == _mine.c.subscription_id)
    )


_OVERTAKE = (
    update(deliveries)
    .where(exists().where(_mine.c.id == bindparam("post"), _OVERTAKEN).correlate(deliveries))
    .values(is_late=True)
)


async def _follow(connection: AsyncConnection, posts: Sequence[RowMapping], now: dt.datetime) -> None:
    """Handle the consequences of new posts: mark overtaken deliveries as late, schedule publishing, refresh the header.

    For nearly all posts there is nothing to do, which a single query determines.
    """
    query = _follows(is_server=is_postgres(connection))
    found = (await connection.execute(query, {"posts": [row["id"] for row in posts]})).mappings()
    by_post = {each["post_id"]: each for each in found}
    for row in posts:
        found = by_post[row["id"]]
        if found["overtakes"]:
            await connection.execute(_OVERTAKE, {"post": row["id"]})
        if publishing.is_owed(row, found):
            await write(connection, row["id"], {"publish_at": now})
        if row["item_id"] is None:
            continue
        if not found["has_more"]:
            await headers.mark_stale(connection, row, now)
        elif found["begun_at"] is not None:
            await headers.mark_stale(connection, row, headers.next_at(found["begun_at"], now), only_fresh=True)


def of_posting(row: RowMapping) -> ColumnElement[bool]:
    """Return the condition for deliveries of the same issue, subscription and generation."""
    return (
        (deliveries.c.subscription_id == row["subscription_id"])
        & (deliveries.c.issue_id == row["issue_id"])
        & (deliveries.c.generation == row["generation"])
    )


async def next_step(connection: AsyncConnection, row: RowMapping, life: Life) -> Values:
    """Return the columns of a delivery's next step; a deleted message is posted again under a new identity."""
    values = life_values(life)
    if needs_new_generation(row, values):
        is_same = deliveries.c.item_id == row["item_id"] if row["item_id"] else deliveries.c.item_id.is_(None)
        mine = (deliveries.c.subscription_id == row["subscription_id"]) & (deliveries.c.issue_id == row["issue_id"])
        values |= {"generation": await next_generation(connection, mine & is_same), **ANEW}
    return values


_ROW = select(deliveries).where(deliveries.c.id == bindparam("row_id")).with_for_update()
_ROWS = (
    select(deliveries)
    .where(deliveries.c.id.in_(bindparam("row_ids", expanding=True)))
    .with_for_update(skip_locked=True)
)
_WRITE = update(deliveries).where(deliveries.c.id == bindparam("row_id"))


async def find_row(connection: AsyncConnection, delivery_id: int) -> RowMapping | None:
    """Return a delivery, locked until the transaction ends."""
    await hold_issue_of(connection, delivery_id)
    return (await connection.execute(_ROW, {"row_id": delivery_id})).mappings().first()


async def row_of(connection: AsyncConnection, delivery_id: int) -> RowMapping:
    """Return a delivery's row, locked until the transaction ends."""
    await hold_issue_of(connection, delivery_id)
    return (await connection.execute(_ROW, {"row_id": delivery_id})).mappings().one()


async def rows_of(connection: AsyncConnection, delivery_ids: Sequence[int]) -> list[RowMapping]:
    """Return the rows of deliveries, locked as by `row_of`.

    If there are several, rows locked by another process are left out, because waiting while holding locks can deadlock.
    """
    if len(delivery_ids) == 1:
        return [await row_of(connection, delivery_ids[0])]
    held = await hold_issues_of(connection, delivery_ids)
    return list((await connection.execute(_ROWS, {"row_ids": held})).mappings())


async def write(connection: AsyncConnection, delivery_id: int, values: Values) -> None:
    """Update columns of a delivery."""
    await connection.execute(_WRITE, {**values, "row_id": delivery_id})


async def write_all(connection: AsyncConnection, written: Iterable[tuple[int, Values]]) -> None:
    """Update columns of deliveries, one statement for each set of columns."""
    alike: dict[tuple[str, ...], list[Values]] = {}
    for delivery_id, values in written:
        alike.setdefault(tuple(values), []).append({**values, "row_id": delivery_id})
    for rows in alike.values():
        await connection.execute(_WRITE, rows)

"""Queries for the next delivery of a channel, which define the order of the outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    RowMapping,
    ScalarSelect,
    Select,
    bindparam,
    case,
    exists,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.departures import is_present
from storage.dialects import hold_each, is_postgres, numbers
from storage.layouts import THREADED
from storage.records import Action, State, Wanted
from storage.rows import joined
from storage.schema import deliveries, newsletters, subscriptions
from storage.tables import in_state
from storage.types import Id, UtcTime

# Queries that run for each message are built once: building one costs more than running it on SQLite.
CHANNEL, NOW = bindparam("channel_id", type_=Id), bindparam("now", type_=UtcTime)
Moment = dt.datetime | BindParameter[dt.datetime]
_others = deliveries.alias("others")
_pending = in_state(deliveries, State.PENDING)
_is_post = deliveries.c.action == Action.POST.value
goes_on = (
    subscriptions.c.paused_at.is_(None)
    & subscriptions.c.waiting_since.is_(None)
    & subscriptions.c.removed_at.is_(None)
    & is_present
    # Deliveries of newsletters that are no longer configured are kept, but wait for their return.
    & subscriptions.c.newsletter.not_in(select(newsletters.c.name).where(newsletters.c.orphaned_at.is_not(None)))
)


def _opened_thread() -> ColumnElement[int | None]:
    """Return an item's thread: that of its issue's newest header up to the item's generation.

    If there is none, use that of a later generation: a deleted header was posted again, but the item never was.
    A thread has the id of its starting message (Discord's documentation of "Start Thread from Message").
    """
    any_header = (
        select(func.coalesce(_others.c.thread_id, _others.c.message_id))
        .where(
            _others.c.subscription_id == deliveries.c.subscription_id,
            _others.c.issue_id == deliveries.c.issue_id,
            _others.c.item_id.is_(None),
            _others.c.message_id.is_not(None),
            _others.c.done != Wanted.DELETED.value,
        )
        .order_by(_others.c.generation.desc())
        .limit(1)
        .correlate(deliveries)
    )
    # A reposted issue has two threads; items of the first posting belong in the first.
    own = any_header.where(_others.c.generation <= deliveries.c.generation)
    return func.coalesce(own.scalar_subquery(), any_header.scalar_subquery())


def _own_thread() -> ColumnElement[int | None]:
    is_inside = (subscriptions.c.layout.in_(THREADED) & deliveries.c.item_id.is_not(None)) | deliveries.c.in_thread
    return case((is_inside, _opened_thread()), else_=null())


def _last_own_message() -> ScalarSelect[int | None]:
    """Return Herald's newest known message in the channel or its threads."""
    query = select(_others.c.message_id).where(
        _others.c.channel_id == deliveries.c.channel_id, _others.c.message_id.is_not(None)
    )
    return query.order_by(_others.c.id.desc()).limit(1).scalar_subquery().correlate(deliveries)


def _has_place() -> ColumnElement[bool]:
    """Whether the delivery's place exists: an item in a thread waits until its header is posted."""
    is_in_channel = subscriptions.c.layout.not_in(THREADED) & ~deliveries.c.in_thread
    return deliveries.c.item_id.is_(None) | is_in_channel | _opened_thread().is_not(None)


def _may_post(now: Moment) -> ColumnElement[bool]:
    """Whether a subscription is not quiet, as of its last claim (`quiet.py`)."""
    return subscriptions.c.quiet_until.is_(None) | (subscriptions.c.quiet_until <= now)


def _is_due(now: Moment) -> ColumnElement[bool]:
    return deliveries.c.not_before.is_(None) | (deliveries.c.not_before <= now)


def numbers_in(state: State, channel_id: int | None) -> ColumnElement[bool]:
    """Whether a delivery is in `state` (and channel), written so that the state's partial index is used."""
    found = select(_others.c.id).where(in_state(_others, state))
    if channel_id is not None:
        found = found.where(_others.c.channel_id == channel_id)
    return deliveries.c.id.in_(found)


async def hold_channels(connection: AsyncConnection, channel_ids: Iterable[int]) -> None:
    """Lock claims in these channels until the transaction ends."""
    await hold_each(connection, [f"channel:{channel_id}" for channel_id in channel_ids])


def _unsettled(channel: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(_others.c.channel_id == channel, in_state(_others, State.SENDING))


is_unsettled = _unsettled(CHANNEL)


@cache
def _candidates(*, is_server: bool) -> CTE:
    """Return each requested channel with its next delivery, or NULL."""
    asked = numbers("channels", is_server=is_server)
    in_line = (
        select(deliveries.c.id)
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        # Nothing while a delivery has an unknown outcome, because a retry of it would be out of order.
        .where(deliveries.c.channel_id == asked.c.value, _pending, goes_on, ~_unsettled(asked.c.value).correlate(asked))
        .order_by(deliveries.c.rank, deliveries.c.position, deliveries.c.id)
        .limit(1)
        .correlate(asked)
    )
    # a post that was tried before blocks the queue until its time; one that is only planned for later does not
    post = in_line.where(_is_post, _may_post(NOW), _has_place(), _is_due(NOW) | (deliveries.c.attempts > 0))
    change = in_line.where(~_is_post, _is_due(NOW))
    # Posts before edits: missing posts are more noticeable than outdated words.
    first = func.coalesce(post.scalar_subquery(), change.scalar_subquery())
    found = select(asked.c.value.label("channel_id"), first.label("id")).cte("candidates")
    return found.prefix_with("MATERIALIZED", dialect="postgresql")  # otherwise both subqueries run twice


@cache
def _next_rows(*, is_server: bool, waits: bool) -> Select[Any]:
    found = _candidates(is_server=is_server)
    return (
        joined()
        .add_columns(
            _own_thread().label("opened_thread_id"),
            _last_own_message().label("last_own_message"),
        )
        .join(found, found.c.id == deliveries.c.id)
        .where(_pending)  # checked again once the row is locked
        .with_for_update(of=deliveries, skip_locked=not waits)
    )


@cache
def _busy_channels(*, is_server: bool) -> Select[int]:
    found = _candidates(is_server=is_server)
    return select(found.c.channel_id).where(found.c.id.is_not(None))


async def next_rows(
    connection: AsyncConnection, channel_ids: Collection[int], now: dt.datetime
) -> dict[int, RowMapping | None]:
    """Return the next delivery of each channel, with the columns that its claim records; None if there is none.

    The rows are locked until the transaction ends. If a row is locked by another process, a single channel waits for
    it; with several channels it is left out, because waiting while holding locks can deadlock.
    """
    is_server, waits = is_postgres(connection), len(channel_ids) == 1
    asked = {"channels": list(channel_ids), "now": now}
    query = _next_rows(is_server=is_server, waits=waits)
    rows = {row["channel_id"]: row for row in (await connection.execute(query, asked)).mappings()}
    found = {one: row if row["not_before"] is None or row["not_before"] <= now else None for one, row in rows.items()}
    if not (missing := [one for one in channel_ids if one not in rows]):
        return found
    # SQLite has a single writer
    busy = set[int](await connection.scalars(_busy_channels(is_server=True), asked) if is_server else ())
    if waits and busy:  # the other process has finished, so that the next delivery may be another one
        return await next_rows(connection, channel_ids, now)
    return found | {one: None for one in missing if one not in busy}


_waits_in_line = (
    in_state(_others, State.PENDING)
    & (_others.c.action == Action.POST.value)
    & (_others.c.attempts > 0)
    & (_others.c.not_before > NOW)
)
_busy = union_all(
    select(_others.c.channel_id).where(in_state(_others, State.SENDING)),
    select(_others.c.channel_id).where(_waits_in_line),
)
_DUE_CHANNELS = (
    select(deliveries.c.channel_id)
    .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .where(
        _pending,
        goes_on,
        _is_due(NOW),
        ~_is_post | (_may_post(NOW) & _has_place()),
        deliveries.c.channel_id.not_in(_busy),
    )
    .group_by(deliveries.c.channel_id)
    # By the oldest planned issue, so that no channel is starved.
    .order_by(func.min(deliveries.c.rank))
)
_is_quiet = (
    _is_post
    & (subscriptions.c.quiet_until > NOW)
    & (deliveries.c.not_before.is_(None) | (deliveries.c.not_before < subscriptions.c.quiet_until))
)
_due_at = case((_is_quiet, subscriptions.c.quiet_until), else_=deliveries.c.not_before)
_NEXT_DUE_AT = (
    select(func.min(_due_at, type_=deliveries.c.not_before.type))
    .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .where(_pending, goes_on, _is_quiet | (deliveries.c.not_before > NOW))
)


async def due_channels(connection: AsyncConnection, now: dt.datetime) -> list[int]:
    """Return the channels with a claimable delivery, the longest waiting first."""
    return list(await connection.scalars(_DUE_CHANNELS, {"now": now}))


async def next_due_at(connection: AsyncConnection, now: dt.datetime) -> dt.datetime | None:
    """Return when the next delivery that waits for its time becomes due; None if none waits."""
    return await connection.scalar(_NEXT_DUE_AT, {"now": now})


async def oldest_pending_at(connection: AsyncConnection, now: dt.datetime) -> dt.datetime | None:
    """Return when the oldest delivery that could be sent by now was planned; None if there is none."""
    query = (
        select(func.min(deliveries.c.planned_at, type_=deliveries.c.planned_at.type))
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .where(_pending, goes_on, _is_due(now), ~_is_post | _may_post(now))
    )
    return await connection.scalar(query)


async def has_thread(connection: AsyncConnection, condition: ColumnElement[bool]) -> bool:
    """Whether a header that is not deleted has a message, and thus can have a thread."""
    headers = deliveries.c.item_id.is_(None) & deliveries.c.message_id.is_not(None) & (deliveries.c.done != "deleted")
    return await connection.scalar(select(deliveries.c.id).where(condition, headers).limit(1)) is not None


async def is_threaded(connection: AsyncConnection, subscription_id: int) -> bool:
    """Whether the subscription's items are posted in threads."""
    query = select(subscriptions.c.layout).where(subscriptions.c.id == subscription_id)
    return await connection.scalar(query) in THREADED

"""Updating a header's table of contents: links are filled in while the messages below it are posted."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, RowMapping, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.claiming import CHANNEL, NOW, goes_on, is_unsettled
from storage.records import Action, State, Wanted
from storage.rows import joined
from storage.schema import deliveries, subscriptions
from storage.tables import in_state

# minimum and maximum interval between updates of a header while its items are being posted
BETWEEN, SELDOMEST = dt.timedelta(seconds=5), dt.timedelta(minutes=5)
_stale = deliveries.c.refresh_at.is_not(None)


def _of_posting(row: RowMapping) -> ColumnElement[bool]:
    return (deliveries.c.subscription_id == row["subscription_id"]) & (deliveries.c.issue_id == row["issue_id"])


is_to_come = in_state(deliveries, State.PENDING) & (deliveries.c.action == Action.POST.value)
_is_to_return = (
    in_state(deliveries, State.PENDING)
    & (deliveries.c.done == Wanted.WITHDRAWN.value)
    & (deliveries.c.wanted == Wanted.SHOWN.value)
)
_is_header = deliveries.c.item_id.is_(None) & (deliveries.c.done == Wanted.SHOWN.value)
is_up_to_date = _is_header & deliveries.c.refresh_at.is_(None)


def next_at(begun_at: dt.datetime, now: dt.datetime) -> dt.datetime:
    """Return when to update a header next while its items are being posted; `begun_at` is when the issue was planned.

    The interval grows with the time since planning. Otherwise, with hundreds of channels, every message would cost a
    second request.
    """
    return now + min(max(now - begun_at, BETWEEN), SELDOMEST)


async def mark_stale(
    connection: AsyncConnection, row: RowMapping, refresh_at: dt.datetime, *, only_fresh: bool = False
) -> None:
    """Schedule an update of the header at `refresh_at`, because an item of `row` was posted."""
    mine = _of_posting(row) & (is_up_to_date if only_fresh else _is_header)
    await connection.execute(update(deliveries).where(mine).values(refresh_at=refresh_at))


async def mark_returned(connection: AsyncConnection, row: RowMapping, now: dt.datetime) -> None:
    """Schedule an update of a restored header once the last of its items is restored too."""
    if not await connection.scalar(select(exists().where(_of_posting(row), _is_to_return))):
        await mark_stale(connection, row, now)


may_be_stale = (deliveries.c.channel_id == CHANNEL) & _stale & (deliveries.c.refresh_at <= NOW)
_is_quiet = deliveries.c.state.in_([State.SENT.value, State.PENDING.value]) & (deliveries.c.done == "shown")
_NEXT = joined().where(may_be_stale, _is_quiet, goes_on, ~is_unsettled).order_by(deliveries.c.refresh_at).limit(1)


async def next_stale(connection: AsyncConnection, channel_id: int, now: dt.datetime) -> RowMapping | None:
    """Return the channel's next header to update; None while a delivery there has an unknown outcome."""
    return (await connection.execute(_NEXT, {"channel_id": channel_id, "now": now})).mappings().first()


_STALE_CHANNELS = (
    select(deliveries.c.channel_id)
    .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .where(_stale, deliveries.c.refresh_at <= NOW, goes_on)
    .distinct()
)


async def stale_channels(connection: AsyncConnection, now: dt.datetime) -> list[int]:
    """Return the channels with a header to update."""
    return list(await connection.scalars(_STALE_CHANNELS, {"now": now}))

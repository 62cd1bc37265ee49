"""Keeping a header's table of contents true: its links are filled in while the messages below it are posted."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, RowMapping, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.claiming import CHANNEL, NOW, goes_on, is_unsettled
from storage.records import Action, State, Wanted
from storage.rows import joined
from storage.schema import deliveries, subscriptions
from storage.tables import in_state

# between two refreshments of one header while its items are still being posted
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
    """Return when a header is to be refreshed whose items are still being posted, of an issue planned at `begun_at`.

    The longer that lasts, the seldomer: with hundreds of channels each message would else cost a second request.
    """
    return now + min(max(now - begun_at, BETWEEN), SELDOMEST)


async def mark_stale(
    connection: AsyncConnection, row: RowMapping, refresh_at: dt.datetime, *, only_fresh: bool = False
) -> None:
    """Let the header lead to an item's message that is there now, from `refresh_at` on."""
    mine = _of_posting(row) & (is_up_to_date if only_fresh else _is_header)
    await connection.execute(update(deliveries).where(mine).values(refresh_at=refresh_at))


async def mark_returned(connection: AsyncConnection, row: RowMapping, now: dt.datetime) -> None:
    """Let the header, which came back before its items, lead to them once the last of them, `row`, is back, too."""
    if not await connection.scalar(select(exists().where(_of_posting(row), _is_to_return))):
        await mark_stale(connection, row, now)


may_be_stale = (deliveries.c.channel_id == CHANNEL) & _stale & (deliveries.c.refresh_at <= NOW)
_is_quiet = deliveries.c.state.in_([State.SENT.value, State.PENDING.value]) & (deliveries.c.done == "shown")
_NEXT = joined().where(may_be_stale, _is_quiet, goes_on, ~is_unsettled).order_by(deliveries.c.refresh_at).limit(1)


async def next_stale(connection: AsyncConnection, channel_id: int, now: dt.datetime) -> RowMapping | None:
    """Return the header of the channel whose links are to be filled in now; none while anything there is unsettled."""
    return (await connection.execute(_NEXT, {"channel_id": channel_id, "now": now})).mappings().first()


_STALE_CHANNELS = (
    select(deliveries.c.channel_id)
    .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .where(_stale, deliveries.c.refresh_at <= NOW, goes_on)
    .distinct()
)


async def stale_channels(connection: AsyncConnection, now: dt.datetime) -> list[int]:
    """Return the channels that have such a header."""
    return list(await connection.scalars(_STALE_CHANNELS, {"now": now}))

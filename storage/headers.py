"""Keeping a header's table of contents true: its links are filled in while the messages below it are posted."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.claiming import goes_on
from storage.records import Action, State, Wanted
from storage.rows import joined
from storage.schema import deliveries, subscriptions
from storage.tables import in_state

BETWEEN = dt.timedelta(seconds=5)  # two refreshments of one header while its items are still being posted
_stale = deliveries.c.refresh_at.is_not(None)


def _of_posting(row: RowMapping) -> ColumnElement[bool]:
    return (deliveries.c.subscription_id == row["subscription_id"]) & (deliveries.c.issue_id == row["issue_id"])


async def mark_stale(connection: AsyncConnection, row: RowMapping, now: dt.datetime) -> None:
    """Let the header lead to an item's message that is there now, at once where nothing of the issue is to come."""
    waits = _of_posting(row) & in_state(deliveries, State.PENDING) & (deliveries.c.action == Action.POST.value)
    is_last = await connection.scalar(select(deliveries.c.id).where(waits).limit(1)) is None
    headers = _of_posting(row) & deliveries.c.item_id.is_(None) & (deliveries.c.done == Wanted.SHOWN.value)
    if is_last:
        await connection.execute(update(deliveries).where(headers).values(refresh_at=now))
    else:
        fresh = headers & deliveries.c.refresh_at.is_(None)
        await connection.execute(update(deliveries).where(fresh).values(refresh_at=now + BETWEEN))


async def next_stale(connection: AsyncConnection, channel_id: int, now: dt.datetime) -> RowMapping | None:
    """Return the header of the channel whose links are to be filled in now; none while anything there is unsettled."""
    mine = deliveries.c.channel_id == channel_id
    sending = select(deliveries.c.id).where(mine, in_state(deliveries, State.SENDING)).limit(1)
    if await connection.scalar(sending) is not None:
        return None
    is_quiet = deliveries.c.state.in_([State.SENT.value, State.PENDING.value]) & (deliveries.c.done == "shown")
    query = joined().where(mine, _stale, deliveries.c.refresh_at <= now, is_quiet, goes_on)
    return (await connection.execute(query.order_by(deliveries.c.refresh_at).limit(1))).mappings().first()


async def stale_channels(connection: AsyncConnection, now: dt.datetime) -> list[int]:
    """Return the channels that have such a header."""
    query = (
        select(deliveries.c.channel_id)
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .where(_stale, deliveries.c.refresh_at <= now, goes_on)
        .distinct()
    )
    return list(await connection.scalars(query))

"""Publishing messages of an announcement channel to the channels that follow it, within Discord's hourly limit.

Publishing a message twice has no effect, so it needs no claim: it is done, then recorded. Headers come first. The time
until which a message must wait is stored with it, so that it is not checked earlier.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.claiming import CHANNEL, NOW, Moment, goes_on
from storage.records import ToPublish, Wanted
from storage.rows import joined, options_of
from storage.schema import deliveries, subscriptions

# Discord allows ten per hour and channel. discord.py blocks the request that exhausts a limit until it is reset, here
# for an hour, so the last one is never used.
BUDGET, WINDOW = 9, dt.timedelta(hours=1)
_is_owed = deliveries.c.publish_at.is_not(None)


may_be_due = (deliveries.c.channel_id == CHANNEL) & _is_owed & (deliveries.c.publish_at <= NOW)


def _is_due(now: Moment) -> ColumnElement[bool]:
    return _is_owed & (deliveries.c.publish_at <= now) & deliveries.c.message_id.is_not(None) & goes_on


def is_owed(row: RowMapping, subscription: RowMapping) -> bool:
    """Whether a posted message is to be published, according to its subscription's options."""
    options = options_of(subscription)
    is_header = row["item_id"] is None
    is_in_channel = not row["in_thread"] and (is_header or not options.layout.opens_thread)
    return options.publish and is_in_channel and not options.layout.needs_forum


async def next_row(
    connection: AsyncConnection, channel_id: int, now: dt.datetime, *, only_headers: bool
) -> RowMapping | None:
    """Return the delivery to publish next; None if there is none or it must wait, which postpones it."""
    mine = (deliveries.c.channel_id == channel_id) & _is_due(now) & (deliveries.c.done == Wanted.SHOWN.value)
    if only_headers:
        mine &= deliveries.c.item_id.is_(None)
    order = (deliveries.c.item_id.is_not(None), deliveries.c.rank, deliveries.c.position, deliveries.c.id)
    row = (await connection.execute(joined().where(mine).order_by(*order).limit(1))).mappings().first()
    if row is None:
        return None
    until = options_of(row).quiet_until(now)
    if until is not None:
        of_subscription = deliveries.c.subscription_id == row["subscription_id"]
        await connection.execute(update(deliveries).where(of_subscription, _is_owed).values(publish_at=until))
        return None
    until = await _used_up_until(connection, channel_id, now)
    if until is not None:
        await put_off(connection, channel_id, until)
        return None
    return row


async def put_off(connection: AsyncConnection, channel_id: int, until: dt.datetime) -> None:
    """Postpone all publishing in a channel to `until`."""
    late = (deliveries.c.channel_id == channel_id) & _is_owed & (deliveries.c.publish_at < until)
    await connection.execute(update(deliveries).where(late).values(publish_at=until))


async def _used_up_until(connection: AsyncConnection, channel_id: int, now: dt.datetime) -> dt.datetime | None:
    """Return when the channel's limit allows publishing again; None if it does now."""
    at = deliveries.c.published_at
    lately = select(at).where(deliveries.c.channel_id == channel_id, at > now - WINDOW).order_by(at.desc())
    found = list(await connection.scalars(lately.limit(BUDGET)))
    return found[-1] + WINDOW if len(found) == BUDGET else None


_DUE_CHANNELS = (
    select(deliveries.c.channel_id)
    .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .where(_is_due(NOW), deliveries.c.done == Wanted.SHOWN.value)
    .distinct()
)
_NEXT_DUE_AT = (
    select(func.min(deliveries.c.publish_at, type_=deliveries.c.publish_at.type))
    .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .where(_is_owed, deliveries.c.publish_at > NOW, goes_on)
)


async def due_channels(connection: AsyncConnection, now: dt.datetime) -> list[int]:
    """Return the channels with a message to publish now."""
    return list(await connection.scalars(_DUE_CHANNELS, {"now": now}))


async def next_due_at(connection: AsyncConnection, now: dt.datetime) -> dt.datetime | None:
    """Return when the next waiting message may be published; None if none waits."""
    return await connection.scalar(_NEXT_DUE_AT, {"now": now})


async def waiting(connection: AsyncConnection, subscription_id: int, now: dt.datetime) -> ToPublish:
    """Return how many messages of a subscription are still to be published, and when the next one is due."""
    at = deliveries.c.publish_at
    query = select(func.count(), func.min(at, type_=at.type)).where(
        deliveries.c.subscription_id == subscription_id, _is_owed
    )
    count, next_at = (await connection.execute(query)).one()
    return ToPublish(count, next_at if next_at is not None and next_at > now else None)

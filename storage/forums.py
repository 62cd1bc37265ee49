"""Which channels are forums, as far as Herald has met them: what kind a channel is, only Discord knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import remember
from storage.options import Options
from storage.records import Subscription
from storage.rows import option_values
from storage.schema import deliveries, settings, subscriptions
from storage.wishes import Follow, Wish

_KEY = "forums"


async def known_forums(connection: AsyncConnection) -> frozenset[int]:
    """Return the channels that are known to be forums."""
    value = await connection.scalar(select(settings.c.value).where(settings.c.key == _KEY))
    return frozenset(map(int, value.split(","))) if value else frozenset()


async def put_in_forum(connection: AsyncConnection, subscription: Subscription) -> None:
    """Remember that a subscription's channel is a forum, which never becomes anything else, and post there as it does.

    What was planned before anybody knew goes into the issue's post as well.
    """
    found = await known_forums(connection) | {subscription.channel_id}
    await remember(connection, _KEY, ",".join(map(str, sorted(found))))
    values = option_values(_in_forum(subscription.options))
    await connection.execute(update(subscriptions).where(subscriptions.c.id == subscription.id).values(values))
    mine = (deliveries.c.subscription_id == subscription.id) & deliveries.c.message_id.is_(None)
    await connection.execute(update(deliveries).where(mine, deliveries.c.in_thread).values(in_thread=False))


def _in_forum(options: Options) -> Options:
    """Return the options as a forum takes them: there `auto` is its own layout, a post for each issue."""
    return replace(options, layout=options.layout.in_forum)


def in_their_places(wishes: Iterable[Wish], forums: frozenset[int]) -> list[Wish]:
    """Return configured wishes as their channels take them."""
    return [
        Follow.of(one.newsletter, one.channel, _in_forum(one.options), one.backfill) if one.channel in forums else one
        for one in wishes
    ]

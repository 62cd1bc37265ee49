"""The channels known to be forums; only Discord knows the type of a channel, so it is recorded once seen."""

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
    """Return the known forums."""
    value = await connection.scalar(select(settings.c.value).where(settings.c.key == _KEY))
    return frozenset(map(int, value.split(","))) if value else frozenset()


async def put_in_forum(connection: AsyncConnection, subscription: Subscription) -> None:
    """Record permanently that a subscription's channel is a forum, and switch to the forum layout.

    Deliveries planned before also go into the issue's forum post.
    """
    found = await known_forums(connection) | {subscription.channel_id}
    await remember(connection, _KEY, ",".join(map(str, sorted(found))))
    values = option_values(_in_forum(subscription.options))
    await connection.execute(update(subscriptions).where(subscriptions.c.id == subscription.id).values(values))
    mine = (deliveries.c.subscription_id == subscription.id) & deliveries.c.message_id.is_(None)
    await connection.execute(update(deliveries).where(mine, deliveries.c.in_thread).values(in_thread=False))


def _in_forum(options: Options) -> Options:
    """Return the effective options in a forum, where layout `auto` means `forum`."""
    return replace(options, layout=options.layout.in_forum)


def in_their_places(wishes: Iterable[Wish], forums: frozenset[int]) -> list[Wish]:
    """Return configured subscriptions with the effective options of their channels."""
    return [
        Follow.of(one.newsletter, one.channel, _in_forum(one.options), one.backfill) if one.channel in forums else one
        for one in wishes
    ]

"""When a subscription may post: quiet hours and the hourly limit of messages.

The result of a claim's check is stored with the subscription, so that it is not repeated before it can change.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.options import Options
from storage.rows import options_of
from storage.schema import deliveries, subscriptions

_RESTING = {"quiet_hours", "messages_per_hour"}
_HOUR = dt.timedelta(hours=1)
_EPOCH_MS, _TIME_BITS = 1_420_070_400_000, 22  # of message ids, from "Snowflakes" in Discord's documentation


def may_rest(row: RowMapping) -> bool:
    """Whether a post's subscription has an option that can forbid posting at times."""
    return not _RESTING.isdisjoint(row["options"])


async def rests(connection: AsyncConnection, row: RowMapping, now: dt.datetime) -> bool:
    """Whether a post's subscription must not post now; if so, store until when."""
    until = await _until(connection, row["subscription_id"], options_of(row), now)
    if until is not None:
        mine = subscriptions.c.id == row["subscription_id"]
        await connection.execute(update(subscriptions).where(mine).values(quiet_until=until))
    return until is not None


async def _until(
    connection: AsyncConnection, subscription_id: int, options: Options, now: dt.datetime
) -> dt.datetime | None:
    most = options.messages_per_hour
    if (until := options.quiet_until(now)) is not None or most is None:
        return until
    posted = (deliveries.c.subscription_id == subscription_id) & (deliveries.c.message_id > _last_id(now - _HOUR))
    newest = select(deliveries.c.message_id).where(posted).order_by(deliveries.c.message_id.desc()).limit(most)
    found = list(await connection.scalars(newest))
    if len(found) < most:
        return None
    free_at = _posted_at(found[-1]) + _HOUR
    return options.quiet_until(free_at) or free_at


def _last_id(moment: dt.datetime) -> int:
    """Return the highest possible message id of this millisecond."""
    return (max(int(moment.timestamp() * 1_000) - _EPOCH_MS, 0) + 1 << _TIME_BITS) - 1


def _posted_at(message_id: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(((message_id >> _TIME_BITS) + _EPOCH_MS) / 1_000, dt.UTC)

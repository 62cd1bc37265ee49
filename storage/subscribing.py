"""Writing any number of subscriptions within one transaction, in few statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import RowMapping, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import S_
from storage import history
from storage.adjustments import follows, told_of
from storage.dialects import hold
from storage.history import Actor, EventKind
from storage.layouts import Origin
from storage.records import Action, State, Subscription, Wanted
from storage.rows import Values, option_values, subscription_of
from storage.schema import deliveries, subscriptions
from storage.wishes import Wish

_UNFOLLOWED = S_("no longer followed")
_AT_ONCE = 500  # subscriptions per statement
_Place = tuple[int, str]  # channel and newsletter, unique for each subscription


async def by_id(connection: AsyncConnection, subscription_id: int) -> RowMapping | None:
    """Return the row of a subscription, even a removed one."""
    query = select(subscriptions).where(subscriptions.c.id == subscription_id)
    return (await connection.execute(query)).mappings().first()


async def at(connection: AsyncConnection, channel_id: int, newsletter: str) -> RowMapping | None:
    """Return the row of a channel's subscription to a newsletter, even a removed one."""
    return (await _among(connection, [channel_id])).get((channel_id, newsletter))


async def put(
    connection: AsyncConnection,
    wishes: Sequence[Wish],
    now: dt.datetime,
    origin: Origin,
    *,
    guild_id: int | None = None,
    actor: Actor | None = None,
) -> list[tuple[RowMapping | None, RowMapping]]:
    """Save subscriptions; returns each one's row before (None if it is new) and after.

    Removed ones, and those only for reposts, become active.
    """
    await hold(connection, "subscriptions")
    written: list[tuple[RowMapping | None, RowMapping]] = []
    for start in range(0, len(wishes), _AT_ONCE):
        part = {(wish.channel, wish.newsletter): wish for wish in wishes[start : start + _AT_ONCE]}
        before = await _among(connection, sorted({channel_id for channel_id, _ in part}))
        wanted = {place: _values(wish, before.get(place), now, origin, guild_id) for place, wish in part.items()}
        places = await _write(connection, before, wanted)
        after = before | await _among(connection, sorted({channel_id for channel_id, _ in places}))
        events = [event for place in places for event in told_of(before.get(place), after[place], actor)]
        await history.record(connection, events, now)
        written += [(before.get(place), after[place]) for place in part]
    return written


async def put_one(
    connection: AsyncConnection,
    wish: Wish,
    now: dt.datetime,
    origin: Origin,
    *,
    guild_id: int | None = None,
    actor: Actor | None = None,
) -> Subscription:
    """Save a single subscription and return it."""
    [(_, written)] = await put(connection, [wish], now, origin, guild_id=guild_id, actor=actor)
    return subscription_of(written)


async def _among(connection: AsyncConnection, channel_ids: Sequence[int]) -> dict[_Place, RowMapping]:
    """Return the rows of all subscriptions of some channels."""
    if not channel_ids:
        return {}
    query = select(subscriptions).where(subscriptions.c.channel_id.in_(channel_ids))
    found = (await connection.execute(query)).mappings()
    return {(row["channel_id"], row["newsletter"]): row for row in found}


def _values(wish: Wish, row: RowMapping | None, now: dt.datetime, origin: Origin, guild_id: int | None) -> Values:
    """Return the columns to write for a subscription; `row` is its current row, None for a new one."""
    values: Values = {
        "origin": origin.value,
        **option_values(wish.options),
        "backfill": wish.backfill,
        "quiet_until": None,
        "removed_at": None,
    }
    if guild_id is not None:
        values["guild_id"] = guild_id
    if row is not None and follows(row):
        return values
    return values | {
        "created_at": now,
        "backfilled_at": None,
        "paused_at": None,
        "waiting_since": None,
        "waiting_reason": None,
    }


_CHANGE = update(subscriptions).where(subscriptions.c.id == bindparam("row_id"))


async def _write(
    connection: AsyncConnection, before: dict[_Place, RowMapping], wanted: dict[_Place, Values]
) -> list[_Place]:
    """Insert new subscriptions, update rows that differ, and return the places of both."""
    new: list[Values] = []
    changed: dict[
        int, list[Values]
    ] = {}  # by number of columns, because the rows of a statement must have the same ones
    written: list[_Place] = []
    for place, values in wanted.items():
        row = before.get(place)
        if row is None:
            new.append({"channel_id": place[0], "newsletter": place[1], **values})
        elif any(row[name] != value for name, value in values.items()):
            changed.setdefault(len(values), []).append({"row_id": row["id"], **values})
        else:
            continue
        written.append(place)
    if new:
        await connection.execute(insert(subscriptions), new)
    for rows in changed.values():
        await connection.execute(_CHANGE, rows)
    return written


async def remove(
    connection: AsyncConnection, subscription_ids: Sequence[int], now: dt.datetime, actor: Actor | None = None
) -> int:
    """Remove subscriptions and skip their pending deliveries; returns how many followed."""
    count = 0
    for start in range(0, len(subscription_ids), _AT_ONCE):
        ids = subscription_ids[start : start + _AT_ONCE]
        changed = await connection.execute(
            update(subscriptions)
            .where(subscriptions.c.id.in_(ids), subscriptions.c.removed_at.is_(None))
            .values(removed_at=now)
            .returning(subscriptions)
        )
        gone = sorted(changed.mappings(), key=lambda row: row["id"])
        events = [
            history.of_subscription(row, EventKind.UNFOLLOWED, actor) for row in gone if Origin(row["origin"]).follows
        ]
        await history.record(connection, events, now)
        await _drop(connection, ids)
        count += len(gone)
    return count


async def _drop(connection: AsyncConnection, subscription_ids: Sequence[int]) -> None:
    """Drop the pending actions of subscriptions: nothing is posted, and posted messages stay unchanged."""
    mine = deliveries.c.subscription_id.in_(subscription_ids) & (deliveries.c.state == State.PENDING.value)
    dropped = {"state": State.SKIPPED.value, "done": Wanted.DELETED.value, "error": _UNFOLLOWED}
    is_post = deliveries.c.action == Action.POST.value
    await connection.execute(update(deliveries).where(mine, is_post).values(dropped))
    await connection.execute(update(deliveries).where(mine, ~is_post).values(state=State.SENT.value))

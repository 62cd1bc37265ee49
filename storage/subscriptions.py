"""Subscriptions: which channel follows which newsletter, with which options, and whether it is blocked."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import S_, UserError
from storage import history, subscribing
from storage.adjustments import follows, told_of
from storage.database import Database
from storage.departures import is_present
from storage.dialects import gather_statistics, hold
from storage.forums import in_their_places, known_forums, put_in_forum
from storage.history import Actor, EventKind
from storage.layouts import Origin
from storage.options import Options
from storage.records import ChannelStatus, State, Subscription
from storage.rows import Values, subscription_of
from storage.schema import deliveries, subscriptions
from storage.wishes import Configured, Follow, TakenOver, Wish

SET_IN_CONFIG = S_("This is set in config.yaml; change it there, under subscriptions.")
_IN_A_TURN = 200  # subscriptions that are read before other tasks get their turn
_MANY = 1_000  # new subscriptions above which a server's statistics are refreshed
# Subscriptions that exist only for reposts do not follow, and are not listed.
_FOLLOWERS = (
    select(subscriptions)
    .where(subscriptions.c.removed_at.is_(None), is_present, subscriptions.c.origin != Origin.REPOST.value)
    .order_by(subscriptions.c.newsletter, subscriptions.c.channel_id)
)


class Subscriptions:
    """All subscriptions. Removed ones are kept, so that following again does not post anything twice."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        wish: Wish,
        *,
        now: dt.datetime,
        guild_id: int | None = None,
        origin: Origin = Origin.DISCORD,
        actor: Actor | None = None,
    ) -> Subscription:
        """Make a channel follow a newsletter, or change its options. The backfill is planned separately.

        Raises UserError if the subscription is set in the configuration.
        """
        async with self._db.transaction() as connection:
            await _refuse_configured(connection, wish, origin)
            return await subscribing.put_one(connection, wish, now, origin, guild_id=guild_id, actor=actor)

    async def add_over(
        self,
        based_on: Options | None,
        wish: Wish,
        *,
        now: dt.datetime,
        guild_id: int | None = None,
        actor: Actor | None = None,
    ) -> Subscription | None:
        """Do as `add`, if the channel still follows with the options `based_on`, None meaning not at all.

        Returns None if another admin changed them since, so that their change is not overwritten silently.
        """
        async with self._db.transaction() as connection:
            await hold(connection, "subscriptions")
            await _refuse_configured(connection, wish, Origin.DISCORD)
            row = await subscribing.at(connection, wish.channel, wish.newsletter)
            if (subscription_of(row).options if row is not None and follows(row) else None) != based_on:
                return None
            return await subscribing.put_one(connection, wish, now, Origin.DISCORD, guild_id=guild_id, actor=actor)

    async def remove(self, subscription_id: int, *, now: dt.datetime, actor: Actor | None = None) -> bool:
        """Stop following: posts stay, pending deliveries are dropped. Returns False if it did not follow."""
        async with self._db.transaction() as connection:
            return await subscribing.remove(connection, [subscription_id], now, actor) > 0

    async def from_config(self, wishes: Sequence[Wish], *, now: dt.datetime) -> Configured:
        """Replace the configured subscriptions by a list; those of other channels set in Discord stay."""
        async with self._db.transaction() as connection:
            await hold(connection, "subscriptions")
            # Locked, because several processes can read the same file concurrently.
            configured = select(subscriptions.c.id).where(
                subscriptions.c.origin == Origin.CONFIG.value, subscriptions.c.removed_at.is_(None)
            )
            before = set(await connection.scalars(configured))
            wishes = in_their_places(wishes, await known_forums(connection))
            put = await subscribing.put(connection, wishes, now, Origin.CONFIG)
            # The listed ones are saved already; other configured ones are no longer in the file.
            await subscribing.remove(connection, sorted(before - {row["id"] for _, row in put}), now)
            if len(put) - len(before) >= _MANY:
                await gather_statistics(connection, "subscriptions")
        present = [subscription_of(row) for _, row in put]
        taken_over = [
            TakenOver(subscription_of(row), after)
            for (row, _), after in zip(put, present, strict=True)
            if row is not None and _is_set_in_discord(row)
        ]
        return Configured(present, taken_over)

    async def learn_forum(self, subscription: Subscription, *, now: dt.datetime) -> Subscription:
        """Record that the channel is a forum, where layout auto means forum; returns the updated subscription."""
        async with self._db.transaction() as connection:
            await hold(connection, "subscriptions")
            before = await subscribing.by_id(connection, subscription.id)
            await put_in_forum(connection, subscription)
            written = await subscribing.by_id(connection, subscription.id)
            # Removed meanwhile: the caller continues with its own copy.
            if written is None:
                return subscription
            await history.record(connection, told_of(before, written, None), now)
        return subscription_of(written)

    async def for_repost(
        self, newsletter: str, channel_id: int, *, now: dt.datetime, guild_id: int | None = None
    ) -> Subscription:
        """Return the channel's subscription, or create one only for reposts if it does not follow."""
        async with self._db.transaction() as connection:
            await hold(connection, "subscriptions")
            row = await subscribing.at(connection, channel_id, newsletter)
            if row is not None and row["removed_at"] is None:
                return subscription_of(row)
            # Deliveries require a subscription, even if the channel does not follow.
            wish = Follow(newsletter=newsletter, channel=channel_id)
            return await subscribing.put_one(connection, wish, now, Origin.REPOST, guild_id=guild_id)

    async def learn_guilds(self, guild_of: Callable[[int], int | None]) -> None:
        """Store each channel's server, None meaning unknown; writes only changes."""
        query = select(subscriptions.c.channel_id, subscriptions.c.guild_id).distinct()
        async with self._db.reading() as connection:
            known = [(int(row.channel_id), row.guild_id) for row in await connection.execute(query)]
        # Checked first: at most starts nothing changed, and a write would wait for the disk.
        places = [(channel_id, guild_of(channel_id), guild_id) for channel_id, guild_id in known]
        moved = {channel_id: now for channel_id, now, before in places if now is not None and now != before}
        if not moved:
            return
        async with self._db.transaction() as connection:
            for channel_id in sorted(moved):
                place = subscriptions.c.channel_id == channel_id
                await connection.execute(update(subscriptions).where(place).values(guild_id=moved[channel_id]))

    async def guilds_of(self, channel_ids: Collection[int]) -> dict[int, int]:
        """Return the known servers of these channels."""
        query = select(subscriptions.c.channel_id, subscriptions.c.guild_id).where(
            subscriptions.c.channel_id.in_(channel_ids), subscriptions.c.guild_id.is_not(None)
        )
        async with self._db.reading() as connection:
            return {row.channel_id: row.guild_id for row in await connection.execute(query)}

    async def pause(self, subscription_id: int, *, now: dt.datetime, actor: Actor | None = None) -> bool:
        """Pause posting until `resume`; new issues are posted then. Returns False if it was already paused."""
        is_open = subscriptions.c.paused_at.is_(None)
        return await self._switch(subscription_id, is_open, {"paused_at": now}, EventKind.PAUSED, actor=actor)

    async def resume(self, subscription_id: int, *, go_on: bool = False, actor: Actor | None = None) -> bool:
        """Resume a paused subscription; with `go_on`, a blocked one too. Returns False if it was neither."""
        values: Values = {"paused_at": None}
        is_held = subscriptions.c.paused_at.is_not(None)
        if go_on:
            values |= {"waiting_since": None, "waiting_reason": None}
            is_held |= subscriptions.c.waiting_since.is_not(None)
        return await self._switch(subscription_id, is_held, values, EventKind.RESUMED, actor=actor)

    async def wait(self, subscription_id: int, reason: str, *, now: dt.datetime) -> bool:
        """Block a subscription whose channel cannot be written to. Returns whether this or the reason is new."""
        values: Values = {"waiting_since": now, "waiting_reason": reason}
        # Each retry fails for the same reason, which is recorded only once.
        is_other = subscriptions.c.waiting_reason.is_distinct_from(reason)
        async with self._db.transaction() as connection:
            row = await subscribing.by_id(connection, subscription_id)
            # A different reason keeps the start time, because people are shown since when nothing has been posted.
            if row is not None and row["waiting_since"] is not None:
                values["waiting_since"] = row["waiting_since"]
            changed = await connection.execute(
                update(subscriptions).where(subscriptions.c.id == subscription_id, is_other).values(values)
            )
            if row is not None and changed.rowcount:
                told = history.of_subscription(row, EventKind.BLOCKED, None, reason)
                await history.record(connection, [told], now)
            return changed.rowcount > 0

    async def go_on(self, subscription_id: int) -> bool:
        """Unblock a subscription whose channel can be written to again. Returns whether it was blocked."""
        values: Values = {"waiting_since": None, "waiting_reason": None}
        return await self._switch(
            subscription_id, subscriptions.c.waiting_since.is_not(None), values, EventKind.UNBLOCKED
        )

    async def backfilled(self, subscription_ids: Sequence[int], *, count: int = 0, now: dt.datetime) -> None:
        """Record that the backfill, `count` issues, was planned; other earlier issues are not posted there."""
        are_new = subscriptions.c.id.in_(subscription_ids) & subscriptions.c.backfilled_at.is_(None)
        begun = update(subscriptions).where(are_new).values(backfilled_at=now).returning(subscriptions)
        async with self._db.transaction() as connection:
            rows = (await connection.execute(begun)).mappings().all()
            told = [history.of_subscription(row, EventKind.BACKFILLED, None, str(count)) for row in rows]
            await history.record(connection, told)

    async def to_backfill(self, newsletter: str) -> list[Subscription]:
        """Return the subscriptions whose backfill is still to be planned."""
        query = _FOLLOWERS.where(subscriptions.c.newsletter == newsletter, subscriptions.c.backfilled_at.is_(None))
        return await self._read(query)

    async def get(self, subscription_id: int) -> Subscription | None:
        """Return a subscription by id, even a removed one."""
        async with self._db.reading() as connection:
            row = await subscribing.by_id(connection, subscription_id)
        return subscription_of(row) if row is not None else None

    async def at(self, newsletter: str, channel_id: int) -> Subscription | None:
        """Return a channel's subscription, even one only for reposts; None if there is none."""
        async with self._db.reading() as connection:
            row = await subscribing.at(connection, channel_id, newsletter)
        return subscription_of(row) if row is not None and row["removed_at"] is None else None

    async def find(self, newsletter: str, channel_id: int) -> Subscription | None:
        """Return a channel's active subscription to a newsletter."""
        async with self._db.reading() as connection:
            row = await subscribing.at(connection, channel_id, newsletter)
        return subscription_of(row) if row is not None and follows(row) else None

    async def list(
        self,
        newsletter: str | None = None,
        *,
        guild_id: int | None = None,
        channel_id: int | None = None,
        with_unplaced: bool = False,
    ) -> list[Subscription]:
        """Return the active subscriptions in Herald's servers, by newsletter and channel.

        `with_unplaced` includes those whose server is unknown.
        """
        query = _FOLLOWERS
        if guild_id is not None:
            query = query.where(_in_guild(guild_id, with_unplaced=with_unplaced))
        wanted = {"newsletter": newsletter, "channel_id": channel_id}
        for name, value in wanted.items():
            if value is not None:
                query = query.where(subscriptions.c[name] == value)
        return await self._read(query)

    async def in_channel(self, channel_id: int) -> list[Subscription]:
        """Return all subscriptions of a channel, including those only for reposts."""
        query = select(subscriptions).where(subscriptions.c.channel_id == channel_id)
        query = query.where(subscriptions.c.removed_at.is_(None), is_present).order_by(subscriptions.c.newsletter)
        return await self._read(query)

    async def waiting(self) -> list[Subscription]:
        """Return the blocked subscriptions, including those only for reposts."""
        query = select(subscriptions).where(
            subscriptions.c.waiting_since.is_not(None), subscriptions.c.removed_at.is_(None), is_present
        )
        return await self._read(query)

    async def resting(self) -> set[int]:
        """Return the ids of subscriptions that are blocked or whose server removed Herald."""
        query = select(subscriptions.c.id).where(subscriptions.c.waiting_since.is_not(None) | ~is_present)
        async with self._db.reading() as connection:
            return set(await connection.scalars(query))

    async def status(self, guild_id: int | None = None, *, with_unplaced: bool = False) -> list[ChannelStatus]:
        """Return every subscription with its deliveries by state, for `/status`; `with_unplaced` as in `list`."""
        count = func.count(deliveries.c.id)
        pending = deliveries.c.state == State.PENDING.value
        query = (
            select(
                subscriptions,
                *(count.filter(deliveries.c.state == state.value).label(f"in_{state.value}") for state in State),
                # The type must be given, because SQLite has none for min() and max(), which would return text.
                func.min(deliveries.c.planned_at, type_=deliveries.c.planned_at.type).filter(pending).label("oldest"),
                func.max(deliveries.c.done_at, type_=deliveries.c.done_at.type).label("last"),
            )
            .outerjoin(deliveries, deliveries.c.subscription_id == subscriptions.c.id)
            .where(subscriptions.c.removed_at.is_(None), is_present)
            .group_by(subscriptions.c.id)
            .order_by(subscriptions.c.newsletter, subscriptions.c.channel_id)
        )
        if guild_id is not None:
            query = query.where(_in_guild(guild_id, with_unplaced=with_unplaced))
        async with self._db.reading() as connection:
            return [_status(row) for row in (await connection.execute(query)).mappings()]

    async def _read(self, query: Select[Any]) -> list[Subscription]:
        found: list[Subscription] = []
        async with self._db.reading() as connection:
            for row in (await connection.execute(query)).mappings():
                found.append(subscription_of(row))
                if len(found) % _IN_A_TURN == 0:
                    await asyncio.sleep(0)
        return found

    async def _switch(
        self,
        subscription_id: int,
        condition: Any,
        values: Values,
        kind: EventKind,
        *,
        actor: Actor | None = None,
        detail: str = "",
    ) -> bool:
        async with self._db.transaction() as connection:
            changed = await connection.execute(
                update(subscriptions)
                # A condition of the update, so that of two concurrent clicks only one changes the row and is logged.
                .where(subscriptions.c.id == subscription_id, condition)
                .values(values)
                .returning(subscriptions)
            )
            rows = changed.mappings().all()
            await history.record(connection, [history.of_subscription(row, kind, actor, detail) for row in rows])
            return bool(rows)


def _is_configured(row: RowMapping) -> bool:
    return row["removed_at"] is None and row["origin"] == Origin.CONFIG.value


def _is_set_in_discord(row: RowMapping) -> bool:
    return row["removed_at"] is None and row["origin"] == Origin.DISCORD.value


def _in_guild(guild_id: int, *, with_unplaced: bool) -> ColumnElement[bool]:
    is_there = subscriptions.c.guild_id == guild_id
    return is_there | subscriptions.c.guild_id.is_(None) if with_unplaced else is_there


def _status(row: RowMapping) -> ChannelStatus:
    return ChannelStatus(
        subscription=subscription_of(row),
        pending=row["in_pending"],
        sending=row["in_sending"],
        sent=row["in_sent"],
        failed=row["in_failed"],
        oldest_pending_at=row["oldest"],
        last_done_at=row["last"],
    )


async def _refuse_configured(connection: AsyncConnection, wish: Wish, origin: Origin) -> None:
    """Raise UserError if the configuration sets the subscription, because the next start would undo a change."""
    row = await subscribing.at(connection, wish.channel, wish.newsletter)
    if row is not None and origin is not Origin.CONFIG and _is_configured(row):
        raise UserError(SET_IN_CONFIG)

"""Departures: servers that removed Herald, and members who left a server.

From then on nothing is sent there. The stored data is kept for a grace period, in which they may come back, and then
deleted. Nothing here reads the clock: `now` is passed in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from sqlalchemy import delete, func, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import S_
from storage import forgetting
from storage.database import Database
from storage.dialects import insert_into
from storage.member_tables import catchup_members
from storage.records import Action, State, Wanted
from storage.schema import (
    alert_deliveries,
    alerts,
    deliveries,
    events,
    left_members,
    left_servers,
    setup_drafts,
    subscriptions,
)

RESUMED = dt.timedelta(days=1)  # skipped posts from this period are planned again when a server comes back
LEFT = S_("Herald was removed from the server")
_BOT = "bot account"  # setting: the account of the last run
Pair = tuple[int, int]  # server, member

_gone = select(left_servers.c.guild_id)
# Whether Herald is in a subscription's server, as far as it knows.
is_present = subscriptions.c.guild_id.is_(None) | subscriptions.c.guild_id.not_in(_gone)
# DISTINCT in each table keeps the union small.
_KNOWN = union(
    *(
        select(table.c.guild_id).where(table.c.guild_id.is_not(None), table.c.guild_id.not_in(_gone)).distinct()
        for table in (subscriptions, alerts, alert_deliveries, catchup_members)
    )
)


class Departures:
    """Records departures and returns, and deletes the data of those who do not come back."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # servers

    async def known(self) -> set[int]:
        """Return the servers with stored data that have not removed Herald, as far as it knows."""
        return {int(row["guild_id"]) for row in await self._db.rows(_KNOWN)}

    async def left(self) -> dict[int, dt.datetime]:
        """Return the servers that removed Herald, with the time it was noticed."""
        async with self._db.reading() as connection:
            rows = await connection.execute(select(left_servers))
            return {int(row.guild_id): row.left_at for row in rows}

    async def server_left(self, guild_id: int, *, now: dt.datetime) -> int:
        """Record that a server removed Herald and skip its pending posts; returns their number."""
        mine = deliveries.c.subscription_id.in_(select(subscriptions.c.id).where(subscriptions.c.guild_id == guild_id))
        owed = mine & (deliveries.c.state == State.PENDING.value) & (deliveries.c.action == Action.POST.value)
        ended = {"state": State.SKIPPED.value, "done": Wanted.DELETED.value, "error": LEFT, "done_at": now}
        async with self._db.transaction() as connection:
            values = {"guild_id": guild_id, "left_at": now}
            await connection.execute(insert_into(connection, left_servers).values(values).on_conflict_do_nothing())
            dropped = await connection.execute(update(deliveries).where(owed).values(ended))
            await _look_again(connection, guild_id, None, now)
            return dropped.rowcount

    async def server_back(self, guild_id: int, *, now: dt.datetime) -> bool:
        """Restore the subscriptions of a server that came back, and plan the posts skipped within `RESUMED` again.

        Returns False if it was not recorded as departed.
        """
        if guild_id not in await self.left():
            return False
        mine = select(subscriptions.c.id).where(
            subscriptions.c.guild_id == guild_id, subscriptions.c.removed_at.is_(None)
        )
        ended = (
            deliveries.c.subscription_id.in_(mine)
            & (deliveries.c.state == State.SKIPPED.value)
            & (deliveries.c.error == LEFT)
        )
        is_recent = (deliveries.c.done_at >= now - RESUMED) & (deliveries.c.wanted == Wanted.SHOWN.value)
        owed = {"state": State.PENDING.value, "done": None, "error": "", "done_at": None, "not_before": None}
        async with self._db.transaction() as connection:
            await connection.execute(delete(left_servers).where(left_servers.c.guild_id == guild_id))
            await connection.execute(update(deliveries).where(ended, is_recent).values(owed))
        return True

    async def forget_servers(self, before: dt.datetime) -> list[int]:
        """Delete all data of servers that left before a time; returns their ids."""
        gone = sorted(guild_id for guild_id, left_at in (await self.left()).items() if left_at <= before)
        for guild_id in gone:
            await forgetting.forget_server(self._db, guild_id)
        return gone

    async def is_same_bot(self, user_id: int, here: Iterable[int]) -> bool:
        """Whether servers that an account is not in have removed it; stores the account if so.

        False means that it is another account than in the last run and is in none of the known servers, so that it was
        never in them.
        """
        before, known = await self._db.setting(_BOT), await self.known()
        if before not in {None, str(user_id)} and known and known.isdisjoint(here):
            return False
        if before != str(user_id):
            await self._db.set_setting(_BOT, str(user_id))
        return True

    # members

    async def pairs(self) -> list[Pair]:
        """Return pairs of each member with stored data and the server concerned."""
        async with self._db.reading() as connection:
            found: set[Pair] = set()
            for table in (alerts, alert_deliveries, setup_drafts, events, catchup_members):
                is_known = table.c.guild_id.is_not(None) & table.c.user_id.is_not(None)
                query = select(table.c.guild_id, table.c.user_id).where(is_known, table.c.guild_id.not_in(_gone))
                found |= {(int(row.guild_id), int(row.user_id)) for row in await connection.execute(query.distinct())}
        return sorted(found)

    async def member_left(self, guild_id: int, user_id: int, *, now: dt.datetime) -> None:
        """Record that a member left a server; the first time is kept."""
        values = {"guild_id": guild_id, "user_id": user_id, "left_at": now}
        async with self._db.transaction() as connection:
            made = insert_into(connection, left_members).values(values)
            noted = await connection.execute(made.on_conflict_do_nothing())
            if noted.rowcount:
                await _look_again(connection, guild_id, user_id, now)

    async def member_back(self, guild_id: int, user_id: int) -> None:
        """Record that a member is in a server."""
        mine = (left_members.c.guild_id == guild_id) & (left_members.c.user_id == user_id)
        async with self._db.reading() as connection:
            if await connection.scalar(select(left_members.c.user_id).where(mine)) is None:
                return
        async with self._db.transaction() as connection:
            await connection.execute(delete(left_members).where(mine))

    async def forget_members(self, before: dt.datetime, *, but_not: Collection[Pair] = ()) -> list[Pair]:
        """Delete the data about members in servers that they left before a time; returns the pairs.

        `but_not` are pairs that may have come back.
        """
        query = select(left_members.c.guild_id, left_members.c.user_id).where(left_members.c.left_at <= before)
        async with self._db.reading() as connection:
            found = [(int(row.guild_id), int(row.user_id)) for row in await connection.execute(query)]
        gone = [pair for pair in found if pair not in but_not]
        for guild_id, user_id in gone:
            await forgetting.forget_member_in(self._db, guild_id, user_id)
        return gone


async def _look_again(connection: AsyncConnection, guild_id: int, user_id: int | None, now: dt.datetime) -> None:
    """Make waiting alert messages due, so that they are ended or reassigned to another server's alert."""
    waiting = (alert_deliveries.c.state == State.PENDING.value) & (alert_deliveries.c.guild_id == guild_id)
    if user_id is not None:
        waiting &= alert_deliveries.c.user_id == user_id
    is_later = func.coalesce(alert_deliveries.c.not_before, now) > now
    await connection.execute(update(alert_deliveries).where(waiting, is_later).values(not_before=now))

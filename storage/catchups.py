"""When members last used `/catchup`, and the items they opened since the first time. Nothing here reads the clock.

Nothing is stored about members who never used `/catchup`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, delete, select

from storage.database import Database
from storage.dialects import hold, insert_into
from storage.member_tables import catchup_members, opened_items
from storage.schema import deliveries, subscriptions

_BEGUN = 200  # newest issues that channels got by a backfill
OPENED = 50  # newest opened items that are stored per member and server


class Catchups:
    """The stored data about members, separate for each server."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def servers_of(self, user_id: int) -> set[int]:
        """Return the servers in which a member has caught up."""
        query = select(catchup_members.c.guild_id).where(catchup_members.c.user_id == user_id)
        async with self._db.reading() as connection:
            return {int(guild_id) for guild_id in await connection.scalars(query)}

    async def looked_at(self, user_id: int, guild_ids: Collection[int]) -> dict[int, dt.datetime]:
        """Return by server when a member last caught up, without servers where they never did."""
        query = select(catchup_members).where(_of(user_id), catchup_members.c.guild_id.in_(guild_ids))
        async with self._db.reading() as connection:
            return {int(row.guild_id): row.looked_at for row in await connection.execute(query)}

    async def begun(self, guild_ids: Collection[int], since: dt.datetime, until: dt.datetime) -> list[int]:
        """Return the issues that channels of these servers got by a backfill within a period.

        They are new there, regardless of their date.
        """
        followed = subscriptions.c.guild_id.in_(guild_ids) & subscriptions.c.removed_at.is_(None)
        query = (
            select(deliveries.c.issue_id)
            .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
            .where(followed, subscriptions.c.backfilled_at >= since, subscriptions.c.backfilled_at < until)
            .where(deliveries.c.item_id.is_(None), deliveries.c.message_id.is_not(None))
            .where(deliveries.c.planned_at < until)
            .distinct()
            .order_by(deliveries.c.issue_id.desc())
            .limit(_BEGUN)
        )
        async with self._db.reading() as connection:
            return [int(issue_id) for issue_id in await connection.scalars(query)]

    async def looked(self, user_id: int, guild_ids: Iterable[int], *, now: dt.datetime) -> None:
        """Record that a member caught up in these servers."""
        rows = [{"user_id": user_id, "guild_id": guild_id, "looked_at": now} for guild_id in sorted(set(guild_ids))]
        if not rows:
            return
        async with self._db.transaction() as connection:
            noted = insert_into(connection, catchup_members).values(rows)
            key = ["user_id", "guild_id"]
            await connection.execute(noted.on_conflict_do_update(index_elements=key, set_={"looked_at": now}))

    async def opened(self, user_id: int, guild_id: int, item_id: int, *, now: dt.datetime) -> None:
        """Record that a member opened an item, if they ever caught up in that server; the first time is kept."""
        if not await self.looked_at(user_id, [guild_id]):
            return
        mine = (opened_items.c.user_id == user_id) & (opened_items.c.guild_id == guild_id)
        newest = (opened_items.c.opened_at.desc(), opened_items.c.item_id.desc())
        async with self._db.transaction() as connection:
            await hold(connection, f"member:{user_id}")
            row = {"user_id": user_id, "guild_id": guild_id, "item_id": item_id, "opened_at": now}
            await connection.execute(insert_into(connection, opened_items).values(row).on_conflict_do_nothing())
            too_many = select(opened_items.c.item_id).where(mine).order_by(*newest).offset(OPENED)
            for old in list(await connection.scalars(too_many)):
                await connection.execute(delete(opened_items).where(mine, opened_items.c.item_id == old))

    async def opened_before(self, user_id: int, guild_ids: Collection[int], moment: dt.datetime) -> list[int]:
        """Return the items that a member had opened in these servers by then, last one first."""
        query = select(opened_items.c.item_id).where(
            opened_items.c.user_id == user_id,
            opened_items.c.guild_id.in_(guild_ids),
            opened_items.c.opened_at <= moment,
        )
        query = query.order_by(opened_items.c.opened_at.desc(), opened_items.c.item_id.desc()).limit(OPENED)
        async with self._db.reading() as connection:
            return [int(item_id) for item_id in await connection.scalars(query)]


def _of(user_id: int) -> ColumnElement[bool]:
    return catchup_members.c.user_id == user_id

"""Members' alerts, and exporting and deleting a member's data. Nothing here reads the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.dialects import hold, insert_into
from storage.member_tables import catchup_members, opened_items
from storage.schema import (
    alert_deliveries,
    alert_members,
    alerts,
    events,
    left_members,
    setup_drafts,
)

PER_MEMBER = 20
_deliveries = alert_deliveries.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A member's request to be notified of items that match a query."""

    id: int
    user_id: int
    guild_id: int | None
    query: str
    created_at: dt.datetime


class Alerts:
    """All alerts; their notifications are in `AlertOutbox`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self, user_id: int, guild_id: int | None, query: str, *, now: dt.datetime, language: str = ""
    ) -> Alert | None:
        """Add an alert, once per server and query, and set the language of the member's messages.

        Returns None if the member already has `PER_MEMBER`.
        """
        async with self._db.transaction() as connection:
            await hold(connection, f"member:{user_id}")
            await _put_member(connection, user_id, language)
            mine = await alerts_where(connection, alerts.c.user_id == user_id)
            same = [one for one in mine if one.query.casefold() == query.casefold() and one.guild_id == guild_id]
            known = next(iter(same), None)
            if known is not None or len(mine) >= PER_MEMBER:
                return known
            values = {"user_id": user_id, "guild_id": guild_id, "query": query, "created_at": now}
            made = await connection.scalar(insert(alerts).values(values).returning(alerts.c.id))
            return (await alerts_where(connection, alerts.c.id == made))[0]

    async def of(self, user_id: int) -> list[Alert]:
        """Return a member's alerts, oldest first."""
        async with self._db.reading() as connection:
            return await alerts_where(connection, alerts.c.user_id == user_id)

    async def remove(self, user_id: int, alert_ids: Sequence[int]) -> list[Alert]:
        """Remove some of a member's alerts; returns those that existed."""
        condition = (alerts.c.user_id == user_id) & alerts.c.id.in_(alert_ids)
        async with self._db.transaction() as connection:
            found = await alerts_where(connection, condition)
            await connection.execute(delete(alerts).where(condition))
        return found

    async def export(self, user_id: int) -> dict[str, Any]:
        """Return all data stored about a member, as JSON values."""
        async with self._db.reading() as connection:
            mine = await alerts_where(connection, alerts.c.user_id == user_id)
            messages = await connection.execute(
                select(alert_deliveries).where(_deliveries.user_id == user_id).order_by(_deliveries.id)
            )
            member = (await connection.execute(select(alert_members).where(alert_members.c.user_id == user_id))).first()
            acts = (
                await connection.execute(select(events).where(events.c.user_id == user_id).order_by(events.c.id))
            ).all()
            panels = (await connection.execute(select(setup_drafts).where(setup_drafts.c.user_id == user_id))).all()
            looks = (
                await connection.execute(select(catchup_members).where(catchup_members.c.user_id == user_id))
            ).all()
            opened = (await connection.execute(select(opened_items).where(opened_items.c.user_id == user_id))).all()
            gone = (await connection.execute(select(left_members).where(left_members.c.user_id == user_id))).all()
        return {
            "user_id": str(user_id),
            "direct_messages_closed_since": _iso(member.closed_at if member else None),
            "language": member.language if member else "",
            "alerts": [
                {"query": one.query, "created_at": _iso(one.created_at), "server_id": _text(one.guild_id)}
                for one in mine
            ],
            "messages": [_exported(row) for row in messages.mappings()],
            "acts": [{"kind": one.kind, "at": _iso(one.at), "server_id": _text(one.guild_id)} for one in acts],
            "open_panels": [{"server_id": _text(one.guild_id), "changed_at": _iso(one.changed_at)} for one in panels],
            "caught_up": [{"server_id": _text(one.guild_id), "looked_at": _iso(one.looked_at)} for one in looks],
            "opened": [
                {"server_id": _text(one.guild_id), "item": one.item_id, "opened_at": _iso(one.opened_at)}
                for one in opened
            ],
            "servers_left": [{"server_id": _text(row.guild_id), "noticed_at": _iso(row.left_at)} for row in gone],
        }

    async def forget(self, user_id: int) -> int:
        """Delete all data stored about a member; returns the number of alerts.

        Log entries of the member's actions as an admin are kept but anonymised.
        """
        async with self._db.transaction() as connection:
            await connection.execute(update(events).where(events.c.user_id == user_id).values(user_id=None))
            for table in (setup_drafts, opened_items, catchup_members):
                await connection.execute(delete(table).where(table.c.user_id == user_id))
            found = await connection.execute(delete(alerts).where(alerts.c.user_id == user_id))
            await connection.execute(delete(alert_deliveries).where(_deliveries.user_id == user_id))
            await connection.execute(delete(left_members).where(left_members.c.user_id == user_id))
            await connection.execute(delete(alert_members).where(alert_members.c.user_id == user_id))
        return found.rowcount


async def alerts_where(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Alert]:
    """Return the alerts that match a condition, oldest first."""
    rows = await connection.execute(select(alerts).where(condition).order_by(alerts.c.id))
    return [Alert(**row) for row in rows.mappings()]


async def _put_member(connection: AsyncConnection, user_id: int, language: str) -> None:
    put = insert_into(connection, alert_members).values(user_id=user_id, language=language)
    await connection.execute(put.on_conflict_do_update(index_elements=["user_id"], set_={"language": language}))


def _exported(delivery: RowMapping) -> dict[str, Any]:
    return {
        "issue": delivery["issue_id"],
        "matches": [{"query": query, "items": item_ids} for query, item_ids in delivery["matches"]],
        "state": delivery["state"],
        "planned_at": _iso(delivery["planned_at"]),
        "done_at": _iso(delivery["done_at"]),
        "message_id": _text(delivery["message_id"]),
        "server_id": _text(delivery["guild_id"]),
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _text(number: int | None) -> str | None:
    return str(number) if number is not None else None

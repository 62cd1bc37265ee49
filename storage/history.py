"""The decision log: what happened to issues, items, messages and subscriptions, why, and who caused it.

Entries are written in the transaction of the change they describe, so that the two cannot disagree, and several in one
statement. `app/explaining.py` derives the answers of `/why` from them; `/audit` lists those caused by people.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from clock import utc_now
from storage.database import Database
from storage.records import Action, Wanted
from storage.schema import events

_BATCH = 5_000  # entries deleted in one transaction


class EventKind(enum.StrEnum):
    """The kind of an entry."""

    # the source
    SEEN = "seen"  # a new issue; `detail`: its initial gate
    CHANGED = "changed"  # items, or without items the issue's head; `detail` names the parts
    ADDED = "added"
    REMOVED = "removed"  # items, or without items the whole issue
    RETURNED = "returned"  # a removed issue
    MISSING = "missing"  # its file is gone from the source; the consequence is a separate entry
    KEPT = "kept"  # stays as it is although it is gone from the source
    # gates; `detail` is the reason
    WAITING = "waiting"
    HELD = "held"
    FILED = "filed"
    RELEASED = "released"
    # subscriptions
    PLANNED = "planned"  # `detail`: the number of messages
    FILTERED = "filtered"  # items, or without items the whole issue; `detail`: the filter's rule
    TOO_LATE = "too late"  # items added too long after their issue was posted
    FOLLOWED = "followed"
    ADJUSTED = "adjusted"  # `detail`: old and new values
    UNFOLLOWED = "unfollowed"
    BACKFILLED = "backfilled"  # `detail`: the number of earlier issues to post
    PAUSED = "paused"
    RESUMED = "resumed"
    BLOCKED = "blocked"  # the channel cannot be written to; `detail`: the reason
    UNBLOCKED = "unblocked"
    # messages
    POSTED = "posted"
    EDITED = "edited"
    WITHDRAWN = "withdrawn"  # marked as withdrawn
    DELETED = "deleted"
    RESTORED = "restored"  # no longer marked
    REFUSED = "refused"  # by Discord; `detail`: the reason
    LOST = "lost"  # deleted by a person
    # people
    REPOSTED = "reposted"  # an issue or some items; `detail`: the number of messages
    RETRACTED = "retracted"  # withdrawn by an admin
    DECIDED = "decided"  # about held changes
    SET = "set"  # a setting


# Actions of people, for `/audit`.
ACTS = (
    EventKind.FOLLOWED, EventKind.ADJUSTED, EventKind.UNFOLLOWED, EventKind.PAUSED, EventKind.RESUMED,
    EventKind.REPOSTED, EventKind.RETRACTED, EventKind.DECIDED, EventKind.SET,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """A filter for people's actions in a server; None matches all. `until` is exclusive."""

    guild_id: int
    user_id: int | None = None
    channel_id: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The user who caused something, and the server where."""

    user_id: int
    guild_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """An entry. `items` are the ids of the items concerned, empty if it is not about single items."""

    kind: EventKind
    newsletter: str = ""  # "" if it follows from the issue or subscription
    issue_id: int | None = None
    items: tuple[int, ...] = ()
    subscription_id: int | None = None
    delivery_id: int | None = None
    channel_id: int | None = None
    guild_id: int | None = None
    user_id: int | None = None
    detail: str = ""
    at: dt.datetime | None = None  # None until written
    id: int = 0

    def is_about(self, item_id: int) -> bool:
        """Whether it concerns this item, by itself or with its whole issue."""
        return not self.items or item_id in self.items


def acted(event: HistoryEvent, actor: Actor | None) -> HistoryEvent:
    """Return the entry with its actor."""
    if actor is None:
        return event
    return replace(event, user_id=actor.user_id, guild_id=actor.guild_id or event.guild_id)


_INSERT = insert(events)


async def record(connection: AsyncConnection, found: Sequence[HistoryEvent], now: dt.datetime | None = None) -> None:
    """Write entries, in order, with one statement, within the transaction of the change they describe."""
    if not found:
        return
    at = now or utc_now()
    rows = [
        {
            "at": at,
            "kind": one.kind.value,
            "newsletter": one.newsletter,
            "issue_id": one.issue_id,
            "items": list(one.items),
            "subscription_id": one.subscription_id,
            "delivery_id": one.delivery_id,
            "channel_id": one.channel_id,
            "guild_id": one.guild_id,
            "user_id": one.user_id,
            "detail": one.detail[:1000],
        }
        for one in found
    ]
    await connection.execute(_INSERT, rows)


def of_subscription(
    row: Mapping[str, Any] | RowMapping, kind: EventKind, actor: Actor | None, detail: str = ""
) -> HistoryEvent:
    """Return an entry about a row of `subscriptions`, which need not be written yet."""
    told = HistoryEvent(
        kind=kind,
        newsletter=row["newsletter"],
        subscription_id=row["id"],
        channel_id=row["channel_id"],
        guild_id=row["guild_id"],
        detail=detail,
    )
    return acted(told, actor)


def of_delivery(row: Mapping[str, Any] | RowMapping, kind: EventKind, detail: str = "") -> HistoryEvent:
    """Return an entry about the message of a row of `deliveries`."""
    return HistoryEvent(
        kind=kind,
        issue_id=row["issue_id"],
        items=(row["item_id"],) if row["item_id"] is not None else (),
        subscription_id=row["subscription_id"],
        delivery_id=row["id"],
        channel_id=row["channel_id"],
        detail=detail,
    )


def done(row: RowMapping, content_hash: str | None) -> list[HistoryEvent]:
    """Return the entries of a successful request; `row` is the delivery before it.

    An edit that did not change the message yields none.
    """
    kinds = {Action.POST: EventKind.POSTED, Action.WITHDRAW: EventKind.WITHDRAWN, Action.DELETE: EventKind.DELETED}
    action = Action(row["action"])
    if action is not Action.EDIT:
        return [of_delivery(row, kinds[action])]
    if row["done"] == Wanted.WITHDRAWN.value:
        return [of_delivery(row, EventKind.RESTORED)]
    is_same = content_hash is not None and content_hash == row["content_hash"]
    return [] if is_same else [of_delivery(row, EventKind.EDITED)]


class History:
    """Reads the log and deletes old entries."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of_issue(self, issue_id: int, subscription_id: int | None = None) -> list[HistoryEvent]:
        """Return an issue's entries, oldest first; with `subscription_id`, only those that concern it."""
        condition = events.c.issue_id == issue_id
        if subscription_id is not None:
            condition &= or_(events.c.subscription_id.is_(None), events.c.subscription_id == subscription_id)
        return await self._read(condition)

    async def reposted(self, issue_id: int, subscription_id: int, since: dt.datetime) -> list[HistoryEvent]:
        """Return the reposts of an issue or its parts in a subscription since then, oldest first."""
        mine = (events.c.issue_id == issue_id) & (events.c.subscription_id == subscription_id)
        return await self._read(mine & (events.c.kind == EventKind.REPOSTED.value) & (events.c.at > since))

    async def of_follower(self, subscription_id: int) -> list[HistoryEvent]:
        """Return the entries about a subscription itself, oldest first."""
        return await self._read((events.c.subscription_id == subscription_id) & events.c.issue_id.is_(None))

    async def acts(self, wanted: Acts, *, offset: int = 0, limit: int | None = None) -> tuple[list[HistoryEvent], int]:
        """Return people's actions, newest first, and their number regardless of `offset` and `limit`."""
        names = [kind.value for kind in ACTS]
        condition = (events.c.guild_id == wanted.guild_id) & events.c.user_id.is_not(None) & events.c.kind.in_(names)
        if wanted.user_id is not None:
            condition &= events.c.user_id == wanted.user_id
        if wanted.channel_id is not None:
            condition &= events.c.channel_id == wanted.channel_id
        if wanted.since is not None:
            condition &= events.c.at >= wanted.since
        if wanted.until is not None:
            condition &= events.c.at < wanted.until
        query = select(events).where(condition).order_by(events.c.id.desc()).offset(offset).limit(limit)
        async with self._db.reading() as connection:
            total = await connection.scalar(select(func.count()).select_from(events).where(condition)) or 0
            return [event_of(row) for row in (await connection.execute(query)).mappings()], total

    async def prune(self, before: dt.datetime) -> int:
        """Delete older entries in short transactions; returns how many."""
        count = 0
        old = select(events.c.id).where(events.c.at < before).limit(_BATCH)
        while True:
            async with self._db.transaction() as connection:
                gone = (await connection.execute(delete(events).where(events.c.id.in_(old)))).rowcount
            count += gone
            if gone < _BATCH:
                return count

    async def _read(self, condition: ColumnElement[bool]) -> list[HistoryEvent]:
        async with self._db.reading() as connection:
            found = await connection.execute(select(events).where(condition).order_by(events.c.id))
            return [event_of(row) for row in found.mappings()]


def event_of(row: RowMapping) -> HistoryEvent:
    """Return the entry of a row."""
    values: dict[str, Any] = {str(name): value for name, value in row.items()}
    values |= {"kind": EventKind(row["kind"]), "items": tuple(row["items"])}
    return HistoryEvent(**values)

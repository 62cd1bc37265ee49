"""The log of decisions: what became of issues, items, messages and subscriptions, why, and who asked for it.

Each entry is written in the transaction of what it tells, so that the two never disagree, and several at once by one
statement. `app/explaining.py` makes an answer of them for `/why`, `/audit` lists those that a person caused.
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

_BATCH = 5_000  # entries that one transaction deletes


class EventKind(enum.StrEnum):
    """What an entry tells."""

    # the source
    SEEN = "seen"  # an issue that was not known; `detail`: the state at the gate in which it begins
    CHANGED = "changed"  # of items, or without items of the issue's head: `detail` names what
    ADDED = "added"
    REMOVED = "removed"  # items; without items the whole issue
    RETURNED = "returned"  # a removed issue
    MISSING = "missing"  # its file left the source; what follows is decided next
    KEPT = "kept"  # what left the source stays as it is
    # the gate; `detail` is the reason
    WAITING = "waiting"
    HELD = "held"
    FILED = "filed"
    RELEASED = "released"
    # one subscription
    PLANNED = "planned"  # `detail`: how many messages
    FILTERED = "filtered"  # items, or without items the whole issue; `detail` is the filter's rule
    TOO_LATE = "too late"  # items that were added to an issue posted long before
    FOLLOWED = "followed"
    ADJUSTED = "adjusted"  # `detail`: before and after
    UNFOLLOWED = "unfollowed"
    BACKFILLED = "backfilled"  # `detail`: how many of the issues from before are posted
    PAUSED = "paused"
    RESUMED = "resumed"
    BLOCKED = "blocked"  # the channel cannot be written to; `detail` says why
    UNBLOCKED = "unblocked"
    # one message
    POSTED = "posted"
    EDITED = "edited"
    WITHDRAWN = "withdrawn"  # marked
    DELETED = "deleted"
    RESTORED = "restored"  # no longer marked
    REFUSED = "refused"  # by Discord; `detail` says why
    LOST = "lost"  # a person deleted it
    # a person
    REPOSTED = "reposted"  # an issue, or its items; `detail`: how many messages
    RETRACTED = "retracted"  # taken back by an admin
    DECIDED = "decided"  # about what was held
    SET = "set"  # a setting


# What a person does; all else is told by the issue's, the item's or the message's own story.
ACTS = (
    EventKind.FOLLOWED, EventKind.ADJUSTED, EventKind.UNFOLLOWED, EventKind.PAUSED, EventKind.RESUMED,
    EventKind.REPOSTED, EventKind.RETRACTED, EventKind.DECIDED, EventKind.SET,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """Which acts of people in one server are asked for; None: all. `until` is not included."""

    guild_id: int
    user_id: int | None = None
    channel_id: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who asked for something, and the server where."""

    user_id: int
    guild_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """One entry. `items` are the numbers of the items that it is about, empty if it is not about single ones."""

    kind: EventKind
    newsletter: str = ""  # "" if the issue or the subscription tells it
    issue_id: int | None = None
    items: tuple[int, ...] = ()
    subscription_id: int | None = None
    delivery_id: int | None = None
    channel_id: int | None = None
    guild_id: int | None = None
    user_id: int | None = None
    detail: str = ""
    at: dt.datetime | None = None  # None: not written yet
    id: int = 0

    def is_about(self, item_id: int) -> bool:
        """Whether it is about this item: by its number, or because it is about the whole issue."""
        return not self.items or item_id in self.items


def acted(event: HistoryEvent, actor: Actor | None) -> HistoryEvent:
    """Return the entry with who asked for it."""
    if actor is None:
        return event
    return replace(event, user_id=actor.user_id, guild_id=actor.guild_id or event.guild_id)


_INSERT = insert(events)


async def record(connection: AsyncConnection, found: Sequence[HistoryEvent], now: dt.datetime | None = None) -> None:
    """Write entries, in their order, with one statement; within the transaction of what they tell."""
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
    """Return an entry about a row of `subscriptions`, which may be one that is about to be written."""
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
    """Return what a request that had its effect did to the message of a row of `deliveries`, as it was before.

    An edit after which the message looks as it did is none.
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
    """Reads the log, and forgets what is old."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of_issue(self, issue_id: int, subscription_id: int | None = None) -> list[HistoryEvent]:
        """Return all about an issue, oldest first; with `subscription_id` only what concerns that one, or all of
        them.
        """
        condition = events.c.issue_id == issue_id
        if subscription_id is not None:
            condition &= or_(events.c.subscription_id.is_(None), events.c.subscription_id == subscription_id)
        return await self._read(condition)

    async def reposted(self, issue_id: int, subscription_id: int, since: dt.datetime) -> list[HistoryEvent]:
        """Return the reposts of an issue, or of parts of it, in a subscription since then, oldest first."""
        mine = (events.c.issue_id == issue_id) & (events.c.subscription_id == subscription_id)
        return await self._read(mine & (events.c.kind == EventKind.REPOSTED.value) & (events.c.at > since))

    async def of_follower(self, subscription_id: int) -> list[HistoryEvent]:
        """Return what became of a subscription itself, oldest first."""
        return await self._read((events.c.subscription_id == subscription_id) & events.c.issue_id.is_(None))

    async def acts(self, wanted: Acts, *, offset: int = 0, limit: int | None = None) -> tuple[list[HistoryEvent], int]:
        """Return what people did, the newest first, and how much that is without `offset` and `limit`."""
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
        """Forget what is older, in short transactions; returns how many entries."""
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

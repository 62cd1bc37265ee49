"""Suspiciously large changes, which are held until an admin decides, even across restarts.

New issues are held at their gate. A deleted file marks its issues as missing, a removed item marks the deliveries that
show it. Neither changes a message, and whatever returns to the source meanwhile loses its mark.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import S_
from storage import history, merge, planning, reconciling
from storage.database import Database
from storage.history import Actor, HistoryEvent
from storage.layouts import OnRemoved
from storage.records import Gate, Wanted
from storage.schema import HELD, KEPT, deliveries, delivery_items, issues, items, subscriptions

SHOWN = 10  # titles in a report
TOO_MANY = S_("too many new issues at once")  # the usual reason; other reasons are specific to an issue


class HeldKind(enum.StrEnum):
    """The kind of a held change."""

    POSTS = "flood"
    REMOVALS = "removed"


class HeldDecision(enum.StrEnum):
    """A decision of an admin: POST and FILE are for posts, WITHDRAW and KEEP for removals."""

    POST = "post"
    FILE = "file"
    WITHDRAW = "withdraw"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Changes that wait for a decision. `busiest` is the largest number of messages in one channel.

    For removals, `issues` is the number of issues whose files are gone, `posted` the number of those that are in a
    channel, and `standing` the number of the newsletter's issues in channels. `items` is the number of items that would
    be withdrawn, counting the entries of lists; `busiest_items` is the largest number in one channel.
    """

    kind: HeldKind
    newsletter: str
    issues: int
    messages: int
    busiest: int
    channels: int
    titles: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...] = ()  # path and reason of new issues with a specific reason
    posted: int = 0
    standing: int = 0
    items: int = 0
    busiest_items: int = 0


_joined = deliveries.join(issues, issues.c.id == deliveries.c.issue_id).join(
    subscriptions, subscriptions.c.id == deliveries.c.subscription_id
)
_stands = (
    (deliveries.c.done == Wanted.SHOWN.value)
    & deliveries.c.message_id.is_not(None)
    & subscriptions.c.removed_at.is_(None)
)


_is_file = (issues.c.missing == HELD) & _stands & (subscriptions.c.on_removed != OnRemoved.KEEP)
_is_item = (deliveries.c.held == HELD) & subscriptions.c.removed_at.is_(None)
_losing_entries = select(delivery_items.c.delivery_id).where(delivery_items.c.held == HELD)


class HeldChanges:
    """Reports the held changes of newsletters, and applies or keeps removals."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def posts(self, newsletter: str, extra: Sequence[int] = (), *, reason: str | None = None) -> Held | None:
        """Return the issues held at the gate (for this `reason`), plus the `extra` ones; None if there are none."""
        is_held = issues.c.gate == Gate.HELD.value
        if reason is not None:
            is_held &= issues.c.gate_reason == reason
        is_held |= issues.c.id.in_(extra)
        query = (
            select(issues.c.id, issues.c.title, issues.c.path, issues.c.gate, issues.c.gate_reason)
            .where(issues.c.newsletter == newsletter, issues.c.removed_at.is_(None), is_held)
            .order_by(issues.c.sorted_at, issues.c.id)
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).all()
            if not rows:
                return None
            sizes = await planning.sizes(connection, newsletter, [row.id for row in rows])
        titles = tuple(str(row.title or row.path) for row in rows[:SHOWN])
        # "Too many" applies to all; only specific reasons are listed.
        odd = [row for row in rows if row.gate == Gate.HELD and row.gate_reason not in {"", TOO_MANY}]
        reasons = tuple((str(row.path), str(row.gate_reason)) for row in odd[:SHOWN])
        return replace(_held(HeldKind.POSTS, newsletter, len(rows), sizes, titles), reasons=reasons)

    async def removals(self, newsletter: str) -> Held | None:
        """Return the removals that wait; None if there are none."""
        missing = (issues.c.newsletter == newsletter) & (issues.c.missing == HELD) & issues.c.removed_at.is_(None)
        async with self._db.reading() as connection:
            files = await connection.scalar(select(func.count()).select_from(issues).where(missing)) or 0
            # Runs at every poll of every newsletter, so the cheapest queries come first.
            lost = select(deliveries.c.id).where(deliveries.c.held == HELD).union_all(_losing_entries).limit(1)
            if not files and await connection.scalar(lost) is None:
                return None  # the usual case, answered from three small indexes
            by_channel = await _taken_back(connection, newsletter)
            if not files and not by_channel:
                return None
            posted, standing = await _standing(connection, newsletter)
            by_item = await _items_taken_back(connection, newsletter)
            titles = await _titles(connection, newsletter)
        sizes = [(count, 1) for count in by_channel.values()]
        held = _held(HeldKind.REMOVALS, newsletter, files, sizes, titles)
        counts = {"items": sum(by_item.values()), "busiest_items": max(by_item.values(), default=0)}
        return replace(held, posted=posted, standing=standing, **counts)

    async def all(self, newsletter: str) -> list[Held]:
        """Return all changes of the newsletter that wait for a decision."""
        return [held for held in (await self.posts(newsletter), await self.removals(newsletter)) if held is not None]

    async def carry_out(
        self, newsletter: str, *, now: dt.datetime, edits_at: dt.datetime, actor: Actor | None = None
    ) -> int:
        """Apply the waiting removals, messages not before `edits_at`; returns the number of messages to change.

        `actor` is the user who decided it, if it was held.
        """
        count = 0
        for issue_id in await self._ids(newsletter):
            async with self._db.transaction() as connection:
                row = (await connection.execute(select(issues).where(issues.c.id == issue_id))).mappings().one()
                if row["missing"] == HELD and row["removed_at"] is None:
                    count += (await merge.remove_issue(connection, row, now, edits_at, actor)).deliveries
                else:
                    difference = reconciling.IssueChange(now=now, edits_at=edits_at, is_changed=False)
                    count += await reconciling.reconcile(connection, issue_id, difference)
        return count

    async def keep(self, newsletter: str, *, actor: Actor | None = None) -> None:
        """Keep everything that waits to be withdrawn, and do not ask about it again."""
        async with self._db.transaction() as connection:
            kept = await connection.scalars(select(issues.c.id).where(_waits(newsletter)).order_by(issues.c.id))
            told = [
                HistoryEvent(kind=history.EventKind.KEPT, newsletter=newsletter, issue_id=number) for number in kept
            ]
            await history.record(connection, [history.acted(one, actor) for one in told])
            mine = select(issues.c.id).where(issues.c.newsletter == newsletter)
            await connection.execute(
                update(deliveries).where(deliveries.c.held == HELD, deliveries.c.issue_id.in_(mine)).values(held=KEPT)
            )
            lists = select(deliveries.c.id).where(deliveries.c.issue_id.in_(mine))
            is_entry = (delivery_items.c.held == HELD) & delivery_items.c.delivery_id.in_(lists)
            await connection.execute(update(delivery_items).where(is_entry).values(held=KEPT))
            await connection.execute(
                update(issues).where(issues.c.newsletter == newsletter, issues.c.missing == HELD).values(missing=KEPT)
            )

    async def decided(self, newsletter: str, answer: HeldDecision, count: int, actor: Actor | None) -> None:
        """Log a decision about `count` issues, before it is applied to each issue."""
        told = HistoryEvent(kind=history.EventKind.DECIDED, newsletter=newsletter, detail=f"{answer.value}: {count}")
        async with self._db.transaction() as connection:
            await history.record(connection, [history.acted(told, actor)])

    async def is_news(self, held: Held) -> bool:
        """Whether the numbers differ from those last reported to the admins."""
        return await self._db.setting(_told(held.newsletter, held.kind)) != _size(held)

    async def told(self, held: Held) -> None:
        """Record durably that the admins were notified."""
        await self._db.set_setting(_told(held.newsletter, held.kind), _size(held))

    async def settled(self, newsletter: str, kind: HeldKind) -> None:
        """Record that nothing of the kind waits any more, so that the next change is reported."""
        if await self._db.setting(_told(newsletter, kind)):
            await self._db.set_setting(_told(newsletter, kind), "")

    async def _ids(self, newsletter: str) -> list[int]:
        query = select(issues.c.id).where(_waits(newsletter)).order_by(issues.c.id)
        async with self._db.reading() as connection:
            return list(await connection.scalars(query))


def _held(
    kind: HeldKind,
    newsletter: str,
    count: int,
    sizes: Sequence[tuple[int, int]],
    titles: tuple[str, ...],
) -> Held:
    """Build a report; `sizes` has pairs of a number of messages per channel and the number of such channels."""
    return Held(
        kind=kind,
        newsletter=newsletter,
        issues=count,
        messages=sum(messages * channels for messages, channels in sizes),
        busiest=max((messages for messages, _ in sizes), default=0),
        channels=sum(channels for _, channels in sizes),
        titles=titles,
    )


async def _taken_back(connection: AsyncConnection, newsletter: str) -> dict[int, int]:
    """Return by channel how many messages would be withdrawn or lose entries."""
    loses = deliveries.c.id.in_(_losing_entries) & subscriptions.c.removed_at.is_(None)
    query = (
        select(deliveries.c.channel_id, func.count())
        .select_from(_joined)
        .where(_waits(newsletter), _is_file | _is_item | loses)
        .group_by(deliveries.c.channel_id)
    )
    return {int(channel): int(count) for channel, count in await connection.execute(query)}


async def _items_taken_back(connection: AsyncConnection, newsletter: str) -> dict[int, int]:
    """Return by channel how many items would be withdrawn: single messages and list entries."""
    is_alone = deliveries.c.item_id.is_not(None) & ~deliveries.c.is_list
    alone = (
        select(deliveries.c.channel_id, func.count())
        .select_from(_joined)
        .where(_waits(newsletter), is_alone, _is_file | _is_item)
        .group_by(deliveries.c.channel_id)
    )
    is_entry = (delivery_items.c.held == HELD) & subscriptions.c.removed_at.is_(None)
    listed = (
        select(deliveries.c.channel_id, func.count())
        .select_from(
            _joined.join(delivery_items, delivery_items.c.delivery_id == deliveries.c.id).join(
                items, items.c.id == delivery_items.c.item_id
            )
        )
        .where(_waits(newsletter), is_entry | (_is_file & items.c.removed_at.is_(None)))
        .group_by(deliveries.c.channel_id)
    )
    found: dict[int, int] = {}
    for query in (alone, listed):
        for channel, count in await connection.execute(query):
            found[int(channel)] = found.get(int(channel), 0) + int(count)
    return found


async def _standing(connection: AsyncConnection, newsletter: str) -> tuple[int, int]:
    """Return how many missing issues are in a channel, and how many issues are in channels in total."""
    query = (
        select(
            func.count(func.distinct(case((issues.c.missing == HELD, issues.c.id)))),
            func.count(func.distinct(issues.c.id)),
        )
        .select_from(_joined)
        .where(issues.c.newsletter == newsletter, issues.c.removed_at.is_(None), _stands)
    )
    gone, standing = (await connection.execute(query)).one()
    return int(gone), int(standing)


async def _titles(connection: AsyncConnection, newsletter: str) -> tuple[str, ...]:
    query = select(issues.c.title, issues.c.path).where(_waits(newsletter))
    newest = query.order_by(issues.c.sorted_at.desc(), issues.c.id.desc()).limit(SHOWN)
    return tuple(str(row.title or row.path) for row in await connection.execute(newest))


def _waits(newsletter: str) -> ColumnElement[bool]:
    """Return the condition that an issue is missing or lost an item, without a decision."""
    with_items = select(deliveries.c.issue_id).where((deliveries.c.held == HELD) | deliveries.c.id.in_(_losing_entries))
    return (issues.c.newsletter == newsletter) & ((issues.c.missing == HELD) | issues.c.id.in_(with_items))


def _told(newsletter: str, kind: HeldKind) -> str:
    return f"told {kind.value}:{newsletter}"


def _size(held: Held) -> str:
    return f"{held.issues},{held.messages},{held.items}"

"""Auditing the outbox: finding missing entries and correcting single ones.

`app/auditing.py` compares the ledger with the channels.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import planning
from storage.database import Database
from storage.departures import is_present
from storage.gating import index_issue
from storage.history import EventKind
from storage.layouts import Origin
from storage.lists import read_lists
from storage.records import Action, Delivery, Gate, State, Subscription, Wanted
from storage.reindex import FOLLOWED
from storage.rows import delivery_of, joined, subscription_of
from storage.schema import deliveries, events, issues, items, subscriptions
from storage.scope import PUBLISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplanned:
    """Items that a channel should have received but that have no delivery; `is_whole` means the whole issue."""

    issue_id: int
    title: str
    items: tuple[tuple[int, str], ...]  # id and title
    is_whole: bool
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unindexed:
    """An issue with live items that are missing from the full-text index."""

    issue_id: int
    newsletter: str
    title: str
    items: int


class Ledger:
    """Reads and corrects the deliveries of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def followers(self) -> list[Subscription]:
        """Return all active subscriptions."""
        query = select(subscriptions).where(
            subscriptions.c.removed_at.is_(None), is_present, subscriptions.c.origin != Origin.REPOST.value
        )
        async with self._db.reading() as connection:
            return [subscription_of(row) for row in (await connection.execute(query)).mappings()]

    async def of_subscription(self, subscription_id: int, since: dt.datetime) -> list[Delivery]:
        """Return a subscription's deliveries that were planned or completed since then."""
        is_recent = (deliveries.c.planned_at >= since) | (deliveries.c.done_at >= since)
        query = joined().where(deliveries.c.subscription_id == subscription_id, is_recent).order_by(deliveries.c.id)
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings()
            return [delivery_of(row, self._db.instance_id) for row in rows]

    async def unplanned(self, subscription: Subscription, since: dt.datetime) -> list[Unplanned]:
        """Return items without a delivery that the subscription should have received, of issues posted since then."""
        begun = max(since, subscription.created_at)
        planned = select(deliveries.c.issue_id).where(
            deliveries.c.subscription_id == subscription.id,
            deliveries.c.item_id.is_(None),
            deliveries.c.planned_at >= since,
        )
        is_released = (issues.c.gate == Gate.RELEASED.value) & (issues.c.released_at >= begun)
        query = select(issues.c.id).where(
            issues.c.newsletter == subscription.newsletter,
            issues.c.removed_at.is_(None),
            is_released | issues.c.id.in_(planned),  # the gate of backfilled issues is FILED
        )
        async with self._db.reading() as connection:
            issue_ids = list(await connection.scalars(query))
            found = [await _unplanned(connection, issue_id, subscription) for issue_id in issue_ids]
        return [one for each in found for one in each]

    async def unindexed(self) -> list[Unindexed]:
        """Return the published issues of configured newsletters with live items missing from the index."""
        known = select(func.count()).select_from(items).where(items.c.issue_id == issues.c.id)
        live = known.where(items.c.removed_at.is_(None)).scalar_subquery()
        query = select(issues.c.id, issues.c.newsletter, issues.c.title, live.label("live")).where(
            issues.c.removed_at.is_(None), issues.c.gate.in_(PUBLISHED), FOLLOWED
        )
        await self._db.caught_up()
        async with self._db.index.reading() as index:
            documents = await index.exec_driver_sql(
                "SELECT i.issue_id, count(*) FROM search_documents d JOIN items i ON i.id = d.item_id"
                " JOIN search_index x ON x.rowid = d.document WHERE i.removed_at IS NULL GROUP BY i.issue_id"
            )
            indexed = dict(cast("Sequence[tuple[int, int]]", documents.all()))
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Unindexed(issue_id=number, newsletter=newsletter, title=title, items=count - indexed.get(number, 0))
            for number, newsletter, title, count in rows
            if count > indexed.get(number, 0)
        ]

    # corrections

    async def plan(self, subscription: Subscription, unplanned: Unplanned, *, now: dt.datetime) -> None:
        """Plan the missing items, behind all that is already planned."""
        async with self._db.transaction() as connection:
            plan = await planning.read_plan(connection, unplanned.issue_id)
            if plan is None:
                return
            rank = await planning.next_rank(connection)
            if unplanned.is_whole:
                rows = planning.planned_rows(plan, subscription, rank, now)
            else:
                mine = (deliveries.c.subscription_id == subscription.id) & (deliveries.c.issue_id == unplanned.issue_id)
                generation = await connection.scalar(select(func.max(deliveries.c.generation)).where(mine)) or 0
                rows = [
                    row
                    for item_id, _ in unplanned.items
                    for row in planning.planned_rows(
                        plan, subscription, rank, now, generation=generation, only=[item_id], with_header=False
                    )
                ]
            await planning.insert_rows(connection, rows)

    async def adopt(self, delivery_id: int, message_id: int, thread_id: int | None, *, now: dt.datetime) -> None:
        """Assign a message in the channel to a delivery; its content is checked again."""
        values = {
            "message_id": message_id,
            "thread_id": thread_id,
            "done": Wanted.SHOWN.value,
            "done_version": 0,
            "state": State.PENDING.value,
            "action": Action.EDIT.value,
            "wanted": Wanted.SHOWN.value,
            "content_hash": None,
            "error": "",
            "not_before": None,
            "done_at": now,
        }
        async with self._db.transaction() as connection:
            await connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(values))

    async def show_again(self, delivery_id: int) -> None:
        """Plan an edit that restores the message's content."""
        values = {
            "state": State.PENDING.value,
            "action": Action.EDIT.value,
            "done_version": 0,
            "content_hash": None,
            "error": "",
            "not_before": None,
        }
        is_shown = (deliveries.c.id == delivery_id) & (deliveries.c.done == Wanted.SHOWN.value)
        async with self._db.transaction() as connection:
            await connection.execute(update(deliveries).where(is_shown).values(values))

    async def index(self, issue_id: int) -> None:
        """Add all of an issue's items to the full-text index."""
        async with self._db.transaction() as connection:
            await index_issue(connection, issue_id)


_LEFT_OUT = "the filter that was set then left it out"


async def _unplanned(connection: AsyncConnection, issue_id: int, subscription: Subscription) -> list[Unplanned]:
    plan = await planning.read_plan(connection, issue_id)
    wanted = plan.live(subscription) if plan is not None else []
    if plan is None or not wanted:
        return []
    mine = (deliveries.c.subscription_id == subscription.id) & (deliveries.c.issue_id == issue_id)
    rows = (await connection.execute(select(deliveries).where(mine))).mappings().all()
    titles = await _titles(connection, [story.id for story in wanted])

    def unplanned(numbers: Iterable[int], why: str = "", *, is_whole: bool = False) -> Unplanned:
        those = tuple((number, titles[number]) for number in numbers)
        return Unplanned(issue_id=issue_id, title=plan.issue.title, items=those, is_whole=is_whole, explanation=why)

    if not rows:
        ids = {story.id for story in wanted}
        is_left_out = ids <= await _filtered(connection, issue_id, subscription)
        return [unplanned(sorted(ids), _LEFT_OUT if is_left_out else "", is_whole=True)]
    if subscription.layout.is_one_message or not _has_header(rows):
        return []
    known = (await read_lists(connection, rows)).known(rows)
    # If introductions became separate messages only after the issue was posted, its header contains the introduction.
    missing = {story.id for story in wanted if not story.is_introduction} - known
    late = missing & await _seen_after(connection, sorted(missing), _planned_at(rows))
    filtered = (missing - late) & await _filtered(connection, issue_id, subscription)
    forgotten = unplanned(sorted(missing - late - filtered))
    added = unplanned(sorted(late), "was added after the issue was posted")
    left_out = unplanned(sorted(filtered), _LEFT_OUT)
    return [one for one in (forgotten, added, left_out) if one.items]


async def _filtered(connection: AsyncConnection, issue_id: int, subscription: Subscription) -> set[int]:
    """Return the items that the subscription's filter excluded, as far as the decision log reaches."""
    query = select(events.c["items"]).where(
        events.c.kind == EventKind.FILTERED.value,
        events.c.issue_id == issue_id,
        events.c.subscription_id == subscription.id,
    )
    return {number for found in await connection.scalars(query) for number in found}


def _has_header(rows: Sequence[RowMapping]) -> bool:
    """Whether the whole issue was posted, rather than single items by hand."""
    return any(row["item_id"] is None for row in rows)


def _planned_at(rows: Sequence[RowMapping]) -> dt.datetime:
    return min(row["planned_at"] for row in rows)


async def _titles(connection: AsyncConnection, item_ids: Iterable[int]) -> dict[int, str]:
    found = await connection.execute(select(items.c.id, items.c.title).where(items.c.id.in_(list(item_ids))))
    return {int(number): str(title) for number, title in found}


async def _seen_after(connection: AsyncConnection, item_ids: Sequence[int], moment: dt.datetime) -> set[int]:
    query = select(items.c.id).where(items.c.id.in_(item_ids), items.c.first_seen_at > moment)
    return set(await connection.scalars(query))

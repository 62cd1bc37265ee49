"""Reposts and withdrawals that an admin requests in one subscription."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import S_, UserError
from storage import claiming, gating, history, planning
from storage.deliveries import Deliveries
from storage.filtering import folded
from storage.history import Actor, EventKind, HistoryEvent
from storage.layouts import OnRemoved
from storage.lifecycle import Life, succeed
from storage.planning import Plan, life_of
from storage.reconciling import IssueChange, reconcile
from storage.records import Action, Delivery, State, Subscription, Wanted
from storage.schema import deliveries, events
from storage.withdrawals import lift, take_back


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePart:
    """A part of an issue: the items of a section, or single items; without either, the whole issue."""

    issue_id: int
    item_ids: tuple[int, ...] = ()
    section: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole issue, including the header."""
        return not self.item_ids and self.section is None

    def is_same(self, event: HistoryEvent) -> bool:
        """Whether a log entry of a repost concerns the same part."""
        return event.items == self.item_ids and event.detail.partition(" ")[2] == (self.section or "")

    def stories(self, plan: Plan) -> list[int]:
        """Return the ids of its live items, in order."""
        return [story.id for story in plan.stories if story.is_live and self._has(story.id, story.item.section)]

    def _has(self, item_id: int, section: Sequence[str]) -> bool:
        if self.section is not None:
            return folded(self.section) in {folded(one) for one in section}
        return not self.item_ids or item_id in self.item_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The numbers of messages posted, edited in place, marked, deleted, and dropped before they were posted."""

    posted: int = 0
    edited: int = 0
    marked: int = 0
    deleted: int = 0
    dropped: int = 0

    @property
    def total(self) -> int:
        """The number of messages with visible changes."""
        return self.posted + self.edited + self.marked + self.deleted

    @property
    def taken_back(self) -> int:
        """The number of withdrawn messages, without those that are only edited as a result."""
        return self.marked + self.deleted + self.dropped


_INSTEAD = S_("posted again instead")


class Repeated(UserError):  # noqa: N818 -- reports an event, not an error
    """The same repost was done meanwhile, by `event`'s user."""

    def __init__(self, event: HistoryEvent) -> None:
        super().__init__("The same was just posted again by somebody else. Nothing was posted twice.")
        self.event = event


class _Undo(Exception):  # noqa: N818 -- not an error: rolls back a dry run
    """Raised to roll back a dry run."""


class Reposts(Deliveries):
    """Reposts and withdrawals requested by admins, in addition to reading deliveries."""

    async def repost_effect(self, part: IssuePart, subscription: Subscription, *, in_place: bool = False) -> Effect:
        """Return what `repost` would do (dry run)."""

        async def change(connection: AsyncConnection) -> None:
            await _repost(connection, part, subscription, _NEVER, in_place=in_place)

        return await self._tried(part, subscription, change)

    async def withdraw_effect(self, part: IssuePart, subscription: Subscription, how: OnRemoved) -> Effect:
        """Return what `withdraw` would do (dry run)."""

        async def change(connection: AsyncConnection) -> None:
            await _withdraw(connection, part, subscription, how, _NEVER)

        return await self._tried(part, subscription, change)

    async def repost_issue(
        self, issue_id: int, subscription: Subscription, *, now: dt.datetime, actor: Actor | None = None
    ) -> list[Delivery]:
        """Post a whole issue again as new messages; returns the new deliveries."""
        return await self.repost(IssuePart(issue_id=issue_id), subscription, now=now, actor=actor)

    async def repost_item(
        self, item_id: int, subscription: Subscription, *, now: dt.datetime, actor: Actor | None = None
    ) -> list[Delivery]:
        """Post one item again as a new message; returns the new deliveries."""
        async with self._db.reading() as connection:
            issue_id = await gating.issue_of_item(connection, item_id)
        if issue_id is None:
            return []
        return await self.repost(IssuePart(issue_id=issue_id, item_ids=(item_id,)), subscription, now=now, actor=actor)

    async def repost(
        self,
        part: IssuePart,
        subscription: Subscription,
        *,
        now: dt.datetime,
        in_place: bool = False,
        actor: Actor | None = None,
        asked_at: dt.datetime | None = None,
    ) -> list[Delivery]:
        """Repost a part with the subscription's settings; returns the deliveries that became pending.

        Use `Subscriptions.for_repost` to get a channel's subscription. New messages replace pending and parked ones.
        With `in_place`, existing messages are updated, withdrawn ones shown again and deleted ones posted again. Both
        lift a withdrawal. With a thread or forum layout, a part is posted with its header if there is no thread yet.
        Raises Repeated if the same was done since `asked_at`.
        """
        async with self._db.transaction() as connection:
            await planning.hold_plans(connection)
            if asked_at is not None and (event := await _same(connection, part, subscription, asked_at)) is not None:
                raise Repeated(event)
            before = await _lives(connection, part.issue_id, subscription.id)
            await _repost(connection, part, subscription, now, in_place=in_place)
            after = await _lives(connection, part.issue_id, subscription.id)
            ids = [number for number, one in after.items() if one != before.get(number) and one.state is State.PENDING]
            told = _told(EventKind.REPOSTED, part, subscription, detail=str(len(ids)))
            await history.record(connection, [history.acted(told, actor)], now)
            return await self._rows(connection, deliveries.c.id.in_(ids))

    async def withdraw(
        self,
        part: IssuePart,
        subscription: Subscription,
        how: OnRemoved,
        *,
        now: dt.datetime,
        actor: Actor | None = None,
    ) -> Effect:
        """Mark or delete a part's messages in one subscription; this survives later changes by the author."""
        async with self._db.transaction() as connection:
            await planning.hold_plans(connection)
            before = await _lives(connection, part.issue_id, subscription.id)
            item_ids = await _withdraw(connection, part, subscription, how, now)
            effect = _effect(before, await _lives(connection, part.issue_id, subscription.id))
            told = _told(EventKind.RETRACTED, part, subscription, detail=str(effect.taken_back or effect.total))
            if not part.is_whole:
                told = replace(told, items=tuple(item_ids))
            await history.record(connection, [history.acted(told, actor)], now)
        return effect

    async def _tried(
        self, part: IssuePart, subscription: Subscription, change: Callable[[AsyncConnection], Awaitable[None]]
    ) -> Effect:
        effect = Effect()
        try:
            async with self._db.transaction() as connection:
                await planning.hold_plans(connection)
                before = await _lives(connection, part.issue_id, subscription.id)
                await change(connection)
                effect = _effect(before, await _lives(connection, part.issue_id, subscription.id))
                raise _Undo
        except _Undo:
            return effect


_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # the time of dry runs


async def _lives(connection: AsyncConnection, issue_id: int, subscription_id: int) -> dict[int, Life]:
    """Return the lives of an issue's deliveries in a subscription, assuming that requests in flight succeed."""
    query = select(deliveries).where(deliveries.c.issue_id == issue_id, deliveries.c.subscription_id == subscription_id)
    lives = {row["id"]: life_of(row) for row in (await connection.execute(query)).mappings()}
    return {number: succeed(one) if one.state is State.SENDING else one for number, one in lives.items()}


def _effect(before: dict[int, Life], after: dict[int, Life]) -> Effect:
    changed = [life for number, life in after.items() if life != before.get(number)]
    due = [life.action for life in changed if life.state is State.PENDING]
    return Effect(
        posted=due.count(Action.POST),
        edited=due.count(Action.EDIT),
        marked=due.count(Action.WITHDRAW),
        deleted=due.count(Action.DELETE),
        dropped=sum(life.state is State.SKIPPED and life.done is None for life in changed),
    )


async def _repost(
    connection: AsyncConnection, part: IssuePart, subscription: Subscription, now: dt.datetime, *, in_place: bool
) -> None:
    plan = await planning.read_plan(connection, part.issue_id)
    if plan is None:
        return
    item_ids = part.stories(plan)
    mine = (deliveries.c.issue_id == part.issue_id) & (deliveries.c.subscription_id == subscription.id)
    generation = None if in_place else await next_generation(connection, mine)
    await lift(
        connection, subscription.id, part.issue_id,
        item_ids=item_ids, section=part.section, is_whole=part.is_whole, from_generation=generation,
    )  # fmt: skip
    if generation is None:
        difference = IssueChange(now=now, edits_at=now, changed=frozenset(item_ids), only=subscription.id)
        await reconcile(connection, part.issue_id, difference)
        return
    plan = await planning.read_plan(connection, part.issue_id) or plan  # without the lifted withdrawals
    if part.is_whole:
        await dismiss(connection, mine, _INSTEAD)
    else:
        alone = deliveries.c.item_id.in_(item_ids) & ~deliveries.c.is_list
        await dismiss(connection, mine & alone, _INSTEAD)
    needs_header = subscription.layout.opens_thread and not await claiming.has_thread(connection, mine)
    rows = planning.planned_rows(
        plan,
        subscription,
        await planning.next_rank(connection),
        now,
        generation=generation,
        only=None if part.is_whole else item_ids,
        with_header=part.is_whole or needs_header,
    )
    await planning.insert_rows(connection, rows)


async def _withdraw(
    connection: AsyncConnection, part: IssuePart, subscription: Subscription, how: OnRemoved, now: dt.datetime
) -> Collection[int]:
    """Withdraw a part; return its item ids."""
    plan = await planning.read_plan(connection, part.issue_id)
    item_ids = part.stories(plan) if plan is not None else []
    if plan is None or (not item_ids and not part.is_whole) or _is_withdrawn(plan, part, subscription, how):
        return []
    await take_back(
        connection, subscription.id, part.issue_id, how,
        item_ids=item_ids, section=part.section, is_whole=part.is_whole,
    )  # fmt: skip
    difference = IssueChange(now=now, edits_at=now, changed=frozenset(item_ids), only=subscription.id)
    await reconcile(connection, part.issue_id, difference)
    return item_ids


def _is_withdrawn(plan: Plan, part: IssuePart, subscription: Subscription, how: OnRemoved) -> bool:
    """Whether the whole part is already withdrawn in the same way."""
    of, ids = plan.withdrawals.of, part.stories(plan)
    is_open = part.is_whole and of(subscription.id, None, None) is not how
    return not is_open and all(of(subscription.id, item_id, None) is how for item_id in ids)


def _told(kind: EventKind, part: IssuePart, subscription: Subscription, detail: str) -> HistoryEvent:
    return HistoryEvent(
        kind=kind,
        newsletter=subscription.newsletter,
        issue_id=part.issue_id,
        items=part.item_ids,
        subscription_id=subscription.id,
        channel_id=subscription.channel_id,
        guild_id=subscription.guild_id,
        detail=f"{detail} {part.section}" if part.section is not None else detail,
    )


async def _same(
    connection: AsyncConnection, part: IssuePart, subscription: Subscription, since: dt.datetime
) -> HistoryEvent | None:
    """Return the newest repost of the same part in the same subscription since then."""
    query = select(events).where(
        events.c.issue_id == part.issue_id,
        events.c.subscription_id == subscription.id,
        events.c.kind == EventKind.REPOSTED.value,
        events.c.at > since,
    )
    found = [history.event_of(row) for row in (await connection.execute(query.order_by(events.c.id))).mappings()]
    return next((one for one in reversed(found) if part.is_same(one)), None)


async def next_generation(connection: AsyncConnection, condition: Any) -> int:
    """Return the next unused generation among these deliveries."""
    query = select(func.coalesce(func.max(deliveries.c.generation), 0)).where(condition)
    return int(await connection.scalar(query) or 0) + 1


async def dismiss(connection: AsyncConnection, condition: Any, reason: str) -> None:
    """Skip the pending and parked deliveries that were never posted."""
    never_posted = deliveries.c.done.is_(None) & deliveries.c.state.in_([State.PENDING.value, State.FAILED.value])
    values = {"state": State.SKIPPED.value, "done": Wanted.DELETED.value, "error": reason}
    await connection.execute(update(deliveries).where(condition, never_posted).values(values))

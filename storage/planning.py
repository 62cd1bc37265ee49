"""Planning an issue's deliveries within one transaction: one row per message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.introduction import is_introduction
from digest.model import Issue
from storage import history
from storage.departures import is_present
from storage.dialects import hold
from storage.grouping import Batch, PlannedItem, Standing, batches, batches_beside, entry_length
from storage.history import EventKind, HistoryEvent
from storage.layouts import Origin
from storage.lifecycle import Life
from storage.lists import Row, insert_members, read_standing
from storage.records import Action, ItemRecord, State, Subscription, Wanted
from storage.rows import Values, issue_of, item_record, subscription_of
from storage.schema import deliveries, issues, items, subscriptions
from storage.spreading import spread
from storage.withdrawals import Withdrawals, read_withdrawals

HEADER = -1  # the position of an issue's header
_AT_ONCE = 50  # subscriptions that are loaded at once
_HOW = [subscriptions.c[name] for name in (
    "layout", "max_messages", "introduction", "sections", "exclude_sections", "tags", "options"
)]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An issue with its items, read once for all subscriptions."""

    issue_id: int
    newsletter: str
    issue: Issue
    is_live: bool
    released_at: dt.datetime | None
    stories: tuple[PlannedItem, ...]
    withdrawals: Withdrawals = field(default_factory=Withdrawals)
    # Messages in the channel that the ledger does not know; they are planned in the same shape, to be recognised.
    standing: tuple[Standing, ...] = ()

    def live(self, subscription: Subscription) -> list[PlannedItem]:
        """Return the items for a subscription, in order; the introduction is first if it is a separate message."""
        if not self.is_live or not subscription.options.wants_issue(self.issue):
            return []
        found = [story for story in self.stories if story.is_live and self._shows(subscription, story)]
        return found if any(not story.is_introduction for story in found) else []

    def _shows(self, subscription: Subscription, story: PlannedItem) -> bool:
        """Whether an item passes the filter and was not withdrawn by an admin there."""
        is_hidden = self.withdrawals.hides(subscription.id, story.id, story.item.section) is not None
        return not is_hidden and wants(subscription, story)


def wants(subscription: Subscription, story: PlannedItem) -> bool:
    """Whether an item passes the subscription's filter; for an introduction, whether it is a separate message."""
    if story.is_introduction:
        return subscription.options.is_introduced_apart
    return subscription.options.wants_item(story.item)


async def read_plan(connection: AsyncConnection, issue_id: int) -> Plan | None:
    """Return an issue with its items for planning; None if there is no such issue."""
    row = (await connection.execute(select(issues).where(issues.c.id == issue_id))).mappings().first()
    if row is None:
        return None
    query = select(items).where(items.c.issue_id == issue_id).order_by(items.c.position)
    stories = [_story(item_record(each)) for each in (await connection.execute(query)).mappings()]
    return Plan(
        issue_id=issue_id,
        newsletter=row["newsletter"],
        issue=issue_of(row),
        is_live=row["removed_at"] is None,
        released_at=row["released_at"],
        stories=tuple(stories),
        withdrawals=await read_withdrawals(connection, issue_id),
    )


def _story(record: ItemRecord) -> PlannedItem:
    is_told = is_introduction(record.item)
    return PlannedItem(
        id=record.id,
        position=record.position,
        item=record.item,
        is_live=record.removed_at is None,
        entry=entry_length(record.item) if not is_told else None,
        is_introduction=is_told,
    )


async def hold_plans(connection: AsyncConnection) -> None:
    """Lock planning until the transaction ends, so that no deliveries are added meanwhile."""
    await hold(connection, "planning")


async def next_rank(connection: AsyncConnection) -> int:
    """Return a rank behind all deliveries planned before, and lock planning."""
    await hold_plans(connection)
    return int(await connection.scalar(select(func.coalesce(func.max(deliveries.c.id), 0))) or 0) + 1


def planned_rows(
    plan: Plan,
    subscription: Subscription,
    rank: int,
    now: dt.datetime,
    *,
    generation: int = 0,
    only: Collection[int] | None = None,
    with_header: bool = True,
) -> list[Values]:
    """Return the rows of an issue's deliveries in one subscription, header first; `only` restricts the items."""
    stories = plan.live(subscription) if only is None else [story for story in plan.stories if story.id in only]
    if not stories:
        return []
    rows = [new_row(plan.issue_id, None, rank, generation)] if with_header else []
    if not subscription.layout.is_one_message or only is not None:
        rows += [new_row(plan.issue_id, batch, rank, generation) for batch in _batches(plan, subscription, stories)]
    common = {"subscription_id": subscription.id, "channel_id": subscription.channel_id, "planned_at": now}
    return [row | common for row in rows]


async def sizes(connection: AsyncConnection, newsletter: str, issue_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Return pairs: the number of messages of these issues in a channel, and the number of channels that get as many.

    Channels with the same settings are counted together, because there can be very many.
    """
    plans = [plan for one in issue_ids if (plan := await read_plan(connection, one)) is not None]
    own = {one for plan in plans for one in plan.withdrawals.subscription_ids}
    alike = select(func.min(subscriptions.c.id), func.count())
    alike = alike.where(_following(newsletter, None), subscriptions.c.id.not_in(own)).group_by(*_HOW)
    channels = {int(first): int(count) for first, count in await connection.execute(alike)} | dict.fromkeys(own, 1)
    found: list[tuple[int, int]] = []
    first_ones = list(channels)
    for start in range(0, len(first_ones), _AT_ONCE):
        some = await followers(connection, newsletter, first_ones[start : start + _AT_ONCE])
        found += [(sum(_size(plan, one) for plan in plans), channels[one.id]) for one in some]
    return found


def _size(plan: Plan, subscription: Subscription) -> int:
    return len(planned_rows(plan, subscription, 0, dt.datetime.min.replace(tzinfo=dt.UTC)))


def _batches(plan: Plan, subscription: Subscription, stories: Sequence[PlannedItem]) -> list[Batch]:
    if not subscription.layout.shares_messages:
        return batches(stories, len(stories))
    return batches_beside(stories, plan.standing, subscription.max_messages, live=stories)


def new_row(issue_id: int, batch: Batch | None, rank: int, generation: int) -> Values:
    """Return the columns of a new delivery, and the `members` of its list; without a `batch` it is the header."""
    life = Life()
    first = batch.stories[0] if batch is not None else None
    return {
        "issue_id": issue_id,
        "item_id": first.id if first is not None else None,
        "is_list": batch is not None and batch.is_list,
        "in_thread": batch is not None and batch.in_thread,
        "members": tuple(story.id for story in batch.stories) if batch is not None else (),
        "generation": generation,
        "rank": rank,
        "position": first.position if first is not None else HEADER,
        **life_values(life),
        "is_late": False,
        "attempts": 0,
        "error": "",
        "not_before": None,
    }


async def insert_rows(connection: AsyncConnection, rows: Sequence[Values]) -> int:
    """Insert new deliveries in order; returns how many."""
    if rows:
        columns = [{name: value for name, value in row.items() if name != "members"} for row in rows]
        await connection.execute(insert(deliveries), columns)
        await insert_members(connection, rows)
    return len(rows)


def _following(newsletter: str, ids: Iterable[int] | None) -> ColumnElement[bool]:
    condition = (
        (subscriptions.c.newsletter == newsletter)
        & subscriptions.c.removed_at.is_(None)
        & is_present
        & (subscriptions.c.origin != Origin.REPOST.value)
    )
    return condition if ids is None else condition & subscriptions.c.id.in_(list(ids))


async def followers(connection: AsyncConnection, newsletter: str, ids: Iterable[int]) -> list[Subscription]:
    """Return the subscriptions among these ids that follow a newsletter."""
    query = select(subscriptions).where(_following(newsletter, ids)).order_by(subscriptions.c.id)
    return [subscription_of(row) for row in (await connection.execute(query)).mappings()]


async def follower_ids(connection: AsyncConnection, newsletter: str, ids: Iterable[int] | None) -> list[int]:
    """Return the ids of the subscriptions that follow a newsletter, restricted to `ids` if given."""
    query = select(subscriptions.c.id).where(_following(newsletter, ids)).order_by(subscriptions.c.id)
    return list(await connection.scalars(query))


async def plan_for(connection: AsyncConnection, issue_id: int, ids: Sequence[int], now: dt.datetime) -> int:
    """Plan an issue for the active subscriptions among `ids` that do not have it; returns the number of deliveries."""
    plan = await read_plan(connection, issue_id)
    if plan is None:
        return 0
    rank = await next_rank(connection)
    planned = await _planned(connection, issue_id, ids)
    new = await followers(connection, plan.newsletter, [each for each in ids if each not in planned])
    standing = await read_standing(connection, {each.channel_id for each in new if each.layout.shares_messages})
    count = 0
    told: list[HistoryEvent] = []
    for alike in _alike(plan, new, standing):
        rows = planned_rows(replace(plan, standing=standing[alike[0].channel_id]), alike[0], rank, now)
        count += await insert_rows(connection, rows) + await spread(connection, rows, [each.id for each in alike[1:]])
        events = [_told(plan, alike[0], EventKind.PLANNED, detail=str(len(rows)))] if rows else []
        events += left_out(plan, alike[0])
        told += [
            replace(event, subscription_id=each.id, channel_id=each.channel_id) for each in alike for event in events
        ]
    await history.record(connection, told, now)
    return count


def _alike(
    plan: Plan, followers: Iterable[Subscription], standing: Mapping[int, Sequence[Standing]]
) -> Iterable[list[Subscription]]:
    """Group followers that get the same messages of an issue, to evaluate their filters once."""
    found: dict[object, list[Subscription]] = {}
    for each in followers:
        options = each.options
        is_own = plan.withdrawals.has(each.id) or standing.get(each.channel_id)
        how = (options.filter, options.introduction, options.layout, options.max_messages)
        found.setdefault(each.id if is_own else how, []).append(each)
    return found.values()


def left_out(plan: Plan, subscription: Subscription, only: Collection[int] | None = None) -> list[HistoryEvent]:
    """Return log entries of what the subscription's filter excludes from an issue, or from `only`, by rule."""
    verdict = subscription.options.filter.issue(plan.issue)
    if not verdict.passes:
        return [_told(plan, subscription, EventKind.FILTERED, detail=verdict.rule)]
    by_rule: dict[str, list[int]] = {}
    for story in plan.stories:
        is_asked = story.is_live and not story.is_introduction and (only is None or story.id in only)
        verdict = subscription.options.filter.item(story.item)
        if is_asked and not verdict.passes:
            by_rule.setdefault(verdict.rule, []).append(story.id)
    return [_told(plan, subscription, EventKind.FILTERED, ids, rule) for rule, ids in by_rule.items()]


def too_late(plan: Plan, subscription: Subscription, item_ids: Iterable[int]) -> list[HistoryEvent]:
    """Return the log entry of items that were added too long after the issue was posted; [] without items."""
    ids = sorted(item_ids)
    return [_told(plan, subscription, EventKind.TOO_LATE, ids)] if ids else []


def _told(
    plan: Plan, subscription: Subscription, kind: EventKind, item_ids: Iterable[int] = (), detail: str = ""
) -> HistoryEvent:
    return HistoryEvent(
        kind=kind,
        issue_id=plan.issue_id,
        items=tuple(item_ids),
        subscription_id=subscription.id,
        channel_id=subscription.channel_id,
        detail=detail,
    )


async def _planned(connection: AsyncConnection, issue_id: int, subscription_ids: Sequence[int]) -> set[int]:
    """Return the subscriptions that already have a header of this issue."""
    # A lookup per subscription: with one condition for all, a server without statistics chose to read all deliveries of
    # the issue.
    header = (
        select(deliveries.c.id)
        .where(
            deliveries.c.subscription_id == subscriptions.c.id,
            deliveries.c.issue_id == issue_id,
            deliveries.c.item_id.is_(None),
        )
        .limit(1)
        .scalar_subquery()
    )
    query = select(subscriptions.c.id).where(subscriptions.c.id.in_(subscription_ids), header.is_not(None))
    return set(await connection.scalars(query))


def life_of(row: Row) -> Life:
    """Return the lifecycle columns of a row of `deliveries`."""
    return Life(
        action=Action(row["action"]),
        state=State(row["state"]),
        wanted=Wanted(row["wanted"]),
        wanted_version=row["wanted_version"],
        claimed_version=row["claimed_version"],
        done=Wanted(row["done"]) if row["done"] else None,
        done_version=row["done_version"],
    )


def life_values(life: Life) -> Values:
    """Convert a life to columns of `deliveries`."""
    return {
        "action": life.action.value,
        "state": life.state.value,
        "wanted": life.wanted.value,
        "wanted_version": life.wanted_version,
        "claimed_version": life.claimed_version,
        "done": life.done.value if life.done else None,
        "done_version": life.done_version,
    }

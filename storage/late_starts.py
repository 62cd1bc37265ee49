"""Posting an issue in a channel whose filter excluded all of it, once a later item or change passes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Issue
from storage import history
from storage.history import EventKind, HistoryEvent
from storage.planning import Plan, followers, insert_rows, next_rank, planned_rows, read_plan
from storage.reconciling import IssueChange
from storage.records import Gate, Subscription
from storage.rows import Values
from storage.schema import deliveries, events, issues, subscriptions


async def begin(connection: AsyncConnection, issue_id: int, before: Issue, difference: IssueChange) -> int:
    """Plan a changed issue where all of it was filtered out; returns the number of deliveries planned.

    `before` is the issue's earlier version, which a tag filter may have rejected. Items that were filtered before stay
    out, and so does the issue where it was posted before `difference.late_since`.
    """
    left_out = await _left_out(connection, issue_id)
    plan = await read_plan(connection, issue_id) if left_out else None
    if plan is None or plan.released_at is None or not _is_open(plan, difference):
        return 0
    rows: list[Values] = []
    told: list[HistoryEvent] = []
    rank = await next_rank(connection)
    for one in await followers(connection, plan.newsletter, left_out):
        mine = _planned(plan, one, _passing(plan, one, before, difference), rank, difference)
        rows += mine
        if mine:
            told.append(
                HistoryEvent(
                    kind=EventKind.PLANNED,
                    issue_id=issue_id,
                    subscription_id=one.id,
                    channel_id=one.channel_id,
                    detail=str(len(mine)),
                )
            )
    await history.record(connection, told, difference.now)
    return await insert_rows(connection, rows)


async def _left_out(connection: AsyncConnection, issue_id: int) -> list[int]:
    """Return the subscriptions that filtered a released issue and never got its header."""
    has_header = exists().where(
        deliveries.c.subscription_id == events.c.subscription_id,
        deliveries.c.issue_id == issue_id,
        deliveries.c.item_id.is_(None),
    )
    query = (
        select(events.c.subscription_id)
        .join(issues, issues.c.id == events.c.issue_id)
        .join(subscriptions, subscriptions.c.id == events.c.subscription_id)
        .where(
            events.c.issue_id == issue_id,
            events.c.kind == EventKind.FILTERED.value,
            issues.c.gate == Gate.RELEASED.value,
            ~has_header,
        )
        .distinct()
    )
    return list(await connection.scalars(query))


def _is_open(plan: Plan, difference: IssueChange) -> bool:
    """Whether late items of an issue are still posted."""
    since = difference.late_since
    return since is None or (plan.released_at is not None and plan.released_at >= since)


def _passing(plan: Plan, subscription: Subscription, before: Issue, difference: IssueChange) -> Collection[int]:
    """Return the items that pass because of the author's change, in order."""
    live = plan.live(subscription)
    new = difference.new if subscription.options.wants_issue(before) else {story.id for story in live}
    found = [story for story in live if story.id in new or story.is_introduction]
    return [story.id for story in found] if any(not story.is_introduction for story in found) else []


def _planned(
    plan: Plan, subscription: Subscription, passing: Collection[int], rank: int, difference: IssueChange
) -> list[Values]:
    if not passing:
        return []
    only = None if subscription.layout.is_one_message else passing
    rows = planned_rows(plan, subscription, rank, difference.now, only=only)
    return [row | {"not_before": difference.edits_at} for row in rows]

"""Updating the planned and posted deliveries of a changed issue, within one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import history, lifecycle
from storage.dialects import hold_issue
from storage.grouping import Batch, PlannedItem, Standing, batches_beside, batches_standing
from storage.history import HistoryEvent
from storage.layouts import OnRemoved
from storage.lifecycle import Life
from storage.lists import Lists, Row, hold_entries, join, loosen, read_lists, read_standing
from storage.planning import (
    HEADER,
    Plan,
    insert_rows,
    left_out,
    life_of,
    life_values,
    new_row,
    read_plan,
    too_late,
    wants,
)
from storage.records import WHEN_REMOVED, State, Subscription, Wanted
from storage.rows import Values, subscription_of
from storage.schema import HELD, KEPT, deliveries, subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueChange:
    """The difference between two versions of an issue.

    Edits and late items wait until `edits_at`. Late items are not posted where their issue was planned before
    `late_since` (None: all are posted).
    """

    now: dt.datetime
    edits_at: dt.datetime
    late_since: dt.datetime | None = None
    changed: frozenset[int] = frozenset()  # ids of items with visible changes
    added: frozenset[int] = frozenset()  # ids of new items
    removed: frozenset[int] = frozenset()  # ids of removed items
    is_changed: bool = True  # whether anything changed visibly
    holds: bool = False  # mark messages instead of withdrawing them (`held.py`)
    only: int | None = None  # restrict it to one subscription; None: all

    @property
    def new(self) -> frozenset[int]:
        """Return the items that can be posted as a result; others were excluded by a filter before and stay so."""
        return self.added | self.changed


async def reconcile(connection: AsyncConnection, issue_id: int, difference: IssueChange) -> int:
    """Update an issue's deliveries to its current version; return the number of deliveries that became pending."""
    await hold_issue(connection, issue_id)
    # Locked in the order of ids, to prevent deadlocks between processes that change the same issue. SQLite has a single
    # writer and needs no locks.
    query = (
        select(deliveries)
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .where(deliveries.c.issue_id == issue_id, subscriptions.c.removed_at.is_(None))
        .order_by(deliveries.c.id)
        .with_for_update(of=deliveries)
    )
    if difference.only is not None:
        query = query.where(deliveries.c.subscription_id == difference.only)
    found_rows = (await connection.execute(query)).mappings().all()
    plan = await read_plan(connection, issue_id) if found_rows else None
    if plan is None:
        return 0
    followers = await _followers(connection, {int(row["subscription_id"]) for row in found_rows})
    lists = await read_lists(connection, found_rows)
    # After restoring a backup, new items may already be in channels, in messages that the ledger does not know.
    places = {one.channel_id for one in followers.values() if one.layout.shares_messages}
    standing = await read_standing(connection, places if difference.new else set())
    await _loosen_and_join(connection, lists, plan, followers, difference, standing)
    rows = lists.rows
    generations = _generations(rows)
    last_shown = _last_shown(lists, plan)
    updates: list[Values] = []
    for row in rows:
        after = last_shown.get((row["subscription_id"], row["generation"]), HEADER)
        story = _subject(row, lists, plan, followers[row["subscription_id"]])
        is_changed = row["id"] in lists.changed or _is_changed(row, lists, difference)
        found = _changed_row(
            row, plan, story, followers[row["subscription_id"]], difference, after, is_changed=is_changed
        )
        if found is not None:
            if needs_new_generation(row, found):
                found |= _posted_anew(generations, row)
            updates.append({**found, "row_id": row["id"]})
    if updates:
        await connection.execute(update(deliveries).where(deliveries.c.id == bindparam("row_id")), updates)
    late = _late(lists, plan, followers, difference, last_shown, standing)
    await insert_rows(connection, late)
    await history.record(connection, _not_posted(plan, lists, late, followers, difference), difference.now)
    return len(late) + sum(1 for values in updates if values["state"] == State.PENDING)


async def _followers(connection: AsyncConnection, ids: set[int]) -> dict[int, Subscription]:
    query = select(subscriptions).where(subscriptions.c.id.in_(ids))
    return {row["id"]: subscription_of(row) for row in (await connection.execute(query)).mappings()}


async def _loosen_and_join(
    connection: AsyncConnection,
    lists: Lists,
    plan: Plan,
    followers: dict[int, Subscription],
    difference: IssueChange,
    standing: Mapping[int, Sequence[Standing]],
) -> None:
    """Update the lists to the issue; items with a `standing` message of their own do not join lists."""
    stories = {story.id: story for story in plan.stories}
    keeping = {one.id for one in followers.values() if one.on_removed is OnRemoved.KEEP}
    await hold_entries(connection, lists, stories, difference.removed, keeping, holds=difference.holds)
    live = {each.id: plan.live(each) for each in followers.values()}
    await loosen(connection, lists, stories, live)
    for subscription in followers.values():
        header = _newest_header(lists.rows, subscription)
        # Without a header the issue was not planned there, and a single item would lack context.
        if header is None or not subscription.layout.shares_messages:
            continue
        if _takes_late(header, subscription, difference):
            mine = [row for row in lists.rows if _posting(row) == _posting(header)]
            joining = _joining(lists, live[subscription.id], difference, standing.get(subscription.channel_id, ()))
            await join(connection, lists, stories, joining, mine)


def _joining(
    lists: Lists, live: Sequence[PlannedItem], difference: IssueChange, standing: Sequence[Standing]
) -> list[PlannedItem]:
    """Return the items that are known or may join a list, without late ones that have a message of their own."""
    known = lists.known(lists.rows)
    there = [story for story in live if story.id in known or story.id in difference.new]
    late = [story for story in there if story.id not in known]
    apart = {story.id for batch in batches_standing(late, standing) for story in batch.stories}
    return [story for story in there if story.id not in apart]


def _posting(row: Row) -> tuple[int, int]:
    return row["subscription_id"], row["generation"]


def _subject(row: Row, lists: Lists, plan: Plan, subscription: Subscription) -> PlannedItem | None:
    """Return a delivery's item; for a list, its first live item, else its first one; None for a header."""
    shown = set(lists.shown_by(row))
    found = [story for story in plan.stories if story.id in shown]
    there = [
        story
        for story in found
        if story.is_live
        and wants(subscription, story)
        and plan.withdrawals.of(subscription.id, story.id, row["generation"]) is None
    ]
    return next(iter([*there, *found]), None)


def _is_changed(row: Row, lists: Lists, difference: IssueChange) -> bool:
    """Whether a delivery may have changed visibly; for headers and lists, the content hash decides later."""
    # Only one channel's settings changed, not the issue, so that the content hash would not show it.
    if row["is_list"] and difference.only is not None:
        return not difference.changed.isdisjoint(lists.shown_by(row))
    if row["item_id"] is None or row["is_list"]:
        return difference.is_changed
    return row["item_id"] in difference.changed


def _last_shown(lists: Lists, plan: Plan) -> dict[tuple[int, int], int]:
    """Return by subscription and generation the current position of the last item with a message."""
    places = {story.id: story.position for story in plan.stories}
    last: dict[tuple[int, int], int] = {}
    for row in lists.rows:
        if row["message_id"] is not None:
            shown = [places.get(item_id, HEADER) for item_id in lists.shown_by(row)]
            last[_posting(row)] = max([last.get(_posting(row), HEADER), *shown])
    return last


_Slot = tuple[int, int | None]


def _generations(rows: Iterable[Row]) -> dict[_Slot, int]:
    """Return the newest generation of each header and item in each subscription."""
    newest: dict[_Slot, int] = {}
    for row in rows:
        slot = (row["subscription_id"], row["item_id"])
        newest[slot] = max(newest.get(slot, 0), row["generation"])
    return newest


def needs_new_generation(row: Row, values: Values) -> bool:
    """Whether a deleted message is posted again, for which Discord would treat the old nonce as a duplicate."""
    return bool(row["done"]) and values["done"] is None


def _posted_anew(generations: dict[_Slot, int], row: Row) -> Values:
    slot = (row["subscription_id"], row["item_id"])
    generations[slot] += 1
    return {"generation": generations[slot], **ANEW}


# columns to reset in a delivery whose deleted message is posted again
ANEW: Values = {"message_id": None, "thread_id": None, "content_hash": None, "attempts": 0}


def _changed_row(
    row: Row,
    plan: Plan,
    story: PlannedItem | None,
    subscription: Subscription,
    difference: IssueChange,
    last_shown: int,
    *,
    is_changed: bool,
) -> Values | None:
    """Return the updated columns of a delivery, the same set for all rows; None if nothing changed.

    `story` is the delivery's item, None for a header. `last_shown` is the position of the last posted item of its
    generation; a delivery that returns before it is late.
    """
    position = story.position if story else HEADER
    before = life_of(row)
    taken_back = plan.withdrawals.of(subscription.id, story.id if story is not None else None, row["generation"])
    wanted = _wanted(before, plan, story, row, subscription)
    held = None
    if taken_back is None:
        held = _held(before, wanted, row, plan, difference)
    else:
        wanted = WHEN_REMOVED[taken_back]
    # While a removal is held, the previous state stays wanted.
    life = lifecycle.want(before, before.wanted if held else wanted, is_changed=is_changed)
    if (life, position, held) == (before, row["position"], row["held"]):
        return None
    is_begun = before.state is not State.PENDING and life.state is State.PENDING
    # It was skipped before it was posted; if later items are posted by now, it is late.
    is_back = is_begun and before.state is State.SKIPPED and before.done is None
    return {
        **life_values(life),
        "position": position,
        "held": held,
        "generation": row["generation"],
        "message_id": row["message_id"],
        "thread_id": row["thread_id"],
        "content_hash": row["content_hash"],
        "attempts": 0 if is_begun else row["attempts"],
        "error": "" if is_begun else row["error"],
        "is_late": row["is_late"] or (is_back and position < last_shown),
        "planned_at": difference.now if is_back else row["planned_at"],
        "not_before": difference.edits_at if is_begun else row["not_before"],
    }


def _held(before: Life, wanted: Wanted, row: Row, plan: Plan, difference: IssueChange) -> str | None:
    """Return the hold state of a message that would be withdrawn; None if it would not be, or is withdrawn now."""
    if before.done is None or before.wanted is not Wanted.SHOWN or wanted is Wanted.SHOWN:
        return None
    # An admin decided to keep it; this lasts as long as the issue is live.
    if row["held"] == KEPT and plan.is_live:
        return KEPT
    return HELD if difference.holds else None


def _wanted(before: Life, plan: Plan, story: PlannedItem | None, row: Row, subscription: Subscription) -> Wanted:
    is_header = row["item_id"] is None
    is_live = plan.is_live and (is_header or (story is not None and story.is_live))
    if before.done is None:  # never posted: skip it if it is removed or filtered now
        # A later generation is a repost, which was requested explicitly and bypasses the filter.
        passes = is_header or (story is not None and wants(subscription, story)) or row["generation"] > 0
        return Wanted.SHOWN if is_live and passes else Wanted.DELETED
    if is_live:
        return Wanted.SHOWN
    return before.wanted if subscription.on_removed is OnRemoved.KEEP else WHEN_REMOVED[subscription.on_removed]


def _newest_header(rows: Iterable[Row], subscription: Subscription) -> Row | None:
    headers = [row for row in rows if row["subscription_id"] == subscription.id and row["item_id"] is None]
    return max(headers, key=_generation, default=None)


def _takes_late(header: Row, subscription: Subscription, difference: IssueChange) -> bool:
    """Whether items added after planning are posted there."""
    if not subscription.origin.follows or subscription.layout.is_one_message:
        return False
    return difference.late_since is None or header["planned_at"] >= difference.late_since


def _late(
    lists: Lists,
    plan: Plan,
    followers: dict[int, Subscription],
    difference: IssueChange,
    last_shown: dict[tuple[int, int], int],
    standing: Mapping[int, Sequence[Standing]],
) -> list[Values]:
    """Return new deliveries for items added after planning; they keep their position among pending ones."""
    found: list[Values] = []
    for subscription in followers.values():
        header = _newest_header(lists.rows, subscription)
        if header is None:
            continue
        # The thread was deleted by a person.
        if subscription.layout.opens_thread and header["done"] == Wanted.DELETED.value:
            continue
        freed = lists.freed.get(subscription.id, set[int]())
        after = last_shown.get(_posting(header), HEADER)
        there = standing.get(subscription.channel_id, ())
        for batch in _late_batches(lists, plan, subscription, header, difference, there):
            values = new_row(plan.issue_id, batch, header["rank"], header["generation"])
            is_new = not freed.issuperset(values["members"])
            common: dict[str, Any] = {
                "not_before": difference.edits_at if is_new else None,
                "planned_at": difference.now if is_new else header["planned_at"],
                "is_late": values["position"] < after,
            }
            owner = {"subscription_id": subscription.id, "channel_id": subscription.channel_id}
            found.append(values | common | owner)
    return found


def _late_batches(
    lists: Lists,
    plan: Plan,
    subscription: Subscription,
    header: Row,
    difference: IssueChange,
    standing: Sequence[Standing],
) -> list[Batch]:
    """Return batches of a subscription's items without a delivery: late items, and those of dissolved lists."""
    mine = [row for row in lists.rows if row["subscription_id"] == subscription.id]
    known, freed = lists.known(mine), lists.freed.get(subscription.id, set[int]())
    live = plan.live(subscription)
    is_open = _takes_late(header, subscription, difference)
    new = difference.new if is_open else frozenset[int]()
    late = [story for story in live if story.id not in known and (story.id in new or story.id in freed)]
    most = subscription.max_messages if subscription.layout.shares_messages else len(live)
    already = sum(_posting(row) == _posting(header) and _is_in_channel(row) for row in mine)
    return batches_beside(late, standing, most, live=live, already=already)


def _not_posted(
    plan: Plan, lists: Lists, late: list[Values], followers: dict[int, Subscription], difference: IssueChange
) -> list[HistoryEvent]:
    """Return log entries of added items that are not posted: filtered, or too late."""
    found: list[HistoryEvent] = []
    for subscription in followers.values() if difference.added else ():
        mine = [row for row in lists.rows if row["subscription_id"] == subscription.id]
        planned = {one for row in late if row["subscription_id"] == subscription.id for one in row["members"]}
        live = {story.id for story in plan.live(subscription)}
        if subscription.origin.follows and _newest_header(mine, subscription) is not None:
            found += left_out(plan, subscription, difference.added)
            if not subscription.layout.is_one_message:
                found += too_late(plan, subscription, (difference.added & live) - planned - lists.known(mine))
    return found


def _is_in_channel(row: Row) -> bool:
    is_item = row["item_id"] is not None
    return is_item and not row["in_thread"] and row["done"] != Wanted.DELETED.value


def _generation(row: Row) -> int:
    return int(row["generation"])

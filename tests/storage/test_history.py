from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from storage import forgetting
from storage.archive import Archive
from storage.database import Database
from storage.held import HeldDecision
from storage.history import Actor, EventKind, History, HistoryEvent
from storage.layouts import Layout
from storage.outbox import Outbox
from storage.records import Gate
from storage.scope import Scope
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

ADMIN = Actor(77, 9)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def history(db: Database) -> History:
    return History(db)


def told(events: list[HistoryEvent]) -> list[tuple[str, str]]:
    return [(one.kind.value, one.detail) for one in events]


class Told:
    """An issue of two sections that one channel follows, without one of them."""

    def __init__(self, archive: Archive, outbox: Outbox, subscriptions: Subscriptions, make: Any) -> None:
        self.archive, self.outbox, self.subscriptions, self.make = archive, outbox, subscriptions, make

    async def begin(self, now: dt.datetime) -> tuple[int, int]:
        wish = Follow(newsletter="Tech", channel=5, layout=Layout.ITEMS, exclude_sections=("Ads",))
        self.follower = await self.subscriptions.add(wish, now=now, guild_id=9, actor=ADMIN)
        items = (self.make.item("a"), self.make.item("b"), self.make.item("ad", section=("Ads",)))
        self.issue = self.make.issue().__class__(**self._values(items))
        [stored] = await self.archive.store("Tech", [(self.issue, now)], now=now)
        await self.archive.set_gate([stored.id], Gate.HELD, reason="too many new issues at once")
        await self.outbox.plan(stored.id, now=now, actor=ADMIN)
        return stored.id, self.follower.id

    def _values(self, items: Any) -> dict[str, Any]:
        base = self.make.issue()
        return {"path": base.path, "title": base.title, "date": base.date, "items": items}

    async def post_all(self, now: dt.datetime) -> list[int]:
        found: list[int] = []
        while (delivery := await self.outbox.claim_next(5, now=now)) is not None:
            message = delivery.message_id or 100 + delivery.id
            await self.outbox.sent(delivery.id, message, now=now, content_hash=f"{delivery.action}{delivery.attempts}")
            found.append(delivery.id)
        return found


@pytest.fixture
def case(archive: Archive, outbox: Outbox, subscriptions: Subscriptions, make: Any) -> Told:
    return Told(archive, outbox, subscriptions, make)


async def test_an_issue_tells_what_became_of_it(case: Told, history: History, now: dt.datetime) -> None:
    issue_id, follower_id = await case.begin(now)
    await case.post_all(now)
    events = await history.of_issue(issue_id)
    assert told(events) == [
        ("seen", "waiting"),
        ("held", "too many new issues at once"),
        ("planned", "3"),
        ("filtered", 'it takes no items below "Ads"'),
        ("released", ""),
        ("posted", ""), ("posted", ""), ("posted", ""),
    ]  # fmt: skip
    ids = [record.id for record in await case.archive.items(Scope.everything(), issue_id)]
    assert [one.items for one in events if one.kind is EventKind.FILTERED] == [(ids[2],)]
    assert [one.items for one in events if one.kind is EventKind.POSTED] == [(), (ids[0],), (ids[1],)]
    [released] = [one for one in events if one.kind is EventKind.RELEASED]
    assert (released.user_id, released.guild_id) == (77, 9)
    [followed] = await history.of_follower(follower_id)
    assert (followed.kind, followed.user_id, followed.channel_id) == (EventKind.FOLLOWED, 77, 5)
    assert followed.detail == "items, exclude sections: Ads"


async def test_a_correction_names_what_changed_and_an_edit_without_one_is_not_told(
    case: Told, history: History, make: Any, now: dt.datetime
) -> None:
    issue_id, _ = await case.begin(now)
    await case.post_all(now)
    items = (make.item("a", text="Another text.", body="Another text."), make.item("c"))
    changed = case.issue.__class__(**case._values(items) | {"title": "Another title"})
    await case.archive.store("Tech", [(changed, now)], now=now + HOUR)
    before = len(await history.of_issue(issue_id))
    await case.post_all(now + HOUR)
    await case.archive.store("Tech", [(changed, now)], now=now + HOUR)
    events = await history.of_issue(issue_id)
    assert told(events[8:before]) == [("changed", "title"), ("changed", ""), ("added", ""), ("removed", "")]
    assert sorted(one.kind for one in events[before:]) == ["edited", "edited", "posted", "withdrawn"]
    header = events[5].delivery_id
    assert header is not None
    await case.outbox.retry(header)  # nothing to do about it
    assert len(await history.of_issue(issue_id)) == len(events)


async def test_refused_lost_restored_and_reposted(case: Told, history: History, now: dt.datetime) -> None:
    issue_id, _ = await case.begin(now)
    header = await case.outbox.claim_next(5, now=now)
    assert header is not None
    await case.outbox.failed(header.id, "Discord says no", now=now)
    _, second = await case.post_all(now)
    await case.outbox.lost(second, now=now)
    await case.archive.miss("Tech", [case.issue.path])
    await case.archive.held.carry_out("Tech", now=now, edits_at=now)
    await case.post_all(now)
    await case.archive.store("Tech", [(case.issue, now)], now=now)
    await case.post_all(now)
    await case.outbox.repost_issue(issue_id, case.follower, now=now, actor=ADMIN)
    kinds = [one.kind.value for one in (await history.of_issue(issue_id))[5:]]
    assert kinds == ["refused", "posted", "posted", "lost", "missing", "removed", "withdrawn", "returned", "posted",
                     "restored", "reposted"]  # fmt: skip


@pytest.mark.both_engines
async def test_what_a_person_decides_is_told_with_who(case: Told, history: History, now: dt.datetime) -> None:
    issue_id, follower_id = await case.begin(now)
    await case.subscriptions.pause(follower_id, now=now, actor=ADMIN)
    await case.subscriptions.pause(follower_id, now=now, actor=ADMIN)  # it was
    await case.subscriptions.resume(follower_id, actor=ADMIN)
    wish = Follow(newsletter="Tech", channel=5, layout=Layout.THREAD, exclude_sections=("Ads",))
    await case.subscriptions.add(wish, now=now, actor=ADMIN)
    await case.subscriptions.add(wish, now=now, actor=ADMIN)  # nothing differs
    await case.subscriptions.wait(follower_id, "#news cannot be written to", now=now)
    await case.subscriptions.go_on(follower_id)
    await case.subscriptions.backfilled([follower_id], count=2, now=now)
    await case.subscriptions.remove(follower_id, now=now, actor=ADMIN)
    events = (await history.of_follower(follower_id))[1:]
    assert told(events) == [
        ("paused", ""), ("resumed", ""), ("adjusted", "layout: items → thread"),
        ("blocked", "#news cannot be written to"), ("unblocked", ""), ("backfilled", "2"), ("unfollowed", ""),
    ]  # fmt: skip
    assert [one.user_id for one in events] == [77, 77, 77, None, None, None, 77]
    await case.archive.held.decided("Tech", HeldDecision.KEEP, 1, ADMIN)
    await case.archive.miss("Tech", [case.issue.path])
    await case.archive.held.keep("Tech", actor=ADMIN)
    assert [one.kind for one in await history.of_issue(issue_id)][-2:] == [EventKind.MISSING, EventKind.KEPT]


async def test_items_that_come_too_late_or_filtered_say_so(
    case: Told, history: History, make: Any, now: dt.datetime
) -> None:
    issue_id, _ = await case.begin(now)
    await case.post_all(now)
    items = (*case.issue.items, make.item("late"), make.item("ad2", section=("Ads",)))
    longer = case.issue.__class__(**case._values(items))
    await case.archive.store("Tech", [(longer, now)], now=now + HOUR, late_since=now + HOUR)
    ids = [record.id for record in await case.archive.items(Scope.everything(), issue_id)]
    events = (await history.of_issue(issue_id))[-2:]
    assert [(one.kind, one.items) for one in events] == [
        (EventKind.FILTERED, (ids[4],)), (EventKind.TOO_LATE, (ids[3],))
    ]  # fmt: skip


@pytest.mark.both_engines
async def test_old_entries_are_forgotten_and_a_member_is_no_longer_named(
    case: Told, history: History, db: Database, now: dt.datetime
) -> None:
    issue_id, follower_id = await case.begin(now - 100 * 24 * HOUR)
    await case.post_all(now)
    await forgetting.forget_member(db, ADMIN.user_id)
    assert [one.user_id for one in await history.of_follower(follower_id)] == [None]
    assert await history.prune(now - 90 * 24 * HOUR) > 0
    assert {one.kind for one in await history.of_issue(issue_id)} == {EventKind.POSTED, EventKind.HELD}
    assert await history.prune(now - 90 * 24 * HOUR) == 0
    await forgetting.forget_newsletter(db, "Tech")
    assert await history.of_issue(issue_id) == []

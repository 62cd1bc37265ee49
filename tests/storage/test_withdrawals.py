from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from digest.model import Issue
from storage.archive import Archive
from storage.database import Database
from storage.history import Actor, EventKind, History
from storage.layouts import Layout, OnRemoved
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.records import Action, Subscription, Wanted
from storage.reposting import Effect, IssuePart, Repeated
from storage.scope import Scope
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

MINUTE = dt.timedelta(minutes=1)
OLDEST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


class Channel:
    """A channel in which an issue of four items in two sections was posted; `shown` is what a reader sees."""

    def __init__(self, archive: Archive, outbox: Outbox, db: Database, make: Any, now: dt.datetime) -> None:
        self.archive, self.outbox, self.db, self.make, self.now = archive, outbox, db, make, now
        self.shown: dict[int, str] = {}
        self._next = 1000

    async def begin(self, subscriptions: Subscriptions, layout: Layout) -> None:
        self.follower = await subscriptions.add(Follow(newsletter="T", channel=5, layout=layout), now=self.now)
        await self.store("a", "b", tools=("c", "d"))
        found = await self.archive.find_issue(Scope.everything(), "T", self.issue.path)
        assert found is not None
        self.id = found.id
        await self.outbox.plan(self.id, now=self.now)
        await self.work()

    async def store(self, *names: str, tools: tuple[str, ...] = (), **values: Any) -> None:
        items = [self.make.item(name) for name in names]
        items += [self.make.item(name, section=("Tools",)) for name in tools]
        issue: Issue = replace(self.make.issue(), items=tuple(items), **values)
        await self.archive.store("T", [(issue, self.now)], now=self.now)
        self.issue = issue

    async def work(self) -> None:
        while (found := await self.outbox.claim_next(5, now=self.now)) is not None:
            message = found.message_id
            if found.action is Action.POST:
                self._next += 1
                message = self._next
            name = await self.name(found.item_id)
            if found.action is Action.DELETE:
                self.shown.pop(message or 0)
            else:
                self.shown[message or 0] = f"~{name}" if found.action is Action.WITHDRAW else name
            await self.outbox.sent(found.id, message, now=self.now, thread_id=found.thread_id)

    async def name(self, item_id: int | None) -> str:
        found = await self.archive.item(Scope.everything(), item_id) if item_id is not None else None
        return found.item.id if found is not None else "HEADER"

    async def ids(self, *names: str) -> tuple[int, ...]:
        items = await self.archive.items(Scope.everything(), self.id)
        return tuple(one.id for one in items if one.item.id in names)

    @property
    def seen(self) -> list[str]:
        return [self.shown[message] for message in sorted(self.shown)]

    async def withdraw(self, how: OnRemoved = OnRemoved.MARK, **part: Any) -> Effect:
        wanted = IssuePart(issue_id=self.id, **part)
        expected = await self.outbox.withdraw_effect(wanted, self.follower, how)
        done = await self.outbox.withdraw(wanted, self.follower, how, now=self.now, actor=Actor(7, 9))
        assert done == expected
        await self.work()
        return done

    async def repost(self, follower: Subscription | None = None, *, in_place: bool = False, **part: Any) -> None:
        wanted = IssuePart(issue_id=self.id, **part)
        await self.outbox.repost(wanted, follower or self.follower, now=self.now, in_place=in_place)
        await self.work()


@pytest.fixture(params=[Layout.ITEMS, Layout.THREAD])
async def channel(
    request: pytest.FixtureRequest,
    archive: Archive,
    outbox: Outbox,
    subscriptions: Subscriptions,
    db: Database,
    make: Any,
    now: dt.datetime,
) -> Channel:
    found = Channel(archive, outbox, db, make, now)
    await found.begin(subscriptions, request.param)
    assert found.seen == ["HEADER", "a", "b", "c", "d"]
    return found


@pytest.mark.both_engines
async def test_a_withdrawn_issue_stays_so_whatever_its_author_changes(channel: Channel, make: Any) -> None:
    assert await channel.withdraw() == Effect(marked=5)
    assert channel.seen == ["~HEADER", "~a", "~b", "~c", "~d"]
    await channel.store("a", "b", "new", tools=("c", "late"), title="Another title")
    await channel.work()
    assert channel.seen == ["~HEADER", "~a", "~b", "~c", "~d"]
    assert await Ledger(channel.db).unplanned(channel.follower, OLDEST) == []


async def test_in_place_shows_all_again_and_late_items_with_it(channel: Channel) -> None:
    await channel.withdraw()
    await channel.store("a", "b", "new", tools=("c", "d"))
    await channel.repost(in_place=True)
    assert channel.seen == ["HEADER", "a", "b", "c", "d", "new"]


async def test_as_new_messages_leaves_the_old_ones_withdrawn(channel: Channel) -> None:
    await channel.withdraw()
    await channel.repost()
    assert channel.seen == ["~HEADER", "~a", "~b", "~c", "~d", "HEADER", "a", "b", "c", "d"]
    await channel.store("a", "b", tools=("c", "d"), title="Corrected")
    await channel.work()
    assert channel.seen == ["~HEADER", "~a", "~b", "~c", "~d", "HEADER", "a", "b", "c", "d"]
    assert await channel.withdraw() == Effect(marked=5)
    assert [one for one in channel.seen if not one.startswith("~")] == []


@pytest.mark.both_engines
async def test_an_item_alone_and_its_header(channel: Channel) -> None:
    effect = await channel.withdraw(OnRemoved.DELETE, item_ids=await channel.ids("b"))
    assert effect == Effect(deleted=1, edited=1)
    assert channel.seen == ["HEADER", "a", "c", "d"]
    await channel.store("a", "b", tools=("c", "d"), title="Corrected")
    await channel.work()
    assert channel.seen == ["HEADER", "a", "c", "d"]
    await channel.repost(in_place=True, item_ids=await channel.ids("b"))
    assert channel.seen == ["HEADER", "a", "c", "d", "b"]


@pytest.mark.both_engines
async def test_a_section_and_what_is_still_to_come_below_it(channel: Channel) -> None:
    assert await channel.withdraw(section="tools") == Effect(marked=2, edited=1)
    await channel.store("a", "b", tools=("c", "d", "late"))
    await channel.work()
    assert channel.seen == ["HEADER", "a", "b", "~c", "~d"]
    await channel.repost(item_ids=await channel.ids("d"))
    assert channel.seen == ["HEADER", "a", "b", "~c", "~d", "d"]
    await channel.repost(in_place=True, section="Tools")
    assert channel.seen[:6] == ["HEADER", "a", "b", "c", "d", "d"]


async def test_what_was_not_posted_yet_is_dropped_and_comes_back(
    channel: Channel, outbox: Outbox, subscriptions: Subscriptions, now: dt.datetime
) -> None:
    other = await subscriptions.add(Follow(newsletter="T", channel=6, layout=Layout.ITEMS), now=now)
    await outbox.plan(channel.id, [other.id], now=now)
    part = IssuePart(issue_id=channel.id)
    assert await outbox.withdraw(part, other, OnRemoved.MARK, now=now) == Effect(dropped=5)
    assert await outbox.claim_next(6, now=now) is None
    await outbox.repost(part, other, now=now, in_place=True)
    assert len([one for one in await outbox.of_issue(channel.id) if one.channel_id == 6 and one.done is None]) == 5
    assert channel.seen == ["HEADER", "a", "b", "c", "d"]
    shown = [one for one in await outbox.of_issue(channel.id) if one.channel_id == 5]
    assert {one.done for one in shown} == {Wanted.SHOWN}


@pytest.mark.both_engines
async def test_the_same_repost_of_two_people_is_done_once(channel: Channel, db: Database) -> None:
    part, now = IssuePart(issue_id=channel.id), channel.now
    asked_at = now + MINUTE
    done = await channel.outbox.repost(
        part, channel.follower, now=asked_at + MINUTE, actor=Actor(1, 9), asked_at=asked_at
    )
    assert len(done) == 5
    with pytest.raises(Repeated) as refused:
        await channel.outbox.repost(
            part, channel.follower, now=asked_at + 2 * MINUTE, actor=Actor(2, 9), asked_at=asked_at
        )
    assert refused.value.event.user_id == 1
    one = IssuePart(issue_id=channel.id, item_ids=await channel.ids("a"))
    again = await channel.outbox.repost(one, channel.follower, now=asked_at + 3 * MINUTE, asked_at=asked_at)
    assert len(again) == 1
    told = [event for event in await History(db).of_issue(channel.id) if event.kind is EventKind.REPOSTED]
    assert [event.detail for event in told] == ["5", "1"]


async def test_what_is_just_being_edited_is_counted_and_taken_back_after_it(channel: Channel) -> None:
    await channel.store("a", "b", tools=("c", "d"), title="Corrected")
    under_way = await channel.outbox.claim_next(5, now=channel.now)
    assert under_way is not None
    assert under_way.action is Action.EDIT
    wanted = IssuePart(issue_id=channel.id)
    assert await channel.outbox.withdraw_effect(wanted, channel.follower, OnRemoved.MARK) == Effect(marked=5)
    assert await channel.outbox.withdraw(wanted, channel.follower, OnRemoved.MARK, now=channel.now) == Effect(marked=5)
    await channel.outbox.sent(under_way.id, under_way.message_id, now=channel.now, thread_id=under_way.thread_id)
    await channel.work()
    assert channel.seen == ["~HEADER", "~a", "~b", "~c", "~d"]

"""Quiet hours and so many messages an hour: later, in order, each once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.database import Database
from storage.opening import open_database
from storage.options import parse_hours
from storage.outbox import Outbox
from storage.records import Delivery
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

NIGHT = dt.datetime(2026, 3, 2, 23, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
WISH = Follow(newsletter="N", channel=7)


class Room:
    """An outbox whose messages have Discord's ids: their time is in them."""

    def __init__(self, db: Database) -> None:
        self.archive, self.outbox, self.subscriptions = Archive(db), Outbox(db), Subscriptions(db)
        self.sent: list[int] = []

    async def step(self, now: dt.datetime, channel: int = 7) -> Delivery | None:
        found = await self.outbox.claim_next(channel, now=now)
        if found is not None:
            self.sent.append((int(now.timestamp() * 1000) - 1_420_070_400_000 << 22) + len(self.sent))
            await self.outbox.sent(found.id, self.sent[-1], now=now)
        return found

    async def drain(self, now: dt.datetime) -> list[int]:
        found: list[int] = []
        while (one := await self.step(now)) is not None:
            found.append(one.position)
        return found


@pytest.fixture
async def room(db: Database) -> Room:
    return Room(db)


async def planned(room: Room, make, *wishes: Follow, now: dt.datetime = NIGHT) -> int:
    for wish in wishes:
        await room.subscriptions.add(wish, now=now)
    [found] = await room.archive.store("N", [(make.issue("a", "b", "c"), now)], now=now)
    await room.outbox.plan(found.id, now=now)
    return found.id


@pytest.mark.both_engines
async def test_what_comes_at_night_is_posted_in_the_morning_in_order(room: Room, make) -> None:
    wish = Follow(newsletter="N", channel=7, quiet_hours=parse_hours("22:00-08:00"), time_zone="Europe/Berlin")
    await planned(room, make, wish)
    assert await room.outbox.due_channels(now=NIGHT) == [7]  # nobody has looked yet
    assert await room.step(NIGHT) is None
    assert await room.outbox.due_channels(now=NIGHT) == []
    assert await room.outbox.oldest_pending_at(now=NIGHT) is None
    assert await room.outbox.next_due_at(now=NIGHT) == MORNING
    assert await room.drain(MORNING - dt.timedelta(seconds=1)) == []
    assert await room.outbox.due_channels(now=MORNING) == [7]
    assert await room.drain(MORNING) == [-1, 0, 1, 2]


async def test_corrections_notify_nobody_and_are_made_at_night_too(room: Room, make) -> None:
    wish = Follow(newsletter="N", channel=7, quiet_hours=parse_hours("22:00-07:00"))
    await planned(room, make, wish, now=MORNING)
    assert len(await room.drain(MORNING)) == 4
    night = MORNING + dt.timedelta(hours=16)
    issue = make.issue("a", "b", "c", items=(make.item("a", body="New."), make.item("b"), make.item("c")))
    await room.archive.store("N", [(issue, night)], now=night)
    edit = await room.step(night + dt.timedelta(minutes=1))
    assert edit is not None
    assert edit.action == "edit"


async def test_another_newsletter_of_the_channel_goes_on(room: Room, make) -> None:
    await planned(room, make, Follow(newsletter="N", channel=7, quiet_hours=parse_hours("22:00-07:00")))
    await room.subscriptions.add(Follow(newsletter="M", channel=7), now=NIGHT)
    [found] = await room.archive.store("M", [(make.issue("x", path="m.md"), NIGHT)], now=NIGHT)
    await room.outbox.plan(found.id, now=NIGHT)
    assert await room.drain(NIGHT) == [-1, 0]
    assert await room.drain(MORNING) == [-1, 0, 1, 2]


@pytest.mark.both_engines
async def test_at_most_so_many_an_hour(room: Room, make) -> None:
    await planned(room, make, Follow(newsletter="N", channel=7, messages_per_hour=2))
    later = NIGHT + dt.timedelta(minutes=10)
    assert (await room.step(NIGHT) is not None, await room.step(later) is not None) == (True, True)
    assert await room.step(later) is None
    assert await room.outbox.next_due_at(now=later) == NIGHT + dt.timedelta(hours=1)
    assert await room.drain(NIGHT + dt.timedelta(minutes=59)) == []
    assert await room.drain(NIGHT + dt.timedelta(hours=1)) == [1]
    assert await room.drain(NIGHT + dt.timedelta(hours=3)) == [2]


async def test_a_new_setting_counts_at_once(room: Room, make) -> None:
    wish = Follow(newsletter="N", channel=7, quiet_hours=parse_hours("22:00-07:00"))
    await planned(room, make, wish)
    assert await room.step(NIGHT) is None
    await room.subscriptions.add(Follow(newsletter="N", channel=7), now=NIGHT)
    assert await room.drain(NIGHT) == [-1, 0, 1, 2]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_restart_in_the_night_changes_nothing(db: Database, room: Room, make, tmp_path: Path) -> None:
    await planned(room, make, Follow(newsletter="N", channel=7, quiet_hours=parse_hours("22:00-07:00")))
    assert await room.step(NIGHT) is None
    await db.close()
    again = await open_database(tmp_path / "herald.db")
    try:
        room = Room(again)
        assert await room.outbox.next_due_at(now=NIGHT) == MORNING
        assert await room.drain(NIGHT) == []
        assert await room.drain(MORNING) == [-1, 0, 1, 2]
    finally:
        await again.close()


async def test_words_and_sites_decide_what_is_planned(room: Room, make) -> None:
    await planned(room, make, Follow(newsletter="N", channel=7, words_none=("happened to b",), sites=("example.org",)))
    found = await room.drain(NIGHT)
    assert found == [-1, 0, 2]


async def test_a_limit_that_ends_in_quiet_hours_names_their_end(room: Room, make) -> None:
    wish = Follow(newsletter="N", channel=7, quiet_hours=parse_hours("22:00-07:00"), messages_per_hour=2)
    evening = NIGHT - dt.timedelta(hours=1, minutes=30)
    await planned(room, make, wish, now=evening)
    assert await room.drain(evening) == [-1, 0]
    assert await room.outbox.next_due_at(now=evening) == MORNING

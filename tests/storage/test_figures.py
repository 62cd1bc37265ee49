"""What is stored and owed, counted over all servers."""

from __future__ import annotations

import datetime as dt

import pytest

from storage.archive import Archive
from storage.database import Database
from storage.figures import Figures
from storage.outbox import Outbox
from storage.records import Gate
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def figures(db: Database) -> Figures:
    return Figures(db)


async def stored(archive: Archive, make, now: dt.datetime, *names: str, path: str = "posts/one.md") -> int:
    [found] = await archive.store("Tech", [(make.issue(*names, path=path), now)], now=now)
    return found.id


@pytest.mark.both_engines
async def test_what_is_stored_of_each_newsletter(figures: Figures, archive: Archive, make, now: dt.datetime) -> None:
    await stored(archive, make, now, "a", "b")
    held = await stored(archive, make, now, "c", path="posts/two.md")
    await archive.set_gate([held], Gate.HELD, reason="too many")
    await archive.fault("Tech", "posts/bad.md", 3, "broken", now=now)
    [one] = await figures.archive()
    assert (one.name, one.issues, one.items, one.held, one.faults) == ("Tech", 2, 3, 1, 1)
    assert await figures.held() == {"Tech": 1}


@pytest.mark.both_engines
async def test_what_is_owed_by_what_it_waits_for(
    figures: Figures, archive: Archive, outbox: Outbox, subscriptions: Subscriptions, make, now: dt.datetime
) -> None:
    issue = await stored(archive, make, now, "a", "b")
    open_one = await subscriptions.add(Follow(newsletter="Tech", channel=7), now=now, guild_id=1)
    waiting = await subscriptions.add(Follow(newsletter="Tech", channel=8), now=now, guild_id=2)
    await outbox.plan(issue, now=now)
    await subscriptions.wait(waiting.id, "no permission", now=now)
    first = await outbox.claim_next(7, now=now)
    assert first is not None
    second = next(one for one in await outbox.of_issue(issue) if one.subscription_id == open_one.id and one.item_id)
    await outbox.failed(first.id, "invalid")
    channels = {one.channel_id: one for one in await figures.channels(now=now)}
    assert channels[7].owed == {("failed", "refused"): 1, ("pending", "due"): 2}
    assert channels[8].owed == {("pending", "channel"): 3}
    assert (channels[7].is_open, channels[8].is_open) == (True, False)
    assert channels[8].waiting_reason == "no permission"
    assert second.state.value == "pending"
    await subscriptions.add(Follow(newsletter="Other", channel=9), now=now, guild_id=2)
    assert {one.channel_id for one in await figures.channels(now=now)} == {7, 8, 9}
    assert {one.channel_id for one in await figures.channels(now=now, only_owing=True)} == {7, 8}
    await subscriptions.pause(open_one.id, now=now)
    channels = {one.channel_id: one for one in await figures.channels(now=now)}
    assert channels[7].owed == {("failed", "refused"): 1, ("pending", "paused"): 2}


@pytest.mark.both_engines
async def test_a_channel_moves_when_a_message_is_done(
    figures: Figures, archive: Archive, outbox: Outbox, subscriptions: Subscriptions, make, now: dt.datetime
) -> None:
    issue = await stored(archive, make, now, "a")
    await subscriptions.add(Follow(newsletter="Tech", channel=7), now=now, guild_id=1)
    await outbox.plan(issue, now=now)
    claimed = await outbox.claim_next(7, now=now)
    assert claimed is not None
    assert not await figures.has_moved(7, now - MINUTE)
    await outbox.sent(claimed.id, 9001, now=now, content_hash="h")
    assert await figures.has_moved(7, now - MINUTE)
    assert not await figures.has_moved(7, now + MINUTE)
    assert not await figures.has_moved(8, now - MINUTE)

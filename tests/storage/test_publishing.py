"""Publishing within Discord's budget: headers first, the rest later, whatever is killed in between."""

from __future__ import annotations

import datetime as dt

import pytest

from storage.archive import Archive
from storage.database import Database
from storage.layouts import Layout
from storage.options import parse_hours
from storage.outbox import Outbox
from storage.publishing import BUDGET
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
async def outbox(db: Database) -> Outbox:
    return Outbox(db)


async def posted(db: Database, outbox: Outbox, make, issues: int, items: int, **options: object) -> None:
    """Post some issues into an announcement channel."""
    wish = Follow(newsletter="N", channel=7, publish=True, **options)  # type: ignore[arg-type]
    await Subscriptions(db).add(wish, now=NOW)
    for number in range(issues):
        names = [f"{number}-{index}" for index in range(items)]
        [found] = await Archive(db).store("N", [(make.issue(*names, path=f"{number}.md"), NOW)], now=NOW)
        await outbox.plan(found.id, now=NOW)
    message_id = 1
    while (one := await outbox.claim_next(7, now=NOW)) is not None:
        message_id += 1
        await outbox.sent(one.id, message_id, now=NOW, thread_id=message_id if one.opens_thread else one.thread_id)


async def drain(outbox: Outbox, now: dt.datetime) -> list[int]:
    done: list[int] = []
    while (one := await outbox.next_publication(7, now=now)) is not None:
        done.append(one.position)
        await outbox.published(one.id, at=now)
    return done


@pytest.mark.both_engines
async def test_headers_go_first_and_the_rest_when_discord_lets_it(db: Database, outbox: Outbox, make) -> None:
    await posted(db, outbox, make, issues=2, items=6)
    assert await outbox.publishing_channels(now=NOW) == [7]
    first = await drain(outbox, NOW)
    assert first == [-1, -1, 0, 1, 2, 3, 4, 5, 0]
    assert len(first) == BUDGET
    assert await outbox.publishing_channels(now=NOW) == []
    assert await outbox.next_due_at(now=NOW) == NOW + HOUR
    assert await drain(outbox, NOW + HOUR - dt.timedelta(seconds=1)) == []
    assert await drain(outbox, NOW + HOUR) == [1, 2, 3, 4, 5]
    assert await outbox.next_due_at(now=NOW + HOUR) is None


async def test_what_was_interrupted_is_done_again_and_nothing_is_skipped(db: Database, outbox: Outbox, make) -> None:
    await posted(db, outbox, make, issues=1, items=2)
    first = await outbox.next_publication(7, now=NOW)
    again = await outbox.next_publication(7, now=NOW)
    assert first is not None
    assert again is not None
    assert first.id == again.id
    await outbox.published(first.id, again_at=NOW + HOUR)
    assert await drain(outbox, NOW) == [0, 1]
    assert await drain(outbox, NOW + HOUR) == [-1]


async def test_only_what_stands_in_the_channel_itself_is_published(db: Database, outbox: Outbox, make) -> None:
    await posted(db, outbox, make, issues=1, items=3, layout=Layout.THREAD)
    assert await drain(outbox, NOW) == [-1]


@pytest.mark.both_engines
async def test_quiet_hours_are_quiet_for_followers_too(db: Database, outbox: Outbox, make) -> None:
    await posted(db, outbox, make, issues=1, items=1, quiet_hours=parse_hours("22:00-07:00"))
    night = NOW.replace(hour=23)
    assert await drain(outbox, night) == []
    assert await outbox.next_due_at(now=night) == NOW.replace(day=3, hour=7)
    assert await drain(outbox, NOW.replace(day=3, hour=7)) == [-1, 0]


async def test_who_does_not_say_so_publishes_nothing(db: Database, outbox: Outbox, make) -> None:
    await Subscriptions(db).add(Follow(newsletter="N", channel=7), now=NOW)
    [found] = await Archive(db).store("N", [(make.issue("a"), NOW)], now=NOW)
    await outbox.plan(found.id, now=NOW)
    while (one := await outbox.claim_next(7, now=NOW)) is not None:
        await outbox.sent(one.id, one.id + 1, now=NOW)
    assert await outbox.publishing_channels(now=NOW) == []

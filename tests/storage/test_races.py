"""Two processes on one server whose transactions interleave: each reads before the other's are committed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import schema, steps
from storage.alert_outbox import AlertOutbox
from storage.alerts import PER_MEMBER, Alerts
from storage.archive import Archive
from storage.database import Database
from storage.layouts import Layout
from storage.newsletters import Named, Newsletters
from storage.outbox import Outbox
from storage.postgres import membership
from storage.postgres.address import read_address
from storage.postgres.database import PostgresDatabase
from storage.records import Action, Delivery, Gate, State
from storage.scope import Scope
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

ALL = Scope.everything()
CHANNEL = 7
Act = Callable[[Database], Awaitable[Any]]


@pytest.fixture
def engine() -> str:
    return "postgresql"


@pytest.fixture
async def other(
    db: PostgresDatabase, postgres_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[PostgresDatabase]:
    """A second process, which nothing keeps out."""

    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr(membership.Membership, "join", nothing)
    monkeypatch.setattr(membership.Membership, "check", nothing)
    opened = await PostgresDatabase.open(read_address(postgres_address), cache=tmp_path / "other")
    yield opened
    await opened.close()


async def interleaved(one: PostgresDatabase, first: Act, second: Awaitable[Any]) -> tuple[Any, Any]:
    """Do `first` on `one`, and `second` while the first transaction of that has written and is not committed."""
    has_written, may_commit = asyncio.Event(), asyncio.Event()
    original = one.transaction

    @asynccontextmanager
    async def slow() -> AsyncGenerator[AsyncConnection]:
        async with original() as connection:
            yield connection
            has_written.set()
            await may_commit.wait()

    one.transaction = slow  # type: ignore[method-assign]
    doing = asyncio.ensure_future(first(one))
    await has_written.wait()
    meanwhile = asyncio.ensure_future(second)
    # With a remedy it waits, without one it gets done.
    while not (meanwhile.done() or await someone_waits(one)):  # noqa: ASYNC110 -- what is awaited stands in the server
        await asyncio.sleep(0.01)
    may_commit.set()
    return await doing, await meanwhile


async def someone_waits(db: PostgresDatabase) -> bool:
    async with db.reading() as connection:
        return bool(await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


async def count(db: Database, table: Any) -> int:
    async with db.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
async def followed(db: PostgresDatabase, now: dt.datetime) -> None:
    await Subscriptions(db).add(Follow(newsletter="Tech", channel=CHANNEL, layout=Layout.ITEMS), now=now)


async def stored(db: Database, make: Any, now: dt.datetime, *names: str, path: str = "one.md") -> int:
    arrivals = [(make.issue(*names, path=path), None)]
    [issue] = await Archive(db).store("Tech", arrivals, now=now, first_gate=lambda _: Gate.FILED)
    return issue.id


async def claimed(db: Database, now: dt.datetime) -> Delivery:
    found = await Outbox(db).claim_next(CHANNEL, now=now)
    assert found is not None
    return found


@pytest.mark.usefixtures("followed")
async def test_two_issues_that_are_planned_at_once_have_ranks_of_their_own(db, other, make, now) -> None:
    issues = [await stored(db, make, now, name, path=f"{name}.md") for name in ("otter", "heron")]
    await interleaved(db, lambda one: Outbox(one).plan(issues[0], now=now), Outbox(other).plan(issues[1], now=now))
    async with db.reading() as connection:
        rows = await connection.execute(select(schema.deliveries.c.rank, schema.deliveries.c.issue_id).distinct())
        assert len({row.rank for row in rows}) == 2


@pytest.mark.usefixtures("followed")
async def test_an_issue_that_is_planned_twice_at_once_is_planned_once(db, other, make, now) -> None:
    issue = await stored(db, make, now, "otter")
    counts = await interleaved(db, lambda one: Outbox(one).plan(issue, now=now), Outbox(other).plan(issue, now=now))
    assert counts == (2, 0)


@pytest.mark.usefixtures("followed")
async def test_one_delivery_is_claimed_by_one(db, other, make, now) -> None:
    await Outbox(db).plan(await stored(db, make, now, "otter"), now=now)
    first, second = await interleaved(
        db, lambda one: Outbox(one).claim_next(CHANNEL, now=now), Outbox(other).claim_next(CHANNEL, now=now)
    )
    assert first is not None
    assert second is None


@pytest.mark.usefixtures("followed")
async def test_what_changes_while_it_is_recorded_is_edited(db, other, make, now) -> None:
    await Outbox(db).plan(await stored(db, make, now, "otter"), now=now)
    header = await claimed(db, now)
    changed = replace(make.issue("otter", path="one.md"), title="Another title")
    await interleaved(
        db,
        lambda one: Outbox(one).sent(header.id, 1, now=now),
        Archive(other).store("Tech", [(changed, None)], now=now),
    )
    found = await Outbox(db).delivery(header.id)
    assert found is not None
    assert (found.state, found.action, found.message_id) == (State.PENDING, Action.EDIT, 1)


@pytest.mark.usefixtures("followed")
async def test_a_change_is_not_lost_when_the_post_is_recorded_meanwhile(db, other, make, now) -> None:
    await Outbox(db).plan(await stored(db, make, now, "otter"), now=now)
    header = await claimed(db, now)
    changed = replace(make.issue("otter", path="one.md"), title="Another title")
    await interleaved(
        db,
        lambda one: Archive(one).store("Tech", [(changed, None)], now=now),
        Outbox(other).sent(header.id, 1, now=now),
    )
    found = await Outbox(db).delivery(header.id)
    assert found is not None
    assert (found.state, found.action, found.message_id) == (State.PENDING, Action.EDIT, 1)


@pytest.mark.usefixtures("followed")
async def test_a_record_and_a_change_of_its_issue_do_not_wait_for_each_other(db, other, make, now, monkeypatch) -> None:
    """One has the story's row and wants the header's, the other has the header's and wants the story's."""
    await Outbox(db).plan(await stored(db, make, now, "otter"), now=now)
    header = await claimed(db, now)
    await Outbox(db).sent(header.id, 1, now=now)
    story = await claimed(db, now)
    changed = replace(make.issue("otter", path="one.md"), title="Another title")
    changing: list[asyncio.Future[Any]] = []

    async def slow(*args: Any) -> None:
        changing.append(asyncio.ensure_future(Archive(other).store("Tech", [(changed, None)], now=now)))
        while not (changing[0].done() or await someone_waits(db)):  # noqa: ASYNC110 -- as in `interleaved`
            await asyncio.sleep(0.01)
        await steps.record(*args)

    monkeypatch.setattr("storage.answers.record", slow)
    assert await Outbox(db).sent(story.id, 2, now=now)
    await changing[0]
    states = [
        found and (found.state, found.message_id)
        for found in [await Outbox(db).delivery(one.id) for one in (header, story)]
    ]
    assert states == [(State.PENDING, 1), (State.SENT, 2)]


async def test_two_processes_that_start_at_once_note_the_same_newsletters(db, other, now) -> None:
    named = [Named(name="Tech", key="", source="https://example.org/tech.git")]
    await interleaved(
        db, lambda one: Newsletters(one).settle(named, now=now), Newsletters(other).settle(named, now=now)
    )
    assert await count(db, schema.newsletters) == 1


@pytest.mark.usefixtures("followed")
async def test_a_post_is_recorded_once_by_its_answer_and_its_echo(db, other, make, now) -> None:
    await Outbox(db).plan(await stored(db, make, now, "otter"), now=now)
    header = await claimed(db, now)
    results = await interleaved(
        db, lambda one: Outbox(one).sent(header.id, 1, now=now), Outbox(other).echoed(header.nonce, 1, now=now)
    )
    assert results == (True, False)


@pytest.mark.usefixtures("followed")
async def test_two_reposts_at_once_are_two_postings(db, other, make, now) -> None:
    issue = await stored(db, make, now, "otter")
    await Outbox(db).plan(issue, now=now)
    [subscription] = await Subscriptions(db).list("Tech")
    first, second = await interleaved(
        db,
        lambda one: Outbox(one).repost_issue(issue, subscription, now=now),
        Outbox(other).repost_issue(issue, subscription, now=now),
    )
    assert [{one.generation for one in each} for each in (first, second)] == [{1}, {2}]


@pytest.mark.parametrize(
    "wish", [Follow(newsletter="Tech", channel=CHANNEL), Follow(newsletter="Tech", channel=8, backfill=3)]
)
async def test_who_follows_twice_at_once_follows_once(db, other, now, wish: Follow) -> None:
    first, second = await interleaved(
        db, lambda one: Subscriptions(one).add(wish, now=now), Subscriptions(other).from_config([wish], now=now)
    )
    assert first.id == second.present[0].id
    assert await count(db, schema.subscriptions) == 1


async def test_two_reposts_into_a_channel_that_does_not_follow_have_one_subscription(db, other, now) -> None:
    first, second = await interleaved(
        db,
        lambda one: Subscriptions(one).for_repost("Tech", 9, now=now),
        Subscriptions(other).for_repost("Tech", 9, now=now),
    )
    assert first.id == second.id


async def test_a_new_issue_that_two_see_is_stored_once(db, other, make, now) -> None:
    issue = make.issue("otter", path="one.md")
    [first], [second] = await interleaved(
        db,
        lambda one: Archive(one).store("Tech", [(issue, None)], now=now),
        Archive(other).store("Tech", [(issue, None)], now=now),
    )
    assert (first.is_new, second.is_new, first.id) == (True, False, second.id)
    assert await count(db, schema.items) == 1


async def test_a_fault_that_two_see_is_news_once(db, other, now) -> None:
    def act(one: Database) -> Awaitable[bool]:
        return Archive(one).fault("Tech", "one.md", 3, "odd", now=now)

    assert await interleaved(db, act, act(other)) == (True, False)


async def test_a_setting_that_two_write_is_that_of_the_later(db, other) -> None:
    await interleaved(db, lambda one: one.set_setting("colour", "red"), other.set_setting("colour", "blue"))
    assert await db.setting("colour") == "blue"


async def test_a_member_has_no_more_alerts_than_allowed(db, other, now) -> None:
    for number in range(PER_MEMBER - 1):
        await Alerts(db).add(1, 2, f"word{number}", now=now)
    made = await interleaved(
        db, lambda one: Alerts(one).add(1, 2, "kestrel", now=now), Alerts(other).add(1, 2, "heron", now=now)
    )
    assert [one is not None for one in made] == [True, False]
    assert await count(db, schema.alerts) == PER_MEMBER


async def test_an_alert_that_is_asked_for_twice_is_one(db, other, now) -> None:
    first, second = await interleaved(
        db, lambda one: Alerts(one).add(1, 2, "kestrel", now=now), Alerts(other).add(1, 2, "Kestrel", now=now)
    )
    assert first == second


async def test_what_members_are_owed_is_planned_once_and_sent_by_one(db, other, make, now) -> None:
    issue = await stored(db, make, now, "otter", "heron")
    items = [one.id for one in await Archive(db).items(ALL, issue)]
    alert = await Alerts(db).add(1, None, "story", now=now)
    assert alert is not None
    matches = {1: [(alert, items)]}
    counts = await interleaved(
        db,
        lambda one: AlertOutbox(one).plan(issue, matches, now=now),
        AlertOutbox(other).plan(issue, matches, now=now),
    )
    assert counts == (1, 0)
    later = now + dt.timedelta(hours=1)
    first, second = await interleaved(
        db, lambda one: AlertOutbox(one).claim_next(now=later), AlertOutbox(other).claim_next(now=later)
    )
    assert first is not None
    assert second is None

"""What several channels ask of the outbox at the same moment is done in one transaction, each as if it were alone."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import StorageError
from storage import schema
from storage.archive import Archive
from storage.database import Database
from storage.duties import acting_for, current_duty
from storage.outbox import Outbox
from storage.records import Action, Delivery, State
from storage.subscriptions import Subscriptions
from storage.together import MOST, Together
from storage.wishes import Follow

CHANNELS = [10, 11, 12, 13, 14]


@pytest.fixture
async def outbox(db: Database, make: Any, now: dt.datetime) -> Outbox:
    """An outbox with a header and two stories for each channel."""
    for channel in CHANNELS:
        await Subscriptions(db).add(Follow(newsletter="Tech", channel=channel), now=now)
    [issue] = await Archive(db).store("Tech", [(make.issue("otter", "heron", path="one.md"), None)], now=now)
    outbox = Outbox(db)
    await outbox.plan(issue.id, now=now)
    return outbox


def counted(db: Database, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Return a list that grows with each transaction from now on."""
    begun: list[None] = []
    original = db.transaction

    @asynccontextmanager
    async def transaction() -> AsyncGenerator[AsyncConnection]:
        begun.append(None)
        async with original() as connection:
            yield connection

    monkeypatch.setattr(db, "transaction", transaction)
    return begun


async def claimed(outbox: Outbox, now: dt.datetime, channels: Sequence[int] = CHANNELS) -> list[Delivery | None]:
    return list(await asyncio.gather(*(outbox.claim_next(channel, now=now) for channel in channels)))


async def taken(outbox: Outbox, now: dt.datetime, channels: Sequence[int] = CHANNELS) -> list[Delivery]:
    return [each for each in await claimed(outbox, now, channels) if each is not None]


@pytest.mark.both_engines
async def test_channels_that_ask_at_once_are_served_by_one_transaction_each_in_its_order(
    db, outbox, now, monkeypatch
) -> None:
    begun = counted(db, monkeypatch)
    done: dict[int, list[int]] = {channel: [] for channel in CHANNELS}
    for _ in range(3):
        found = await taken(outbox, now)
        assert [each.channel_id for each in found] == CHANNELS
        assert [(await outbox.delivery(each.id)).state for each in found] == [State.SENDING] * len(CHANNELS)
        assert await asyncio.gather(*(outbox.sent(each.id, 100 + each.id, now=now) for each in found)) == [True] * 5
        for each in found:
            done[each.channel_id].append(each.position)
    assert done == {channel: [-1, 0, 1] for channel in CHANNELS}
    assert await claimed(outbox, now) == [None] * len(CHANNELS)
    assert len(begun) <= 7


@pytest.mark.both_engines
async def test_a_channel_that_asks_twice_at_once_gets_one(outbox, now) -> None:
    first, second, third = await claimed(outbox, now, [10, 10, 11])
    assert (first is None, second, third is None) == (False, None, False)


@pytest.mark.both_engines
async def test_an_answer_that_cannot_be_recorded_does_not_spoil_the_others(outbox, now) -> None:
    found = await taken(outbox, now)
    ids = [found[0].id, 999, *(each.id for each in found[1:])]
    answers = await asyncio.gather(*(outbox.sent(one, one, now=now) for one in ids), return_exceptions=True)
    assert isinstance(answers[1], NoResultFound)
    assert [one for place, one in enumerate(answers) if place != 1] == [True] * len(CHANNELS)


@pytest.mark.both_engines
async def test_a_second_message_of_one_delivery_is_told_of_beside_others(outbox, now) -> None:
    found = await taken(outbox, now)
    said = [(found[0], 1), (found[0], 2), (found[0], 1), (found[1], 3)]
    assert await asyncio.gather(*(outbox.sent(each.id, one, now=now) for each, one in said)) == [
        True, False, True, True,
    ]  # fmt: skip


@pytest.mark.both_engines
async def test_quiet_hours_of_one_channel_hold_up_no_other(db, outbox, now) -> None:
    quiet = {"quiet_hours": "12:00-13:00"}
    async with db.transaction() as connection:
        mine = schema.subscriptions.c.channel_id == CHANNELS[1]
        await connection.execute(update(schema.subscriptions).where(mine).values(options=quiet))
    found = await claimed(outbox, now)
    assert [each is None for each in found] == [False, True, False, False, False]
    assert await outbox.next_due_at(now=now) == now + dt.timedelta(hours=1)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_row_that_somebody_changes_holds_up_its_own_channel_alone(db, outbox, now) -> None:
    async with db.reading() as reader:  # another connection than the one that claims
        await reader.exec_driver_sql("ROLLBACK")
        await reader.exec_driver_sql("BEGIN")
        await reader.exec_driver_sql("UPDATE deliveries SET wanted_version = 7 WHERE channel_id = 10")
        asked = [asyncio.ensure_future(outbox.claim_next(channel, now=now)) for channel in CHANNELS]
        others = await asyncio.gather(*asked[1:])
        assert [each.channel_id for each in others if each is not None] == CHANNELS[1:]
        assert not asked[0].done()
        await reader.exec_driver_sql("COMMIT")
        found = await asked[0]
    assert found is not None
    async with db.reading() as connection:
        row = (await connection.exec_driver_sql(f"SELECT * FROM deliveries WHERE id = {found.id}")).one()
    assert (row.wanted_version, row.claimed_version) == (7, 7)  # what it changed is not lost


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_answers_of_two_issues_and_their_change_do_not_wait_for_each_other(db, outbox, make, now) -> None:
    """The change holds the second issue and wants the first; the answers are of both, the first's before."""
    [other] = await Archive(db).store("Tech", [(make.issue("lynx", path="two.md"), None)], now=now)
    await outbox.plan(other.id, now=now)
    for _ in range(3):
        for each in await taken(outbox, now, CHANNELS[1:]):
            await outbox.sent(each.id, each.id, now=now)
    found = await taken(outbox, now, CHANNELS[:2])
    assert len({each.issue_id for each in found}) == 2
    async with db.reading() as reader:
        await reader.exec_driver_sql("ROLLBACK")
        await reader.exec_driver_sql("BEGIN")
        await reader.exec_driver_sql("SET LOCAL deadlock_timeout = '100ms'")
        await reader.exec_driver_sql(f"SELECT pg_advisory_xact_lock(1, {other.id})")
        answers = [asyncio.ensure_future(outbox.sent(each.id, each.id, now=now)) for each in found]
        assert await answers[0]
        await reader.exec_driver_sql(f"SELECT pg_advisory_xact_lock(1, {found[0].issue_id})")
        assert not answers[1].done()
        await reader.exec_driver_sql("COMMIT")
    assert await answers[1]


async def test_what_was_edited_meanwhile_is_edited_for_all(db, outbox, make, now) -> None:
    found = await taken(outbox, now)
    changed = replace(make.issue("otter", "heron", path="one.md"), title="Another title")
    await Archive(db).store("Tech", [(changed, None)], now=now)
    await asyncio.gather(*(outbox.sent(each.id, each.id, now=now) for each in found))
    states = [await outbox.delivery(each.id) for each in found]
    assert [(each.state, each.action) for each in states if each] == [(State.PENDING, Action.EDIT)] * len(CHANNELS)


class Begins:
    """Transactions that need no database: how many there were, and for which duty each was."""

    def __init__(self) -> None:
        self.duties: list[str] = []
        self.is_broken = False
        self.may_begin = asyncio.Event()
        self.may_begin.set()
        self.asked: list[list[int]] = []

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Any]:
        await self.may_begin.wait()
        if self.is_broken:
            raise StorageError("gone")
        self.duties.append(current_duty())
        yield None

    async def work(self, _: object, asks: Sequence[int]) -> dict[int, int]:
        self.asked.append(list(asks))
        return {place: 2 * ask for place, ask in enumerate(asks)}


async def test_nothing_of_one_duty_is_done_in_the_transaction_of_another() -> None:
    begins = Begins()
    together = Together(begins.begin, begins.work)

    async def under(duty: str, ask: int) -> int:
        with acting_for(duty):
            return await together.do(ask)

    assert await asyncio.gather(under("a", 1), under("b", 2), under("a", 3)) == [2, 4, 6]
    assert sorted(zip(begins.duties, begins.asked, strict=True)) == [("a", [1, 3]), ("b", [2])]


async def test_whoever_gave_up_is_left_out_and_the_others_are_served() -> None:
    begins = Begins()
    begins.may_begin.clear()
    together = Together(begins.begin, begins.work)
    asked = [asyncio.ensure_future(together.do(number)) for number in range(MOST + 3)]
    await asyncio.sleep(0)
    asked[1].cancel()
    begins.may_begin.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(answers[1], asyncio.CancelledError)
    assert [answers[0], *answers[2:]] == [2 * number for number in range(MOST + 3) if number != 1]
    assert [len(asks) for asks in begins.asked] == [MOST, 2]


async def test_closing_waits_for_a_transaction_of_which_nobody_waits_for_the_answer() -> None:
    begins = Begins()
    begins.may_begin.clear()
    together = Together(begins.begin, begins.work)
    asked = asyncio.ensure_future(together.do(1))
    await asyncio.sleep(0)
    asked.cancel()
    closing = asyncio.ensure_future(together.close())
    await asyncio.sleep(0)
    assert not closing.done()
    begins.may_begin.set()
    await closing
    assert begins.duties == [""]


async def test_a_database_that_fails_fails_all_who_ask_and_serves_those_who_come_later() -> None:
    begins = Begins()
    begins.is_broken = True
    together = Together(begins.begin, begins.work)
    answers = await asyncio.gather(*(together.do(number) for number in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [StorageError] * 3
    begins.is_broken = False
    assert await together.do(4) == 8

"""Several processes on one server: who counts, who holds which duty, and who may write for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from errors import StorageError
from storage.duties import FREED, acting_for
from storage.postgres import membership
from storage.postgres.address import read_address
from storage.postgres.database import PostgresDatabase
from storage.postgres.membership import LEASE_S, REQUEST_S, Membership
from tests.storage.conftest import Start
from tests.support.postgres_server import execute

DUTY = "shard:0"
LATE_S = LEASE_S + 1.0


def member(db: PostgresDatabase) -> Membership:
    found = db._member  # pyright: ignore[reportPrivateUsage]
    assert found is not None
    return found


class Stopped:
    """A process that SIGSTOP stopped, and that was not seen for longer than its lease, until `go_on`."""

    def __init__(self, db: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seen = Membership._seen  # pyright: ignore[reportPrivateUsage]
        self._stopped = member(db)
        monkeypatch.setattr(Membership, "_seen", self._unseen)

    async def _unseen(self, one: Membership) -> None:
        if one is not self._stopped:
            await self._seen(one)

    async def is_late(self, where: str) -> None:
        past = f"UPDATE processes SET seen_at = seen_at - interval '{LATE_S} s' WHERE epoch = {self._stopped.epoch}"
        await execute(where, past)
        self._stopped._valid_s -= LATE_S  # pyright: ignore[reportPrivateUsage]

    async def go_on(self) -> None:
        await self._seen(self._stopped)


async def stopped(db: PostgresDatabase, where: str, monkeypatch: pytest.MonkeyPatch) -> Stopped:
    found = Stopped(db, monkeypatch)
    await found.is_late(where)
    return found


async def someone_waits(db: PostgresDatabase) -> bool:
    async with db.reading() as connection:
        return bool(await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


async def write(db: PostgresDatabase, duty: str = DUTY) -> None:
    with acting_for(duty):
        await db.set_setting("colour", "red")


async def test_a_duty_is_held_by_one(start: Start) -> None:
    one, two = await start(), await start()
    assert await one.take(DUTY)
    assert not await two.take(DUTY)
    assert (one.holds(DUTY), two.holds(DUTY)) == (True, False)
    assert await two.take("shard:1")
    await write(one)
    with pytest.raises(StorageError, match="may not write"):
        await write(two)
    await two.set_setting("colour", "blue")  # what is nobody's duty anybody may write
    for db, may in ((one, True), (two, False)):
        with acting_for(DUTY):
            assert db.may_act() is may


async def test_two_that_ask_at_once_do_not_both_hold_it(start: Start) -> None:
    processes = [await start() for _ in range(3)]
    for number in range(4):
        found = await asyncio.gather(*(db.take(f"shard:{number}") for db in processes))
        assert sum(found) == 1


async def test_what_is_given_back_is_taken_at_once_but_requests_under_way_may_end(start: Start) -> None:
    one, two = await start(), await start()
    assert await one.take(DUTY)
    await one.give_back(DUTY)
    assert not one.holds(DUTY)
    assert await two.take(DUTY)
    assert REQUEST_S - 5 < two.unsettled_s(DUTY) <= REQUEST_S
    with pytest.raises(StorageError, match="may not write"):
        await write(one)


async def test_a_process_that_ends_in_order_leaves_its_duties(start: Start) -> None:
    one, two = await start(), await start()
    assert await one.take(DUTY)
    await one.close()
    assert await two.take(DUTY)


async def test_one_that_is_stopped_is_replaced_and_neither_writes_nor_acts(
    start: Start, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = await start(), await start()
    assert await one.take(DUTY)
    sleeper = Stopped(one, monkeypatch)
    assert not await two.take(DUTY)  # its lease is not over
    await sleeper.is_late(postgres_address)
    assert await two.take(DUTY)
    with acting_for(DUTY):
        assert not one.may_act()
    # its last request may have begun with the last moment of its lease, a second ago
    assert REQUEST_S - 8 < two.unsettled_s(DUTY) <= REQUEST_S
    for duty in (DUTY, ""):
        with pytest.raises(StorageError, match="may not write"):
            await write(one, duty)
    epoch = member(one).epoch
    await sleeper.go_on()
    assert member(one).epoch > epoch
    await write(one, "")  # it joined anew, and has no duty any more
    assert not one.holds(DUTY)
    with pytest.raises(StorageError, match="may not write"):
        await write(one)
    assert not await one.take(DUTY)
    await write(two)


async def test_a_process_that_was_not_seen_in_time_never_renews_itself(
    start: Start, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if nobody has taken over yet: somebody may be about to."""
    one = await start()
    assert await one.take(DUTY)
    sleeper = await stopped(one, postgres_address, monkeypatch)
    assert not one.holds(DUTY)
    epoch = member(one).epoch
    await sleeper.go_on()
    assert member(one).epoch > epoch
    assert not one.holds(DUTY)
    assert await one.take(DUTY)
    assert one.unsettled_s(DUTY) > 0  # what it began itself before may still be on its way


async def test_nobody_takes_over_while_a_transaction_for_the_duty_is_open(
    start: Start, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = await start(), await start()
    assert await one.take(DUTY)
    with acting_for(DUTY):
        async with one.transaction():
            await stopped(one, postgres_address, monkeypatch)
            taking = asyncio.ensure_future(two.take(DUTY))
            while not await someone_waits(one):
                assert not taking.done()
                await asyncio.sleep(0.01)
    assert await taking


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the server ends its connection
async def test_a_process_that_is_stopped_within_a_transaction_does_not_hold_it_open(
    start: Start, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "IDLE_S", 0.3)
    one, two = await start(), await start()
    assert await one.take(DUTY)
    with pytest.raises(StorageError), acting_for(DUTY):  # noqa: PT012 -- the server may say so at the end only
        async with one.transaction() as connection:
            await stopped(one, postgres_address, monkeypatch)
            assert await two.take(DUTY)
            await connection.exec_driver_sql("INSERT INTO settings VALUES ('late', 'yes')")
    assert await two.setting("late") is None


async def test_an_older_wait_is_not_made_shorter_by_a_newer_one(start: Start, postgres_address: str) -> None:
    one, two = await start(), await start()
    assert await one.take(DUTY)
    await execute(postgres_address, "UPDATE duties SET settles_at = clock_timestamp() + interval '60 s'")
    await one.give_back(DUTY)
    assert await two.take(DUTY)
    assert two.unsettled_s(DUTY) > 50


async def test_who_works_alone_and_who_works_beside_others_do_not_mix(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "EVERY_S", 0.1)
    alone = await start("")
    with pytest.raises(StorageError, match=r"by a Herald that works alone .+ stop it, or set its `role` too"):
        await start("all")
    await alone.close()
    await start("gateway")
    await start("ingest")
    with pytest.raises(StorageError, match=r"in use by another running Herald .+ set `role` for each of them"):
        await start("")


async def test_a_turn_is_taken_once_whoever_asks_and_none_by_whoever_waits(start: Start) -> None:
    one, two = await start(), await start()
    assert await one.take_turn("identify", 10.0) == 0.0
    for _ in range(5):  # five processes that are killed while they wait hold nobody up
        assert 8.0 < await two.take_turn("identify", 10.0) <= 10.0
    assert await two.take_turn("another", 10.0) == 0.0
    assert await one.take_turn("identify", 0.1) == 0.0  # nobody has a turn for as long as that
    assert 0.0 < await two.take_turn("identify", 0.1) <= 0.1


async def test_of_all_who_ask_for_a_turn_at_once_one_gets_it(start: Start) -> None:
    one, two = await start(), await start()
    found = await asyncio.gather(*(db.take_turn("identify", 100.0) for db in (one, two) * 4))
    assert sorted(map(bool, found)) == [False] + 7 * [True]


async def test_all_divide_the_servers_alike(postgres_address: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(membership, "EVERY_S", 0.1)
    where = read_address(postgres_address)
    one = await PostgresDatabase.open(where, cache=tmp_path / "one", role="all", shards=2)
    with pytest.raises(StorageError, match=r"whose `discord\.shards` is another: stop all of them"):
        await PostgresDatabase.open(where, cache=tmp_path / "two", role="all", shards=4)
    two = await PostgresDatabase.open(where, cache=tmp_path / "two", role="ingest", shards=2)
    assert (await one.peers(), await two.peers()) == (1, 1)
    three = await PostgresDatabase.open(where, cache=tmp_path / "three", role="gateway", shards=2)
    assert await one.peers() == 2
    for db in (three, two, one):
        await db.close()


async def test_who_ends_tells_the_others_that_its_duties_are_free(start: Start) -> None:
    first, second = await start(), await start()
    assert await first.take(DUTY)
    words: list[str] = []
    second.hear(words.append)
    async with asyncio.timeout(10.0):
        while "hello" not in words:  # its connection for hearing may still be made
            first.announce("hello")
            await asyncio.sleep(0.05)
        await first.close()
        while FREED not in words:  # noqa: ASYNC110 -- it comes from the server
            await asyncio.sleep(0.01)
    assert await second.take(DUTY)

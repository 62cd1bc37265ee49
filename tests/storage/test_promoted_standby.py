"""A standby that takes over without the last commits: everybody notices, nobody goes on with what is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from errors import StorageError
from search.search import Query, Search
from storage.archive import Archive
from storage.duties import acting_for
from storage.postgres import membership
from storage.postgres.address import read_address
from storage.postgres.database import PostgresDatabase
from storage.records import Gate
from storage.scope import Scope
from tests.support.postgres_server import Server, address, pair, value

DUTY = "shard:0"


@pytest.fixture
def engine() -> str:
    return "postgresql"


@pytest.fixture
async def servers() -> AsyncIterator[tuple[Server, Server, str]]:
    async with pair() as found:
        yield found


async def found(db: PostgresDatabase, words: str) -> list[str]:
    search = Search(db)
    page = await search.search(Scope.everything(), Query(text=words))
    await search.close()
    return sorted(hit.item.item.title.split()[-1] for hit in page.hits)


@pytest.fixture
async def processes(
    servers: tuple[Server, Server, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[PostgresDatabase]]:
    """Open the database as two processes do."""
    monkeypatch.setattr(membership, "EVERY_S", 0.1)
    where = read_address(servers[2])
    async with AsyncExitStack() as stack:
        found: list[PostgresDatabase] = []
        for name in ("one", "two"):
            found.append(await PostgresDatabase.open(where, cache=tmp_path / name, role="all"))
            stack.push_async_callback(found[-1].close)
        yield found


async def test_nothing_that_a_promoted_standby_has_forgotten_is_gone_on_with(
    servers: tuple[Server, Server, str], processes: list[PostgresDatabase], make, now
) -> None:
    (primary, standby, _), (one, two) = servers, processes
    archive = Archive(one)
    first = make.issue("otter")
    await archive.store("Tech", [(first, None)], now=now, first_gate=lambda _: Gate.FILED)
    assert await one.take(DUTY)
    old = one.timeline
    assert old == two.timeline != ""
    only_standbys = read_address(address(f"{standby.folder},{standby.folder}", "herald", "plain"))
    with pytest.raises(StorageError, match="can only be read, as a standby can"):
        await PostgresDatabase.probe(only_standbys)
    await standby.caught_up(primary)
    await standby.fall_behind()
    lost = make.issue("heron", path="posts/two.md")
    await archive.store("Tech", [(lost, None)], now=now, first_gate=lambda _: Gate.FILED)
    assert await found(one, "happened") == ["heron", "otter"]
    numbers = "SELECT max(id) FROM items"
    last = await value(address(primary.folder, "herald"), numbers)
    await asyncio.to_thread(primary.stop, "immediate")
    await asyncio.to_thread(standby.promote)
    with pytest.raises(StorageError), acting_for(DUTY):
        await one.set_setting("colour", "red")
    async with asyncio.timeout(10.0):
        while old in {one.timeline, two.timeline}:  # noqa: ASYNC110 -- they look themselves
            await asyncio.sleep(0.02)
    assert one.timeline == two.timeline
    assert not one.holds(DUTY)
    assert membership.LEASE_S < one.forgotten_s() <= membership.LEASE_S + membership.REQUEST_S
    assert abs(one.forgotten_s() - two.forgotten_s()) < 5.0
    assert await two.take(DUTY)
    for db in (one, two):
        await db.caught_up()
        assert await found(db, "happened") == ["otter"]
    await archive.store("Tech", [(lost, None)], now=now, first_gate=lambda _: Gate.FILED)
    await two.caught_up()
    assert await found(two, "happened") == ["heron", "otter"]
    assert await value(address(standby.folder, "herald"), numbers) > last + 100_000  # however many are lost

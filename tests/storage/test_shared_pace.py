"""Discord's limit on all requests together, kept by several processes on one server."""

from __future__ import annotations

import asyncio
import random

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from delivery.pacing import Pace, SharedPace, paced
from storage.database import Permit
from storage.postgres.database import PostgresDatabase
from tests.storage.conftest import Start
from tests.support.postgres_server import execute

LIMIT, WINDOW_S = 10, 0.2


async def take(db: PostgresDatabase, count: int, *, hold_s: float = 60.0) -> list[Permit]:
    return await db.take_permits("requests", count, of=LIMIT, window_s=WINDOW_S, hold_s=hold_s)


async def first(db: PostgresDatabase, count: int, *, hold_s: float = 60.0) -> list[Permit]:
    """Take permits if there were none before."""
    assert await take(db, count) == []
    return await take(db, count, hold_s=hold_s)


async def test_no_window_of_the_server_sees_more_however_late_requests_leave(start: Start) -> None:
    processes = [await start(), await start()]
    arrived: list[float] = []
    chosen = random.Random(5)

    async def answer(_: web.Request) -> web.Response:
        arrived.append(asyncio.get_running_loop().time())
        await asyncio.sleep(chosen.random() * 0.02)
        return web.Response()

    async def late(*_: object) -> None:
        await asyncio.sleep(chosen.choice([0.0, 0.0, 0.02, 0.1]))

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as server:
        sessions: list[aiohttp.ClientSession] = []
        for db in processes:
            trace = paced(aiohttp.TraceConfig(), Pace(), SharedPace(db, LIMIT, WINDOW_S))
            trace.on_request_start.append(late)  # let go, and a busy machine sends it later
            sessions.append(aiohttp.ClientSession(trace_configs=[trace]))
        await asyncio.gather(*(sessions[number % 4 == 0].get(server.make_url("/")) for number in range(60)))
        for session in sessions:
            await session.close()
    assert len(arrived) == 60
    assert max(sum(begin <= moment < begin + WINDOW_S for moment in arrived) for begin in arrived) <= LIMIT


async def test_permits_are_given_once_whoever_asks(start: Start) -> None:
    one, two = await start(), await start()
    taken = await first(one, 4)
    taken += await take(two, 100)
    assert len({permit.key for permit in taken}) == len(taken) == LIMIT
    assert all(0.0 < permit.wait_s <= WINDOW_S for permit in taken)  # the server may have forgotten who had them
    assert await take(one, 1) == []


async def test_permits_that_are_taken_at_once_are_given_once(start: Start) -> None:
    one, two = await start(), await start()
    await take(one, 1)
    found = await asyncio.gather(*(take(db, 1) for db in (one, two) * 4))
    keys = [permit.key for permits in found for permit in permits]
    assert len(set(keys)) == len(keys)


async def test_a_permit_that_was_returned_is_free_when_that_says(start: Start) -> None:
    one, two = await start(), await start()
    taken = await first(one, LIMIT)
    await one.return_permits([(taken[0], 0.0), (taken[1], WINDOW_S / 2), (taken[2], 30.0)])
    again = await take(two, LIMIT)
    assert [permit.key for permit in again] == [taken[0].key, taken[1].key]
    assert again[0].wait_s <= 0.0 < again[1].wait_s <= WINDOW_S / 2


async def test_the_permit_of_a_process_that_ended_is_given_to_others_and_stays_theirs(start: Start) -> None:
    one, two = await start(), await start()
    taken = await first(one, LIMIT, hold_s=0.0)  # as if it had been held so long already
    again = await take(two, LIMIT)
    assert {permit.key for permit in again} == {permit.key for permit in taken}
    await one.return_permits([(permit, 0.0) for permit in taken])  # it lives, and was late
    assert await take(one, 1) == []


async def test_no_permit_is_used_while_all_rest(start: Start) -> None:
    one, two = await start(), await start()
    (permit,) = await first(one, 1)
    await one.rest("requests", 50.0)
    await one.return_permits([(permit, 0.0)])
    assert all(49.0 < permit.wait_s <= 50.0 for permit in await take(two, LIMIT))


@pytest.mark.parametrize("crash", ["TRUNCATE pace", "DELETE FROM pace WHERE key LIKE 'requests %'"])
async def test_after_a_crash_of_the_server_a_window_passes_first(
    start: Start,
    postgres_address: str,
    crash: str,
) -> None:
    one = await start()
    await first(one, LIMIT)
    await execute(postgres_address, crash)
    assert all(permit.wait_s > 0.0 for permit in await first(one, LIMIT))

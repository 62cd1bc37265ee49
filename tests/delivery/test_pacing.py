"""All requests together stay below Discord's limit, the urgent ones first."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Sequence

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from delivery.once import NotRepeated, guarded, single_try
from delivery.pacing import (
    AT_ONCE,
    EDIT,
    OLD,
    OLD_WINDOW,
    POST,
    SOON,
    NotPaced,
    OldEdits,
    Pace,
    SharedPace,
    paced,
    urgency,
)
from errors import StorageError
from sandbox.rules.rate_limit import Limit, RateLimiter
from sandbox.values import Clock
from storage.database import Permit
from storage.duties import acting_for
from storage.sqlite import SqliteDatabase


@pytest.mark.parametrize("offset_s", [0.0, 0.013, 0.037])
async def test_no_window_of_the_server_sees_more_however_long_requests_take(offset_s: float) -> None:
    pace = Pace(10, 0.05)
    server = RateLimiter(Clock())
    refused = 0

    async def request(number: int) -> None:
        nonlocal refused
        await pace.enter()
        await asyncio.sleep((number * 7 % 5) * 0.004)  # on its way there
        refused += not server._count("all", Limit(10, 0.05)).allowed
        await asyncio.sleep((number * 3 % 4) * 0.003)  # and back
        pace.leave()

    await asyncio.sleep(offset_s)
    await asyncio.gather(*(request(number) for number in range(60)))
    assert refused == 0


async def test_a_place_is_free_one_window_after_the_answer() -> None:
    pace = Pace(1, 0.05)
    loop = asyncio.get_running_loop()
    await pace.enter()
    began_s = loop.time()
    pace.leave()
    await pace.enter()
    assert loop.time() - began_s >= 0.05


async def test_the_way_there_and_back_is_spared_once_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[float] = []
    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", lambda delay_s, _: held.append(round(delay_s, 3)))
    pace = Pace(50, 1.0)
    for took_s in [0.5, 0.2, *[0.3] * 18]:
        pace.leave(took_s)
    pace.leave(0.7)
    pace.leave(None)
    pace.leave(0.1)
    assert held == [1.0] * 19 + [0.8, 0.8, 0.8, 0.9]


async def test_far_away_no_window_of_the_server_sees_more() -> None:
    pace = Pace(10, 0.1)
    pace._answers, pace._quickest_s = 20, 0.05  # a stall of the machine must not hide how short the way is
    loop, server = asyncio.get_running_loop(), RateLimiter(Clock())
    refused = 0

    async def request(number: int) -> None:
        nonlocal refused
        await pace.enter()
        let_go_s = loop.time()
        await asyncio.sleep(0.02 + (number * 7 % 5) * 0.002)
        refused += not server._count("all", Limit(10, 0.1)).allowed
        await asyncio.sleep(0.03 + (number * 3 % 4) * 0.002)
        pace.leave(loop.time() - let_go_s)

    await asyncio.gather(*(request(number) for number in range(100)))
    assert refused == 0


async def test_a_client_that_is_paced_tells_how_long_its_answers_took(unused_tcp_port: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(0.02)
        return web.Response()

    pace = Pace(1, 0.0)
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(trace_configs=[paced(aiohttp.TraceConfig(), pace)]) as session,
    ):
        pace._quickest_s = 10.0
        await session.get(server.make_url("/webhooks/1"))  # counts towards no limit
        assert (pace._answers, pace._free) == (0, 1)
        await session.get(server.make_url("/channels/1"))
        assert pace._answers == 1
        assert 0.02 <= pace._quickest_s < 10.0
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"http://127.0.0.1:{unused_tcp_port}/channels/1")  # its place is given back
        await asyncio.wait_for(session.get(server.make_url("/channels/1")), 5)
        assert pace._answers == 2


async def test_what_is_urgent_goes_first() -> None:
    pace = Pace(1, 0.0)
    done: list[str] = []
    await pace.enter()

    async def request(name: str, level: int) -> None:
        with urgency(level):
            await pace.enter()
        done.append(name)
        pace.leave()

    wanted = [("edit", EDIT), ("post 1", POST), ("answer", SOON), ("post 2", POST)]
    tasks = [asyncio.create_task(request(*each)) for each in wanted]
    await asyncio.sleep(0)
    pace.leave()
    await asyncio.gather(*tasks)
    assert done == ["answer", "post 1", "post 2", "edit"]


async def test_who_gives_up_keeps_no_place() -> None:
    pace = Pace(1, 0.0)
    await pace.enter()
    waits, comes = asyncio.create_task(pace.enter()), asyncio.create_task(pace.enter())
    await asyncio.sleep(0)
    waits.cancel()
    pace.leave()
    await asyncio.wait_for(comes, 5)
    pace.leave()
    late = asyncio.create_task(pace.enter())
    await asyncio.sleep(0.01)  # its turn has come
    late.cancel()
    await asyncio.wait([late])
    pace.leave()
    await asyncio.wait_for(pace.enter(), 5)


def test_old_messages_are_edited_three_at_a_time_each_at_its_own_turn() -> None:
    now = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    hour_ago = discord.utils.time_snowflake(now - OLD)
    edits = OldEdits()
    turns = {number: edits.turn_at(1, hour_ago + number, now) for number in range(7)}
    assert [round((turn - now) / OLD_WINDOW) for turn in turns.values()] == [0, 0, 0, 1, 1, 1, 2]
    assert edits.turn_at(1, hour_ago + 4, now) == turns[4]  # asking too early changes nothing
    assert edits.turn_at(1, hour_ago + 4, turns[4]) == turns[4]
    assert edits.turn_at(1, hour_ago + 9, turns[4]) == turns[4] + OLD_WINDOW
    assert edits.turn_at(2, hour_ago, now) == now  # another channel
    assert edits.turn_at(1, discord.utils.time_snowflake(now), now) == now  # a young message


class Permits(SqliteDatabase):
    """Permits as a server gives them, without one."""

    def __init__(self, wait_s: float = 0.0) -> None:
        self.wait_s = wait_s
        self.asked: list[int] = []
        self.returned: list[float] = []
        self.rests: list[float] = []
        self.none_left = 0
        self.is_away = False

    async def take_permits(self, key: str, count: int, *, of: int, window_s: float, hold_s: float) -> list[Permit]:
        del of, window_s, hold_s
        await asyncio.sleep(0)
        if self.is_away:
            raise StorageError("away")
        self.asked.append(count)
        if self.none_left:
            self.none_left -= 1
            return []
        until = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
        return [Permit(f"{key} {number}", until, self.wait_s) for number in range(count)]

    async def return_permits(self, returned: Sequence[tuple[Permit, float]]) -> None:
        self.returned += [after_s for _, after_s in returned]

    async def rest(self, key: str, seconds: float) -> None:
        del key
        self.rests.append(seconds)


async def test_few_permits_are_taken_at_once_and_each_is_returned_a_window_after_its_answer() -> None:
    permits = Permits()
    pace = SharedPace(permits, window_s=7.0)
    for permit in await asyncio.gather(*(pace.enter() for _ in range(12))):
        pace.leave(permit)
    await asyncio.sleep(0.01)
    assert permits.asked == [1, AT_ONCE, AT_ONCE, 1]
    assert len(permits.returned) == 12
    assert all(6.9 < after_s <= 7.0 for after_s in permits.returned)


async def test_nothing_leaves_before_its_permit_is_free() -> None:
    loop, pace = asyncio.get_running_loop(), SharedPace(Permits(0.05))
    began_s = loop.time()
    await pace.enter()
    assert loop.time() - began_s >= 0.05


async def test_where_all_permits_are_in_use_it_is_asked_again() -> None:
    permits = Permits()
    permits.none_left = 2
    await SharedPace(permits, window_s=0.01).enter()
    assert permits.asked == [1, 1, 1]


async def test_who_gives_up_returns_the_permit_at_once() -> None:
    permits = Permits(30.0)
    waiting = asyncio.create_task(SharedPace(permits).enter())
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait([waiting])
    await asyncio.sleep(0.01)
    assert permits.returned == [0.0]


async def test_who_wakes_too_late_takes_another_permit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delivery.pacing.LATE_S", 0.02)
    permits = Permits(0.01)
    waiting = asyncio.create_task(SharedPace(permits).enter())
    await asyncio.sleep(0.005)
    time.sleep(0.05)  # noqa: ASYNC251 -- the event loop stands still, as on a busy machine
    await waiting
    assert permits.asked == [1, 1]


async def test_who_is_always_late_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delivery.pacing.LATE_S", -1.0)
    with pytest.raises(NotPaced, match="too busy"):
        await SharedPace(Permits()).enter()


async def test_without_the_database_nothing_leaves_and_no_place_is_lost() -> None:
    permits, pace = Permits(), Pace(1, 0.01)
    permits.is_away = True
    answers: list[int] = [429, 200]

    async def answer(_: web.Request) -> web.Response:
        headers = {"X-RateLimit-Global": "true", "Retry-After": "7"}
        return web.Response(status=(status := answers.pop(0)), headers=headers if status == 429 else {})

    app = web.Application()
    app.router.add_get("/", answer)
    trace = paced(aiohttp.TraceConfig(), pace, SharedPace(permits))
    async with TestServer(app) as server, aiohttp.ClientSession(trace_configs=[trace]) as session:
        for _ in range(3):
            with pytest.raises(NotPaced):
                await session.get(server.make_url("/"))
        permits.is_away = False
        assert (await session.get(server.make_url("/"))).status == 429
        assert permits.rests == [7.0]
        assert (await session.get(server.make_url("/"))).status == 200
        await asyncio.sleep(0.01)
        assert len(permits.returned) == 2


async def test_a_request_that_is_refused_at_the_last_moment_gives_its_place_back() -> None:
    pace = Pace(1, 0.01)
    may_act = False
    app = web.Application()

    async def answer(_: web.Request) -> web.Response:
        return web.Response()

    app.router.add_get("/", answer)
    trace = guarded(paced(aiohttp.TraceConfig(), pace), lambda: may_act)
    async with TestServer(app) as server, aiohttp.ClientSession(trace_configs=[trace]) as session:
        with single_try():
            for _ in range(3):
                with pytest.raises(NotRepeated):
                    await session.get(server.make_url("/"))
            may_act = True
            assert (await session.get(server.make_url("/"))).status == 200


async def test_what_is_done_for_a_duty_is_given_up_after_its_limit() -> None:
    app = web.Application()

    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    app.router.add_get("/", answer)
    trace = guarded(aiohttp.TraceConfig(), lambda: True, 0.1)
    async with TestServer(app) as server, aiohttp.ClientSession(trace_configs=[trace]) as session:
        with acting_for("shard:0"), pytest.raises(NotRepeated, match="no answer in time"):
            await session.get(server.make_url("/"))

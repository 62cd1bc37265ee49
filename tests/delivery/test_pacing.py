"""All requests together stay below Discord's limit, the urgent ones first."""

from __future__ import annotations

import asyncio
import datetime as dt
import time

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from delivery.once import NotRepeated, guarded, single_try
from delivery.pacing import (
    EDIT,
    EVERY_S,
    LATE_S,
    OLD,
    OLD_WINDOW,
    POST,
    SOON,
    TURNS,
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


class Turns(SqliteDatabase):
    """Turns as a server gives them, without one."""

    def __init__(self) -> None:
        self.next_s = 0.0
        self.asked: list[int] = []
        self.rests: list[float] = []
        self.is_away = False

    async def next_turn_s(self, key: str, every_s: float, count: int = 1) -> float:
        del key
        await asyncio.sleep(0)
        if self.is_away:
            raise StorageError("away")
        self.asked.append(count)
        now_s = asyncio.get_running_loop().time()
        first_s = max(self.next_s, now_s)
        self.next_s = first_s + count * every_s
        return first_s - now_s

    async def rest(self, key: str, seconds: float) -> None:
        del key
        self.rests.append(seconds)


async def test_processes_keep_one_pace_together_and_take_few_turns_at_once() -> None:
    turns = Turns()
    processes = [SharedPace(turns), SharedPace(turns)]
    let_go_s: list[float] = []

    async def request(number: int) -> None:
        await processes[number % 4 == 0].enter()
        let_go_s.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(request(number) for number in range(24)))
    assert max(turns.asked) == TURNS
    assert sum(turns.asked) == 24
    assert max(let_go_s) - min(let_go_s) >= 22 * EVERY_S


async def test_a_turn_that_was_not_used_in_time_is_not_used_later() -> None:
    turns = Turns()
    pace = SharedPace(turns)
    await asyncio.gather(*(pace.enter() for _ in range(3)))
    pace._turns.extend([asyncio.get_running_loop().time() - 1.0] * 4)
    await pace.enter()
    assert sum(turns.asked) == 4


async def test_who_wakes_too_late_takes_another_turn() -> None:
    turns = Turns()
    pace = SharedPace(turns)
    waiting = asyncio.create_task(pace.enter())
    turns.next_s = asyncio.get_running_loop().time() + 0.01
    await asyncio.sleep(0.005)
    time.sleep(0.01 + 2 * LATE_S)  # noqa: ASYNC251 -- the event loop stands still, as on a busy machine
    await waiting
    assert sum(turns.asked) == 2


async def test_who_is_always_late_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()
    monkeypatch.setattr("delivery.pacing.LATE_S", -1.0)
    with pytest.raises(NotPaced, match="too busy"):
        await SharedPace(turns).enter()


async def test_without_the_database_nothing_leaves_and_no_place_is_lost() -> None:
    turns, pace = Turns(), Pace(1, 0.01)
    turns.is_away = True
    answers: list[int] = [429, 200]

    async def answer(_: web.Request) -> web.Response:
        headers = {"X-RateLimit-Global": "true", "Retry-After": "7"}
        return web.Response(status=(status := answers.pop(0)), headers=headers if status == 429 else {})

    app = web.Application()
    app.router.add_get("/", answer)
    trace = paced(aiohttp.TraceConfig(), pace, SharedPace(turns))
    async with TestServer(app) as server, aiohttp.ClientSession(trace_configs=[trace]) as session:
        for _ in range(3):
            with pytest.raises(NotPaced):
                await session.get(server.make_url("/"))
        turns.is_away = False
        assert (await session.get(server.make_url("/"))).status == 429
        assert turns.rests == [7.0]
        assert (await session.get(server.make_url("/"))).status == 200


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

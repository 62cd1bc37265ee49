from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from sandbox_harness import Bot, Http, RawGateway, connected, eventually

from sandbox.faults import Fault, Faults
from sandbox.server import Sandbox
from sandbox.world.messages import MessageDraft

CREATE = "POST /channels/*/messages"
SAY = {"content": "once"}


@pytest.fixture
async def path(sandbox: Sandbox) -> str:
    return f"/channels/{sandbox.channel('news').id}/messages"


@pytest.fixture
def said(sandbox: Sandbox) -> Callable[[], list[str]]:
    return lambda: [message.content for message in sandbox.messages(sandbox.channel("news"))]


@pytest.mark.parametrize("after", [False, True])
async def test_an_answer_that_is_lost(sandbox: Sandbox, http: Http, path: str, said: Any, after: bool) -> None:
    sandbox.faults.add(Fault("lost", CREATE, after=after))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await http.api("POST", path, SAY)
    assert said() == (["once"] if after else [])
    assert (await http.api("POST", path, SAY))[0] == 200


@pytest.mark.parametrize("after", [False, True])
async def test_a_connection_that_is_reset(sandbox: Sandbox, http: Http, path: str, said: Any, after: bool) -> None:
    sandbox.faults.add(Fault("reset", CREATE, after=after))
    with pytest.raises(aiohttp.ClientOSError) as broken:
        await http.api("POST", path, SAY)
    assert broken.value.errno == errno.ECONNRESET
    assert said() == (["once"] if after else [])


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("after", [False, True])
async def test_an_error_of_the_server(
    sandbox: Sandbox, http: Http, path: str, said: Any, status: int, after: bool
) -> None:
    sandbox.faults.add(Fault("status", CREATE, after=after, status=status))
    url = sandbox.api_base + path
    async with http.session.post(url, json=SAY, headers={"Authorization": "Bot sandbox"}) as answer:
        assert answer.status == status
    assert said() == (["once"] if after else [])


@pytest.mark.parametrize("is_global", [False, True])
async def test_a_refusal_for_rate(sandbox: Sandbox, http: Http, path: str, said: Any, is_global: bool) -> None:
    sandbox.faults.add(Fault("rate_limit", CREATE, seconds=0.25, is_global=is_global))
    url = sandbox.api_base + path
    async with http.session.post(url, json=SAY, headers={"Authorization": "Bot sandbox"}) as answer:
        assert (answer.status, answer.headers["Retry-After"], answer.headers["Via"]) == (429, "1", "1.1 sandbox")
        body = await answer.json()
    assert (body["retry_after"], body["global"]) == (0.25, is_global)
    assert said() == []


async def test_a_stall(sandbox: Sandbox, http: Http, path: str) -> None:
    sandbox.faults.add(Fault("stall", CREATE, seconds=0.05))
    before = sandbox.world.clock.now()
    assert (await http.api("POST", path, SAY))[0] == 200
    assert sandbox.world.clock.now() - before >= 0.05


async def test_a_stalled_request_has_its_effect_though_nobody_waits_for_the_answer(
    sandbox: Sandbox, http: Http, path: str, said: Any
) -> None:
    sandbox.faults.add(Fault("stall", CREATE, seconds=0.3))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await http.api("POST", path, SAY)
    await eventually(lambda: said() == ["once"])


async def test_discord_py_repeats_a_502_and_the_nonce_keeps_it_single(
    sandbox: Sandbox, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = asyncio.sleep
    bot = Bot()
    async with connected(sandbox, bot):
        monkeypatch.setattr("discord.http.asyncio.sleep", lambda _: real(0))  # it would wait a second
        sandbox.faults.add(Fault("status", CREATE, after=True, status=502, count=2))
        channel = bot.get_partial_messageable(sandbox.channel("news").id)
        sent = await channel.send("once", nonce="n")
    assert said() == ["once"]
    assert sent.id == sandbox.messages(sandbox.channel("news"))[0].id
    assert sandbox.core.log.by_fault["status"] == 2


async def test_the_nonce_window(sandbox: Sandbox, http: Http, path: str, said: Any) -> None:
    body = {**SAY, "nonce": "n", "enforce_nonce": True}
    first, again = [await http.api("POST", path, body) for _ in range(2)]
    assert first[1]["id"] == again[1]["id"]
    assert again[1]["nonce"] == "n"
    assert (await http.api("POST", path, {**body, "nonce": "m"}))[1]["id"] != first[1]["id"]
    assert (await http.api("POST", path, {**body, "enforce_nonce": False}))[1]["id"] != first[1]["id"]
    sandbox.core.messages.nonces.close_window()
    assert (await http.api("POST", path, body))[1]["id"] != first[1]["id"]
    assert said() == ["once"] * 4
    _, fetched = await http.api("GET", path)
    assert all("nonce" not in message for message in fetched)


async def test_a_request_is_under_way_until_it_had_its_effect_also_when_nobody_waits(
    sandbox: Sandbox, http: Http, path: str, said: Any
) -> None:
    async def is_under_way() -> bool:
        return bool((await http.page("GET", "/control/log?limit=0"))[1]["under_way"])

    sandbox.core.faults.add(Fault("stall", CREATE, seconds=0.2))
    asked = asyncio.ensure_future(http.api("POST", path, SAY))
    await eventually(lambda: sandbox.core.log.under_way == 1)
    asked.cancel()
    assert (said(), await is_under_way()) == ([], True)
    await eventually(lambda: sandbox.core.log.under_way == 0)
    assert (said(), await is_under_way()) == (["once"], False)


async def test_nonces_are_kept_for_a_while_and_by_author(start: Any) -> None:
    from sandbox.values import ManualClock

    clock = ManualClock()
    sandbox = await start(clock=clock)
    news, world = sandbox.channel("news"), sandbox.world
    body = {**SAY, "nonce": "n", "enforce_nonce": True}
    first = sandbox.core.messages.create(MessageDraft(news, world.bot, body))
    clock.advance(179)
    assert sandbox.core.messages.create(MessageDraft(news, world.bot, body)).id == first.id
    assert sandbox.core.messages.create(MessageDraft(news, world.owner, body)).id != first.id
    clock.advance(2)
    assert sandbox.core.messages.create(MessageDraft(news, world.bot, body)).id != first.id


def test_chance_is_repeatable() -> None:
    def run() -> list[bool]:
        faults = Faults(seed=7)
        faults.add(Fault("lost", probability=0.5, count=None))
        return [faults.next("GET /x") is not None for _ in range(50)]

    assert run() == run()
    assert 10 < sum(run()) < 40


def test_a_fault_skips_counts_and_matches() -> None:
    faults = Faults()
    faults.add(Fault("lost", "POST /a/*", skip=1, count=2))
    requests = ["GET /a/1", "POST /b", "POST /a/1", "POST /a/2", "POST /a/3", "POST /a/4"]
    assert [faults.next(request) is not None for request in requests] == [False, False, False, True, True, False]


async def control(http: Http, body: Any) -> tuple[int, Any]:
    return await http.page("POST", "/control/faults", body)


async def test_faults_by_the_control_interface(sandbox: Sandbox, http: Http, path: str) -> None:
    status, fault = await control(http, {"kind": "status", "route": CREATE, "status": 503, "count": None})
    assert (status, fault["status"]) == (201, 503)
    assert len((await http.page("GET", "/control/faults"))[1]) == 1
    url = sandbox.api_base + path
    async with http.session.post(url, json=SAY, headers={"Authorization": "Bot sandbox"}) as answer:
        assert answer.status == 503
    assert await control(http, {"kind": "clear"}) == (204, None)
    assert (await http.api("POST", path, SAY))[0] == 200
    _, log = await http.page("GET", "/control/log?limit=10")
    assert log["by_fault"] == {"status": 1}
    assert (log["by_status"], log["invalid"]) == ({"200": 1, "503": 1}, 0)
    assert [entry["fault"] for entry in log["entries"]] == ["status", None]
    _, dump = await http.page("GET", f"/control{path}")
    assert [(message["content"], message["pings"]) for message in dump] == [("once", [])]


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "unheard of"},
        {"kind": "status", "count": "many"},
        {"kind": "status", "colour": 1},
        {"kind": "permissions", "channel_id": "x"},
        {"kind": "channel_delete", "channel_id": "1"},
        {"kind": "dms", "user_id": "1"},
        [],
    ],
)
async def test_bad_orders_are_told(http: Http, body: Any) -> None:
    status, answer = await control(http, body)
    assert status in (400, 404)
    assert answer["error"]


async def test_the_world_by_the_control_interface(sandbox: Sandbox, http: Http, path: str) -> None:
    news, world = sandbox.channel("news"), sandbox.world
    channel_id = str(news.id)
    await control(http, {"kind": "permissions", "channel_id": channel_id, "deny": ["send_messages"]})
    assert (await http.api("POST", path, SAY))[1]["code"] == 50013
    await control(http, {"kind": "permissions", "channel_id": channel_id})
    thread = world.add_thread(news, "talk", world.owner)
    await control(http, {"kind": "thread_archive", "channel_id": str(thread.id), "locked": True})
    assert (await http.api("POST", f"/channels/{thread.id}/messages", SAY))[1]["code"] == 160005
    await control(http, {"kind": "dms", "user_id": str(world.owner.id), "accept": False})
    assert not world.owner.accepts_dms
    body = {**SAY, "nonce": "n", "enforce_nonce": True}
    _, first = await http.api("POST", path, body)
    await control(http, {"kind": "nonce_window_close"})
    assert (await http.api("POST", path, body))[1]["id"] != first["id"]
    await control(http, {"kind": "channel_delete", "channel_id": channel_id})
    assert (await http.api("POST", path, SAY))[1]["code"] == 10003
    assert sandbox.core.messages.all(news.id) == []
    await control(http, {"kind": "seed", "seed": 3})


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "gateway_drop"},
        {"kind": "gateway_drop", "silent": True, "resume": False},
        {"kind": "gateway_reconnect"},
        {"kind": "gateway_invalidate"},
    ],
)
async def test_the_gateway_by_the_control_interface(sandbox: Sandbox, http: Http, order: Any) -> None:
    gateway = await RawGateway.open(http)
    await gateway.identify()
    await gateway.event("GUILD_CREATE")
    assert await control(http, order) == (204, None)
    received = await gateway.socket.receive()
    if order["kind"] == "gateway_drop":
        assert received.type is not aiohttp.WSMsgType.TEXT
        await eventually(lambda: not sandbox.core.gateway.is_online)
        assert len(sandbox.core.gateway.sessions()) == (0 if order.get("silent") else 1)
    else:
        assert received.json()["op"] == (7 if order["kind"] == "gateway_reconnect" else 9)

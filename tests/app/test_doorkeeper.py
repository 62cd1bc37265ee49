"""What strangers may cost the web server: connections, time and memory, over real sockets."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import aiohttp
import pytest
from aiohttp import web

from app import doorkeeper
from app.doorkeeper import Doorkeeper
from app.monitoring import Monitor, Sources
from app.webhook import WebhookReceiver, followers
from app.webserver import serving
from config.settings import NewsletterConfig, WebConfig
from storage.figures import Figures

HALF = b"POST /webhook HTTP/1.1\r\nHost: x\r\n"
STALLED = HALF + b"Content-Length: 1000000\r\n\r\n"
SECRET = "a test's own secret"
Open = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    """One that nobody asks here for more than its counters."""
    nothing = cast("Figures", None)
    return Monitor(
        Sources(
            watchers={}, figures=nothing, is_connected=lambda: True, trouble=lambda: None,
            database=tmp_path / "herald.db", cache=tmp_path,
        )
    )  # fmt: skip


@pytest.fixture
async def port(monitor: Monitor, woken: list[str]) -> AsyncIterator[int]:
    newsletter = NewsletterConfig(name="Tech", source="https://example.org/o/r")
    webhook = WebhookReceiver(followers([newsletter], SECRET), woken.append)
    async with serving(WebConfig(port=0), webhook, monitor) as url:
        yield int(url.rpartition(":")[2])


async def opened(port: int, data: bytes) -> Open:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    return reader, writer


async def ended(connection: Open) -> bool:
    """Whether the server ends the connection; waits for it."""
    try:
        async with asyncio.timeout(5):  # less than any limit that a test has not made shorter
            while await connection[0].read(65_536):
                pass
    except ConnectionError:
        pass
    connection[1].close()
    return True


async def push(port: int) -> int:
    body = json.dumps({"repository": {"clone_url": "https://example.org/o/r.git"}}).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": signature}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/webhook", data=body, headers=headers) as response,
    ):
        return response.status


@pytest.mark.parametrize(
    ("limit", "data"),
    [
        ("HEAD_LIMIT_S", b""),
        ("HEAD_LIMIT_S", HALF),
        ("REQUEST_LIMIT_S", STALLED),
        ("IDLE_LIMIT_S", b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"),
    ],
)
async def test_no_connection_is_held_open(port: int, monkeypatch: pytest.MonkeyPatch, limit: str, data: bytes) -> None:
    monkeypatch.setattr(doorkeeper, limit, 0.05)
    assert await ended(await opened(port, data))


async def test_a_head_that_trickles_in_is_not_waited_for(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "HEAD_LIMIT_S", 0.2)
    connection = await opened(port, HALF)
    gone = asyncio.create_task(ended(connection))
    while not gone.done():
        try:
            connection[1].write(b"X-A: b\r\n")
            await asyncio.sleep(0.05)
        except ConnectionError:
            break
    assert await gone


@pytest.mark.parametrize("data", [b"", HALF, STALLED + b"{"])
async def test_a_push_is_heard_however_many_hold_the_line(
    port: int, woken: list[str], monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setattr(doorkeeper, "MAX_CONNECTIONS", 10)
    held = [await opened(port, data) for _ in range(40)]
    assert await push(port) == 202
    assert woken == ["Tech"]
    gone = [await ended(connection) for connection in held[:30]]
    assert all(gone)
    for _, writer in held[30:]:
        writer.close()


async def test_bodies_that_are_held_back_give_way(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "MAX_HELD_BYTES", 150_000)
    held = [await opened(port, STALLED + b" " * 40_000) for _ in range(5)]
    assert await ended(held[0])
    assert await push(port) == 202
    for _, writer in held[1:]:
        writer.close()


@pytest.fixture
async def slow() -> AsyncIterator[tuple[int, Doorkeeper, asyncio.Event]]:
    """A server whose handler takes as long as the event says."""
    goes_on = asyncio.Event()

    def protocol() -> asyncio.Protocol:
        return cast("web.Server", runner.server)()

    keeper = Doorkeeper(protocol)

    async def handle(request: web.Request) -> web.Response:
        with keeper.serving(request):
            await goes_on.wait()
            return web.Response(text="done")

    app = web.Application()
    app.add_routes([web.get("/", handle)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    server = await asyncio.get_running_loop().create_server(keeper, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], keeper, goes_on
    server.close()
    await runner.cleanup()


async def test_a_head_without_an_end_is_not_kept(port: int) -> None:
    assert await ended(await opened(port, HALF + b"X-A: " + b"b" * doorkeeper.MAX_HEAD_BYTES))


async def test_a_head_that_comes_in_pieces_is_answered(port: int) -> None:
    reader, writer = await opened(port, b"GET /livez HTTP/1.1\r\nHost: x\r")
    for piece in (b"\n", b"\r", b"\n"):
        await asyncio.sleep(0.01)
        writer.write(piece)
    assert b"200 OK" in await reader.readline()
    writer.close()


async def test_who_sent_a_whole_request_is_answered(
    slow: tuple[int, Doorkeeper, asyncio.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, keeper, goes_on = slow
    monkeypatch.setattr(doorkeeper, "MAX_CONNECTIONS", 3)
    reader, writer = await opened(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    while not any(one.has_whole_request for one in keeper._connections.values()):  # noqa: ASYNC110 -- nothing tells
        await asyncio.sleep(0.001)
    held = [await opened(port, HALF) for _ in range(10)]
    goes_on.set()
    assert b"200 OK" in await reader.readline()
    for _, one in [*held, (reader, writer)]:
        one.close()


async def test_a_connection_serves_again_and_frees_what_it_held(port: int) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(3):
            async with session.post(f"http://127.0.0.1:{port}/webhook", data=b" " * 100_000) as response:
                assert response.status == 401
            async with session.get(f"http://127.0.0.1:{port}/livez") as response:
                assert await response.text() == "alive"


async def test_nothing_is_inflated(port: int) -> None:
    """A body that would be 1 GB costs nothing, on any path."""
    packer = zlib.compressobj(9, wbits=31)
    head, part = packer.compress(b"x") + packer.flush(zlib.Z_FULL_FLUSH), packer.compress(bytes(10_000_000))
    part += packer.flush(zlib.Z_FULL_FLUSH)
    bomb = head + part * 100  # after a full flush a part may be repeated
    assert len(bomb) < 1_100_000
    began_s = time.process_time()
    async with aiohttp.ClientSession() as session:
        for path, status in (("/webhook", 415), ("/healthz", 405), ("/nowhere", 404)):
            headers = {"Content-Encoding": "gzip"}
            async with session.post(f"http://127.0.0.1:{port}{path}", data=bomb, headers=headers) as response:
                assert response.status == status
    assert time.process_time() - began_s < 1.0

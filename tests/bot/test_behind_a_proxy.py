"""The bot behind a proxy that is the only way out: REST and the gateway go through its tunnels."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import ssl
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench import issue_text

from sandbox.page.interactions import Person
from sandbox.server import Sandbox
from sandbox.world.events import Event

ROOT = Path(__file__).parents[2]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
PASSWORD = base64.b64encode(b"herald:s3cr3t").decode()


async def pipe(one: Streams, other: Streams, old: bytes = b"", new: bytes = b"") -> None:
    """Hand on what comes on either side, until one of them ends; `old` becomes `new` on its way to the other."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data.replace(old, new) if old and writer is other[1] else data)
                await writer.drain()
        writer.close()

    await asyncio.gather(copy(one[0], other[1]), copy(other[0], one[1]))


@asynccontextmanager
async def listening(
    handle: Callable[[Streams], Awaitable[None]], tls: ssl.SSLContext | None = None
) -> AsyncGenerator[int]:
    """Serve on a free port of this machine while the block lasts."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await handle((reader, writer))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_requests_and_gateway_go_through_the_proxy(sandbox: Sandbox, tmp_path: Path, certificate: Path) -> None:
    tunnels: list[str] = []
    arrived: list[int] = []
    behind = urlsplit(sandbox.url)

    async def proxy(client: Streams) -> None:
        head = (await client[0].readuntil(b"\r\n\r\n")).decode()
        target = head.split()[1]
        if not head.startswith("CONNECT ") or f"Proxy-Authorization: Basic {PASSWORD}" not in head:
            client[1].write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        tunnels.append(target)
        host, _, port = target.partition(":")
        there = await asyncio.open_connection(host, int(port))
        client[1].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await pipe(client, there)

    async def discord(client: Streams) -> None:
        arrived.append(1)
        there = await asyncio.open_connection(behind.hostname, behind.port)
        # the sandbox answers to its own name alone
        await pipe(client, there, f"Host: 127.0.0.1:{secure}\r\n".encode(), f"Host: {behind.netloc}\r\n".encode())

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, certificate.with_name("key.pem"))
    async with listening(discord, tls) as secure, listening(proxy) as port:
        (tmp_path / "issues").mkdir(exist_ok=True)
        (tmp_path / "issues" / "1.md").write_text(issue_text(1, items=1))
        (tmp_path / "config.yaml").write_text(
            f"discord: {{proxy: 'http://herald:s3cr3t@127.0.0.1:{port}'}}\n"
            "newsletters:\n  - {name: Tech, source: issues, settle: 0s, poll: 1s, max_age: unlimited}\n"
            f"subscriptions:\n  - {{newsletter: Tech, channel: {sandbox.channel('news').id}, backfill: 1}}\n"
        )
        bot = await asyncio.create_subprocess_exec(
            sys.executable, str(ROOT / "tests" / "support" / "run_bot.py"), f"https://127.0.0.1:{secure}",
            "--", "run", "--config", str(tmp_path / "config.yaml"),
            cwd=tmp_path, stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT), "DISCORD_TOKEN": "sandbox", "SSL_CERT_FILE": str(certificate)},
        )  # fmt: skip
        try:
            await until(sandbox, lambda: "Story 1.1" in titles(sandbox))
            # the question comes over the gateway, the answer goes over REST
            person = Person(sandbox.core, sandbox.world.owner, sandbox.channel("news"))
            asked = person.interact({"type": 2, "data": {"type": 1, "name": "following", "options": []}})
            await until(sandbox, lambda: asked.answer_type is not None)
        finally:
            bot.terminate()
            await bot.wait()
    assert set(tunnels) == {f"127.0.0.1:{secure}"}
    assert len(tunnels) == len(arrived)  # nothing went past the proxy


def titles(sandbox: Sandbox) -> list[str]:
    found = sandbox.messages(sandbox.channel("news"))
    return [embed.get("title", "") for message in found for embed in message.embeds]


async def until(sandbox: Sandbox, condition: Callable[[], bool]) -> None:
    happened = asyncio.Event()

    def listen(event: Event) -> None:
        del event
        happened.set()

    sandbox.world.bus.listen(listen)
    while not condition():
        await happened.wait()
        happened.clear()

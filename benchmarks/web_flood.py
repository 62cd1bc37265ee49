"""What strangers at the web server's door cost everybody else: `python -m benchmarks.web_flood`.

The bot is a process of its own, the attacker another; the sandbox and the person who asks are in this one. While 1,100
half-open connections are held and opened anew, twenty bodies of 1 GB in gzip are sent, or twenty requests stall with
half a body each, somebody uses `/following` again and again, an issue is posted, and a signed push comes in. Bounds:
in the median neither the command nor a posted message takes 50 ms longer than without an attack, and every push is
heard. The longest times say more about what else the machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import os
import socket
import sys
import tempfile
import time
import zlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.chaosbench.bots import ROOT
from benchmarks.search_load import Crowd, bot, said
from sandbox.page.interactions import Person
from sandbox.server import ChannelSpec, Sandbox, SandboxOptions

BOUND_MS = 50.0
HALF_OPEN, BOMBS = 1_100, 20
ITEMS = 20  # of the issue that is posted
POST_LIMIT_S = 120.0
_SECRET = "the-benchmarks-own-secret"
_COMMAND: dict[str, Any] = {"type": 2, "data": {"type": 1, "name": "following", "options": []}}
_HALF = b"POST /webhook HTTP/1.1\r\nHost: x\r\nX-A: "


@dataclass
class Figures:
    """What was measured during one attack, in milliseconds."""

    name: str
    commands: list[float] = field(default_factory=list[float])
    posts: list[float] = field(default_factory=list[float])
    pushes: list[float] = field(default_factory=list[float])
    unheard: int = 0
    busy: float = 0.0  # the share of a core that the bot used


# -- the attacker -------------------------------------------------------------------------------


async def attack(kind: str, port: int) -> None:
    """Until it is ended."""
    count = HALF_OPEN if kind == "half-open" else BOMBS
    await asyncio.gather(*(_again_and_again(kind, port) for _ in range(count)))


async def _again_and_again(kind: str, port: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(_request(kind))
            await writer.drain()
            while await reader.read(65_536):
                pass
            writer.close()
        await asyncio.sleep(1.0)


def _request(kind: str) -> bytes:
    if kind == "half-open":
        return _HALF
    head = b"POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256=" + b"0" * 64
    if kind == "stalled":
        return head + b"\r\nContent-Length: 2000000\r\n\r\n" + b" " * 1_000_000
    body = bomb()
    return head + f"\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def bomb() -> bytes:
    """1 MB that stands for 1 GB: after a full flush a part may be repeated."""
    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(b"x") + packer.flush(zlib.Z_FULL_FLUSH)
    return head + (packer.compress(bytes(10_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)) * 100


@asynccontextmanager
async def attacked(kind: str, port: int) -> AsyncGenerator[None]:
    """Return an attacker in a process of its own while the block lasts; "none" is nobody."""
    if kind == "none":
        yield
        return
    command = (sys.executable, "-m", "benchmarks.web_flood", "--attack", kind, "--port", str(port))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        await asyncio.sleep(3.0)  # until all of it is under way
        yield
    finally:
        process.kill()
        await process.wait()


# -- everybody else -----------------------------------------------------------------------------


async def measure(seconds: float) -> int:
    """Measure all attacks, print, and return 1 if a bound was missed."""
    with tempfile.TemporaryDirectory(prefix="herald-flood-") as scratch:
        folder = Path(scratch)
        sandbox = await Sandbox.start(0, channels=[ChannelSpec("news")], options=SandboxOptions(rate_limits=False))
        port = _free_port()
        _write(folder, sandbox, port)
        crowd = Crowd(sandbox, seed=1)
        crowd.listen()
        try:
            async with bot(folder, sandbox.url) as process:
                await said(folder, "ready in", 60)
                found: list[Figures] = []
                for number, kind in enumerate(("none", "half-open", "bombs", "stalled"), 1):
                    async with attacked(kind, port):
                        began_s, used_s = time.monotonic(), _processor_s(process.pid)
                        figures = await _figures(kind, crowd, folder, number, port, seconds)
                        figures.busy = (_processor_s(process.pid) - used_s) / (time.monotonic() - began_s)
                        found.append(figures)
                memory_mb = _memory_mb(process.pid)
        finally:
            await sandbox.close()
    return report(found, memory_mb)


async def _figures(kind: str, crowd: Crowd, folder: Path, number: int, port: int, seconds: float) -> Figures:
    figures = Figures(kind)
    person = Person(crowd.sandbox.core, crowd.sandbox.world.owner, crowd.sandbox.channel("news"))
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        began_s = time.perf_counter()
        await crowd.ask(person, _COMMAND)
        figures.commands.append((time.perf_counter() - began_s) * 1000)
        await _push(figures, port)
        await asyncio.sleep(0.05)
    figures.posts = await _posted(crowd.sandbox, folder, number)
    return figures


async def _push(figures: Figures, port: int) -> None:
    body = json.dumps({"repository": {"clone_url": "https://127.0.0.1:1/o/other.git"}, "at": time.time()}).encode()
    signature = "sha256=" + hmac.new(_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": signature}
    began_s = time.perf_counter()
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
            session.post(f"http://127.0.0.1:{port}/webhook", data=body, headers=headers) as response,
        ):
            figures.unheard += response.status != 200  # signed, and about no newsletter of this bot
    except (aiohttp.ClientError, TimeoutError):
        figures.unheard += 1
    figures.pushes.append((time.perf_counter() - began_s) * 1000)


async def _posted(sandbox: Sandbox, folder: Path, number: int) -> list[float]:
    """Return the times between the messages of a new issue."""
    stories = "\n\n".join(
        f"### [Story {number}.{one}](https://example.org/{number}/{one})\n\nText." for one in range(ITEMS)
    )
    before = len(sandbox.messages(sandbox.channel("news")))
    times: list[float] = []
    sandbox.world.bus.listen(
        lambda event: times.append(time.perf_counter()) if event.name == "MESSAGE_CREATE" else None
    )
    text = f"---\ntitle: Issue {number}\ndate: 2026-01-0{number}\n---\n\n## News\n\n{stories}\n"
    (folder / "issues" / f"{number}.md").write_text(text)
    async with asyncio.timeout(POST_LIMIT_S):
        while len(sandbox.messages(sandbox.channel("news"))) < before + ITEMS + 1:  # noqa: ASYNC110 -- a few times a second
            await asyncio.sleep(0.25)
    own = times[: ITEMS + 1]
    return [(later - earlier) * 1000 for earlier, later in itertools.pairwise(own)]


def _write(folder: Path, sandbox: Sandbox, port: int) -> None:
    (folder / "issues").mkdir()
    (folder / "config.yaml").write_text(
        "storage: herald.db\ncache: cache\nnewsletters:\n"
        "  - {name: News, source: issues, poll: 1s, settle: 0s, max_age: unlimited, max_new_messages: unlimited}\n"
        "  - {name: Pushed, source: 'https://127.0.0.1:1/o/r.git', poll: 7d}\n"
        f"subscriptions:\n  - {{newsletter: News, channel: {sandbox.channel('news').id}, layout: items}}\n"
        f"web: {{enabled: true, port: {port}, secret: {_SECRET}}}\n"
    )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _processor_s(pid: int) -> float:
    """Return the processor time that the process used so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    """Return the most memory that the process ever held."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0.0
    return int(text.split("VmHWM:")[1].split()[0]) / 1024


def report(found: Sequence[Figures], memory_mb: float) -> int:
    """Print what was measured; returns 1 if a bound was missed."""
    calm = found[0]
    is_good = True
    for one in found:
        delays = (
            _at(one.commands, 0.5) - _at(calm.commands, 0.5),
            _at(one.posts, 0.5) - _at(calm.posts, 0.5),
        )
        is_kept = max(delays) < BOUND_MS and not one.unheard
        is_good = is_good and is_kept
        print(
            f"{one.name:<10} command {_shown(one.commands)}   message {_shown(one.posts)}   push {_shown(one.pushes)}, "
            f"unheard {one.unheard}   {one.busy:.0%} of a core{'' if is_kept else '  MISSED'}"
        )
    print(f"most memory of the bot: {memory_mb:.0f} MB")
    print(f"{'all bounds are kept' if is_good else 'A BOUND WAS MISSED'}: at most {BOUND_MS:.0f} ms more than without")
    return 0 if is_good else 1


def _shown(times: Sequence[float]) -> str:
    return f"p50 {_at(times, 0.5):5.0f} p95 {_at(times, 0.95):5.0f} max {_at(times, 1.0):5.0f} ms of {len(times):3}"


def _at(times: Sequence[float], share: float) -> float:
    return sorted(times)[int((len(times) - 1) * share)] if times else 0.0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Strangers at the web server while people use Herald.")
    parser.add_argument("--seconds", type=float, default=15.0, help="of asking during each attack")
    parser.add_argument("--attack", choices=("half-open", "bombs", "stalled"), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.attack:
        asyncio.run(attack(options.attack, options.port))
    else:
        sys.exit(asyncio.run(measure(options.seconds)))

"""How soon a push is in its channel, and what it costs to ask for news when there are none.

`python -m benchmarks.arriving`: a bot (a process of its own) posts to the sandbox (another) what is pushed to a Git
remote over smart HTTP (a third), told by a signed push event. Then the same remote is asked again and again while
nothing changes: requests, and the processor time of Herald with all git commands that it starts.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import resource
import socket
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from benchmarks.chaosbench.bots import ROOT, Bot, nursery
from benchmarks.chaosbench.world import World, world
from benchmarks.delivering import issue, made_ms
from sources.address import GitAddress, parse_address
from sources.git.source import GitSource
from tests.support.git_server import GitServer, Repository

MOST_S, MOST_REQUESTS, MOST_CPU_MS = 1.0, 1, 20.0
_SECRET = "the-benchmarks-own-secret"
_LIMIT_S = 60.0


@dataclass
class Remote:
    """A repository that another process serves."""

    repository: Repository
    url: str
    requests: list[str] = field(default_factory=list[str])


def main(argv: Sequence[str]) -> int:
    """Measure, print, and return 1 if a bound was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.arriving", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--pushes", type=int, default=10)
    parser.add_argument("--polls", type=int, default=50)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.serve:
        asyncio.run(_serve(options.serve))
        return 0
    return asyncio.run(_measure(options.pushes, options.polls))


async def _measure(pushes: int, polls: int) -> int:
    with tempfile.TemporaryDirectory(prefix="herald-arriving-") as scratch:
        folder = Path(scratch)
        async with _remote(folder) as remote:
            took_s = await _arrivals(folder, remote, pushes)
            requests, cpu_ms = await _polling(folder, remote, polls)
    is_soon = max(took_s) < MOST_S
    print(
        f"push event to first message: median {statistics.median(took_s):.3f} s, longest {max(took_s):.3f} s of "
        f"{pushes} (below {MOST_S:g} s){'' if is_soon else '  MISSED'}"
    )
    is_cheap = requests <= MOST_REQUESTS and cpu_ms < MOST_CPU_MS
    print(
        f"asking an unchanged remote: {requests:g} requests (at most {MOST_REQUESTS}), {cpu_ms:.1f} ms of processor "
        f"(below {MOST_CPU_MS:g} ms), mean of {polls}{'' if is_cheap else '  MISSED'}"
    )
    return 0 if is_soon and is_cheap else 1


# ---- the remote -----------------------------------------------------------------------------------------------------


async def _serve(root: Path) -> None:
    """Serve the repositories below `root`, and print the address and then each request."""
    async with GitServer.serve(root) as server:
        print(server.base, flush=True)
        told = 0
        while True:
            await asyncio.sleep(0.02)
            for request in server.requests[told:]:
                print(request, flush=True)
                told += 1


@asynccontextmanager
async def _remote(folder: Path) -> AsyncGenerator[Remote]:
    root = folder / "remotes"
    root.mkdir()
    repository = Repository.create(root / "news.git")
    repository.commit({"first.md": issue(2)})
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.arriving", "--serve", str(root), stdout=PIPE, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert server.stdout is not None
    base = (await server.stdout.readline()).decode().strip()
    remote = Remote(repository, f"{base}/news.git")
    listening = asyncio.create_task(_listen(server.stdout, remote))
    try:
        yield remote
    finally:
        server.terminate()
        await server.wait()
        await listening


async def _listen(lines: asyncio.StreamReader, remote: Remote) -> None:
    async for line in lines:
        remote.requests.append(line.decode().strip())


# ---- from a push to its first message -------------------------------------------------------------------------------


async def _arrivals(folder: Path, remote: Remote, pushes: int) -> list[float]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    async with (
        world(["news"], speed=20.0, seed=0, log=folder / "sandbox.log") as place,
        nursery(folder, place.url) as bots,
    ):
        (folder / "config.yaml").write_text(
            f"storage: herald.db\ncache: cache\nweb:\n  enabled: true\n  port: {port}\n  secret: {_SECRET}\n"
            f"newsletters:\n  - name: Tech\n    source: {remote.url}\n    settle: 0s\n    poll: 1h\n"
            f"    max_age: unlimited\nsubscriptions:\n  - newsletter: Tech\n    channel: {place.channels['news']}\n"
        )
        bot = await bots.start()
        for text in ("ready in", "imported newsletter"):
            if not await bots.said(bot, text, _LIMIT_S):
                raise RuntimeError(f"the bot did not start:\n{bot.log.read_text()}")
        took_s = [await _arrival(place, bot, remote, port, number) for number in range(1, pushes + 1)]
        await bots.kill(bot)
    return took_s


async def _arrival(place: World, bot: Bot, remote: Remote, port: int, number: int) -> float:
    """Push one issue of three items; how long after the event was sent its header is there."""
    before = len(await made_ms(place))
    # Other stories each time: an issue with those of another one is its copy.
    text = issue(3, title=f"Issue {number}").replace("tory ", f"tory {number}.").replace("org/", f"org/{number}/")
    commit = await asyncio.to_thread(remote.repository.commit, {f"{number}.md": text})
    event = {"ref": "refs/heads/main", "after": commit, "repository": {"clone_url": remote.url}}
    body = json.dumps(event).encode()
    signature = "sha256=" + hmac.new(_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": signature, "Content-Type": "application/json"}
    began_ms = time.time() * 1000
    async with place.http.post(f"http://127.0.0.1:{port}/webhook", data=body, headers=headers) as answer:
        if answer.status != 202:
            raise aiohttp.ClientError(f"the event was refused with {answer.status}: {await answer.text()}")
    until = time.monotonic() + _LIMIT_S
    while len(made := await made_ms(place)) < before + 4:
        if time.monotonic() > until:
            raise RuntimeError(f"issue {number} did not come:\n{bot.log.read_text()}")
        await asyncio.sleep(0.05)
    return (made[before] - began_ms) / 1000


# ---- asking when nothing is new -------------------------------------------------------------------------------------


async def _polling(folder: Path, remote: Remote, polls: int) -> tuple[float, float]:
    """Return requests, and milliseconds of processor time of this process and its git commands, for each look."""
    address = parse_address(remote.url, folder)
    assert isinstance(address, GitAddress)
    source = GitSource(address, include=["*.md"], cache_dir=folder / "polled")
    found = await source.changes(None)
    if found is None:
        raise RuntimeError("the remote has nothing")
    async for _ in source.read(found.revision, [change.path for change in found.files]):
        pass
    if await source.changes(found.revision) is not None:
        raise RuntimeError("the remote changed")
    await asyncio.sleep(0.2)  # until the server has told its requests
    requests, cpu_s = len(remote.requests), _processor_s()
    for _ in range(polls):
        await source.changes(found.revision)
    cpu_s = _processor_s() - cpu_s
    await asyncio.sleep(0.2)
    requests = len(remote.requests) - requests
    await source.close()
    return requests / polls, cpu_s / polls * 1000


def _processor_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

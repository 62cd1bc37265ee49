"""One newsletter that very many channels follow: `python -m benchmarks.planning`.

The bot is a process of its own with a SQLite file, with `--server` a PostgreSQL, and speaks to a sandbox over real
sockets; 20,000 channels in 40 servers follow a newsletter. Measured are the time from the start to ready, how long an
issue of 30 items takes until all its messages are planned (620,000 of them), and how long `/search` takes before and
meanwhile. The bot is then killed: to post them all would take Discord three and a half hours. Bounds: ready in 60 s,
planned in 120 s, the whole answer to `/search` at p99 below 500 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import psutil

from benchmarks.delivering import issue as long_issue
from benchmarks.search_load import SUBJECTS, Crowd, bot, said, slash, write
from sandbox.page.interactions import Person
from sandbox.server import ChannelSpec, Sandbox
from tests.support.postgres_server import Server, address, execute, value

READY_S, PLANNED_S, P99_S = 60.0, 120.0, 0.5
MEMBERS, PAUSE_S, BEFORE_S, LIMIT_S = 5, 0.2, 20.0, 900.0
_FOLLOW = """INSERT INTO subscriptions
    (newsletter, channel_id, guild_id, origin,
        layout, backfill, on_removed, sections, exclude_sections, tags, created_at)
    SELECT 'Many', column1, column2, 'discord', layout, 0, on_removed, sections, exclude_sections, tags, created_at
    FROM subscriptions, (VALUES {places}) AS places WHERE newsletter = 'Known'"""
_COUNT = "SELECT count(*) FROM deliveries"


class File:
    """The database as a file."""

    def __init__(self, folder: Path) -> None:
        self.address = "herald.db"
        self._path = folder / "herald.db"

    async def execute(self, statement: str) -> None:
        """Change something in it."""
        with closing(sqlite3.connect(self._path)) as db, db:
            db.execute(statement)

    async def planned(self) -> int:
        """Return how many messages are planned."""
        return await asyncio.to_thread(self._count)

    def _count(self) -> int:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as db:
            return db.execute(_COUNT).fetchone()[0]


class OnServer:
    """The database on a PostgreSQL."""

    def __init__(self, server: Server) -> None:
        self.address = address(server.folder, "herald")

    async def execute(self, statement: str) -> None:
        """Do the same."""
        await execute(self.address, statement)

    async def planned(self) -> int:
        """Do the same."""
        return await value(self.address, _COUNT)


@asynccontextmanager
async def database(folder: Path, *, is_server: bool) -> AsyncGenerator[File | OnServer]:
    """Return where the bot stores everything."""
    if not is_server:
        yield File(folder)
        return
    server = await asyncio.to_thread(Server)
    try:
        await execute(address(server.folder, "postgres"), "CREATE DATABASE herald TEMPLATE template0")
        yield OnServer(server)
    finally:
        await asyncio.to_thread(server.remove)


async def measure(channels: int, items: int, servers: int, *, is_server: bool) -> int:
    """Start, plan, ask, print; returns 1 if a bound was missed."""
    async with scratch() as folder, database(folder, is_server=is_server) as storage:
        sandbox = await Sandbox.start(0, channels=[ChannelSpec("news")])
        _configure(folder, storage.address, sandbox.channel("news").id)
        places: list[tuple[int, int]] = []
        for number in range(servers):
            guild = sandbox.world.add_guild(f"server {number}")
            added = (sandbox.world.add_channel(guild, f"channel-{one}") for one in range(channels // servers))
            places += [(one.id, guild.id) for one in added]
        try:
            async with bot(folder, sandbox.url):
                await said(folder, 'imported newsletter="Known"', LIMIT_S)
                await said(folder, "ready in", LIMIT_S)
            await storage.execute(_FOLLOW.format(places=", ".join(map(str, places))))
            async with bot(folder, sandbox.url) as process:
                watched = psutil.Process(process.pid)
                is_good = await _with_all(folder, sandbox, watched, storage, len(places), items)
                process.kill()
        finally:
            await sandbox.close()
    print("all bounds are kept" if is_good else "A BOUND WAS MISSED")
    return 0 if is_good else 1


@asynccontextmanager
async def scratch() -> AsyncGenerator[Path]:
    """Return a folder that goes with the run."""
    with tempfile.TemporaryDirectory(prefix="herald-planning-") as folder:
        yield Path(folder)


def _configure(folder: Path, storage: str, channel_id: int) -> None:
    write(folder, 0)
    (folder / "many").mkdir()
    config = folder / "config.yaml"
    many = "  - {name: Many, source: many, poll: 1s, settle: 0s, max_age: unlimited, servers: everyone}\n"
    follows = f"subscriptions:\n  - {{newsletter: Known, channel: {channel_id}}}\n"
    given = config.read_text("utf-8").replace("storage: herald.db", f"storage: {storage}")
    config.write_text(given + many + follows, "utf-8")


async def _with_all(
    folder: Path, sandbox: Sandbox, process: psutil.Process, storage: File | OnServer, channels: int, items: int
) -> bool:
    await said(folder, "ready in", LIMIT_S)
    found = re.search(r"ready in ([\d.]+) s", (folder / "bot.log").read_text("utf-8"))
    ready_s = float(found[1]) if found else LIMIT_S
    size_mb = process.memory_info().rss / 1e6
    print(
        f"ready in {ready_s:.1f} s (bound {READY_S:.0f}), {_used_s(process):.1f} s of processor, {size_mb:.0f} MB",
        flush=True,
    )
    await asyncio.sleep(BEFORE_S)
    crowd = Crowd(sandbox, seed=1)
    crowd.listen()
    users = [sandbox.world.add_user(f"member{number}") for number in range(MEMBERS)]
    for user in users:
        sandbox.world.add_member(sandbox.guild, user)
    people = [Person(sandbox.core, user, sandbox.channel("news")) for user in users]
    await _asked("before", crowd, people, asyncio.sleep(BEFORE_S))
    messages = channels * (items + 1)
    began_s, used_s = time.monotonic(), _used_s(process)
    (folder / "many" / "one.md").write_text(long_issue(items))
    p99_s = await _asked("meanwhile", crowd, people, _planned(storage, messages))
    took_s = time.monotonic() - began_s
    print(
        f"{messages:,} messages planned in {took_s:.0f} s (bound {PLANNED_S:.0f}), "
        f"{_used_s(process) - used_s:.1f} s of processor"
    )
    return ready_s < READY_S and took_s < PLANNED_S and p99_s < P99_S and not crowd.missed


async def _asked(when: str, crowd: Crowd, people: Sequence[Person], until: Awaitable[None]) -> float:
    """Let the members ask one after another as long as `until` lasts; return their p99 in seconds."""
    crowd.whole_s.clear()
    chosen = random.Random(2)
    waiting = asyncio.ensure_future(until)
    while not waiting.done():
        query = " ".join(chosen.sample(SUBJECTS, chosen.choice((1, 2, 3))))
        await crowd.ask(people[len(crowd.whole_s) % len(people)], slash("search", query=query))
        await asyncio.sleep(PAUSE_S)
    await waiting
    times = sorted(crowd.whole_s)
    p50_s, p99_s = (times[int((len(times) - 1) * share)] for share in (0.5, 0.99))
    print(
        f"/search {when}: {len(times)} times, p50 {1000 * p50_s:.0f} ms, p99 {1000 * p99_s:.0f} ms, "
        f"max {1000 * times[-1]:.0f} ms, unanswered {crowd.missed} (bound of p99 {1000 * P99_S:.0f} ms)",
        flush=True,
    )
    return p99_s


async def _planned(storage: File | OnServer, messages: int) -> None:
    async with asyncio.timeout(LIMIT_S):
        while await storage.planned() < messages:  # noqa: ASYNC110 -- another process plans
            await asyncio.sleep(0.5)


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An issue planned for very many channels.")
    parser.add_argument("--channels", type=int, default=20_000)
    parser.add_argument("--items", type=int, default=30, help="items of the issue")
    parser.add_argument("--servers", type=int, default=40)
    parser.add_argument("--server", action="store_true", help="with a PostgreSQL in place of a file")
    options = parser.parse_args()
    sys.exit(asyncio.run(measure(options.channels, options.items, options.servers, is_server=options.server)))

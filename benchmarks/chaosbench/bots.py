"""Starting bots, killing them, and reading what they left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sqlite3
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_SPEAKS = re.compile(r"incident=\w+|Traceback|posted twice|unclosed|never awaited")


@dataclass
class Bot:
    """One life of the bot."""

    pid: int
    log: Path


@dataclass
class Nursery:
    """Starts bots in `folder` against the sandbox at `url`; those without a role never at the same time."""

    process: Process
    folder: Path
    url: str
    mutate: str = ""
    has_disk: bool = True  # whether its disk can be full: looking costs each transaction a statement
    lives: int = 0
    incidents: Counter[str] = field(default_factory=Counter[str])
    running: dict[int, Bot] = field(default_factory=dict[int, Bot])

    @property
    def database(self) -> Path:
        """The bots' database."""
        return self.folder / "herald.db"

    @property
    def full(self) -> Path:
        """While this file exists the bots' disk is full."""
        return self.folder / "disk-is-full"

    async def start(self, *, die: str = "", config: str = "config.yaml", role: str = "") -> Bot:
        """Begin a life, beside others where it has a `role`."""
        self.lives += 1
        log = self.folder / "logs" / f"{self.lives:04}.log"
        log.parent.mkdir(exist_ok=True)
        log.touch()
        arguments = ["run", "--config", str(self.folder / config), *(["--role", role] if role else [])]
        order: dict[str, Any] = {
            "url": self.url, "folder": str(self.folder), "log": str(log), "mutate": self.mutate, "die": die,
            "full": str(self.full) if self.has_disk else "", "arguments": arguments,
        }  # fmt: skip
        bot = Bot(int(await self._ask(order)), log)
        self.running[bot.pid] = bot
        return bot

    async def _ask(self, order: dict[str, Any]) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        await self.process.stdin.drain()
        answer = (await self.process.stdout.readline()).decode().strip()
        if not answer:
            raise RuntimeError("the nursery of the bots ended")
        return answer

    async def kill(self, bot: Bot) -> None:
        """End a life by SIGKILL, if it has not ended by itself, and note what it said of errors."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(bot.pid, signal.SIGKILL)
        await self._buried(bot)

    async def stop(self, bot: Bot) -> int:
        """End a life by SIGTERM; returns its exit status."""
        os.kill(bot.pid, signal.SIGTERM)
        return await self._buried(bot)

    async def _buried(self, bot: Bot) -> int:
        status = int(await self._ask({"wait": bot.pid}))
        del self.running[bot.pid]
        self._note(bot)
        return status

    def _note(self, bot: Bot) -> None:
        lines = bot.log.read_text("utf-8", "replace").splitlines()
        for number, line in enumerate(lines):
            if not _SPEAKS.search(line):
                continue
            if line.startswith("Traceback"):
                rest = [text for text in lines[number + 1 :] if text and not text.startswith((" ", "\t"))]
                self.incidents[f"{bot.log.name}: {rest[0][:300] if rest else line}"] += 1
            else:
                self.incidents[f"{bot.log.name}: {line[:300]}"] += 1

    def is_alive(self, bot: Bot) -> bool:
        """Whether the life still lasts."""
        return _state(bot) not in {"", "Z"}

    def is_stopped(self, bot: Bot) -> bool:
        """Whether it waits to be let go on."""
        return _state(bot) == "T"

    async def ended(self, bot: Bot, limit_s: float) -> bool:
        """Wait until the life has ended by itself; False if it lasts longer than `limit_s`."""
        until = time.monotonic() + limit_s
        while self.is_alive(bot):
            if time.monotonic() > until:
                return False
            await asyncio.sleep(0.02)
        return True

    async def said(self, bot: Bot, text: str, limit_s: float) -> bool:
        """Wait until the bot's log holds `text`; False if it ended, or did not say so within `limit_s`."""
        until = time.monotonic() + limit_s
        while time.monotonic() < until:
            if bot.log.exists() and text in bot.log.read_text("utf-8", "replace"):
                return True
            if not self.is_alive(bot):
                return False
            await asyncio.sleep(0.02)
        return False


def _state(bot: Bot) -> str:
    try:
        return Path(f"/proc/{bot.pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


@asynccontextmanager
async def forking() -> AsyncGenerator[Process]:
    """Return a process that has imported Herald and forks bots; it ends with the block."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DISCORD_TOKEN": "sandbox"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.chaosbench.life", stdin=PIPE, stdout=PIPE, env=environment, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdin is not None
    if await process.stdout.readline() != b"ready\n":
        raise RuntimeError("the nursery of the bots did not start")
    try:
        yield process
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def nursery_in(process: Process, folder: Path, url: str, mutate: str = "") -> AsyncGenerator[Nursery]:
    """Return a nursery whose bots `process` forks; they end with the block."""
    found = Nursery(process, folder, url, mutate)
    try:
        yield found
    finally:
        for bot in list(found.running.values()):  # of a run that was cut short
            await found.kill(bot)


@asynccontextmanager
async def nursery(folder: Path, url: str, mutate: str = "") -> AsyncGenerator[Nursery]:
    """Return a nursery that ends with the block, and its bots with it."""
    async with forking() as process, nursery_in(process, folder, url, mutate) as found:
        yield found


async def audit(folder: Path, url: str, *arguments: str) -> tuple[int, str, str]:
    """Run `bot.py audit` on the bots' database; returns its exit status, its table and the sentence that sums it up."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DISCORD_TOKEN": "sandbox"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "tests/support/run_bot.py", url, "--", "audit", "--config", str(folder / "config.yaml"),
        *arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=environment, cwd=ROOT,
    )  # fmt: skip
    said, told = (output.decode() for output in await process.communicate())
    return process.returncode or 0, said, told


async def audited(folder: Path, url: str, log: Path) -> list[str]:
    """Return what `bot.py audit` finds of nobody's making once all is calm; its whole table goes to `log`."""
    status, said, told = await audit(folder, url)
    await asyncio.to_thread(log.write_text, said + told)
    if status == 0:
        return []
    return [line for line in said.splitlines()[1:] if "(explained:" not in line] or told.splitlines()[-1:]


def integrity(database: Path, scratch: Path) -> list[str]:
    """Return what SQLite finds wrong in the database, looked at in a copy: the bot itself is to recover the
    original.
    """
    scratch.mkdir(exist_ok=True)
    for old in scratch.iterdir():
        old.unlink()
    for suffix in ("", "-wal"):
        file = database.with_name(database.name + suffix)
        if file.exists():
            (scratch / file.name).write_bytes(file.read_bytes())
    if not (scratch / database.name).exists():
        return []
    with closing(sqlite3.connect(scratch / database.name)) as copy:
        found = [str(row[0]) for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
        return found + [f"foreign key: {row}" for row in copy.execute("PRAGMA foreign_key_check")]


def states(database: Path) -> dict[str, int]:
    """How many deliveries are in each state."""
    if not database.exists():
        return {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        try:
            return dict(connection.execute("SELECT state, count(*) FROM deliveries GROUP BY state"))
        except sqlite3.OperationalError:  # it is being made
            return {}

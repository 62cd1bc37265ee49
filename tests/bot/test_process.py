"""The bot as a process: how it starts, refuses, stops, and what a kill in the middle leaves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from bench import issue_text

from app.version import VERSION
from cli.dispatch import main
from sandbox.server import ChannelSpec, Sandbox, SandboxOptions
from storage import migrate
from tests.support.forked_bot import ForkedBot, fork

ROOT = Path(__file__).parents[2]
RUN_BOT = ROOT / "tests" / "support" / "run_bot.py"

# A start takes a second of the processor; next to other work that is twenty, and some tests start the bot three times.
pytestmark = pytest.mark.timeout(240)


class World:
    """A sandbox, which outlives the bot's processes, and the bot's configuration."""

    def __init__(self, sandbox: Sandbox, folder: Path, session: aiohttp.ClientSession) -> None:
        self.url = sandbox.url
        self.news = str(sandbox.channel("news").id)
        self.folder = folder
        self.session = session
        self.config = folder / "config.yaml"
        self.issues = folder / "issues"
        self.bots: list[Process | ForkedBot] = []

    def configure(self, **more: str) -> None:
        self.issues.mkdir(exist_ok=True)
        extra = "".join(f"{key}: {value}\n" for key, value in more.items())
        self.config.write_text(
            f"newsletters:\n  - name: Tech\n    source: issues\n    settle: 0s\n    poll: 1s\n    max_age: unlimited\n"
            f"subscriptions:\n  - newsletter: Tech\n    channel: {self.news}\n    backfill: 1\n{extra}"
        )

    async def bot(self, *, token: str | None = "sandbox", url: str | None = None) -> ForkedBot:
        """A bot for what happens once it runs."""
        arguments = ["run", "--config", str(self.config)]
        names = ("NOTIFY_SOCKET", "WATCHDOG_USEC")
        environment = {name: os.environ[name] for name in names if name in os.environ}
        environment |= {"DISCORD_TOKEN": token} if token else {}
        bot = await fork(self.folder, url or self.url, arguments, environment)
        self.bots.append(bot)
        return bot

    async def interpreted(self, url: str | None = None) -> Process:
        """A bot in an interpreter of its own, as people start it: for how it starts and ends."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "DISCORD_TOKEN": "sandbox"}
        command = [sys.executable, str(RUN_BOT), url or self.url, "--", "run", "--config", str(self.config)]
        bot = await asyncio.create_subprocess_exec(*command, env=environment, stderr=PIPE, cwd=self.folder)
        self.bots.append(bot)
        return bot

    async def messages(self) -> list[dict[str, Any]]:
        async with self.session.get(f"{self.url}/control/channels/{self.news}/messages") as answer:
            return await answer.json()

    async def titles(self) -> list[str]:
        return [message["embeds"][0]["title"] for message in await self.messages() if message["embeds"]]

    async def until_titles(self, count: int) -> list[str]:
        while len(titles := await self.titles()) < count:  # noqa: ASYNC110 -- another process's doing
            await asyncio.sleep(0.02)
        return titles

    async def fault(self, **fault: Any) -> None:
        async with self.session.post(f"{self.url}/control/faults", json=fault) as answer:
            assert answer.status < 300, await answer.text()


async def said(bot: Process | ForkedBot, text: str) -> list[str]:
    """Read the bot's log until a line holds `text`."""
    assert bot.stderr is not None
    lines: list[str] = []
    async for line in bot.stderr:
        lines.append(line.decode())
        if text in lines[-1]:
            return lines
    raise AssertionError(f"{text!r} was never said:\n{''.join(lines)}")


async def ended(bot: Process | ForkedBot) -> tuple[int, str]:
    """The bot's exit status and the rest of its log."""
    _, rest = await bot.communicate()
    assert bot.returncode is not None
    return bot.returncode, rest.decode()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    sandbox = await Sandbox.start(channels=[ChannelSpec("news")], options=SandboxOptions(speed=20))
    async with aiohttp.ClientSession() as session:
        world = World(sandbox, tmp_path, session)
        world.configure()
        yield world
        for bot in world.bots:
            if bot.returncode is None:
                bot.kill()
                await bot.communicate()
    await sandbox.close()


async def test_start_to_ready_has_clear_steps_and_sigterm_ends_it_at_once(world: World) -> None:
    bot = await world.interpreted()
    log = "".join(await said(bot, "ready in"))
    assert f"herald started version={VERSION} commit=" in log.splitlines()[0]
    for step in ("config read", "database open", "watching newsletters=1", "connected as", "commands synced"):
        assert step in log
    began_s = time.monotonic()
    bot.send_signal(signal.SIGTERM)
    status, rest = await ended(bot)
    assert (status, time.monotonic() - began_s < 5) == (0, True), rest
    assert "Traceback" not in rest
    assert rest.rstrip().endswith("stopped")


async def test_commands_are_synced_only_once(world: World) -> None:
    first = await world.bot()
    await said(first, "commands synced")
    first.send_signal(signal.SIGINT)
    assert (await ended(first))[0] == 0
    second = await world.bot()
    await said(second, "commands unchanged")


async def test_a_second_instance_is_refused(world: World) -> None:
    first = await world.bot()
    await said(first, "database open")
    status, text = await ended(await world.bot())
    assert status == 2
    assert "herald.db is in use by another running Herald" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (None, "There is no Discord token: set DISCORD_TOKEN"),
        ("wrong", "with systemd into the credential discord_token, and start again."),
    ],
)
async def test_a_bad_token_ends_in_one_sentence(world: World, token: str | None, sentence: str) -> None:
    status, text = await ended(await world.bot(token=token))
    assert status == 2
    assert sentence in text.splitlines()[-1]
    assert "Traceback" not in text
    assert "wrong" not in text


async def test_an_unreadable_database_ends_in_one_sentence(world: World) -> None:
    (world.folder / "herald.db").write_bytes(b"this is no database at all" * 100)
    status, text = await ended(await world.bot())
    assert status == 2
    assert text.splitlines()[-1].startswith("herald.db is not a database")


async def test_a_database_of_a_newer_version_ends_in_one_sentence(world: World) -> None:
    migrate.migrate(world.folder / "herald.db")
    with closing(sqlite3.connect(world.folder / "herald.db")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    status, text = await ended(await world.bot())
    assert status == 2
    assert "newer Herald" in text.splitlines()[-1]
    assert "Traceback" not in text


async def test_discord_out_of_reach_is_tried_again_and_can_be_stopped(world: World) -> None:
    bot = await world.interpreted("http://127.0.0.1:9")
    await said(bot, "Discord login failed, trying again")
    bot.send_signal(signal.SIGTERM)
    assert (await ended(bot))[0] == 0


@pytest.mark.parametrize("at", ["before", "after"])
async def test_killed_in_the_middle_of_an_issue_it_goes_on_without_a_double(world: World, at: str) -> None:
    (world.issues / "1.md").write_text(issue_text(1, items=8))
    await world.fault(kind="stall", route="POST /channels/*/messages", skip=4, seconds=600, after=at == "after")
    bot = await world.bot()
    await world.until_titles(4 if at == "before" else 5)
    bot.kill()
    await ended(bot)
    await world.fault(kind="clear")
    await world.fault(kind="nonce_window_close")
    bot = await world.bot()
    titles = await world.until_titles(9)
    assert titles == ["Issue 1", *(f"Story 1.{number}" for number in range(1, 9))]
    await said(bot, "delivery=9")
    bot.send_signal(signal.SIGTERM)
    assert (await ended(bot))[0] == 0
    assert await world.titles() == titles


async def status(world: World, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """What `bot.py status` says next to the bot."""
    capsys.readouterr()
    code = await asyncio.to_thread(main, ["status", "--config", str(world.config), *options])
    said = capsys.readouterr()
    return code, said.out + said.err


async def test_status_asks_the_running_bot_and_else_its_database(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    (world.issues / "1.md").write_text(issue_text(1))
    assert await status(world, capsys, "--check") == (
        1,
        "No Herald is running on this database, or it does not answer.\n",
    )
    code, text = await status(world, capsys)
    assert (code, text.startswith("There is no herald.db yet")) == (2, True)
    bot = await world.bot()
    await world.until_titles(4)
    assert await status(world, capsys, "--check") == (0, "healthy\n")
    report = json.loads((await status(world, capsys, "--json"))[1])
    assert (report["running"], report["healthy"], report["connected"]) == (True, True, True)
    assert [(one["name"], one["issues"], one["items"]) for one in report["newsletters"]] == [("Tech", 1, 3)]
    assert [(one["channel"], one["pending"]) for one in report["channels"]] == [(world.news, 0)]
    bot.send_signal(signal.SIGTERM)
    await ended(bot)
    assert not (world.folder / "herald.db.sock").exists()
    code, text = await status(world, capsys)
    assert (code, "No Herald is running: this is what its database says." in text) == (0, True)
    assert "Tech: 1 issue, 3 items" in text


class Manager:
    """A service manager: hears what the bots that start from now on tell it."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self.heard: list[str] = []

    async def hears(self, text: str, times: int = 1) -> str:
        """Wait until lines that begin so were heard so many times; returns the last."""
        loop = asyncio.get_running_loop()
        while len(found := [line for line in self.heard if line.startswith(text)]) < times:
            self.heard += (await loop.sock_recv(self._channel, 4096)).decode().splitlines()
        return found[-1]


@pytest.fixture
def manager(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    address = world.folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(address))
        channel.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        monkeypatch.setenv("WATCHDOG_USEC", "300000")
        yield Manager(channel)


async def test_systemd_is_told_when_it_is_ready_alive_and_stopping(world: World, manager: Manager) -> None:
    bot = await world.bot()
    await manager.hears("EXTEND_TIMEOUT_USEC=")
    assert "READY=1" not in manager.heard
    await manager.hears("READY=1")
    await manager.hears("WATCHDOG=1", 3)
    assert await manager.hears("STATUS=") == "STATUS=connected, servers: 1"
    bot.send_signal(signal.SIGTERM)
    await manager.hears("STOPPING=1")
    assert (await ended(bot))[0] == 0


async def test_systemd_does_not_end_a_start_that_waits_for_discord(world: World, manager: Manager) -> None:
    bot = await world.bot(url="http://127.0.0.1:9")
    await manager.hears("READY=1")
    assert (await manager.hears("STATUS=")).startswith("STATUS=Discord cannot be reached, trying again: ")
    await manager.hears("WATCHDOG=1", 2)
    bot.send_signal(signal.SIGTERM)
    assert (await ended(bot))[0] == 0


async def test_systemd_is_told_of_a_configuration_that_was_not_reloaded(world: World, manager: Manager) -> None:
    bot = await world.bot()
    await manager.hears("STATUS=connected, servers: 1")
    good = world.config.read_text()
    world.config.write_text(f"{good}settl: 5m\n")
    bot.send_signal(signal.SIGHUP)
    faulty = "STATUS=connected, servers: 1; the configuration was not reloaded, see the log"
    assert await manager.hears(faulty) == faulty
    world.config.write_text(good)
    manager.heard.clear()
    bot.send_signal(signal.SIGHUP)
    await manager.hears("RELOADING=1")
    await manager.hears("READY=1")
    assert await manager.hears("STATUS=") == "STATUS=connected, servers: 1"
    bot.send_signal(signal.SIGTERM)
    assert (await ended(bot))[0] == 0


@pytest.mark.parametrize("moment", ["herald started", "config read"])
async def test_sighup_while_it_starts_does_not_end_it(world: World, moment: str) -> None:
    (world.issues / "1.md").write_text(issue_text(1))
    bot = await world.interpreted()
    await said(bot, moment)
    bot.send_signal(signal.SIGHUP)
    await said(bot, "ready in")
    assert len(await world.until_titles(4)) == 4
    bot.send_signal(signal.SIGTERM)
    assert (await ended(bot))[0] == 0


async def test_sighup_brings_newsletters_and_subscriptions_and_a_faulty_file_changes_nothing(world: World) -> None:
    (world.issues / "1.md").write_text(issue_text(1))
    bot = await world.bot()
    await said(bot, "ready in")
    await world.until_titles(4)
    good = world.config.read_text()
    world.config.write_text(good.replace("layout", "layuot") + "  - newsletter: Nobody\n    channel: 5\n")
    bot.send_signal(signal.SIGHUP)
    refused = (await said(bot, "configuration not reloaded"))[-1]
    assert "Nobody" in refused
    (world.folder / "other").mkdir()
    (world.folder / "other" / "9.md").write_text(issue_text(9))
    other = "  - name: Other\n    source: other\n    settle: 0s\n    poll: 1s\n    max_age: unlimited\n"
    follows = f"  - newsletter: Other\n    channel: {world.news}\n    backfill: 1\n"
    world.config.write_text(
        good.replace("subscriptions:\n", f"{other}subscriptions:\n{follows}") + "cache: elsewhere\n"
    )
    bot.send_signal(signal.SIGHUP)
    done = (await said(bot, "configuration reloaded"))[-1]
    assert "Other: added; cache changed: restart Herald for that" in done
    titles = await world.until_titles(8)
    assert titles[4:] == ["Issue 9", "Story 9.1", "Story 9.2", "Story 9.3"]
    world.config.write_text(good)
    bot.send_signal(signal.SIGHUP)
    assert "Other: removed" in (await said(bot, "configuration reloaded"))[-1]
    (world.folder / "other" / "10.md").write_text(issue_text(10))
    (world.issues / "2.md").write_text(issue_text(2, day="2026-03-03"))
    assert (await world.until_titles(12))[8:] == ["Issue 2", "Story 2.1", "Story 2.2", "Story 2.3"]
    bot.send_signal(signal.SIGTERM)
    assert (await ended(bot))[0] == 0

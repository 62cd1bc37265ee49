"""A day in some minutes: `python -m benchmarks.day [--speed 144]` (Debian's faketime; root, for a small disk).

The bot runs with a clock that goes so many times faster, next to a sandbox. A source goes away, a channel is closed to
the bot, the disk is full, Discord does not answer, issues are held; every half hour of its day a line tells what
/healthz and the admin channel said. At the end promtool, if it is installed, tells which alerts were firing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from benchmarks.chaosbench.bots import ROOT
from benchmarks.chaosbench.world import World, world

RULES = ROOT / "deploy" / "prometheus" / "herald.rules.yml"
STEP_MIN = 30
DISK_MB = 6
# The database has 5 s of the bot's clock to answer /healthz. At 144 times those are 35 ms of this machine: where it
# took longer it is asked again; one that is really away takes longer each time.
ASKED_AGAIN = 10
_NAMES = (
    "healthy|problems|discord_connected|newsletter_last_success_timestamp_seconds|newsletter_poll_interval_seconds|"
    "channels_waiting|deliveries|issues_held"
)
_SERIES = re.compile(rf"^(herald_(?:{_NAMES})(?:\{{[^}}]*\}})?) (\S+)$")


@dataclass
class Day:
    """The bot, its surroundings, and what was seen of it."""

    folder: Path
    world: World
    speed: float
    port: int
    series: defaultdict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict[int, str]))
    rows: list[tuple[str, str, str, str]] = field(default_factory=list[tuple[str, str, str, str]])
    is_silent: bool = False
    begun: float = field(default_factory=time.time)  # when the bot's fast clock and ours were the same
    hurried: int = 0  # answers of /healthz that ran out of the fast clock's time
    told: int = 0  # messages of the admin channel that were shown

    def issue(self, newsletter: str, number: int) -> None:
        """Write an issue of two stories."""
        stories = "\n\n".join(
            f"### [Story {number}.{n}](https://example.org/{newsletter}/{number}/{n})\n\nText." for n in (1, 2)
        )
        text = f"---\ntitle: {newsletter} {number}\n---\n\n## News\n\n{stories}\n"
        (self.folder / newsletter / f"{number:03}.md").write_text(text, "utf-8")

    def minute(self) -> int:
        """How late it is for the bot, in minutes since the day began."""
        return int((time.time() - self.begun) * self.speed / 60)

    async def look(self, happened: str) -> None:
        """Ask the bot, and note what it says."""
        minute = self.minute()
        health = "no answer"
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            health = await self._health()
            await self._scrape(minute)
        messages: list[dict[str, Any]] = []
        if not self.is_silent:
            messages = await self.world.messages(self.world.channels["admin"])
        new = [str(one["content"]).replace("\n", " ")[:150] for one in messages[self.told :] if one["content"]]
        self.told = max(self.told, len(messages))
        self.rows.append((f"{minute // 60:02}:{minute % 60:02}", happened, health, " / ".join(new)))
        print(" | ".join(self.rows[-1]), flush=True)

    async def _health(self) -> str:
        status, told = await self._ask()
        for _ in range(ASKED_AGAIN):
            if not any(one["text"].startswith("no answer within") for one in told["problems"]):
                break
            self.hurried += 1
            await asyncio.sleep(0.1)
            status, told = await self._ask()
        problems = "; ".join(f"{one['part']} {one['name']}".rstrip() + f": {one['text']}" for one in told["problems"])
        return f"{status} {problems}".strip()

    async def _ask(self) -> tuple[int, dict[str, Any]]:
        async with self.world.http.get(f"http://127.0.0.1:{self.port}/healthz") as answer:
            return answer.status, await answer.json()

    async def _scrape(self, minute: int) -> None:
        async with self.world.http.get(f"http://127.0.0.1:{self.port}/metrics") as answer:
            for line in (await answer.text()).splitlines():
                if found := _SERIES.match(line):
                    self.series[found[1]][minute] = found[2]


Step = Callable[[Day], Awaitable[None] | None]


def _away(day: Day) -> None:
    (day.folder / "Flaky").rename(day.folder / "moved")


def _back(day: Day) -> None:
    (day.folder / "moved").rename(day.folder / "Flaky")


def _closed(*, is_open: bool) -> Step:
    async def change(day: Day) -> None:
        rights = {"allow": ["SEND_MESSAGES"]} if is_open else {"deny": ["SEND_MESSAGES"]}
        await day.world.order("permissions", channel_id=day.world.channels["news"], **rights)

    return change


def _full(day: Day) -> None:
    ballast = day.folder / "data" / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)


def _room(day: Day) -> None:
    (day.folder / "data" / "ballast").unlink()


def _flood(day: Day) -> None:
    for number in range(500, 510):
        day.issue("Steady", number)


def _silent(*, is_silent: bool) -> Step:
    """Discord does not answer: its process is stopped, and goes on later."""

    def change(day: Day) -> None:
        day.is_silent = is_silent
        for child in psutil.Process().children():
            if "sandbox.serve" in child.cmdline():
                child.suspend() if is_silent else child.resume()

    return change


EVENTS: dict[int, tuple[str, Step]] = {
    2 * 60: ("the source Flaky goes away", _away),
    5 * 60: ("Flaky is back", _back),
    7 * 60: ("Send Messages is taken away", _closed(is_open=False)),
    10 * 60: ("Send Messages is back", _closed(is_open=True)),
    12 * 60: ("the disk is full", _full),
    14 * 60: ("there is room again", _room),
    16 * 60: ("Discord does not answer", _silent(is_silent=True)),
    17 * 60 + 30: ("Discord answers again", _silent(is_silent=False)),
    20 * 60: ("ten issues at once", _flood),
}


async def live(day: Day) -> None:
    """Live the day, half hour by half hour; an issue comes every two hours."""
    for minute in range(0, 24 * 60 + 1, STEP_MIN):
        await asyncio.sleep(max(0.0, minute * 60 / day.speed - (time.time() - day.begun)))
        name, step = EVENTS.get(minute, ("", None))
        if step is not None and (waiting := step(day)) is not None:
            await waiting
        if minute % 120 == 60:
            day.issue("Steady", minute // 60)
        await asyncio.sleep(STEP_MIN * 50 / day.speed)  # most of the half hour, so that it shows what followed
        await day.look(name)


def alerts(day: Day) -> list[str]:
    """Which alerts were firing when, by promtool: it tells what it got wherever nothing was expected."""
    tool = shutil.which("promtool")
    if tool is None:
        return ["promtool is not installed: no alerts"]
    import yaml

    names = [rule["alert"] for rule in yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]]
    minutes = sorted({minute for series in day.series.values() for minute in series})
    inputs = [{"series": name, "values": " ".join(_every_minute(series))} for name, series in _since_start(day)]
    nothing: list[Any] = []
    checks = [
        {"eval_time": f"{minute}m", "alertname": name, "exp_alerts": nothing} for minute in minutes for name in names
    ]
    test: dict[str, Any] = {"rule_files": [str(RULES)], "evaluation_interval": "1m",
            "tests": [{"interval": "1m", "input_series": inputs, "alert_rule_test": checks}]}  # fmt: skip
    file = day.folder / "test.yml"
    file.write_text(yaml.safe_dump(test), "utf-8")
    done = subprocess.run([tool, "test", "rules", file], capture_output=True, text=True, check=False)
    firing: defaultdict[str, list[str]] = defaultdict(list)
    for part in (done.stdout + done.stderr).split("alertname: ")[1:]:
        if "got:[" in part and "Labels:" in part.partition("got:[")[2]:
            firing[part.split(",")[0]].append(part.partition("time: ")[2].split(",")[0])
    return [f"{name}: {times[0]} to {times[-1]}, {len(times)} half hours" for name, times in firing.items()]


def _since_start(day: Day) -> Iterator[tuple[str, dict[int, str]]]:
    """Yield the series with moments counted from the day's begin, as promtool's clock begins at zero."""
    for name, series in day.series.items():
        shift = day.begun if "timestamp" in name else 0.0
        yield name, {minute: f"{float(value) - shift:g}" if shift else value for minute, value in series.items()}


def _every_minute(series: dict[int, str]) -> list[str]:
    """Return a value for each minute: the last that was seen."""
    last, values = "_", list[str]()
    start = min(series)
    for minute in range(max(series) + 1):
        last = series.get(minute, last if minute >= start else "_")
        values.append(last)
    return values


def on_small_disk(folder: Path, speed: float) -> int:
    """Live a day on a small disk of its own."""
    for name in ("Steady", "Flaky", "data"):
        (folder / name).mkdir()
    library = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
    if library is None:
        raise SystemExit("faketime is not installed: apt-get install faketime")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "data", folder / "data"], check=True)
    try:
        return asyncio.run(run(folder, speed, library))
    finally:
        subprocess.run(["umount", folder / "data"], check=False)


async def run(folder: Path, speed: float, library: Path) -> int:
    """Set everything up, live the day, print what was seen."""
    async with world(("news", "admin"), speed=1_000.0, seed=1, log=folder / "sandbox.log") as place:
        day = Day(folder, place, speed, port=18_080)
        day.issue("Flaky", 1)
        _configure(day)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "DISCORD_TOKEN": "sandbox", "LD_PRELOAD": str(library),
               "FAKETIME": f"+0 x{speed:g}", "FAKETIME_NO_CACHE": "1"}  # fmt: skip
        command = [
            sys.executable,
            "tests/support/run_bot.py",
            place.url,
            "--",
            "run",
            "--config",
            folder / "config.yaml",
        ]
        with (folder / "bot.log").open("wb") as log:
            day.begun = time.time()
            bot = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, env=env, cwd=ROOT)
        try:
            await live(day)
        finally:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself
                bot.send_signal(signal.SIGTERM)
            await bot.wait()
        print("\nalerts", *alerts(day), sep="\n  ")
        posted = await place.messages(place.channels["news"])
        titles = [one["embeds"][0]["title"] for one in posted if one["embeds"]]
        doubled = [title for title, group in itertools.groupby(sorted(titles)) if len(list(group)) > 1]
        print(f"asked again because the fast clock ran out: {day.hurried}")
        print(f"{len(titles)} messages posted, doubled: {doubled or 'none'}")
        return int(bool(doubled))


def _configure(day: Day) -> None:
    text = f"""storage: data/herald.db
cache: cache
admin_channel: {day.world.channels["admin"]}
web: {{enabled: true, port: {day.port}}}
newsletters:
  - {{name: Steady, source: Steady, settle: 0s, max_age: unlimited}}
  - {{name: Flaky, source: Flaky, settle: 0s, max_age: unlimited}}
subscriptions:
  - {{newsletter: Steady, channel: {day.world.channels["news"]}}}
"""
    (day.folder / "config.yaml").write_text(text, "utf-8")


def main() -> int:
    """Live a day."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=float, default=144.0, help="how many times faster (default: 144)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep what the bot left behind there")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True)
        return on_small_disk(options.keep, options.speed)
    with tempfile.TemporaryDirectory(prefix="herald-day-") as scratch:
        return on_small_disk(Path(scratch), options.speed)


if __name__ == "__main__":
    sys.exit(main())

"""What a bot costs that has nothing to do: `python -m benchmarks.idling [ITEMS]`.

The bot is a process of its own next to a sandbox, with an archive of 50,000 items. Bounds: 100 MB of memory, 1.5 s from
the process's start until it is ready, 0.1 s of processor time a minute. Finally it answers ten
questions about topics, and its memory after them is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.search_load import ITEMS, SUBJECTS, Crowd, bot, issue, said, slash
from cli.dispatch import main as herald
from sandbox.page.interactions import Person
from sandbox.server import ChannelSpec, Sandbox

MEMORY_MB, READY_S, PROCESSOR_S = 100.0, 1.5, 0.1
STARTS = 3
TOPICS = 10
_READY = re.compile(r"ready in ([\d.]+) s")


def archive(folder: Path, items: int) -> None:
    """Import a newsletter of so many items."""
    chosen = random.Random(3)
    (folder / "known").mkdir()
    for number in range(items // ITEMS):
        (folder / "known" / f"{number:06}.md").write_text(issue(number, chosen), "utf-8")
    config = folder / "config.yaml"
    config.write_text("newsletters:\n  - {name: Known, source: known, poll: 10m, servers: everyone}\n", "utf-8")
    if herald(["import", "--config", str(config)]):
        raise RuntimeError("the import failed")


async def measure(folder: Path, seconds: float) -> int:
    """Start, wait, look; returns 1 if a bound was missed."""
    sandbox = await Sandbox.start(0, channels=[ChannelSpec("news")])
    ready: list[float] = []
    until_ready: list[float] = []
    memory = processor = asked = mapped = 0.0
    try:
        for number in range(STARTS):
            async with bot(folder, sandbox.url) as process:
                watched = psutil.Process(process.pid)
                await said(folder, "ready in", 60)
                until_ready.append(_used_s(watched))
                await said(folder, "source reached", 60)
                found = _READY.search((folder / "bot.log").read_text("utf-8"))
                ready.append(float(found[1]) if found else float("inf"))
                if number == STARTS - 1:
                    await asyncio.sleep(10)
                    before_s, began_s = _used_s(watched), time.monotonic()
                    await asyncio.sleep(seconds)
                    processor = (_used_s(watched) - before_s) * 60 / (time.monotonic() - began_s)
                    memory = watched.memory_info().rss / 1e6
                    await _ask(sandbox)
                    asked, mapped = watched.memory_info().rss / 1e6, _mapped_mb(process.pid)
    finally:
        await sandbox.close()
    middle = sorted(ready)[len(ready) // 2]
    print(f"memory {memory:.0f} MB (bound {MEMORY_MB:.0f})")
    print(f"start to ready {middle:.2f} s, median of {STARTS} (bound {READY_S})")
    print(f"  of the processor {sorted(until_ready)[len(until_ready) // 2]:.2f} s, which a busy machine changes less")
    print(f"processor {processor:.2f} s a minute (bound {PROCESSOR_S})")
    print(f"memory after {TOPICS} topics {asked:.0f} MB, of it {mapped:.0f} MB of files that the system can take back")
    return int(memory > MEMORY_MB or middle > READY_S or processor > PROCESSOR_S)


async def _ask(sandbox: Sandbox) -> None:
    """Ask for topics, each with its picture. Raises RuntimeError if one is not answered."""
    crowd = Crowd(sandbox, seed=1)
    crowd.listen()
    user = sandbox.world.add_user("member")
    sandbox.world.add_member(sandbox.guild, user)
    person = Person(sandbox.core, user, sandbox.channel("news"))
    for subject in SUBJECTS[:TOPICS]:
        page = await crowd.ask(person, slash("topic", topic=subject))
        if page is None or not page.embeds[0].get("image"):
            raise RuntimeError(f"/topic {subject} was not answered with a picture")


def _mapped_mb(pid: int) -> float:
    """Return how much of a process's memory is files that it maps, as the database's readers do."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    found = re.search(r"RssFile:\s+(\d+) kB", status)
    return int(found[1]) / 1e3 if found else 0.0


def _used_s(process: psutil.Process) -> float:
    """How much of the processor a process has used."""
    times = process.cpu_times()
    return times.user + times.system


def main() -> int:
    """Make an archive and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items", nargs="?", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to look at the idle bot")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="herald-idle-") as scratch:
        folder = Path(scratch)
        archive(folder, options.items)
        return asyncio.run(measure(folder, options.seconds))


if __name__ == "__main__":
    sys.exit(main())

"""One long issue for many servers at once, next to what Discord's limits allow: `python -m benchmarks.servers`.

The real bot, a process of its own, posts to the sandbox, which is another, in real time. Each server follows the
newsletter three times: with a message for each item, in a thread, and in one message. The bound is the limit on all
requests together, 50 in a second, over those that cannot be spared: the messages and one request for each thread; of
few servers, the limit of one channel. The time is that from the first message to the last; edits of headers, whose
links are filled in later, are not waited for. With 300 servers it takes a quarter of an hour on two processors that do
nothing else: the bound is 624 s, and the bot reads 900 channels before it begins.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.chaosbench.bots import Bot, nursery
from benchmarks.chaosbench.world import World, world
from benchmarks.delivering import BUCKET, BUCKET_WINDOW_S, GLOBAL, GLOBAL_WINDOW_S, issue, made_ms, time_of_ms

LAYOUTS = ("items", "thread", "digest")
BOUND = 1.2
START_S, SLACK = 300.0, 4.0  # how long the bot may take to start, and how many times the bound it may take to post
LOOK_S = 1.0


@dataclass(frozen=True)
class Measured:
    """What was seen of one issue."""

    took_s: float
    messages: int
    refused: int  # requests that Discord's limits refused
    requests: int  # from the issue's first message to the last, as far as they count for the limit
    memory_mb: tuple[float, float]  # of the bot before and at most
    processor_s: float  # of the bot with its workers


def main(argv: Sequence[str]) -> int:
    """Measure, print, and return 1 if the bound was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.servers", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--servers", type=int, default=300)
    parser.add_argument("--items", type=int, default=50)
    options = parser.parse_args(argv)
    needed = options.servers * (2 * (options.items + 1) + 1 + 1)  # a header and its items twice, a digest, a thread
    of_bucket = options.items // BUCKET * BUCKET_WINDOW_S  # few servers wait for their channels' own limit
    least_s = max(of_bucket, (needed - 1) // GLOBAL * GLOBAL_WINDOW_S)
    found = asyncio.run(measured(options.servers, options.items, least_s))
    ratio = found.took_s / least_s
    before_mb, most_mb = found.memory_mb
    print(
        f"{options.servers} servers, 3 channels each, {options.items} items: {found.messages} messages in "
        f"{found.took_s:.1f} s, the limits allow {least_s:.1f} s for {needed} requests: ratio {ratio:.3f} "
        f"(at most {BOUND}), {found.requests} requests in all, refused for rate {found.refused}\n"
        f"memory {before_mb:.0f} MB before, {most_mb:.0f} MB at most; processor {found.processor_s:.1f} s, "
        f"{found.processor_s * 1000 / found.messages:.2f} ms a message",
        flush=True,
    )
    return int(ratio > BOUND or found.refused > 0)


async def measured(servers: int, items: int, least_s: float) -> Measured:
    """Post one issue to all servers."""
    names = [f"{layout}-{number}@server-{number}" for number in range(servers) for layout in LAYOUTS]
    with tempfile.TemporaryDirectory(prefix="herald-servers-") as scratch:
        folder = Path(scratch)
        async with (
            world(names, speed=1.0, seed=0, log=folder / "sandbox.log") as place,
            nursery(folder, place.url) as bots,
        ):
            await asyncio.to_thread(_write, folder, place)
            bots.has_disk = False
            bot = await bots.start()
            if not await bots.said(bot, "ready in", START_S):
                raise RuntimeError(f"the bot did not start:\n{bot.log.read_text()}")
            watched = psutil.Process(bot.pid)
            before = await place.log()
            memory_mb, began_s = _memory_mb(watched), _used_s(watched)
            await asyncio.to_thread((folder / "issues" / "one.md").write_text, issue(items))
            most_mb = await _posted(bot, watched, servers * (2 * (items + 1) + 1), least_s)
            processor_s, after = _used_s(watched) - began_s, await place.log()
            sent_ms = await _made_ms(place)
            await bots.kill(bot)
    return Measured(
        took_s=(max(sent_ms) - min(sent_ms)) / 1000,
        messages=len(sent_ms),
        refused=after["by_status"].get("429", 0) - before["by_status"].get("429", 0),
        requests=sum(after["by_status"].values()) - sum(before["by_status"].values()),
        memory_mb=(memory_mb, most_mb),
        processor_s=processor_s,
    )


def _write(folder: Path, place: World) -> None:
    (folder / "issues").mkdir()
    (folder / "issues" / "readme.txt").write_text("no issue")
    subscriptions = "".join(
        f"  - {{newsletter: Tech, channel: {channel}, layout: {name.partition('-')[0]}}}\n"
        for name, channel in place.channels.items()
    )
    (folder / "config.yaml").write_text(
        "storage: herald.db\ncache: cache\nnewsletters:\n  - name: Tech\n    source: issues\n    settle: 0s\n"
        f"    poll: 1s\n    max_age: unlimited\nsubscriptions:\n{subscriptions}"
    )


async def _posted(bot: Bot, watched: psutil.Process, count: int, least_s: float) -> float:
    """Wait until the bot says that all messages are posted; returns its highest memory, in MB."""
    until, most_mb, posted = time.monotonic() + START_S + SLACK * least_s, 0.0, 0
    with bot.log.open(encoding="utf-8") as log:
        while posted < count:
            if time.monotonic() > until:
                raise RuntimeError(f"only {posted} of {count} messages came in time")
            most_mb = max(most_mb, _memory_mb(watched))
            posted += sum(" posted newsletter=" in line for line in log.readlines())
            await asyncio.sleep(LOOK_S)
    return most_mb


async def _made_ms(place: World) -> list[int]:
    """When each message was made, those in threads too, in milliseconds since 1970."""
    found = await made_ms(place)
    for thread in await place.threads():
        found += [time_of_ms(message["id"]) for message in await place.messages(thread["id"]) if message["embeds"]]
    return found


def _memory_mb(process: psutil.Process) -> float:
    return process.memory_info().rss / 1e6


def _used_s(process: psutil.Process) -> float:
    """How much of the processor a process and its workers have used."""
    each = [process.cpu_times(), *(child.cpu_times() for child in process.children(recursive=True))]
    return sum(times.user + times.system for times in each)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

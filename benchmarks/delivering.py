"""How fast deliveries reach their channels, next to what Discord's limits allow: `python -m benchmarks.delivering`.

The real bot, a process of its own, posts to the sandbox, which is another. Once one long issue goes to one channel:
the bound is that of the channel's bucket, 5 messages in 5 seconds, with its windows made shorter by `--speed` (the bot
reads limits and windows from the headers). Once a short issue goes to many channels: the bound is the limit on all
requests together, 50 in a second, in real time. Both begin with the first message and end with the last.
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

from benchmarks.chaosbench.bots import nursery
from benchmarks.chaosbench.world import World, world

BUCKET, BUCKET_WINDOW_S = 5, 5.0  # messages in a channel, as sandbox/rest/messages.py has them
GLOBAL, GLOBAL_WINDOW_S = 50, 1.0  # sandbox/rules/rate_limit.py
LIMIT_S = 400.0
_DISCORD_EPOCH_MS = 1_420_070_400_000


@dataclass(frozen=True)
class Case:
    """One measurement; `bound` is the highest ratio to the limits' own time that will do."""

    name: str
    channels: int
    items: int
    speed: float
    bound: float

    @property
    def messages(self) -> int:
        """All messages: in each channel the header and the items."""
        return self.channels * (self.items + 1)

    @property
    def least_s(self) -> float:
        """The time between the first message and the last that the limits ask for."""
        of_bucket = self.items // BUCKET * BUCKET_WINDOW_S
        of_all = (self.messages - 1) // GLOBAL * GLOBAL_WINDOW_S
        return max(of_bucket, of_all) / self.speed


def main(argv: Sequence[str]) -> int:
    """Measure, print, and return 1 if a bound was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.delivering", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--items", type=int, default=100, help="items of the long issue")
    parser.add_argument("--channels", type=int, default=200, help="channels that the short issue goes to")
    parser.add_argument("--speed", type=float, default=4.0, help="makes the windows of the one channel shorter")
    options = parser.parse_args(argv)
    cases = [
        Case("one channel", 1, options.items, options.speed, 1.05),
        Case("many channels", options.channels, 10, 1.0, 1.15),
    ]
    return max(asyncio.run(measured(case)) for case in cases)


async def measured(case: Case) -> int:
    """Measure one case."""
    names = [f"channel-{number}" for number in range(case.channels)]
    with tempfile.TemporaryDirectory(prefix="herald-delivering-") as scratch:
        folder = Path(scratch)
        async with (
            world(names, speed=case.speed, seed=0, log=folder / "sandbox.log") as place,
            nursery(folder, place.url) as bots,
        ):
            await _write(folder, place)
            bot = await bots.start()
            if not await bots.said(bot, "ready in", 60.0):
                raise RuntimeError(f"the bot did not start:\n{bot.log.read_text()}")
            before = (await place.log())["by_status"].get("429", 0)
            await asyncio.to_thread((folder / "issues" / "one.md").write_text, issue(case.items))
            sent_ms = await _posted(place, case.messages)
            refused = (await place.log())["by_status"].get("429", 0) - before
            await bots.kill(bot)
    took_s = (max(sent_ms) - min(sent_ms)) / 1000
    ratio = took_s / case.least_s
    is_good = ratio <= case.bound and not refused
    print(
        f"{case.name}: {case.messages} messages in {took_s:.2f} s, the limits allow {case.least_s:.2f} s: "
        f"ratio {ratio:.3f} (at most {case.bound}), refused for rate {refused}" + ("" if is_good else "  MISSED"),
        flush=True,
    )
    return 0 if is_good else 1


def issue(items: int, title: str = "One issue") -> str:
    """Return an invented issue."""
    stories = "".join(
        f"### [Story {number}](https://example.org/{number})\n\nWhat is to be said of story {number}.\n\n"
        for number in range(1, items + 1)
    )
    return f"---\ntitle: {title}\ndate: 2026-01-01\n---\n\n## News\n\n{stories}"


async def _write(folder: Path, place: World) -> None:
    (folder / "issues").mkdir()
    (folder / "issues" / "readme.txt").write_text("no issue")
    subscriptions = "".join(f"  - newsletter: Tech\n    channel: {channel}\n" for channel in place.channels.values())
    (folder / "config.yaml").write_text(
        "storage: herald.db\ncache: cache\nnewsletters:\n  - name: Tech\n    source: issues\n    settle: 0s\n"
        f"    poll: 1s\n    max_age: unlimited\nsubscriptions:\n{subscriptions}"
    )


async def _posted(place: World, count: int) -> list[int]:
    """When each message was made, in milliseconds, once all of them are there."""
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        posted = (await place.log())["by_status"].get("200", 0)  # cheap; only then all channels are looked at
        if posted >= count:
            made = await made_ms(place)
            if len(made) >= count:
                return made
        await asyncio.sleep(0.5)
    raise RuntimeError(f"not all of {count} messages came within {LIMIT_S:.0f} s")


async def made_ms(place: World) -> list[int]:
    """When each message was made, in milliseconds since 1970, oldest first."""
    shown = [await place.messages(channel) for channel in place.channels.values()]
    return sorted(time_of_ms(message["id"]) for messages in shown for message in messages if message["embeds"])


def time_of_ms(message_id: str) -> int:
    """Return when a message was made, in milliseconds since 1970: its number says so."""
    return (int(message_id) >> 22) + _DISCORD_EPOCH_MS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

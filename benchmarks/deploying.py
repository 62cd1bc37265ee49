"""Two processes on one PostgreSQL server, replaced one after the other while people ask and issues appear.

    python -m benchmarks.deploying [--deploys 4] [--seed N] [--keep FOLDER]

Counts interactions that nobody answered, that two answered, or that were left unfinished; the longest time to an answer
and the longest pause between posts, calm and while processes are replaced; and who identified too early.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import itertools
import json
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.chaosbench.bots import Bot, Nursery, nursery
from benchmarks.chaosbench.content import Newsletter
from benchmarks.chaosbench.oracle import Follower, Verdict
from benchmarks.chaosbench.running import write_config
from benchmarks.chaosbench.world import World, world
from tests.support.postgres_server import Server, address, execute

CHANNELS = ("alpha", "beta", "gamma:forum")
ASK_EVERY_S, WRITE_EVERY_S = 0.5, 4.0
CALM_S, BETWEEN_S, STILL_S, READY_S = 15.0, 3.0, 30.0, 60.0
IDENTIFY_S = 5.0
SPEED = 20.0
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"name": "latest", "options": []},
    {"name": "search", "options": [{"name": "query", "type": 3, "value": "story"}]},
    {"name": "help", "options": []},
)


@dataclass
class Seen:
    """What Discord saw of one interaction, in seconds since the epoch."""

    begun_s: float
    accepted_s: list[float] = field(default_factory=list[float])
    refused: int = 0  # answers that came second
    follow_ups: int = 0

    @property
    def is_unfinished(self) -> bool:
        """Whether "is thinking" was never replaced; every question here is deferred."""
        return bool(self.accepted_s) and not self.follow_ups


@dataclass
class Figures:
    """What a run came to."""

    verdict: Verdict
    calm: tuple[float, float]  # from and to, in seconds since the epoch
    deploys: tuple[float, float]
    interactions: list[Seen]
    posts: list[float]
    sent_away: int
    stops_s: list[float]
    broken: list[str]

    def within(self, span: tuple[float, float]) -> list[Seen]:
        """Return what was asked in a span."""
        return [one for one in self.interactions if span[0] <= one.begun_s < span[1]]

    def pause_s(self, span: tuple[float, float]) -> float:
        """Return the longest time without a post in a span."""
        moments = [span[0], *(one for one in self.posts if span[0] <= one < span[1]), span[1]]
        return max(after - before for before, after in itertools.pairwise(moments))

    @property
    def is_clean(self) -> bool:
        """Whether nobody noticed anything."""
        is_answered = all(len(one.accepted_s) == 1 and not one.is_unfinished for one in self.interactions)
        return is_answered and self.verdict.is_clean and not (self.sent_away or self.broken)


@dataclass
class Deploy:
    """The processes that live, and what is asked of them."""

    bots: Nursery
    place: World
    newsletters: Sequence[Newsletter]
    living: list[Bot] = field(default_factory=list[Bot])
    asked: dict[int, Seen] = field(default_factory=dict[int, Seen])
    stops_s: list[float] = field(default_factory=list[float])
    broken: list[str] = field(default_factory=list[str])

    async def start(self) -> None:
        """Start one, and wait until it is ready."""
        bot = await self.bots.start(role="all")
        if not await self.bots.said(bot, "ready in", READY_S):
            raise RuntimeError(f"{bot.log.name} did not get ready: {bot.log.read_text()[-2_000:]}")
        self.living.append(bot)

    async def stop(self) -> None:
        """Stop the oldest in order."""
        bot, began_s = self.living.pop(0), time.monotonic()
        if (status := await self.bots.stop(bot)) != 0:
            self.broken.append(f"{bot.log.name} ended with status {status}")
        self.stops_s.append(time.monotonic() - began_s)

    async def ask(self) -> None:
        """Ask again and again, until cancelled."""
        channel = self.place.channels["alpha"]
        for number in range(1_000_000):
            data = {"type": 1, **QUESTIONS[number % len(QUESTIONS)]}
            began_s = time.time()
            self.asked[await self.place.interact(channel, {"type": 2, "data": data})] = Seen(began_s)
            await asyncio.sleep(ASK_EVERY_S)

    async def write(self) -> None:
        """Publish again and again, until cancelled."""
        for number in range(1_000_000):
            newsletter = self.newsletters[number % len(self.newsletters)]
            newsletter.new_issue(2)
            await asyncio.to_thread(newsletter.commit)
            await asyncio.sleep(WRITE_EVERY_S)


async def deploying(folder: Path, deploys: int, seed: int) -> Figures:
    """Run it once."""
    chance = random.Random(seed)
    names = ("Alpha", "Beta", "Gamma")
    newsletters = [Newsletter(name, folder / "sources" / name.lower(), chance, is_git=False) for name in names]
    for newsletter in newsletters:
        newsletter.new_issue(2).is_backlog = True
        newsletter.commit()
    layouts = ("items", "thread", "forum")
    channels = [name.partition(":")[0] for name in CHANNELS]
    followers = [Follower(*each) for each in zip(newsletters, channels, layouts, strict=True)]
    server = await asyncio.to_thread(Server)
    try:
        await execute(address(server.folder, "postgres"), "CREATE DATABASE herald TEMPLATE template0")
        async with (
            world(CHANNELS, speed=SPEED, seed=seed, log=folder / "sandbox.log", identify_every_s=IDENTIFY_S) as place,
            nursery(folder, place.url) as bots,
        ):
            write_config(folder, newsletters, followers, place, storage=address(server.folder, "herald"))
            deploy = Deploy(bots, place, newsletters)
            for _ in range(2):
                await deploy.start()
            calm, spans = await _replaced(deploy, deploys)
            verdict = await _settled(place, followers)
            while deploy.living:
                await deploy.stop()
            deploy.broken += [f"said {count} times: {said}" for said, count in bots.incidents.items()]
            log = await place.log(1_000_000)
            (folder / "log.json").write_text(json.dumps(log, indent=1))
            return _figures(deploy, verdict, log, calm, spans)
    finally:
        await asyncio.to_thread(server.remove)


async def _replaced(deploy: Deploy, deploys: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Let people ask and authors write, calmly and while processes are replaced; returns both spans."""
    work = [asyncio.create_task(deploy.ask()), asyncio.create_task(deploy.write())]
    try:
        await asyncio.sleep(BETWEEN_S)
        began_s = time.time()
        await asyncio.sleep(CALM_S)
        calm_s = time.time()
        for _ in range(deploys):
            await deploy.start()
            await asyncio.sleep(BETWEEN_S)
            await deploy.stop()
            await asyncio.sleep(BETWEEN_S)
        return (began_s, calm_s), (calm_s, time.time())
    finally:
        for task in work:
            task.cancel()
        ended = await asyncio.gather(*work, return_exceptions=True)
        deploy.broken += [repr(one) for one in ended if not isinstance(one, asyncio.CancelledError)]


async def _settled(place: World, followers: Sequence[Follower]) -> Verdict:
    """Wait until the channels are as they should be, or nothing changes any more."""
    verdict, changed_s = await place.judged(followers), time.monotonic()
    while not verdict.is_clean and time.monotonic() - changed_s < STILL_S:
        await asyncio.sleep(1.0)
        before, verdict = str(verdict), await place.judged(followers)
        changed_s = changed_s if str(verdict) == before else time.monotonic()
    return verdict


def _figures(
    deploy: Deploy, verdict: Verdict, log: dict[str, Any], calm: tuple[float, float], deploys: tuple[float, float]
) -> Figures:
    by_token: defaultdict[str, int] = defaultdict(int)
    posts: list[float] = []
    for entry in log["entries"]:
        at_s = dt.datetime.fromisoformat(entry["at"]).timestamp()
        parts = entry["path"].strip("/").split("/")
        if "interactions" in parts and parts[-1] == "callback":
            number, token = int(parts[-3]), parts[-2]
            by_token[token] = number
            seen = deploy.asked[number]
            if entry["status"] < 300:
                seen.accepted_s.append(at_s)
            elif entry["code"] == 40060:
                seen.refused += 1
        elif "webhooks" in parts and entry["status"] < 300:
            token = parts[parts.index("webhooks") + 2]
            deploy.asked[by_token[token]].follow_ups += 1
        elif entry["method"] == "POST" and parts[-1] in {"messages", "threads"} and entry["status"] < 300:
            posts.append(at_s)
    return Figures(
        verdict, calm, deploys, list(deploy.asked.values()), posts, log["sent_away"], deploy.stops_s, deploy.broken
    )


def report(figures: Figures, seconds: float) -> int:
    """Print what was seen; returns 0 if nobody noticed anything."""
    for name, span in (("calm", figures.calm), ("deploys", figures.deploys)):
        asked = figures.within(span)
        waits = sorted(one.accepted_s[0] - one.begun_s for one in asked if one.accepted_s)
        print(
            f"  {name:8} {span[1] - span[0]:.0f} s, {len(asked)} interactions: "
            f"unanswered {sum(not one.accepted_s for one in asked)}, "
            f"answered twice {sum(len(one.accepted_s) + one.refused > 1 for one in asked)}, "
            f"unfinished {sum(one.is_unfinished for one in asked)}, "
            f"first answer median {statistics.median(waits):.2f} s, longest {waits[-1]:.2f} s; "
            f"longest pause between posts {figures.pause_s(span):.1f} s"
        )
    for line in [*figures.broken[:20], *figures.verdict.lines()]:
        print(f"  WRONG {line}")
    verdict = figures.verdict
    print(
        f"  {verdict.items} items: lost {len(verdict.lost)}, doubled {len(verdict.doubled)}, out of order "
        f"{len(verdict.disordered)}; identified too early {figures.sent_away}; stops took "
        f"{', '.join(f'{one:.1f}' for one in figures.stops_s)} s; {seconds:.0f} s",
        flush=True,
    )
    return 0 if figures.is_clean else 1


def main(argv: Sequence[str]) -> int:
    """Run it once; returns 0 if nobody noticed anything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deploying", description=__doc__)
    parser.add_argument("--deploys", type=int, default=4, help="processes replaced")
    parser.add_argument("--seed", type=int, default=None, help="what chance begins with (default: another each time)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep what the processes left behind there")
    options = parser.parse_args(argv)
    seed = options.seed if options.seed is not None else secrets.randbelow(10**9)
    print(f"seed {seed}", flush=True)
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="herald-deploying-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        figures = asyncio.run(deploying(folder, options.deploys, seed))
    return report(figures, time.monotonic() - began_s)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

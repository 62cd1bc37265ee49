"""Several processes on one PostgreSQL server, killed, stopped and continued while they post: what was lost or doubled?

    python -m benchmarks.chaos_cluster [--processes 3] [--kills 30] [--stops 10] [--aims 0] [--lates 0]
                                       [--blackouts 0] [--restarts 1] [--promotions 0] [--seed N] [--mutate NAME]
                                       [--keep FOLDER]

The sandbox plays Discord and outlives everything; a server of its own plays PostgreSQL. Leases are shortened, so that
another process takes over within seconds. A mutation breaks one promise on purpose: the run must go red.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import random
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaosbench.bots import Bot, Nursery, nursery
from benchmarks.chaosbench.content import Newsletter
from benchmarks.chaosbench.mutations import MUTATIONS
from benchmarks.chaosbench.oracle import Follower, Verdict
from benchmarks.chaosbench.running import write_config
from benchmarks.chaosbench.servers import Servers, servers
from benchmarks.chaosbench.world import World, world
from clock import utc_now
from tests.support.postgres_server import UNDEFINED, value

LEASE_S = 3.0  # as the mutation quick-lease sets it
DELAY_S = 0.25  # until a message is there: somebody is always waiting for one
_POSTS = "POST /channels/*/messages"
SPEED = 20.0  # of the sandbox's rate limits
_AWAY = "cannot be reached"  # what a start says while the server restarts
READY_S, STILL_S, AIM_LIMIT_S = 60.0, 45.0, 30.0
# the look whether the request may leave, after its turn has come
_AIM, _AIM_CALLS = "storage.postgres.database:PostgresDatabase.may_act:pause", (4, 16)
# A late request: its process dies when its lease is nearly over, and Discord does it after another took over. Leases
# are those of the mutation slow-heart.
_OLD_S, _TOO_OLD_S, _LATE_S = 4.5, 4.85, 5.8
_HOLDER = (
    "SELECT processes.place || '|' || extract(epoch FROM clock_timestamp() - seen_at) FROM processes"
    " JOIN duties USING (epoch) WHERE duties.name LIKE 'shard:%' LIMIT 1"
)
_BEGUN = "SELECT count(*) FROM deliveries WHERE state = 'sending' AND action = 'post' AND sending_at > '{since}'"
LOST, _SENT = 4, "SELECT count(*) FROM deliveries WHERE state = 'sent'"  # messages when a standby takes over
ROLES = ("all", "all", "gateway", "ingest")  # of the processes, from the first on
CHANNELS = ("alpha", "auto", "beta", "gamma:forum", "short")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of it."""

    seed: int
    processes: int = 3
    kills: int = 30
    stops: int = 10
    aims: int = 0  # stops in the very moment before a post's request, until another process has taken over
    lates: int = 0  # kills whose last request Discord does only when another process has taken over
    blackouts: int = 0  # kills of all at once: nobody hears of what Discord does then
    restarts: int = 1  # of the database's server
    promotions: int = 0  # of its standby, without the last commits
    pause_s: float = 1.5  # on average between two of them
    mutate: str = ""
    forgets: bool = False  # whether Discord forgets nonces at once, so that they help nobody


@dataclass
class Cluster:
    """The processes that live at this moment, by their roles."""

    bots: Nursery
    place: World
    servers: Servers
    plan: Plan
    chance: random.Random
    living: dict[str, Bot] = field(default_factory=dict[str, Bot])  # "0 all", "1 all", "2 gateway" …
    done: Counter[str] = field(default_factory=Counter[str])
    ended: list[str] = field(default_factory=list[str])

    async def start(self) -> None:
        """Start what does not live."""
        for number in range(self.plan.processes):
            role = ROLES[number % len(ROLES)]
            name = f"{number} {role}"
            if name in self.living and not self.bots.is_alive(self.living[name]):
                bot = self.living.pop(name)
                await self.bots.kill(bot)
                if _AWAY not in await asyncio.to_thread(bot.log.read_text, "utf-8"):  # it started meanwhile
                    self.ended.append(f"{name} ended by itself: {bot.log.name}")
            if name not in self.living:
                aim = f"{_AIM}:{self.chance.randint(*_AIM_CALLS)}" if self.plan.aims else ""
                self.living[name] = await self.bots.start(role=role, die=aim)

    async def forget(self) -> None:
        """Let Discord forget all nonces, where the plan says so."""
        if self.plan.forgets:
            await self.place.order("nonce_window_close")

    async def kill(self) -> None:
        """Kill one, and start another in its place."""
        await self.forget()
        name = self.chance.choice(list(self.living))
        await self.bots.kill(self.living.pop(name))
        self.done["kills"] += 1

    async def pause(self) -> None:
        """Stop one for two leases, and let it go on."""
        name = self.chance.choice(list(self.living))
        bot = self.living[name]
        with contextlib.suppress(ProcessLookupError):
            os.kill(bot.pid, signal.SIGSTOP)
            await asyncio.sleep(2 * LEASE_S * self.chance.uniform(0.7, 1.3))
            await self.forget()
            os.kill(bot.pid, signal.SIGCONT)
        self.done["stops"] += 1

    async def aim(self) -> None:
        """Wait until one has stopped itself, let it go on two leases later, and replace it: it stops itself once."""
        until_s = time.monotonic() + AIM_LIMIT_S
        while not (found := [name for name, bot in self.living.items() if self.bots.is_stopped(bot)]):
            if time.monotonic() > until_s:
                return
            await asyncio.sleep(0.05)
        await asyncio.sleep(2 * LEASE_S * self.chance.uniform(0.8, 1.3))
        await self.forget()
        self.let_go_on()
        await asyncio.sleep(LEASE_S)  # for what it was about to do
        for name in found:
            await self.bots.kill(self.living.pop(name))
        self.done["aims"] += 1

    async def late(self) -> None:
        """Kill who posts when its lease is nearly over, while Discord holds its request up; nonces help nobody."""
        until_s = time.monotonic() + AIM_LIMIT_S
        while (name := await self._held_up()) is None:
            if time.monotonic() > until_s:
                return
            await asyncio.sleep(0.05)
        await self.bots.kill(self.living.pop(name))
        self.done["lates"] += 1
        until_s = time.monotonic() + _LATE_S
        while time.monotonic() < until_s:
            await self.place.order("nonce_window_close")
            await asyncio.sleep(0.1)

    async def blackout(self) -> None:
        """Kill all while posts are under way: they are there later, nobody hears of it, and nonces help nobody."""
        await self.servers.counts(_BEGUN.format(since=utc_now().isoformat()), 1, AIM_LIMIT_S)
        while self.living:
            await self.bots.kill(self.living.popitem()[1])
        await asyncio.sleep(4 * DELAY_S)
        await self.place.order("nonce_window_close")
        self.done["blackouts"] += 1

    async def restart(self) -> None:
        """Stop the server as a crash does, and start it again."""
        await self.servers.restart(1.0)
        self.done["restarts"] += 1

    async def promote(self) -> None:
        """Let a standby take over that lacks the last messages; one process may have died meanwhile, no nonce helps."""
        await self.servers.fall_behind()
        known = await value(self.servers.direct, _SENT)
        await self.servers.counts(_SENT, known + LOST, AIM_LIMIT_S)
        if self.chance.random() < 0.5:
            await self.kill()
        await self.servers.fail()
        await self.servers.take_over()
        await self.place.order("nonce_window_close")
        self.done["promotions"] += 1

    async def _held_up(self) -> str | None:
        """Let Discord hold up a request of who posts, where it has not renewed its lease for long; returns who."""
        place, _, age_s = str(await value(self.servers.direct, _HOLDER) or "").partition("|")
        found = [name for name, bot in self.living.items() if place.startswith(f"process {bot.pid} ")]
        if not found or not _OLD_S < float(age_s) < _TOO_OLD_S:
            return None
        held = {"route": _POSTS, "seconds": _LATE_S}
        await self.place.order("clear")
        await self.place.order("stall", **held)
        await hold_up(self.place)
        until_s = time.monotonic() + _TOO_OLD_S - float(age_s)
        while time.monotonic() < until_s:
            if not any(fault["seconds"] == _LATE_S for fault in await self.place.faults()):
                return found[0]
            await asyncio.sleep(0.02)
        await self.place.order("clear")
        await hold_up(self.place)
        return None

    def let_go_on(self) -> None:
        """Let all go on that are stopped."""
        for bot in self.living.values():
            if self.bots.is_stopped(bot):
                os.kill(bot.pid, signal.SIGCONT)

    async def end(self) -> None:
        """Stop all in order."""
        going = asyncio.create_task(self._keep_going())
        for name, bot in list(self.living.items()):
            if (status := await self.bots.stop(bot)) != 0:
                self.ended.append(f"{name} stopped with status {status}: {bot.log.name}")
        going.cancel()
        self.living.clear()

    async def _keep_going(self) -> None:
        """Let go on, until cancelled, what stops itself by its last request."""
        while True:
            self.let_go_on()
            await asyncio.sleep(0.2)


async def hold_up(place: World) -> None:
    """Let each message take its time."""
    await place.order("stall", route=_POSTS, seconds=DELAY_S, count=None)


@dataclass
class Outcome:
    """What a run came to."""

    verdict: Verdict
    done: Counter[str]
    broken: list[str]
    requests: int = 0
    most: int = 0  # requests in any second

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return self.verdict.is_clean and not self.broken


async def chaos(folder: Path, plan: Plan) -> Outcome:
    """Run it once."""
    chance = random.Random(plan.seed)
    newsletters = [
        Newsletter("Alpha", folder / "sources" / "alpha", chance, is_git=False),
        Newsletter("Beta", folder / "sources" / "beta", chance, is_git=True),
        Newsletter("Gamma", folder / "sources" / "gamma", chance, is_git=False),
    ]
    alpha, beta, gamma = newsletters
    for newsletter in newsletters:
        newsletter.new_issue(2).is_backlog = True
        newsletter.commit()
    followers = [
        Follower(alpha, "alpha"), Follower(alpha, "auto", "auto", max_messages=4), Follower(beta, "beta", "thread"),
        Follower(gamma, "gamma", "forum"), Follower(beta, "short", "digest"),
    ]  # fmt: skip
    mutate = ",".join(filter(None, ("slow-heart" if plan.lates else "quick-lease", plan.mutate)))
    async with (
        servers(has_standby=plan.promotions > 0) as database,
        world(CHANNELS, speed=SPEED, seed=plan.seed, log=folder / "sandbox.log") as place,
        nursery(folder, place.url, mutate) as bots,
    ):
        write_config(folder, newsletters, followers, place, storage=database.address)
        cluster = Cluster(bots, place, database, plan, chance)
        await hold_up(place)
        await cluster.start()
        await _first_look(database, len(newsletters))
        await _disturb(cluster, newsletters)
        await cluster.start()
        verdict = await _settled(cluster, place, followers)
        await cluster.end()
        requests, most = await _pace(place)
        (folder / "messages.json").write_text(json.dumps(await place.dump(), indent=1))
        broken = [*cluster.ended, *(f"said {count} times: {said}" for said, count in bots.incidents.items())]
        return Outcome(verdict, cluster.done, broken, requests, most)


async def _first_look(database: Servers, count: int) -> None:
    """Wait until each newsletter was seen as it was before anybody followed."""
    seen = "SELECT count(*) FROM newsletters WHERE revision IS NOT NULL"
    open_ones = "SELECT count(*) FROM subscriptions WHERE backfilled_at IS NULL"
    where, until_s = database.direct, time.monotonic() + READY_S
    while time.monotonic() < until_s:
        with contextlib.suppress(UNDEFINED):  # the tables are being made
            if await value(where, seen) >= count and not await value(where, open_ones):
                return
        await asyncio.sleep(0.2)
    raise RuntimeError("the processes have not looked at the newsletters")


async def _disturb(cluster: Cluster, newsletters: Sequence[Newsletter]) -> None:
    """Let authors write, and processes and the server die, in an order of chance."""
    plan, chance = cluster.plan, cluster.chance
    kinds = (
        (cluster.kill, plan.kills), (cluster.pause, plan.stops), (cluster.aim, plan.aims), (cluster.late, plan.lates),
        (cluster.blackout, plan.blackouts), (cluster.restart, plan.restarts), (cluster.promote, plan.promotions),
    )  # fmt: skip
    acts = [act for act, count in kinds for _ in range(count)]
    chance.shuffle(acts)
    for act in acts:
        for newsletter in newsletters:
            newsletter.new_issue(chance.randint(2, 6))
            await asyncio.to_thread(newsletter.commit)
        await asyncio.to_thread(chance.choice(newsletters).act)
        await asyncio.sleep(plan.pause_s * chance.uniform(0.3, 1.7))
        await act()
        await cluster.start()


async def _settled(cluster: Cluster, place: World, followers: Sequence[Follower]) -> Verdict:
    """Wait until the channels are as they should be, or nothing changes any more."""
    verdict, calm = await place.judged(followers), 0
    before, changed_s = str(verdict), time.monotonic()
    while time.monotonic() - changed_s < STILL_S and calm < 3:
        await asyncio.sleep(1.0)
        cluster.let_go_on()
        await cluster.start()
        verdict = await place.judged(followers)
        if str(verdict) != before:
            before, changed_s = str(verdict), time.monotonic()
        calm = calm + 1 if verdict.is_clean else 0
        if verdict.doubled:  # that does not mend itself
            return verdict
    return verdict


async def _pace(place: World) -> tuple[int, int]:
    """Return how many requests Discord counts, and the most of them in any second."""
    entries = (await place.log(1_000_000))["entries"]
    exempt = ("/interactions/", "/webhooks/")
    at = sorted(
        dt.datetime.fromisoformat(one["at"]).timestamp()
        for one in entries
        if not any(part in one["path"] for part in exempt)
    )
    most = first = 0
    for last, moment in enumerate(at):
        while at[first] <= moment - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return len(at), most


def report(plan: Plan, outcome: Outcome, seconds: float) -> int:
    """Print what was done and seen; returns 0 if all is well."""
    done, verdict = outcome.done, outcome.verdict
    print(
        f"  {plan.processes} processes, {done['kills']} kills, {done['stops']} stops, {done['aims']} aimed stops, "
        f"{done['lates']} late requests, {done['blackouts']} blackouts, {done['restarts']} restarts, "
        f"{done['promotions']} promotions"
    )
    for line in [*outcome.broken[:20], *verdict.lines()]:
        print(f"  WRONG {line}")
    print(
        f"  {verdict.items} items: lost {len(verdict.lost)}, doubled {len(verdict.doubled)}, "
        f"out of order {len(verdict.disordered)}, wrong text {len(verdict.wrong)}, broken {len(outcome.broken)}; "
        f"{outcome.requests} requests, at most {outcome.most} in a second; {seconds:.0f} s",
        flush=True,
    )
    return 0 if outcome.is_clean else 1


def main(argv: Sequence[str]) -> int:
    """Run it as often as there are seeds; returns 0 if nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos_cluster", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="what chance begins with (default: another each time)")
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--stops", type=int, default=10)
    parser.add_argument("--aims", type=int, default=0, help="stops in the moment before a request")
    parser.add_argument("--blackouts", type=int, default=0, help="kills of all at once, whose requests nobody hears of")
    parser.add_argument("--lates", type=int, default=0, help="kills whose last request is done after a take-over")
    parser.add_argument("--restarts", type=int, default=1)
    parser.add_argument("--promotions", type=int, default=0, help="of a standby that lacks the last messages")
    parser.add_argument("--mutate", default="", choices=["", *MUTATIONS], help="break a promise: the run must go red")
    parser.add_argument("--forget-nonces", action="store_true", help="let Discord forget nonces at every act")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep what the processes left behind there")
    options = parser.parse_args(argv)
    seed = options.seed if options.seed is not None else secrets.randbelow(10**9)
    plan = Plan(
        seed=seed, processes=options.processes, kills=options.kills, stops=options.stops, aims=options.aims,
        lates=options.lates, blackouts=options.blackouts, restarts=options.restarts, promotions=options.promotions,
        mutate=options.mutate, forgets=options.forget_nonces,
    )  # fmt: skip
    print(f"seed {seed}" + (f", with a promise broken: {plan.mutate}" if plan.mutate else ""), flush=True)
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="herald-cluster-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        outcome = asyncio.run(chaos(folder, plan))
    return report(plan, outcome, time.monotonic() - began_s)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

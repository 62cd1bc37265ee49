"""Kills and disturbs a posting bot again and again: `python -m benchmarks.chaos [--seed N] [--kills 200]`.

The bot is the real one, a process of its own that talks to the sandbox, which is another and outlives it. While bots
die, newsletters are written, corrected, taken back and moved. At the end every channel is compared with what is in
the newsletters: what is lost, doubled, out of order or has the wrong text. docs/chaos.md says what is done to it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaosbench.admins import ALL_DAY, change_filters, end_quiet_hours, published, take_back_and_bring_back
from benchmarks.chaosbench.asking import untrue_answers
from benchmarks.chaosbench.bots import nursery
from benchmarks.chaosbench.content import Newsletter
from benchmarks.chaosbench.differences import look_for_differences
from benchmarks.chaosbench.disturbing import GROUPS, Disturber
from benchmarks.chaosbench.mutations import MIGRATION_POINTS, MUTATIONS
from benchmarks.chaosbench.oracle import Admins, Follower, Verdict
from benchmarks.chaosbench.running import Run, write_config
from benchmarks.chaosbench.scenarios import (
    archive_faults,
    full_disk,
    large_changes,
    make_old_database,
    old_backup,
    unheard,
    wrong_branch,
)
from benchmarks.chaosbench.world import world

FIXED_SEED = 20240229
CHANNELS = (
    "alpha", "auto", "tidy", "beta", "gamma:forum", "delta", "short", "bulk", "doomed", "elsewhere@Second server",
    "annex@Second server", "sifted", "quiet", "wire:announcement",
)  # fmt: skip
SPEED = 20.0  # windows of rate limits are so many times shorter


def main(argv: Sequence[str]) -> int:
    """Run, print, and return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seed", help=f'a number, or "random" (default: once {FIXED_SEED} and once at random)')
    parser.add_argument("--kills", type=int, default=200, help="how often the bot is killed at least (default: 200)")
    parser.add_argument("--faults", default="all", help=f"all, none, or some of {','.join(GROUPS)}")
    parser.add_argument("--files", type=int, default=500, help="size of the newsletter that is changed as a whole")
    parser.add_argument("--questions", type=int, default=50, help="how often /why is asked at the end (default: 50)")
    parser.add_argument("--mutate", default="", choices=["", *MUTATIONS], help="break a promise: the run must go red")
    parser.add_argument(
        "--differences", action="store_true", help="put ten differences in at the end: bot.py audit must find them"
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep what the bots left behind there")
    options = parser.parse_args(argv)
    named = _named(str(options.faults))
    if unknown := named - set(GROUPS):
        parser.error(f"--faults: there is no {', '.join(sorted(unknown))}")
    seeds = {None: [FIXED_SEED, secrets.randbelow(10**9)], "random": [secrets.randbelow(10**9)]}
    chosen = seeds[options.seed] if options.seed in seeds else [int(options.seed)]
    status = 0
    for seed in chosen:
        with tempfile.TemporaryDirectory(prefix="herald-chaos-") as scratch:
            folder = options.keep / str(seed) if options.keep else Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            plan = Plan(
                seed=seed, kills=options.kills, groups=named, mutate=options.mutate, files=options.files,
                questions=options.questions, differences=options.differences,
            )  # fmt: skip
            status |= asyncio.run(chaos(folder, plan))
    return status


def _named(faults: str) -> frozenset[str]:
    if faults in {"all", "none"}:
        return frozenset(GROUPS if faults == "all" else ())
    return frozenset(faults.split(","))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of it: `files` is the size of the newsletter that is changed as a whole (0: none), `questions` how
    often `/why` is asked at the end; with `differences` ten are put in then, for the audit to find.
    """

    seed: int
    kills: int = 200
    groups: frozenset[str] = frozenset(GROUPS)
    mutate: str = ""
    files: int = 500
    questions: int = 50
    differences: bool = False
    first_points: tuple[str, ...] = (*MIGRATION_POINTS, "", "", "")


def begun_newsletters(sources: Path, chance: random.Random, bulk_files: int) -> list[Newsletter]:
    """Return the newsletters, each with issues from before the bot's first start; the last has `bulk_files` of them."""
    newsletters = [
        Newsletter("Alpha", sources / "alpha", chance, is_git=False),
        Newsletter("Beta", sources / "beta", chance, is_git=True),
        Newsletter("Gamma", sources / "gamma", chance, is_git=False, may_reorder=True),
        Newsletter("Delta", sources / "delta", chance, is_git=True, may_reorder=True),
        Newsletter("Bulk", sources / "bulk", chance, is_git=True),
    ]
    for newsletter in newsletters:
        for _ in range(max(bulk_files, 1) if newsletter is newsletters[-1] else 3):
            newsletter.new_issue(2).is_backlog = True
        newsletter.commit()
    return newsletters


def followers_of(newsletters: Sequence[Newsletter]) -> list[Follower]:
    """Return who follows what: each layout, kind of channel and way to take back at least once."""
    alpha, beta, gamma, delta, bulk = newsletters
    return [
        Follower(alpha, "alpha"), Follower(alpha, "auto", "auto", max_messages=4),
        Follower(alpha, "tidy", on_removed="delete"), Follower(beta, "beta", "thread"),
        Follower(gamma, "gamma", "forum"), Follower(delta, "delta", on_removed="keep"),
        Follower(delta, "short", "digest"), Follower(bulk, "bulk"),
        Follower(beta, "elsewhere"), Follower(gamma, "annex", "thread"),
        Follower(beta, "sifted", admins=Admins(without=["ferns"])),
        Follower(alpha, "quiet", admins=Admins(quiet_hours=ALL_DAY)), Follower(delta, "wire", publishes=True),
    ]  # fmt: skip


async def chaos(folder: Path, plan: Plan) -> int:
    """One run."""
    print(f"seed {plan.seed}" + (f", with a promise broken: {plan.mutate}" if plan.mutate else ""), flush=True)
    began_s = time.monotonic()
    chance = random.Random(plan.seed)
    newsletters = begun_newsletters(folder / "sources", chance, plan.files)
    followers = followers_of(newsletters)
    make_old_database(folder / "herald.db")
    async with (
        world(CHANNELS, speed=SPEED, seed=plan.seed, log=folder / "sandbox.log") as place,
        nursery(folder, place.url, plan.mutate) as bots,
    ):
        everybody = [*followers, Follower(newsletters[0], "doomed")]

        def follow_branch(branch: str) -> None:
            write_config(folder, newsletters, everybody, place, bulk_branch=branch)

        follow_branch("")
        names = tuple(follower.channel for follower in followers)
        disturber = Disturber(place, chance, plan.groups, names)
        run = Run(
            place, bots, newsletters, newsletters[:4], followers, disturber, chance, follow_branch, plan.first_points
        )
        await live_through(run, plan)
        verdict = await run.settle()
        run.broken += archive_faults(run)
        asked, untrue = await untrue_answers(run, chance, plan.questions)
        run.broken += untrue
        print(f"  /why was asked {asked} times: {len(untrue)} answers untrue; {await published(run)}", flush=True)
        if plan.differences:
            run.broken += await look_for_differences(run, chance)
        log = await place.log()
        (folder / "messages.json").write_text(json.dumps(await place.dump(), indent=1))
    return report(run, verdict, log, time.monotonic() - began_s)


async def live_through(run: Run, plan: Plan) -> None:
    """Let a run meet everything, in an order that later scenarios build on; kills fill the time between them."""
    bulk = run.newsletters[-1]
    await run.first_look()
    await run.lives(max(plan.kills - run.kills, 0) // 2)
    await end_quiet_hours(run)
    await change_filters(run, {"ferns": "granite"})
    await take_back_and_bring_back(run)
    await run.world.order("channel_delete", channel_id=run.world.channels["doomed"])
    await unheard(run)
    if plan.files:
        await full_disk(run)
        await large_changes(run, bulk)
        await wrong_branch(run, bulk)
    await old_backup(run, max(plan.kills // 10, 2))
    await take_back_and_bring_back(run)
    await run.lives(plan.kills - run.kills)


def report(run: Run, verdict: Verdict, log: dict[str, object], seconds: float) -> int:
    """Print what was done and seen; returns 0 if all is well."""
    acts = sum(sum(newsletter.counts.values()) for newsletter in run.newsletters)
    print(f"  {run.kills} kills: " + ", ".join(f"{count} {kind}" for kind, count in sorted(run.kinds.items())))
    print(f"  {sum(run.disturber.played.values())} disturbances, {acts} changes by authors")
    for kind, count in sorted(run.disturber.played.items()):
        print(f"    {count:4} {kind}")
    print(f"  answers by status: {log['by_status']}, by fault: {log['by_fault']}, invalid: {log['invalid']}")
    for line, count in run.nursery.incidents.most_common(20):
        print(f"  said {count} times: {line}")
    for line in [*run.broken[:20], *verdict.lines()]:
        print(f"  WRONG {line}")
    print(
        f"  {verdict.items} items: lost {len(verdict.lost)}, doubled {len(verdict.doubled)}, "
        f"out of order {len(verdict.disordered)}, wrong text {len(verdict.wrong)}, "
        f"broken {len(run.broken)}; {seconds:.0f} s",
        flush=True,
    )
    return 0 if verdict.is_clean and not run.broken else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

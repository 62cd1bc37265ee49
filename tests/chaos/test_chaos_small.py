"""A small version of `make chaos`: the real bot dies at chosen moments; what it promises holds, or is seen broken."""

from __future__ import annotations

import asyncio
import random
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from benchmarks.chaosbench.bots import forking, nursery_in
from benchmarks.chaosbench.content import Newsletter
from benchmarks.chaosbench.disturbing import Disturber
from benchmarks.chaosbench.oracle import Follower, Verdict
from benchmarks.chaosbench.running import Run, write_config
from benchmarks.chaosbench.world import world

CREATE = "POST /channels/*/messages"
LIMIT_S = 40.0  # for a life to come to its aimed moment, however busy the machine is

# Two issues for each of these are published before the life that ends there.
MOMENTS = (
    "storage.outbox:Outbox.plan:after:1",
    "storage.outbox:Outbox.claim_next:after:3",
    "delivery.requests:carry_out:before:4",
    "delivery.requests:carry_out:after:2",
)
pytestmark = [pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def forks() -> AsyncIterator[Process]:
    """What forks the bots of all tests: to import Herald for each of them would take longer than they do."""
    async with forking() as process:
        yield process


@asynccontextmanager
async def prepared(forks: Process, folder: Path, mutate: str = "") -> AsyncGenerator[Run]:
    """A newsletter that a channel and a forum follow (`mutate`: the channel alone), seen once as it was before."""
    chance = random.Random(1)
    async with (
        world(["news", "posts:forum"], speed=50.0, seed=1, log=folder / "sandbox.log") as place,
        nursery_in(forks, folder, place.url, mutate) as bots,
    ):
        news = Newsletter("News", folder / "sources" / "news", chance, is_git=False)
        news.new_issue(2).is_backlog = True
        news.commit()
        followers = [Follower(news, "news"), *([] if mutate else [Follower(news, "posts", "forum")])]
        write_config(folder, [news], followers, place)
        disturber = Disturber(place, chance, frozenset({"nonce"}), ("news", "posts"))
        run = Run(place, bots, [news], [news], followers, disturber, chance, lambda _: None, first_points=())
        await run.first_look()
        yield run


async def die_at(run: Run, moments: Sequence[str], *, is_window_closed: bool = True) -> None:
    """A life for each moment, which it must not outlive; Discord forgets the nonces in between."""
    [news] = run.newsletters
    for moment in moments:
        news.new_issue(2)
        news.commit()
        bot = await run.nursery.start(die=moment)
        assert await run.nursery.ended(bot, LIMIT_S), f"never came to {moment}:\n{bot.log.read_text()}"
        await run.kill(bot, "aimed moment")
        if is_window_closed:
            assert await run.disturber.close_nonce_window()


def assert_whole(run: Run, verdict: Verdict, *, kills: int, items: int) -> None:
    assert (verdict.lines(), run.broken) == ([], [])
    assert (run.kinds["aimed moment"], verdict.items) == (kills, items)


async def test_killed_at_every_kind_of_moment_nothing_is_lost_doubled_or_out_of_order(
    forks: Process, tmp_path: Path
) -> None:
    async with prepared(forks, tmp_path) as run:
        await die_at(run, MOMENTS)
        [news] = run.newsletters
        first = next(issue for issue in news.issues if not issue.is_backlog)
        first.stories[0].version += 1  # a correction and a withdrawal of what is out already
        first.removed.append(first.stories.pop())
        news.commit()
        verdict = await run.settle()
        # in both channels: a header and two items for each issue, less what was taken back
        assert_whole(run, verdict, kills=len(MOMENTS), items=2 * (3 * len(MOMENTS) - 1))


# A message is there, whoever was to record it, `send` or its echo, died before: the next life must find it.
UNRECORDED = "storage.outbox:Outbox.sent:before:1"


@pytest.mark.parametrize(
    ("mutate", "moment", "broken"),
    [
        ("no-readback", UNRECORDED, "doubled"),
        ("no-nonce", UNRECORDED, "doubled"),
        ("record-first", "storage.outbox:Outbox.sent:after:1", "lost"),
    ],
)
async def test_a_broken_promise_is_seen(forks: Process, tmp_path: Path, mutate: str, moment: str, broken: str) -> None:
    async with prepared(forks, tmp_path, mutate) as run:
        if mutate == "no-nonce":  # where it is the only help
            await run.world.order("permissions", channel_id=run.world.channels["news"], deny=["read_message_history"])
        await die_at(run, [moment], is_window_closed=mutate != "no-nonce")
        bot = await run.nursery.start()
        verdict = await run.world.judged(run.followers)
        for _ in range(200):
            await asyncio.sleep(0.1)
            verdict = await run.world.judged(run.followers)
            if getattr(verdict, broken) and not run.owed():
                break
        await run.nursery.kill(bot)
        assert getattr(verdict, broken)

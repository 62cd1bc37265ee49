"""Several processes of the bot on one server, in one sandbox: each serves, none doubles, any takes over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import pytest
from bench import Bench, configured, eventually, issue_text, newsletter, running

from app import client
from config.settings import Config
from delivery import shards
from pipeline import peers
from sandbox.faults import Fault
from sandbox.server import ChannelSpec, Sandbox
from sandbox.world.model import Guild
from storage.duties import newsletter_duty, shard_duty
from storage.postgres import membership
from storage.records import State

THREE = ["Issue 1", "Story 1.1", "Story 1.2"]
pytestmark = pytest.mark.timeout(240)  # several bots on one server: twenty seconds on a busy machine


@pytest.fixture
def config(sandbox: Sandbox, folder: Path, tmp_path: Path, postgres_address: str) -> Config:
    found = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    return found.model_copy(update={"storage": postgres_address})


@pytest.fixture
async def stack(config: Config) -> AsyncIterator[AsyncExitStack]:
    del config  # its database is emptied after the processes have ended
    async with AsyncExitStack() as stack:
        yield stack


async def start(stack: AsyncExitStack, sandbox: Sandbox, config: Config, role: str) -> Bench:
    return await stack.enter_async_context(running(sandbox, config.model_copy(update={"role": role})))


def holder(*benches: Bench, duty: str) -> Bench | None:
    return next((one for one in benches if one.services.db.holds(duty)), None)


async def test_one_looks_another_posts_and_answers(
    stack: AsyncExitStack, sandbox: Sandbox, folder: Path, config: Config
) -> None:
    gateway = await start(stack, sandbox, config, "gateway")
    ingest = await start(stack, sandbox, config, "ingest")
    await eventually(lambda: looked(ingest))
    (folder / "1.md").write_text(issue_text(1, items=2))
    await gateway.until(lambda: gateway.titles() == THREE)
    assert len(ingest.herald.cogs) == 1
    await gateway.idle()
    assert holder(gateway, ingest, duty=newsletter_duty("Tech")) is ingest
    assert holder(gateway, ingest, duty=shard_duty(0)) is gateway
    (folder / "2.md").write_text(issue_text(2, items=1))
    answer = await gateway.slash("sync", newsletter="Tech")  # the look is the other's
    assert "up to date" in answer.content
    await gateway.until(lambda: "Story 2.1" in gateway.titles())
    await eventually(lambda: finds(gateway, "Story 2.1"))
    assert "Tech" in str((await gateway.slash("status")).embeds)
    assert gateway.watcher.state.last_look_at is not None


async def test_two_that_do_everything_post_once_answer_once_and_take_over(
    stack: AsyncExitStack, sandbox: Sandbox, folder: Path, config: Config
) -> None:
    second = await start(stack, sandbox, config, "all")
    async with AsyncExitStack() as first_stack:
        first = await start(first_stack, sandbox, config, "all")
        await eventually(lambda: looked(second))
        (folder / "1.md").write_text(issue_text(1, items=2))
        await second.until(lambda: second.titles() == THREE)
        await second.idle()
        assert not first.services.db.holds(shard_duty(0))
        answer = await second.slash("latest")
        assert "Issue 1" in str(answer.embeds)
    first = await start(stack, sandbox, config, "all")
    await second.services.db.give_back(shard_duty(0))
    await second.services.db.give_back(newsletter_duty("Tech"))
    (folder / "2.md").write_text(issue_text(2, items=1))
    await first.until(lambda: "Story 2.1" in first.titles())
    await first.idle()
    assert first.titles() == [*THREE, "Issue 2", "Story 2.1"]


async def test_a_request_of_another_process_may_end_before_its_outcome_is_looked_for(
    stack: AsyncExitStack, sandbox: Sandbox, folder: Path, tmp_path: Path, config: Config, monkeypatch
) -> None:
    """In a forum, where no nonce helps."""
    monkeypatch.setattr(membership, "REQUEST_S", 5.0)
    forum = sandbox.channel("posts")
    followed = configured(tmp_path, newsletter(folder), channel=forum, layout="forum").subscriptions
    config = config.model_copy(update={"subscriptions": followed})
    first = await start(stack, sandbox, config, "all")
    second = await start(stack, sandbox, config, "all")
    await eventually(lambda: looked(first))
    request = sandbox.faults.add(Fault("stall", "POST /channels/*/threads", seconds=3.5))
    (folder / "1.md").write_text(issue_text(1, items=2))
    await eventually(lambda: has_left(request))
    # as if it were stopped while its request is on its way
    taking(first).cancel()
    await first.services.db.give_back(shard_duty(0))
    await eventually(lambda: holds(second))
    await eventually(lambda: had_its_effect(sandbox))
    await second.idle()
    assert [thread.name for thread in sandbox.guild.threads.values()] == ["Issue 1"]
    assert len(second.titles(next(iter(sandbox.guild.threads.values())))) == len(THREE)


async def test_shards_are_shared_out_and_each_serves_its_own(
    stack: AsyncExitStack, sandbox: Sandbox, folder: Path, tmp_path: Path, config: Config, monkeypatch
) -> None:
    monkeypatch.setattr(client, "IDENTIFY_S", 0.5)
    sandbox.core.gateway.identify_every_s = 0.3
    monkeypatch.setattr(shards, "POLL_S", 60.0)  # what one plans the other is told of
    news = sandbox.channel("news")
    others = (sandbox.build("Another server", [ChannelSpec("elsewhere")]) for _ in range(100))
    other = next(one for one in others if _shard(one) != _shard(sandbox.guild))
    elsewhere = next(one for one in other.channels.values() if one.name == "elsewhere")
    places = [configured(tmp_path, newsletter(folder), channel=one).subscriptions[0] for one in (news, elsewhere)]
    sharded = config.discord.model_copy(update={"shards": 2})
    config = config.model_copy(update={"subscriptions": tuple(places), "discord": sharded})
    first = await start(stack, sandbox, config, "all")
    await eventually(lambda: looked(first))
    second = await start(stack, sandbox, config, "all")
    await eventually(lambda: shared_out(first, second))
    (folder / "1.md").write_text(issue_text(1, items=2))
    for channel in (news, elsewhere):
        await first.until(lambda channel=channel: first.titles(channel) == THREE)
    await first.idle()
    assert [first.titles(one) for one in (news, elsewhere)] == [THREE, THREE]
    assert first.herald.is_connected()
    assert sandbox.core.gateway.sent_away == 0
    answer = await first.slash("latest")
    assert "Issue 1" in str(answer.embeds)
    assert sum(one.ephemeral_to is not None for one in sandbox.messages(news)) == 1


async def test_a_question_is_answered_by_the_process_that_takes_over(
    stack: AsyncExitStack, sandbox: Sandbox, folder: Path, config: Config
) -> None:
    second = await start(stack, sandbox, config, "all")
    async with AsyncExitStack() as first_stack:
        first = await start(first_stack, sandbox, config, "all")
        await eventually(lambda: looked(second))
        (folder / "1.md").write_text(issue_text(1, items=2))
        await second.until(lambda: second.titles() == THREE)
        await second.idle()
        await second.herald.hand_over()
        await eventually(lambda: holds(first))
        asked = await second.slash("repost", "section", issue="Issue 1", section="News")
        assert not second.services.db.holds(shard_duty(0))
    await second.herald.serving.take()
    await second.press(asked, "Post 2 messages")
    await second.until(lambda: asked.content.startswith("2 messages"))
    assert await second.services.outbox.counts()


async def test_while_a_process_leaves_everybody_is_answered_once(
    stack: AsyncExitStack, sandbox: Sandbox, folder: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "POLL_S", 600.0)  # who is to go on is told so
    hears, is_heard = asyncio.Event(), asyncio.Event()
    first = await start(stack, sandbox, config, "all")
    second = await start(stack, sandbox, config, "all")
    await eventually(lambda: looked(first))
    second.services.db.hear(lambda word: hears.set() if word == "hello" else None)
    await eventually(lambda: told(first, hears))
    await second.herald.serving.stop()  # it takes nothing by itself
    await first.slash("latest")  # the second one hears that, too
    await first.herald.hand_over()
    assert holder(first, second, duty=shard_duty(0)) is None

    async def heard(_: object) -> None:
        is_heard.set()

    second.herald.add_listener(heard, "on_interaction")
    asking = asyncio.create_task(second.slash("latest"))
    await is_heard.wait()
    await second.herald.serving.take()
    await asking
    answers = [one.status for one in sandbox.core.log.entries if one.path.endswith("/callback")]
    assert len(answers) == 2
    assert all(status < 300 for status in answers)
    await eventually(lambda: watches(second))
    (folder / "1.md").write_text(issue_text(1, items=2))
    await eventually(lambda: is_planned(second))


def _shard(guild: Guild) -> int:
    return (guild.id >> 22) % 2


async def shared_out(*benches: Bench) -> bool:
    return sorted(sum(one.services.db.holds(shard_duty(shard)) for shard in (0, 1)) for one in benches) == [1, 1]


def taking(bench: Bench) -> asyncio.Task[None]:
    """Return what takes a shard again once nobody holds it."""
    return cast("Any", bench.herald.serving)._keeping


async def had_its_effect(sandbox: Sandbox) -> bool:
    return any(one.fault for one in sandbox.core.log.entries)


async def has_left(request: Fault) -> bool:
    return request.played > 0


async def holds(bench: Bench) -> bool:
    return bench.services.db.holds(shard_duty(0))


async def finds(bench: Bench, title: str) -> bool:
    return title in str((await bench.slash("search", query=f'"{title}"')).embeds)


async def told(bench: Bench, hears: asyncio.Event) -> bool:
    """Say something until it is heard: a process that has just begun may not hear yet."""
    bench.services.db.announce("hello")
    return hears.is_set()


async def watches(bench: Bench) -> bool:
    return bench.services.db.holds(newsletter_duty("Tech"))


async def is_planned(bench: Bench) -> bool:
    return (await bench.services.outbox.counts())[State.PENDING] > 0


async def looked(bench: Bench) -> bool:
    return bench.watcher.state.last_look_at is not None

"""Faults of the network and refusals of Discord: nothing lost, nothing twice, told in plain words."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bench import Bench, configured, eventually, issue_text, newsletter, running

from delivery import courier, dispatcher
from sandbox.faults import Fault, Kind
from sandbox.server import Sandbox
from sandbox.world import permissions

POST = "POST /channels/*/messages"
THREE = ("Issue 1", "Story 1.1", "Story 1.2")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "FIRST_DELAY_S", 0.0)


@pytest.fixture
async def admins(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """A bench with an admin channel."""
    sandbox.world.add_channel(sandbox.guild, "admins")
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    config = config.model_copy(update={"admin_channel": sandbox.channel("admins").id})
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        yield bench


def deny(sandbox: Sandbox, channel: str, *names: str) -> None:
    bot = sandbox.guild.members[sandbox.world.bot.id]
    sandbox.world.set_overwrite(sandbox.channel(channel), bot, deny=permissions.by_names(list(names)))


@pytest.mark.parametrize("kind", ["lost", "reset"])
@pytest.mark.parametrize("after", [True, False])
async def test_an_answer_that_never_came_is_settled(bench: Bench, folder: Path, kind: Kind, after: bool) -> None:
    bench.sandbox.faults.add(Fault(kind=kind, route=POST, after=after, skip=1))
    (folder / "1.md").write_text(issue_text(1, items=2))
    await bench.until_titles(*THREE)
    await bench.idle()
    assert tuple(bench.titles()) == THREE


async def test_a_channel_that_discord_denies_for_a_while_is_not_taken_for_deleted(admins: Bench, folder: Path) -> None:
    route = f"POST /channels/{admins.news.id}/messages"
    admins.sandbox.faults.add(Fault(kind="status", status=404, code=10003, route=route, count=3))
    (folder / "1.md").write_text(issue_text(1, items=2))
    await admins.until_titles(*THREE)
    await admins.idle()
    assert not await admins.services.subscriptions.waiting()


async def test_a_channel_that_discord_denies_again_and_again_waits(admins: Bench, folder: Path) -> None:
    route = f"POST /channels/{admins.news.id}/messages"
    admins.sandbox.faults.add(Fault(kind="status", status=404, code=10003, route=route, count=100))
    (folder / "1.md").write_text(issue_text(1, items=2))
    await admins.until(lambda: admins.posted(admins.sandbox.channel("admins")))
    [waiting] = await admins.services.subscriptions.waiting()
    assert waiting.channel_id == admins.news.id


@pytest.mark.parametrize("window", ["open", "closed"])
@pytest.mark.parametrize("status", [500, 502, 503])  # the first two discord.py would repeat by itself
async def test_an_error_after_the_effect_doubles_nothing(bench: Bench, folder: Path, status: int, window: str) -> None:
    bench.sandbox.faults.add(Fault(kind="status", status=status, route=POST, after=True, count=2))
    if window == "closed":
        bench.sandbox.world.bus.listen(lambda _: bench.sandbox.core.messages.nonces.close_window())
    (folder / "1.md").write_text(issue_text(1, items=2))
    await bench.until_titles(*THREE)
    await bench.idle()
    assert tuple(bench.titles()) == THREE


async def test_the_channel_is_read_back_before_each_repetition(bench: Bench, folder: Path) -> None:
    bench.sandbox.faults.add(Fault(kind="status", status=502, route=POST, count=3))
    (folder / "1.md").write_text(issue_text(1, items=2))
    await bench.until_titles(*THREE)
    path = f"/channels/{bench.news.id}/messages"
    done = [one.method for one in bench.sandbox.core.log.entries if one.path == path]
    done = done[done.index("POST") :]  # before it, the start looked at the channel
    assert done[:7] == ["POST", "GET", "POST", "GET", "POST", "GET", "POST"]
    deliveries = await bench.services.outbox.of_issue(1)
    assert [message.nonce for message in bench.posted()] == [one.nonce for one in deliveries]


async def test_without_reading_back_nothing_is_repeated_after_the_nonce_is_forgotten(
    admins: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "NONCE_WINDOW", dt.timedelta(0))
    deny(admins.sandbox, "news", "READ_MESSAGE_HISTORY")
    admins.sandbox.faults.add(Fault(kind="status", status=502, route=f"POST /channels/{admins.news.id}/messages"))
    (folder / "1.md").write_text(issue_text(1, items=2))
    [told] = await admins.until(lambda: admins.posted(admins.sandbox.channel("admins")))
    assert "cannot find out whether a message arrived in #news: give its role the permission Read" in told.content
    assert admins.titles() == []
    deny(admins.sandbox, "news", "ADD_REACTIONS")
    await admins.until_titles(*THREE)


async def test_an_answer_that_takes_too_long_is_settled(
    bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "REQUEST_LIMIT_S", 0.3)
    bench.sandbox.faults.add(Fault(kind="stall", route=POST, after=True, seconds=2.0))
    (folder / "1.md").write_text(issue_text(1, items=2))
    await bench.until_titles(*THREE)
    await bench.idle()
    assert tuple(bench.titles()) == THREE


async def test_a_channel_without_permission_waits_and_goes_on_when_it_is_given(admins: Bench, folder: Path) -> None:
    sandbox = admins.sandbox
    deny(sandbox, "news", "SEND_MESSAGES")
    (folder / "1.md").write_text(issue_text(1, items=2))
    [told] = await admins.until(lambda: admins.posted(sandbox.channel("admins")))
    assert "Herald may not write in #news: give its role the permissions Send Messages" in told.content
    status = await admins.slash("status")
    assert "give its role the permissions Send Messages" in status.embeds[1]["description"]
    assert "3 to post" in status.embeds[1]["description"]
    deny(sandbox, "news", "ADD_REACTIONS")  # another change, which mends nothing but Send Messages
    await admins.until_titles(*THREE)
    place = sandbox.channel("admins")
    [over] = await admins.until(lambda: admins.posted(place)[1:])
    assert over.content.startswith("✅ Resolved after ")
    assert sandbox.core.log.invalid() == 0


async def test_a_time_out_is_told_as_such_and_outlasted(admins: Bench, folder: Path) -> None:
    sandbox = admins.sandbox
    member = sandbox.guild.members[sandbox.world.bot.id]
    sandbox.world.time_out(sandbox.guild, member, dt.datetime.now(dt.UTC).timestamp() + 3600)
    (folder / "1.md").write_text(issue_text(1, items=2))

    async def is_told() -> bool:
        [waiting] = await admins.services.subscriptions.waiting() or [None]
        return waiting is not None and "has timed Herald out in the server of #news" in (waiting.waiting_reason or "")

    await eventually(is_told)
    sandbox.world.time_out(sandbox.guild, member, None)
    await admins.until_titles(*THREE)


async def test_a_deleted_channel_is_told(admins: Bench, folder: Path) -> None:
    sandbox = admins.sandbox
    sandbox.world.delete_channel(sandbox.channel("news"))
    (folder / "1.md").write_text(issue_text(1, items=2))
    [told] = await admins.until(lambda: admins.posted(sandbox.channel("admins")))
    assert "does not exist any more" in told.content


async def test_a_refused_message_is_parked_and_does_not_stop_the_rest(admins: Bench, folder: Path) -> None:
    sandbox = admins.sandbox
    sandbox.faults.add(Fault(kind="status", status=400, route=POST, skip=1))
    (folder / "1.md").write_text(issue_text(1, items=2))
    await admins.until_titles("Issue 1", "Story 1.2")
    [told] = await admins.until(lambda: admins.posted(sandbox.channel("admins")))
    assert "is refused" in told.content
    assert "1 refused" in (await admins.slash("status")).embeds[1]["description"]


async def test_the_gateway_may_drop_in_the_middle(bench: Bench, folder: Path) -> None:
    (folder / "1.md").write_text(issue_text(1, items=2))
    await bench.until(lambda: bench.titles()[:1] == ["Issue 1"])
    bench.sandbox.core.gateway.drop(resumable=False)
    await bench.until_titles(*THREE)
    await bench.idle()
    assert tuple(bench.titles()) == THREE


async def test_two_channels_do_not_wait_for_each_other(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    other = sandbox.world.add_channel(sandbox.guild, "other")
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    more = config.subscriptions[0].model_copy(update={"channel": other.id})
    config = config.model_copy(update={"subscriptions": (*config.subscriptions, more)})
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        route = f"POST /channels/{sandbox.channel('news').id}/messages"
        sandbox.faults.add(Fault(kind="stall", route=route, seconds=30.0))
        (folder / "1.md").write_text(issue_text(1, items=2))
        async with asyncio.timeout(20):
            await bench.until_titles(*THREE, channel=other)
        assert bench.titles() == []

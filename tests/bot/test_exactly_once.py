"""What became known by killing and disturbing the bot for hours (`make chaos`): each a promise that was broken once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from bench import Bench, configured, eventually, issue_text, newsletter, running

from cogs.delivery import DeliveryWorker
from delivery import dispatcher
from sandbox.faults import Fault
from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.events import Event

POST = "POST /channels/*/messages"
THREE = ["Issue 1", "Story 1.1", "Story 1.2"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "FIRST_DELAY_S", 0.0)


def deny(sandbox: Sandbox, *names: str) -> None:
    bot = sandbox.guild.members[sandbox.world.bot.id]
    sandbox.world.set_overwrite(sandbox.channel("news"), bot, deny=permissions.by_names(list(names)))


def when_posted(sandbox: Sandbox, title: str, act: Callable[[], None]) -> None:
    """Do something at the moment at which a message is there, before anybody can hear of it."""
    done = False

    def listen(event: Event) -> None:
        nonlocal done
        embeds: list[dict[str, Any]] = event.data.get("embeds", [])
        if event.name == "MESSAGE_CREATE" and embeds and embeds[0]["title"] == title and not done:
            done = True
            act()

    sandbox.world.bus.listen(listen)


async def waits(bench: Bench) -> None:
    async def is_waiting() -> bool:
        return bool(await bench.services.subscriptions.waiting())

    await eventually(is_waiting)


def is_deaf(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway tells the bot of none of its messages, as while it is reconnecting."""

    async def echo(*_: Any) -> None:
        return None

    monkeypatch.setattr(cast("DeliveryWorker", bench.herald.get_cog("DeliveryWorker")).courier, "echo", echo)


async def test_being_removed_after_the_effect_and_invited_again_doubles_nothing(
    bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome stays open until the channel can be seen again: it is not taken for never posted."""
    sandbox, guild = bench.sandbox, bench.sandbox.guild
    is_deaf(bench, monkeypatch)
    sandbox.faults.add(Fault(kind="lost", route=POST, after=True, skip=1))
    when_posted(sandbox, "Story 1.1", lambda: sandbox.world.remove_bot(guild))
    (folder / "1.md").write_text(issue_text(1, items=2))
    await eventually(bench.services.departures.left)
    sandbox.core.messages.nonces.close_window()
    sandbox.world.invite_bot(guild)
    await bench.until(lambda: "Story 1.2" in bench.titles())
    await bench.idle()
    assert bench.titles() == THREE


async def test_a_post_that_was_refused_in_the_end_is_looked_for_before_it_is_repeated(
    bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py repeats a 502; where the repetition is refused, the first request may have had its effect."""
    sandbox = bench.sandbox
    is_deaf(bench, monkeypatch)
    sandbox.faults.add(Fault(kind="status", status=502, route=POST, after=True, skip=1))
    when_posted(sandbox, "Story 1.1", lambda: deny(sandbox, "SEND_MESSAGES"))
    (folder / "1.md").write_text(issue_text(1, items=2))
    await waits(bench)
    sandbox.core.messages.nonces.close_window()
    deny(sandbox)
    await bench.until(lambda: "Story 1.2" in bench.titles())
    await bench.idle()
    assert bench.titles() == THREE


async def test_a_header_whose_thread_is_refused_is_not_posted_again(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), layout="thread")
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        sandbox.faults.add(Fault("status", status=403, code=50013, route="POST /channels/*/messages/*/threads"))
        (folder / "1.md").write_text(issue_text(1, items=1))
        await waits(bench)
        sandbox.core.messages.nonces.close_window()
        deny(sandbox, "ADD_REACTIONS")  # any change there may have mended it
        await bench.until(lambda: sandbox.guild.threads)
        await bench.idle()
        assert bench.titles() == ["Issue 1"]


async def test_a_repetition_that_the_nonce_stopped_leaves_the_correction_to_be_made(
    bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message shows the text of the first request, not that of the repetition."""
    sandbox = bench.sandbox
    is_deaf(bench, monkeypatch)
    deny(sandbox, "READ_MESSAGE_HISTORY")  # so that only the nonce can tell

    def correct() -> None:
        (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.1", "Better text"))

    monkeypatch.setattr(dispatcher, "FIRST_DELAY_S", 0.5)  # the correction is taken in before it is repeated
    sandbox.faults.add(Fault(kind="lost", route=POST, after=True, skip=1))
    when_posted(sandbox, "Story 1.1", correct)
    (folder / "1.md").write_text(issue_text(1, items=2))
    await bench.until_titles(*THREE)
    await bench.until(lambda: bench.shown()[1]["description"] == "Better text.")
    await bench.idle()


async def test_an_unlocked_thread_goes_on_by_itself(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), layout="thread")
    async with running(sandbox, config) as bench:

        async def is_locked_out() -> bool:
            return any("is locked" in each.error for each in await bench.services.outbox.of_issue(1))

        await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=1))
        [thread] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until_titles("Story 1.1", channel=thread)
        await bench.idle()
        sandbox.world.archive_thread(thread, archived=True, locked=True)
        (folder / "1.md").write_text(issue_text(1, items=2))
        await eventually(is_locked_out)
        sandbox.world.archive_thread(thread, archived=False, locked=False)
        async with asyncio.timeout(10):
            await bench.until_titles("Story 1.1", "Story 1.2", channel=thread)


@pytest.mark.parametrize("fault", [Fault("status", status=502), Fault("status", status=503), Fault("reset")])
async def test_a_forum_post_is_never_repeated_unseen(
    sandbox: Sandbox, folder: Path, tmp_path: Path, fault: Fault
) -> None:
    """It has no nonce, and discord.py by itself repeats after some errors."""
    forum = sandbox.channel("posts")
    config = configured(tmp_path, newsletter(folder), channel=forum, layout="forum")
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        sandbox.faults.add(replace(fault, route="POST /channels/*/threads", after=True))
        (folder / "1.md").write_text(issue_text(1, items=1))
        [post] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until_titles("Issue 1", "Story 1.1", channel=post)
        await bench.idle()
        assert len(sandbox.guild.threads) == 1


async def test_a_forum_post_is_found_where_nothing_can_be_read_back(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    """It has no nonce: that no other delivery has it tells whose it is."""
    forum = sandbox.channel("posts")
    bot = sandbox.guild.members[sandbox.world.bot.id]
    sandbox.world.set_overwrite(forum, bot, deny=permissions.by_names(["READ_MESSAGE_HISTORY"]))
    config = configured(tmp_path, newsletter(folder), channel=forum, layout="forum")
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.until(lambda: sandbox.guild.threads)
        await bench.idle()
        sandbox.faults.add(Fault("lost", route="POST /channels/*/threads", after=True))
        (folder / "2.md").write_text(issue_text(2, items=1))
        _, post = (await bench.until(lambda: len(sandbox.guild.threads) > 1 and dict(sandbox.guild.threads))).values()
        await bench.until_titles("Issue 2", "Story 2.1", channel=post)
        await bench.idle()
        assert len(sandbox.guild.threads) == 2


async def test_a_correction_between_a_refusal_and_its_end_is_made(
    bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is found by reading back shows the text of the request that made it, not that of the last one."""
    sandbox = bench.sandbox
    is_deaf(bench, monkeypatch)
    sandbox.faults.add(Fault(kind="status", status=502, route=POST, after=True, skip=1))
    when_posted(sandbox, "Story 1.1", lambda: deny(sandbox, "SEND_MESSAGES"))
    (folder / "1.md").write_text(issue_text(1, items=1))
    await waits(bench)
    (folder / "1.md").write_text(issue_text(1, items=1).replace("Text of story 1.1", "Better text"))
    await bench.watcher.look_now()
    deny(sandbox)
    async with asyncio.timeout(10):
        await bench.until(lambda: bench.shown()[1]["description"] == "Better text.")
    assert bench.titles() == ["Issue 1", "Story 1.1"]


@pytest.mark.parametrize("what", ["a correction", "a late item"])
async def test_a_post_that_a_person_deleted_keeps_no_other_from_the_forum(
    sandbox: Sandbox, folder: Path, tmp_path: Path, what: str
) -> None:
    forum = sandbox.channel("posts")
    config = configured(tmp_path, newsletter(folder), channel=forum, layout="forum")
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=1))
        [post] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until_titles("Issue 1", "Story 1.1", channel=post)
        await bench.idle()
        sandbox.world.delete_channel(post)
        text = issue_text(1, items=2) if what == "a late item" else issue_text(1, items=1).replace("Text", "Words")
        (folder / "1.md").write_text(text)
        await bench.idle()
        assert await bench.services.subscriptions.waiting() == []
        (folder / "2.md").write_text(issue_text(2, items=1))
        await bench.until(lambda: sandbox.guild.threads)
        await bench.idle()
        [other] = sandbox.guild.threads.values()
        assert bench.titles(other) == ["Issue 2", "Story 2.1"]


async def test_a_deletion_whose_answer_was_lost_does_not_keep_the_item_from_coming_back(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    """Repeated, it meets a message that is not there: that is what was wanted, and no person's doing."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), on_removed="delete")
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until_titles(*THREE)
        await bench.idle()
        sandbox.faults.add(Fault("lost", route="DELETE /channels/*/messages/*", after=True))
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.until_titles("Issue 1", "Story 1.1")
        await bench.idle()
        (folder / "1.md").write_text(issue_text(1, items=2))
        async with asyncio.timeout(15):
            await bench.until_titles(*THREE)

"""Two Heralds with one token and a database each, as where one is tried out on another machine."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import discord
from bench import Bench, configured, issue_text, newsletter, running

from delivery.another import SILENCE, AnotherHerald
from sandbox.server import Sandbox


async def posted_header(bench: Bench, folder: Path) -> discord.Message:
    """Post an issue of one story and return its header's message."""
    await bench.watcher.look_now()
    (folder / "1.md").write_text(issue_text(1, items=1))
    await bench.until_titles("Issue 1", "Story 1.1")
    channel = bench.herald.get_partial_messageable(bench.news.id)
    return await channel.fetch_message(bench.posted()[0].id)


async def test_what_another_herald_posted_is_taken_over_and_told_once(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    admins = sandbox.world.add_channel(sandbox.guild, "admins")
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    config = config.model_copy(update={"admin_channel": admins.id})
    (laptop := tmp_path / "laptop").mkdir()
    (copy := laptop / "issues").mkdir()
    other = configured(laptop, newsletter(copy), channel=sandbox.channel("news"))
    async with running(sandbox, config) as first, running(sandbox, other) as second:
        for bench in (first, second):
            await bench.watcher.look_now()
        (copy / "1.md").write_text(issue_text(1, items=2))
        await second.until_titles("Issue 1", "Story 1.1", "Story 1.2")
        await first.until(lambda: first.posted(admins))
        (folder / "1.md").write_text(issue_text(1, items=2))
        await first.watcher.look_now()
        await first.idle()
        assert first.titles() == ["Issue 1", "Story 1.1", "Story 1.2"]
        [told] = first.posted(admins)
        assert "Another Herald with the same token" in told.content
        assert f"<#{first.news.id}>" in told.content


async def test_a_single_herald_takes_no_message_of_its_own_for_anothers(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    admins = sandbox.world.add_channel(sandbox.guild, "admins")
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    async with running(sandbox, config.model_copy(update={"admin_channel": admins.id})) as bench:
        await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")
        await bench.idle()
        assert bench.posted(admins) == []


async def test_the_herald_whose_instance_sorts_last_leaves_the_channel_to_the_other_until_it_is_silent(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    async with running(sandbox, config) as bench:
        message = await posted_header(bench, folder)
        now = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
        another = AnotherHerald(bench.services.outbox.found, lambda: now)
        await another.heard(message, "~:1:0")  # sorts behind every instance
        assert another.wait_s(bench.news.id) == 0
        await another.heard(message, ":1:0")  # and before
        now += SILENCE / 2
        assert another.wait_s(bench.news.id) == SILENCE.total_seconds()  # since something waits here
        now += SILENCE / 2
        await another.heard(message, ":2:0")
        assert another.wait_s(bench.news.id) == SILENCE.total_seconds()
        now += SILENCE
        assert another.wait_s(bench.news.id) == 0
        another.is_done(bench.news.id)
        assert another.wait_s(bench.news.id) == SILENCE.total_seconds()


async def test_what_another_herald_posted_while_this_one_was_stopped_is_not_posted_again(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    (laptop := tmp_path / "laptop").mkdir()
    (copy := laptop / "issues").mkdir()
    other = configured(laptop, newsletter(copy), channel=sandbox.channel("news"))
    async with running(sandbox, config) as first:
        await first.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=1))
        await first.until_titles("Issue 1", "Story 1.1")
        await first.idle()
    (copy / "1.md").write_text(issue_text(1, items=1))
    async with running(sandbox, other) as second:
        await second.watcher.look_now()
        (copy / "2.md").write_text(issue_text(2, items=2, day="2026-03-09"))
        await second.until_titles("Issue 1", "Story 1.1", "Issue 2", "Story 2.1", "Story 2.2")
        await second.idle()
    (folder / "2.md").write_text(issue_text(2, items=2, day="2026-03-09"))
    async with running(sandbox, config) as first:
        await first.watcher.look_now()
        await first.idle()
        assert first.titles() == ["Issue 1", "Story 1.1", "Issue 2", "Story 2.1", "Story 2.2"]
        # no backup was put back: nothing else is in doubt
        assert not await first.services.outbox.found.is_restored()


async def test_a_herald_that_posted_nothing_while_something_was_due_is_not_waited_for_again(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    async with running(sandbox, config) as bench:
        message = await posted_header(bench, folder)
        now = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
        another = AnotherHerald(bench.services.outbox.found, lambda: now)
        await another.heard(message, ":1:0")  # sorts before every instance
        now += dt.timedelta(days=7)
        assert another.wait_s(bench.news.id) == SILENCE.total_seconds()
        now += SILENCE
        assert another.wait_s(bench.news.id) == 0
        another.is_done(bench.news.id)
        now += dt.timedelta(days=7)
        assert another.wait_s(bench.news.id) == 0

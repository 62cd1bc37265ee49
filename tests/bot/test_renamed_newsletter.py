"""A newsletter gets another name in the configuration, or goes: its readers and its admins see what that means."""

from __future__ import annotations

from pathlib import Path

import pytest
from asking import text_of
from bench import configured, issue_text, newsletter, running

from app.reloading import Reloader
from config.settings import Config
from sandbox.server import Sandbox
from storage.wishes import Follow


@pytest.fixture
async def before(sandbox: Sandbox, folder: Path, tmp_path: Path) -> Config:
    """The configuration of a run in which an issue was posted to a channel that follows by /follow."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    config = config.model_copy(update={"subscriptions": (), "admin_channel": sandbox.channel("news").id})
    async with running(sandbox, config) as bench:
        follow = Follow(newsletter="Tech", channel=bench.news.id)
        await bench.services.subscriptions.add(follow, now=bench.herald.started_at, guild_id=sandbox.guild.id)
        await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")
        await bench.idle()
    return config


async def test_corrections_and_new_issues_reach_the_channel_under_the_new_name(
    sandbox: Sandbox, folder: Path, before: Config
) -> None:
    renamed = before.model_copy(update={"newsletters": (newsletter(folder, name="Tech Weekly"),)})
    async with running(sandbox, renamed) as bench:
        watcher = bench.services.watchers["Tech Weekly"]
        (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.2", "Better text"))
        await watcher.look_now()
        await bench.until(lambda: bench.shown()[2]["description"] == "Better text.")
        (folder / "2.md").write_text(issue_text(2, items=1, day="2026-03-03"))
        await watcher.look_now()
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2", "Issue 2", "Story 2.1")
        assert "**Tech Weekly**" in text_of(await bench.slash("following"))


async def test_a_newsletter_that_is_gone_is_named_with_what_to_do(
    sandbox: Sandbox, folder: Path, before: Config, caplog: pytest.LogCaptureFixture
) -> None:
    other = folder.with_name("other")
    other.mkdir()
    (other / "0.md").write_text(issue_text(9))
    gone = before.model_copy(update={"newsletters": (newsletter(other, name="Other"),)})
    for _ in range(2):
        async with running(sandbox, gone) as bench:
            await bench.services.watchers["Other"].look_now()
            status = str((await bench.slash("status")).embeds)
            assert "Tech is stored (1 issue, 1 channel following) but not in the configuration" in status
            assert "rename" in status
            following = text_of(await bench.slash("following"))
            assert "is not in Herald's configuration any more" in following
            told = [one.content for one in bench.posted() if "is stored" in one.content]
            assert len(told) == 1  # at the first start, and not at each
    assert 'newsletter stored but not configured newsletter="Tech" id=tech issues=1 channels=1' in caplog.text


async def test_a_rename_that_a_reload_brings_takes_everything_along(
    sandbox: Sandbox, folder: Path, before: Config
) -> None:
    renamed = before.model_copy(update={"newsletters": (newsletter(folder, name="Tech Weekly"),)})
    async with running(sandbox, before) as bench:
        await bench.watcher.look_now()
        done = await Reloader(bench.services, lambda: renamed).reload()
        assert done.newsletters == {"Tech Weekly": "renamed from Tech"}
        watcher = bench.services.watchers["Tech Weekly"]
        await watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.2", "Better text"))
        await watcher.look_now()
        await bench.until(lambda: bench.shown()[2]["description"] == "Better text.")
        await bench.idle()
        assert bench.titles() == ["Issue 1", "Story 1.1", "Story 1.2"]
        assert list(await bench.services.newsletters.marks()) == ["Tech Weekly"]

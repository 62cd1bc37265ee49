"""Two Heralds with one token and a database each, as where one is tried out on another machine."""

from __future__ import annotations

from pathlib import Path

from bench import configured, issue_text, newsletter, running

from sandbox.server import Sandbox


async def test_another_herald_with_the_same_token_is_told_once(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    admins = sandbox.world.add_channel(sandbox.guild, "admins")
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    config = config.model_copy(update={"admin_channel": admins.id})
    (tmp_path / "laptop").mkdir()
    other = configured(tmp_path / "laptop", newsletter(folder), channel=sandbox.channel("news"))
    async with running(sandbox, config) as first, running(sandbox, other) as second:
        for bench in (first, second):
            await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=2))
        await first.until(lambda: len(first.titles()) == 6)
        await first.until(lambda: first.posted(admins))
        for bench in (first, second):
            await bench.idle()
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

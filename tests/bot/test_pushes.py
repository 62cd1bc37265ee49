"""A push to a Git remote over smart HTTP is posted within one poll."""

from __future__ import annotations

from pathlib import Path

from bench import configured, issue_text, newsletter, running

from sandbox.server import Sandbox
from tests.support.git_server import GitServer, Repository, push


async def test_a_push_is_posted_header_first_items_in_order(sandbox: Sandbox, tmp_path: Path) -> None:
    root = tmp_path / "served"
    root.mkdir()
    Repository.create(root / "news.git").commit({"_posts/0.md": issue_text(0)})
    async with GitServer.serve(root) as server:
        url = server.url("news.git")
        news = newsletter(url, include=("_posts/*.md",))
        async with running(sandbox, configured(tmp_path, news, channel=sandbox.channel("news"))) as bench:
            await bench.watcher.look_now()
            await push(url, tmp_path / "author", {"_posts/1.md": issue_text(1, items=3), "notes.md": issue_text(9)})
            await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2", "Story 1.3")
            await bench.idle()


async def test_a_remote_that_is_down_is_told_and_recovers(sandbox: Sandbox, tmp_path: Path) -> None:
    root = tmp_path / "served"
    root.mkdir()
    repository = Repository.create(root / "news.git")
    repository.commit({"0.md": issue_text(0)})
    async with GitServer.serve(root) as server:
        config = configured(tmp_path, newsletter(server.url("news.git")), channel=sandbox.channel("news"))
        async with running(sandbox, config) as bench:
            watcher = bench.watcher
            await watcher.look_now()
            server.status = 503
            assert (await watcher.look_now()).error
            assert "⚠️" in (await bench.slash("status")).embeds[0]["description"]
            server.status = None
            repository.commit({"1.md": issue_text(1, items=1)})
            assert (await watcher.look_now()).error is None
            await bench.until_titles("Issue 1", "Story 1.1")

"""/sync with config: the configuration is read again, for the people who run this Herald."""

from __future__ import annotations

from pathlib import Path

from bench import Bench, configured, issue_text, newsletter, running

from app.reloading import Reloader
from config.settings import Config
from errors import ConfigError
from sandbox.server import Sandbox


async def test_sync_config_puts_a_new_configuration_in_force(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    news = sandbox.channel("news")
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "7.md").write_text(issue_text(7))
    first, second = newsletter(folder), newsletter(tmp_path / "second", name="Second")
    before = configured(tmp_path, first, channel=news)
    after = configured(tmp_path, first, second, channel=news, backfill=1)
    found: list[Config | ConfigError] = [ConfigError("config.yaml:3: newsletters[0].poll: is not a duration"), after]

    def load() -> Config:
        one = found.pop(0)
        if isinstance(one, ConfigError):
            raise one
        return one.model_copy(update={"admin_channel": news.id})

    async with running(sandbox, before) as bench:
        refused = await bench.slash("sync", config=True)
        assert "only in the server with Herald's admin channel" in refused.content
        bench.services.config = before.model_copy(update={"admin_channel": news.id})
        bench.herald.reloader = Reloader(bench.services, load)
        faulty = await bench.slash("sync", config=True)
        assert "config.yaml:3: newsletters[0].poll: is not a duration" in faulty.content
        assert list(bench.services.watchers) == ["Tech"]
        done = await bench.slash("sync", config=True)
        assert "Second: added" in done.content
        await bench.until_titles("Issue 7", "Story 7.1", "Story 7.2", "Story 7.3")
        assert list(bench.services.watchers) == ["Tech", "Second"]


async def test_a_sandbox_has_no_configuration_to_read_again(bench: Bench) -> None:
    answer = await bench.slash("sync", config=True)
    assert "only in the server" in answer.content

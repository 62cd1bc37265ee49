"""/sync with config: the configuration is read again, for the people who run this Herald."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import Bench, configured, issue_text, newsletter, running

from app.reloading import Reloader
from config.settings import Config
from errors import ConfigError, StorageError
from sandbox.server import Sandbox
from storage.newsletters import Newsletters


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


async def test_a_configuration_that_cannot_be_stored_leaves_the_old_one(
    sandbox: Sandbox, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    news = sandbox.channel("news")
    before = configured(tmp_path, newsletter(folder), channel=news)
    after = configured(tmp_path, newsletter(folder, servers=[news.id]), channel=news)

    async def locked(*_: object, **__: object) -> None:
        raise StorageError("herald.db is locked by another program")

    async with running(sandbox, before) as bench:
        kept, servers = bench.services.config, bench.services.door.servers
        monkeypatch.setattr(Newsletters, "settle", locked)
        with pytest.raises(StorageError):
            await Reloader(bench.services, lambda: after).reload()
        assert bench.services.config is kept
        assert bench.services.door.servers == servers
        assert list(bench.services.watchers) == ["Tech"]


async def test_a_sandbox_has_no_configuration_to_read_again(bench: Bench) -> None:
    answer = await bench.slash("sync", config=True)
    assert "only in the server" in answer.content

"""The bot on a real PostgreSQL server, and moved there and back."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from asking import text_of
from bench import Bench, configured, eventually, issue_text, newsletter, running

from cli import dispatch
from config.settings import Config
from sandbox.server import Sandbox
from storage.ledger import Ledger
from storage.postgres.database import PostgresDatabase
from tests.support.pgbouncer import needs_pgbouncer, pooled, pooler
from tests.support.postgres_server import Server, address, execute

THREE = ["Issue 1", "Story 1.1", "Story 1.2"]
pytestmark = pytest.mark.timeout(240)  # moved there and back: twenty seconds on a busy machine


@pytest.fixture
def config(sandbox: Sandbox, folder: Path, tmp_path: Path) -> Config:
    return configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))


def at(config: Config, storage: str) -> Config:
    return config.model_copy(update={"storage": storage})


async def command(tmp_path: Path, *words: str) -> int:
    """Run a command as a shell would: in a thread, for it has an event loop of its own."""
    settings = tmp_path / "config.yaml"
    return await asyncio.to_thread(dispatch.main, [words[0], "--config", str(settings), *words[1:]])


def write_config(tmp_path: Path, config: Config) -> None:
    (tmp_path / "config.yaml").write_text(f"storage: {config.storage}\ncache: {config.cache}\n")


async def posts_edits_and_finds(bench: Bench, folder: Path, number: int) -> None:
    """Everything once: an issue, a correction of it, searches, an alert."""
    await bench.slash("alert", "add", query=f'"story {number}.2"')
    (folder / f"{number}.md").write_text(issue_text(number, items=2))
    await bench.until(lambda: f"Story {number}.2" in bench.titles())
    await bench.idle()
    direct = bench.sandbox.world.direct_channel(bench.sandbox.world.owner)
    await bench.until(lambda: any(f"Story {number}.2" in text_of(one) for one in bench.sandbox.messages(direct)))
    (folder / f"{number}.md").write_text(issue_text(number, items=2).replace(f"Text of story {number}.1", "Corrected"))
    await bench.until(lambda: any("Corrected" in str(embed) for embed in bench.shown()[-3:]))
    await bench.idle()
    answer = await bench.slash("search", query="corrected")
    assert f"Story {number}.1" in str(answer.embeds)
    assert f"Text of story {number}.1" not in str(answer.embeds)
    assert await Ledger(bench.services.db).unindexed() == []


async def test_it_posts_edits_finds_and_alerts(
    sandbox: Sandbox, folder: Path, config: Config, postgres_address: str
) -> None:
    config = at(config, postgres_address)
    async with running(sandbox, config) as bench:
        await posts_edits_and_finds(bench, folder, 1)
    async with running(sandbox, config) as bench:
        await bench.idle()
        assert bench.titles() == THREE
        await posts_edits_and_finds(bench, folder, 2)


@needs_pgbouncer
async def test_it_works_behind_pgbouncer(
    sandbox: Sandbox, folder: Path, config: Config, postgres_address: str, postgres_folder: str
) -> None:
    async with pooler(postgres_folder) as where, running(sandbox, at(config, pooled(where, postgres_address))) as bench:
        await posts_edits_and_finds(bench, folder, 1)
        assert bench.titles() == THREE


async def test_nothing_is_posted_again_after_a_move_there_and_back(
    sandbox: Sandbox, folder: Path, tmp_path: Path, config: Config, postgres_address: str, capsys
) -> None:
    write_config(tmp_path, config)
    file = Path(config.storage)
    async with running(sandbox, config) as bench:
        await posts_edits_and_finds(bench, folder, 1)
        instance = bench.services.db.instance_id
    assert await command(tmp_path, "move", str(file), postgres_address, "--check") == 0
    assert "Nothing was moved" in capsys.readouterr().out
    assert await command(tmp_path, "move", str(file), postgres_address) == 0
    assert re.search(r"\n +2  items\n", capsys.readouterr().out)
    assert not file.exists()
    async with running(sandbox, at(config, postgres_address)) as bench:
        await bench.idle()
        assert bench.services.db.instance_id == instance
        assert bench.titles() == THREE
        assert "Story 1.1" in str((await bench.slash("search", query="corrected")).embeds)
        await posts_edits_and_finds(bench, folder, 2)
        before = bench.titles()
        numbers = [one.id for one in await bench.services.outbox.of_issue(2)]
    assert await command(tmp_path, "move", postgres_address, str(file)) == 0
    async with running(sandbox, config) as bench:
        await bench.idle()
        assert bench.titles() == before
        assert "Story 2.1" in str((await bench.slash("search", query="corrected")).embeds)
        await posts_edits_and_finds(bench, folder, 3)
        assert min(one.id for one in await bench.services.outbox.of_issue(3)) > max(numbers)
    assert await command(tmp_path, "move", str(file), postgres_address) == 2
    assert "was moved to herald.db" in capsys.readouterr().err
    assert await command(tmp_path, "move", str(file), str(tmp_path / "other.db")) == 0
    async with running(sandbox, config):  # as if somebody began again
        pass
    assert await command(tmp_path, "move", str(tmp_path / "other.db"), str(file)) == 1
    assert "is not empty" in capsys.readouterr().err


async def test_a_database_that_was_moved_away_is_not_used_by_mistake(
    sandbox: Sandbox, tmp_path: Path, config: Config, postgres_address: str
) -> None:
    config = at(config, postgres_address)
    write_config(tmp_path, config)
    async with running(sandbox, config):
        pass
    assert await command(tmp_path, "move", postgres_address, str(tmp_path / "herald.db")) == 0
    with pytest.raises(Exception, match=r"was moved to herald\.db: set `storage` to that one"):
        async with running(sandbox, config):
            pass


async def test_a_server_that_restarts_in_the_middle_loses_and_doubles_nothing(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    server = await asyncio.to_thread(Server)
    try:
        await execute(address(server.folder, "postgres"), "CREATE DATABASE herald")
        async with running(sandbox, at(config, address(server.folder, "herald"))) as bench:
            (folder / "1.md").write_text(issue_text(1, items=6))
            await bench.until(lambda: "Story 1.1" in bench.titles())
            await asyncio.to_thread(server.stop)
            (folder / "2.md").write_text(issue_text(2, items=1))
            await asyncio.to_thread(server.start)
            await bench.until(lambda: "Story 2.1" in bench.titles() and "Story 1.6" in bench.titles())
            await bench.idle()
            assert sorted(bench.titles()) == sorted(
                ["Issue 1", *(f"Story 1.{number}" for number in range(1, 7)), "Issue 2", "Story 2.1"]
            )
    finally:
        await asyncio.to_thread(server.remove)


async def test_nothing_is_posted_while_another_one_may_have_taken_over(
    sandbox: Sandbox, folder: Path, config: Config, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_fresh = False
    monkeypatch.setattr(PostgresDatabase, "may_act", lambda _: is_fresh)
    async with running(sandbox, at(config, postgres_address)) as bench:
        (folder / "1.md").write_text(issue_text(1, items=2))
        await eventually(lambda: _tried(bench))
        assert bench.titles() == []
        is_fresh = True
        await bench.until(lambda: bench.titles() == THREE)
        await bench.idle()
        assert bench.titles() == THREE


async def _tried(bench: Bench) -> bool:
    """Whether the first message was claimed, for a request that did not leave."""
    return any(one.attempts for one in await bench.services.outbox.of_issue(1))


async def test_check_and_run_say_what_is_wrong(tmp_path: Path, config: Config, postgres_folder: str, capsys) -> None:
    write_config(tmp_path, at(config, address(postgres_folder, "nowhere")))
    assert await command(tmp_path, "check") == 2
    assert "config.yaml:1: error: storage: the database nowhere" in capsys.readouterr().out
    assert await command(tmp_path, "import") == 2
    said = capsys.readouterr().err
    assert "does not exist: create it with CREATE DATABASE" in said
    assert "Traceback" not in said
    assert await command(tmp_path, "backup", str(tmp_path / "copy.db")) == 2
    assert "pg_dump" in capsys.readouterr().err

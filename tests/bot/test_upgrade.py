"""The current version on databases that earlier versions wrote: nothing is lost, nothing is posted twice."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from bench import configured, eventually, issue_text, newsletter, running

from sandbox.server import Sandbox
from storage import migrate
from storage.scope import Scope

ALL = Scope.everything()

DATABASES = sorted((Path(__file__).parents[1] / "data" / "databases").glob("*.db.gz"))


@pytest.mark.parametrize("dump", DATABASES, ids=lambda dump: dump.name.partition(".")[0])
async def test_an_earlier_versions_database_goes_on(sandbox: Sandbox, folder: Path, tmp_path: Path, dump: Path) -> None:
    database, news = tmp_path / "herald.db", sandbox.channel("news")
    database.write_bytes(gzip.decompress(dump.read_bytes()))
    with closing(sqlite3.connect(database)) as connection:
        for table in ("subscriptions", "deliveries"):  # the channel of this test's world
            connection.execute(f"UPDATE {table} SET channel_id = ?", (news.id,))
        connection.execute("UPDATE subscriptions SET guild_id = ?", (sandbox.guild.id,))
        connection.execute("UPDATE alerts SET user_id = ?", (sandbox.world.owner.id,))
        connection.execute("UPDATE alert_members SET user_id = ?", (sandbox.world.owner.id,))
        connection.commit()
        ids = connection.execute("SELECT id, key FROM items ORDER BY id").fetchall()
    (folder / "1.md").write_text(issue_text(1))
    (folder / "2.md").write_text(issue_text(2, day="2026-03-03"))
    async with running(sandbox, configured(tmp_path, newsletter(folder), channel=news, backfill=1)) as bench:
        (folder / "3.md").write_text(issue_text(3, day="2026-03-04"))
        await eventually(lambda: bench.services.archive.find_issue(ALL, "Tech", "3.md"))
        assert bench.titles() == [], "it is paused still"
        found = await bench.slash("search", query="story 1.1")
        assert "Story 1.1" in str(found.embeds)
        assert "quantum" in str((await bench.slash("alert", "list")).embeds)
        await bench.slash("resume")
        await bench.until(lambda: len(bench.titles()) == 8 or None)
        await bench.idle()
        assert bench.titles() == [
            *("Issue 2", "Story 2.1", "Story 2.2", "Story 2.3"),
            *("Issue 3", "Story 3.1", "Story 3.2", "Story 3.3"),
        ]
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT id, key FROM items ORDER BY id LIMIT ?", (len(ids),)).fetchall() == ids
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (migrate.newest(),)
    assert list(tmp_path.glob("herald.db.*.bak")), "the old one is kept"


def test_there_are_databases_to_try() -> None:
    assert DATABASES

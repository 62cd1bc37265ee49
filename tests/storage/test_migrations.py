from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from errors import StorageAwayError, StorageError
from storage import migrate
from storage.migrations.checks import replace_check
from storage.opening import open_database
from storage.schema import metadata
from tests.support.new_database import really_upgrade

ROOT = Path(__file__).parents[2]
STEPS = [script.revision for script in ScriptDirectory.from_config(migrate.config()).walk_revisions()][::-1]


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture(autouse=True)
def _step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let new files be migrated too, which other tests copy."""
    monkeypatch.setattr(migrate, "_upgrade", really_upgrade)


def old_file(path: Path, revision: str = "0001") -> None:
    """A database as an older Herald left it, with rows."""
    migrate._upgrade(path, revision)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("INSERT INTO newsletters VALUES ('Tech Beats', 'abc')")
        raw.execute(
            "INSERT INTO subscriptions (newsletter, channel_id, origin, layout, backfill, on_removed, sections,"
            " exclude_sections, tags, created_at) VALUES"
            " ('Tech Beats', 7, 'discord', 'items', 0, 'mark', '[]', '[]', '[]', '2025-03-01T00:00:00.000000Z')"
        )
        raw.commit()


def test_the_migrated_tables_are_those_of_the_schema(tmp_path: Path) -> None:
    migrate.migrate(tmp_path / "herald.db")
    engine = create_engine(f"sqlite:///{tmp_path}/herald.db")
    with engine.connect() as connection:
        assert migrate.difference(connection) == []
    engine.dispose()


def checks(engine: Engine) -> dict[tuple[str, str | None], str]:
    """What the tables of the schema demand of their rows, which Alembic does not compare."""
    with engine.begin() as connection:
        found = inspect(connection)
        return {
            (table, each["name"]): each["sqltext"]
            for table in metadata.tables
            for each in found.get_check_constraints(table)
        }


def test_the_migrated_tables_check_what_the_schema_does(tmp_path: Path) -> None:
    migrate.migrate(tmp_path / "herald.db")
    migrated, made = create_engine(f"sqlite:///{tmp_path}/herald.db"), create_engine("sqlite://")
    metadata.create_all(made)
    assert checks(migrated) == checks(made)
    assert ("subscriptions", "ck_subscriptions_layout") in checks(made)
    for engine in (migrated, made):
        engine.dispose()


def test_a_check_is_replaced_as_often_as_revisions_want_it(tmp_path: Path) -> None:
    path = tmp_path / "herald.db"
    old_file(path)
    migrate.migrate(path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE sqlite_sequence SET seq = 50 WHERE name = 'subscriptions'")
        raw.execute("CREATE TRIGGER told AFTER INSERT ON subscriptions BEGIN DELETE FROM faults; END")
        raw.commit()
    engine = create_engine(f"sqlite:///{path}")
    before = things(path)
    layouts = checks(engine)["subscriptions", "ck_subscriptions_layout"]
    conditions = [layouts, *(layouts.replace(")", f", '{more}')") for more in "ab")]
    for old, new in pairwise(conditions):
        with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
            replace_check("subscriptions", "layout", old, new)
    assert checks(engine)["subscriptions", "ck_subscriptions_layout"] == conditions[-1]
    engine.dispose()
    assert things(path) == before
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT id, channel_id FROM subscriptions").fetchall() == [(1, 7)]
        columns = "newsletter, channel_id, origin, layout, backfill, on_removed, sections, exclude_sections, tags"
        added = (
            f"INSERT INTO subscriptions ({columns}, created_at)"
            f" SELECT {columns.replace('channel_id', '8').replace('layout', '?')}, created_at FROM subscriptions"
        )
        assert raw.execute(added, ("b",)).lastrowid == 51
        with pytest.raises(sqlite3.IntegrityError, match="ck_subscriptions_layout"):
            raw.execute(added, ("a",))


def things(path: Path) -> list[tuple[str, str]]:
    """The kinds and names of all that a file defines."""
    with closing(sqlite3.connect(path)) as raw:
        return sorted(raw.execute("SELECT type, name FROM sqlite_master"))


def test_the_comparison_sees_a_difference(tmp_path: Path) -> None:
    migrate.migrate(tmp_path / "herald.db")
    engine = create_engine(f"sqlite:///{tmp_path}/herald.db")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE settings ADD COLUMN more TEXT"))
        assert [change[0] for change in migrate.difference(connection)] == ["remove_column"]
    engine.dispose()


def test_there_is_one_line_of_revisions() -> None:
    assert [f"{number:04}" for number in range(1, len(STEPS) + 1)] == STEPS


async def test_an_older_file_is_backed_up_and_migrated_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "herald.db"
    old_file(path)
    database = await open_database(path)
    try:
        async with database.reading() as connection:
            assert await connection.scalar(text("SELECT revision FROM newsletters")) == "abc"
            assert await connection.scalar(text("SELECT channel_id FROM subscriptions")) == 7
            assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == migrate.newest()
    finally:
        await database.close()
    backup = tmp_path / "herald.db.0001.bak"
    assert migrate.stored_revision(backup) == "0001"
    with closing(sqlite3.connect(backup)) as raw:
        assert raw.execute("SELECT name FROM newsletters").fetchall() == [("Tech Beats",)]


def test_a_long_life_begins_without_what_only_a_migration_needs(tmp_path: Path) -> None:
    path = tmp_path / "herald.db"
    old_file(path)
    code = """
        import asyncio, pathlib, sys
        from storage.opening import open_database
        async def main():
            await (await open_database(pathlib.Path(sys.argv[1]), apart=True)).close()
        if __name__ == "__main__":
            asyncio.run(main())
            print([name for name in sys.modules if name.startswith("alembic")])
    """
    script = tmp_path / "start.py"
    script.write_text(textwrap.dedent(code), "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script, path], capture_output=True, text=True, env=environment, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert migrate.stored_revision(path) == migrate.newest()


async def test_a_file_of_this_version_is_not_backed_up(tmp_path: Path) -> None:
    for _ in range(2):
        await (await open_database(tmp_path / "herald.db")).close()
    assert list(tmp_path.glob("*.bak*")) == []


async def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "herald.db"
    migrate.migrate(path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"newer Herald \(its tables are at 9999, this version supports \d{4}\)"):
        await open_database(path)
    assert path.read_bytes() == before
    assert list(tmp_path.glob("*.bak*")) == []


async def test_reading_beside_needs_the_same_version(tmp_path: Path) -> None:
    old_file(tmp_path / "herald.db")
    with pytest.raises(StorageError, match="another version of Herald"):
        await open_database(tmp_path / "herald.db", exclusive=False)
    assert migrate.stored_revision(tmp_path / "herald.db") == "0001"


async def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "herald.db"
    old_file(path)
    with closing(sqlite3.connect(path)) as raw:  # in the way of the second revision's last statements
        raw.execute("CREATE TABLE search_state (key TEXT)")
        raw.commit()
    with pytest.raises(Exception, match="already exists"):
        await open_database(path)
    assert migrate.stored_revision(path) == "0001"
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'search_documents'").fetchall() == []
        raw.execute("DROP TABLE search_state")
        raw.commit()
    await (await open_database(path)).close()  # the lock is free again, and nothing is in the way


@pytest.mark.parametrize("apart", [False, True], ids=["here", "in a process of its own"])
def test_a_file_with_dangling_rows_is_not_migrated(tmp_path: Path, apart: bool) -> None:
    path = tmp_path / "herald.db"
    old_file(path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("INSERT INTO faults VALUES ('unknown', 'p', 0, 'r', '2025-03-01T00:00:00.000000Z')")
        raw.commit()
    with pytest.raises(StorageError, match="1 of its rows refer to missing ones"):
        migrate.migrate(path, apart=apart)
    assert migrate.stored_revision(path) == "0001"


def test_only_the_last_backups_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "herald.db"
    migrate.migrate(path)
    for number in range(5):
        made = migrate.back_up(path, f"r{number}")
        os.utime(made, (number, number))
    assert sorted(file.name for file in tmp_path.glob("*.bak")) == [f"herald.db.r{number}.bak" for number in (2, 3, 4)]


def test_a_disk_without_room_for_the_backup_is_not_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "herald.db"
    migrate.migrate(path)
    before = path.read_bytes()
    usage = shutil.disk_usage(tmp_path)._replace(free=len(before) - 1)
    monkeypatch.setattr(migrate.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StorageAwayError, match=r"takes 0 MB, and the disk has 0 MB free\. Free some space"):
        migrate.back_up(path, "0001")
    assert [file.name for file in tmp_path.iterdir()] == ["herald.db"]
    assert path.read_bytes() == before


def test_a_backup_that_fails_leaves_no_half_file(tmp_path: Path) -> None:
    (tmp_path / "herald.db").write_text("no database at all " * 100)
    with pytest.raises(sqlite3.DatabaseError):
        migrate.back_up(tmp_path / "herald.db", "0001")
    assert [file.name for file in tmp_path.iterdir()] == ["herald.db"]

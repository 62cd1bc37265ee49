"""Copies that can be relied on, and what is forgotten."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from errors import StorageError, UserError
from storage import backup, forgetting, migrate
from storage.alerts import Alerts
from storage.archive import Archive
from storage.database import Database
from storage.opening import open_database
from storage.outbox import Outbox
from storage.sqlite import take_lock
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

DAY = dt.timedelta(days=1)


@pytest.fixture
def engine() -> str:
    return "sqlite"


async def filled(db: Database, make, now: dt.datetime, newsletter: str = "Tech", issues: int = 2) -> list[int]:
    """A newsletter with issues, followed by channel 7 of server 1, with what is owed to it."""
    arrivals = [(make.issue(f"a{n}", f"b{n}", path=f"{n}.md"), now) for n in range(issues)]
    stored = await Archive(db).store(newsletter, arrivals, now=now)
    await Subscriptions(db).add(Follow(newsletter=newsletter, channel=7), now=now, guild_id=1)
    for one in stored:
        await Outbox(db).plan(one.id, now=now)
    return [one.id for one in stored]


def rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


async def test_a_copy_is_made_while_the_database_is_written_to(db: Database, make, now: dt.datetime, tmp_path: Path):
    await filled(db, make, now)
    async with db.transaction() as connection:
        await connection.exec_driver_sql("INSERT INTO settings VALUES ('under way', 'x')")
        copy = await asyncio.to_thread(backup.back_up, db.path, tmp_path / "copy.db", keep=None, now=now)
    assert backup.check(copy) == []
    assert (rows(copy, "items"), rows(copy, "settings WHERE key = 'under way'")) == (4, 0)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.db"]


async def test_only_the_newest_copies_are_kept(db: Database, now: dt.datetime, tmp_path: Path):
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "herald.notes.db").touch()
    for day in range(4):
        await asyncio.to_thread(backup.back_up, db.path, tmp_path / "copies", keep=2, now=now + day * DAY)
    assert sorted(path.name for path in (tmp_path / "copies").iterdir()) == [
        "herald.2025-03-03T120000Z.db", "herald.2025-03-04T120000Z.db", "herald.notes.db",
    ]  # fmt: skip


async def test_a_folder_that_is_not_there_is_made(db: Database, now: dt.datetime, tmp_path: Path):
    copy = await asyncio.to_thread(backup.back_up, db.path, tmp_path / "deep" / "copies", keep=None, now=now)
    assert copy == tmp_path / "deep" / "copies" / "herald.db"
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be used"):
        await asyncio.to_thread(backup.back_up, db.path, tmp_path / "file", keep=None, now=now)


async def test_a_copy_is_never_written_over(db: Database, now: dt.datetime, tmp_path: Path):
    target = tmp_path / "copy.db"
    backup.back_up(db.path, target, keep=None, now=now)
    with pytest.raises(UserError, match="exists already"):
        backup.back_up(db.path, target, keep=None, now=now)


async def test_a_damaged_database_is_not_copied_and_a_damaged_copy_not_put_back(
    db: Database, make, now: dt.datetime, tmp_path: Path
):
    await filled(db, make, now)
    await db.close()
    copy = backup.back_up(db.path, tmp_path / "copy.db", keep=None, now=now)
    data = bytearray(copy.read_bytes())
    data[8_192:40_960] = b"\xff" * 32_768
    for path in (copy, db.path):
        path.write_bytes(data)
    with pytest.raises(StorageError, match="damaged"):
        backup.back_up(db.path, tmp_path / "other.db", keep=None, now=now)
    assert not list(tmp_path.glob("other*"))
    with pytest.raises(StorageError, match="damaged"):
        backup.restore(copy, db.path, now=now)
    assert db.path.read_bytes() == data


async def test_a_copy_takes_the_place_of_the_database_which_is_kept(
    db: Database, make, now: dt.datetime, tmp_path: Path
):
    await filled(db, make, now)
    instance = db.instance_id
    copy = await asyncio.to_thread(backup.back_up, db.path, tmp_path / "copy.db", keep=None, now=now)
    await filled(db, make, now, issues=5)
    with pytest.raises(StorageError, match="in use"):
        take_lock(db.path)
    await db.close()
    old = backup.restore(copy, db.path, now=now)
    assert old is not None
    assert (rows(db.path, "issues"), rows(old, "issues")) == (2, 5)
    opened = await open_database(db.path)
    assert opened.instance_id == instance
    await opened.close()
    assert copy.exists()


@pytest.mark.parametrize("start", [b"no database at all", b"SQLite format 3\0"])
async def test_a_copy_takes_the_place_of_a_damaged_database(
    db: Database, make, now: dt.datetime, tmp_path: Path, start: bytes
):
    await filled(db, make, now)
    await db.close()
    copy = backup.back_up(db.path, tmp_path / "copy.db", keep=None, now=now)
    damaged = start.ljust(100, b"\xff") + db.path.read_bytes()[100:]
    db.path.write_bytes(damaged)
    old = backup.restore(copy, db.path, now=now)
    assert old is not None
    assert old.read_bytes() == damaged
    assert rows(db.path, "issues") == 2


async def test_a_restore_that_is_killed_leaves_a_database_in_its_place(
    db: Database, make, now: dt.datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await filled(db, make, now)
    copy = await asyncio.to_thread(backup.back_up, db.path, tmp_path / "copy.db", keep=None, now=now)
    await db.close()
    steps: list[bool] = []

    def watch(owner: object, name: str) -> None:
        step = getattr(owner, name)

        def watched(*values: object, **options: object) -> object:
            result = step(*values, **options)
            steps.append(db.path.exists())
            return result

        monkeypatch.setattr(owner, name, watched)

    for owner, name in ((Path, "replace"), (Path, "unlink"), (os, "link")):
        watch(owner, name)
    backup.restore(copy, db.path, now=now)
    assert len(steps) > 3
    assert all(steps)


async def test_where_a_file_cannot_have_two_names_the_database_is_moved(
    db: Database, make, now: dt.datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    await filled(db, make, now)
    copy = await asyncio.to_thread(backup.back_up, db.path, tmp_path / "copy.db", keep=None, now=now)
    await db.close()
    monkeypatch.setattr(os, "link", refuse)
    old = backup.restore(copy, db.path, now=now)
    assert old is not None
    assert (rows(db.path, "issues"), rows(old, "issues")) == (2, 2)


def test_another_programs_file_and_a_newer_one_are_refused(now: dt.datetime, tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "notes.db")) as connection:
        connection.execute("CREATE TABLE notes (x)")
    with pytest.raises(StorageError, match="another program"):
        backup.check(tmp_path / "notes.db")
    migrate.migrate(tmp_path / "herald.db")
    with closing(sqlite3.connect(tmp_path / "herald.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StorageError, match="newer Herald"):
        backup.check(tmp_path / "herald.db")


async def test_compacting_gives_space_back(db: Database, make, now: dt.datetime):
    await filled(db, make, now, issues=200)
    await forgetting.forget_newsletter(db, "Tech")
    await db.close()
    before, after = backup.compact(db.path)
    assert after < before / 2
    assert backup.check(db.path) == []


async def test_a_newsletter_is_forgotten_with_all_that_hangs_on_it(db: Database, make, now: dt.datetime):
    await filled(db, make, now, issues=45)
    await filled(db, make, now, newsletter="Other")
    await Archive(db).fault("Tech", "bad.md", 1, "broken", now=now)
    await Archive(db).begin("Tech")
    held = await forgetting.newsletter_holdings(db, "Tech")
    assert (held["issues"], held["items"], held["deliveries"], held["subscriptions"]) == (45, 90, 135, 1)
    assert (held["faults"], held["notes"]) == (1, 1)
    await forgetting.forget_newsletter(db, "Tech")
    assert not any((await forgetting.newsletter_holdings(db, "Tech")).values())
    others = await forgetting.newsletter_holdings(db, "Other")
    assert (others["issues"], others["items"], others["deliveries"]) == (2, 4, 6)
    assert await db.integrity_check() == []
    async with db.reading() as connection:
        documents = (await connection.exec_driver_sql("SELECT count(*) FROM search_documents")).scalar_one()
        index = (await connection.exec_driver_sql("SELECT count(*) FROM search_index")).scalar_one()
        newsletters = await connection.exec_driver_sql("SELECT DISTINCT newsletter FROM search_names")
        assert (documents, index, newsletters.scalars().all()) == (4, 4, ["Other"])


async def test_a_server_and_a_member_are_forgotten(db: Database, make, now: dt.datetime):
    await filled(db, make, now)
    alerts = Alerts(db)
    await alerts.add(50, 1, "sqlite", now=now)
    await alerts.add(50, 2, "python", now=now)
    await alerts.add(51, 2, "python", now=now)
    held = await forgetting.server_holdings(db, 1)
    assert (held["deliveries"], held["subscriptions"], held["alerts"]) == (6, 1, 1)
    await forgetting.forget_server(db, 1)
    assert not any((await forgetting.server_holdings(db, 1)).values())
    assert [one.query for one in await alerts.of(50)] == ["python"]
    assert (await forgetting.member_holdings(db, 50))["alerts"] == 1
    await forgetting.forget_member(db, 50)
    assert not any((await forgetting.member_holdings(db, 50)).values())
    assert len(await alerts.of(51)) == 1
    assert (await forgetting.newsletter_holdings(db, "Tech"))["items"] == 4

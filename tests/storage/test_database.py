from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from errors import StorageError
from storage import backup, sqlite
from storage.failures import explained
from storage.paths import path_of
from storage.readers import Readers
from storage.reindex import take_out_unpublished
from storage.sqlite import READERS, SqliteDatabase
from tests.support import new_database

ROOT = Path(__file__).parents[2]
ENDLESS = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
LONG = text(
    "WITH RECURSIVE n(i) AS (SELECT begun() UNION ALL SELECT i + 1 FROM n LIMIT 2000000) SELECT count(*) FROM n"
)
INSERT = text("INSERT INTO settings VALUES (:key, 'x')")


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def has_threads() -> bool:
    return True


async def test_a_statement_takes_one_turn_of_its_thread(db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[object] = []
    execute = aiosqlite.Connection._execute
    monkeypatch.setattr(
        aiosqlite.Connection, "_execute", lambda *given, **more: turns.append(given) or execute(*given, **more)
    )
    await db.set_setting("colour", "red")
    assert await db.setting("colour") == "red"  # the reader is open
    turns.clear()
    async with db.reading() as connection:
        found = await connection.execute(text("SELECT key, value FROM settings WHERE key = 'colour'"))
        assert found.all() == [("colour", "red")]
        driver: Any = (await connection.get_raw_connection()).driver_connection
    assert len(turns) == 1  # the statement, with which the transaction begins; if it ends is not waited for
    assert not await driver.in_thread(lambda: driver.raw.in_transaction)
    turns.clear()
    async with db.reading():
        pass
    assert turns == []


async def test_a_query_by_itself_takes_one_turn_and_opens_no_transaction(
    db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = text("SELECT value FROM settings WHERE key = :key")
    await db.set_setting("colour", "red")
    assert [row["value"] for row in await db.rows(query, {"key": "colour"})] == ["red"]  # the reader is open
    turns: list[object] = []
    execute = aiosqlite.Connection._execute
    monkeypatch.setattr(
        aiosqlite.Connection, "_execute", lambda *given, **more: turns.append(given) or execute(*given, **more)
    )
    assert [row["value"] for row in await db.rows(query, {"key": "colour"})] == ["red"]
    assert len(turns) == 1
    await db.set_setting("colour", "blue")
    assert [row["value"] for row in await db.rows(query, {"key": "colour"})] == ["blue"]


async def test_a_write_that_is_cancelled_before_its_thread_took_it_is_rolled_back(db: SqliteDatabase) -> None:
    await db.set_setting("colour", "red")  # the writer is open
    is_held, is_free = threading.Event(), threading.Event()
    drivers: list[Any] = []

    def hold() -> None:
        is_held.set()
        is_free.wait()

    async def write() -> None:
        async with db.transaction() as connection:
            drivers.append((await connection.get_raw_connection()).driver_connection)
            drivers[0]._tx.put_nowait((asyncio.get_running_loop().create_future(), hold))
            await asyncio.to_thread(is_held.wait)
            await connection.execute(INSERT, {"key": "shape"})

    task = asyncio.create_task(write())
    while not (drivers and is_held.is_set() and drivers[0]._tx.qsize()):  # noqa: ASYNC110 -- no event tells
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.sleep(0)
    is_free.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await db.setting("shape") is None
    assert await db.setting("colour") == "red"


async def test_a_setting_is_remembered_changed_and_forgotten(db: SqliteDatabase) -> None:
    assert await db.setting("colour") is None
    await db.set_setting("colour", "blue")
    await db.set_setting("colour", "red")
    assert await db.setting("colour") == "red"
    await db.set_setting("colour", None)
    assert await db.setting("colour") is None


async def test_the_instance_keeps_its_id_and_another_database_has_another(tmp_path: Path) -> None:
    seen: list[str] = []
    for name in ("one.db", "one.db", "two.db"):
        database = await SqliteDatabase.open(tmp_path / name)
        seen.append(database.instance_id)
        await database.close()
    assert seen[0] == seen[1] != seen[2]
    assert len(seen[0]) == 8


async def test_the_file_is_safe_by_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_WRITER_PRAGMAS", new_database.SAFE)
    db = await SqliteDatabase.open(tmp_path / "safe.db")
    async with db.transaction() as connection:
        pragmas = {
            name: await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    async with db.reading() as connection:
        assert await connection.scalar(text("PRAGMA query_only")) == 1
    await db.close()


async def test_a_connection_stays_open_for_the_next_who_asks(db: SqliteDatabase) -> None:
    taken: list[object] = []
    event.listen(db._readers.engine.sync_engine, "checkout", lambda *given: taken.append(given))
    for _ in range(3):
        assert await db.setting("colour") is None
    assert len(taken) == 1
    with pytest.raises(StorageError):
        async with db.reading() as connection:
            await connection.execute(text("DELETE FROM settings"))  # which a reader may not
    assert await db.setting("colour") is None
    assert len(taken) == 2  # where something failed, the pool has a look at it


async def test_our_tables_are_strict(db: SqliteDatabase) -> None:
    async with db.reading() as connection:
        found = await connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        tables = {row.name: row.sql for row in found}
    assert "STRICT" in tables["deliveries"]
    with pytest.raises(Exception, match="cannot store TEXT value"):
        async with db.transaction() as connection:
            await connection.execute(
                text("INSERT INTO faults VALUES ('n', 'p', 'no number', 'r', '2025-03-01T00:00:00.000000Z')")
            )


async def test_an_error_rolls_back_all_of_a_transaction(db: SqliteDatabase) -> None:
    async def write() -> None:
        async with db.transaction() as connection:
            await connection.execute(INSERT, {"key": "half"})
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        await write()
    assert await db.setting("half") is None


async def test_a_commit_that_fails_rolls_back_and_the_next_writer_goes_on(db: SqliteDatabase) -> None:
    async def write_half() -> None:
        async with db.transaction() as connection:
            await connection.execute(INSERT, {"key": "half"})
            await connection.execute(text("INSERT INTO named VALUES ('nothing')"))

    async with db.transaction() as connection:
        named = "CREATE TABLE named (key TEXT REFERENCES settings DEFERRABLE INITIALLY DEFERRED)"
        await connection.execute(text(named))
    with pytest.raises(IntegrityError):  # only the commit looks whether there is such a key
        await write_half()
    await db.set_setting("next", "goes on")
    assert (await db.setting("half"), await db.setting("next")) == (None, "goes on")


async def test_a_cancelled_task_rolls_back_and_the_next_writer_goes_on(db: SqliteDatabase) -> None:
    began = asyncio.Event()
    kept: list[BaseException] = []
    loop = asyncio.get_running_loop()

    def begun() -> int:
        loop.call_soon_threadsafe(began.set)
        return 1

    async def write() -> None:
        try:
            async with db.transaction() as connection:
                await connection.execute(INSERT, {"key": "half"})
                driver: Any = (await connection.get_raw_connection()).driver_connection
                await driver.create_function("begun", 0, begun)
                await connection.execute(LONG)
        except asyncio.CancelledError as error:
            kept.append(error)  # with its frames, and so the cursor: what is locked must not depend on that
            raise

    task = asyncio.create_task(write())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        await db.set_setting("whole", "yes")
    assert await db.setting("half") is None
    assert await db.setting("whole") == "yes"
    assert kept


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells what is mapped")
async def test_readers_do_not_map_the_file_into_the_bots_memory(db: SqliteDatabase) -> None:
    assert await db.setting("instance") is not None
    mapped = Path("/proc/self/maps").read_text("utf-8").splitlines()
    assert [line for line in mapped if line.endswith(str(db.path))] == []


async def test_a_cancelled_reader_gives_its_place_back(db: SqliteDatabase) -> None:
    for _ in range(6):  # more than there are readers
        task = asyncio.create_task(_read_endlessly(db))
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(10):
        assert await db.setting("nothing") is None


async def _read_endlessly(db: SqliteDatabase) -> None:
    async with db.reading() as connection:
        await connection.execute(ENDLESS)


async def test_readers_see_one_moment_while_the_writer_writes(db: SqliteDatabase) -> None:
    count = text("SELECT count(*) FROM settings")
    async with db.reading() as connection:
        before = await connection.scalar(count)
        await db.set_setting("new", "x")
        assert await connection.scalar(count) == before
    async with db.reading() as connection:
        assert await connection.scalar(count) == (before or 0) + 1


async def test_writers_take_turns(db: SqliteDatabase) -> None:
    await db.set_setting("count", "0")

    async def count_one() -> None:
        async with db.transaction() as connection:
            value = await connection.scalar(text("SELECT value FROM settings WHERE key = 'count'"))
            await asyncio.sleep(0)
            await connection.execute(
                text("UPDATE settings SET value = :value WHERE key = 'count'"), {"value": str(int(value) + 1)}
            )

    await asyncio.gather(*(count_one() for _ in range(20)))
    assert await db.setting("count") == "20"


async def test_a_second_bot_in_this_process_is_refused(db: SqliteDatabase) -> None:
    with pytest.raises(StorageError, match=r"herald\.db is in use by another running Herald \(process \d+\)"):
        await SqliteDatabase.open(db.path)


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import asyncio, pathlib, sys
        from storage.sqlite import SqliteDatabase
        async def main():
            database = await SqliteDatabase.open(pathlib.Path(sys.argv[1]))
            print("open", flush=True)
            await asyncio.sleep(600)
            await database.close()
        asyncio.run(main())
    """)
    path = tmp_path / "herald.db"
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StorageError, match=rf"process {holder.pid}\): stop it first"):
            asyncio.run(_open_and_close(path))
    finally:
        holder.kill()
        holder.communicate()
    asyncio.run(_open_and_close(path))


async def _open_and_close(path: Path) -> None:
    await (await SqliteDatabase.open(path)).close()


async def test_a_second_reader_needs_no_lock_and_cannot_write(db: SqliteDatabase) -> None:
    await db.set_setting("seen", "yes")
    beside = await SqliteDatabase.open(db.path, exclusive=False)
    try:
        assert await beside.setting("seen") == "yes"
        assert beside.instance_id == db.instance_id
        with pytest.raises(StorageError, match="reading only"):
            await beside.set_setting("seen", "no")
    finally:
        await beside.close()


async def test_reading_works_when_no_bot_runs(tmp_path: Path) -> None:
    path = tmp_path / "a name with 100% of spaces?.db"
    await _open_and_close(path)
    beside = await SqliteDatabase.open(path, exclusive=False)
    try:
        assert beside.instance_id
    finally:
        await beside.close()


async def test_reading_says_when_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"There is no herald\.db yet"):
        await SqliteDatabase.open(tmp_path / "herald.db", exclusive=False)
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "empty.db").touch()
    with pytest.raises(StorageError, match="another version"):
        await SqliteDatabase.open(tmp_path / "empty.db", exclusive=False)


async def test_closing_ends_the_threads_and_gives_the_file_free(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    database = await SqliteDatabase.open(tmp_path / "herald.db")
    await database.set_setting("a", "b")
    await asyncio.gather(*(database.setting("a") for _ in range(8)))
    connections = [thread for thread in set(threading.enumerate()) - before if "_connection_worker" in thread.name]
    assert len(connections) == 1 + READERS
    await database.close()
    await database.close()
    for thread in connections:
        await asyncio.to_thread(thread.join, 10)
    assert not any(thread.is_alive() for thread in connections)
    with pytest.raises(StorageError, match="closed"):
        await database.setting("a")


async def test_closing_interrupts_a_query_that_would_never_end(tmp_path: Path) -> None:
    database = await SqliteDatabase.open(tmp_path / "herald.db")
    running = asyncio.create_task(_read_endlessly(database))
    while not database._running:  # noqa: ASYNC110 -- nothing tells when the query has begun
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await database.close()
    with pytest.raises(OperationalError, match="interrupted"):
        await running


async def test_a_full_disk_is_told_and_leaves_nothing_half(db: SqliteDatabase) -> None:
    async with db.transaction() as connection:
        pages = await connection.scalar(text("PRAGMA page_count"))
        await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    row = text("INSERT INTO settings VALUES (:key, :value)")

    async def fill() -> None:
        async with db.transaction() as connection:
            for number in range(1000):
                await connection.execute(row, {"key": f"k{number}", "value": "x" * 4000})

    with pytest.raises(StorageError, match="the disk is full"):
        await fill()
    assert await db.setting("k0") is None
    async with db.transaction() as connection:
        await connection.execute(text("PRAGMA max_page_count = 1000000"))
    await db.set_setting("after", "goes on")
    assert await db.integrity_check() == []


async def test_damage_is_found(db: SqliteDatabase) -> None:
    assert await db.integrity_check() == []
    async with db.transaction() as connection:
        await connection.execute(text("INSERT INTO newsletters (name) VALUES ('n')"))
        await connection.execute(text("INSERT INTO faults VALUES ('n', 'p', 0, 'r', '2025-03-01T00:00:00.000000Z')"))
    await db.close()
    raw = sqlite3.connect(db.path)
    raw.execute("DELETE FROM newsletters")  # foreign keys are off in a plain connection
    raw.commit()
    raw.close()
    again = await SqliteDatabase.open(db.path)
    try:
        assert await again.integrity_check() == ["faults row 1: no such newsletters"]
    finally:
        await again.close()


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE sqlite_master SET sql = 'CREATE TABLE ' || ? WHERE name = 'settings'", "\N{SNOWMAN}("),
        ("UPDATE sqlite_master SET sql = CAST(? AS TEXT) WHERE name = 'settings'", b"CREATE TABLE \xff\xfe("),
    ],
    ids=["malformed", "not even text"],
)
async def test_a_damaged_schema_is_told(tmp_path: Path, statement: str, value: str | bytes) -> None:
    path = tmp_path / "herald.db"
    await (await SqliteDatabase.open(path)).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute(statement, (value,))
        raw.commit()
    with pytest.raises(StorageError, match=r"herald\.db is damaged: restore a backup"):
        await SqliteDatabase.open(path)


async def test_a_question_that_meets_damage_is_told(db: SqliteDatabase) -> None:
    readers = Readers(db.path, threads=1, name="test")
    try:
        assert await readers.ask(lambda connection: connection.execute("SELECT 1").fetchone(), 5) == (1,)
        with pytest.raises(StorageError, match=r"herald\.db is damaged"):
            await readers.ask(_meets_damage, 5)
    finally:
        await readers.close()


async def test_short_questions_take_turns_and_a_long_one_holds_up_none(
    db: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = Readers(db.path, threads=2, name="test")
    running: list[int] = []
    lock = threading.Lock()
    two_run = threading.Event()

    def short(_: sqlite3.Connection) -> int:
        with lock:
            running.append(1)
            most = len(running)
        time.sleep(0.002)
        with lock:
            running.pop()
        return most

    try:
        monkeypatch.setattr("storage.readers._TURN_S", 30)
        assert max(await asyncio.gather(*(readers.ask(short, 30) for _ in range(20)))) == 1
        monkeypatch.setattr("storage.readers._TURN_S", 0.01)
        waits, answers = await asyncio.gather(
            readers.ask(lambda _: two_run.wait(30), 60), readers.ask(lambda _: two_run.set() or 7, 60)
        )
        assert (waits, answers) == (True, 7)
    finally:
        await readers.close()


def _meets_damage(connection: sqlite3.Connection) -> None:
    connection.execute("SELECT CAST(x'ff' AS TEXT)").fetchone()


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "herald.db"
    path.write_text("This is a letter, not a database. " * 100)
    with pytest.raises(StorageError, match=r"herald\.db is not a database"):
        await SqliteDatabase.open(path)
    assert path.read_text().startswith("This is a letter")


async def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "music.db"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE songs (name TEXT)")
    raw.commit()
    raw.close()
    with pytest.raises(StorageError, match="another program's"):
        await SqliteDatabase.open(path)
    assert [file.name for file in tmp_path.iterdir() if not file.name.endswith(".lock")] == ["music.db"]


async def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"herald\.db cannot be used"):
        await SqliteDatabase.open(tmp_path / "file" / "herald.db")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StorageError, match="cannot be opened"):
        await SqliteDatabase.open(tmp_path / "folder.db")


@pytest.mark.parametrize(
    ("number", "told"), [(errno.EACCES, "may not write in /data. Give user"), (errno.EROFS, "/data can only be read")]
)
def test_a_folder_that_may_not_be_written_to_is_named(number: int, told: str) -> None:
    error = explained(OSError(number, "x", "/data/herald.db.lock"), "herald.db")
    assert told in str(error)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OSError(errno.ENOSPC, "x", "/data/herald.db"), 1),
        (sqlite3.OperationalError("database or disk is full"), 1),
        (sqlite3.OperationalError("database is locked"), 1),
        (OSError(errno.EACCES, "x", "/data/herald.db"), 2),
        (sqlite3.OperationalError("attempt to write a readonly database"), 2),
        (sqlite3.DatabaseError("database disk image is malformed"), 2),
    ],
)
def test_what_passes_by_itself_may_be_tried_again_at_once(error: Exception, status: int) -> None:
    told = explained(error, "herald.db")
    assert told is not None
    assert told.exit_status == status


async def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    await _open_and_close(tmp_path / "data" / "deep" / "herald.db")
    assert (tmp_path / "data" / "deep" / "herald.db").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("postgresql://user:secret@host/herald", "PostgreSQL database, and this is about a file"),
        ("mysql://user:secret@host/herald", "mysql, but Herald keeps its data in a file or on PostgreSQL"),
        ("sqlite://", "sqlite, but Herald keeps"),
        ("nonsense://x:y:z", "not a database's address"),
    ],
)
def test_other_databases_are_refused_without_telling_their_secrets(given: str, message: str) -> None:
    with pytest.raises(StorageError, match=message) as caught:
        path_of(given)
    assert "secret" not in str(caught.value)


def test_a_file_can_be_named_as_path_or_address(tmp_path: Path) -> None:
    assert path_of(tmp_path / "a.db") == tmp_path / "a.db"
    assert path_of(f"sqlite:///{tmp_path}/a.db") == tmp_path / "a.db"
    assert path_of("a.db") == Path.cwd() / "a.db"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
async def test_only_its_owner_reads_the_file_and_what_stands_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "herald.db"
    path.touch(mode=0o644)  # as an earlier version left it
    path.chmod(0o644)
    database = await SqliteDatabase.open(path)
    await database.set_setting("a", "b")
    found = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("herald.db*")}
    await database.close()
    assert {"herald.db", "herald.db-wal", "herald.db.lock"} <= set(found)
    assert set(found.values()) == {0o600}


async def test_space_that_nothing_uses_goes_back_to_the_disk(db: SqliteDatabase) -> None:
    await _fill_and_empty(db)
    before = await _pages(db)
    freed = await db.trim()
    after = await _pages(db)
    assert after < before / 10
    assert 0 <= (before - after) * 4096 - freed <= 4 * 4096  # next to what was free, the pages that listed it
    assert await db.trim() == 0
    assert await db.integrity_check() == []


async def test_a_file_of_an_older_herald_is_trimmed_once_it_was_compacted(tmp_path: Path) -> None:
    path = tmp_path / "herald.db"
    await (await SqliteDatabase.open(path)).close()
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("VACUUM")
    connection.close()
    for is_compact in (False, True):
        if is_compact:
            backup.compact(path)
        db = await SqliteDatabase.open(path)
        await _fill_and_empty(db)
        assert (await db.trim() > 0) is is_compact
        await db.close()


async def _fill_and_empty(db: SqliteDatabase) -> None:
    async with db.transaction() as connection:
        rows = [{"key": f"{number}", "value": "y" * 4000} for number in range(2_000)]
        await connection.execute(text("INSERT INTO settings VALUES (:key, :value)"), rows)
    async with db.transaction() as connection:
        await connection.execute(text("DELETE FROM settings WHERE length(value) = 4000"))


async def _pages(db: SqliteDatabase) -> int:
    async with db.reading() as connection:
        return int((await connection.execute(text("PRAGMA page_count"))).scalar_one())


async def test_a_start_reads_no_items_to_find_those_that_are_not_published(db: SqliteDatabase) -> None:
    statements: list[str] = []

    @event.listens_for(db._readers.engine.sync_engine, "before_cursor_execute")
    def _hear(*given: Any) -> None:
        statements.append(given[2])

    await take_out_unpublished(db)
    (statement,) = (one for one in statements if "FROM items" in one)
    async with db.reading() as connection:
        steps = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")).mappings()
        plan = " ".join(str(step["detail"]) for step in steps)
    assert "ix_issues_gate" in plan
    assert "SCAN" not in plan

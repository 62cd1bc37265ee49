"""A database on a real PostgreSQL server: what it refuses, who may write to it, and its search copy."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from sqlalchemy import text, update

from errors import StorageError
from search.search import Query, Search
from storage import migrate, schema
from storage.archive import Archive
from storage.dialects import lock_number
from storage.outbox import Outbox
from storage.postgres import database as opened_module
from storage.postgres import membership, tables
from storage.postgres.address import read_address
from storage.postgres.database import PostgresDatabase
from storage.postgres.search_copy import SearchCopy
from storage.records import Gate
from storage.scope import Scope
from storage.search_feed import HELD, KEPT, search_feed, trim
from storage.sqlite import InUseError, take_lock
from storage.subscriptions import Subscriptions
from storage.wishes import Follow
from tests.support.postgres_server import Server, address, execute

ALL = Scope.everything()


@pytest.fixture
def engine() -> str:
    return "postgresql"


async def open_at(where: str, cache: Path, *, exclusive: bool = True) -> PostgresDatabase:
    return await PostgresDatabase.open(read_address(where), cache=cache, exclusive=exclusive)


async def found(db: PostgresDatabase, words: str) -> list[str]:
    search = Search(db)
    page = await search.search(ALL, Query(text=words))
    await search.close()
    return sorted(hit.item.item.title.split()[-1] for hit in page.hits)


# what it refuses


async def test_the_tables_are_those_of_the_schema(db: PostgresDatabase) -> None:
    async with db.reading() as connection:
        assert await connection.run_sync(migrate.difference) == []
        source = "SELECT prosrc FROM pg_proc WHERE proname = 'search_feed_hold'"
        assert str(lock_number(HELD)) in (await connection.scalar(text(source)))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("postgresql://user:secret@/herald", "does not name a host"),
        ("postgresql://user:secret@host", "does not name the database's name"),
        ("postgresql://user:secret@host:port/x", "is not a database's address"),
        ("postgresql://user:my@secret:w/rd#1@host:5/x", "/ as %2F, # as %23"),
        ("postgresql://user:my@secret@host/x", "write %40 in its place"),
        ("postgresql://user:my@very/secret@host/x", "write %40 in its place"),
    ],
)
def test_an_address_that_is_not_complete_is_told_without_its_password(setting: str, message: str) -> None:
    with pytest.raises(StorageError, match=message) as caught:
        read_address(setting)
    assert "secret" not in str(caught.value)


def test_the_words_of_libpq_are_understood() -> None:
    where = read_address("postgresql://user:secret@db.example/herald?sslmode=require")
    assert where.url.query == {"ssl": "require"}
    assert where.name == "the database herald on db.example"


@pytest.mark.parametrize(
    ("setting", "hosts", "ports"),
    [
        ("postgresql://u:secret@one,two/herald", ["one", "two"], [5432, 5432]),
        ("postgresql://u:secret@one:5433,two/herald?sslmode=require", ["one", "two"], [5433, 5432]),
        ("postgresql://u@/herald?host=one:5433&host=two", ["one", "two"], [5433, 5432]),
        ("postgresql://u@/herald?host=/run/one,/run/two&port=5433", ["/run/one", "/run/two"], [5433, 5433]),
    ],
)
def test_several_servers_are_one_database_on_whichever_takes_writes(setting: str, hosts, ports) -> None:
    where = read_address(setting)
    found = where.url.get_dialect()().create_connect_args(where.url)[1]
    assert (found["host"], found["port"]) == (hosts, ports)
    assert found["target_session_attrs"] == "read-write"
    assert where.name == f"the database herald on {hosts[0]} or {hosts[1]}"


async def test_nobody_there_is_told(tmp_path: Path) -> None:
    nowhere = ("127.0.0.1:9", "127.0.0.1:9,127.0.0.1:10")
    for where in (address(tmp_path, "herald"), *(f"postgresql://a:secret@{hosts}/herald" for hosts in nowhere)):
        with pytest.raises(StorageError, match="cannot be reached") as caught:
            await open_at(where, tmp_path)
        assert "secret" not in str(caught.value)


async def test_a_database_that_does_not_exist_is_told(postgres_folder: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="does not exist: create it with CREATE DATABASE"):
        await open_at(address(postgres_folder, "nowhere"), tmp_path)


async def test_another_collation_is_told(postgres_folder: str, tmp_path: Path) -> None:
    made = "CREATE DATABASE other_collation TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
    await execute(address(postgres_folder, "postgres"), "DROP DATABASE IF EXISTS other_collation", made)
    with pytest.raises(StorageError, match=r"the collation C\.UTF-8: Herald needs UTF8 and C"):
        await open_at(address(postgres_folder, "other_collation"), tmp_path)


async def test_a_user_without_rights_is_told(postgres_address: str, postgres_folder: str, tmp_path: Path) -> None:
    await execute(postgres_address, "DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN")
    where = postgres_address.replace("herald@", "guest@", 1)
    with pytest.raises(StorageError, match="may not create tables there"):
        await open_at(where, tmp_path)


async def test_tables_of_another_user_are_told(postgres_address: str, tmp_path: Path) -> None:
    await (await open_at(postgres_address, tmp_path)).close()
    await execute(postgres_address, "DROP ROLE IF EXISTS stranger", "CREATE ROLE stranger LOGIN")
    await execute(postgres_address, "GRANT CREATE ON SCHEMA public TO stranger")
    with pytest.raises(StorageError, match=r"lacks rights: make Herald's user its owner \(permission denied"):
        await open_at(postgres_address.replace("herald@", "stranger@", 1), tmp_path)
    await execute(postgres_address, "REVOKE CREATE ON SCHEMA public FROM stranger")


async def test_an_old_server_is_told(postgres_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "OLDEST", 99)
    with pytest.raises(StorageError, match="Herald needs 99 or newer"):
        await open_at(postgres_address, tmp_path)


async def test_another_programs_tables_and_newer_ones_are_left_alone(postgres_folder: str, tmp_path: Path) -> None:
    where = address(postgres_folder, "strange")
    await execute(address(postgres_folder, "postgres"), "DROP DATABASE IF EXISTS strange", "CREATE DATABASE strange")
    await execute(where, "CREATE TABLE songs (name text)")
    with pytest.raises(StorageError, match="another program's tables"):
        await open_at(where, tmp_path)
    await execute(where, "DROP TABLE songs")
    with pytest.raises(StorageError, match="is empty: run python bot"):
        await open_at(where, tmp_path, exclusive=False)
    await (await open_at(where, tmp_path)).close()
    await execute(where, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match=r"newer Herald \(its tables are at 9999"):
        await open_at(where, tmp_path)
    with pytest.raises(StorageError, match="another version of Herald"):
        await open_at(where, tmp_path, exclusive=False)


# who may write to it


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "LEASE_S", 1.0)
    monkeypatch.setattr(membership, "EVERY_S", 0.2)
    monkeypatch.setattr(membership, "REQUEST_S", 0.5)


@pytest.mark.usefixtures("quick")
async def test_a_second_herald_is_refused_while_the_first_lives(postgres_address: str, tmp_path: Path) -> None:
    first = await open_at(postgres_address, tmp_path / "one")
    with pytest.raises(StorageError, match=r"in use by another running Herald \(process \d+ on .+\): stop it first"):
        await open_at(postgres_address, tmp_path / "two")
    await first.set_setting("colour", "red")
    beside = await open_at(postgres_address, tmp_path / "one", exclusive=False)
    assert await beside.setting("colour") == "red"
    with pytest.raises(StorageError, match="reading only"):
        await beside.set_setting("colour", "blue")
    await beside.close()
    await first.close()
    await (await open_at(postgres_address, tmp_path / "two")).close()  # given back: nobody waits


@pytest.mark.usefixtures("quick")
async def test_one_that_stopped_is_replaced_and_may_not_write_any_more(postgres_address: str, tmp_path: Path) -> None:
    first = await open_at(postgres_address, tmp_path / "one")
    renewing = next(task for task in asyncio.all_tasks() if task.get_name() == "heartbeat")
    assert first.may_act()
    renewing.cancel()  # as a process that is stopped, or whose network is gone
    second = await open_at(postgres_address, tmp_path / "two")
    assert (first.may_act(), second.may_act()) == (False, True)
    with pytest.raises(StorageError, match="Another Herald works on the database"):
        await first.set_setting("colour", "red")
    await second.set_setting("colour", "blue")
    await first.close()
    await second.set_setting("colour", "green")  # its lease is not the first one's to give back
    await second.close()


async def test_a_server_that_restarts_is_away_and_comes_back(tmp_path: Path, postgres_folder: str) -> None:
    server = await asyncio.to_thread(Server)
    try:
        await execute(address(server.folder, "postgres"), "CREATE DATABASE herald")
        db = await open_at(address(server.folder, "herald"), tmp_path)
        await db.set_setting("colour", "red")
        await asyncio.to_thread(server.stop)
        with pytest.raises(StorageError, match="cannot be reached"):
            await db.setting("colour")
        with pytest.raises(StorageError, match="cannot be reached"):
            await db.set_setting("colour", "blue")
        await asyncio.to_thread(server.start)
        assert await db.setting("colour") == "red"
        await db.set_setting("colour", "blue")
        await db.close()
    finally:
        await asyncio.to_thread(server.remove)


# its search copy


@pytest.fixture
async def shelf(db: PostgresDatabase, make, now) -> PostgresDatabase:
    issue = make.issue("otter", "heron")
    await Archive(db).store("Tech Beats", [(issue, None)], now=now, first_gate=lambda _: Gate.FILED)
    return db


async def test_what_is_stored_is_found_at_once_changed_and_gone(shelf: PostgresDatabase, make, now) -> None:
    assert await found(shelf, "happened") == ["heron", "otter"]
    archive = Archive(shelf)
    changed = make.issue("otter", "crane")
    await archive.store("Tech Beats", [(changed, None)], now=now)
    assert await found(shelf, "happened") == ["crane", "otter"]
    await archive.miss("Tech Beats", [changed.path])
    await archive.held.carry_out("Tech Beats", now=now, edits_at=now)
    assert await found(shelf, "happened") == []


async def test_a_lost_copy_is_built_anew(shelf: PostgresDatabase, postgres_address: str, tmp_path: Path) -> None:
    where = shelf.path
    await shelf.close()
    for path in where.parent.glob(f"{where.name}*"):
        path.unlink()
    again = await open_at(postgres_address, tmp_path)
    assert await found(again, "happened") == ["heron", "otter"]
    await again.close()


async def test_a_copy_that_another_process_is_making_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    lock = take_lock(path)
    path.write_bytes(b"half of it")
    with pytest.raises(InUseError):
        await SearchCopy(path, lambda: pytest.fail("nothing is read")).open("instance")
    assert path.read_bytes() == b"half of it"
    lock.release()


async def test_what_happened_while_the_copy_was_away_is_applied(
    shelf: PostgresDatabase, postgres_address: str, tmp_path: Path, make, now, caplog: pytest.LogCaptureFixture
) -> None:
    await shelf.close()
    elsewhere = await open_at(postgres_address, tmp_path / "elsewhere")
    more = make.issue("stork", path="posts/two.md")
    await Archive(elsewhere).store("Tech Beats", [(more, None)], now=now, first_gate=lambda _: Gate.FILED)
    assert await found(elsewhere, "happened") == ["heron", "otter", "stork"]
    await elsewhere.close()
    caplog.clear()
    with caplog.at_level(logging.INFO):
        again = await open_at(postgres_address, tmp_path)
    assert "search copy built" not in caplog.text
    assert await found(again, "happened") == ["heron", "otter", "stork"]
    await again.close()


async def test_a_copy_that_was_away_for_too_long_is_built_anew(
    shelf: PostgresDatabase, postgres_address: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = shelf.path
    await shelf.close()
    elsewhere = await open_at(postgres_address, tmp_path / "elsewhere")
    async with elsewhere.transaction() as connection:
        await connection.execute(update(schema.items).values(title="A new title heron"))
        await connection.execute(update(search_feed).values(noted_at=search_feed.c.noted_at - 2 * KEPT))
        await trim(connection)
        assert (await connection.execute(search_feed.select())).all() == []
    await elsewhere.close()
    caplog.clear()
    with caplog.at_level(logging.INFO):
        again = await open_at(postgres_address, tmp_path)
    assert again.path == path
    assert "search copy built" in caplog.text
    assert await found(again, "title") == ["heron", "heron"]
    await again.close()


async def test_a_copy_that_fails_loses_nothing(shelf: PostgresDatabase, make, now, monkeypatch) -> None:
    async def full(self) -> bool:
        raise StorageError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(opened_module.SearchCopy, "_apply", full)
        more = make.issue("stork", path="posts/two.md")
        await Archive(shelf).store("Tech Beats", [(more, None)], now=now, first_gate=lambda _: Gate.FILED)
        with pytest.raises(StorageError, match="disk is full"):
            await shelf.caught_up()
    assert await found(shelf, "happened") == ["heron", "otter"]
    await shelf.caught_up()
    assert await found(shelf, "happened") == ["heron", "otter", "stork"]


async def test_rows_that_swap_their_places_reach_the_copy(shelf: PostgresDatabase, make, now) -> None:
    archive = Archive(shelf)
    two = make.issue("stork", path="posts/two.md")
    await archive.store("Tech Beats", [(two, None)], now=now, first_gate=lambda _: Gate.FILED)
    async with shelf.transaction() as connection:
        await connection.execute(update(schema.issues).values(path=schema.issues.c.path + "~"))
        for old, new in (("one", "two"), ("two", "one")):
            is_it = schema.issues.c.path == f"posts/{old}.md~"
            await connection.execute(update(schema.issues).where(is_it).values(path=f"posts/{new}.md"))
    await shelf.caught_up()
    async with shelf.index.reading() as copy, shelf.reading() as server:
        query = schema.issues.select().order_by(schema.issues.c.id)
        assert (await copy.execute(query)).all() == (await server.execute(query)).all()


async def test_who_only_reads_needs_a_copy(shelf: PostgresDatabase, postgres_address: str, tmp_path: Path) -> None:
    beside = await open_at(postgres_address, tmp_path, exclusive=False)
    assert await found(beside, "otter") == ["otter"]
    await beside.close()
    elsewhere = await open_at(postgres_address, tmp_path / "elsewhere", exclusive=False)
    with pytest.raises(StorageError, match="There is no search copy"):
        await elsewhere.caught_up()
    await elsewhere.close()
    await shelf.index.set_setting("copy of", "what this database was before it was moved here")
    outdated = await open_at(postgres_address, tmp_path, exclusive=False)
    with pytest.raises(StorageError, match="There is no search copy"):
        await outdated.caught_up()
    await outdated.close()


async def counted(db: PostgresDatabase, name: str) -> int:
    """Return how many rows the server thinks that a table has; fewer than 0 if it has never looked."""
    async with db.reading() as connection:
        return int(
            await connection.scalar(text("SELECT reltuples FROM pg_class WHERE relname = :name"), {"name": name})
        )


async def test_the_server_knows_at_once_how_much_was_planned(
    db: PostgresDatabase, archive: Archive, outbox: Outbox, subscriptions: Subscriptions, make, now
) -> None:
    await archive.store("Tech", [(make.issue("one"), now)], now=now)
    assert await counted(db, "subscriptions") < 1_000  # what an earlier test of this database left
    follows = [Follow(newsletter="Tech", channel=number) for number in range(1, 1_101)]
    await subscriptions.from_config(follows, now=now)
    assert await counted(db, "subscriptions") == 1_100
    await outbox.plan(1, now=now)
    assert await counted(db, "deliveries") >= 1_000

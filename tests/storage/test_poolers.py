"""A database behind a pooler, which gives a session to others after each transaction."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from errors import StorageError
from storage.postgres.address import read_address
from storage.postgres.database import PostgresDatabase
from tests.support.pgbouncer import needs_pgbouncer, pooled, pooler, relay

PREPARED = text("SELECT count(*) FROM pg_prepared_statements")


async def open_at(where: str, cache: Path, *, role: str = "") -> PostgresDatabase:
    return await PostgresDatabase.open(read_address(where), cache=cache, role=role)


async def worked(db: PostgresDatabase, name: str = "key") -> None:
    """Use more connections than a pooler has, at the same time."""

    async def one(number: int) -> None:
        for count in range(10):
            await db.set_setting(f"{name} {number}", str(count))
            assert await db.setting(f"{name} {number}") == str(count)

    await asyncio.gather(*(one(number) for number in range(8)))


async def prepared(db: PostgresDatabase) -> int:
    async with db.transaction() as connection:
        return int(await connection.scalar(PREPARED) or 0)


async def test_statements_are_kept_prepared_where_nothing_stands_between(postgres_address: str, tmp_path: Path) -> None:
    db = await open_at(postgres_address, tmp_path)
    assert await prepared(db) > 0
    await db.close()


async def test_a_pooler_is_found_and_sessions_keep_nothing(
    postgres_address: str, postgres_folder: str, tmp_path: Path
) -> None:
    async with relay(postgres_folder) as folder:
        db = await open_at(pooled(folder, postgres_address), tmp_path)
        await worked(db)
        assert await prepared(db) == 0
        await db.close()


async def forgotten(db: PostgresDatabase) -> None:
    """Let sessions forget their statements, as a pooler does that gives another session, and go on."""
    for _ in range(5):
        async with db.transaction() as connection:
            await connection.execute(text("DEALLOCATE ALL"))
        await db.set_setting("colour", "red")


async def test_statements_that_are_gone_are_told_where_the_address_asks_for_them(
    postgres_address: str, tmp_path: Path
) -> None:
    db = await open_at(f"{postgres_address}&prepared_statement_cache_size=100", tmp_path)
    with pytest.raises(StorageError, match="take prepared_statement_cache_size out of `storage`"):
        await forgotten(db)
    await db.close()
    db = await open_at(f"{postgres_address}&prepared_statement_cache_size=0", tmp_path)
    await forgotten(db)
    await db.close()


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [("db.example:5433", "db.example", 5433), ("db.example", "db.example", None), ("[::1]:5432", "::1", 5432)],
)
def test_the_way_past_a_pooler_is_read(listen: str, host: str, port: int | None) -> None:
    where = read_address(f"postgresql://user:secret@pooler:6432/herald?sslmode=require&listen={listen}")
    assert (where.url.host, where.url.port, where.url.query) == ("pooler", 6432, {"ssl": "require"})
    assert (where.direct.host, where.direct.port, where.direct.query) == (host, port, {"ssl": "require"})
    assert where.direct.password == "secret"
    assert read_address("postgresql://user@pooler/herald").direct.host == "pooler"


def test_a_way_that_cannot_be_read_is_told() -> None:
    with pytest.raises(StorageError, match="listen=db:x: write it like"):
        read_address("postgresql://user:secret@pooler/herald?listen=db:x")


@needs_pgbouncer
async def test_several_processes_work_behind_pgbouncer_and_hear_each_other_past_it(
    postgres_address: str, postgres_folder: str, tmp_path: Path
) -> None:
    async with pooler(postgres_folder) as folder:
        where = pooled(folder, postgres_address, listen=postgres_folder)
        first = await open_at(where, tmp_path, role="all")
        second = await open_at(where, tmp_path, role="all")
        heard = asyncio.Event()
        second.hear(lambda word: heard.set() if word == "hello" else None)
        await asyncio.gather(worked(first, "one"), worked(second, "two"))
        assert await first.take("shard:0")
        assert not await second.take("shard:0")
        async with asyncio.timeout(10):
            while not heard.is_set():  # its connection for hearing may still be made
                first.announce("hello")
                await asyncio.sleep(0.05)
        await first.close()
        assert await second.take("shard:0")
        await second.close()

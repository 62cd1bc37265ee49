"""An index that is filled at once is the one that storing issue by issue makes."""

from __future__ import annotations

import datetime as dt
import os

import pytest

from digest.model import Issue
from errors import StorageError
from storage import filling
from storage.archive import Archive
from storage.database import Database
from storage.records import Gate
from storage.reindex import reindex
from tests.storage.conftest import NOW, Make

DAYS = (dt.date(2025, 2, 28), dt.date(2025, 2, 28), dt.date(2025, 2, 21), dt.date(2025, 2, 28))
TABLES = (
    "SELECT document, item_id, link FROM search_documents ORDER BY 1",
    "SELECT rowid, title, labels, links, body, forms, facets, names FROM search_index ORDER BY 1",
    "SELECT word, stem, documents FROM search_words ORDER BY 1",
    "SELECT kind, name, newsletter, items FROM search_names ORDER BY 1, 2, 3",
    "SELECT key, value FROM search_state WHERE key IN ('documents', 'version', 'rebuilding') ORDER BY 1",
)
Tables = list[list[tuple[object, ...]]]


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def has_threads() -> bool:
    return True


@pytest.fixture
async def stored(db: Database) -> Tables:
    """What storing the issues of two newsletters makes of the index, which is empty now."""
    await reindex(db)
    for newsletter in ("Alpha", "Beta"):
        for number, day in enumerate(DAYS):
            names = [f"{newsletter} {number} {story}" for story in range(3)]
            await store(db, newsletter, Make.issue(*names, path=f"{number}.md", date=day))
    tables = await tables_of(db)
    async with db.transaction() as connection:
        for table in ("search_documents", "search_words", "search_names"):
            await connection.exec_driver_sql(f"DELETE FROM {table}")
        await connection.exec_driver_sql("UPDATE search_state SET value = 0")
    return tables


async def store(db: Database, newsletter: str, issue: Issue) -> None:
    await Archive(db).store(newsletter, [(issue, NOW)], now=NOW, first_gate=lambda _: Gate.FILED)


async def tables_of(db: Database) -> Tables:
    async with db.reading() as connection:
        return [[tuple(row) for row in (await connection.exec_driver_sql(one)).all()] for one in TABLES]


@pytest.mark.parametrize("batch", [2, 4, 2_000])
async def test_it_is_the_same_index(db: Database, stored: Tables, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "_BATCH", batch)
    assert await filling.fill(db) == 24
    assert await tables_of(db) == stored
    assert await reindex(db) == 0


async def test_a_process_of_its_own_makes_the_same(
    db: Database, stored: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "_FEW", 23)
    await filling.fill(db)
    assert await tables_of(db) == stored


async def test_what_nobody_is_to_find_stays_out(db: Database, stored: Tables) -> None:
    async with db.transaction() as connection:
        await connection.exec_driver_sql("UPDATE items SET removed_at = first_seen_at WHERE key = 'Alpha 0 1'")
        await connection.exec_driver_sql(
            "UPDATE issues SET gate = 'waiting' WHERE newsletter = 'Alpha' AND path = '1.md'"
        )
        await connection.exec_driver_sql("UPDATE newsletters SET orphaned_at = '2025-01-01' WHERE name = 'Beta'")
    assert await filling.fill(db) == 8


def _die(*_: object) -> None:
    os._exit(1)


async def test_a_process_that_dies_is_told_and_the_next_start_goes_on(
    db: Database, stored: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "_FEW", 23)
    monkeypatch.setattr(filling, "_documents_after", _die)
    with pytest.raises(StorageError, match=r"herald\.db has no index yet: the process that made it was ended"):
        await filling.fill(db)
    monkeypatch.undo()
    assert await reindex(db) == 24
    assert [sorted(rows[1:] for rows in table) for table in await tables_of(db)] == [
        sorted(rows[1:] for rows in table) for table in stored
    ]


async def test_without_items_there_is_nothing_to_do(db: Database) -> None:
    assert await filling.fill(db) == 0
    assert await reindex(db) == 0

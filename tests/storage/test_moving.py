"""Copying everything from one database to another: whatever the batches, all of it, and compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from errors import StorageError
from storage import moving
from storage.archive import Archive
from storage.database import MOVED, Database
from storage.moving import copy_everything
from storage.opening import open_database
from storage.schema import items
from tests.support.inline_sqlite import inline_sqlite


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Database]:
    with inline_sqlite():
        opened = await open_database(tmp_path / "target.db")
    yield opened
    await opened.close()


@pytest.fixture
async def source(db: Database, archive: Archive, make, now, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Return a database with eight items, read three at a time."""
    monkeypatch.setattr(moving, "_ROWS", 3)
    await archive.store("Tech", [(make.issue(*(f"s{n}" for n in range(8))), now)], now=now)
    return db


async def texts(db: Database) -> list[tuple[str, list[str]]]:
    async with db.reading() as connection:
        found = await connection.execute(select(items.c.title, items.c.section).order_by(items.c.id))
        return [(title, section) for title, section in found]


async def copied(source: Database, target: Database) -> int:
    return (await copy_everything(source, target, told=lambda _name, _count: None))["items"]


async def test_all_batches_arrive_and_settings_of_the_one_database_do_not(source: Database, target: Database) -> None:
    await source.set_setting("aa", "kept")
    await source.set_setting(MOVED, "elsewhere")
    await source.set_setting("zz", "kept as well")
    assert await copied(source, target) == 8
    assert await texts(target) == await texts(source)
    assert [await target.setting(key) for key in ("aa", MOVED, "zz")] == ["kept", None, "kept as well"]


async def test_what_no_server_can_hold_is_replaced(source: Database, target: Database) -> None:
    async with source.transaction() as connection:
        await connection.execute(text("UPDATE items SET title = 'a' || char(0) || 'b' WHERE position = 4"))
        await connection.execute(text("""UPDATE items SET section = '["x\\ud800y"]' WHERE position = 6"""))
        await connection.execute(text("""UPDATE items SET section = '["\\\\u0000"]' WHERE position = 7"""))
    assert await copied(source, target) == 8
    found = await texts(target)
    assert found[4][0] == "a\ufffdb"
    assert found[6][1] == ["x?y"]
    assert found[7][1] == [r"\u0000"]  # five characters and a digit that an author wrote


async def test_what_reads_differently_is_not_kept(source: Database, target: Database) -> None:
    async with target.transaction() as connection:
        await connection.execute(
            text(
                "CREATE TRIGGER spoil AFTER INSERT ON items WHEN NEW.position = 5"
                " BEGIN UPDATE items SET title = 'other' WHERE id = NEW.id; END"
            )
        )
    with pytest.raises(StorageError, match="items: the copy differs from the original"):
        await copied(source, target)
    assert await texts(target) == []

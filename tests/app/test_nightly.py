"""What a running Herald forgets by itself."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from app.nightly import Housekeeping, tidy_nightly
from config.settings import Config
from errors import StorageError
from storage.alert_outbox import AlertOutbox
from storage.history import History
from storage.opening import open_database

LONG_AGO = "2020-01-01T00:00:00.000000Z"


class Kept:
    """A database and a cache with something old in each."""

    def __init__(self, folder: Path) -> None:
        self.copy = folder / "cache" / "old.git"
        self.copy.mkdir(parents=True)
        self.config = Config(storage=str(folder / "herald.db"), cache=folder / "cache")

    async def tidied(self) -> tuple[int, bool]:
        """How many decisions are left, and whether the copy is."""
        os.utime(self.copy, (1, 1))
        db = await open_database(self.config.storage)
        try:
            history = History(db)
            async with db.transaction() as connection:
                await connection.exec_driver_sql(
                    "INSERT INTO events (at, kind, newsletter, items, detail)"
                    f" VALUES ('{LONG_AGO}', 'seen', 'Tech', '[]', '')"
                )
            keeper = Housekeeping(config=lambda: self.config, db=db, history=history, alerts=AlertOutbox(db))
            await keeper.tidy()
            async with db.reading() as connection:
                left = (await connection.exec_driver_sql("SELECT count(*) FROM events")).scalar_one()
            return int(left), self.copy.exists()
        finally:
            await db.close()


async def test_what_was_kept_long_enough_goes(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    assert await kept.tidied() == (0, False)


async def test_unlimited_keeps_it(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.config = kept.config.model_copy(update={"keep_decisions": None, "keep_alerts": None, "keep_cache": None})
    assert await kept.tidied() == (1, True)


async def test_a_night_that_fails_is_followed_by_the_next(caplog: pytest.LogCaptureFixture) -> None:
    nights = 0
    done = asyncio.Event()

    class Failing(Housekeeping):
        async def tidy(self) -> None:
            nonlocal nights
            nights += 1
            if nights == 1:
                raise StorageError("the disk is full")
            if nights == 2:
                raise RuntimeError
            done.set()

    failing = object.__new__(Failing)
    task = asyncio.create_task(tidy_nightly(failing, first_s=0.0, every_s=0.0))
    await asyncio.wait_for(done.wait(), 5)
    task.cancel()
    assert "housekeeping not finished" in caplog.text
    assert "housekeeping failed incident=" in caplog.text

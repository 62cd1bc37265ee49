"""What is opened together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.services import open_services
from config.settings import Config, SearchConfig
from errors import ConfigError
from storage.database import Database
from storage.scope import Scope

ALL = Scope.everything()


async def test_searching_by_meaning_without_its_model_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.open_meaning", lambda _: None)
    config = Config(storage=str(tmp_path / "herald.db"), search=SearchConfig(semantic=True))
    with pytest.raises(ConfigError, match="needs the model"):
        async with open_services(config):
            pass
    async with open_services(Config(storage=str(tmp_path / "herald.db"))) as services:  # the lock was given back
        assert (await services.archive.counts(ALL)).items == 0


async def test_an_index_of_another_version_is_brought_up_to_date_at_the_start(tmp_path: Path) -> None:
    config = Config(storage=str(tmp_path / "herald.db"))
    async with open_services(config) as services, services.db.transaction() as connection:
        await connection.exec_driver_sql("UPDATE search_state SET value = 0 WHERE key = 'version'")
    async with open_services(config) as services, asyncio.timeout(10):
        # it is done beside everything else
        while not await _index_version(services.db):  # noqa: ASYNC110 -- nothing tells
            await asyncio.sleep(0.01)


async def _index_version(db: Database) -> int:
    async with db.reading() as connection:
        found = await connection.exec_driver_sql("SELECT value FROM search_state WHERE key = 'version'")
        return int(found.scalar_one())

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from room import Room

from storage.opening import open_database
from tests.support.inline_sqlite import inline_sqlite


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    folder = tmp_path / "issues"
    folder.mkdir()
    with inline_sqlite():
        db = await open_database(tmp_path / "herald.db")
    room = Room(db, folder, tmp_path / "cache")
    yield room
    await room.importer.close()
    await db.close()

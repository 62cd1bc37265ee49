"""Opening the database that a setting names. Only the modules of its kind are loaded."""

from __future__ import annotations

from pathlib import Path

from storage.database import Database
from storage.paths import path_of
from storage.sqlite import SqliteDatabase


async def open_database(url_or_path: str | Path, *, exclusive: bool = True) -> Database:
    """Open a database, creating it and bringing its tables up to date first.

    With `exclusive=False` it is opened to read only, beside a running bot: nothing is locked, created or migrated.
    Raises StorageError with one sentence where it cannot be used.
    """
    return await SqliteDatabase.open(path_of(url_or_path), exclusive=exclusive)

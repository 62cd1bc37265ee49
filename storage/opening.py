"""Opening the database that a setting names. Only the modules of its kind are loaded."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from errors import StorageError
from storage.database import Database
from storage.failures import of_system
from storage.paths import is_server, path_of
from storage.sqlite import SqliteDatabase


async def open_database(
    url_or_path: str | Path,
    *,
    exclusive: bool = True,
    apart: bool = False,
    cache: Path = Path(".cache"),
    role: str = "",
    shards: int = 1,
) -> Database:
    """Open a database, creating it and bringing its tables up to date first.

    With `exclusive=False` it is opened to read only, while a bot runs: nothing is locked, created or migrated.
    A file is migrated `apart`, in another process, for one that runs for long.
    `cache` is where the search copy of a server's database lies. With a `role` other processes that have one may work
    on that at the same time, if they divide the servers into as many `shards`. Raises StorageError with one sentence
    where it cannot be used.
    """
    if not is_server(url_or_path):
        return await SqliteDatabase.open(path_of(url_or_path), exclusive=exclusive, apart=apart)
    require_driver()
    from storage.postgres.address import read_address
    from storage.postgres.database import PostgresDatabase

    return await PostgresDatabase.open(
        read_address(str(url_or_path)), cache=cache, exclusive=exclusive, role=role, shards=shards
    )


async def check_database(url_or_path: str) -> None:
    """Look whether the database that a setting names could be opened. Raises StorageError if it could not.

    Of a file only the setting and its folder are looked at.
    """
    if not is_server(url_or_path):
        _check_folder(path_of(url_or_path))
        return
    require_driver()
    from storage.postgres.address import read_address
    from storage.postgres.database import PostgresDatabase

    await PostgresDatabase.probe(read_address(url_or_path))


def _check_folder(path: Path) -> None:
    """Raise StorageError unless a file's folder can be written to, or made."""
    folder = next(folder for folder in path.parents if folder.exists())
    if not folder.is_dir():
        raise of_system(NotADirectoryError(errno.ENOTDIR, "", str(folder)), path.name)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise of_system(PermissionError(errno.EACCES, "", str(folder / path.name)), path.name)


def require_driver() -> None:
    """Raise StorageError if what a server needs is not installed."""
    try:
        import asyncpg  # noqa: F401 # pyright: ignore[reportUnusedImport, reportMissingTypeStubs]
    except ModuleNotFoundError as error:
        raise StorageError(
            "storage names a PostgreSQL database, which needs one more package: run `make postgres`, or "
            ".venv/bin/pip install --no-deps -r requirements-postgres.txt"
        ) from error

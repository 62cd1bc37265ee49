"""Opening the configured database; only the modules of its kind are imported."""

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
    """Open a database, creating or migrating it first.

    With `exclusive=False` it is opened read-only, while a bot runs: nothing is locked, created or migrated. A file is
    migrated `apart`, in another process, for long-running callers. `cache` is the folder for the search copy of a
    server's database. With a `role`, other processes with a role can use the same database concurrently if they use the
    same number of `shards`. Raises StorageError with a sentence for the operator if the database cannot be used.
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
    """Check whether the configured database can be opened. Raises StorageError if not.

    For a file, only the setting and the folder are checked.
    """
    if not is_server(url_or_path):
        _check_folder(path_of(url_or_path))
        return
    require_driver()
    from storage.postgres.address import read_address
    from storage.postgres.database import PostgresDatabase

    await PostgresDatabase.probe(read_address(url_or_path))


def _check_folder(path: Path) -> None:
    """Raise StorageError unless a file's folder is writable or can be created."""
    folder = next(folder for folder in path.parents if folder.exists())
    if not folder.is_dir():
        raise of_system(NotADirectoryError(errno.ENOTDIR, "", str(folder)), path.name)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise of_system(PermissionError(errno.EACCES, "", str(folder / path.name)), path.name)


def require_driver() -> None:
    """Raise StorageError if the PostgreSQL driver is not installed."""
    try:
        import asyncpg  # noqa: F401 # pyright: ignore[reportUnusedImport, reportMissingTypeStubs]
    except ModuleNotFoundError as error:
        raise StorageError(
            "storage names a PostgreSQL database, which needs one more package: run `make postgres`, or "
            ".venv/bin/pip install --no-deps -r requirements-postgres.txt"
        ) from error

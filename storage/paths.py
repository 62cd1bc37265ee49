"""Locating the database without opening it, as `status` does every minute."""

from __future__ import annotations

from pathlib import Path

from errors import StorageError

_SERVERS = ("postgresql://", "postgresql+asyncpg://", "postgres://")


def is_server(url_or_path: str | Path) -> bool:
    """Whether a setting names a database on a server rather than a file."""
    return str(url_or_path).startswith(_SERVERS)


def path_of(url_or_path: str | Path) -> Path:
    """Return the file named by a path or `sqlite:///path`. Raises StorageError for any other database."""
    given = str(url_or_path)
    if "://" not in given:
        return Path(given).expanduser().absolute()
    if is_server(given):
        raise StorageError(
            "storage names a PostgreSQL database, and this is about a file. pg_dump and pg_restore make and restore "
            "backups of a server's database; its space needs no care (docs/scale.md)."
        )
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(given)
    except (ArgumentError, ValueError) as error:
        raise StorageError("storage is not a database's address: write a file's path, such as herald.db.") from error
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise StorageError(
            f"storage names {url.get_backend_name()}, but Herald keeps its data in a file or on PostgreSQL: "
            "write herald.db."
        )
    return Path(url.database).expanduser().absolute()


def local_path(url_or_path: str, cache: Path) -> Path:
    """Return the local file of a database, beside which a running Herald answers `status`."""
    if not is_server(url_or_path):
        return path_of(url_or_path)
    from storage.postgres.address import read_address

    return read_address(url_or_path).copy_in(cache)

"""Where the database is, without opening it: `status` asks so every minute."""

from __future__ import annotations

from pathlib import Path

from errors import StorageError


def path_of(url_or_path: str | Path) -> Path:
    """Return the file that a setting names: a path, or `sqlite:///path`. Raises StorageError for any other database."""
    given = str(url_or_path)
    if "://" not in given:
        return Path(given).expanduser().absolute()
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(given)
    except (ArgumentError, ValueError) as error:
        raise StorageError("storage is no database address: write a file's path, such as herald.db.") from error
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise StorageError(
            f"storage names {url.get_backend_name()}, but this version keeps its data in a file: write herald.db."
        )
    return Path(url.database).expanduser().absolute()

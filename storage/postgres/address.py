"""Where a PostgreSQL database is: from the setting to what the driver takes, and to what a person may be told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from errors import StorageError

_EXAMPLE = "postgresql://herald:password@db.example/herald"


@dataclass(frozen=True, slots=True)
class Address:
    """A database's address; `name` has no secrets in it."""

    url: URL
    name: str

    def copy_in(self, cache: Path) -> Path:
        """Return where this machine keeps the search copy of the database."""
        place = repr((self.url.host, self.url.port, self.url.database, self.url.query.get("host")))
        return cache / f"search-{hashlib.blake2b(place.encode(), digest_size=6).hexdigest()}.db"


def read_address(setting: str) -> Address:
    """Read `postgresql://user:password@host:port/database`. Raises StorageError where it is not complete."""
    try:
        url = make_url(setting)
    except (ArgumentError, ValueError) as error:
        raise StorageError(f"storage is not a database's address: write it like {_EXAMPLE}") from error
    host = url.host or url.query.get("host")
    if not host or not url.database:
        missing = "the database's name" if host else "a host"
        raise StorageError(f"storage does not name {missing}: write it like {_EXAMPLE}")
    query = cast("dict[str, Any]", dict(url.query))
    if "sslmode" in query:  # libpq's word; asyncpg's own takes the same values
        query["ssl"] = query.pop("sslmode")
    url = url.set(drivername="postgresql+asyncpg", query=query)
    return Address(url, f"the database {url.database} on {host}")

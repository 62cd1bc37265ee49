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
    """A database's address; `name` has no secrets in it.

    Behind a pooler no notifications arrive: `direct` is the way past it, where the setting names one.
    """

    url: URL
    name: str
    direct: URL

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
    if "@" in f"{url.host}{url.database}":  # the rest of the password, of which nothing may show
        raise StorageError("storage has a user or password with a @: write %40 in its place")
    host = url.host or url.query.get("host")
    if not host or not url.database:
        missing = "the database's name" if host else "a host"
        raise StorageError(f"storage does not name {missing}: write it like {_EXAMPLE}")
    query = cast("dict[str, Any]", dict(url.query))
    if "sslmode" in query:  # libpq's word; asyncpg's own takes the same values
        query["ssl"] = query.pop("sslmode")
    listen = query.pop("listen", "")
    url = url.set(drivername="postgresql+asyncpg", query=query)
    return Address(url, f"the database {url.database} on {host}", _direct(url, str(listen)) if listen else url)


def _direct(url: URL, listen: str) -> URL:
    """Return the address of the same database at `listen`: host, host:port, or a socket's folder."""
    query = {name: value for name, value in url.query.items() if name not in {"host", "port"}}
    if listen.startswith("/"):
        return url._replace(host=None, port=None).set(query={**query, "host": listen})
    try:
        there = make_url(f"postgresql://{listen}")
    except (ArgumentError, ValueError) as error:
        raise StorageError(f"storage has listen={listen}: write it like listen=db.example:5432") from error
    return url._replace(host=there.host, port=there.port).set(query=query)

"""Where a PostgreSQL database is: from the setting to what the driver takes, and to what a person may be told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from errors import StorageError

_PORT = "5432"
_EXAMPLE = "postgresql://herald:password@db.example/herald"
_ENCODED = "; in a user or password write : as %3A, / as %2F, # as %23, ? as %3F, @ as %40, % as %25"


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
    """Read `postgresql://user:password@host:port/database`. Raises StorageError if it is not complete."""
    try:
        url = make_url(_with_hosts_apart(setting))
    except (ArgumentError, ValueError) as error:
        raise StorageError(f"storage is not a database's address: write it like {_EXAMPLE}{_ENCODED}") from error
    if "@" in f"{url.host}{url.database}":  # the rest of the password, of which nothing may show
        raise StorageError("storage has a user or password with a @: write %40 in its place")
    hosts, ports = _hosts(url)
    host = " or ".join(hosts)
    if not host or not url.database:
        missing = "the database's name" if host else "a host"
        raise StorageError(f"storage does not name {missing}: write it like {_EXAMPLE}")
    query = cast("dict[str, Any]", dict(url.query))
    if "sslmode" in query:  # libpq's word; asyncpg's own takes the same values
        query["ssl"] = query.pop("sslmode")
    listen = query.pop("listen", "")
    if len(hosts) > 1:  # a primary and its standbys: whichever takes writes
        query |= {"host": ",".join(hosts), "port": ",".join(ports)}
        query.setdefault("target_session_attrs", "read-write")
        url = url._replace(host=None, port=None)
    url = url.set(drivername="postgresql+asyncpg", query=query)
    return Address(url, f"the database {url.database} on {host}", _direct(url, str(listen)) if listen else url)


def _with_hosts_apart(setting: str) -> str:
    """Return an address with several hosts (`user@one:5432,two:5432/herald`) as one that has them behind a `?`."""
    scheme, _, rest = setting.partition("://")
    place, slash, path = rest.partition("/")
    user, at, hosts = place.rpartition("@")
    if "," not in hosts:
        return setting
    apart = [host.partition(":")[::2] for host in hosts.split(",")]
    told = f"host={','.join(host for host, _ in apart)}&port={','.join(port or _PORT for _, port in apart)}"
    return f"{scheme}://{user}{at}{slash}{path}{'&' if '?' in path else '?'}{told}"


def _hosts(url: URL) -> tuple[list[str], list[str]]:
    """Return the hosts of an address and each one's port, in any of the ways to write several."""
    told = _values(url, "host") or ([url.host] if url.host else [])
    ports = _values(url, "port") or [str(url.port or _PORT)]
    apart = [(host, "") if host.startswith("/") else host.partition(":")[::2] for host in told]
    ports = ports if len(ports) == len(apart) else ports[:1] * len(apart)
    return [host for host, _ in apart], [own or port for (_, own), port in zip(apart, ports, strict=True)]


def _values(url: URL, name: str) -> list[str]:
    found = url.query.get(name, ())
    return [one for part in ([found] if isinstance(found, str) else found) for one in part.split(",") if one]


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

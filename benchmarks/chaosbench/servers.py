"""The database's server of a cluster run, and its standby, which takes over now and then without the last commits."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.postgres_server import Server, address, execute, value


class Servers:
    """A primary and, where it `has_standby`, one more server; the processes find both under `address`."""

    def __init__(self, *, has_standby: bool) -> None:
        self._links = Path(tempfile.mkdtemp(prefix="pg-links-", dir="/tmp"))
        self._links.chmod(0o755)
        self._names = ("one", "two")
        self.primary = Server()
        self._standby: Server | None = None
        self._has_standby = has_standby

    @property
    def address(self) -> str:
        """Where the database is, for whoever is to find it on either server."""
        if not self._has_standby:
            return self.direct
        return address(",".join(str(self._links / name) for name in self._names), "herald")

    @property
    def direct(self) -> str:
        """Where the database is at this moment."""
        return address(self.primary.folder, "herald")

    async def begin(self) -> None:
        """Create the database, and its standby."""
        await execute(address(self.primary.folder, "postgres"), "CREATE DATABASE herald TEMPLATE template0")
        if self._has_standby:
            await self._new_standby()

    async def fall_behind(self) -> None:
        """Let the standby have all up to now, and nothing of what follows."""
        assert self._standby is not None
        await self._standby.caught_up(self.primary)
        await self._standby.fall_behind()

    async def fail(self) -> None:
        """Let the primary die."""
        await asyncio.to_thread(self.primary.stop, "immediate")

    async def take_over(self) -> None:
        """Let the standby be the primary from now on, and make another one in its place."""
        assert self._standby is not None
        await asyncio.to_thread(self._standby.promote)
        await asyncio.to_thread(self.primary.remove)
        self.primary, self._standby = self._standby, None
        await self._new_standby()

    async def counts(self, query: str, least: int, limit_s: float) -> None:
        """Wait until the number that a query asks for is so large, for `limit_s` at most."""
        until_s = time.monotonic() + limit_s
        while await value(self.direct, query) < least and time.monotonic() < until_s:  # noqa: ASYNC110 -- others write
            await asyncio.sleep(0.02)

    async def restart(self, pause_s: float) -> None:
        """Stop the primary as a crash does, and start it again."""
        await self.fail()
        await asyncio.sleep(pause_s)
        await asyncio.to_thread(self.primary.start)

    def remove(self) -> None:
        """Stop and delete all of it."""
        for server in (self._standby, self.primary):
            if server is not None:
                server.remove()
        shutil.rmtree(self._links)

    async def _new_standby(self) -> None:
        self._standby = await asyncio.to_thread(Server, self.primary)
        self._names = self._names[::-1]
        for name, server in zip(self._names, (self.primary, self._standby), strict=True):
            link = self._links / name
            link.unlink(missing_ok=True)
            link.symlink_to(server.folder)


@asynccontextmanager
async def servers(*, has_standby: bool) -> AsyncGenerator[Servers]:
    """Return the servers of a run, with an empty database; they end with the block."""
    found = await asyncio.to_thread(lambda: Servers(has_standby=has_standby))
    try:
        await found.begin()
        yield found
    finally:
        await asyncio.to_thread(found.remove)

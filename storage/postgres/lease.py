"""Who works on a database: one Herald at a time, told by a row that its owner renews.

Sessions and their locks are not relied on: a pooler between gives them to others. Only the server's clock is compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import secrets
import socket
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import StorageError

log = logging.getLogger(__name__)

LEASE_S = 15.0  # an owner that was not seen for so long has ended
EVERY_S = 3.0  # it is renewed
ACTS_S = 7.5  # for so long after a renewal requests may begin: they end before another one takes over
Begin = Callable[[], AbstractAsyncContextManager[AsyncConnection]]

_DROP_OLD = text(
    "DELETE FROM leases WHERE name = 'writer' AND seen_at < clock_timestamp() - make_interval(secs => :lease)"
)
_TAKE = text(
    "INSERT INTO leases (name, owner, place, seen_at) VALUES ('writer', :owner, :place, clock_timestamp())"
    " ON CONFLICT DO NOTHING"
)
_HOLDER = text("SELECT owner, place, seen_at FROM leases WHERE name = 'writer'")
_RENEW = text("UPDATE leases SET seen_at = clock_timestamp() WHERE name = 'writer' AND owner = :owner")
# Taking over deletes the row, which waits for whoever has looked at it so; renewing it does not.
_CHECK = text("SELECT 1 FROM leases WHERE name = 'writer' AND owner = :owner FOR KEY SHARE")
_GIVE_BACK = text("DELETE FROM leases WHERE name = 'writer' AND owner = :owner")


@dataclass(slots=True)
class Lease:
    """The right of this process to write to one database; `name` is what messages call the database."""

    begin: Begin
    name: str
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    _renewed_s: float = -math.inf  # by this machine's clock, which nobody sets: when the last renewal began

    async def take(self) -> None:
        """Become the owner, once one that has ended was not seen for `LEASE_S`. Raises StorageError where one lives."""
        first_seen_at = None
        while True:
            began_s = time.monotonic()
            async with self.begin() as connection:
                await connection.execute(_DROP_OLD, {"lease": LEASE_S})
                place = f"process {os.getpid()} on {socket.gethostname()}"
                await connection.execute(_TAKE, {"owner": self.owner, "place": place})
                holder = (await connection.execute(_HOLDER)).one()
            if holder.owner == self.owner:
                self._renewed_s = began_s
                return
            if first_seen_at is None:
                log.info('database in use database="%s" by="%s", waiting for a sign of life', self.name, holder.place)
            elif holder.seen_at != first_seen_at:
                raise StorageError(
                    f"{self.name} is in use by another running Herald ({holder.place}): stop it first, "
                    "or give this one its own storage."
                )
            first_seen_at = holder.seen_at
            await asyncio.sleep(1.1 * EVERY_S)

    async def check(self, connection: AsyncConnection) -> None:
        """Make sure within a transaction that nobody else took over; until its end nobody can."""
        if await connection.scalar(_CHECK, {"owner": self.owner}) is None:
            raise StorageError(f"Another Herald works on {self.name} now: this one may not write to it any more.")

    def is_fresh(self) -> bool:
        """Whether nobody can take over before a request that begins now has ended."""
        return time.monotonic() < self._renewed_s + ACTS_S

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Renew the lease while the block lasts, then give it back."""
        try:
            async with owned(self._renew(), "lease"):
                yield
        finally:
            with contextlib.suppress(StorageError):  # without the server it runs out by itself
                async with self.begin() as connection:
                    await connection.execute(_GIVE_BACK, {"owner": self.owner})

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                began_s = time.monotonic()
                async with self.begin() as connection:
                    renewed = await connection.execute(_RENEW, {"owner": self.owner})
                if renewed.rowcount:
                    self._renewed_s = began_s
            except StorageError as error:
                log.warning('lease not renewed database="%s" error="%s"', self.name, error)
            except Exception:  # the loop must outlive what nobody thought of
                log.exception('lease not renewed database="%s"', self.name)


@asynccontextmanager
async def owned(work: Coroutine[Any, Any, None], name: str) -> AsyncGenerator[None]:
    """Do `work` in the background while the block lasts."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])

"""Which processes work on a database, and which of them holds which duty: rows that every transaction looks at.

Each process renews its row once a second, by the server's clock, the only one that is compared. One that was not seen
for `LEASE_S` has ended: whoever finds that deletes its row and gives its duties free. Sessions and their locks are not
relied on: a pooler between gives them to others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import socket
import time
from collections.abc import AsyncGenerator, Callable, Container, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import StorageError
from storage.dialects import hold
from storage.duties import DutyLostError
from storage.postgres.timeline import IS_CURRENT, current_timeline, enter_timeline

log = logging.getLogger(__name__)

LEASE_S = 15.0  # a process that was not seen for so long has ended
EVERY_S = 1.0  # its row is renewed
REQUEST_S = 15.0  # a request to Discord that began within the lease has ended so long after it
IDLE_S = 15.0  # a transaction in which nothing is asked for so long is ended by the server
Begin = Callable[[], AbstractAsyncContextManager[AsyncConnection]]

_HELD = "herald processes"
# Whoever is found to have ended is deleted, which waits for the transactions that have looked at its row.
_SWEEP = text(
    "WITH ended AS (DELETE FROM processes WHERE seen_at < clock_timestamp() - make_interval(secs => :lease)"
    " RETURNING epoch, seen_at)"
    " UPDATE duties SET epoch = NULL,"
    " settles_at = greatest(settles_at, ended.seen_at + make_interval(secs => :lease + :request))"
    " FROM ended WHERE duties.epoch = ended.epoch RETURNING duties.name"
)
_JOIN = text(
    "INSERT INTO processes (role, place, shards, seen_at) VALUES (:role, :place, :shards, clock_timestamp())"
    " RETURNING epoch"
)
_OTHERS = text(
    "SELECT epoch, place, role, seen_at FROM processes WHERE :is_alone OR role = '' OR shards <> :shards"
    " ORDER BY epoch LIMIT 1"
)
_PEERS = text("SELECT count(*) FROM processes WHERE role <> 'ingest'")
# Never revives one that may be taken for ended already.
_RENEW = text(
    "UPDATE processes SET seen_at = clock_timestamp()"  # noqa: S608 -- a constant
    " WHERE epoch = :epoch AND seen_at > clock_timestamp() - make_interval(secs => :lease)"
    f" AND {IS_CURRENT}"
)
# Renewing does not wait for it, deleting does. A process that is stopped within a transaction must not hold it open.
_CHECK = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :idle, true) FROM processes"  # noqa: S608 -- a constant
    f" WHERE epoch = :epoch AND {IS_CURRENT} AND (:duty = '' OR EXISTS"
    " (SELECT 1 FROM duties WHERE duties.name = :duty AND duties.epoch = processes.epoch)) FOR KEY SHARE"
)
_KNOW = text("INSERT INTO duties (name) VALUES (:duty) ON CONFLICT DO NOTHING")
_TAKE = text(
    "UPDATE duties SET epoch = :epoch WHERE name = :duty AND (epoch IS NULL OR epoch = :epoch)"  # noqa: S608 -- a constant
    f" AND {IS_CURRENT} AND EXISTS (SELECT 1 FROM processes WHERE processes.epoch = :epoch)"
    " RETURNING coalesce(extract(epoch FROM settles_at - clock_timestamp()), 0) AS settles_s, answered"
)
_GIVE_BACK = text(
    "UPDATE duties SET epoch = NULL, answered = :answered,"
    " settles_at = greatest(settles_at, clock_timestamp() + make_interval(secs => :request))"
    " WHERE epoch = :epoch AND (:duty = '' OR name = :duty)"
)
_LEAVE = text("DELETE FROM processes WHERE epoch = :epoch")


@dataclass(slots=True)
class Membership:
    """The place of this process among those that work on one database.

    `name` is what messages call the database. `role` is "" for a process that works alone: no other one may work
    next to it.
    """

    begin: Begin
    name: str
    role: str = ""
    shards: int = 1  # into which the servers are divided
    epoch: int = 0  # of this process since it joined; a new one once it was taken for ended
    timeline: str = ""  # of the server when it joined; "" if that cannot be known
    _held: dict[str, float] = field(default_factory=dict[str, float])  # duty -> when all that was begun before is over
    _answered: dict[str, frozenset[int]] = field(default_factory=dict[str, frozenset[int]])  # duty -> by whom held it
    _valid_s: float = -math.inf  # by this machine's clock, which nobody sets: until then nobody can take over
    _took_over_s: float = -math.inf  # by the same: when a standby took over

    async def join(self) -> None:
        """Become one of the processes. Raises StorageError if one lives that works alone, or this one is to."""
        seen: Row[Any] | None = None
        while (other := await self._join()) is not None:
            if seen is None:
                log.info('database in use database="%s" by="%s", waiting for its lease to end', self.name, other.place)
            elif (other.epoch, other.seen_at) != (seen.epoch, seen.seen_at):
                raise StorageError(self._refusal(other.place, works_alone=not other.role))
            seen = other
            await asyncio.sleep(1.5 * EVERY_S)

    def _refusal(self, place: str, *, works_alone: bool) -> str:
        if not self.role:
            return (
                f"{self.name} is in use by another running Herald ({place}): stop it first, or give this one its own "
                "storage. To let several work on it, set `role` for each of them (docs/scale.md)."
            )
        if not works_alone:
            return (
                f"{self.name} is in use by a Herald ({place}) whose `discord.shards` is another: stop all of them to "
                "change that."
            )
        return f"{self.name} is in use by a Herald that works alone ({place}): stop it, or set its `role` too."

    async def _join(self) -> Row[Any] | None:
        """Join, or return one that is in the way."""
        began_s = time.monotonic()
        async with self.begin() as connection:
            await _sweep(connection)
            timeline = await current_timeline(connection)
            age_s = await enter_timeline(connection, timeline, LEASE_S + REQUEST_S)
            other = (await connection.execute(_OTHERS, {"is_alone": not self.role, "shards": self.shards})).first()
            if other is not None:
                return other
            place = f"process {os.getpid()} on {socket.gethostname()}"
            epoch = await connection.scalar(_JOIN, {"role": self.role, "place": place, "shards": self.shards})
        self.epoch, self._valid_s = int(epoch or 0), began_s + LEASE_S
        self.timeline, self._took_over_s = timeline, time.monotonic() - age_s
        self._held.clear()
        return None

    # what it may do

    async def check(self, connection: AsyncConnection, duty: str) -> None:
        """Make sure within a transaction that this process counts and holds the duty ("": any); until its end nobody
        can take that over.
        """
        idle = str(int(IDLE_S * 1_000))
        values = {"epoch": self.epoch, "timeline": self.timeline, "duty": duty, "idle": idle}
        if (await connection.execute(_CHECK, values)).first() is None:
            raise DutyLostError(
                f"Another Herald works on {self.name} now, or another server took over: this one may not write what it "
                "was about to."
            )

    def may_act(self, duty: str) -> bool:
        """Whether nobody can take the duty ("": anything) over before a request that begins now has ended."""
        return time.monotonic() < self._valid_s and (not duty or duty in self._held)

    def unsettled_s(self, duty: str) -> float:
        """How long until all requests have ended that an earlier holder of a duty may have begun."""
        return max(self._held.get(duty, 0.0) - time.monotonic(), 0.0)

    def forgotten_s(self) -> float:
        """How long until all requests have ended that the server may have forgotten."""
        return max(LEASE_S + REQUEST_S - self.took_over_s(), 0.0)

    def took_over_s(self) -> float:
        """How long ago a standby took over that may lack the last commits; infinite if none ever did."""
        return time.monotonic() - self._took_over_s

    # duties

    async def take(self, duty: str) -> bool:
        """Hold a duty from now on, unless another process does; returns whether this one does."""
        if self.may_act(duty):
            return True
        values: dict[str, Any] = {"epoch": self.epoch, "timeline": self.timeline, "duty": duty}
        async with self.begin() as connection:
            await _sweep(connection)
            await connection.execute(_KNOW, {"duty": duty})
            taken = (await connection.execute(_TAKE, values)).first()
        if taken is None or values["epoch"] != self.epoch:
            return False
        self._answered[duty] = frozenset(map(int, taken.answered.split()))
        self._held[duty] = time.monotonic() + float(taken.settles_s)
        log.info('duty taken duty="%s" epoch=%d settles_s=%.1f', duty, self.epoch, max(float(taken.settles_s), 0.0))
        return self.may_act(duty)

    async def give_back(self, duty: str = "", answered: Iterable[int] = ()) -> None:
        """Let another process take a duty ("": each), and settle what is under way once that must have ended.

        `answered` are the interactions that this one began to answer: no other need.
        """
        told = " ".join(map(str, answered))
        values = {"epoch": self.epoch, "duty": duty, "request": REQUEST_S, "answered": told}
        for one in list(self._held) if not duty else [duty]:
            self._held.pop(one, None)
        async with self.begin() as connection:
            await hold(connection, _HELD)
            await connection.execute(_GIVE_BACK, values)

    def answered(self, duty: str) -> Container[int]:
        """Return the interactions that the process that held a duty before has answered."""
        return self._answered.get(duty, frozenset())

    async def peers(self) -> int:
        """How many processes that post and answer live, this one included."""
        async with self.begin() as connection:
            return int(await connection.scalar(_PEERS) or 1)

    async def is_alone(self) -> bool:
        """Whether no other process lives."""
        async with self.begin() as connection:
            await _sweep(connection)
            others = text("SELECT count(*) FROM processes WHERE epoch <> :epoch")
            return not await connection.scalar(others, {"epoch": self.epoch})

    # its life

    @asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Renew the row while the block lasts, then give everything back."""
        try:
            async with owned(self._renew(), "heartbeat"):
                yield
        finally:
            with contextlib.suppress(StorageError):  # without the server it runs out by itself
                await self.give_back()
                async with self.begin() as connection:
                    await connection.execute(_LEAVE, {"epoch": self.epoch})

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self._seen()
            except StorageError as error:
                log.warning('heartbeat failed database="%s" error="%s"', self.name, error)
            except Exception:  # the loop must outlive what nobody thought of
                log.exception('heartbeat failed database="%s"', self.name)

    async def _seen(self) -> None:
        """Tell that this process lives. One that was taken for ended has lost its duties and joins anew."""
        began_s = time.monotonic()
        async with self.begin() as connection:
            values = {"epoch": self.epoch, "timeline": self.timeline, "lease": LEASE_S}
            renewed = await connection.execute(_RENEW, values)
        if renewed.rowcount:
            self._valid_s = began_s + LEASE_S
            return
        self._held.clear()
        was_member, self.epoch = self.epoch > 0, 0
        if (other := await self._join()) is None:
            log.warning('heartbeat came too late, process has rejoined database="%s" epoch=%d', self.name, self.epoch)
        elif was_member:
            log.error(
                'heartbeat came too late, another process is using the database database="%s" in_use_by="%s"',
                self.name,
                other.place,
            )


async def _sweep(connection: AsyncConnection) -> None:
    """Delete the processes that have ended; until the transaction ends nobody joins and no duty changes hands."""
    await hold(connection, _HELD)
    freed = await connection.scalars(_SWEEP, {"lease": LEASE_S, "request": REQUEST_S})
    for name in freed.all():
        log.warning('duty free, its process stopped sending heartbeats duty="%s"', name)


@asynccontextmanager
async def owned(work: Coroutine[Any, Any, None], name: str) -> AsyncGenerator[None]:
    """Do `work` in the background while the block lasts."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])

"""The interface of Herald's databases, SQLite or PostgreSQL; `storage/opening.py` opens one.

`storage/sqlite.py` implements it on a file, `storage/postgres/` on a server. Queries are written with SQLAlchemy and
run on both.
"""

from __future__ import annotations

import datetime as dt
import math
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Executable, RowMapping, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import schema
from storage.dialects import insert_into

_SETTING = select(schema.settings.c.value).where(schema.settings.c.key == bindparam("wanted"))
MOVED = "moved to"  # setting: the new location after `bot.py move`


@dataclass(frozen=True, slots=True)
class Permit:
    """Permission for one request, exclusive to this process.

    It is valid from `wait_s` seconds after it was granted and expires at `until`, by the server's clock.
    """

    key: str
    until: dt.datetime
    wait_s: float


class Database(ABC):
    """An open database; `close` closes it.

    `name` is its name in messages. `path` is the SQLite file that searches query: the database itself, or this
    machine's search copy.
    """

    name: str
    path: Path
    instance_id: str = ""  # tells its messages from those of another Herald instance in a channel

    @property
    @abstractmethod
    def index(self) -> Database:
        """The database with the full-text index: this one, or the search copy."""

    @abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Hold the only write connection; commit at the end, roll back on any error or cancellation.

        Never await the network inside. Raises StorageError if the database cannot be written.
        """

    @abstractmethod
    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Borrow a read connection; all queries inside see the same snapshot. Keep it short."""

    async def rows(self, query: Executable, asked: Mapping[str, Any] | None = None) -> Sequence[RowMapping]:
        """Return the rows of a single query, run in `reading`."""
        async with self.reading() as connection:
            return (await connection.execute(query, asked)).mappings().all()

    @abstractmethod
    async def integrity_check(self) -> list[str]:
        """Return the database's messages about damage; empty if it is intact."""

    @abstractmethod
    async def close(self) -> None:
        """Finish the current transaction, interrupt running queries and close the database. Can be called twice."""

    @abstractmethod
    async def caught_up(self) -> None:
        """Return once searches find everything stored before the call. Raises StorageError if that is impossible."""

    async def trim(self) -> int:
        """Return some unused space to the file system; returns the number of bytes. A server does this by itself."""
        return 0

    # duties, each held by one process at a time (`storage/duties.py`); the only process of a file holds all of them

    has_duties: bool = False  # whether a process can lose a duty to another one
    is_shared: bool = False  # whether several processes can use it concurrently
    request_limit_s: float | None = None  # time limit of a request that changes something; None: unlimited

    @property
    def timeline(self) -> str:
        """An identifier that changes when a standby takes over, perhaps without the last commits; "" if unknown."""
        return ""

    def forgotten_s(self) -> float:
        """Seconds until all requests have ended that such a standby may not know of."""
        return 0.0

    def took_over_s(self) -> float:
        """Seconds since such a standby took over; infinite if none ever did."""
        return math.inf

    def may_act(self) -> bool:
        """Whether this process still holds the duty of the running task."""
        return True

    def holds(self, duty: str) -> bool:
        """Whether this process holds a duty now."""
        del duty
        return True

    async def take(self, duty: str) -> bool:
        """Take a duty unless another process holds it; returns whether this process holds it now."""
        return self.holds(duty)

    async def give_back(self, duty: str, answered: Iterable[int] = ()) -> None:
        """Release a duty to other processes. No work for it may be in progress any more.

        `answered` are the interactions that this process has begun to answer, so that the next one does not.
        """
        del duty, answered

    def answered(self, duty: str) -> Container[int]:
        """Return the interactions that the previous holder of a duty answered."""
        del duty
        return ()

    async def take_turn(self, key: str, every_s: float) -> float:
        """Take a turn of a rate limit shared by all processes, one turn per `every_s` seconds; returns 0 if taken.

        Otherwise returns the seconds to wait before the next attempt. Raises StorageError if the server is unreachable.
        """
        del key, every_s
        return 0.0

    async def rest(self, key: str, seconds: float) -> None:
        """Suspend a rate limit's turns and permits for all processes for this many seconds."""
        del key, seconds

    async def take_permits(self, key: str, count: int, *, of: int, window_s: float, hold_s: float) -> list[Permit]:
        """Take up to `count` of the `of` permits that all processes share; none if all are in use.

        A permit is exclusive until it is returned, or for `hold_s` seconds after it becomes valid. It becomes valid
        after `window_s` seconds at most. Raises StorageError if the server is unreachable.
        """
        del key, count, of, window_s, hold_s
        return []

    async def return_permits(self, returned: Sequence[tuple[Permit, float]]) -> None:
        """Return permits, each available to others after the given number of seconds."""
        del returned

    def announce(self, word: str) -> None:
        """Notify the other processes, without a guarantee of delivery: the tables are authoritative."""
        del word

    def hear(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with each notification of another process."""
        del listener

    async def peers(self) -> int:
        """Return the number of processes that post and answer with this database, including this one."""
        return 1

    async def is_alone(self) -> bool:
        """Whether no other process uses the database now."""
        return True

    def unsettled_s(self, duty: str) -> float:
        """Seconds until all requests have ended that an earlier holder of a duty may have begun."""
        del duty
        return 0.0

    async def setting(self, key: str) -> str | None:
        """Return the value of a setting, None if it is not set."""
        return next((row["value"] for row in await self.rows(_SETTING, {"wanted": key})), None)

    async def set_setting(self, key: str, value: str | None) -> None:
        """Set a setting; None removes it."""
        async with self.transaction() as connection:
            await remember(connection, key, value)


async def remember(connection: AsyncConnection, key: str, value: str | None) -> None:
    """Set a setting within a transaction; None removes it."""
    settings = schema.settings
    if value is None:
        await connection.execute(delete(settings).where(settings.c.key == key))
        return
    statement = insert_into(connection, settings).values(key=key, value=value)
    await connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


async def instance_of(connection: AsyncConnection) -> str:
    """Return the database's random id, created at its first use."""
    settings = schema.settings
    made = insert_into(connection, settings).values(key="instance", value=secrets.token_hex(4))
    await connection.execute(made.on_conflict_do_nothing())
    return (await connection.scalars(select(settings.c.value).where(settings.c.key == "instance"))).one()

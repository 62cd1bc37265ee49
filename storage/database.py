"""The interface of Herald's databases, SQLite or PostgreSQL. `storage/opening.py` opens one.

`storage/sqlite.py` keeps it in a file, `storage/postgres/` on a server. The queries of this room are SQLAlchemy's and
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
MOVED = "moved to"  # a setting: where everything is now, after `bot.py move`


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for one request: for this process alone from `wait_s` after it was given `until` then, by the server's
    clock.
    """

    key: str
    until: dt.datetime
    wait_s: float


class Database(ABC):
    """An open database; `close` ends it.

    `name` is what messages call it. `path` is the SQLite file that searches ask: the database itself, or this
    machine's copy of what can be searched.
    """

    name: str
    path: Path
    instance_id: str = ""  # tells this database's messages from those of another Herald in the same channel

    @property
    @abstractmethod
    def index(self) -> Database:
        """The database that has the full-text index: this one, or the search copy."""

    @abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Hold the one writer; commit at the end, roll back on any error or cancellation.

        Never await the network within. Raises StorageError if the database cannot be written to.
        """

    @abstractmethod
    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Borrow a reader; all queries within see one moment, whatever is written meanwhile. Keep it short."""

    async def rows(self, query: Executable, asked: Mapping[str, Any] | None = None) -> Sequence[RowMapping]:
        """Return what one query finds, as within `reading`."""
        async with self.reading() as connection:
            return (await connection.execute(query, asked)).mappings().all()

    @abstractmethod
    async def integrity_check(self) -> list[str]:
        """Return what is damaged, in the database's words; empty if nothing is."""

    @abstractmethod
    async def close(self) -> None:
        """Let the transaction under way finish, end running queries, let go of the database. Can be called twice."""

    @abstractmethod
    async def caught_up(self) -> None:
        """Return once searches find all that was stored before the call. Raises StorageError if they cannot."""

    async def trim(self) -> int:
        """Return unused space to the disk bit by bit; return how many bytes. A server does so on its own."""
        return 0

    # what only one of several processes does at a time (`storage/duties.py`); a file's one process does everything

    has_duties: bool = False  # whether a process can lose what it does: another one may start elsewhere
    is_shared: bool = False  # whether other processes may work on it at the same time
    request_limit_s: float | None = (
        None  # how long a request that changes something may take; None: nobody depends on it
    )

    @property
    def timeline(self) -> str:
        """Changes when a standby takes over, perhaps without the last commits; "" if that is not known."""
        return ""

    def forgotten_s(self) -> float:
        """How long until all requests have ended that such a standby may know nothing of."""
        return 0.0

    def took_over_s(self) -> float:
        """How long ago such a standby took over; infinite if none ever did."""
        return math.inf

    def may_act(self) -> bool:
        """Whether this process still holds the duty that the running task works for."""
        return True

    def holds(self, duty: str) -> bool:
        """Whether this process holds a duty at this moment."""
        del duty
        return True

    async def take(self, duty: str) -> bool:
        """Hold a duty from now on, unless another process does; returns whether this one does."""
        return self.holds(duty)

    async def give_back(self, duty: str, answered: Iterable[int] = ()) -> None:
        """Let another process take a duty. Nothing may be under way for it any more.

        `answered` are the interactions that it need not answer: this process began to.
        """
        del duty, answered

    def answered(self, duty: str) -> Container[int]:
        """Return the interactions that the process that held a duty before has answered."""
        del duty
        return ()

    async def take_turn(self, key: str, every_s: float) -> float:
        """Take a turn of a pace that all processes keep together, one in `every_s`; returns 0 once it is taken.

        Otherwise returns how long to wait before asking again. Raises StorageError if nobody can tell.
        """
        del key, every_s
        return 0.0

    async def rest(self, key: str, seconds: float) -> None:
        """Give no turn and no permit of a pace to any process for so long."""
        del key, seconds

    async def take_permits(self, key: str, count: int, *, of: int, window_s: float, hold_s: float) -> list[Permit]:
        """Take up to `count` of the `of` permits that all processes have together; none if all are in use.

        Nobody else has one until `hold_s` after it may be used, or until it is returned. It may have to be waited for,
        for `window_s` at most. Raises StorageError if nobody can tell.
        """
        del key, count, of, window_s, hold_s
        return []

    async def return_permits(self, returned: Sequence[tuple[Permit, float]]) -> None:
        """Let others have each of these permits so many seconds from now."""
        del returned

    def announce(self, word: str) -> None:
        """Tell the other processes something, soon and perhaps: what counts is in the tables."""
        del word

    def hear(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with each word that another process announces."""
        del listener

    async def peers(self) -> int:
        """How many processes that post and answer work on it, this one included."""
        return 1

    async def is_alone(self) -> bool:
        """Whether no other process works on it at this moment."""
        return True

    def unsettled_s(self, duty: str) -> float:
        """How long until all requests have ended that an earlier holder of a duty may have begun."""
        del duty
        return 0.0

    async def setting(self, key: str) -> str | None:
        """Return a remembered value, None if there is none."""
        return next((row["value"] for row in await self.rows(_SETTING, {"wanted": key})), None)

    async def set_setting(self, key: str, value: str | None) -> None:
        """Remember a value; None forgets it."""
        async with self.transaction() as connection:
            await remember(connection, key, value)


async def remember(connection: AsyncConnection, key: str, value: str | None) -> None:
    """Remember a value within a transaction; None forgets it."""
    settings = schema.settings
    if value is None:
        await connection.execute(delete(settings).where(settings.c.key == key))
        return
    statement = insert_into(connection, settings).values(key=key, value=value)
    await connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


async def instance_of(connection: AsyncConnection) -> str:
    """Return the database's own random id, made at its first use."""
    settings = schema.settings
    made = insert_into(connection, settings).values(key="instance", value=secrets.token_hex(4))
    await connection.execute(made.on_conflict_do_nothing())
    return (await connection.scalars(select(settings.c.value).where(settings.c.key == "instance"))).one()

"""A database on a PostgreSQL server: its pools, its transactions, its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncGenerator, Callable, Container, Generator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import NullPool

from clock import is_set_within
from errors import StorageError
from storage.database import MOVED, Database, Permit, instance_of
from storage.duties import FREED, current_duty
from storage.postgres import pace, tables
from storage.postgres.address import Address
from storage.postgres.engines import POOL, is_pooled, made, wants_statements_kept
from storage.postgres.failures import explained
from storage.postgres.membership import REQUEST_S, Membership, owned
from storage.postgres.news import News
from storage.postgres.search_copy import SearchCopy
from storage.schema import settings
from storage.search_feed import FED, trim
from storage.sqlite import InUseError, is_free

COPIES = 32  # of the index in one folder, one for each process
CLOSE_LIMIT_S = 1.0  # how long close() lets running queries finish before it ends their connections
_POLL_S = 5.0
_FED = "search feed"  # what is announced when it has new entries
_TRIM_EVERY_S = 3_600.0

log = logging.getLogger(__name__)


class PostgresDatabase(Database):
    """An open database on a server. Made by `open`, ended by `close`.

    One transaction of a process writes at a time. Each looks whether the process still counts, and still holds the
    duty that the transaction is for.
    """

    has_duties = True
    request_limit_s = REQUEST_S

    def __init__(self, address: Address, *, cache: Path, role: str = "", shards: int = 1) -> None:
        self.name = address.name
        self.is_shared = bool(role)
        self._role, self._shards = role, shards
        self._address, self._cache = address, cache
        self.path = address.copy_in(cache)
        # what no pooler can spoil, until it is known whether there is one
        self._keeps_statements = wants_statements_kept(address.url) or False
        self._make_pools()
        self._write_lock = asyncio.Lock()
        self._reader_slots = asyncio.Semaphore(POOL)
        self._running: set[AsyncConnection] = set()
        self._member: Membership | None = None
        self._copy = SearchCopy(self.path, self.reading, lambda: self.timeline)
        self._news: News | None = None
        self._is_fed = asyncio.Event()  # whether another process may have stored what searches are to find
        self._stack = AsyncExitStack()
        self._is_closed = False

    @classmethod
    async def open(
        cls, address: Address, *, cache: Path, exclusive: bool = True, role: str = "", shards: int = 1
    ) -> Self:
        """Open a database, bringing its tables up to date first; see `storage/opening.py`."""
        database = cls(address, cache=cache, role=role, shards=shards)
        try:
            await database._open(exclusive=exclusive)
        except BaseException:
            await database.close()
            raise
        return database

    @classmethod
    async def probe(cls, address: Address) -> None:
        """Look whether the database could be opened, and change nothing. Raises StorageError if it could not."""
        database = cls(address, cache=Path())
        try:
            async with database._begun(database._writer) as connection:
                await tables.check_server(connection, address.name)
                stored = await tables.stored_revision(connection, address.name)
                if stored is not None:
                    tables.refuse_newer(address.name, stored)
        finally:
            await database.close()

    def _make_pools(self) -> None:
        self._writer = made(self._address.url, keeps_statements=self._keeps_statements)
        readers = made(self._address.url, keeps_statements=self._keeps_statements)
        self._readers = readers.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    async def _choose_statements(self) -> None:
        """Keep prepared statements, unless a pooler is between or `storage` says something."""
        if wants_statements_kept(self._address.url) is not None:
            return
        async with self._begun(self._writer) as connection:
            if await is_pooled(connection):
                log.info('pooler found database="%s", statements are not kept prepared', self.name)
                return
        await self._writer.dispose()
        self._keeps_statements = True
        self._make_pools()

    async def _open(self, *, exclusive: bool) -> None:
        await self._choose_statements()
        async with self._begun(self._writer) as connection:
            await tables.check_server(connection, self.name)
            if exclusive:
                await tables.bring_up_to_date(connection, self.name)
            else:
                await tables.refuse_others(connection, self.name)
        if not exclusive:
            self.instance_id = await self.setting("instance") or ""
            await self._copy.open_to_read(self.instance_id)
            self._stack.push_async_callback(self._copy.close)
            return
        member = Membership(lambda: self._begun(self._writer), self.name, self._role, self._shards)
        await member.join()
        self._member = member
        await self._stack.enter_async_context(member.kept())
        async with self.transaction() as connection:
            moved = await connection.scalar(select(settings.c.value).where(settings.c.key == MOVED))
            if moved is not None:
                raise StorageError(
                    f"{self.name} was moved to {moved}: set `storage` to that one, or create this one again."
                )
            self.instance_id = await instance_of(connection)
        self._stack.push_async_callback(self._close_copy)
        await self._open_copy()
        await self._stack.enter_async_context(owned(self._keep_up(), "search copy"))
        if self.is_shared:
            listening = made(self._address.direct, keeps_statements=False, poolclass=NullPool)
            self._stack.push_async_callback(listening.dispose)
            self._news = News(lambda: self._begun(self._writer), listening, lambda: member.epoch)
            self._news.hear(self._heard)
            await self._stack.enter_async_context(owned(self._news.say(), "announcing"))
            await self._stack.enter_async_context(owned(self._news.listen(), "hearing"))

    def _heard(self, word: str) -> None:
        if word == _FED:
            self._is_fed.set()

    async def _close_copy(self) -> None:
        await self._copy.close()

    async def _open_copy(self) -> None:
        """Open the search copy; next to other processes on this machine the first one that none of them has."""
        first = self._address.copy_in(self._cache)
        for number in range(1, COPIES + 1):
            self.path = first if number == 1 else first.with_stem(f"{first.stem}-{number}")
            self._copy = SearchCopy(self.path, self.reading, lambda: self.timeline)
            try:
                if not self.is_shared or await asyncio.to_thread(is_free, self.path):
                    await self._copy.open(self.instance_id)
                    return
            except InUseError:  # another one that started at the same moment was faster
                if not self.is_shared:
                    raise
        raise StorageError(f"{COPIES} processes keep a search copy in {self._cache}: give this one its own `cache`.")

    @property
    def index(self) -> Database:
        """The search copy."""
        return self._copy.file

    @property
    def timeline(self) -> str:
        """The server's timeline as far as this process knows."""
        return self._member.timeline if self._member is not None else ""

    def forgotten_s(self) -> float:
        """How long until all requests have ended that a standby which took over may know nothing of."""
        return self._member.forgotten_s() if self._member is not None else 0.0

    def took_over_s(self) -> float:
        """How long ago one did; infinite if none ever did."""
        return self._member.took_over_s() if self._member is not None else math.inf

    def may_act(self) -> bool:
        """Whether this process was seen a short while ago, and holds what the running task works for."""
        return self.holds(current_duty())

    def holds(self, duty: str) -> bool:
        """Whether nobody can take the duty over before a request that begins now has ended."""
        return self._member is not None and self._member.may_act(duty)

    async def take(self, duty: str) -> bool:
        """Hold a duty from now on, unless another process does."""
        return self._member is not None and await self._member.take(duty)

    async def give_back(self, duty: str, answered: Iterable[int] = ()) -> None:
        """Let another process take a duty."""
        if self._member is not None:
            await self._member.give_back(duty, answered)

    def answered(self, duty: str) -> Container[int]:
        """Return the interactions that the process that held a duty before has answered."""
        return self._member.answered(duty) if self._member is not None else ()

    async def take_turn(self, key: str, every_s: float) -> float:
        """Take a turn of a pace that all processes keep together, if it is there."""
        async with self._begun(self._writer) as connection:
            return await pace.take_turn(connection, key, every_s)

    async def rest(self, key: str, seconds: float) -> None:
        """Give no turn of a pace to any process for so long."""
        async with self._begun(self._writer) as connection:
            await pace.rest(connection, key, seconds)

    async def take_permits(self, key: str, count: int, *, of: int, window_s: float, hold_s: float) -> list[Permit]:
        """Take permits of which all processes together have few."""
        async with self._begun(self._writer) as connection:
            return await pace.take_permits(connection, key, count, of=of, window_s=window_s, hold_s=hold_s)

    async def return_permits(self, returned: Sequence[tuple[Permit, float]]) -> None:
        """Let others have permits."""
        async with self._begun(self._writer) as connection:
            await pace.return_permits(connection, returned)

    def announce(self, word: str) -> None:
        """Tell the other processes something."""
        if self._news is not None:
            self._news.announce(word)

    def hear(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with each word that another process announces."""
        if self._news is not None:
            self._news.hear(listener)

    async def peers(self) -> int:
        """How many processes that post and answer work on it, this one included."""
        return await self._member.peers() if self._member is not None and self.is_shared else 1

    async def is_alone(self) -> bool:
        """Whether no other process works on it at this moment."""
        return not self.is_shared or (self._member is not None and await self._member.is_alone())

    def unsettled_s(self, duty: str) -> float:
        """How long until all requests have ended that an earlier holder of a duty may have begun."""
        return self._member.unsettled_s(duty) if self._member is not None else 0.0

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncConnection]:
        """Hold the one writer."""
        if self._member is None:
            raise StorageError(f"{self.name} is open for reading only.")
        async with self._write_lock:
            self._check_open()
            async with self._begun(self._writer) as connection:
                await self._member.check(connection, current_duty())
                connection.info.pop(FED, None)
                yield connection
                is_fed = connection.info.pop(FED, False)
        if is_fed:
            self.announce(_FED)
            try:
                await self._copy.catch_up()
            except StorageError as error:  # what was stored stays so; `_keep_up` tries again
                log.warning('search copy not updated database="%s" error="%s"', self.name, error)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """Borrow a reader."""
        self._check_open()
        async with self._reader_slots:
            self._check_open()
            async with self._begun(self._readers) as connection:
                yield connection

    async def integrity_check(self) -> list[str]:
        """Return nothing: the server watches over its own files, and foreign keys hold at each commit."""
        return []

    async def caught_up(self) -> None:
        """Apply what the search copy lacks; one that is only read is what the running Herald made of it."""
        if self._member is None:
            self._copy.file  # noqa: B018 -- raises where there is none
            return
        await self._copy.catch_up()

    async def close(self) -> None:
        """Let the transaction under way finish, end running queries, give all duties back."""
        if self._is_closed:
            return
        self._is_closed = True
        async with self._write_lock:
            await self._readers_ended()
            await self._stack.aclose()
            if self._news is not None:  # all duties are given back now, and nobody is to find that out by looking
                self._news.announce(FREED)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CLOSE_LIMIT_S):
                        await self._news.send()
            await self._readers.dispose()
            await self._writer.dispose()

    async def _keep_up(self) -> None:
        """Bring the copy up to date for as long as the database is open, and keep the feed short."""
        trimmed_s = 0.0
        while True:
            await is_set_within(self._is_fed, _POLL_S)
            self._is_fed.clear()
            try:
                await self._copy.catch_up()
                if time.monotonic() - trimmed_s > _TRIM_EVERY_S:
                    trimmed_s = time.monotonic()
                    async with self.transaction() as connection:
                        await trim(connection)
            except StorageError as error:
                log.warning('search copy not updated database="%s" error="%s"', self.name, error)
            except Exception:  # the loop must outlive what nobody thought of
                log.exception('search copy not updated database="%s"', self.name)

    @asynccontextmanager
    async def _begun(self, engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
        """Begin a transaction on a connection of the pool; it ends with the block."""
        with self._explaining():
            async with engine.begin() as connection:
                self._running.add(connection)
                try:
                    yield connection
                finally:
                    self._running.discard(connection)

    async def _readers_ended(self) -> None:
        """Wait a moment for the readers, then end their connections."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_LIMIT_S):
                for _ in range(POOL):
                    await self._reader_slots.acquire()
        for connection in tuple(self._running):
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection
            driver.terminate()

    def _check_open(self) -> None:
        if self._is_closed:
            raise StorageError(f"{self.name} was closed: Herald is stopping.")

    @contextlib.contextmanager
    def _explaining(self) -> Generator[None]:
        try:
            yield
        except StorageError:
            raise
        except Exception as error:
            if (told := explained(error, self.name)) is not None:
                raise told from error
            raise

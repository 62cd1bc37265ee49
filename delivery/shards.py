"""The servers that this process serves: those of shards whose duty it holds; with a file database, all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Generator
from contextlib import contextmanager

import discord

from clock import is_set_within
from delivery.answered import Answered
from errors import HeraldError
from logs import incident
from storage.database import Database
from storage.duties import FREED, shard_duty
from storage.subscriptions import Subscriptions

log = logging.getLogger(__name__)

LOOK_S = 1.0  # between two attempts to take free duties
HOLD_S = 2.0  # how long an interaction waits for this process to take its shard; Discord allows 3 s for an answer
POLL_S = 5.0  # between polls for changes by other processes that were not announced


class Shards:
    """Takes the duties of the client's shards as soon as they are free."""

    def __init__(self, client: discord.Client, db: Database, subscriptions: Subscriptions) -> None:
        self._client = client
        self._db = db
        self._subscriptions = subscriptions
        self._wake = asyncio.Event()
        self._busy: Counter[str] = Counter()  # duty -> operations in progress
        self._leaving: set[str] = set()  # duties to release once idle
        self._answered = Answered()
        self._keeping: asyncio.Task[None] | None = None
        self._taken = asyncio.Event()
        self._is_to_begin = False

    @property
    def poll_s(self) -> float | None:
        """The seconds between polls for changes by other processes; None with a file database."""
        return POLL_S if self._db.is_shared else None

    def duty_of(self, guild_id: int | None) -> str:
        """Return the duty of a server's shard; None (direct messages) belongs to the first shard."""
        return shard_duty((guild_id >> 22) % (self._client.shard_count or 1) if guild_id else 0)

    def serves(self, guild_id: int | None) -> bool:
        """Whether this process posts and answers in a server (None: in direct messages)."""
        return not self._db.is_shared or self._db.holds(self.duty_of(guild_id))

    async def answers(self, interaction_id: int, guild_id: int | None) -> bool:
        """Return whether this process answers an interaction, which all processes receive.

        While a shard changes hands, its interactions wait for up to `HOLD_S`: the new holder answers those that the
        previous one did not.
        """
        duty = self.duty_of(guild_id)
        if not self._db.is_shared or interaction_id in self._answered:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HOLD_S):
                while not self._db.holds(duty):
                    await self._taken.wait()
        if not self._db.holds(duty) or interaction_id in self._db.answered(duty):
            return False
        self._answered.begin(interaction_id, duty)
        return True

    async def duty_in(self, channel_id: int) -> str:
        """Return the duty of posting in a channel."""
        if (self._client.shard_count or 1) == 1:
            return self.duty_of(None)
        return self.duty_of((await self._subscriptions.guilds_of([channel_id])).get(channel_id))

    async def served(self, channel_ids: Collection[int]) -> list[int]:
        """Return those of the channels that this process posts in, in the given order."""
        if not self._db.is_shared or not channel_ids:
            return list(channel_ids)
        if (self._client.shard_count or 1) == 1:
            return list(channel_ids) if self.serves(None) else []
        guilds = await self._subscriptions.guilds_of(channel_ids)
        return [one for one in channel_ids if self.serves(guilds.get(one))]

    def unsettled_s(self, duty: str) -> float:
        """Return the seconds until requests of a duty's earlier holder have ended."""
        return self._db.unsettled_s(duty)

    def forgotten_s(self) -> float:
        """Return the seconds until requests unknown to a promoted standby have ended; nothing is posted before."""
        return self._db.forgotten_s()

    def wake(self) -> None:
        """Check for free shards now."""
        self._wake.set()

    @contextmanager
    def working(self, duty: str) -> Generator[bool]:
        """Yield whether this process holds a duty, and keep it from being released during the block."""
        self._busy[duty] += 1
        try:
            yield self._db.holds(duty) and duty not in self._leaving
        finally:
            self._busy[duty] -= 1
            if duty in self._leaving:
                self._wake.set()

    def start(self, begin: Callable[[], Awaitable[None]]) -> None:
        """Take free shards, and release those beyond this process's share, until `stop`.

        `begin` is called after some were taken, once for those already held, and again after it failed.
        """
        self._is_to_begin = True
        self._wake.set()
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep(begin), name="shards")

    async def stop(self) -> None:
        """Stop taking shards."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])

    async def _keep(self, begin: Callable[[], Awaitable[None]]) -> None:
        while True:
            self._wake.clear()
            try:
                await self._look(begin)
            except HeraldError as error:
                log.warning('servers not served yet, trying again reason="%s"', error)
            except Exception:  # the loop must survive unexpected errors
                log.exception("servers not served yet, trying again incident=%s", incident())
            if self._db.has_duties or self._is_to_begin:
                await self._pause()
            else:
                await self._wake.wait()

    async def _look(self, begin: Callable[[], Awaitable[None]]) -> None:
        if await self.take():
            self._is_to_begin = True
        if not self._is_to_begin or not self._held():
            return
        self._is_to_begin = False
        try:
            await begin()
        except Exception:
            self._is_to_begin = True
            raise

    async def leave(self) -> None:
        """Release all shards once they are idle, and wait for answers in progress.

        Raises StorageError if the database is unavailable.
        """
        await self.stop()
        while self._held():
            self._wake.clear()
            await self._give_back(0)
            if self._held():
                await self._pause()
        await self._answered.ended()

    async def _pause(self) -> None:
        await is_set_within(self._wake, LOOK_S)

    async def take(self) -> list[str]:
        """Release duties beyond this process's share, take free ones up to it, and return those taken."""
        wanted = self._duties()
        most = -(-len(wanted) // await self._db.peers()) if len(wanted) > 1 else 1
        await self._give_back(most)
        taken = [
            duty
            for duty in wanted
            if len(self._held()) < most and not self._db.holds(duty) and await self._db.take(duty)
        ]
        if taken:
            self._taken.set()
            self._taken = asyncio.Event()
        return taken

    async def _give_back(self, most: int) -> None:
        """Release duties beyond `most`, each as soon as it is idle."""
        self._leaving &= set(self._held())
        more = len(self._held()) - most
        self._leaving = set(sorted(self._leaving | set(self._held()[most:]))[: max(more, 0)])
        for duty in [one for one in self._leaving if not self._busy[one]]:
            await self._db.give_back(duty, self._answered.lately(duty))
            self._leaving.discard(duty)
            self._db.announce(FREED)
            log.info('duty released duty="%s"', duty)

    def _held(self) -> list[str]:
        return [duty for duty in self._duties() if self._db.holds(duty)]

    def _duties(self) -> list[str]:
        return [shard_duty(one) for one in range(self._client.shard_count or 1)]

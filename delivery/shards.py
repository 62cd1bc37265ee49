"""Which servers this process serves: those of the shards whose duty it holds. One that works on a file serves all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence

import discord

from errors import HeraldError
from logs import incident
from storage.database import Database
from storage.duties import shard_duty
from storage.subscriptions import Subscriptions

log = logging.getLogger(__name__)

LOOK_S = 1.0  # between two attempts to take what nobody holds
POLL_S = 5.0  # between two looks at what other processes may have done without a word


class Shards:
    """Takes the duty of each shard that the client is connected to as soon as nobody holds it."""

    def __init__(self, client: discord.Client, db: Database, subscriptions: Subscriptions) -> None:
        self._client = client
        self._db = db
        self._subscriptions = subscriptions

    @property
    def poll_s(self) -> float | None:
        """How often to look for what other processes did; None where there are none."""
        return POLL_S if self._db.is_shared else None

    def duty_of(self, guild_id: int | None) -> str:
        """Return the duty of a server's shard; what belongs to no server is that of the first one."""
        return shard_duty((guild_id >> 22) % (self._client.shard_count or 1) if guild_id else 0)

    def serves(self, guild_id: int | None) -> bool:
        """Whether this process posts and answers in a server (None: in direct messages)."""
        return not self._db.is_shared or self._db.holds(self.duty_of(guild_id))

    async def duty_in(self, channel_id: int) -> str:
        """Return the duty of posting in a channel."""
        if (self._client.shard_count or 1) == 1:
            return self.duty_of(None)
        return self.duty_of((await self._subscriptions.guilds_of([channel_id])).get(channel_id))

    async def served(self, channel_ids: Collection[int]) -> list[int]:
        """Return those of the channels that this process posts in, in their order."""
        if not self._db.is_shared or not channel_ids:
            return list(channel_ids)
        if (self._client.shard_count or 1) == 1:
            return list(channel_ids) if self.serves(None) else []
        guilds = await self._subscriptions.guilds_of(channel_ids)
        return [one for one in channel_ids if self.serves(guilds.get(one))]

    def unsettled_s(self, duty: str) -> float:
        """How long until what an earlier holder of a duty left in the air has ended."""
        return self._db.unsettled_s(duty)

    def holds(self, duty: str) -> bool:
        """Whether this process holds a duty."""
        return self._db.holds(duty)

    @property
    def is_idle(self) -> bool:
        """Whether this process holds no shard: another one serves the same servers."""
        return not any(self._db.holds(shard_duty(one)) for one in self._ids())

    async def keep(self, begin: Callable[[], Awaitable[None]]) -> None:
        """Take every shard of the client that is free, until cancelled; `begin` is called when that changed."""
        while self._db.has_duties:
            try:
                if await self.take():
                    await begin()
            except HeraldError as error:
                log.warning('shards not taken reason="%s"', error)
            except Exception:  # the loop must outlive what nobody thought of
                log.exception("shards not taken incident=%s", incident())
            await asyncio.sleep(LOOK_S)

    async def take(self) -> list[str]:
        """Take what is free; returns what was taken."""
        wanted = [shard_duty(one) for one in self._ids()]
        return [duty for duty in wanted if not self._db.holds(duty) and await self._db.take(duty)]

    def _ids(self) -> Sequence[int]:
        return self._client.shard_ids or (0,) if isinstance(self._client, discord.AutoShardedClient) else (0,)

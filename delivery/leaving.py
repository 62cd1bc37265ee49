"""Detection of departures: removal from a server by its event, members who left by querying Discord.

Herald does not use the members intent: a membership is queried before an alert is sent, and once a day.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable, Iterable

import discord

from clock import Clock, utc_now
from delivery.membership import is_member
from delivery.places import LOST
from delivery.refusals import describe
from errors import S_, HeraldError
from logs import incident
from storage.departures import Departures, Pair

log = logging.getLogger(__name__)

Tell = Callable[[str], Awaitable[object]]
_REMOVED = S_(
    "Herald was removed from the server {server}. Nothing is posted there any more. Its subscriptions and alerts are "
    "kept until {when}, and work again if Herald is invited back before then."
)
FIRST_S, EVERY_S = 3_600.0, 24 * 3_600.0
_FAILURES = 20  # failed queries after which a daily check is abandoned
BETWEEN_S = 1.0  # between two queries of the daily check, to keep its load low


class Leaving:
    """Drops deliveries to those who left, and deletes what is stored about them after the grace time."""

    def __init__(
        self,
        client: discord.Client,
        departures: Departures,
        *,
        grace: Callable[[], dt.timedelta],
        tell_admins: Tell,
        clock: Clock = utc_now,
        between_s: float = BETWEEN_S,
    ) -> None:
        self._client = client
        self._departures = departures
        self._grace = grace
        self._tell_admins = tell_admins
        self._clock = clock
        self._between_s = between_s
        self._looking = asyncio.Lock()

    # servers

    async def look(self) -> None:
        """Compare the servers that Herald is in with those in the database, and record departures and returns."""
        async with self._looking:
            here = {guild.id for guild in self._client.guilds}
            me = self._client.user.id if self._client.user is not None else 0
            for guild_id in sorted(here & set(await self._departures.left())):
                await self._server_back(guild_id)
            if not await self._departures.is_same_bot(me, here):
                log.warning("bot account changed and is in none of the earlier servers: their subscriptions stay")
                return
            for guild_id in sorted(await self._departures.known() - here):
                await self._server_left(guild_id, str(guild_id))

    async def server_left(self, guild: discord.Guild) -> None:
        """Drop deliveries to a server that has just removed Herald."""
        async with self._looking:
            if guild.id in await self._departures.known():
                await self._server_left(guild.id, f"{guild.name} ({guild.id})")

    async def server_back(self, guild_id: int) -> bool:
        """Restore a server's subscriptions; False if it had not left."""
        async with self._looking:
            return await self._server_back(guild_id)

    async def _server_left(self, guild_id: int, name: str) -> None:
        now = self._clock()
        dropped = await self._departures.server_left(guild_id, now=now)
        log.warning("removed from server guild=%d dropped=%d", guild_id, dropped)
        until = discord.utils.format_dt(now + self._grace(), "D")
        await self._tell_admins("⚠️ " + _REMOVED.format(server=discord.utils.escape_markdown(name), when=until))

    async def _server_back(self, guild_id: int) -> bool:
        is_back = await self._departures.server_back(guild_id, now=self._clock())
        if is_back:
            log.info("back in server guild=%d", guild_id)
        return is_back

    # members

    async def present(self, user_id: int, guild_ids: Iterable[int]) -> set[int]:
        """Return those of the servers that a member is in, and record departures. Raises as `is_member` does."""
        found: set[int] = set()
        for guild_id in sorted(guild_ids):
            if await is_member(self._client, guild_id, user_id):
                found.add(guild_id)
                await self._departures.member_back(guild_id, user_id)
            elif self._client.get_guild(guild_id) is not None:
                await self._departures.member_left(guild_id, user_id, now=self._clock())
        return found

    # daily check

    async def run(self) -> None:
        """Sweep once a day, until cancelled."""
        pause_s = FIRST_S
        while True:
            await asyncio.sleep(pause_s * random.uniform(0.95, 1.05))  # noqa: S311 -- spreads load only
            pause_s = EVERY_S
            try:
                await self.sweep()
            except HeraldError as error:
                log.warning('check for departed servers failed reason="%s"', error)
            except Exception:
                log.exception("check for departed servers failed incident=%s", incident())

    async def sweep(self) -> None:
        """Record who left, and delete what is stored about those whose grace time is over."""
        await self.look()
        unknown: set[Pair] = set()
        for guild_id, user_id in await self._departures.pairs():
            try:
                await self.present(user_id, [guild_id])
            except LOST as error:
                log.info("membership unknown guild=%d error=%s", guild_id, describe(error))
                unknown.add((guild_id, user_id))
            if len(unknown) >= _FAILURES:
                return
            await asyncio.sleep(self._between_s)
        before = self._clock() - self._grace()
        servers = await self._departures.forget_servers(before)
        members = await self._departures.forget_members(before, but_not=unknown)
        if servers or members:
            log.info("forgotten servers=%d members=%d", len(servers), len(members))

"""Edits in archived threads: Discord refuses them, so the thread is opened and archived again afterwards."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord

from clock import Clock, utc_now
from delivery.places import LOST, TextPlace
from delivery.refusals import UNKNOWN_CHANNEL, describe, error_code
from storage.reopened import Reopened

log = logging.getLogger(__name__)

_LIMIT_S = 30.0


class Reopening:
    """Records threads opened for an edit in the database, so that none stays open after a kill."""

    def __init__(self, client: discord.Client, reopened: Reopened, clock: Clock = utc_now) -> None:
        self._client = client
        self._reopened = reopened
        self._clock = clock

    @asynccontextmanager
    async def opened(self, place: TextPlace) -> AsyncGenerator[None]:
        """Keep an archived thread open within the block; other places are left alone."""
        if not isinstance(place, discord.Thread) or not place.archived or not _may_open(place):
            yield
            return
        await self._reopened.note(place.id, now=self._clock())
        await place.edit(archived=False)
        try:
            yield
        except discord.HTTPException:
            await self._archive(place)
            raise
        await self._archive(place)

    async def finish(self) -> None:
        """Archive threads that an earlier run left open, unless someone has posted there since."""
        for thread_id, opened_at in (await self._reopened.left()).items():
            try:
                async with asyncio.timeout(_LIMIT_S):
                    thread = await self._client.fetch_channel(thread_id)
            except LOST as error:
                log.warning("thread not checked thread=%d error=%s", thread_id, describe(error))
                if error_code(error) == UNKNOWN_CHANNEL:
                    await self._reopened.done(thread_id)
                continue
            if isinstance(thread, discord.Thread) and not thread.archived and not _is_in_use(thread, opened_at):
                await self._archive(thread)
            else:
                await self._reopened.done(thread_id)

    async def _archive(self, thread: discord.Thread) -> None:
        """Archive a thread again; if that fails, the next start retries it."""
        try:
            await thread.edit(archived=True)
        except LOST as error:
            log.warning("thread left open thread=%d error=%s", thread.id, describe(error))
            return
        await self._reopened.done(thread.id)


def _may_open(thread: discord.Thread) -> bool:
    return not thread.locked or thread.permissions_for(thread.guild.me).manage_threads


def _is_in_use(thread: discord.Thread, since: dt.datetime) -> bool:
    newest = thread.last_message_id
    return newest is not None and discord.utils.snowflake_time(newest) > since

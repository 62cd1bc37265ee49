"""Reads Herald's own messages back from a channel and its threads."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import discord

from storage.records import Delivery, Subscription
from ui.buttons import mark_of

MESSAGES = 20_000  # read per channel or thread at most


@dataclass(frozen=True, slots=True)
class Seen:
    """One of Herald's messages, as the channel shows it."""

    message: discord.Message
    thread_id: int | None  # None if it is in the channel itself


@dataclass(frozen=True, slots=True)
class ChannelReader:
    """Reads channels using a client that is logged in; it need not be connected to the gateway."""

    client: discord.Client

    async def marked(
        self, subscription: Subscription, entries: Sequence[Delivery], since: dt.datetime
    ) -> Mapping[str, list[Seen]]:
        """Return Herald's marked messages in a channel and its threads, by mark. Raises discord.py's exceptions."""
        found: defaultdict[str, list[Seen]] = defaultdict(list)
        channel = await self._fetched(subscription.channel_id)
        if isinstance(channel, discord.TextChannel | discord.Thread):
            async for message in self._marked(channel, since):
                found[mark_of(message) or ""].append(Seen(message, None))
        threads = {entry.thread_id or subscription.channel_id for entry in entries}
        if subscription.layout.opens_thread:
            threads |= await self._active_threads(channel)
        for thread_id in sorted(threads - {subscription.channel_id}):
            for message in await self._in_thread(thread_id, since):
                same_mark = found[mark_of(message) or ""]
                if message.id not in {one.message.id for one in same_mark}:
                    same_mark.append(Seen(message, thread_id))
        return found

    async def _in_thread(self, thread_id: int, since: dt.datetime) -> list[discord.Message]:
        """Return Herald's marked messages in a thread; none if it is gone, so that they are reported as missing."""
        try:
            thread = await self._fetched(thread_id)
        except discord.NotFound:
            return []
        return [one async for one in self._marked(thread, since)] if isinstance(thread, discord.Thread) else []

    async def _fetched(self, channel_id: int) -> object:
        # The command-line audit has no gateway, without which the client does not know any channels.
        return self.client.get_channel(channel_id) or await self.client.fetch_channel(channel_id)

    async def _active_threads(self, channel: object) -> set[int]:
        """Return the channel's active threads that Herald opened."""
        if not isinstance(channel, discord.ForumChannel | discord.TextChannel):
            return set()
        guild = channel.guild
        if getattr(guild, "unavailable", False):  # logged in without the gateway
            guild = await self.client.fetch_guild(guild.id, with_counts=False)
        own = self.client.user.id if self.client.user else 0
        return {one.id for one in await guild.active_threads() if one.parent_id == channel.id and one.owner_id == own}

    async def _marked(
        self, place: discord.TextChannel | discord.Thread, since: dt.datetime
    ) -> AsyncIterator[discord.Message]:
        own = self.client.user.id if self.client.user else 0
        async for message in place.history(limit=MESSAGES, after=since, oldest_first=True):
            if message.author.id == own and mark_of(message):
                yield message

"""Coexistence with a second Herald with the same token and its own database, such as a trial on another machine.

The two cannot communicate, but each receives the other's posts through the gateway and adopts them instead of posting
them again. If both are about to post, the instance that sorts last waits until the other has been silent for a while.
"""

from __future__ import annotations

import datetime as dt

import discord

from clock import Clock, utc_now
from delivery.adopting import in_order
from storage.adoption import FoundMessages

SILENCE = dt.timedelta(seconds=20)  # longer than Herald waits between two messages of an issue


class AnotherHerald:
    """Tracks the posts of another Herald; belongs to one courier."""

    def __init__(self, found: FoundMessages, clock: Clock = utc_now) -> None:
        self._found = found
        self._clock = clock
        self._heard: dict[int, dt.datetime] = {}  # channel -> when an instance with precedence last posted there
        self._since: dict[int, dt.datetime] = {}  # channel -> since when a delivery has been waiting there

    async def heard(self, message: discord.Message, mark: str) -> None:
        """Store a message that another Herald posted in a followed channel, so that a delivery can adopt it."""
        channel = message.channel
        channel_id, thread_id = channel.id, None
        followed = await self._found.channels()
        if isinstance(channel, discord.Thread) and channel.id not in followed:
            channel_id, thread_id = channel.parent_id, channel.id
        if channel_id not in followed:
            return
        if mark.partition(":")[0] < self._found.instance_id:
            self._heard[channel_id] = self._clock()
        await self._found.heard(in_order([message], channel_id, thread_id), self._clock())

    def wait_s(self, channel_id: int) -> float:
        """Return the seconds to wait for the other Herald in a channel, until it has been silent for `SILENCE`."""
        heard_at = self._heard.get(channel_id)
        if heard_at is None:
            return 0.0
        now = self._clock()
        waits_since = self._since.setdefault(channel_id, now)
        left = max(waits_since, heard_at) + SILENCE - now
        if left <= dt.timedelta(0) and heard_at < waits_since:
            del self._heard[channel_id]  # a delivery was due and the other posted nothing: it is not running any more
        return max(left.total_seconds(), 0.0)

    def is_done(self, channel_id: int) -> None:
        """Record that no delivery waits in a channel any more."""
        self._since.pop(channel_id, None)

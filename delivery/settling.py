"""Finding out what Discord did with a request whose answer never came: reading the channel back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import discord

from ui.buttons import mark_of

if TYPE_CHECKING:
    from storage.records import Delivery

Readable = discord.TextChannel | discord.Thread | discord.VoiceChannel | discord.StageChannel
CLOCK_SLACK = dt.timedelta(minutes=2)  # between this machine's clock and Discord's
MOST_MESSAGES = 2_000  # a channel that took more since then is searched no further: the nonce has to do


async def read_back(channel: Readable, delivery: Delivery, own_id: int) -> int | None:
    """The id of our message that carries the delivery's mark, written since its request left; None: there is none.

    Raises what discord.py raises where the channel cannot be read.
    """
    async for message in channel.history(limit=MOST_MESSAGES, after=since(delivery), oldest_first=True):
        if message.author.id == own_id and mark_of(message) == delivery.mark:
            return message.id
    return None


def since(delivery: Delivery) -> discord.Object:
    """The point after which a message of this delivery must be."""
    if delivery.last_message_id is not None:
        return discord.Object(delivery.last_message_id)
    moment = delivery.sending_at or discord.utils.utcnow()
    return discord.Object(discord.utils.time_snowflake(moment - CLOCK_SLACK))


def may_read_back(channel: Readable, me: discord.Member) -> bool:
    """Whether Herald may read what was written; where not, only the nonce prevents a double."""
    permissions = channel.permissions_for(me)
    return permissions.view_channel and permissions.read_message_history

"""Finding out what Discord did with a request whose answer never came: reading the channel back."""

from __future__ import annotations

import datetime as dt

import discord

from delivery.places import Place
from storage.records import Delivery
from ui.buttons import mark_of

CLOCK_SLACK = dt.timedelta(minutes=2)  # between this machine's clock and Discord's
ARCHIVED_THREADS = 50  # a post of ours is archived early only by hand


async def read_back(place: Place, delivery: Delivery, own_id: int) -> discord.Message | None:
    """Our message that carries the delivery's mark, written since its request left; None: there is none.

    Raises what discord.py raises where the channel cannot be read.
    """
    if isinstance(place, discord.ForumChannel):
        return await _find_post(place, delivery, own_id)
    async for message in place.history(limit=None, after=since(delivery), oldest_first=True):
        if message.author.id == own_id and mark_of(message) == delivery.mark:
            return message
    return None


async def _find_post(forum: discord.ForumChannel, delivery: Delivery, own_id: int) -> discord.Message | None:
    """The forum's post that the delivery opened: its first message has the post's own id."""
    begun = since(delivery).id
    threads = [thread for thread in await forum.guild.active_threads() if thread.parent_id == forum.id]
    threads += [thread async for thread in forum.archived_threads(limit=ARCHIVED_THREADS)]
    for thread in threads:
        if thread.id <= begun or thread.owner_id != own_id:
            continue
        try:
            first = await thread.fetch_message(thread.id)
        except discord.NotFound:  # somebody deleted the first message
            continue
        if mark_of(first) == delivery.mark:
            return first
    return None


def since(delivery: Delivery) -> discord.Object:
    """The point after which a message of this delivery must be."""
    if delivery.last_message_id is not None:
        return discord.Object(delivery.last_message_id)
    moment = delivery.sending_at or discord.utils.utcnow()
    return discord.Object(discord.utils.time_snowflake(moment - CLOCK_SLACK))


def may_read_back(place: Place, me: discord.Member) -> bool:
    """Whether Herald may read what was written; where not, only the nonce prevents a double."""
    permissions = place.permissions_for(me)
    return permissions.view_channel and permissions.read_message_history

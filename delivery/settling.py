"""Resolving a request whose answer never came by reading the channel back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import discord

from delivery.places import Place, TextPlace
from storage.records import Delivery
from ui.buttons import mark_of

CLOCK_SLACK = dt.timedelta(minutes=2)  # between this machine's clock and Discord's
IsKnown = Callable[[int], Awaitable[bool]]
ARCHIVED_THREADS = 50  # a post of ours is archived early only by hand


async def read_back(place: TextPlace, delivery: Delivery, own_id: int) -> discord.Message | None:
    """Return our message with the delivery's mark, written since its request was sent, or None.

    Raises what discord.py raises if the channel cannot be read.
    """
    async for message in place.history(limit=None, after=since(delivery), oldest_first=True):
        if message.author.id == own_id and mark_of(message) == delivery.mark:
            return message
    return None


async def find_post(
    forum: discord.ForumChannel, delivery: Delivery, own_id: int, is_known: IsKnown, *, is_readable: bool
) -> discord.Thread | None:
    """Return the forum's post that the delivery opened; None: there is none. Raises what discord.py raises.

    A post has no nonce, so it has to be found even where messages cannot be read back (not `is_readable`): the one
    that Herald opened since and that belongs to no other delivery (`is_known` says so), for there is never more than
    one request under way in a channel.
    """
    begun = since(delivery).id
    for thread in await _posts_of(forum, own_id, with_archived=is_readable):
        if thread.id <= begun:
            continue
        is_it = await _has_mark(thread, delivery.mark) if is_readable else not await is_known(thread.id)
        if is_it:
            return thread
    return None


async def _has_mark(post: discord.Thread, mark: str) -> bool:
    try:
        first = await post.fetch_message(post.id)  # a post's first message has the post's own number
    except discord.NotFound:  # somebody deleted it
        return False
    return mark_of(first) == mark


def since(delivery: Delivery) -> discord.Object:
    """Return the point after which a message of this delivery must be."""
    if delivery.last_message_id is not None:
        return discord.Object(delivery.last_message_id)
    moment = delivery.sending_at or discord.utils.utcnow()
    return discord.Object(discord.utils.time_snowflake(moment - CLOCK_SLACK))


def may_read_back(place: Place, me: discord.Member) -> bool:
    """Whether Herald may read what was written; if not, only the nonce prevents a double."""
    permissions = place.permissions_for(me)
    return permissions.view_channel and permissions.read_message_history


async def _posts_of(forum: discord.ForumChannel, own_id: int, *, with_archived: bool) -> list[discord.Thread]:
    threads = [thread for thread in await forum.guild.active_threads() if thread.parent_id == forum.id]
    if with_archived:
        threads += [thread async for thread in forum.archived_threads(limit=ARCHIVED_THREADS)]
    return [thread for thread in threads if thread.owner_id == own_id]

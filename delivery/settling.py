"""Reading a channel back, to resolve a request whose answer was lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import discord

from delivery.places import Place, TextPlace
from storage.records import Delivery
from ui.buttons import mark_of

CLOCK_SLACK = dt.timedelta(minutes=2)  # allowed difference between this machine's clock and Discord's
IsKnown = Callable[[int], Awaitable[bool]]
ARCHIVED_THREADS = 50  # last archived posts that are searched; ours are archived that early only by hand


async def read_back(place: TextPlace, delivery: Delivery, own_id: int) -> discord.Message | None:
    """Return our message with the delivery's mark, posted since its request was sent; None without one.

    Raises what discord.py raises if the channel cannot be read.
    """
    async for message in place.history(limit=None, after=since(delivery), oldest_first=True):
        if message.author.id == own_id and mark_of(message) == delivery.mark:
            return message
    return None


async def find_post(
    forum: discord.ForumChannel, delivery: Delivery, own_id: int, is_known: IsKnown, *, is_readable: bool
) -> discord.Thread | None:
    """Return the forum post that the delivery opened; None without one. Raises what discord.py raises.

    A post has no nonce, so it must be found even if messages cannot be read back (not `is_readable`). A channel never
    has more than one request in flight, so it is then the post that Herald opened since and that belongs to no other
    delivery according to `is_known`.
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
        first = await post.fetch_message(post.id)  # a post's first message has the post's own id
    except discord.NotFound:  # it was deleted
        return False
    return mark_of(first) == mark


def since(delivery: Delivery) -> discord.Object:
    """Return the message id or time after which the delivery's message was posted."""
    if delivery.last_message_id is not None:
        return discord.Object(delivery.last_message_id)
    moment = delivery.sending_at or discord.utils.utcnow()
    return discord.Object(discord.utils.time_snowflake(moment - CLOCK_SLACK))


def may_read_back(place: Place, me: discord.Member) -> bool:
    """Whether Herald may read the channel's history; if not, only the nonce prevents a duplicate."""
    permissions = place.permissions_for(me)
    return permissions.view_channel and permissions.read_message_history


async def _posts_of(forum: discord.ForumChannel, own_id: int, *, with_archived: bool) -> list[discord.Thread]:
    threads = [thread for thread in await forum.guild.active_threads() if thread.parent_id == forum.id]
    if with_archived:
        threads += [thread async for thread in forum.archived_threads(limit=ARCHIVED_THREADS)]
    return [thread for thread in threads if thread.owner_id == own_id]

"""The requests to Discord that carry out a delivery."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import discord

from delivery.addresses import without_refused
from delivery.composing import Composed
from delivery.once import single_try
from delivery.places import Place, text_place
from delivery.refusals import usable_tags
from delivery.reopening import Reopening
from digest.render.markdown import cut
from storage.records import Action, Delivery
from ui.limits import THREAD_NAME
from ui.messages import OutgoingMessage

log = logging.getLogger(__name__)

THREAD_EXISTS = 160004  # Discord's JSON error code
MOST_TAGS = 5  # most tags of a forum post


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a request: the message, and the thread that it is in or opened."""

    message_id: int | None
    thread_id: int | None = None


async def carry_out(place: Place, delivery: Delivery, composed: Composed, reopening: Reopening) -> Done:
    """Post, edit, withdraw or delete the delivery's message. Raises what discord.py raises.

    If Discord refuses URLs of the message, it is sent again without them.
    """
    message = _with_known_role(place, composed.message)
    try:
        return await _carry_out(place, delivery, composed, message, reopening)
    except discord.HTTPException as error:
        plainer = without_refused(message, error)
        if plainer is None:
            raise
    return await _carry_out(place, delivery, composed, plainer, reopening)


async def _carry_out(
    place: Place, delivery: Delivery, composed: Composed, message: OutgoingMessage, reopening: Reopening
) -> Done:
    if delivery.action is Action.POST:
        return await _post(place, delivery, composed, message)
    where = text_place(place)
    async with reopening.opened(where):
        target = where.get_partial_message(delivery.message_id or 0)
        if delivery.action is Action.DELETE:
            await target.delete()
        else:
            await target.edit(
                content=message.content,
                embed=message.embed,
                view=message.view(),
                allowed_mentions=discord.AllowedMentions.none(),
            )
    return Done(delivery.message_id)


def _with_known_role(place: Place, message: OutgoingMessage) -> OutgoingMessage:
    """Omit the mention of a deleted role, shown as @deleted-role; the checkup reports it."""
    is_gone = message.role_id is not None and place.guild.get_role(message.role_id) is None
    return replace(message, role_id=None) if is_gone else message


async def _post(place: Place, delivery: Delivery, composed: Composed, message: OutgoingMessage) -> Done:
    title = composed.issue.issue.title
    if isinstance(place, discord.ForumChannel):
        with single_try():
            opened = await place.create_thread(
                name=thread_name(title),
                content=message.content or discord.utils.MISSING,
                embed=message.embed,
                view=message.view(),
                allowed_mentions=message.allowed_mentions,
                silent=delivery.options.silent,
                applied_tags=tags_for(place, composed.topics),
            )
        return Done(opened.message.id, opened.thread.id)
    # not retried by discord.py: Discord forgets nonces, so the channel is read back before a retry
    with single_try():
        sent = await place.send(
            content=message.content,
            embed=message.embed,
            view=message.view(),
            nonce=delivery.nonce,
            allowed_mentions=message.allowed_mentions,
            silent=delivery.options.silent,
        )
    if delivery.layout.has_thread_below_header and delivery.item_id is None:
        return await open_thread(sent, title)
    return Done(sent.id, delivery.thread_id)


def tags_for(forum: discord.ForumChannel, topics: Sequence[str]) -> list[discord.ForumTag]:
    """Return the forum's tags named like one of `topics`; if none is and the forum requires one, its first tag."""
    usable = usable_tags(forum, forum.guild.me)
    wanted = {" ".join(topic.split()).casefold() for topic in topics}
    found = [tag for tag in usable if " ".join(tag.name.split()).casefold() in wanted]
    if not found and forum.flags.require_tag:
        found = usable[:1]
    return found[:MOST_TAGS]


async def open_thread(header: discord.Message | discord.PartialMessage, title: str) -> Done:
    """Open the thread below a header unless it exists; a thread has the id of its message.

    Threads and voice chats cannot contain threads: there, items are posted next to the header.
    """
    if isinstance(header.channel, discord.Thread | discord.VoiceChannel | discord.StageChannel):
        return Done(header.id, header.channel.id)
    try:
        thread = await header.create_thread(name=thread_name(title))
    except discord.HTTPException as error:
        if error.code != THREAD_EXISTS:
            raise
        return Done(header.id, header.id)
    return Done(header.id, thread.id)


def thread_name(title: str) -> str:
    """Return an issue's title as a thread name, within Discord's limit and never empty."""
    return cut(" ".join(title.split()), THREAD_NAME) or "Issue"

"""The requests that a delivery is made of."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from delivery.once import single_try
from delivery.places import Place, text_place
from digest.render.markdown import cut
from storage.records import Action, Delivery
from ui.limits import THREAD_NAME
from ui.messages import OutgoingMessage

THREAD_EXISTS = 160004  # Discord's JSON error code


@dataclass(frozen=True, slots=True)
class Done:
    """What Discord did: the message, and the thread that it is in or opened."""

    message_id: int | None
    thread_id: int | None = None


async def carry_out(place: Place, delivery: Delivery, message: OutgoingMessage, title: str) -> Done:
    """Do what the delivery asks for. Raises what discord.py raises."""
    if delivery.action is Action.POST:
        return await _post(place, delivery, message, title)
    where = text_place(place)
    if isinstance(where, discord.Thread) and where.archived and _may_open(where):
        await where.edit(archived=False)
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


def _may_open(thread: discord.Thread) -> bool:
    return not thread.locked or thread.permissions_for(thread.guild.me).manage_threads


async def _post(place: Place, delivery: Delivery, message: OutgoingMessage, title: str) -> Done:
    if isinstance(place, discord.ForumChannel):
        with single_try():
            opened = await place.create_thread(
                name=thread_name(title),
                content=message.content or discord.utils.MISSING,
                embed=message.embed,
                view=message.view(),
                allowed_mentions=message.allowed_mentions,
            )
        return Done(opened.message.id, opened.thread.id)
    sent = await place.send(
        content=message.content,
        embed=message.embed,
        view=message.view(),
        nonce=delivery.nonce,
        allowed_mentions=message.allowed_mentions,
    )
    if delivery.layout.has_thread_below_header and delivery.item_id is None and not isinstance(place, discord.Thread):
        return await open_thread(sent, title)
    return Done(sent.id, delivery.thread_id)


async def open_thread(header: discord.Message | discord.PartialMessage, title: str) -> Done:
    """Open the thread below a header, unless it is open already: its id is that of the message."""
    if isinstance(header.channel, discord.Thread):
        return Done(header.id, header.channel.id)
    try:
        thread = await header.create_thread(name=thread_name(title))
    except discord.HTTPException as error:
        if error.code != THREAD_EXISTS:
            raise
        return Done(header.id, header.id)
    return Done(header.id, thread.id)


def thread_name(title: str) -> str:
    """An issue's title as a thread's name, within Discord's limit and never empty."""
    return cut(" ".join(title.split()), THREAD_NAME) or "Issue"

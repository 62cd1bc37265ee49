"""The routes of what is done to messages: pins and reactions."""

from __future__ import annotations

from urllib.parse import unquote

from sandbox.errors import ApiError, unknown
from sandbox.rest.api import NO_CONTENT, Call, Reply, Routes
from sandbox.rest.messages import MESSAGES, readable_message, require, visible_channel
from sandbox.rules.rate_limit import Limit
from sandbox.values import Json, iso
from sandbox.world import permissions
from sandbox.world.events import Event
from sandbox.world.model import User
from sandbox.world.model_message import Message
from sandbox.world.visibility import for_bot

routes = Routes()
MAX_PINS = 250
MAX_REACTIONS = 20
REACTION = MESSAGES + "/{message_id}/reactions/{emoji}"


@routes.add("GET", MESSAGES + "/pins", limit=Limit(5, 5.0))
async def list_pins(call: Call) -> Reply:
    """List pinned messages, the last pinned first."""
    channel = visible_channel(call)
    if not call.world.permissions(call.bot, channel) & permissions.READ_MESSAGE_HISTORY:
        return Reply({"items": [], "has_more": False})
    limit = call.query_count("limit", 50, 50)
    pinned = [message for message in call.core.messages.all(channel.id) if message.pinned_at is not None]
    pinned.sort(key=lambda message: message.pinned_at or 0, reverse=True)
    items = [{"pinned_at": iso(one.pinned_at), "message": for_bot(call.core.messages, one)} for one in pinned[:limit]]
    return Reply({"items": items, "has_more": len(pinned) > limit})


@routes.add("PUT", MESSAGES + "/pins/{message_id}", limit=Limit(5, 5.0))
async def pin(call: Call) -> Reply:
    """Pin a message, for which PIN_MESSAGES is needed since 2026."""
    return _set_pin(call, pinned=True)


@routes.add("DELETE", MESSAGES + "/pins/{message_id}", limit=Limit(5, 5.0))
async def unpin(call: Call) -> Reply:
    """Take a message from the pins."""
    return _set_pin(call, pinned=False)


def _set_pin(call: Call, *, pinned: bool) -> Reply:
    channel = visible_channel(call)
    require(call, channel, permissions.PIN_MESSAGES)
    message = call.core.messages.public(channel.id, call.id("message_id"))
    count = sum(one.pinned_at is not None for one in call.core.messages.all(channel.id))
    if pinned and message.pinned_at is None and count >= MAX_PINS:
        raise ApiError(400, 30003, f"Maximum number of pins reached for the channel ({MAX_PINS})")
    now = call.world.clock.now()
    message.pinned_at = now if pinned else None
    channel.last_pin_at = now if pinned else channel.last_pin_at
    call.core.messages.touch(message)
    data: Json = {"channel_id": str(channel.id), "last_pin_timestamp": iso(channel.last_pin_at)}
    if channel.guild_id is not None:
        data["guild_id"] = str(channel.guild_id)
    call.world.bus.tell(Event("CHANNEL_PINS_UPDATE", data, channel.guild_id, channel.id))
    return NO_CONTENT


@routes.add("PUT", REACTION + "/@me", limit=Limit(1, 0.25))
async def add_reaction(call: Call) -> Reply:
    """React to a message; a new kind of reaction needs ADD_REACTIONS."""
    channel = visible_channel(call)
    message = readable_message(call, channel)
    emoji = _emoji(call)
    if emoji not in message.reactions:
        require(call, channel, permissions.ADD_REACTIONS)
        if len(message.reactions) >= MAX_REACTIONS:
            raise ApiError(400, 30010, f"Maximum number of reactions reached ({MAX_REACTIONS})")
    react(call, message, emoji, call.bot, added=True)
    return NO_CONTENT


@routes.add("DELETE", REACTION + "/@me", limit=Limit(1, 0.25))
async def remove_reaction(call: Call) -> Reply:
    """Take the bot's own reaction back."""
    channel = visible_channel(call)
    react(call, readable_message(call, channel), _emoji(call), call.bot, added=False)
    return NO_CONTENT


def _emoji(call: Call) -> str:
    emoji = unquote(call.request.match_info["emoji"])
    if emoji.isascii():
        raise unknown("Emoji")
    return emoji


def react(call: Call, message: Message, emoji: str, user: User, *, added: bool) -> None:
    """Add or remove one user's reaction and tell it, unless it changes nothing."""
    users = message.reactions.setdefault(emoji, [])
    if (user.id in users) != added:
        (users.append if added else users.remove)(user.id)
        data: Json = {
            "user_id": str(user.id),
            "channel_id": str(message.channel_id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        if message.guild_id is not None:
            data["guild_id"] = str(message.guild_id)
        name = "MESSAGE_REACTION_ADD" if added else "MESSAGE_REACTION_REMOVE"
        call.world.bus.tell(Event(name, data, message.guild_id, message.channel_id))
    if not users:
        del message.reactions[emoji]

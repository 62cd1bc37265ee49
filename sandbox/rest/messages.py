"""The routes of messages: list, read, create, edit, delete, react, pin, type."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from sandbox.errors import (
    ApiError,
    Form,
    archived_thread,
    bad_form,
    locked_thread,
    missing_access,
    missing_permissions,
    wrong_channel_type,
)
from sandbox.rest.api import NO_CONTENT, Call, Reply, Routes
from sandbox.rules import fields, messages
from sandbox.rules.rate_limit import Limit
from sandbox.values import Json, as_id, as_object, snowflake_seconds
from sandbox.world import permissions
from sandbox.world.events import Event
from sandbox.world.messages import MessageDraft
from sandbox.world.model import FORUM, NEWS, WRITABLE, Channel
from sandbox.world.model_message import FLAG_COMPONENTS_V2, FLAG_CROSSPOSTED, Message
from sandbox.world.visibility import for_bot

routes = Routes()
MESSAGES = "/channels/{channel_id}/messages"
BULK_DELETE_AGE_S = 14 * 86400
OLD_EDIT_AGE_S = 3600
OLD_EDITS = Limit(3, 20.0)
"""Edits of messages older than an hour, for each channel (code 30046; the numbers are what bots' authors report)."""


def visible_channel(call: Call) -> Channel:
    """Return the path's channel if the bot may see it."""
    channel = call.world.channel(call.id("channel_id"))
    if not call.world.may_view(call.bot, channel):
        raise missing_access()
    return channel


def require(call: Call, channel: Channel, bits: int) -> int:
    """Refuse unless the bot has all of `bits` in `channel`; return all that it has."""
    has = call.world.permissions(call.bot, channel)
    if has & bits != bits:
        raise missing_permissions()
    return has


def require_send(call: Call, channel: Channel) -> int:
    """Refuse unless the bot may write in `channel`; a thread that is archived but not locked comes back to life."""
    if channel.type == FORUM:
        raise ApiError(400, 40058, "Cannot send a message in a forum channel")
    if channel.type not in WRITABLE:
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    if channel.thread is None:
        return require(call, channel, permissions.SEND_MESSAGES)
    has = require(call, channel, permissions.SEND_MESSAGES_IN_THREADS)
    if channel.thread.locked and not has & permissions.MANAGE_THREADS:
        raise locked_thread()
    return has


def readable_message(call: Call, channel: Channel) -> Message:
    """Return the path's message if the bot may read back."""
    if not call.world.permissions(call.bot, channel) & permissions.READ_MESSAGE_HISTORY:
        raise missing_access()
    return call.core.messages.public(channel.id, call.id("message_id"))


def check_parts(has: int, body: Json, uploads: object) -> None:
    """Refuse embeds and files of one who may not post them."""
    if body.get("embeds") and not has & permissions.EMBED_LINKS:
        raise missing_permissions()
    if uploads and not has & permissions.ATTACH_FILES:
        raise missing_permissions()


@routes.add("GET", MESSAGES, limit=Limit(5, 1.0))
async def list_messages(call: Call) -> Reply:
    """List messages, newest first; without READ_MESSAGE_HISTORY there are none to see, which is no error."""
    channel = visible_channel(call)
    if channel.type == FORUM:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    limit = call.query_count("limit", 50, 100)
    places = {name: call.query_id(name) for name in ("around", "before", "after")}
    if sum(place is not None for place in places.values()) > 1:
        raise bad_form(("around",), "QUERY_EXCLUSIVE", "around, before and after are mutually exclusive.")
    if not call.world.permissions(call.bot, channel) & permissions.READ_MESSAGE_HISTORY:
        return Reply([])
    found = [message for message in call.core.messages.all(channel.id) if message.ephemeral_to is None]
    return Reply([for_bot(call.core.messages, message) for message in _page(found, places, limit)])


def _page(found: list[Message], places: dict[str, int | None], limit: int) -> list[Message]:
    """Return the messages of one page, newest first; `found` is in the order of ids."""
    ids = [message.id for message in found]
    if (after := places["after"]) is not None:
        start = bisect_right(ids, after)
        page = found[start : start + limit]
    elif (around := places["around"]) is not None:
        middle = bisect_right(ids, around)
        start = max(middle - (limit // 2 + 1), 0)
        page = found[start : start + limit]
    else:
        before = places["before"]
        end = len(ids) if before is None else bisect_left(ids, before)
        page = found[max(end - limit, 0) : end]
    return page[::-1]


@routes.add("GET", MESSAGES + "/{message_id}", limit=Limit(5, 1.0))
async def get_message(call: Call) -> Reply:
    """Return one message."""
    channel = visible_channel(call)
    return Reply(for_bot(call.core.messages, readable_message(call, channel)))


@routes.add("POST", MESSAGES, limit=Limit(5, 5.0))
async def create_message(call: Call) -> Reply:
    """Post a message."""
    channel = visible_channel(call)
    has = require_send(call, channel)
    body = call.body
    form = Form()
    flags = messages.flags_of(body)
    messages.check(form, body, v2=bool(flags & FLAG_COMPONENTS_V2))
    reference = as_object(body.get("message_reference"))
    call.verify(form)
    check_parts(has, body, call.uploads)
    # Whether a person takes direct messages shows only now: opening the channel with them succeeds all the same.
    if channel.recipients and not channel.recipients[0].accepts_dms:
        raise ApiError(403, 50007, "Cannot send messages to this user")
    # Only a message that is accepted brings the thread back; one that is refused above leaves it archived.
    revive(call, channel)
    target = None if reference is None else _replied(call, channel, reference, has)
    draft = MessageDraft(channel, call.bot, body, call.uploads, flags=messages.settable(flags, ephemeral=False))
    if target is not None:
        draft.type, draft.replied = 19, target.author
        draft.reference = {"type": 0, "channel_id": str(channel.id), "message_id": str(target.id)}
    message = call.core.messages.create(draft)
    data = for_bot(call.core.messages, message)
    # The nonce is in the answer and in the event, but not in a message that is read later.
    return Reply(data if message.nonce is None else {**data, "nonce": message.nonce})


def revive(call: Call, channel: Channel) -> None:
    """Bring an archived thread back, as writing into it does."""
    if channel.thread is not None and channel.thread.archived:
        call.world.archive_thread(channel, archived=False)


def _replied(call: Call, channel: Channel, reference: Json, has: int) -> Message | None:
    if not has & permissions.READ_MESSAGE_HISTORY:
        raise ApiError(403, 160002, "Cannot reply without permission to read message history")
    found = {message.id: message for message in call.core.messages.all(channel.id)}
    message = found.get(as_id(reference.get("message_id")) or 0)
    if message is None and reference.get("fail_if_not_exists", True):
        raise bad_form(("message_reference",), "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
    return message


@routes.add("PATCH", MESSAGES + "/{message_id}", limit=Limit(5, 5.0))
async def edit_message(call: Call) -> Reply:
    """Edit a message of the bot's own; anyone else's only as to whether its embeds show."""
    channel = visible_channel(call)
    message = call.core.messages.public(channel.id, call.id("message_id"))
    body = call.body
    if channel.thread is not None and channel.thread.archived:
        raise archived_thread()
    if message.author != call.bot:
        if set(body) - {"flags"}:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        require(call, channel, permissions.MANAGE_MESSAGES)
    # What a person or an application writes: messages, replies, and the answers to both kinds of command.
    if message.type not in {0, 19, 20, 23}:
        raise ApiError(403, 50021, "Cannot execute action on a system message")
    flags = edited_flags(message, body)
    check_edit(call, message, body, flags)
    check_parts(call.world.permissions(call.bot, channel), body, call.uploads)
    _limit_old_edits(call, message)
    call.core.messages.edit(message, body, call.uploads, flags)
    return Reply(for_bot(call.core.messages, call.core.messages.get(channel.id, message.id)))


def edited_flags(message: Message, body: Json) -> int:
    """Return the flags after an edit: a message of Components V2 stays one."""
    if body.get("flags") is None:
        return message.flags
    settable = messages.settable(messages.flags_of(body), ephemeral=False)
    return (message.flags & ~messages.SETTABLE_FLAGS) | settable | (message.flags & FLAG_COMPONENTS_V2)


def check_edit(call: Call, message: Message, body: Json, flags: int) -> None:
    """Refuse an edit that the message, as it would be then, does not allow."""
    form = Form()
    v2 = bool(flags & FLAG_COMPONENTS_V2)
    messages.check(form, body, v2=v2, editing=True)
    if v2 and not message.flags & FLAG_COMPONENTS_V2 and (_stays(message, body, "content", "embeds")):
        reason = "Content and embeds must be cleared when a message becomes one of MessageFlags.IS_COMPONENTS_V2"
        form.add(("flags",), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", reason)
    removed = body.get("flags") is not None and message.flags & ~messages.flags_of(body) & FLAG_COMPONENTS_V2
    if removed:
        reason = "The flag MessageFlags.IS_COMPONENTS_V2 cannot be removed"
        form.add(("flags",), "MESSAGE_FLAGS_COMPONENTS_V2_CANNOT_BE_REMOVED", reason)
    call.verify(form)


def _stays(message: Message, body: Json, *keys: str) -> bool:
    return any(getattr(message, key) and key not in body for key in keys)


def _limit_old_edits(call: Call, message: Message) -> None:
    if call.world.clock.now() - message.timestamp < OLD_EDIT_AGE_S:
        return
    verdict = call.core.limiter.take("PATCH old", str(message.channel_id), OLD_EDITS, is_global=False)
    if verdict.allowed:
        return
    error = ApiError(
        429,
        30046,
        "Maximum number of edits to messages older than 1 hour reached. Try again later.",
        extra={"retry_after": round(verdict.retry_after_s, 3), "global": False},
    )
    error.headers = verdict.headers | {"Via": "1.1 sandbox", "X-RateLimit-Scope": "shared"}
    raise error


@routes.add("POST", MESSAGES + "/{message_id}/crosspost", limit=Limit(10, 3600.0))
async def crosspost(call: Call) -> Reply:
    """Hand a message of an announcement channel on to its followers."""
    channel = visible_channel(call)
    if channel.type != NEWS:
        raise wrong_channel_type()
    message = call.core.messages.public(channel.id, call.id("message_id"))
    require(call, channel, permissions.SEND_MESSAGES)
    if message.author.id != call.bot.id:
        require(call, channel, permissions.MANAGE_MESSAGES)
    if message.flags & FLAG_CROSSPOSTED:
        raise ApiError(400, 40033, "This message has already been crossposted")
    # The copies are in servers that the bot may not even be in: to it the flag is all there is.
    message.flags |= FLAG_CROSSPOSTED
    call.core.messages.touch(message)
    return Reply(for_bot(call.core.messages, message))


@routes.add("DELETE", MESSAGES + "/{message_id}", limit=Limit(5, 1.0))
async def delete_message(call: Call) -> Reply:
    """Delete a message: one's own, or with MANAGE_MESSAGES anyone's."""
    channel = visible_channel(call)
    message = call.core.messages.public(channel.id, call.id("message_id"))
    if message.author != call.bot:
        require(call, channel, permissions.MANAGE_MESSAGES)
    if channel.thread is not None and channel.thread.archived:
        raise archived_thread()
    call.core.messages.delete(message)
    return NO_CONTENT


@routes.add("POST", MESSAGES + "/bulk-delete", limit=Limit(1, 1.0))
async def delete_messages(call: Call) -> Reply:
    """Delete 2 to 100 messages that are younger than two weeks; those that are not there are passed over."""
    channel = visible_channel(call)
    require(call, channel, permissions.MANAGE_MESSAGES)
    form = Form()
    wanted = fields.snowflakes(form, call.body, "messages", (), 100)
    form.check()
    if len(set(wanted)) < 2:
        message = "Provided too few or too many messages to delete."
        raise ApiError(400, 50016, f"{message} Must provide at least 2 and at most 100 messages to delete")
    call.verify(form)
    oldest = call.world.clock.now() - BULK_DELETE_AGE_S
    if any(snowflake_seconds(identifier) < oldest for identifier in wanted):
        raise ApiError(400, 50034, "You can only bulk delete messages that are under 14 days old.")
    # What is not there is passed over without a word, as Discord does.
    here = call.core.messages.all(channel.id)
    found = [message for message in here if message.id in wanted and message.ephemeral_to is None]
    call.core.messages.delete_many(channel, found)
    return NO_CONTENT


@routes.add("POST", "/channels/{channel_id}/typing", limit=Limit(5, 5.0))
async def start_typing(call: Call) -> Reply:
    """Show that the bot is writing."""
    channel = visible_channel(call)
    require_send(call, channel)
    data: Json = {"channel_id": str(channel.id), "user_id": str(call.bot.id), "timestamp": int(call.world.clock.now())}
    if channel.guild_id is not None:
        data["guild_id"] = str(channel.guild_id)
    call.world.bus.tell(Event("TYPING_START", data, channel.guild_id, channel.id))
    return NO_CONTENT

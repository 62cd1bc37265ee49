"""The routes of threads and forum posts: start, list, join."""

from __future__ import annotations

from datetime import datetime

from sandbox.errors import ApiError, Form, archived_thread, bad_form, missing_access, unknown, wrong_channel_type
from sandbox.rest.api import NO_CONTENT, Call, Reply, Routes
from sandbox.rest.messages import check_parts, require, visible_channel
from sandbox.rules import fields, messages
from sandbox.rules.fields import TextLimits
from sandbox.rules.rate_limit import Limit
from sandbox.values import Json, as_object
from sandbox.world import permissions
from sandbox.world.events import Event
from sandbox.world.messages import MessageDraft
from sandbox.world.model import (
    CHANNEL_FLAG_REQUIRE_TAG,
    FORUM,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    THREADED,
    Channel,
    Guild,
    Thread,
)
from sandbox.world.model_message import FLAG_COMPONENTS_V2, FLAG_HAS_THREAD
from sandbox.world.visibility import for_bot

routes = Routes()
DURATIONS = (60, 1440, 4320, 10080)
NEW_THREADS = Limit(10, 10.0)
"""Threads started in one channel (assumed)."""
MAX_ACTIVE = 1000
MAX_TAGS = 5


def _checked_name(call: Call) -> tuple[Form, str]:
    form = Form()
    name = fields.text(form, call.body, "name", (), TextLimits(fields.THREAD_NAME, 1, required=True)) or ""
    fields.choice(form, call.body, "auto_archive_duration", (), DURATIONS)
    fields.integer(form, call.body, "rate_limit_per_user", (), (0, 21600))
    return form, name


def _started(call: Call, parent: Channel, name: str, identifier: int | None = None) -> tuple[Channel, Thread]:
    guild = call.world.guilds[parent.guild_id or 0]
    active = sum(one.thread is not None and not one.thread.archived for one in guild.threads.values())
    # For the whole server, not for one channel; archived threads do not count.
    if active >= MAX_ACTIVE:
        raise ApiError(400, 160006, "Maximum number of active threads reached")
    channel = call.world.add_thread(parent, name, call.bot, identifier=identifier)
    thread = channel.thread
    if thread is None:
        raise ValueError("a thread without its state")
    thread.auto_archive_duration = call.body.get("auto_archive_duration") or 1440
    return channel, thread


def _tell_created(call: Call, channel: Channel) -> None:
    data = {**channel.to_json(call.bot.id), "newly_created": True}
    call.world.bus.tell(Event("THREAD_CREATE", data, channel.guild_id, channel.id))


@routes.add("POST", "/channels/{channel_id}/messages/{message_id}/threads", limit=NEW_THREADS)
async def start_from_message(call: Call) -> Reply:
    """Start a thread at a message, whose id becomes the thread's."""
    parent = visible_channel(call)
    require(call, parent, permissions.CREATE_PUBLIC_THREADS)
    message = call.core.messages.public(parent.id, call.id("message_id"))
    if parent.type not in THREADED:
        raise wrong_channel_type()
    form, name = _checked_name(call)
    call.verify(form)
    if message.flags & FLAG_HAS_THREAD:
        raise ApiError(400, 160004, "A thread has already been created for this message")
    channel, _ = _started(call, parent, name, message.id)
    message.flags |= FLAG_HAS_THREAD
    _tell_created(call, channel)
    call.core.messages.touch(message)
    reference: Json = {"type": 0, "channel_id": str(parent.id), "message_id": str(message.id)}
    # The thread begins with a system message that repeats the one it starts from.
    call.core.messages.create(MessageDraft(channel, call.bot, {}, type=21, reference=reference))
    return Reply(channel.to_json(call.bot.id), 201)


@routes.add("POST", "/channels/{channel_id}/threads", limit=NEW_THREADS)
async def start(call: Call) -> Reply:
    """Start a thread without a message, or a forum's post with its first one."""
    parent = visible_channel(call)
    if parent.type == FORUM:
        return _post(call, parent)
    if parent.type not in THREADED:
        raise wrong_channel_type()
    # Without a type Discord makes a private thread, to this day.
    kind = call.body.get("type", PRIVATE_THREAD)
    private = kind == PRIVATE_THREAD
    require(call, parent, permissions.CREATE_PRIVATE_THREADS if private else permissions.CREATE_PUBLIC_THREADS)
    form, name = _checked_name(call)
    fields.choice(form, call.body, "type", (), (10, PUBLIC_THREAD, PRIVATE_THREAD))
    call.verify(form)
    channel, _ = _started(call, parent, name)
    channel.type = kind
    _tell_created(call, channel)
    if not private:
        reference: Json = {"type": 0, "channel_id": str(channel.id)}
        # In the channel above a system message says that somebody started a thread.
        call.core.messages.create(MessageDraft(parent, call.bot, {"content": name}, type=18, reference=reference))
    return Reply(channel.to_json(call.bot.id), 201)


def _post(call: Call, forum: Channel) -> Reply:
    has = require(call, forum, permissions.SEND_MESSAGES)
    form, name = _checked_name(call)
    body = as_object(call.body.get("message"))
    if body is None:
        raise bad_form(("message",), "BASE_TYPE_REQUIRED", "This field is required")
    flags = messages.flags_of(body)
    inner = Form()
    messages.check(inner, body, v2=bool(flags & FLAG_COMPONENTS_V2))
    form.take(inner, ("message",))
    call.verify(form)
    check_parts(has, body, call.uploads)
    tags = forum_tags(call, forum)
    channel, thread = _started(call, forum, name)
    thread.applied_tags = tags
    forum.last_message_id = channel.id
    flags = messages.settable(flags, ephemeral=False)
    draft = MessageDraft(channel, call.bot, body, call.uploads, flags=flags)
    try:
        message = call.core.messages.create_first(draft, channel.id, lambda: _tell_created(call, channel))
    # A post whose first message is refused never was: it would be there empty.
    except ApiError:
        del call.world.guilds[forum.guild_id or 0].threads[channel.id]
        raise
    return Reply({**channel.to_json(call.bot.id), "message": for_bot(call.core.messages, message)}, 201)


def forum_tags(call: Call, forum: Channel) -> list[int]:
    """Return the tags that a body gives to a post of `forum`, or refuse them."""
    form = Form()
    wanted = fields.snowflakes(form, call.body, "applied_tags", (), MAX_TAGS)
    known = {tag.id: tag for tag in forum.tags}
    for index, tag in enumerate(wanted):
        if tag not in known:
            form.add(("applied_tags", index), "INVALID_FORUM_TAG", "Unknown tag")
    form.check()
    # Tags of moderators, and "no tag at all is left to you" if there are only such, are answers of their own.
    moderator = bool(call.world.permissions(call.bot, forum) & permissions.MANAGE_THREADS)
    if not moderator and any(known[tag].moderated for tag in wanted):
        raise ApiError(403, 50013, "Missing Permissions")
    if forum.flags & CHANNEL_FLAG_REQUIRE_TAG and not wanted:
        raise _tag_required(forum, moderator=moderator)
    return wanted


def _tag_required(forum: Channel, *, moderator: bool) -> ApiError:
    if not moderator and all(tag.moderated for tag in forum.tags):
        return ApiError(400, 40066, "There are no tags available that can be set by non-moderators")
    return ApiError(400, 40067, "A tag is required to create a forum post in this channel")


# ---- finding threads ------------------------------------------------------------------------------------------------


@routes.add("GET", "/guilds/{guild_id}/threads/active")
async def list_active(call: Call) -> Reply:
    """List a guild's active threads that the bot sees."""
    guild = call.world.guild(call.id("guild_id"))
    if call.bot.id not in guild.members:
        raise missing_access()
    found = [
        channel
        for channel in guild.threads.values()
        if channel.thread and not channel.thread.archived and call.world.may_view(call.bot, channel)
    ]
    found.sort(key=lambda channel: channel.id, reverse=True)
    return Reply(_listing(call, found))


def _listing(call: Call, found: list[Channel]) -> Json:
    bot_id = call.bot.id
    joined = [
        one.thread_member_json(one.thread, bot_id) for one in found if one.thread and bot_id in one.thread.members
    ]
    return {"threads": [channel.to_json(bot_id) for channel in found], "members": joined}


@routes.add("GET", "/channels/{channel_id}/threads/archived/public")
async def list_archived(call: Call) -> Reply:
    """List a channel's archived public threads, the last archived first."""
    parent = visible_channel(call)
    require(call, parent, permissions.READ_MESSAGE_HISTORY)
    limit = call.query_count("limit", 50, 100)
    before = _time(call.request.query.get("before"))
    guild = call.world.guilds[parent.guild_id or 0]
    archived = _archived(guild, parent)
    # to the microsecond, as the times were told
    found = archived if before is None else [one for one in archived if round(one[0], 6) < round(before, 6)]
    found.sort(key=lambda one: one[0], reverse=True)
    page = [channel for _, channel in found[:limit]]
    return Reply({**_listing(call, page), "has_more": len(found) > limit})


def _time(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value.replace(" ", "+")).timestamp()
    except ValueError:
        raise bad_form(("before",), "DATE_TIME_TYPE_PARSE", f"Could not parse {value}. Should be ISO8601.") from None


@routes.add("PUT", "/channels/{channel_id}/thread-members/@me")
async def join(call: Call) -> Reply:
    """Join a thread."""
    return _take_part(call, joins=True)


@routes.add("DELETE", "/channels/{channel_id}/thread-members/@me")
async def leave(call: Call) -> Reply:
    """Leave a thread."""
    return _take_part(call, joins=False)


def _take_part(call: Call, *, joins: bool) -> Reply:
    channel = visible_channel(call)
    thread = channel.thread
    if thread is None:
        raise wrong_channel_type()
    if thread.archived:
        raise archived_thread()
    if not joins:
        thread.members.pop(call.bot.id, None)
    elif call.bot.id not in thread.members:
        thread.members[call.bot.id] = call.world.clock.now()
        data = {**channel.thread_member_json(thread, call.bot.id), "guild_id": str(channel.guild_id)}
        call.world.bus.tell(Event("THREAD_MEMBER_UPDATE", data, channel.guild_id, channel.id))
    return NO_CONTENT


@routes.add("GET", "/channels/{channel_id}/thread-members")
async def list_members(call: Call) -> Reply:
    """List who takes part in a thread."""
    channel = visible_channel(call)
    if channel.thread is None:
        raise unknown("Channel")
    return Reply([channel.thread_member_json(channel.thread, user_id) for user_id in channel.thread.members])


def _archived(guild: Guild, parent: Channel) -> list[tuple[float, Channel]]:
    """Return a channel's archived public threads, each with the moment that it was archived at."""
    public = [one for one in guild.threads.values() if one.parent_id == parent.id and one.type != PRIVATE_THREAD]
    return [(one.thread.archived_at, one) for one in public if one.thread and one.thread.archived]

"""The routes of channels themselves: read, make, change, delete, and their permissions."""

from __future__ import annotations

from sandbox.errors import ApiError, Form, archived_thread, missing_access, unknown
from sandbox.rest.api import NO_CONTENT, Call, Reply, Routes
from sandbox.rest.messages import require, visible_channel
from sandbox.rest.threads import DURATIONS, forum_tags
from sandbox.rules import fields
from sandbox.rules.fields import TextLimits
from sandbox.rules.rate_limit import Limit
from sandbox.values import Json, as_id
from sandbox.world import permissions
from sandbox.world.model import (
    CATEGORY,
    CHANNEL_FLAG_PINNED,
    CHANNEL_FLAG_REQUIRE_TAG,
    FORUM,
    NEWS,
    TEXT,
    Channel,
    ForumTag,
    Overwrite,
    Thread,
)

routes = Routes()
KINDS = (TEXT, CATEGORY, NEWS, FORUM)
MAX_CHANNELS = 500
CHANGES = Limit(5, 15.0)
"""Changes of one channel or thread (assumed; Discord also counts renames, 2 in 10 minutes)."""


@routes.add("GET", "/channels/{channel_id}")
async def get_channel(call: Call) -> Reply:
    """Return a channel."""
    return Reply(visible_channel(call).to_json(call.bot.id))


@routes.add("DELETE", "/channels/{channel_id}", limit=CHANGES)
async def delete_channel(call: Call) -> Reply:
    """Delete a channel or thread."""
    channel = visible_channel(call)
    if channel.guild_id is None:
        return Reply(channel.to_json(call.bot.id))
    needed = permissions.MANAGE_CHANNELS if channel.thread is None else permissions.MANAGE_THREADS
    require(call, channel, needed)
    # Discord answers with the channel as it was.
    gone = channel.to_json(call.bot.id)
    call.world.delete_channel(channel)
    return Reply(gone)


@routes.add("PATCH", "/channels/{channel_id}", limit=CHANGES)
async def modify_channel(call: Call) -> Reply:
    """Change a channel or thread."""
    channel = visible_channel(call)
    if channel.guild_id is None:
        raise ApiError(400, 50003, "Cannot execute action on a DM channel")
    if channel.thread is not None:
        _modify_thread(call, channel, channel.thread)
        call.world.tell_channel("THREAD_UPDATE", channel)
    else:
        require(call, channel, permissions.MANAGE_CHANNELS)
        _modify(call, channel)
        call.world.tell_channel("CHANNEL_UPDATE", channel)
    return Reply(channel.to_json(call.bot.id))


def _modify_thread(call: Call, channel: Channel, thread: Thread) -> None:
    body = call.body
    moderator = bool(call.world.permissions(call.bot, channel) & permissions.MANAGE_THREADS)
    form = Form()
    fields.text(form, body, "name", (), TextLimits(fields.THREAD_NAME, 1))
    fields.choice(form, body, "auto_archive_duration", (), DURATIONS)
    fields.integer(form, body, "rate_limit_per_user", (), (0, 21600))
    for key in ("archived", "locked"):
        fields.boolean(form, body, key, ())
    call.verify(form)
    # An archived thread takes no change but the one that brings it back, alone or together with others.
    reviving = body.get("archived") is False
    if thread.archived and not reviving and set(body) - {"archived", "locked"}:
        raise archived_thread()
    _require_for_thread(call, channel, thread, moderator=moderator, reviving=reviving)
    if "applied_tags" in body:
        thread.applied_tags = forum_tags(call, call.world.channel(channel.parent_id or 0))
    _change_thread(channel, thread, body, now=call.world.clock.now())


def _change_thread(channel: Channel, thread: Thread, body: Json, *, now: float) -> None:
    if body.get("archived") is not None:
        thread.archived, thread.archived_at = body["archived"], now
    thread.locked = thread.locked if body.get("locked") is None else body["locked"]
    thread.auto_archive_duration = body.get("auto_archive_duration") or thread.auto_archive_duration
    channel.name = body.get("name") or channel.name
    if isinstance(body.get("flags"), int):
        channel.flags = body["flags"] & CHANNEL_FLAG_PINNED


def _require_for_thread(call: Call, channel: Channel, thread: Thread, *, moderator: bool, reviving: bool) -> None:
    """Refuse a change that only a moderator, or the thread's owner, may make."""
    body = call.body
    if moderator:
        return
    if thread.locked or body.get("locked") is not None:
        require(call, channel, permissions.MANAGE_THREADS)
    # Whoever may write in a thread may bring it back, which writing would do as well.
    if reviving and not set(body) - {"archived"}:
        require(call, channel, permissions.SEND_MESSAGES_IN_THREADS)
    elif thread.owner_id != call.bot.id:
        require(call, channel, permissions.MANAGE_THREADS)


def _checked(call: Call, form: Form, channel: Channel) -> None:
    body = call.body
    fields.text(form, body, "topic", (), TextLimits(4096 if channel.type == FORUM else 1024))
    fields.integer(form, body, "position", (), (0, 2**31 - 1))
    fields.integer(form, body, "rate_limit_per_user", (), (0, 21600))
    fields.boolean(form, body, "nsfw", ())
    for index, tag in enumerate(fields.objects(form, body, "available_tags", (), 20)):
        fields.text(form, tag, "name", ("available_tags", index), TextLimits(20, 1, required=True))
    guild = call.world.guilds[channel.guild_id or 0]
    parent = as_id(body.get("parent_id"))
    if body.get("parent_id") is not None and (parent not in guild.channels or guild.channels[parent].type != CATEGORY):
        form.add(("parent_id",), "CHANNEL_PARENT_INVALID", "Category does not exist")


def _modify(call: Call, channel: Channel) -> None:
    form = Form()
    fields.text(form, call.body, "name", (), TextLimits(100, 1))
    _checked(call, form, channel)
    overwrites = _overwrites(form, call.body)
    call.verify(form)
    if overwrites is not None:
        require(call, channel, permissions.MANAGE_ROLES)
    _apply(call, channel, overwrites)


def _apply(call: Call, channel: Channel, overwrites: dict[int, Overwrite] | None) -> None:
    body = call.body
    channel.name = body.get("name") or channel.name
    channel.topic = body.get("topic", channel.topic)
    channel.position = body.get("position") or channel.position
    channel.nsfw = bool(body.get("nsfw", channel.nsfw))
    channel.rate_limit_per_user = body.get("rate_limit_per_user") or 0
    if "parent_id" in body:
        channel.parent_id = as_id(body["parent_id"])
    if overwrites is not None:
        channel.overwrites = overwrites
    if isinstance(body.get("flags"), int):
        channel.flags = body["flags"] & CHANNEL_FLAG_REQUIRE_TAG
    if body.get("available_tags") is not None:
        channel.tags = [
            ForumTag(as_id(tag.get("id")) or call.world.ids.next(), tag["name"], tag.get("moderated") is True)
            for tag in body["available_tags"]
        ]


def _overwrites(form: Form, body: Json) -> dict[int, Overwrite] | None:
    if body.get("permission_overwrites") is None:
        return None
    found: dict[int, Overwrite] = {}
    for index, one in enumerate(fields.objects(form, body, "permission_overwrites", (), 1000)):
        made = _overwrite(form, as_id(one.get("id")), one, ("permission_overwrites", index))
        if made is not None:
            found[made.id] = made
    return found


def _overwrite(form: Form, target: int | None, one: Json, path: fields.Path) -> Overwrite | None:
    fields.choice(form, one, "type", path, (0, 1))
    bits = [as_id(one.get(key) or 0) for key in ("allow", "deny")]
    if target is None or bits[0] is None or bits[1] is None:
        form.add(path, "NUMBER_TYPE_COERCE", "An overwrite needs an id and permissions.")
        return None
    return Overwrite(target, one.get("type") or 0, bits[0], bits[1])


@routes.add("PUT", "/channels/{channel_id}/permissions/{target_id}", limit=CHANGES)
async def set_permissions(call: Call) -> Reply:
    """Set what a role or member may do in a channel."""
    channel = visible_channel(call)
    has = require(call, channel, permissions.MANAGE_ROLES)
    form = Form()
    made = _overwrite(form, call.id("target_id"), call.body, ())
    call.verify(form)
    if made is not None:
        # Nobody grants or takes what they do not have themselves.
        if (made.allow | made.deny) & ~has:
            raise ApiError(403, 50013, "Missing Permissions")
        channel.overwrites[made.id] = made
        call.world.tell_channel("CHANNEL_UPDATE", channel)
    return NO_CONTENT


@routes.add("DELETE", "/channels/{channel_id}/permissions/{target_id}", limit=CHANGES)
async def delete_permissions(call: Call) -> Reply:
    """Take a role's or member's overwrite out of a channel."""
    channel = visible_channel(call)
    require(call, channel, permissions.MANAGE_ROLES)
    if channel.overwrites.pop(call.id("target_id"), None) is None:
        raise ApiError(404, 10009, "Unknown Overwrite")
    call.world.tell_channel("CHANNEL_UPDATE", channel)
    return NO_CONTENT


@routes.add("GET", "/guilds/{guild_id}/channels")
async def list_channels(call: Call) -> Reply:
    """List a guild's channels, without threads."""
    guild = call.world.guild(call.id("guild_id"))
    if call.bot.id not in guild.members:
        raise missing_access()
    return Reply([channel.to_json(call.bot.id) for channel in guild.channels.values()])


@routes.add("POST", "/guilds/{guild_id}/channels", limit=Limit(10, 10.0))
async def create_channel(call: Call) -> Reply:
    """Make a channel."""
    guild = call.world.guild(call.id("guild_id"))
    member = guild.members.get(call.bot.id)
    if member is None:
        raise unknown("Guild")
    if not permissions.in_guild(guild, member) & permissions.MANAGE_CHANNELS:
        raise ApiError(403, 50013, "Missing Permissions")
    if len(guild.channels) >= MAX_CHANNELS:
        raise ApiError(400, 30013, f"Maximum number of guild channels reached ({MAX_CHANNELS})")
    form = Form()
    name = fields.text(form, call.body, "name", (), TextLimits(100, 1, required=True)) or ""
    kind = call.body.get("type") or TEXT
    fields.choice(form, call.body, "type", (), KINDS)
    draft = Channel(0, kind if isinstance(kind, int) else TEXT, name, guild.id)
    _checked(call, form, draft)
    overwrites = _overwrites(form, call.body)
    call.verify(form)
    channel = call.world.add_channel(guild, name, kind)
    _apply(call, channel, overwrites)
    call.world.tell_channel("CHANNEL_UPDATE", channel)
    return Reply(channel.to_json(call.bot.id), 201)

"""The routes of webhooks, which are also those of an interaction's follow-ups (then the id is the application's)."""

from __future__ import annotations

import secrets

from sandbox.errors import ApiError, Form, unknown, wrong_channel_type
from sandbox.rest.api import NO_CONTENT, Call, Reply, Routes
from sandbox.rest.interactions import FOLLOW_UPS, change, fill, follow_up, token_message
from sandbox.rest.messages import require, visible_channel
from sandbox.rest.threads import forum_tags
from sandbox.rules import fields, messages
from sandbox.rules.fields import TextLimits
from sandbox.rules.rate_limit import Limit
from sandbox.values import Json
from sandbox.world import permissions
from sandbox.world.events import Event
from sandbox.world.messages import MessageDraft
from sandbox.world.model import FORUM, THREADED, Channel, User
from sandbox.world.model_message import FLAG_COMPONENTS_V2, FLAG_LOADING, Message, Webhook

routes = Routes()
EXECUTE = "/webhooks/{webhook_id}/{webhook_token}"
ITS_MESSAGE = EXECUTE + "/messages/{message_id}"
MAX_WEBHOOKS = 15


@routes.add("GET", "/channels/{channel_id}/webhooks")
async def list_webhooks(call: Call) -> Reply:
    """List a channel's webhooks."""
    channel = visible_channel(call)
    require(call, channel, permissions.MANAGE_WEBHOOKS)
    return Reply([hook.to_json() for hook in call.world.webhooks.values() if hook.channel_id == channel.id])


@routes.add("POST", "/channels/{channel_id}/webhooks", limit=Limit(5, 5.0))
async def create_webhook(call: Call) -> Reply:
    """Make a webhook."""
    channel = visible_channel(call)
    require(call, channel, permissions.MANAGE_WEBHOOKS)
    if channel.type not in THREADED | {FORUM}:
        raise wrong_channel_type()
    form = Form()
    name = fields.text(form, call.body, "name", (), TextLimits(80, 1, required=True)) or ""
    # Discord keeps these names for itself.
    for word in ("clyde", "discord"):
        if word in name.lower():
            form.add(("name",), "USERNAME_INVALID_CONTAINS", f'Username cannot contain "{word}"')
    call.verify(form)
    if sum(hook.channel_id == channel.id for hook in call.world.webhooks.values()) >= MAX_WEBHOOKS:
        raise ApiError(400, 30007, f"Maximum number of webhooks reached ({MAX_WEBHOOKS})")
    made = Webhook(
        call.world.ids.next(),
        secrets.token_urlsafe(48),
        channel.id,
        channel.guild_id or 0,
        name,
        call.bot,
        call.bot.id,
    )
    call.world.webhooks[made.id] = made
    data: Json = {"guild_id": str(channel.guild_id), "channel_id": str(channel.id)}
    call.world.bus.tell(Event("WEBHOOKS_UPDATE", data, channel.guild_id, channel.id))
    return Reply(made.to_json())


@routes.add("GET", "/webhooks/{webhook_id}")
async def get_webhook(call: Call) -> Reply:
    """Return a webhook."""
    return Reply(_managed(call).to_json())


@routes.add("DELETE", "/webhooks/{webhook_id}")
async def delete_webhook(call: Call) -> Reply:
    """Delete a webhook."""
    del call.world.webhooks[_managed(call).id]
    return NO_CONTENT


def _managed(call: Call) -> Webhook:
    hook = call.world.webhooks.get(call.id("webhook_id"))
    if hook is None:
        raise unknown("Webhook")
    require(call, call.world.channel(hook.channel_id), permissions.MANAGE_WEBHOOKS)
    return hook


def _by_token(call: Call) -> Webhook | None:
    """Return the path's webhook, None for the application's own id, or refuse."""
    identifier = call.id("webhook_id")
    # Follow-ups of an interaction go to an address of the same shape, with the application's id.
    if identifier == call.bot.id:
        return None
    hook = call.world.webhooks.get(identifier)
    if hook is None:
        raise unknown("Webhook")
    if not secrets.compare_digest(hook.token, call.request.match_info["webhook_token"]):
        raise ApiError(401, 50027, "Invalid Webhook Token")
    return hook


@routes.add("GET", EXECUTE, open_=True)
async def get_webhook_by_token(call: Call) -> Reply:
    """Return a webhook to one who knows its token."""
    hook = _by_token(call)
    if hook is None:
        raise unknown("Webhook")
    return Reply(hook.to_json())


@routes.add("POST", EXECUTE, limit=FOLLOW_UPS, open_=True)
async def execute(call: Call) -> Reply:
    """Post by a webhook, or follow an interaction up."""
    hook = _by_token(call)
    if hook is None:
        message = follow_up(call)
        return Reply(call.core.messages.to_json(message, call.bot))
    message = _post(call, hook)
    return Reply(call.core.messages.to_json(message, call.bot)) if call.query_flag("wait") else NO_CONTENT


def _post(call: Call, hook: Webhook) -> Message:
    body = call.body
    form = Form()
    flags = messages.flags_of(body)
    messages.check(form, body, v2=bool(flags & FLAG_COMPONENTS_V2))
    username = fields.text(form, body, "username", (), TextLimits(80, 1)) or hook.name
    fields.text(form, body, "thread_name", (), TextLimits(fields.THREAD_NAME, 1))
    call.verify(form)
    channel = _target(call, hook)
    author = User(hook.id, username, bot=True)
    flags = messages.settable(flags, ephemeral=False)
    owner = hook.application_id
    return call.core.messages.create(
        MessageDraft(channel, author, body, call.uploads, flags=flags, webhook_id=hook.id, application_id=owner)
    )


def _target(call: Call, hook: Webhook) -> Channel:
    """Return where a webhook's message goes: its channel, a thread of it, or a new post of its forum."""
    channel = call.world.channel(hook.channel_id)
    thread_id, name = call.query_id("thread_id"), call.body.get("thread_name")
    if thread_id is not None:
        thread = call.world.channel(thread_id)
        if thread.parent_id != channel.id:
            raise unknown("Channel")
        # That a thread is archived alone does not keep a webhook out.
        if thread.thread is not None and thread.thread.locked:
            raise ApiError(400, 50083, "Thread is archived")
        return thread
    if channel.type != FORUM:
        if name is not None:
            raise ApiError(400, 220003, "Webhooks can only create threads in forum channels")
        return channel
    if name is None:
        raise ApiError(400, 220001, "Webhooks posted to forum channels must have a thread_name or thread_id")
    thread = call.world.add_thread(channel, name, call.bot)
    if thread.thread is not None:
        thread.thread.applied_tags = forum_tags(call, channel)
    call.world.tell_channel("THREAD_CREATE", thread)
    return thread


def _its_message(call: Call, hook: Webhook) -> Message:
    place = call.query_id("thread_id") or hook.channel_id
    message = call.core.messages.get(place, call.id("message_id"))
    if message.webhook_id != hook.id:
        raise unknown("Message")
    return message


def _any_message(call: Call) -> Message:
    hook = _by_token(call)
    return token_message(call, call.request.match_info["message_id"]) if hook is None else _its_message(call, hook)


@routes.add("GET", ITS_MESSAGE, limit=FOLLOW_UPS, open_=True)
async def get_message(call: Call) -> Reply:
    """Return a message of a webhook or an interaction."""
    return Reply(call.core.messages.to_json(_any_message(call), call.bot))


@routes.add("PATCH", ITS_MESSAGE, limit=FOLLOW_UPS, open_=True)
async def edit_message(call: Call) -> Reply:
    """Edit a message of a webhook or an interaction."""
    message = _any_message(call)
    edited = fill(call, message) if message.flags & FLAG_LOADING else change(call, message, call.body)
    return Reply(call.core.messages.to_json(edited, call.bot))


@routes.add("DELETE", ITS_MESSAGE, limit=FOLLOW_UPS, open_=True)
async def delete_message(call: Call) -> Reply:
    """Delete a message of a webhook or an interaction."""
    call.core.messages.delete(_any_message(call))
    return NO_CONTENT

"""The routes of guilds, members, roles, users, direct messages and of the bot itself."""

from __future__ import annotations

from sandbox.errors import ApiError, Form, missing_access, missing_permissions, unknown
from sandbox.rest.api import NO_CONTENT, Call, Reply, Routes
from sandbox.rules import fields
from sandbox.rules.fields import TextLimits
from sandbox.rules.rate_limit import Limit
from sandbox.values import Json, as_id
from sandbox.world import permissions
from sandbox.world.model import Guild, Member

routes = Routes()


def _guild(call: Call) -> Guild:
    guild = call.world.guild(call.id("guild_id"))
    if call.bot.id not in guild.members:
        raise missing_access()
    return guild


# ---- the bot --------------------------------------------------------------------------------------------------------


@routes.add("GET", "/gateway", open_=True)
async def gateway(call: Call) -> Reply:
    """Tell where the gateway is."""
    return Reply({"url": _gateway_url(call)})


@routes.add("GET", "/gateway/bot")
async def gateway_bot(call: Call) -> Reply:
    """Tell where the gateway is and how often it may be entered."""
    known = call.core.gateway
    limits: Json = {**known.logins, "max_concurrency": known.max_concurrency}
    return Reply({"url": _gateway_url(call), "shards": known.shards, "session_start_limit": limits})


def _gateway_url(call: Call) -> str:
    return call.core.url.replace("http", "ws", 1) + "/gateway"


@routes.add("GET", "/users/@me")
async def me(call: Call) -> Reply:
    """Return the bot's user."""
    extra: Json = {"verified": True, "mfa_enabled": False, "locale": "en-US", "email": None}
    return Reply(call.bot.to_json() | extra)


@routes.add("PATCH", "/users/@me", limit=Limit(2, 3600.0))
async def rename_me(call: Call) -> Reply:
    """Change the bot's name."""
    form = Form()
    name = fields.text(form, call.body, "username", (), TextLimits(32, 2))
    call.verify(form)
    call.bot.username = name or call.bot.username
    return Reply(call.bot.to_json())


@routes.add("GET", "/applications/@me")
async def application(call: Call) -> Reply:
    """Return the bot's application."""
    return Reply(call.world.application())


@routes.add("GET", "/oauth2/applications/@me")
async def oauth_application(call: Call) -> Reply:
    """Return the bot's application, at its older address."""
    return Reply(call.world.application())


@routes.add("POST", "/auth/logout")
async def logout(_: Call) -> Reply:
    """Take the bot's farewell."""
    return NO_CONTENT


@routes.add("GET", "/users/@me/guilds")
async def my_guilds(call: Call) -> Reply:
    """List the bot's guilds."""
    found: list[Json] = []
    for guild in call.world.guilds.values():
        if (member := guild.members.get(call.bot.id)) is not None:
            bits = str(permissions.in_guild(guild, member))
            brief: Json = {"id": str(guild.id), "name": guild.name, "icon": None, "owner": False, "features": []}
            found.append({**brief, "permissions": bits})
    return Reply(found)


# ---- users and direct messages --------------------------------------------------------------------------------------


@routes.add("GET", "/users/{user_id}")
async def get_user(call: Call) -> Reply:
    """Return a user."""
    user = call.world.users.get(call.id("user_id"))
    if user is None:
        raise unknown("User")
    return Reply(user.to_json())


@routes.add("POST", "/users/@me/channels", limit=Limit(10, 10.0))
async def open_dm(call: Call) -> Reply:
    """Return the direct message channel with a user; whether messages are welcome shows only when one is sent."""
    form = Form()
    recipient = as_id(call.body.get("recipient_id"))
    if recipient is None:
        form.add(("recipient_id",), "BASE_TYPE_REQUIRED", "This field is required")
    call.verify(form)
    user = call.world.users.get(recipient or 0)
    if user is None or user == call.bot:
        raise ApiError(400, 50033, "Invalid Recipient(s)")
    return Reply(call.world.direct_channel(user).to_json(call.bot.id))


# ---- guilds, members, roles -----------------------------------------------------------------------------------------


@routes.add("GET", "/guilds/{guild_id}")
async def get_guild(call: Call) -> Reply:
    """Return a guild."""
    guild = _guild(call)
    counts: Json = {}
    if call.query_flag("with_counts"):
        counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": len(guild.members)}
    return Reply(guild.to_json() | counts)


@routes.add("DELETE", "/users/@me/guilds/{guild_id}")
async def leave_guild(call: Call) -> Reply:
    """Let the bot leave a guild."""
    guild = _guild(call)
    call.world.remove_bot(guild)
    return NO_CONTENT


@routes.add("GET", "/guilds/{guild_id}/members")
async def list_members(call: Call) -> Reply:
    """List members in the order of their ids; only for bots with the members intent."""
    guild = _guild(call)
    if not call.world.privileged_intents & 1 << 1:
        raise missing_access()
    limit = call.query_count("limit", 1, 1000)
    after = call.query_id("after") or 0
    found = sorted((one for one in guild.members.values() if one.user.id > after), key=lambda one: one.user.id)
    return Reply([member.to_json() for member in found[:limit]])


@routes.add("GET", "/guilds/{guild_id}/members/{user_id}")
async def get_member(call: Call) -> Reply:
    """Return a member."""
    return Reply(_member(call, _guild(call)).to_json())


def _member(call: Call, guild: Guild) -> Member:
    user_id = call.id("user_id")
    if user_id not in guild.members:
        # Discord tells somebody who is not in the server from somebody who does not exist.
        raise unknown("Member" if user_id in call.world.users else "User")
    return guild.members[user_id]


@routes.add("PATCH", "/guilds/{guild_id}/members/@me")
async def rename_in_guild(call: Call) -> Reply:
    """Change the bot's nickname."""
    guild = _guild(call)
    form = Form()
    name = fields.text(form, call.body, "nick", (), TextLimits(32))
    call.verify(form)
    member = guild.members[call.bot.id]
    member.nick = name or None
    call.world.tell_guild(guild, "GUILD_MEMBER_UPDATE", member.to_json())
    return Reply(member.to_json())


@routes.add("GET", "/guilds/{guild_id}/roles")
async def list_roles(call: Call) -> Reply:
    """List a guild's roles."""
    return Reply([role.to_json() for role in _guild(call).roles.values()])


ITS_ROLE = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"


@routes.add("PUT", ITS_ROLE, limit=Limit(10, 10.0))
async def give_role(call: Call) -> Reply:
    """Give a role to a member."""
    return _change_role(call, given=True)


@routes.add("DELETE", ITS_ROLE, limit=Limit(10, 10.0))
async def take_role(call: Call) -> Reply:
    """Take a role from a member."""
    return _change_role(call, given=False)


def _change_role(call: Call, *, given: bool) -> Reply:
    guild = _guild(call)
    member = _member(call, guild)
    role = guild.roles.get(call.id("role_id"))
    if role is None:
        raise unknown("Role")
    mine = guild.members[call.bot.id]
    highest = max((guild.roles[one].position for one in mine.roles), default=0)
    if not permissions.in_guild(guild, mine) & permissions.MANAGE_ROLES or role.position >= highest or role.bot_id:
        raise missing_permissions()
    kept = [guild.roles[one] for one in member.roles if one != role.id]
    call.world.set_member_roles(guild, member.user, [*kept, role] if given else kept)
    return NO_CONTENT

"""What the page asks the server: the state, messages, commands, and to act as a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.core import Core
from sandbox.errors import ApiError
from sandbox.interactions import AUTOCOMPLETE
from sandbox.page.events import ClientEvents
from sandbox.page.interactions import ClientError, Person
from sandbox.rest.api import parse_json, respond
from sandbox.rules import fields
from sandbox.values import Json, as_id, as_object
from sandbox.world import permissions
from sandbox.world.messages import MessageDraft
from sandbox.world.model import FORUM, WRITABLE, Channel, Guild, User

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ClientApi:
    """The routes under `/client`; each request may say `?as=USER_ID` to act as someone else than the current person."""

    def __init__(self, core: Core, events: ClientEvents) -> None:
        self._core = core
        self._events = events

    def attach(self, app: web.Application) -> None:
        """Add the routes to `app`."""
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/client/state", self._state),
            ("GET", "/client/members", self._members),
            ("POST", "/client/as", self._act_as),
            ("POST", "/client/dms", self._open_dm),
            ("GET", "/client/commands", self._commands),
            ("GET", "/client/channels/{channel_id}/messages", self._messages),
            ("POST", "/client/channels/{channel_id}/messages", self._say),
            ("POST", "/client/interactions", self._interact),
            ("GET", "/client/events", self._stream),
        ]
        for method, path, handler in table:
            app.router.add_route(method, path, _guarded(handler))

    # ---- who and where ----------------------------------------------------------------------------------------------

    def _person(self, request: web.Request) -> User:
        return self._named(request) or self._events.person

    def _named(self, request: web.Request) -> User | None:
        wanted = request.query.get("as")
        if wanted is None:
            return None
        user = self._core.world.users.get(as_id(wanted) or 0)
        if user is None or user.bot:
            raise ClientError(404, "There is no such person.")
        return user

    def _channel(self, identifier: object) -> Channel:
        channel = self._core.world.find_channel(as_id(identifier) or 0)
        if channel is None:
            raise ClientError(404, "There is no such channel.")
        return channel

    async def _body(self, request: web.Request) -> Json:
        if request.content_type != "application/json":
            raise ClientError(415, "The body must be application/json.")
        body = as_object(parse_json(await request.read()))
        if body is None:
            raise ClientError(400, "The body must be an object.")
        return body

    # ---- reading ----------------------------------------------------------------------------------------------------

    async def _state(self, request: web.Request) -> web.StreamResponse:
        world, user = self._core.world, self._person(request)
        guilds = [self._guild_json(guild, user) for guild in world.guilds.values() if user.id in guild.members]
        dms = [channel.to_json() for channel in world.dms.values() if user in channel.recipients]
        return respond(
            {
                "me": user.to_json(),
                "bot": {**world.bot.to_json(), "online": self._core.gateway.is_online},
                "application_id": str(world.bot.id),
                "guilds": guilds,
                "dms": dms,
            }
        )

    def _guild_json(self, guild: Guild, user: User) -> Json:
        world = self._core.world

        def listing(channels: dict[int, Channel]) -> list[Json]:
            seen = [channel for channel in channels.values() if world.may_view(user, channel)]
            return [{**one.to_json(user.id), "permissions": str(world.permissions(user, one))} for one in seen]

        return {
            "id": str(guild.id),
            "name": guild.name,
            "owner_id": str(guild.owner_id),
            "permissions": str(permissions.in_guild(guild, guild.members[user.id])),
            "channels": listing(guild.channels),
            "threads": listing(guild.threads),
            "roles": [role.to_json() for role in guild.roles.values()],
            "members": [member.to_json() for member in guild.members.values()],
        }

    async def _members(self, _: web.Request) -> web.StreamResponse:
        world = self._core.world
        found: list[Json] = []
        for user in world.users.values():
            # Bots cannot be acted as.
            if not user.bot:
                admin = any(
                    user.id in guild.members and permissions.in_guild(guild, guild.members[user.id]) == permissions.ALL
                    for guild in world.guilds.values()
                )
                found.append({**user.to_json(), "admin": admin, "current": user == self._events.person})
        return respond(found)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        user, channel = self._person(request), self._channel(request.match_info["channel_id"])
        if not self._core.world.may_view(user, channel):
            raise ClientError(403, "You cannot see this channel.")
        before = as_id(request.query.get("before"))
        limit = request.query.get("limit", "50")
        count = int(limit) if limit.isascii() and limit.isdigit() else 0
        if not 1 <= count <= 100:
            raise ClientError(400, "limit: must be from 1 to 100.")
        found = [
            message
            for message in self._core.messages.all(channel.id)
            if message.ephemeral_to in (None, user.id) and (before is None or message.id < before)
        ]
        return respond([self._core.messages.to_json(message, user) for message in found[-count:]])

    async def _commands(self, request: web.Request) -> web.StreamResponse:
        user, guild_id = self._person(request), as_id(request.query.get("guild_id"))
        channel_id = request.query.get("channel_id")
        if channel_id is not None:
            return respond(Person(self._core, user, self._channel(channel_id)).commands())
        guild = self._core.world.guilds.get(guild_id or 0)
        if guild is None or user.id not in guild.members:
            raise ClientError(404, "There is no such guild.")
        # Without a channel the commands of any one that the person can use are shown, as in Discord's settings.
        for channel in guild.channels.values():
            if self._core.world.may_view(user, channel) and self._core.interactions.may_use_commands(user, channel):
                return respond(Person(self._core, user, channel).commands())
        return respond([])

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        return await self._events.serve(request, self._named(request))

    # ---- acting -----------------------------------------------------------------------------------------------------

    async def _act_as(self, request: web.Request) -> web.StreamResponse:
        user = self._core.world.users.get(as_id((await self._body(request)).get("user_id")) or 0)
        if user is None or user.bot:
            raise ClientError(404, "There is no such person.")
        self._events.act_as(user)
        return respond(user.to_json())

    async def _open_dm(self, request: web.Request) -> web.StreamResponse:
        """Return the channel in which the person and the bot talk alone."""
        return respond(self._core.world.direct_channel(self._person(request)).to_json())

    async def _say(self, request: web.Request) -> web.StreamResponse:
        user, channel = self._person(request), self._channel(request.match_info["channel_id"])
        content = (await self._body(request)).get("content")
        if not isinstance(content, str) or not content.strip():
            raise ClientError(400, "content: must be a text.")
        if len(content) > fields.CONTENT:
            raise ClientError(400, f"content: must have at most {fields.CONTENT} characters.")
        message = say(self._core, user, channel, content)
        return respond(message)

    async def _interact(self, request: web.Request) -> web.StreamResponse:
        user, body = self._person(request), await self._body(request)
        person = Person(self._core, user, self._channel(body.get("channel_id")))
        interaction = person.interact(body)
        # A suggestion is waited for here, as Discord's client does: it comes as the answer and not as an event.
        if body["type"] == AUTOCOMPLETE and interaction.choices is not None:
            return respond({"choices": await interaction.choices})
        return respond({"id": str(interaction.id)}, 202)


def say(core: Core, user: User, channel: Channel, content: str) -> Json:
    """Post a person's message; raise ClientError if that person may not."""
    has = core.world.permissions(user, channel)
    needed = permissions.SEND_MESSAGES if channel.thread is None else permissions.SEND_MESSAGES_IN_THREADS
    if channel.type not in WRITABLE or channel.type == FORUM or not has & needed:
        raise ClientError(403, "You cannot write here.")
    if channel.thread is not None and channel.thread.locked and not has & permissions.MANAGE_THREADS:
        raise ClientError(403, "This thread is locked.")
    # Writing into an archived thread brings it back.
    if channel.thread is not None and channel.thread.archived:
        core.world.archive_thread(channel, archived=False)
    message = core.messages.create(MessageDraft(channel, user, {"content": content}))
    return core.messages.to_json(message, user)


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ClientError as error:
            return respond({"error": str(error)}, error.status)
        except ApiError as error:
            return respond({"error": error.message}, error.status)

    return guarded

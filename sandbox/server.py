"""The sandbox: one server on this machine with Discord's REST interface, gateway, a page and a control interface."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, select_autoescape

from sandbox.control import Control
from sandbox.core import Core
from sandbox.faults import Faults
from sandbox.gateway.gateway import HEARTBEAT_MS, Gateway
from sandbox.guard import guard
from sandbox.interactions import FIRST_ANSWER_S, Interactions
from sandbox.page.api import ClientApi
from sandbox.page.events import ClientEvents
from sandbox.rest import channels as routes_channels
from sandbox.rest import commands, guilds, interactions, messages, pins_and_reactions, threads, webhooks
from sandbox.rest.api import MAX_BODY, PREFIX, RestApi
from sandbox.rules.openapi import OpenApiChecks
from sandbox.rules.rate_limit import RateLimiter
from sandbox.values import Clock
from sandbox.world.messages import MessageDraft, Messages
from sandbox.world.model import CATEGORY, FORUM, NEWS, STAGE, TEXT, VOICE, Channel, Guild, User
from sandbox.world.model_message import Message
from sandbox.world.state import World

HERE = Path(__file__).parent
HOST = "127.0.0.1"
KINDS = {"text": TEXT, "announcement": NEWS, "voice": VOICE, "stage": STAGE, "forum": FORUM, "category": CATEGORY}
TABLES = [
    routes_channels.routes,
    commands.routes,
    guilds.routes,
    interactions.routes,
    pins_and_reactions.routes,
    messages.routes,
    threads.routes,
    webhooks.routes,
]


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel to start with; `kind` is one of `KINDS`, `category` the name of the category it lies in."""

    name: str
    kind: str = "text"
    topic: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    requires_tag: bool = False


DEFAULT_CHANNELS = (ChannelSpec("general", topic="Say /search to find what was published"),)


def _openapi_at_hand() -> Path | None:
    path = os.environ.get("HERALD_OPENAPI")
    return Path(path) if path else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """How a sandbox behaves; the defaults are Discord's, as far as they are known.

    `rate_limits` False lets every request pass; `speed` makes windows shorter. `privileged_intents` are those that the
    bot's owner switched on. `openapi` is the path of Discord's own description of its interface, by default what the
    environment's HERALD_OPENAPI names; with it bodies are checked against it too, which needs the package jsonschema.
    """

    token: str = "sandbox"  # noqa: S105 - no secret: the server is this machine's own
    rate_limits: bool = True
    speed: float = 1.0
    heartbeat_ms: int = HEARTBEAT_MS
    first_answer_s: float = FIRST_ANSWER_S
    privileged_intents: int = 0
    seed: int = 0
    bot_name: str = "Herald"
    openapi: Path | None = field(default_factory=_openapi_at_hand)


class Sandbox:
    """A running server; make one with `await Sandbox.start(...)`."""

    def __init__(self, options: SandboxOptions, clock: Clock | None = None) -> None:
        world = World(clock or Clock(), bot_name=options.bot_name, privileged_intents=options.privileged_intents)
        limiter = RateLimiter(world.clock, enabled=options.rate_limits, speed=options.speed)
        messages, gateway = Messages(world), Gateway(world, options.token, options.heartbeat_ms)
        self.core = core = Core(
            token=options.token,
            world=world,
            messages=messages,
            limiter=limiter,
            faults=Faults(options.seed),
            gateway=gateway,
            interactions=Interactions(messages, gateway, options.first_answer_s),
            openapi=None if options.openapi is None else OpenApiChecks(options.openapi),
        )
        self.events = ClientEvents(core, world.owner)
        self._runner: web.AppRunner | None = None

    @classmethod
    async def start(
        cls,
        port: int = 0,
        token: str = "sandbox",  # noqa: S107 - see SandboxOptions
        *,
        channels: Iterable[ChannelSpec] = DEFAULT_CHANNELS,
        options: SandboxOptions | None = None,
        clock: Clock | None = None,
    ) -> Sandbox:
        """Start a server on 127.0.0.1 (port 0: any free one) with one guild that has `channels`.

        `options` replaces `token`. The page's person "you" owns the guild; "reader" is a plain member.
        """
        sandbox = cls(options or SandboxOptions(token=token), clock)
        sandbox.build("Herald Sandbox", channels)
        await sandbox.listen(port)
        return sandbox

    # ---- the world --------------------------------------------------------------------------------------------------

    @property
    def world(self) -> World:
        """The guilds, channels and people, to look at and to change."""
        return self.core.world

    @property
    def faults(self) -> Faults:
        """The faults that the server plays."""
        return self.core.faults

    @property
    def guild(self) -> Guild:
        """The guild that the server started with."""
        return next(iter(self.world.guilds.values()))

    def build(self, name: str, channels: Iterable[ChannelSpec]) -> Guild:
        """Make a guild with an owner, a plain member and `channels`."""
        world = self.world
        guild = world.add_guild(name)
        reader = next((user for user in world.users.values() if user.username == "reader"), None)
        world.add_member(guild, reader or world.add_user("reader", "Reader"))
        for spec in channels:
            parent = None if spec.category is None else self._category(guild, spec.category)
            world.add_channel(
                guild,
                spec.name,
                KINDS[spec.kind],
                topic=spec.topic,
                parent=parent,
                tags=spec.tags,
                requires_tag=spec.requires_tag,
            )
        return guild

    def _category(self, guild: Guild, name: str) -> Channel:
        for channel in guild.channels.values():
            if channel.type == CATEGORY and channel.name == name:
                return channel
        return self.world.add_channel(guild, name, CATEGORY)

    def channel(self, name: str) -> Channel:
        """Return a channel or thread by its name; raise KeyError if there is none."""
        for guild in self.world.guilds.values():
            for channel in (*guild.channels.values(), *guild.threads.values()):
                if channel.name == name:
                    return channel
        raise KeyError(name)

    def messages(self, channel: Channel) -> list[Message]:
        """Return a channel's messages, oldest first, ephemeral ones included."""
        return self.core.messages.all(channel.id)

    def say(self, channel: Channel, content: str, user: User | None = None) -> Message:
        """Let a person (by default the page's "you") say something, without asking whether that person may."""
        author = user or self.world.owner
        return self.core.messages.create(MessageDraft(channel, author, {"content": content}))

    # ---- the server -------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The page's address, without a slash at its end."""
        return self.core.url

    @property
    def api_base(self) -> str:
        """The REST interface's address, without a slash at its end."""
        return self.core.url + PREFIX

    @property
    def gateway_url(self) -> str:
        """The gateway's address."""
        return self.core.gateway.url

    async def listen(self, port: int) -> None:
        """Open the port; raise OSError if it is taken."""
        app = web.Application(middlewares=[guard(self.core)], client_max_size=MAX_BODY)
        RestApi(self.core).attach(app, TABLES)
        ClientApi(self.core, self.events).attach(app)
        Control(self.core).attach(app)
        app.router.add_get("/gateway", self.core.gateway.serve)
        app.router.add_get("/gateway/", self.core.gateway.serve)
        app.router.add_get("/attachments/{channel_id}/{attachment_id}/{name}", self._attachment)
        app.router.add_get("/", self._page)
        if (HERE / "page" / "static").is_dir():
            app.router.add_static("/static", HERE / "page" / "static")
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        # Port 0 stands for any free one, which is known only now.
        bound = self._runner.addresses[0][1]
        self.core.url = self.core.messages.files_url = f"http://{HOST}:{bound}"
        self.core.gateway.url = f"ws://{HOST}:{bound}/gateway"

    async def close(self) -> None:
        """End all connections and free the port."""
        self.core.interactions.close()
        self.events.close()
        await self.core.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _page(self, _: web.Request) -> web.StreamResponse:
        environment = Environment(loader=FileSystemLoader(HERE / "page" / "templates"), autoescape=select_autoescape())
        html = environment.get_template("index.html").render(url=self.url, guild=self.guild.name)
        return web.Response(text=html, content_type="text/html")

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        identifier = request.match_info["attachment_id"]
        file = self.core.messages.file(int(identifier)) if identifier.isdigit() else None
        if file is None or file.filename != request.match_info["name"]:
            raise web.HTTPNotFound
        # Files come from tests and newsletters: opened by themselves, none of them may run a script here.
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return web.Response(body=file.content, content_type=file.content_type, headers=headers)

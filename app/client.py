"""The Discord client: connection, command sync, and an answer for every failed command."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

import discord
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from app.commands import definitions, keep_in_step
from app.connecting import log_in, stay_connected
from app.incidents import Interaction
from app.metrics import label_of
from app.monitoring import Monitor, Sources
from app.notify import notify, standing
from app.presses import Presses
from app.proxy import proxy_for
from app.reloading import Reloader
from app.reports import Reports
from app.services import Services
from app.starting import explain_start, taken_over_text
from app.tree import HeraldTree
from app.troubles import AdminChannel, Truth
from config.settings import Config
from delivery.checkup import Checkup
from delivery.composing import Composer
from delivery.leaving import Leaving
from delivery.once import guarded
from delivery.pacing import IDENTIFY_S, Pace, SharedPace, paced
from delivery.shards import Shards
from errors import HeraldError, StorageError
from logs import incident
from processes import age_s
from storage.duties import FREED
from storage.figures import Figures
from storage.records import Delivery
from storage.troubles import short_key, trouble_key
from ui.locales import ENGLISH, Words, answering
from ui.messages import tint_of

log = logging.getLogger(__name__)

# what was posted is looked at before the watchers begin to plan
COGS = (
    "cogs.delivery",
    "cogs.following",
    "cogs.setup",
    "cogs.listing",
    "cogs.helping",
    "cogs.coverage",
    "cogs.topic",
    "cogs.catching_up",
    "cogs.alerts",
    "cogs.explaining",
    "cogs.reposting",
    "cogs.admin",
    "cogs.mending",
)
INGEST_COGS = ("cogs.following",)  # of a process that has no connection to the gateway
_WORDS = ("deliveries_due", "issues_released")  # events that concern other processes, too
HAND_OVER_LIMIT_S = 15.0  # a stop next to other processes may take so much longer
_COMMANDS_FIRST_S = 15.0  # how long connecting waits for them; posting does not depend on commands
PressedItem = TypeVar("PressedItem", bound=discord.ui.DynamicItem[Any])
_LOOK_AGAIN_S = 1.0
# discord.py is ready once no server was named for so long: while some are still to come, and once all are known.
_NEXT_SERVER_S, _LAST_SERVER_S = 1.0, 0.05


class Herald(commands.Bot):
    """Herald's Discord client. It needs no privileged intent and mentions nobody by default."""

    def __init__(self, services: Services) -> None:
        self.storage_trouble: str | None = None  # why nothing can be stored at this moment
        self.monitor = Monitor(
            Sources(
                watchers=services.watchers,
                figures=Figures(services.db),
                is_connected=self.is_connected,
                trouble=lambda: self.storage_trouble,
                database=services.db.path,
                cache=services.config.cache,
            )
        )
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # Herald never speaks
        proxy = services.config.discord.proxy
        super().__init__(
            command_prefix=commands.when_mentioned,  # no text command exists: Discord hides messages from Herald
            help_command=None,
            intents=discord.Intents(guilds=True, guild_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            tree_cls=HeraldTree,
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=_NEXT_SERVER_S,
            proxy=proxy_for(Route.BASE, proxy.get_secret_value() if proxy else None),
            http_trace=guarded(
                paced(self.monitor.trace, Pace(), SharedPace(services.db) if services.db.is_shared else None),
                services.db.may_act,
                services.db.request_limit_s,
            ),
            member_cache_flags=discord.MemberCacheFlags.none(),
            **_sharding(services.config),
        )
        self.services = services
        self.serving = Shards(self, services.db, services.subscriptions)
        self.commands_trouble: list[str] = []  # which commands Discord refuses, and why
        self.admin_channel = AdminChannel(self, lambda: services.config.admin_channel, self.words_of_admins, log)
        truth = Truth(self, services, lambda: self.storage_trouble, self.commands_trouble)
        self.reports = Reports(services.troubles, self.admin_channel, truth.of, self.words_of_admins)
        self.checkup = Checkup(
            self,
            services.subscriptions,
            services.door,
            tell_admins=self.tell_admins,
            look_at_troubles=self.reports.look,
        )
        self.leaving = Leaving(
            self, services.departures, grace=lambda: services.config.forget_after, tell_admins=self.tell_admins
        )
        self.composer = Composer(
            services.archive, services.outbox, services.door, services.topics.covered_before, self.tint_of
        )
        self.presses = Presses()
        self._added_cogs: set[str] = set()
        self.started_at = discord.utils.utcnow()
        self._was_ready = False
        self.first_ready = asyncio.Event()
        self.reloader: Reloader | None = None  # None if no configuration file can be read again
        self._syncing: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        """Add the cogs, once: not as extensions, whose modules discord.py executes again for each client."""
        self.services.db.hear(self._heard)
        for name in INGEST_COGS if self.is_ingest else COGS:
            if name not in self._added_cogs:
                await importlib.import_module(name).setup(self)
                self._added_cogs.add(name)

    @property
    def is_ingest(self) -> bool:
        """Whether this process only looks at sources and plans; others answer and post."""
        return self.services.config.role == "ingest"

    def announce(self, word: str) -> None:
        """Dispatch an event here and in the other processes."""
        self.dispatch(word)
        self.services.db.announce(word)

    def _heard(self, word: str) -> None:
        if word in _WORDS:
            self.dispatch(word)
        elif word == FREED:
            self.serving.wake()
            self.services.watchers.others_left()
        elif word == "look" and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look_for_others(), name="look for others")

    async def _look_for_others(self) -> None:
        try:
            await self.services.watchers.others_asked()
        except HeraldError as error:
            log.info('newsletter checks not shared with other processes reason="%s"', error)

    def tint_of(self, newsletter: str) -> int:
        """Return the colour that the configuration has for a newsletter, else one that tells it from the others."""
        watchers = self.services.watchers
        configured = watchers.config_of(newsletter)
        own = configured.colour if configured is not None else None
        return own if own is not None else tint_of(newsletter, list(watchers))

    def is_connected(self) -> bool:
        """Whether the gateway's connection is up at this moment; a process without one is logged in."""
        if self.is_ingest:
            return self.user is not None
        socket = cast("DiscordWebSocket | None", self.ws)
        return self.is_ready() and socket is not None and socket.open

    def answering_admins(self) -> AbstractContextManager[Words]:
        """Use the language of the admin channel's server for everything said within the block."""
        channel = self.get_channel(self.services.config.admin_channel or 0)
        guild = channel.guild if isinstance(channel, discord.abc.GuildChannel | discord.Thread) else None
        return answering(str(guild.preferred_locale) if guild is not None else ENGLISH)

    def words_of_admins(self) -> Words:
        """Return the words of the admin channel's server."""
        with self.answering_admins() as words:
            return words

    def is_home(self, guild_id: int | None) -> bool:
        """Whether the people who run this Herald are at home in a server: it has the admin channel, or is the only one.

        What belongs to no server that Herald knows, such as a wrong channel id, is shown there.
        """
        channel = self.get_channel(self.services.config.admin_channel or 0)
        if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return channel.guild.id == guild_id
        return [guild.id for guild in self.guilds] == [guild_id]

    async def serve(self, token: str) -> None:
        """Log in, connect and stay connected until `close`; raises ConfigError if Discord refuses for good."""
        await log_in(self, token)
        log.info("connected as user=%s id=%d", self.user, self.user.id if self.user else 0)
        if self.is_ingest:
            self.first_ready.set()
            notify("READY=1", f"STATUS={self.standing()}")
            log.info("ready in %.1f s role=ingest", age_s())
            await asyncio.Event().wait()  # until it is cancelled
        self._syncing = asyncio.create_task(
            keep_in_step(self, definitions(self.tree), self._tell_of_commands), name="commands"
        )
        await asyncio.wait([self._syncing], timeout=_COMMANDS_FIRST_S)
        await stay_connected(self)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Keep the pace of all processes together: discord.py knows of its own connections alone."""
        if not self.services.db.is_shared:
            await super().before_identify_hook(shard_id, initial=initial)
            return
        try:
            while wait_s := await self.services.db.take_turn("identify", IDENTIFY_S):  # noqa: ASYNC110 -- another process has it
                await asyncio.sleep(wait_s)
        except StorageError as error:
            log.warning('identify not coordinated with other processes reason="%s"', error)
            await asyncio.sleep(IDENTIFY_S)

    async def hand_over(self) -> None:
        """Hand all duties over to other processes without a noticeable pause; with a SQLite file there are none."""
        if not self.services.db.is_shared:
            return
        try:
            async with asyncio.timeout(HAND_OVER_LIMIT_S):
                await self.serving.leave()
                await self.services.watchers.leave()
        except TimeoutError:
            log.warning("handover timed out limit_s=%.0f", HAND_OVER_LIMIT_S)
        except StorageError as error:
            log.warning('duties not released, other processes take them over once the lease ends reason="%s"', error)

    async def close(self) -> None:
        """Leave Discord; commands that are still being synced are left to the next start."""
        for task in (self._syncing, self._looking):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        await super().close()

    async def on_socket_event_type(self, event_type: str) -> None:
        """Be ready as soon as the last server has been named: discord.py would wait for one more."""
        if event_type in {"READY", "GUILD_CREATE"} and not self.is_ready():
            is_complete = not any(guild.unavailable for guild in self.guilds)
            self._connection.guild_ready_timeout = _LAST_SERVER_S if is_complete else _NEXT_SERVER_S

    async def on_ready(self) -> None:
        """Log once that everything is up; later calls are reconnections."""
        if self._was_ready:
            log.info("reconnected")
            return
        self._was_ready = True
        await self._look_around()
        self.first_ready.set()
        seconds = age_s()
        self.monitor.metrics.ready_seconds.set(seconds)
        notify("READY=1", f"STATUS={self.standing()}")
        log.info("ready in %.1f s servers=%d", seconds, len(self.guilds))
        await explain_start(self, self.services.config, await self.checkup.first(), self.reports.troubles)
        for one in self.services.taken_over:
            with self.answering_admins():
                await self.tell_admins(taken_over_text(one))

    async def _look_around(self) -> None:
        """Note which servers Herald is in and what is where; while the database is away, that is tried again."""
        while True:
            try:
                await self.leaving.look()
                await self.learn_places()
            except StorageError as error:
                await self.storage_fails(str(error))
                await asyncio.sleep(_LOOK_AGAIN_S)
            else:
                return

    def standing(self) -> str:
        """Return how this process is doing, in one line for the service manager."""
        return standing(
            None if self.is_ingest else len(self.guilds), is_connected=self.is_connected(),
            is_faulty=self.reloader is not None and self.reloader.is_faulty,
        )  # fmt: skip

    async def learn_places(self) -> None:
        """Remember which server each following channel is in: who may see a newsletter depends on it."""

        def guild_of(channel_id: int) -> int | None:
            channel = self.get_channel(channel_id)
            return channel.guild.id if isinstance(channel, discord.abc.GuildChannel | discord.Thread) else None

        await self.services.subscriptions.learn_guilds(guild_of)

    async def on_message(self, message: discord.Message, /) -> None:
        """Run no text commands: there are none."""

    async def on_delivery_done(self, delivery: Delivery, changed_at: dt.datetime | None) -> None:
        """Count a message that reached its channel; its issue last changed at its source `changed_at`."""
        self.monitor.delivered(delivery, changed_at)
        await self.reports.look()

    async def on_interaction(self, interaction: Interaction) -> None:
        """Begin to time the answer; answer what nobody else does."""
        # During a deployment two processes hear the same shard, and one of them answers.
        if not await self.serving.answers(interaction.id, interaction.guild_id):
            return
        self.monitor.interactions.arrived(interaction.token, label_of(interaction))
        await self.presses.heard(interaction)

    def answered(self, interaction: Interaction) -> None:
        """Note that an interaction's first answer was all of it."""
        self.monitor.interactions.answered_whole(interaction.token)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log what failed in an event's handler; the bot goes on."""
        del args, kwargs
        error = sys.exc_info()[1]
        if self.is_closed():  # what was under way finds the database closed
            log.debug("event cut short by the stop event=%s", event_method, exc_info=error)
        elif isinstance(error, HeraldError):
            log.error("event failed event=%s reason=%s", event_method, error)
        else:
            log.error("event failed event=%s incident=%s", event_method, incident(), exc_info=error)

    def answer_presses(
        self, kind: type[PressedItem], answer: Callable[[Interaction, PressedItem], Awaitable[None]]
    ) -> None:
        """Register `answer` for presses of one class of buttons or menus, also in messages sent before a restart."""
        self.presses.add(kind, answer)
        self.add_dynamic_items(kind)

    async def pressed(self, interaction: Interaction, item: discord.ui.Item[Any]) -> None:
        """Pass a press to the handler of its class, unless another process serves the server."""
        if await self.serving.answers(interaction.id, interaction.guild_id):
            await self.presses.answer(interaction, item)

    async def _tell_of_commands(self, text: str) -> None:
        reason = text.removeprefix("⚠️ ")
        self.commands_trouble.append(reason)
        await self.tell_admins(text, trouble=trouble_key("commands", short_key(reason)), reason=reason)

    async def storage_fails(self, reason: str | None) -> None:
        """Report once to the admins and in `/status` that storage fails; None: it works again."""
        is_news = reason is not None and reason != self.storage_trouble
        if reason is None and self.storage_trouble is not None:
            log.info("storage available again")
        self.storage_trouble = reason
        if is_news:
            log.error('storage unavailable reason="%s"', reason)
        try:
            if is_news:
                await self.tell_admins(f"⚠️ {reason}", trouble="storage", reason=str(reason))
            elif reason is None:
                await self.reports.look()
        except StorageError as error:  # what was told is in the database, too
            log.warning('problem reports not updated reason="%s"', error)

    async def tell_admins(self, text: str, *, trouble: str = "", reason: str = "", **options: Any) -> bool:
        """Post `text` in the admin channel, in its server's language; False if there is none or it cannot be
        reached.

        With `trouble`, the key of something that needs a person, it is told once until that is over.
        """
        if trouble:
            return await self.reports.trouble(trouble, reason or text, text, **options)
        return await self.admin_channel.send(text, **options) is not None


def _sharding(config: Config) -> dict[str, Any]:
    """Return discord.py's sharding arguments; none if a single connection serves all servers."""
    return {} if config.discord.shards is None else {"shard_count": config.discord.shards}

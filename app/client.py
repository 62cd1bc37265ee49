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

# In loading order: posted messages are read back before the watchers start to plan.
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
INGEST_COGS = ("cogs.following",)  # of a process without a gateway connection
_WORDS = ("deliveries_due", "issues_released")  # events that are also sent to other processes
HAND_OVER_LIMIT_S = 15.0  # additional time for a stop if other processes are running
_COMMANDS_FIRST_S = 15.0  # how long connecting waits for the command sync; posting does not depend on it
PressedItem = TypeVar("PressedItem", bound=discord.ui.DynamicItem[Any])
_LOOK_AGAIN_S = 1.0
# discord.py is ready once no server has arrived for this long: while some are missing, and when all are known.
_NEXT_SERVER_S, _LAST_SERVER_S = 1.0, 0.05


class Herald(commands.Bot):
    """Herald's Discord client. It needs no privileged intents and mentions nobody by default."""

    def __init__(self, services: Services) -> None:
        self.storage_trouble: str | None = None  # why storage currently fails
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
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # Herald does not use voice
        proxy = services.config.discord.proxy
        super().__init__(
            command_prefix=commands.when_mentioned,  # no text commands: Discord hides message texts
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
        self.commands_trouble: list[str] = []  # commands refused by Discord, with reasons
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
        self.reloader: Reloader | None = None  # None if there is no configuration file to reload
        self._syncing: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        """Add the cogs once, not as extensions: discord.py would execute their modules again for each client."""
        self.services.db.hear(self._heard)
        for name in INGEST_COGS if self.is_ingest else COGS:
            if name not in self._added_cogs:
                await importlib.import_module(name).setup(self)
                self._added_cogs.add(name)

    @property
    def is_ingest(self) -> bool:
        """Whether this process only polls sources and plans, while others answer and post."""
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
        """Return a newsletter's configured colour, else one that differs from the other newsletters' colours."""
        watchers = self.services.watchers
        configured = watchers.config_of(newsletter)
        own = configured.colour if configured is not None else None
        return own if own is not None else tint_of(newsletter, list(watchers))

    def is_connected(self) -> bool:
        """Whether the gateway connection is up; for a process without one, whether it is logged in."""
        if self.is_ingest:
            return self.user is not None
        socket = cast("DiscordWebSocket | None", self.ws)
        return self.is_ready() and socket is not None and socket.open

    def answering_admins(self) -> AbstractContextManager[Words]:
        """Use the language of the admin channel's server for all texts within the block."""
        channel = self.get_channel(self.services.config.admin_channel or 0)
        guild = channel.guild if isinstance(channel, discord.abc.GuildChannel | discord.Thread) else None
        return answering(str(guild.preferred_locale) if guild is not None else ENGLISH)

    def words_of_admins(self) -> Words:
        """Return the texts in the language of the admin channel's server."""
        with self.answering_admins() as words:
            return words

    def is_home(self, guild_id: int | None) -> bool:
        """Whether a server is the operator's own: it has the admin channel, or is the only one.

        Subscriptions of unknown servers, such as those with a wrong channel id, are shown there.
        """
        channel = self.get_channel(self.services.config.admin_channel or 0)
        if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return channel.guild.id == guild_id
        return [guild.id for guild in self.guilds] == [guild_id]

    async def serve(self, token: str) -> None:
        """Log in, connect and stay connected until `close`. Raises ConfigError if Discord refuses permanently."""
        await log_in(self, token)
        log.info("connected as user=%s id=%d", self.user, self.user.id if self.user else 0)
        if self.is_ingest:
            self.first_ready.set()
            notify("READY=1", f"STATUS={self.standing()}")
            log.info("ready in %.1f s role=ingest", age_s())
            await asyncio.Event().wait()  # until cancelled
        self._syncing = asyncio.create_task(
            keep_in_step(self, definitions(self.tree), self._tell_of_commands), name="commands"
        )
        await asyncio.wait([self._syncing], timeout=_COMMANDS_FIRST_S)
        await stay_connected(self)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Coordinate identifies among all processes; discord.py only paces those of its own connections."""
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
        """Hand all duties over to other processes without a noticeable pause; does nothing with a SQLite file."""
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
        """Disconnect from Discord; an unfinished command sync is left to the next start."""
        for task in (self._syncing, self._looking):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        await super().close()

    async def on_socket_event_type(self, event_type: str) -> None:
        """Become ready as soon as the last server has arrived, where discord.py would wait for another one."""
        if event_type in {"READY", "GUILD_CREATE"} and not self.is_ready():
            is_complete = not any(guild.unavailable for guild in self.guilds)
            self._connection.guild_ready_timeout = _LAST_SERVER_S if is_complete else _NEXT_SERVER_S

    async def on_ready(self) -> None:
        """Log and report the state of the start; later calls are reconnections."""
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
        """Store which servers Herald is in and where its channels are; retry while the database is unavailable."""
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
        """Return this process's status line for the service manager."""
        return standing(
            None if self.is_ingest else len(self.guilds), is_connected=self.is_connected(),
            is_faulty=self.reloader is not None and self.reloader.is_faulty,
        )  # fmt: skip

    async def learn_places(self) -> None:
        """Store the server of each following channel: who may see a newsletter depends on it."""

        def guild_of(channel_id: int) -> int | None:
            channel = self.get_channel(channel_id)
            return channel.guild.id if isinstance(channel, discord.abc.GuildChannel | discord.Thread) else None

        await self.services.subscriptions.learn_guilds(guild_of)

    async def on_message(self, message: discord.Message, /) -> None:
        """Ignore messages: there are no text commands."""

    async def on_delivery_done(self, delivery: Delivery, changed_at: dt.datetime | None) -> None:
        """Count a message that reached its channel; `changed_at` is its issue's last change at the source."""
        self.monitor.delivered(delivery, changed_at)
        await self.reports.look()

    async def on_interaction(self, interaction: Interaction) -> None:
        """Start timing the answer; answer forms and unknown components."""
        # During a deployment two processes receive the events of a shard, and one of them answers.
        if not await self.serving.answers(interaction.id, interaction.guild_id):
            return
        self.monitor.interactions.arrived(interaction.token, label_of(interaction))
        await self.presses.heard(interaction)

    def answered(self, interaction: Interaction) -> None:
        """Record that an interaction's first answer was complete."""
        self.monitor.interactions.answered_whole(interaction.token)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log an exception in an event handler; the bot continues."""
        del args, kwargs
        error = sys.exc_info()[1]
        if self.is_closed():  # handlers in flight find the database closed
            log.debug("event cut short by the stop event=%s", event_method, exc_info=error)
        elif isinstance(error, HeraldError):
            log.error("event failed event=%s reason=%s", event_method, error)
        else:
            log.error("event failed event=%s incident=%s", event_method, incident(), exc_info=error)

    def answer_presses(
        self, kind: type[PressedItem], answer: Callable[[Interaction, PressedItem], Awaitable[None]]
    ) -> None:
        """Register `answer` for one class of buttons or menus, including those in messages sent before a restart."""
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
        """Report a storage failure once to the admins and in `/status`; None means that storage works again."""
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
        except StorageError as error:  # reports are stored in the database, too
            log.warning('problem reports not updated reason="%s"', error)

    async def tell_admins(self, text: str, *, trouble: str = "", reason: str = "", **options: Any) -> bool:
        """Post `text` in the admin channel, in its server's language; return False if that is impossible.

        With `trouble`, the key of a problem that needs a person, it is reported once until the problem is over.
        """
        if trouble:
            return await self.reports.trouble(trouble, reason or text, text, **options)
        return await self.admin_channel.send(text, **options) is not None


def _sharding(config: Config) -> dict[str, Any]:
    """Return discord.py's sharding arguments; none if a single connection serves all servers."""
    return {} if config.discord.shards is None else {"shard_count": config.discord.shards}

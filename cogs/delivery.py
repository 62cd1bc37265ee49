"""Runs the dispatcher of the outbox, and handles the gateway events that concern it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from clock import utc_now
from delivery.courier import Courier
from delivery.dispatcher import Dispatcher
from ui.buttons import mark_of

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from app.client import Herald


class DeliveryWorker(commands.Cog):
    """Starts the dispatcher once the gateway has listed the channels; stops it before the connection closes."""

    def __init__(self, bot: Herald) -> None:
        services = bot.services
        self.bot = bot
        self.services = services
        self.courier = Courier(
            bot,
            services.outbox,
            services.subscriptions,
            bot.composer,
            bot.checkup,
            shards=bot.serving,
            storage_fails=bot.storage_fails,
        )
        self.dispatcher = Dispatcher(self.courier, poll_s=bot.serving.poll_s)
        self._seen: list[discord.Guild] = []  # available servers that are not handled yet
        self._seeing = asyncio.Lock()
        self._has_told_another = False

    async def cog_load(self) -> None:
        """Read back messages missing from the ledger before anything is planned.

        This is skipped if other processes are running: they already keep the ledger up to date.
        """
        if await self.services.db.is_alone():
            await self.courier.adopter.look_everywhere()

    async def cog_unload(self) -> None:
        """Stop, leaving requests in flight a moment to finish."""
        await self.bot.serving.stop()
        await self.dispatcher.stop()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Start, or wait until no other process serves the same servers."""
        self.bot.serving.start(self._begin)

    async def _begin(self) -> None:
        """Check which servers are left and whether blocked channels work again, then start the dispatcher."""
        await self.bot.leaving.look()
        await self.courier.unblock(None)
        await self.courier.reopening.finish()
        await self.bot.checkup.first()
        if count := self.courier.adopter.found:
            self.courier.adopter.found = 0
            with self.bot.answering_admins() as words:
                text = words.counted(
                    count,
                    "Herald's database is older than its channels, as it is after restoring a backup: {number} message "
                    "that it does not know was found there. It is not posted again.",
                    "Herald's database is older than its channels, as it is after restoring a backup: {number} "
                    "messages that it does not know were found there. None is posted again.",
                )
                await self.bot.tell_admins(f"🔎 {text}")
        self.dispatcher.start()
        self.dispatcher.wake()

    @commands.Cog.listener()
    async def on_reloaded(self) -> None:
        """Block or unblock subscriptions: newsletters may be open to other servers now."""
        await self.bot.learn_places()
        await self.bot.checkup.servers_changed()
        self.dispatcher.wake()

    @commands.Cog.listener()
    async def on_deliveries_due(self) -> None:
        """Post the planned deliveries."""
        self.dispatcher.wake()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Record Herald's own message as soon as the gateway echoes it."""
        if self.bot.user is None or message.author.id != self.bot.user.id or not (mark := mark_of(message)):
            return
        if self.services.outbox.found.is_anothers(mark):
            await self.courier.another.heard(message, mark)
            await self._is_not_alone(message.channel.id)
            return
        await self.courier.echo(message, mark)

    async def _is_not_alone(self, channel_id: int) -> None:
        """Report once that another Herald with its own database posts with the same token."""
        if self._has_told_another:
            return
        self._has_told_another = True
        log.warning("another Herald posts with the same token channel=%d", channel_id)
        with self.bot.answering_admins() as words:
            text = words(
                "Another Herald with the same token and a database of its own has posted in {channel}. Each takes over "
                "what the other posts, but what both post at the same moment stands there twice, and both answer "
                "commands. Stop one of them; if you do not know of another, reset the token in Discord's Developer "
                "Portal.",
                channel=f"<#{channel_id}>",
            )
            await self.bot.tell_admins(f"⚠️ {text}")

    @commands.Cog.listener()
    async def on_guild_channel_update(self, before: object, after: discord.abc.GuildChannel) -> None:
        """Retry a channel whose permissions may have been fixed, and the threads in it that are followed themselves."""
        del before
        await self.dispatcher.mended(after.id)
        following = {one.channel_id for one in await self.services.subscriptions.waiting()}
        for thread in getattr(after, "threads", ()):
            if thread.id in following:
                await self.dispatcher.mended(thread.id)

    @commands.Cog.listener()
    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        """Retry a channel that may have become visible."""
        await self.bot.learn_places()
        await self.dispatcher.mended(channel.id)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Report immediately that subscriptions have lost their channel, not only when a post is due."""
        if self.bot.serving.serves(channel.guild.id):
            await self.bot.checkup.blocked(channel.id, self.courier.places.gone(channel))

    @commands.Cog.listener()
    async def on_thread_update(self, before: object, after: discord.Thread) -> None:
        """Retry a thread that may have been reopened or unlocked, and its channel, which waits for it."""
        del before
        await self.dispatcher.mended(after.id)
        await self.dispatcher.mended(after.parent_id)

    @commands.Cog.listener()
    async def on_thread_join(self, thread: discord.Thread) -> None:
        """Retry a thread that was unarchived: discord.py forgets archived threads and sees this one as new."""
        await self.dispatcher.mended(thread.parent_id)

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: object, after: discord.Role) -> None:
        """Retry all channels, because Herald's role may have gained permissions, and check the mentioned roles."""
        del before
        await self.dispatcher.mended(None)
        if self.bot.serving.serves(after.guild.id):
            await self.bot.checkup.roles_changed(after.guild.id)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Check the roles that are mentioned above issues."""
        if self.bot.serving.serves(role.guild.id):
            await self.bot.checkup.roles_changed(role.guild.id)

    @commands.Cog.listener()
    async def on_member_update(self, before: object, after: discord.Member) -> None:
        """Retry all channels if Herald's own roles may have changed."""
        del before
        if self.bot.user is not None and after.id == self.bot.user.id:
            await self.dispatcher.mended(None)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Cancel pending deliveries there. If no process serves the server now, the next one to start notices."""
        if not self.bot.serving.serves(guild.id):
            return
        await self.bot.leaving.server_left(guild)
        self.bot.announce("deliveries_due")

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Handle a server that may have invited Herald again."""
        await self._can_be_seen(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Retry the channels of a server that is back after an outage at Discord."""
        await self._can_be_seen(guild)

    async def _can_be_seen(self, guild: discord.Guild) -> None:
        """Handle an available server. At startup all arrive at once; the second call handles those that queued up."""
        self._seen.append(guild)
        async with self._seeing:
            guilds, self._seen = self._seen, []
            if not guilds:
                return
            for one in guilds:
                await self.bot.leaving.server_back(one.id)
            configured = self.services.config.subscriptions
            following = {(one.newsletter, one.channel_id) for one in await self.services.subscriptions.list()}
            missing = [one.channel for one in configured if (one.newsletter, one.channel) not in following]
            if any(one.get_channel(channel) for one in guilds for channel in missing):
                await self.services.subscriptions.from_config(configured, now=utc_now())  # had been deleted
            await self.bot.learn_places()
            await self.dispatcher.mended(None)


async def setup(bot: Herald) -> None:
    """Add the cog to the client."""
    await bot.add_cog(DeliveryWorker(bot))

"""Watching the newsletters' sources, and which channel follows which: /follow, /unfollow, /following."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import logging
from typing import TYPE_CHECKING, Literal

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from app.incidents import Interaction
from clock import utc_now
from cogs._channels import FollowedOption
from cogs._permissions import admins_only
from config.settings import NewsletterConfig
from errors import SourceError, StorageError, UserError
from pipeline.publisher import Release
from pipeline.watcher import Watcher
from storage.records import Subscription
from storage.subscriptions import Follow
from ui.choices import newsletter_choices
from ui.flood import FloodButton, flood_message
from ui.messages import counted

if TYPE_CHECKING:
    from app.client import Herald

log = logging.getLogger(__name__)

TOLD_AFTER = 3  # looks that failed in a row: a source that is away for a moment is no news


class Following(commands.Cog):
    """Owns one watcher for each newsletter."""

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services
        self.watchers: dict[str, Watcher] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._told: set[str] = set()  # newsletters whose source the admins know to be down

    async def cog_load(self) -> None:
        """Begin to watch."""
        self.bot.add_dynamic_items(FloodButton)
        for newsletter in self.services.config.newsletters:
            watcher = Watcher(newsletter.name, newsletter.poll, functools.partial(self._watch, newsletter))
            self.watchers[newsletter.name] = watcher
            self._tasks.append(asyncio.create_task(watcher.run(), name=f"watch {newsletter.name}"))
        log.info("watching newsletters=%d", len(self.watchers))

    async def cog_unload(self) -> None:
        """Stop watching; what was under way is taken in again at the next start."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _watch(self, newsletter: NewsletterConfig) -> dt.datetime | None:
        """One look; what keeps failing is told to the admins once, until it works again."""
        name = newsletter.name
        try:
            due_at = await self._look(newsletter)
        except StorageError as error:
            await self.bot.storage_fails(str(error))
            raise
        except SourceError as error:
            if self.watchers[name].state.failures + 1 == TOLD_AFTER:
                self._told.add(name)
                await self.bot.tell_admins(f"⚠️ **{name}**: {error}")
            raise
        if name in self._told:
            self._told.discard(name)
            await self.bot.tell_admins(f"**{name}** can be read again.")
        return due_at

    async def _look(self, newsletter: NewsletterConfig) -> dt.datetime | None:
        """Take changes in and plan what may be posted. Returns when an issue's waiting time ends."""
        report = await self.services.importer.poll(newsletter)
        if report.revision is not None:
            await self.bot.storage_fails(None)
            log.info(
                'taken in newsletter="%s" files=%d issues=%d new=%d removed=%d items=%d seconds=%.1f',
                report.newsletter, report.files, report.issues, report.new_issues, report.removed_files,
                report.items, report.seconds,
            )  # fmt: skip
        for fault in report.faults:
            where = f"`{fault.path}`" + (f" line {fault.line}" if fault.line else "")
            await self.bot.tell_admins(f"❗ **{newsletter.name}**, {where}: {fault.reason}")
        release = await self.services.publisher.release(newsletter)
        if release.messages or report.revision is not None:  # any change may ask for edits
            self.bot.dispatch("deliveries_due")
        if release.released:
            self.bot.dispatch("issues_released")
        if release.held:
            await self._tell_held(newsletter.name, release)
        return release.next_at

    async def _tell_held(self, newsletter: str, release: Release) -> None:
        titles = [record.issue.title for record in (await self.services.archive.issues(release.held)).values()]
        text, view = flood_message(newsletter, titles)
        await self.bot.tell_admins(text, view=view)

    async def flood_decided(self, interaction: Interaction, newsletter: str, *, post: bool) -> None:
        """An admin pressed one of the two buttons below a report of held issues."""
        await interaction.response.defer()
        issues, messages = await self.services.publisher.decide_held(newsletter, post=post)
        if not issues:
            text = "These issues were decided on already."
        elif post:
            text = f"{counted(issues, 'issue')} released: {counted(messages, 'message')} to post."
        else:
            text = f"{counted(issues, 'issue')} filed as read. Searches find them; /repost posts one."
        self.bot.dispatch("deliveries_due")
        await interaction.edit_original_response(content=text, view=None)

    @app_commands.command()
    @admins_only
    @app_commands.describe(
        newsletter="Which newsletter to follow",
        channel="Where to post it; this channel if not said",
        backfill="How many of the newest issues to post now",
        layout="items: a message for each item; thread: in a thread below the issue; forum: a post for each issue",
        role="A role to mention above each issue",
    )
    async def follow(
        self,
        interaction: Interaction,
        newsletter: Range[str, 1, 100],
        channel: FollowedOption | None = None,
        backfill: Range[int, 0, 20] = 0,
        layout: Literal["items", "thread", "forum"] | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Let a channel follow a newsletter."""
        await interaction.response.defer(ephemeral=True)
        name = self.known(newsletter)
        place = channel or interaction.channel
        if interaction.guild is None or not isinstance(place, (discord.TextChannel, discord.ForumChannel)):
            raise UserError("Name a text channel or a forum that is to follow.")
        is_forum = isinstance(place, discord.ForumChannel)
        if is_forum is not (layout == "forum") and layout is not None:
            raise UserError("The layout forum is for forums, and forums take no other.")
        wish = Follow(
            newsletter=name,
            channel=place.id,
            backfill=backfill,
            layout=layout or ("forum" if is_forum else "items"),
            role=role.id if role else None,
        )
        known = await self.services.subscriptions.find(name, place.id)
        await self.services.subscriptions.add(wish, now=utc_now(), guild_id=interaction.guild.id)
        self.watchers[name].wake()
        did = "follows" if known is None else "goes on following"
        await interaction.followup.send(f"{place.mention} {did} **{name}**.", ephemeral=True)

    @app_commands.command()
    @admins_only
    @app_commands.describe(newsletter="Which newsletter", channel="Which channel; this one if not said")
    async def unfollow(
        self,
        interaction: Interaction,
        newsletter: Range[str, 1, 100],
        channel: FollowedOption | None = None,
    ) -> None:
        """Let a channel follow a newsletter no longer; what was posted stays."""
        await interaction.response.defer(ephemeral=True)
        channel_id = channel.id if channel else interaction.channel_id or 0
        subscription = await self.services.subscriptions.find(newsletter, channel_id)
        if subscription is None:
            raise UserError(f'<#{channel_id}> does not follow "{newsletter}". /following lists what is followed.')
        if subscription.origin == "config":
            raise UserError("This is said in Herald's configuration: take it out there, under subscriptions.")
        await self.services.subscriptions.remove(subscription.id, now=utc_now())
        await interaction.followup.send(f"<#{channel_id}> follows **{newsletter}** no longer.", ephemeral=True)

    @app_commands.command()
    @admins_only
    async def following(self, interaction: Interaction) -> None:
        """List which channel of this server follows which newsletter."""
        await interaction.response.defer(ephemeral=True)
        found = await self.services.subscriptions.list(guild_id=interaction.guild_id)
        lines = [_line(subscription) for subscription in found]
        known = ", ".join(self.watchers) or "none"
        text = "\n".join(lines) or f"No channel of this server follows a newsletter yet. Newsletters: {known}."
        await interaction.followup.send(text[:2_000], ephemeral=True)

    @follow.autocomplete("newsletter")
    @unfollow.autocomplete("newsletter")
    async def _newsletters(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        del interaction
        return newsletter_choices(self.watchers, current)

    def known(self, newsletter: str) -> str:
        """The configured newsletter of that name, however its letters are written. Raises UserError."""
        for name in self.watchers:
            if name.casefold() == newsletter.strip().casefold():
                return name
        known = ", ".join(self.watchers) or "none yet"
        raise UserError(f'There is no newsletter "{newsletter}". There are: {known}.')


def _line(subscription: Subscription) -> str:
    parts = [f"<#{subscription.channel_id}> follows **{subscription.newsletter}**", f"as {subscription.layout}"]
    if subscription.role_id:
        parts.append(f"mentions <@&{subscription.role_id}>")
    if subscription.origin == "config":
        parts.append("said in the configuration")
    if subscription.paused_at:
        parts.append("paused")
    return " · ".join(parts)


async def setup(bot: Herald) -> None:
    """Called by discord.py when the extension is loaded."""
    await bot.add_cog(Following(bot))

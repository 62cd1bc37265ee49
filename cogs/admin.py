"""Commands for a server's admins: status, sync, pause and resume, preview."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from app.incidents import Interaction
from app.version import full_version
from clock import utc_now
from cogs._answers import GONE, as_choices
from cogs._channels import Followed, FollowedOption
from cogs._named import issue_named
from cogs._permissions import actor_of, admins_only
from cogs._scope import admin_scope_of, may_decide, newsletter_named
from delivery.checkup import lack_of, notes_of
from delivery.places import known_name
from delivery.previewing import Previewer
from digest.render.markdown import plain_inline
from errors import S_, ConfigError, UserError
from pipeline.watcher import WatchState
from storage.choices import ISSUE
from storage.layouts import Origin
from storage.records import NOTHING_TO_PUBLISH, Delivery, Gate, IssueRecord, Subscription
from storage.records import ChannelStatus as StoredStatus
from storage.scope import Scope
from ui.choices import newsletter_choices
from ui.locales import N_, spoken
from ui.mending import status_view
from ui.orphans import ORPHANED, orphan_text
from ui.preview import PreviewButton, preview_text, preview_view
from ui.resting import publishing_line, rest_line
from ui.status import ChannelHealth, NewsletterStatus, Status, status_embeds

if TYPE_CHECKING:
    from app.client import Herald

_NOTHING_PASSES = S_("its filter leaves out every item")
_EMPTY = S_("the issue has no items")

log = logging.getLogger(__name__)

SYNC_LIMIT_S = 60.0

_UNREADABLE = S_("Its source cannot be read right now; whoever runs Herald has been notified.")


class Admin(commands.Cog):
    """Admin commands for status, sync, pausing and previewing."""

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services
        self.previewer = Previewer(bot.services.outbox, bot.composer)

    async def cog_load(self) -> None:
        """Register handlers for the buttons, including those of messages sent before a restart."""
        self.bot.answer_presses(PreviewButton, self.preview_pressed)

    # status and sync

    @app_commands.command()
    @admins_only
    async def status(self, interaction: Interaction) -> None:
        """Show how each newsletter and each channel is doing."""
        await interaction.response.defer(ephemeral=True)
        embeds, view = await self.summary(interaction)
        await interaction.followup.send(embeds=embeds, view=view, ephemeral=True)

    async def summary(self, interaction: Interaction) -> tuple[list[discord.Embed], discord.ui.View]:
        """Return the status of everything visible to the server, with buttons to repair what is broken."""
        scope, words = await admin_scope_of(self.services, interaction), spoken()
        marks = await self.services.newsletters.marks()
        stored = await self.services.subscriptions.status(
            interaction.guild_id, with_unplaced=self.bot.is_home(interaction.guild_id)
        )
        status = Status(
            version=full_version(),
            started_at=self.bot.started_at,
            newsletters=[
                await self._newsletter(interaction, scope, name, marks.get(name, ""))
                for name in self.services.watchers
                if scope.sees(name)
            ],
            channels=[await self._channel(one) for one in stored if one.subscription.origin.follows or _is_owed(one)],
            trouble=words.sentences(map(words.told, await self._troubles(interaction.guild_id))) or None,
        )
        held = [
            (one, marks[one.newsletter])
            for newsletter in status.newsletters
            for one in newsletter.held
            if newsletter.can_decide
        ]
        return status_embeds(status), status_view(status, held, words)

    async def _troubles(self, guild_id: int | None) -> list[str]:
        """Return troubles that affect all servers, and in the operator's own server newsletters that are orphaned."""
        found = [self.bot.storage_trouble] if self.bot.storage_trouble else []
        found += self.bot.commands_trouble
        if self.bot.is_home(guild_id):
            orphans = await self.services.newsletters.orphans(list(self.services.watchers))
            found += [orphan_text(orphan) for orphan in orphans]
        return found

    async def _newsletter(self, interaction: Interaction, scope: Scope, name: str, mark: str) -> NewsletterStatus:
        archive, words = self.services.archive, spoken()
        state = self.services.watchers[name].state
        counts = await archive.counts(scope, name)
        waiting = await archive.at_gate(scope, Gate.WAITING, name)
        faults = await archive.faults(scope, name)
        sees_all = scope.sees_unpublished(name)
        held = await archive.held.all(name) if sees_all else []
        return NewsletterStatus(
            name=name,
            mark=mark,
            issues=counts.issues,
            items=counts.items,
            is_looking=state.is_looking,
            last_look_at=state.last_look_at,
            next_look_at=state.next_look_at,
            # An error may name a private repository, which only the newsletter's own servers may see.
            error=state.error if sees_all or not state.error else _UNREADABLE,
            waiting=[
                words.labelled(record.issue.title or record.issue.path, words.told(record.gate_reason))
                for record in waiting
            ],
            held=held,
            can_decide=bool(held) and await may_decide(self.services, interaction, name),
            is_told_all=sees_all,
            faults=[
                words.labelled(f"{one.path}{f':{one.line}' if one.line else ''}", words.told(one.reason))
                for one in faults
            ],
        )

    async def _channel(self, stored: StoredStatus) -> ChannelHealth:
        subscription, words = stored.subscription, spoken()
        outbox = self.services.outbox
        parked = _owed_to(subscription, await outbox.parked(subscription.channel_id))
        postponed = _owed_to(subscription, await outbox.postponed(subscription.channel_id, now=utc_now()))
        channel = self.bot.get_channel(subscription.channel_id)
        is_known = subscription.newsletter in self.services.watchers
        publishes, now = subscription.options.publish, utc_now()
        to_publish = await outbox.to_publish(subscription.id, now=now) if publishes else NOTHING_TO_PUBLISH
        rests = [rest_line(subscription, now, words), publishing_line(to_publish, words)]
        return ChannelHealth(
            id=subscription.id,
            channel_id=subscription.channel_id,
            name=known_name(self.bot, subscription.channel_id, subscription.waiting_reason or ""),
            can_edit=subscription.origin is Origin.DISCORD and channel is not None,
            is_orphaned=not is_known,
            rests=[line for line in rests if line],
            newsletter=subscription.newsletter,
            pending=stored.pending,
            sending=stored.sending,
            failed=stored.failed,
            is_paused=subscription.paused_at is not None,
            follows=subscription.origin.follows,
            blocked=(subscription.waiting_reason or lack_of(self.bot, subscription)) if is_known else ORPHANED,
            notes=notes_of(self.bot, subscription),
            postponed=[words("Tried again by itself: {reason}", reason=words.told(one.error)) for one in postponed],
            failures=[one.error for one in parked],
        )

    @app_commands.command()
    @admins_only
    @app_commands.describe(
        newsletter="Which newsletter (default: all)",
        config="Read config.yaml again first; only in the server of Herald's admin channel",
    )
    async def sync(
        self, interaction: Interaction, newsletter: Range[str, 1, 100] | None = None, config: bool = False
    ) -> None:
        """Check the newsletters' sources now."""
        await interaction.response.defer(ephemeral=True)
        if config:
            reloaded = await self._reloaded(interaction)
            await interaction.followup.send("\n".join(reloaded)[:2_000], ephemeral=True)
            return
        scope = await admin_scope_of(self.services, interaction)
        name = newsletter_named(scope, self.services, newsletter) if newsletter else None
        watchers = self.services.watchers
        chosen = [each for each in watchers if scope.sees(each) and name in {None, each}]
        if not chosen:
            raise UserError("There is no newsletter here yet: /follow lets a channel follow one.")
        try:
            # An interaction expires after fifteen minutes, and nobody waits that long. The check itself continues.
            async with asyncio.timeout(SYNC_LIMIT_S):
                states = await asyncio.gather(*(watchers.look_now(each) for each in chosen))
        except TimeoutError as error:
            raise UserError("The check is still running. /status will show the result.") from error
        lines = [_looked(scope, each, state) for each, state in zip(chosen, states, strict=True)]
        await interaction.followup.send("\n".join(lines)[:2_000], ephemeral=True)

    async def _reloaded(self, interaction: Interaction) -> list[str]:
        """Reload the configuration for the operator. Raises UserError."""
        channel_id = self.services.config.admin_channel
        channel = self.bot.get_channel(channel_id) if channel_id else None
        home = channel.guild.id if isinstance(channel, discord.abc.GuildChannel | discord.Thread) else None
        # The admin channel is the only place in Discord that is known to belong to the operator.
        if self.bot.reloader is None or home is None or home != interaction.guild_id:
            raise UserError(
                "The configuration can be reloaded only in the server with Herald's admin channel "
                "(admin_channel in config.yaml), or by sending Herald SIGHUP."
            )
        try:
            reloaded = await self.bot.reloader.reload()
            self.bot.dispatch("reloaded")
        except ConfigError as error:
            raise UserError(
                "Nothing was changed: config.yaml has errors.\n{faults}", faults=str(error)[:1_900]
            ) from error
        return [spoken()("The configuration was reloaded."), *map(spoken().told, reloaded.lines())]

    # pause and resume

    @app_commands.command()
    @admins_only
    @app_commands.describe(channel="Which channel (default: this one)")
    async def pause(self, interaction: Interaction, channel: FollowedOption | None = None) -> None:
        """Pause posting in a channel until /resume; new items wait and are posted then."""
        await interaction.response.defer(ephemeral=True)
        found = await self._followed(interaction, channel)
        actor, pause = actor_of(interaction), self.services.subscriptions.pause
        changed = [one for one in found if await pause(one.id, now=utc_now(), actor=actor)]
        text = N_("{channel} is paused. Use /resume to continue.")
        text = text if changed else N_("{channel} was already paused. Use /resume to continue.")
        await interaction.followup.send(spoken()(text, channel=f"<#{found[0].channel_id}>"), ephemeral=True)

    @app_commands.command()
    @admins_only
    @app_commands.describe(channel="Which channel (default: this one)")
    async def resume(self, interaction: Interaction, channel: FollowedOption | None = None) -> None:
        """Resume a channel that was paused, is blocked, or had a message refused."""
        await interaction.response.defer(ephemeral=True)
        found = await self._followed(interaction, channel)
        actor = actor_of(interaction)
        changed = [await self.services.subscriptions.resume(one.id, go_on=True, actor=actor) for one in found]
        # A refused message is parked without pausing its channel, so it is retried even if nothing was paused.
        again = await self.services.outbox.try_again(found[0].channel_id)
        self.bot.announce("deliveries_due")
        goes_on = any(changed) or again
        text = (
            N_("Posting in {channel} has resumed.")
            if goes_on
            else N_("{channel} was not paused, and nothing is waiting there.")
        )
        await interaction.followup.send(spoken()(text, channel=f"<#{found[0].channel_id}>"), ephemeral=True)

    async def _followed(self, interaction: Interaction, channel: Followed | None) -> list[Subscription]:
        channel_id = channel.id if channel else interaction.channel_id
        found = await self.services.subscriptions.list(channel_id=channel_id, guild_id=interaction.guild_id)
        if not found:
            raise UserError(
                "{channel} does not follow any newsletter. /following shows which channels do.",
                channel=f"<#{channel_id}>",
            )
        return found

    # preview

    @app_commands.command()
    @admins_only
    @app_commands.describe(
        issue="Start typing its title, or its number; drafts too",
        channel="Preview it for this channel (default: this one, else the first that follows the newsletter)",
    )
    async def preview(
        self, interaction: Interaction, issue: Range[str, 1, 100], channel: FollowedOption | None = None
    ) -> None:
        """Show how an issue would be posted, to you alone."""
        await interaction.response.defer(ephemeral=True)
        record = await issue_named(self.services, await admin_scope_of(self.services, interaction), issue)
        text, embed, view = await self._previewed(interaction, record, channel.id if channel is not None else None, 1)
        await interaction.followup.send(text, embed=embed, view=view, ephemeral=True)

    async def preview_pressed(self, interaction: Interaction, item: PreviewButton) -> None:
        """Turn to another page of a preview."""
        await interaction.response.defer()
        if not interaction.permissions.manage_guild:
            raise UserError("This needs the permission Manage Server.")
        scope = await admin_scope_of(self.services, interaction)
        record = await self.services.archive.issue(scope, item.issue_id)
        if record is None:
            raise UserError(GONE)
        text, embed, view = await self._previewed(interaction, record, item.channel_id, item.page)
        await interaction.edit_original_response(content=text, embed=embed, view=view)

    async def _follower(self, interaction: Interaction, newsletter: str, channel_id: int | None) -> Subscription:
        """Return the subscription of the given channel, else of this one, else the server's first.

        Raises UserError if there is none.
        """
        followers = await self.services.subscriptions.list(newsletter, guild_id=interaction.guild_id)
        # The current channel is nearly always the one that is meant.
        by_channel = {one.channel_id: one for one in followers}
        wanted = channel_id if channel_id is not None else interaction.channel_id
        if (found := by_channel.get(wanted or 0)) is not None:
            return found
        if channel_id is not None:
            raise UserError(
                "{channel} does not follow **{newsletter}**: try /setup there.",
                channel=f"<#{channel_id}>",
                newsletter=plain_inline(newsletter),
            )
        if not followers:
            raise UserError(
                "No channel of this server follows **{newsletter}** yet. /setup shows how it would look in one before "
                "it follows.",
                newsletter=plain_inline(newsletter),
            )
        return followers[0]

    async def _previewed(
        self, interaction: Interaction, record: IssueRecord, channel_id: int | None, page: int
    ) -> tuple[str, discord.Embed, discord.ui.View]:
        """Return one message of an issue as the planner would post it. Raises UserError if there is none."""
        found = await self._follower(interaction, record.newsletter, channel_id)
        preview = await self.previewer.page(record.id, found, page)
        if not preview.messages:
            rule = found.options.filter.issue(record.issue).rule or _NOTHING_PASSES
            raise UserError(
                "Nothing of this issue would be posted in {channel}: {reason}.",
                channel=f"<#{found.channel_id}>",
                reason=rule if record.issue.items else _EMPTY,
            )
        number, message = max(1, min(page, preview.count)), preview.messages[0]
        text = preview_text(found.channel_id, number, preview.count, message)
        return text, message.embed, preview_view(record.id, found.channel_id, number, preview.count, message)

    # autocomplete

    @preview.autocomplete("issue")
    async def _drafts(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await admin_scope_of(self.services, interaction)
        return as_choices(await self.services.completion.issues(scope, current), ISSUE)

    @sync.autocomplete("newsletter")
    async def _newsletters(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await admin_scope_of(self.services, interaction)
        return newsletter_choices(filter(scope.sees, self.services.watchers), current)


def _owed_to(subscription: Subscription, deliveries: Sequence[Delivery]) -> list[Delivery]:
    return [one for one in deliveries if one.subscription_id == subscription.id]


def _is_owed(stored: StoredStatus) -> bool:
    """Whether a channel that follows nothing has pending or refused messages from a repost."""
    return bool(stored.pending or stored.sending or stored.failed)


def _looked(scope: Scope, name: str, state: WatchState) -> str:
    if state.error:
        return f"⚠️ **{name}**: {spoken().told(state.error if scope.sees_unpublished(name) else _UNREADABLE)}"
    return spoken()("**{newsletter}** is up to date.", newsletter=name)


async def setup(bot: Herald) -> None:
    """Add the cog to the client."""
    await bot.add_cog(Admin(bot))

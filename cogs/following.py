"""Which channel follows which newsletter: /follow and /unfollow; and reports of the watchers' findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from app.incidents import Interaction
from clock import utc_now
from cogs._channels import FollowedOption
from cogs._permissions import actor_of, admins_only
from cogs._scope import admin_scope_of, may_decide, newsletter_named
from cogs._setting_up import with_layout_for
from delivery.places import KINDS, Place, has_threads
from digest.render.escape import plain_inline
from errors import S_, UserError
from pipeline.importer import ImportReport
from pipeline.publisher import Release
from storage.layouts import Layout, Origin
from storage.options import Options
from storage.records import Subscription
from storage.troubles import short_key, trouble_key
from storage.wishes import Follow
from ui.choices import newsletter_choices
from ui.held import ANSWERS, HeldButton, decided, decision, held_message
from ui.locales import N_, spoken
from ui.option_text import difference
from ui.orphans import orphan_text
from ui.setup_panel import begins

if TYPE_CHECKING:
    from app.client import Herald
    from cogs.admin import Admin

_SOURCE_FAILS = S_("**{newsletter}**: {reason}")
_FAULT = S_("**{newsletter}**, {path}: {reason}")
_FAULT_IN_LINE = S_("**{newsletter}**, {path} line {line}: {reason}")
_NOT_YOURS = N_(
    "Other servers follow this newsletter, too, so whoever runs Herald decides, in the channel where Herald reports."
)


class Following(commands.Cog):
    """The follow commands, and reports of the watchers' findings."""

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services
        self.watchers = bot.services.watchers

    async def cog_load(self) -> None:
        """Start watching the sources."""
        self.bot.answer_presses(HeldButton, self.held_decided)
        # Another process polls the sources; this one only has to know which newsletters exist.
        if self.services.config.role == "gateway":
            self.watchers.keep_in_step()
        else:
            self.watchers.start(self)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Notify the admins once of each newsletter that is stored but no longer configured."""
        for orphan in await self.services.newsletters.orphans(list(self.watchers)):
            # Kept in the database, because each start finds the same newsletters.
            key = f"told orphan:{orphan.name}"
            with self.bot.answering_admins():
                text = f"🔸 {orphan_text(orphan)}"
            if await self.services.db.setting(key) is None and await self.bot.tell_admins(text):
                await self.services.db.set_setting(key, "yes")

    async def cog_unload(self) -> None:
        """Stop watching."""
        await self.watchers.stop()

    async def storage_fails(self, reason: str | None) -> None:
        """Report that nothing can be stored, or that storage works again."""
        await self.bot.storage_fails(reason)

    async def source_fails(self, newsletter: str, reason: str) -> None:
        """Notify the admins that a source cannot be read."""
        text = "⚠️ " + _SOURCE_FAILS.format(newsletter=newsletter, reason=reason)
        await self.bot.tell_admins(text, trouble=trouble_key("source", newsletter), reason=reason)

    async def source_works_again(self, newsletter: str) -> None:
        """Notify the admins that a source can be read again."""
        # A bot that is not ready yet does not know which other troubles are over; once it is, it checks all of them.
        if self.bot.is_ready() or self.bot.is_ingest:
            await self.bot.reports.look(over={trouble_key("source", newsletter)})

    async def imported(self, report: ImportReport) -> None:
        """Notify the admins of files that could not be imported."""
        found: list[tuple[str, str, str]] = []
        for fault in report.faults:
            sentence = _FAULT_IN_LINE if fault.line else _FAULT
            path, reason = f"`{fault.path.replace('`', 'ˋ')}`", plain_inline(fault.reason)
            text = sentence.format(newsletter=report.newsletter, path=path, line=fault.line, reason=reason)
            key = trouble_key("file", report.newsletter, short_key(fault.path))
            found.append((key, fault.reason, f"❗ {text}"))
        if found:
            await self.bot.reports.troubles(found)
        if report.revision is not None:
            await self.bot.reports.look()

    async def released(self, newsletter: str, release: Release, *, has_changed: bool) -> None:
        """Wake the dispatcher, and ask the admins about held issues and removals."""
        del newsletter
        if release.messages or has_changed:  # any change may require edits
            self.bot.announce("deliveries_due")
        # Alerts are matched elsewhere, possibly in another process.
        if release.released:
            self.bot.announce("issues_released")
        marks = await self.services.newsletters.marks() if release.news else {}
        for held in release.news:
            with self.bot.answering_admins():
                text, view = held_message(held, marks[held.newsletter])
            key = trouble_key("held", held.kind.value, held.newsletter)
            if await self.bot.tell_admins(text, trouble=key, view=view):
                await self.services.archive.held.told(held)

    async def held_decided(self, interaction: Interaction, item: HeldButton) -> None:
        """Carry out an admin's decision about held issues or removals."""
        await interaction.response.defer()
        marks = await self.services.newsletters.marks()
        newsletter = next((name for name, mark in marks.items() if mark == item.mark), None)
        # The same answer in both cases, so that it does not reveal whether a newsletter exists.
        if newsletter is None or not await may_decide(self.services, interaction, newsletter):
            raise UserError(_NOT_YOURS)
        issues, messages = await self.services.publisher.decide_held(newsletter, item.answer, actor_of(interaction))
        said, message = decided(item.answer, issues, messages), interaction.message
        with self.bot.answering_admins():
            told = decision(newsletter, item.answer, issues, messages, interaction.user.id)
        kind = next(kind for kind, answers in ANSWERS.items() if item.answer in answers)
        key, pressed = trouble_key("held", kind.value, newsletter), message.id if message is not None else None
        await self.bot.reports.settle(key, told, pressed=pressed)
        self.bot.announce("deliveries_due")
        if message is not None and message.flags.ephemeral:  # a /status answer is refreshed
            embeds, view = await cast("Admin", self.bot.get_cog("Admin")).summary(interaction)
            await interaction.edit_original_response(content=said, embeds=embeds, view=view)
            return
        await interaction.edit_original_response(content=told, view=None)

    @app_commands.command()
    @admins_only
    @app_commands.describe(
        newsletter="Which newsletter to follow",
        channel="Where to post it (default: this channel)",
        backfill="How many of the newest issues to post now",
        layout="auto: fewer messages for long issues; items: one each; thread: in a thread; digest: one in all",
        role="A role to mention above each issue",
    )
    async def follow(
        self,
        interaction: Interaction,
        newsletter: Range[str, 1, 100],
        channel: FollowedOption | None = None,
        backfill: Range[int, 0, 20] = 0,
        layout: Literal["auto", "items", "thread", "forum", "digest"] | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Make a channel follow a newsletter, or change the settings you name; /setup has the rest."""
        await interaction.response.defer(ephemeral=True)
        name = newsletter_named(await admin_scope_of(self.services, interaction), self.services, newsletter)
        place = channel or interaction.channel
        if interaction.guild is None or not isinstance(place, KINDS):
            raise UserError("Choose a text or forum channel, a thread, or a voice channel's chat.")
        named: dict[str, Any] = {} if layout is None else {"layout": _layout_in(place, Layout(layout))}
        named |= {} if role is None else {"role": role.id}
        before, subscription = await self._let_follow(interaction, name, place, named, backfill)
        words = spoken()
        text = words("{channel} follows {newsletter}.", channel=place.mention, newsletter=f"**{name}**")
        if before is not None:
            text = words("{channel} already follows {newsletter}.", channel=place.mention, newsletter=f"**{name}**")
            text += "\n" + ("\n".join(difference(before, subscription.options, words)) or words("Nothing was changed."))
            if backfill:
                text += "\n" + words(
                    "backfill counts only when a channel begins to follow: /repost posts older issues."
                )
        finding = await self.bot.checkup.of(subscription)
        lines = [text]
        if finding.fault:
            lines.append(f"⚠️ {words.told(finding.fault)}")
        elif before is None:
            lines.append(begins(backfill, subscription.options, words))
        lines += [f"🔸 {words.told(note)}" for note in finding.notes]
        await interaction.followup.send("\n".join(lines)[:2_000], ephemeral=True)

    async def _let_follow(
        self, interaction: Interaction, name: str, place: Place, named: Mapping[str, Any], backfill: int
    ) -> tuple[Options | None, Subscription]:
        """Subscribe a channel with the given options; return its options before, and the subscription."""
        subscriptions = self.services.subscriptions
        while True:  # somebody else may change it between reading and writing
            known = await subscriptions.find(name, place.id)
            before = known.options if known is not None else None
            options = replace(with_layout_for(place, before or Options()), **named)
            # Setting the same options again writes nothing, including to the audit log.
            if known is not None and options == before:
                return before, known
            wish = Follow.of(name, place.id, options, known.backfill if known is not None else backfill)
            saved = await subscriptions.add_over(
                before, wish, now=utc_now(), guild_id=place.guild.id, actor=actor_of(interaction)
            )
            if saved is not None:
                self.watchers.wake(name)
                return before, saved

    @app_commands.command()
    @admins_only
    @app_commands.describe(newsletter="Which newsletter", channel="Which channel (default: this one)")
    async def unfollow(
        self,
        interaction: Interaction,
        newsletter: Range[str, 1, 100],
        channel: FollowedOption | None = None,
    ) -> None:
        """Stop following a newsletter; what was posted stays."""
        await interaction.response.defer(ephemeral=True)
        channel_id = channel.id if channel else interaction.channel_id or 0
        followed = await self._followed(interaction, channel_id)
        typed = " ".join(newsletter.split()).casefold()
        # Looked up among the channel's subscriptions, so that one whose newsletter is no longer configured can be
        # ended.
        subscription = next((one for one in followed if one.newsletter.casefold() == typed), None)
        if subscription is None:
            raise _not_followed(channel_id, newsletter, [one.newsletter for one in followed])
        newsletter = subscription.newsletter
        if subscription.origin is Origin.CONFIG:
            raise UserError("This is set in config.yaml; remove it there, under subscriptions.")
        await self.services.subscriptions.remove(subscription.id, now=utc_now(), actor=actor_of(interaction))
        text = spoken()(
            "{channel} no longer follows **{newsletter}**.", channel=f"<#{channel_id}>", newsletter=newsletter
        )
        await interaction.followup.send(text, ephemeral=True)

    async def _followed(self, interaction: Interaction, channel_id: int | None = None) -> list[Subscription]:
        """Return the subscriptions of the server or one of its channels, including newsletters no longer configured."""
        # Autocomplete also runs in direct messages: without a server, 0 matches none instead of all.
        return await self.services.subscriptions.list(
            guild_id=interaction.guild_id or 0,
            channel_id=channel_id,
            with_unplaced=self.bot.is_home(interaction.guild_id),
        )

    @unfollow.autocomplete("newsletter")
    async def _followed_newsletters(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        names = dict.fromkeys(one.newsletter for one in await self._followed(interaction))
        return newsletter_choices(names, current)

    @follow.autocomplete("newsletter")
    async def _newsletters(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await admin_scope_of(self.services, interaction)
        return newsletter_choices(filter(scope.sees, self.watchers), current)


def _layout_in(place: Place, layout: Layout) -> Layout:
    """Return the layout that suits the channel: in a forum, auto becomes `forum`. Raises UserError if none does."""
    is_forum = isinstance(place, discord.ForumChannel)
    if is_forum:
        layout = layout.in_forum
    if layout.needs_forum is not is_forum:
        raise UserError("The layout forum works in forum channels only, and they take no other layout.")
    if layout.has_thread_below_header and not has_threads(place):
        raise UserError("{channel} cannot have threads: choose another layout.", channel=place.mention)
    return layout


def _not_followed(channel_id: int, newsletter: str, followed: Sequence[str]) -> UserError:
    channel, typed = f"<#{channel_id}>", plain_inline(newsletter)
    if not followed:
        return UserError(
            '{channel} does not follow "{newsletter}". /following shows which channels follow what.',
            channel=channel,
            newsletter=typed,
        )
    return UserError(
        '{channel} does not follow "{newsletter}". It follows: {names}.',
        channel=channel,
        newsletter=typed,
        names=", ".join(plain_inline(name) for name in followed),
    )


async def setup(bot: Herald) -> None:
    """Add the cog to the client."""
    await bot.add_cog(Following(bot))

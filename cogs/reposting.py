"""`/repost` and `/withdraw`, each for an issue, a section or an item."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from app.incidents import Interaction
from clock import utc_now
from cogs._answers import as_choices
from cogs._channels import Followed, FollowedOption
from cogs._named import issue_named
from cogs._permissions import actor_of, check_may_write
from cogs._scope import scope_of
from cogs._subjects import (
    Subject,
    act_on,
    headings_of,
    issue_subject,
    item_subject,
    place_of,
    section_subject,
    subject_of,
)
from delivery.places import KINDS, Place
from digest.render.markdown import plain_inline
from errors import UserError
from storage.choices import ISSUE, ITEM
from storage.layouts import OnRemoved
from storage.records import Subscription, Wanted
from storage.reposting import Effect, Repeated
from ui.confirm import Act, CancelButton, ConfirmButton, Verb, confirm_view
from ui.locales import N_, spoken
from ui.retracting import (
    repeated,
    repost_label,
    repost_question,
    reposted,
    withdraw_label,
    withdraw_question,
    withdrawn,
)

if TYPE_CHECKING:
    from app.client import Herald

ANSWER_WITHIN = dt.timedelta(minutes=15)  # a later answer may be meant for another question
SAME = dt.timedelta(minutes=10)  # period in which a repost of the same part is pointed out
How = Literal["new messages", "in place"]
_NOT_THERE = N_("No message of **{title}** is in {channel}: post it as new messages.")
_TOO_OLD = N_("This question is too old, so nothing was done. Run the command again.")
_CANCELLED = {
    "withdraw": N_("Cancelled. Nothing was withdrawn."),
    "post": N_("Cancelled. Nothing was posted."),
}
_VERBS: dict[OnRemoved, Verb] = {OnRemoved.MARK: "mark", OnRemoved.DELETE: "delete"}
_ADMINS = discord.Permissions(manage_guild=True)


class Reposting(commands.Cog):
    """The repost and withdraw commands."""

    repost = app_commands.Group(
        name="repost", description="Post something again", guild_only=True, default_permissions=_ADMINS
    )
    withdraw = app_commands.Group(
        name="withdraw", description="Take back what was posted", guild_only=True, default_permissions=_ADMINS
    )

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services

    async def cog_load(self) -> None:
        """Register handlers for the buttons, including those of questions asked before a restart."""
        self.bot.answer_presses(ConfirmButton, self.confirmed)
        self.bot.answer_presses(CancelButton, self.cancelled)

    # repost

    @repost.command(name="issue")
    @app_commands.checks.has_permissions(manage_guild=True)  # the group sets what else `admins_only` does
    @app_commands.describe(
        issue="Start typing its title, or its number",
        channel="Where to post it (default: this channel)",
        how="As new messages, or update the existing ones and restore what was withdrawn",
    )
    async def repost_issue(
        self,
        interaction: Interaction,
        issue: Range[str, 1, 100],
        channel: FollowedOption | None = None,
        how: How = "new messages",
    ) -> None:
        """Post a whole issue again."""
        await interaction.response.defer(ephemeral=True)
        await self._repost(interaction, await issue_subject(self.services, interaction, issue), channel, how)

    @repost.command(name="section")
    @app_commands.checks.has_permissions(manage_guild=True)
    @app_commands.describe(
        issue="Start typing its title, or its number",
        section="A heading of the issue",
        channel="Where to post it (default: this channel)",
        how="As new messages, or update the existing ones and restore what was withdrawn",
    )
    async def repost_section(
        self,
        interaction: Interaction,
        issue: Range[str, 1, 100],
        section: Range[str, 1, 200],
        channel: FollowedOption | None = None,
        how: How = "new messages",
    ) -> None:
        """Post the items below a heading again."""
        await interaction.response.defer(ephemeral=True)
        await self._repost(interaction, await section_subject(self.services, interaction, issue, section), channel, how)

    @repost.command(name="item")
    @app_commands.checks.has_permissions(manage_guild=True)
    @app_commands.describe(
        item="Start typing its title",
        channel="Where to post it (default: this channel)",
        how="As a new message, or update the existing one and restore it if it was withdrawn",
    )
    async def repost_item(
        self,
        interaction: Interaction,
        item: Range[str, 1, 100],
        channel: FollowedOption | None = None,
        how: How = "new messages",
    ) -> None:
        """Post one item again."""
        await interaction.response.defer(ephemeral=True)
        await self._repost(interaction, await item_subject(self.services, interaction, item), channel, how)

    async def _repost(self, interaction: Interaction, subject: Subject, channel: Followed | None, how: How) -> None:
        place = await self._place(interaction, channel, subject.record.newsletter)
        in_place = how == "in place"
        outbox, asked_at = self.services.outbox, utc_now()
        found = await self._subscription(subject, place, make=not in_place)
        if found is None:
            raise UserError(
                "No message of **{title}** is in {channel}.", title=plain_inline(subject.title), channel=place.mention
            )
        effect = await outbox.repost_effect(subject.part, found, in_place=in_place)
        if not effect.total:
            if not in_place:
                raise UserError("There are no items to post.")
            raise UserError(_NOT_THERE, title=plain_inline(subject.title), channel=place.mention)
        same = await self.services.history.reposted(subject.part.issue_id, found.id, asked_at - SAME)
        earlier = next((one for one in reversed(same) if subject.part.is_same(one)), None)
        question = repost_question(subject.title, place.mention, effect, in_place=in_place, earlier=earlier)
        act = act_on(subject, interaction, "update" if in_place else "post", place.id, asked_at)
        view = confirm_view(act, repost_label(effect.total, in_place=in_place))
        await interaction.followup.send(question, view=view, ephemeral=True)

    async def _post_again(self, interaction: Interaction, subject: Subject, act: Act) -> str:
        in_place = act.verb == "update"
        place = await self._place(interaction, await place_of(interaction, act.channel_id), subject.record.newsletter)
        found = await self._subscription(subject, place, make=not in_place)
        if found is None:
            raise UserError(_NOT_THERE, title=plain_inline(subject.title), channel=place.mention)
        actor = actor_of(interaction)
        try:
            done = await self.services.outbox.repost(
                subject.part, found, now=utc_now(), in_place=in_place, actor=actor, asked_at=act.asked_at
            )
        except Repeated as refused:
            return repeated(refused.event, place.mention)
        self.bot.announce("deliveries_due")
        return reposted(len(done), place.mention, found)

    async def _subscription(self, subject: Subject, place: Place, *, make: bool) -> Subscription | None:
        """Return the subscription to repost in; None if the channel never had one and `make` is false."""
        subscriptions, newsletter = self.services.subscriptions, subject.record.newsletter
        if not make and await subscriptions.at(newsletter, place.id) is None:
            return None
        return await subscriptions.for_repost(newsletter, place.id, now=utc_now(), guild_id=place.guild.id)

    # withdraw

    @withdraw.command(name="issue")
    @app_commands.checks.has_permissions(manage_guild=True)
    @app_commands.describe(
        issue="Start typing its title, or its number",
        how="mark: strike the messages through; delete: delete them",
        channel="Where (default: this channel)",
        everywhere="In all channels of this server",
    )
    async def withdraw_issue(
        self,
        interaction: Interaction,
        issue: Range[str, 1, 100],
        how: Literal["mark", "delete"] = "mark",
        channel: FollowedOption | None = None,
        everywhere: bool = False,
    ) -> None:
        """Take back a whole issue."""
        await interaction.response.defer(ephemeral=True)
        subject = await issue_subject(self.services, interaction, issue)
        await self._withdraw(interaction, subject, OnRemoved(how), channel, everywhere=everywhere)

    @withdraw.command(name="section")
    @app_commands.checks.has_permissions(manage_guild=True)
    @app_commands.describe(
        issue="Start typing its title, or its number",
        section="A heading of the issue",
        how="mark: strike the messages through; delete: delete them",
        channel="Where (default: this channel)",
        everywhere="In all channels of this server",
    )
    async def withdraw_section(
        self,
        interaction: Interaction,
        issue: Range[str, 1, 100],
        section: Range[str, 1, 200],
        how: Literal["mark", "delete"] = "mark",
        channel: FollowedOption | None = None,
        everywhere: bool = False,
    ) -> None:
        """Withdraw the items under a heading, including any that its author adds later."""
        await interaction.response.defer(ephemeral=True)
        subject = await section_subject(self.services, interaction, issue, section)
        await self._withdraw(interaction, subject, OnRemoved(how), channel, everywhere=everywhere)

    @withdraw.command(name="item")
    @app_commands.checks.has_permissions(manage_guild=True)
    @app_commands.describe(
        item="Start typing its title",
        how="mark: strike the message through; delete: delete it",
        channel="Where (default: this channel)",
        everywhere="In all channels of this server",
    )
    async def withdraw_item(
        self,
        interaction: Interaction,
        item: Range[str, 1, 100],
        how: Literal["mark", "delete"] = "mark",
        channel: FollowedOption | None = None,
        everywhere: bool = False,
    ) -> None:
        """Take back one item."""
        await interaction.response.defer(ephemeral=True)
        subject = await item_subject(self.services, interaction, item)
        await self._withdraw(interaction, subject, OnRemoved(how), channel, everywhere=everywhere)

    async def _withdraw(
        self,
        interaction: Interaction,
        subject: Subject,
        how: OnRemoved,
        channel: Followed | None,
        *,
        everywhere: bool,
    ) -> None:
        targets = await self._targets(interaction, subject, channel, everywhere=everywhere)
        outbox = self.services.outbox
        effects = [await outbox.withdraw_effect(subject.part, one, how) for one in targets]
        channels = [f"<#{one.channel_id}>" for one in targets]
        if not any(effect.total or effect.dropped for effect in effects):
            raise UserError("**{title}** is withdrawn there already.", title=plain_inline(subject.title))
        question = withdraw_question(subject.title, channels, effects, how)
        # The button carries the whole action, so that it works after a restart and in another process.
        act = act_on(subject, interaction, _VERBS[how], 0 if everywhere else targets[0].channel_id, utc_now())
        await interaction.followup.send(question, view=confirm_view(act, withdraw_label(effects)), ephemeral=True)

    async def _take_back(self, interaction: Interaction, subject: Subject, act: Act) -> str:
        channel = await place_of(interaction, act.channel_id) if act.channel_id else None
        targets = await self._targets(interaction, subject, channel, everywhere=channel is None)
        now, actor, outbox, how = utc_now(), actor_of(interaction), self.services.outbox, OnRemoved(act.verb)
        done: list[Effect] = [await outbox.withdraw(subject.part, one, how, now=now, actor=actor) for one in targets]
        self.bot.announce("deliveries_due")
        return withdrawn(done, [f"<#{one.channel_id}>" for one in targets])

    async def _targets(
        self, interaction: Interaction, subject: Subject, channel: Followed | None, *, everywhere: bool
    ) -> list[Subscription]:
        """Return the subscriptions to withdraw from. Raises UserError if no message is posted or pending there."""
        found = await self.services.outbox.of_issue(subject.part.issue_id)
        ids = {
            one.subscription_id
            for one in found
            # Channels of other servers with the same issue are not this admin's to change.
            if one.guild_id == interaction.guild_id and (one.done is not Wanted.DELETED)
        }
        every = [one for number in sorted(ids) if (one := await self.services.subscriptions.get(number)) is not None]
        every = [one for one in every if one.removed_at is None]
        title = plain_inline(subject.title)
        if not every:
            raise UserError("No message of **{title}** is in a channel that Herald still manages.", title=title)
        if everywhere:
            for one in every:
                # All or nothing: without permission to write in one channel, nothing is withdrawn from the others.
                check_may_write(interaction, one.channel_id)
            return every
        place = await self._place(interaction, channel, subject.record.newsletter, is_new=False)
        here = [one for one in every if one.channel_id == place.id]
        if not here:
            where = ", ".join(f"<#{one.channel_id}>" for one in every[:10])
            raise UserError(
                "**{title}** is not in {channel} but in {channels}: choose that channel, or use everywhere.",
                title=title,
                channel=place.mention,
                channels=where,
            )
        check_may_write(interaction, place.id)
        return here

    # shared

    async def _place(
        self, interaction: Interaction, channel: Followed | None, newsletter: str, *, is_new: bool = True
    ) -> Place:
        """Return the channel that is meant; for an issue's own thread or forum post, its parent."""
        place = channel or interaction.channel
        find = self.services.subscriptions.find
        # In an issue's own thread, the parent channel is meant, because that one follows.
        if isinstance(place, discord.Thread) and isinstance(place.parent, discord.TextChannel | discord.ForumChannel):
            above = await find(newsletter, place.parent.id)
            is_inside = above is not None and (above.layout.opens_thread or above.layout.shares_messages)
            place = place.parent if is_inside and await find(newsletter, place.id) is None else place
        if is_new and isinstance(place, discord.ForumChannel) and await find(newsletter, place.id) is None:
            raise UserError(
                "{channel} does not follow **{newsletter}**. Use /follow there first.",
                channel=place.mention,
                newsletter=newsletter,
            )
        if not isinstance(place, KINDS):
            raise UserError("Choose a text or forum channel, a thread, or a voice channel's chat.")
        check_may_write(interaction, place.id)
        return place

    # confirmation buttons

    async def confirmed(self, interaction: Interaction, item: ConfirmButton) -> None:
        """Carry out the confirmed action; remove the buttons first, so that it cannot be confirmed twice."""
        act = item.act
        _check_decides(interaction, act.owner_id)
        question = interaction.message.content if interaction.message is not None else ""
        if utc_now() - act.asked_at > ANSWER_WITHIN:
            await interaction.response.edit_message(content=f"{question}\n{spoken()(_TOO_OLD)}", view=None)
            return
        await interaction.response.edit_message(content=question, view=None)
        subject = await subject_of(self.services, interaction, act)
        do = self._take_back if act.is_withdrawal else self._post_again
        text = await do(interaction, subject, act)
        await interaction.edit_original_response(content=text[:2_000], view=None)

    async def cancelled(self, interaction: Interaction, item: CancelButton) -> None:
        """Report that nothing was done."""
        _check_decides(interaction, item.owner_id)
        text = _CANCELLED[item.what]
        await interaction.response.edit_message(content=spoken()(text), embeds=[], view=None)

    # autocomplete

    @repost_issue.autocomplete("issue")
    @repost_section.autocomplete("issue")
    @withdraw_issue.autocomplete("issue")
    @withdraw_section.autocomplete("issue")
    async def _issues(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.services, interaction)
        return as_choices(await self.services.completion.issues(scope, current), ISSUE)

    @repost_section.autocomplete("section")
    @withdraw_section.autocomplete("section")
    async def _sections(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.services, interaction)
        try:
            record = await issue_named(self.services, scope, getattr(interaction.namespace, "issue", None) or "")
        except UserError:
            return []
        found = [one for one in headings_of(record) if current.casefold() in one.casefold() and len(one) <= 100]
        return [Choice(name=one, value=one) for one in found[:25]]

    @repost_item.autocomplete("item")
    @withdraw_item.autocomplete("item")
    async def _items(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.services, interaction)
        return as_choices(await self.services.completion.items(scope, current), ITEM)


def _check_decides(interaction: Interaction, owner_id: int) -> None:
    """Raise UserError for anyone but the admin who ran the command."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise UserError("This needs the permission Manage Server.")
    if interaction.user.id != owner_id:
        raise UserError("Only the person who ran this command can decide.")


async def setup(bot: Herald) -> None:
    """Add the cog to the client."""
    await bot.add_cog(Reposting(bot))

"""`/why` and "Why was this posted?": what happened to a message or issue and why. `/audit`: who did what."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from app.explaining import Explainer, Explanation
from app.incidents import Interaction
from clock import utc_now
from cogs._answers import as_choices
from cogs._channels import FollowedOption
from cogs._named import issue_called
from cogs._permissions import admins_only
from cogs._scope import admin_scope_of
from delivery.places import LOST
from digest.render.markdown import cut, plain_inline
from errors import UserError
from search.when import Span, parse_when
from storage.choices import ISSUE, ITEM, chosen_number
from storage.history import Acts, HistoryEvent
from storage.records import Delivery
from storage.scope import Scope
from ui.audit import PER_PAGE, AuditButton, AuditPage, audit_csv, audit_embed, audit_view
from ui.buttons import mark_of
from ui.locales import N_, spoken
from ui.why import channel_story
from ui.why_channels import channel_stories, why_embed
from ui.why_issue import Who, issue_story, mentioned, nobody

if TYPE_CHECKING:
    from app.client import Herald

STORIES = 8  # channel accounts in one answer, each about one channel or several
EXPORTED = 50_000  # entries of one file; stays below Discord's upload limit
MOST_TITLES = 5_000
_LAST = dt.date.max - dt.timedelta(days=1)
_LINK = re.compile(r"(?:https?://)?(?:\w+\.)?discord(?:app)?\.com/channels/(\d{1,20})/(\d{1,20})/(\d{1,20})/?\s*\Z")


UNKNOWN_TO_DATABASE = N_(
    "Herald posted this message for an issue, but its database does not know it: an older backup was restored, "
    "or this is another database."
)


class Explaining(commands.Cog):
    """Explains what was posted and what was not, and shows the audit log."""

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services
        self.explainer = Explainer(bot.services)
        self._menu = app_commands.ContextMenu(name="Why was this posted?", callback=self.why_message)
        self._menu.guild_only = True

    async def cog_load(self) -> None:
        """Register the context menu and the handlers for the buttons, including those of earlier messages."""
        self.bot.answer_presses(AuditButton, self.audit_pressed)
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Remove the context menu."""
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(about="A message's link, or the title of an issue or an item")
    async def why(self, interaction: Interaction, about: Range[str, 1, 200]) -> None:
        """Explain why something was posted, or why it was not."""
        await interaction.response.defer(ephemeral=True)
        if (match := _LINK.match(about)) is not None:
            embed = await self._of_link(interaction, *(int(number) for number in match.groups()))
        else:
            embed = await self._of_text(interaction, about)
        await interaction.followup.send(embed=embed, ephemeral=True)

    async def why_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Explain why a message was posted: the context command."""
        await interaction.response.defer(ephemeral=True)
        embed = await self._of_message(interaction, message)
        await interaction.followup.send(embed=embed, ephemeral=True)

    async def _of_link(
        self, interaction: Interaction, guild_id: int, channel_id: int, message_id: int
    ) -> discord.Embed:
        if guild_id != interaction.guild_id:
            raise UserError("This message is in another server: ask there.")
        delivery = await self.services.outbox.by_message(message_id)
        if delivery is not None and delivery.guild_id == guild_id:
            return await self._of_delivery(interaction, delivery)
        channel = interaction.guild.get_channel_or_thread(channel_id) if interaction.guild is not None else None
        unknown = N_(
            "Herald does not know this message: it was deleted, or it is in a channel that Herald cannot read."
        )
        if not _may_see(interaction, channel_id) or not isinstance(channel, discord.abc.Messageable):
            raise UserError(unknown)
        try:
            message = await channel.fetch_message(message_id)
        except LOST as error:
            raise UserError(unknown) from error
        return await self._of_message(interaction, message)

    async def _of_message(self, interaction: Interaction, message: discord.Message) -> discord.Embed:
        if self.bot.user is None or message.author.id != self.bot.user.id:
            raise UserError("Herald did not post this message.")
        delivery = await self.services.outbox.by_message(message.id)
        mark = mark_of(message)
        if delivery is None and mark:
            delivery = await self.services.outbox.by_mark(mark)
        if delivery is None and mark:
            raise UserError(UNKNOWN_TO_DATABASE)
        if delivery is None:
            raise UserError(
                "This message does not belong to an issue: it answers a command, or it tells the admins something."
            )
        return await self._of_delivery(interaction, delivery)

    async def _of_delivery(self, interaction: Interaction, delivery: Delivery) -> discord.Embed:
        scope = await admin_scope_of(self.services, interaction)
        story = await self.explainer.message(delivery) if scope.sees(delivery.newsletter) else None
        if story is None or not _may_see(interaction, delivery.channel_id):
            raise UserError("Herald does not know this message any more, or this server no longer follows it.")
        title = story.item.item.title if story.item is not None else story.record.issue.title
        if delivery.is_list:
            count = len(await self.services.outbox.listed(delivery.id))
            title = spoken().counted(
                count, "{number} item of {issue}", "{number} items of {issue}", issue=story.record.issue.title
            )
        who = _who(interaction)
        parts = [channel_story(story.accounts[0], who), issue_story(story.record, story.events, who, is_posted=True)]
        return why_embed(title, [_belongs(story, is_list=delivery.is_list), *parts])

    async def _of_text(self, interaction: Interaction, about: str) -> discord.Embed:
        scope = await admin_scope_of(self.services, interaction)
        story = await self._story(interaction, scope, about)
        if story is None:
            raise self._never_seen(scope, about)
        who = _who(interaction)
        # Only some of many channels are shown: the current one comes first.
        accounts = sorted(story.accounts, key=lambda one: one.channel_id not in _here(interaction))
        told = channel_stories(accounts, who, limit=STORIES)
        if not told and story.record.released_at is not None:
            told = [spoken()("No channel that you can see follows this newsletter.")]
        title = story.item.item.title if story.item is not None else story.record.issue.title
        is_posted = any(one.deliveries for one in story.accounts)
        ending = issue_story(story.record, story.events, who, is_posted=is_posted)
        return why_embed(title, [_belongs(story), _taken_out(story), *told, ending])

    async def _story(self, interaction: Interaction, scope: Scope, about: str) -> Explanation | None:
        """Return the explanation of what was chosen or typed: an issue's number or title, or an item's title."""
        issue_id, item_id = chosen_number(about, ISSUE), chosen_number(about, ITEM)
        if issue_id is None and item_id is None:
            issue_id, item_id = await self._typed(scope, about)
        guild_id = interaction.guild_id or 0

        def may_see(channel_id: int) -> bool:
            return _may_see(interaction, channel_id)

        if issue_id is not None:
            record = await self.services.archive.issue(scope, issue_id)
            return await self.explainer.issue(record, guild_id, may_see) if record is not None else None
        item = await self.services.archive.item(scope, item_id) if item_id is not None else None
        record = await self.services.archive.issue(scope, item.issue_id) if item is not None else None
        if item is None or record is None:
            return None
        return await self.explainer.item(record, item, guild_id, may_see)

    async def _typed(self, scope: Scope, about: str) -> tuple[int | None, int | None]:
        typed = about.strip()
        if (number := await issue_called(self.services, scope, typed)) is not None:
            return number, None
        if not typed:
            raise UserError("Write the title of an issue or an item, or paste a message's link.")
        if found := await self.services.names.items(scope, typed):
            return None, found[0]
        if typed.isdecimal():  # digits would match the dates in the suggestions
            return None, None
        completion = self.services.completion
        for choice in await completion.issues(scope, typed, limit=1):
            if _holds(choice.label, typed):
                return int(choice.value), None
        for choice in await completion.items(scope, typed, limit=1):
            if _holds(choice.label, typed):
                return None, int(choice.value)
        return None, None

    def _never_seen(self, scope: Scope, about: str) -> UserError:
        looks = [
            f"**{plain_inline(name)}** {discord.utils.format_dt(state.last_look_at, 'R')}"
            for name, watcher in self.services.watchers.items()
            if scope.sees(name) and (state := watcher.state).last_look_at is not None
        ]
        what = plain_inline(cut(about, 100))
        if not looks:
            return UserError('Herald has never seen "{what}" here. Start typing to see suggestions.', what=what)
        return UserError(
            'Herald has never seen "{what}" here. It last looked at {looks}. Start typing to see suggestions.',
            what=what,
            looks=spoken().joined(looks[:10]),
        )

    # the audit log

    @app_commands.command()
    @admins_only
    @app_commands.describe(
        person="Only what this person did",
        channel="Only what concerns this channel",
        since="On or after: 2026, last month, 2026-03-05",
        until="On or before: 2026, last month, 2026-03-05",
        export="Get all of it as a CSV file",
    )
    async def audit(
        self,
        interaction: Interaction,
        person: discord.User | None = None,
        channel: FollowedOption | None = None,
        since: Range[str, 1, 40] | None = None,
        until: Range[str, 1, 40] | None = None,
        export: bool = False,
    ) -> None:
        """Show who followed, unfollowed, changed, paused, reposted, withdrew or decided what."""
        await interaction.response.defer(ephemeral=True)
        first, last = _span(since), _span(until)
        acts = Acts(
            guild_id=interaction.guild_id or 0,
            user_id=person.id if person is not None else None,
            channel_id=channel.id if channel is not None else None,
            since=_midnight(first.first) if first is not None else None,
            until=_midnight(min(last.last, _LAST) + dt.timedelta(days=1)) if last is not None else None,
        )
        if export:
            await interaction.followup.send(file=await self._exported(interaction, acts), ephemeral=True)
            return
        shown = await self._acts(interaction, acts, 1)
        await interaction.followup.send(embed=audit_embed(shown), view=audit_view(shown), ephemeral=True)

    async def audit_pressed(self, interaction: Interaction, item: AuditButton) -> None:
        """Turn a page of the audit log, or send all of it as a file."""
        if not interaction.permissions.manage_guild or interaction.guild_id is None:
            raise UserError("This needs the permission Manage Server.")
        if item.action == "csv":
            await interaction.response.defer(ephemeral=True, thinking=True)
            await interaction.followup.send(file=await self._exported(interaction, item.acts), ephemeral=True)
            return
        await interaction.response.defer()
        shown = await self._acts(interaction, item.acts, item.page)
        await interaction.edit_original_response(embed=audit_embed(shown), view=audit_view(shown))

    async def _acts(self, interaction: Interaction, acts: Acts, page: int) -> AuditPage:
        found, total = await self.services.history.acts(acts, offset=(max(page, 1) - 1) * PER_PAGE, limit=PER_PAGE)
        seen = await self._seen(interaction, found)
        titles, items = await self._titles(seen), await self._item_titles(seen)
        return AuditPage(acts=acts, events=found, titles=titles, items=items, page=max(page, 1), total=total)

    async def _exported(self, interaction: Interaction, acts: Acts) -> discord.File:
        found, _ = await self.services.history.acts(acts, limit=EXPORTED)
        titles = await self._titles(await self._seen(interaction, found))
        data = await asyncio.to_thread(audit_csv, found, titles)
        return discord.File(io.BytesIO(data), filename="herald-audit.csv")

    async def _seen(self, interaction: Interaction, found: Sequence[HistoryEvent]) -> list[HistoryEvent]:
        """Return the events of newsletters that the server still sees; current titles of others stay hidden."""
        scope = await admin_scope_of(self.services, interaction)
        return [one for one in found if scope.sees(one.newsletter)]

    async def _titles(self, found: Sequence[HistoryEvent]) -> dict[int, str]:
        """Return the titles of these events' issues by id, published or not."""
        ids = sorted({one.issue_id for one in found if one.issue_id is not None})
        records = await self.services.archive.issues(Scope.everything(), ids[:MOST_TITLES])
        return {number: record.issue.title for number, record in records.items()}

    async def _item_titles(self, found: Sequence[HistoryEvent]) -> dict[int, str]:
        """Return the titles of items, for events that concern a single one."""
        records = await self.services.archive.items_by_id(
            Scope.everything(), [one.items[0] for one in found if len(one.items) == 1]
        )
        return {number: record.item.title for number, record in records.items()}

    @why.autocomplete("about")
    async def _suggestions(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await admin_scope_of(self.services, interaction)
        issues = as_choices(await self.services.completion.issues(scope, current, limit=8), ISSUE)
        return issues + as_choices(await self.services.completion.items(scope, current, limit=17), ITEM)


def _span(typed: str | None) -> Span | None:
    """Return the period that was typed. Raises UserError if it is not a date."""
    if typed is None:
        return None
    found = parse_when(typed, utc_now().date())
    if found is None:
        raise UserError(
            '"{typed}" is not a date: write 2026, last month or 2026-03-05.', typed=plain_inline(cut(typed, 40))
        )
    return found


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _holds(label: str, typed: str) -> bool:
    """Whether a suggestion contains what was typed, rather than being similar to it."""
    return " ".join(typed.split()).casefold() in " ".join(label.split()).casefold()


def _belongs(story: Explanation, *, is_list: bool = False) -> str:
    words, newsletter = spoken(), plain_inline(story.record.newsletter)
    if story.item is not None:
        issue = plain_inline(cut(story.record.issue.title, 200))
        one = N_("An item of **{issue}**, an issue of **{newsletter}**.")
        several = N_("A list of items of **{issue}**, an issue of **{newsletter}**.")
        return words(several if is_list else one, issue=issue, newsletter=newsletter)
    header = N_("The header of an issue of **{newsletter}**.")
    return words(header if story.is_header else N_("An issue of **{newsletter}**."), newsletter=newsletter)


def _taken_out(story: Explanation) -> str:
    """Return when an item's author removed it from its issue; "" if neither or the whole issue was removed."""
    if story.item is None or story.item.removed_at is None or story.record.removed_at is not None:
        return ""
    when = discord.utils.format_dt(story.item.removed_at, "f")
    return spoken()("Its author took it out of the issue on {when}.", when=when)


def _here(interaction: Interaction) -> set[int | None]:
    """Return the ids of the current channel and, for a thread, of its parent."""
    return {interaction.channel_id, getattr(interaction.channel, "parent_id", None)}


def _who(interaction: Interaction) -> Who:
    return mentioned if interaction.permissions.manage_guild else nobody


def _may_see(interaction: Interaction, channel_id: int) -> bool:
    """Whether the user may know of a channel: admins may, others if they can see it."""
    if interaction.permissions.manage_guild:
        return True
    channel = interaction.guild.get_channel_or_thread(channel_id) if interaction.guild is not None else None
    return (
        channel is not None
        and isinstance(interaction.user, discord.Member)
        and channel.permissions_for(interaction.user).view_channel
    )


async def setup(bot: Herald) -> None:
    """Add the cog to the client."""
    await bot.add_cog(Explaining(bot))

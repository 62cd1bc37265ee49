"""`/setup`: a private panel that edits a subscription, previews it, and saves all of it or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from app.incidents import Interaction
from clock import utc_now
from cogs._channels import FollowedOption
from cogs._permissions import actor_of, admins_only
from cogs._scope import admin_scope_of, newsletter_named
from cogs._setting_up import changed_by, fault_of, place_of, subscription_of, with_layout_for
from delivery.checkup import notes_of
from delivery.places import has_threads
from delivery.previewing import Previewer
from delivery.requests import tags_for
from errors import UserError
from storage.drafts import SetupDraft
from storage.options import Options, changes
from storage.records import Choice as Suggestion
from storage.records import IssueRecord
from storage.scope import Scope
from storage.wishes import Follow
from ui.backtest import backtest_embed, backtest_pages, backtest_view, tried
from ui.choices import newsletter_choices
from ui.counts import counted_messages
from ui.locales import N_, spoken
from ui.option_text import difference
from ui.pressing import chosen, chosen_ids
from ui.setup_again import AGAIN, again_embed, again_view, typed_before
from ui.setup_items import FORM, FORMS, SetupButton, SetupChannel, SetupForm, SetupMenu, SetupRole, submitted
from ui.setup_panel import COUNTED, FORMS_AT_ONCE, Panel, begins, panel_embed, panel_view

if TYPE_CHECKING:
    from app.client import Herald

SHOWN = 4  # messages of a preview
_SWITCHES = frozenset({"pictures", "buttons", "silent", "publish"})
_CHANGED = N_(
    "Nothing was saved: somebody else changed this channel in the meantime. Check the settings, then save again."
)
_ENDED = N_("Nothing was saved: somebody else ended this subscription in the meantime. Save again to create it again.")
_GONE = N_("This panel is closed or belongs to somebody else. Use /setup to open a new one.")


class Setup(commands.Cog):
    """Answers the panel. The draft is stored in the database, so it survives a restart."""

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services
        self.previewer = Previewer(bot.services.outbox, bot.composer)

    async def cog_load(self) -> None:
        """Register handlers for the components, including those of panels opened before a restart."""
        self.bot.answer_presses(SetupButton, self.pressed)
        self.bot.answer_presses(SetupMenu, self.chosen)
        self.bot.answer_presses(SetupChannel, self.channel_chosen)
        self.bot.answer_presses(SetupRole, self.role_chosen)
        self.bot.presses.add_form(FORM, self.form_sent)

    @app_commands.command()
    @admins_only
    @app_commands.describe(newsletter="Which newsletter", channel="Where to post it (default: this channel)")
    async def setup(
        self,
        interaction: Interaction,
        newsletter: Range[str, 1, 100] | None = None,
        channel: FollowedOption | None = None,
    ) -> None:
        """Set up a newsletter in a channel: where, what, how and when; with a preview."""
        await interaction.response.defer(ephemeral=True)
        scope = await admin_scope_of(self.services, interaction)
        offered = [one for one in self.services.watchers if scope.sees(one)]
        # With a single newsletter there is nothing to choose.
        only = offered[0] if len(offered) == 1 else ""
        name = newsletter_named(scope, self.services, newsletter) if newsletter else only
        await self.open(interaction, name, channel.id if channel else await _here(interaction))

    async def open(self, interaction: Interaction, newsletter: str, channel_id: int | None) -> None:
        """Open a panel, visible to the user alone; the interaction is already deferred."""
        draft = await self.services.drafts.begin(
            interaction.user.id, interaction.guild_id or 0, now=utc_now(), newsletter=newsletter, channel_id=channel_id
        )
        draft = await self._rebased(interaction, draft)
        panel, words = await self._panel(interaction, draft), spoken()
        await interaction.followup.send(embed=panel_embed(panel, words), view=panel_view(panel, words), ephemeral=True)

    # components of the panel

    async def pressed(self, interaction: Interaction, item: SetupButton) -> None:
        """Answer a button of the panel."""
        draft = await self._draft(interaction, item.draft_id)
        acts: Mapping[str, Callable[[Interaction, SetupDraft], Coroutine[Any, Any, None]]] = {
            "back": self._show,
            "preview": self._preview,
            "save": self._save,
            "cancel": self._cancel,
        }
        if item.action in acts:
            await acts[item.action](interaction, draft)
        elif item.action in {"try", "turn", "turnon"}:
            await self._try(interaction, draft, item.page)
        elif (form := item.action.removeprefix(AGAIN)) in FORMS:
            typed = typed_before(interaction.message, form) if form != item.action else {}
            await interaction.response.send_modal(SetupForm(form, draft, spoken(), typed))
        # A button of an earlier version, in a panel that is still open.
        elif item.action not in _SWITCHES:
            raise UserError(_GONE)
        else:
            page = "quiet" if item.action in {"silent", "publish"} else "look"
            is_on = getattr(draft.options, item.action)
            await self._change(interaction, draft, page, **{item.action: not is_on})

    async def chosen(self, interaction: Interaction, item: SetupMenu) -> None:
        """Answer a menu of the panel."""
        draft, values = await self._draft(interaction, item.draft_id), chosen(interaction)
        if item.what == "change":
            if values[0] in FORMS_AT_ONCE:
                await interaction.response.send_modal(SetupForm(values[0], draft, spoken()))
            else:
                await self._show(interaction, draft, values[0])
        elif item.what == "newsletter":
            scope = await admin_scope_of(self.services, interaction)
            await self._move(interaction, draft, newsletter=newsletter_named(scope, self.services, values[0]))
        else:
            page = "sections" if "sections" in item.what else ""
            await self._change(interaction, draft, page, **changed_by(item.what, values))

    async def channel_chosen(self, interaction: Interaction, item: SetupChannel) -> None:
        """Set the chosen channel."""
        draft = await self._draft(interaction, item.draft_id)
        await self._move(interaction, draft, channel_id=chosen_ids(interaction)[0])

    async def role_chosen(self, interaction: Interaction, item: SetupRole) -> None:
        """Set the chosen role, or none."""
        draft = await self._draft(interaction, item.draft_id)
        await self._change(interaction, draft, "", role=chosen_ids(interaction)[0] if chosen(interaction) else None)

    async def form_sent(self, interaction: Interaction, form: re.Match[str]) -> None:
        """Apply a submitted form, even if it was opened before a restart."""
        # A form may be submitted minutes later, when the user is no longer an admin.
        if not interaction.permissions.manage_guild:
            raise UserError("This needs the permission Manage Server.")
        draft = await self._draft(interaction, int(form["draft"]))
        try:
            values = changed_by(form["form"], submitted(interaction))
        except UserError as error:
            await self._ask_again(interaction, draft, form["form"], error)
            return
        page = form["form"] if form["form"] in {"look", "quiet"} else ""
        await self._change(interaction, draft, page, **values)

    # rendering

    async def _draft(self, interaction: Interaction, draft_id: int) -> SetupDraft:
        draft = await self.services.drafts.get(draft_id, interaction.user.id, interaction.guild_id)
        if draft is None:
            raise UserError(_GONE)
        return draft

    async def _change(self, interaction: Interaction, draft: SetupDraft, page: str, **values: Any) -> None:
        """Store what was chosen and show it; `backfill` belongs to the draft, not to its options."""
        own = {"backfill": values.pop("backfill")} if "backfill" in values else {}
        options = replace(draft.options, **values)
        changed = await self.services.drafts.change(draft.id, now=utc_now(), options=options, **own)
        if changed is None:
            raise UserError(_GONE)
        await self._show(interaction, changed, page)

    async def _move(self, interaction: Interaction, draft: SetupDraft, **values: Any) -> None:
        """Set newsletter or channel; if the channel already follows it, the panel starts from its current options."""
        moved = await self.services.drafts.change(draft.id, now=utc_now(), **values)
        if moved is None:
            raise UserError(_GONE)
        await self._show(interaction, await self._rebased(interaction, moved))

    async def _rebased(self, interaction: Interaction, draft: SetupDraft) -> SetupDraft:
        known = await self.services.subscriptions.find(draft.newsletter, draft.channel_id or 0)
        based_on, options = known.options if known is not None else None, draft.options
        # Keep what the admin chose; all other options are the current ones, even if changed by somebody else since.
        if based_on is not None:
            chosen_here = changes(draft.based_on or Options(), options)
            options = replace(based_on, **{name: getattr(options, name) for name in chosen_here})
        if draft.channel_id is not None:
            # Otherwise an unsuitable layout would be reported only on saving.
            options = with_layout_for(await place_of(interaction, draft.channel_id), options)
        found = await self.services.drafts.change(draft.id, now=utc_now(), options=options, based_on=based_on)
        return found or draft

    async def _show(self, interaction: Interaction, draft: SetupDraft, page: str = "", said: str = "") -> None:
        if not interaction.response.is_done():
            await interaction.response.defer()
        panel, words = await self._panel(interaction, draft, page, said), spoken()
        await interaction.edit_original_response(embed=panel_embed(panel, words), view=panel_view(panel, words))

    async def _panel(self, interaction: Interaction, draft: SetupDraft, page: str = "", said: str = "") -> Panel:
        scope = await admin_scope_of(self.services, interaction)
        completion, name = self.services.completion, draft.newsletter
        place = await place_of(interaction, draft.channel_id) if draft.channel_id is not None else None
        subscription = subscription_of(draft)
        known = await self.services.subscriptions.find(name, draft.channel_id or 0)
        recent = await self._recent(scope, name, max(COUNTED, draft.backfill))
        return Panel(
            draft=draft,
            newsletters=[one for one in self.services.watchers if scope.sees(one)],
            page=page,
            is_forum=isinstance(place, discord.ForumChannel),
            has_threads=place is None or has_threads(place),
            tag=next((tag.name for tag in tags_for(place, ())), "") if isinstance(place, discord.ForumChannel) else "",
            is_news=isinstance(place, discord.TextChannel) and place.is_news(),
            sections=_values(await completion.names(scope, "section", "", name)) if page == "sections" else (),
            tags=_values(await completion.names(scope, "tag", "", name)) if page == "tags" else (),
            sizes=await self.previewer.sizes([one.id for one in recent], subscription),
            fault=fault_of(interaction, place, draft.options, known),
            notes=notes_of(self.bot, subscription),
            said=said,
        )

    async def _recent(self, scope: Scope, newsletter: str, count: int = COUNTED) -> Sequence[IssueRecord]:
        if not newsletter or not scope.sees(newsletter):
            return []
        return await self.services.archive.latest(scope.published(), newsletter, count)

    async def _first(self, scope: Scope, draft: SetupDraft) -> int:
        """Return how many issues are posted immediately: of the newest `backfill`, those the filter does not empty."""
        recent = await self._recent(scope, draft.newsletter, max(draft.backfill, 1))
        newest = [record.id for record in recent[: draft.backfill]]
        return sum(map(bool, await self.previewer.sizes(newest, subscription_of(draft))))

    async def _ask_again(self, interaction: Interaction, draft: SetupDraft, form: str, error: UserError) -> None:
        """Show the faults in place of the panel; Discord cannot open a form from a form, so a button reopens it."""
        words = spoken()
        fault = words.sentence(error.text, error.values)
        embed = again_embed(form, fault, submitted(interaction), words)
        await interaction.response.edit_message(embed=embed, view=again_view(form, draft.id, words))

    async def _try(self, interaction: Interaction, draft: SetupDraft, page: int) -> None:
        """Show how the filter treats recent issues; turning a page replaces the previous one."""
        is_turned = bool(page)
        await interaction.response.defer(ephemeral=True, thinking=not is_turned)
        scope, words = await admin_scope_of(self.services, interaction), spoken()
        recent = await self._recent(scope, draft.newsletter)
        # Lists of issues are loaded without items, which the filter needs.
        whole = [await self.services.archive.issue(scope, record.id) for record in recent]
        found = [tried(record, draft.options.filter) for record in whole if record is not None]
        page, count = max(page, 1), len(backtest_pages(found, words))
        embed, view = backtest_embed(found, page, words), backtest_view(draft.id, page, count, words)
        if is_turned:
            await interaction.edit_original_response(embed=embed, view=view)
        else:
            await interaction.followup.send(embed=embed, view=view, ephemeral=True)

    async def _preview(self, interaction: Interaction, draft: SetupDraft) -> None:
        """Show the newest issue as it would be posted, to the admin alone."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        scope, words = await admin_scope_of(self.services, interaction), spoken()
        recent = await self._recent(scope, draft.newsletter)
        if not recent:
            raise UserError("This newsletter has no issue to show yet.")
        preview = await self.previewer.of(recent[0].id, subscription_of(draft), SHOWN)
        for message in preview.messages:
            await interaction.followup.send(
                message.content or discord.utils.MISSING,
                embed=message.embed,
                view=message.view(),
                ephemeral=True,
                allowed_mentions=discord.AllowedMentions.none(),
            )
        rest = preview.count - len(preview.messages)
        if not preview.count:
            text = words("The filter drops every item of the newest issue.")
        elif rest:
            text = words.counted(rest, "… and {number} more message", "… and {number} more messages")
        else:
            text = words("That is the whole issue: {messages}.", messages=counted_messages(preview.count, words))
        text += "\n" + words("Nothing is posted yet: Save is in the panel above.")
        await interaction.followup.send(text, ephemeral=True)

    async def _cancel(self, interaction: Interaction, draft: SetupDraft) -> None:
        await self.services.drafts.end(draft.id)
        text = spoken()("Nothing was changed.")
        await interaction.response.edit_message(content=text, embed=None, view=None)

    async def _save(self, interaction: Interaction, draft: SetupDraft) -> None:
        """Save the draft, or report why it cannot be saved."""
        await interaction.response.defer()
        words = spoken()
        scope = await admin_scope_of(self.services, interaction)
        name = newsletter_named(scope, self.services, draft.newsletter)
        place = await place_of(interaction, draft.channel_id or 0)
        known = await self.services.subscriptions.find(name, place.id)
        if fault_of(interaction, place, draft.options, known):
            await self._show(interaction, draft, said=words("Nothing was saved."))
            return
        # The backfill was decided when the channel began to follow.
        backfill = known.backfill if known is not None else draft.backfill
        wish = Follow.of(name, place.id, draft.options, backfill)
        saved = await self.services.subscriptions.add_over(
            draft.based_on, wish, now=utc_now(), guild_id=place.guild.id, actor=actor_of(interaction)
        )
        # Somebody changed the subscription after the panel showed it: show their change instead of overwriting it.
        if saved is None:
            await self._show_again(interaction, draft)
            return
        await self.services.drafts.end(draft.id)
        self.services.watchers.wake(name)
        # A changed filter alone may add or remove messages.
        self.bot.announce("deliveries_due")
        text = words("✅ {channel} follows {newsletter}.", channel=place.mention, newsletter=f"**{name}**")
        lines = (
            difference(known.options, draft.options, words)
            if known is not None
            else [begins(await self._first(scope, draft), draft.options, words)]
        )
        await interaction.edit_original_response(content="\n".join([text, *lines])[:2_000], embed=None, view=None)

    async def _show_again(self, interaction: Interaction, draft: SetupDraft) -> None:
        """Show the current subscription: saving would silently overwrite another admin's change."""
        draft = await self._rebased(interaction, draft)
        await self._show(interaction, draft, said=spoken()(_CHANGED if draft.based_on is not None else _ENDED))

    @setup.autocomplete("newsletter")
    async def _newsletters(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await admin_scope_of(self.services, interaction)
        return newsletter_choices(filter(scope.sees, self.services.watchers), current)


async def setup(bot: Herald) -> None:
    """Add the cog to the client."""
    await bot.add_cog(Setup(bot))


async def _here(interaction: Interaction) -> int | None:
    """Return the current channel's id, if a newsletter can be set up there."""
    try:
        return (await place_of(interaction, interaction.channel_id or 0)).id
    except UserError:
        return None


def _values(choices: Iterable[Suggestion]) -> list[str]:
    return [one.value for one in choices]

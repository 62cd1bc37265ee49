"""`/following`: which channel of a server follows what, how, and whether it works; edit, pause or end it there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from discord import app_commands
from discord.ext import commands

from app.incidents import Interaction
from clock import utc_now
from cogs._permissions import actor_of, admins_only
from cogs._scope import admin_scope_of
from delivery.checkup import lack_of, notes_of
from delivery.places import known_name
from errors import UserError
from storage.layouts import Origin
from storage.records import NOTHING_TO_PUBLISH, Subscription
from storage.subscriptions import SET_IN_CONFIG
from ui.following import (
    FollowingButton,
    FollowingMenu,
    ListedSubscription,
    end_view,
    entry_embed,
    entry_view,
    list_embed,
    list_view,
)
from ui.locales import spoken
from ui.orphans import ORPHANED
from ui.pressing import chosen_ids

if TYPE_CHECKING:
    from app.client import Herald
    from cogs.setup import Setup


class Listing(commands.Cog):
    """The list of a server's subscriptions, and the actions on them."""

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services

    async def cog_load(self) -> None:
        """Register handlers for the buttons, including those of lists shown before a restart."""
        self.bot.answer_presses(FollowingButton, self.pressed)
        self.bot.answer_presses(FollowingMenu, self.chosen)

    @app_commands.command()
    @admins_only
    async def following(self, interaction: Interaction) -> None:
        """List which channels follow which newsletters, to edit, pause or end it there."""
        await interaction.response.defer(ephemeral=True)
        entries, words = await self._entries(interaction), spoken()
        if entries:
            embed, view = list_embed(entries, 1, words), list_view(entries, 1, words)
            await interaction.followup.send(embed=embed, view=view, ephemeral=True)
            return
        scope = await admin_scope_of(self.services, interaction)
        known = ", ".join(filter(scope.sees, self.services.watchers)) or words("none yet")
        text = words("No channel in this server follows a newsletter yet. Newsletters: {names}.", names=known)
        text = words.sentences([text, words("/setup lets one follow.")])
        await interaction.followup.send(text[:2_000], ephemeral=True)

    async def pressed(self, interaction: Interaction, item: FollowingButton) -> None:
        """Answer a button of the list."""
        self._only_admins(interaction)
        if item.action == "edit":
            await interaction.response.defer(ephemeral=True, thinking=True)
            entry = await self._entry(interaction, item.number)
            # The panel is a message of its own, so this list stays unchanged.
            setup = cast("Setup", self.bot.get_cog("Setup"))
            await setup.open(interaction, entry.subscription.newsletter, entry.subscription.channel_id)
            return
        await interaction.response.defer()
        if item.action == "page":
            await self._show_list(interaction, item.number)
        elif item.action == "end":
            await self._ask_to_end(interaction, await self._entry(interaction, item.number))
        elif item.action == "ended":
            await self._end(interaction, await self._entry(interaction, item.number))
        else:
            await self._switch(interaction, await self._entry(interaction, item.number), item.action)

    async def chosen(self, interaction: Interaction, item: FollowingMenu) -> None:
        """Open the chosen entry."""
        del item
        self._only_admins(interaction)
        await interaction.response.defer()
        await self._show(interaction, await self._entry(interaction, chosen_ids(interaction)[0]))

    @staticmethod
    def _only_admins(interaction: Interaction) -> None:
        if not interaction.permissions.manage_guild:
            raise UserError("This needs the permission Manage Server.")

    async def _entries(self, interaction: Interaction) -> list[ListedSubscription]:
        found = await self.services.subscriptions.list(
            guild_id=interaction.guild_id, with_unplaced=self.bot.is_home(interaction.guild_id)
        )
        return [await self._as_entry(one) for one in found]

    async def _as_entry(self, one: Subscription) -> ListedSubscription:
        name = known_name(self.bot, one.channel_id, one.waiting_reason or "")
        # An orphaned newsletter posts nothing, whatever else its channel lacks.
        is_known = one.newsletter in self.services.watchers
        fault = (one.waiting_reason or lack_of(self.bot, one)) if is_known else ORPHANED
        publishes, outbox = one.options.publish, self.services.outbox
        waiting = await outbox.to_publish(one.id, now=utc_now()) if publishes else NOTHING_TO_PUBLISH
        return ListedSubscription(one, name, fault or "", notes_of(self.bot, one), waiting)

    async def _entry(self, interaction: Interaction, number: int) -> ListedSubscription:
        """Return an entry of this server's list. Raises UserError if it is gone."""
        # A forged id of another server's subscription is not in the list.
        for entry in await self._entries(interaction):
            if entry.subscription.id == number:
                return entry
        raise UserError("This channel no longer follows that newsletter. /following shows the list as it is now.")

    async def _beside(self, entry: ListedSubscription) -> Sequence[Subscription]:
        found = await self.services.subscriptions.list(channel_id=entry.subscription.channel_id)
        return [one for one in found if one.id != entry.subscription.id]

    async def _show(self, interaction: Interaction, entry: ListedSubscription, said: str = "") -> None:
        words = spoken()
        view = entry_view(entry, len(await self._beside(entry)), words)
        await interaction.edit_original_response(embed=entry_embed(entry, words, said), view=view)

    async def _show_list(self, interaction: Interaction, page: int, said: str = "") -> None:
        entries, words = await self._entries(interaction), spoken()
        page = max(page, 1)
        if not entries:
            text = said or words("No channel in this server follows a newsletter any more.")
            await interaction.edit_original_response(content=text, embed=None, view=None)
            return
        embed, view = list_embed(entries, page, words), list_view(entries, page, words)
        await interaction.edit_original_response(content=said or None, embed=embed, view=view)

    async def _switch(self, interaction: Interaction, entry: ListedSubscription, action: str) -> None:
        """Pause or resume one newsletter or the whole channel; `open` only shows the entry."""
        subscriptions, actor = self.services.subscriptions, actor_of(interaction)
        chosen = [entry.subscription]
        if action.endswith("all"):
            chosen += await self._beside(entry)
        for one in chosen:
            if action.startswith("pause"):
                await subscriptions.pause(one.id, now=utc_now(), actor=actor)
            elif action.startswith("resume"):
                await subscriptions.resume(one.id, go_on=True, actor=actor)
        # Resuming also retries refused messages: an admin expects everything to continue.
        if action.startswith("resume"):
            await self.services.outbox.try_again(entry.subscription.channel_id)
        self.bot.announce("deliveries_due")
        await self._show(interaction, await self._entry(interaction, entry.subscription.id))

    async def _ask_to_end(self, interaction: Interaction, entry: ListedSubscription) -> None:
        words, one = spoken(), entry.subscription
        said = words(
            "{channel} would no longer follow {newsletter}. What was posted stays.",
            channel=f"<#{one.channel_id}>",
            newsletter=f"**{one.newsletter}**",
        )
        await interaction.edit_original_response(embed=entry_embed(entry, words, said), view=end_view(entry, words))

    async def _end(self, interaction: Interaction, entry: ListedSubscription) -> None:
        one, words = entry.subscription, spoken()
        if one.origin is Origin.CONFIG:
            raise UserError(SET_IN_CONFIG)
        await self.services.subscriptions.remove(one.id, now=utc_now(), actor=actor_of(interaction))
        said = words(
            "{channel} no longer follows {newsletter}.",
            channel=f"<#{one.channel_id}>",
            newsletter=f"**{one.newsletter}**",
        )
        await self._show_list(interaction, 1, said)


async def setup(bot: Herald) -> None:
    """Add the cog to the client."""
    await bot.add_cog(Listing(bot))

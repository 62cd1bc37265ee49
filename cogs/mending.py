"""The buttons below `/status`: each checks who pressed it, performs one action and refreshes the summary."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, cast

import discord
from discord.ext import commands

from app.incidents import Interaction
from cogs._permissions import actor_of
from cogs._scope import admin_scope_of
from errors import UserError
from storage.identity import number_of
from storage.records import Subscription
from ui.locales import N_
from ui.mending import MendButton

if TYPE_CHECKING:
    from app.client import Herald
    from cogs.admin import Admin
    from cogs.setup import Setup

LOOK_LIMIT_S = 30.0
_GONE = N_("This is no longer there. Use /status to see the current state.")


class Mending(commands.Cog):
    """Repairs what `/status` reports."""

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services

    async def cog_load(self) -> None:
        """Register handlers for the buttons, including those of summaries shown before a restart."""
        self.bot.answer_presses(MendButton, self.pressed)

    async def pressed(self, interaction: Interaction, item: MendButton) -> None:
        """Perform the button's action."""
        if interaction.guild_id is None or not interaction.permissions.manage_guild:
            raise UserError("This needs the permission Manage Server.")
        if item.action == "setup":
            await interaction.response.defer(ephemeral=True, thinking=True)
            one = await self._subscription(interaction, item.what)
            await cast("Setup", self.bot.get_cog("Setup")).open(interaction, one.newsletter, one.channel_id)
            return
        await interaction.response.defer()
        if item.action == "look":
            await self._look(interaction, item.what)
        elif item.action == "resume":
            one = await self._subscription(interaction, item.what)
            await self.services.subscriptions.resume(one.id, actor=actor_of(interaction))
            self.bot.announce("deliveries_due")
        elif item.action == "again":
            one = await self._subscription(interaction, item.what)
            await self.bot.checkup.unblock(one.channel_id)
            await self.services.outbox.try_again(one.channel_id)
            self.bot.announce("deliveries_due")
        await self.show(interaction)

    async def show(self, interaction: Interaction) -> None:
        """Replace the summary by a current one."""
        embeds, view = await cast("Admin", self.bot.get_cog("Admin")).summary(interaction)
        await interaction.edit_original_response(content=None, embeds=embeds, view=view)

    async def _subscription(self, interaction: Interaction, what: str) -> Subscription:
        """Return a subscription of the server in a channel that the user can see. Raises UserError."""
        number = number_of(what)
        one = await self.services.subscriptions.get(number) if number is not None else None
        home = {None} if self.bot.is_home(interaction.guild_id) else set[int | None]()
        if one is None or one.removed_at is not None or one.guild_id not in home | {interaction.guild_id}:
            raise UserError(_GONE)
        if not _sees(self.bot.get_channel(one.channel_id), interaction.user):
            raise UserError("You may not see that channel, so you cannot change what is posted there.")
        return one

    async def _look(self, interaction: Interaction, mark: str) -> None:
        """Check a newsletter's source now, and wait up to `LOOK_LIMIT_S` for the result."""
        scope = await admin_scope_of(self.services, interaction)
        marks = await self.services.newsletters.marks()
        name = next((name for name, known in marks.items() if known == mark), None)
        if name is None or name not in self.services.watchers or not scope.sees(name):
            raise UserError(_GONE)
        with contextlib.suppress(TimeoutError):  # the summary shows that the check is still running
            async with asyncio.timeout(LOOK_LIMIT_S):
                await self.services.watchers.look_now(name)


def _sees(channel: object, user: discord.User | discord.Member) -> bool:
    """Whether the user can see a channel; True if it no longer exists."""
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread) and isinstance(user, discord.Member):
        return channel.permissions_for(user).view_channel
    return True


async def setup(bot: Herald) -> None:
    """Add the cog; discord.py calls this when it loads the extension."""
    await bot.add_cog(Mending(bot))

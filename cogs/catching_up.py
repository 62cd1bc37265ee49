"""`/catchup`: what is new since a member last looked, ordered by their interests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from app.incidents import Interaction
from clock import utc_now
from cogs._answers import jumps_of
from cogs._first_answers import FirstAnswers, reply
from cogs._scope import scope_of, servers_of
from cogs._sharing import turn_in_place
from errors import UserError
from search.catching_up import Interests
from storage.readers import TookTooLong
from ui.catchup import (
    CatchupButton,
    CatchupPage,
    catchup_embed,
    catchup_view,
    days_before,
    issues_of,
    nothing_embed,
    nothing_view,
    pages_of,
)
from ui.locales import Words, words_of

if TYPE_CHECKING:
    from app.client import Herald

FIRST_DAYS = 7  # days shown at the first use
MOST_DAYS = 90


class CatchingUp(commands.Cog):
    """Answers privately, and stores when a member last looked."""

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services
        self.first_answers = FirstAnswers()

    async def cog_load(self) -> None:
        """Register handlers for the buttons, including those of pages sent before a restart."""
        self.bot.answer_presses(CatchupButton, self.page_pressed)

    @app_commands.command()
    @app_commands.describe(days="How many days to go back, up to 90 (default: since you last looked)")
    async def catchup(self, interaction: Interaction, days: Range[int, 1, MOST_DAYS] | None = None) -> None:
        """Catch up on what was posted since you last looked, with what interests you first."""
        words = words_of(str(interaction.locale))
        now = utc_now()
        async with self.first_answers.soon(interaction, ephemeral=True):
            servers = await servers_of(self.services, interaction)
            if not servers:
                raise UserError("Herald does not know which servers we share. Use /catchup in one of them first.")
            since, note = await self._since(interaction, servers, now, days, words)
            embed, view = await self._page(interaction, servers, (since, now), 1, words, note)
        await reply(interaction, embed=embed, view=view)
        # Only now: without an answer, the member has not looked.
        await self.services.catchups.looked(interaction.user.id, servers, now=now)

    async def page_pressed(self, interaction: Interaction, item: CatchupButton) -> None:
        """Turn to another page, or show another period."""
        # The period is stored in the button, which can be forged, so it is limited.
        until = min(item.span[1], utc_now())
        since = max(item.span[0], days_before(until, MOST_DAYS))
        words = words_of(str(interaction.locale))
        async with self.first_answers.soon(interaction):
            servers = await servers_of(self.services, interaction)
            embed, view = await self._page(interaction, servers, (since, until), max(item.page, 1), words)
        await turn_in_place(interaction, embed, view)

    async def _since(
        self, interaction: Interaction, servers: Sequence[int], now: dt.datetime, days: int | None, words: Words
    ) -> tuple[dt.datetime, str]:
        """Return the start of what is new to a member, and a note about it."""
        looks = await self.services.catchups.looked_at(interaction.user.id, servers)
        if days is not None:
            return days_before(now, days), ""
        if not looks:
            note = words(
                "This is your first look here, so it shows the last {days} days. From now on /catchup begins where you "
                "looked last.",
                days=FIRST_DAYS,
            )
            return days_before(now, FIRST_DAYS), note
        last = min(looks.values())  # in a direct message there may be several servers
        if last < (earliest := days_before(now, MOST_DAYS)):
            when = discord.utils.format_dt(last, "D")
            note = words("You last looked on {when}. This shows the last {days} days.", when=when, days=MOST_DAYS)
            return earliest, note
        return last, ""

    async def _page(
        self,
        interaction: Interaction,
        servers: Sequence[int],
        span: tuple[dt.datetime, dt.datetime],
        page: int,
        words: Words,
        note: str = "",
    ) -> tuple[discord.Embed, discord.ui.View]:
        scope = await scope_of(self.services, interaction)
        interests = await self._interests(interaction.user.id, servers, span[1])
        try:
            # Backfilled issues are new to the channel's members, however old they are.
            also = await self.services.catchups.begun(servers, *span)
            caught = await self.services.catch_up.between(scope, *span, interests, also)
        except TookTooLong as error:
            raise UserError("That took too long. Try fewer days, such as /catchup days:7.") from error
        if not caught.issues:
            return nothing_embed(span[0], words, note), nothing_view(*span, words)
        page = min(page, pages_of(caught))
        shown = issues_of(caught, page)
        item_ids = [pick.item_id for one in shown for pick in one.picks]
        found = CatchupPage(
            since=span[0],
            until=span[1],
            page=page,
            caught=caught,
            issues=await self.services.archive.issues(scope, [one.issue_id for one in shown]),
            items=await self.services.archive.items_by_id(scope, item_ids),
            jumps=await jumps_of(self.services, interaction, item_ids),
            note=note,
        )
        return catchup_embed(found, words), catchup_view(found, words)

    async def _interests(self, user_id: int, servers: Sequence[int], until: dt.datetime) -> Interests:
        """Return a member's interests as of a moment, so that pages do not shift while they are read."""
        alerts = await self.services.alerts.of(user_id)
        return Interests(
            alerts=[one.query for one in alerts if one.guild_id in {None, *servers} and one.created_at <= until],
            opened=await self.services.catchups.opened_before(user_id, servers, until),
        )


async def setup(bot: Herald) -> None:
    """Add the cog; discord.py calls this when it loads the extension."""
    await bot.add_cog(CatchingUp(bot))

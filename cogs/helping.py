"""`/help`: what Herald can do for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from app.incidents import Interaction
from cogs._scope import scope_of
from search.search import Query
from storage.scope import Scope
from ui.helping import alone_embed, help_embed
from ui.locales import spoken

if TYPE_CHECKING:
    from app.client import Herald

EXAMPLES = 2


class Helping(commands.Cog):
    """Answers with what works here: the examples come from this server's own coverage."""

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services

    @app_commands.command()
    async def help(self, interaction: Interaction) -> None:
        """Show what Herald can do here, with examples that work."""
        await interaction.response.defer(ephemeral=True)
        if interaction.guild_id is None:
            await interaction.followup.send(embed=alone_embed(spoken()), ephemeral=True)
            return
        scope = await scope_of(self.services, interaction)
        is_admin = interaction.permissions.manage_guild
        embed = help_embed(
            [name for name in self.services.watchers if scope.sees(name)],
            await self._examples(scope),
            spoken(),
            is_admin=is_admin,
        )
        await interaction.followup.send(embed=embed, ephemeral=True)

    async def _examples(self, scope: Scope) -> list[str]:
        """Return commands that are known to find something: frequent topics, else the newest issues."""
        forms = ("/search query: {}", "/topic topic: {}")
        found: list[str] = []
        for topic in await self.services.topics.frequent(scope, limit=2 * EXAMPLES):
            if (await self.services.search.search(scope, Query(text=topic, limit=1))).hits and len(found) < EXAMPLES:
                found.append(forms[len(found)].format(topic))
        for record in await self.services.archive.latest(scope, None, EXAMPLES):
            title = " ".join(record.issue.title.split())
            if len(found) < EXAMPLES and 0 < len(title) <= 100:
                found.append(f"/issue issue: {title}")
        return found


async def setup(bot: Herald) -> None:
    """Add the cog to the client."""
    await bot.add_cog(Helping(bot))

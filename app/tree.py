"""The command tree: each failed command is answered, by a single process."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from app.incidents import answer_error
from delivery.shards import Shards
from ui.locales import answer_in


class HeraldTree(app_commands.CommandTree[Any]):
    """The command tree; a failed command always gets an answer."""

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Reply to the user who ran the command."""
        name = interaction.command.qualified_name if interaction.command else "?"
        await answer_error(interaction, error, place=f"command /{name}")

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Skip commands of servers that another process serves; for others, set the user's language."""
        answer_in(str(interaction.locale))
        # The client is always Herald, which this module cannot import.
        serving: Shards = self.client.serving
        return await serving.answers(interaction.id, interaction.guild_id)

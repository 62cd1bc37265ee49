"""The tree of commands: every one that fails is answered, and one process alone answers."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from app.incidents import answer_error
from delivery.shards import Shards
from ui.locales import answer_in


class HeraldTree(app_commands.CommandTree[Any]):
    """The command tree; a command that fails gets an answer, whatever happened."""

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Answer the person who ran the command."""
        name = interaction.command.qualified_name if interaction.command else "?"
        await answer_error(interaction, error, place=f"command /{name}")

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Leave the command to another process where that one serves the server; else speak as whoever asks does."""
        answer_in(str(interaction.locale))
        # the client is Herald's own, which this module cannot import
        serving: Shards = self.client.serving
        return await serving.answers(interaction.id, interaction.guild_id)

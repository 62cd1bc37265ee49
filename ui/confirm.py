"""Asking before something is posted or removed."""

from __future__ import annotations

from typing import Any

import discord

from ui.locales import spoken, words_of


class Confirm(discord.ui.View):
    """Two buttons below a question: one whose label says what it does, and "Cancel".

    `await view.wait()` returns when it was answered or after `timeout` seconds; `interaction` is then
    the press that confirmed, not yet answered, or None.
    """

    def __init__(
        self,
        label: str,
        *,
        owner_id: int,
        danger: bool = False,
        timeout: float = 120,
        cancelled: str,
    ) -> None:
        super().__init__(timeout=timeout)
        self.owner_id = owner_id
        self._cancelled_text = cancelled
        self.interaction: discord.Interaction[Any] | None = None
        style = discord.ButtonStyle.danger if danger else discord.ButtonStyle.primary
        confirm: discord.ui.Button[Confirm] = discord.ui.Button(label=label, style=style)
        cancel: discord.ui.Button[Confirm] = discord.ui.Button(
            label=spoken()("Cancel"), style=discord.ButtonStyle.secondary
        )
        confirm.callback = self._confirmed
        cancel.callback = self._cancelled
        self.add_item(confirm)
        self.add_item(cancel)

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let only the person who asked decide."""
        if interaction.user.id == self.owner_id:
            return True
        await interaction.response.send_message(
            words_of(str(interaction.locale))("Only the person who ran this command can decide."), ephemeral=True
        )
        return False

    async def _confirmed(self, interaction: discord.Interaction[Any]) -> None:
        self.interaction = interaction
        self.stop()

    async def _cancelled(self, interaction: discord.Interaction[Any]) -> None:
        self.stop()
        await interaction.response.edit_message(content=self._cancelled_text, embeds=[], view=None)

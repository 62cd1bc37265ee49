"""Acknowledge all waiting interactions before starting slow work."""

from __future__ import annotations

from app.incidents import Interaction
from storage.readers import Underway

LIMIT_S = 0.5  # nobody waits longer than this for the others


class FirstAnswers:
    """Counts acknowledgements in flight, which searches started meanwhile would delay."""

    def __init__(self) -> None:
        self._coming = Underway()

    async def defer(self, interaction: Interaction, *, ephemeral: bool = False, thinking: bool = False) -> None:
        """Acknowledge an interaction; return once no other acknowledgement is in flight, or after `LIMIT_S`."""
        with self._coming.one():
            await interaction.response.defer(ephemeral=ephemeral, thinking=thinking)
        await self._coming.over(LIMIT_S)

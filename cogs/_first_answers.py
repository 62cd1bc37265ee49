"""First answers first: what takes long begins when everybody who asked at the same moment was told to wait."""

from __future__ import annotations

from app.incidents import Interaction
from storage.readers import Underway

LIMIT_S = 0.5  # nobody waits longer than this for the others


class FirstAnswers:
    """Counts the first answers that are on their way; searches beside them would hold them up."""

    def __init__(self) -> None:
        self._coming = Underway()

    async def defer(self, interaction: Interaction, *, ephemeral: bool = False, thinking: bool = False) -> None:
        """Tell a person to wait; returns when no other first answer is on its way, or after `LIMIT_S`."""
        with self._coming.one():
            await interaction.response.defer(ephemeral=ephemeral, thinking=thinking)
        await self._coming.over(LIMIT_S)

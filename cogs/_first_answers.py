"""First answers first: what takes long begins when everybody who asked at the same moment was told to wait."""

from __future__ import annotations

import asyncio
import contextlib

from app.incidents import Interaction

LIMIT_S = 0.5  # nobody waits longer than this for the others


class FirstAnswers:
    """Counts the first answers that are on their way; searches beside them would hold them up."""

    def __init__(self) -> None:
        self._coming = 0
        self._none_comes = asyncio.Event()

    async def defer(self, interaction: Interaction, *, ephemeral: bool = False, thinking: bool = False) -> None:
        """Tell a person to wait; returns when no other first answer is on its way, or after `LIMIT_S`."""
        self._coming += 1
        self._none_comes.clear()
        try:
            await interaction.response.defer(ephemeral=ephemeral, thinking=thinking)
        finally:
            self._coming -= 1
            if not self._coming:
                self._none_comes.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LIMIT_S):
                await self._none_comes.wait()

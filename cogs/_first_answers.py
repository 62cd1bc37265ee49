"""The first response to an interaction: the answer itself if it is ready soon, else an acknowledgement.

Discord requires a response within three seconds. Each request to Discord takes a tenth of a second or more, so an
unnecessary acknowledgement doubles the wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import discord
from discord.utils import MISSING

from app.incidents import Interaction
from clock import is_set_within
from storage.readers import Underway

SOON_S = 0.7  # interactions whose answer takes longer are acknowledged
FEW = 3  # waiting interactions; beyond that, each is acknowledged immediately
LIMIT_S = 0.5  # longest wait for other acknowledgements


class FirstAnswers:
    """Acknowledges waiting interactions before slow work starts."""

    def __init__(self) -> None:
        self._coming = Underway()
        self._waiting = Underway()
        self._are_many = asyncio.Event()

    @asynccontextmanager
    async def soon(
        self, interaction: Interaction, *, ephemeral: bool = False, thinking: bool = False
    ) -> AsyncGenerator[None]:
        """Compute an answer within the block; acknowledge the interaction if that takes longer than `SOON_S`.

        `reply` or `turn` then sends the answer in the way that is still possible. Once more than `FEW` interactions
        wait, each is acknowledged before its block starts, until none waits.
        """
        try:
            with self._waiting.one():
                if self._waiting.count > FEW:
                    self._are_many.set()
                if self._are_many.is_set():
                    await self.defer(interaction, ephemeral=ephemeral, thinking=thinking)
                    yield
                else:
                    async with self._acknowledged_late(interaction, ephemeral=ephemeral, thinking=thinking):
                        yield
        finally:
            if not self._waiting.count:
                self._are_many.clear()

    @asynccontextmanager
    async def _acknowledged_late(self, interaction: Interaction, **how: bool) -> AsyncGenerator[None]:
        """Acknowledge an interaction if the block takes longer than `SOON_S` or too many are waiting."""
        is_late = asyncio.Event()

        async def acknowledge() -> None:
            await is_set_within(self._are_many, SOON_S)
            is_late.set()
            await self.defer(interaction, **how)

        acknowledging = asyncio.create_task(acknowledge(), name="acknowledge")
        try:
            yield
        finally:
            if not is_late.is_set():
                acknowledging.cancel()
            await asyncio.wait([acknowledging])
            failed = None if acknowledging.cancelled() else acknowledging.exception()
        if failed is not None:
            raise failed

    async def defer(self, interaction: Interaction, *, ephemeral: bool = False, thinking: bool = False) -> None:
        """Acknowledge an interaction; return when no acknowledgement is in flight, or after `LIMIT_S`."""
        with self._coming.one():
            await interaction.response.defer(ephemeral=ephemeral, thinking=thinking)
        await self._coming.over(LIMIT_S)


async def reply(
    interaction: Interaction,
    content: str | None = None,
    *,
    embed: discord.Embed,
    view: discord.ui.View = MISSING,
    files: Sequence[discord.File] = MISSING,
    ephemeral: bool = True,
) -> None:
    """Answer an interaction, whether or not it has been acknowledged."""
    if interaction.response.is_done():
        await interaction.followup.send(content or MISSING, embed=embed, view=view, files=files, ephemeral=ephemeral)
        return
    await interaction.response.send_message(content, embed=embed, view=view, files=files, ephemeral=ephemeral)
    interaction.client.answered(interaction)

"""The first answer to an interaction: the answer itself where that is there soon, else that it will come.

Discord wants one within three seconds. Each request to it takes a tenth of a second or more, so an acknowledgement that
nobody needs doubles what people wait.
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

SOON_S = 0.7  # an interaction whose answer takes longer is acknowledged
FEW = 3  # people who wait at once; if there are more, each is acknowledged at once
LIMIT_S = 0.5  # nobody waits longer than this for the others


class FirstAnswers:
    """Acknowledges interactions that wait for their answers, all of them before slow work begins."""

    def __init__(self) -> None:
        self._coming = Underway()
        self._waiting = Underway()
        self._are_many = asyncio.Event()

    @asynccontextmanager
    async def soon(
        self, interaction: Interaction, *, ephemeral: bool = False, thinking: bool = False
    ) -> AsyncGenerator[None]:
        """Work out an answer within the block; the interaction is acknowledged if that takes longer than `SOON_S`.

        Afterwards `reply` or `turn` sends it, whichever way that still can be. Where several people wait at once, all
        are acknowledged now, and the block begins after that.
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
        """Acknowledge an interaction if the block takes longer than `SOON_S`, or many come to wait meanwhile."""
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
        """Acknowledge an interaction; return once no other acknowledgement is in flight, or after `LIMIT_S`."""
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
    """Answer an interaction, whether or not it was acknowledged before."""
    if interaction.response.is_done():
        await interaction.followup.send(content or MISSING, embed=embed, view=view, files=files, ephemeral=ephemeral)
        return
    await interaction.response.send_message(content, embed=embed, view=view, files=files, ephemeral=ephemeral)
    interaction.client.answered(interaction)

"""Options that name a channel, with the types that Discord offers for them written out.

Left to annotations the list would follow whatever the library takes for a kind of channel, and one type that Discord
does not know in an option has the whole command refused.
"""

from __future__ import annotations

import contextlib
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import AppCommandChannel, AppCommandThread, Transform

from app.incidents import Interaction
from delivery.places import KINDS, LOST, Place
from ui.setup_items import CHANNEL_TYPES

Followed = Place


class ChannelOption(app_commands.Transformer):
    """A channel of one of the given types, resolved; `kinds` are the classes that those types come as."""

    def __init__(self, kinds: tuple[type[Any], ...], types: tuple[discord.ChannelType, ...]) -> None:
        self._kinds, self._types = kinds, types

    @property
    def type(self) -> discord.AppCommandOptionType:
        """An option for channels."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """What Discord offers."""
        return list(self._types)

    async def transform(self, interaction: discord.Interaction[Any], value: Any, /) -> Any:
        """Return the channel itself. Raises TransformerError if Herald cannot see it, or it is another server's."""
        found = None
        if isinstance(value, AppCommandChannel | AppCommandThread):
            found = value.resolve()
            if found is None:  # an archived thread, or one that the gateway did not tell of
                with contextlib.suppress(*LOST):
                    found = await value.fetch()
        if found is None or not isinstance(found, self._kinds) or found.guild.id != interaction.guild_id:
            raise app_commands.TransformerError(value, self.type, self)
        return found


async def channel_here(interaction: Interaction, channel_id: int) -> object | None:
    """Return a channel of the server where somebody asks; None if Herald cannot see it, or it is another server's."""
    guild = interaction.guild
    found = guild.get_channel_or_thread(channel_id) if guild is not None else None
    if found is None and guild is not None:  # an archived thread, or one that the gateway did not tell of
        with contextlib.suppress(*LOST, discord.InvalidData):  # the latter: it is another server's
            return await guild.fetch_channel(channel_id)
    return found


_FOLLOWED = ChannelOption(KINDS, CHANNEL_TYPES)
FollowedOption = Transform[Followed, _FOLLOWED]

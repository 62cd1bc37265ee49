"""Channel options of commands, with the channel types that Discord offers listed explicitly.

Derived from annotations, the list would contain every type the library knows, and Discord rejects the whole command if
an option has a type that it does not know.
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
    """Option for a channel of the given types, resolved; `kinds` are the library's classes for those types."""

    def __init__(self, kinds: tuple[type[Any], ...], types: tuple[discord.ChannelType, ...]) -> None:
        self._kinds, self._types = kinds, types

    @property
    def type(self) -> discord.AppCommandOptionType:
        """Option type: channel."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """Channel types that Discord offers."""
        return list(self._types)

    async def transform(self, interaction: discord.Interaction[Any], value: Any, /) -> Any:
        """Return the channel. Raises TransformerError if Herald cannot see it or it belongs to another server."""
        found = None
        if isinstance(value, AppCommandChannel | AppCommandThread):
            found = value.resolve()
            if found is None:  # an archived thread, or one the gateway did not announce
                with contextlib.suppress(*LOST):
                    found = await value.fetch()
        if found is None or not isinstance(found, self._kinds) or found.guild.id != interaction.guild_id:
            raise app_commands.TransformerError(value, self.type, self)
        return found


async def channel_here(interaction: Interaction, channel_id: int) -> object | None:
    """Return a channel of the interaction's server; None if Herald cannot see it or it belongs to another server."""
    guild = interaction.guild
    found = guild.get_channel_or_thread(channel_id) if guild is not None else None
    if found is None and guild is not None:  # an archived thread, or one the gateway did not announce
        with contextlib.suppress(*LOST, discord.InvalidData):  # InvalidData: it belongs to another server
            return await guild.fetch_channel(channel_id)
    return found


_FOLLOWED = ChannelOption(KINDS, CHANNEL_TYPES)
FollowedOption = Transform[Followed, _FOLLOWED]

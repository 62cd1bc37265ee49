"""Command permissions: Discord shows a command only to those who may run it, and Herald checks again when it runs."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import discord
from discord import app_commands

from app.incidents import Interaction
from errors import UserError
from storage.history import Actor

_Callback = TypeVar("_Callback")


def admins_only(callback: _Callback) -> _Callback:
    """Restrict a command to members with Manage Server; place it below the `command` decorator."""
    decorated: Any = callback
    decorated = app_commands.checks.has_permissions(manage_guild=True)(decorated)
    decorated = app_commands.default_permissions(manage_guild=True)(decorated)
    return cast("_Callback", app_commands.guild_only()(decorated))


def actor_of(interaction: Interaction) -> Actor:
    """Return the interaction's user as the actor in the audit log."""
    return Actor(interaction.user.id, interaction.guild_id)


def check_may_write(interaction: Interaction, channel_id: int) -> None:
    """Raise UserError if the user may not send messages in a channel."""
    channel = interaction.guild.get_channel_or_thread(channel_id) if interaction.guild is not None else None
    if channel is None or not isinstance(interaction.user, discord.Member):
        raise UserError("Herald cannot see {channel} any more.", channel=f"<#{channel_id}>")
    allowed = channel.permissions_for(interaction.user)
    may_send = allowed.send_messages_in_threads if isinstance(channel, discord.Thread) else allowed.send_messages
    if not allowed.view_channel or not may_send:
        raise UserError("You may not write in {channel} yourself: ask somebody who may.", channel=f"<#{channel_id}>")

"""Sharing pages with a channel: a shared page names who shared it, and turning it opens a private page.

A shared page shows what the server may see, as all answers in a server do; so does each page turned from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import discord
from discord.utils import MISSING

from app.incidents import Interaction
from cogs._first_answers import FirstAnswers, reply
from errors import UserError
from ui.locales import words_of


def is_for_all(interaction: Interaction) -> bool:
    """Whether the message whose button was pressed is visible to the whole channel."""
    return interaction.message is not None and not interaction.message.flags.ephemeral


def shared_by(interaction: Interaction) -> str:
    """Return the line naming who shares a page, in the server's language. Raises UserError if they may not write."""
    may = interaction.permissions
    is_thread = isinstance(interaction.channel, discord.Thread)
    if not (may.send_messages_in_threads if is_thread else may.send_messages):
        raise UserError("You may not write in this channel, so nothing was shared.")
    words = words_of(str(interaction.guild_locale or interaction.locale))
    return f"-# {words('Shared by {who}', who=interaction.user.mention)}"


def turning(answers: FirstAnswers, interaction: Interaction) -> AbstractAsyncContextManager[None]:
    """Return the block in which the next page is computed; see `FirstAnswers.soon`."""
    is_beside = is_for_all(interaction)
    return answers.soon(interaction, ephemeral=is_beside, thinking=is_beside)


async def turn(
    interaction: Interaction, embed: discord.Embed, view: discord.ui.View, files: Sequence[discord.File] = MISSING
) -> None:
    """Show the page turned to: in place, or as a private message if the old one is visible to the whole channel."""
    if is_for_all(interaction):
        await reply(interaction, embed=embed, view=view, files=files)
    else:
        await turn_in_place(interaction, embed, view, files)


async def turn_in_place(
    interaction: Interaction, embed: discord.Embed, view: discord.ui.View, files: Sequence[discord.File] = MISSING
) -> None:
    """Replace the page whose button was pressed."""
    if interaction.response.is_done():
        await interaction.edit_original_response(embed=embed, view=view, attachments=files)
        return
    await interaction.response.edit_message(embed=embed, view=view, attachments=files)
    interaction.client.answered(interaction)

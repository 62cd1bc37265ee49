"""The reply when a command or button fails: an expected error's own sentence, otherwise an incident number."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
import discord
from discord import app_commands

from errors import HeraldError, UserError
from logs import incident, short
from ui.locales import Words, words_of

log = logging.getLogger(__name__)

ALREADY_ANSWERED, UNKNOWN_INTERACTION = 40060, 10062  # Discord's JSON error codes
Interaction = discord.Interaction[Any]


async def answer_error(interaction: Interaction, error: Exception, *, place: str) -> None:
    """Reply to the user; an unexpected error is logged under the incident number given in the reply."""
    original: Exception = getattr(error, "original", error)
    if isinstance(original, discord.HTTPException) and original.code in {ALREADY_ANSWERED, UNKNOWN_INTERACTION}:
        # The answer was lost after it took effect, or the three seconds were over: no reply is possible.
        log.warning("interaction no longer valid place=%s code=%d", place, original.code)
        return
    words = words_of(str(interaction.locale))
    text = _sentence(error, original, words)
    if text is None:
        number = incident()
        log.error("interaction failed place=%s incident=%s", place, number, exc_info=original)
        text = words(
            "Something went wrong. It is logged as incident {number}: tell an admin this number.", number=number
        )
    await say(interaction, text)


def _sentence(error: Exception, original: Exception, words: Words) -> str | None:
    """Return the reply to an expected error, None for any other."""
    if isinstance(original, HeraldError):
        is_said = isinstance(original, UserError)
        return words.sentence(original.text, original.values) if is_said else words.told(str(original))
    if isinstance(error, app_commands.MissingPermissions):
        # the only permission that commands ask for
        return words("This needs the permission Manage Server.")
    if isinstance(error, app_commands.NoPrivateMessage):
        return words("This works only in a server.")
    if isinstance(error, (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)):
        return words("This command has just changed. Reload Discord (Ctrl+R) and try again.")
    if isinstance(error, app_commands.TransformerError):
        return words('"{value}" cannot be used here.', value=str(error.value)[:100])
    return None


async def say(interaction: Interaction, text: str) -> None:
    """Reply privately, whether or not the interaction was already answered."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except (discord.HTTPException, discord.InteractionResponded, aiohttp.ClientError, OSError) as error:
        log.warning("error reply not delivered error=%s", short(error))

"""Removal of URLs that Discord refuses, such as localhost or a host with an underscore."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import discord

from digest.render.markdown import length
from ui import limits
from ui.messages import OutgoingMessage

log = logging.getLogger(__name__)

_INVALID = 50035  # Discord's JSON error code for a body with invalid fields
_EMBED = re.compile(r"In (?:message\.)?embeds\.0\.(url|image\.url|thumbnail\.url|author\.url|author\.icon_url):")
_BUTTON = re.compile(r"In (?:message\.)?components\.[\d.]*(?:components\.\d+\.)?url:")


def without_refused(message: OutgoingMessage, error: discord.HTTPException) -> OutgoingMessage | None:
    """Return the message without the URLs that `error` names; None if `error` has any other cause.

    All text is kept. The title's URL is appended to the description as text.
    """
    faults = [line.strip() for line in error.text.splitlines()[1:] if line.strip()]
    of_embed, of_button = (list(filter(None, map(pattern.match, faults))) for pattern in (_EMBED, _BUTTON))
    if error.code != _INVALID or not faults or len(of_embed) + len(of_button) < len(faults):
        return None
    embed = _without(message.embed.copy(), {found[1] for found in of_embed})
    log.warning('addresses refused by Discord left out fields="%s"', ", ".join(faults)[:300])
    return replace(message, embed=embed, links=() if of_button else message.links)


def with_address_below(text: str | None, url: str | None) -> str | None:
    """Return a description followed by a URL as text, for a title that cannot link to it; unchanged if too long."""
    longer = "\n\n".join(part for part in (text, f"`{url}`") if part)
    return longer if length(longer) <= limits.EMBED_DESCRIPTION and "`" not in (url or "") else text


def _without(embed: discord.Embed, fields: set[str]) -> discord.Embed:
    if "url" in fields:
        embed.description = with_address_below(embed.description, embed.url)
        embed.url = None
    if "image.url" in fields:
        embed.set_image(url=None)
    if "thumbnail.url" in fields:
        embed.set_thumbnail(url=None)
    if fields & {"author.url", "author.icon_url"}:
        embed.remove_author()
    return embed

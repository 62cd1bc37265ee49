"""The answer to `/help`: what Herald does, with examples that work in this server."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from digest.render.markdown import cut, plain_inline
from ui.locales import N_, Words

_COLOUR = 0x5865F2
_NAMES = 200  # characters of the newsletters' names
MEMBERS = (
    ("/search", N_("finds everything that was covered, by words or by filters")),
    ("/topic", N_("tells the story of a topic: when, how often, what stood out")),
    ("/latest", N_("shows the newest issues, and /issue one of them")),
    ("/catchup", N_("shows what there was since you last looked, what interests you first")),
    ("/alert add", N_("tells you when something new about a topic appears")),
    ("/why", N_("explains why something was posted, or why it was not")),
)
ADMINS = (
    ("/setup", N_("sets up a newsletter in a channel, with a preview")),
    ("/following", N_("lists which channel follows what, to edit, pause or end it there")),
    ("/status", N_("shows how each newsletter and channel is doing, and what to fix")),
    ("/repost", N_("posts an issue, a section or an item again")),
    ("/withdraw", N_("withdraws them, in the whole server if you like")),
    ("/audit", N_("lists who did what with Herald here")),
    ("/preview", N_("shows an issue as it would be posted, to you alone")),
)
_ALONE = ("/catchup", "/alert add")  # commands that work outside servers


def alone_embed(words: Words) -> discord.Embed:
    """Return the answer in direct messages, where few commands work."""
    about = words("Herald posts newsletters in servers and finds again what they covered.")
    there = words("Search and all other commands work in the servers that we share: use /help there.")
    embed = discord.Embed(title="Herald", colour=_COLOUR, description=f"{about}\n{there}")
    embed.add_field(
        name=words("Here"), value=_listed([one for one in MEMBERS if one[0] in _ALONE], words), inline=False
    )
    return embed


def help_embed(newsletters: Sequence[str], examples: Sequence[str], words: Words, *, is_admin: bool) -> discord.Embed:
    """Return the answer; `examples` are complete commands that find something in this server."""
    names = plain_inline(cut(", ".join(newsletters), _NAMES))
    about = words("Herald posts newsletters here and finds again what they covered.")
    embed = discord.Embed(title="Herald", colour=_COLOUR)
    here = words("Newsletters in this server: {names}.", names=names)
    embed.description = f"{about}\n{here if names else words('No newsletter is followed here yet.')}"
    if examples:
        shown = "\n".join(f"`{each.replace('`', 'ˋ')}`" for each in examples)
        embed.add_field(name=words("Try this"), value=shown, inline=False)
    menu = words("On a message: Apps › Related coverage, or Why was this posted?")
    embed.add_field(name=words("For everyone"), value=f"{_listed(MEMBERS, words)}\n-# {menu}", inline=False)
    if is_admin:
        embed.add_field(name=words("For those who manage this server"), value=_listed(ADMINS, words), inline=False)
    return embed


def _listed(commands: Sequence[tuple[str, str]], words: Words) -> str:
    return "\n".join(f"**{name}** {words(what)}" for name, what in commands)

"""A rejected form of /setup: the faults, what was typed, and a button that opens the form again."""

from __future__ import annotations

from collections.abc import Mapping

import discord

from digest.render.markdown import cut
from ui import limits
from ui.locales import Words
from ui.setup_items import FORMS, SetupButton

AGAIN = "again"  # prefix of the form's name in the button's action
_OPEN, _CLOSE, _EMPTY = "```\n", "\n```", "–"
_MOST = limits.EMBED_FIELD_VALUE - len(_OPEN) - len(_CLOSE)
_COLOUR = 0xED4245


def again_embed(form: str, fault: str, typed: Mapping[str, str], words: Words) -> discord.Embed:
    """Return the faults, and below them what was typed, which the button reads from there."""
    title, asked = FORMS[form]
    embed = discord.Embed(title=words(title), description=cut(fault, limits.EMBED_DESCRIPTION), colour=_COLOUR)
    for one in asked:
        value = typed.get(one.name, "").replace("```", "'''")
        shown = f"{_OPEN}{value}{_CLOSE}" if value.strip() and len(value) <= _MOST else _EMPTY
        if len(embed) + len(shown) + len(one.label) < limits.EMBED_TOTAL - 100:
            embed.add_field(name=words(one.label), value=shown, inline=False)
    return embed


def again_view(form: str, draft_id: int, words: Words) -> discord.ui.View:
    """Return the two ways on: correct the form, or discard it."""
    view = discord.ui.View(timeout=None)
    primary = discord.ButtonStyle.primary
    view.add_item(SetupButton(f"{AGAIN}{form}", draft_id, words("Correct it"), style=primary))
    view.add_item(SetupButton("back", draft_id, words("Back")))
    return view


def typed_before(message: discord.Message | None, form: str) -> dict[str, str]:
    """Return what was typed, by field name; values that did not fit into the message are missing."""
    shown = message.embeds[0].fields if message is not None and message.embeds else []
    return {
        one.name: (field.value or "").removeprefix(_OPEN).removesuffix(_CLOSE) if field.value != _EMPTY else ""
        for one, field in zip(FORMS[form][1], shown, strict=False)
    }

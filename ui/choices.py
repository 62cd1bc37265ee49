"""Suggestions of an option, where they come from memory."""

from __future__ import annotations

from collections.abc import Iterable

from discord.app_commands import Choice

from ui.limits import CHOICE_NAME, CHOICES


def newsletter_choices(names: Iterable[str], typed: str) -> list[Choice[str]]:
    """Return the newsletters whose name holds what was typed, those that begin with it first."""
    words = typed.strip().casefold()
    found = [name for name in names if words in name.casefold() and len(name) <= CHOICE_NAME]
    found.sort(key=lambda name: not name.casefold().startswith(words))
    return [Choice(name=name, value=name) for name in found[:CHOICES]]

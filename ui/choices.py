"""Autocomplete choices that are computed from memory."""

from __future__ import annotations

from collections.abc import Iterable

from discord.app_commands import Choice

from ui.limits import CHOICE_NAME, CHOICES


def newsletter_choices(names: Iterable[str], typed: str) -> list[Choice[str]]:
    """Return the newsletters whose name contains what was typed, those that start with it first."""
    words = typed.strip().casefold()
    found = [name for name in names if words in name.casefold() and len(name) <= CHOICE_NAME]
    found.sort(key=lambda name: not name.casefold().startswith(words))
    return [Choice(name=name, value=name) for name in found[:CHOICES]]


def topic_choices(topics: Iterable[str], typed: str) -> list[Choice[str]]:
    """Return what was typed, then topics: Enter takes the first choice, which would turn "llm" into "llms".

    Empty if the text is too long for a choice: Discord then sends it as typed.
    """
    words = " ".join(typed.split())
    if len(words) > CHOICE_NAME:
        return []
    offered = dict.fromkeys([words, *topics] if words else topics)
    return [Choice(name=topic, value=topic) for topic in offered][:CHOICES]

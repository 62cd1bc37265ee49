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


def topic_choices(topics: Iterable[str], typed: str) -> list[Choice[str]]:
    """Return what was typed, then topics: Enter takes the first choice, and "llm" would become "llms".

    None where what was typed is too long for a choice: Discord then sends it as it is.
    """
    words = " ".join(typed.split())
    if len(words) > CHOICE_NAME:
        return []
    offered = dict.fromkeys([words, *topics] if words else topics)
    return [Choice(name=topic, value=topic) for topic in offered][:CHOICES]

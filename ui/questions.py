"""The question that a page of results or of a topic answers: the page carries it, in the language of who asked."""

from __future__ import annotations

import functools

import discord

from ui import limits
from ui.locales import LANGUAGES, N_, words_of

SEARCH, TOPIC = N_("Search: {question}"), N_("Topic: {question}")
QUESTION = limits.EMBED_AUTHOR - 16  # the longest question that a page can carry, whatever is before it


def question_of(message: discord.Message | None) -> str | None:
    """Return the question that a page of results, or of a topic, answers; None if the message is no such page."""
    name = message.embeds[0].author.name if message and message.embeds else None
    prefix = next((prefix for prefix in _prefixes() if name and name.startswith(prefix)), None)
    return name.removeprefix(prefix) if name and prefix else None


@functools.cache
def _prefixes() -> tuple[str, ...]:
    """Return what is before a question, in each language: who presses may speak another than who asked."""
    found = (words_of(one)(text, question="") for one in LANGUAGES for text in (SEARCH, TOPIC))
    return tuple(sorted(set(found), key=len, reverse=True))

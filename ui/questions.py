"""The query of a page of results or of a topic, which the page itself carries, in the language of whoever ran it."""

from __future__ import annotations

import functools

import discord

from ui import limits
from ui.locales import LANGUAGES, N_, words_of

SEARCH, TOPIC = N_("Search: {question}"), N_("Topic: {question}")
QUESTION = limits.EMBED_AUTHOR - 16  # characters of the longest query that fits, including any prefix


def question_of(message: discord.Message | None) -> str | None:
    """Return the query of a page of results or of a topic; None if the message is not such a page."""
    name = message.embeds[0].author.name if message and message.embeds else None
    prefix = next((prefix for prefix in _prefixes() if name and name.startswith(prefix)), None)
    return name.removeprefix(prefix) if name and prefix else None


@functools.cache
def _prefixes() -> tuple[str, ...]:
    """Return the prefixes in all languages: the user who presses a button may have another language than the page."""
    found = (words_of(one)(text, question="") for one in LANGUAGES for text in (SEARCH, TOPIC))
    return tuple(sorted(set(found), key=len, reverse=True))

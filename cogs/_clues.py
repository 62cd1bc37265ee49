"""Search clues in a message: its words, its embeds' titles, its links."""

from __future__ import annotations

import re

import discord

from search.related import Clues
from ui.locales import spoken

_MASKED = re.compile(r"\[([^\]]{1,300})\]\(<?(https?://[^\s)>]+)>?[^)]*\)")
_ADDRESS = re.compile(r"https?://[^\s<>|\])]+")
_MENTION = re.compile(r"<(?:@[!&]?|#|a?:\w+:|t:|/[\w -]+:)[\w:-]*>")
_LINKS = 10


def clues_of(message: discord.Message) -> Clues:
    """Return the clues to search for; empty if the message has neither words nor links.

    The message's own text is not a title: of "has anybody tried …" only some words name the topic.
    """
    titles: list[str] = []
    texts: list[str] = []
    urls: list[str] = []
    for embed in message.embeds:
        titles += [embed.title] if embed.title else []
        texts += [embed.description or "", *(f"{field.name} {field.value}" for field in embed.fields)]
        urls += [embed.url] if embed.url else []
    content = _MENTION.sub(" ", message.content)
    said = _ADDRESS.sub(" ", _MASKED.sub(r"\1", content)).strip()
    texts.insert(0, said)
    for text in (content, *texts):
        urls += [found.rstrip(".,;:!?'\"") for found in _ADDRESS.findall(text)]
    text = " ".join(_ADDRESS.sub(" ", _MASKED.sub(r"\1", text)) for text in texts)
    return Clues(titles=tuple(titles), text=text.strip(), urls=tuple(dict.fromkeys(urls))[:_LINKS])


def named(message: discord.Message) -> str:
    """Return a name for a message in an answer about it."""
    clues = clues_of(message)
    return clues.titles[0] if clues.titles else " ".join(clues.text.split())[:120] or spoken()("this message")

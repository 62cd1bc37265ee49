"""One message for several one-liners of a long issue: a list of linked titles, with subsections as headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import discord

from digest.model import Item, Link
from digest.render.markdown import length, link_address, plain_inline, shown_addresses
from ui import limits
from ui.locales import Words, words_of
from ui.messages import GREY, OutgoingMessage, colour, footer, linked, masked, title_text
from ui.urls import label_of, sendable


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An item of a list, and whether its author withdrew it."""

    item: Item
    is_withdrawn: bool = False


def list_message(
    entries: Sequence[ListEntry],
    newsletter: str,
    mark: str,
    *,
    note: str = "",
    language: str = "",
    tint: int | None = None,
) -> OutgoingMessage:
    """Return the message of a list; it is grey if all entries are withdrawn."""
    words = words_of(language)
    shown = [entry.item for entry in entries if not entry.is_withdrawn] or [entry.item for entry in entries]
    chapter = shown[0].section[:1] if shown else ()
    is_shown = any(not entry.is_withdrawn for entry in entries)
    lines: list[tuple[str, str]] = []
    for section, group in groupby(entries, key=lambda entry: entry.item.section[len(chapter) :]):
        if section:
            heading = f"**{title_text(' › '.join(section), 200)}**"
            lines.append((heading, heading))
        lines += [(_line(entry, words), f"- {title_text(entry.item.title, 120, words)}") for entry in group]
    if note:
        lines.append((f"-# {note}", f"-# {note}"))
    embed = discord.Embed(
        title=title_text(chapter[0]) if chapter else None,
        description=_fitting(lines),
        colour=(tint if tint is not None else colour(newsletter)) if is_shown else GREY,
    )
    embed.set_footer(text=footer((newsletter,)))
    return OutgoingMessage(embed=embed, kind="list", mark=mark, words=words)


def _line(entry: ListEntry, words: Words) -> str:
    """Return an item in one line: its title as a link, its author's text, its further links."""
    item = entry.item
    if entry.is_withdrawn:
        return f"- ~~{title_text(item.title, words=words)}~~"
    body = " ".join(item.body.split()).removeprefix("- ")
    shown = shown_addresses(body)
    own = [link for link in item.links if sendable(link.url, limits.EMBED_URL) and link_address(link.url) not in shown]
    first = next((link for link in item.links if sendable(link.url, limits.EMBED_URL)), None)
    main = first if first in own else None
    if main is not None and (in_place := _in_place(item.title, own)) is not None:
        title, own = in_place
    else:
        title = linked(title_text(item.title, words=words), sendable(main.url, limits.EMBED_URL) if main else None)
        own = [link for link in own if main is None or link.url != main.url]
    parts = [title]
    is_aside = body.startswith(("(", "（", "\\["))  # "(The Verge)", "[video]"
    parts += [body if is_aside else f"– {body}"] if body else []
    # the links that neither title nor body contains, under their author's labels
    parts += ["· " + masked(label_of(link), sendable(link.url, limits.EMBED_URL) or "") for link in own]
    return "- " + " ".join(parts)


def _in_place(title: str, links: Sequence[Link]) -> tuple[str, list[Link]] | None:
    """Return a title in which the words of several links lead to them, as its author wrote it, and the other links.

    None if fewer than two links are in it: then the whole title is a link.
    """
    text, parts, others = " ".join(title.split()), list[str](), list[Link]()
    place = 0
    for link in links:
        words = " ".join(link.text.split())
        at = text.find(words, place) if words else -1
        if at < 0:
            others.append(link)
            continue
        parts += [_literal(text[place:at]), masked(words, sendable(link.url, limits.EMBED_URL) or "")]
        place = at + len(words)
    if len(links) - len(others) < 2 or length(plain_inline(text)) > limits.EMBED_TITLE:
        return None
    return "".join([*parts, _literal(text[place:])]), others


def _literal(text: str) -> str:
    """Return a part of a title as literal Markdown, with the spaces around it."""
    inner = text.strip()
    return text.replace(inner, plain_inline(inner), 1) if inner else text


def _fitting(lines: Sequence[tuple[str, str]]) -> str:
    """Return the lines, the longest reduced to their titles until all fit; a button opens the items in full."""
    kept = [line for line, _ in lines]
    for index in sorted(range(len(kept)), key=lambda at: -length(kept[at])):
        if sum(length(line) + 1 for line in kept) <= limits.EMBED_DESCRIPTION:
            break
        kept[index] = lines[index][1]
    return "\n".join(kept)

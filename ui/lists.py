"""One message for several one-liners of a long issue: a list of linked titles, with the sections within as headings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import discord

from digest.model import Item, Link
from digest.render.markdown import length, link_address, shown_addresses
from ui import limits
from ui.locales import Words, words_of
from ui.messages import GREY, OutgoingMessage, colour, footer, linked, masked, title_text
from ui.urls import label_of, sendable


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An item of a list, and whether its author has taken it back."""

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
    """Return the message of a list; with all entries withdrawn it is grey."""
    words = words_of(language)
    shown = [entry.item for entry in entries if not entry.is_withdrawn] or [entry.item for entry in entries]
    chapter = shown[0].section[:1] if shown else ()
    is_shown = any(not entry.is_withdrawn for entry in entries)
    lines: list[str] = []
    for section, group in groupby(entries, key=lambda entry: entry.item.section[len(chapter) :]):
        if section:
            lines.append(f"**{title_text(' › '.join(section), 200)}**")
        lines += [_line(entry, words) for entry in group]
    if note:
        lines.append(f"-# {note}")
    embed = discord.Embed(
        title=title_text(chapter[0]) if chapter else None,
        description=_fitting(lines),
        colour=(tint if tint is not None else colour(newsletter)) if is_shown else GREY,
    )
    embed.set_footer(text=footer((newsletter,)))
    return OutgoingMessage(embed=embed, kind="list", mark=mark, words=words)


def _line(entry: ListEntry, words: Words) -> str:
    """Return an item in one line: its title as a link, what its author wrote beside it, its further links."""
    item = entry.item
    if entry.is_withdrawn:
        return f"- ~~{title_text(item.title, words=words)}~~"
    body = " ".join(item.body.split()).removeprefix("- ")
    url = next((url for link in item.links if (url := sendable(link.url, limits.EMBED_URL))), None)
    shown = shown_addresses(body)
    is_linked = url is not None and link_address(url) not in shown
    parts = [linked(title_text(item.title, words=words), url if is_linked else None)]
    is_aside = body.startswith(("(", "（", "\\["))  # "(The Verge)", "[video]"
    parts += [body if is_aside else f"– {body}"] if body else []
    parts += _further(item.links, url if is_linked else None, shown)
    return "- " + " ".join(parts)


def _further(links: Iterable[Link], main: str | None, shown: frozenset[str]) -> list[str]:
    """Return the links that neither the title nor the body has, in their author's words."""
    found: list[str] = []
    for link in links:
        url = sendable(link.url, limits.EMBED_URL)
        if url and url != main and link_address(link.url) not in shown:
            found.append("· " + masked(label_of(link), url))
    return found


def _fitting(lines: Sequence[str]) -> str:
    """Return the lines, the longest without their links where they would not fit: their button opens them in any
    case.
    """
    kept = list(lines)
    for index in sorted(range(len(kept)), key=lambda at: -length(kept[at])):
        if sum(length(line) + 1 for line in kept) <= limits.EMBED_DESCRIPTION:
            break
        kept[index] = _without_links(kept[index])
    return "\n".join(kept)


def _without_links(line: str) -> str:
    return title_text(line.split("](", 1)[0].removeprefix("- [").removeprefix("- "), 120)

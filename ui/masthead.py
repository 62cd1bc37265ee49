"""An issue's header: its introduction, its number of items, and a table of contents that links to their messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import discord

from digest.model import Issue, Item
from digest.render.markdown import cut, cut_to_room, length, link_address, plain_inline, shown_addresses
from digest.render.paging import pages
from storage.options import DEFAULT, Options, filled
from ui import limits
from ui.locales import Words, words_of
from ui.messages import OutgoingMessage, colour, is_whole_issue, joined, linked, source_of, title_text
from ui.urls import picture, sendable, title_link

SUMMARY = 500
INTRODUCTION = 700  # characters of the introduction before it is cut
LISTED = 25  # items that a header lists; for a longer issue it lists the sections
CONTENTS = 2_600  # of the 4,096 characters of an embed's description
PAGE = 3_800
_SECTION, _TITLE = 100, 140
_ABOVE = 1_900  # of the 2,000 characters above an embed; a role's mention is there too

Jumps = Mapping[str, str]  # item id -> link to its message


def header_message(
    issue: Issue,
    newsletter: str,
    mark: str,
    *,
    jumps: Jumps | None = None,
    tint: int | None = None,
    look: Options = DEFAULT,
    has_introduction: bool = True,
) -> OutgoingMessage:
    """Return the message above an issue's items; without `jumps`, its contents are not links yet.

    Without `has_introduction`, the introduction is in a message of its own.
    """
    words = words_of(issue.language)
    introduction = _introduction(issue) if has_introduction else ""
    opening = cut_to_room(introduction, INTRODUCTION)
    about = "" if _is_essay(issue) else _table(issue.items, jumps or {}, words)
    embed = _embed(issue, newsletter, words, tint, look)
    if len(issue.items) == 1 and issue.items[0].image == issue.image:
        embed.set_image(url=None)  # the single item below shows it
    embed.description = "\n\n".join(part for part in (_summary(issue), opening, about) if part) or None
    return _message(embed, issue, newsletter, mark, look, is_cut=opening != introduction)


def digest_message(
    issue: Issue, newsletter: str, mark: str, *, tint: int | None = None, look: Options = DEFAULT
) -> OutgoingMessage:
    """Return a whole issue in one message: its header, and as many linked item titles as fit.

    Of an essay, it shows the beginning.
    """
    words = words_of(issue.language)
    essay = essay_of(issue)
    text = essay or _introduction(issue)
    opening = cut_to_room(text, INTRODUCTION)
    number = "" if essay else f"**{words.items(len(issue.items))}**"
    head = [part for part in (_summary(issue), opening, number) if part]
    addresses = {item.id: address for item in issue.items if (address := source_of(item, issue))}
    lines = [] if essay else _lines(issue.items, addresses, words)
    embed = _embed(issue, newsletter, words, tint, look)
    embed.description = joined(["\n\n".join(head), *lines], "\n", words)
    return _message(embed, issue, newsletter, mark, look, is_cut=opening != text)


def essay_of(issue: Issue) -> str:
    """Return the text that a digest shows instead of a list with one title; "" if that would hide something."""
    if not _is_essay(issue) or _introduction(issue):
        return ""
    [item] = issue.items
    shown = shown_addresses(item.body)
    # A cut text opens in full, including the links that the text itself does not show.
    is_cut = cut_to_room(item.body, INTRODUCTION) != item.body
    return item.body if is_cut or all(link_address(link.url) in shown for link in item.links) else ""


def introduction_pages(issue: Issue) -> list[str]:
    """Return the whole introduction, in pages."""
    return pages(_introduction(issue), PAGE)


def contents_pages(items: Sequence[Item], addresses: Jumps, words: Words) -> list[str]:
    """Return the whole table of contents, each item a link if `addresses` contains its id."""
    return pages("\n".join(_lines(items, addresses, words)), PAGE)


def _embed(issue: Issue, newsletter: str, words: Words, tint: int | None, look: Options) -> discord.Embed:
    embed = discord.Embed(
        title=title_text(issue.title, words=words),
        url=title_link(issue.title, sendable(issue.url, limits.EMBED_URL)),
        colour=tint if tint is not None else colour(newsletter),
    )
    if look.pictures and (image := picture(issue.image, limits.EMBED_URL)):
        embed.set_image(url=image)
    return embed.set_footer(text=f"{newsletter} · {_when(issue, words)}")


def _when(issue: Issue, words: Words) -> str:
    return words.day(issue.date) if issue.date else words("undated")


def _message(
    embed: discord.Embed, issue: Issue, newsletter: str, mark: str, look: Options, *, is_cut: bool
) -> OutgoingMessage:
    words = words_of(issue.language)
    button = sendable(issue.url, limits.BUTTON_URL) if look.buttons else None
    return OutgoingMessage(
        embed=embed, kind="header", mark=mark, role_id=look.role, words=words, is_cut=is_cut,
        links=((words("Read the issue"), button),) if button else (), text=_above(issue, newsletter, words, look),
    )  # fmt: skip


def _above(issue: Issue, newsletter: str, words: Words, look: Options) -> str:
    """Return the admin's text above an issue; the author's values in it are shown literally."""
    if not look.header:
        return ""
    known = {
        "newsletter": plain_inline(newsletter),
        "title": title_text(issue.title),
        "date": _when(issue, words),
        "items": words.items(len(issue.items)),
        "url": sendable(issue.url, limits.EMBED_URL) or "",
    }
    return cut(filled(look.header, **known), _ABOVE)


def _summary(issue: Issue) -> str:
    """Return the issue's summary; "" if it only repeats an item's title."""
    is_title = any(" ".join(item.title.split()) == issue.summary for item in issue.items)
    return "" if is_title else cut(plain_inline(issue.summary), SUMMARY)


def _introduction(issue: Issue) -> str:
    """Return the introduction; "" if the summary is the same."""
    text = issue.introduction or plain_inline(issue.intro)
    is_repeated = " ".join(issue.intro.split()) == " ".join(issue.summary.split())
    return "" if is_repeated and issue.summary else text


def _is_essay(issue: Issue) -> bool:
    """Whether an issue is one story under its own title, which a table of contents would only repeat."""
    return len(issue.items) == 1 and is_whole_issue(issue.items[0], issue)


def _table(items: Sequence[Item], jumps: Jumps, words: Words) -> str:
    """Return the number of items, and below it their table of contents."""
    contents = _contents(items, jumps, words)
    gap = [""] if contents and contents[0].startswith("**") else []  # otherwise the number looks like a section
    return "\n".join([f"**{words.items(len(items))}**", *gap, *contents])


def _contents(items: Sequence[Item], jumps: Jumps, words: Words) -> list[str]:
    """Return the titles by section; for a long issue the sections alone, as many as fit."""
    # Titles that do not fit are replaced by sections, because half a table of contents misleads.
    if len(items) <= LISTED:
        lines = _lines(items, jumps, words)
        if sum(length(line) + 1 for line in lines) <= CONTENTS:
            return lines
    lines = _chapters(items, jumps, words)
    room = CONTENTS
    for number, line in enumerate(lines):
        room -= length(line) + 1
        if room < 0:
            return [*lines[:number], words.more(len(lines) - number)]
    return lines


def _lines(items: Sequence[Item], addresses: Jumps, words: Words) -> list[str]:
    """Return a line for each item below its section, with a gap before items without a section."""
    lines: list[str] = []
    for section, group in groupby(items, key=lambda item: item.section):
        if section:
            lines.append(f"**{title_text(' › '.join(section), _SECTION)}**")
        elif lines:
            lines.append("")
        lines += [f"- {linked(title_text(item.title, _TITLE, words), addresses.get(item.id))}" for item in group]
    return lines


def _chapters(items: Sequence[Item], jumps: Jumps, words: Words) -> list[str]:
    """Return each section with its number of items and a link to the first; items without a section by title."""
    lines: list[str] = []
    for chapter, group in groupby(items, key=lambda item: item.section[:1]):
        mine = list(group)
        address = next((jumps[item.id] for item in mine if item.id in jumps), None)
        if chapter:
            lines.append(f"- {linked(title_text(chapter[0], _SECTION), address)} · {len(mine)}")
        else:
            lines += [f"- {linked(title_text(item.title, _TITLE, words), jumps.get(item.id))}" for item in mine]
    return lines

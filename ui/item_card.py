"""The message of one item: its text, its links, and its withdrawn form.

Nothing that the author wrote is lost: a line of links is removed from the body only if the buttons have the same
labels, and text that does not fit is on the pages behind "Open in full".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import discord

from digest.introduction import is_introduction
from digest.items.sentences import ends_as_sentence
from digest.model import Issue, Item, Link
from digest.render.markdown import cut_to_room, length, link_address, plain_inline, shown_addresses
from digest.render.paging import pages
from storage.options import DEFAULT, Options
from ui import limits
from ui.locales import N_, Words, words_of
from ui.messages import (
    GREY,
    OutgoingMessage,
    colour,
    footer,
    is_whole_issue,
    linked,
    masked,
    page_of,
    title_text,
    titled,
)
from ui.urls import label_of, labels, picture, sendable, title_link

PAGE = 3_800  # characters of a page of the whole text
LINK_BUTTONS = 4  # one row, with the marked button as the fifth
LONGEST_LABEL = 45  # of a button; phones do not show more
WITHDRAWN = N_("Withdrawn: the author removed this item from the issue.")
RETRACTED = N_("Withdrawn by the people who run this server.")
_LONGEST_LINE = 1_500
_OPENS_BLOCK = ">#-*`0123456789"
_SOURCE = 60  # characters of the text next to the title of a one-liner, such as "(The Verge)" or "[video]"
_MASKED = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\(<?([^()\s>]+)>?\)")
_WORD = re.compile(r"[^\W_]+")
_GAPS = re.compile(r"\n{3,}")


@dataclass(slots=True)
class _Links:
    """Placement of an item's links: on buttons, or in a line below the body."""

    links: tuple[Link, ...]
    room: int
    buttons: list[Link] = field(default_factory=list[Link])

    def take(self, links: Sequence[Link]) -> bool:
        """Put all of `links` on buttons, if there is room for all of them."""
        new = [link for link in links if link not in self.buttons]
        if len(self.buttons) + len(new) > self.room or not all(map(_fits_button, new)):
            return False
        self.buttons += new
        return True

    def of(self, url: str) -> Link | None:
        """Return the item's link with this address."""
        return next((link for link in self.links if link_address(link.url) == url), None)


def item_message(
    item: Item,
    issue: Issue,
    newsletter: str,
    mark: str,
    *,
    note: str = "",
    tint: int | None = None,
    look: Options = DEFAULT,
) -> OutgoingMessage:
    """Return the message of one item; `note` is one line of Discord Markdown below its text ("Added later")."""
    words = words_of(issue.language)
    tint = tint if tint is not None else colour(newsletter)
    page = sendable(page_of(item, issue), limits.EMBED_URL)
    # The title of an essay links to the essay rather than to the first link in its text.
    main = _main_link(item, or_first=not (page and is_whole_issue(item, issue)))
    item = titled(item, issue)
    if (line := _in_one_line(item, main)) is not None:
        return _compact(item, newsletter, mark, line, note, tint, words)
    story = _story(item, main, look)
    lines = [story.body] if story.body else []
    if story.is_cut and page:
        lines.append(masked(words("Read more"), page))
    if more := _more_links(story.below, story.body, words):
        lines.append(more)
    if note:
        lines.append(f"-# {note}")
    embed = discord.Embed(
        title=title_text(item.title, words=words),
        url=title_link(item.title, (sendable(main.url, limits.EMBED_URL) if main is not None else None) or page),
        description="\n".join(lines) or None,
        colour=tint,
    )
    if look.pictures and (image := picture(item.image, limits.EMBED_URL)):
        embed.set_image(url=image)
    embed.set_footer(text=footer((*item.section, newsletter)))
    return OutgoingMessage(
        embed=embed, kind="related", mark=mark, is_cut=story.is_cut, words=words, links=story.buttons,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Story:
    """What a message shows of an item: its text, the links on its buttons and those below the text."""

    body: str
    is_cut: bool
    buttons: tuple[tuple[str, str], ...]
    below: Sequence[Link]


def _story(item: Item, main: Link | None, look: Options) -> _Story:
    """Lay out an item's text and links according to `look`; `main` is the link of its title."""
    links = _Links(item.links, LINK_BUTTONS if look.buttons else 0)
    whole = _without_titles_address(_without_button_lines(item.body, links), main)
    body = cut_to_room(whole, look.body) if look.body else ""
    is_cut = body != whole or length(plain_inline(item.title)) > limits.EMBED_TITLE
    # "Open in full" takes a button's place, but links moved from the body to a button stay there.
    links.room = max(LINK_BUTTONS - is_cut, len(links.buttons)) if look.buttons else 0
    is_said = main is not None and _is_in(main.text, item.title)
    # Links in the cut part of the body are behind "Open in full", so they are not repeated here.
    shown = shown_addresses(item.body if is_cut else whole)
    below = [link for link in item.links if link not in links.buttons and not (is_said and link is main)]
    below = [link for link in below if link_address(link.url) not in shown and not links.take([link])]
    return _Story(body, is_cut, _as_buttons(links.buttons), below)


def _without_titles_address(body: str, main: Link | None) -> str:
    """Remove a first line that only repeats the address of the title, as below many Japanese headings."""
    first, _, rest = body.partition("\n")
    is_its_address = main is not None and first.strip(" <>") == main.url
    return rest.lstrip("\n") if is_its_address else body


def _main_link(item: Item, *, or_first: bool = True) -> Link | None:
    """Return the title's link: the one with the title's words, else the first; None for an introduction.

    Without `or_first` the first link is not used, because the title links to the issue's page.
    """
    if is_introduction(item):
        return None
    usable = [link for link in item.links if sendable(link.url, limits.EMBED_URL)]
    first = next(iter(usable), None) if or_first else None
    return next((link for link in usable if link.text and _is_in(link.text, item.title)), first)


def _is_in(text: str, title: str) -> bool:
    """Whether a title contains a link's words in sequence; for non-ASCII text, its letters."""
    # Chinese and Japanese do not separate words by spaces.
    if not text.isascii() or not text.strip():
        return _letters(text) in _letters(title)
    return f" {' '.join(_WORD.findall(text.casefold()))} " in f" {' '.join(_WORD.findall(title.casefold()))} "


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _in_one_line(item: Item, main: Link | None) -> str | None:
    """Return the text next to the title of a one-liner; None if the item is longer than its title and source."""
    body = item.body.strip()
    words = _MASKED.sub(r"\1", body)
    if is_introduction(item) or item.image or "\n" in body or length(words) > _SOURCE or ends_as_sentence(words):
        return None
    others = [link for link in item.links if link is not main and link_address(link.url) not in shown_addresses(body)]
    is_shown = main is None or _is_in(main.text, item.title)
    is_room = length(plain_inline(item.title)) <= limits.EMBED_TITLE
    is_line = 0 < length(body) <= _LONGEST_LINE and body[0] not in _OPENS_BLOCK
    return body if is_line and is_shown and is_room and not others else None


def _compact(item: Item, newsletter: str, mark: str, line: str, note: str, tint: int, words: Words) -> OutgoingMessage:
    """Return the message of a one-liner: its title and source in one line."""
    main = _main_link(item)
    is_free = main is not None and link_address(main.url) not in shown_addresses(line)
    url = sendable(main.url, limits.EMBED_URL) if main is not None and is_free else None
    title = linked(title_text(item.title, words=words), url)
    text = f"**{title}** {line}" + (f"\n-# {note}" if note else "")
    embed = discord.Embed(description=text, colour=tint)
    embed.set_footer(text=footer((*item.section, newsletter)))
    return OutgoingMessage(embed=embed, kind="related", mark=mark, words=words)


def _fits_button(link: Link) -> bool:
    return sendable(link.url, limits.BUTTON_URL) is not None and length(label_of(link)) <= LONGEST_LABEL


def _as_buttons(links: Sequence[Link]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, sendable(link.url, limits.BUTTON_URL) or "") for name, link in zip(labels(links), links, strict=True)
    )


def _without_button_lines(body: str, links: _Links) -> str:
    """Return `body` without blocks of lines that only contain links, as far as the buttons have room for them."""
    kept: list[str] = []
    block: list[str] = []
    # The empty line at the end closes the last block.
    for line in [*body.split("\n"), ""]:
        if _linked_in(line, links):
            block.append(line)
            continue
        wanted = [link for each in block for link in _linked_in(each, links)]
        # Indented text below a line of links refers to these links, so the line has to stay.
        is_above_its_own = bool(block) and bool(line.strip()) and _indent(line) > _indent(block[-1])
        if is_above_its_own or not links.take(wanted):
            kept += block
        block = []
        kept.append(line)
    return _GAPS.sub("\n\n", "\n".join(kept)).strip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _linked_in(line: str, links: _Links) -> list[Link]:
    """Return the links of a line that contains nothing else, labelled as on buttons; none for other lines."""
    found: list[Link] = []
    for match in _MASKED.finditer(line):
        link = links.of(match[2])
        if link is None or _letters(match[1]) != _letters(label_of(link)):
            return []
        found.append(link)
    # A line with further words says more than its links, so it stays.
    beside = _MASKED.sub("", line)
    return [] if any(sign.isalnum() for sign in beside) else found


def _more_links(links: Iterable[Link], body: str, words: Words) -> str:
    """Return one line with as many links as fit that neither buttons nor body contain, labelled by their authors."""
    hidden = [(link, url) for link in links if (url := sendable(link.url, limits.EMBED_URL))]
    # The rest is reserved for the other lines below the body: a note, "Read more", "More:" and the number left.
    room = limits.EMBED_DESCRIPTION - length(body) - 500
    shown: list[str] = []
    for name, (_, url) in zip(labels(link for link, _ in hidden), hidden, strict=True):
        text = masked(name, url)
        room -= length(text) + 3
        if room < 0:
            shown.append(words.more(len(hidden) - len(shown)))
            break
        shown.append(text)
    return f"{words('More:')} " + " · ".join(shown) if shown else ""


def full_pages(item: Item) -> list[str]:
    """Return an item's whole body in pages: first its title if the message had no room for it, last its links."""
    title = plain_inline(item.title)
    parts = [f"**{title}**"] if length(title) > limits.EMBED_TITLE else []
    parts += [item.body] if item.body else []
    shown = shown_addresses(item.body)
    main = _main_link(item)
    said = main if main is not None and _is_in(main.text, item.title) else None
    hidden = [link for link in item.links if link is not said and link_address(link.url) not in {"", *shown}]
    parts += [" · ".join(masked(name, link.url) for name, link in zip(labels(hidden), hidden, strict=True))]
    return pages("\n\n".join(part for part in parts if part), PAGE)


def withdrawn_message(
    item: Item, newsletter: str, mark: str, *, language: str = "", kind: str = "related", reason: str = WITHDRAWN
) -> OutgoingMessage:
    """Return the replacement for the message of an item that its author removed or an admin withdrew."""
    words = words_of(language)
    embed = discord.Embed(
        title=f"~~{title_text(item.title, limits.EMBED_TITLE - 4, words)}~~",
        description=f"*{words(reason)}*",
        colour=GREY,
    )
    embed.set_footer(text=footer((*item.section, newsletter)))
    return OutgoingMessage(embed=embed, kind=kind, mark=mark, words=words)

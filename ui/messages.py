"""The common form of posted messages; `masthead.py`, `item_card.py` and `lists.py` build them.

Values in, an `OutgoingMessage` out. Whatever the content, Discord's limits hold, and nobody is pinged except the role
that an admin chose.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import discord

from digest.introduction import is_introduction
from digest.model import Issue, Item
from digest.render.markdown import cut, length, masked_link, plain_inline
from ui import limits
from ui.buttons import MarkButton, OpenButton
from ui.locales import Words, words_of
from ui.urls import sendable

_PALETTE = (0x5865F2, 0x2D9CDB, 0x27AE60, 0xE67E22, 0x9B59B6, 0x16A085, 0xD35480, 0xC29A1B)
GREY = 0x747F8D
_PAIRED = re.compile(r"(?:[^\[\]]|\[[^\[\]]*\])*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message as it is posted or edited; `mark` is the identity of its delivery."""

    embed: discord.Embed
    kind: str  # "related", "header" or "list": the marked button
    mark: str
    links: tuple[tuple[str, str], ...] = ()  # label and address of each link button
    role_id: int | None = None
    text: str = ""  # above the embed, Discord Markdown
    is_cut: bool = False  # a button opens the whole text
    words: Words = field(default_factory=lambda: words_of(""))  # in the newsletter's language

    @property
    def content(self) -> str | None:
        """The text above the embed: the role and the text that an admin chose, else None."""
        mention = f"<@&{self.role_id}>" if self.role_id else ""
        return f"{mention} {self.text}".strip() or None

    @property
    def allowed_mentions(self) -> discord.AllowedMentions:
        """Allow pinging the chosen role and nobody else."""
        roles = [discord.Object(self.role_id)] if self.role_id else False
        return discord.AllowedMentions(everyone=False, users=False, roles=roles, replied_user=False)

    @property
    def content_hash(self) -> str:
        """A digest of all that a reader sees; messages that look the same have the same digest."""
        seen: dict[str, Any] = {
            "embed": self.embed.to_dict(),
            "links": self.links,
            "kind": self.kind,
            "cut": self.is_cut,
            "language": self.words.language,
        }
        if self.text:  # left out if empty, so that messages of earlier versions keep their digests
            seen["text"] = self.text
        text = json.dumps(seen, sort_keys=True, ensure_ascii=False, default=str)
        # 128 bits are enough to tell a message from its next version.
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def view(self) -> discord.ui.View:
        """Return a new view with the link buttons and the marked button; it does not have to be registered."""
        view = discord.ui.View(timeout=None)
        for label, url in self.links:
            view.add_item(discord.ui.Button[discord.ui.View](label=label, url=url))
        if self.is_cut:
            view.add_item(OpenButton(self.mark, self.words("Open in full")))
        view.add_item(MarkButton(self.kind, self.mark, self.words(MarkButton.LABELS[self.kind])))
        return view


def colour(newsletter: str) -> int:
    """Return a newsletter's default colour, derived from its name."""
    # Python's own hash differs from run to run.
    return _PALETTE[hashlib.sha256(newsletter.encode()).digest()[0] % len(_PALETTE)]


def tint_of(newsletter: str, names: Sequence[str]) -> int:
    """Return the default colour of a configured newsletter, different from the others' as far as there are colours."""
    # A newsletter that is only in the database has no position among the others.
    if newsletter not in names:
        return colour(newsletter)
    return _PALETTE[names.index(newsletter) % len(_PALETTE)]


def message_url(guild_id: int, channel_id: int, message_id: int) -> str:
    """Return the link to a message in its channel or thread."""
    return f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"


def titled(item: Item, issue: Issue) -> Item:
    """Return the item with its display title: an introduction's title names its issue."""
    if not is_introduction(item):
        return item
    return replace(item, title=words_of(issue.language)("Introduction of {issue}", issue=issue.title))


def page_of(item: Item, issue: Issue) -> str | None:
    """Return the item's place on the issue's own page, or None if the page is not known."""
    if not issue.url:
        return None
    return f"{issue.url.split('#', 1)[0]}#{item.anchor}" if item.anchor else issue.url


def is_whole_issue(item: Item, issue: Issue) -> bool:
    """Whether an item is its whole issue, as an essay is: it has the issue's title.

    For an issue that was loaded without its items, only the titles are compared.
    """
    return len(issue.items) <= 1 and " ".join(item.title.split()).casefold() == " ".join(issue.title.split()).casefold()


def source_of(item: Item, issue: Issue) -> str | None:
    """Return the address of an item's story: its first link, else its place on the issue's page.

    For an essay the issue's page is preferred; for an introduction it is the only one.
    """
    page = sendable(page_of(item, issue), limits.EMBED_URL)
    if is_introduction(item) or (page and is_whole_issue(item, issue)):
        return page
    return next((url for link in item.links if (url := sendable(link.url, limits.EMBED_URL))), page)


def linked(shown: str, url: str | None) -> str:
    """Return `shown`, which is already Discord Markdown, as a masked link that no content can break.

    Discord parses masked links before escapes, and a text with unbalanced square brackets would end the link, so these
    become round ones. Where Discord does not show a masked link, as around an emoji or an address, the address follows
    as text.
    """
    if not url:
        return shown
    if not _PAIRED.match(shown):
        shown = shown.replace("\\[", "(").replace("[", "(").replace("\\]", ")").replace("]", ")")
    return masked_link(shown, url)


def masked(text: str, url: str) -> str:
    """Return plain text as a masked link."""
    return linked(plain_inline(text), url)


def title_text(text: str, limit: int = limits.EMBED_TITLE, words: Words | None = None) -> str:
    """Return a plain title for a message: shown literally, within `limit`, never empty."""
    return cut(plain_inline(" ".join(text.split())), limit) or (words or words_of(""))("Untitled")


def footer(parts: tuple[str, ...]) -> str:
    """Return a footer's text: section and newsletter, within its limit."""
    shown = " › ".join(" ".join(part.split()) for part in parts if part.strip())
    return shown if length(shown) <= 256 else cut(shown, 256)


def joined(blocks: Sequence[str], between: str, words: Words | None = None) -> str:
    """Return as many of `blocks` as fit into an embed's description, and the number of the others."""
    room = limits.EMBED_DESCRIPTION - 40
    for number, block in enumerate(blocks):
        room -= length(block) + length(between)
        if room < 0:
            return between.join((*blocks[:number], (words or words_of("")).more(len(blocks) - number)))
    return between.join(blocks)

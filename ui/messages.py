"""What is posted, as all of it looks (`masthead.py`, `item_card.py` and `lists.py` make the messages).

Values in, an `OutgoingMessage` out. Whatever the content is, Discord's limits hold and nobody is
pinged but the role that an admin chose.
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
    """One message as it is sent or edited in; `mark` is the identity of its delivery."""

    embed: discord.Embed
    kind: str  # "related" or "header": the marked button
    mark: str
    links: tuple[tuple[str, str], ...] = ()  # label and address of each link button
    role_id: int | None = None
    text: str = ""  # above the embed, Discord Markdown
    is_cut: bool = False  # a button opens it in full
    words: Words = field(default_factory=lambda: words_of(""))  # of the newsletter's language

    @property
    def content(self) -> str | None:
        """What is above the embed: the role and the words that an admin chose, else nothing."""
        mention = f"<@&{self.role_id}>" if self.role_id else ""
        return f"{mention} {self.text}".strip() or None

    @property
    def allowed_mentions(self) -> discord.AllowedMentions:
        """Pings the chosen role and nobody else."""
        roles = [discord.Object(self.role_id)] if self.role_id else False
        return discord.AllowedMentions(everyone=False, users=False, roles=roles, replied_user=False)

    @property
    def content_hash(self) -> str:
        """A digest of all that a reader sees, the same for two messages that look the same."""
        seen: dict[str, Any] = {
            "embed": self.embed.to_dict(),
            "links": self.links,
            "kind": self.kind,
            "cut": self.is_cut,
            "language": self.words.language,
        }
        if self.text:  # left out where it is empty: what earlier versions posted keeps its digest
            seen["text"] = self.text
        text = json.dumps(seen, sort_keys=True, ensure_ascii=False, default=str)
        # 128 bits: enough to tell a message from its next version, which is all that is asked of it.
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def view(self) -> discord.ui.View:
        """Return a fresh view with the link buttons and the marked button; it needs no listening."""
        view = discord.ui.View(timeout=None)
        for label, url in self.links:
            view.add_item(discord.ui.Button[discord.ui.View](label=label, url=url))
        if self.is_cut:
            view.add_item(OpenButton(self.mark, self.words("Open in full")))
        view.add_item(MarkButton(self.kind, self.mark, self.words(MarkButton.LABELS[self.kind])))
        return view


def colour(newsletter: str) -> int:
    """Return the colour bar of a newsletter's messages, always the same for the same name."""
    # Python's own hash differs from run to run.
    return _PALETTE[hashlib.sha256(newsletter.encode()).digest()[0] % len(_PALETTE)]


def tint_of(newsletter: str, names: Sequence[str]) -> int:
    """Return the same for one of the configured newsletters, which differ among each other as far as there are
    colours.
    """
    # One that is only in the database has no place among the others.
    if newsletter not in names:
        return colour(newsletter)
    return _PALETTE[names.index(newsletter) % len(_PALETTE)]


def message_url(guild_id: int, channel_id: int, message_id: int) -> str:
    """Where a message is, in its channel or thread."""
    return f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"


def titled(item: Item, issue: Issue) -> Item:
    """Return the item as people are shown it: an introduction says of which issue it is."""
    if not is_introduction(item):
        return item
    return replace(item, title=words_of(issue.language)("Introduction of {issue}", issue=issue.title))


def page_of(item: Item, issue: Issue) -> str | None:
    """Return the item's place on the issue's own page, or None if the page is not known."""
    if not issue.url:
        return None
    return f"{issue.url.split('#', 1)[0]}#{item.anchor}" if item.anchor else issue.url


def is_whole_issue(item: Item, issue: Issue) -> bool:
    """Whether an item is all that its issue tells, as an essay is: it has the issue's own title.

    An issue that was read without its items has none.
    """
    return len(issue.items) <= 1 and " ".join(item.title.split()).casefold() == " ".join(issue.title.split()).casefold()


def source_of(item: Item, issue: Issue) -> str | None:
    """Return where an item's own story is: its first link, else its place on the issue's page, which an essay prefers
    and an introduction has alone.
    """
    page = sendable(page_of(item, issue), limits.EMBED_URL)
    if is_introduction(item) or (page and is_whole_issue(item, issue)):
        return page
    return next((url for link in item.links if (url := sendable(link.url, limits.EMBED_URL))), page)


def linked(shown: str, url: str | None) -> str:
    """`shown` (which is Discord Markdown already) as a masked link that no content can break out of.

    Discord finds a masked link before it reads escapes: a text whose square brackets do not come in
    pairs would end it, so those become round ones. Where Discord shows no masked link, as around an
    emoji or an address, the address follows in plain sight.
    """
    if not url:
        return shown
    if not _PAIRED.match(shown):
        shown = shown.replace("\\[", "(").replace("[", "(").replace("\\]", ")").replace("]", ")")
    return masked_link(shown, url)


def masked(text: str, url: str) -> str:
    """Plain text as a masked link."""
    return linked(plain_inline(text), url)


def title_text(text: str, limit: int = limits.EMBED_TITLE, words: Words | None = None) -> str:
    """Return a plain title as it is in a message: shown literally, within `limit`, never empty."""
    return cut(plain_inline(" ".join(text.split())), limit) or (words or words_of(""))("Untitled")


def footer(parts: tuple[str, ...]) -> str:
    """Return a footer's text: section and newsletter, within its limit."""
    shown = " › ".join(" ".join(part.split()) for part in parts if part.strip())
    return shown if length(shown) <= 256 else cut(shown, 256)


def joined(blocks: Sequence[str], between: str, words: Words | None = None) -> str:
    """As many of `blocks` as an embed's description holds, and how many more there are."""
    room = limits.EMBED_DESCRIPTION - 40
    for number, block in enumerate(blocks):
        room -= length(block) + length(between)
        if room < 0:
            return between.join((*blocks[:number], (words or words_of("")).more(len(blocks) - number)))
    return between.join(blocks)

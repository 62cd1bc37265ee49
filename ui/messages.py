"""What is posted, and an issue's header (`item_card.py` and `lists.py` make the messages of its items).

Values in, an `OutgoingMessage` out. Whatever the content is, Discord's limits hold and nobody is
pinged but the role that an admin chose.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

from digest.model import Issue, Item
from digest.render.markdown import cut, length, masked_link, plain_inline
from ui import limits
from ui.buttons import MarkButton, OpenButton
from ui.urls import sendable, title_link

SUMMARY = 500
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
    is_cut: bool = False  # a button opens it in full

    @property
    def content(self) -> str | None:
        """The text above the embed: the role that an admin chose, else nothing."""
        return f"<@&{self.role_id}>" if self.role_id else None

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
        }
        text = json.dumps(seen, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def view(self) -> discord.ui.View:
        """A fresh view with the link buttons and the marked button; it needs no listening."""
        view = discord.ui.View(timeout=None)
        for label, url in self.links:
            view.add_item(discord.ui.Button[discord.ui.View](label=label, url=url))
        if self.is_cut:
            view.add_item(OpenButton(self.mark))
        view.add_item(MarkButton(self.kind, self.mark))
        return view


def colour(newsletter: str) -> int:
    """The colour bar of a newsletter's messages, always the same for the same name."""
    return _PALETTE[hashlib.sha256(newsletter.encode()).digest()[0] % len(_PALETTE)]


def long_date(day: dt.date) -> str:
    """A day as people read it without ambiguity: `6 September 2023`."""
    return f"{day.day} {day:%B %Y}"


def page_of(item: Item, issue: Issue) -> str | None:
    """The item's place on the issue's own page, or None where the page is not known."""
    if not issue.url:
        return None
    return f"{issue.url.split('#', 1)[0]}#{item.anchor}" if item.anchor else issue.url


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


def title_text(text: str, limit: int = limits.EMBED_TITLE) -> str:
    """A plain title as it stands in a message: shown literally, within `limit`, never empty."""
    return cut(plain_inline(" ".join(text.split())), limit) or "Untitled"


def footer(parts: tuple[str, ...]) -> str:
    """A footer's text: section and newsletter, within its limit."""
    shown = " › ".join(" ".join(part.split()) for part in parts if part.strip())
    return shown if length(shown) <= 256 else cut(shown, 256)


def header_message(issue: Issue, newsletter: str, mark: str, *, role_id: int | None = None) -> OutgoingMessage:
    """The message above an issue's items: what it is, when, how many items, where to read it whole."""
    summary = cut(plain_inline(issue.summary or issue.intro), SUMMARY)
    lines = [line for line in (summary, f"**{_overview(issue)}**") if line]
    url = sendable(issue.url, limits.EMBED_URL)
    embed = discord.Embed(
        title=title_text(issue.title),
        url=title_link(issue.title, url),
        description="\n\n".join(lines),
        colour=colour(newsletter),
    )
    if image := sendable(issue.image, limits.EMBED_URL):
        embed.set_image(url=image)
    day = (long_date(issue.date),) if issue.date else ()
    embed.set_footer(text=" · ".join((newsletter, *day)))
    button = sendable(issue.url, limits.BUTTON_URL)
    return OutgoingMessage(
        embed=embed, kind="header", mark=mark, role_id=role_id,
        links=(("Read the issue", button),) if button else (),
    )  # fmt: skip


def digest_message(issue: Issue, newsletter: str, mark: str, *, role_id: int | None = None) -> OutgoingMessage:
    """A whole issue in one message: its header, and below it every item's title as a link, as many as fit."""
    message = header_message(issue, newsletter, mark, role_id=role_id)
    lines: list[str] = [message.embed.description or ""]
    section: tuple[str, ...] = ()
    for item in issue.items:
        if item.section != section:
            section = item.section
            lines.append(f"**{title_text(' › '.join(section), 200)}**" if section else "")
        address = next((url for link in item.links if (url := sendable(link.url, limits.EMBED_URL))), None)
        address = address or sendable(page_of(item, issue), limits.EMBED_URL)
        lines.append(f"- {linked(title_text(item.title, 140), address)}")
    message.embed.description = joined(lines, "\n")
    return message


def joined(blocks: Sequence[str], between: str) -> str:
    """As many of `blocks` as an embed's description holds, and how many more there are."""
    room = limits.EMBED_DESCRIPTION - 40
    for number, block in enumerate(blocks):
        room -= length(block) + length(between)
        if room < 0:
            return between.join((*blocks[:number], f"… and {len(blocks) - number:,} more"))
    return between.join(blocks)


def counted(number: int, noun: str) -> str:
    """`1 item`, `2 items`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _overview(issue: Issue) -> str:
    """How many items, and in which sections where there are a few: `9 items: Papers 3 · Tools 6`."""
    total = counted(len(issue.items), "item")
    sections = Counter(item.section[0] for item in issue.items if item.section)
    if not 2 <= len(sections) <= 8:
        return total
    return f"{total}: " + " · ".join(f"{title_text(name, 60)} {count}" for name, count in sections.items())

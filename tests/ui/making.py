"""Records and what discord.py makes of messages, in few words."""

from __future__ import annotations

import datetime as dt
from typing import Any
from unittest.mock import Mock

import discord

from digest.model import Issue, Item, Link
from search.search import Hit
from storage.records import Gate, IssueRecord, ItemRecord

NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def item(title: str, *, number: int = 1, text: str = "", url: str | None = None, section: str = "News") -> ItemRecord:
    links = (Link("Story", url if url is not None else f"https://site.example/{number}"),) if url != "" else ()
    made = Item(id=str(number), title=title, section=(section,) if section else (), text=text, body=text, links=links)
    return ItemRecord(id=number, issue_id=1, position=number, item=made, first_seen_at=NOW, removed_at=None)


def issue(title: str = "Issue 7", *, day: dt.date | None = dt.date(2023, 11, 6), **more: Any) -> IssueRecord:
    made = Issue(path="7.md", title=title, date=day, **more)
    return IssueRecord(
        id=1, newsletter="Tech", issue=made, item_count=3, sorted_at=NOW, first_seen_at=NOW, seen_at=NOW,
        changed_at=None, removed_at=None, gate=Gate.FILED, gate_reason="", gate_until=None, released_at=None,
    )  # fmt: skip


def hit(title: str, *, number: int = 1, snippet: str = "", times: int = 1, **more: Any) -> Hit:
    return Hit(item(title, number=number, **more), issue(), snippet, times)


def message(content: str = "", *embeds: discord.Embed) -> discord.Message:
    """A message as a context command brings it: only its words matter here."""
    found = Mock(spec=discord.Message)
    found.content, found.embeds = content, list(embeds)
    return found


def parts(view: discord.ui.View) -> list[dict[str, Any]]:
    """The rows of buttons and menus as they are sent."""
    return view.to_components()


def size(embed: discord.Embed) -> int:
    """What Discord counts of an embed, in UTF-16 code units."""
    return len("".join(str(part) for part in _texts(embed)).encode("utf-16-le")) // 2


def _texts(embed: discord.Embed) -> list[str]:
    return [embed.title or "", embed.description or "", embed.author.name or "", embed.footer.text or ""]

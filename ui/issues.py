"""Issues as answers: the newest ones, and what one of them holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import discord

from digest.render.markdown import cut, plain_inline
from storage.records import IssueRecord, ItemRecord
from ui import limits
from ui.messages import colour, counted, joined, linked, long_date, title_text
from ui.pressing import Menu
from ui.results import item_url, short_date
from ui.urls import sendable


def issue_title(issue: IssueRecord, limit: int = 200) -> str:
    """An issue's title as a link to its own page, where it has one."""
    return linked(title_text(issue.issue.title, limit), sendable(issue.issue.url, limits.EMBED_URL))


def latest_embed(issues: Sequence[IssueRecord], heading: str) -> discord.Embed:
    """The newest issues, one block each: title, newsletter, date, number of items, summary."""
    blocks: list[str] = []
    for issue in issues:
        about = [plain_inline(issue.newsletter), short_date(issue), counted(issue.item_count, "item")]
        lines = [f"**{issue_title(issue)}**", cut(plain_inline(issue.issue.summary), 200)]
        blocks.append("\n".join(line for line in (*lines, "-# " + " · ".join(part for part in about if part)) if line))
    return discord.Embed(title=heading, description=joined(blocks, "\n\n"), colour=0x5865F2)


def contents_embed(issue: IssueRecord, items: Sequence[ItemRecord], jumps: Mapping[int, str]) -> discord.Embed:
    """The table of contents of an issue; an item leads to its message in this server, else to its source."""
    lines: list[str] = []
    section: tuple[str, ...] = ()
    for record in items:
        if record.item.section != section:
            section = record.item.section
            if section:
                lines.append(f"**{title_text(' › '.join(section), 200)}**")
        address = jumps.get(record.id) or item_url(record, issue)
        lines.append("- " + linked(title_text(record.item.title, 140), address))
    embed = discord.Embed(
        title=title_text(issue.issue.title),
        url=sendable(issue.issue.url, limits.EMBED_URL),
        description=joined(lines, "\n") or "This issue has no items.",
        colour=colour(issue.newsletter),
    )
    day = (long_date(issue.issue.date),) if issue.issue.date else ()
    return embed.set_footer(text=" · ".join((issue.newsletter, *day, counted(len(items), "item"))))


class IssueMenu(Menu, discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"issues:open"):
    """The menu below a list of issues that shows what one of them holds; it works after any restart."""

    def __init__(self, issues: Sequence[IssueRecord] = ()) -> None:
        select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            placeholder="Show an issue's contents…", custom_id="issues:open"
        )
        for issue in issues[: limits.SELECT_OPTIONS]:
            select.add_option(
                label=cut(" ".join(issue.issue.title.split()), limits.SELECT_TEXT) or "Untitled",
                value=str(issue.id),
                description=cut(f"{issue.newsletter} · {short_date(issue)}".strip(" ·"), limits.SELECT_TEXT),
            )
        super().__init__(select)


def issues_view(issues: Sequence[IssueRecord]) -> discord.ui.View:
    """The menu below a list of issues."""
    view = discord.ui.View(timeout=None)
    view.add_item(IssueMenu(issues))
    return view

"""Issues as answers: the newest ones, and the contents of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import discord

from digest.render.markdown import cut, plain_inline
from storage.records import IssueRecord, ItemRecord
from ui import limits
from ui.buttons import ShareButton, page_buttons
from ui.locales import opened, spoken
from ui.masthead import contents_pages, introduction_pages
from ui.messages import colour, joined, linked, source_of, title_text
from ui.pressing import Menu
from ui.results import short_date
from ui.urls import sendable


def issue_title(issue: IssueRecord, limit: int = 200) -> str:
    """Return an issue's title as a link to its own page, if it has one."""
    return linked(title_text(issue.issue.title, limit), sendable(issue.issue.url, limits.EMBED_URL))


def latest_embed(issues: Sequence[IssueRecord], heading: str) -> discord.Embed:
    """Return the newest issues, one block each: title, newsletter, date, number of items, summary."""
    blocks: list[str] = []
    for issue in issues:
        about = [plain_inline(issue.newsletter), short_date(issue), spoken().items(issue.item_count)]
        lines = [f"**{issue_title(issue)}**", cut(plain_inline(issue.issue.summary), 200)]
        blocks.append("\n".join(line for line in (*lines, "-# " + " · ".join(part for part in about if part)) if line))
    return discord.Embed(title=heading, description=joined(blocks, "\n\n", spoken()), colour=0x5865F2)


def contents_page(
    issue: IssueRecord,
    items: Sequence[ItemRecord],
    jumps: Mapping[int, str],
    page: int = 1,
    *,
    tint: int | None = None,
) -> tuple[discord.Embed, discord.ui.View]:
    """Return a page of an issue's contents; items link to their message in this server, else to their source."""
    words = opened()
    addresses = {one.item.id: jumps.get(one.id) or source_of(one.item, issue.issue) or "" for one in items}
    found = contents_pages([one.item for one in items], addresses, words)
    found = found if items else [words("This issue has no items.")]
    return _issue_page(issue, "issue", found, page, tint, words.items(len(items)))


def introduction_page(
    issue: IssueRecord, page: int = 1, *, tint: int | None = None
) -> tuple[discord.Embed, discord.ui.View]:
    """Return a page of an issue's introduction."""
    return _issue_page(issue, "intro", introduction_pages(issue.issue), page, tint)


def _issue_page(
    issue: IssueRecord, what: str, found: Sequence[str], page: int, tint: int | None, *about: str
) -> tuple[discord.Embed, discord.ui.View]:
    words = opened()
    page = min(max(page, 1), len(found))
    embed = discord.Embed(
        title=title_text(issue.issue.title, words=words),
        url=sendable(issue.issue.url, limits.EMBED_URL),
        description=found[page - 1] or None,
        colour=tint if tint is not None else colour(issue.newsletter),
    )
    when = words.day(issue.issue.date) if issue.issue.date else words("undated")
    turning = (words.page(page, len(found)),) if len(found) > 1 else ()
    embed.set_footer(text=" · ".join((issue.newsletter, when, *about, *turning)))
    view = discord.ui.View(timeout=None)
    for button in page_buttons(what, issue.id, page, len(found), words):
        view.add_item(button)
    return embed, view.add_item(ShareButton(what, issue.id, page, label=words("Share")))


class IssueMenu(Menu, discord.ui.DynamicItem[discord.ui.Select[discord.ui.View]], template=r"issues:open"):
    """The menu below a list of issues that shows the contents of one; it works after a restart."""

    def __init__(self, issues: Sequence[IssueRecord] = (), placeholder: str = "") -> None:
        words = spoken()
        select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
            placeholder=placeholder or words("Show an issue's contents…"), custom_id="issues:open"
        )
        for issue in issues[: limits.SELECT_OPTIONS]:
            select.add_option(
                label=cut(" ".join(issue.issue.title.split()), limits.SELECT_TEXT) or words("Untitled"),
                value=str(issue.id),
                description=cut(f"{issue.newsletter} · {short_date(issue)}".strip(" ·"), limits.SELECT_TEXT),
            )
        super().__init__(select)


def issues_view(issues: Sequence[IssueRecord]) -> discord.ui.View:
    """Return the menu below a list of issues."""
    view = discord.ui.View(timeout=None)
    view.add_item(IssueMenu(issues))
    return view

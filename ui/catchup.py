"""The output of `/catchup`: the issues since a member last looked, with the most interesting items of each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord

from digest.render.markdown import cut, length, plain_inline
from search.catching_up import CaughtIssue, CaughtUp, Pick
from storage.records import IssueRecord, ItemRecord
from ui import limits
from ui.issues import IssueMenu, issue_title
from ui.locales import Words
from ui.pressing import Pressed
from ui.results import ResultsMenu, item_line

PER_PAGE = 4  # issues
_COLOUR = 0x5865F2
_TITLE = 140
_PASSAGE = 110  # characters of an item's own text
_ALERTS = 2  # alerts named per item
_EPOCH, _UNIT = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.timedelta(microseconds=1)
_LATEST = 10**16  # in microseconds: the year 2286
Span = tuple[dt.datetime, dt.datetime]  # from the first moment, inclusive, to the second, exclusive


class CatchupButton(
    Pressed,
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"catchup:(?P<since>\d{1,17}):(?P<until>\d{1,17}):(?P<page>\d{1,4})",
):
    """A button that shows a page, from 1, of what is new in a period; it works after a restart."""

    def __init__(
        self, span: Span, page: int, label: str = "…", *, disabled: bool = False, is_primary: bool = False
    ) -> None:
        self.span, self.page = span, page
        style = discord.ButtonStyle.primary if is_primary else discord.ButtonStyle.secondary
        since, until = ((moment - _EPOCH) // _UNIT for moment in span)
        custom_id = f"catchup:{since}:{until}:{page}"
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=custom_id, disabled=disabled))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from its `custom_id`."""
        del interaction, item
        since, until = (_EPOCH + min(int(match[name]), _LATEST) * _UNIT for name in ("since", "until"))
        return cls((since, until), int(match["page"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchupPage:
    """One page, from 1: the whole result, and the records that this page shows."""

    since: dt.datetime
    until: dt.datetime
    page: int
    caught: CaughtUp
    issues: Mapping[int, IssueRecord]
    items: Mapping[int, ItemRecord]
    jumps: Mapping[int, str]  # item id -> link to its message in this server
    note: str = ""

    @property
    def pages(self) -> int:
        """Number of pages, at least 1."""
        return pages_of(self.caught)

    @property
    def shown(self) -> Sequence[CaughtIssue]:
        """The issues of this page."""
        return issues_of(self.caught, self.page)


def days_before(moment: dt.datetime, days: int) -> dt.datetime:
    """Return the start of the day that many days ago: issues are dated by day."""
    return (moment - dt.timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


def pages_of(caught: CaughtUp) -> int:
    """Return the number of pages, at least 1."""
    return max(1, -(-len(caught.issues) // PER_PAGE))


def issues_of(caught: CaughtUp, page: int) -> Sequence[CaughtIssue]:
    """Return the issues of a page, from 1."""
    return caught.issues[(page - 1) * PER_PAGE : page * PER_PAGE]


def catchup_embed(page: CatchupPage, words: Words) -> discord.Embed:
    """Return a page: a summary of the period, then each issue with its most interesting items."""
    blocks = [_head(page, words)]
    room = limits.EMBED_DESCRIPTION - length(blocks[0])
    for one in page.shown:
        block = _issue(page, one, words)
        room -= length(block) + 2
        if room < 0:
            break
        blocks.append(block)
    embed = discord.Embed(title=words("What you missed"), description="\n\n".join(blocks), colour=_COLOUR)
    return embed.set_footer(text=words.page(page.page, page.pages)) if page.pages > 1 else embed


def _head(page: CatchupPage, words: Words) -> str:
    since = discord.utils.format_dt(page.since, "f")
    issues = words.counted(len(page.caught.issues), "{number} issue", "{number} issues")
    counts = words.joined([issues, words.items(page.caught.items)])
    lines = [words("Since {when}: {counts}.", when=since, counts=f"**{counts}**")]
    if page.caught.matching:
        fitting = words.counted(
            page.caught.matching, "{number} item fits your interests.", "{number} items fit your interests."
        )
        lines = [words.sentences([*lines, fitting])]
    if not page.caught.is_whole:
        lines.append(words("There were more issues: these are the newest."))
    return "\n".join([*([page.note] if page.note else []), *lines])


def _issue(page: CatchupPage, one: CaughtIssue, words: Words) -> str:
    issue = page.issues.get(one.issue_id)
    if issue is None:
        return f"-# {words('This issue is gone.')}"
    day = issue.issue.date
    about = [plain_inline(cut(issue.newsletter, 60)), words.short_day(day) if day else words("undated")]
    about.append(words.items(issue.item_count))
    lines = [f"**{issue_title(issue, _TITLE)}**", "-# " + " · ".join(about)]
    lines += [line for pick in one.picks if (line := _item(page, issue, pick, words))]
    return "\n".join(lines)


def _item(page: CatchupPage, issue: IssueRecord, pick: Pick, words: Words) -> str:
    record = page.items.get(pick.item_id)
    if record is None:
        return ""
    parts = [f"🔔 {plain_inline(cut(query, 40))}" for query in pick.alerts[:_ALERTS]]
    if pick.topic and not parts:
        parts.append(words("like what you opened: {topic}", topic=plain_inline(cut(pick.topic, 40))))
    if pick.times > 1:
        parts.append(words.counted(pick.times, "in {number} issue", "in {number} issues"))
    if jump := page.jumps.get(record.id):
        parts.append(f"[{words('message')}]({jump})")
    passage = plain_inline(cut(" ".join(record.item.text.split()), _PASSAGE))
    line = " · ".join([item_line(record, issue, limit=_TITLE), *parts])
    return f"{line}\n-# {passage}" if passage else line


def catchup_view(page: CatchupPage, words: Words) -> discord.ui.View:
    """Return the menus that open an item or an issue of the page, and the buttons that turn pages."""
    view = discord.ui.View(timeout=None)
    picked = [page.items[pick.item_id] for one in page.shown for pick in one.picks if pick.item_id in page.items]
    issues = [page.issues[one.issue_id] for one in page.shown if one.issue_id in page.issues]
    names = {one.id: one.newsletter for one in issues}
    if picked:
        about = ((record, names.get(record.issue_id, "")) for record in picked)
        view.add_item(ResultsMenu(about, words("Open an item in full…")))
    if issues:
        view.add_item(IssueMenu(issues, words("Show an issue's contents…")))
    if page.pages > 1:
        _add_turning(view, page, words)
    return view


def _add_turning(view: discord.ui.View, page: CatchupPage, words: Words) -> None:
    span = (page.since, page.until)
    back, on = page.page - 1, page.page + 1
    view.add_item(CatchupButton(span, max(back, 0), words("Previous"), disabled=back < 1))
    view.add_item(CatchupButton(span, on, words("Next"), disabled=on > page.pages))


def nothing_embed(since: dt.datetime, words: Words, note: str = "") -> discord.Embed:
    """Return the answer if nothing is new."""
    said = words("Nothing new since {when}.", when=discord.utils.format_dt(since, "f"))
    text = "\n".join([*([note] if note else []), said])
    return discord.Embed(title=words("What you missed"), description=text, colour=_COLOUR)


def nothing_view(since: dt.datetime, until: dt.datetime, words: Words) -> discord.ui.View:
    """Return the buttons that look further back than `since`."""
    view = discord.ui.View(timeout=None)
    for days in (7, 30):
        start = days_before(until, days)
        if start < since:
            label = words("The last {days} days", days=days)
            view.add_item(CatchupButton((start, until), 1, label, is_primary=True))
    return view

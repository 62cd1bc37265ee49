"""What a filter would have passed and dropped in recent issues, with the words that decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from digest.render.markdown import cut, plain_inline
from digest.render.paging import pages
from storage.filtering import Filter, FilterResult
from storage.records import IssueRecord
from ui.counts import counted_issues
from ui.locales import Words
from ui.messages import title_text
from ui.option_text import reason
from ui.setup_items import SetupButton

_PAGE = 3_600
_COLOUR = 0x5865F2


@dataclass(frozen=True, slots=True)
class Tried:
    """An issue with the filter's result for each of its items."""

    record: IssueRecord
    verdicts: Sequence[FilterResult]

    @property
    def passed(self) -> int:
        """Number of items that pass."""
        return sum(verdict.passes for verdict in self.verdicts)


def tried(record: IssueRecord, conditions: Filter) -> Tried:
    """Return the filter's results for an issue, which must be loaded with its items."""
    whole = conditions.issue(record.issue)
    return Tried(record, [conditions.item(item) if whole.passes else whole for item in record.issue.items])


def backtest_pages(found: Sequence[Tried], words: Words) -> list[str]:
    """Return the whole list, in pages."""
    blocks: list[str] = []
    for one in found:
        head = words("passed: {passed} of {all}", passed=one.passed, all=len(one.verdicts))
        lines = [f"**{title_text(one.record.issue.title, 150)}** · {head}", *_verdicts(one, words)]
        blocks.append("\n".join(lines))
    return pages("\n\n".join(blocks), _PAGE) or [words("There is no issue to try it on yet.")]


def _verdicts(one: Tried, words: Words) -> list[str]:
    """Return a line for each passing item, then one for each reason with all items it drops."""
    passing: list[str] = []
    left_out: dict[str, list[str]] = {}
    for item, verdict in zip(one.record.issue.items, one.verdicts, strict=True):
        why = reason(verdict, words)
        title = plain_inline(cut(" ".join(item.title.split()), 90)) or words("Untitled")
        if verdict.passes:
            passing.append(f"✅ {title}" + (f" · {why}" if why else ""))
        else:
            left_out.setdefault(why, []).append(title)
    # Often one reason applies to nearly all items; repeated for each, it would hide the items that pass.
    return passing + [
        f"🚫 {titles[0]} · {why}" if len(titles) == 1 else f"🚫 {words.labelled(why, ' · '.join(titles))}"
        for why, titles in left_out.items()
    ]


def backtest_embed(found: Sequence[Tried], page: int, words: Words) -> discord.Embed:
    """Return one page, from 1, with the totals."""
    shown = backtest_pages(found, words)
    passed, count = sum(one.passed for one in found), sum(len(one.verdicts) for one in found)
    embed = discord.Embed(
        title=words("What the filter lets through"), description=shown[min(page, len(shown)) - 1], colour=_COLOUR
    )
    text = words(
        "Passed: {passed} of {all}, in {issues}", passed=passed, all=count, issues=counted_issues(len(found), words)
    )
    if len(shown) > 1:
        text += f" · {words.page(min(page, len(shown)), len(shown))}"
    return embed.set_footer(text=text)


def backtest_view(draft_id: int, page: int, count: int, words: Words) -> discord.ui.View:
    """Return the buttons that turn pages; none if there is a single page."""
    view = discord.ui.View(timeout=None)
    if count > 1:
        view.add_item(SetupButton("turn", draft_id, words("Previous"), page=max(page - 1, 1), disabled=page <= 1))
        view.add_item(SetupButton("turnon", draft_id, words("Next"), page=page + 1, disabled=page >= count))
    return view

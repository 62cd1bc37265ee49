"""Detects files that hold many issues, such as a README with a heading for each week."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from statistics import median

from digest.head.dates import find_date
from digest.items.sections import mend_underlined
from digest.model import MANY_ADVICE
from digest.tree.nodes import Block, inlines_of, plain

_LEVELS = range(1, 5)
_FEW, _MANY = 4, 8  # minimum headings with a date; minimum headings with increasing or decreasing numbers
_MOST = 0.5  # minimum share of the level's headings with links; years are often omitted
_STEADY = 0.8  # minimum share of steps in the same direction
_SPAN_DAYS = 21  # minimum days from first to last; an issue's calendar of events is shorter
_ENTRIES = 2  # minimum links below a numbered heading: issues have several stories, a chapter or tip has one
_YEAR = re.compile(r"\d{4}年?")  # a heading above issues
# a date, optionally after a version
_DAY = re.compile(r"(?:\[?v?\d[\w.+-]{0,40}\]? {0,2}[-–(]? {0,2})?\d{4}([-./])\d{1,2}\1\d{1,2}\)?")
_DIGITS = re.compile(r"\d{1,6}")


@dataclass(frozen=True, slots=True)
class Many:
    """The heading level that starts issues, their number, and the first of these headings with its line."""

    level: int
    count: int
    title: str
    line: int

    @property
    def advice(self) -> str:
        """The setting to change, in one sentence for an admin."""
        shown = self.title if len(self.title) <= 60 else f"{self.title[:59].rstrip()}…"
        return MANY_ADVICE.format(count=self.count, heading=shown, level=self.level)


def many_issues(blocks: Sequence[Block]) -> Many | None:
    """Return how a file without a date of its own splits into issues; None if it is a single issue."""
    mended = mend_underlined(list(blocks))
    found = (_many_of(mended, level) for level in _LEVELS)
    return next(filter(None, found), None)


def _many_of(blocks: list[Block], level: int) -> Many | None:
    """Return how the file splits at headings of one level; None if it does not."""
    at = [index for index, block in enumerate(blocks) if block.kind == "heading" and block.level == level]
    if len(at) < _FEW:
        return None
    headings = [blocks[index] for index in at]
    if _is_log(list(map(_title, headings))):
        return Many(level, len(at), _title(headings[0]), headings[0].first)
    links = [_links(blocks[begin:end]) for begin, end in pairwise([*at, len(blocks)])]
    opening = [blocks[index] for index, count in zip(at, links, strict=True) if count]
    opening = [heading for heading in opening if not _YEAR.fullmatch(_title(heading))]
    titles = list(map(_title, opening))
    if _is_dated(titles) or (_counts_on(titles) and median(filter(None, links)) >= _ENTRIES):
        return Many(level, len(opening), titles[0], opening[0].first)
    return None


def _title(heading: Block) -> str:
    return plain(heading.inlines).strip()


def _is_log(titles: Sequence[str]) -> bool:
    """Whether nearly all headings are only a date, newest first: a changelog, whose entries may have no links."""
    days = [day.toordinal() for title in titles if _DAY.fullmatch(title) and (day := find_date(title)) is not None]
    if len(days) < max(_MANY, _STEADY * len(titles)) or days[0] - days[-1] < _SPAN_DAYS:
        return False
    down = sum(after <= before for before, after in pairwise(days))
    return down >= _STEADY * (len(days) - 1)


def _is_dated(titles: Sequence[str]) -> bool:
    """Whether most headings contain a date, in ascending or descending order."""
    days = [day.toordinal() for title in titles if (day := find_date(title)) is not None]
    if len(days) < max(_FEW, _MOST * len(titles)) or max(days) - min(days) < _SPAN_DAYS:
        return False
    return _goes_one_way(days)


def _counts_on(titles: Sequence[str]) -> bool:
    """Whether most headings differ only in a number that increases or decreases ("Week 12", "Week 11")."""
    shapes = Counter(_DIGITS.sub("#", " ".join(title.casefold().split())) for title in titles)
    shape, count = shapes.most_common(1)[0] if shapes else ("", 0)
    is_named = "#" in shape and any(sign.isalpha() for sign in shape)
    if not is_named or count < max(_MANY, _MOST * len(titles)):
        return False
    return _goes_one_way([int(number[0]) for title in titles if (number := _DIGITS.findall(title))], most=3)


def _goes_one_way(numbers: Sequence[int], most: float = math.inf) -> bool:
    """Whether nearly all steps go in the same direction, by at most `most` each."""
    steps = [after - before for before, after in pairwise(numbers)]
    up = sum(0 < step <= most for step in steps)
    down = sum(-most <= step < 0 for step in steps)
    return max(up, down) >= _STEADY * len(steps)


def _links(blocks: Sequence[Block]) -> int:
    """Return the number of links below a heading, at most `_ENTRIES`."""
    links = (inline for inline in inlines_of(blocks[1:]) if inline.kind == "link")
    return len(list(islice(links, _ENTRIES)))

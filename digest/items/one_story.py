"""Whether an issue is one story, whose headings part it and are no stories of their own."""

from __future__ import annotations

import re

from digest.head.dates import MONTHS, folded, holds_day
from digest.items import wording
from digest.items.block_facts import View
from digest.items.parts import items_of
from digest.items.places import is_linked
from digest.items.rules_body import split_body
from digest.items.sections import Section

_SIDES = 3  # headings that name a side each, from which these make one story; below prose one less
_LEAST_NAMED = 1 / 3  # of the headings, where no list of stories is below any
_PROSE = 120  # characters above the first heading, from which the issue is introduced
_TOLD = 500  # characters above it that begin a story, if they are
_MUCH = 0.5  # of what is below and leads nowhere
_LONG = 800  # characters on average, from which parts of an issue are those of an essay, wherever they lead
_SPARSE = 400  # characters a link on average, from which they are so, too
_MOST = 0.7  # of its parts, of which no more lead anywhere
# "12 - News", "Odds and ends 47", not "Tool 1.7"
_COUNTED = re.compile(r"\D{0,30}\b\d{1,4}\s*[-–—:：/|]|.*(?<![.\d])\b\d{1,4}\W*$")


def is_one_story(root: Section, top: Section | None, view: View) -> bool:
    """Whether an issue is one story, as all its headings below the title name sides of it, ask what it answers, or
    list its particulars.

    `top` is the heading that is its title; None if that is in its head.
    """
    above = top or root
    others = [one for one in root.children if one.role != "skip" and one is not top]
    if top is not None and others:
        return False
    sides = [one for one in above.children if one.role != "skip"]
    told = view.size([block for block in above.blocks if view.is_prose(block)])
    if len(sides) < (_SIDES if told < _PROSE else _SIDES - 1):
        return False
    if _are_particulars(sides, told, view) or _is_essay(sides, told, view):
        return True
    stories = [_count_stories(one, view) for one in sides]
    several, named = sum(map(bool, stories)), sum(map(_is_side, sides))
    if not several:  # an essay names some of its parts by what they tell
        return named == len(sides) or _LEAST_NAMED * len(sides) <= named >= _SIDES
    is_odd = told >= _PROSE and _SIDES <= named == len(sides) - 1 and max(stories) <= _SIDES
    return (named == len(sides) or is_odd) and _SIDES * several <= len(sides)


def _is_essay(sides: list[Section], told: int, view: View) -> bool:
    """Whether headings part what one text tells: the issue is called by a headline and not as an issue is ("Weekly
    12"), is introduced, and its parts lead nowhere, or are long; or much of it is told above them, and none leads
    anywhere.
    """
    parts = [one for side in sides for one in side.walk() if one.blocks]
    if told < _PROSE or not view.title or (_names_issue(view.title) and not _is_begun(told, parts, view)):
        return False
    if _gather_stories(sides, view) or any(map(is_linked, parts)):
        return False
    links = [sum(map(view.links, one.blocks)) for one in parts]
    size = view.size(block for one in parts for block in one.blocks)
    return sum(map(bool, links)) <= _MOST * len(parts) or size >= min(_LONG * len(parts), _SPARSE * sum(links))


def _gather_stories(sides: list[Section], view: View) -> bool:
    """Whether headings are sections: below half of them are only further headings, or below many lists of stories."""
    *others, last = sides
    several = sum(_count_stories(one, view) > 0 for one in others) + (_count_stories(last, view) > _SIDES)
    return 2 * sum(not one.blocks for one in sides) >= len(sides) or _SIDES * several > len(sides)


def _is_begun(told: int, parts: list[Section], view: View) -> bool:
    """Whether much of a story is told above its parts, none of which leads anywhere."""
    blocks = [block for one in parts for block in one.blocks]
    said = view.size(block for block in blocks if block.kind != "code")
    return told >= max(_TOLD, _MUCH * said) and not any(map(view.links, blocks))


def _names_issue(title: str) -> bool:
    """Whether a title is that of an issue: it names the newsletter, a number or a date."""
    if wording.ISSUE_NAME.search(title) is not None or _COUNTED.match(title) is not None or holds_day(title):
        return True
    last = folded(title).rpartition(" ")[2]
    return last.strip(".,:()") in MONTHS


def _are_particulars(sides: list[Section], told: int, view: View) -> bool:
    """Whether headings are below a longer text, and below them lists without links and at most one line with one."""
    blocks = [block for side in sides for one in side.walk() for block in one.blocks if block.kind != "rule"]
    lines = [block for block in blocks if block.kind != "list"]
    if told < max(_PROSE, view.size(blocks)) or sum(map(view.links, blocks)) > 1:
        return False
    return not any(map(is_linked, sides)) and len(lines) <= 1 and all(map(view.link_line, lines))


def _is_side(section: Section) -> bool:
    """Whether a heading names a side of a story ("Background"), or asks ("Why version 3?"), and leads nowhere."""
    asks = section.title.rstrip().endswith(("?", "？", "؟"))
    return (asks or wording.is_whole(wording.FACET_TITLE, section.title)) and not is_linked(section)


def _count_stories(section: Section, view: View) -> int:
    """Return how many stories stand in lists and the like below a heading."""
    found = [split_body(one.blocks, view) for one in section.walk()]
    return sum(len(list(items_of(one[1]))) for one in found if one is not None)

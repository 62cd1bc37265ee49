"""Whether an issue is one story, whose headings part it and are no stories of their own.

Nothing that an issue shows decides this alone: an essay may have links and a number in its title, a digest an
introduction. So what speaks for one story and against it is weighed, and the sum decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from digest.head.dates import MONTHS, folded, holds_day
from digest.items import wording
from digest.items.block_facts import View
from digest.items.parts import items_of
from digest.items.places import VERSION, is_linked, lists_changes
from digest.items.rules_body import split_body
from digest.items.sections import Section

_SIDES = 2  # headings at least that part a story
_NEEDED = 3  # the sum from which an issue is one story
_INTRODUCED = 120  # characters above the first heading, from which the issue is introduced
_BEGUN = 500  # and from which its story begins there
_MUCH = 0.3  # of the issue, from which that is much of the story
_MOST = 0.7  # of its parts, of which no more lead anywhere
_SPARSE = 400  # characters for each link, from which a text has few of them
_VERY_SPARSE = 1000
_TEXT = 60  # characters of each part, on average, below which parts that lead somewhere are entries and no text
_MANY = 3  # links in each part, from which it gathers them
_NAMED = 1 / 3  # of the headings that name sides of a story, from which they part one
_THROUGHOUT = 0.6  # of the parts that speak of what the title names
_HARDLY = 1 / 3
_STEM = 6  # letters by which a word is known in its forms
_WORD = re.compile(r"[^\W\d_\u2e80-\ud7a3]{4,}|[\u2e80-\ud7a3]{2,}")  # Chinese, Japanese and Korean set no spaces
_YEAR = re.compile(r"\b20\d\d\b")
# "12 - News", "Odds and ends 47", not "Tool 1.7"
_COUNTED = re.compile(r"\D{0,30}\b\d{1,4}\s*[-–—:：/|]|.*(?<![.\d])\b\d{1,4}\W*$")


def is_one_story(root: Section, top: Section | None, view: View) -> bool:
    """Whether an issue is one story: as the newsletter's settings say, else by what it shows.

    `top` is the heading that is its title, None if that is in its head.
    """
    if view.options.one_story is not None:
        return view.options.one_story and _tells(root)
    if top is not None and any(one.role != "skip" and one is not top for one in root.children):
        return False
    shape = _Shape(top or root, view)
    if len(shape.sides) < _SIDES:
        return False
    return sum(weight * speaks(shape) for weight, speaks in _EVIDENCE) >= _NEEDED or lists_changes(
        view.title, root, view
    )


def _tells(root: Section) -> bool:
    """Whether something is told outside of sections that are nobody's story."""
    return any(section.blocks for section in root.walk() if section.role != "skip")


@dataclass
class _Shape:
    """An issue as it is weighed: what is `above` its parts, and their headings."""

    above: Section
    view: View

    @cached_property
    def title(self) -> str:
        return self.view.title

    @cached_property
    def sides(self) -> list[Section]:
        return [one for one in self.above.children if one.role != "skip"]

    @cached_property
    def parts(self) -> list[Section]:
        """The headings at any level with something below them."""
        return [one for side in self.sides for one in side.walk() if one.blocks]

    @cached_property
    def told(self) -> int:
        """Characters of prose above the first heading, or below one that says no more ("Introduction")."""
        opening = [self.above, *(one for one in self.above.children if one.rule == "greeting")]
        return self.view.size(block for one in opening for block in one.blocks if self.view.is_prose(block))

    @cached_property
    def said(self) -> int:
        """Characters below the headings."""
        return self.view.size(block for one in self.parts for block in one.blocks)

    @cached_property
    def links(self) -> list[int]:
        """How many links each part holds."""
        return [sum(map(self.view.links, one.blocks)) for one in self.parts]

    @cached_property
    def named(self) -> float:
        """The share of headings that name a side of a story; 0 if only one does."""
        named = sum(map(_is_side, self.sides))
        return named / len(self.sides) if named > 1 else 0

    @cached_property
    def spread(self) -> float:
        """The share of parts that speak of what the title names: of its word that is in most of them."""
        texts = [" ".join([one.title, *map(self.view.text, one.blocks)]).casefold() for one in self.parts]
        return max((_share(word in text for text in texts) for word in _words(self.title)), default=0)

    def links_each(self, count: int) -> bool:
        return sum(self.links) > count * len(self.parts)

    def is_sparse(self, characters: int) -> bool:
        return self.said >= characters * max(1, sum(self.links))


def _share(found: Iterator[bool]) -> float:
    """Return the share of true ones, 0 of none."""
    known = list(found)
    return sum(known) / max(1, len(known))


def _words(title: str) -> set[str]:
    """Return the stems of a title's words; of Chinese, Japanese and Korean each two characters."""
    words: set[str] = set()
    for word in _WORD.findall(title.casefold()):
        words.update(map("".join, pairwise(word)) if word[0] >= "\u2e80" else [word[:_STEM]])
    return words


def names_issue(title: str) -> bool:
    """Whether a title is that of an issue: it names a newsletter, its number or its month and year."""
    rest = _YEAR.sub("", title)
    if wording.PUBLICATION.search(rest) or wording.ISSUE_NAME.search(rest) or _COUNTED.match(rest):
        return True
    return _ends_in_month(rest) and (rest != title or len(rest.split()) == 1)


def _ends_in_month(title: str) -> bool:
    return folded(title).strip(" .,:()").rpartition(" ")[2] in MONTHS


def _holds_lists(shape: _Shape) -> float:
    """Return the share of headings with several stories below them; who helped is none."""
    sides = [one for one in shape.sides if not wording.is_whole(wording.PEOPLE_TITLE, one.title)]
    return _share(_count_stories(one, shape.view) > 0 for one in sides)


def _is_side(section: Section) -> bool:
    """Whether a heading names a side of a story ("Background"), or asks ("Why version 3?"), and leads nowhere."""
    asks = section.title.rstrip().endswith(("?", "？", "؟"))
    return (asks or wording.is_whole(wording.FACET_TITLE, section.title)) and not is_linked(section)


def _count_stories(section: Section, view: View) -> int:
    """Return how many stories stand in lists and the like below a heading."""
    found = [split_body(one.blocks, view) for one in section.walk()]
    return sum(len(list(items_of(one[1]))) for one in found if one is not None)


# What speaks for one story, and below it what speaks against it. Fitted on the answers for 150 newsletters, each of
# them judged by the others, and rounded.
_EVIDENCE: tuple[tuple[int, Callable[[_Shape], float]], ...] = (
    (3, lambda it: it.told >= _INTRODUCED),
    (1, lambda it: it.told >= _BEGUN),
    (3, lambda it: it.told >= _MUCH * it.said),
    (1, lambda it: sum(map(bool, it.links)) <= _MOST * len(it.parts)),
    (1, lambda it: it.is_sparse(_SPARSE)),
    (1, lambda it: it.is_sparse(_VERY_SPARSE)),
    (3, lambda it: it.named >= _NAMED),
    (3, lambda it: it.named == 1),
    (1, lambda it: it.spread >= _THROUGHOUT),
    (-1, lambda it: it.spread <= _HARDLY),
    (-6, lambda it: names_issue(it.title)),
    (-2, lambda it: not it.title),
    (-2, lambda it: _YEAR.search(it.title) is not None),
    (-2, lambda it: holds_day(it.title) or _ends_in_month(it.title)),
    (-2, lambda it: VERSION.search(it.title) is not None),
    (-1, lambda it: it.links_each(_MANY)),
    (-2, lambda it: any(it.links) and it.said < _TEXT * len(it.parts)),
    (-1, lambda it: all(it.links) and it.named < _NAMED),
    (-3, _holds_lists),
    (-3, lambda it: _share(map(is_linked, it.sides))),
    (-2, lambda it: _share(not one.blocks for one in it.sides)),
)

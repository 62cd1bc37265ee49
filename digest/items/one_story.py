"""Whether an issue is a single story, whose headings structure it instead of being stories of their own.

No single feature decides this: an essay can have links and a number in its title, a digest can have an introduction.
So features for and against are weighted, and the sum decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
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

_SIDES = 2  # headings that a single story needs to be divided
_NEEDED = 3  # score from which an issue is a single story
_INTRODUCED = 120  # characters above the first heading that count as an introduction
_BEGUN = 500  # characters above the first heading that count as the start of the story
_MUCH = 0.3  # share of the issue from which that is much of the story
_MOST = 0.7  # share of the parts that have links, at most
_SPARSE = 400  # characters per link from which a text has few links
_VERY_SPARSE = 1000
_TEXT = 60  # average characters of a part below which parts with links are list entries rather than prose
_MANY = 3  # average links of a part from which the issue is a collection of links
_NAMED = 1 / 3  # share of headings that name an aspect of a story ("Background")
_THROUGHOUT = 0.6  # share of the parts that mention the title's subject
_HARDLY = 1 / 3
_CODED = 1 / 3  # share of parts with code from which the issue is a tutorial
_STEM = 6  # letters by which inflections of a word are matched
_WORD = re.compile(r"[^\W\d_\u2e80-\ud7a3]{4,}|[\u2e80-\ud7a3]{2,}")  # Chinese, Japanese and Korean have no spaces
_YEAR = re.compile(r"\b20\d\d\b")
_NUMBER = re.compile(r"^\W*(?:\d{1,2}\W+)?")  # "2. ", emoji
_BETWEEN = re.compile(r"[,;、，；・|+&]|(?<!\w)(?:and|und|et|y|e|i|и|och|og|en)(?!\w)")
_LISTED = 4  # things that a title names from which it lists an issue's stories
_BEGINNING = 160  # characters of a text that say what it is about
_IN_PLACE = 2 / 3  # share of those that are told about in a place of their own
# "12 - News", "Odds and ends 47", "Issue12", not "Tool 1.7"
_COUNTED = re.compile(r"\D{0,30}\b\d{1,4}\s*[-–—:：/|]|.*(?<![.\d])\b\d{1,4}\W*$|[^\W\d_]{4,}\d{1,4}$")
_OPENING_MONTH = re.compile(r"(?P<month>[^\W\d_]{3,})\s+(?:in|at|with|@|von|im|bei|en|au|chez|de|em|na|в|w)\s")


def is_one_story(root: Section, top: Section | None, view: View) -> bool:
    """Whether an issue is a single story: as set for the newsletter, else by its features.

    `top` is the heading that is its title, None if the title is in the front matter.
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
    """Whether there is content outside of the sections that are left out."""
    return any(section.blocks for section in root.walk() if section.role != "skip")


@dataclass
class _Shape:
    """The features of an issue; `above` are the blocks before its parts."""

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
        """The headings of all levels that have content."""
        return [one for side in self.sides for one in side.walk() if one.blocks]

    @cached_property
    def told(self) -> int:
        """Characters of prose above the first heading, or below a first heading such as "Introduction"."""
        opening = [self.above, *(one for one in self.above.children if one.rule == "greeting")]
        return self.view.size(block for one in opening for block in one.blocks if self.view.is_prose(block))

    @cached_property
    def said(self) -> int:
        """Characters below the headings."""
        return self.view.size(block for one in self.parts for block in one.blocks)

    @cached_property
    def links(self) -> list[int]:
        """The average number of links in a part."""
        return [sum(map(self.view.links, one.blocks)) for one in self.parts]

    @cached_property
    def named(self) -> float:
        """The share of headings that name an aspect of a story; 0 if only one does."""
        named = sum(map(_is_side, self.sides))
        return named / len(self.sides) if named > 1 else 0

    @cached_property
    def is_listed(self) -> bool:
        """Whether the title lists what the parts are about, as their beginnings say."""
        return lists_stories(self.title, (_told_in(one, self.view) for one in self.parts))

    @cached_property
    def spread(self) -> float:
        """The share of parts that mention the title's subject: its word that occurs in most parts."""
        texts = [_told_in(one, self.view).casefold() for one in self.parts]
        return max((_share(word in text for text in texts) for word in word_stems(self.title)), default=0)

    @cached_property
    def is_argued(self) -> bool:
        """Whether a heading opens or closes an argument ("Introduction", "Conclusion")."""
        return any(wording.is_whole(wording.ESSAY_TITLE, _NUMBER.sub("", one.title)) for one in self.sides)

    @cached_property
    def coded(self) -> float:
        """The share of parts with a block of code."""
        return _share(any(block.kind == "code" for block in one.blocks) for one in self.parts)

    def links_each(self, count: int) -> bool:
        return sum(self.links) > count * len(self.parts)

    def is_sparse(self, characters: int) -> bool:
        return self.said >= characters * max(1, sum(self.links))


def _share(found: Iterator[bool]) -> float:
    """Return the share of true values, 0 for no values."""
    known = list(found)
    return sum(known) / max(1, len(known))


def word_stems(title: str) -> set[str]:
    """Return the stems of a text's longer words; in Chinese, Japanese and Korean its pairs of characters."""
    words: set[str] = set()
    for word in _WORD.findall(title.casefold()):
        words.update(map("".join, pairwise(word)) if word[0] >= "\u2e80" else [word[:_STEM]])
    return words


def names_issue(title: str) -> bool:
    """Whether a title is that of a newsletter's issue: it has a newsletter's name, a number, or month and year."""
    rest = _YEAR.sub("", title)
    if wording.PUBLICATION.search(rest) or wording.ISSUE_NAME.search(rest) or _COUNTED.match(rest):
        return True
    opening = _OPENING_MONTH.match(rest)
    if opening is not None and folded(opening["month"]) in MONTHS:  # "March in Kiel"
        return True
    return _ends_in_month(rest) and (rest != title or len(rest.split()) == 1)


def _ends_in_month(title: str) -> bool:
    return folded(title).strip(" .,:()").rpartition(" ")[2] in MONTHS


def lists_stories(title: str, texts: Iterable[str]) -> bool:
    """Whether a title lists at least four things, most of which a text begins with that names none of the others."""
    things = [words for thing in _BETWEEN.split(title) if (words := word_stems(thing))]
    if len(things) < _LISTED:
        return False
    beginnings = [text[:_BEGINNING].casefold() for text in texts]
    named = [[at for at, words in enumerate(things) if all(word in text for word in words)] for text in beginnings]
    told = {places[0] for places in named if len(places) == 1}
    return len(told) >= max(_LISTED - 1, _IN_PLACE * len(things))


def _told_in(section: Section, view: View) -> str:
    return " ".join([section.title, *map(view.text, section.blocks)])


def _holds_lists(shape: _Shape) -> float:
    """Return the share of headings with several stories below them; lists of contributors do not count."""
    sides = [one for one in shape.sides if not wording.is_whole(wording.PEOPLE_TITLE, one.title)]
    return _share(_count_stories(one, shape.view) > 0 for one in sides)


def _is_side(section: Section) -> bool:
    """Whether a heading without a link names an aspect of a story ("Background") or asks ("Why version 3?")."""
    asks = section.title.rstrip().endswith(("?", "？", "؟"))
    return (asks or wording.is_whole(wording.FACET_TITLE, section.title)) and not is_linked(section)


def _count_stories(section: Section, view: View) -> int:
    """Return the number of stories in lists and other groups below a heading."""
    found = [split_body(one.blocks, view) for one in section.walk()]
    return sum(len(list(items_of(one[1]))) for one in found if one is not None)


# Features for a single story, followed by those against it. Their weights were fitted on reference answers for 150
# newsletters with leave-one-out cross-validation, and rounded.
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
    (2, lambda it: it.coded >= _CODED),
    (2, lambda it: it.is_argued),
    (-1, lambda it: it.spread <= _HARDLY),
    (-6, lambda it: names_issue(it.title)),
    (-6, lambda it: it.is_listed),
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

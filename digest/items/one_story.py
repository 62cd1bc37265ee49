"""Whether an issue is one story, whose headings part it and are no stories of their own.

Nothing that an issue shows decides this alone: an essay may have links and a number in its title, a digest an
introduction. So what speaks for one story and against it is weighed, and the sum decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

from digest.head.dates import MONTHS, folded
from digest.items import wording
from digest.items.block_facts import View
from digest.items.parts import items_of
from digest.items.places import VERSION, is_linked, lists_changes
from digest.items.rules_body import split_body
from digest.items.sections import Section
from digest.tree.nodes import Block

_HEADS = 2  # that part a story
_NEEDED = 3  # the weight from which an issue is one story; in doubt it is read as several
_STORY = 600  # characters of a story that is parted
_LONG = 1800  # characters from which more is told than in most notices
_VERY_LONG = 5000
_TOLD = 600  # characters above the first heading that count once
_MOST_TOLD = 1.5  # times that they count at most
_STORIES = 8  # in lists and the like
_MOST = 0.6  # of the headings
_NAMED = 1 / 3  # of the headings
_OFTEN = 0.2  # of the words
_UNIT = 60  # characters from which a part says enough for its words to be compared
_STEM = 6  # letters by which a word is known in its forms
_WORD = re.compile(r"[^\W\d_\u2e80-\ud7a3]{4,}|[\u2e80-\ud7a3]{2,}")  # Chinese, Japanese and Korean set no spaces
_YEAR = re.compile(r"\b20\d\d\b")
# "12 - News", "Odds and ends 47", not "Tool 1.7"
_COUNTED = re.compile(r"\D{0,30}\b\d{1,4}\s*[-–—:：/|]|.*(?<![.\d])\b\d{1,4}\W*$")


def weigh(root: Section, top: Section | None, view: View) -> float:
    """Return how much speaks for one story: the more below 0, the more speaks for several.

    `top` is the heading that is the issue's title, None if that is in its head.
    """
    shape = _Shape(root, top or root, view)
    return sum(weight * speaks(shape) for weight, speaks in _EVIDENCE)


def is_one_story(root: Section, weight: float, view: View) -> bool:
    """Whether an issue with headings is one story, by what `weigh` says of it."""
    kept = list(_kept(root))
    if sum(one.heading is not None and one.role != "through" for one in kept) < _HEADS:
        return False
    is_long = view.size(chain.from_iterable(one.blocks for one in kept)) >= _STORY
    return (is_long and weight >= _NEEDED) or lists_changes(view.title, root, view)


@dataclass
class _Shape:
    """An issue as it is weighed: its blocks and headings without what is skipped; `top` is above its parts."""

    root: Section
    top: Section
    view: View

    @cached_property
    def kept(self) -> list[Section]:
        """All sections that are not skipped, nor below one that is."""
        return list(_kept(self.root))

    @cached_property
    def heads(self) -> list[Section]:
        return [one for one in self.kept if one.heading is not None and one is not self.top]

    @cached_property
    def sides(self) -> int:
        """How many headings stand right below the title; 0 if there is none."""
        return sum(one.role != "skip" for one in self.top.children) if self.view.title else 0

    @cached_property
    def body(self) -> list[Block]:
        blocks = chain.from_iterable(one.blocks for one in self.kept)
        return [block for block in blocks if block.kind != "rule" and not self.view.is_plea(block)]

    @cached_property
    def said(self) -> int:
        """Characters of all that is kept."""
        return self.view.size(self.body)

    @cached_property
    def told(self) -> int:
        """Characters above the first heading; 0 if there is none."""
        first = self.heads[0].heading if self.heads else None
        return self.view.size(one for one in self.body if one.last < first.first) if first is not None else 0

    @cached_property
    def stories(self) -> int:
        """How many stories stand in lists and the like."""
        bodies = [self.view.bare] if self.view.bare else [one.blocks for one in self.kept if one.blocks]
        found = (split_body(blocks, self.view) for blocks in bodies)
        return sum(len(list(items_of(one[1]))) for one in found if one is not None)

    @cached_property
    def texts(self) -> list[str]:
        """What each part says, its heading included; each paragraph where there are no parts."""
        parts = [one for one in self.heads if one.blocks]
        if len(parts) < _HEADS:
            return [self.view.text(block).casefold() for block in filter(self.view.is_prose, self.body)]
        return [" ".join([one.title, *map(self.view.text, one.blocks)]).casefold() for one in parts]

    @cached_property
    def linked(self) -> float:
        """The share of headings that are links or have one below them; half if there is no heading."""
        if not self.heads:
            return 0.5
        return _share(is_linked(one) or any(map(self.view.links, one.blocks)) for one in self.heads)

    @cached_property
    def named(self) -> float:
        """The share of headings that name a side of a story; 0 if only one does."""
        named = sum(map(_is_side, self.heads))
        return named / len(self.heads) if named > 1 else 0

    @cached_property
    def spread(self) -> float:
        """The share of parts that speak of what the title names: of its word that is in most of them."""
        words = _words(self.view.title)
        return max((_share(word in text for text in self.texts) for word in words), default=0)

    @cached_property
    def shared(self) -> float:
        """The share of the words of all parts that are in more than one of them; half of one part."""
        parts = [_words(text) for text in self.texts if len(text) > _UNIT]
        if len(parts) < _HEADS:
            return 0.5
        counts = Counter(chain.from_iterable(parts))
        return sum(count for count in counts.values() if count > 1) / max(1, counts.total())


def _kept(section: Section) -> Iterable[Section]:
    if section.role != "skip":
        yield section
        for child in section.children:
            yield from _kept(child)


def _share(found: Iterable[bool]) -> float:
    """Return the share of true ones, 0 of none."""
    known = list(found)
    return sum(known) / max(1, len(known))


def _words(title: str) -> set[str]:
    """Return the stems of a title's words; of Chinese, Japanese and Korean each two characters."""
    words: set[str] = set()
    for word in _WORD.findall(title.casefold()):
        words.update(map("".join, pairwise(word)) if word[0] >= "\u2e80" else [word[:_STEM]])
    return words


def _names_issue(shape: _Shape) -> bool:
    """Whether the title is that of an issue: it names a newsletter, its number or its month and year."""
    title = _YEAR.sub("", shape.view.title)
    if wording.PUBLICATION.search(title) or wording.ISSUE_NAME.search(title) or _COUNTED.match(title):
        return True
    return _ends_in_month(title) and (title != shape.view.title or len(title.split()) == 1)


def _ends_in_month(title: str) -> bool:
    return folded(title).strip(" .,:()").rpartition(" ")[2] in MONTHS


def _is_side(section: Section) -> bool:
    """Whether a heading names a side of a story ("Background"), or asks ("Why version 3?"), and leads nowhere."""
    asks = section.title.rstrip().endswith(("?", "？", "؟"))
    return (asks or wording.is_whole(wording.FACET_TITLE, section.title)) and not is_linked(section)


# What speaks for one story and against it. Fitted by logistic regression on 435 issues with headings of some 220
# newsletters, each newsletter judged by the others; what that did not miss was left out.
_EVIDENCE: tuple[tuple[int, Callable[[_Shape], float]], ...] = (
    (-8, _names_issue),
    (-2, lambda it: not it.view.title),
    (5, lambda it: VERSION.search(it.view.title) is not None),
    (3, lambda it: it.spread),
    (4, lambda it: it.shared >= _OFTEN),
    (5, lambda it: it.named >= _NAMED),
    (4, lambda it: it.sides == 1),
    (2, lambda it: min(_MOST_TOLD, it.told / _TOLD)),
    (-3, lambda it: it.stories >= _STORIES),
    (-3, lambda it: it.linked >= _MOST),
    (-3, lambda it: _share(map(is_linked, it.heads))),
    (-3, lambda it: it.said >= _LONG),
    (-2, lambda it: it.said >= _VERY_LONG),
)

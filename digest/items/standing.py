"""Content that recurs in earlier issues: at an issue's end, between its stories, or as a section of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from digest.items import wording
from digest.items.block_facts import View
from digest.items.frame import Line
from digest.items.sections import Section, count_words
from digest.tree.nodes import Block

_ADDRESS = re.compile(r"https?://\S+")
# a number that can be a day, rather than part of a name ("C910", "0.9.1", "2019")
_MAY_BE_DAY = re.compile(r"(?<![\w/.:=?&#-])\d{1,2}(?!\w)|(?<!\w)\d{1,2}[月日]|\d(?:st|nd|rd|th)\b|\d{4}[-/.]\d{1,2}")
_LEAST_WORDS = 5  # minimum words of recurring boilerplate between stories; a shorter line can be a heading


def set_standing_aside(root: Section, view: View) -> None:
    """Remove content that recurs in earlier issues and does not belong to a story.

    A recurring list of links between stories stays: proposals and dates are news as long as they are listed.
    """
    if not view.recurring:
        return
    _take_off_the_end(root, view)
    for section in root.walk():
        if section.role:
            continue
        blocks = [block for block in section.blocks if block.kind != "rule"]
        if _stands(section, blocks, view):
            section.role, section.rule = "skip", "recurs"
            continue
        # Directly below a heading it may introduce a column's story, above a list it may introduce the list.
        opens = section.heading is not None and not section.children
        for block, below in pairwise([*(blocks[1:] if opens else blocks), None]):
            if block is not None and _stands_alone(block, below, view):
                view.stand(block)


def _take_off_the_end(root: Section, view: View) -> None:
    """Leave out the last blocks and sections of an issue as long as they recur.

    Its first block is kept if only its numbers differ: an announcement may be like the one before but for them.
    """
    first = next((block for section in root.walk() for block in section.blocks if block.kind != "rule"), None)
    for section in reversed(list(root.walk())):
        if section.role == "skip" or wording.is_whole(wording.BOILERPLATE_TITLE, section.title):
            continue
        blocks = [block for block in section.blocks if block.kind != "rule"]
        is_story = section.heading is not None and not _recurs(section.heading, view)
        while len(blocks) > is_story and _closes(blocks, view):  # keep a block below a new heading
            if blocks[-1] is first and _is_new(blocks[-1], view):
                return
            section.put_aside(blocks.pop(), "recurs")
        if blocks or section.role or not _is_empty_and_recurs(section, view):
            return
        section.role, section.rule = "skip", "recurs"


def _is_empty_and_recurs(section: Section, view: View) -> bool:
    """Whether a heading recurs, and none of its sub-headings contains anything new."""
    has_children = any(child.role != "skip" for child in section.children)
    return section.heading is not None and _recurs(section.heading, view) and not has_children


def _closes(blocks: list[Block], view: View) -> bool:
    """Whether an issue's last block is boilerplate; a list with new numbers may contain upcoming dates."""
    *above, block = blocks
    if block.kind not in {"list", "table"}:
        return _recurs_but_for_numbers(block, view)
    if _MAY_BE_DAY.search(_ADDRESS.sub("", view.text(block))):
        return False
    return _recurs(block, view) or (bool(above) and _recurs(above[-1], view) and _recurs_half(block, view))


def _recurs_half(block: Block, view: View) -> bool:
    """Whether several entries of a list recur, at least half of them: the others are additions (guests, accounts)."""
    times = sum(_recurs(entry, view) for entry in block.children)
    return times > 1 and 2 * times >= len(block.children)


def _stands(section: Section, blocks: list[Block], view: View) -> bool:
    """Whether a section is the same as in earlier issues and not a list of links: its content was covered then."""
    if section.heading is None or section.children or not blocks or not _recurs(section.heading, view):
        return False
    return not any(_is_new(block, view) or (view.links(block) and not _is_words(block)) for block in blocks)


def _stands_alone(block: Block, below: Block | None, view: View) -> bool:
    """Whether a paragraph of some length recurs and does not introduce a list."""
    if not _is_words(block) or not _recurs(block, view) or (below is not None and below.kind == "list"):
        return False
    return count_words(view.text(block)) >= _LEAST_WORDS


def _lines(block: Block, view: View) -> Sequence[Line | None]:
    return view.recurring[block.first - 1 : block.last]


def _recurs(block: Block, view: View) -> bool:
    """Whether all lines of a block that have letters recur, and there is one."""
    return Line.OLD in _lines(block, view) and not _is_new(block, view)


def _is_new(block: Block, view: View) -> bool:
    """Whether some line of a block is new."""
    return not {Line.NEW, Line.RENUMBERED}.isdisjoint(_lines(block, view))


def _recurs_but_for_numbers(block: Block, view: View) -> bool:
    """Whether at least half of a block's lines recur, and the others recur with other numbers."""
    lines = _lines(block, view)
    return Line.NEW not in lines and lines.count(Line.OLD) >= max(1, lines.count(Line.RENUMBERED))


def _is_words(block: Block) -> bool:
    return block.kind in {"paragraph", "quote"}

"""Content that earlier issues share: at an issue's end, between its stories, or as its own section."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from digest.items import wording
from digest.items.block_facts import View
from digest.items.frame import Line
from digest.items.sections import Section, count_words
from digest.tree.nodes import Block

_LEAST_WORDS = 5  # of a paragraph between stories that is the newsletter's; fewer may head what is below it


def set_standing_aside(root: Section, view: View) -> None:
    """Remove from the sections what earlier issues hold as well and what belongs to no story.

    A list of links that recurs between stories stays: proposals and dates are news for as long as they are listed.
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
        # directly below a heading it may open a column's story, above a list it says what that holds
        opens = section.heading is not None and not section.children
        for block, below in pairwise([*(blocks[1:] if opens else blocks), None]):
            if block is not None and _stands_alone(block, below, view):
                view.stand(block)


def _take_off_the_end(root: Section, view: View) -> None:
    """Set aside the last blocks and sections of an issue as long as they recur.

    Its first block is news if it has another number: all of an announcement may be as the one before but for that.
    """
    first = next((block for section in root.walk() for block in section.blocks if block.kind != "rule"), None)
    for section in reversed(list(root.walk())):
        if section.role == "skip" or wording.is_whole(wording.BOILERPLATE_TITLE, section.title):
            continue
        blocks = [block for block in section.blocks if block.kind != "rule"]
        is_story = section.heading is not None and not _recurs(section.heading, view)
        while len(blocks) > is_story and _closes(blocks, view):  # a new heading is the title of what is below it
            if blocks[-1] is first and _is_new(blocks[-1], view):
                return
            section.put_aside(blocks.pop(), "recurs")
        if blocks or section.role or not _is_empty_and_recurs(section, view):
            return
        section.role, section.rule = "skip", "recurs"


def _is_empty_and_recurs(section: Section, view: View) -> bool:
    """Whether a heading is in earlier issues, and none of its sub-headings holds anything that is new."""
    has_children = any(child.role != "skip" for child in section.children)
    return section.heading is not None and _recurs(section.heading, view) and not has_children


def _closes(blocks: list[Block], view: View) -> bool:
    """Whether the last of an issue's blocks is the newsletter's. Lists with numbers hold dates that come nearer."""
    *above, block = blocks
    if block.kind not in {"list", "table"}:
        return _recurs_but_for_numbers(block, view)
    if any(map(str.isdigit, view.text(block))):
        return False
    return _recurs(block, view) or (bool(above) and _recurs(above[-1], view) and _recurs_half(block, view))


def _recurs_half(block: Block, view: View) -> bool:
    """Whether at least half of a list's entries recur, and several: the others are new to it (guests, accounts)."""
    times = sum(_recurs(entry, view) for entry in block.children)
    return times > 1 and 2 * times >= len(block.children)


def _stands(section: Section, blocks: list[Block], view: View) -> bool:
    """Whether a section is the same as in earlier issues, and no list of links: what was new in it was told then."""
    if section.heading is None or section.children or not blocks or not _recurs(section.heading, view):
        return False
    return not any(_is_new(block, view) or (view.links(block) and not _is_words(block)) for block in blocks)


def _stands_alone(block: Block, below: Block | None, view: View) -> bool:
    """Whether a paragraph of some length recurs, and heads no list."""
    if not _is_words(block) or not _recurs(block, view) or (below is not None and below.kind == "list"):
        return False
    return count_words(view.text(block)) >= _LEAST_WORDS


def _lines(block: Block, view: View) -> Sequence[Line | None]:
    return view.recurring[block.first - 1 : block.last]


def _recurs(block: Block, view: View) -> bool:
    """Whether each line of a block with letters is in earlier issues, and it has one."""
    return Line.OLD in _lines(block, view) and not _is_new(block, view)


def _is_new(block: Block, view: View) -> bool:
    """Whether a line of a block is in no earlier issue."""
    return not {Line.NEW, Line.RENUMBERED}.isdisjoint(_lines(block, view))


def _recurs_but_for_numbers(block: Block, view: View) -> bool:
    """Whether at least half of a block's lines are in earlier issues, and the others do with other numbers."""
    lines = _lines(block, view)
    return Line.NEW not in lines and lines.count(Line.OLD) >= max(1, lines.count(Line.RENUMBERED))


def _is_words(block: Block) -> bool:
    return block.kind in {"paragraph", "quote"}

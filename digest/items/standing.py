"""What stands in earlier issues as well: at an issue's end, between its stories, or as a section of its own."""

from __future__ import annotations

from itertools import pairwise

from digest.items.block_facts import View
from digest.items.sections import Section, count_words
from digest.tree.nodes import Block

_LEAST_WORDS = 5  # of a paragraph between stories that is the newsletter's; fewer may head what is below it


def set_standing_aside(root: Section, view: View) -> None:
    """Take out of the sections what earlier issues hold as well and is nobody's story.

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
    """Set aside the last blocks and sections of an issue as long as they recur."""
    for section in reversed(list(root.walk())):
        if section.role == "skip":
            continue
        blocks = [block for block in section.blocks if block.kind != "rule"]
        is_story = section.heading is not None and not view.recurs(section.heading)
        while len(blocks) > is_story and _closes(blocks, view):  # a new heading is the title of what is below it
            section.put_aside(blocks.pop(), "recurs")
        if blocks or section.heading is None or section.role or not view.recurs(section.heading):
            return
        if any(child.role != "skip" for child in section.children):
            return
        section.role, section.rule = "skip", "recurs"


def _closes(blocks: list[Block], view: View) -> bool:
    """Whether the last of an issue's blocks is the newsletter's. Lists with numbers hold dates that come nearer."""
    *above, block = blocks
    if block.kind not in {"list", "table"}:
        return view.recurs(block)
    if any(map(str.isdigit, view.text(block))):
        return False
    return view.recurs(block) or (bool(above) and view.recurs(above[-1]) and _recurs_half(block, view))


def _recurs_half(block: Block, view: View) -> bool:
    """Whether at least half of a list's entries recur, and several: the others are new to it (guests, accounts)."""
    times = sum(map(view.recurs, block.children))
    return times > 1 and 2 * times >= len(block.children)


def _stands(section: Section, blocks: list[Block], view: View) -> bool:
    """Whether a section is the same as in earlier issues, and no list of links: what was new in it was told then."""
    if section.heading is None or section.children or not blocks or not view.recurs(section.heading):
        return False
    return not any(view.is_new(block) or (view.links(block) and not _is_words(block)) for block in blocks)


def _stands_alone(block: Block, below: Block | None, view: View) -> bool:
    """Whether a paragraph of some length recurs, and heads no list."""
    if not _is_words(block) or not view.recurs(block) or (below is not None and below.kind == "list"):
        return False
    return count_words(view.text(block)) >= _LEAST_WORDS


def _is_words(block: Block) -> bool:
    return block.kind in {"paragraph", "quote"}

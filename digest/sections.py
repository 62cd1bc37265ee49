"""The blocks of an issue as a tree of headings, each with what stands below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from digest import wording
from digest.nodes import Block, Inline, plain, raw_text
from digest.titles import clean, is_decoration

_PSEUDO_LENGTH = 120  # characters; a bold paragraph longer than this is stressed text, not a heading
_UNDERLINED_LENGTH = 160  # an underlined paragraph longer than this was followed by a line, not underlined


@dataclass(slots=True)
class Section:
    """A heading (None for the issue itself) with its own blocks and the sections below it.

    `role` is what the rules make of it and `rule` the one that did: "group" (holds items, names their section),
    "story" (is an item, with all below), "skip" (boilerplate, with all below), "through" (shows in no section).
    """

    heading: Block | None
    level: float
    title: str = ""
    blocks: list[Block] = field(default_factory=list[Block])
    children: list[Section] = field(default_factory=list["Section"])
    role: str = ""
    rule: str = ""

    def walk(self) -> Iterator[Section]:
        """The section and all below, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all_blocks(self) -> Iterator[Block]:
        """The headings and blocks of this section and all below, in reading order."""
        if self.heading is not None:
            yield self.heading
        yield from self.blocks
        for child in self.children:
            yield from child.all_blocks()


def build(blocks: list[Block]) -> Section:
    """The tree of `blocks`; bold paragraphs that stand as headings are headings."""
    root = Section(None, 0)
    stack = [root]
    bold = _bold_headings(blocks)
    for block in blocks:
        if block.kind == "close":
            while len(stack) > 1 and stack[-1].level >= 7:
                stack.pop()
            continue
        level = _level(block, stack, bold)
        if level is None:
            stack[-1].blocks.append(block)
            continue
        while stack[-1].level >= level:
            stack.pop()
        section = Section(block, level, clean(plain(block.inlines)))
        stack[-1].children.append(section)
        stack.append(section)
    return root


def _level(block: Block, stack: list[Section], bold: set[int]) -> float | None:
    if block.kind == "heading":
        return block.level if plain(block.inlines) else None
    if id(block) in bold:
        real = next((section.level for section in reversed(stack) if section.level == int(section.level)), 0)
        return min(real, 6) + 0.5
    return None


def _bold_headings(blocks: list[Block]) -> set[int]:
    """Ids of paragraphs that are headings in bold: a short line, nothing else, with something below."""
    found: list[Block] = []
    for block, following in pairwise(blocks):
        if block.kind != "paragraph" or following.kind in {"heading", "rule"}:
            continue
        if _is_bold_line(block.inlines):
            found.append(block)
    return {id(block) for block in found} if len(found) >= 2 else set()


def _is_bold_line(inlines: list[Inline]) -> bool:
    strong = 0
    for inline in inlines:
        if _is_strong(inline):
            strong += 1
        elif inline.kind != "text" or not is_decoration(inline.text):
            return False
    if strong != 1:
        return False
    text = raw_text(inlines).strip()
    if not text or len(text) > _PSEUDO_LENGTH or "\n" in text:
        return False
    return (
        not wording.is_plea(text) and text[-1] not in ".。!！;；,，" and not re.match(r"^\s*[(（]?\d{1,3}\s*[、]", text)
    )


def _is_strong(inline: Inline) -> bool:
    if inline.kind == "text":
        return False
    if inline.kind in {"link", "emph"}:
        return len(inline.children) == 1 and inline.children[0].kind == "strong"
    return inline.kind == "strong"


def mend_underlined(blocks: list[Block]) -> list[Block]:
    """Paragraphs that a separating line right below made headings become paragraphs and a line again."""
    out: list[Block] = []
    for block in blocks:
        if block.kind == "heading" and block.last > block.first:
            text = raw_text(block.inlines).strip()
            if len(text) > _UNDERLINED_LENGTH or "\n" in text or wording.is_plea(text):
                out.append(Block("paragraph", block.first, block.last - 1, inlines=block.inlines))
                out.append(Block("rule", block.last, block.last))
                continue
        out.append(block)
    return out

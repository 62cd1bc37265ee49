"""Parts: the rules' classification of blocks as an item, a sub-section, an introduction, or left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from digest.items.headlines import split_lead
from digest.tree.nodes import Block, Inline


@dataclass(slots=True)
class Part:
    """Classified blocks: kind "item", "section" (with `parts` below its `title`), "intro" or "left".

    An item's title was taken from `lead`; `body` are the remaining blocks.
    """

    kind: str
    rule: str
    blocks: list[Block]
    title: str = ""
    lead: list[Inline] = field(default_factory=list[Inline])
    body: list[Block] = field(default_factory=list[Block])
    parts: list[Part] = field(default_factory=list["Part"])


def left_out(block: Block, rule: str) -> Part:
    """Return a part that is left out."""
    return Part("left", rule, [block])


def paragraph(inlines: list[Inline], like: Block) -> Block:
    """Return a paragraph of `inlines` at the position of `like`."""
    return Block("paragraph", like.first, like.last, inlines=inlines)


def item_of(block: Block, rule: str) -> Part:
    """Return an item whose title and first text come from one paragraph."""
    title, lead, rest = split_lead(block.inlines)
    return Part("item", rule, [block], title, lead, [paragraph(rest, block)] if rest else [])


def attach(part: Part, *blocks: Block) -> None:
    """Add `blocks` to an item."""
    part.blocks += blocks
    part.body += blocks


@dataclass(slots=True)
class Draft:
    """An item before its links are resolved; its title was taken from `heading` or `lead`."""

    title: str
    section: tuple[str, ...]
    rule: str
    heading: Block | None = None
    lead: list[Inline] = field(default_factory=list[Inline])
    body: list[Block] = field(default_factory=list[Block])
    first: int = 0
    last: int = 0
    notes: list[Block] = field(default_factory=list[Block])  # footnotes that it refers to

    def inlines(self) -> list[Inline]:
        """Return the links, pictures and references of the item, in reading order."""
        found: list[Inline] = []
        if self.heading is not None:
            _gather(self.heading.inlines, found)
        _gather(self.lead, found)
        _gather_below(self.body, found)
        _gather_below(self.notes, found)
        return found


def _gather(inlines: list[Inline], found: list[Inline]) -> None:
    for inline in inlines:
        if inline.kind in {"link", "image", "footnote"}:
            found.append(inline)
        if inline.children:
            _gather(inline.children, found)


def _gather_below(blocks: list[Block], found: list[Inline]) -> None:
    for block in blocks:
        if block.inlines:
            _gather(block.inlines, found)
        if block.children:
            _gather_below(block.children, found)


def items_of(parts: list[Part]) -> Iterator[Part]:
    """Yield the items among `parts` and within their sub-sections."""
    for part in parts:
        if part.kind == "item":
            yield part
        yield from items_of(part.parts)


def without_rules(blocks: list[Block]) -> list[Block]:
    """Return the blocks without rules."""
    return [block for block in blocks if block.kind != "rule"]

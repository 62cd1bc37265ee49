"""What the rules say of some blocks: an item, a sub-section, an introduction, or nobody's."""

from __future__ import annotations

from dataclasses import dataclass, field

from digest.items.headlines import split_lead
from digest.tree.nodes import Block, Inline


@dataclass(slots=True)
class Part:
    """Some blocks and what they are: kind "item", "section" (with `parts` below its `title`), "intro" or "left".

    An item's title came out of `lead`; `body` is what remains below it.
    """

    kind: str
    rule: str
    blocks: list[Block]
    title: str = ""
    lead: list[Inline] = field(default_factory=list[Inline])
    body: list[Block] = field(default_factory=list[Block])
    parts: list[Part] = field(default_factory=list["Part"])


def left(block: Block, rule: str) -> Part:
    """Return a part that no item shows."""
    return Part("left", rule, [block])


def paragraph(inlines: list[Inline], like: Block) -> Block:
    """Return a paragraph of `inlines` where `like` stands."""
    return Block("paragraph", like.first, like.last, inlines=inlines)


def item_of(block: Block, rule: str) -> Part:
    """Return an item whose title and first text are those of one paragraph."""
    title, lead, rest = split_lead(block.inlines)
    return Part("item", rule, [block], title, lead, [paragraph(rest, block)] if rest else [])


def attach(part: Part, block: Block) -> None:
    """Let `block` belong to an item."""
    part.blocks.append(block)
    part.body.append(block)

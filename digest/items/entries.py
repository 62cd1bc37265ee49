"""A list entry as an item: its title and its text."""

from __future__ import annotations

from digest.items.headlines import split_lead
from digest.items.parts import Part, paragraph
from digest.items.titles import clean, is_decoration
from digest.tree.nodes import Block, Inline, raw_text, walk


def entry_item(entry: Block, rule: str) -> Part:
    """Return a list entry as an item, with its nested lists."""
    first = next((child for child in entry.children if child.kind == "paragraph" and _has_words(child)), None)
    if first is None:
        inner = _dated(entry)
        if inner is None:
            return Part("item", rule, [entry], "", [], list(entry.children))
        title, lead, rest = split_lead(inner)
        return Part("item", rule, [entry], title, lead, [paragraph(rest, entry)] if rest else [])
    title, lead, rest = split_lead(first.inlines)
    body: list[Block] = []
    if title.startswith("http") and (said := _said_below(entry, first)):
        return Part("item", rule, [entry], said, [], _without(said, entry.children))
    for child in entry.children:
        if child is first:
            if rest:
                body.append(paragraph(rest, first))
        else:
            body.append(child)
    return Part("item", rule, [entry], title, lead, body)


def _said_below(entry: Block, address: Block) -> str:
    """Return an entry's first nested remark about a bare URL; "" if there is none or it has a link."""
    below = entry.children[-1] if entry.children[-1] is not address else None
    remark = below.children[0] if below is not None and below.kind == "list" else below
    first = remark.children[0] if remark is not None and remark.kind == "entry" and remark.children else remark
    if first is None or first.kind != "paragraph" or any(one.kind == "link" for one in walk(first.inlines)):
        return ""
    return split_lead(first.inlines)[0]


def _without(said: str, blocks: list[Block]) -> list[Block]:
    """Return an entry's blocks without a first nested entry that says no more than its title."""
    *above, below = blocks
    remark, *rest = below.children or [below]
    is_alone = below.kind == "list" and [child.kind for child in remark.children] == ["paragraph"]
    if not is_alone or clean(raw_text(remark.children[0].inlines)).rstrip(".。") != said:
        return blocks
    return [*above, Block("list", rest[0].first, below.last, ordered=below.ordered, children=rest)] if rest else above


def _has_words(block: Block) -> bool:
    return not is_decoration(block.facts.text if block.facts is not None else raw_text(block.inlines))


def _dated(entry: Block) -> list[Inline] | None:
    """Return the text of an entry that Markdown parses as a nested list because it starts with a day ("- 12. Mai:
    …").
    """
    inner = entry.children[0] if len(entry.children) == 1 else None
    if inner is None or not inner.ordered or len(inner.children) != 1 or len(inner.children[0].children) != 1:
        return None
    line = inner.children[0].children[0]
    inlines = [Inline("text", f"{inner.start}. "), *line.inlines]
    text = raw_text(inlines)
    return inlines if line.kind == "paragraph" and clean(text).startswith(f"{inner.start}.") else None

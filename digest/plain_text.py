"""Blocks -> plain text, for search and for people without Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from digest.nodes import Block, one_line, plain, raw_text


def text_of(blocks: Iterable[Block]) -> str:
    """The words of `blocks`: paragraphs apart by a blank line, entries each on a line with a bullet."""
    return "\n\n".join(text for block in blocks if (text := _text(block)))


def _text(block: Block) -> str:
    if block.kind == "code":
        return block.text.strip("\n")
    if block.kind in {"paragraph", "heading"}:
        return _lines(block)
    if block.kind == "list":
        return "\n".join(_entry(entry, number, block) for number, entry in enumerate(block.children, block.start))
    if block.kind == "row":
        return " | ".join(plain(cell.inlines) for cell in block.children)
    if block.kind == "cell":
        return plain(block.inlines)
    joint = "\n" if block.kind == "table" else "\n\n"
    return joint.join(text for child in block.children if (text := _text(child)))


def _lines(block: Block) -> str:
    """A paragraph's text; only line ends that show on the page are line ends."""
    if not any(inline.kind == "break" for inline in block.inlines):
        return block.facts.text if block.facts is not None else plain(block.inlines)
    lines: list[list[int]] = [[]]
    for index, inline in enumerate(block.inlines):
        if inline.kind == "break":
            lines.append([])
        else:
            lines[-1].append(index)
    return "\n".join(text for line in lines if (text := one_line(raw_text([block.inlines[i] for i in line]))))


def _entry(entry: Block, number: int, parent: Block) -> str:
    bullet = f"{number}. " if parent.ordered else "• "
    text = "\n".join(part for child in entry.children if (part := _text(child)))
    return bullet + text.replace("\n", "\n  ")

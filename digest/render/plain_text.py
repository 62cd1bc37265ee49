"""Blocks -> plain text, for search and for people without Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from digest.items.titles import is_decoration, is_generic
from digest.tree.nodes import Block, Inline, one_line, plain, raw_text, walk

_PLAIN = {"text", "code", "softbreak", "break"}  # inlines that hold no others
_LINKED = {"link", "strong", "emph", "strike"}  # inlines that may hold a link


def text_of(blocks: Iterable[Block]) -> str:
    """Return the words of `blocks`: paragraphs apart by a blank line, entries each on a line with a bullet."""
    return "\n\n".join(text for block in blocks if (text := _text(block)))


def story_text(blocks: Iterable[Block]) -> str:
    """Return the same for a story: without the lines that are only links ("👉 Paper | Code"), which say nothing in a
    search.

    The links themselves stay with the item.
    """
    return text_of(kept for block in blocks if (kept := _without_link_lines(block)) is not None)


def _without_link_lines(block: Block) -> Block | None:
    if block.kind != "paragraph" or not any(inline.kind in _LINKED for inline in block.inlines):
        return block
    lines: list[list[Inline]] = [[]]
    for inline in block.inlines:
        lines[-1].append(inline)
        if inline.kind in {"softbreak", "break"}:
            lines.append([])
    kept = [line for line in lines if not _is_links_alone(line)]
    if len(kept) == len(lines):
        return block
    inlines = [inline for line in kept for inline in line]
    return Block("paragraph", block.first, block.last, inlines=inlines) if inlines else None


def _is_links_alone(line: list[Inline]) -> bool:
    """Whether a line holds nothing but links that only say what they are."""
    names: list[str] = []
    for inline in line:
        if inline.kind == "link":
            names.append(raw_text(inline.children))
            continue
        if inline.kind in _PLAIN:  # most lines end here
            if not is_decoration(inline.text):
                return False
            continue
        links = [one for one in walk([inline]) if one.kind == "link"]
        if links and len(links) == 1 and raw_text([inline]).strip("[]()") == raw_text(links).strip("[]()"):
            names.append(raw_text(links))
        elif links or inline.kind == "image" or not is_decoration(raw_text([inline])):
            return False
    return bool(names) and all(map(is_generic, names))


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
    """Return a paragraph's text; only line ends that show on the page are line ends."""
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

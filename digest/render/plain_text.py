"""Renders blocks as plain text, for search and for readers without Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from digest.items.titles import is_decoration, is_generic
from digest.tree.nodes import Block, Inline, one_line, plain, raw_text, walk

_PLAIN = {"text", "code", "softbreak", "break"}  # inlines without children
_LINKED = {"link", "strong", "emph", "strike"}  # inlines that may contain a link


def text_of(blocks: Iterable[Block]) -> str:
    """Return the text of `blocks`: paragraphs separated by blank lines, each list entry on a line with a bullet."""
    return "\n\n".join(text for block in blocks if (text := _text(block)))


def story_text(blocks: Iterable[Block]) -> str:
    """Return the text of a story without lines of generic links ("👉 Paper | Code"), which are useless for search.

    The item keeps the links themselves.
    """
    return text_of(kept for block in blocks if (kept := _without_link_lines(block)) is not None)


def _without_link_lines(block: Block) -> Block | None:
    if block.kind != "paragraph" or not any(inline.kind in _LINKED for inline in block.inlines):
        return block
    lines = _broken(block.inlines)
    kept = [line for line in lines if not _is_links_alone(line)]
    if len(kept) == len(lines):
        return block
    inlines = [inline for line in kept for inline in line]
    return Block("paragraph", block.first, block.last, inlines=inlines) if inlines else None


def _broken(inlines: list[Inline]) -> list[list[Inline]]:
    """Return the lines of a paragraph, each with its line end."""
    lines: list[list[Inline]] = [[]]
    for inline in inlines:
        lines[-1].append(inline)
        if inline.kind in {"softbreak", "break"}:
            lines.append([])
    return lines


def _is_links_alone(line: list[Inline]) -> bool:
    """Whether a line contains only generic links."""
    others = [inline for inline in line if inline.kind not in _PLAIN]
    if not others or any(inline.kind in _PLAIN and not is_decoration(inline.text) for inline in line):
        return False  # most lines
    names: list[str] = []
    for inline in others:
        name = _name_of_link(inline)
        if name is not None:
            names.append(name)
        elif not _says_nothing(inline):
            return False
    return bool(names) and all(map(is_generic, names))


def _name_of_link(inline: Inline) -> str | None:
    """Return the text of a link, if the inline is one or contains nothing else; else None."""
    if inline.kind == "link" and not any(child.children for child in inline.children):
        return raw_text(inline.children)
    links = [one for one in walk([inline]) if one.kind == "link"]
    if len(links) != 1:
        return None
    return raw_text(links) if raw_text([inline]).strip("[]()") == raw_text(links).strip("[]()") else None


def _says_nothing(inline: Inline) -> bool:
    """Whether an inline has neither an image, a link nor words."""
    return not any(one.kind in {"link", "image"} for one in walk([inline])) and is_decoration(raw_text([inline]))


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
    return ("\n" if block.kind == "table" else "\n\n").join(filter(None, map(_text, block.children)))


def _lines(block: Block) -> str:
    """Return a paragraph's text, with line ends only for visible line breaks."""
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

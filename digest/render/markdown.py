"""Renders blocks as Discord Markdown.

Elements that Discord lacks are rendered as the nearest equivalent: a heading as a bold line, a table as lines of cells,
a nested quote as part of the outer one; images and rules are omitted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from digest.render.cutting import cut, cut_to_room
from digest.render.escape import clean, escape_line_starts, length, neutral, plain_inline
from digest.render.inline_markdown import (
    MAX_DEPTH,
    flat_text,
    inline_markdown,
    link_address,
    masked_link,
    shown_addresses,
)
from digest.tree.nodes import Block, Inline, one_line

__all__ = ["cut", "cut_to_room", "length", "link_address", "masked_link", "plain_inline", "render", "shown_addresses"]

_MAX_INDENT = 4  # levels of lists that Discord distinguishes
_LANGUAGE = re.compile(r"[A-Za-z0-9_+.#-]{1,30}")


def render(blocks: Sequence[Block], base: str = "") -> str:
    """Return the blocks as Discord Markdown, not truncated; "" if nothing is visible.

    `base` is the base URL of relative links; without it only their text is rendered.
    """
    return _Renderer(base).blocks(blocks, 0)


class _Renderer:
    def __init__(self, base: str) -> None:
        self._base = base
        self._in_quote = False

    def blocks(self, blocks: Sequence[Block], depth: int) -> str:
        """Return the blocks separated by blank lines, except after headings and between a paragraph and a list."""
        out: list[str] = []
        previous = ""
        for block in blocks:
            shown = self._block(block, depth)
            if not shown:
                continue
            if out:
                is_close = previous == "heading" or (block.kind == "list" and previous == "paragraph")
                out.append("\n" if is_close else "\n\n")
            out.append(shown)
            previous = block.kind
        return "".join(out)

    def _block(self, block: Block, depth: int) -> str:
        if depth > MAX_DEPTH:
            return plain_inline(_deep_text(block))
        form = _FORMS.get(block.kind)
        return self._text(block, depth) if form is None else form(self, block, depth)

    def _lines(self, inlines: Sequence[Inline]) -> str:
        return escape_line_starts(inline_markdown(inlines, self._base))

    def _text(self, block: Block, depth: int) -> str:
        own = self._lines(block.inlines) if block.inlines else ""
        if not block.children:
            return own
        below = self.blocks(block.children, depth + 1)
        return "\n".join(part for part in (own, below) if part)

    def heading(self, block: Block, _depth: int) -> str:
        text = inline_markdown(block.inlines, self._base, active=("strong",)).replace("\n", " ")
        return f"**{text}**" if text else ""

    def quote(self, block: Block, depth: int) -> str:
        """Return a quote; nested quotes become part of it, because Discord only has one level."""
        if self._in_quote:
            return self.blocks(block.children, depth + 1)
        self._in_quote = True
        inner = self.blocks(block.children, depth + 1)
        self._in_quote = False
        return "\n".join(f"> {line}" for line in inner.split("\n")) if inner else ""

    def footnote(self, block: Block, depth: int) -> str:
        inner = self.blocks(block.children, depth + 1)
        return f"\\[{plain_inline(block.text)}] {inner}" if inner else ""

    def code(self, block: Block, _depth: int) -> str:
        code = neutral(clean(block.text)).strip("\n").rstrip()
        if not code.strip():
            return ""
        language = _LANGUAGE.match(block.info.strip())
        code = code.replace("```", "`\u200b`\u200b`")  # the only way to keep Discord from ending the block here
        return f"```{language.group() if language else ''}\n{code}\n```"

    def table(self, block: Block, _depth: int) -> str:
        return "\n".join(line for row in block.children if (line := self._row(row)))

    def _row(self, row: Block) -> str:
        active = ("strong",) if row.ordered else ()
        cells = (inline_markdown(cell.inlines, self._base, active).replace("\n", " ") for cell in row.children)
        shown = [f"**{cell}**" if row.ordered else cell for cell in cells if cell]
        return escape_line_starts(" · ".join(shown))

    def outer_list(self, block: Block, depth: int) -> str:
        return "\n".join(self._list(block, 0, depth))

    def _list(self, block: Block, indent: int, depth: int) -> list[str]:
        lines: list[str] = []
        number = block.start
        for entry in block.children:
            mark = f"{number}." if block.ordered else "-"
            number += 1
            lines += self._entry(entry, mark, indent, depth)
        return lines

    def _entry(self, entry: Block, mark: str, indent: int, depth: int) -> list[str]:
        """Return the lines of a list's entry: text after its marker, further text below, nested lists indented."""
        space = "  " * min(indent, _MAX_INDENT)
        if depth > MAX_DEPTH:
            text = plain_inline(_deep_text(entry))
            return [f"{space}{mark} {text}"] if text else []
        own = self._lines(entry.inlines)
        lines = _marked(own.split("\n"), space, mark) if own else []
        for child in entry.children:
            if child.kind == "list":
                lines += self._list(child, indent + 1, depth + 1)
            else:
                lines += self._below(child, space, "" if lines else mark, depth)
        return lines

    def _below(self, child: Block, space: str, mark: str, depth: int) -> list[str]:
        """Return the lines of a block in an entry, the first one after the entry's `mark` unless that is ""."""
        shown = self._block(child, depth + 1)
        if child.kind in ("code", "quote"):  # Discord only recognises both at the start of a line
            return shown.split("\n") if shown else []
        more = list(filter(None, shown.split("\n")))
        return _marked(more, space, mark) if mark else [f"{space}  {line}" for line in more]


_FORMS: dict[str, Callable[[_Renderer, Block, int], str]] = {
    "heading": _Renderer.heading,
    "list": _Renderer.outer_list,
    "quote": _Renderer.quote,
    "code": _Renderer.code,
    "table": _Renderer.table,
    "footnote": _Renderer.footnote,
}


def _marked(lines: Sequence[str], space: str, mark: str) -> list[str]:
    return [f"{space}{mark} {line}" if not index else f"{space}  {line}" for index, line in enumerate(lines)]


def _deep_text(block: Block) -> str:
    """Return all text of a block and its descendants, without recursion."""
    parts: list[str] = []
    stack = [block]
    while stack:
        here = stack.pop()
        if here.kind == "code":
            parts.append(one_line(here.text))
        elif here.inlines:
            parts.append(flat_text(here.inlines))
        stack.extend(reversed(here.children))
    return " ".join(part for part in parts if part)

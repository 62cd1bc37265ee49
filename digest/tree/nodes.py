"""The tree used throughout `digest`: blocks with source lines, and the inlines in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_CJK_JOIN = re.compile(f"(?<=[{_CJK}])\n(?=[{_CJK}])")


@dataclass(slots=True, eq=False, init=False)
class Inline:
    """Text or another element within a line.

    `kind` is one of: text (`text`), code (`text`), link (`url`, `children`), image (`url`, alternative text in `text`),
    strong, emph, strike (`children`), softbreak (a line end in the source), break (a visible line break), footnote (a
    reference; its label in `text`).
    """

    kind: str
    text: str
    url: str
    children: list[Inline]

    def __init__(self, kind: str, text: str = "", url: str = "", children: list[Inline] | None = None) -> None:
        # Written out for speed, as these are the most frequent objects.
        self.kind = kind
        self.text = text
        self.url = url
        self.children = [] if children is None else children


@dataclass(slots=True)
class Facts:
    """Statistics of a block with all its descendants, computed once on demand.

    `links` is the number of links to pages, `own_links` of those directly in a list's entry, `fragments` of those
    within the page; `chars` is the number of visible characters. `urls` must not be modified, because an entry shares
    it with its only child. The cached results of rules are None until computed; False means that there is none.
    """

    text: str
    chars: int
    links: int
    own_links: int
    images: int
    fragments: int
    urls: list[str]
    is_plea: bool | None = None
    is_nothing: bool | None = None
    link_line: tuple[Inline, bool] | Literal[False] | None = None
    leading_link: Inline | Literal[False] | None = None


@dataclass(slots=True, eq=False, init=False)
class Block:
    """A block with its first and last source line.

    `kind` is one of: heading (`level` 1 to 6, or 7 for the summary of an HTML <details>; `inlines`), paragraph
    (`inlines`), list (`ordered`, `start`; children are entries), entry (children are blocks), quote (children), code
    (`text`, `language` in `info`), table (children are rows), row (`ordered` marks the header; children are cells),
    cell (`inlines`), footnote (its label in `text`; children), rule (a line across the page), close (ends a <details>;
    invisible). `info` of a heading is its explicit anchor ({#id}).
    """

    kind: str
    first: int
    last: int
    level: int
    text: str
    info: str
    ordered: bool
    start: int
    inlines: list[Inline]
    children: list[Block]
    facts: Facts | None = field(repr=False)

    def __init__(  # noqa: PLR0913 - a block's attributes; written out for speed, as blocks are frequent
        self,
        kind: str,
        first: int = 0,
        last: int = 0,
        *,
        level: int = 0,
        text: str = "",
        info: str = "",
        ordered: bool = False,
        start: int = 0,
        inlines: list[Inline] | None = None,
        children: list[Block] | None = None,
    ) -> None:
        self.kind = kind
        self.first = first
        self.last = last
        self.level = level
        self.text = text
        self.info = info
        self.ordered = ordered
        self.start = start
        self.inlines = [] if inlines is None else inlines
        self.children = [] if children is None else children
        self.facts = None


def walk(inlines: Iterable[Inline]) -> Iterator[Inline]:
    """Yield all inlines in reading order, parents first."""
    for inline in inlines:
        yield inline
        if inline.children:
            yield from walk(inline.children)


def walk_blocks(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield all blocks in reading order, parents first."""
    for block in blocks:
        yield block
        if block.children:
            yield from walk_blocks(block.children)


def inlines_of(blocks: Iterable[Block]) -> Iterator[Inline]:
    """Yield all inlines of all blocks in reading order."""
    for block in walk_blocks(blocks):
        if block.inlines:
            yield from walk(block.inlines)


def _texts(inlines: Iterable[Inline], out: list[str]) -> None:
    for inline in inlines:
        kind = inline.kind
        if kind in {"text", "code"}:
            out.append(inline.text)
        elif kind in {"softbreak", "break"}:
            out.append("\n")
        elif inline.children:
            _texts(inline.children, out)


def raw_text(inlines: Sequence[Inline]) -> str:
    """Return the visible text with line ends of the source and line breaks; images have no text."""
    if len(inlines) == 1:  # most links and headings
        inline = inlines[0]
        if inline.kind == "text":
            return inline.text
        if len(inline.children) == 1 and inline.children[0].kind == "text":
            return inline.children[0].text
    out: list[str] = []
    _texts(inlines, out)
    return "".join(out) if len(out) != 1 else out[0]


def one_line(text: str) -> str:
    """Return `text` on one line; lines of Chinese and Japanese are joined without a space."""
    if text.isprintable() and "  " not in text:  # most texts; white space other than spaces is not printable
        return text.strip(" ")
    if "\n" in text:
        text = _CJK_JOIN.sub("", text)
    return " ".join(text.split())


def plain(inlines: Sequence[Inline]) -> str:
    """Return the visible text on one line."""
    return one_line(raw_text(inlines))


def links_of(inlines: Iterable[Inline]) -> Iterator[Inline]:
    """Return the links in reading order."""
    return (inline for inline in walk(inlines) if inline.kind == "link")


def block_text(block: Block) -> str:
    """Return the visible text of a block and its descendants on one line."""
    if block.kind == "code":
        return one_line(block.text)
    if not block.children:
        return plain(block.inlines)
    parts = [plain(block.inlines)] if block.inlines else []
    parts += [text for child in block.children if (text := block_text(child))]
    return " ".join(parts)


def link_text(link: Inline) -> str:
    """Return a link's text, else the alternative text of its image."""
    return plain(link.children) or next((i.text for i in walk(link.children) if i.kind == "image"), "")

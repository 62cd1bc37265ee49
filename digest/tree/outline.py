"""Parses Markdown into a tree of blocks with source lines. The only module that depends on the Markdown parser."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pyromark

from digest.model import Notice
from digest.tree.builder import MAX_DEPTH, Builder
from digest.tree.html import inline_tag, read_html
from digest.tree.nodes import Block, Inline, block_text, inlines_of, links_of, plain, raw_text, walk, walk_blocks
from digest.tree.templating import FILLER, Hidden, mask

__all__ = [
    "Block",
    "Hidden",
    "Inline",
    "Outline",
    "block_text",
    "inlines_of",
    "links_of",
    "parse",
    "plain",
    "raw_text",
    "walk",
    "walk_blocks",
]

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
    | pyromark.Options.ENABLE_GFM
)
MAX_EVENTS = 60_000  # twice as many as in the longest known file, a README of 1 MB
_INLINE_KINDS = {"Strong": "strong", "Emphasis": "emph", "Strikethrough": "strike"}
_LINK_KINDS = {"Link": "link", "Image": "image"}
_INLINE_ENDS = frozenset({*_INLINE_KINDS, *_LINK_KINDS})
_BLOCK_KINDS = {"Paragraph": "paragraph", "Item": "entry", "TableRow": "row", "TableCell": "cell"}
_BELOW_TAGS = re.compile(
    rb">[ \t]*\n(?=(?P<heading>#{1,6}[ \t])|(?P<entry>(?:[-*+]|\d{1,3}[.)])[ \t])|[^\s<]|<https?:)"
)  # starts with a literal instead of a line start, which is ten times faster
_INDENTED_HTML = re.compile(r"\A(?:[ \t]*+\n)*+(?: {4}|\t)[ \t]*+</?[a-z]")  # at an issue's start, not code
_INDENT = re.compile(r"^[ \t]{4,}+(?=</?[a-z])", re.MULTILINE)
_TAGS_ABOVE_HEADING = re.compile(rb" {0,3}<")
_TAGS_ABOVE_LIST = re.compile(rb"(?=<)[^\n]*(?:</\w+|<br ?/?)>\s*")


@dataclass(slots=True)
class Outline:
    """An issue's blocks in reading order, its footnotes by label, and invisible parts.

    `hidden` lists comments, imports, directives and shortcodes.
    """

    blocks: list[Block]
    footnotes: dict[str, Block] = field(default_factory=dict[str, Block])
    hidden: list[Hidden] = field(default_factory=list[Hidden])
    notices: list[Notice] = field(default_factory=list[Notice])


def parse(text: str, first_line: int = 1, *, is_mdx: bool = False) -> Outline:
    """Parse `text` as Markdown or MDX; its first line is line `first_line` of the file."""
    if _INDENTED_HTML.match(text):
        text = _INDENT.sub("", text)
    text, hidden, notices = mask(text, first_line, is_mdx=is_mdx)
    reader = _Reader(text, first_line)
    stopped = reader.read()
    if stopped is not None:
        said = f"the issue has more than {MAX_EVENTS:,} parts: what follows is not read"
        notices.append(Notice(stopped, said, "size"))
    if reader.builder.depth_capped:
        notices.append(Notice(0, f"quotes, lists or markup more than {MAX_DEPTH} deep are read as flat", "depth"))
    blocks = [block for block in reader.builder.root.children if block.kind != "footnote"]
    return Outline(blocks, reader.footnotes, hidden, notices)


def _parted(data: bytes) -> tuple[bytes, set[int]]:
    """Return `data` with blank lines after tags that would swallow the Markdown below, and the offsets of these.

    Many site builders end an HTML block at its end tag, Markdown only at the next blank line.
    """
    ends = [found.end() for found in _BELOW_TAGS.finditer(data) if _swallows(data, found)]
    if not ends:
        return data, set()
    pieces = [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]
    return b"\n".join(pieces), {end + number for number, end in enumerate(ends)}


def _swallows(data: bytes, found: re.Match[bytes]) -> bool:
    """Whether a line of tags precedes a heading, a line with an end tag precedes a list, or it is a stray "</p>"."""
    line = data[data.rfind(b"\n", 0, found.start()) + 1 : found.end()]
    if found["heading"]:
        return _TAGS_ABOVE_HEADING.match(line) is not None
    return bool(found["entry"] and _TAGS_ABOVE_LIST.fullmatch(line)) or line.strip() == b"</p>"


class _Reader:
    """Feeds the parser's events to a builder without recursion."""

    def __init__(self, text: str, first_line: int) -> None:
        data = text.encode("utf-8", "replace")
        self.first_line = first_line
        self.data, added = _parted(data)
        self.newlines = [match.start() for match in re.finditer(b"\n", self.data)]
        if added:
            self.newlines = [offset for offset in self.newlines if offset not in added]
        self.builder = Builder()
        self.footnotes: dict[str, Block] = {}
        self.html: list[str] | None = None  # the current HTML block, joined with those directly before it
        self.html_lines = (0, 0)

    def line(self, offset: int) -> int:
        return bisect_right(self.newlines, offset - 1) + self.first_line

    def read(self) -> int | None:
        """Read all events; return the line at which reading stopped at the limit, else None."""
        builder = self.builder
        take_text = builder.text
        stopped = None
        event: Any  # the name of a mark, or a dictionary with one key
        events = pyromark.events_with_range(self.data.decode("utf-8"), options=_OPTIONS)
        for event, span in islice(events, MAX_EVENTS):
            if event.__class__ is str:
                self.mark(event, span["start"])
                continue
            for key, value in event.items():
                if key == "Text":
                    builder.line = span["start"]
                    take_text(value)
                elif key == "Start":
                    self.start(value, span["start"], span["end"])
                elif key == "End":
                    self.end(value)
                else:
                    self.other(key, value, span["start"])
        for _, span in islice(events, 1):
            stopped = self.line(span["start"])
        self.flush_html()
        builder.finish()
        self.number_lines()
        return stopped

    def mark(self, name: str, start: int) -> None:
        if name == "SoftBreak":
            self.builder.inline(Inline("softbreak"))
        elif name == "HardBreak":
            self.builder.inline(Inline("break"))
        else:
            self.flush_html()
            self.builder.leaf(Block("rule", start, start))

    def other(self, key: str, value: Any, start: int) -> None:
        if key == "Html":
            if self.html is None:
                self.html = []
            self.html.append(value)
        elif key == "InlineHtml":
            inline_tag(self.builder, value)
        elif key == "Code":
            self.builder.line = start
            self.builder.inline(Inline("code", value.replace(FILLER, "")))
        elif key == "FootnoteReference":
            self.builder.inline(Inline("footnote", value))

    def start(self, tag: Any, start: int, end: int) -> None:
        builder = self.builder
        if tag.__class__ is str:
            if kind := _BLOCK_KINDS.get(tag):
                if self.html is not None:
                    self.flush_html()
                builder.open(Block(kind, start, end))
            elif kind := _INLINE_KINDS.get(tag):
                builder.open_inline(kind)
            elif tag == "TableHead":
                builder.open(Block("row", start, end, ordered=True))
            elif tag == "HtmlBlock":
                self.html_lines = (self.html_lines[0] if self.html is not None else start, end)
            return
        for name, value in tag.items():
            if kind := _LINK_KINDS.get(name):
                builder.line = start
                builder.open_inline(kind, value["dest_url"] if value["link_type"] != "Email" else "")
            else:
                self.flush_html()
                builder.open(self.block(name, value, start, end))

    def block(self, name: str, value: Any, start: int, end: int) -> Block:
        if name == "Heading":
            return Block("heading", start, end, level=int(value["level"][1]), info=value["id"] or "")
        if name == "List":
            return Block("list", start, end, ordered=value is not None, start=value or 0)
        if name == "CodeBlock":
            return Block("code", start, end, info="" if value == "Indented" else value["Fenced"])
        if name == "FootnoteDefinition":
            block = Block("footnote", start, end, text=value)
            self.footnotes.setdefault(value, block)
            return block
        return Block("quote" if name == "BlockQuote" else "table", start, end)

    def end(self, tag: Any) -> None:
        if tag.__class__ is str:
            if tag in _INLINE_ENDS:
                self.builder.close_inline()
                return
            if tag == "HtmlBlock":
                return
        if self.html is not None:
            self.flush_html()
        self.builder.close()

    def flush_html(self) -> None:
        """Add adjacent HTML blocks as one."""
        if self.html is None:
            return
        text, self.html = "".join(self.html), None
        read_html(self.builder, text, *self.html_lines)

    def number_lines(self) -> None:
        """Convert byte offsets to line numbers, children first; a container ends with its last child."""
        newlines, base = self.newlines, self.first_line
        blocks = list(self.builder.root.children)
        for block in blocks:  # grows while iterating, level by level
            if block.children:
                blocks += block.children
        for block in reversed(blocks):
            end = block.last
            first = block.first = bisect_right(newlines, block.first - 1) + base
            children = block.children
            if children and block.kind not in {"table", "row"}:
                last = children[-1].last if len(children) == 1 else max([child.last for child in children])
            else:
                last = bisect_left(newlines, end - 1) + base
                last = max(last, first)
            block.last = last

"""Adds HTML within Markdown to the same tree, using an HTML parser."""

from __future__ import annotations

import re
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from digest.remembering import remembering
from digest.tree.builder import Builder
from digest.tree.nodes import Block, Inline

MAX_TAGS = 10_000  # maximum tags in one block of HTML; parsing is quadratic in their depth
_NAME = re.compile(r"</?\s*([A-Za-z][\w.:-]*)")
_INLINES = {
    "b": "strong",
    "strong": "strong",
    "i": "emph",
    "em": "emph",
    "cite": "emph",
    "dfn": "emph",
    "del": "strike",
    "s": "strike",
    "strike": "strike",
    "a": "link",
    "code": "code",
    "kbd": "code",
    "samp": "code",
    "tt": "code",
}
_BLOCKS = {
    "p": "paragraph",
    "figcaption": "paragraph",
    "caption": "paragraph",
    "dt": "paragraph",
    "address": "paragraph",
    "ul": "list",
    "ol": "list",
    "menu": "list",
    "li": "entry",
    "blockquote": "quote",
    "table": "table",
    "tr": "row",
    "td": "cell",
    "th": "cell",
    "pre": "code",
    "summary": "heading",
    **{f"h{level}": "heading" for level in range(1, 7)},
}
_PARTS = frozenset(
    [
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "nav",
        "aside",
        "figure",
        "details",
        "center",
        "dl",
        "dd",
        "thead",
        "tbody",
        "tfoot",
        "fieldset",
        "form",
        "hgroup",
        "picture",
        "video",
        "audio",
        "html",
        "body",
    ]
)  # they end a paragraph and are otherwise invisible
_UNSEEN = frozenset(
    [
        "script",
        "style",
        "svg",
        "noscript",
        "template",
        "head",
        "title",
        "iframe",
        "object",
        "embed",
        "select",
        "textarea",
        "button",
        "math",
        "canvas",
        "-comment",
        "source",
        "track",
        "param",
        "col",
        "colgroup",
        "input",
        "meta",
        "link",
        "base",
    ]
)
_MARKDOWN_LINK = re.compile(r"(?<!!)\[([^\[\]\n]{1,300})\]\((https?://[^\s()]{1,2000})\)")


@remembering(512)
def _attributes(tag: str) -> dict[str, str]:
    """Return the attributes of one start tag."""
    body = LexborHTMLParser(tag).body
    node = body.child if body is not None else None
    return {name: value or "" for name, value in node.attributes.items()} if node is not None else {}


def inline_tag(builder: Builder, tag: str) -> None:
    """Add one tag within a line of Markdown."""
    match = _NAME.match(tag)
    if match is None:
        return
    name = match[1].lower()
    if name == "br":
        builder.inline(Inline("break"))
    elif name == "img":
        _image(builder, _attributes(tag))
    elif kind := _INLINES.get(name):
        _inline(builder, kind, tag)
    elif name in _BLOCKS or name in _PARTS:
        builder.break_line()
    elif tag[1:2].isupper() and name not in _UNSEEN and not {" ", "/"} & set(tag):
        builder.text(tag)  # a type such as Vec<T>: unknown elements are meant as text


def _inline(builder: Builder, kind: str, tag: str) -> None:
    if tag[1] == "/":
        builder.close_html(kind)
    elif not tag.endswith("/>"):
        builder.open_inline(kind, _attributes(tag).get("href", "").strip() if kind == "link" else "")


def _start(number: str) -> int:
    """Return the start number of a list."""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 1


def _is_head(row: Any) -> bool:
    """Whether the first cell of a row is a header cell."""
    child = row.child
    while child is not None and child.tag == "-text":
        child = child.next
    return child is not None and child.tag == "th"


def _image(builder: Builder, attributes: dict[str, str]) -> None:
    url = attributes.get("src") or attributes.get("data-src") or attributes.get("srcset", "").split(" ")[0]
    if url:
        builder.inline(Inline("image", attributes.get("alt", ""), url.strip()))


def read_html(builder: Builder, source: str, first: int, last: int) -> None:
    """Add a block of HTML, which may be incomplete; `first` and `last` are its offsets."""
    if source.count("<") > MAX_TAGS:
        builder.depth_capped = True
        source = "<".join(source.split("<", MAX_TAGS)[:MAX_TAGS])
    body = LexborHTMLParser(_framed(source)).body
    if body is not None:
        _Walk(builder, source, first, last).run(body)


def _framed(source: str) -> str:
    """Return `source` with the parent elements that its first element requires."""
    match = _NAME.search(source)
    name = match[1].lower() if match else ""
    if name in {"tr", "thead", "tbody", "tfoot", "caption"}:
        return f"<table>{source}"
    if name in {"td", "th"}:
        return f"<table><tr>{source}"
    return source


class _Walk:
    """Traverses the parsed nodes without recursion and feeds the builder."""

    def __init__(self, builder: Builder, source: str, first: int, last: int) -> None:
        self.builder = builder
        self.source = source
        self.first = first
        self.last = last
        self.position = 0
        self.offset = first
        self.closings = source.lower().count("</details")  # a <details> may continue in the Markdown below

    def run(self, body: Any) -> None:
        """Add all descendants of `body`."""
        low = self.source.lower()
        opened = low.find("<details")
        for _ in range(low.count("</details", 0, opened) if opened >= 0 else 0):  # end tags of a <details> opened above
            self.close_details()
        self.go(body)
        while self.closings > 0:
            self.close_details()

    def close_details(self) -> None:
        self.closings -= 1
        if self.closings >= 0:
            self.builder.leaf(Block("close", self.builder.line, self.builder.line))

    def go(self, body: Any) -> None:
        node = body.child
        while node is not None:
            seen = self.enter(node)
            if seen and node.child is not None:
                node = node.child
                continue
            if seen:
                self.leave(node)
            while node is not None and node.next is None:
                node = node.parent
                if node is None or node.tag == body.tag:
                    return
                self.leave(node)
            if node is not None:
                node = node.next

    def place(self, snippet: str) -> None:
        """Advance to `snippet` in the source, because the parser keeps no positions."""
        found = self.source.find(snippet[:40], self.position, self.position + 20_000) if snippet else -1
        if found >= 0:
            self.offset += len(self.source[self.position : found].encode())
            self.position = found
        self.builder.line = min(self.offset, max(self.last - 1, self.first))

    def enter(self, node: Any) -> bool:
        """Enter a node; return whether to visit its children."""
        tag = node.tag
        if tag == "-text":
            self.text(node.text_content or "")
            return False
        if tag is None or tag in _UNSEEN or tag.startswith("!"):  # None: a processing instruction such as "<?php"
            return False
        if kind := _INLINES.get(tag):
            if self.builder.block.kind != "code":
                self.builder.open_inline(kind, (node.attributes.get("href") or "").strip() if kind == "link" else "")
        elif tag in _BLOCKS:
            self.open(tag, node)
        elif tag in _PARTS:
            self.builder.open(Block("part"))
        else:
            self.alone(tag, node)
        return True

    def alone(self, tag: str, node: Any) -> None:
        """Add an element without content."""
        if tag == "br":
            self.builder.inline(Inline("break"))
        elif tag == "img":
            self.place(node.attributes.get("src") or "")
            _image(self.builder, {name: value or "" for name, value in node.attributes.items()})
        elif tag == "hr":
            self.builder.leaf(Block("rule", self.builder.line, self.builder.line))

    def open(self, tag: str, node: Any) -> None:
        self.place(f"<{tag}")
        at = self.builder.line
        block = Block(_BLOCKS[tag], at, at)
        if block.kind == "heading":
            block.level = 7 if tag == "summary" else int(tag[1])
            block.info = node.attributes.get("id") or ""
        elif block.kind == "list":
            block.ordered = tag == "ol"
            block.start = _start(node.attributes.get("start") or "")
        elif block.kind == "row":
            block.ordered = _is_head(node)
        self.builder.open(block)

    def leave(self, node: Any) -> None:
        tag = node.tag
        if kind := _INLINES.get(tag):
            if self.builder.block.kind != "code":
                self.builder.close_html(kind)
        elif tag in _BLOCKS or tag in _PARTS:
            self.builder.block.last = max(self.builder.block.last, self.builder.line)
            self.builder.close()
            if tag == "details":
                self.close_details()

    def text(self, text: str) -> None:
        stripped = text.strip()
        if not stripped:
            if text:
                self.builder.text(" ")
            return
        self.place(stripped.split("\n", 1)[0])
        if self.builder.block.kind == "code":
            self.builder.text(text)
            return
        self.markdown(_soft(text))
        # The block ends at the last line of its text; otherwise it would end at a start tag on a line of its own.
        self.builder.line = max(self.builder.line, min(self.offset + len(stripped.encode()), self.last - 1))

    def markdown(self, text: str) -> None:
        """Add text, with Markdown links as links, because most generators parse them within HTML."""
        position = 0
        for match in _MARKDOWN_LINK.finditer(text):
            self.builder.text(text[position : match.start()])
            self.builder.open_inline("link", match[2])
            self.builder.text(match[1])
            self.builder.close_inline()
            position = match.end()
        self.builder.text(text[position:])


def _soft(text: str) -> str:
    """Return text with white space collapsed, including one space at either end if there was any."""
    words = " ".join(text.split())
    return f"{' ' if text[:1].isspace() else ''}{words}{' ' if text[-1:].isspace() else ''}"

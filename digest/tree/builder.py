"""Builds the tree from a stream of start, end and text events of the Markdown or HTML parser."""

from __future__ import annotations

from digest.emoji import with_emoji
from digest.tree.nodes import Block, Inline, raw_text
from digest.tree.urls import bare_addresses

MAX_DEPTH = 40  # maximum nesting of blocks or of inlines; deeper ones are flattened, so that consumers may recurse
MAX_ADDRESSES = 20_000  # maximum bare URLs in one issue that become links; further ones stay text
_LEAVES = frozenset({"paragraph", "heading", "cell"})
_NO_LINKS = frozenset({"link", "image", "code"})  # inlines within which bare URLs do not become links
_FILLER = "\u2060"  # inserted before inline tags by templating.mask


class Builder:
    """Collects blocks under `root`. `line` is the parser's current position, used for implied blocks."""

    def __init__(self) -> None:
        self.root = Block("root")
        self.line = 0
        self.depth_capped = False
        self._blocks: list[Block] = [self.root]
        self._inlines: list[tuple[Inline, list[Inline]]] = []  # open inlines, each with the list that contains it
        self._addresses = 0
        self._flattened = 0  # open inlines that were dropped because of their depth
        self._out: list[Inline] | None = None  # inlines of the open leaf or inline; None outside of leaves
        self._text: list[str] = []
        self._implied = False  # whether the innermost block is an implied paragraph
        self._code: Block | None = None
        self._in_heading = False  # emoji shortcodes are kept there, because they are part of the anchor

    # -- blocks

    @property
    def block(self) -> Block:
        """The innermost open block."""
        return self._blocks[-1]

    def open(self, block: Block) -> None:
        """Open `block` within the innermost one; in a leaf it becomes a line break. A "part" only ends paragraphs."""
        if self._implied:
            self._end_implied()
        parent = self._blocks[-1]
        if parent.kind in _LEAVES:
            self.break_line()
            self._blocks.append(parent)
            return
        if block.kind == "part":
            self._blocks.append(parent)
            return
        if len(self._blocks) > MAX_DEPTH and block.kind not in _LEAVES and block.kind != "code":
            self.depth_capped = True
            self._blocks.append(parent)
            return
        parent.children.append(block)
        self._blocks.append(block)
        if block.kind in _LEAVES:
            self._out = block.inlines
            self._in_heading = block.kind == "heading"
        elif block.kind == "code":
            self._code = block

    def close(self) -> None:
        """Close the block opened last."""
        if self._implied:
            self._end_implied()
        if len(self._blocks) == 1:
            return
        block = self._blocks.pop()
        if block is self._blocks[-1]:  # it was flattened
            if block.kind in _LEAVES:
                self.break_line()
            return
        if block.kind in _LEAVES:
            self._end_inlines()
            if block.kind == "paragraph" and not block.inlines:  # "<p></p>" from a rich-text editor
                self.block.children.pop()
        elif block.kind == "code":
            block.text = "".join(self._text).replace(_FILLER, "")
            self._text.clear()
            self._code = None

    def leaf(self, block: Block) -> None:
        """Add a block without content."""
        self._end_implied()
        if self.block.kind in _LEAVES:
            self.break_line()
        else:
            self.block.children.append(block)

    def finish(self) -> None:
        """Close all open blocks."""
        while len(self._blocks) > 1:
            self.close()
        self._end_implied()

    # -- inlines

    def text(self, text: str) -> None:
        """Add text, in an implied paragraph if no block for text is open."""
        if self._code is None and self._out is None:
            if not text.strip():
                return
            self._imply()
        self._text.append(text)

    def inline(self, inline: Inline) -> None:
        """Add an inline without children."""
        target = self._out
        if target is None:
            if inline.kind in {"softbreak", "break"}:
                return
            target = self._imply()
        if self._text:
            self._flush()
        target.append(inline)

    def break_line(self) -> None:
        """Add a visible line break, unless there is one already or the line is empty."""
        if self._out is not None:
            if self._text:
                self._flush()
            if self._out and self._out[-1].kind != "break":
                self._out.append(Inline("break"))

    def open_inline(self, kind: str, url: str = "") -> None:
        """Open strong, emph, strike, link, image or code."""
        target = self._out
        if target is None:
            target = self._imply()
        if self._text:
            self._flush()
        if len(self._inlines) >= MAX_DEPTH:
            self.depth_capped = True
            self._flattened += 1
            return
        inline = Inline(kind, "", url)
        target.append(inline)
        self._inlines.append((inline, target))
        self._out = inline.children

    def close_inline(self) -> None:
        """Close the inline opened last."""
        if self._flattened:
            self._flattened -= 1
            return
        if not self._inlines:
            return
        if self._text:
            self._flush()
        inline, self._out = self._inlines.pop()
        if inline.kind == "image":
            inline.text = raw_text(inline.children) or " ".join(c.text for c in inline.children if c.kind == "image")
            inline.children = []
        elif inline.kind == "code":
            inline.text = raw_text(inline.children)
            inline.children = []

    def close_html(self, kind: str) -> None:
        """Close the innermost open inline of `kind`, and those left open in it; do nothing if there is none."""
        if self._flattened:
            self._flattened -= 1
        elif any(inline.kind == kind for inline, _ in self._inlines):
            while self._inlines and self._inlines[-1][0].kind != kind:
                self.close_inline()
            self.close_inline()

    # -- internal

    def _imply(self) -> list[Inline]:
        """Open an implied paragraph; return its list of inlines."""
        block = Block("paragraph", self.line, self.line)
        self._in_heading = False
        self.block.children.append(block)
        self._blocks.append(block)
        self._out = block.inlines
        self._implied = True
        return block.inlines

    def _end_implied(self) -> None:
        if self._implied:
            self._implied = False
            block = self._blocks.pop()
            block.last = max(block.last, self.line)
            self._end_inlines()
            if not block.inlines:
                self.block.children.pop()

    def _end_inlines(self) -> None:
        self._flattened = 0
        while self._inlines:
            self.close_inline()
        if self._text:
            self._flush()
        out, self._out = self._out, None
        if out:
            while out and (out[-1].kind in {"break", "softbreak"} or (out[-1].kind == "text" and not out[-1].text)):
                out.pop()

    def _flush(self) -> None:
        """Add the collected pieces as one text, with bare URLs as links."""
        target = self._out
        if self._code is not None or target is None:
            return
        text = "".join(self._text) if len(self._text) > 1 else self._text[0]
        self._text.clear()
        if not text.isascii() and _FILLER in text:
            text = text.replace(_FILLER, "")
        if not text:
            return
        if ":" in text and not self._in_heading and all(inline.kind != "code" for inline, _ in self._inlines):
            text = with_emoji(text)
        if "://" not in text or any(inline.kind in _NO_LINKS for inline, _ in self._inlines):
            target.append(Inline("text", text))
        else:
            self._link_addresses(text, target)

    def _link_addresses(self, text: str, target: list[Inline]) -> None:
        position = 0
        for start, end in bare_addresses(text):
            if self._addresses >= MAX_ADDRESSES:
                break
            self._addresses += 1
            if start > position:
                target.append(Inline("text", text[position:start]))
            url = text[start:end]
            target.append(Inline("link", url=url, children=[Inline("text", url)]))
            position = end
        if position < len(text):
            target.append(Inline("text", text[position:]))

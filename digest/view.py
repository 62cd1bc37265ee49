"""What the rules ask about a block again and again, worked out once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from digest import wording
from digest.addresses import is_web
from digest.model import SplitOptions
from digest.nodes import Block, Inline, inlines_of, one_line, raw_text, walk
from digest.titles import is_decoration, is_generic, leading_link, split_lead

_LABELLED = re.compile(r"[^.!?。！？\n]{1,40}[:：]\s*[“\"«「]?")  # a label that stands before a line's link
_LINE_REST = 40  # characters beside its link that a line may have and still be only a link


@dataclass(slots=True)
class Facts:
    """A block in figures. `links` are addresses that lead to a page; `chars` counts visible characters."""

    text: str
    chars: int
    links: int
    own_links: int
    images: int
    fragments: int


@dataclass(slots=True)
class View:
    """An issue as the rules see it; `is_digest` says that its sections are runs of short paragraphs with links."""

    options: SplitOptions = field(default_factory=SplitOptions)
    is_digest: bool = False
    has_numbers: bool = False
    _facts: dict[int, Facts] = field(default_factory=dict[int, Facts])
    _bodies: dict[tuple[int, bool, bool], tuple[Any]] = field(default_factory=dict[tuple[int, bool, bool], tuple[Any]])
    _lists: list[list[Block]] = field(default_factory=list[list[Block]])
    _kept: list[Block] = field(default_factory=list[Block])  # ids stay true only while their blocks live

    def facts(self, block: Block) -> Facts:
        """The figures of `block`."""
        known = self._facts.get(id(block))
        if known is None:
            known = self._facts[id(block)] = _measure(block)
            self._kept.append(block)
        return known

    def remembered(self, blocks: list[Block]) -> tuple[Any] | None:
        """What `remember` was told about `blocks`, in a tuple; None before."""
        return self._bodies.get((id(blocks), self.is_digest, self.has_numbers))

    def remember(self, blocks: list[Block], found: Any) -> None:
        """Keep what the rules made of `blocks`, as long as the issue is seen in the same way."""
        self._bodies[id(blocks), self.is_digest, self.has_numbers] = (found,)
        self._lists.append(blocks)

    def text(self, block: Block) -> str:
        """The visible text of `block` in one line."""
        return self.facts(block).text

    def links(self, block: Block) -> int:
        """How many links `block` holds."""
        return self.facts(block).links

    def is_plea(self, block: Block) -> bool:
        """Whether `block` only asks, thanks, takes leave or says that there is nothing."""
        if block.kind not in {"paragraph", "quote"}:
            return False
        text = self.text(block)
        return wording.is_plea(text) or wording.reports_nothing(text)

    def is_picture(self, block: Block) -> bool:
        """Whether `block` is a paragraph of pictures alone."""
        return block.kind == "paragraph" and self.facts(block).images > 0 and is_decoration(self.text(block))

    def is_prose(self, block: Block) -> bool:
        """Whether `block` is a paragraph with words."""
        return block.kind == "paragraph" and not is_decoration(self.text(block))


def _measure(block: Block) -> Facts:
    pieces: list[str] = []
    links = images = fragments = own = 0
    for inline in inlines_of([block]):
        if inline.kind == "link":
            if leads_out(inline.url):
                links += 1
            elif inline.url.startswith("#") or inline.url.startswith("./#"):
                fragments += 1
        elif inline.kind == "image":
            images += 1
    if block.inlines:
        own = links
        pieces.append(raw_text(block.inlines))
    elif block.kind == "entry":
        own = sum(_measure(child).links for child in block.children if child.kind not in {"list", "quote"})
    text = one_line(pieces[0]) if pieces else _deep_text(block)
    return Facts(text, len(text), links, own, images, fragments)


def _deep_text(block: Block) -> str:
    from digest.nodes import block_text

    return block_text(block)


def leads_out(url: str) -> bool:
    """Whether a link leads to a page: the web, or a page of the newsletter's own site."""
    return is_web(url) or (bool(url) and not url.startswith(("#", "./#", "mailto:", "tel:", "javascript:", "data:")))


def lines_of(block: Block) -> list[Block]:
    """A paragraph's lines as paragraphs of their own."""
    lines: list[list[Inline]] = [[]]
    for inline in block.inlines:
        if inline.kind in {"softbreak", "break"}:
            lines.append([])
        else:
            lines[-1].append(inline)
    if len(lines) == 1:
        return [block]
    out: list[Block] = []
    for number, line in enumerate(lines):
        at = min(block.first + number, block.last)
        if line:
            out.append(Block("paragraph", at, at, inlines=line))
    return out


def link_line(block: Block) -> tuple[Inline, bool] | None:
    """The link that a line consists of (decoration aside), and whether its text is generic ("Paper"); else None."""
    if block.kind != "paragraph":
        return None
    links = [inline for inline in walk(block.inlines) if inline.kind == "link" and leads_out(inline.url)]
    if not links or any(inline.kind == "image" for inline in walk(block.inlines)):
        return None
    text = raw_text(block.inlines).strip()
    names = [raw_text(link.children).strip() for link in links]
    rest = text
    for name in names:
        rest = rest.replace(name, " ", 1)
    generic = [is_generic(name) or name.startswith("http") for name in names]
    rest = rest.strip()
    if all(generic):
        words = rest.strip(" :：-–—>|·•,，.。()（）[]")
        if is_decoration(words) or (len(words) <= 40 and len(words.split()) <= 6 and not words.endswith((".", "。"))):
            return links[0], True
        return None
    if len(links) > 1 and not all(generic[1:]):
        return None
    if _LABELLED.fullmatch(text[: text.find(names[0])]) and is_decoration(text[text.find(names[0]) + len(names[0]) :]):
        return links[0], False
    found = leading_link(block.inlines)
    if found is None or found[0] is not links[0]:
        return None
    if is_decoration(rest) or (len(rest) <= _LINE_REST and split_lead(block.inlines)[0] != text):
        return links[0], False
    return None

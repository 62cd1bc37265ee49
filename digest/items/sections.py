"""The section tree of an issue: each heading with its blocks and sub-sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from digest.head.dates import opens_with_day
from digest.items import wording
from digest.items.titles import clean, is_decoration, is_generic
from digest.tree.nodes import Block, Inline, plain, raw_text

_FOLDED = 7  # heading level of a <summary> in <details>
_WITH_LABEL = 3  # inlines of a heading with a trailing label: words, link, bracket
_STRETCHES = 2  # stretches starting with a bold title from which bold lines are not headings
_PSEUDO_LENGTH = 120  # characters; a longer bold paragraph is emphasis, not a heading
_LINE_LENGTH = 3  # minimum characters of a drawn rule
_TIGHT_NUMBER = re.compile(r"\s*(\d{1,3})[.)]")
_COUNTED = re.compile(r"\s?\d{1,3}\s?[、．]\s?")
_TIGHT = re.compile(r"(#{1,6})(?:(?=[^\W\d_]|\d{1,2}\.|[\U0001f300-\U0001faff])|(?P<space>\xa0))")
_UNDERLINED_LENGTH = 160  # characters; a longer setext heading is a paragraph followed by a rule


@dataclass(slots=True)
class Section:
    """A heading (None for the issue itself) with its own blocks and its sub-sections.

    `role` is assigned by the rule named `rule`: "group" (contains items and names their section), "story" (is an item,
    with everything below it), "skip" (boilerplate, with everything below it), "through" (not part of section names).
    """

    heading: Block | None
    level: float
    title: str = ""
    blocks: list[Block] = field(default_factory=list[Block])
    tail: list[Block] = field(default_factory=list[Block])  # continues the parent section after this story
    aside: list[tuple[Block, str]] = field(default_factory=list[tuple[Block, str]])  # left out, each with its rule
    children: list[Section] = field(default_factory=list["Section"])
    role: str = ""
    rule: str = ""
    is_told_story: bool = False  # it has a story above its list, as most sections of its level do
    is_linked_story: bool = False  # its heading is a link with prose below, as in other stories

    def walk(self) -> Iterator[Section]:
        """Yield the section and its descendants, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def put_aside(self, block: Block, rule: str) -> None:
        """Leave out one of its blocks, by this rule."""
        self.blocks = [one for one in self.blocks if one is not block]
        self.aside.append((block, rule))

    def all_blocks(self) -> Iterator[Block]:
        """Yield the headings and blocks of this section and its descendants, in reading order."""
        if self.heading is not None:
            yield self.heading
        yield from self.blocks
        yield from self.tail
        for child in self.children:
            yield from child.all_blocks()

    def is_written(self) -> bool:
        """Whether it has content; an unwritten issue has headings alone."""
        return any(block.kind != "heading" for block in self.all_blocks()) or any(one.aside for one in self.walk())


def build(blocks: list[Block]) -> Section:
    """Return the section tree of `blocks`; bold paragraphs used as headings are headings."""
    root = Section(None, 0)
    stack = [root]
    blocks = _unfolded(blocks)
    bold = _bold_headings(blocks)
    for block in blocks:
        if block.kind == "close":
            while len(stack) > 1 and stack[-1].level >= _FOLDED:
                stack.pop()
            continue
        level = _level(block, stack, bold)
        if level is None:
            stack[-1].blocks.append(block)
            continue
        while stack[-1].level >= level:
            stack.pop()
        section = Section(block, level, clean(plain(_named(block.inlines))))
        stack[-1].children.append(section)
        stack.append(section)
    return root


def _unfolded(blocks: list[Block]) -> list[Block]:
    """Return the blocks with each <details> of nothing but code turned into a line and that code: it illustrates the
    story around it ("Output").
    """
    out: list[Block] = []
    is_exhibit = False
    for index, block in enumerate(blocks):
        if block.kind == "heading" and block.level == _FOLDED and _shows_code(blocks, index + 1):
            is_exhibit = True
            out.append(Block("paragraph", block.first, block.last, inlines=block.inlines))
        elif block.kind == "close" and is_exhibit:
            is_exhibit = False
        else:
            out.append(block)
    return out


def _shows_code(blocks: list[Block], start: int) -> bool:
    """Whether a <details> contains nothing but code from this index on."""
    end = next((at for at in range(start, len(blocks)) if blocks[at].kind != "code"), len(blocks))
    return start < end < len(blocks) and blocks[end].kind == "close"


def _named(inlines: list[Inline]) -> list[Inline]:
    """Return a heading's text without a trailing generic link ("Synapse ([website](…))")."""
    if len(inlines) >= _WITH_LABEL and inlines[-2].kind == "link" and inlines[-1].kind == "text":
        before, link, shut = inlines[-3:]
        is_label = before.text.endswith(" (") and shut.text.strip() == ")" and is_generic(raw_text(link.children))
        if is_label and not is_decoration(raw_text(inlines[:-3]) + before.text):
            return [*inlines[:-3], Inline("text", before.text[:-2])]
    return inlines


def _level(block: Block, stack: list[Section], bold: set[int]) -> float | None:
    if id(block) in bold:
        real = next((one.level for one in reversed(stack) if one.heading and one.heading.kind == "heading"), 0)
        return real + 0.05 if real >= _FOLDED else min(real or 6, 6) + 0.5  # no heading is below it
    if block.kind != "heading" or not plain(block.inlines):
        return None
    is_folded = _FOLDED in [section.level for section in stack] and block.level < _FOLDED
    return _FOLDED + block.level / 10 if is_folded else block.level  # it is below the <summary>


def _bold_headings(blocks: list[Block]) -> set[int]:
    """Return the ids of bold paragraphs that are headings: a short line by itself, with content below."""
    found: list[Block] = []
    ended: list[Block] = []  # bold lines that end like a sentence
    below: set[str] = set()  # first words of the content below those found
    captions = _captions(blocks)
    is_counted = False  # after a running number
    for above, block, following in zip([None, *blocks], blocks, blocks[1:], strict=False):
        is_counted = block.kind != "heading" and (is_counted or _is_counted(block))
        if is_counted and not _is_counted(following):
            continue
        if block.kind != "paragraph" or following.kind in {"heading", "rule"} or _is_dated(block, above):
            continue
        if id(block) in captions:
            continue
        if _is_bold_line(block.inlines):
            found.append(block)
            below.add(following.kind)
        elif following.kind == "list" and _is_bold_line(block.inlines, is_sentence=True):
            ended.append(block)
    if len(found) < 2 or _opens_stretches(blocks):
        return set()
    return set(map(id, found + ended if below == {"list"} else found))


def _is_counted(block: Block) -> bool:
    """Whether a paragraph starts with a running number and a link: a story up to the next number ("3、[Title](…)")."""
    kinds = [inline.kind for inline in block.inlines[:2]] if block.kind == "paragraph" else []
    return kinds == ["text", "link"] and _COUNTED.fullmatch(block.inlines[0].text) is not None


def _captions(blocks: list[Block]) -> set[int]:
    """Return the ids of captions: lines right below a picture that follows prose."""
    found: set[int] = set()
    for above, picture, line in zip(blocks, blocks[1:], blocks[2:], strict=False):
        tells = above.kind == "paragraph" and not _is_picture(above) and not _is_bold_line(above.inlines)
        if (tells or id(above) in found) and _is_picture(picture) and line.kind == "paragraph" and _is_stressed(line):
            found.add(id(line))
    return found


def _is_stressed(block: Block) -> bool:
    """Whether a line starts in bold that is not entirely a link."""
    return (
        bool(block.inlines)
        and block.inlines[0].kind == "strong"
        and {"link"} != {one.kind for one in block.inlines[0].children}
    )


def _is_picture(block: Block) -> bool:
    """Whether a paragraph consists of pictures without links."""
    return (
        block.kind == "paragraph"
        and any(one.kind == "image" for one in block.inlines)
        and all(inline.kind in {"image", "softbreak"} or _is_mark(inline) for inline in block.inlines)
    )


def _is_dated(block: Block, above: Block | None) -> bool:
    """Whether a line right below a heading is the date of an event."""
    return above is not None and above.kind == "heading" and opens_with_day(raw_text(block.inlines))


def _opens_stretches(blocks: list[Block]) -> bool:
    """Whether an issue without headings has several stretches between rules that start with a bold title and text."""
    opened = 0
    for block, following in pairwise(blocks):
        if block.kind == "heading":
            return False
        is_opening = block.kind == "rule" and following.kind == "paragraph" and following.inlines
        if is_opening and following.inlines[0].kind == "strong":
            opened += bool(raw_text(following.inlines[1:]).strip())
    return opened >= _STRETCHES


def _is_bold_line(inlines: list[Inline], *, is_sentence: bool = False) -> bool:
    strong = 0
    for inline in inlines:
        if _is_strong(inline):
            strong += 1
        elif not _is_mark(inline):
            return False
    if strong != 1:
        return False
    text = raw_text(inlines).strip()
    if not 0 < len(text) <= _PSEUDO_LENGTH or "\n" in text or wording.is_plea(text):
        return False
    return (is_sentence or text[-1] not in ".。!！;；,，") and not re.match(r"^\s*[(（]?\d{1,3}\s*[、]", text)


def _is_mark(inline: Inline) -> bool:
    return inline.kind == "text" and is_decoration(inline.text)


def _is_strong(inline: Inline) -> bool:
    if inline.kind == "text":
        return False
    if inline.kind in {"link", "emph"}:
        return len(inline.children) == 1 and inline.children[0].kind == "strong"
    return inline.kind == "strong"


def mend_underlined(blocks: list[Block]) -> list[Block]:
    """Turn text that looks like a heading or a rule into one, and undo misparsed ones.

    A paragraph that Markdown parses as a setext heading because of the rule right below it is a paragraph and a rule.
    """
    tight = _tight_headings(blocks)
    out: list[Block] = []
    for index, block in enumerate(blocks):
        if block.kind == "heading" and _is_underlined_text(block):
            out.append(Block("paragraph", block.first, block.last - 1, inlines=block.inlines))
            out.append(Block("rule", block.last, block.last))
        elif block.kind == "paragraph":
            out.append(_mended(block, tight.get(id(block), 0)))
        elif _is_underlined_entry(block, blocks, index):
            entry = block.children[0].children[0]
            out.append(Block("heading", block.first, block.last + 1, level=2, inlines=entry.inlines))
        elif block.kind != "rule" or not index or not _is_underlined_entry(blocks[index - 1], blocks, index - 1):
            out.append(block)
    return out


def _is_underlined_text(block: Block) -> bool:
    """Whether a heading is really a paragraph with a rule right below it."""
    if block.last == block.first:
        return False
    text = raw_text(block.inlines).strip()
    return len(text) > _UNDERLINED_LENGTH or "\n" in text or wording.is_plea(text)


def _mended(block: Block, level: int) -> Block:
    """Return the heading or rule that a paragraph was meant to be, else the paragraph."""
    if level:
        return Block("heading", block.first, block.last, level=level, inlines=_without_marks(block.inlines))
    if _is_line(block.inlines):
        return Block("rule", block.first, block.last)
    return _tight_entry(block) or block


def _tight_entry(block: Block) -> Block | None:
    """Return the numbered list that a paragraph without spaces after its numbers was meant to be ("10.[Title](…)")."""
    kinds = [inline.kind for inline in block.inlines[:2]]
    number = _TIGHT_NUMBER.fullmatch(block.inlines[0].text) if kinds == ["text", "link"] else None
    if number is None:
        return None
    line = Block("paragraph", block.first, block.last, inlines=block.inlines[1:])
    entry = Block("entry", block.first, block.last, children=[line])
    return Block("list", block.first, block.last, ordered=True, start=int(number[1]), children=[entry])


def _is_line(inlines: list[Inline]) -> bool:
    """Whether a paragraph is a rule drawn with other characters ("#########", "~ ~ ~")."""
    if not inlines or inlines[0].text[:1].isalnum():  # most paragraphs
        return False
    if any(inline.kind not in {"text", "strong", "emph", "strike"} for inline in inlines):
        return False
    text = "".join(raw_text(inlines).split())
    return len(text) >= _LINE_LENGTH and is_decoration(text) and len(set(text)) <= 2


def _tight_headings(blocks: list[Block]) -> dict[int, int]:
    """Return the levels of headings without a space after their marks, or with a non-breaking one ("#News"), by the
    paragraphs' ids.
    """
    found = {id(block): marks for block in blocks if block.kind == "paragraph" and (marks := _marks(block.inlines))}
    # a single one may be a hash tag
    is_tag = sum(marks == "#" for marks in found.values()) == 1
    return {key: len(marks.strip()) for key, marks in found.items() if not is_tag or marks != "#"}


def _marks(inlines: list[Inline]) -> str:
    """Return the marks at the start of a line that can be a heading, with a non-breaking space after them; else ""."""
    is_marked = inlines and inlines[0].kind == "text" and inlines[0].text[:1] == "#"
    match = _TIGHT.match(inlines[0].text) if is_marked else None
    if match is None:
        return ""
    text = raw_text(inlines)
    return match[0] if "\n" not in text and len(text) <= _PSEUDO_LENGTH and " #" not in text else ""


def _without_marks(inlines: list[Inline]) -> list[Inline]:
    return [Inline("text", inlines[0].text.lstrip("#")), *inlines[1:]]


def _is_underlined_entry(block: Block, blocks: list[Block], index: int) -> bool:
    """Whether a list of one entry is an underlined numbered title ("1. Title", then "-----")."""
    below = blocks[index + 1 : index + 2]
    if block.kind != "list" or not block.ordered or block.last != block.first or len(block.children) != 1:
        return False
    if not below or below[0].kind != "rule" or below[0].first != block.last + 1:
        return False
    lines = block.children[0].children
    return [line.kind for line in lines] == ["paragraph"] and len(raw_text(lines[0].inlines)) <= _PSEUDO_LENGTH


def count_words(title: str) -> float:
    """Return the number of words of a title; two Chinese or Japanese characters count as one."""
    wide = sum("\u2e80" <= char <= "\ud7a3" for char in title)
    return wide / 2 + len([word for word in title.split() if word[0] < "\u2e80" and not is_decoration(word)])

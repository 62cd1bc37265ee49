"""Content that recurs from section to section: it belongs to the newsletter, not to a story."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from digest.items.block_facts import View
from digest.items.places import is_linked
from digest.items.sections import Section
from digest.items.titles import is_decoration
from digest.tree.nodes import Block, Inline, links_of, raw_text
from digest.tree.urls import parts_of

_LABELLED = re.compile(r"\W*([^\s:：][^:：]{0,24}?)\s*[:：]")  # an entry that starts with a label
_LONGEST_LABEL = 30  # characters
_SAME_LABELS = 0.6  # share of a list's labels that occur in others from which the list recurs
_LONGEST_CREDIT = 160  # maximum characters of a line of credits
_RETURNS = 3  # sections with a line of the same form from which it is boilerplate
_FRAME_WORDS = 2  # first and last words by which such a line is recognised
_LONGEST_LINE = 12  # maximum words of it
_FIRST_WORDS = 2  # first words by which a line of credits is recognised


def set_aside(root: Section, view: View) -> None:
    """Remove recurring content from the sections: lists of credits and archives, bylines."""
    sections = [section for section in root.walk() if section.heading is not None and section.blocks]
    _lists(sections, view)
    _credits(sections, view)
    view.nothing = _nothing_lines(sections, view)
    view.sources = _source_names(sections, view)


# -- lists


def _lists(sections: list[Section], view: View) -> None:
    """Leave out a list beside another one, if its labels recur in another section."""
    found = [(section, block, labels) for section in sections for block, labels in _labelled_lists(section, view)]
    places = {(id(section), label) for section, _, labels in found for label in labels}
    counts = Counter(label for _, label in places)
    for section, block, labels in found:
        if sum(counts[label] > 1 for label in labels) >= _SAME_LABELS * len(labels):
            section.put_aside(block, "recurring-list")


def _labelled_lists(section: Section, view: View) -> Iterator[tuple[Block, frozenset[str]]]:
    """Yield the lists after a section's first one whose entries start with labels, with these labels."""
    lists = [block for block in section.blocks if block.kind == "list"]
    for block in lists[1:]:
        labels = [_label(view.text(entry)) for entry in block.children]
        if len(labels) > 1 and all(labels):
            yield block, frozenset(labels)


def _label(text: str) -> str:
    """Return the key by which an entry is recognised: its label, or all of it if it is short."""
    found = _LABELLED.match(text)
    if found:
        return found[1].casefold()
    return text.casefold() if len(text) <= _LONGEST_LABEL else ""


# -- credits


def _credits(sections: list[Section], view: View) -> None:
    """Leave out the first and last line of sections if they start alike and otherwise only name people."""
    found = [one for section in sections for one in _credits_of(section, view)]
    counts = Counter(opening for _, _, opening in found)
    for section, block, opening in found:
        if counts[opening] > 1:
            section.put_aside(block, "credit")


def _credits_of(section: Section, view: View) -> Iterator[tuple[Section, Block, str]]:
    """Yield the first and last line of a section that can be credits, each with its first words."""
    ends = {id(block): block for block in (section.blocks[0], section.blocks[-1])}
    for block in ends.values():
        opening = _opening_of_credit(block, view)
        is_beside = is_linked(section) or any(view.links(one) for one in section.blocks if one is not block)
        if opening and is_beside:
            yield section, block, opening


def _opening_of_credit(block: Block, view: View) -> str:
    """Return the first words of a line that otherwise only names people; "" for any other line."""
    if block.kind != "paragraph" or not view.links(block) or len(view.text(block)) > _LONGEST_CREDIT:
        return ""
    links = list(links_of(block.inlines))
    if not all(map(is_account, links)):
        return ""
    text = raw_text(block.inlines)
    before, _, _ = text.partition(raw_text(links[0].children))
    words = re.findall(r"[^\W\d_]+", before.casefold())
    rest = text[len(before) :]
    for link in links:
        rest = rest.replace(raw_text(link.children), "", 1)
    return " ".join(words[:_FIRST_WORDS]) if words and len(re.findall(r"\w+", rest)) <= len(links) else ""


def is_account(link: Inline) -> bool:
    """Whether a link leads to a person: named "@ann", or like the only segment of its URL's path."""
    name = raw_text(link.children).strip()
    path = parts_of(link.url).path.strip("/") if "://" in link.url else ""
    return name.startswith("@") or (bool(name) and path.lstrip("@").casefold() == name.casefold())


# -- lines


def _nothing_lines(sections: list[Section], view: View) -> frozenset[str]:
    """Return the short lines that start and end alike in several sections without links ("No boats this week.")."""
    found = [
        (section, block, frame)
        for section in sections
        if not _leads_somewhere(section, view)
        for block in section.blocks
        if (frame := _frame(block, view))
    ]
    places = Counter(frame for _, frame in {(id(section), frame) for section, _, frame in found})
    return frozenset(view.text(block) for _, block, frame in found if places[frame] >= _RETURNS)


def _leads_somewhere(section: Section, view: View) -> bool:
    """Whether a section has a story's link: in its heading, or outside of calls to action."""
    return is_linked(section) or any(view.links(block) and not view.is_plea(block) for block in section.blocks)


def _frame(block: Block, view: View) -> tuple[str, ...]:
    """Return the first and last words of a paragraph of one line, () for other blocks."""
    if block.kind not in {"paragraph", "list"} or len(block.children) > 1 or view.links(block):
        return ()
    if view.facts(block).chars > _LONGEST_CREDIT:
        return ()
    words = re.findall(r"\w+", view.text(block).casefold())
    return (*words[:_FRAME_WORDS], *words[-_FRAME_WORDS:]) if 2 * _FRAME_WORDS <= len(words) <= _LONGEST_LINE else ()


# -- names of sources


def _source_names(sections: list[Section], view: View) -> frozenset[str]:
    """Return, in lower case, the texts of links that are alone in an entry and recur with another URL."""
    places: dict[str, set[str]] = {}
    for section in sections:
        for block in section.blocks:
            for entry in block.children if block.kind == "list" else []:
                text = view.text(entry)
                if len(text) <= _LONGEST_LABEL and view.links(entry) == 1 and not is_decoration(text):
                    places.setdefault(text.casefold(), set()).add(view.facts(entry).urls[0])
    return frozenset(name for name, urls in places.items() if len(urls) > 1)

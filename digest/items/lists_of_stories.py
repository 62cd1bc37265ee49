"""Lists that belong to the story beside them, so their entries are not stories."""

from __future__ import annotations

from itertools import pairwise

from digest.items import wording
from digest.items.block_facts import View
from digest.items.leads import is_source
from digest.items.sentences import count_sentences
from digest.items.titles import is_generic
from digest.tree.nodes import Block, raw_text

_FEW_ENTRIES = 6  # maximum entries of a list within a story
_SOURCE = 12  # maximum characters of a generic entry ("commit")
_SOURCES = 2
_BROKEN_OFF = 120  # minimum characters of an unfinished sentence; shorter lines without punctuation are labels


def is_of_story(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether a list belongs to the story beside it."""
    return (
        _names_sources(blocks, entries, view)
        or _goes_on_with_sentence(blocks, view)
        or _has_own_link(blocks, entries, view)
        or _names_whom_it_tells_of(blocks, entries, view)
        or _is_told_around(blocks, entries, view)
    )


def _names_sources(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether the entries are generic links of a story, or most of them are and there is prose beside them."""
    sources = sum(is_source(entry, view) for entry in entries)
    if sources == len(entries):
        return True
    words = sum(view.facts(entry).chars <= _SOURCE and view.links(entry) == 1 for entry in entries)
    are_mostly = sources >= _SOURCES and 2 * sources >= len(entries)
    return (are_mostly or (sources > 0 and words == len(entries))) and any(map(view.is_prose, blocks))


def _has_own_link(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether a single paragraph above a short list ends in a generic link ("[Read it](…)")."""
    if len(entries) > _FEW_ENTRIES or not blocks[0].inlines or any(block.kind != "list" for block in blocks[1:]):
        return False
    last = blocks[0].inlines[-1]
    name = raw_text(last.children) if last.kind == "link" else ""
    is_prose = view.is_prose(blocks[0]) and view.link_line(blocks[0]) is None
    return is_prose and bool(name) and is_generic(name) and not wording.announces(view.text(blocks[0]))


def _names_whom_it_tells_of(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether a single paragraph with links, longer than the list, ends in a colon above a few bare links."""
    if len(blocks) != 2 or blocks[1].kind != "list" or len(entries) > _FEW_ENTRIES or not view.is_prose(blocks[0]):
        return False
    facts = view.facts(blocks[0])
    is_longer = facts.chars > 1.5 * view.size(entries)
    is_told = facts.links > 1 and facts.text[-1] in ":：" and count_sentences(facts.text) > 1
    return is_longer and is_told and all(_is_only_link(entry, view) for entry in entries)


def _is_only_link(entry: Block, view: View) -> bool:
    link = view.leading_link(entry)
    return link is not None and len(raw_text(link.children).strip()) == view.facts(entry).chars


def _goes_on_with_sentence(blocks: list[Block], view: View) -> bool:
    """Whether a list continues the sentence above it: that is unfinished, or entries end in a comma or semicolon."""
    return any(
        block.kind == "list" and view.is_prose(above) and _goes_on(view.text(above), block, view)
        for above, block in pairwise(blocks)
    )


def _goes_on(text: str, block: Block, view: View) -> bool:
    if text[-1] in ":：?？":
        return _are_clauses(block, view)
    return text[-1].isalpha() and len(text) > _BROKEN_OFF and text[-1] < "\u2e80"


def _are_clauses(block: Block, view: View) -> bool:
    texts = [view.text(entry) for entry in block.children]
    if len(texts) < 2 or any(text[:1].isupper() for text in texts):
        return False
    return all(text.endswith((",", ";", "，", "；", "、")) for text in texts[:-1])


def _is_told_around(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether a single list is inside a story: prose with links (for a single link, any prose) introduces it, and more
    prose follows.
    """
    places = [index for index, block in enumerate(blocks) if block.kind == "list"]
    if len(places) != 1 or len(entries) > _FEW_ENTRIES or any(block.kind == "rule" for block in blocks):
        return False
    before, after = view.prose(blocks[: places[0]]), view.prose(blocks[places[0] + 1 :])
    told = view.size((*before, *after))
    if not after or told <= 1.5 * view.size(entries):
        return False
    is_source = len(entries) == 1 and _is_only_link(entries[0], view)
    return any(map(view.links, before)) or (bool(before) and is_source)

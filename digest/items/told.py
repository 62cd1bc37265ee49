"""Headings that are stories because of the content below them and below most headings of their level."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import chain, pairwise

from digest.items import wording
from digest.items.block_facts import View
from digest.items.grouping import entries_of
from digest.items.parts import items_of
from digest.items.places import is_linked
from digest.items.rules_body import split_body
from digest.items.sections import Section, count_words
from digest.items.sentences import sentence_starts
from digest.tree.nodes import Block

_LISTS = {"list", "table"}
_LISTED = 3  # minimum entries of a list that a section announces
_LINKED_STORIES = 2  # linked headings with prose below from which such headings are stories
_TOLD = 3  # sections of one level that start with prose from which they are classified together
_BOLD_STORIES = 3  # paragraphs with a bold title from which these are stories in any context
_INTRODUCTION = 240  # maximum characters of an introduction
_SEVERAL = 2  # minimum lists that are introduced by a sentence
_SENTENCE_WORDS = 5  # minimum words of a sentence above a list; a shorter line is a label
_FIELDS = 3  # common fields from which lists below several headings describe what the headings name
_FIELD = re.compile(r"([^:：]{1,30})[:：](?!//)")
_SEVERAL_TAILS = 3  # sections ending in a list of links from which such lists belong to the sections
_MOST = 0.6  # share of the sections that start with prose


def part_at_lines(root: Section, view: View) -> None:
    """Let a list of links after a rule continue the section above a story with a bold title.

    The rule marks the end of the story; the list contains others.
    """
    for one in _leaves(root):
        if one.heading is None or one.heading.kind != "paragraph":
            continue
        place = next((at for at, block in enumerate(one.blocks) if block.kind == "rule"), 0)
        below = one.blocks[place + 1 :] if place and any(map(view.is_prose, one.blocks)) else []
        if below and below[0].kind == "list" and _is_list_of_stories(below, view):
            one.tail, one.blocks = below, one.blocks[:place]


def hand_pictures_down(root: Section, view: View) -> None:
    """Attach a picture after a rule to the heading right below it, if most headings of a level have one there, or if
    both link to the same page.
    """
    sections = [section for section in root.walk() if section.blocks or section.heading is not None]
    above = [(one, two) for one, two in pairwise(sections) if _ends_in_picture(one, view)]
    counts = Counter(two.level for _, two in above)
    levels = Counter(one.level for one in sections)
    for one, two in above:
        is_usual = counts[two.level] >= _SEVERAL and counts[two.level] >= _MOST * (levels[two.level] - 1)
        if is_usual or _lead_alike(one.blocks[-1], two.heading, view):
            two.blocks.insert(0, one.blocks.pop())


def _ends_in_picture(section: Section, view: View) -> bool:
    """Whether a section ends with a picture after a rule, or consists of a picture."""
    if not section.blocks or not view.is_picture(section.blocks[-1]):
        return False
    return len(section.blocks) == 1 or section.blocks[-2].kind == "rule"


def _lead_alike(block: Block, heading: Block | None, view: View) -> bool:
    own = view.facts(heading).urls if heading is not None else []
    return bool(own) and view.facts(block).urls == own


def _is_list_of_stories(blocks: list[Block], view: View) -> bool:
    found = split_body(blocks, view)
    return found is not None and found[0] == "list-of-links" and len(found[1]) >= _LISTED


def find_linked_stories(root: Section, view: View) -> None:
    """Mark linked headings as stories if most of them have prose below, even with a list of links after it.

    The list belongs to the story, unless only the last stories of their sections have one: then it continues the
    section.
    """
    told = [one for one in _leaves(root) if _is_told(one.blocks, view)]
    leads = Counter(url for one in root.walk() for url in set(_own_links(one, view)))
    linked = [one for one in told if is_linked(one) and _leads_elsewhere(one, leads, view)]
    announced = [one for one in linked if _announces_list(one, view)]
    if 2 * len(announced) <= len(linked):  # if only some headings have such pages, they belong to these headings
        announced = [one for one in announced if not _lists_own_pages(one, view)]
    no_stories = set(map(id, announced))
    linked = [one for one in linked if id(one) not in no_stories]
    tails = {id(one): tail for one in linked if (tail := _links_below(one, view))}
    if len(linked) < max(_LINKED_STORIES, _MOST * len(told)) or 2 * len(tails) > len(linked):
        return
    goes_on = {id(one.children[-1]) for one in root.walk() if one.children}.issuperset(tails)
    for one in linked:
        one.is_linked_story = True
        if goes_on and id(one) in tails:
            one.tail = tails[id(one)]
            one.blocks = one.blocks[: -len(one.tail)]


def part_at_last_lists(root: Section, view: View) -> None:
    """Let the list below a section's last story continue the section, if several sections end in one and none of the
    earlier stories has one.
    """
    parents = [one for one in root.walk() if one.children and not any(child.children for child in one.children)]
    tails = {id(one.children[-1]): tail for one in parents if (tail := _links_below(one.children[-1], view))}
    if len(tails) < _SEVERAL_TAILS:
        return
    others = [child for one in parents if id(one.children[-1]) in tails for child in one.children[:-1]]
    if len(others) < len(tails) or any(block.kind == "list" for one in others for block in one.blocks):
        return
    for one in (parent.children[-1] for parent in parents):
        if id(one) in tails and not one.tail:
            one.tail = tails[id(one)]
            one.blocks = one.blocks[: -len(one.tail)]


def _leads_elsewhere(section: Section, leads: Counter[str], view: View) -> bool:
    """Whether a heading has a link of its own; a page that several headings link to is not a story's."""
    return any(leads[url] == 1 for url in _own_links(section, view))


def _own_links(section: Section, view: View) -> list[str]:
    return view.facts(section.heading).urls if section.heading is not None else []


def _announces_list(section: Section, view: View) -> bool:
    """Whether prose below a heading announces a list of named links right below it."""
    place = next((index for index, block in enumerate(section.blocks) if block.kind == "list"), 0)
    entries = section.blocks[place].children if place else []
    if sum(view.leading_link(entry) is not None for entry in entries) < max(_LISTED, len(entries)):
        return False
    return wording.announces(view.text(section.blocks[place - 1]))


def _lists_own_pages(section: Section, view: View) -> bool:
    """Whether each link of a section's first list leads to a page below the heading's link."""
    block = next(one for one in section.blocks if one.kind == "list")
    own = next(iter(_own_links(section, view)), "")
    return own != "" and all(url.startswith(own) for url in view.facts(block).urls)


def _leaves(root: Section) -> list[Section]:
    """Return the sections without sub-headings."""
    return [one for one in root.walk() if one is not root and not one.children]


def find_told_stories(root: Section, view: View) -> None:
    """Mark sections that start with prose as stories, with or without lists, if most of their level are.

    A line without a link that only introduces its list does not count.
    """
    if view.is_digest:
        return
    levels: dict[float, list[Section]] = {}
    for one in filter(_is_leaf, root.walk()):
        levels.setdefault(one.level, []).append(one)
    for leaves in levels.values():
        several = [one for one in leaves if split_body(one.blocks, view) is not None]
        lists = [one for one in several if not _is_lone_link(one, view)]
        for one in several if len(leaves) - len(lists) >= max(_TOLD, _MOST * len(leaves)) else []:
            tells = _tells_above_list(one.blocks, view) or _tells_of_each_list(one.blocks, view)
            is_told = _is_told(one.blocks, view) and (tells or _holds_few_lines(one, view))
            one.is_told_story = _is_lone_link(one, view) or (is_told and not _opens_by_name(one, view))


def _is_lone_link(section: Section, view: View) -> bool:
    """Whether a section is a single paragraph that starts with its named link."""
    found = split_body(section.blocks, view)
    return found is not None and found[0] == "link-leads" and len(found[1]) == 1


def _holds_few_lines(section: Section, view: View) -> bool:
    """Whether a section is one or two paragraphs that are named links or start with one."""
    found = split_body(section.blocks, view)
    return found is not None and found[0] == "link-lines" and len(list(items_of(found[1]))) < _TOLD


def _opens_by_name(section: Section, view: View) -> bool:
    """Whether several paragraphs of a section each start with a bold title."""
    found = split_body(section.blocks, view)
    return found is not None and found[0] == "bold-leads" and sum(p.kind == "item" for p in found[1]) >= _BOLD_STORIES


def find_addressed_stories(root: Section, view: View) -> None:
    """Mark headings as stories if several of their level have nothing below but the same few bare URLs ("the page,
    the discussion"), and the others at most one.
    """
    levels: dict[float, list[Section]] = {}
    for one in filter(_is_leaf, root.walk()):
        levels.setdefault(one.level, []).append(one)
    for leaves in levels.values():
        counts = Counter(map(partial(_count_addresses, view=view), leaves))
        several = [count for count in counts if count > 1]
        if len(several) == 1 and counts[several[0]] >= _TOLD:
            for one in leaves:
                one.is_told_story = _count_addresses(one, view) > 0


def _count_addresses(section: Section, view: View) -> int:
    """Return the number of bare URLs that a section consists of, 0 if it has other content."""
    lines = [line for line in view.units(section.blocks) if line.kind != "rule"]
    are_addresses = all(view.text(line).startswith("http") and view.is_generic_line(line) for line in lines)
    return len(lines) if are_addresses else 0


def find_labelled_stories(root: Section, view: View) -> None:
    """Mark headings as stories if most of their level have a list of the same fields below ("Licence: …").

    A field with the same value everywhere is boilerplate ("Subscribe: …").
    """
    levels: dict[float, list[Section]] = {}
    for one in filter(_is_leaf, root.walk()):
        levels.setdefault(one.level, []).append(one)
    for leaves in levels.values():
        fields = [_fields(one, view) for one in leaves]
        shared = _shared_fields(fields, least=max(_TOLD, _MOST * len(leaves)))
        for one, known in zip(leaves, fields, strict=True) if len(shared) >= _FIELDS else ():
            is_described = sum(name in shared for name, _ in known) > _MOST * _count_entries(one)
            one.is_told_story = one.is_told_story or is_described


def _shared_fields(sections: Sequence[Sequence[tuple[str, str]]], least: float) -> set[str]:
    """Return the fields that at least `least` sections have, with different values."""
    counts = Counter(name for fields in sections for name in dict(fields))
    texts = Counter(name for name, _ in set(chain.from_iterable(sections)))
    return {name for name, times in counts.items() if times >= least and texts[name] > 1}


def _fields(section: Section, view: View) -> list[tuple[str, str]]:
    """Return the fields of a section's entries (the text before the colon), with their values."""
    found = [(_FIELD.match(text), text) for text in map(view.text, entries_of(section.blocks))]
    return [(match[1].strip().casefold(), text) for match, text in found if match is not None]


def _count_entries(section: Section) -> int:
    return len(entries_of(section.blocks))


def _is_leaf(one: Section) -> bool:
    return one.heading is not None and bool(one.blocks) and not one.children and one.role != "through"


def _tells_above_list(blocks: list[Block], view: View) -> bool:
    """Whether a section has a story above its first list or table: a line with its link, or enough prose."""
    place = next((index for index, block in enumerate(blocks) if block.kind in _LISTS), 0)
    above = [block for block in blocks[:place] if not view.is_plea(block)]
    if any(map(view.is_generic_line, above[:1])):
        return True
    told = [block for block in above if not wording.announces(view.text(block))]
    said, listed = view.size(told), view.size(filter(_is_list, blocks[place:]))
    if 2 * (said or _before_announcing(above, view)) <= listed:
        return False
    return not said or said > min(_INTRODUCTION, listed) or any(map(view.links, told))


def _tells_of_each_list(blocks: list[Block], view: View) -> bool:
    """Whether a section has several lists, each after a sentence that ends in a colon."""
    above = [over for over, block in pairwise(blocks) if block.kind == "list"]
    texts = [view.text(block) for block in above if view.is_prose(block)]
    if len(texts) < max(_SEVERAL, sum(map(_is_list, blocks))):
        return False
    return all(text[-1:] in (":", "：") and count_words(text) >= _SENTENCE_WORDS for text in texts)


def _before_announcing(blocks: list[Block], view: View) -> int:
    """Return the number of characters before the last sentence of a single paragraph, which announces a list."""
    text = view.text(blocks[0]) if len(blocks) == 1 else ""
    return sentence_starts(text)[-1] if text[-1:] in (":", "：") else 0


def _is_list(block: Block) -> bool:
    return block.kind in _LISTS


def _is_told(blocks: list[Block], view: View) -> bool:
    """Whether a section starts with prose."""
    first = next((block for block in blocks if view.text(block)), None)
    return first is not None and view.is_prose(first) and not view.is_plea(first)


def _links_below(section: Section, view: View) -> list[Block]:
    """Return the blocks of a section from its first list on if that is a list of external links, else none."""
    blocks = section.blocks
    place = next((index for index, block in enumerate(blocks) if block.kind == "list"), 0)
    leads_away = place and view.links(blocks[place]) and not _lists_own_pages(section, view)
    tail = blocks[place:] if leads_away else []
    found = split_body(tail, view) if tail else None
    return tail if found is not None and found[0] == "list-of-links" else []

"""Rules for sub-headings that are aspects of a story instead of stories of their own."""

from __future__ import annotations

from digest.items import wording
from digest.items.block_facts import View
from digest.items.places import Place, addresses, announces, is_linked, letters, lone_label, shown_blocks
from digest.items.rules_body import split_body
from digest.items.sections import Section
from digest.items.titles import is_decoration, is_numbered
from digest.tree.nodes import Block

_PROSE = 120  # characters of its own prose from which a heading with sub-headings is a story itself
_STORIES = 4  # headings of one level from which the only deeper heading is an aside
_FEW = 4  # maximum paragraphs above it
_ESSAY = 400  # characters from which it is an essay, if they are half as many as below its sub-headings


def facets_of_heading(place: Place, view: View) -> str | None:
    """Keep sub-headings in a story whose heading has its link, or has only a byline or source right below."""
    if not place.section.children:
        return None
    keeps = _is_linked_story(place, view) or _is_byline(place, view) or _names_source(place.section, view)
    return "story" if keeps else None


def facets(place: Place, view: View) -> str | None:
    """Recognise sub-headings that are aspects of the heading's story, not stories of their own."""
    section = place.section
    if not section.children:
        return None
    own = _own_words(section, view)
    prose = view.size(block for block in own if not announces(block, view))
    if (prose and _are_plain_parts(section, view)) or _are_labels(section, view) or _is_aside(place, own, view):
        return "story"
    if split_body(section.blocks, view) is not None:
        return None
    named = sum(_is_facet(child, place) for child in section.children)
    if named == len(section.children) and named + bool(prose) > 1:
        return "story" if prose >= _PROSE or 2 * _count_lists(section, view) <= named else None
    return "story" if prose >= _PROSE and _has_sides(section, own, view, prose=prose, named=named) else None


def _own_words(section: Section, view: View) -> list[Block]:
    return [block for block in shown_blocks(section, view) if not is_decoration(view.text(block))]


def _is_facet(section: Section, place: Place) -> bool:
    """Whether a heading names an aspect of a story: by its words, or because it recurs below other headings."""
    return wording.is_whole(wording.FACET_TITLE, section.title) or place.issue.returning[letters(section.title)] > 1


def _has_sides(section: Section, own: list[Block], view: View, *, prose: int, named: int) -> bool:
    """Whether most sub-headings name aspects of a story, or the story is above them."""
    return 2 * named >= len(section.children) or _tells_itself(section, own, prose, view)


def _count_lists(section: Section, view: View) -> int:
    """Return the number of sub-headings with several stories."""
    return sum(split_body(child.blocks, view) is not None for child in section.children)


def _tells_itself(section: Section, own: list[Block], prose: int, view: View) -> bool:
    """Whether a heading's own prose is the story: an essay, or prose with numbered parts or few links below."""
    if sum(_holds_several(child, view) for child in section.children) > 0.34 * len(section.children):
        return False
    if sum(bool(addresses(child, view)) for child in section.children) <= 0.4 * len(section.children):
        return True
    if prose > 2 * _PROSE and all(is_numbered(_heading_text(child, view)) for child in section.children):
        return True
    below = sum(view.size(child.all_blocks()) for child in section.children)
    return prose >= max(_ESSAY, 0.5 * below) and sum(map(view.is_prose, own)) >= 3


def _holds_several(section: Section, view: View) -> bool:
    return bool(section.children) or split_body(section.blocks, view) is not None


def _is_linked_story(place: Place, view: View) -> bool:
    """Whether a heading is a link, like others of its level, and its sub-headings are no links and list none."""
    section = place.section
    is_usual = is_linked(section) and place.issue.linked_levels[section.level] > 1
    if not is_usual or any(map(is_linked, section.children)):
        return False
    lists = [block for child in section.children for block in child.all_blocks() if block.kind == "list"]
    entries = [entry for block in lists for entry in block.children]
    return 2 * sum(view.leading_link(entry) is not None for entry in entries) <= len(entries)


def _names_source(section: Section, view: View) -> bool:
    """Whether the only sub-heading follows the prose of a story, is a link and has no content."""
    if len(section.children) != 1 or not view.prose(section.blocks):
        return False
    child = section.children[0]
    return is_linked(child) and not child.children and not shown_blocks(child, view)


def _is_byline(place: Place, view: View) -> bool:
    """Whether the only sub-heading is right below its heading and is a field that others have too ("Author: Ann")."""
    label = lone_label(place.section, view)
    return bool(label) and place.issue.labels[label] > 1


def _are_plain_parts(section: Section, view: View) -> bool:
    """Whether the sub-headings are bold lines without links below ("Duties", "Pay")."""
    return all(
        child.heading is not None and child.heading.kind == "paragraph" and not addresses(child, view)
        for child in section.children
    )


def _are_labels(section: Section, view: View) -> bool:
    """Whether the sub-headings are bold lines ending in a colon, without several stories below ("Agenda:")."""
    return all(
        child.heading is not None
        and child.heading.kind == "paragraph"
        and view.text(child.heading)[-1:] in (":", "：")
        and not _holds_several(child, view)
        for child in section.children
    )


def _is_aside(place: Place, own: list[Block], view: View) -> bool:
    """Whether the only sub-heading of its level follows prose, and the issue's stories are one level above."""
    section, levels = place.section, place.issue.levels
    if len(section.children) != 1 or len(own) > _FEW or not all(map(view.is_prose, own)):
        return False
    child = section.children[0]
    is_only = levels[child.level] == 1 and levels[section.level] >= _STORIES and child.level == section.level + 1
    return is_only and view.size(own) >= _PROSE and not is_linked(child) and not _holds_several(child, view)


def _heading_text(section: Section, view: View) -> str:
    return view.text(section.heading) if section.heading is not None else ""

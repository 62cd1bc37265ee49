"""Rules for stories below a bullet that is nothing but a link."""

from __future__ import annotations

from itertools import chain, pairwise

from digest.items.block_facts import View
from digest.items.entries import entry_item
from digest.items.grouping import groups
from digest.items.leads import is_bold_lead
from digest.items.parts import Part, attach, left_out
from digest.items.rules_lines import by_leads
from digest.items.rules_lists import is_nothing
from digest.tree.nodes import Block

_TOLD = 100  # minimum average characters of an entry with a bold title
_TEXT = {"paragraph", "quote", "code"}
_MOST = 0.75  # minimum share of such lists, or of a section's text that is in its entries
_BULLETS = 2  # lists of a single named link above text from which these are headlines


def bulleted_links(blocks: list[Block], view: View) -> list[Part] | None:
    """Take lists of a single entry as headlines of items, if most of them are a named link above text."""
    shown = [block for block in blocks if block.kind != "rule"]
    heads = {id(block): block.children[0].children for block in shown if _is_bullet(block, view)}
    told = [block for block, below in pairwise(shown) if id(block) in heads and below.kind in _TEXT]
    named = sum(view.is_named_line(heads[id(block)][0]) for block in told)
    lists = sum(block.kind == "list" for block in shown)
    if named < max(_BULLETS, _MOST * lists) or len(heads) < lists or id(shown[0]) not in heads:
        return None
    units = list(chain.from_iterable(heads.get(id(block), [block]) for block in blocks))
    return by_leads(units, {id(lines[0]) for lines in heads.values()}, "bulleted-link", view)


def bold_entries(blocks: list[Block], view: View) -> list[Part] | None:
    """Take the entries of the lists that a section begins with and mostly consists of as items, if each has text after
    a bold title. What stands between the lists belongs to the entry above it.

    A single such list can be the aspects of a story; in several sections of such lists each entry is a story.
    """
    told = [block for block in blocks if block.kind != "rule" and not view.is_plea(block)]
    lists = [block for block in told if block.kind == "list"]
    entries = list(chain.from_iterable(block.children for block in lists))
    if len(entries) < _BULLETS or told[0] is not lists[0]:
        return None
    if len(told) > 1 and any(block.ordered for block in lists):  # steps with what each shows
        return None
    if len(lists) == 1 and any(map(view.links, told[1:])):  # stories of their own below the list
        return None
    if view.size(entries) < max(_TOLD * len(entries), _MOST * view.size(told)):
        return None
    are_stories = any(map(view.links, entries)) or view.is_usual("bold-entries")
    if not are_stories or not all(_is_titled(entry, view) and groups(entry, view) is None for entry in entries):
        return None
    parts: list[Part] = []
    for block in filter(lambda block: block.kind != "rule", blocks):
        if block.kind == "list":
            parts += [_told_entry(entry, view) for entry in block.children]
        elif view.is_plea(block):
            parts.append(left_out(block, "plea"))
        else:
            _place_between(block, parts)
    return parts


def _place_between(block: Block, parts: list[Part]) -> None:
    """Add a block below entries to the last of them that is an item."""
    above = next((part for part in reversed(parts) if part.kind == "item"), None)
    if above is None:
        parts.append(left_out(block, "beside-a-list"))
    else:
        attach(above, block)


def _told_entry(entry: Block, view: View) -> Part:
    return left_out(entry, "plea") if is_nothing(entry, view) else entry_item(entry, "bold-entry")


def _is_titled(entry: Block, view: View) -> bool:
    first = entry.children[0] if entry.children else entry
    return is_bold_lead(first, view) or (first.kind == "paragraph" and first.inlines[0].kind == "strong")


def _is_bullet(block: Block, view: View) -> bool:
    """Whether a block is a list of a single entry whose first line has a link."""
    entry = block.children[0] if block.kind == "list" and len(block.children) == 1 else None
    return entry is not None and bool(entry.children) and view.links(entry.children[0]) > 0

"""List entries that only group their nested entries."""

from __future__ import annotations

import re
from collections.abc import Iterable

from digest.items.block_facts import View
from digest.tree.nodes import Block

_LONGEST_LABEL = 60  # maximum characters of a line that labels a list
_OPENS_AT = re.compile(r"[\[(]?\d{1,2}:\d{2}(?::\d{2})?\b")  # a timestamp of a recording
_IN_PARTS = re.compile(r"[|·]|\d{4}-\d\d")


def entries_of(blocks: Iterable[Block]) -> list[Block]:
    """Return the entries of all lists among `blocks`."""
    return [entry for block in blocks if block.kind == "list" for entry in block.children]


def groups(entry: Block, view: View, least: int = 2) -> list[Block] | None:
    """Return the nested entries of an entry without a link that groups at least `least` entries with links."""
    if len(entry.children) < 2 or view.facts(entry).own_links:  # most entries
        return None
    label = next((child for child in entry.children if child.kind == "paragraph"), None)
    if label is None:
        return None
    inner = entries_of(entry.children)
    if len(inner) < least or len(view.text(label)) > _LONGEST_LABEL or _IN_PARTS.search(view.text(label)):
        return None
    if _are_rows(inner, view) or _backs_its_entry(label, inner, view):
        return None
    return inner if sum(view.links(one) > 0 for one in inner) >= 0.7 * len(inner) else None


def _backs_its_entry(label: Block, entries: list[Block], view: View) -> bool:
    """Whether the entries below a line belong to its story: bare URLs, or timestamps of a recording."""
    linked = list(filter(view.links, entries))
    are_addresses = all(view.text(entry).startswith("http") for entry in linked)
    return are_addresses or _OPENS_AT.match(view.text(label)) is not None


def _are_rows(entries: list[Block], view: View) -> bool:
    """Whether the entries are rows of links after a label ("May: [Kiel](…), [Ulm](…)")."""
    several = sum(view.links(entry) > 1 for entry in entries)
    return 2 * several >= len(entries) and not any(map(view.leading_link, entries))


def are_groups(block: Block, view: View) -> bool:
    """Whether each of several entries is a line ending in a colon, with or without a link, above named links."""
    if len(block.children) < 2 or any(len(entry.children) < 2 for entry in block.children):
        return False
    return all(
        view.text(entry.children[0])[-1:] in (":", "：")
        and all(map(view.leading_link, entries_of(entry.children)))
        and {child.kind for child in entry.children[1:]} == {"list"}
        for entry in block.children
    )

"""What the blocks below one heading are: the rules, in the order in which they are asked.

Each rule gets the blocks and answers with their parts, or None where it does not apply; the first answer counts.
Where none applies the blocks are one story.
"""

from __future__ import annotations

from collections.abc import Callable

from digest.nodes import Block
from digest.parts import Part
from digest.rules_lines import bold_leads, digest_paragraphs, headline_and_link, link_lines, separated
from digest.rules_lists import list_of_links, numbered_leads
from digest.rules_pictures import gallery, table_of_links
from digest.view import View

Rule = Callable[[list[Block], View], list[Part] | None]

BODY_RULES: tuple[Rule, ...] = (
    numbered_leads,
    table_of_links,
    gallery,
    list_of_links,
    headline_and_link,
    digest_paragraphs,
    link_lines,
    bold_leads,
    separated,
)


def split_body(blocks: list[Block], view: View) -> tuple[str, list[Part]] | None:
    """The first rule that knows what `blocks` are, by name, and its parts; None where they are one story."""
    known = view.remembered(blocks)
    if known is not None:
        return known[0]
    found = None
    for rule in BODY_RULES:
        parts = rule(blocks, view)
        if parts is not None and any(_has_item(part) for part in parts):
            found = (rule.__name__.replace("_", "-"), parts)
            break
    view.remember(blocks, found)
    return found


def _has_item(part: Part) -> bool:
    return part.kind == "item" or any(_has_item(inner) for inner in part.parts)

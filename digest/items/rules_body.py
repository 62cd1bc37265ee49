"""Classification of the blocks below one heading, by an ordered list of rules.

Each rule takes the blocks and returns their parts, or None if it does not apply; the first one that applies wins. If
none applies, the blocks are a single story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from digest.items.block_facts import View
from digest.items.parts import Part
from digest.items.rules_bullets import bold_entries, bulleted_links
from digest.items.rules_lines import (
    bold_leads,
    digest_paragraphs,
    headline_and_link,
    link_leads,
    link_lines,
)
from digest.items.rules_lists import list_of_links
from digest.items.rules_numbers import numbered_leads
from digest.items.rules_paragraphs import headline_lines, headlines_above_text, link_paragraphs
from digest.items.rules_pictures import gallery, table_of_links
from digest.items.rules_stretches import separated_leads
from digest.tree.nodes import Block

_QUOTATION = 4  # maximum blocks of a quotation's section: the quotation, its author, who suggested it
_LONGEST_AUTHOR = 160  # characters
_DASHES = ("-", "–", "—", "―", "~")
Rule = Callable[[list[Block], View], list[Part] | None]


@dataclass(slots=True)
class Makeup:
    """The minimum that a rule requires; cheap to check before running the rule."""

    numbers: bool = False
    tables: bool = False
    lists: bool = False
    linked: bool = False  # a paragraph with a link
    pictures: int = 0
    lines: int = 0


# in order of precedence
BODY_RULES: tuple[tuple[Rule, Callable[[Makeup], bool]], ...] = (
    (numbered_leads, lambda makeup: makeup.numbers),
    (table_of_links, lambda makeup: makeup.tables),
    (gallery, lambda makeup: makeup.pictures >= 2 and not makeup.lists and not makeup.tables),
    (separated_leads, lambda makeup: (makeup.linked or makeup.lists) and makeup.lines >= 1),
    (bulleted_links, lambda makeup: makeup.lists),
    (bold_entries, lambda makeup: makeup.lists),
    (list_of_links, lambda makeup: makeup.lists),
    (headlines_above_text, lambda makeup: makeup.linked),
    (headline_and_link, lambda makeup: makeup.linked),
    (headline_lines, lambda makeup: makeup.linked),
    (digest_paragraphs, lambda makeup: makeup.linked),
    (link_lines, lambda makeup: makeup.linked),
    (bold_leads, lambda makeup: makeup.linked),
    (link_paragraphs, lambda makeup: makeup.linked),
    (link_leads, lambda makeup: makeup.linked),
)


def split_body(blocks: list[Block], view: View) -> tuple[str, list[Part]] | None:
    """Return the name of the first rule that applies to `blocks`, with its parts; None if they are a single story."""
    return view.once(blocks, _split)


def _split(blocks: list[Block], view: View) -> tuple[str, list[Part]] | None:
    makeup = _makeup(blocks, view)
    for rule, may_apply in () if is_quotation(blocks, view) else BODY_RULES:
        parts = rule(blocks, view) if may_apply(makeup) else None
        if parts is not None and any(_has_item(part) for part in parts):
            return rule.__name__.replace("_", "-"), parts
    return None


def is_quotation(blocks: list[Block], view: View) -> bool:
    """Whether a section is a quotation with its author below: a "quote of the week" is a single story."""
    quotes = sum(block.kind == "quote" for block in blocks)
    if not quotes:
        return False
    shown = [block for block in blocks if block.kind != "rule" and not view.is_plea(block)]
    if not 2 <= len(shown) <= _QUOTATION * quotes or shown[0].kind != "quote":
        return False
    return all(_names_author(two, view) for one, two in pairwise(shown) if one.kind == "quote")


def _names_author(block: Block, view: View) -> bool:
    if view.facts(block).chars > _LONGEST_AUTHOR:
        return False
    if block.kind == "list":
        return len(block.children) == 1
    return block.kind == "paragraph" and view.text(block)[:1] in _DASHES


def _makeup(blocks: list[Block], view: View) -> Makeup:
    makeup = Makeup()
    for block in blocks:
        facts = view.facts(block)
        makeup.pictures += facts.images
        if block.kind == "paragraph":
            makeup.linked = makeup.linked or facts.links > 0
            makeup.numbers = makeup.numbers or facts.text[:1].isdigit()
        elif block.kind in {"list", "quote"}:  # a quotation can contain a list
            makeup.lists = True
            makeup.numbers = makeup.numbers or (block.ordered and len(block.children) == 1)
        elif block.kind == "table":
            makeup.tables = True
        elif block.kind == "rule":
            makeup.lines += 1
    return makeup


def _has_item(part: Part) -> bool:
    return part.kind == "item" or any(_has_item(inner) for inner in part.parts)

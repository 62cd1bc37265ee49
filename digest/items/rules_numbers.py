"""Rules for stories with running numbers ("3、[title](url)")."""

from __future__ import annotations

import re
from itertools import pairwise

from digest.items.block_facts import View
from digest.items.headlines import split_lead
from digest.items.parts import Part, attach, item_of, left_out, paragraph
from digest.items.rules_lists import entry_item, list_of_links, unquoted
from digest.items.sentences import cut, strip_start
from digest.tree.nodes import Block, raw_text

_LEAD = re.compile(r"^\s*(\d{1,3})\s*[、．]|^\s*(\d{1,3})\s*[.)]\s*$")
_BOLD_LEAD = re.compile(r"^\s*#?(\d{1,3})\s*[.):、．]\s*(?=[^\s\d])")


def _lead_number(block: Block, view: View) -> int | None:
    text = view.text(block) if block.kind == "paragraph" else ""
    if not text.lstrip("#")[:1].isdigit():
        return None
    match = _LEAD.match(text)
    if match:
        return int(match[1] or match[2])
    bold = _BOLD_LEAD.match(view.text(block)) if block.inlines[0].kind == "strong" else None
    return int(bold[1]) if bold else None


def _lone_entry(block: Block) -> int | None:
    if block.kind == "list" and block.ordered and len(block.children) == 1:
        return block.start
    return None


def numbered_leads(blocks: list[Block], view: View) -> list[Part] | None:
    """Paragraphs that start with a running number are an item each, up to the next number."""
    counted = [(block, _lead_number(block, view)) for block in blocks]
    numbers = [number for _, number in counted if number is not None]
    # Numbering may continue from section to section, so a section can have a single number or start higher.
    if not numbers or (len(numbers) == 1 and not view.has_numbers):
        return _numbered_entries(blocks, view)
    first = next(index for index, (_, number) in enumerate(counted) if number is not None)
    return None if _counts_within_story(blocks, first, view) else _counted_parts(counted, max(numbers[0] - 1, 0), view)


def _counted_parts(counted: list[tuple[Block, int | None]], last: int, view: View) -> list[Part]:
    """Return an item for each number that follows `last`, with the blocks up to the next one."""
    parts: list[Part] = []
    for block, number in counted:
        if number is not None and last <= number <= last + 3:
            last = number
            parts.append(_numbered_item(block))
        else:
            _add_between(parts, block, view)
    return [_finish_numbered(part, view) for part in parts]


def _counts_within_story(blocks: list[Block], first: int, view: View) -> bool:
    """Whether there is a story with a link above the first number, and no number has its own link."""
    is_told = any(view.links(block) for block in blocks[:first]) and sum(map(view.is_prose, blocks[:first])) > 1
    return is_told and not any(view.links(block) for block in blocks[first:])


def _numbered_item(block: Block) -> Part:
    text = raw_text(block.inlines)
    match = _LEAD.match(text)
    if match is None:  # the number is part of a bold title
        return item_of(block, "numbered-lead")
    _, rest = cut(block.inlines, match.end())
    rest = strip_start(rest)
    if not raw_text(rest).strip():
        return Part("item", "bare-number", [block])
    title, lead, tail = split_lead(rest)
    return Part("item", "numbered-lead", [block], title, lead, [paragraph(tail, block)] if tail else [])


def _add_between(parts: list[Part], block: Block, view: View) -> None:
    """Add a block without a number to the item above it."""
    target = next((part for part in reversed(parts) if part.kind == "item"), None)
    if view.is_plea(block):
        parts.append(left_out(block, "plea"))
    elif target is None or parts[-1].kind == "intro":
        parts.append(Part("intro", "before-the-first-number", [block]))
    else:
        attach(target, block)


def _finish_numbered(part: Part, view: View) -> Part:
    """Title a bare number by its first sentence; make a lead that announces a list of links a sub-section."""
    if part.kind != "item":
        return part
    if part.title and not any(inline.kind == "link" for inline in part.lead):
        parts = _announced(part, view)
        if sum(inner.kind == "item" for inner in parts) >= 2:
            return Part("section", "lead-announces-a-list", part.blocks[:1], part.title, part.lead, parts=parts)
    if part.rule == "bare-number":
        name_by_text(part, view)
    return part


def _announced(part: Part, view: View) -> list[Part]:
    """Return the stories of the list of links that a lead announces."""
    body = unquoted(part.body)
    if any(map(view.is_prose, body)) or not any(block.kind == "list" for block in body):
        return []
    return list_of_links(body, view) or []


def name_by_text(part: Part, view: View) -> None:
    """Title an item by the first sentence of its body; a bare URL is not a title."""
    for index, block in enumerate(part.body):
        if (not view.is_prose(block) and block.kind != "quote") or view.text(block).startswith("http"):
            continue
        inner = block if block.inlines else next((one for one in block.children if one.inlines), None)
        if inner is None:
            continue
        part.title, part.lead, rest = split_lead(inner.inlines)
        if inner is block:
            part.body[index : index + 1] = [paragraph(rest, block)] if rest else []
        return


def _numbered_entries(blocks: list[Block], view: View) -> list[Part] | None:
    """Do the same for numbers that Markdown parses as ordered lists of one entry ("1. [title](url)", text, "2. …")."""
    starts = [number for block in blocks if (number := _lone_entry(block)) is not None]
    between = any(_is_followed(one, two) for one, two in pairwise(blocks))
    if len(starts) < 2 or not between or any(b > a + 3 for a, b in pairwise(starts)):
        return None
    first = next(index for index, block in enumerate(blocks) if _lone_entry(block) is not None)
    if _counts_within_story(blocks, first, view):
        return None
    counted = _counting_lists(blocks, view)
    parts: list[Part] = []
    for block in blocks:
        if id(block) in counted:
            parts += _entries_of(block)
        else:
            _add_between(parts, block, view)
    return parts


def _entries_of(block: Block) -> list[Part]:
    parts = [entry_item(entry, "numbered-lead") for entry in block.children]
    if len(parts) == 1:
        parts[0].blocks = [block]
    return parts


def _counting_lists(blocks: list[Block], view: View) -> set[int]:
    """Return the ids of the lists of one numbered entry, and of lists between them that continue the numbering."""
    lists = [block for block in blocks if block.kind == "list" and block.ordered]
    found = {id(block) for block in lists if len(block.children) == 1}
    lone = [block for block in lists if id(block) in found]
    several = [block for block in lists if id(block) not in found]
    return found.union(
        id(block) for block in several if _counts_on(block, lone, is_linked=all(map(view.leading_link, block.children)))
    )


def _counts_on(block: Block, lone: list[Block], *, is_linked: bool) -> bool:
    """Whether a list of several entries continues the numbering of the single ones around it; if its entries are not
    named links, that of one above it.
    """
    before = next((one for one in reversed(lone) if one.first < block.first), None)
    after = next((one for one in lone if one.first > block.first), None)
    return (is_linked or before is not None) and _counts(before, block, after)


def _counts(before: Block | None, block: Block, after: Block | None) -> bool:
    """Whether a list's numbers continue those of its neighbours without a gap; True for a single list."""
    follows = before is not None and before.start + len(before.children) == block.start
    leads = after is not None and block.start + len(block.children) == after.start
    return (follows or before is None) and (leads or after is None)


def _is_followed(one: Block, two: Block) -> bool:
    """Whether there is text below an entry."""
    return _lone_entry(one) is not None and _lone_entry(two) is None and two.kind != "rule"

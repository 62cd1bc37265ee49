"""Rules for stories that stand in lists, or behind running numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from digest import wording
from digest.leads import is_bold_lead, is_link_lead
from digest.nodes import Block, Inline, raw_text
from digest.parts import Part, attach, item_of, left, paragraph
from digest.sentences import cut, strip_start
from digest.titles import clean, is_decoration, split_lead
from digest.view import DIGEST_PARAGRAPH, View

_LONGEST_PLEA = 300  # characters of an entry that only asks for something
_FEW_ENTRIES = 6  # of a list that may stand within a story
_SENTENCE_ENDS = ".。!！"
_LABEL = 60  # characters of a line that names the list below it
_LABEL_WORDS = 6  # and its words
_IN_PARTS = re.compile(r"[|·]|\d{4}-\d\d")
_LEAD = re.compile(r"^\s*(\d{1,3})\s*[、．]|^\s*(\d{1,3})\s*[.)]\s*$")
_BOLD_LEAD = re.compile(r"^\s*#?(\d{1,3})\s*[.):、．]\s*(?=[^\s\d])")

# -- numbered leads ("3、[title](url)")


def _lead_number(block: Block, view: View) -> int | None:
    if block.kind != "paragraph" or not view.text(block).lstrip("#")[:1].isdigit():
        return None
    match = _LEAD.match(view.text(block))
    if match:
        return int(match[1] or match[2])
    bold = _BOLD_LEAD.match(view.text(block)) if block.inlines[0].kind == "strong" else None
    return int(bold[1]) if bold else None


def _lone_entry(block: Block) -> int | None:
    if block.kind == "list" and block.ordered and len(block.children) == 1:
        return block.start
    return None


def numbered_leads(blocks: list[Block], view: View) -> list[Part] | None:
    """Paragraphs that begin with a running number open an item each, up to the next number."""
    numbers = [number for block in blocks if (number := _lead_number(block, view)) is not None]
    # a single number, or a higher one, may go on from section to section
    if not numbers or (len(numbers) == 1 and not view.has_numbers):
        return _numbered_entries(blocks, view)
    parts: list[Part] = []
    last = max(numbers[0] - 1, 0)
    for block in blocks:
        number = _lead_number(block, view)
        if number is not None and last <= number <= last + 3:
            last = number
            parts.append(_numbered_item(block))
        elif view.is_plea(block):
            parts.append(left(block, "plea"))
        elif not parts or parts[-1].kind == "intro":
            parts.append(Part("intro", "before-the-first-number", [block]))
        else:
            _continue_item(parts, block)
    return [_finish_numbered(part, view) for part in parts]


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


def _continue_item(parts: list[Part], block: Block) -> None:
    target = next((part for part in reversed(parts) if part.kind == "item"), None)
    if target is None:
        parts.append(Part("intro", "before-the-first-number", [block]))
    else:
        attach(target, block)


def _finish_numbered(part: Part, view: View) -> Part:
    """Give a bare number the first sentence as its title; make a lead that announces a list of links a sub-section."""
    if part.kind != "item":
        return part
    body = _unquoted(part.body)
    if (
        any(block.kind == "list" for block in body)
        and part.title
        and not any(True for inline in part.lead if inline.kind == "link")
    ):
        parts = None if any(view.is_prose(block) for block in body) else list_of_links(body, view)
        if parts and sum(inner.kind == "item" for inner in parts) >= 2:
            return Part("section", "lead-announces-a-list", part.blocks[:1], part.title, part.lead, parts=parts)
    if part.rule == "bare-number":
        for index, block in enumerate(part.body):
            if view.is_prose(block) or block.kind == "quote":
                inner = block if block.inlines else next((b for b in block.children if b.inlines), None)
                if inner is None:
                    continue
                part.title, part.lead, rest = split_lead(inner.inlines)
                if inner is block:
                    part.body[index : index + 1] = [paragraph(rest, block)] if rest else []
                break
    return part


def _unquoted(blocks: list[Block]) -> list[Block]:
    """The blocks, with quotations that hold nothing but lists replaced by those."""
    out: list[Block] = []
    for block in blocks:
        if block.kind == "quote" and block.children and all(child.kind == "list" for child in block.children):
            out += block.children
        else:
            out.append(block)
    return out


def _numbered_entries(blocks: list[Block], view: View) -> list[Part] | None:
    """The same where the numbers make ordered lists of one entry each ("1. [title](url)", text, "2. …")."""
    starts = [number for block in blocks if (number := _lone_entry(block)) is not None]
    between = any(
        _lone_entry(one) is not None and _lone_entry(two) is None and two.kind != "rule"
        for one, two in pairwise(blocks)
    )
    if len(starts) < 2 or not between or any(b > a + 3 for a, b in pairwise(starts)):
        return None
    parts: list[Part] = []
    for block in blocks:
        if _lone_entry(block) is not None:
            part = entry_item(block.children[0], "numbered-lead")
            part.blocks = [block]
            parts.append(part)
        elif view.is_plea(block):
            parts.append(left(block, "plea"))
        elif not parts or parts[-1].kind == "intro":
            parts.append(Part("intro", "before-the-first-number", [block]))
        else:
            _continue_item(parts, block)
    return parts


# -- lists


def entry_item(entry: Block, rule: str) -> Part:
    """The item that a list's entry is; nested lists belong to it."""
    first = next((child for child in entry.children if child.kind == "paragraph" and _has_words(child)), None)
    if first is None:
        inner = _dated(entry)
        if inner is None:
            return Part("item", rule, [entry], "", [], list(entry.children))
        title, lead, rest = split_lead(inner)
        return Part("item", rule, [entry], title, lead, [paragraph(rest, entry)] if rest else [])
    title, lead, rest = split_lead(first.inlines)
    body: list[Block] = []
    for child in entry.children:
        if child is first:
            if rest:
                body.append(paragraph(rest, first))
        else:
            body.append(child)
    return Part("item", rule, [entry], title, lead, body)


def _has_words(block: Block) -> bool:
    return not is_decoration(block.facts.text if block.facts is not None else raw_text(block.inlines))


def _dated(entry: Block) -> list[Inline] | None:
    """The words of an entry that Markdown takes for a list of its own, as they begin with a day ("- 12. Mai: …")."""
    inner = entry.children[0] if len(entry.children) == 1 else None
    if inner is None or not inner.ordered or len(inner.children) != 1 or len(inner.children[0].children) != 1:
        return None
    line = inner.children[0].children[0]
    inlines = [Inline("text", f"{inner.start}. "), *line.inlines]
    text = raw_text(inlines)
    return inlines if line.kind == "paragraph" and clean(text).startswith(f"{inner.start}.") else None


def _entries(blocks: Iterable[Block]) -> list[Block]:
    return [entry for block in blocks if block.kind == "list" for entry in block.children]


def _is_nothing(entry: Block, view: View) -> bool:
    facts = view.facts(entry)
    if facts.is_nothing is None:
        facts.is_nothing = _says_nothing(entry, view)
    return facts.is_nothing


def _says_nothing(entry: Block, view: View) -> bool:
    text = view.text(entry)
    if wording.reports_nothing(text):
        return view.facts(entry).links < 2
    first = entry.children[0] if entry.children else entry
    if len(text) >= _LONGEST_PLEA or (first.inlines and first.inlines[0].kind == "link"):
        return False
    return view.leading_link(entry) is None and wording.is_plea(text)


def _groups(entry: Block, view: View, least: int = 2) -> list[Block] | None:
    """The nested entries where an entry without a link only groups at least `least` that have one."""
    if view.facts(entry).own_links:
        return None
    nested = [child for child in entry.children if child.kind == "list"]
    inner = _entries(nested)
    label = next((child for child in entry.children if child.kind == "paragraph"), None)
    if label is None or len(inner) < least or len(view.text(label)) > 60 or _IN_PARTS.search(view.text(label)):
        return None
    return inner if sum(view.links(one) > 0 for one in inner) >= 0.7 * len(inner) else None


def list_of_links(blocks: list[Block], view: View) -> list[Part] | None:
    """Where the body is mainly a list whose entries carry their own links, each entry is an item."""
    blocks = _unquoted(blocks)
    if sum(_opens_story(block, view) and not view.is_plea(block) for block in blocks) >= 2:
        return None  # a list is only one part of what stands there
    entries = [entry for entry in _entries(blocks) if not _is_nothing(entry, view)]
    if not entries or not _is_mainly_links(blocks, entries, view):
        return None
    labels = _labels_of_lists(blocks, view)
    parts: list[Part] = []
    section: Part | None = None
    for index, block in enumerate(blocks):
        target = section.parts if section is not None else parts
        if block.kind == "list":
            least = 1 if any(_groups(entry, view) is not None for entry in block.children) else 2
            target += [part for entry in block.children for part in _entry_parts(entry, view, least)]
        elif index in labels:
            section = Part("section", "label-above-a-list", [block], clean(view.text(block)).rstrip(":： "))
            parts.append(section)
        elif block.kind == "rule":
            section = None
        else:
            target += _beside_list(block, target, view)
    return parts


def _opens_story(block: Block, view: View) -> bool:
    return view.links(block) > 0 and (is_bold_lead(block, view) or is_link_lead(block))


def labelled_list(blocks: list[Block], index: int, view: View) -> Part | None:
    """The sub-section that a short line above a list of links opens ("*Quick hits*"), or None where there is none."""
    label = blocks[index]
    if index + 1 >= len(blocks) or blocks[index + 1].kind != "list" or label.kind != "paragraph" or view.links(label):
        return None
    text = view.text(label)
    is_set_off = len(label.inlines) == 1 and label.inlines[0].kind in {"strong", "emph"}
    if (
        not text
        or len(text) > _LABEL
        or len(text.split()) > _LABEL_WORDS
        or not (is_set_off or text[-1] in ":：")
        or (label.inlines[0].kind == "emph" and text[-1] in _SENTENCE_ENDS)
    ):
        return None
    name = clean(text).rstrip(":： ")
    if wording.is_whole(wording.REFERENCES_LABEL, name) or wording.announces(name) or wording.ATTRIBUTES.search(text):
        return None
    parts = list_of_links([blocks[index + 1]], view)
    if not parts or sum(part.kind == "item" for part in parts) < 2:
        return None
    if wording.is_whole(wording.BOILERPLATE_TITLE, name):
        return Part("left", "boilerplate", [label, blocks[index + 1]])
    return Part("section", "label-above-a-list", [label], name, parts=parts)


def _entry_parts(entry: Block, view: View, least: int = 2) -> list[Part]:
    if _is_nothing(entry, view):
        return [left(entry, "nothing-to-report" if wording.reports_nothing(view.text(entry)) else "plea")]
    inner = _groups(entry, view, least)
    if inner:
        label = next(child for child in entry.children if child.kind == "paragraph")
        others = [
            left(child, "beside-a-list") for child in entry.children if child is not label and child.kind != "list"
        ]
        inner_parts = [part for one in inner for part in _entry_parts(one, view)]
        return [
            Part("section", "entry-groups-entries", [label], clean(view.text(label)).rstrip(":： "), parts=inner_parts),
            *others,
        ]
    return [entry_item(entry, "entry-of-a-link-list")]


def _is_mainly_links(blocks: list[Block], entries: list[Block], view: View) -> bool:
    linked = [entry for entry in entries if view.links(entry)]
    if not linked or len(linked) < 0.6 * len(entries) or _is_told_around(blocks, entries, view):
        return False
    size = sum(view.facts(entry).chars for entry in entries)
    prose = paragraphs = 0
    tells = False
    for block in blocks:
        if block.kind == "list" or view.is_plea(block) or is_decoration(view.text(block)):
            continue
        text = view.text(block)
        if block.kind == "paragraph" and (wording.announces(text) or len(text) < 60) and len(text) < 400:
            if wording.is_whole(wording.REFERENCES_LABEL, text) and prose > 200:
                return False
            continue
        prose += len(text)
        paragraphs += 1
        tells = tells or view.links(block) > 0 or block.kind in {"quote", "code", "table"}
    if len(linked) == 1:
        if any((line := view.link_line(block)) is not None and line[1] for block in blocks):
            return False  # a story with its own link, and one to read further
        is_introduced = "list-of-links" in view.usual and _is_only_introduced(blocks, view)
        return (
            is_introduced or size >= prose or (not tells and view.leading_link(linked[0]) is not None and prose < 600)
        )
    if size >= 0.5 * prose or (len(linked) >= 5 and size >= 0.3 * prose):
        return True
    is_story = tells or paragraphs > 3 or size < 0.2 * prose
    return not is_story and sum(view.leading_link(entry) is not None for entry in linked) >= 0.7 * len(linked)


def _is_told_around(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether a single list stands within a story: linked prose leads to it, and more prose follows it."""
    places = [index for index, block in enumerate(blocks) if block.kind == "list"]
    if len(places) != 1 or len(entries) > _FEW_ENTRIES:
        return False
    before = [block for block in blocks[: places[0]] if view.is_prose(block) and not view.is_plea(block)]
    after = [block for block in blocks[places[0] + 1 :] if view.is_prose(block) and not view.is_plea(block)]
    if not after or not any(view.links(block) for block in before) or any(block.kind == "rule" for block in blocks):
        return False
    told = sum(view.facts(block).chars for block in (*before, *after))
    return told > 1.5 * sum(view.facts(entry).chars for entry in entries)


def _is_only_introduced(blocks: list[Block], view: View) -> bool:
    """Whether nothing but an introduction in italics or a quotation stands above a list, and nothing below it."""
    *above, last = [block for block in blocks if block.kind != "rule" and not view.is_plea(block)]
    return last.kind == "list" and all(
        block.kind == "quote" or (block.kind == "paragraph" and {one.kind for one in block.inlines} <= {"emph"})
        for block in above
    )


def _labels_of_lists(blocks: list[Block], view: View) -> set[int]:
    """Where a short line is the label of the list right below it: in bold, or one of several such."""
    places = [place for place, block in enumerate(blocks) if _is_label(block, blocks, place, view)]
    if len(places) >= 2:
        return set(places)
    return {place for place in places if _is_marked(blocks[place])}


def _is_marked(block: Block) -> bool:
    return len(block.inlines) == 1 and block.inlines[0].kind in {"strong", "emph"}


def _is_label(block: Block, blocks: list[Block], index: int, view: View) -> bool:
    if block.kind != "paragraph" or index + 1 >= len(blocks) or blocks[index + 1].kind != "list" or view.links(block):
        return False
    text = view.text(block)
    if not text or len(text) > _LABEL or len(text.split()) > _LABEL_WORDS or wording.announces(text.rstrip(":：")):
        return False
    if wording.ATTRIBUTES.search(text) or (block.inlines[0].kind == "emph" and text[-1] in _SENTENCE_ENDS):
        return False
    return text.endswith((":", "：")) or (len(block.inlines) == 1 and block.inlines[0].kind in {"strong", "emph"})


def _beside_list(block: Block, parts: list[Part], view: View) -> list[Part]:
    """What a block beside a list of links is; none where it belongs to the entry above."""
    if view.is_plea(block):
        return [left(block, "plea")]
    last = next((part for part in reversed(parts) if part.kind == "item"), None)
    if last is not None and parts[-1] is last and (view.is_picture(block) or block.kind in {"code", "quote"}):
        attach(last, block)
        return []
    if _opens_story(block, view) or (view.is_digest and _is_digest_paragraph(block, view)):
        return [item_of(block, "paragraph-beside-a-list")]
    if view.is_prose(block) and (line := view.link_line(block)) is not None and not line[1]:
        return [item_of(block, "link-line")]
    if last is None:
        return [Part("intro", "introduces-a-list", [block])]
    return [left(block, "beside-a-list")]


def _is_digest_paragraph(block: Block, view: View) -> bool:
    text = view.text(block)
    is_linked = view.is_prose(block) and view.links(block) > 0
    return is_linked and len(text) <= DIGEST_PARAGRAPH and not wording.announces(text)

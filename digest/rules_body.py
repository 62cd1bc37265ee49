"""What the blocks below one heading are: the rules, in the order in which they are asked.

Each rule gets the blocks and answers with their parts, or None where it does not apply; the first answer counts.
Where none applies the blocks are one story.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median

from digest import wording
from digest.nodes import Block, Inline, raw_text
from digest.sentences import count_sentences, cut, strip_start
from digest.titles import clean, is_code_name, is_decoration, is_generic, leading_link, split_lead
from digest.view import View, lines_of


@dataclass(slots=True)
class Part:
    """Some blocks and what they are: kind "item", "section" (with `parts` below its `title`), "intro" or "left".

    An item's title came out of `lead`; `body` is what remains below it.
    """

    kind: str
    rule: str
    blocks: list[Block]
    title: str = ""
    lead: list[Inline] = field(default_factory=list[Inline])
    body: list[Block] = field(default_factory=list[Block])
    parts: list[Part] = field(default_factory=list["Part"])


Rule = Callable[[list[Block], View], list[Part] | None]

_LEAD = re.compile(r"^\s*(\d{1,3})\s*[、．]|^\s*(\d{1,3})\s*[.)]\s*$")
_LONG_PARAGRAPH = 600  # characters; a digest's paragraphs are shorter
_DIGEST_PARAGRAPH = 1500  # once the issue is known to be a digest, longer ones are stories too
_USUAL_PARAGRAPH = 420  # characters; and most of them are shorter than this


def left(block: Block, rule: str) -> Part:
    """A part that no item shows."""
    return Part("left", rule, [block])


def paragraph(inlines: list[Inline], like: Block) -> Block:
    """A paragraph of `inlines` where `like` stands."""
    return Block("paragraph", like.first, like.last, inlines=inlines)


def item_of(block: Block, rule: str) -> Part:
    """An item whose title and first text are those of one paragraph."""
    title, lead, rest = split_lead(block.inlines)
    return Part("item", rule, [block], title, lead, [paragraph(rest, block)] if rest else [])


def attach(part: Part, block: Block) -> None:
    """Let `block` belong to an item."""
    part.blocks.append(block)
    part.body.append(block)


# -- numbered leads ("3、[title](url)")


def _lead_number(block: Block, view: View) -> int | None:
    if block.kind != "paragraph" or not view.text(block)[:1].isdigit():
        return None
    match = _LEAD.match(view.text(block))
    return int(match[1] or match[2]) if match else None


def _lone_entry(block: Block) -> int | None:
    if block.kind == "list" and block.ordered and len(block.children) == 1:
        return block.start
    return None


def numbered_leads(blocks: list[Block], view: View) -> list[Part] | None:
    """Paragraphs that begin with a running number open an item each, up to the next number."""
    numbers = [number for block in blocks if (number := _lead_number(block, view)) is not None]
    if not numbers or (len(numbers) == 1 and not view.has_numbers) or numbers[0] > 2:
        return _numbered_entries(blocks, view)
    parts: list[Part] = []
    last = 0
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
    _, rest = cut(block.inlines, match.end() if match else 0)
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
        for one, two in zip(blocks, blocks[1:], strict=False)
    )
    if len(starts) < 2 or not between or any(b > a + 3 for a, b in zip(starts, starts[1:], strict=False)):
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
    first = next(
        (child for child in entry.children if child.kind == "paragraph" and not is_decoration(raw_text(child.inlines))),
        None,
    )
    if first is None:
        return Part("item", rule, [entry], "", [], list(entry.children))
    title, lead, rest = split_lead(first.inlines)
    body: list[Block] = []
    for child in entry.children:
        if child is first:
            if rest:
                body.append(paragraph(rest, first))
        else:
            body.append(child)
    return Part("item", rule, [entry], title, lead, body)


def _entries(blocks: Iterable[Block]) -> list[Block]:
    return [entry for block in blocks if block.kind == "list" for entry in block.children]


def _is_nothing(entry: Block, view: View) -> bool:
    text = view.text(entry)
    if wording.reports_nothing(text):
        return view.facts(entry).links < 2
    return len(text) < 300 and view.leading_link(entry) is None and wording.is_plea(text)


def _groups(entry: Block, view: View) -> list[Block] | None:
    """The nested entries where an entry without a link only groups at least two that have one."""
    if view.facts(entry).own_links:
        return None
    nested = [child for child in entry.children if child.kind == "list"]
    inner = _entries(nested)
    label = next((child for child in entry.children if child.kind == "paragraph"), None)
    if label is None or len(inner) < 2 or len(view.text(label)) > 60 or re.search(r"[|·]|\d{4}-\d\d", view.text(label)):
        return None
    return inner if sum(view.links(one) > 0 for one in inner) >= 0.7 * len(inner) else None


def list_of_links(blocks: list[Block], view: View) -> list[Part] | None:
    """Where the body is mainly a list whose entries carry their own links, each entry is an item."""
    blocks = _unquoted(blocks)
    entries = [entry for entry in _entries(blocks) if not _is_nothing(entry, view)]
    if not entries or not _is_mainly_links(blocks, entries, view):
        return None
    parts: list[Part] = []
    section: Part | None = None
    for index, block in enumerate(blocks):
        target = section.parts if section is not None else parts
        if block.kind == "list":
            target += [part for entry in block.children for part in _entry_parts(entry, view)]
        elif _labels_list(block, blocks, index, view):
            section = Part("section", "label-above-a-list", [block], clean(view.text(block)).rstrip(":： "))
            parts.append(section)
        elif block.kind == "rule":
            section = None
        else:
            target += _beside_list(block, target, view)
    return parts


def _entry_parts(entry: Block, view: View) -> list[Part]:
    if _is_nothing(entry, view):
        return [left(entry, "nothing-to-report" if wording.reports_nothing(view.text(entry)) else "plea")]
    inner = _groups(entry, view)
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
    if not linked or len(linked) < 0.6 * len(entries):
        return False
    size = sum(view.facts(entry).chars for entry in entries)
    prose = paragraphs = 0
    tells = False
    for block in blocks:
        if block.kind == "list" or view.is_plea(block) or is_decoration(view.text(block)):
            continue
        text = view.text(block)
        if block.kind == "paragraph" and (wording.ANNOUNCES.search(text) or len(text) < 60) and len(text) < 400:
            if wording.is_whole(wording.REFERENCES_LABEL, text) and prose > 200:
                return False
            continue
        prose += len(text)
        paragraphs += 1
        tells = tells or view.links(block) > 0 or block.kind in {"quote", "code", "table"}
    if len(linked) == 1:
        return size >= prose or (not tells and view.leading_link(linked[0]) is not None and prose < 600)
    leading = sum(view.leading_link(entry) is not None for entry in linked)
    if size >= 0.5 * prose or (len(linked) >= 5 and size >= 0.3 * prose):
        return True
    return not tells and paragraphs <= 3 and leading >= 0.7 * len(linked) and size >= 0.2 * prose


def _labels_list(block: Block, blocks: list[Block], index: int, view: View) -> bool:
    """Whether a short line is the label of the list right below it: in bold, or one of several such."""
    if not _is_label(block, blocks, index, view):
        return False
    if len(block.inlines) == 1 and block.inlines[0].kind == "strong":
        return True
    return sum(_is_label(one, blocks, place, view) for place, one in enumerate(blocks)) >= 2


def _is_label(block: Block, blocks: list[Block], index: int, view: View) -> bool:
    if block.kind != "paragraph" or index + 1 >= len(blocks) or blocks[index + 1].kind != "list" or view.links(block):
        return False
    text = view.text(block)
    if not text or len(text) > 60 or len(text.split()) > 6 or wording.ANNOUNCES.search(text.rstrip(":：")):
        return False
    if wording.ATTRIBUTES.search(text):
        return False
    return text.endswith((":", "：")) or (len(block.inlines) == 1 and block.inlines[0].kind == "strong")


def _beside_list(block: Block, parts: list[Part], view: View) -> list[Part]:
    """What a block beside a list of links is; none where it belongs to the entry above."""
    last = next((part for part in reversed(parts) if part.kind == "item"), None)
    if view.is_plea(block):
        return [left(block, "plea")]
    if view.is_picture(block) and last is not None and parts[-1] is last:
        attach(last, block)
        return []
    if view.is_digest and view.is_prose(block) and view.links(block) and len(view.text(block)) <= _DIGEST_PARAGRAPH:
        if not wording.ANNOUNCES.search(view.text(block)):
            return [item_of(block, "digest-paragraph")]
    if view.is_prose(block) and (line := view.link_line(block)) is not None and not line[1]:
        return [item_of(block, "link-line")]
    if last is None:
        return [Part("intro", "introduces-a-list", [block])]
    return [left(block, "beside-a-list")]


# -- tables


def table_of_links(blocks: list[Block], view: View) -> list[Part] | None:
    """Where most rows of a table carry links, each row is an item titled by its first cell or link."""
    tables = [block for block in blocks if block.kind == "table"]
    rows = [row for table in tables for row in table.children if not row.ordered or len(table.children) == 1]
    linked = [row for row in rows if view.links(row)]
    if len(linked) < 2 or len(linked) < 0.6 * len(rows):
        return None
    prose = sum(view.facts(b).chars for b in blocks if view.is_prose(b) and not view.is_plea(b))
    if prose > 2 * sum(view.facts(row).chars for row in rows):
        return None
    parts: list[Part] = []
    for block in blocks:
        if block.kind == "table":
            parts += [_row_part(row, block, view) for row in block.children]
        elif view.is_plea(block):
            parts.append(left(block, "plea"))
        elif block.kind != "rule":
            parts.append(Part("left" if parts else "intro", "beside-a-table", [block]))
    return parts


def _row_part(row: Block, table: Block, view: View) -> Part:
    if row.ordered and len(table.children) > 1:
        return left(row, "head-of-a-table")
    if not view.links(row) and is_decoration(view.text(row)):
        return left(row, "empty-row")
    cells = [cell for cell in row.children if view.text(cell) or view.links(cell) or view.facts(cell).images]
    if not cells:
        return left(row, "empty-row")
    titled = next((cell for cell in cells if _names_story(view.text(cell))), cells[0])
    title, lead, rest = split_lead(_unnumbered(titled.inlines))
    body: list[Block] = []
    for cell in cells:
        inlines = rest if cell is titled else cell.inlines
        if inlines:
            body.append(Block("paragraph", row.first, row.last, inlines=strip_start(inlines)))
    return Part("item", "row-of-a-link-table", [row], title, lead, body)


def _names_story(text: str) -> bool:
    return (
        len(clean(text)) >= 3
        and not is_decoration(text)
        and not is_generic(text)
        and not is_code_name(text)
        and not re.fullmatch(r"[\d\s./:-]+", text)
    )


def _unnumbered(inlines: list[Inline]) -> list[Inline]:
    match = re.match(r"\s*\d{1,3}\s*[.)、]\s*", raw_text(inlines))
    return strip_start(cut(inlines, match.end())[1]) if match else inlines


# -- galleries


def gallery(blocks: list[Block], view: View) -> list[Part] | None:
    """Pictures with their captions and little else are an item each."""
    if sum(view.facts(block).images for block in blocks) < 2 or any(
        block.kind in {"list", "table"} for block in blocks
    ):
        return None
    units = [line for block in blocks for line in (lines_of(block) if block.kind == "paragraph" else [block])]
    pictures = sum(view.facts(unit).images > 0 for unit in units)
    captions = [unit for unit in units if view.is_prose(unit)]
    sources = sum(_is_source(unit, view) for unit in captions)
    others = [u for u in units if u.kind not in {"paragraph", "rule"}]
    if pictures < 2 or others or sources < 0.5 * pictures or len(captions) > 2 * pictures:
        return None
    if any(len(view.text(unit)) > 250 for unit in captions):
        return None
    first = next((unit for unit in units if unit.kind != "rule"), units[0])
    captions_first = not view.facts(first).images and bool(view.links(first))
    parts: list[Part] = []
    for unit in units:
        if unit.kind == "rule":
            continue
        shown = view.facts(unit).images > 0
        last = parts[-1] if parts and parts[-1].kind == "item" else None
        if (not shown if captions_first else shown) and (last is None or last.title):
            parts.append(Part("item", "picture-of-a-gallery", [unit], body=[unit] if shown else []))
            if view.is_prose(unit):
                _caption(parts[-1], unit)
        elif last is None:
            parts.append(Part("intro", "above-a-gallery", [unit]))
        elif last.title or not view.is_prose(unit):
            attach(last, unit)
        else:
            last.blocks.append(unit)
            _caption(last, unit)
    return parts


def _is_source(unit: Block, view: View) -> bool:
    return bool(view.links(unit)) or wording.SOURCE_LINE.match(view.text(unit)) is not None


def _caption(part: Part, unit: Block) -> None:
    text = " ".join(raw_text(unit.inlines).split())
    title = (
        wording.SOURCE_LINE.sub("", text, count=1)
        if re.match(r"^\W*\w+\s*[:：]|^\W*source", text, re.IGNORECASE)
        else text
    )
    title = clean(title).strip("_* ")
    shut = title.endswith(")") and "(" in title
    part.title = title if shut else title.rstrip(")")
    part.lead = [inline for inline in unit.inlines if inline.kind != "image"]


# -- headline and link, link lines, bold leads


def headline_and_link(blocks: list[Block], view: View) -> list[Part] | None:
    """A headline paragraph, then a line that is only its link ("Article", a bare address): an item each time."""
    units = [unit for unit in view.units(blocks) if unit.kind != "rule"]
    heads = [
        index
        for index, (one, two) in enumerate(zip(units, units[1:], strict=False))
        if _is_headline(one, view) and (found := view.link_line(two)) is not None and found[1]
    ]
    prose = sum(view.is_prose(unit) and view.link_line(unit) is None for unit in units)
    if len(heads) < 2 or prose > 2.5 * len(heads):
        return None
    if heads[0] > 2:
        return None
    parts: list[Part] = []
    for index, unit in enumerate(units):
        if index in heads:
            title = clean(view.text(unit))
            if count_sentences(view.text(unit)) == 1:
                title = title.rstrip("。")
            parts.append(Part("item", "headline-and-link", [unit], title, unit.inlines))
        elif view.is_plea(unit):
            parts.append(left(unit, "plea"))
        elif parts and parts[-1].kind == "item":
            attach(parts[-1], unit)
        else:
            parts.append(Part("intro", "above-headlines", [unit]))
    return parts


def _is_headline(block: Block, view: View) -> bool:
    if block.kind != "paragraph" or view.links(block) or view.facts(block).images:
        return False
    text = view.text(block)
    return bool(text) and len(text) <= 250 and not view.is_plea(block) and count_sentences(text) <= 2


def link_lines(blocks: list[Block], view: View) -> list[Part] | None:
    """Lines that are only a link, several together or each with its text below: a reading list."""
    units = [unit for unit in view.units(blocks) if unit.kind != "rule" and not view.is_plea(unit)]
    leads = [unit for unit in units if (found := view.link_line(unit)) is not None and not found[1]]
    if len(leads) < 2:
        return None
    first = next(index for index, unit in enumerate(units) if unit is leads[0])
    before = [unit for unit in units[:first] if view.is_prose(unit)]
    if len(before) > 2 or sum(len(view.text(unit)) for unit in before) > 500:
        return None
    between = sum(view.is_prose(unit) for unit in units) - len(leads) - len(before)
    if between > 3 * len(leads) or (between > 0.5 * len(leads) and not _is_regular(units, leads)):
        return None
    return _by_leads(view.units(blocks), {id(unit) for unit in leads}, "link-line", view)


def _is_regular(units: list[Block], leads: list[Block]) -> bool:
    """Whether most leads have text below them before the next."""
    ids = {id(unit) for unit in leads}
    following = sum(1 for one, two in zip(units, units[1:], strict=False) if id(one) in ids and id(two) not in ids)
    return following >= 0.5 * len(leads)


def _by_leads(units: list[Block], leads: set[int], rule: str, view: View) -> list[Part]:
    parts: list[Part] = []
    for unit in units:
        if id(unit) in leads:
            parts.append(item_of(unit, rule))
        elif unit.kind == "rule":
            continue
        elif view.is_plea(unit):
            parts.append(left(unit, "plea"))
        elif parts and parts[-1].kind == "item":
            attach(parts[-1], unit)
        else:
            parts.append(Part("intro", "above-the-first-item", [unit]))
    return parts


def bold_leads(blocks: list[Block], view: View) -> list[Part] | None:
    """Paragraphs that open with a title in bold, each with a link before the next, are an item each."""
    leads = [block for block in blocks if _is_bold_lead(block)]
    if len(leads) < 2:
        return None
    ids = {id(block) for block in leads}
    first = next(index for index, block in enumerate(blocks) if id(block) in ids)
    if sum(view.is_prose(block) for block in blocks[:first]) > 2:
        return None
    linked = 0
    open_ = False
    for block in blocks[first:]:
        if id(block) in ids:
            open_ = True
        if open_ and view.links(block):
            linked += 1
            open_ = False
    if linked < 0.6 * len(leads):
        return None
    return _by_leads(blocks, ids, "bold-lead", view)


def _is_bold_lead(block: Block) -> bool:
    if block.kind != "paragraph":
        return False
    for index, inline in enumerate(block.inlines):
        if inline.kind == "text" and is_decoration(inline.text):
            continue
        if inline.kind == "link":
            return len(inline.children) == 1 and inline.children[0].kind == "strong"
        if inline.kind != "strong":
            return False
        text = raw_text(inline.children).strip()
        rest = raw_text(block.inlines[index + 1 :])
        linked = any(child.kind == "link" for child in inline.children)
        return 3 <= len(text) <= 160 and (linked or text[-1] in ".:!?：。！？" or _stands_apart(text, rest))
    return False


def _stands_apart(lead: str, rest: str) -> bool:
    """Whether what follows a bold lead begins anew: after a dash or colon, on the next line, or as a sentence."""
    text = rest.lstrip(" \t")
    if not text or text[0] in "\n:：–—-(（,，.|":
        return True
    return rest != text and text[0].isupper() and len(lead.split()) >= 2


# -- digests


def count_openers(blocks: list[Block], view: View) -> tuple[int, int]:
    """How many of the paragraphs with words are short, carry a link and begin something new; and how many there are."""
    prose = [block for block in blocks if view.is_prose(block) and not view.is_plea(block)]
    prose = [block for block in prose if (line := view.link_line(block)) is None or not line[1]]
    opening = [block for block in prose if _opens(block, view, is_first=block is prose[0])]
    if opening and median(len(view.text(block)) for block in opening) > _USUAL_PARAGRAPH:
        return 0, len(prose)
    return len(opening), len(prose)


def _opens(block: Block, view: View, *, is_first: bool = False) -> bool:
    limit = _DIGEST_PARAGRAPH if view.is_digest else _LONG_PARAGRAPH
    if not (view.is_prose(block) and view.links(block)) or len(view.text(block)) > limit:
        return False
    text = view.text(block)
    line = view.link_line(block)
    if (
        (wording.CONTINUES.search(text) and not is_first)
        or wording.CAPTION.search(text)
        or (line is not None and line[1])
    ):
        return False
    found = leading_link(block.inlines)
    named = found is not None and not is_generic(raw_text(found[0].children))
    return named or view.is_digest or not text.endswith((":", "："))


def digest_paragraphs(blocks: list[Block], view: View) -> list[Part] | None:
    """In a digest each paragraph with a link is an item; quotations and linkless lists below belong to it."""
    if not view.is_digest:
        return None
    prose = [block for block in blocks if view.is_prose(block) and not view.is_plea(block)]
    openers = {id(block) for block in prose if _opens(block, view, is_first=block is prose[0])}
    if not openers or (id(prose[0]) not in openers and len(openers) < 0.5 * len(prose)):
        return None
    if len(openers) < 0.3 * len(prose):
        return None
    return _by_leads(blocks, openers, "digest-paragraph", view)


def separated(blocks: list[Block], view: View) -> list[Part] | None:
    """Stretches between separating lines, each with a link, are an item each."""
    runs: list[list[Block]] = [[]]
    for block in blocks:
        if block.kind == "rule":
            runs.append([])
        else:
            runs[-1].append(block)
    runs = [run for run in runs if run]
    linked = [
        run
        for run in runs
        if any(view.links(block) for block in run) and view.is_prose(run[0]) and not view.is_plea(run[0])
    ]
    if len(linked) < 3 or len(linked) < 0.6 * len(runs):
        return None
    parts: list[Part] = []
    for run in runs:
        if not any(run is one for one in linked):
            kind = "left" if parts and any(view.is_plea(b) for b in run) else "intro" if not parts else "left"
            parts += [Part(kind, "between-separators", [block]) for block in run]
            continue
        parts += _by_leads(run, {id(run[0])}, "between-separators", view)
    return parts


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

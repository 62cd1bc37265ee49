"""Rules for stories that are rows of a table or pictures of a gallery."""

from __future__ import annotations

import re

from digest.head.dates import is_day
from digest.items import wording
from digest.items.block_facts import View, lines_of
from digest.items.headlines import split_lead
from digest.items.parts import Part, attach, left
from digest.items.sentences import cut, strip_start
from digest.items.titles import clean, is_code_name, is_decoration, is_generic, leading_link
from digest.tree.nodes import Block, Inline, raw_text

_LONGEST_FIGURE = 10  # characters of a cell that is a number or a word
_LONGEST_CAPTION = 200  # columns; a gallery's captions are no paragraphs

# -- tables


def table_of_links(blocks: list[Block], view: View) -> list[Part] | None:
    """Where most rows of a table carry links, each row is an item titled by its first cell or link."""
    tables = [block for block in blocks if block.kind == "table"]
    rows = [row for table in tables for row in table.children if not row.ordered or len(table.children) == 1]
    linked = [row for row in rows if view.links(row)]
    if len(linked) < 2 or len(linked) < 0.6 * len(rows):
        return None
    prose = sum(view.facts(b).chars for b in blocks if view.is_prose(b) and not view.is_plea(b))
    if prose > 2 * sum(view.facts(row).chars for row in rows) or _is_statistics(blocks, rows, view):
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


def _is_statistics(blocks: list[Block], rows: list[Block], view: View) -> bool:
    """Whether linked prose stands above a table in which most cells behind the first are a number or a word."""
    first = next(index for index, block in enumerate(blocks) if block.kind == "table")
    cells = [view.text(cell) for row in rows for cell in row.children[1:]]
    short = sum(len(text.split()) <= 1 and len(text) <= _LONGEST_FIGURE for text in cells)
    numbers = sum(any(map(str.isdecimal, text)) and len(text) <= _LONGEST_FIGURE for text in cells)
    return short == len(cells) and 3 * numbers >= len(cells) > 0 and any(view.links(block) for block in blocks[:first])


def _row_part(row: Block, table: Block, view: View) -> Part:
    if row.ordered and len(table.children) > 1:
        return left(row, "head-of-a-table")
    if not view.links(row) and is_decoration(view.text(row)):
        return left(row, "empty-row")
    cells = [cell for cell in row.children if view.text(cell) or view.links(cell) or view.facts(cell).images]
    if not cells:
        return left(row, "empty-row")
    named = [cell for cell in cells if _names_story(view.text(cell))]
    titled = next((cell for cell in named if is_day(view.text(cells[0])) and _leads(cell)), (named or cells)[0])
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
        and not is_day(text)
    )


def _leads(cell: Block) -> bool:
    """Whether a cell is a link by name: where the row begins with a day, it says what takes place."""
    found = leading_link(cell.inlines)
    return found is not None and not is_generic(raw_text(found[0].children))


_NUMBER = re.compile(r"\s*\d{1,3}\s*[.)、](?!\d)\s*")  # "3.14" is a version


def _unnumbered(inlines: list[Inline]) -> list[Inline]:
    match = _NUMBER.match(raw_text(inlines))
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
    if any(_width(text := view.text(unit)) > _LONGEST_CAPTION or text.endswith((":", "：")) for unit in captions):
        return None  # who puts a colon above a picture tells a story
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


def _width(text: str) -> int:
    """Return the length of a text in columns: a character of Chinese or Japanese says as much as two letters."""
    return len(text) + sum(char > "\u2e80" for char in text)


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

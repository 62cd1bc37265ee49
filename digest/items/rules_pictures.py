"""Rules for stories that are rows of a table or pictures of a gallery."""

from __future__ import annotations

import re

from digest.head.dates import is_day
from digest.items import wording
from digest.items.block_facts import View, lines_of
from digest.items.headlines import split_lead
from digest.items.parts import Part, attach, left_out
from digest.items.sentences import cut, strip_start
from digest.items.titles import clean, is_code_name, is_decoration, is_generic, leading_link
from digest.tree.nodes import Block, Inline, raw_text

_LONGEST_FIGURE = 10  # maximum characters of a cell that is a number or a word
_FEW = 2  # pictures up to which each needs a source to be a gallery
_LONGEST_CAPTION = 200  # columns; longer captions are paragraphs

# -- tables


def table_of_links(blocks: list[Block], view: View) -> list[Part] | None:
    """Take the rows of a table as items titled by their first cell or link, if most rows have links."""
    rows = [row for block in blocks if block.kind == "table" for row in _rows(block)]
    linked = sum(view.links(row) > 0 and not is_decoration(view.text(row)) for row in rows)
    if linked < 2 or linked < 0.6 * len(rows):
        return None
    prose = sum(view.facts(block).chars for block in view.prose(blocks))
    if prose > 2 * view.size(rows) or _is_statistics(blocks, rows, view):
        return None
    parts: list[Part] = []
    for block in blocks:
        parts += _table_parts(block, view, is_first=not parts)
    return parts


def _rows(table: Block) -> list[Block]:
    """Return the rows of a table without its header."""
    return [row for row in table.children if not _is_head(row, table)]


def _is_head(row: Block, table: Block) -> bool:
    return row.ordered and len(table.children) > 1


def _table_parts(block: Block, view: View, *, is_first: bool) -> list[Part]:
    if block.kind == "table":
        return [_row_part(row, block, view) for row in block.children]
    if view.is_plea(block):
        return [left_out(block, "plea")]
    return [] if block.kind == "rule" else [Part("intro" if is_first else "left", "beside-a-table", [block])]


def _is_statistics(blocks: list[Block], rows: list[Block], view: View) -> bool:
    """Whether prose with links precedes a table of data: most cells after the first are a number or a word."""
    first = next(index for index, block in enumerate(blocks) if block.kind == "table")
    cells = [view.text(cell) for row in rows for cell in row.children[1:]]
    if not cells or not any(map(view.links, blocks[:first])):
        return False
    return all(map(_is_figure, cells)) and 3 * sum(any(map(str.isdecimal, text)) for text in cells) >= len(cells)


def _is_figure(text: str) -> bool:
    """Whether a cell is a number or a word."""
    return len(text.split()) <= 1 and len(text) <= _LONGEST_FIGURE


def _row_part(row: Block, table: Block, view: View) -> Part:
    if _is_head(row, table):
        return left_out(row, "head-of-a-table")
    cells = [cell for cell in row.children if _shows(cell, view)]
    if not cells or (not view.links(row) and is_decoration(view.text(row))):
        return left_out(row, "empty-row")
    titled = _titled_cell(cells, view)
    title, lead, rest = split_lead(_unnumbered(titled.inlines))
    body: list[Block] = []
    for cell in cells:
        inlines = rest if cell is titled else cell.inlines
        if inlines:
            body.append(Block("paragraph", row.first, row.last, inlines=strip_start(inlines)))
    return Part("item", "row-of-a-link-table", [row], title, lead, body)


def _shows(cell: Block, view: View) -> bool:
    facts = view.facts(cell)
    return bool(facts.text or facts.links or facts.images)


def _titled_cell(cells: list[Block], view: View) -> Block:
    """Return the cell with the title: in a row that starts with a date its named link, else the first text."""
    named = [cell for cell in cells if _names_story(view.text(cell))]
    if is_day(view.text(cells[0])) and (linked := next(filter(_leads, named), None)) is not None:
        return linked
    return (named or cells)[0]


def _names_story(text: str) -> bool:
    if len(clean(text)) < 3 or is_decoration(text) or re.fullmatch(r"[\d\s./:-]+", text):
        return False
    return not is_generic(text) and not is_code_name(text) and not is_day(text)


def _leads(cell: Block) -> bool:
    """Whether a cell is a named link: in a row that starts with a date, it is the event."""
    found = leading_link(cell.inlines)
    return found is not None and not is_generic(raw_text(found[0].children))


_NUMBER = re.compile(r"\s*\d{1,3}\s*[.)、](?!\d)\s*")  # "3.14" is a version


def _unnumbered(inlines: list[Inline]) -> list[Inline]:
    match = _NUMBER.match(raw_text(inlines))
    return strip_start(cut(inlines, match.end())[1]) if match else inlines


# -- galleries


def gallery(blocks: list[Block], view: View) -> list[Part] | None:
    """Take pictures with captions as items, if there is little else."""
    units = [unit for block in blocks for unit in _units(block)]
    if not _are_pictures(units, view):
        return None
    captions_first = not view.facts(units[0]).images and view.links(units[0]) > 0
    parts: list[Part] = []
    for unit in units:
        _hang(unit, parts, view, captions_first=captions_first)
    return parts


def _units(block: Block) -> list[Block]:
    """Return a paragraph's lines, other blocks unchanged, and nothing for rules."""
    if block.kind == "paragraph":
        return lines_of(block)
    return [] if block.kind == "rule" else [block]


def _are_pictures(units: list[Block], view: View) -> bool:
    """Whether lines are several pictures with short captions, at least half of them with a source; of two, both."""
    pictures = sum(view.facts(unit).images > 0 for unit in units)
    captions = list(filter(view.is_prose, units))
    if pictures < 2 or len(captions) > 2 * pictures or any(unit.kind != "paragraph" for unit in units):
        return False
    sources = sum(_is_source(unit, view) for unit in captions)
    least = pictures if pictures <= _FEW else pictures / 2
    return sources >= least and all(_is_caption(view.text(unit)) for unit in captions)


def _is_caption(text: str) -> bool:
    """Whether a line is a short caption; a line ending in a colon above a picture is part of a story."""
    return _width(text) <= _LONGEST_CAPTION and not text.endswith((":", "："))


def _hang(unit: Block, parts: list[Part], view: View, *, captions_first: bool) -> None:
    """Add a line to its picture, or start an item with it."""
    shown = view.facts(unit).images > 0
    last = parts[-1] if parts and parts[-1].kind == "item" else None
    is_due = last is None or bool(last.title)  # no picture is waiting for its caption
    if is_due and shown != captions_first:
        parts.append(Part("item", "picture-of-a-gallery", [unit], body=[unit] if shown else []))
        _caption(parts[-1], unit, view)
    elif last is None:
        parts.append(Part("intro", "above-a-gallery", [unit]))
    elif is_due or not view.is_prose(unit):
        attach(last, unit)
    else:
        last.blocks.append(unit)
        _caption(last, unit, view)


def _width(text: str) -> int:
    """Return the width of a text in columns; Chinese and Japanese characters are two columns wide."""
    return len(text) + sum(char > "\u2e80" for char in text)


def _is_source(unit: Block, view: View) -> bool:
    return bool(view.links(unit)) or wording.SOURCE_LINE.match(view.text(unit)) is not None


def _caption(part: Part, unit: Block, view: View) -> None:
    if not view.is_prose(unit):
        return
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

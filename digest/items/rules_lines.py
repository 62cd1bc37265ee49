"""Rules for stories that are paragraphs: headlines with their links, link lines, bold leads, digests."""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import median

from digest.items import wording
from digest.items.block_facts import DIGEST_PARAGRAPH, View
from digest.items.leads import is_bold_lead, is_link_lead
from digest.items.parts import Part, attach, item_of, left, paragraph
from digest.items.rules_lists import labelled_list, list_of_links
from digest.items.sentences import count_sentences
from digest.items.titles import clean, is_decoration, is_generic, leading_link
from digest.tree.nodes import Block, raw_text

_LABELLED = re.compile(r"[^\s:：]{1,20}[:：]\s")
_LONG_INTRODUCTION = 500  # characters; a reading list is introduced by less
_LONG_PARAGRAPH = 600  # characters; a digest's paragraphs are shorter
_ILLUSTRATED = 2  # headlines with a picture right below, from which those make the stories
_LONGEST_TITLE = 160  # characters of a headline without a link
_GROUPS = 2  # sections with several stories, beside which one with a single link by name is read as they are
_ROW = 3  # links in one line from which each is a story
_SEPARATED_STORIES = 2  # stretches behind separating lines from which these make the stories
_USUAL_PARAGRAPH = 420  # characters; and most of them are shorter than this


def by_leads(units: list[Block], leads: set[int], rule: str, view: View) -> list[Part]:
    """Return an item from each of `leads` (their ids) to the next, or to a label above a list of links."""
    parts: list[Part] = []
    above = _pictures_above(units, leads, view)
    done = {id(picture) for picture in above.values()}
    for index, unit in enumerate(units):
        if unit.kind == "rule" or id(unit) in done:
            continue
        if id(unit) in leads:
            parts.append(item_of(unit, rule))
            if picture := above.get(id(unit)):
                parts[-1].blocks.insert(0, picture)
                parts[-1].body.insert(0, picture)
        elif (labelled := labelled_list(units, index, view)) is not None:
            parts.append(labelled)
            done.add(id(units[index + 1]))
        else:
            _place(unit, parts, view)
    return parts


def _place(unit: Block, parts: list[Part], view: View) -> None:
    """Put a block that opens nothing where it belongs."""
    if view.is_plea(unit):
        parts.append(left(unit, "plea"))
    elif parts and parts[-1].kind == "item":
        attach(parts[-1], unit)
    elif unit.kind == "list" and (entries := list_of_links([unit], view)) is not None:
        parts += entries  # above the first lead
    elif parts and parts[-1].kind == "section":
        parts.append(left(unit, "beside-a-list"))
    else:
        parts.append(Part("intro", "above-the-first-item", [unit]))


def _pictures_above(units: list[Block], leads: set[int], view: View) -> dict[int, Block]:
    """Return the pictures right above leads, by the leads' ids, where the first lead has one: each belongs to what
    follows.
    """
    first = next((index for index, unit in enumerate(units) if id(unit) in leads), 0)
    if not first or not view.is_picture(units[first - 1]):
        return {}
    return {id(two): one for one, two in pairwise(units) if id(two) in leads and view.is_picture(one)}


# -- headline and link, link lines, bold leads


def headline_and_link(blocks: list[Block], view: View) -> list[Part] | None:
    """Return a headline paragraph, then a line that is only its link ("Article", a bare address): an item each time."""
    units = [unit for unit in view.units(blocks) if unit.kind != "rule"]
    heads = [
        index
        for index, (one, two) in enumerate(pairwise(units))
        if _is_headline(one, view) and (found := view.link_line(two)) is not None and found[1]
    ]
    prose = sum(view.is_prose(unit) and view.link_line(unit) is None for unit in units)
    if not heads or prose > 2.5 * len(heads) or (len(heads) < 2 and "headline-and-link" not in view.usual):
        return None
    if heads[0] > (2 if len(heads) > 1 else 0):
        return None
    opening = set(heads)
    parts: list[Part] = []
    for index, unit in enumerate(units):
        if index in opening:
            title = clean(view.text(unit))
            if count_sentences(view.text(unit)) == 1:
                title = title.rstrip("。")
            parts.append(Part("item", "headline-and-link", [unit], title, unit.inlines))
        elif view.is_plea(unit):
            parts.append(left(unit, "plea"))
        elif (line := view.link_line(unit)) is not None and not line[1] and unit.inlines[0].kind == "strong":
            parts.append(item_of(unit, "headline-and-link"))
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
    if sum(block.kind == "paragraph" and _is_bold_headline(block, view) for block in blocks) >= 2:
        return None  # the links are those of the headlines above them
    leads = [unit for unit in units if (found := view.link_line(unit)) is not None and not found[1]]
    if not leads:
        leads = _bare_addresses(units, view)
    if len(leads) < 2 or any(unit.kind in {"table", "code"} for unit in units):
        return None
    if (illustrated := _illustrated(units, leads, view)) is not None:
        return by_leads(view.units(blocks), illustrated, "illustrated-headline", view)
    first = next(index for index, unit in enumerate(units) if unit is leads[0])
    before = [unit for unit in units[:first] if view.is_prose(unit)]
    told = sum(len(view.text(unit)) for unit in before)
    if len(before) > 2 or told > _LONG_INTRODUCTION or told > 4 * sum(len(view.text(unit)) for unit in leads):
        return None
    between = sum(view.is_prose(unit) for unit in units) - len(leads) - len(before)
    is_sparse = between > 3 * len(leads) or (between > 0.5 * len(leads) and not _is_regular(units, leads))
    if is_sparse or _heads_story(units, leads, view):
        return None
    return by_leads(view.units(blocks), {id(unit) for unit in leads}, "link-line", view)


def _bare_addresses(units: list[Block], view: View) -> list[Block]:
    """Return the lines that are only an address, where a section holds nothing else but a line that introduces them."""
    bare = [
        unit for unit in units if view.links(unit) and view.text(unit).startswith("http") and " " not in view.text(unit)
    ]
    return bare if units and len(units) - len(bare) <= 1 and units[0] not in bare[1:] else []


def _heads_story(units: list[Block], leads: list[Block], view: View) -> bool:
    """Whether labelled links stand together above all that is told, as those of a story do ("Link: …", "Demo: …")."""
    ids = {id(lead) for lead in leads}
    places = [index for index, unit in enumerate(units) if id(unit) in ids]
    if places[-1] - places[0] != len(leads) - 1 or not all(_LABELLED.match(view.text(lead)) for lead in leads):
        return False
    told = sum(view.facts(unit).chars for unit in units[places[-1] + 1 :] if view.is_prose(unit))
    return told > sum(view.facts(lead).chars for lead in leads)


def _illustrated(units: list[Block], leads: list[Block], view: View) -> set[int] | None:
    """Return the ids of the headlines where most stories are a headline, its picture and text; linked or not. Else
    None.
    """
    shown = {id(one) for one, two in pairwise(units) if view.is_picture(two)}
    if len(shown) < _ILLUSTRATED or 2 * sum(id(lead) in shown for lead in leads) < len(leads):
        return None
    named = {id(lead) for lead in leads}
    named |= {id(unit) for unit in units if id(unit) in shown and _is_title(unit, view)}
    first = next(unit for unit in units if view.text(unit) or view.is_picture(unit))
    return named if id(first) in named else None


def _is_title(unit: Block, view: View) -> bool:
    """Whether a paragraph is a headline by its looks: one line without a mark at its end."""
    text = view.text(unit)
    return (
        view.is_prose(unit) and len(text) <= _LONGEST_TITLE and text[-1] not in ".!?…:：。！？" and not view.links(unit)
    )


def _is_bold_headline(block: Block, view: View) -> bool:
    """Whether the first line of several is a title in bold without a link."""
    first = next((one for one in block.inlines if one.kind != "text" or not is_decoration(one.text)), None)
    if first is None or first.kind != "strong" or not is_bold_lead(block, view):
        return False
    place = block.inlines.index(first) + 1
    is_alone = place < len(block.inlines) and block.inlines[place].kind in {"softbreak", "break"}
    return is_alone and not any(child.kind == "link" for child in first.children)


def _is_regular(units: list[Block], leads: list[Block]) -> bool:
    """Whether most leads have text below them before the next."""
    ids = {id(unit) for unit in leads}
    following = sum(1 for one, two in pairwise(units) if id(one) in ids and id(two) not in ids)
    return following >= 0.5 * len(leads)


def bold_leads(blocks: list[Block], view: View) -> list[Part] | None:
    """Paragraphs that open with a title in bold, each with a link before the next, are an item each."""
    leads = [
        block
        for index, block in enumerate(blocks)
        if is_bold_lead(block, view) and not view.is_plea(block) and labelled_list(blocks, index, view) is None
    ]
    if not leads or (len(leads) < 2 and "bold-leads" not in view.usual):
        return None
    ids = {id(block) for block in leads}
    first = next(index for index, block in enumerate(blocks) if id(block) in ids)
    if sum(map(view.is_prose, right_above(blocks, first))) > (2 if len(leads) > 1 else 0):
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
    return by_leads(blocks, ids, "bold-lead", view)


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
    limit = DIGEST_PARAGRAPH if view.is_digest else _LONG_PARAGRAPH
    if not (view.is_prose(block) and view.links(block)) or len(view.text(block)) > limit:
        return False
    text = view.text(block)
    line = view.link_line(block)
    adds = wording.ADDS.search(text) is not None
    if (
        (wording.CONTINUES.search(text) and not is_first and not adds)
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
    return by_leads(blocks, openers, "digest-paragraph", view)


def is_reading_list(blocks: list[Block], view: View) -> bool:
    """Whether each paragraph opens with a link by name and tells of it behind a mark, or is only the link."""
    prose = [block for block in blocks if view.is_prose(block) and not view.is_plea(block)]
    return all(is_link_lead(block) or ((line := view.link_line(block)) is not None and not line[1]) for block in prose)


def _lone_link(blocks: list[Block], view: View) -> list[int]:
    """Return the place of the only paragraph of a section, where it is a link by name and at most a line of comment."""
    prose = [index for index, block in enumerate(blocks) if not view.is_plea(block) and block.kind != "rule"]
    if len(prose) != 1 or not view.is_prose(blocks[prose[0]]):
        return []
    block = blocks[prose[0]]
    line = view.link_line(block)
    is_named = line is not None and not line[1] and leading_link(block.inlines) is not None
    is_short = is_link_lead(block) and "\n" not in raw_text(block.inlines) and not view.facts(block).images
    return prose if is_named or is_short else []


def right_above(blocks: list[Block], place: int) -> list[Block]:
    """Return the blocks above `place`, back to a separating line."""
    line = next((index for index in range(place - 1, -1, -1) if blocks[index].kind == "rule"), -1)
    return blocks[line + 1 : place]


def links_in_a_row(blocks: list[Block], view: View) -> list[Part] | None:
    """One line of at least three links by name, with marks between them ("[A](…) | [B](…) | [C](…)"): an item each."""
    prose = [block for block in blocks if block.kind != "rule" and not view.is_plea(block)]
    if len(prose) != 1 or prose[0].kind != "paragraph":
        return None
    row = prose[0]
    links = [inline for inline in row.inlines if inline.kind == "link"]
    marks = [inline for inline in row.inlines if inline.kind != "link"]
    if len(links) < _ROW or not all(one.kind == "text" and is_decoration(one.text) for one in marks):
        return None
    if any(is_generic(raw_text(link.children)) for link in links):
        return None
    parts: list[Part] = []
    for block in blocks:
        if block is row:
            parts += [item_of(paragraph([link], row), "link-in-a-row") for link in links]
        elif block.kind != "rule":
            parts.append(left(block, "plea"))
    return parts


def link_leads(blocks: list[Block], view: View) -> list[Part] | None:
    """Paragraphs that each open with a link by name and tell of it ("[Title](…) — what it is") are an item each."""
    leads = [index for index, block in enumerate(blocks) if is_link_lead(block) and not view.is_plea(block)]
    if len(leads) < 2:  # a section that holds a single one is read like its siblings
        leads = _lone_link(blocks, view) if view.groups >= _GROUPS else []
    if not leads or any(map(view.is_prose, right_above(blocks, leads[0]))):
        return None
    prose = [block for block in blocks[leads[0] :] if view.is_prose(block) and not view.is_plea(block)]
    if len(leads) < 0.5 * len(prose):
        return None
    return by_leads(blocks, {id(blocks[index]) for index in leads}, "link-lead", view)


def separated_leads(blocks: list[Block], view: View) -> list[Part] | None:
    """Stretches between separating lines, each opening with a title in bold, are an item each, facets included."""
    runs = separated_runs(blocks)
    opened = [run[0] for run in runs[1:] if is_bold_lead(run[0], view)]
    if len(opened) < _SEPARATED_STORIES or len(opened) < 0.6 * (len(runs) - 1):
        return None
    told = sum(view.links(block) > 0 and is_bold_lead(block, view) for run in runs for block in run)
    linked = sum(any(view.links(block) for block in run) for run in runs)
    if told > 1.5 * len(runs) or 2 * linked < len(opened):  # then each paragraph in bold is a story
        return None
    first = next((block for block in runs[0] if is_bold_lead(block, view) and not view.is_plea(block)), None)
    leads = {id(block) for block in ([first] if first is not None else []) + opened if not view.is_plea(block)}
    parts: list[Part] = []
    for run in runs:
        parts += _run_parts(run, leads, parts, view)
    return parts


def _run_parts(run: list[Block], leads: set[int], before: list[Part], view: View) -> list[Part]:
    if any(id(block) in leads for block in run):
        return by_leads(run, leads, "between-separators", view)
    for rule in (list_of_links, link_lines):
        found = rule(run, view)
        if found is not None:
            return found
    if any(view.is_plea(block) for block in run):
        return [left(block, "plea" if view.is_plea(block) else "between-separators") for block in run]
    kind = "left" if before else "intro"
    return [Part(kind, "between-separators", [block]) for block in run]


def separated_runs(blocks: list[Block]) -> list[list[Block]]:
    """Return the stretches between separating lines; none is empty."""
    runs: list[list[Block]] = [[]]
    for block in blocks:
        if block.kind == "rule":
            runs.append([])
        else:
            runs[-1].append(block)
    return [run for run in runs if run]


def separated(blocks: list[Block], view: View) -> list[Part] | None:
    """Stretches between separating lines, each with a link, are an item each."""
    runs = separated_runs(blocks)
    linked = [
        run
        for run in runs
        if any(view.links(block) for block in run) and view.is_prose(run[0]) and not view.is_plea(run[0])
    ]
    if len(linked) < 3 or len(linked) < 0.6 * len(runs):
        return None
    leads = {id(run[0]) for run in linked}
    parts: list[Part] = []
    for run in runs:
        parts += _run_parts(run, leads, parts, view)
    return parts

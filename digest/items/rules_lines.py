"""Rules for stories that are paragraphs: headlines with their links, link lines, bold leads, digests."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from statistics import median

from digest.items import wording
from digest.items.block_facts import DIGEST_PARAGRAPH, View
from digest.items.leads import is_bold_lead, is_interview, is_link_lead
from digest.items.parts import Part, attach, item_of, left_out, paragraph
from digest.items.rules_lists import labelled_list, list_of_links
from digest.items.sentences import count_sentences, cut, strip_start
from digest.items.titles import clean, is_generic, leading_link
from digest.tree.nodes import Block, Inline, links_of, raw_text

_LABELLED = re.compile(r"[^\s:：]{1,20}[:：]\s")
_TOO_MUCH = {"table", "code"}  # blocks that do not occur in a reading list
_LONG_INTRODUCTION = 500  # characters; a reading list has a shorter introduction
_LONG_PARAGRAPH = 600  # characters; a digest's paragraphs are shorter
_ILLUSTRATED = 2  # headlines with a picture right below from which these are the stories
_LONGEST_TITLE = 160  # maximum characters of a headline without a link
_ROW = 3  # links in one line from which each is a story
_WHOLE_ISSUE = 3  # paragraphs with a bold title from which these can be an issue's stories without links
_USUAL_PARAGRAPH = 420  # characters; and most of them are shorter than this


def by_leads(units: list[Block], leads: set[int], rule: str, view: View) -> list[Part]:
    """Return an item for each of `leads` (ids), up to the next lead or to a label above a list of links."""
    parts: list[Part] = []
    done: set[int] = set()  # lists handled together with their labels
    for index, unit in enumerate(units):
        if unit.kind == "rule" or id(unit) in done:
            continue
        if id(unit) in leads:
            parts.append(item_of(unit, rule))
        elif (labelled := labelled_list(units, index, view)) is not None:
            parts.append(labelled)
            done.add(id(units[index + 1]))
        else:
            _place(unit, parts, view)
    return parts


def _place(unit: Block, parts: list[Part], view: View) -> None:
    """Add a block that does not start an item to where it belongs."""
    if view.is_plea(unit):
        parts.append(left_out(unit, "plea"))
    elif parts and parts[-1].kind == "item":
        attach(parts[-1], unit)
    elif unit.kind == "list" and (entries := list_of_links([unit], view)) is not None:
        parts += entries  # above the first lead
    elif parts and parts[-1].kind == "section":
        parts.append(left_out(unit, "beside-a-list"))
    else:
        parts.append(Part("intro", "above-the-first-item", [unit]))


# -- headline and link, link lines, bold leads


def headline_and_link(blocks: list[Block], view: View) -> list[Part] | None:
    """Each headline paragraph followed by a line that is only its link ("Article", a bare URL) is an item."""
    units = [unit for unit in view.units(blocks) if unit.kind != "rule"]
    heads = [index for index, (one, two) in enumerate(pairwise(units)) if _heads(one, two, view)]
    if not heads or not _are_usual(heads, units, view):
        return None
    opening = set(heads)
    parts: list[Part] = []
    for index, unit in enumerate(units):
        if index in opening:
            parts.append(_headline(unit, view))
        else:
            _hang(unit, parts, view)
    return parts


def _hang(unit: Block, parts: list[Part], view: View) -> None:
    """Add the blocks between headlines to where they belong."""
    if view.is_plea(unit):
        parts.append(left_out(unit, "plea"))
    elif view.is_named_line(unit) and unit.inlines[0].kind == "strong":
        parts.append(item_of(unit, "headline-and-link"))
    elif parts and parts[-1].kind == "item":
        attach(parts[-1], unit)
    else:
        parts.append(Part("intro", "above-headlines", [unit]))


def _heads(one: Block, two: Block, view: View) -> bool:
    return _is_headline(one, view) and view.is_generic_line(two)


def _are_usual(heads: list[int], units: list[Block], view: View) -> bool:
    """Whether headlines with links start early and are most of the content, or are usual in the issue."""
    if len(heads) < 2 and not view.is_usual("headline-and-link"):
        return False
    prose = sum(view.is_prose(unit) and view.link_line(unit) is None for unit in units)
    return prose <= 2.5 * len(heads) and heads[0] <= (2 if len(heads) > 1 else 0)


def _headline(unit: Block, view: View) -> Part:
    title = clean(view.text(unit))
    if count_sentences(view.text(unit)) == 1:
        title = title.rstrip("。")
    return Part("item", "headline-and-link", [unit], title, unit.inlines)


def _is_headline(block: Block, view: View) -> bool:
    if block.kind != "paragraph" or view.links(block) or view.facts(block).images:
        return False
    text = view.text(block)
    return bool(text) and len(text) <= 250 and not view.is_plea(block) and count_sentences(text) <= 2


def link_lines(blocks: list[Block], view: View) -> list[Part] | None:
    """Lines that are only a link, several together or each with its text below, are the items of a reading list."""
    lines = view.units(blocks)
    units = [unit for unit in lines if unit.kind != "rule" and not view.is_plea(unit)]
    leads = list(filter(view.is_named_line, units)) or _bare_addresses(units, view)
    if len(leads) < 2 or not _TOO_MUCH.isdisjoint(unit.kind for unit in units):
        return None
    if illustrated := _illustrated(units, leads, view):
        return by_leads(lines, illustrated, "illustrated-headline", view)
    if openers := _all_open_with_links(units, view):
        return [_titled_by_link(part) for part in by_leads(lines, openers, "link-line", view)]
    is_list = _are_reading_list(units, leads, view) and not _heads_story(units, leads, view)
    return by_leads(lines, set(map(id, leads)), "link-line", view) if is_list else None


def _all_open_with_links(units: list[Block], view: View) -> set[int]:
    """Return the ids of the paragraphs if each of them, except an introduction, starts with a named link; else none."""
    told = list(filter(view.is_prose, units))
    opening = [unit for unit in told if _named_link(unit) is not None]
    is_all = len(opening) >= len(told) - 1 and (len(opening) == len(told) or told[0] is not opening[0])
    return set(map(id, opening)) if is_all else set()


def _titled_by_link(part: Part) -> Part:
    """Return an item of a reading list with its link as title, if a remark follows the link."""
    block = part.blocks[0]
    found = leading_link(block.inlines) if part.kind == "item" else None
    if found is None or is_generic(raw_text(found[0].children)):
        return part
    lead, rest = cut(block.inlines, found[1])
    rest = strip_start(rest)
    if raw_text(rest)[:1].islower():
        return part  # the sentence continues
    body = [paragraph(rest, block), *part.blocks[1:]] if rest else part.blocks[1:]
    return replace(part, title=clean(raw_text(found[0].children)), lead=lead, body=body)


def _are_reading_list(units: list[Block], leads: list[Block], view: View) -> bool:
    """Whether there is little text above link lines, and not much more than the lines between them."""
    first = next(index for index, unit in enumerate(units) if unit is leads[0])
    before = list(filter(view.is_prose, units[:first]))
    told = sum(len(view.text(unit)) for unit in before)
    if len(before) > 2 or told > _LONG_INTRODUCTION or told > 4 * sum(len(view.text(unit)) for unit in leads):
        return False
    between = sum(map(view.is_prose, units)) - len(leads) - len(before)
    return between <= 0.5 * len(leads) or (between <= 3 * len(leads) and _is_regular(units, leads))


def _bare_addresses(units: list[Block], view: View) -> list[Block]:
    """Return the lines that are bare URLs, if a section has nothing else but a line that introduces them."""
    bare = [unit for unit in units if _is_address(unit, view)]
    return bare if units and len(units) - len(bare) <= 1 and units[0] not in bare[1:] else []


def _is_address(unit: Block, view: View) -> bool:
    text = view.text(unit)
    return view.links(unit) > 0 and text.startswith("http") and " " not in text


def _heads_story(units: list[Block], leads: list[Block], view: View) -> bool:
    """Whether labelled links are grouped above the text, as in a single story ("Link: …", "Demo: …")."""
    ids = {id(lead) for lead in leads}
    places = [index for index, unit in enumerate(units) if id(unit) in ids]
    if places[-1] - places[0] != len(leads) - 1 or not all(_LABELLED.match(view.text(lead)) for lead in leads):
        return False
    told = sum(view.facts(unit).chars for unit in units[places[-1] + 1 :] if view.is_prose(unit))
    return told > view.size(leads)


def _illustrated(units: list[Block], leads: list[Block], view: View) -> set[int]:
    """Return the ids of the headlines if most stories are a headline, its picture and text; else none."""
    shown = {id(one): one for one, two in pairwise(units) if view.is_picture(two)}
    named = set(map(id, leads))
    if len(shown) < _ILLUSTRATED or 2 * len(named & shown.keys()) < len(leads):
        return set()
    first = next(unit for unit in units if view.text(unit) or view.is_picture(unit))
    named |= {place for place, unit in shown.items() if _is_title(unit, view)}
    return named if id(first) in named else set()


def _is_title(unit: Block, view: View) -> bool:
    """Whether a paragraph looks like a headline: a single line without punctuation at its end."""
    text = view.text(unit)
    return (
        view.is_prose(unit) and len(text) <= _LONGEST_TITLE and text[-1] not in ".!?…:：。！？" and not view.links(unit)
    )


def _is_regular(units: list[Block], leads: list[Block]) -> bool:
    """Whether most leads have text below them before the next."""
    ids = {id(unit) for unit in leads}
    following = sum(1 for one, two in pairwise(units) if id(one) in ids and id(two) not in ids)
    return following >= 0.5 * len(leads)


def bold_leads(blocks: list[Block], view: View) -> list[Part] | None:
    """Paragraphs that start with a bold title, each with a link before the next one, are an item each."""
    places = [place for place in range(len(blocks)) if _is_titled(blocks, place, view)]
    if not view.are_enough(len(places), "bold-leads") or is_interview([blocks[place] for place in places]):
        return None
    if sum(map(view.is_prose, right_above(blocks, places[0]))) > (2 if len(places) > 1 else 0):
        return None
    linked = sum(any(map(view.links, blocks[start:end])) for start, end in pairwise([*places, len(blocks)]))
    if linked < 0.6 * len(places) and not _are_whole_issue(blocks, places, view):
        return None
    return by_leads(blocks, {id(blocks[place]) for place in places}, "bold-lead", view)


def _are_whole_issue(blocks: list[Block], places: list[int], view: View) -> bool:
    """Whether the bold leads of an issue without headings are its stories: all paragraphs start with one, or the issue
    is known to have several stories.
    """
    is_all = view.tells_several or len(view.prose(blocks)) == len(places)
    return blocks is view.bare and len(places) >= _WHOLE_ISSUE and is_all


def _is_titled(blocks: list[Block], place: int, view: View) -> bool:
    """Whether a paragraph starts with a bold title that is not the label of a list."""
    block = blocks[place]
    return is_bold_lead(block, view) and not view.is_plea(block) and labelled_list(blocks, place, view) is None


def count_openers(blocks: list[Block], view: View) -> tuple[int, int]:
    """Count the prose paragraphs that are short, have a link and start a story; return that and the total."""
    prose = [block for block in view.prose(blocks) if not view.is_generic_line(block)]
    opening = [block for block in prose if _opens(block, view, is_first=block is prose[0])]
    if opening and median(len(view.text(block)) for block in opening) > _USUAL_PARAGRAPH:
        return 0, len(prose)
    return len(opening), len(prose)


def _opens(block: Block, view: View, *, is_first: bool = False) -> bool:
    text = view.text(block)
    if not (view.is_prose(block) and view.links(block)) or view.is_generic_line(block) or _names_people(block):
        return False
    limit = DIGEST_PARAGRAPH if view.is_digest else _LONG_PARAGRAPH
    if len(text) > limit or wording.CAPTION.search(text) or (not is_first and _goes_on(text)):
        return False
    return view.is_digest or text[-1] not in ":：" or _named_link(block) is not None


def _names_people(block: Block) -> bool:
    """Whether all links of a paragraph are credits ("@ann")."""
    return all(raw_text(link.children).startswith("@") for link in links_of(block.inlines))


def _goes_on(text: str) -> bool:
    """Whether a paragraph continues the one above it instead of starting a story."""
    return wording.CONTINUES.search(text) is not None and wording.ADDS.search(text) is None


def _named_link(block: Block) -> Inline | None:
    """Return the named link at the start of a paragraph, or None."""
    found = leading_link(block.inlines)
    return found[0] if found is not None and not is_generic(raw_text(found[0].children)) else None


def digest_paragraphs(blocks: list[Block], view: View) -> list[Part] | None:
    """In a digest each paragraph with a link is an item, with the quotations and lists without links below it."""
    if not view.is_run(blocks):
        return None
    prose = view.prose(blocks)
    openers = {id(block) for block in prose if _opens(block, view, is_first=block is prose[0])}
    least = 0.3 if prose and id(prose[0]) in openers else 0.5
    return (
        by_leads(blocks, openers, "digest-paragraph", view) if openers and len(openers) >= least * len(prose) else None
    )


def is_reading_list(blocks: list[Block], view: View) -> bool:
    """Whether each paragraph is a named link, with or without a separator and a description."""
    return all(is_link_lead(block) or view.is_named_line(block) for block in view.prose(blocks))


def _lone_link(blocks: list[Block], view: View) -> list[int]:
    """Return the index of a section's only paragraph if it is a named link with at most a line of comment, or of its
    first if that is a link in bold above its text.
    """
    shown = [index for index, block in enumerate(blocks) if block.kind != "rule" and not view.is_plea(block)]
    if len(shown) > 1 and _is_bold_link(blocks[shown[0]]) and all(view.is_prose(blocks[place]) for place in shown):
        return shown[:1]
    if len(shown) != 1 or not view.is_prose(blocks[shown[0]]):
        return []
    block = blocks[shown[0]]
    is_named = view.is_named_line(block) and leading_link(block.inlines) is not None
    return shown if is_named or _is_one_line(block, view) else []


def _is_bold_link(block: Block) -> bool:
    """Whether a paragraph is nothing but a named link in bold."""
    found = leading_link(block.inlines) if {one.kind for one in block.inlines} <= {"strong", "link"} else None
    return found is not None and len(block.inlines) == 1 and not is_generic(raw_text(found[0].children))


def _is_one_line(block: Block, view: View) -> bool:
    return is_link_lead(block) and "\n" not in raw_text(block.inlines) and not view.facts(block).images


def right_above(blocks: list[Block], place: int) -> list[Block]:
    """Return the blocks above `place`, back to a rule."""
    line = next((index for index in range(place - 1, -1, -1) if blocks[index].kind == "rule"), -1)
    return blocks[line + 1 : place]


def link_leads(blocks: list[Block], view: View) -> list[Part] | None:
    """Paragraphs that are named links with a description ("[Title](…) — what it is") are an item each."""
    leads = [index for index, block in enumerate(blocks) if is_link_lead(block) and not view.is_plea(block)]
    if len(leads) < 2:  # a section with a single one is split like its siblings
        lone = _lone_link(blocks, view)
        leads = lone if lone and view.has_groups else []
    if not leads or any(map(view.is_prose, right_above(blocks, leads[0]))):
        return None
    if 2 * len(leads) < len(view.prose(blocks[leads[0] :])):
        return None
    return by_leads(blocks, {id(blocks[index]) for index in leads}, "link-lead", view)

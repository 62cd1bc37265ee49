"""Rules for stories that are one paragraph each."""

from __future__ import annotations

from digest.items import wording
from digest.items.block_facts import DIGEST_PARAGRAPH, View, lines_of
from digest.items.leads import is_facet, is_interview, marked_line
from digest.items.parts import Part
from digest.items.rules_lines import by_leads, right_above
from digest.items.titles import is_decoration
from digest.tree.nodes import Block, Inline, raw_text

_DASHES = frozenset("-–—")
_PARAGRAPHS = 3  # short paragraphs with a link from which these are a section's stories
_SHORT = 200  # maximum characters of such a paragraph


def headline_lines(blocks: list[Block], view: View) -> list[Part] | None:
    """Paragraphs with a headline in bold or italics on their first line and text right below are an item each."""
    names = {place: name for place, block in enumerate(blocks) if (name := _marked_name(block, view))}
    if not view.are_enough(len(names), "headline-lines"):
        return None
    if sum(map(view.is_prose, right_above(blocks, min(names)))) > 1:
        return None
    if len(set(names.values())) < len(names) or any(is_facet(name, view) for name in names.values()):
        return None
    if is_interview([blocks[place] for place in names]) or _are_questions(list(names), blocks, view):
        return None
    return by_leads(blocks, {id(blocks[place]) for place in names}, "headline-line", view)


def _are_questions(places: list[int], blocks: list[Block], view: View) -> bool:
    """Whether most headlines are questions and most answers have no link: an interview."""
    asked = sum("?" in view.text(line) for place in places for line in lines_of(blocks[place])[:1])
    return 2 * asked > len(places) and 2 * sum(view.links(blocks[place]) > 0 for place in places) < len(places)


def headlines_above_text(blocks: list[Block], view: View) -> list[Part] | None:
    """Do the same for paragraphs that end in a bare URL on its own line."""
    marked = [block for block in blocks if _marked_name(block, view)]
    return (
        headline_lines(blocks, view) if marked and all(_has_text_above_link(block, view) for block in marked) else None
    )


def _has_text_above_link(block: Block, view: View) -> bool:
    _, *text, last = lines_of(block)
    return view.link_line(last) is not None and any(view.link_line(line) is None for line in text)


def _marked_name(block: Block, view: View) -> str:
    """Return a paragraph's first line in bold or italics, "" if there is none or the block is a call to action."""
    return marked_line(block) if block.kind == "paragraph" and not view.is_plea(block) else ""


def link_paragraphs(blocks: list[Block], view: View) -> list[Part] | None:
    """Paragraphs about different subjects are an item each: short ones with a link, or ones that end in a bare URL."""
    prose = view.prose(blocks)
    if len(prose) < (2 if view.is_usual("link-paragraphs") else _PARAGRAPHS):
        return None
    if any(block.kind not in {"paragraph", "rule"} for block in blocks):
        return None
    if not all(_is_short(block, view) or _ends_in_address(block, view) for block in prose):
        return None
    return by_leads(blocks, {id(block) for block in prose}, "link-paragraph", view)


def _is_short(block: Block, view: View) -> bool:
    """Whether a paragraph is one line with a link that starts a new subject and is more than a generic link."""
    text, line = view.text(block), view.link_line(block)
    if line is not None and line[1] and _is_named_before(block, line[0]):
        line = None
    is_new = not wording.CONTINUES.search(text) and not wording.announces(text) and (line is None or not line[1])
    return view.links(block) > 0 and len(text) <= _SHORT and is_new and not view.facts(block).images


def _ends_in_address(block: Block, view: View) -> bool:
    """Whether a paragraph starts a new subject and ends in the bare URL of its source."""
    place = next((at for at in range(len(block.inlines) - 1, 0, -1) if block.inlines[at].kind == "link"), 0)
    if not place or not raw_text([block.inlines[place]]).startswith("http"):
        return False
    text = view.text(block)
    is_last = is_decoration(raw_text(block.inlines[place + 1 :]))
    return is_last and len(text) <= DIGEST_PARAGRAPH and not wording.CONTINUES.search(text)


def _is_named_before(block: Block, link: Inline) -> bool:
    """Whether the words before a dash and a generic link are a headline ("My boat - [post](…)")."""
    # A picture from a template leaves a link without text.
    if not (name := raw_text(link.children)):
        return False
    words = raw_text(block.inlines).partition(name)[0].rstrip()
    return words[-1:] in _DASHES and words[:1].isupper() and len(words.split()) > 2

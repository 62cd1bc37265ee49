"""Whether a section is mainly a list of links, so that each entry is a story."""

from __future__ import annotations

from digest.items import wording
from digest.items.block_facts import View
from digest.items.lists_of_stories import is_of_story
from digest.items.titles import is_decoration
from digest.tree.nodes import Block

_MANY = 5  # entries with a link from which more prose is allowed beside them
_MOST_TOLD = 3  # maximum paragraphs beside a list of stories
_STORY = 200  # minimum characters of a story with a list of references
_LONG_PROSE = 600  # characters beside a single entry with a link from which the prose is the story
_LONGEST_LABEL = 60  # maximum characters of a list's label
_LONGEST_INTRODUCTION = 400  # maximum characters of a list's introduction
LEAST_LINKED = 0.6  # share of entries with links from which each entry is a story
_LEAST_OF_LIST = 0.3  # the same if the list is the whole section, and other sections are such lists
_SEVERAL = 3  # minimum paragraphs without links around lists
_SMALL = 0.3  # size of the lists relative to them up to which the lists only support the prose
_SENTENCE = 30  # minimum characters of a sentence


def is_mainly_links(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether the linked entries of the lists among `blocks` outweigh the prose beside them."""
    linked = list(filter(view.links, entries))
    if not linked or _is_sparse(blocks, entries, len(linked), view) or is_of_story(blocks, entries, view):
        return False
    told = _told_beside(blocks, view)
    if told is None or _is_within_prose(blocks, entries, view):
        return False
    size, prose, tells = view.size(entries), view.size(told), any(_tells(block, view) for block in told)
    if len(linked) == 1:
        return _is_alone_a_story(blocks, linked[0], view, weight=(size, prose), tells=tells)
    is_told = not view.is_digest and (len(told) > 1 or not view.is_usual("list-of-links"))
    if size >= (0.3 if len(linked) >= _MANY else 1.0 if tells and is_told else 0.5) * prose:
        return True
    if tells or len(told) > _MOST_TOLD or size < 0.2 * prose:
        return False
    return sum(map(bool, map(view.leading_link, linked))) >= 0.7 * len(linked)


def _is_within_prose(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether lists are small compared with several paragraphs without links, including their introductions."""
    prose = [block for block in view.prose(blocks) if view.facts(block).chars >= _LONGEST_LABEL]
    if len(prose) < _SEVERAL or any(map(view.links, prose)):
        return False
    return view.size(entries) < _SMALL * view.size(prose)


def _tells(block: Block, view: View) -> bool:
    """Whether a block beside a list is more than its introduction: it has a link, a quotation or an illustration."""
    return view.links(block) > 0 or block.kind in {"quote", "code", "table"}


def _told_beside(blocks: list[Block], view: View) -> list[Block] | None:
    """Return the blocks beside a list without its introduction; None if the list is the references of a long story."""
    told: list[Block] = []
    for block in blocks:
        text = view.text(block)
        if block.kind == "list" or view.is_plea(block) or is_decoration(text):
            continue
        if not _introduces(block, text):
            told.append(block)
        elif wording.is_whole(wording.REFERENCES_LABEL, text) and sum(len(view.text(one)) for one in told) > _STORY:
            return None
    return told


def _introduces(block: Block, text: str) -> bool:
    is_short = len(text) < _LONGEST_LABEL or (len(text) < _LONGEST_INTRODUCTION and wording.announces(text))
    return block.kind == "paragraph" and is_short


def _is_alone_a_story(blocks: list[Block], entry: Block, view: View, *, weight: tuple[int, int], tells: bool) -> bool:
    """Whether the only entry with a link is a story; `weight` is the size of the list and of the prose beside it."""
    if any(map(view.is_generic_line, blocks)):
        return False  # a story with its own link, followed by further reading
    is_first = blocks[0].kind == "list" and 2 * weight[0] >= weight[1]
    is_like_others = is_first or _is_only_introduced(blocks, view)
    if weight[0] >= weight[1] or (view.is_usual("list-of-links") and is_like_others):
        return True
    return not tells and weight[1] < _LONG_PROSE and view.leading_link(entry) is not None


def _is_sparse(blocks: list[Block], entries: list[Block], linked: int, view: View) -> bool:
    """Whether too few entries have a link for each to be a story."""
    if linked >= LEAST_LINKED * len(entries):
        return False
    return linked < _LEAST_OF_LIST * len(entries) or not _is_bare_list(blocks, entries, view)


def _is_bare_list(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether a section is only a list of sentences, and others of the issue are lists of stories."""
    is_alone = all(block.kind in {"list", "rule"} for block in blocks) and sum(map(view.links, entries)) > 1
    said = view.size(entries)
    return is_alone and view.is_usual("list-of-links") and said >= _SENTENCE * len(entries)


def _is_only_introduced(blocks: list[Block], view: View) -> bool:
    """Whether a list has only an introduction in italics or a quotation above it, and nothing below."""
    *above, last = [block for block in blocks if block.kind != "rule" and not view.is_plea(block)]
    return last.kind == "list" and all(
        block.kind == "quote" or (block.kind == "paragraph" and {one.kind for one in block.inlines} <= {"emph"})
        for block in above
    )

"""Rules for stories that are in lists."""

from __future__ import annotations

import re
from itertools import zip_longest

from digest.items import wording
from digest.items.accounts import names_accounts
from digest.items.block_facts import DIGEST_PARAGRAPH, View
from digest.items.entries import entry_item
from digest.items.grouping import are_groups, entries_of, groups
from digest.items.leads import is_bold_lead, is_link_lead
from digest.items.link_lines import leads_out
from digest.items.mainly_links import LEAST_LINKED, is_mainly_links
from digest.items.parts import Part, attach, item_of, left_out
from digest.items.titles import clean, is_decoration
from digest.tree.nodes import Block, raw_text

_LONGEST_PLEA = 300  # maximum characters of an entry that is a call to action
_SENTENCE_ENDS = ".。!！"
_NAMED = 3  # named links from which a list below an introduction is the whole issue
_LONG_GREETING = 1200  # maximum characters of that introduction
_LONGEST_NAME = 40  # maximum characters of a line that is a list's label by its looks alone
_NAME_WORDS = 4  # maximum words of it
_LABEL = 60  # maximum characters of a list's label
_LONG_LABEL = 90  # the same if it ends in a colon
_LONG_LABEL_WORDS = 10
_LABEL_WORDS = 6  # maximum words of it
_HEADLINE_WORDS = 4  # minimum words of a link that is a headline
_OPENING = re.compile(r"(?<![\d:])(?:00?:)?00?:00(?![\d:])")  # start of a recording: without a link not a story


def is_nothing(entry: Block, view: View) -> bool:
    """Whether an entry is a call to action, or says that there is nothing."""
    facts = view.facts(entry)
    if facts.is_nothing is None:
        facts.is_nothing = _says_nothing(entry, view)
    return facts.is_nothing


def _is_empty(entry: Block, view: View) -> bool:
    facts = view.facts(entry)
    return not facts.links and not facts.images and is_decoration(facts.text)


def _says_nothing(entry: Block, view: View) -> bool:
    text = view.text(entry)
    if view.reports_nothing(text):
        return view.facts(entry).links < 2 and view.leading_link(entry) is None
    first = entry.children[0] if entry.children else entry
    if len(text) >= _LONGEST_PLEA or (first.inlines and first.inlines[0].kind == "link"):
        return False
    return view.leading_link(entry) is None and wording.is_plea(text)


def unquoted(blocks: list[Block]) -> list[Block]:
    """Return the blocks with quotations of nothing but lists replaced by these lists."""
    out: list[Block] = []
    for block in blocks:
        if block.kind == "quote" and block.children and all(child.kind == "list" for child in block.children):
            out += block.children
        else:
            out.append(block)
    return out


def list_of_links(blocks: list[Block], view: View) -> list[Part] | None:
    """Take the entries of lists as items, if they have their own links and are most of the content."""
    is_issue = blocks is view.bare
    blocks = unquoted(blocks)
    if sum(_opens_story(block, view) and not view.is_plea(block) for block in blocks) >= 2:
        return None  # the list is only a part of the content
    entries = [entry for entry in entries_of(blocks) if not is_nothing(entry, view) and not _is_empty(entry, view)]
    if entries and (
        _are_headlines(blocks, entries, view)
        or is_mainly_links(blocks, entries, view)
        or (is_issue and (_is_below_greeting(blocks, entries, view) or _are_most(blocks, entries, view)))
    ):
        return _entry_items(blocks, view)
    return None


def _are_headlines(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether a section consists of entries without links above nested entries, in an issue of lists."""
    are_alone = len(entries) > 1 and all(block.kind in {"list", "rule"} for block in blocks)
    if not are_alone or not view.is_usual("list-of-links") or any(map(view.links, entries)):
        return False
    if not all([child.kind for child in entry.children] == ["paragraph", "list"] for entry in entries):
        return False
    return any(len(view.text(entry.children[0]).split()) > 1 for entry in entries)  # single words are labels


def _is_below_greeting(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether an issue without headings is an introduction without links and a list of named links."""
    told = view.prose(blocks)
    if len(entries) < _NAMED or view.size(told) > _LONG_GREETING or any(map(view.links, told)):
        return False
    return all(view.links(entry) and view.leading_link(entry) is not None for entry in entries)


def _are_most(blocks: list[Block], entries: list[Block], view: View) -> bool:
    """Whether the entries are most of an issue of several stories."""
    return view.tells_several and len(entries) >= _NAMED and 2 * view.size(entries) >= view.size(blocks)


def _entry_items(blocks: list[Block], view: View) -> list[Part]:
    """Return the entries as items, below the labels of their lists, with the blocks around them."""
    labels = _labels_of_lists(blocks, view)
    parts: list[Part] = []
    target = parts
    for index, (block, follows) in enumerate(zip_longest(blocks, blocks[1:])):
        if block.kind == "list":
            asks = _is_asked_for(blocks, index, view) or _mostly_asks(block, view)
            target += _asking_parts(block) if asks else _list_parts(block, view, target)
        elif view.is_picture(block) and index and blocks[index - 1].kind == "rule":
            parts.append(left_out(block, "beside-a-list"))
        elif index in labels:
            parts.append(Part("section", "label-above-a-list", [block], clean(view.text(block)).rstrip(":： ")))
            target = parts[-1].parts
        elif block.kind == "rule":
            target = parts
        else:
            target = parts if _opens_list(block, follows, view) else target
            target += _beside_list(block, target, view, follows)
    return parts


def _is_asked_for(blocks: list[Block], index: int, view: View) -> bool:
    """Whether a list is introduced by a call to action ending in a colon ("Follow us:")."""
    return index > 0 and view.is_plea(blocks[index - 1]) and view.text(blocks[index - 1])[-1] in ":："


def _opens_list(block: Block, follows: Block | None, view: View) -> bool:
    """Whether a line announces the list right below it."""
    return follows is not None and follows.kind == "list" and view.text(block)[-1:] in (":", "：")


def _shared_opener(block: Block, view: View) -> str:
    """Return the word that starts all entries with a link and no others, if the others elaborate on the entry above
    them ("Version 2 of [X](…)", "Faster."); else "".
    """
    texts = [(view.text(entry), view.links(entry) > 0) for entry in block.children]
    openers = {text.split(" ", 1)[0] for text, is_linked in texts if is_linked}
    linked = sum(is_linked for _, is_linked in texts)
    if len(openers) != 1 or not 2 <= linked < LEAST_LINKED * len(texts):
        return ""
    opener = f"{openers.pop()} "
    return "" if any(text.startswith(opener) for text, is_linked in texts if not is_linked) else opener


def _asking_parts(block: Block) -> list[Part]:
    return [left_out(entry, "plea") for entry in block.children]


def _mostly_asks(block: Block, view: View) -> bool:
    """Whether at least half of a list's entries are calls to action, and none of the others has a link."""
    others = [entry for entry in block.children if not wording.is_plea(view.text(entry))]
    return 1 < len(block.children) >= 2 * len(others) and not any(map(view.links, others))


def _list_parts(block: Block, view: View, above: list[Part]) -> list[Part]:
    """Return the entries of a list as items; one that consists of nested entries continues the item `above` it."""
    if are_groups(block, view):
        return [part for entry in block.children for part in _group_parts(entry, entries_of(entry.children), view)]
    least = 1 if any(groups(entry, view) is not None for entry in block.children) else 2
    if 2 * sum(view.facts(entry).own_links > 0 for entry in block.children) >= len(block.children):
        least = len(block.children)  # beside stories, an entry with nested entries is a story
    opener = _shared_opener(block, view)
    parts: list[Part] = []
    for entry in block.children:
        # The item that the entry may continue: the last one of this list, else the one above the list.
        before = next((part for part in (parts or above)[-1:] if part.kind == "item"), None)
        if before is None or not _goes_on(entry, opener, view, is_first=not parts):
            parts += _entry_parts(entry, view, least)
        else:
            attach(before, *(entry.children if not parts else [entry]))
    return parts


def _goes_on(entry: Block, opener: str, view: View, *, is_first: bool) -> bool:
    """Whether an entry continues the item before it: a first one of nested entries, others without `opener`."""
    if is_first:
        return {child.kind for child in entry.children} == {"list"}
    return bool(opener) and not view.text(entry).startswith(opener)


def _opens_story(block: Block, view: View) -> bool:
    return view.links(block) > 0 and (is_bold_lead(block, view) or is_link_lead(block))


def labelled_list(blocks: list[Block], index: int, view: View) -> Part | None:
    """Return the sub-section started by a short line above a list of links ("*Quick hits*"), or None."""
    label = blocks[index]
    if not _is_label(label, blocks, index, view):
        return None
    name = clean(view.text(label)).rstrip(":： ")
    if wording.is_whole(wording.REFERENCES_LABEL, name):
        return None
    parts = list_of_links([blocks[index + 1]], view)
    if not parts or sum(part.kind == "item" for part in parts) < 2:
        return None
    if wording.is_whole(wording.BOILERPLATE_TITLE, name):
        return Part("left", "boilerplate", [label, blocks[index + 1]])
    return Part("section", "label-above-a-list", [label], name, parts=parts)


def _entry_parts(entry: Block, view: View, least: int = 2) -> list[Part]:
    if not view.links(entry) and _OPENING.search(view.text(entry)):
        return [left_out(entry, "opening-of-a-recording")]
    if is_nothing(entry, view) or _is_empty(entry, view):
        return [left_out(entry, "plea" if wording.is_plea(view.text(entry)) else "nothing-to-report")]
    inner = groups(entry, view, least)
    return _group_parts(entry, inner, view) if inner else [entry_item(entry, "entry-of-a-link-list")]


def _group_parts(entry: Block, inner: list[Block], view: View) -> list[Part]:
    """Return the sub-section that an entry forms with its nested entries, and the blocks around these."""
    label = next(child for child in entry.children if child.kind == "paragraph")
    others = [
        left_out(child, "beside-a-list") for child in entry.children if child is not label and child.kind != "list"
    ]
    parts = [part for one in inner for part in _entry_parts(one, view)]
    title = clean(view.text(label)).rstrip(":： ")
    return [Part("section", "entry-groups-entries", [label], title, parts=parts), *others]


def _labels_of_lists(blocks: list[Block], view: View) -> set[int]:
    """Whether a short line is the label of the list right below it: it is in bold, or one of several."""
    places = [place for place, block in enumerate(blocks) if _is_label(block, blocks, place, view)]
    names = [place for place, block in enumerate(blocks) if _is_above_list(blocks, place) and _is_name(block, view)]
    if len(names) >= 2:
        places += names
    return set(places) if len(places) >= 2 else {place for place in places if _is_marked(blocks[place])}


def _is_name(block: Block, view: View) -> bool:
    """Whether a paragraph looks like a section's name: a few words without punctuation at the end."""
    text = view.text(block)
    if block.kind != "paragraph" or view.links(block) or not 0 < len(text) <= _LONGEST_NAME:
        return False
    return len(text.split()) <= _NAME_WORDS and text[-1].isalnum() and not wording.announces(text)


def _is_marked(block: Block) -> bool:
    return len(block.inlines) == 1 and block.inlines[0].kind in {"strong", "emph"}


def _is_label(block: Block, blocks: list[Block], index: int, view: View) -> bool:
    line = _labelling(block)
    if line is None or view.links(block) or not _is_above_list(blocks, index) or _adjoins_list(blocks, index):
        return False
    text = view.text(block)
    longest, most = (_LONG_LABEL, _LONG_LABEL_WORDS) if text[-1:] in (":", "：") else (_LABEL, _LABEL_WORDS)
    if not 0 < len(text) <= longest or len(text.split()) > most or _is_sentence(line, text):
        return False
    is_set_off = line is not block or _is_marked(block) or text[-1] in ":："
    return is_set_off and not wording.announces(text.rstrip(":：")) and not wording.ATTRIBUTES.search(text)


def _is_above_list(blocks: list[Block], index: int) -> bool:
    return index + 1 < len(blocks) and blocks[index + 1].kind == "list"


def _adjoins_list(blocks: list[Block], index: int) -> bool:
    """Whether a quotation is right below a list, without a blank line between: it belongs to the entry above."""
    above = blocks[index - 1] if index else None
    is_quote = blocks[index].kind == "quote"
    return is_quote and above is not None and above.kind == "list" and blocks[index].first <= above.last + 1


def _labelling(block: Block) -> Block | None:
    """Return the paragraph that can be a list's label: the block itself, or the content of a quotation ("> Tools")."""
    inner = block.children[0] if block.kind == "quote" and len(block.children) == 1 else block
    return inner if inner.kind == "paragraph" and inner.inlines else None


def _is_sentence(block: Block, text: str) -> bool:
    return block.inlines[0].kind == "emph" and text[-1] in _SENTENCE_ENDS


def _beside_list(block: Block, parts: list[Part], view: View, follows: Block | None) -> list[Part]:
    """Return what a block next to a list of links is; none if it belongs to the entry above. `follows` is below
    it.
    """
    if view.is_plea(block) or names_accounts(block):
        return [left_out(block, "plea")]
    kinds = [part.kind for part in parts]
    if kinds[-1:] == ["item"] and _shows(block, view):
        attach(parts[-1], block)
        return []
    if _is_story_beside(block, view) or _tells_before(block, follows, view):
        return [item_of(block, "paragraph-beside-a-list")]
    if view.is_prose(block) and view.is_named_line(block):
        return [item_of(block, "link-line")]
    return [_below_list(block, view) if "item" in kinds else Part("intro", "introduces-a-list", [block])]


def _shows(block: Block, view: View) -> bool:
    """Whether a block illustrates the entry above it."""
    return block.kind in {"code", "quote"} or view.is_picture(block)


def _is_story_beside(block: Block, view: View) -> bool:
    return _opens_story(block, view) or (view.is_digest and _is_digest_paragraph(block, view))


def _below_list(block: Block, view: View) -> Part:
    return item_of(block, "paragraph-beside-a-list") if _tells_beside(block, view) else left_out(block, "beside-a-list")


def _tells_beside(block: Block, view: View) -> bool:
    """Whether a short paragraph below a list has its own link and subject."""
    text = view.text(block)
    is_linked = view.is_prose(block) and view.links(block) > 0 and len(text) <= DIGEST_PARAGRAPH
    return is_linked and not wording.CONTINUES.search(text) and not wording.announces(text)


def _tells_before(block: Block, follows: Block | None, view: View) -> bool:
    """Whether a paragraph is a story with a link, and another one below it announces the list."""
    if follows is None or {block.kind, follows.kind} != {"paragraph"} or view.text(follows)[-1:] not in (":", "："):
        return False
    links = [inline for inline in block.inlines if inline.kind == "link"]
    if len(links) != 1 or not leads_out(links[0].url):
        return False
    name = raw_text(links[0].children).strip()
    return len(name.split()) >= _HEADLINE_WORDS and not name[0].islower() and not wording.announces(view.text(block))


def _is_digest_paragraph(block: Block, view: View) -> bool:
    text = view.text(block)
    is_linked = view.is_prose(block) and view.links(block) > 0
    return is_linked and len(text) <= DIGEST_PARAGRAPH and not wording.announces(text)

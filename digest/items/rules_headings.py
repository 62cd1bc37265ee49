"""What a heading is: the rules, in the order in which they are asked; the first answer counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from digest.head.dates import holds_day
from digest.items import wording
from digest.items.accounts import is_account_by_name
from digest.items.block_facts import View
from digest.items.parts import Part, items_of
from digest.items.places import Place, addresses, announces, is_linked, letters, lists_changes, shown_blocks
from digest.items.rules_body import split_body
from digest.items.rules_facets import facets, facets_of_heading
from digest.items.sections import Section, count_words
from digest.items.titles import is_decoration, is_generic
from digest.tree.nodes import Block, inlines_of, raw_text

Rule = Callable[["Place", View], str | None]
_CONTENTS = 3  # entries called as headings are, from which a list is a table of contents
_REPEATED = 5  # links of a list that repeats those of the stories
_MARK = 80  # characters of a line that says that what follows is paid for
_SHORT_NAME = 2  # words of a heading that names a section ("News")
_FEW = 10  # blocks that a section without a story has at most
_LONGEST_NAME = 50  # characters of somebody's name and what is said next to it
_LONGEST_ANNOUNCEMENT = 500  # characters
_CHAPTERS = 3  # links of the chapters of a recording, from which these are its stories
_PLATFORMS = 2  # links, from which a section may only say where a podcast is heard
_PLACES = 160  # characters next to links that only lead to where a podcast is heard


def named_to_skip(place: Place, view: View) -> str | None:
    """Skip a section that the newsletter's settings list under `split.skip`."""
    if not view.options.skip:
        return None
    wanted = {name.strip().casefold() for name in view.options.skip}
    return "skip" if place.section.title.casefold() in wanted else None


def level_of_items(place: Place, view: View) -> str | None:
    """Follow the newsletter's setting of which heading level carries the items."""
    level, heading = view.options.item_level, place.section.heading
    return "story" if level is not None and heading is not None and heading.level == level else None


def contents(place: Place, view: View) -> str | None:
    """Skip a table of contents, or highlights that only repeat what follows."""
    section = place.section
    fragments = sum([view.facts(block).fragments for block in section.blocks])
    if fragments >= 2 and fragments > len(addresses(section, view)):
        return "skip"
    if section.children:
        return None
    if _names_headings(place, view):
        return "skip"
    if not wording.is_whole(wording.CONTENTS_TITLE, section.title):
        return None
    links = [url for block in shown_blocks(section, view) for url in view.facts(block).urls]
    here, whole = Counter(links), place.issue.counts
    new = sum(here[url] == whole[url] for url in links)
    return "skip" if new <= 0.5 * len(links) or not links else None


def _names_headings(place: Place, view: View) -> bool:
    """Whether nothing but a list is below a heading, and most of its entries are called as other headings are."""
    blocks = shown_blocks(place.section, view)
    entries = [entry for block in blocks for entry in block.children if block.kind == "list"]
    if len(entries) < _CONTENTS or any(block.kind != "list" for block in blocks):
        return False
    names = place.issue.names
    ends = tuple(map(letters, map(view.text, entries))) if _lead_within_a_page(entries, view) else ()
    named = sum(map(names.__contains__, map(letters, map(view.text, entries))))
    named = max(named, sum(any(name.endswith(end) for name in names) for end in filter(None, ends)))
    return named >= _CONTENTS and 2 * named >= len(entries)


def _lead_within_a_page(entries: list[Block], view: View) -> bool:
    """Whether each entry is one link to a place of the same page, given by its whole address."""
    pages = {url.partition("#")[0] for entry in entries for url in view.facts(entry).urls}
    return len(pages) == 1 and all(view.links(entry) == 1 and "#" in view.facts(entry).urls[0] for entry in entries)


def repeats_links(place: Place, view: View) -> str | None:
    """Recognise the list of all links at the end of an issue that told of each of them in prose before, and lists at
    its beginning that most of it repeats.
    """
    section, root = place.section, place.issue.root
    if section.heading is not None and section.heading.kind == "paragraph" and id(section) in place.issue.opening_lists:
        return "skip"
    links = addresses(section, view)
    if (
        len(links) < _REPEATED
        or (not root.children or root.children[-1] is not section)
        or not _holds_lists_alone(section)
    ):
        return None
    told = {url for one in root.walk() for block in view.prose(one.blocks) for url in view.facts(block).urls}
    return "skip" if told.issuperset(links) else None


def _holds_lists_alone(section: Section) -> bool:
    return all(block.kind in {"heading", "rule", "list"} for block in section.all_blocks())


def greeting(place: Place, view: View) -> str | None:
    """Skip a greeting, an editorial or a note about the newsletter that opens the issue."""
    section = place.section
    if not wording.is_whole(wording.GREETING_TITLE, section.title) or section.children:
        return None
    first = next((one for one in place.issue.root.walk() if one.heading is not None and one.role != "through"), None)
    found = split_body(section.blocks, view)
    return "skip" if first is section and (found is None or found[0] == "digest-paragraphs") else None


def boilerplate(place: Place, view: View) -> str | None:
    """Skip subscribing, sponsors, about us and closing words, also if the first line below says so."""
    section = place.section
    if not section.children and _is_marked_sponsored(section, view):
        return "skip"
    if wording.is_sponsored(section.title):
        return "skip"
    if wording.is_whole(wording.CHAPTERS_TITLE, section.title):
        return None if len(addresses(section, view)) >= _CHAPTERS else "skip"
    asks = wording.is_plea(section.title) and len(section.title) < _MARK
    if asks and _says_when(section, view):
        return None
    return "skip" if asks or wording.names_boilerplate(section.title) else None


def _says_when(section: Section, view: View) -> bool:
    """Whether a heading that asks to come, or the first line below it, names a day: it is news."""
    first = next((view.text(block) for block in section.blocks if view.is_prose(block)), "")
    return any(map(holds_day, (section.title, first)))


def _is_marked_sponsored(section: Section, view: View) -> bool:
    """Whether the first line below a heading says that it is paid for, and little is there."""
    first = next((block for block in section.blocks if block.kind == "paragraph" and view.text(block)), None)
    if first is None or len(view.text(first)) > _MARK or not wording.is_sponsored(view.text(first)):
        return False
    is_few = sum(block.kind != "rule" for block in section.blocks) <= _FEW
    return is_few and split_body(section.blocks, view) is None


def asks_for_support(place: Place, view: View) -> str | None:
    """Recognise by name and text a section that asks for money ("Support the foundation", "… at OpenFund")."""
    section = place.section
    if section.children or not wording.is_whole(wording.SUPPORT_TITLE, section.title):
        return None
    gives = any(
        wording.GIVES.search(f"{view.text(block)} {' '.join(view.facts(block).urls)}") for block in section.blocks
    )
    return "skip" if gives and split_body(section.blocks, view) is None else None


def where_to_listen(place: Place, view: View) -> str | None:
    """Skip a section that only says where to listen to a podcast."""
    section = place.section
    if section.children or len(section.blocks) > _FEW:
        return None
    blocks = shown_blocks(section, view)
    size = view.size(blocks)
    if size > _FEW * _PLACES or sum(map(view.links, blocks)) < _PLATFORMS:
        return None
    names = [raw_text(link.children).strip() for link in inlines_of(blocks) if link.kind == "link"]
    return "skip" if size < _PLACES + sum(map(len, names)) and _are_platforms(names) else None


def _are_platforms(names: list[str]) -> bool:
    """Whether links are called as platforms for podcasts are, other than those that only say that they are links."""
    platforms = {name for name in names if wording.is_whole(wording.PLATFORMS, name)}
    is_each = all(name in platforms or is_generic(name) for name in names)
    return is_each and sum(name in platforms for name in names) >= _PLATFORMS


def downloads(place: Place, view: View) -> str | None:
    """Skip a section that lists where to get what the issue tells of."""
    section = place.section
    if section.children or not wording.is_whole(wording.DOWNLOADS_TITLE, section.title):
        return None
    return "skip" if any(block.kind == "list" and view.links(block) > 1 for block in section.blocks) else None


def nothing_left(place: Place, view: View) -> str | None:
    """Skip a section that holds only pleas or "nothing this week"."""
    section = place.section
    if section.children or not 0 < len(section.blocks) <= _FEW:
        return None
    real = shown_blocks(section, view)
    if any(_reports_nothing(block, view) and (view.text(block) or len(real) == 1) for block in section.blocks):
        return None if any(_tells(block, view) and not _reports_nothing(block, view) for block in real) else "skip"
    if is_linked(section):
        return None
    return "skip" if not real or _only_announces(section, real, view) else None


def _only_announces(section: Section, blocks: list[Block], view: View) -> bool:
    """Whether some words without links and pictures only announce what a plea next to them asks for."""
    if not any(map(view.is_plea, section.blocks)) or view.size(blocks) >= _LONGEST_ANNOUNCEMENT:
        return False
    if any(view.links(block) or view.facts(block).images or block.kind == "list" for block in blocks):
        return False
    return any(announces(block, view) for block in blocks)


def says_nothing(section: Section, view: View) -> bool:
    """Whether each list below a heading only says that there is nothing this time, and there is one."""
    lists = [block for block in section.blocks if block.kind == "list"]
    return bool(lists) and not section.children and all(_reports_nothing(block, view) for block in lists)


def _tells(block: Block, view: View) -> bool:
    """Whether a block has a link of a story: neither a quotation nor a line that announces or only leads somewhere."""
    if not view.links(block) or block.kind == "quote" or announces(block, view):
        return False
    line = view.link_line(block)
    return line is None or not line[1]


def _reports_nothing(block: Block, view: View) -> bool:
    entries = block.children if block.kind == "list" else [block]
    if block.kind == "list" and all(
        is_decoration(view.text(entry)) and not view.facts(entry).images for entry in entries
    ):
        return not view.links(block)  # a list of empty entries
    texts = [view.text(entry) for entry in entries]
    asks = wording.is_plea if block.kind == "list" else view.reports_nothing
    return bool(texts) and all(view.reports_nothing(text) or asks(text) for text in texts)


def linked_heading(place: Place, _: View) -> str | None:
    """Take a linked heading with prose below as a story, like the issue's other stories."""
    return "story" if place.section.is_linked_story else None


def told_story(place: Place, _: View) -> str | None:
    """Make a section with prose above its list a story, as most sections of its level are."""
    return "story" if place.section.is_told_story else None


def release(place: Place, view: View) -> str | None:
    """Take a version with the list of its changes, in parts or not, as one story."""
    return "story" if lists_changes(place.section.title, place.section, view) else None


def names_people(place: Place, view: View) -> str | None:
    """Take a list of names (new contributors, sponsors) as one story, with links or without."""
    section = place.section
    entries = [entry for block in section.blocks if block.kind == "list" for entry in block.children]
    if section.children or not entries:
        return None
    if wording.is_whole(wording.PEOPLE_TITLE, section.title):
        return "story" if all(_is_name(entry, view) for entry in entries) else None
    return "story" if all(is_account_by_name(entry, view.text(entry)) for entry in entries) else None


def _is_name(entry: Block, view: View) -> bool:
    facts = view.facts(entry)
    return facts.chars <= _LONGEST_NAME * max(1, facts.links)


def groups_stories(place: Place, view: View) -> str | None:
    """Make a heading with several stories below it their section."""
    section = place.section
    if section.children:
        return "group"
    found = split_body(section.blocks, view)
    is_story = found is None or _is_told_below_link(section, found) or _is_called_alike(section, found[1])
    return None if is_story else "group"


def _is_called_alike(section: Section, parts: list[Part]) -> bool:
    """Whether the only story below a heading is called as it is."""
    names = [letters(part.title) for part in items_of(parts)]
    return names == [letters(section.title)]


def _is_told_below_link(section: Section, found: tuple[str, list[Part]]) -> bool:
    """Whether a linked heading has no more below it than the prose of its own story, though the issue is a digest."""
    if found[0] != "digest-paragraphs" or not is_linked(section):
        return False
    return sum(part.kind == "item" for part in found[1]) == 1


def like_its_siblings(place: Place, view: View) -> str | None:
    """Make a short heading above one titled story its section if neighbouring sections hold linked headings."""
    section = place.section
    if section.children or id(section) not in place.issue.beside_linked or is_linked(section):
        return None
    blocks = shown_blocks(section, view)
    if not any(map(view.links, blocks[:1])) or count_words(section.title) > _SHORT_NAME:
        return None
    is_alone = len(blocks) == 1 and view.is_prose(blocks[0]) and not view.is_generic_line(blocks[0])
    return "group" if is_alone or view.is_named_line(blocks[0]) else None


def unfilled(place: Place, view: View) -> str | None:
    """Skip a section whose only quotation or line in italics other sections repeat: an unfilled template."""
    section = place.section
    blocks = [] if section.children or len(section.blocks) > _FEW else shown_blocks(section, view)
    if len(blocks) != 1 or not _is_set_off(blocks[0]):
        return None
    block = blocks[0]
    if view.links(block) or view.facts(block).images or is_linked(section):
        return None
    return "skip" if place.issue.firsts[view.text(block)] > 1 else None


def _is_set_off(block: Block) -> bool:
    return block.kind == "quote" or (block.kind == "paragraph" and {one.kind for one in block.inlines} == {"emph"})


def empty(place: Place, view: View) -> str | None:
    """Skip a heading without content and without a link."""
    section = place.section
    if any(not is_decoration(view.text(block)) or view.facts(block).images for block in section.blocks):
        return None
    return None if is_linked(section) else "skip"


def tells_a_story(_: Place, __: View) -> str | None:
    """Make a heading with a story below it an item."""
    return "story"


HEADING_RULES: tuple[Rule, ...] = (
    named_to_skip,
    level_of_items,
    contents,
    repeats_links,
    greeting,
    boilerplate,
    asks_for_support,
    where_to_listen,
    downloads,
    nothing_left,
    linked_heading,
    told_story,
    release,
    facets_of_heading,
    facets,
    names_people,
    unfilled,
    like_its_siblings,
    groups_stories,
    empty,
    tells_a_story,
)


def decide(place: Place, view: View) -> None:
    """Give the section its role by the first rule that knows it."""
    for rule in HEADING_RULES:
        role = rule(place, view)
        if role is not None:
            place.section.role, place.section.rule = role, rule.__name__.replace("_", "-")
            return

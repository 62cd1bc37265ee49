"""Classification of headings, by an ordered list of rules; the first one that applies wins."""

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
_CONTENTS = 3  # entries equal to headings from which a list is a table of contents
_REPEATED = 5  # minimum links of a list that repeats the stories' links
_MARK = 80  # maximum characters of a line that marks paid content
_SHORT_NAME = 2  # maximum words of a section's name ("News")
_FEW = 10  # maximum blocks of a section without a story
_LONGEST_NAME = 50  # maximum characters of a person's name with a remark
_LONGEST_ANNOUNCEMENT = 500  # maximum characters
_CHAPTERS = 3  # chapters of a recording with links from which these are its stories
_PLATFORMS = 2  # minimum links of a section that says where to hear a podcast
_PLACES = 160  # maximum characters beside its links


def named_to_skip(place: Place, view: View) -> str | None:
    """Skip a section listed in the newsletter's `split.skip`."""
    if not view.options.skip:
        return None
    wanted = {name.strip().casefold() for name in view.options.skip}
    return "skip" if place.section.title.casefold() in wanted else None


def level_of_items(place: Place, view: View) -> str | None:
    """Apply the newsletter's setting for the heading level of items."""
    level, heading = view.options.item_level, place.section.heading
    return "story" if level is not None and heading is not None and heading.level == level else None


def contents(place: Place, view: View) -> str | None:
    """Skip a table of contents, or highlights that repeat what follows."""
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
    """Whether a section is a list, most of whose entries are equal to other headings."""
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
    """Whether each entry is a link to a fragment of the same page by its full URL."""
    pages = {url.partition("#")[0] for entry in entries for url in view.facts(entry).urls}
    return len(pages) == 1 and all(view.links(entry) == 1 and "#" in view.facts(entry).urls[0] for entry in entries)


def repeats_links(place: Place, view: View) -> str | None:
    """Recognise a list at the end of an issue that repeats the links of its stories, and lists at its beginning that
    are repeated below.
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
    """Skip a greeting, an editorial or a note about the newsletter at the beginning of the issue."""
    section = place.section
    if not wording.is_whole(wording.GREETING_TITLE, section.title) or section.children:
        return None
    first = next((one for one in place.issue.root.walk() if one.heading is not None and one.role != "through"), None)
    found = split_body(section.blocks, view)
    return "skip" if first is section and (found is None or found[0] == "digest-paragraphs") else None


def boilerplate(place: Place, view: View) -> str | None:
    """Skip subscription notes, sponsors, "about us" and sign-offs, recognised by heading or first line."""
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
    """Whether an invitation names a day, in the heading or the first line below: then it is news."""
    first = next((view.text(block) for block in section.blocks if view.is_prose(block)), "")
    return any(map(holds_day, (section.title, first)))


def _is_marked_sponsored(section: Section, view: View) -> bool:
    """Whether a short section's first line marks it as paid content."""
    first = next((block for block in section.blocks if block.kind == "paragraph" and view.text(block)), None)
    if first is None or len(view.text(first)) > _MARK or not wording.is_sponsored(view.text(first)):
        return False
    is_few = sum(block.kind != "rule" for block in section.blocks) <= _FEW
    return is_few and split_body(section.blocks, view) is None


def asks_for_support(place: Place, view: View) -> str | None:
    """Recognise a section that asks for money by its heading and text ("Support the foundation", "… at OpenFund")."""
    section = place.section
    if section.children or not wording.is_whole(wording.SUPPORT_TITLE, section.title):
        return None
    gives = any(
        wording.GIVES.search(f"{view.text(block)} {' '.join(view.facts(block).urls)}") for block in section.blocks
    )
    return "skip" if gives and split_body(section.blocks, view) is None else None


def where_to_listen(place: Place, view: View) -> str | None:
    """Skip a section that says where to listen to a podcast."""
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
    """Whether all links, except generic ones, are named after podcast platforms."""
    platforms = {name for name in names if wording.is_whole(wording.PLATFORMS, name)}
    is_each = all(name in platforms or is_generic(name) for name in names)
    return is_each and sum(name in platforms for name in names) >= _PLATFORMS


def downloads(place: Place, view: View) -> str | None:
    """Skip a section that lists downloads of the issue's subject."""
    section = place.section
    if section.children or not wording.is_whole(wording.DOWNLOADS_TITLE, section.title):
        return None
    return "skip" if any(block.kind == "list" and view.links(block) > 1 for block in section.blocks) else None


def nothing_left(place: Place, view: View) -> str | None:
    """Skip a section of calls to action, or of "nothing this week"."""
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
    """Whether a few words without links and pictures only introduce a call to action beside them."""
    if not any(map(view.is_plea, section.blocks)) or view.size(blocks) >= _LONGEST_ANNOUNCEMENT:
        return False
    if any(view.links(block) or view.facts(block).images or block.kind == "list" for block in blocks):
        return False
    return any(announces(block, view) for block in blocks)


def says_nothing(section: Section, view: View) -> bool:
    """Whether a section's lists all say that there is nothing this time; False without a list."""
    lists = [block for block in section.blocks if block.kind == "list"]
    return bool(lists) and not section.children and all(_reports_nothing(block, view) for block in lists)


def _tells(block: Block, view: View) -> bool:
    """Whether a block has a story's link: it is not a quotation, an announcement or a generic link."""
    if not view.links(block) or block.kind == "quote" or announces(block, view):
        return False
    line = view.link_line(block)
    return line is None or not line[1]


def _reports_nothing(block: Block, view: View) -> bool:
    entries = block.children if block.kind == "list" else [block]
    if block.kind == "list" and all(
        is_decoration(view.text(entry)) and not view.facts(entry).images for entry in entries
    ):
        return not view.links(block)  # True for a list of empty entries
    texts = [view.text(entry) for entry in entries]
    asks = wording.is_plea if block.kind == "list" else view.reports_nothing
    return bool(texts) and all(view.reports_nothing(text) or asks(text) for text in texts)


def linked_heading(place: Place, _: View) -> str | None:
    """Make a linked heading with prose below a story, like the issue's other stories."""
    return "story" if place.section.is_linked_story else None


def told_story(place: Place, _: View) -> str | None:
    """Make a section with prose above its list a story, as most sections of its level are."""
    return "story" if place.section.is_told_story else None


def release(place: Place, view: View) -> str | None:
    """Make a version with its changelog a single story."""
    return "story" if lists_changes(place.section.title, place.section, view) else None


def names_people(place: Place, view: View) -> str | None:
    """Make a list of names (new contributors, sponsors) a single story, with or without links."""
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
    """Make a heading with several stories a section."""
    section = place.section
    if section.children:
        return "group"
    found = split_body(section.blocks, view)
    is_story = found is None or _is_told_below_link(section, found) or _is_called_alike(section, found[1])
    return None if is_story else "group"


def _is_called_alike(section: Section, parts: list[Part]) -> bool:
    """Whether the only story below a heading has its title."""
    names = [letters(part.title) for part in items_of(parts)]
    return names == [letters(section.title)]


def _is_told_below_link(section: Section, found: tuple[str, list[Part]]) -> bool:
    """Whether a linked heading has nothing but the prose of its own story below, although the issue is a digest."""
    if found[0] != "digest-paragraphs" or not is_linked(section):
        return False
    return sum(part.kind == "item" for part in found[1]) == 1


def like_its_siblings(place: Place, view: View) -> str | None:
    """Make a short heading above a single titled story a section, if its siblings contain linked headings."""
    section = place.section
    if section.children or id(section) not in place.issue.beside_linked or is_linked(section):
        return None
    blocks = shown_blocks(section, view)
    if not any(map(view.links, blocks[:1])) or count_words(section.title) > _SHORT_NAME:
        return None
    is_alone = len(blocks) == 1 and view.is_prose(blocks[0]) and not view.is_generic_line(blocks[0])
    return "group" if is_alone or view.is_named_line(blocks[0]) else None


def unfilled(place: Place, view: View) -> str | None:
    """Skip a section whose only quotation or line in italics recurs in others: an unfilled template."""
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
    """Make a heading with content an item."""
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
    """Assign a section's role by the first rule that applies."""
    for rule in HEADING_RULES:
        role = rule(place, view)
        if role is not None:
            place.section.role, place.section.rule = role, rule.__name__.replace("_", "-")
            return

"""What a heading is: the rules, in the order in which they are asked; the first answer counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from digest.items import wording
from digest.items.block_facts import View, leads_out
from digest.items.rules_body import split_body
from digest.items.sections import Section, count_words
from digest.items.titles import is_decoration, is_generic, is_numbered
from digest.tree.nodes import Block, inlines_of, raw_text

Rule = Callable[["Place", View], str | None]
_MARK = 80  # characters of a line that says that what follows is paid for
_LABEL_STEM = 5  # letters by which a label is known
_SHORT_NAME = 2  # words of a heading that names a section ("News")
_FEW = 10  # blocks that a section without a story has at most
_PROSE = 120  # characters of its own from which a heading with sub-headings tells a story itself
_LONGEST_NAME = 50  # characters of somebody's name and what is said beside it
_LONGEST_ANNOUNCEMENT = 500  # characters
_PLATFORMS = 2  # links, from which a section may only say where a podcast is heard
_PLACES = 160  # characters beside links that only lead to where a podcast is heard
_ESSAY = 400  # and from which it is an essay, where that is half of what stands below its sub-headings


@dataclass(slots=True)
class Place:
    """A section and the issue that it is part of."""

    section: Section
    issue: SharedFacts


class SharedFacts:
    """What an issue's sections have in common; each counted when somebody first asks."""

    def __init__(self, root: Section, view: View) -> None:
        self.root = root
        self._view = view

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each address stands in the issue."""
        return Counter(_addresses(self.root, self._view))

    @cached_property
    def linked_levels(self) -> Counter[float]:
        """How many headings of each level are links."""
        return Counter(one.level for one in self.root.walk() if _addresses_of_heading(one))

    @cached_property
    def labels(self) -> Counter[str]:
        """How often each label of a lone sub-heading stands."""
        return Counter(_lone_label(one, self._view) for one in self.root.walk())

    @cached_property
    def firsts(self) -> Counter[str]:
        """How often each text opens a section without sub-headings."""
        return Counter(self._view.text(one.blocks[0]) for one in self.root.walk() if one.blocks and not one.children)

    @cached_property
    def beside_linked(self) -> frozenset[int]:
        """The ids of the sections beside which one holds linked headings."""
        return frozenset(
            id(child)
            for parent in self.root.walk()
            if any(inner.is_linked_story for child in parent.children for inner in child.children)
            for child in parent.children
        )


def _blocks(section: Section, view: View) -> list[Block]:
    return [block for block in section.blocks if block.kind != "rule" and not view.is_plea(block)]


def _addresses(section: Section, view: View) -> list[str]:
    return [url for block in section.all_blocks() for url in view.facts(block).urls]


def named_to_skip(place: Place, view: View) -> str | None:
    """Return the newsletter's own settings name it as holding no items."""
    if not view.options.skip:
        return None
    wanted = {name.strip().casefold() for name in view.options.skip}
    return "skip" if place.section.title.casefold() in wanted else None


def level_of_items(place: Place, view: View) -> str | None:
    """Return the newsletter's own settings say which level carries the items."""
    level, heading = view.options.item_level, place.section.heading
    return "story" if level is not None and heading is not None and heading.level == level else None


def contents(place: Place, view: View) -> str | None:
    """Return a table of contents, or highlights that only repeat what follows."""
    section = place.section
    fragments = sum([view.facts(block).fragments for block in section.blocks])
    if fragments >= 2 and fragments > len(_addresses(section, view)):
        return "skip"
    if section.children or not wording.is_whole(wording.CONTENTS_TITLE, section.title):
        return None
    links = _addresses(section, view)
    here, whole = Counter(links), place.issue.counts
    new = sum(here[url] == whole[url] for url in links)
    return "skip" if new <= 0.5 * len(links) or not links else None


def greeting(place: Place, view: View) -> str | None:
    """Greeting, editorial or a word about the newsletter, where it opens the issue."""
    section = place.section
    if not wording.is_whole(wording.GREETING_TITLE, section.title) or section.children:
        return None
    first = next((one for one in place.issue.root.walk() if one.heading is not None and one.role != "through"), None)
    return "skip" if first is section and split_body(section.blocks, view) is None else None


def boilerplate(place: Place, view: View) -> str | None:
    """Skip subscribing, sponsors, about us and closing words, also where the first line below says so."""
    section = place.section
    if not section.children and _is_marked_sponsored(section, view):
        return "skip"
    if wording.is_whole(wording.BOILERPLATE_TITLE, section.title) or wording.is_sponsored(section.title):
        return "skip"
    return "skip" if wording.is_plea(section.title) and len(section.title) < _MARK else None


def _is_marked_sponsored(section: Section, view: View) -> bool:
    """Whether the first line below a heading says that it is paid for, and little stands there."""
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
    """Nothing stands below it but where a podcast is heard."""
    section = place.section
    if section.children or len(section.blocks) > _FEW:
        return None
    blocks = _blocks(section, view)
    size = view.size(blocks)
    if size > _FEW * _PLACES:
        return None
    names = [raw_text(link.children).strip() for link in inlines_of(blocks) if link.kind == "link"]
    return "skip" if size < _PLACES + sum(map(len, names)) and _are_platforms(names) else None


def _are_platforms(names: list[str]) -> bool:
    """Whether links are called as platforms for podcasts are, other than those that only say that they are links."""
    platforms = {name for name in names if wording.is_whole(wording.PLATFORMS, name)}
    is_each = all(name in platforms or is_generic(name) for name in names)
    return is_each and sum(name in platforms for name in names) >= _PLATFORMS


def nothing_left(place: Place, view: View) -> str | None:
    """Nothing stands below it but pleas and "nothing this week"."""
    section = place.section
    if section.children or not 0 < len(section.blocks) <= _FEW:
        return None
    real = _blocks(section, view)
    if any(_reports_nothing(block, view) for block in section.blocks):
        return None if any(_tells(block, view) for block in real) else "skip"
    if _addresses_of_heading(section):
        return None
    return "skip" if not real or _only_announces(section, real, view) else None


def _only_announces(section: Section, blocks: list[Block], view: View) -> bool:
    """Whether some words without links and pictures only announce what a plea beside them asks for."""
    if not any(map(view.is_plea, section.blocks)) or view.size(blocks) >= _LONGEST_ANNOUNCEMENT:
        return False
    if any(view.links(block) or view.facts(block).images for block in blocks):
        return False
    return any(_announces(block, view) for block in blocks)


def says_nothing(section: Section, view: View) -> bool:
    """Whether each list below a heading only says that there is nothing this time, and there is one."""
    lists = [block for block in section.blocks if block.kind == "list"]
    return bool(lists) and not section.children and all(_reports_nothing(block, view) for block in lists)


def _tells(block: Block, view: View) -> bool:
    """Whether a block has a link of a story: neither a quotation nor a line that announces or only leads somewhere."""
    if not view.links(block) or block.kind == "quote" or _announces(block, view):
        return False
    line = view.link_line(block)
    return line is None or not line[1]


def _reports_nothing(block: Block, view: View) -> bool:
    entries = block.children if block.kind == "list" else [block]
    if block.kind == "list" and all(
        is_decoration(view.text(entry)) and not view.facts(entry).images for entry in entries
    ):
        return not view.links(block)  # a list of empty entries
    return bool(entries) and all(view.reports_nothing(view.text(entry)) for entry in entries)


def _addresses_of_heading(section: Section) -> bool:
    return section.heading is not None and view_links(section.heading)


def view_links(heading: Block) -> bool:
    """Whether a heading carries a link."""
    if len(heading.inlines) == 1 and heading.inlines[0].kind == "text":  # most headings
        return False
    return any(inline.kind == "link" and leads_out(inline.url) for inline in inlines_of([heading]))


def linked_heading(place: Place, _: View) -> str | None:
    """Take a linked heading with prose below as a story, like the issue's other stories."""
    return "story" if place.section.is_linked_story else None


def told_story(place: Place, _: View) -> str | None:
    """Prose stands above its list, and most sections of its level are stories told in prose."""
    return "story" if place.section.is_told_story else None


def facets_of_heading(place: Place, view: View) -> str | None:
    """Keep sub-headings in the story whose heading carries its link, or has a byline alone below it."""
    if not place.section.children:
        return None
    return "story" if _is_linked_story(place, view) or _is_byline(place, view) else None


def facets(place: Place, view: View) -> str | None:
    """Its sub-headings are sides of the story that it tells, not stories of their own."""
    section = place.section
    if not section.children:
        return None
    own = _own_words(section, view)
    prose = view.size(block for block in own if not _announces(block, view))
    if prose and _are_plain_parts(section, view):
        return "story"
    named = sum(map(_is_facet, section.children))
    if named == len(section.children) and named + bool(prose) > 1:
        return "story" if prose >= _PROSE or 2 * _count_lists(section, view) <= named else None
    return "story" if prose >= _PROSE and _has_sides(section, own, view, prose=prose, named=named) else None


def _own_words(section: Section, view: View) -> list[Block]:
    return [block for block in _blocks(section, view) if not is_decoration(view.text(block))]


def _is_facet(section: Section) -> bool:
    return wording.is_whole(wording.FACET_TITLE, section.title)


def _has_sides(section: Section, own: list[Block], view: View, *, prose: int, named: int) -> bool:
    """Whether most sub-headings are called as sides of a story are, or the story is told above them."""
    if split_body(section.blocks, view) is not None:
        return False
    return 2 * named >= len(section.children) or _tells_itself(section, own, prose, view)


def _count_lists(section: Section, view: View) -> int:
    """Return how many of the sub-headings hold several stories."""
    return sum(split_body(child.blocks, view) is not None for child in section.children)


def _tells_itself(section: Section, own: list[Block], prose: int, view: View) -> bool:
    """Whether a heading's own prose is the story: an essay, with numbered parts, or with few links below it."""
    if sum(_holds_several(child, view) for child in section.children) > 0.34 * len(section.children):
        return False
    if sum(bool(_addresses(child, view)) for child in section.children) <= 0.4 * len(section.children):
        return True
    if prose > 2 * _PROSE and all(is_numbered(_heading_text(child, view)) for child in section.children):
        return True
    below = sum(view.size(child.all_blocks()) for child in section.children)
    return prose >= max(_ESSAY, 0.5 * below) and sum(map(view.is_prose, own)) >= 3


def _holds_several(section: Section, view: View) -> bool:
    return bool(section.children) or split_body(section.blocks, view) is not None


def _is_linked_story(place: Place, view: View) -> bool:
    """Whether a heading is a link, as others of its level are, and those below are none and list no links by name."""
    section = place.section
    is_usual = _addresses_of_heading(section) and place.issue.linked_levels[section.level] > 1
    if not is_usual or any(map(_addresses_of_heading, section.children)):
        return False
    lists = [block for child in section.children for block in child.all_blocks() if block.kind == "list"]
    entries = [entry for block in lists for entry in block.children]
    return 2 * sum(view.leading_link(entry) is not None for entry in entries) <= len(entries)


def _is_byline(place: Place, view: View) -> bool:
    """Whether the only sub-heading stands right below its heading and says of it what others say ("Author: Ann")."""
    label = _lone_label(place.section, view)
    return bool(label) and place.issue.labels[label] > 1


def _lone_label(section: Section, view: View) -> str:
    """Return the label of the only sub-heading right below a heading, "" where there is none."""
    if section.heading is None or len(section.children) != 1 or section.children[0].children:
        return ""
    if any(not is_decoration(view.text(block)) for block in section.blocks):
        return ""
    label, colon, _ = section.children[0].title.replace("：", ":").partition(":")
    return label.casefold()[:_LABEL_STEM] if colon else ""  # "Author" and "Authors" say the same


def _are_plain_parts(section: Section, view: View) -> bool:
    """Whether the sub-headings are lines in bold and nothing below them leads anywhere ("Duties", "Pay")."""
    return all(
        child.heading is not None and child.heading.kind == "paragraph" and not _addresses(child, view)
        for child in section.children
    )


def _heading_text(section: Section, view: View) -> str:
    return view.text(section.heading) if section.heading is not None else ""


def _announces(block: Block, view: View) -> bool:
    text = view.text(block)
    return block.kind == "paragraph" and len(text) < 300 and wording.announces(text)


def names_people(place: Place, view: View) -> str | None:
    """Take a list of names (new contributors, sponsors) as one story, with links or without."""
    section = place.section
    if section.children or not wording.is_whole(wording.PEOPLE_TITLE, section.title):
        return None
    entries = [entry for block in section.blocks if block.kind == "list" for entry in block.children]
    return "story" if entries and all(_is_name(entry, view) for entry in entries) else None


def _is_name(entry: Block, view: View) -> bool:
    facts = view.facts(entry)
    return facts.chars <= _LONGEST_NAME * max(1, facts.links)


def groups_stories(place: Place, view: View) -> str | None:
    """Return what stands below is several stories."""
    section = place.section
    if section.children or split_body(section.blocks, view) is not None:
        return "group"
    return None


def like_its_siblings(place: Place, view: View) -> str | None:
    """Return a short name above one story that names itself, where the sections beside it hold linked headings."""
    section = place.section
    if section.children or id(section) not in place.issue.beside_linked or _addresses_of_heading(section):
        return None
    blocks = _blocks(section, view)
    if not any(map(view.links, blocks[:1])) or count_words(section.title) > _SHORT_NAME:
        return None
    is_alone = len(blocks) == 1 and view.is_prose(blocks[0]) and not view.is_generic_line(blocks[0])
    return "group" if is_alone or view.is_named_line(blocks[0]) else None


def unfilled(place: Place, view: View) -> str | None:
    """Return a quotation or a line in italics that other sections hold as well: a template that nobody filled in."""
    section = place.section
    blocks = [] if section.children or len(section.blocks) > _FEW else _blocks(section, view)
    if len(blocks) != 1 or not _is_set_off(blocks[0]):
        return None
    block = blocks[0]
    if view.links(block) or view.facts(block).images or _addresses_of_heading(section):
        return None
    return "skip" if place.issue.firsts[view.text(block)] > 1 else None


def _is_set_off(block: Block) -> bool:
    return block.kind == "quote" or (block.kind == "paragraph" and {one.kind for one in block.inlines} == {"emph"})


def empty(place: Place, view: View) -> str | None:
    """Nothing stands below it, and it leads nowhere."""
    section = place.section
    if any(not is_decoration(view.text(block)) or view.facts(block).images for block in section.blocks):
        return None
    return None if _addresses_of_heading(section) else "skip"


def tells_a_story(_: Place, __: View) -> str | None:
    """Make a heading with a story below it an item."""
    return "story"


HEADING_RULES: tuple[Rule, ...] = (
    named_to_skip,
    level_of_items,
    contents,
    greeting,
    boilerplate,
    asks_for_support,
    where_to_listen,
    nothing_left,
    linked_heading,
    told_story,
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

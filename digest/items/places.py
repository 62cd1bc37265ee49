"""A heading in the context of its issue, with the facts that the rules for headings need."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from digest.items import wording
from digest.items.block_facts import View
from digest.items.link_lines import leads_out
from digest.items.sections import Section
from digest.items.titles import is_decoration
from digest.tree.nodes import Block, inlines_of

_LABEL_STEM = 5  # letters by which a label is recognised
_CHANGES = 2  # minimum links to changes in a release's changelog
_MOST_CHANGES = 0.6  # minimum share of its links
_TICKET = re.compile(r"/(?:pulls?|issues|merge_requests|commits?|compare|releases)/")
VERSION = re.compile(r"\d\.\d")


@dataclass(slots=True)
class Place:
    """A section and the issue that it is part of."""

    section: Section
    issue: SharedFacts


class SharedFacts:
    """What an issue's sections have in common; computed on first use."""

    def __init__(self, root: Section, view: View) -> None:
        self.root = root
        self._view = view

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each URL occurs in the issue."""
        aside = (block for section in self.root.walk() for block, _ in section.aside)
        return Counter(
            [*addresses(self.root, self._view), *(url for one in aside for url in self._view.facts(one).urls)]
        )

    @cached_property
    def linked_levels(self) -> Counter[float]:
        """How many headings of each level are links."""
        return Counter(one.level for one in self.root.walk() if is_linked(one))

    @cached_property
    def levels(self) -> Counter[float]:
        """How many headings of each level there are."""
        return Counter(one.level for one in self.root.walk() if one.heading is not None)

    @cached_property
    def opening_lists(self) -> frozenset[int]:
        """The ids of highlights: lists below bold lines above the first heading, most of whose links recur below it."""
        sections = [one for one in self.root.walk() if one.heading is not None and one.role != "through"]
        place = next((at for at, one in enumerate(sections) if not _is_bold_list(one)), len(sections))
        links = [url for one in sections[:place] for url in addresses(one, self._view)]
        told = {url for one in sections[place:] for block in one.blocks for url in self._view.facts(block).urls}
        is_repeated = 2 * sum(url in told for url in links) > len(links)
        return frozenset(map(id, sections[:place])) if is_repeated else frozenset()

    @cached_property
    def labels(self) -> Counter[str]:
        """How often each label of a lone sub-heading occurs."""
        return Counter(lone_label(one, self._view) for one in self.root.walk())

    @cached_property
    def names(self) -> frozenset[str]:
        """The letters of all headings."""
        return frozenset(letters(one.title) for one in self.root.walk() if one.heading is not None)

    @cached_property
    def returning(self) -> Counter[str]:
        """The number of headings that have a sub-heading of each name, by its letters."""
        return Counter(
            name
            for one in self.root.walk()
            if one.heading is not None
            for name in {letters(c.title) for c in one.children}
        )

    @cached_property
    def firsts(self) -> Counter[str]:
        """How often each text starts a section without sub-headings."""
        return Counter(self._view.text(one.blocks[0]) for one in self.root.walk() if one.blocks and not one.children)

    @cached_property
    def beside_linked(self) -> frozenset[int]:
        """The ids of the sections with a sibling that contains linked headings."""
        return frozenset(
            id(child)
            for parent in self.root.walk()
            if any(inner.is_linked_story for child in parent.children for inner in child.children)
            for child in parent.children
        )


def letters(text: str) -> str:
    """Return the letters and digits of a text in lower case, as the key of a name."""
    return "".join(filter(str.isalnum, text.casefold()))


def shown_blocks(section: Section, view: View) -> list[Block]:
    """Return the blocks of a section without calls to action and rules."""
    return [block for block in section.blocks if block.kind != "rule" and not view.is_plea(block)]


def _is_bold_list(section: Section) -> bool:
    """Whether a bold line has nothing but lists below it."""
    is_bold = section.heading is not None and section.heading.kind == "paragraph" and not section.children
    return is_bold and {block.kind for block in section.blocks} == {"list"}


def addresses(section: Section, view: View) -> list[str]:
    """Return the URLs of all links in a section, including its heading."""
    return [url for block in section.all_blocks() for url in view.facts(block).urls]


def lists_changes(title: str, section: Section, view: View) -> bool:
    """Whether a section named after a version is a changelog: a list of pull requests, issues and commits."""
    if VERSION.search(title) is None:
        return False
    blocks = [block for block in section.all_blocks() if block is not section.heading]
    changes = [url for block in blocks if block.kind == "list" for url in view.facts(block).urls if _TICKET.search(url)]
    return len(changes) >= max(_CHANGES, _MOST_CHANGES * sum(map(view.links, blocks)))


def is_linked(section: Section) -> bool:
    """Whether the section's heading has a link."""
    return section.heading is not None and view_links(section.heading)


def view_links(heading: Block) -> bool:
    """Whether a heading has a link."""
    if len(heading.inlines) == 1 and heading.inlines[0].kind == "text":  # most headings
        return False
    return any(inline.kind == "link" and leads_out(inline.url) for inline in inlines_of([heading]))


def lone_label(section: Section, view: View) -> str:
    """Return the label of the only sub-heading right below a heading, "" if there is none."""
    if section.heading is None or len(section.children) != 1 or section.children[0].children:
        return ""
    if any(not is_decoration(view.text(block)) for block in section.blocks):
        return ""
    label, colon, _ = section.children[0].title.replace("：", ":").partition(":")
    return label.casefold()[:_LABEL_STEM] if colon else ""  # "Author" and "Authors" are the same label


def announces(block: Block, view: View) -> bool:
    """Whether a paragraph only announces what follows."""
    text = view.text(block)
    return block.kind == "paragraph" and len(text) < 300 and wording.announces(text)

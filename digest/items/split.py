"""Split an issue's outline into items. An item is the smallest piece that a reader would forward.

Three steps, each a list of named rules: classify the headings (rules_headings), classify the blocks below each heading
(rules_body), and leave out the issue's frame (here).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from digest.items import wording
from digest.items.block_facts import View
from digest.items.closing import closing_sections, set_frame_aside
from digest.items.frame import Line
from digest.items.labels import title_by_sentences
from digest.items.one_story import is_one_story, lists_stories, names_issue
from digest.items.parts import Draft, Part, attach, item_of, items_of, left_out, without_rules
from digest.items.places import view_links
from digest.items.recurring import set_aside
from digest.items.rules_body import split_body
from digest.items.rules_headings import says_nothing
from digest.items.sections import Section, build, mend_underlined
from digest.items.standing import set_standing_aside
from digest.items.survey import (
    are_alike,
    assign,
    find_title,
    hoist_contents,
    learn,
    learn_without_headings,
    part_lines,
    unquote_headlines,
    without_footer,
)
from digest.items.titles import clean, is_decoration
from digest.items.told import (
    find_addressed_stories,
    find_labelled_stories,
    find_linked_stories,
    find_told_stories,
    hand_pictures_down,
    part_at_last_lists,
    part_at_lines,
)
from digest.model import SplitOptions
from digest.tree.nodes import Block, inlines_of
from digest.tree.outline import Outline

# rules that can find stories above the first heading, and the minimum number of stories for each
_FRAME_STORIES = {
    "numbered-leads": 3,
    "list-of-links": 3,
    "table-of-links": 3,
    "headline-and-link": 3,
    "bold-leads": 2,
    "link-leads": 2,
    "separated-leads": 2,
}
_FEW_PARAGRAPHS = 3  # paragraphs above sub-headings; more are an essay, which is an introduction
_ESSAY = 1500  # characters above the first heading from which they can be the story itself
_MOST = 0.75  # share of the issue that such a story needs
_GREETING = 40  # characters up to which a paragraph without a link can be a mere greeting
_LETTER = 200  # total characters from which such paragraphs are a letter with one line a paragraph


@dataclass(slots=True)
class Split:
    """An issue's items in order, its introduction, the blocks left out with their rules, and a trace of every block."""

    drafts: list[Draft] = field(default_factory=list[Draft])
    intro: list[Block] = field(default_factory=list[Block])
    left_out: list[tuple[Block, str]] = field(default_factory=list[tuple[Block, str]])
    # (block, where it went, rule)
    ways: list[tuple[Block, str, str]] = field(default_factory=list[tuple[Block, str, str]])


def split(
    outline: Outline,
    *,
    title: str = "",
    name: str = "",
    options: SplitOptions | None = None,
    recurring: Sequence[Line | None] = (),
) -> Split:
    """Split an issue; `title` is the title in its front matter or "", `name` the title to fall back to.

    `recurring` holds, for each line of the file, its occurrence in earlier issues as returned by `Frame.recurring`.
    """
    view = View(options or SplitOptions(), recurring=recurring)
    blocks, footer = without_footer(part_lines(unquote_headlines(mend_underlined(outline.blocks), view), view), view)
    root = build(blocks)
    top = _survey(root, title, view)
    assign(root, view)
    if is_one_story(root, top, view):
        told = _told_as_one(root, top, title)
        told.role, told.rule = "story", "facets"
        for one in filter(lambda one: one.rule == "downloads", told.walk()):
            one.role = ""  # they belong to the story
    elif view.bare and (view.options.one_story is False or _tells_several(view)):
        learn_without_headings(view)
    writer = _Writer(view, title or name)
    writer.root(root)
    title_by_sentences(writer.result.drafts)
    for block, rule in (one for section in root.walk() for one in section.aside):
        writer.leave_out(block, rule)
    for block in footer:
        writer.leave_out(block, "plea" if view.is_plea(block) else "footer")
    writer.footnotes(outline.footnotes)
    return writer.result


def _told_as_one(root: Section, top: Section | None, title: str) -> Section:
    """Return the section that is the single story: the top heading's, unless it is but a subtitle of the issue's title
    in its head.
    """
    if top is None or any(one is not top and one.role != "skip" for one in root.children):
        return root
    if title and not are_alike(title, top.title):
        top.role = ""
        return root
    return top


def _tells_several(view: View) -> bool:
    """Whether the title of an issue without headings is that of a newsletter's issue, or lists its stories."""
    return names_issue(view.title) or lists_stories(view.title, _lines(view.bare, view))


def _lines(blocks: list[Block], view: View) -> Iterator[str]:
    """Yield the texts of paragraphs, and of the entries of lists."""
    for block in blocks:
        if block.kind == "list":
            yield from map(view.text, block.children)
        else:
            yield view.text(block)


def _survey(root: Section, title: str, view: View) -> Section | None:
    """Collect facts about the issue as a whole; each step depends on the ones before.

    Return the heading that is the issue's title, if any.
    """
    hoist_contents(root)
    view.roundups = frozenset(
        id(one.blocks) for one in root.walk() if wording.is_whole(wording.ROUNDUP_TITLE, one.title)
    )
    top = find_title(root, title, view)
    view.title = title or (top.title if top is not None else "")
    if top is not None:
        top.role, top.rule = "through", "title-of-the-issue"
    set_standing_aside(root, view)
    set_aside(root, view)
    for section, rule in closing_sections(root, view):
        section.role, section.rule = "skip", rule
    set_frame_aside(root, view)
    part_at_lines(root, view)
    hand_pictures_down(root, view)
    find_linked_stories(root, view)
    part_at_last_lists(root, view)
    learn(root, view)
    find_told_stories(root, view)
    find_addressed_stories(root, view)
    find_labelled_stories(root, view)
    return top


# -- collecting the result


class _Writer:
    def __init__(self, view: View, title: str) -> None:
        self.view = view
        self.title = title
        self.result = Split()

    # places

    def trace(self, block: Block, place: str, rule: str) -> None:
        self.result.ways.append((block, place, rule))

    def leave_out(self, block: Block, rule: str) -> None:
        if block.kind != "rule":
            rule = "recurs" if rule == "plea" and id(block) in self.view.standing else rule
            self.result.left_out.append((block, rule))
            self.trace(block, "left out", rule)

    def intro(self, block: Block, rule: str) -> None:
        if block.kind != "rule":
            self.result.intro.append(block)
            self.trace(block, "introduction", rule)

    def add(self, draft: Draft, blocks: list[Block]) -> None:
        lines = without_rules(blocks) or blocks
        draft.first = min([block.first for block in lines])
        draft.last = max([block.last for block in lines])
        self.result.drafts.append(draft)
        place = f"item {len(self.result.drafts)}"
        for block in lines:
            self.trace(block, place, draft.rule)

    # the tree

    def root(self, root: Section) -> None:
        if root.role == "story":
            self.story(root, ())
            return
        titles = [child for child in root.children if child.role == "through"]
        frame = self.view.bare or list(chain.from_iterable(section.blocks for section in (root, *titles)))
        below = [child for section in (root, *titles) for child in section.children if child.role != "through"]
        bare = all(child.role == "skip" and child.is_written() for child in below)
        for section in titles:
            self.own_title(section)
        self.frame(frame, root.children, bare=bare)
        for child in root.children:
            if child.role == "through":
                self.children(child, ())
            else:
                self.section(child, ())

    def own_title(self, section: Section) -> None:
        """Leave out the issue's own title."""
        if section.heading is not None:
            self.trace(section.heading, "title", section.rule)
            self.result.left_out.append((section.heading, section.rule))

    def frame(self, blocks: list[Block], below: list[Section], *, bare: bool) -> None:
        """Split the blocks above the first heading: the introduction, or the whole issue if it has no headings."""
        found = split_body(blocks, self.view)
        if found and (bare or self.is_list_of_stories(*found, below)):
            for part in found[1]:
                self.part(part, (), None)
            return
        others: list[Block] = []
        for block in blocks:
            if self.view.is_plea(block):
                self.leave_out(block, "plea")
            else:
                others.append(block)
        body = without_rules(others)
        if self.is_story(body) if bare else self.is_essay(body, below):
            title = clean(self.title) or clean(self.view.text(body[0]))[:120]
            self.add(Draft(title, (), "issue-is-one-story", body=body), body)
            return
        for block in others:
            self.intro(block, "above-the-first-heading")

    def is_story(self, blocks: list[Block]) -> bool:
        """Whether an issue without headings has more than a greeting and a list of its contents."""
        facts = [self.view.facts(block) for block in blocks]
        links = sum(one.links for one in facts)
        is_long = self.view.size(blocks) > _LETTER
        says = links > 0 or is_long or any(len(one.text) > _GREETING for one in facts)
        return says and sum(one.fragments for one in facts) <= links

    def is_essay(self, blocks: list[Block], below: list[Section]) -> bool:
        """Whether the blocks above the first heading are most of the issue: its story, not an introduction."""
        said = self.view.size(blocks)
        parts = [one for section in below for one in section.walk() if one.role != "through"]
        return said >= _ESSAY and said >= _MOST * (said + sum(self.view.size(one.blocks) for one in parts))

    def is_list_of_stories(self, rule: str, parts: list[Part], below: list[Section]) -> bool:
        """Whether parts are several stories of some length, not an editorial that repeats the ones below."""
        items = list(items_of(parts))
        least = _FRAME_STORIES.get(rule)
        if least is None or len(items) < least or self.repeats(items, below):
            return False
        return sum(self.view.size(part.blocks) for part in items) >= 25 * len(items)

    def repeats(self, items: list[Part], below: list[Section]) -> bool:
        """Whether most of `items` repeat what the sections below contain: an editorial."""
        sections = [one for section in below for one in section.walk() if one.role != "through"]
        told = {url for one in sections for block in one.all_blocks() for url in self.view.facts(block).urls}
        return 2 * sum(not told.isdisjoint(self.urls(part)) for part in items) > len(items)

    def urls(self, part: Part) -> list[str]:
        return [url for block in part.blocks for url in self.view.facts(block).urls]

    def children(self, section: Section, path: tuple[str, ...]) -> None:
        for child in section.children:
            self.section(child, path)

    def section(self, section: Section, path: tuple[str, ...]) -> None:
        heading = section.heading
        assert heading is not None  # noqa: S101 - only the root has none
        if section.role == "skip":
            for block in section.all_blocks():
                self.leave_out(block, section.rule)
        elif section.role == "story":
            self.story(section, path)
        else:
            self.trace(heading, "section", section.rule)
            is_named = not wording.is_whole(wording.HIGHLIGHTS_TITLE, section.title)
            below = (*path, section.title) if is_named else path
            before = len(self.result.drafts)
            self.body(section, below)
            self.goes_on(section.tail, below)
            self.children(section, below)
            if len(self.result.drafts) == before:
                self.result.left_out.append((heading, "section-without-items"))
            elif not is_named:
                self.result.left_out.append((heading, "highlights"))
            elif view_links(heading):
                self.result.left_out.append((heading, "link-of-a-section"))

    def story(self, section: Section, path: tuple[str, ...]) -> None:
        head = [
            one.heading
            for one in section.walk()
            if one.heading is not None and (one is section or one.role == "through")
        ]
        bare = [block for side in section.children if says_nothing(side, self.view) for block in side.all_blocks()]
        closing = [side for side in section.children if side.role == "skip"]
        closed = chain.from_iterable(side.all_blocks() for side in closing)
        others = set(map(id, (*section.tail, *bare, *head, *closed)))
        kept: list[Block] = []
        for block in section.all_blocks():
            if self.view.is_plea(block) and id(block) not in others:
                self.leave_out(block, "plea")
            elif id(block) not in others:
                kept.append(block)
        for block in bare:
            self.leave_out(block, "nothing-to-report")
        if not kept and (bare or closing) and not any(map(view_links, head)):
            self.result.left_out += [(one, "section-without-items") for one in head]
        else:
            title = section.title if head else clean(self.title) or clean(self.view.text(kept[0]))[:120]
            self.add(Draft(title, path, section.rule, section.heading, body=without_rules(kept)), [*head, *kept])
        self.goes_on(section.tail, path)
        for side in closing:
            if not says_nothing(side, self.view):
                self.section(side, path)

    def goes_on(self, tail: list[Block], path: tuple[str, ...]) -> None:
        """Split the blocks below a story that continue the section above it."""
        found = split_body(tail, self.view) if tail else None
        for part in found[1] if found else [left_out(one, "beside-a-list") for one in tail]:
            self.part(part, path, None)

    def body(self, section: Section, path: tuple[str, ...]) -> None:
        found = split_body(section.blocks, self.view)
        for part in found[1] if found else self.prose(section):
            self.part(part, path, section.heading)

    def prose(self, section: Section) -> list[Part]:
        """Split the blocks above sub-headings: an introduction, or paragraphs that are stories."""
        introduces = any(child.rule == "linked-heading" for child in section.children)
        few = not introduces and sum(map(self.view.is_prose, section.blocks)) <= _FEW_PARAGRAPHS
        parts: list[Part] = []
        for block in section.blocks:
            if self.view.is_plea(block):
                parts.append(left_out(block, "plea"))
            elif parts and parts[-1].kind == "item" and self.belongs_above(block):
                attach(parts[-1], block)
            elif few and self.tells(block):
                parts.append(item_of(block, "prose-of-a-section-with-its-link"))
            else:
                parts.append(left_out(block, "introduces-a-section"))
        return parts

    def belongs_above(self, block: Block) -> bool:
        """Whether a block continues the story of the paragraph above it."""
        if block.kind != "paragraph":
            return block.kind in {"quote", "code"}
        if wording.CONTINUES.search(self.view.text(block)):
            return True
        line = self.view.link_line(block)
        is_linkless = self.view.is_prose(block) and not self.view.links(block)
        return self.view.is_picture(block) or is_linkless or (line is not None and line[1])

    def tells(self, block: Block) -> bool:
        """Whether a paragraph has a link of its own and is not a mere announcement of what follows."""
        is_linked = self.view.is_prose(block) and self.view.links(block) > 0
        return is_linked and not wording.announces(self.view.text(block))

    def part(self, part: Part, path: tuple[str, ...], heading: Block | None) -> None:
        if part.kind == "section":
            for block in part.blocks:
                self.trace(block, "section", part.rule)
            for inner in part.parts:
                self.part(inner, (*path, part.title), heading)
        elif part.kind == "item" and not self.is_sponsored(part):
            self.item(part, path)
        else:
            for block in part.blocks:
                if part.kind == "intro" and not path:
                    self.intro(block, part.rule)
                else:
                    self.leave_out(block, "sponsor" if part.kind == "item" else part.rule)

    def is_sponsored(self, part: Part) -> bool:
        first = part.blocks[0]
        line = first.children[0] if first.kind == "entry" and first.children else first
        if wording.is_sponsored(self.view.text(first)) or wording.is_sponsored(self.view.text(line)):
            return True
        return part.title.endswith((")", "]", "）", "】")) and wording.is_sponsored(part.title)

    def item(self, part: Part, path: tuple[str, ...]) -> None:
        title = part.title or self.fallback_title(part)
        self.add(Draft(title, path, part.rule, lead=part.lead, body=without_rules(part.body)), part.blocks)

    def fallback_title(self, part: Part) -> str:
        for block in part.blocks:
            text = clean(self.view.text(block))
            if text and not is_decoration(text):
                return text[:120]
            images = [inline.text for inline in inlines_of([block]) if inline.kind == "image" and inline.text]
            if images:
                return clean(images[0])
        signs = next((self.view.text(block) for block in part.blocks if self.view.text(block)), "")
        return signs[:120]  # a title of emoji alone is still the author's title

    def footnotes(self, notes: dict[str, Block]) -> None:
        """Attach footnotes to the items that refer to them."""
        if not notes:
            return
        rest = dict(notes)
        for number, draft in enumerate(self.result.drafts, 1):
            for label in [inline.text for inline in draft.inlines() if inline.kind == "footnote"]:
                if label in rest:
                    note = rest.pop(label)
                    draft.notes.append(note)
                    self.trace(note, f"item {number}", "footnote")
        for note in rest.values():
            self.leave_out(note, "footnote-of-no-item")

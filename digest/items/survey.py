"""What an issue as a whole tells before any block of it is judged."""

from __future__ import annotations

from difflib import SequenceMatcher

from digest.items import wording
from digest.items.block_facts import View
from digest.items.leads import bold_opening
from digest.items.parts import Part
from digest.items.rules_body import split_body
from digest.items.rules_headings import Place, SharedFacts, decide, view_links
from digest.items.rules_lines import count_openers, is_reading_list, separated_runs
from digest.items.sections import Section, count_words
from digest.items.titles import clean, is_decoration, leading_link
from digest.tree.nodes import Block

_FOOTER = 8  # blocks of a footer at most
_LONGEST_CLOSER = 400  # characters of a closing word
_ABOVE = 3  # paragraphs above a heading, with lines across the page, from which it is not the issue's title
_SHORT_NAME = 2  # words of a top heading that names a section ("News"), where the issue has another title
_SURE = 3  # paragraphs with a link each that a section of a longer name has, where its siblings hold several stories
_SIDES = 3  # headings that name a side each, from which these make one story
_GROUPS = 2  # sections with several stories, beside which one with a link in each paragraph has several too
_LINKED_STORIES = 2  # headings that are links and have prose below, from which such a heading is a story
_TOLD = 3  # sections of one level that open with prose, from which it is known how to read them
_INTRODUCTION = 240  # characters
_MOST = 0.6  # of the sections that open with prose
_LABEL = 40  # characters of a line that is no sentence but names the list below it
_SENTENCE_ENDS = ".!?。！？…"
_NAME_WORDS = 4  # the names of sections are shorter than the headlines of stories


def hoist_contents(section: Section) -> None:
    """Take what stands below "Highlights" out of it, whatever its level."""
    children: list[Section] = []
    for child in section.children:
        hoist_contents(child)
        children.append(child)
        if wording.is_whole(wording.CONTENTS_TITLE, child.title) and child.children and child.blocks:
            children += child.children
            child.children = []
    section.children = children


def without_footer(blocks: list[Block], view: View) -> tuple[list[Block], list[Block]]:
    """Return the blocks of an issue, and those behind its last separating line where they take leave or ask for
    something.
    """
    last = next((index for index in range(len(blocks) - 1, -1, -1) if blocks[index].kind in {"rule", "heading"}), -1)
    stretch = blocks[last + 1 :]
    if last < 1 or blocks[last].kind != "rule" or not stretch or len(stretch) > _FOOTER:
        return blocks, []
    if _is_only_line(blocks, last) and all(_takes_leave(block, view) for block in stretch):
        return blocks[: last + 1], stretch
    pleas = sum(view.is_plea(block) for block in stretch)
    opens = view.is_plea(stretch[0]) and not any(bold_opening(block) for block in stretch if not view.is_plea(block))
    return (blocks[: last + 1], stretch) if opens and 2 * pleas >= len(stretch) - 1 else (blocks, [])


def _is_only_line(blocks: list[Block], place: int) -> bool:
    """Whether an issue with headings has a single line across the page, and it stands behind the last story."""
    lines = sum(block.kind == "rule" for block in blocks)
    return lines == 1 and sum(block.kind == "heading" for block in blocks[:place]) > 1


def _takes_leave(block: Block, view: View) -> bool:
    """Whether a block may be a closing word: short prose that opens with neither a title nor a link."""
    is_short = view.is_prose(block) and view.facts(block).chars <= _LONGEST_CLOSER
    return is_short and bold_opening(block) is None and leading_link(block.inlines) is None


def find_title(root: Section, title: str, view: View) -> Section | None:
    """Return the heading that is the issue's own title: the first, the only one of its level, above all that follow."""
    first = next(iter(root.children), None)
    if first is None or first.level not in {1, 2} or wording.is_whole(wording.CONTENTS_TITLE, first.title):
        return None
    is_deep = sum(map(view.is_prose, root.blocks)) > _ABOVE and any(block.kind == "rule" for block in root.blocks)
    lists = [block for block in root.blocks if block.kind == "list"]
    is_deep = (
        is_deep or sum(len(block.children) for block in lists if view.links(block)) > _ABOVE
    )  # stories stand above
    return None if is_deep else _title_of(root, first, title, view)


def _title_of(root: Section, first: Section, title: str, view: View) -> Section | None:
    """`first`, where it is the issue's own title."""
    names_issue = wording.ISSUE_NAME.search(first.title) is not None
    if title and _alike(first.title, title):
        # a linked heading that is one of several is the story that gave the issue its name
        is_story = first.heading is not None and view_links(first.heading) and not names_issue
        return None if is_story and any(one.level <= first.level for one in root.children[1:]) else first
    if first.level == 2 and not names_issue:
        return None
    later = [one for one in root.children[1:] if not wording.is_whole(wording.CONTENTS_TITLE, one.title)]
    if any(one.level <= first.level for one in later):  # one of several of its level
        numbered = [one for one in root.children if wording.ISSUE_NUMBER.search(one.title) is not None]
        is_numbered = first.level == 1 and numbered == [first]
        if is_numbered and first.children and not title:
            return first
        greets = not title and any(view.is_plea(block) for block in first.blocks)
        is_bare = all(is_decoration(view.text(block)) and not view.links(block) for block in first.blocks)
        is_named = names_issue and (is_bare or (greets and split_body(first.blocks, view) is None))
        return first if not first.children and (is_numbered or is_named) else None
    if not first.children and not later:
        return first
    return (
        first
        if names_issue or not title or (len(first.children) > 1 and count_words(first.title) > _SHORT_NAME)
        else None
    )


def find_linked_stories(root: Section, view: View) -> None:
    """Headings that are links are stories where most of them have prose below, even where a list of links follows it.

    The list belongs to the story, unless only the last stories of their sections have one and none says what it lists:
    then it goes on with the section.
    """
    leaves = [
        (child, child is parent.children[-1])
        for parent in root.walk()
        for child in parent.children
        if not child.children
    ]
    named = [leaf for leaf in leaves if leaf[0].heading is not None and view_links(leaf[0].heading)]
    if len(named) < _LINKED_STORIES:
        return
    linked = [leaf for leaf in named if _is_told(leaf[0].blocks, view)]
    if len(linked) < max(_LINKED_STORIES, _MOST * sum(_is_told(one.blocks, view) for one, _ in leaves)):
        return
    listed = [(one, is_last, tail) for one, is_last in linked if (tail := _links_below(one.blocks, view))]
    if 2 * len(listed) > len(linked):
        return
    goes_on = all(is_last and not _names_list(one.blocks, tail, view) for one, is_last, tail in listed)
    for one, _ in linked:
        one.is_linked_story = True
    for one, _, tail in listed if goes_on else []:
        one.blocks, one.tail = one.blocks[: -len(tail)], tail


def find_told_stories(root: Section, view: View) -> None:
    """Sections that open with prose are stories, lists or not, where most of those of their level are.

    What only introduces its list is none: a line without a link.
    """
    if view.is_digest:
        return
    levels: dict[float, list[Section]] = {}
    for one in root.walk():
        if one.heading is not None and one.blocks and not one.children and one.role != "through":
            levels.setdefault(one.level, []).append(one)
    for leaves in levels.values():
        lists = [one for one in leaves if split_body(one.blocks, view) is not None]
        stories = len(leaves) - len(lists)
        if stories < _TOLD or stories < _MOST * len(leaves):
            continue
        for one in lists:
            one.is_told_story = _is_told(one.blocks, view) and _tells_above_list(one.blocks, view)


def _tells_above_list(blocks: list[Block], view: View) -> bool:
    """Whether a story stands above the first list or table of a section: its link on a line, or enough prose."""
    place = next((index for index, block in enumerate(blocks) if block.kind in {"list", "table"}), 0)
    above = [block for block in blocks[:place] if not view.is_plea(block)]
    if above and (line := view.link_line(above[0])) is not None and line[1]:
        return True
    told = [block for block in above if not wording.announces(view.text(block))]
    size = sum(view.facts(block).chars for block in told)
    listed = sum(view.facts(block).chars for block in blocks[place:] if block.kind in {"list", "table"})
    return 2 * size > listed and (size > _INTRODUCTION or any(view.links(block) for block in told))


def _is_told(blocks: list[Block], view: View) -> bool:
    """Whether prose is the first of what a section says."""
    first = next((block for block in blocks if view.text(block)), None)
    return first is not None and view.is_prose(first) and not view.is_plea(first)


def _links_below(blocks: list[Block], view: View) -> list[Block]:
    """Return the blocks of a section from its first list on, where that is one of links; else none."""
    place = next((index for index, block in enumerate(blocks) if block.kind == "list"), 0)
    tail = blocks[place:] if place and view.links(blocks[place]) else []
    found = split_body(tail, view) if tail else None
    return tail if found is not None and found[0] == "list-of-links" else []


def _names_list(blocks: list[Block], tail: list[Block], view: View) -> bool:
    """Whether the line right above a list says what it lists, or something other than lists stands below it."""
    text = view.text(blocks[-len(tail) - 1])
    is_label = len(text) <= _LABEL and text[-1:] not in _SENTENCE_ENDS
    return is_label or wording.announces(text) or any(block.kind not in {"list", "rule"} for block in tail)


def is_one_story(root: Section, top: Section, view: View) -> bool:
    """Whether an issue is one story, as all its headings below the title name sides of it."""
    sides = top.children
    if len(root.children) > 1 or len(sides) < _SIDES:
        return False
    return all(
        wording.is_whole(wording.FACET_TITLE, one.title) and not one.children and split_body(one.blocks, view) is None
        for one in sides
    )


def _alike(one: str, two: str) -> bool:
    one, two = ("".join(c for c in text.casefold() if c.isalnum()) for text in (one, two))
    if not one or not two:
        return False
    if one == two or (min(len(one), len(two)) > 8 and (one in two or two in one)):
        return True
    return SequenceMatcher(None, one[:200], two[:200]).ratio() > 0.8


def learn(root: Section, view: View) -> None:
    """Whether the issue is a digest of short paragraphs, and whether it numbers its stories."""
    view.labels = _shared_labels(root)
    view.sides = _shared_titles(root)
    found_by: dict[str, int] = {}
    counted = False  # whether a paragraph only counts or announces
    runs: list[tuple[str, int, int]] = []  # of each section with prose: its name, paragraphs that open, all paragraphs
    for section in root.walk():
        if section.heading is None or section.role == "through":
            continue
        found = split_body(section.blocks, view)
        if found is not None:
            found_by[found[0]] = found_by.get(found[0], 0) + 1
        if found is not None and found[0] == "numbered-leads":
            view.learn(has_numbers=True)
        elif _may_be_digest(section, found, view):
            opening, prose = count_openers(section.blocks, view)
            counted = counted or any(wording.announces(view.text(block)) for block in section.blocks)
            if prose:
                runs.append((section.title, opening, prose))
    if all(section.heading is None or section.role == "through" for section in root.walk()):
        view.bare = blocks = [block for section in root.walk() for block in section.blocks]
        opening, prose = count_openers(blocks, view)
        view.learn(is_digest=split_body(blocks, view) is None and opening >= max(3, 0.7 * prose))
    else:
        groups = 0 if counted else sum(found_by.values())
        view.learn(is_digest=not view.has_numbers and _is_digest(runs, groups=groups))
    view.learn(usual=frozenset(found_by))
    view.groups = sum(found_by.values())


def _may_be_digest(section: Section, found: tuple[str, list[Part]] | None, view: View) -> bool:
    """Whether the paragraphs of a section tell if the issue is a digest: no other rule reads them."""
    if section.is_linked_story or any(child.is_linked_story for child in section.children):
        return False
    if wording.is_whole(wording.BOILERPLATE_TITLE, section.title):
        return False
    if found is None or found[0] == "link-paragraphs":
        return True
    return found[0] == "link-lines" and not is_reading_list(section.blocks, view)


def _shared_labels(root: Section) -> frozenset[str]:
    """Return the bold leads that stand in several sections or stretches of the issue, in lower case."""
    counts: dict[str, int] = {}
    for section in root.walk():
        for run in separated_runs(section.blocks):
            names = {clean(name).rstrip(":：. ").casefold() for block in run if (name := bold_opening(block))}
            for name in names:
                counts[name] = counts.get(name, 0) + 1
    return frozenset(name for name, times in counts.items() if times >= 2)


def _shared_titles(root: Section) -> frozenset[str]:
    """Return the sub-headings that stand below several headings, in lower case."""
    counts: dict[str, int] = {}
    for section in root.walk():
        if section.heading is not None and section.role != "through":
            for name in {child.title.casefold() for child in section.children}:
                counts[name] = counts.get(name, 0) + 1
    return frozenset(name for name, times in counts.items() if times >= 2)


def _is_digest(runs: list[tuple[str, int, int]], *, groups: int) -> bool:
    """Whether the sections with prose are sections by name, with a link in most paragraphs, and no stories."""
    long = [run for run in runs if run[1] >= 2 and run[1] >= 0.7 * run[2]]
    are_headlines = bool(long) and sum(count_words(run[0]) for run in long) > _SURE * len(long)
    if len(long) >= 2 and len(long) >= 0.5 * len(runs) and not (are_headlines and max(run[1] for run in long) <= _SURE):
        return True
    named = [run for run in runs if count_words(run[0]) <= _NAME_WORDS]
    sure = [run for run in named if run[1] == run[2] >= (2 if count_words(run[0]) <= _SHORT_NAME else _SURE)]
    if groups >= _GROUPS and runs and runs == sure:
        return True  # the other sections hold several stories each, and so does what looks like theirs
    opening = sum(run[1] for run in named)
    if not any(run[1] >= 2 for run in named) or len(named) < 0.7 * len(runs):
        return False
    return opening >= max(4, 0.7 * sum(run[2] for run in named))


def assign(root: Section, view: View) -> None:
    """Give every section its role, from the top down; sections within a story or a skipped one keep none."""
    issue = SharedFacts(root, view)
    waiting = [root]
    while waiting:
        section = waiting.pop()
        if section.heading is None:
            section.role = "through"
        elif not section.role:
            decide(Place(section, issue), view)
        if section.role in {"through", "group"}:
            waiting += section.children

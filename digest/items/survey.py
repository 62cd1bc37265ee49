"""Facts about an issue as a whole, collected before any block is classified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

from digest.head.dates import is_day
from digest.items import wording
from digest.items.block_facts import View, lines_of
from digest.items.leads import bold_opening, is_link_lead
from digest.items.one_story import names_issue, word_stems
from digest.items.parts import Part
from digest.items.places import Place, SharedFacts, is_linked
from digest.items.rules_body import split_body
from digest.items.rules_headings import decide
from digest.items.rules_lines import count_openers, is_reading_list
from digest.items.rules_stretches import separated_runs
from digest.items.sections import Section, count_words
from digest.items.titles import clean, is_decoration, leading_link
from digest.tree.nodes import Block

_QUOTED_HEADLINES = 3  # quotations consisting of a named link above text, from which they are headlines
_LINES = 2  # lines starting with a link from which a paragraph is a list of stories
_DEEP = 9  # a level below all headings
_FOOTER = 8  # maximum blocks of a footer
_LONGEST_CLOSER = 400  # maximum characters of a sign-off
_ABOVE = 3  # paragraphs above a heading, separated by rules, from which it is not the issue's title
_SHORT_NAME = 2  # maximum words of a top heading that names a section ("News") if the issue has another title
_SURE = 3  # paragraphs with links that a section with a longer name needs, if its siblings have several stories
_PROSE = 120  # minimum characters of prose
_TOLD = 2  # headings with sub-headings that are single stories, from which their siblings are as well
_GROUPS = 2  # sections with several stories, from which one with a link in each paragraph has several as well
_PLEAS = 2  # calls to action in a list from which it is not a list of stories
_LABEL = 40  # maximum characters of a line that labels the list below it
_SENTENCE_ENDS = ".!?。！？…"
_STORIES = 3  # paragraphs with a link from which they can be the stories of an issue without headings
_MOSTLY_LINKED = 0.6
_RUN = 4  # paragraphs of a section from which each can be a story though other sections are none
_SHARED = 0.5  # share of a section's paragraphs with a word, above which it is the subject of all
_RARE = 1 / 3  # share of the other sections with a word, up to which it is not one that the whole issue uses
_NAME_WORDS = 4  # maximum words of a section's name; headlines are longer


def hoist_contents(section: Section) -> None:
    """Move the sections below "Highlights" out of it, whatever their level."""
    children: list[Section] = []
    for child in section.children:
        hoist_contents(child)
        children.append(child)
        if wording.is_whole(wording.CONTENTS_TITLE, child.title) and child.children and child.blocks:
            children += child.children
            child.children = []
    section.children = children


def unquote_headlines(blocks: list[Block], view: View) -> list[Block]:
    """Return the blocks with quoted headlines as lines: quotations consisting of a named link, if several head text."""
    heads = {
        id(block)
        for block, below in pairwise(blocks)
        if block.kind == "quote"
        and len(block.children) == 1
        and view.is_named_line(block.children[0])
        and view.is_prose(below)
    }
    if len(heads) < _QUOTED_HEADLINES:
        return blocks
    return [block.children[0] if id(block) in heads else block for block in blocks]


def part_lines(blocks: list[Block], view: View) -> list[Block]:
    """Return the blocks with each paragraph whose lines all start with a named link split into lines: a list without
    bullets.
    """
    out: list[Block] = []
    for block in blocks:
        may_be = block.kind == "paragraph" and view.links(block) >= _LINES and leading_link(block.inlines) is not None
        lines = lines_of(block) if may_be else [block]
        out += lines if len(lines) >= _LINES and _are_link_leads(lines, view) else [block]
    return out


def _are_link_leads(lines: list[Block], view: View) -> bool:
    """Whether each of several lines starts with a named link, and most describe it after a separator."""
    leads = sum(map(is_link_lead, lines))
    return 2 * leads >= len(lines) and all(is_link_lead(line) or view.is_named_line(line) for line in lines)


def without_footer(blocks: list[Block], view: View) -> tuple[list[Block], list[Block]]:
    """Return the blocks of an issue, and separately those after its last rule if they are a sign-off or calls to
    action.
    """
    start = next((index for index in range(1, len(blocks)) if _opens_footer(blocks, index, view)), len(blocks))
    if start < len(blocks):
        return blocks[:start], blocks[start:]
    last = next((index for index in range(len(blocks) - 1, 0, -1) if blocks[index].kind in {"rule", "heading"}), 0)
    stretch = blocks[last + 1 :]
    if last < 1 or blocks[last].kind != "rule" or not 0 < len(stretch) <= _FOOTER:
        return blocks, []
    takes_leave = _is_only_line(blocks, last) and all(_takes_leave(block, view) for block in stretch)
    is_footer = takes_leave or _only_asks(stretch, view) or all(_is_remark(block, view) for block in stretch)
    return (blocks[: last + 1], stretch) if is_footer else (blocks, [])


def _is_remark(block: Block, view: View) -> bool:
    """Whether a short paragraph is entirely in italics."""
    is_short = block.kind == "paragraph" and view.facts(block).chars <= _LONGEST_CLOSER
    return is_short and {one.kind for one in block.inlines} == {"emph"}


def _opens_footer(blocks: list[Block], place: int, view: View) -> bool:
    """Whether a line after a rule introduces no stories ("Our contacts:") and has no heading below it."""
    if blocks[place].kind != "paragraph" or blocks[place - 1].kind != "rule":
        return False
    named = next((at for at in range(place, len(blocks)) if not _is_signed(blocks[at], view)), place)
    names = wording.names_boilerplate(view.text(blocks[named]).rstrip(":： "))
    return names and all(one.kind != "heading" for one in blocks[place:])


def _is_signed(block: Block, view: View) -> bool:
    """Whether a line can be a byline: a few words without a link that do not announce anything."""
    text = view.text(block)
    is_short = block.kind == "paragraph" and not view.links(block) and len(text) <= _LABEL
    return is_short and text[-1:] not in (":", "：") and not wording.names_boilerplate(text)


def _only_asks(stretch: list[Block], view: View) -> bool:
    """Whether a stretch is a footer: it starts with a list of calls to action; or it starts with one, and all other
    blocks but one can be closing remarks without titles; or it ends with one after nothing but links.
    """
    if _lists_pleas(stretch[0], view):
        return True
    others = [block for block in stretch if not view.is_plea(block)]
    if view.is_plea(stretch[-1]) and others and all(view.link_line(block) is not None for block in others):
        return True  # links for sharing and discussing the issue
    is_mostly = 2 * (len(stretch) - len(others)) >= len(stretch) - 1
    return is_mostly and view.is_plea(stretch[0]) and not any(map(bold_opening, others))


def _lists_pleas(block: Block, view: View) -> bool:
    """Whether several entries of a list are calls to action ("Subscribe", "Unsubscribe")."""
    entries = block.children if block.kind == "list" else []
    return sum(wording.is_plea(view.text(entry)) for entry in entries) >= _PLEAS


def _is_only_line(blocks: list[Block], place: int) -> bool:
    """Whether an issue with headings has a single rule, after the last story."""
    lines = sum(block.kind == "rule" for block in blocks)
    return lines == 1 and sum(block.kind == "heading" for block in blocks[:place]) > 1


def _takes_leave(block: Block, view: View) -> bool:
    """Whether a block can be a closing remark: short prose that starts with neither a title nor a link."""
    is_short = view.is_prose(block) and view.facts(block).chars <= _LONGEST_CLOSER
    return is_short and bold_opening(block) is None and leading_link(block.inlines) is None


def find_title(root: Section, title: str, view: View) -> Section | None:
    """Return the heading that is the issue's own title: the first, if it is alone on its level, above all others."""
    first = next(iter(root.children), None)
    if first is None or _are_contents(first) or _holds_stories(root.blocks, view):
        return None
    if first.level not in {1, 2} and clean(first.title).casefold() != clean(title).casefold():
        return None
    return first if _is_title(root, first, title, view) else None


def _are_contents(section: Section) -> bool:
    return wording.is_whole(wording.CONTENTS_TITLE, section.title)


def _holds_stories(blocks: list[Block], view: View) -> bool:
    """Whether there are stories above the first heading: paragraphs separated by rules, or a long list."""
    if sum(map(view.is_prose, blocks)) > _ABOVE and any(block.kind == "rule" for block in blocks):
        return True
    return sum(len(block.children) for block in blocks if block.kind == "list" and view.links(block)) > _ABOVE


def _is_title(root: Section, first: Section, title: str, view: View) -> bool:
    """Whether `first` is the issue's own title."""
    names_issue = wording.ISSUE_NAME.search(first.title) is not None
    if title and are_alike(first.title, title):
        return names_issue or not (_is_story_of_several(root, first) or _is_part_of_name(root, first, title))
    if first.level == 2 and not names_issue:
        return False
    others = [one for one in root.children[1:] if not _are_contents(one)]
    if min([_DEEP, *(one.level for one in others)]) <= first.level:
        return _is_title_of_several(root, first, title, view, names_issue=names_issue)
    return names_issue or not title or _stands_above(first, others)


def _stands_above(first: Section, others: list[Section]) -> bool:
    """Whether a heading is alone, or has a longer name than a section and several headings below it."""
    if not first.children:
        return not others
    return len(first.children) > 1 and count_words(first.title) > _SHORT_NAME


def _is_story_of_several(root: Section, first: Section) -> bool:
    """Whether a linked heading is one of several of its level: the story after which the issue is named."""
    return is_linked(first) and any(one.level <= first.level for one in root.children[1:])


def _is_part_of_name(root: Section, first: Section, title: str) -> bool:
    """Whether the first of several headings has only some words in common with the issue's name."""
    has_others = any(one.level <= first.level for one in root.children[1:])
    is_shorter = len(first.title) < len(title) and first.title.casefold() != title.casefold()
    return has_others and is_shorter


def _is_title_of_several(root: Section, first: Section, title: str, view: View, *, names_issue: bool) -> bool:
    """Whether `first`, one of several headings of its level, is the issue's own title."""
    numbered = [one for one in root.children if wording.ISSUE_NUMBER.search(one.title) is not None]
    dated = [one for one in root.children if is_day(one.title)]
    is_numbered = first.level == 1 and [first] in (numbered, dated)
    if first.children:
        return is_numbered and not title
    return is_numbered or (names_issue and (_is_bare(first, view) or (not title and _greets(first, view))))


def _is_bare(section: Section, view: View) -> bool:
    return all(is_decoration(view.text(block)) and not view.links(block) for block in section.blocks)


def _greets(section: Section, view: View) -> bool:
    return any(map(view.is_plea, section.blocks)) and split_body(section.blocks, view) is None


def are_alike(one: str, two: str) -> bool:
    """Whether two titles have the same words, or nearly so, or one contains the other."""
    one, two = ("".join(c for c in text.casefold() if c.isalnum()) for text in (one, two))
    if not one or not two:
        return False
    if one == two or (min(len(one), len(two)) > 8 and (one in two or two in one)):
        return True
    return SequenceMatcher(None, one[:200], two[:200]).ratio() > 0.8


def learn(root: Section, view: View) -> None:
    """Whether the issue is a digest of short paragraphs, and whether it numbers its stories."""
    view.learn(labels=_shared_labels(root))
    sections = [one for one in root.walk() if one.heading is not None and one.role != "through"]
    found = [split_body(one.blocks, view) for one in sections]
    found_by = Counter(one[0] for one in found if one is not None)
    if "numbered-leads" in found_by:
        view.learn(has_numbers=True)
    told: list[tuple[Section, _Run]] = []
    if sections and not view.has_numbers:
        told = [
            (one, _run_of(one, view)) for one in sections if _may_be_digest(one, split_body(one.blocks, view), view)
        ]
    if sections:
        is_digest = not view.has_numbers and _is_digest(told, found_by.total(), view)
    else:
        view.bare = _without_headings(root)
        is_digest = _is_bare_digest(view)
    may_have_runs = names_issue(view.title) and not is_digest
    runs = frozenset(_runs_of_paragraphs(told, sections, view) if may_have_runs else ())
    view.learn(is_digest=is_digest, runs=runs, has_groups=found_by.total() >= _GROUPS, usual=found_by)


def _run_of(section: Section, view: View) -> _Run:
    return _Run(section.title, *count_openers(section.blocks, view))


def _runs_of_paragraphs(told: list[tuple[Section, _Run]], sections: list[Section], view: View) -> Iterator[int]:
    """Yield the ids of the blocks of sections in which each of several paragraphs starts a story."""
    for section, run in told:
        is_run = run.opening == run.prose >= _RUN and count_words(run.name) <= _NAME_WORDS
        if is_run and not _has_one_subject(section, sections, view):
            yield id(section.blocks)


def _has_one_subject(section: Section, sections: list[Section], view: View) -> bool:
    """Whether most paragraphs of a section share a name, or a word of its heading, that is rare in the other sections:
    they tell one story.
    """
    told = [word_stems(view.text(block)) for block in view.prose(section.blocks)]
    names = word_stems(section.title).union(*(word_stems(_names_in(view.text(one))) for one in section.blocks))
    counts = Counter(word for words in told for word in words & names)
    others = [set[str]().union(*map(word_stems, map(view.text, one.blocks))) for one in sections if one is not section]
    shared = (word for word, count in counts.items() if count > _SHARED * len(told))
    return any(sum(word in one for one in others) <= _RARE * len(others) for word in shared)


def _names_in(text: str) -> str:
    """Return the words of a text that may be names: those that do not begin with a small letter."""
    return " ".join(word for word in text.split() if not word.lstrip("(\"'“„«").islower())


def _without_headings(root: Section) -> list[Block]:
    return [block for section in root.walk() for block in section.blocks]


def _is_bare_digest(view: View) -> bool:
    """Whether most paragraphs of an issue without headings start a story."""
    opening, prose = count_openers(view.bare, view)
    return split_body(view.bare, view) is None and opening >= max(3, 0.7 * prose)


def learn_without_headings(view: View) -> None:
    """Decide how to split an issue without headings in which no rule found stories, although it has several."""
    if split_body(view.bare, view) is not None:
        return
    view.learn(tells_several=True)
    if split_body(view.bare, view) is None:
        prose = view.prose(view.bare)
        linked = sum(view.links(block) > 0 for block in prose)
        view.learn(is_digest=linked >= max(_STORIES, _MOSTLY_LINKED * len(prose)))


def _is_digest(told: list[tuple[Section, _Run]], groups: int, view: View) -> bool:
    """Whether the sections with prose consist of paragraphs with links; `groups` were split by other rules."""
    counts = any(wording.announces(view.text(block)) for one, _ in told for block in one.blocks)
    return _are_runs_of_stories([run for _, run in told if run.prose], groups=0 if counts else groups)


class _Run(NamedTuple):
    """A section with prose: its name, the number of paragraphs that start a story, the number of paragraphs."""

    name: str
    opening: int
    prose: int

    def is_long(self) -> bool:
        return self.opening >= 2 and self.opening >= 0.7 * self.prose

    def is_sure(self) -> bool:
        return self.opening == self.prose >= (2 if count_words(self.name) <= _SHORT_NAME else _SURE)


def _may_be_digest(section: Section, found: tuple[str, list[Part]] | None, view: View) -> bool:
    """Whether a section's paragraphs indicate a digest: no other rule applies to them."""
    if section.is_linked_story or any(child.is_linked_story for child in section.children):
        return False
    if wording.is_whole(wording.BOILERPLATE_TITLE, section.title):
        return False
    if found is None or found[0] == "link-paragraphs":
        return True
    return found[0] == "link-lines" and not is_reading_list(section.blocks, view)


def _shared_labels(root: Section) -> frozenset[str]:
    """Return the bold leads that recur in several sections or stretches of the issue, in lower case."""
    counts: dict[str, int] = {}
    for section in root.walk():
        for run in separated_runs(section.blocks):
            names = {clean(name).rstrip(":：. ").casefold() for block in run if (name := bold_opening(block))}
            for name in names:
                counts[name] = counts.get(name, 0) + 1
    return frozenset(name for name, times in counts.items() if times >= 2)


def _are_runs_of_stories(runs: list[_Run], *, groups: int) -> bool:
    """Whether the sections with prose are groups of stories: named like sections, with a link in most paragraphs."""
    if not runs or _are_mostly_long(runs):
        return bool(runs)
    named = [run for run in runs if count_words(run.name) <= _NAME_WORDS]
    if groups >= _GROUPS and named == runs and all(map(_Run.is_sure, runs)):
        return True  # the other sections have several stories each, so a section that looks like them does as well
    return len(named) >= 0.7 * len(runs) and _open_mostly(named)


def _open_mostly(runs: list[_Run]) -> bool:
    """Whether most paragraphs of all sections start a story, and one section has several."""
    opening, prose = [run.opening for run in runs], [run.prose for run in runs]
    are_headlines = 2 * sum(count_words(run.name) > _SHORT_NAME for run in runs) >= len(runs)
    if are_headlines and 2 * sum(count > 1 for count in opening) < len(runs):
        return False  # each section is a story of one paragraph
    return max(opening) >= 2 and sum(opening) >= max(4, 0.7 * sum(prose))


def _are_mostly_long(runs: list[_Run]) -> bool:
    """Whether at least half of the sections have a link in most paragraphs and more than short texts."""
    long = list(filter(_Run.is_long, runs))
    if len(long) < 2 or 2 * len(long) < len(runs):
        return False
    are_headlines = sum(count_words(run.name) for run in long) > _SURE * len(long)
    return not are_headlines or max(run.opening for run in long) > _SURE


def assign(root: Section, view: View) -> None:
    """Assign every section its role, top down; sections within a story or a skipped section have none."""
    issue = SharedFacts(root, view)
    root.role = "through"
    waiting = [root]
    while waiting:
        children = waiting.pop().children
        for section in children:
            if not section.role:
                decide(Place(section, issue), view)
        _read_alike(children, view)
        waiting += [section for section in children if section.role in {"through", "group"}]


def _read_alike(siblings: list[Section], view: View) -> None:
    """Make a section with prose and sub-headings a single story, if most of its siblings are."""
    told = sum(one.rule == "facets" for one in siblings)
    others = [one for one in siblings if one.role == "group" and one.children]
    if told < _TOLD or _TOLD * len(others) > told:
        return
    for one in others:
        if view.prose(one.blocks) and split_body(one.blocks, view) is None and not any(map(is_linked, one.children)):
            one.role, one.rule = "story", "facets"

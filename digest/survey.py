"""What an issue as a whole tells before any block of it is judged."""

from __future__ import annotations

from difflib import SequenceMatcher

from digest import wording
from digest.rules_body import split_body
from digest.rules_headings import Addresses, Place, decide
from digest.rules_lines import count_openers
from digest.sections import Section
from digest.view import View

_SHORT_NAME = 2  # words of a top heading that names a section ("News"), where the issue has another title
_NAME_WORDS = 4  # the names of sections are shorter than the headlines of stories


def hoist_contents(section: Section) -> None:
    """What stands below "Highlights" is no part of it, whatever its level."""
    children: list[Section] = []
    for child in section.children:
        hoist_contents(child)
        children.append(child)
        if wording.is_whole(wording.CONTENTS_TITLE, child.title) and child.children and child.blocks:
            children += child.children
            child.children = []
    section.children = children


def find_title(root: Section, title: str) -> Section | None:
    """The heading that is the issue's own title: the first, the only one of its level, above all that follow."""
    first = next(iter(root.children), None)
    if first is None or first.level not in {1, 2} or wording.is_whole(wording.CONTENTS_TITLE, first.title):
        return None
    if title and _alike(first.title, title):
        return first
    names_issue = wording.ISSUE_NAME.search(first.title) is not None
    if first.level == 2 and not names_issue:
        return None
    later = [one for one in root.children[1:] if not wording.is_whole(wording.CONTENTS_TITLE, one.title)]
    if any(one.level <= first.level for one in later):  # one of several of its level
        return first if names_issue and not first.blocks and not first.children else None
    if not first.children and not later:
        return first
    return (
        first if names_issue or not title or (len(first.children) > 1 and _words(first.title) > _SHORT_NAME) else None
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
    runs: list[tuple[str, int, int]] = []  # of each section with prose: its name, paragraphs that open, all paragraphs
    for section in root.walk():
        if section.heading is None or section.role == "through":
            continue
        found = split_body(section.blocks, view)
        if found is not None and found[0] == "numbered-leads":
            view.has_numbers = True
        elif found is None or found[0] == "link-lines":
            opening, prose = count_openers(section.blocks, view)
            if prose:
                runs.append((section.title, opening, prose))
    if all(section.heading is None or section.role == "through" for section in root.walk()):
        blocks = [block for section in root.walk() for block in section.blocks]
        opening, prose = count_openers(blocks, view)
        view.is_digest = split_body(blocks, view) is None and opening >= max(3, 0.7 * prose)
    else:
        view.is_digest = not view.has_numbers and _is_digest(runs)


def _is_digest(runs: list[tuple[str, int, int]]) -> bool:
    """Whether the sections with prose are sections by name, with a link in most paragraphs, and no stories."""
    long = [run for run in runs if run[1] >= 2 and run[1] >= 0.7 * run[2]]
    if len(long) >= 2 and len(long) >= 0.5 * len(runs):
        return True
    named = [run for run in runs if _words(run[0]) <= _NAME_WORDS]
    opening = sum(run[1] for run in named)
    if not any(run[1] >= 2 for run in named) or len(named) < 0.7 * len(runs):
        return False
    if len(named) < 3:
        return opening >= 4 and opening >= 0.7 * sum(run[2] for run in named)
    clear = any(run[1] >= 3 and run[1] >= 0.7 * run[2] for run in named)
    return opening >= max(4, (0.45 if clear else 0.6) * sum(run[2] for run in named))


def _words(title: str) -> float:
    """The words of a title; two characters of Chinese or Japanese count as one."""
    wide = sum("\u2e80" <= char <= "\ud7a3" for char in title)
    return wide / 2 + len([word for word in title.split() if word[0] < "\u2e80"])


def assign(root: Section, view: View) -> None:
    """Give every section its role, from the top down; sections within a story or a skipped one keep none."""
    issue = Addresses(root)
    waiting = [root]
    while waiting:
        section = waiting.pop()
        if section.heading is None:
            section.role = "through"
        elif not section.role:
            decide(Place(section, issue), view)
        if section.role in {"through", "group"}:
            waiting += section.children

"""What frames an issue, by where it stands: navigation, words about the newsletter itself, and how it takes leave."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from digest.items import wording
from digest.items.block_facts import View
from digest.items.leads import is_bold_lead, is_link_lead
from digest.items.rules_headings import view_links
from digest.items.sections import Section
from digest.items.titles import is_decoration
from digest.tree.nodes import Block, links_of, raw_text
from digest.tree.urls import is_web

_LONGEST_CLOSER = 400  # characters
_LONGEST_ABOUT = 500  # characters of a paragraph about the newsletter itself
_NAME_LETTERS = 8  # of a newsletter's name, from which a sentence that begins with it speaks of it
_BEFORE_NAME = 8  # characters that may stand before the name, as "The" and marks
_ROW = 2  # links in a line of navigation at least
_FEW = 3  # blocks of a last section that only asks for something
_NUMBERED = re.compile(r"\s*(?:[#№(–—|:,]|\s-\s|\d|\bno\b|\bnr\b|\bvol\b|\bissue\b|第).*", re.IGNORECASE)


def set_frame_aside(root: Section, name: str, view: View) -> None:
    """Take out of the sections what frames the issue that is called `name`."""
    sections = [section for section in root.walk() if section.blocks]
    if not sections:
        return
    stem = _NUMBERED.sub("", " ".join(name.casefold().split()), count=1)
    stem = stem.removeprefix("the ")
    for section in sections if sum(map(str.isalnum, stem)) >= _NAME_LETTERS else []:
        for block in section.blocks:
            if _is_about(block, stem, view) and not view.is_plea(block):
                _move(section, block, "about-the-newsletter")
    last = next(section for section in reversed(list(root.walk())) if section.blocks or section is root)
    _take_leave(root, last, view)


def _is_about(block: Block, stem: str, view: View) -> bool:
    """Whether a paragraph begins with the newsletter's own name and speaks of its readers, makers or purpose."""
    if block.kind not in {"paragraph", "quote"}:
        return False
    text = view.text(block)
    words = text[: len(stem) + _BEFORE_NAME].casefold().lstrip("*_>\"'“„« ").removeprefix("the ")
    return words.startswith(f"{stem} ") and len(text) <= _LONGEST_ABOUT and wording.ABOUT.search(text) is not None


def _take_leave(root: Section, last: Section, view: View) -> None:
    blocks = [block for block in last.blocks if block.kind != "rule"]
    while blocks:
        block = blocks.pop()
        if view.is_plea(block):
            continue
        rule = _closing_rule(root, last, block, blocks, view)
        if not rule:
            return
        _move(last, block, rule)


def _closing_rule(root: Section, last: Section, block: Block, above: list[Block], view: View) -> str:
    """Return the rule by which the last block that is no plea is no story, "" where it may be one."""
    if block.kind != "paragraph" or view.facts(block).chars > _LONGEST_CLOSER:
        return ""
    if _is_navigation(root, block) or _is_own_page(block, view):
        return "navigation"
    if view.links(block):
        return ""
    signs_off = any(view.is_plea(one) for one in last.blocks[_place(last.blocks, block) + 1 :])
    if signs_off and _is_odd(block, above, view):
        return "closing-words"
    return "closing-words" if _is_behind_lines(root, last, block) else ""


def _place(blocks: list[Block], block: Block) -> int:
    return next(index for index, one in enumerate(blocks) if one is block)


def _is_navigation(root: Section, block: Block) -> bool:
    """Whether a line is a row of links to one site, the only such row of the issue."""
    hosts = _row(block)
    if len(hosts) < _ROW or len(set(hosts)) != 1:
        return False
    return sum(len(_row(one)) >= _ROW for section in root.walk() for one in section.blocks) == 1


def _row(block: Block) -> list[str]:
    """Return the hosts of a line's links, where marks alone stand between them."""
    if block.kind != "paragraph":
        return []
    links = list(links_of(block.inlines))
    rest = raw_text(block.inlines)
    for link in links:
        rest = rest.replace(raw_text(link.children), "", 1)
    return [urlsplit(link.url).netloc for link in links] if is_decoration(rest) and "|" in rest else []


def _is_own_page(block: Block, view: View) -> bool:
    """Whether a line is only a link to a page of the newsletter's own site."""
    links = list(links_of(block.inlines))
    is_alone = len(links) == 1 and raw_text(links[0].children).strip() == raw_text(block.inlines).strip()
    return is_alone and view.links(block) == 1 and not is_web(links[0].url) and ":" not in links[0].url


def _is_odd(block: Block, above: list[Block], view: View) -> bool:
    """Whether a paragraph without a link stands below stories of one paragraph each."""
    stories = [one for one in above if is_bold_lead(one, view) or is_link_lead(one)]
    return len(stories) > 1 and len(stories) == len(above) and not is_bold_lead(block, view)


def _is_behind_lines(root: Section, last: Section, block: Block) -> bool:
    """Whether a paragraph stands alone behind the last of the separating lines that an issue sets between stories."""
    place = _place(last.blocks, block)
    if last.heading is None or place == 0 or last.blocks[place - 1].kind != "rule":
        return False
    if any(one.kind not in {"rule", "paragraph"} for one in last.blocks[place + 1 :]):
        return False
    others = [section for section in root.walk() if section is not last and section.blocks]
    return sum(section.blocks[-1].kind == "rule" for section in others) >= max(1, len(others) // 2)


def asks_at_the_end(root: Section, view: View) -> Section | None:
    """Return the last section, where its heading asks the reader and little stands below it ("Want to be listed
    here?").
    """
    last = list(root.walk())[-1]
    if last.heading is None or len(last.blocks) > _FEW:
        return None
    is_question = last.title.rstrip().endswith(("?", "？")) and wording.ADDRESSES.search(last.title) is not None
    all_ask = (
        view_links(last.heading)
        and bool(last.blocks)
        and all(view.is_plea(block) for block in last.blocks if block.kind != "rule")
    )
    return last if is_question or all_ask else None


def _move(section: Section, block: Block, rule: str) -> None:
    section.blocks = [one for one in section.blocks if one is not block]
    section.aside.append((block, rule))

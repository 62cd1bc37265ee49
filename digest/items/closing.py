"""The frame at the end of an issue: navigation, notes about the newsletter itself, and the sign-off."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from digest.items import wording
from digest.items.accounts import is_list_of_accounts
from digest.items.block_facts import View
from digest.items.leads import is_bold_lead, is_link_lead
from digest.items.places import view_links
from digest.items.rules_body import split_body
from digest.items.sections import Section
from digest.items.sentences import first_sentence_end, sentence_starts
from digest.items.titles import is_decoration, is_generic
from digest.tree.nodes import Block, Inline, inlines_of, links_of, raw_text
from digest.tree.urls import is_web, parts_of

_LONGEST_CLOSER = 400  # characters
_NAME_LETTERS = 8  # letters of a newsletter's name from which a sentence that starts with it is about it
_LONGEST_GOODBYE = 60  # maximum characters of a goodbye
_NAME_PART = re.compile(r"[^\W\d_]{3,}")
_ROW = 2  # minimum links of a row of navigation
_ROW_WORDS = 2  # maximum words of each of its links, if they lead to several sites
_STORIES = 3  # entries with a link from which a list contains the stories
_ACCOUNTS = 3  # minimum links of a list of the newsletter's accounts
_LONGEST_ACCOUNT = 40  # maximum characters of text for each of them
_MOST_HOSTS = 0.6  # share of the accounts that are on different sites
_OPENING = 80  # characters within which a paragraph names its subject
_LINES = 5  # maximum paragraphs of a last section of calls to action
_NAME_WORDS = 4  # maximum words of a signature
_LONGEST_NAME = 40  # characters
_FEW = 3  # maximum blocks of a last section that is a call to action
_BEFORE_NAME = 60  # characters at the start of a line within which the newsletter is mentioned
_BARS = re.compile("[|·•∙]")  # separators between the links of a row
_DIGITS = re.compile(r"\d+")
_LABELLED_ADDRESS = re.compile(r"[^:：]{1,60}[:：]\s*(?:https?://\S+|[\w.+-]+@[\w.-]+)")
_FRAMED = re.compile(r"[-–—=*~]{1,5}\s?\w[\w ]{0,38}[-–—=*~]{1,5}")
_NUMBERED_FILE = re.compile(r"\d[^/]{0,20}\.(?:md|markdown|mdx|html?)$")


def set_frame_aside(root: Section, view: View) -> None:
    """Remove the sign-off and navigation from the last section that is not itself a closing section."""
    told = [section for section in root.walk() if section.blocks and section.role != "skip"]
    last = told[-1] if told else None
    if last is not None:
        _take_leave(root, last, view, is_alone=len(told) == 1)


def _take_leave(root: Section, last: Section, view: View, *, is_alone: bool) -> None:
    blocks = [block for block in last.blocks if block.kind != "rule"]
    while blocks:
        block = blocks.pop()
        if view.is_plea(block):
            continue
        rule = _closing_rule(root, last, block, blocks, view)
        if not rule or (is_alone and not blocks):  # it is all the issue has
            return
        last.put_aside(block, rule)


def _closing_rule(root: Section, last: Section, block: Block, above: list[Block], view: View) -> str:
    """Return the rule by which the last block (ignoring calls to action) is not a story, "" if it can be one."""
    if _tells_of_accounts(last, block, above, view):
        return "accounts"
    if block.kind != "paragraph":
        return ""
    if wording.names_boilerplate(_label(view.text(block))):
        return "boilerplate"
    if view.facts(block).chars > _LONGEST_CLOSER:
        return ""
    if _is_navigation(root, block, is_alone=not above) or _is_own_page(block, view):
        return "navigation"
    rules = (name for name, closes in _CLOSING_LINES if closes(block, above, view))
    return next(rules, "") or _rule_by_place(root, last, block, above, view)


def _tells_of_accounts(last: Section, block: Block, above: list[Block], view: View) -> bool:
    """Whether a block lists where to hear, read or discuss the newsletter, or announces such a list."""
    if _is_list_of_plea(block, above, view) or (is_list_of_accounts(block) and not _names_people(last)):
        return True
    if _lists_own_addresses(block, view):
        return True
    is_above = bool(last.aside) and last.aside[-1][1] == "accounts"
    return is_above and view.text(block)[-1:] in (":", "：") and not view.links(block)


def _label(text: str) -> str:
    """Return the label before a colon at the start of a line ("Disclaimer: …"), "" if there is none."""
    label, colon, _ = text[:_LONGEST_ACCOUNT].replace("：", ":").partition(":")
    return label.strip("*_ ") if colon else ""


def _names_people(section: Section) -> bool:
    return wording.is_whole(wording.PEOPLE_TITLE, section.title)


def _rule_by_place(root: Section, last: Section, block: Block, above: list[Block], view: View) -> str:
    if view.links(block):
        return ""
    if last.blocks[_place(last.blocks, block) - 1].kind == "rule" and _begins_as_plea(block):
        return "closing-words"
    closes = _is_signed(last, block, above, view) or _is_behind_lines(root, last, block)
    return "closing-words" if closes else ""


def _begins_as_plea(block: Block) -> bool:
    """Whether the first sentence of a paragraph is a goodbye or a call to action, whatever follows."""
    first = raw_text(block.inlines)[: first_sentence_end(block.inlines)].strip()
    return len(first) <= _LONGEST_GOODBYE and wording.is_plea(first)


def _is_signed(last: Section, block: Block, above: list[Block], view: View) -> bool:
    """Whether a paragraph that is unlike the stories above it precedes a sign-off."""
    below = last.blocks[_place(last.blocks, block) + 1 :]
    return (bool(last.aside) or any(map(view.is_plea, below))) and _is_odd(block, above, view)


def _is_list_of_plea(block: Block, above: list[Block], view: View) -> bool:
    """Whether a list of short entries is right below a call to action ("Follow us:")."""
    if block.kind != "list" or not above or not view.is_plea(above[-1]):
        return False
    return all(view.facts(entry).chars <= _LONGEST_ACCOUNT + _address(entry, view) for entry in block.children)


def _lists_own_addresses(block: Block, view: View) -> bool:
    """Whether every entry of a list is a label and a bare URL, most of them with the same account name."""
    entries = block.children if block.kind == "list" else []
    if len(entries) < _ACCOUNTS or not all(_LABELLED_ADDRESS.fullmatch(view.text(entry)) for entry in entries):
        return False
    return _share_name([parts_of(url).path for entry in entries for url in view.facts(entry).urls])


def _address(entry: Block, view: View) -> int:
    """Return the total length of the URLs that an entry shows."""
    return sum(len(url) for url in view.facts(entry).urls if url in view.text(entry))


def _asks_first(block: Block, _: list[Block], view: View) -> bool:
    """Whether a short question precedes a call to action ("Did you like it? Share it.")."""
    first, mark, rest = view.text(block).replace("？", "?").partition("?")
    return bool(mark) and len(first) <= _LONGEST_GOODBYE and wording.is_plea(rest.strip())


def _speaks_of_itself(block: Block, _: list[Block], view: View) -> bool:
    """Whether a line starts with the newsletter's name or mentions it as such ("This newsletter is licensed …")."""
    text = view.text(block).lstrip("*_>\"'“„«©🄯 ")
    name = _DIGITS.split(view.title, maxsplit=1)[0].rstrip(" #(（第:：.-–—") if _DIGITS.search(view.title) else ""
    if sum(map(str.isalnum, name)) >= _NAME_LETTERS and text.casefold().startswith(name.casefold()):
        return True
    return wording.ITSELF.search(text[:_BEFORE_NAME]) is not None


def _is_signature(block: Block, above: list[Block], view: View) -> bool:
    """Whether a block is a signature: a name of a few words right below the goodbye."""
    text = view.text(block)
    if _FRAMED.fullmatch(text):
        return True  # "--- The end ---"
    is_name = 0 < len(text.split()) <= _NAME_WORDS and len(text) <= _LONGEST_NAME and not view.links(block)
    return is_name and bool(above) and view.is_plea(above[-1])


def _ends_in_plea(block: Block, _: list[Block], view: View) -> bool:
    """Whether the last of several sentences is a goodbye ("That was March. See you next month!")."""
    text = view.text(block)
    last = text[sentence_starts(text)[-1] :]
    return len(last) < len(text) and len(last) <= _LONGEST_GOODBYE and wording.is_plea(last)


def _place(blocks: list[Block], block: Block) -> int:
    return next(index for index, one in enumerate(blocks) if one is block)


def _is_navigation(root: Section, block: Block, *, is_alone: bool) -> bool:
    """Whether a line below stories is a row of links, to one site or with short names, and the only such row."""
    hosts = _row(block)
    if len(hosts) < _ROW or (is_alone and "|" not in raw_text(block.inlines)):
        return False
    if len(set(hosts)) != 1 and (is_alone or not _are_names(block)):
        return False
    return sum(len(_row(one)) >= _ROW for section in root.walk() for one in section.blocks) == 1


def _are_names(block: Block) -> bool:
    """Whether a row has several links of a word or two that are not generic ("Paper")."""
    names = [raw_text(link.children) for link in links_of(block.inlines)]
    return all(len(name.split()) <= _ROW_WORDS for name in names) and not all(map(is_generic, names))


def _row(block: Block) -> list[str]:
    """Return the hosts of a line's links, if there are only separators between them."""
    links = list(links_of(block.inlines)) if block.kind == "paragraph" else []
    between = _without_names(block, links)
    return [parts_of(link.url).netloc for link in links] if is_decoration(between) and _BARS.search(between) else []


def _without_names(block: Block, links: list[Inline]) -> str:
    rest = raw_text(block.inlines)
    for link in links:
        rest = rest.replace(raw_text(link.children), "", 1)
    return rest


def _is_row_below_list(block: Block, above: list[Block], view: View) -> bool:
    """Whether a line below a list of stories is a row of short links: where to hear, follow or discuss."""
    return _is_short_row(block) and _ends_in_stories(above, view)


def _is_short_row(block: Block) -> bool:
    links = list(links_of(block.inlines)) if block.kind == "paragraph" else []
    if len(links) < _ROW or not is_decoration(_without_names(block, links)):
        return False
    return all(len(raw_text(link.children).split()) <= _ROW_WORDS for link in links)


def _is_remark_below_list(block: Block, above: list[Block], view: View) -> bool:
    """Whether a line below a list of stories is entirely in italics."""
    return _is_remark(block) and _ends_in_stories(above, view)


def _is_remark(block: Block) -> bool:
    return block.kind == "paragraph" and {one.kind for one in block.inlines} == {"emph"}


def _ends_in_stories(blocks: list[Block], view: View) -> bool:
    """Whether only remarks and rows of links follow the last list, and that list has several stories."""
    last = next((one for one in reversed(blocks) if not _may_stand_below(one, view)), None)
    if last is None or last.kind != "list":
        return False
    return sum(view.links(entry) > 0 for entry in last.children) >= _STORIES


def _may_stand_below(block: Block, view: View) -> bool:
    return view.is_plea(block) or _is_remark(block) or _is_short_row(block)


def _is_own_page(block: Block, view: View) -> bool:
    """Whether a line is nothing but a link to a page of the newsletter's own site."""
    links = list(links_of(block.inlines))
    is_alone = len(links) == 1 and raw_text(links[0].children).strip() == raw_text(block.inlines).strip()
    return is_alone and view.links(block) == 1 and not is_web(links[0].url) and ":" not in links[0].url


_CLOSING_LINES = (
    ("navigation", _is_row_below_list),
    ("remark-below-a-list", _is_remark_below_list),
    ("closing-words", _ends_in_plea),
    ("closing-words", _is_signature),
    ("closing-words", _asks_first),
    ("about-the-newsletter", _speaks_of_itself),
)


def _is_odd(block: Block, above: list[Block], view: View) -> bool:
    """Whether a paragraph without a link follows stories of one paragraph each."""
    stories = [one for one in above if is_bold_lead(one, view) or is_link_lead(one)]
    return len(stories) > 1 and len(stories) == len(above) and not is_bold_lead(block, view)


def _is_behind_lines(root: Section, last: Section, block: Block) -> bool:
    """Whether a paragraph is alone after the last of the rules that separate stories."""
    place = _place(last.blocks, block)
    if last.heading is None or place == 0 or last.blocks[place - 1].kind != "rule":
        return False
    if any(one.kind not in {"rule", "paragraph"} for one in last.blocks[place + 1 :]):
        return False
    others = [section for section in root.walk() if section is not last and section.blocks]
    return sum(section.blocks[-1].kind == "rule" for section in others) >= max(1, len(others) // 2)


def closing_sections(root: Section, view: View) -> Iterator[tuple[Section, str]]:
    """Yield the closing sections, from the last one up, with their rules: calls to action, goodbyes, notes about the
    newsletter.
    """
    for section in reversed(list(root.walk())):
        if section.role == "skip":
            continue
        if section.heading is None or section.role == "through" or any(one.role != "skip" for one in section.children):
            return
        if wording.is_whole(wording.BOILERPLATE_TITLE, section.title):
            continue
        rule = next((name for name, closes in _CLOSERS if closes(section, section.heading, view)), None)
        if rule is None:
            return
        yield section, rule


def _asks(section: Section, heading: Block, view: View) -> bool:
    """Whether a heading is a question to the reader with little below it ("Want to be listed here?"), rather than
    one with a list of answers ("Did you know?").
    """
    blocks = [block for block in section.blocks if block.kind != "rule"]
    if len(section.blocks) > _FEW or view.size(blocks) > _LONGEST_CLOSER:
        return False
    if any(
        block.kind == "list" and not all(wording.is_plea(view.text(one)) for one in block.children) for block in blocks
    ):
        return False
    if section.title.rstrip().endswith(("?", "？")) and wording.ADDRESSES.search(section.title) is not None:
        return True
    return view_links(heading) and bool(blocks) and all(map(view.is_plea, blocks))


def _lists_accounts(section: Section, _: Block, view: View) -> bool:
    """Whether a section is little more than links to the same account name on several sites."""
    urls = [parts_of(url) for block in section.blocks for url in view.facts(block).urls if is_web(url)]
    if len(urls) < _ACCOUNTS or any(block.kind == "table" for block in section.blocks):
        return False
    if view.size(section.blocks) > _LONGEST_ACCOUNT * len(urls):
        return False
    return len({url.netloc for url in urls}) >= _MOST_HOSTS * len(urls) and _share_name([url.path for url in urls])


def _share_name(paths: list[str]) -> bool:
    """Whether a word is part of the last segment of most paths."""
    names = [path.rstrip("/").rsplit("/", 1)[-1].casefold() for path in paths]
    words = Counter(word for name in names for word in set(_NAME_PART.findall(name)))
    return 2 * max(words.values(), default=0) > len(paths)


def _says_goodbye(section: Section, _: Block, view: View) -> bool:
    """Whether a section has only prose and starts with a goodbye; or its heading says thanks, or a short text ends
    with thanks.
    """
    blocks = [block for block in section.blocks if block.kind != "rule"]
    if not blocks or not all(map(view.is_prose, blocks)):
        return False
    first = raw_text(blocks[0].inlines)
    if wording.ends_in_thanks(section.title) or (len(blocks) == 1 and wording.ends_in_thanks(first)):
        return True
    return wording.is_plea(first[: first_sentence_end(blocks[0].inlines)].strip())


def _is_about_itself(section: Section, heading: Block, view: View) -> bool:
    """Whether a heading, or each paragraph below it, is about the newsletter itself ("Help with this newsletter")."""
    if view_links(heading):
        return False
    if wording.ITSELF.search(section.title) is not None:
        return True
    if split_body(section.blocks, view) is not None:
        return False
    prose = [block for block in section.blocks if view.is_prose(block)]
    return bool(prose) and all(wording.ITSELF.search(view.text(block)[:_OPENING]) is not None for block in prose)


def _mostly_asks(section: Section, heading: Block, view: View) -> bool:
    """Whether a section has a few paragraphs, and the first and most of the others are calls to action."""
    blocks = [block for block in section.blocks if block.kind != "rule"]
    if not 1 < len(blocks) <= _LINES or not all(map(view.is_prose, blocks)):
        return False
    if view_links(heading) or not view.is_plea(blocks[0]):
        return False
    return 3 * sum(map(view.is_plea, blocks)) >= 2 * len(blocks)


def _leads_to_own_issues(section: Section, _: Block, view: View) -> bool:
    """Whether each entry of a section links to another issue: a numbered file beside it, or its name with another
    number.
    """
    entries = [entry for block in section.blocks if block.kind == "list" for entry in block.children]
    if not entries or any(block.kind not in {"list", "rule"} for block in section.blocks):
        return False
    return all(_is_own_issue(_links_in(entry), view.title) for entry in entries)


def _links_in(entry: Block) -> list[Inline]:
    return [inline for inline in inlines_of([entry]) if inline.kind == "link"]


def _is_own_issue(links: list[Inline], title: str) -> bool:
    if len(links) != 1:
        return False
    name, own = raw_text(links[0].children).strip(), _DIGITS.split(title, maxsplit=1)
    if not is_web(links[0].url) and _NUMBERED_FILE.search(links[0].url):
        return True
    other = _DIGITS.split(name, maxsplit=1)
    return len(own) == len(other) == 2 and len(own[0]) >= _NAME_LETTERS and own[0].casefold() == other[0].casefold()


def _names_makers(section: Section, _: Block, view: View) -> bool:
    """Whether a line above a list of people credits them for the newsletter."""
    if not _names_people(section):
        return False
    return any(wording.is_whole(wording.MAKERS, view.text(block)) for block in section.blocks)


_CLOSERS = (
    ("makers", _names_makers),
    ("asks-at-the-end", _mostly_asks),
    ("other-issues", _leads_to_own_issues),
    ("asks-at-the-end", _asks),
    ("closing-words", _says_goodbye),
    ("about-the-newsletter", _is_about_itself),
    ("accounts", _lists_accounts),
)

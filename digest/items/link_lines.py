"""Lines that are little more than a link: a linked headline, or a label beside a source."""

from __future__ import annotations

import re

from digest.items.headlines import split_lead
from digest.items.sentences import count_sentences
from digest.items.titles import is_code_name, is_decoration, is_generic, leading_link
from digest.tree.nodes import Block, Facts, Inline, links_of, raw_text
from digest.tree.urls import is_web

_LABELLED = re.compile(r"[^.!?。！？\n]{1,40}[:：]\s*[“\"«「]?")  # a label before a line's link
_SHORT_LABEL = 14  # maximum characters of a label without a colon
_HEADLINE = 200  # maximum characters of a headline on one line with its URL
_STRONG_AND_ADDRESS = 3  # inlines of such a line: the bold headline, a separator, the URL
_BEFORE_ADDRESS = "→:：–—|·>-"
_LINE_REST = 40  # maximum characters beside the link of a line that is only a link


def link_line(block: Block, facts: Facts) -> tuple[Inline, bool] | None:
    """Return the link of a line that is only a link (ignoring decoration) and whether its text is generic ("Paper");
    else None.
    """
    if facts.images:
        return None
    links = [inline for inline in links_of(block.inlines) if leads_out(inline.url)]
    text = raw_text(block.inlines).strip()
    names = [raw_text(link.children).strip() for link in links]
    if not all(map(is_generic, names[1:])):
        return None
    rest = _without(text, names)
    if not is_generic(names[0]):
        return (links[0], False) if _is_only_its_link(block, text, rest, names[0], links[0]) else None
    is_address = names[0].startswith("http")
    if _is_label(rest, is_address=is_address, is_strong=block.inlines[0].kind == "strong"):
        return links[0], True
    return (links[0], False) if _is_headline_and_address(block, text, rest) else None


def _without(text: str, names: list[str]) -> str:
    """Return the text beside the links named `names`."""
    for name in names:
        text = text.replace(name, " ", 1)
    return text.strip()


def _is_label(rest: str, *, is_address: bool, is_strong: bool) -> bool:
    """Whether the text beside generic links is at most a few words ("link to the paper:").

    Beside a bare URL a few words can be the headline, and bold words are.
    """
    words = rest.strip(" :：-–—>|·•,，.。()（）[]")
    if is_decoration(words) or is_generic(words):
        return True
    if len(words) > 40 or len(words.split()) > 6 or rest.endswith((".", "。")):
        return False
    if not is_address or rest.endswith((":", "：")):
        return True
    return not is_strong and (len(words) <= _SHORT_LABEL or words[0].islower())


def _is_headline_and_address(block: Block, text: str, rest: str) -> bool:
    """Whether a line is a headline, a separator and its bare URL ("**Title** → https://…")."""
    last = block.inlines[-1]
    if "\n" in text or last.kind != "link" or not raw_text(last.children).startswith("http") or len(rest) > _HEADLINE:
        return False
    is_strong = block.inlines[0].kind == "strong" and len(block.inlines) <= _STRONG_AND_ADDRESS
    return (is_strong or rest[-1] in _BEFORE_ADDRESS) and count_sentences(rest.rstrip(_BEFORE_ADDRESS + " ")) == 1


def _is_only_its_link(block: Block, text: str, rest: str, name: str, link: Inline) -> bool:
    at = text.find(name)
    if not is_code_name(name) and _LABELLED.fullmatch(text[:at]) and is_decoration(text[at + len(name) :]):
        return True
    found = leading_link(block.inlines)
    if found is None or found[0] is not link:
        return False
    return is_decoration(rest) or (len(rest) <= _LINE_REST and split_lead(block.inlines)[0] != text)


def leads_out(url: str) -> bool:
    """Whether a link leads to a page on the web or on the newsletter's own site."""
    return (
        url.startswith(("https://", "http://"))
        or is_web(url)
        or (bool(url) and not url.startswith(("#", "./#", "mailto:", "tel:", "javascript:", "data:")))
    )

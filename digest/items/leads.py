"""Bold leads: paragraphs that start with a title in bold."""

from __future__ import annotations

from digest.head.dates import opens_with_day
from digest.items import wording
from digest.items.block_facts import View
from digest.items.titles import clean, is_decoration, is_generic, leading_link
from digest.tree.nodes import Block, Inline, raw_text, walk

_LONGEST_LEAD = 160  # characters
_QUESTIONS = 3  # minimum questions of an interview
_ASKING = ("?", "？", "؟")
_LONGEST_SOURCE = 30  # maximum characters of an entry that only names its source


def is_bold_lead(block: Block, view: View) -> bool:
    """Whether a paragraph starts with a bold title that is not an aspect of a story ("Why it matters:")."""
    found = bold_opening(block)
    return found is not None and not is_facet(found, view) and not opens_with_day(found)


def is_link_lead(block: Block) -> bool:
    """Whether a paragraph is a named link followed by a separator and a description ("[Title](…) — what it is")."""
    if block.kind != "paragraph":
        return False
    found = leading_link(block.inlines)
    if found is None or is_generic(raw_text(found[0].children)):
        return False
    rest = raw_text(block.inlines)[found[1] :].lstrip(" \t*_.")
    return rest[:1] in set("\n:：–—-|") and bool(rest.strip(" \n:：–—-|"))


def is_facet(name: str, view: View) -> bool:
    """Whether a bold lead names an aspect of the current story: by its words, or because stories share it."""
    name = clean(name).rstrip(":：. ")
    return name.casefold() in view.labels or is_generic(name) or wording.is_whole(wording.FACET_TITLE, name)


def bold_opening(block: Block) -> str | None:
    """Return the bold words at the start of a paragraph if they are separate from the rest, else None."""
    place = _first_shown(block.inlines) if block.kind == "paragraph" else -1
    lead = block.inlines[place] if place >= 0 else None
    if lead is None or lead.kind not in {"link", "strong"}:
        return None
    text, inner = _text(lead), [child.kind for child in lead.children]
    if lead.kind == "link":
        return text if inner == ["strong"] else None
    is_apart = text[-1:] in set(".:!?：。！？") or "link" in inner
    is_apart = is_apart or _stands_apart(text, raw_text(block.inlines[place + 1 :]))
    return text if is_apart and 3 <= len(text) <= _LONGEST_LEAD else None


def is_interview(blocks: list[Block]) -> bool:
    """Whether several paragraphs each start with a bold question: an interview, which is one story."""
    return len(blocks) >= _QUESTIONS and all((bold_opening(block) or "").endswith(_ASKING) for block in blocks)


def _first_shown(inlines: list[Inline]) -> int:
    """Return the index of the first inline that is not decoration, -1 if there is none."""
    for at, one in enumerate(inlines):
        if one.kind != "text" or not is_decoration(one.text):
            return at
    return -1


def marked_line(block: Block) -> str:
    """Return the first of several lines of a paragraph if it is entirely in bold (and italics), else ""."""
    place = next((index for index, one in enumerate(block.inlines) if one.kind in {"softbreak", "break"}), 0)
    line = block.inlines[:place]
    at = _first_shown(line)
    if at < 0 or _first_shown(line[at + 1 :]) >= 0 or line[at].kind not in {"strong", "emph"}:
        return ""
    text = raw_text(line[at : at + 1]).strip()
    is_bold = any(one.kind == "strong" for one in walk(line[at : at + 1]))
    return text if is_bold and _may_be_headline(text) else ""


def _may_be_headline(text: str) -> bool:
    return 3 <= len(text) <= _LONGEST_LEAD and text[-1] not in ":：" and not opens_with_day(text)


def _text(inline: Inline) -> str:
    return raw_text(inline.children).strip()


def _stands_apart(lead: str, rest: str) -> bool:
    """Whether the text after a bold lead is separate: after a dash or colon, on the next line, or a new sentence."""
    text = rest.lstrip(" \t")
    if not text or text[0] in "\n:：–—-(（,，.|":
        return True
    return rest != text and text[0].isupper() and len(lead.split()) >= 2


def is_source(entry: Block, view: View) -> bool:
    """Whether an entry only names its source: "GitHub", or a link text that other stories share."""
    facts = view.facts(entry)
    text = facts.text.strip(" .:：()[]").casefold()
    if not facts.links or facts.chars > _LONGEST_SOURCE or len(entry.children) != 1:
        return False
    return text in view.sources or (is_generic(text) and not text.startswith("http"))

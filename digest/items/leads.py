"""Paragraphs that open with a title in bold."""

from __future__ import annotations

from digest.items import wording
from digest.items.block_facts import View
from digest.items.titles import clean, is_decoration, is_generic, leading_link
from digest.tree.nodes import Block, Inline, raw_text

_LONGEST_LEAD = 160  # characters


def is_bold_lead(block: Block, view: View) -> bool:
    """Whether a paragraph opens with a title in bold that is no side of a story ("Why it matters:")."""
    found = bold_opening(block)
    return found is not None and not is_facet(found, view)


def is_link_lead(block: Block) -> bool:
    """Whether a paragraph opens with a link by name and tells of it behind a mark ("[Title](…) — what it is")."""
    if block.kind != "paragraph":
        return False
    found = leading_link(block.inlines)
    if found is None or is_generic(raw_text(found[0].children)):
        return False
    rest = raw_text(block.inlines)[found[1] :].lstrip(" \t*_")
    return rest[:1] in set("\n:：–—-|") and bool(rest.strip(" \n:：–—-|"))


def is_facet(name: str, view: View) -> bool:
    """Whether a bold lead names a side of the story that is being told: by its words, or as stories share it."""
    name = clean(name).rstrip(":：. ")
    return name.casefold() in view.labels or is_generic(name) or wording.is_whole(wording.FACET_TITLE, name)


def bold_opening(block: Block) -> str | None:
    """The bold words with which a paragraph opens, where they stand apart from what follows; else None."""
    if block.kind != "paragraph":
        return None
    for index, inline in enumerate(block.inlines):
        if inline.kind == "text" and is_decoration(inline.text):
            continue
        if inline.kind == "link":
            return _text(inline) if len(inline.children) == 1 and inline.children[0].kind == "strong" else None
        if inline.kind != "strong":
            return None
        text = _text(inline)
        rest = raw_text(block.inlines[index + 1 :])
        linked = any(child.kind == "link" for child in inline.children)
        apart = linked or text[-1:] in ".:!?：。！？" or _stands_apart(text, rest)
        return text if 3 <= len(text) <= _LONGEST_LEAD and apart else None
    return None


def _text(inline: Inline) -> str:
    return raw_text(inline.children).strip()


def _stands_apart(lead: str, rest: str) -> bool:
    """Whether what follows a bold lead begins anew: after a dash or colon, on the next line, or as a sentence."""
    text = rest.lstrip(" \t")
    if not text or text[0] in "\n:：–—-(（,，.|":
        return True
    return rest != text and text[0].isupper() and len(lead.split()) >= 2

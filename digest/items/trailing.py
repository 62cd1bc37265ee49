"""Text after a headline on the same line: a source in brackets, generic links, a remark."""

from __future__ import annotations

import re

from digest.items.titles import is_decoration, is_generic
from digest.tree.nodes import Inline, raw_text, walk

_BEFORE_LABELS = ".!?。！？…:：→|–—-·•>»"  # a link after one of these is separate from the sentence
_LEADS_ON = re.compile(  # a URL after one of these is part of the sentence
    r"(?:^|\s)(?:at|on|in|to|from|via|see|and|or|of|by|with|for|under|is|visit|zu|auf|unter|bei|und|à|sur|chez|et|en|a|de|y|на|в|и)$"
    r"|[在于见到至]$",
    re.IGNORECASE,
)
_SHUTS = re.compile(r"[)）\]]\s*[.。]?\s*")
_REMARK = re.compile(r"\s*[\[(（【][^\[\]()（）【】]{1,30}[\])）】]\s*")
_LONGEST_LABEL = 20  # maximum characters around a link that is a label
_DASH_AND_BRACKET = re.compile(r"\s[-–—]\s*[(（]$")


def before_labels(inlines: list[Inline]) -> tuple[list[Inline], list[Inline]] | None:
    """Return the inlines before trailing generic links ("Release notes | GitHub", a bare URL).

    None if there are no such links, or if they are part of the sentence or in brackets.
    """
    first = _start_of_labels(inlines)
    if first is None:
        return None
    before = raw_text(inlines[:first]).rstrip()
    if is_decoration(before) or before[-1] in "([（【<«“\"'" or _is_inside(before):
        return None
    if raw_text([inlines[first]]).startswith(("http://", "https://")):
        stands_apart = _LEADS_ON.search(before) is None
    else:
        stands_apart = before[-1] in _BEFORE_LABELS or is_decoration(before[-2:])
    return (inlines[:first], inlines[first:]) if stands_apart else None


def before_remark(inlines: list[Inline]) -> tuple[list[Inline], list[Inline]] | None:
    """Return the inlines before a quotation in italics at the end of a first line ("Kite _“It ties”_")."""
    end = next((at for at, one in enumerate(inlines) if one.kind in {"softbreak", "break"}), len(inlines))
    line = inlines[:end]
    while line and line[-1].kind == "text" and not line[-1].text.strip():
        line.pop()
    if len(line) < 2 or line[-1].kind != "emph" or raw_text(line[-1:]).strip()[:1] not in set('「『“„«"('):
        return None
    before = line[:-1]
    if is_decoration(raw_text(before)) or any(one.kind == "link" for one in walk(before)):
        return None
    return before, [*inlines[len(line) - 1 :]]


def before_bracket(inlines: list[Inline]) -> tuple[list[Inline], list[Inline]] | None:
    """Return the inlines before trailing brackets with generic links ("([source](…))"), or before trailing square
    brackets around a short link ("[[irc](…)]").
    """
    if len(inlines) < 3 or inlines[-1].kind != "text" or not _SHUTS.fullmatch(inlines[-1].text):
        return None
    start = len(inlines) - 2
    while start > 0 and _is_label(inlines, start) and inlines[start - 1].kind == "text":
        text = inlines[start - 1].text.rstrip()
        before = text[:-1].rstrip() if text.endswith(("(", "（", "[")) else ""
        if not is_decoration(before):
            links = [Inline("text", text[-1:]), *inlines[start:]]
            return [*inlines[: start - 1], Inline("text", before)], links
        if not is_decoration(text):
            return None
        start -= 2
    return None


def before_source(inlines: list[Inline]) -> tuple[list[Inline], list[Inline]] | None:
    """Return the inlines before a dash and a publisher's link in brackets ("Mast — ([Post](…))")."""
    kinds = [inline.kind for inline in inlines]
    if kinds != ["text", "link", "text"] or not _SHUTS.fullmatch(inlines[2].text):
        return None
    before = _DASH_AND_BRACKET.search(inlines[0].text)
    if before is None or is_decoration(inlines[0].text[: before.start()]):
        return None
    return [Inline("text", inlines[0].text[: before.start()])], [Inline("text", "("), *inlines[1:]]


def _start_of_labels(inlines: list[Inline]) -> int | None:
    """Return the index of the first of the trailing generic links, which only separators may come between."""
    first: int | None = None
    for place in range(len(inlines) - 1, -1, -1):
        if _is_label_link(inlines[place]):
            first = place
        elif not _parts_labels(inlines[place]):
            break
    return first


def _parts_labels(inline: Inline) -> bool:
    """Whether an inline is a separator between labels, or a remark in brackets ("[from Ann]")."""
    if inline.kind == "text" and _REMARK.fullmatch(inline.text):
        return True
    if inline.kind in {"code", "image", "footnote"} or not is_decoration(raw_text([inline])):
        return False
    return not any(one.kind == "link" for one in walk([inline]))


def _is_label(inlines: list[Inline], place: int) -> bool:
    """Whether an inline in brackets is a label: a generic link, or a short link in square brackets."""
    one, before = inlines[place], inlines[place - 1].text.rstrip()
    is_cited = one.kind == "link" and before.endswith("[") and len(raw_text([one])) < _LONGEST_LABEL
    return is_cited or _is_label_link(one)


def _is_label_link(inline: Inline) -> bool:
    if inline.kind != "link" and not inline.children:
        return False
    links = [one for one in walk([inline]) if one.kind == "link"]
    name = raw_text([inline])
    if not links or is_generic(name):
        return bool(links)
    return len(links) == 1 and len(name) < _LONGEST_LABEL and is_generic(raw_text(links[0].children))


def _is_inside(text: str) -> bool:
    """Whether `text` ends within brackets."""
    return text.count("(") > text.count(")") or text.count("（") > text.count("）")


def without_bar(inlines: list[Inline]) -> list[Inline]:
    """Return `inlines` without the trailing separators that preceded the part that was cut off."""
    out = list(inlines)
    while out and out[-1].kind == "text" and not out[-1].text.strip(" |·/,"):
        out.pop()
    if out and out[-1].kind == "text":
        out[-1] = Inline("text", out[-1].text.rstrip(" |·/,"))
    return out

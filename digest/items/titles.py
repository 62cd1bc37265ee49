"""The title of a story, as its author set it: a heading, a link's text, or a first sentence."""

from __future__ import annotations

import re
from functools import lru_cache

from digest.head.dates import is_day
from digest.items import wording
from digest.items.sentences import cut, first_sentence_end, strip_start
from digest.tree.nodes import Inline, one_line, plain, raw_text, walk

_EMOJI = (
    "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\u2300-\u23ff\u25a0-\u25ff\ufe0f\u200d\u20e3"
    "\U000e0020-\U000e007f\uf8ff\u2022\u00bb\u203a\u30fb"
)
_DECORATION = re.compile(
    rf"^(?:[\s{_EMOJI}]|#+(?=[\s#]|$)|[>|*](?=\s)|:[a-z0-9_+-]{{2,30}}:)+|(?:[\s{_EMOJI}|]|:[a-z0-9_+-]{{2,30}}:)+$"
)
_FRAMED = re.compile(r"^([*_~=]{1,5})\s*(?=[^\s*_~=])(.*[^\s*_~=])\s*\1$")  # "== Title ==", "*Title*"
_DAY_AND_MONTH = (  # "12. Mai: …" begins with a day, not with a number
    r"\d{1,2}\.\s+"
    r"(?i:jan|feb|m[äa]r|apr|ma[iy]|ju[nl]|aug|sep|o[ck]t|nov|de[cz])[^\W\d]{0,7}\.?(?:\s+\d{4})?\s*(?:[:,|–—-]|$)"
)
_NUMBER = re.compile(
    r"^(?!"
    + _DAY_AND_MONTH
    + r")(?:\(?\d{1,3}\s*[)）](?!\w)\s*|\(?\d{1,3}\s*[)）]\s+|\d{1,3}\s*[、．]\s*|\d{1,3}(?:\.\d{1,2})*\.\s+"
    r"|\d{1,3}\.(?=[^\s\d.])|[a-zA-Z]\)\s+|[IVX]{1,5}\.\s+"
    r"|[一二三四五六七八九十]{1,3}[、．.]\s*|[①-⑳㉑-㉟❶-❿]\s*|#\d{1,3}[:.)]\s+|\[\d{1,3}\]\s+|№?\d{1,3}\s*[-–—]\s+)"
)
_TIMESTAMP = re.compile(r"^\s*[\[(]?\d{1,2}:\d{2}(?::\d{2})?[\])]?\s*[-–—:|]?\s*$")
_LABEL = re.compile(r"^\s*[\[【(（](?!\s*[\[【])([^\[\]【】()（）]{1,40})[\]】)）]\s*[:：]?\s*$")
_CODE_NAME = re.compile(
    r"^(?:(?=\w*\d)[0-9a-f]{7,40}(?:\.{2,3}[0-9a-f]{7,40})?|[A-Z]{1,6}[- ]?\d{1,6}|#?\d[\d.,]*|[A-Z]{1,6}\s?#\d+"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|first|second|third|un|deux|trois|uno|dos|tres|eins|zwei|drei"
    r"|[一二三两])$",
    re.IGNORECASE,
)
_LONGEST_CODE = 83  # two full hashes
_LONGEST_GENERIC = 50  # characters of a link's text that only says that it is a link
_ENDS = ".,:;!?–—-(（[【|·/、，。：；！？…~→<\n&+"  # a title's link stands alone before these
_LONGEST_CREDIT = 60  # characters behind a link that only name its author or source
_CREDIT = re.compile(r"(?:by|from|via|von|par|de|por|от|@)\s*\S.{0,60}$", re.IGNORECASE)
_BEFORE_LABELS = ".!?。！？…:：→|–—-·•>»"  # a link's label stands apart behind these
_LEADS_ON = re.compile(  # behind these an address is part of the sentence
    r"(?:^|\s)(?:at|on|in|to|from|via|see|and|or|of|by|with|for|under|is|visit|zu|auf|unter|bei|und|à|sur|chez|et|en|a|de|y|на|в|и)$"
    r"|[在于见到至]$",
    re.IGNORECASE,
)
_SEPARATED = re.compile(r"\s[|·•‖]\s|\|")


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """`text` as a title: without numbering and decoration around it."""
    text = one_line(text)
    for _ in range(3):
        shorter = text
        if not (text[:1].isalnum() and (text[-1:].isalnum() or text[-1:] in ".,:!?)")):
            shorter = _DECORATION.sub("", text)
            if framed := _FRAMED.match(shorter):
                shorter = framed[2]
        if len(shorter) > 4 and (number := _NUMBER.match(shorter)):
            shorter = shorter[number.end() :]
        if shorter == text or not shorter:
            break
        text = shorter
    return text.strip() or text


def is_numbered(text: str) -> bool:
    """Whether a heading carries a number of its own."""
    return _NUMBER.match(_DECORATION.sub("", text)) is not None


def is_decoration(text: str) -> bool:
    """Whether `text` says nothing: emoji, dashes, brackets, spaces."""
    return not any(map(str.isalnum, text))


@lru_cache(maxsize=4096)
def is_generic(text: str) -> bool:
    """Whether a link's text only says that it is a link ("here", "PDF")."""
    text = clean(text).strip("[]()（）【】<>«»\"'“”→←-–—:./ ")
    if not text or text.startswith(("http://", "https://")):
        return True
    return len(text) <= _LONGEST_GENERIC and wording.GENERIC_LINK.fullmatch(text.lower()) is not None


def is_code_name(text: str) -> bool:
    """Whether a link's text is a mere code or number ("SE-0042", "Two")."""
    return len(text) <= _LONGEST_CODE and _CODE_NAME.match(text.strip()) is not None


def leading_link(inlines: list[Inline]) -> tuple[Inline, int] | None:
    """The link with which `inlines` begin (labels and decoration aside) and the offset behind it, or None."""
    offset = 0
    for inline in inlines:
        if inline.kind in {"text", "code", "softbreak", "break"}:
            text = inline.text if inline.kind == "text" else ("\n" if inline.kind != "code" else inline.text)
            if inline.kind == "code" or not (is_decoration(text) or _is_label(text)):
                return None
            offset += len(text)
        elif inline.kind == "link":
            if raw_text(inline.children).strip():
                return inline, offset + len(raw_text(inline.children))
        elif inline.kind in {"strong", "emph", "strike"}:
            size = len(raw_text(inline.children))
            found = leading_link(inline.children)
            if found:
                return found[0], offset + found[1]
            if size and not _is_label(raw_text(inline.children)) and not is_decoration(raw_text(inline.children)):
                return None
            offset += size
    return None


def _is_label(text: str) -> bool:
    """Whether `text` only says of what kind or when: "[video]", "00:12:30"."""
    if text.rstrip().endswith((":", "：")) and wording.GENERIC_LINK.fullmatch(text.strip(" :：*_").lower()):
        return True  # "Slides: [Title](…)"
    return bool(_LABEL.match(text) or _TIMESTAMP.match(text) or not _NUMBER.sub("", text.lstrip(), count=1).strip())


def _runs_on(rest: str, name: str = "") -> bool:
    """Whether the sentence goes on behind a link; it does not where the link's `name` ended it."""
    if name[-1:] in "!?！？。" and name and (rest.lstrip()[:1].isupper() or rest.lstrip()[:1].isdigit()):
        return False
    stripped = rest.lstrip(" \t*_\"'”’»")
    if not stripped or rest.startswith("\n"):
        return False
    if stripped[0] in _ENDS or is_decoration(stripped) or is_day(stripped.split("\n", 1)[0].strip(" *_")):
        return False
    return len(stripped) > _LONGEST_CREDIT or not _CREDIT.match(stripped)


def split_lead(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]]:
    """The title of an entry or paragraph, the inlines it came from, and those that remain as its text."""
    if inlines and inlines[0].kind == "link":  # most entries begin so
        name = plain(inlines[0].children)
        rest = inlines[1:]
        if name and not is_generic(name) and not is_code_name(name) and not _runs_on(raw_text(rest), name):
            return clean(name), inlines[:1], strip_start(rest)
    linked = _link_lead(inlines) or _behind_address(inlines)
    if linked:
        return linked
    text = raw_text(inlines)
    labelled = _before_labels(inlines)
    if labelled:
        title, head, rest = split_lead(_without_bar(labelled[0]))
        return title.rstrip(" -–—:：|·>→"), head, strip_start([*rest, *labelled[1]])
    lead = _strong_lead(inlines)
    if lead:
        return lead
    line_end = text.find("\n")
    first_line = text[: line_end if line_end >= 0 else len(text)]
    if len(first_line) <= 250 and _is_in_parts(inlines, first_line):
        head, tail = cut(inlines, len(first_line))
        return clean(raw_text(head)), head, strip_start(tail)
    end = first_sentence_end(inlines)
    hard = _hard_break(inlines)
    if hard and hard < end and text[:hard].strip():
        end = hard
    head, tail = cut(inlines, end)
    title = clean(raw_text(head))
    if title.endswith((".", "。", ":", "：")) and not title.endswith("..."):
        title = title[:-1]
    return title.rstrip(), head, strip_start(tail)


def _link_lead(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]] | None:
    """The link with which `inlines` begin, where it names the story and the sentence does not run on behind it."""
    found = leading_link(inlines)
    if found is None:
        return None
    text, (link, end) = raw_text(inlines), found
    name = plain(link.children)
    if is_generic(name) or is_code_name(name) or _runs_on(text[end:], name):
        return None
    head, tail = cut(inlines, end)
    label = text[: end - len(raw_text(link.children))].strip()
    tail = strip_start(tail)
    if label and not is_decoration(label):  # what the title leaves out is said below it
        tail = [Inline("text", f"{label} " if tail else label), *tail]
    return clean(name), head, tail


def _behind_address(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]] | None:
    """A bare address in front of what it leads to ("<https://…> - a month on a ship"): it is no part of the title."""
    if len(inlines) < 2 or inlines[0].kind != "link" or not raw_text(inlines[:1]).startswith(("http://", "https://")):
        return None
    rest = raw_text(inlines[1:])
    if is_decoration(rest) or rest.lstrip(" ")[:1] not in set("-–—:：|\n"):
        return None
    title, head, tail = split_lead(strip_start(inlines[1:]))
    return title, [inlines[0], *head], tail


def _before_labels(inlines: list[Inline]) -> tuple[list[Inline], list[Inline]] | None:
    """What stands before the links at the end that only say what they are ("Release notes | GitHub", an address).

    None where there are no such links, where they are part of the sentence, or where they stand in brackets.
    """
    start = len(inlines)
    first: int | None = None
    while start:
        inline = inlines[start - 1]
        name = raw_text([inline])
        links = [one for one in walk([inline]) if one.kind == "link"]
        if links and (
            is_generic(name) or (len(links) == 1 and is_generic(raw_text(links[0].children)) and len(name) < 20)
        ):
            first = start - 1
        elif links or not is_decoration(name) or inline.kind in {"code", "image", "footnote"}:
            break
        start -= 1
    if first is None:
        return None
    before = raw_text(inlines[:first]).rstrip()
    is_inside = before.count("(") > before.count(")") or before.count("（") > before.count("）")
    if is_inside or is_decoration(before) or before[-1] in "([（【<«“\"'":
        return None
    is_address = raw_text([inlines[first]]).startswith(("http://", "https://"))
    if is_address:
        return None if _LEADS_ON.search(before) else (inlines[:first], inlines[first:])
    return (inlines[:first], inlines[first:]) if before[-1] in _BEFORE_LABELS or is_decoration(before[-2:]) else None


def _without_bar(inlines: list[Inline]) -> list[Inline]:
    """`inlines` without the bars and marks that stood between the last of them and what was cut off."""
    out = list(inlines)
    while out and out[-1].kind == "text" and not out[-1].text.strip(" |·/,"):
        out.pop()
    if out and out[-1].kind == "text":
        out[-1] = Inline("text", out[-1].text.rstrip(" |·/,"))
    return out


def _is_in_parts(inlines: list[Inline], first_line: str) -> bool:
    """Whether a line is a headline in parts ("2024-06-18 | Virtual | Club"); bars within code part nothing."""
    if not _SEPARATED.search(first_line):
        return False
    return (
        _SEPARATED.search(raw_text([inline for inline in inlines if inline.kind != "code"]).split("\n", 1)[0])
        is not None
    )


def _strong_lead(inlines: list[Inline]) -> tuple[str, list[Inline], list[Inline]] | None:
    """A bold lead ("**Title**: text"), where what is bold is a title and not a stressed word."""
    offset = 0
    for index, inline in enumerate(inlines):
        if inline.kind == "text" and is_decoration(inline.text):
            offset += len(inline.text)
            continue
        if inline.kind != "strong":
            return None
        name = plain(inline.children)
        rest = raw_text(inlines[index + 1 :])
        new_sentence = rest[:1] == " " and rest.lstrip()[:1].isupper() and len(name.split()) >= 2
        if name[-1:] in ":：" and _is_named_link(inlines[index + 1 :]):
            return None  # "**Author:** [Title](…)": a label
        stands_alone = not _runs_on(rest) or new_sentence or name[-1:] in ".:!?：。！？" or is_numbered(name)
        if not stands_alone or len(clean(name)) < 3 or is_generic(name) or is_day(name):
            return None
        head, tail = inlines[: index + 1], inlines[index + 1 :]
        return clean(name).rstrip(":：. "), head, strip_start(tail)
    return None


def _is_named_link(inlines: list[Inline]) -> bool:
    """Whether `inlines` are one link by name and nothing else."""
    links = [inline for inline in inlines if inline.kind == "link"]
    if len(links) != 1 or is_generic(raw_text(links[0].children)):
        return False
    return all(inline is links[0] or (inline.kind == "text" and is_decoration(inline.text)) for inline in inlines)


def _hard_break(inlines: list[Inline]) -> int:
    offset = 0
    for inline in inlines:
        if inline.kind == "break":
            return offset
        offset += len(raw_text([inline]))
    return 0

"""Titles: removing numbering and decoration, and recognising text that can be a title."""

from __future__ import annotations

import re

from digest.head.dates import MONTH_STEM
from digest.items import wording
from digest.remembering import remembering
from digest.tree.nodes import Inline, one_line, raw_text

_EMOJI = (
    "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\u2300-\u23ff\u25a0-\u25ff\ufe0f\u200d\u20e3"
    "\U000e0020-\U000e007f\uf8ff\u2022\u00bb\u203a\u30fb"
)
_EMOJI_BY_NAME = re.compile(r"(?<![\w:]):[a-z][a-z0-9_+-]{0,29}:(?!\w)")
_DECORATION = re.compile(
    rf"^(?:[\s{_EMOJI}]|#+(?=[\s#]|$)|[>|*](?=\s)|:[a-z][a-z0-9_+-]{{0,29}}:)+"
    rf"|(?:[\s{_EMOJI}|]|(?<!\w):[a-z][a-z0-9_+-]{{0,29}}:)+$"
)
_FRAMED = re.compile(r"^([*_~=]{1,5})\s*(?=[^\s*_~=])(.*[^\s*_~=])\s*\1$")  # "== Title ==", "*Title*"
_DAY_AND_MONTH = (  # "12. Mai: …" starts with a day, not with a number
    r"\d{1,2}\.\s+"
    rf"(?i:{MONTH_STEM})[^\W\d]{{0,7}}\.?(?:\s+\d{{4}})?\s*(?:[:,|–—-]|$)"
)
_NUMBER = re.compile(
    r"^(?!"
    + _DAY_AND_MONTH
    + r")(?:\(?\d{1,3}\s*[)）](?!\w)\s*|\(?\d{1,3}\s*[)）]\s+|\d{1,3}\s*[、．，](?!\d)\s*|\d{1,3}(?:\.\d{1,2})*\.\s+"
    r"|\d{1,3}\.(?=[^\s\d.])|\d{1,2}(?:\.\d{1,2})+\s+(?=[\u2e80-\ud7a3])|[a-zA-Z]\)\s+|[IVX]{1,5}\.\s+"
    r"|[一二三四五六七八九十]{1,3}[、．.]\s*|[①-⑳㉑-㉟❶-❿]\s*|#\d{1,3}[:.)]\s+|\[\s*\d{1,8}\s*\]\s*|№?\d{1,3}\s*[-–—]\s+)"
)
_TIMESTAMP = re.compile(r"^\s*[\[(]?\d{1,2}:\d{2}(?::\d{2})?[\])]?\s*[-–—:|]?\s*$")
_LABEL = re.compile(r"^\s*[\[【(（](?!\s*[\[【])([^\[\]【】()（）]{1,40})[\]】)）]\s*[:：]?\s*$")
_CODE_NAME = re.compile(
    r"^(?:v\d{1,4}(?:\.\d{1,5}){1,3}(?:[-+.]?[a-z]{1,8}\.?\d{0,3})?"
    r"|(?=\w*\d)[0-9a-f]{7,40}(?:\.{2,3}[0-9a-f]{7,40})?|[A-Z]{1,6}[- ]?\d{1,6}(?:-\d{1,7})?"
    r"|#?\d[\d.,]*|[A-Z]{1,6}\s?#\d+"
    r"|(?:ep|episod[eio]{1,2}|épisode|episódio|folge|vol|volume|выпуск)\.? ?#?\d{1,5}"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|first|second|third|un|deux|trois|uno|dos|tres|eins|zwei|drei"
    r"|[一二三两])$",
    re.IGNORECASE,
)
_WORDS = {"text", "softbreak", "break", "strong", "emph", "strike"}  # inlines that a label can consist of
_SHORTEST_NUMBERED = 4  # minimum characters of a title with its number ("五、风筝")
_LONGEST_CODE = 83  # maximum characters of a code: two full hashes
_LONGEST_LABEL = 60  # maximum characters of a label in brackets, including a colon after it
_LONGEST_DECORATED = 2_000  # maximum characters of a possible title: finding its frame takes quadratic time
_LONGEST_GENERIC = 50  # maximum characters of a generic link's text ("here")


@remembering(4096)
def clean(text: str) -> str:
    """Return `text` as a title: without numbering and surrounding decoration."""
    text = one_line(text)
    for _ in range(3):
        shorter = _undecorated(text)
        if len(shorter) >= _SHORTEST_NUMBERED and (number := _NUMBER.match(shorter)):
            shorter = shorter[number.end() :]
        if shorter == text or not shorter:
            break
        text = shorter
    return text.strip() or text


def _undecorated(text: str) -> str:
    """Return `text` without surrounding emoji and framing marks; most titles have none."""
    is_plain = text[:1].isalnum() and (text[-1:].isalnum() or text[-1:] in ".,:!?)")
    if is_plain or len(text) > _LONGEST_DECORATED:
        return text
    shorter = _DECORATION.sub("", text)
    framed = _FRAMED.match(shorter)
    return framed[2] if framed else shorter


def is_numbered(text: str) -> bool:
    """Whether a heading is numbered."""
    return _NUMBER.match(_undecorated(text)) is not None


def is_decoration(text: str) -> bool:
    """Whether `text` is only decoration: emoji, also by name (":tada:"), dashes, brackets, spaces."""
    return not any(map(str.isalnum, _EMOJI_BY_NAME.sub("", text) if text.count(":") > 1 else text))


@remembering(4096)
def is_generic(text: str) -> bool:
    """Whether a link's text is generic ("here", "PDF")."""
    text = clean(text).strip("[]()（）【】<>«»\"'“”→←-–—:./ ")
    if not text or text.startswith(("http://", "https://")):
        return True
    return len(text) <= _LONGEST_GENERIC and wording.GENERIC_LINK.fullmatch(text.lower()) is not None


def is_code_name(text: str) -> bool:
    """Whether a link's text is a mere code or number ("SE-0042", "Two")."""
    return len(text) <= _LONGEST_CODE and _CODE_NAME.match(text.strip()) is not None


def leading_link(inlines: list[Inline]) -> tuple[Inline, int] | None:
    """Return the link at the start of `inlines` (ignoring labels and decoration) and the offset after it, or None."""
    offset = 0
    for inline in inlines:
        if inline.kind == "code":
            return None
        text = inline.text if inline.kind == "text" else raw_text([inline])
        if inline.kind == "link" and text.strip():
            return inline, offset + len(text)
        found = leading_link(inline.children) if inline.kind in {"strong", "emph", "strike"} else None
        if found:
            return found[0], offset + found[1]
        if inline.kind in _WORDS:
            if not _may_precede(text):
                return None
            offset += len(text)
    return None


def _may_precede(text: str) -> bool:
    return is_decoration(text) or _is_label(text)


def _is_label(text: str) -> bool:
    """Whether `text` is only a label or a time: "[video]", "00:12:30"."""
    if text.rstrip().endswith((":", "：")) and wording.GENERIC_LINK.fullmatch(text.strip(" :：*_").lower()):
        return True  # "Slides: [Title](…)"
    text = text.lstrip()
    if len(text.rstrip()) > _LONGEST_LABEL:  # most texts
        return False
    number = _NUMBER.match(text)
    is_number = number is not None and not text[number.end() :].strip()
    return is_number or _LABEL.match(text) is not None or _TIMESTAMP.match(text) is not None

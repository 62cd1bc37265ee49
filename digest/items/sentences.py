"""Sentence boundaries, and splitting inlines at them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from operator import itemgetter

from digest.head.dates import MONTH_STEM
from digest.tree.nodes import Inline, raw_text

# Punctuation that ends a sentence before white space or at the end; full-width marks, "!" and "?" do so anywhere.
ENDS = ".!?…"
WIDE_ENDS = "。！？｡"
# All alternatives start with one character class, so that the engine can skip everything else.
_END = re.compile(
    rf"[{ENDS}{WIDE_ENDS}](?:(?<=[{ENDS}])[{ENDS}]*[\"'”’»)\]）」』]*(?=\s)|(?<=[{WIDE_ENDS}!?])[{WIDE_ENDS}!?]*[”’」』）)]*"
    rf"|(?<=[{ENDS}])[{ENDS}]*[\"'”’»)\]）」』]*$)"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.?g|i\.?e|resp|etc|vs|cf|al|mr|mrs|ms|dr|prof|st|no|vol|fig|inc|ltd|corp|jr|sr|approx|dept|est|feat|ft|pt|ver|v"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|bzw|z\.b|d\.h|u\.a|usw|ca|nr|str|p\.ej|sra?|mme|a\.k\.a|w)"
    r"|(?:^|[\s(])[A-Za-z]|\b[A-Z]\.[A-Z])\.$",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 10  # maximum characters before its last full stop
_LOWER = re.compile(r"\s+[a-zà-öø-ÿа-я,;]")
_BEGINS = re.compile(r"\s+[\"«“]?\s?[A-ZÀ-Þ]")  # the start of a new sentence
_NEXT_WORD = re.compile(r"\s+([^\s]{3,40})\s")
_ORDINAL = re.compile(  # "12. Mai", "am 3. Juni": a full stop after a day does not end a sentence
    rf"\s?\d?\d\.\s+{MONTH_STEM}\w*\b", re.IGNORECASE
)
_NUMBERED = re.compile(  # "11:30: 11. Treffen", "zum 3. Mal": nor does one after an ordinal number
    r"(?:[:：|–—-]\s+|\b(?:der|die|das|dem|den|des|am|im|zum|zur|vom|beim)\s)\d{1,3}\.$", re.IGNORECASE
)
_LONGEST_NUMBERED = 12  # maximum characters before its full stop
_LONGEST_BRACKET = 200  # maximum characters between brackets, in which no sentence ends
_GOING_ON = ",;:，；：-–—"  # right after a mark, these continue the sentence
_MOST_SENTENCES = 40  # maximum sentences of a paragraph that are found
_LONGEST_END = 20  # trailing characters of a text in which its last mark is looked for
_QUOTES = '"”’»」』'
_CLOSING = f"{_QUOTES}')]）"
_OPAQUE = {"code", "link"}  # a sentence does not end inside these


def _opaque(inlines: list[Inline], offset: int, out: list[tuple[int, int]]) -> int:
    """Collect the spans of links and code in the raw text, in order; return the offset after `inlines`."""
    for inline in inlines:
        start = offset
        if inline.kind in {"text", "code"}:
            offset += len(inline.text)
        elif inline.kind in {"softbreak", "break"}:
            offset += 1
        elif inline.kind == "link":
            offset += len(raw_text(inline.children))
        elif inline.children:
            offset = _opaque(inline.children, offset, out)
        if inline.kind in _OPAQUE:
            out.append((start, offset))
    return offset


def first_sentence_end(inlines: list[Inline]) -> int:
    """Return the offset in raw_text(inlines) at which the first sentence ends."""
    text = raw_text(inlines)
    spans: list[tuple[int, int]] = []
    _opaque(inlines, 0, spans)
    words = len(text) - len(
        text.lstrip(f" \t\n{ENDS}{WIDE_ENDS}\"'()")
    )  # a sentence does not end before its first word
    for match in _END.finditer(text):
        start, end = match.span()
        if end > words and not _is_within(start, end, spans) and _ends(text, start, end, spans):
            return end
    return len(text)


def _ends(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    """Whether the mark from `start` to `end` ends a sentence."""
    mark = text[start]
    if mark == "." and (_is_part_of_word(text, start) or _goes_on(text, end, spans)):
        return False
    if mark in "!?" and text[start - 1 : start].isspace() and not _BEGINS.match(text, end):
        return False  # an operator; French has a space before its punctuation
    if mark in "!?…" and _LOWER.match(text, end):
        return False
    return not _in_brackets(text, start) and not _is_quoted(text, start, end, spans)


def _is_part_of_word(text: str, dot: int) -> bool:
    """Whether the full stop at `dot` belongs to an abbreviation, a day or another ordinal number."""
    if is_abbreviated(text, dot) or _ORDINAL.match(text, max(dot - 2, 0)) is not None:
        return True
    return _NUMBERED.search(text, max(0, dot - _LONGEST_NUMBERED), dot + 1) is not None


def _is_quoted(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    """Whether a mark belongs to a quotation or a name, because the sentence continues right after it."""
    if text[end : end + 1] in _GOING_ON and text[end : end + 1]:
        return True
    if text[end - 1] not in _QUOTES or end - start < 2:
        return False
    following = end + 1 if text[end : end + 1] == " " else end
    return any(at == following for at, _ in spans) and not any(at < start for at, _ in spans)


def _is_within(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    """Whether one of `spans` covers `start` and extends past `end`."""
    place = bisect_right(spans, start, key=itemgetter(0)) - 1
    return place >= 0 and end < spans[place][1]


def is_abbreviated(text: str, dot: int) -> bool:
    """Whether the full stop at `dot` belongs to an abbreviation."""
    return _ABBREVIATION.search(text, max(0, dot - _LONGEST_ABBREVIATION), dot + 1) is not None


def _in_brackets(text: str, offset: int) -> bool:
    """Whether `offset` is inside brackets that close on the same line."""
    start = max(text.rfind("(", 0, offset), text.rfind("（", 0, offset))
    if (
        start < 0
        or offset - start > _LONGEST_BRACKET
        or max(text.rfind(")", start, offset), text.rfind("）", start, offset)) >= 0
    ):
        return False
    line_end = text.find("\n", offset)
    close = next((at for at in (text.find(")", offset), text.find("）", offset)) if at >= 0), -1)
    return 0 <= close - start <= _LONGEST_BRACKET and (line_end < 0 or close < line_end)


def _goes_on(text: str, end: int, spans: list[tuple[int, int]]) -> bool:
    """Whether a lower-case letter follows that is not a name in code."""
    match = _LOWER.match(text, end)
    if match is None:
        return False
    word = _NEXT_WORD.match(text, end)
    if word is not None and text.startswith(f"{word[1]} "):
        return False  # the name that starts the text
    place = bisect_left(spans, match.end() - 1, key=itemgetter(0))
    return place == len(spans) or spans[place][0] != match.end() - 1


def sentence_starts(text: str) -> list[int]:
    """Return the offsets at which the sentences of `text` start, the first at 0; at most 40."""
    starts = [0]
    while len(starts) < _MOST_SENTENCES and text[starts[-1] :].strip():
        end = starts[-1] + first_sentence_end([Inline("text", text[starts[-1] :])])
        if end >= len(text.rstrip()):
            break
        starts.append(end)
    return starts


def sentence_ends(text: str, start: int, stop: int) -> Iterator[int]:
    """Yield the offsets after sentence-ending marks of plain text, from `start` to `stop`."""
    for match in _END.finditer(text, start):
        if match.end() > stop:
            return
        if _ends(text, *match.span(), []):
            yield match.end()


def ends_as_sentence(text: str) -> bool:
    """Whether `text` ends with a sentence, ignoring closing brackets and quotation marks."""
    text = text.rstrip(_CLOSING)
    return len(text) in sentence_ends(text, max(0, len(text) - _LONGEST_END), len(text))


def count_sentences(text: str) -> int:
    """Count the sentences of `text`, from 1 to 10."""
    count = 0
    rest = [Inline("text", text)]
    while rest[0].text.strip() and count < 10:
        end = first_sentence_end(rest)
        rest = [Inline("text", rest[0].text[end:])]
        count += 1
    return max(count, 1)


def cut(inlines: list[Inline], offset: int) -> tuple[list[Inline], list[Inline]]:
    """Split inlines at `offset` of their raw text; a link or other span across it belongs to the head."""
    head: list[Inline] = []
    tail: list[Inline] = []
    for inline in inlines:
        if offset <= 0:
            (head if inline.kind == "footnote" and not tail else tail).append(inline)
            continue
        if inline.kind == "text":
            if len(inline.text) <= offset:
                head.append(inline)
            else:
                head.append(Inline("text", inline.text[:offset]))
                tail.append(Inline("text", inline.text[offset:]))
            offset -= len(inline.text)
            continue
        size = len(raw_text([inline]))
        if inline.kind in {"strong", "emph", "strike"} and size > offset:
            inner_head, inner_tail = cut(inline.children, offset)
            head.append(Inline(inline.kind, children=inner_head))
            if inner_tail:
                tail.append(Inline(inline.kind, children=inner_tail))
        else:
            head.append(inline)
        offset -= size
    return head, tail


_LEFT_OVER = " \t\n.:：,，;；。–—-|·"  # punctuation that a cut leaves at the beginning


def strip_start(inlines: list[Inline]) -> list[Inline]:
    """`inlines` without white space, line ends and the punctuation left of a cut at their beginning."""
    out = list(inlines)
    while out and _is_left_over(out[0]):
        out.pop(0)
    if out and out[0].kind == "text":
        out[0] = Inline(
            "text",
            out[0]
            .text.lstrip(" \t\n:：,，;；。|·")
            .removeprefix(". ")
            .removeprefix("- ")
            .removeprefix("– ")
            .removeprefix("— "),
        )
    return out


def _is_left_over(inline: Inline) -> bool:
    if inline.kind in {"softbreak", "break"}:
        return True
    if inline.kind == "text":
        return not inline.text.strip(_LEFT_OVER)
    if inline.kind not in {"strong", "emph", "strike"}:
        return False
    return all(child.kind == "text" and not child.text.strip(_LEFT_OVER) for child in inline.children)

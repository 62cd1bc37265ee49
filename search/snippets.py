"""The piece of a text that shows why it was found, with the matched words marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search.query import Unit
from storage.tokens import STOP_WORDS, TOKEN, fold, tokens_of

START, END = "\x02", "\x03"  # stand around what matched
LENGTH = 200  # characters of a snippet, about
_READ = 20000  # characters of a text that are looked through
_BREAK = re.compile(r"(?<=[.!?。！？…])\s+|\n+|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    unit: int


def snippet(text: str, units: Sequence[Unit], length: int = LENGTH) -> str:
    """Return the passage of `text` with most of what was looked for, matches between U+0002 and U+0003.

    The passage begins at a sentence where one begins near, and has an ellipsis where text was left
    out. Without any match it is the beginning of the text.
    """
    text = text[:_READ].replace(START, " ").replace(END, " ")
    marks = _marks(text, units)
    begin, end = _window(text, marks, length)
    inner = [mark for mark in marks if begin <= mark.start and mark.end <= end]
    parts: list[str] = []
    at = begin
    for start, stop in _merged(inner):
        parts += [text[at:start], START, text[start:stop], END]
        at = stop
    shown = " ".join("".join([*parts, text[at:end]]).split())
    return f"{'…' if begin else ''}{shown}{'…' if end < len(text.rstrip()) else ''}"


def _marks(text: str, units: Sequence[Unit]) -> list[_Mark]:
    """Where the units stand in the text, in its order."""
    pairs = {pair: at for at, unit in enumerate(units) for pair in unit.tokens if unit.is_paired and len(pair) > 1}
    single = {unit.tokens[0]: at for at, unit in enumerate(units) if unit.is_paired and unit.kind == "prefix"}
    wanted: dict[str, int] = {}
    for at, unit in enumerate(units):
        if not unit.is_paired:
            others = [word for other in unit.others for word in other.split() if word not in STOP_WORDS]
            wanted |= dict.fromkeys((*unit.tokens, *unit.surfaces, *others), at)
    marks: list[_Mark] = []
    for match in TOKEN.finditer(text):
        if match.lastgroup == "pairs":
            marks += _paired(match.start(), fold(match[0]), pairs, single)
            continue
        folded = fold(match[0])
        for token in tokens_of(match.lastgroup or "word", folded):
            forms = (token.text, token.surface, *token.spellings)
            found = next((wanted[form] for form in forms if form in wanted), None)
            if found is not None:
                marks.append(_Mark(match.start(), match.end(), found))
                break
    return marks


def _paired(start: int, run: str, pairs: dict[str, int], single: dict[str, int]) -> Iterable[_Mark]:
    for at in range(len(run)):
        if (found := pairs.get(run[at : at + 2])) is not None:
            yield _Mark(start + at, start + at + 2, found)
        elif (found := single.get(run[at])) is not None:
            yield _Mark(start + at, start + at + 1, found)


def _window(text: str, marks: Sequence[_Mark], length: int) -> tuple[int, int]:
    """Return the bounds of the passage that has most different units, then most matches, then comes first."""
    if len(text) <= length:
        return 0, len(text)
    best, first = (0, 0), marks[0].start if marks else 0
    for at, mark in enumerate(marks[:200]):
        inside = [other for other in marks[at : at + 40] if other.end <= mark.start + length * 3 // 4]
        value = (len({other.unit for other in inside}), len(inside))
        if value > best:
            best, first = value, mark.start
    if first <= length // 2:
        begin = 0
    else:
        sentences = [match.end() for match in _BREAK.finditer(text, first - length // 2, first + 1)]
        space = text.rfind(" ", 0, max(first - length // 8, 0)) + 1
        begin = sentences[-1] if sentences else max(space, first - length // 4)
    end = min(begin + length, len(text))
    if end < len(text):
        space = text.rfind(" ", begin + length * 3 // 4, end)
        end = space if space > 0 else end
    return begin, end


def _merged(marks: Sequence[_Mark]) -> Iterable[tuple[int, int]]:
    """Return the marks as spans that do not touch."""
    start = end = -1
    for mark in marks:
        if mark.start <= end:
            end = max(end, mark.end)
            continue
        if end > start:
            yield start, end
        start, end = mark.start, mark.end
    if end > start:
        yield start, end

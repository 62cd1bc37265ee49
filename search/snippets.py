"""Snippets: the passage of a text that shows why it matched, with the matches marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from unicodedata import east_asian_width

from digest.items.sentences import sentence_ends
from search.query import Unit
from storage.tokens import STOP_WORDS, TOKEN, fold, tokens_of

START, END = "\x02", "\x03"  # surround a match
LENGTH = 200  # approximate characters of a snippet
_READ = 20000  # characters of a text that are scanned


class _Mark(NamedTuple):
    start: int
    end: int
    unit: int


def snippet(text: str, units: Sequence[Unit], length: int = LENGTH) -> str:
    """Return the passage of `text` with most of the query's units, matches between U+0002 and U+0003.

    It starts with a sentence if one begins nearby, and has an ellipsis where text was cut. Without a match it is the
    beginning of the text.
    """
    text = text[:_READ].replace(START, " ").replace(END, " ")
    if not text.isascii():
        length -= sum(map(_is_wide, text[:length])) // 2  # the same width, not the same number of characters
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


def _is_wide(character: str) -> bool:
    """Whether a character is as wide as two Latin ones."""
    return east_asian_width(character) in "FW"


def _marks(text: str, units: Sequence[Unit]) -> list[_Mark]:
    """Return the matches of the units in the order of the text."""
    pairs, words = _needles(units)
    marks: list[_Mark] = []
    seen: dict[str, int | None] = {}  # most words of a text recur
    for match in TOKEN.finditer(text):
        kind, written = match.lastgroup or "word", match[0]
        if kind == "pairs":
            marks += _paired(match.start(), fold(written), pairs)
            continue
        if written not in seen:
            tokens = tokens_of(kind, fold(written))
            forms = (form for token in tokens for form in (token.text, token.surface, *token.spellings))
            seen[written] = next((words[form] for form in forms if form in words), None)
        if (found := seen[written]) is not None:
            marks.append(_Mark(match.start(), match.end(), found))
    return marks


def _needles(units: Sequence[Unit]) -> tuple[dict[str, int], dict[str, int]]:
    """Return what to mark with the number of its unit: pairs of characters (or single ones, if typed), and words."""
    pairs: dict[str, int] = {}
    words: dict[str, int] = {}
    for at, unit in enumerate(units):
        others = [word for other in unit.others for word in other.split() if word not in STOP_WORDS]
        (pairs if unit.is_paired else words).update(dict.fromkeys((*unit.tokens, *unit.surfaces, *others), at))
    return pairs, words


def _paired(start: int, run: str, pairs: dict[str, int]) -> Iterable[_Mark]:
    for at in range(len(run)):
        for two in (run[at : at + 2], run[at]):
            if two in pairs:
                yield _Mark(start + at, start + at + len(two), pairs[two])
                break


def _window(text: str, marks: Sequence[_Mark], length: int) -> tuple[int, int]:
    """Return the bounds of the passage with most different units, then most matches, then the first one."""
    if len(text) <= length:
        return 0, len(text)

    def value(at: int) -> tuple[int, int]:
        inside = [mark for mark in marks[at : at + 40] if mark.end <= marks[at].start + length * 3 // 4]
        return len({mark.unit for mark in inside}), len(inside)

    first = marks[max(range(min(len(marks), 200)), key=value)].start if marks else 0
    begin = _beginning(text, first, length)
    end = min(begin + length, len(text))
    space = text.rfind(" ", begin + length * 3 // 4, end) if end < len(text) else 0
    return begin, space if space > 0 else end


def _beginning(text: str, first: int, length: int) -> int:
    """Return where a passage that shows position `first` begins: at the start of the text, a sentence or a word."""
    if first <= length // 2:
        return 0
    lowest = first - length // 2
    if begin := max(text.rfind("\n", lowest, first) + 1, *sentence_ends(text, lowest, first), 0):
        return first - len(text[begin:first].lstrip())
    space = text.rfind(" ", 0, max(first - length // 8, 0)) + 1
    return max(space, first - length // 4)


def _merged(marks: Sequence[_Mark]) -> Iterable[tuple[int, int]]:
    """Merge overlapping marks into spans."""
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

"""The frame of a newsletter: the lines that its earlier issues share, which belong to it and to no story."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from zlib import crc32

MAX_EARLIER_BYTES = 200_000  # of an issue from which something is learned; longer ones are passed over
_DIGITS = re.compile(r"\d+")
_RETURNS = 2  # earlier issues that hold a line of the frame; all of them if there are fewer


class Line(Enum):
    """What earlier issues say of a line: they hold it, or they hold it with other numbers, or it is new."""

    OLD = "old"
    RENUMBERED = "renumbered"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Frame:
    """What recurs in a newsletter, as the marks of its lines."""

    marks: frozenset[str] = frozenset()

    def recurring(self, lines: Sequence[str]) -> tuple[list[Line | None], tuple[str, ...]]:
        """Return of each line of an issue what its earlier issues say of it; None if it has no letters.

        Nothing is returned if nothing is known, or all of it recurs: such an issue is a copy of another one. With
        it come the marks of its lines that recur: all that reading it again has to know.
        """
        if not self.marks:
            return [], ()
        marks = list(_marks(lines))
        found = [self._known(*pair) for pair in marks]
        used = self.marks.intersection(mark for pair in marks for mark in pair)
        return found if {Line.NEW, Line.RENUMBERED} & set(found) else [], tuple(sorted(used))

    def _known(self, mark: str, loose: str) -> Line | None:
        if not mark:
            return None
        if mark in self.marks:
            return Line.OLD
        return Line.RENUMBERED if loose in self.marks else Line.NEW


def marks_of(data: bytes) -> frozenset[str]:
    """Return by what the lines of an issue are known again in later ones; nothing of one that is very long."""
    if len(data) > MAX_EARLIER_BYTES:
        return frozenset()
    return frozenset(mark for pair in _marks(data.decode("utf-8", "replace").splitlines()) for mark in pair) - {""}


def learn_frame(earlier: Iterable[frozenset[str]]) -> Frame:
    """Return what recurs in issues whose lines have these marks; nothing if there is none."""
    held = [marks for marks in earlier if marks]
    counts = Counter(mark for marks in held for mark in marks)
    least = min(_RETURNS, len(held))
    return Frame(frozenset(mark for mark, times in counts.items() if times >= least))


def recurring_within(issues: Sequence[Sequence[str]], most: int) -> list[list[Line | None]]:
    """Return of each line of several issues of one file, newest first, what up to `most` issues before it say of it."""
    marks = [marks_of("\n".join(lines).encode("utf-8", "replace")) for lines in issues]
    known = [learn_frame(marks[place : place + most]).recurring(lines)[0] for place, lines in enumerate(issues, 1)]
    return [found or [None] * len(lines) for found, lines in zip(known, issues, strict=True)]


def _marks(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield by what each line is known again, whatever its case and indentation, and by what whatever its numbers.

    Both are "" for a line without letters, the second for one without numbers.
    """
    for line in lines:
        text = " ".join(line.casefold().split())
        if not any(map(str.isalpha, text)):
            yield "", ""
            continue
        loose = _DIGITS.sub("#", text)
        yield _mark(text), f"#{_mark(loose)}" if loose != text else ""


def _mark(text: str) -> str:
    return f"{crc32(text.encode('utf-8', 'replace')):08x}"

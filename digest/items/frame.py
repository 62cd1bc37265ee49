"""The frame of a newsletter: lines that recur in its issues and belong to none of their stories."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from zlib import crc32

MAX_EARLIER_BYTES = 200_000  # of an issue that is learned from; longer ones are skipped
_DIGITS = re.compile(r"\d+")
_RETURNS = 2  # earlier issues that contain a line of the frame; all of them if there are fewer


class Line(Enum):
    """Whether a line recurs in earlier issues, recurs with other numbers, or is new."""

    OLD = "old"
    RENUMBERED = "renumbered"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Frame:
    """The recurring lines of a newsletter, as fingerprints."""

    marks: frozenset[str] = frozenset()

    def recurring(self, lines: Sequence[str]) -> tuple[list[Line | None], tuple[str, ...]]:
        """Return for each line of an issue whether it recurs, None for lines without letters, and the fingerprints of
        its recurring lines, which are enough to read the issue again later.

        Return nothing if nothing is known, or if all lines recur: such an issue is a copy of another one.
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
    """Return the fingerprints of an issue's lines; none if the issue is too long."""
    if len(data) > MAX_EARLIER_BYTES:
        return frozenset()
    return frozenset(mark for pair in _marks(data.decode("utf-8", "replace").splitlines()) for mark in pair) - {""}


def learn_frame(earlier: Iterable[frozenset[str]]) -> Frame:
    """Return the frame of issues with these fingerprints; empty if there are none."""
    held = [marks for marks in earlier if marks]
    counts = Counter(mark for marks in held for mark in marks)
    least = min(_RETURNS, len(held))
    return Frame(frozenset(mark for mark, times in counts.items() if times >= least))


def recurring_within(issues: Sequence[Sequence[str]], most: int) -> list[list[Line | None]]:
    """Return, for several issues in one file, newest first, whether each line recurs in up to `most` earlier ones."""
    marks = [marks_of("\n".join(lines).encode("utf-8", "replace")) for lines in issues]
    known = [learn_frame(marks[place : place + most]).recurring(lines)[0] for place, lines in enumerate(issues, 1)]
    return [found or [None] * len(lines) for found, lines in zip(known, issues, strict=True)]


def _marks(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each line's normal form, ignoring case and indentation, and its normal form ignoring numbers as well.

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

"""The frame of a newsletter: the lines that its earlier issues share, which belong to it and to no story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

MAX_EARLIER_BYTES = 200_000  # of an issue from which something is learned; longer ones are passed over
_RETURNS = 2  # earlier issues that hold a line of the frame; all of them where there are fewer


@dataclass(frozen=True, slots=True)
class Frame:
    """What recurs in a newsletter, as the marks of its lines."""

    marks: frozenset[str] = frozenset()

    def recurring(self, lines: Sequence[str]) -> tuple[list[bool | None], tuple[str, ...]]:
        """Return of each line of an issue whether its earlier issues hold it as well; None where it has no letters.

        Nothing is returned where nothing is known, or all of it recurs: such an issue is a copy of another one. With
        it come the marks of its lines that recur: all that reading it again has to know.
        """
        if not self.marks:
            return [], ()
        marks = list(_marks(lines))
        found = [mark in self.marks if mark else None for mark in marks]
        return found if False in found else [], tuple(sorted(self.marks.intersection(marks)))


def marks_of(data: bytes) -> frozenset[str]:
    """Return by what the lines of an issue are known again in later ones; nothing of one that is very long."""
    if len(data) > MAX_EARLIER_BYTES:
        return frozenset()
    return frozenset(_marks(data.decode("utf-8", "replace").splitlines())) - {""}


def learn_frame(earlier: Iterable[frozenset[str]]) -> Frame:
    """Return what recurs in issues whose lines have these marks; nothing where there is none."""
    held = [marks for marks in earlier if marks]
    counts = Counter(mark for marks in held for mark in marks)
    least = min(_RETURNS, len(held))
    return Frame(frozenset(mark for mark, times in counts.items() if times >= least))


def _marks(lines: Iterable[str]) -> Iterator[str]:
    """Yield by what each line is known again, whatever its case and indentation; "" for one without letters."""
    for line in lines:
        text = " ".join(line.casefold().split())
        has_letters = any(map(str.isalpha, text))
        yield f"{crc32(text.encode('utf-8', 'replace')):08x}" if has_letters else ""

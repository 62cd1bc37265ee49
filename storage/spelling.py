"""Words that were not typed as they are written: repaired against the index's own vocabulary."""

from __future__ import annotations

import math
import sqlite3

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

_LAST = "\U0010ffff"
_FREQUENT = 0.3  # what ten times the documents are worth, in letters
_CHOICES = 20000  # words that are compared at most, the most frequent ones


def begins_with(connection: sqlite3.Connection, beginning: str, limit: int) -> list[str]:
    """Return the most frequent words of the index that begin so."""
    rows = connection.execute(
        "SELECT word FROM search_words WHERE word >= ? AND word < ? AND documents > 0"
        " ORDER BY documents DESC, word LIMIT ?",
        (beginning, beginning + _LAST, limit),
    )
    return [str(row[0]) for row in rows]


def nearest(connection: sqlite3.Connection, word: str) -> str | None:
    """Return the word of the index that was most likely meant by `word`, or None.

    One slip (a letter wrong, missing, too many or two exchanged) from four letters on, two from
    seven on. Of words about equally near the most frequent one is meant.
    """
    if len(word) < 4 or not word.isalpha() or not word.isascii():
        return None
    allowed = 1 if len(word) < 7 else 2
    for where, values in (
        ("word >= ? AND word < ?", (word[0], word[0] + _LAST)),
        ("word > ?", ("a",)),  # the first letter is seldom wrong
    ):
        rows = connection.execute(
            f"SELECT word, documents FROM search_words WHERE {where} AND length(word) BETWEEN ? AND ?"  # noqa: S608
            " AND documents > 0 ORDER BY documents DESC LIMIT ?",
            (*values, len(word) - allowed, len(word) + allowed, _CHOICES),
        ).fetchall()
        counts = {str(found): int(documents) for found, documents in rows}
        near = process.extract(word, counts.keys(), scorer=DamerauLevenshtein.distance, score_cutoff=allowed, limit=50)
        if near:
            return min(near, key=lambda one: one[1] - _FREQUENT * math.log10(counts[one[0]]))[0]
    return None

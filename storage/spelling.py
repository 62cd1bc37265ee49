"""Words that were not typed as they are written: repaired against the index's own vocabulary."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from string import ascii_lowercase

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from storage.query import Unit, parse
from storage.tokens import stem

_LAST = "\U0010ffff"
_FREQUENT = 0.3  # what ten times the documents are worth, in letters
_FIRST_LETTER = 0.5  # slips that a wrong first letter counts more: people seldom miss it
_RARE = 10  # documents up to which a word may be a slip of its author's
_FAR_MORE = 10  # times as many documents as the word that was typed
_CHOICES = 20000  # words that are compared at most, the most frequent ones


def begins_with(connection: sqlite3.Connection, beginning: str, limit: int) -> list[str]:
    """Return the most frequent words of the index that begin so."""
    rows = connection.execute(
        "SELECT word FROM search_words WHERE word >= ? AND word < ? AND documents > 0"
        " ORDER BY documents DESC, word LIMIT ?",
        (beginning, beginning + _LAST, limit),
    )
    return [str(row[0]) for row in rows]


def nearest(connection: sqlite3.Connection, word: str, least: int = 1) -> str | None:
    """Return the word of at least `least` documents that was most likely meant by `word`, or None.

    One slip (a letter wrong, missing, too many or two exchanged) from four letters on, two from
    seven on. Of words about equally near the most frequent one is meant.
    """
    if not _may_be_misspelt(word):
        return None
    # Exchanged with the second; a wrong or missing first letter, of which only what goes on as the word does is
    # looked at: that is little.
    other = [word[1], *(f"{initial}{rest}" for rest in (word[1:3], word[:2]) for initial in ascii_lowercase)]
    found = _likely(connection, word, [word[0]], least)
    if not found or found[0][0] > 1:
        found += [(slips + _FIRST_LETTER, one) for slips, one in _likely(connection, word, other, least)]
    return min(found)[1] if found else None


def _likely(
    connection: sqlite3.Connection, word: str, beginnings: Sequence[str], least: int
) -> list[tuple[float, str]]:
    """The most likely word that begins in one of these ways, with its slips, of which its frequency makes up for some.

    Empty where there is none.
    """
    allowed = 1 if len(word) < 7 else 2
    counts: dict[str, int] = {}
    for beginning in beginnings:
        counts |= connection.execute(
            "SELECT word, documents FROM search_words WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ?"
            " AND documents >= ? ORDER BY documents DESC LIMIT ?",
            (beginning, beginning + _LAST, len(word) - allowed, len(word) + allowed, least, _CHOICES),
        ).fetchall()
    near = process.extract(word, counts.keys(), scorer=DamerauLevenshtein.distance, score_cutoff=allowed, limit=50)
    return [min((slips - _FREQUENT * math.log10(counts[one]), one) for one, slips, _ in near)] if near else []


def _may_be_misspelt(word: str) -> bool:
    return len(word) > 3 and word.isalpha() and word.isascii()


def repaired(
    connection: sqlite3.Connection, units: Sequence[Unit], frequency: Callable[[Unit], int]
) -> list[Unit] | None:
    """Return the units with each word that no document has replaced by the likeliest one; None if none can be."""
    better = [_replaced(connection, unit, frequency, at == len(units) - 1) for at, unit in enumerate(units)]
    return better if better != list(units) else None


def _replaced(connection: sqlite3.Connection, unit: Unit, frequency: Callable[[Unit], int], is_last: bool) -> Unit:
    if not _is_word(unit) or frequency(unit):
        return unit
    word = unit.surfaces[0]
    begun = begins_with(connection, word, 1) if is_last and len(word) > 2 else []
    near = nearest(connection, word, _FAR_MORE * _documents(connection, begun[0]) + 1 if begun else 1)
    found = near or (begun[0] if begun else None)
    return _unit_of(found) if found else unit


def widened(
    connection: sqlite3.Connection, units: Sequence[Unit], frequency: Callable[[Unit], int]
) -> tuple[list[Unit], str] | None:
    """Return the units with a far more frequent word beside a rare last one, and that word; None if there is none.

    A rare word may be a beginning ("kuber") or somebody else's misspelling.
    """
    last = units[-1]
    documents = frequency(last)
    if not _is_word(last) or not _may_be_misspelt(last.surfaces[0]) or documents > _RARE:
        return None
    word, least = last.surfaces[0], _FAR_MORE * (documents + 1)
    begun = [other for other in begins_with(connection, word, 2) if _documents(connection, other) >= least]
    other = begun[0] if begun else nearest(connection, word, least)
    if other is None or stem(other) == last.tokens[0]:
        return None
    return [*units[:-1], replace(last, others=(*last.others, *dict.fromkeys((other, stem(other)))))], other


def _documents(connection: sqlite3.Connection, word: str) -> int:
    row = connection.execute("SELECT documents FROM search_words WHERE word = ?", (word,)).fetchone()
    return int(row[0]) if row else 0


def _is_word(unit: Unit) -> bool:
    return unit.kind == "words" and len(unit.tokens) == 1 and not unit.is_quoted


def _unit_of(word: str) -> Unit:
    units = parse(word).units
    return units[0] if len(units) == 1 else Unit(word, (word,), (word,))

"""Spelling correction against the index's own vocabulary."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from string import ascii_lowercase

from search.query import Unit, is_word, parse
from search.scoped import ScopedConnection

_LAST = "\U0010ffff"
_FREQUENT = 0.3  # bonus for ten times the documents, in edits
_FIRST_LETTER = 0.5  # extra edits for a wrong first letter, which is rare
_LONG = 6  # letters from which on an unknown word is more likely a typo than a name
_TWICE = 2  # documents that the correction of a short word needs
_FAR_MORE = 10  # factor of documents over the word that was typed
_TRIED = 3  # further corrections that are tried beside the query's other words
_FORMS = 2  # factor of words to read, because some share a stem
_OTHERS = 10  # the same in a restricted scope, where some words are not visible
_BEGINNING = 3  # letters of the prefix by which candidates are found


def begins_with(connection: ScopedConnection, beginning: str, limit: int) -> list[str]:
    """Return the most frequent words with a prefix, one of each stem."""
    rows = connection.execute(
        "SELECT word, stem, documents FROM search_words WHERE word >= ? AND word < ? AND documents > 0"
        " ORDER BY documents DESC, word LIMIT ?",
        (beginning, beginning + _LAST, limit * (_FORMS if connection.is_whole else _OTHERS)),
    ).fetchall()
    counts = {word: (stem, documents) for word, stem, documents in rows}
    found: dict[str, str] = {}
    least = 0  # documents of the last word taken
    for word in connection.with_word(counts):
        stem, documents = counts[word]
        if len(found) == limit and documents < least:
            break
        known = found.get(stem, word)
        # A compound's stem is indexed as one of its spellings, as often as the compound, but nobody writes it.
        is_bare = known == stem and counts[known][1] == documents and word != f"{stem}s"
        if stem in found or len(found) < limit:
            found[stem], least = word if is_bare else known, documents
    return list(found.values())


def nearest(connection: ScopedConnection, word: str) -> str | None:
    """Return the most likely correction of `word`, or None."""
    return next(_near(connection, word), None)


def _near(connection: ScopedConnection, word: str, least: int = 1) -> Iterator[str]:
    """Yield corrections of `word` that at least `least` documents have, most likely first.

    One edit (substitution, deletion, insertion or transposition) from four letters on, two from seven on; frequent
    words get a bonus.
    """
    if not _may_be_misspelt(word):
        return
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    allowed = 1 if len(word) < 7 else 2
    rows = connection.execute(
        "SELECT word, documents FROM json_each(?) JOIN search_words ON word >= value AND word < value || ?"
        " WHERE length(word) BETWEEN ? AND ? AND documents >= ?",
        (json.dumps(_beginnings(word)), _LAST, len(word) - allowed, len(word) + allowed, least),
    )
    counts: dict[str, int] = dict(rows.fetchall())
    near = process.extract(word, counts.keys(), scorer=OSA.distance, score_cutoff=allowed, limit=None)
    likely = sorted(
        (slips + _FIRST_LETTER * (one[0] != word[0]) - _FREQUENT * math.log10(counts[one]), one)
        for one, slips, _ in near
    )
    yield from connection.with_word(one for _, one in likely)


def _beginnings(word: str) -> list[str]:
    """Return the prefixes of possible corrections: the word's own, and those that are one edit away.

    Two edits within the first letters are rare, and would require reading a tenth of the vocabulary.
    """
    edited = [word]
    for at in range(_BEGINNING):
        before, after = word[:at], word[at:]
        edited += (before + after[1:], before + after[1] + after[0] + after[2:])
        edited += (before + letter + rest for letter in ascii_lowercase for rest in (after, after[1:]))
    return sorted({one[:_BEGINNING] for one in edited})


def _may_be_misspelt(word: str) -> bool:
    return len(word) > 3 and word.isalpha() and word.isascii()


def corrected(
    connection: ScopedConnection,
    units: Sequence[Unit],
    frequency: Callable[[Unit], int],
    is_found: Callable[[Sequence[Unit]], bool],
) -> list[Unit] | None:
    """Return the units with unknown words replaced by their most likely corrections; None if there are none.

    Of several corrections the first is chosen with which `is_found` finds a document that has all units.
    """
    choices = [_choices(connection, unit, frequency, at == len(units) - 1) for at, unit in enumerate(units)]
    likeliest = [each[0] for each in choices]
    if likeliest == list(units):
        return None
    others = ([*likeliest[:at], other, *likeliest[at + 1 :]] for at, each in enumerate(choices) for other in each[1:])
    return likeliest if is_found(likeliest) else next((one for one in others if is_found(one)), likeliest)


def _choices(connection: ScopedConnection, unit: Unit, frequency: Callable[[Unit], int], is_last: bool) -> list[Unit]:
    """Return a unit's possible meanings, most likely first: itself if the index has it, else its corrections."""
    if not is_word(unit) or frequency(unit):
        return [unit]
    word = unit.surfaces[0]
    begun = begins_with(connection, word, 1) if is_last and len(word) > 2 else []
    least = _FAR_MORE * _documents(connection, begun[0]) + 1 if begun else 1
    near = _near(connection, word, max(least, _TWICE if len(word) < _LONG else 1))
    return [_unit_of(one) for one in (*islice(near, _TRIED + 1), *begun)] or [unit]


def _documents(connection: ScopedConnection, word: str) -> int:
    row = connection.execute("SELECT documents FROM search_words WHERE word = ?", (word,)).fetchone()
    return int(row[0]) if row else 0


def _unit_of(word: str) -> Unit:
    units = parse(word).units
    return units[0] if len(units) == 1 else Unit(word, (word,), (word,))

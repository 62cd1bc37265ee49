"""Words that were not typed as they are written: repaired against the index's own vocabulary."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, pairwise
from string import ascii_lowercase

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from search.compounds import parted
from search.query import Unit, is_word, parse
from search.scoped import ScopedConnection
from storage.tokens import STOP_WORDS, stem

_LAST = "\U0010ffff"
_FREQUENT = 0.3  # what ten times the documents are worth, in letters
_FIRST_LETTER = 0.5  # slips that a wrong first letter counts more: people seldom miss it
_RARE = 10  # documents up to which a word may be a slip of its author's
_LONG = 6  # letters from which on a rare or unknown word is rather misspelt than a name
_TWICE = 2  # documents that a short word is repaired to at least
_FAR_MORE = 10  # times as many documents as the word that was typed
_TRIED = 3  # likely words that are tried beside a query's other words, after the likeliest
_OTHERS = 10  # times as many words are read where some may be of what cannot be seen
_CHOICES = 20000  # words that are compared at most, the most frequent ones


def begins_with(connection: ScopedConnection, beginning: str, limit: int) -> list[str]:
    """Return the most frequent words of the index that begin so."""
    rows = connection.execute(
        "SELECT word FROM search_words WHERE word >= ? AND word < ? AND documents > 0"
        " ORDER BY documents DESC, word LIMIT ?",
        (beginning, beginning + _LAST, limit if connection.is_whole else limit * _OTHERS),
    ).fetchall()
    return list(islice(connection.with_word(str(row[0]) for row in rows), limit))


def nearest(connection: ScopedConnection, word: str, least: int = 1, most: int = 2) -> str | None:
    """Return the word of at least `least` documents that was most likely meant by `word`, or None.

    One slip (a letter wrong, missing, too many or two exchanged) from four letters on, two from
    seven on, but no more than `most`. Of words about equally near the most frequent one is meant.
    """
    return next(_near(connection, word, least, most), None)


def _near(connection: ScopedConnection, word: str, least: int, most: int = 2) -> Iterator[str]:
    """Yield the words that may be meant by `word`, the likeliest first."""
    if not _may_be_misspelt(word):
        return
    found = _likely(connection, word, [word[0]], least, most)
    is_sure = bool(found) and found[0][0] <= 1
    if is_sure:
        yield from (one for _, one in found)
    # Exchanged with the second; a wrong or missing first letter, of which only what goes on as the word does is
    # looked at: that is little.
    initials = [word[1], *(f"{initial}{rest}" for rest in (word[1:3], word[:2]) for initial in ascii_lowercase)]
    other = [(slips + _FIRST_LETTER, one) for slips, one in _likely(connection, word, initials, least, most)]
    yield from (one for _, one in sorted(other if is_sure else [*found, *other]))


def _likely(
    connection: ScopedConnection, word: str, beginnings: Sequence[str], least: int, most: int
) -> list[tuple[float, str]]:
    """Return the likeliest words that begin in one of these ways, with their slips; their frequency makes up for
    some.
    """
    least = max(least, _TWICE if len(word) < _LONG else 1)
    allowed = min(1 if len(word) < 7 else 2, most)
    counts: dict[str, int] = {}
    for beginning in beginnings:
        counts |= connection.execute(
            "SELECT word, documents FROM search_words WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ?"
            " AND documents >= ? ORDER BY documents DESC LIMIT ?",
            (beginning, beginning + _LAST, len(word) - allowed, len(word) + allowed, least, _CHOICES),
        ).fetchall()
    near = process.extract(word, counts.keys(), scorer=DamerauLevenshtein.distance, score_cutoff=allowed, limit=50)
    likely = sorted((slips - _FREQUENT * math.log10(counts[one]), one) for one, slips, _ in near)
    return list(islice((one for one in likely if connection.has_word(one[1])), _TRIED))


def _may_be_misspelt(word: str) -> bool:
    return len(word) > 3 and word.isalpha() and word.isascii()


def repaired(
    connection: ScopedConnection,
    units: Sequence[Unit],
    frequency: Callable[[Unit], int],
    is_found: Callable[[Sequence[Unit]], bool],
) -> list[Unit] | None:
    """Return the units with each word that no document has replaced by the likeliest one; None if none can be.

    Of several likely words the first is meant for which `is_found` says that some document has all units. Where there
    is none, a short word may as well be a name that no document has.
    """
    choices = [_choices(connection, unit, frequency, at == len(units) - 1) for at, unit in enumerate(units)]
    better = [next(each) for each in choices]
    if len(units) > 1 and not is_found(_flat(better)):
        for at, each in enumerate(choices):
            others = ([*better[:at], other, *better[at + 1 :]] for other in islice(each, _TRIED))
            if meant := next((one for one in others if is_found(_flat(one))), None):
                better = meant
                break
        else:
            better = [_left_alone(unit, each) for unit, each in zip(units, better, strict=True)]
    flat = _flat(better)
    return flat if flat != list(units) else None


def _left_alone(unit: Unit, better: list[Unit]) -> list[Unit]:
    """Return a short word as it was typed, where what it may be meant as stands beside no other word either."""
    return [unit] if is_word(unit) and len(unit.surfaces[0]) < _LONG else better


def _flat(units: Sequence[Sequence[Unit]]) -> list[Unit]:
    return [unit for each in units for unit in each]


def _choices(
    connection: ScopedConnection, unit: Unit, frequency: Callable[[Unit], int], is_last: bool
) -> Iterator[list[Unit]]:
    """Yield what a unit may have been meant as, the likeliest first: itself where documents have it, else words like
    it.
    """
    if unit.is_paired and len(unit.tokens) > 1:
        yield [_with_another_character(connection, unit)]
        return
    if not is_word(unit) or frequency(unit):
        yield [unit]
        return
    word = unit.surfaces[0]
    if halves := parted(connection, word):
        yield [_unit_of(half) for half in halves]
    begun = begins_with(connection, word, 1) if is_last and len(word) > 2 else []
    near = _near(connection, word, _FAR_MORE * _documents(connection, begun[0]) + 1 if begun else 1)
    meant = None
    for meant in chain(near, begun):
        yield [_unit_of(meant)]
    if not (halves or meant):
        yield [unit]


def _with_another_character(connection: ScopedConnection, unit: Unit) -> Unit:
    """Return a run without spaces with the character that stands for a wrong one within it; the unit itself if none is.

    A character is wrong where no document has it beside either of its neighbours: where two words meet, one has.
    """
    run = unit.tokens[0] + "".join(pair[1] for pair in unit.tokens[1:])
    for at in range(1, len(run) - 1):
        if _documents(connection, run[at - 1 : at + 1]) or _documents(connection, run[at : at + 2]):
            continue
        before, after = run[:at], run[at + 1 :]
        rows = connection.execute(
            "SELECT a.word, min(a.documents, b.documents) FROM search_words a"
            " JOIN search_words b ON b.word = substr(a.word, 2, 1) || ? WHERE a.word >= ? AND a.word < ?"
            " AND length(a.word) = 2 AND a.documents > 1 AND b.documents > 1 ORDER BY 2 DESC, 1 LIMIT ?",
            (after[0], before[-1], before[-1] + _LAST, _TRIED),
        )
        for pair, _ in rows.fetchall():
            meant = before + pair[1] + after
            pairs = tuple("".join(two) for two in pairwise(meant))
            texts = "SELECT rowid FROM search_index WHERE search_index MATCH ? LIMIT 1"
            if connection.execute(texts, (connection.within(f'{{title body}} : "{" ".join(pairs)}"'),)).fetchone():
                return Unit(meant, pairs, pairs, is_paired=True)
    return unit


def widened(
    connection: ScopedConnection, units: Sequence[Unit], frequency: Callable[[Unit], int]
) -> tuple[list[Unit], list[str]] | None:
    """Return the units with a far more frequent word beside each rare one, and these words; None if there are none.

    A rare word may be somebody else's misspelling, and the last one a beginning ("kuber").
    """
    wider, also = list(units), list[str]()
    for at, unit in enumerate(units):
        if other := _more_frequent(connection, unit, frequency(unit), at == len(units) - 1):
            forms = tuple(dict.fromkeys((other, stem(other))))
            wider[at] = replace(unit, others=(*unit.others, *forms), guesses=forms)
            also.append(other)
    return (wider, also) if also else None


def _more_frequent(connection: ScopedConnection, unit: Unit, documents: int, is_last: bool) -> str:
    """Return the far more frequent word that a rare one of so many documents may be meant as; "" where there is
    none.
    """
    if not is_word(unit) or not _may_be_misspelt(unit.surfaces[0]) or documents > _RARE:
        return ""
    word, least = unit.surfaces[0], _FAR_MORE * (documents + 1)
    begun = begins_with(connection, word, 2) if is_last else []
    frequent = [other for other in begun if _documents(connection, other) >= least]
    near = nearest(connection, word, least, most=1) if len(word) >= _LONG else None
    other = frequent[0] if frequent else near
    return other if other is not None and stem(other) != unit.tokens[0] and other not in STOP_WORDS else ""


def _documents(connection: ScopedConnection, word: str) -> int:
    row = connection.execute("SELECT documents FROM search_words WHERE word = ?", (word,)).fetchone()
    return int(row[0]) if row else 0


def _unit_of(word: str) -> Unit:
    units = parse(word).units
    return units[0] if len(units) == 1 else Unit(word, (word,), (word,))

"""Query expansion: other spellings and inflections of a query's words, and the notes that mention them.

Compounds match in both spellings ("web socket", "websocket"). Words of languages that the index does not stem match
their inflections: "Karten" and "Karte", "libros" and "libro". Only words that occur in the archive are added. A word's
language is that of the items that contain it, recognised by their function words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from errors import S_
from search.frames import FUNCTION_WORDS
from search.index_reader import as_written
from search.query import Unit, is_word
from search.scoped import ScopedConnection
from storage.tokens import BOUNDARY, FOREIGN_STOP_WORDS, STOP_WORDS, stem, stemmer

_INSTEAD = S_('Showing results for "{words}".')
_ALSO = S_("Also showing {words}.")
_PART = 2  # letters of a word that can be part of a compound
_TWICE = 2  # items that have to contain the compound: a single one may be a typo
_LOOKED_AT = 40  # newest items in which a compound is looked for
_RARE = 10  # documents up to which a compound may be a typo
_MOST = 8  # units; a longer query is a whole message
_ASKED, _HEARD = 10, 1000  # newest items with a word whose language is detected, and characters of each
_STEM = 3  # letters that a word and its stem need
_COMPARED = 500  # most frequent words of the vocabulary with the same prefix
_FORMS = 12  # inflections that are added at most
_ENOUGH, _FAR_MORE = 20, 10  # documents from which on a word is frequent, and the factor that makes another far more so
_LAST = "\U0010ffff"


Frequency = Callable[[Unit], int]


@dataclass(frozen=True, slots=True)
class ExpandedQuery:
    """The expanded units; `note` tells the user how they differ from what was typed, else it is ""."""

    units: Sequence[Unit]
    note: str = ""


def expanded(
    connection: ScopedConnection,
    units: Sequence[Unit],
    frequency: Frequency,
    note: str = "",
    *,
    is_nowhere: bool = False,
) -> ExpandedQuery:
    """Return the units with their other spellings and inflections; `note` comes first in the result's note.

    If no document has all units as typed (`is_nowhere`), a single item with a compound is enough.
    """
    wider = [replace(unit, others=(*unit.others, *_inflected(connection, unit, frequency))) for unit in units]
    return with_joined(connection, ExpandedQuery(wider, note), frequency, is_nowhere=is_nowhere)


def with_joined(
    connection: ScopedConnection, query: ExpandedQuery, frequency: Frequency, *, is_nowhere: bool
) -> ExpandedQuery:
    """Return the query with compounds of adjacent units added, as far as the archive contains them."""
    wider, also = list(query.units), list[str]()
    for at, (first, second) in enumerate(pairwise(query.units[:_MOST])):
        word = _as_one_word(connection, first, second, frequency, is_nowhere=is_nowhere)
        if word and word not in first.others:
            also.append(word)
            for place in (at, at + 1):  # an item with the compound has both words
                wider[place] = replace(wider[place], others=(*wider[place].others, word, stem(word)))
    return ExpandedQuery(wider, joined(query.note, _also(also)))


def instead(units: Sequence[Unit]) -> str:
    """Return the note for corrected words."""
    return _INSTEAD.format(words=" ".join(unit.shown for unit in units))


def joined(*notes: str) -> str:
    """Join the notes that are not empty."""
    return " ".join(filter(None, notes))


def _also(words: Sequence[str]) -> str:
    quoted = [f'"{word}"' for word in words]
    return _ALSO.format(words=", ".join(quoted)) if words else ""


def _as_one_word(
    connection: ScopedConnection, first: Unit, second: Unit, frequency: Frequency, *, is_nowhere: bool
) -> str:
    """Return the compound of two units if the archive contains it, else ""; one with a hyphen matches anyway."""
    if not (_is_part(first) and _is_part(second)):
        return ""
    word = first.surfaces[0] + second.surfaces[0]
    token = stem(word)
    # A rare compound with a part that never occurs alone ("fine", "tunning") is a typo.
    usual = _TWICE if frequency(first) and frequency(second) else _RARE
    least = 1 if is_nowhere else usual
    if token in {*first.tokens, *second.tokens} or frequency(Unit(word, (token,), (word,))) < least:
        return ""
    texts = connection.execute(
        "SELECT title, substr(body, 1, 2000) FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT ?",
        (connection.within(f'{{title body}} : "{token}"'), _LOOKED_AT),
    ).fetchall()
    writing = sum(any(_has(str(column), token) for column in text) for text in texts)
    return word if writing >= min(least, _TWICE) else ""


def _is_part(unit: Unit) -> bool:
    return is_word(unit) and len(unit.surfaces[0]) >= _PART


def _has(stream: str, token: str) -> bool:
    """Whether a column has a token in its text, not in the spellings appended to it."""
    return token in stream.split(BOUNDARY, 1)[0].split()


def _inflected(connection: ScopedConnection, unit: Unit, frequency: Frequency) -> tuple[str, ...]:
    """Return the tokens of a word's inflections; none for English and for anything but plain words.

    The French stemmer takes "openai" for a form of "open", and "notamment" for one of "not". A form that is far more
    frequent than a frequent word is rather another word, and would bury it.
    """
    word = unit.surfaces[0] if is_word(unit) else ""
    if len(word) <= _STEM or not word.isascii() or (language := _language(connection, word)) is None:
        return ()
    own = frequency(unit)
    most = _FAR_MORE * own if own >= _ENOUGH else math.inf
    forms = (stem(form) for form in _forms(connection, word, language) if form not in FUNCTION_WORDS)
    others = dict.fromkeys(form for form in forms if form not in {*unit.tokens, *FUNCTION_WORDS})
    return tuple(form for form in others if frequency(Unit(form, (form,), (form,))) <= most)


def _forms(connection: ScopedConnection, word: str, language: str) -> list[str]:
    """Return the words of the vocabulary that have the same stem."""
    stem_word = stemmer(language).stemWord
    base = str(stem_word(word))
    if len(base) < _STEM:
        return []
    rows = connection.execute(
        "SELECT word FROM search_words WHERE word >= ? AND word < ? AND documents > 0 ORDER BY documents DESC LIMIT ?",
        (base, base + _LAST, _COMPARED),
    )
    return [str(one) for (one,) in rows if one != word and str(stem_word(one)) == base][:_FORMS]


def _language(connection: ScopedConnection, word: str) -> str | None:
    """Return the language of most items with a word, None for English."""
    rows = connection.execute(
        "SELECT title || ' ' || substr(body, 1, ?) FROM search_index WHERE search_index MATCH ?"
        " ORDER BY rowid DESC LIMIT ?",
        (_HEARD, connection.within(as_written(connection, word)), _ASKED),
    )
    votes = Counter(_language_of(set(str(stems).split())) for (stems,) in rows)
    return votes.most_common(1)[0][0] if votes else None


@cache
def _function_stems() -> tuple[Mapping[str, frozenset[str]], frozenset[str]]:
    """Return the function words of each foreign language, and those of English.

    They are stemmed as in the index, which applies the English stemmer to all languages.
    """
    foreign = {language: frozenset(map(stem, known)) for language, known in FOREIGN_STOP_WORDS.items()}
    return foreign, frozenset(map(stem, STOP_WORDS))


def _language_of(stems: set[str]) -> str | None:
    """Return the language with most function words in a text, None for English."""
    foreign, english = _function_stems()
    counts = {language: len(stems & known) for language, known in foreign.items()}
    likely = max(counts, key=lambda one: counts[one])
    return likely if counts[likely] > len(stems & english) else None

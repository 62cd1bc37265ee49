"""Other forms of a word in languages whose endings the index leaves on: "Karten" and "Karte", "libros" and "libro".

The index knows only English endings. What language a word is of is told by the texts that have it, by their function
words; its other forms are those words of the archive's vocabulary that have the same stem in that language.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any, cast

import Stemmer

from search.query import Unit, is_word
from search.scoped import ScopedConnection
from storage.tokens import FOREIGN_STOP_WORDS, STOP_WORDS, stem

_LOOKED_AT = 10  # newest texts with a word whose language is looked at
_LEAST = 3  # letters of a word and of a stem
_COMPARED = 500  # words of the vocabulary with the same beginning, the most frequent ones
_FORMS, _COMPOUNDS = 12, 20  # that are looked for at most
_COMPOUNDING, _LONG = {"german", "dutch"}, 5  # letters of a stem that compounds may begin with
_LAST = "\U0010ffff"


class _ForeignStemmers(threading.local):
    """One of each language for each thread: a stemmer keeps the word it works on."""

    def __init__(self) -> None:
        self.of = {language: cast("Any", Stemmer).Stemmer(language, 0) for language in FOREIGN_STOP_WORDS}


_stemmers = _ForeignStemmers()


def inflected(connection: ScopedConnection, unit: Unit) -> tuple[str, ...]:
    """Return the tokens of other forms of a word; empty for English and for what is not a plain word."""
    word = unit.surfaces[0] if is_word(unit) else ""
    if len(word) <= _LEAST or not word.isascii() or (language := _language(connection, word)) is None:
        return ()
    forms = map(stem, _forms(connection, word, language))
    return tuple(form for form in dict.fromkeys(forms) if form != unit.tokens[0])


def _forms(connection: ScopedConnection, word: str, language: str) -> list[str]:
    """Return the words of the vocabulary with the same stem, and compounds that begin so where a language has them."""
    stemmer = _stemmers.of[language]
    base = str(stemmer.stemWord(word))
    if len(base) < _LEAST:
        return []
    rows = connection.execute(
        "SELECT word FROM search_words WHERE word >= ? AND word < ? AND documents > 0 ORDER BY documents DESC LIMIT ?",
        (base, base + _LAST, _COMPARED),
    )
    known = [str(one) for (one,) in rows if one != word]
    forms = [one for one in known if str(stemmer.stemWord(one)) == base][:_FORMS]
    if language in _COMPOUNDING and len(base) >= _LONG:
        forms += [one for one in known if one not in forms][:_COMPOUNDS]
    return forms


def _language(connection: ScopedConnection, word: str) -> str | None:
    """Return the language of most texts with a word, None for English."""
    rows = connection.execute(
        "SELECT forms FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT ?",
        (connection.within(f'forms : "{word}"'), _LOOKED_AT),
    )
    votes = Counter(_language_of(set(str(forms).split())) for (forms,) in rows)
    return votes.most_common(1)[0][0] if votes else None


def _language_of(words: set[str]) -> str | None:
    """Return the language whose function words a text has most of, None for English."""
    counts = {language: len(words & known) for language, known in FOREIGN_STOP_WORDS.items()}
    likely = max(counts, key=lambda one: counts[one])
    return likely if counts[likely] > len(words & STOP_WORDS) else None

"""Query expansion: other spellings and forms of a query's words, and the notes that mention them.

Words that people write as one or as two ("web socket", "websocket"), and other forms of a word in languages whose
endings the index leaves on: "Karten" and "Karte", "libros" and "libro". Nothing is guessed: what is looked for beside a
word is what the archive's own texts write. Texts that have a word say by their function words what language it is of.
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
_PART = 2  # letters of a word that may be the half of another
_TWICE = 2  # texts that have to write it so: one may be a slip of its author's
_LOOKED_AT = 40  # newest texts with a word in which it is looked for as one word
_RARE = 10  # documents up to which a word may be a slip of its authors'
_MOST = 8  # units; a longer query is no search but a whole message
_ASKED, _HEARD = 10, 1000  # newest texts with a word whose language is looked at, and characters of each
_STEM = 3  # letters of a word and of a stem
_COMPARED = 500  # words of the vocabulary with the same beginning, the most frequent ones
_FORMS = 12  # that are looked for at most
_ENOUGH, _FAR_MORE = 20, 10  # documents of a word that are enough, and times as many that another word has
_LAST = "\U0010ffff"


Frequency = Callable[[Unit], int]


@dataclass(frozen=True, slots=True)
class ExpandedQuery:
    """The units as they are looked for; `note` tells the person who asked where they were not typed so, else ""."""

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
    """Return the units with what stands for them in other texts, `note` coming first.

    If nothing has all units as they are (`is_nowhere`), one text that joins two of them is enough.
    """
    wider = [replace(unit, others=(*unit.others, *_inflected(connection, unit, frequency))) for unit in units]
    return with_joined(connection, ExpandedQuery(wider, note), frequency, is_nowhere=is_nowhere)


def with_joined(
    connection: ScopedConnection, query: ExpandedQuery, frequency: Frequency, *, is_nowhere: bool
) -> ExpandedQuery:
    """Return the query with each two units that texts write as one word; what it has of these already stays."""
    wider, also = list(query.units), list[str]()
    for at, (first, second) in enumerate(pairwise(query.units[:_MOST])):
        word = _as_one_word(connection, first, second, frequency, is_nowhere=is_nowhere)
        if word and word not in first.others:
            also.append(word)
            for place in (at, at + 1):  # a text that has the one word has both
                wider[place] = replace(wider[place], others=(*wider[place].others, word, stem(word)))
    return ExpandedQuery(wider, joined(query.note, _also(also)))


def instead(units: Sequence[Unit]) -> str:
    """Return the sentence for words that are in place of those that were typed."""
    return _INSTEAD.format(words=" ".join(unit.shown for unit in units))


def joined(*notes: str) -> str:
    """Return the sentences that there are, one after the other."""
    return " ".join(filter(None, notes))


def _also(words: Sequence[str]) -> str:
    quoted = [f'"{word}"' for word in words]
    return _ALSO.format(words=", ".join(quoted)) if words else ""


def _as_one_word(
    connection: ScopedConnection, first: Unit, second: Unit, frequency: Frequency, *, is_nowhere: bool
) -> str:
    """Return both as one word, if texts write it; "" if they do not, or only with a hyphen, which is found anyway."""
    if not (_is_part(first) and _is_part(second)):
        return ""
    word = first.surfaces[0] + second.surfaces[0]
    token = stem(word)
    # A rare word with a part that stands nowhere by itself ("fine", "tunning") is somebody else's misspelling.
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
    """Whether a column has a token in its text, not among the other spellings behind it."""
    return token in stream.split(BOUNDARY, 1)[0].split()


def _inflected(connection: ScopedConnection, unit: Unit, frequency: Frequency) -> tuple[str, ...]:
    """Return the tokens of other forms of a word; empty for English and for what is not a plain word.

    In French "openai" is a form of "open", "notamment" one of "not": what is far more frequent than a word of which
    there is enough would bury it, and is rather another word.
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
    """Return the words of the vocabulary with the same stem."""
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
    """Return the language of most texts with a word, None for English."""
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

    As the index has them: English endings are off, whatever a text's language.
    """
    foreign = {language: frozenset(map(stem, known)) for language, known in FOREIGN_STOP_WORDS.items()}
    return foreign, frozenset(map(stem, STOP_WORDS))


def _language_of(stems: set[str]) -> str | None:
    """Return the language whose function words a text has most of, None for English."""
    foreign, english = _function_stems()
    counts = {language: len(stems & known) for language, known in foreign.items()}
    likely = max(counts, key=lambda one: counts[one])
    return likely if counts[likely] > len(stems & english) else None

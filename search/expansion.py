"""Query expansion: other spellings and forms of a query's words, and the notes that mention them.

Other forms of a word, and words that people write as one or as two ("web socket", "websocket"). Nothing is guessed:
what is looked for next to a word is what the archive's own texts write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from errors import S_
from search import inflections
from search.query import Unit, is_word
from search.scoped import ScopedConnection
from storage.tokens import BOUNDARY, stem

_INSTEAD = S_('Showing results for "{words}".')
_ALSO = S_("Also showing {words}.")
_PART = 2  # letters of a word that may be the half of another
_TWICE = 2  # texts that have to write it so: one may be a slip of its author's
_LOOKED_AT = 40  # newest texts with a word in which it is looked for as one word
_RARE = 10  # documents up to which a word may be a slip of its authors'
_MOST = 8  # units; a longer query is no search but a whole message

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
    wider = [replace(unit, others=(*unit.others, *inflections.inflected(connection, unit))) for unit in units]
    also: list[str] = []
    for at, (first, second) in enumerate(pairwise(units[:_MOST])):
        if word := _as_one_word(connection, first, second, frequency, is_nowhere=is_nowhere):
            also.append(word)
            for place in (at, at + 1):  # a text that has the one word has both
                wider[place] = replace(wider[place], others=(*wider[place].others, word, stem(word)))
    return ExpandedQuery(wider, joined(note, _also(also)))


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
    """Both as one word, if texts write it; "" if they do not, or only with a hyphen, which is found anyway."""
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

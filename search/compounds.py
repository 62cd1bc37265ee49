"""Words that people write in two ways: "web socket" and "websocket".

Nothing is guessed: the other way is looked for only where the archive's own texts write it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from search.query import Unit, is_word
from search.scoped import ScopedConnection
from storage.tokens import BOUNDARY, STOP_WORDS, stem

_PART = 2  # letters of a word that may be the half of another
_HALF = 3  # letters of a half that no space parts from the other
_TWICE = 2  # texts that have to write it so: one may be a slip of its author's
_LOOKED_AT = 40  # newest texts with a word in which it is looked for as one word
_TRIED = 2  # ways to part a word that are looked for in the texts
_SELDOM = 50  # documents up to which a word is also looked for in two
_RARE = 10  # documents up to which a word may be a slip of its authors'
_MOST = 8  # units; a longer query is no search but a whole message


def widened(
    connection: ScopedConnection, units: Sequence[Unit], frequency: Callable[[Unit], int], *, is_nowhere: bool = False
) -> tuple[list[Unit], list[str]]:
    """Return the units with the other ways of writing them beside them, and these ways as they are shown.

    Where nothing has the words as they were typed (`is_nowhere`), one text that joins two of them is enough.
    """
    wider, also = list(units), list[str]()
    if len(units) > _MOST:
        return wider, also
    for at, (first, second) in enumerate(pairwise(units)):
        if word := _joined(connection, first, second, frequency, is_nowhere=is_nowhere):
            also.append(word)
            for place in (at, at + 1):  # a text that has the one word has both
                wider[place] = _with(wider[place], word, stem(word))
    for at, unit in enumerate(units):
        if not is_word(unit):
            continue
        if 0 < (documents := frequency(unit)) <= _SELDOM and (
            halves := parted(connection, unit.surfaces[0], documents // 2)
        ):
            also.append(" ".join(halves))
            wider[at] = _with(wider[at], " ".join(map(stem, halves)))
    return wider, also


def parted(connection: ScopedConnection, word: str, least: int = 1) -> tuple[str, str] | None:
    """Return the two words that at least `least` texts (and two) write for `word`; None where there are none."""
    if not (word.isascii() and word.isalpha()):
        return None
    least = max(least, _TWICE)
    ways = _ways(word)
    rows = connection.execute(
        "SELECT word, documents FROM search_words WHERE documents >= ? AND word IN (SELECT value FROM json_each(?))",
        (least, json.dumps([half for way in ways for half in way])),
    )
    known: dict[str, int] = dict(rows.fetchall())
    likely = [(min(known[first], known[last]), first, last) for first, last in ways if first in known and last in known]
    for _, first, last in sorted(likely, reverse=True)[:_TRIED]:
        texts = connection.execute(
            "SELECT rowid FROM search_index WHERE search_index MATCH ? LIMIT ?",
            (connection.within(f'{{title body}} : "{stem(first)} {stem(last)}"'), least),
        ).fetchall()
        if len(texts) >= least:
            return first, last
    return None


def _ways(word: str) -> list[tuple[str, str]]:
    """Return the ways to part a word, those left out that leave a word such as "this"."""
    ways = [(word[:at], word[at:]) for at in range(_HALF, len(word) - _HALF + 1)]
    return [halves for halves in ways if STOP_WORDS.isdisjoint(halves)]


def _joined(
    connection: ScopedConnection,
    first: Unit,
    second: Unit,
    frequency: Callable[[Unit], int],
    *,
    is_nowhere: bool,
) -> str:
    """Both as one word, if texts write it; "" where they do not, or only with a hyphen, which is found anyway."""
    if not (is_word(first) and is_word(second)) or min(len(first.surfaces[0]), len(second.surfaces[0])) < _PART:
        return ""
    word = first.surfaces[0] + second.surfaces[0]
    token = stem(word)
    if token in {*first.tokens, *second.tokens}:
        return ""
    # A rare word with a part that stands nowhere by itself ("fine", "tunning") is somebody else's misspelling.
    usual = _TWICE if frequency(first) and frequency(second) else _RARE
    least = 1 if is_nowhere else usual
    if frequency(Unit(word, (token,), (word,))) < least:
        return ""
    texts = connection.execute(
        "SELECT title, substr(body, 1, 2000) FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT ?",
        (connection.within(f'{{title body}} : "{token}"'), _LOOKED_AT),
    ).fetchall()
    return word if sum(any(_has(str(column), token) for column in text) for text in texts) >= min(least, _TWICE) else ""


def _has(stream: str, token: str) -> bool:
    """Whether a column has a token in its text, not among the other spellings behind it."""
    return token in stream.split(BOUNDARY, 1)[0].split()


def _with(unit: Unit, *others: str) -> Unit:
    return replace(unit, others=tuple(dict.fromkeys((*unit.others, *others))))

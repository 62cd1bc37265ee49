"""Words that people write in two ways: "web socket" and "websocket", "colour" and "color".

Nothing is guessed: the other way is looked for only where the archive's own texts write it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from search.query import Unit, is_number, is_word
from storage.tokens import BOUNDARY, STOP_WORDS, stem

_PART = 2  # letters of a word that may be the half of another
_HALF = 3  # letters of a half that no space parts from the other
_TWICE = 2  # texts that have to write it so: one may be a slip of its author's
_LOOKED_AT = 40  # newest texts with a word in which it is looked for as one word
_TRIED = 2  # ways to part a word that are looked for in the texts
_LONG = 10  # letters from which on a word may be two that were joined
_SELDOM = 50  # documents up to which a word is also looked for in two
_RARE = 10  # documents up to which a word may be a slip of its authors'
_NUMBERED = re.compile(r"([a-z]{2,})(\d+(?:\.\d+)*)")  # "vue3"
# Endings of which Britain and America write one each; before them stand so many letters that "raise" is left alone.
_ENDINGS = tuple(
    (re.compile(rf"(?<=[a-z]{{{before}}})(?:{one}|{other})(?=(?:{after})$)"), {one: other, other: one})
    for before, one, other, after in (
        (3, "is", "iz", "e[drs]?|ers|ing|ations?|able"),
        (3, "ys", "yz", "e[drs]?|ers|ing"),
        (3, "our", "or", "s?|ed|ing|ful|al|able|ites?"),
        (3, "ogue", "og", "s?"),
        (3, "re", "er", "s?"),
        (3, "ence", "ense", "s?"),
    )
)
_MOST = 8  # units; a longer query is no search but a whole message


def widened(
    connection: sqlite3.Connection, units: Sequence[Unit], frequency: Callable[[Unit], int], *, is_nowhere: bool = False
) -> tuple[list[Unit], list[str]]:
    """Return the units with the other ways of writing them beside them, and these ways as they are shown.

    Where nothing has the words as they were typed (`is_nowhere`), one text that joins two of them is enough.
    """
    wider, also = list(units), list[str]()
    if len(units) > _MOST:
        return wider, also
    for at, (first, second) in enumerate(pairwise(units)):
        word = _numbered(first, second, frequency)
        if not word and (word := _joined(connection, first, second, frequency, is_nowhere=is_nowhere)):
            also.append(word)
        if word:
            for place in (at, at + 1):  # a text that has the one word has both
                wider[place] = _with(wider[place], word, stem(word))
    for at, unit in enumerate(units):
        wider[at] = _with(wider[at], *_alike(unit, frequency))
        if not is_word(unit):
            continue
        if 0 < (documents := frequency(unit)) <= _SELDOM and (
            halves := parted(connection, unit.surfaces[0], documents // 2)
        ):
            also.append(" ".join(halves))
            wider[at] = _with(wider[at], " ".join(map(stem, halves)))
    return wider, also


def parted(connection: sqlite3.Connection, word: str, least: int = 1) -> tuple[str, str] | None:
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
            (f'{{title body}} : "{stem(first)} {stem(last)}"', least),
        ).fetchall()
        if len(texts) >= least:
            return first, last
    return None


def _ways(word: str) -> list[tuple[str, str]]:
    """The ways to part a word, those left out that leave a word such as "this"."""
    ways = [(word[:at], word[at:]) for at in range(_HALF, len(word) - _HALF + 1)]
    return [halves for halves in ways if STOP_WORDS.isdisjoint(halves)]


def _joined(
    connection: sqlite3.Connection,
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
        (f'{{title body}} : "{token}"', _LOOKED_AT),
    ).fetchall()
    return word if sum(any(_has(str(column), token) for column in text) for text in texts) >= min(least, _TWICE) else ""


def _alike(unit: Unit, frequency: Callable[[Unit], int]) -> Iterator[str]:
    """Other tokens of the same word, as its case and ending are: no sentence tells of them."""
    if len(unit.tokens) != 1 or unit.is_quoted or unit.kind != "words":
        return
    word = unit.surfaces[0]
    if numbered := _NUMBERED.fullmatch(word):
        yield f"{stem(numbered[1])} {numbered[2]}"
    if word != unit.tokens[0] and len(word) >= _LONG:
        yield word  # what a hyphen joins stands beside the text as one word with its ending: "rustanalyzer"
    for other in _across_the_ocean(unit):
        if stem(other) != unit.tokens[0] and frequency(Unit(other, (stem(other),), (other,))) >= _TWICE:
            yield from (other, stem(other))


def _across_the_ocean(unit: Unit) -> Iterator[str]:
    """The British spelling of an American word and the other way round, where there may be one."""
    for pattern, other in _ENDINGS:
        changed = pattern.sub(lambda match, other=other: other[match[0]], unit.surfaces[0])
        if changed != unit.surfaces[0]:
            yield changed


def _numbered(first: Unit, second: Unit, frequency: Callable[[Unit], int]) -> str:
    """A name and its number as one word ("vue3"), if texts write it; "" else. No sentence tells of it either."""
    if not is_word(first) or len(first.surfaces[0]) < _PART or not is_number(second) or len(second.tokens) != 1:
        return ""
    word = first.surfaces[0] + second.surfaces[0]
    return word if frequency(Unit(word, (word,), (word,))) >= _TWICE else ""


def _has(stream: str, token: str) -> bool:
    """Whether a column has a token in its text, not among the other spellings behind it."""
    return token in stream.split(BOUNDARY, 1)[0].split()


def _with(unit: Unit, *others: str) -> Unit:
    return replace(unit, others=tuple(dict.fromkeys((*unit.others, *others))))

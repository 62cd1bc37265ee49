"""Names that are also written by their initials: "retrieval augmented generation" and "RAG".

Nothing is guessed: an acronym stands for a name only where the archive's own texts have both beside each other.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import product

from search.query import Unit, is_weak, is_word
from search.scoped import ScopedConnection
from storage.tokens import STOP_WORDS, WEAK_WORDS

SHORTEST, LONGEST = 2, 6  # letters of an acronym
_SAFE = 3  # letters from which on a name beside it is hardly there by chance
_TRIED = 3  # words that may be an irregular acronym, of which texts are read
_LETTERS = 3  # of a word that an acronym may take
_LOOKED_AT = 60  # newest texts with an acronym in which its name is looked for
_TWICE = 2  # texts that have to write a name out before its acronym stands for it
_OFTEN = 3  # texts that have to write out what so few letters as two stand for
_COMMON = 5000  # texts from which on a word of so few letters is a word
_FIRST = (
    "SELECT title || ' ' || substr(body, 1, 2000) FROM search_index WHERE search_index MATCH ?"
    " ORDER BY rowid DESC LIMIT ?"
)


def widened(
    connection: ScopedConnection, units: Sequence[Unit], frequency: Callable[[Unit], int]
) -> tuple[list[Unit], str] | None:
    """Return the units with an acronym beside the name, or the other way round, and a sentence on it; or None."""
    for first, end in _runs(units):
        if short := _acronym(connection, units[first:end]):
            within = [replace(unit, others=(*unit.others, *short)) for unit in units[first:end]]
            return [*units[:first], *within, *units[end:]], f'Also showing "{short[0]}".'
    for at, unit in enumerate(units):
        if _may_be_acronym(unit, len(units)) and 0 < frequency(unit) <= _COMMON and (name := _name(connection, unit)):
            wider = replace(unit, others=(*unit.others, name))
            return [*units[:at], wider, *units[at + 1 :]], f'Also showing what "{unit.shown}" stands for.'
    return None


def _runs(units: Sequence[Unit]) -> Iterator[tuple[int, int]]:
    """Where the words of a name may begin and end, the longest first; none in a long query.

    A name of two words is looked for only by itself: beside others its acronym would take away too much of the rest.
    """
    if len(units) > LONGEST:
        return
    for length in range(len(units), 0, -1):
        for first in range(len(units) - length + 1):
            words = sum(len(unit.tokens) for unit in units[first : first + length])
            if length == len(units) or words >= _SAFE:
                yield first, first + length


def _acronym(connection: ScopedConnection, units: Sequence[Unit]) -> list[str]:
    """Return the initials of all words of the units, and their plural, if some text has them and these; else empty.

    In some acronyms words such as "to" count, in others they do not.
    """
    if not all(_is_of_words(unit) for unit in units):
        return []
    every = "".join(unit.skipped + "".join(word[0] for word in unit.surfaces) for unit in units)
    every = every[len(units[0].skipped) :]
    words = {
        surface: token
        for unit in units
        for surface, token in zip(unit.surfaces, unit.tokens, strict=True)
        if surface not in STOP_WORDS
    }
    asked = list(words.values())
    for short in dict.fromkeys((every, "".join(word[0] for word in words))):
        if known := _known(connection, asked, short):
            return known
    return _irregular(connection, list(words), asked)


def _known(connection: ScopedConnection, asked: Sequence[str], short: str) -> list[str]:
    """Return the acronym `short` and its plural, if texts have one of them and these words; else empty."""
    if not SHORTEST <= len(short) <= LONGEST or short in STOP_WORDS or short in WEAK_WORDS:
        return []
    forms = _forms(connection, short)
    if not forms:
        return []
    if len(short) < _SAFE:
        return forms if _names(connection, forms, short)[" ".join(asked)] >= _OFTEN else []
    return forms if _stands_beside(connection, forms, asked) else []


def _irregular(connection: ScopedConnection, words: Sequence[str], asked: Sequence[str]) -> list[str]:
    """Return an acronym that takes more than the first letter of some words, such as LoRA of "low rank adaptation"."""
    if not _SAFE <= len(words) <= LONGEST - 2:
        return []
    beginnings = [[word[:length] for length in range(1, _LETTERS + 1)] for word in words]
    every = {"".join(parts) for parts in product(*beginnings)} - STOP_WORDS - set(words)
    likely = sorted(word for word in every if len(words) < len(word) <= LONGEST)
    rows = connection.execute(
        "SELECT word FROM search_words WHERE word IN (SELECT value FROM json_each(?))"
        " AND documents BETWEEN 1 AND ? ORDER BY documents DESC, word LIMIT ?",
        (json.dumps(likely), _COMMON, _TRIED),
    ).fetchall()
    for (short,) in rows:
        forms = _forms(connection, short)
        if _stands_beside(connection, forms, asked):
            return forms
    return []


def _forms(connection: ScopedConnection, short: str) -> list[str]:
    """Return an acronym and its plural as documents have them, and their stems; empty where none has or too many."""
    rows = connection.execute(
        "SELECT word, stem FROM search_words WHERE word IN (?, ?) AND documents BETWEEN 1 AND ? ORDER BY word",
        (short, f"{short}s", _COMMON),
    ).fetchall()
    return list(dict.fromkeys(form for row in rows for form in row))


def _stands_beside(connection: ScopedConnection, forms: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether some text has one of these forms and all of the words, one after the other."""
    expression = " AND ".join([f"({_either(forms)})", *(f'"{word}"' for word in asked)])
    texts = connection.execute(_FIRST, (connection.within(f"{{title body}} : ({expression})"), _LOOKED_AT))
    return any(_has_run(str(stream), asked) for (stream,) in texts)


def _has_run(stream: str, asked: Sequence[str]) -> bool:
    """Whether a text has these words one after the other; words such as "of" may stand between."""
    return f" {' '.join(asked)} " in f" {' '.join(word for word in stream.split() if word not in STOP_WORDS)} "


def _name(connection: ScopedConnection, unit: Unit) -> str:
    """Return what an acronym stands for, as tokens; "" where no texts say so."""
    word = unit.surfaces[0]
    short = word.removesuffix("s") if len(word) > _SAFE else word
    names = _names(connection, list(dict.fromkeys((word, unit.tokens[0]))), short)
    name, texts = next(iter(names.most_common(1)), ("", 0))
    if len(short) < _SAFE:
        return name if texts >= _OFTEN else ""
    return name if texts >= _TWICE or (texts and _is_name(connection, name)) else ""


def _is_name(connection: ScopedConnection, words: str) -> bool:
    """Whether words that one text explains an acronym by stand together elsewhere too."""
    found = connection.execute(
        "SELECT rowid FROM search_index WHERE search_index MATCH ? LIMIT ?",
        (connection.within(f'{{title body}} : "{words}"'), _TWICE),
    ).fetchall()
    return len(found) >= _TWICE


def _names(connection: ScopedConnection, forms: Sequence[str], short: str) -> Counter[str]:
    """Return what the newest texts with an acronym write out beside it, and how many of them do."""
    names: Counter[str] = Counter()
    texts = connection.execute(_FIRST, (connection.within(f"{{title body}} : ({_either(forms)})"), _LOOKED_AT))
    for (stream,) in texts:
        names.update(set(_written_out(str(stream).split(), forms, short)))
    return names


def _either(forms: Sequence[str]) -> str:
    return " OR ".join(f'"{form}"' for form in forms)


def _written_out(tokens: Sequence[str], forms: Collection[str], short: str) -> Iterator[str]:
    """Yield the runs of words before or after the acronym whose initials it is; words such as "of" may stand within."""
    for at, token in enumerate(tokens):
        if token not in forms:
            continue
        before, after = tokens[max(at - 2 * LONGEST, 0) : at], tokens[at + 1 : at + 1 + 2 * LONGEST]
        if run := _run(list(reversed(before)), short[::-1]):
            yield " ".join(reversed(run))
        if run := _run(after, short):
            yield " ".join(run)


def _run(tokens: Sequence[str], initials: str) -> list[str]:
    """Return the first of the tokens, as long as their initials go on as asked for; empty where they do not."""
    run: list[str] = []
    left = initials
    for token in tokens:
        if not left:
            break
        if token[0] == left[0]:
            left = left[1:]
        elif token not in STOP_WORDS or not run:
            return []
        run.append(token)
    return [] if left else run


def _is_of_words(unit: Unit) -> bool:
    return unit.kind == "words" and not (unit.is_quoted or unit.is_paired) and all(map(str.isalpha, unit.surfaces))


def _may_be_acronym(unit: Unit, units: int) -> bool:
    """Whether a unit looks like an acronym; two letters beside other words rather say where or in what language."""
    shortest = SHORTEST if units == 1 else _SAFE
    word = unit.surfaces[0] if unit.surfaces else ""
    return is_word(unit) and word.isascii() and shortest <= len(word) <= LONGEST and not is_weak(unit)

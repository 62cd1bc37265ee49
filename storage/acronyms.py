"""Names that are also written by their initials: "retrieval augmented generation" and "RAG".

Nothing is guessed: an acronym stands for a name only where the archive's own texts have both beside each other.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from storage.query import Unit
from storage.tokens import STOP_WORDS

SHORTEST, LONGEST = 3, 6  # letters of an acronym
_LOOKED_AT = 60  # newest texts with an acronym in which its name is looked for
_TWICE = 2  # texts that have to write a name out before its acronym stands for it
_COMMON = 5000  # texts from which on a word of so few letters is a word
_FIRST = (
    "SELECT title || ' ' || substr(body, 1, 2000) FROM search_index WHERE search_index MATCH ?"
    " ORDER BY rowid DESC LIMIT ?"
)


def widened(
    connection: sqlite3.Connection, units: Sequence[Unit], frequency: Callable[[Unit], int]
) -> tuple[list[Unit], str] | None:
    """Return the units with an acronym beside the name, or the other way round, and a sentence on it; or None."""
    if short := _acronym(connection, units):
        return [replace(unit, others=(*unit.others, *short)) for unit in units], f'Also showing "{short[0]}".'
    for at, unit in enumerate(units):
        if _may_be_acronym(unit) and 0 < frequency(unit) <= _COMMON and (name := _name(connection, unit)):
            wider = replace(unit, others=(*unit.others, name))
            return [*units[:at], wider, *units[at + 1 :]], f'Also showing what "{unit.shown}" stands for.'
    return None


def _acronym(connection: sqlite3.Connection, units: Sequence[Unit]) -> list[str]:
    """The initials of all units, and their plural, if some text has them and these units; else empty."""
    if not SHORTEST <= len(units) <= LONGEST or not all(_is_word(unit) for unit in units):
        return []
    short = "".join(unit.surfaces[0][0] for unit in units)
    rows = connection.execute(
        "SELECT word, stem FROM search_words WHERE word IN (?, ?) AND documents BETWEEN 1 AND ? ORDER BY word",
        (short, f"{short}s", _COMMON),
    ).fetchall()
    forms = list(dict.fromkeys(form for row in rows for form in row))
    if not forms or short in STOP_WORDS:
        return []
    asked = [unit.tokens[0] for unit in units]
    expression = " AND ".join([f"({_either(forms)})", *(f'"{word}"' for word in asked)])
    texts = connection.execute(_FIRST, (f"{{title body}} : ({expression})", _LOOKED_AT))
    return forms if any(_has_run(str(stream), asked) for (stream,) in texts) else []


def _has_run(stream: str, asked: Sequence[str]) -> bool:
    """Whether a text has these words one after the other; words such as "of" may stand between."""
    return f" {' '.join(asked)} " in f" {' '.join(word for word in stream.split() if word not in STOP_WORDS)} "


def _name(connection: sqlite3.Connection, unit: Unit) -> str:
    """What an acronym stands for, as tokens; "" where no texts say so."""
    word = unit.surfaces[0]
    short = word.removesuffix("s") if len(word) > SHORTEST else word
    names = _names(connection, list(dict.fromkeys((word, unit.tokens[0]))), short)
    name, texts = next(iter(names.most_common(1)), ("", 0))
    return name if texts >= _TWICE else ""


def _names(connection: sqlite3.Connection, forms: Sequence[str], short: str) -> Counter[str]:
    """What the newest texts with an acronym write out beside it, and how many of them do."""
    names: Counter[str] = Counter()
    for (stream,) in connection.execute(_FIRST, (f"{{title body}} : ({_either(forms)})", _LOOKED_AT)):
        names.update(set(_written_out(str(stream).split(), forms, short)))
    return names


def _either(forms: Sequence[str]) -> str:
    return " OR ".join(f'"{form}"' for form in forms)


def _written_out(tokens: Sequence[str], forms: Collection[str], short: str) -> Iterator[str]:
    """The runs of words before or after the acronym whose initials it is; words such as "of" may stand within."""
    for at, token in enumerate(tokens):
        if token not in forms:
            continue
        before, after = tokens[max(at - 2 * LONGEST, 0) : at], tokens[at + 1 : at + 1 + 2 * LONGEST]
        if run := _run(list(reversed(before)), short[::-1]):
            yield " ".join(reversed(run))
        if run := _run(after, short):
            yield " ".join(run)


def _run(tokens: Sequence[str], initials: str) -> list[str]:
    """The first of the tokens, as long as their initials go on as asked for; empty where they do not."""
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


def _is_word(unit: Unit) -> bool:
    return unit.kind == "words" and len(unit.tokens) == 1 and not unit.is_quoted and unit.surfaces[0].isalpha()


def _may_be_acronym(unit: Unit) -> bool:
    word = unit.surfaces[0] if unit.surfaces else ""
    return _is_word(unit) and word.isascii() and SHORTEST <= len(word) <= LONGEST

"""Topic names: completions of what is being typed, corrections of a query, and the telling words of a text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from search.cooccurrence import is_telling
from search.index_reader import as_written
from search.query import Unit, parse_words
from search.scoped import ScopedConnection
from search.spelling import begins_with, nearest
from storage.tokens import STOP_WORDS, Token, compounds, fold, tokenize

_READ = 4000  # characters of a long text
_TOKENS = 8  # words of a question
_BEGUN, _SHOWN = 20, 12  # completions of an unfinished word, and how many of them are shown
_SAME, _COMPARED = 2, 500  # letters that similar words share at the beginning, and most frequent words compared
_ALIKE = 0.85  # Jaro-Winkler similarity, from 0 to 1, which favours a common prefix
_OFTEN = 100  # items that are counted at most
_WORDS, _JOINERS = re.compile(r"\w+"), re.compile(r"[-_.‐‑]")


def near_words(connection: ScopedConnection, question: str) -> list[str]:
    """Return for each word of the query the most similarly spelt word of the archive, if there is one."""
    words = [token.surface for token in tokenize(question)[:_TOKENS] if not token.is_paired]
    found = (_written_alike(connection, word) for word in words if is_telling(word))
    return list(dict.fromkeys(filter(None, found)))


def _written_alike(connection: ScopedConnection, word: str) -> str | None:
    from rapidfuzz import process
    from rapidfuzz.distance import JaroWinkler

    known = _topics_begun(connection, word[:_SAME], _COMPARED)
    near = process.extractOne(word, known, scorer=JaroWinkler.similarity, score_cutoff=_ALIKE)
    return _with_joiners(connection, near[0]) if near else None


def _topics_begun(connection: ScopedConnection, beginning: str, limit: int) -> list[str]:
    words = begins_with(connection, beginning, limit)
    return [word for word in words if len(word) > 2 and word not in STOP_WORDS and not word.isdecimal()]


def completed(connection: ScopedConnection, text: str) -> list[str]:
    """Return the text with its last word completed in the most frequent ways, or corrected."""
    tokens = tokenize(text)
    if not tokens or text.endswith(" ") or tokens[-1].is_paired:
        return []
    last, typed = tokens[-1].surface, " ".join(text.split())
    before = typed[: len(typed) - len(last)] if typed.casefold().endswith(last) else ""
    words = _topics_begun(connection, last, _BEGUN) or list(filter(None, [nearest(connection, last)]))
    if len(tokens) > 1:
        words = _most_often_behind(connection, tokens[:-1], words)
    written = {_with_joiners(connection, word): word for word in words[:_SHOWN]}
    # The index also contains parts of compounds, some of which nobody writes alone.
    begun = (one for one, word in written.items() if _bare(one).startswith(_bare(word[: len(last)])))
    return [f"{before}{one}" for one in begun]


def _bare(word: str) -> str:
    """Return a compound without its joiners."""
    return _JOINERS.sub("", word)


def _with_joiners(connection: ScopedConnection, word: str) -> str:
    """Return a compound as items write it ("rust-analyzer"): the index also stores it as one word ("rustanalyzer")."""
    row = connection.execute(
        "SELECT i.title, i.text FROM search_documents d JOIN items i ON i.id = d.item_id"
        " WHERE d.document = (SELECT rowid FROM search_index WHERE search_index MATCH ? LIMIT 1)",
        (connection.within(as_written(connection, word)),),
    ).fetchone()
    text = fold("\n".join(row)[:_READ]) if row else word
    if word in _WORDS.findall(text):
        return word
    return next((found for found, spellings in compounds(text) if word in spellings), word)


def _most_often_behind(connection: ScopedConnection, before: Sequence[Token], words: Iterable[str]) -> list[str]:
    """Return the words that follow these tokens somewhere, most frequent first."""
    counts: dict[str, int] = {}
    for word in words:
        phrase = " ".join(token.text for token in (*before, *tokenize(word))).replace('"', "")
        (counts[word],) = connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT ?)",
            (connection.within(f'{{title body}} : "{phrase}"'), _OFTEN),
        ).fetchone()
    return sorted(filter(counts.__getitem__, counts), key=lambda word: -counts[word])


def telling_words(connection: ScopedConnection, text: str, limit: int, most: float = math.inf) -> list[str]:
    """Return the rarest words of a text, in its order; only those that at most `most` items have."""
    units = {unit.shown: unit.tokens for unit in parse_words(text[:_READ]) if _is_telling(unit)}
    counts = _documents(connection, set(chain.from_iterable(units.values())))
    documents = {word: min(counts.get(token, 0) for token in tokens) for word, tokens in units.items()}
    rarest_first = (word for word in sorted(units, key=documents.__getitem__) if 0 < documents[word] <= most)
    seen = (word for word in rarest_first if all(map(connection.has_word, units[word])))
    rarest = set(islice(seen, limit))
    return [word for word in units if word in rarest]


def _is_telling(unit: Unit) -> bool:
    return unit.kind == "words" and (unit.is_paired or is_telling(unit.surfaces[0]))


def _documents(connection: ScopedConnection, stems: Iterable[str]) -> dict[str, int]:
    """Estimate how many documents have each stem."""
    rows = connection.execute(
        "SELECT stem, sum(documents) FROM search_words WHERE stem IN (SELECT value FROM json_each(?)) GROUP BY stem",
        (json.dumps(list(stems)),),
    )
    return dict(rows.fetchall())

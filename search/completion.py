"""Autocompletion of newsletters, sections, tags, issues and titles.

Suggestions take milliseconds in any archive: names come from a small table, titles from the full-text index with the
last word as a prefix.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Select, Text, cast, func, select

from search.index_reader import either
from search.query import without_run_ends
from search.scoped import ScopedConnection
from search.spelling import begins_with, nearest
from storage import schema
from storage.database import Database
from storage.index import STORIES, NameKind
from storage.readers import Readers, Recent, TookTooLong
from storage.records import Choice
from storage.rows import clean
from storage.scope import Scope
from storage.tokens import fold, is_paired, stem, tokenize

LIMIT = 25  # choices that Discord shows
LIMIT_S = 0.3  # later suggestions are useless: the next keystroke asks again
THREADS = 2
_ALIKE = 74.0  # similarity out of 100: less is another name, not a typo
_SLIPS = 3  # letters above which typos are tolerated
_SLIPS_OF_TITLE = 5  # the same for titles, which are long enough to contain any four letters
_WORDS = 8  # words of the input that are used
_LOOKED_AT = 500  # newest titles with the finished words that are filtered by the unfinished one
_BEGUN = 30  # completions of an unfinished word
_ISSUES = 5000  # newest issues whose titles are compared with typos tolerated
_REMEMBERED = 64  # cached lists of names, of different scopes
_REMEMBERED_ISSUES = 4  # cached lists of the newest titles: half a megabyte each
_TITLE_AND_DAY = schema.issues.c.title_folded + " " + func.coalesce(cast(schema.issues.c.date, Text), "")


class Completion:
    """Suggestions over an open database, most likely first, with typos tolerated."""

    def __init__(self, db: Database) -> None:
        self._readers = Readers(db.path, threads=THREADS, name="completion")
        self._names = Recent[object, list[str]](_REMEMBERED)
        self._newest = Recent[object, list[tuple[int, str]]](_REMEMBERED_ISSUES)

    async def close(self) -> None:
        """Close the connections; a later query opens new ones."""
        await self._readers.close()

    async def names(
        self, scope: Scope, kind: NameKind, text: str, newsletter: str = "", limit: int = LIMIT
    ) -> list[Choice]:
        """Suggest newsletters, or the sections or tags of one newsletter or of all; value and label are the name."""
        return await self._ask(
            scope, lambda connection: self._named(connection, kind, clean(newsletter), clean(text), limit)
        )

    async def issues(self, scope: Scope, text: str, newsletter: str = "", limit: int = LIMIT) -> list[Choice]:
        """Suggest issues by title or day, newest first; the value is the id, the label the title and the day."""
        return await self._ask(scope, lambda connection: self._issues(connection, clean(text), newsletter, limit))

    async def items(self, scope: Scope, text: str, limit: int = LIMIT) -> list[Choice]:
        """Suggest items: titles with this prefix, then titles with these words, newest first; the value is the id."""
        return await self._ask(scope, lambda connection: _items(connection, clean(text), limit))

    async def _ask(self, scope: Scope, question: Callable[[ScopedConnection], list[Choice]]) -> list[Choice]:
        try:
            return await self._readers.ask(lambda reader: question(ScopedConnection(scope, reader)), LIMIT_S)
        except TookTooLong:
            return []

    def _named(
        self, connection: ScopedConnection, kind: NameKind, newsletter: str, text: str, limit: int
    ) -> list[Choice]:
        asked = (kind, newsletter, connection.newsletters, _changes(connection))
        known = self._names.get(asked)
        if known is None:
            known = [name for name, _ in connection.names(kind, newsletter)]
            self._names.put(asked, known)
        return [Choice(name, name) for name in most_likely(text, known, limit)]

    def _issues(self, connection: ScopedConnection, text: str, newsletter: str, limit: int) -> list[Choice]:
        issues = schema.issues.c
        query = select(issues.id, issues.title, issues.date)
        query = query.where(connection.scope.issue_condition(), issues.removed_at.is_(None))
        query = query.where(issues.newsletter == newsletter) if newsletter else query
        query = query.order_by(issues.sorted_at.desc(), issues.id.desc())
        words = fold(text).split()[:_WORDS]
        found = self._readers.rows(query.where(*(func.instr(_TITLE_AND_DAY, word) for word in words)).limit(limit))
        typed = " ".join(words)
        if not found and len(typed) > _SLIPS_OF_TITLE:
            alike = self._alike_issues(connection, query, typed, newsletter, limit)
            by_id = {row["id"]: row for row in self._readers.rows(query.where(issues.id.in_(alike)))}
            found = [by_id[number] for number in alike if number in by_id]
        return [Choice(str(row["id"]), f"{row['title']} ({row['date'] or 'undated'})") for row in found]

    def _alike_issues(
        self, connection: ScopedConnection, query: Select[Any, Any, Any], typed: str, newsletter: str, limit: int
    ) -> list[int]:
        """Return the newest issues with a title similar to the input, most similar first."""
        (last,) = connection.execute("SELECT max(id) FROM issues").fetchone()  # the index has published issues only
        asked = (newsletter, connection.scope, _changes(connection), last)
        newest = self._newest.get(asked)
        if newest is None:
            columns = schema.issues.c.id, _TITLE_AND_DAY.label("folded")
            rows = self._readers.rows(query.with_only_columns(*columns).limit(_ISSUES))
            newest = [(int(row["id"]), str(row["folded"])) for row in rows]
            self._newest.put(asked, newest)
        alike = _alike(typed, [title for _, title in newest], limit)
        return [newest[at][0] for at in sorted(alike, key=lambda at: (-round(alike[at]), at))]


def _changes(connection: ScopedConnection) -> int:
    """Return a number that changes with the index."""
    (changes,) = connection.execute("SELECT value FROM search_state WHERE key = 'changes'").fetchone()
    return int(changes)


def most_likely(text: str, names: Sequence[str], limit: int) -> list[str]:
    """Return names that begin with the text, have words that do, contain it, or are similar; `names` are best first.

    Of names that differ only in case or accents the first is taken.
    """
    known = {" ".join(fold(name).split()): name for name in reversed(names)}
    typed = " ".join(fold(text).split())
    names, folded = list(known.values())[::-1], list(known)[::-1]
    ranked = {at: rank for at, name in enumerate(folded) if (rank := _rank(typed, name)) is not None}
    if len(ranked) < limit and len(typed) > _SLIPS:
        alike = _alike(typed, folded, limit + len(ranked))
        ranked = {at: 200 - round(score) for at, score in alike.items()} | ranked
    return [names[at] for at in sorted(ranked, key=lambda at: (ranked[at], at))[:limit]]


def _rank(typed: str, name: str) -> int | None:
    """Return how well a name matches the input, 0 is best; None if it does not contain it."""
    if name.startswith(typed):
        return 0 if name == typed else 1
    if all(f" {word}" in f" {name}" for word in typed.split()):
        return 2
    return 3 if typed in name else None


def _alike(typed: str, names: Sequence[str], limit: int) -> dict[int, float]:
    """Return the indices of names with a part similar to the input, with the similarity out of 100."""
    from rapidfuzz import fuzz, process

    best = process.extract(typed, names, scorer=fuzz.partial_ratio, score_cutoff=_ALIKE, limit=2 * limit)
    return {at: score for name, score, at in best if len(typed) <= len(name) + 1}


def _items(connection: ScopedConnection, text: str, limit: int) -> list[Choice]:
    typed = " ".join(fold(text).split())
    begun = connection.execute(
        "SELECT i.id, i.title FROM items i CROSS JOIN search_documents d ON d.item_id = i.id"
        " CROSS JOIN issues s ON s.id = i.issue_id WHERE i.title_folded >= ? AND i.title_folded < ?"
        " AND s.newsletter IN (SELECT value FROM json_each(?)) LIMIT ?",
        (typed, typed + "\U0010ffff", json.dumps(list(connection.newsletters)), limit * 4),
    ).fetchall()
    found = dict[int, str](begun if typed else [])
    if len(found) < limit:
        found |= _by_words(connection, text, limit * 2)
    if not found and (repaired := _repaired(connection, text)):
        found = _by_words(connection, repaired, limit * 2)
    once = {title.casefold(): (str(number), title) for number, title in reversed(list(found.items()))}
    return [Choice(number, title) for number, title in list(reversed(once.values()))[:limit]]


def _by_words(connection: ScopedConnection, text: str, limit: int) -> dict[int, str]:
    """Return the titles with all words of `text`, the last one as a prefix, newest first."""
    tokens = without_run_ends(tokenize(text))[:_WORDS]
    if not tokens or text.endswith(" ") or _is_pair(tokens[-1].text):
        return _titles(connection, " AND ".join(_in_titles([token.text]) for token in tokens), limit=limit)
    *before, last = tokens
    finished = " AND ".join(_in_titles([token.text]) for token in before)
    # A prefix of two or three letters has too many completions to combine with the other words in the index.
    if finished and (found := _titles(connection, finished, last.surface, limit)):
        return found
    begun = (word if is_paired(word) else stem(word) for word in begins_with(connection, last.surface, _BEGUN))
    forms = _in_titles(dict.fromkeys([last.text, *begun]))
    return _titles(connection, f"{finished} AND {forms}" if finished else forms, limit=limit)


def _in_titles(forms: Iterable[str]) -> str:
    return f"title : ({either(forms)})"


def _is_pair(token: str) -> bool:
    return len(token) > 1 and is_paired(token)


def _titles(connection: ScopedConnection, expression: str, begun: str = "", limit: int = LIMIT) -> dict[int, str]:
    """Return the titles that match an expression, newest first; with `begun`, only those with a word that begins so."""
    rows = connection.execute(
        "SELECT i.id, i.title FROM search_documents d JOIN items i ON i.id = d.item_id WHERE d.document IN"
        " (SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT ?)"
        " AND instr(' ' || i.title_folded, ?) ORDER BY d.document DESC LIMIT ?",
        (connection.within(expression or f'facets : "{STORIES}"'), _LOOKED_AT if begun else limit, f" {begun}", limit),
    )
    return dict(rows.fetchall())


def _repaired(connection: ScopedConnection, text: str) -> str:
    """Return `text` with unknown words corrected; "" if there is nothing to correct."""
    words = [token.surface for token in tokenize(text)[:_WORDS]]
    better = [word if begins_with(connection, word, 1) else nearest(connection, word) for word in words]
    return " ".join(word for word in better if word) if better != words else ""

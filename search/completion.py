"""Autocompletion of newsletters, sections, tags, issues and titles.

Typing is answered within milliseconds however large the archive is: names come from a small table
of their own, titles from the full-text index with the last word taken as a beginning.
"""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.index_reader import either
from search.query import without_run_ends
from search.scoped import ScopedConnection
from search.spelling import begins_with, nearest
from storage.database import Database
from storage.index import STORIES, NameKind
from storage.readers import Readers, Recent, TookTooLong
from storage.records import Choice
from storage.rows import clean
from storage.scope import PUBLISHED, Scope
from storage.tokens import fold, is_paired, stem, tokenize

LIMIT = 25  # choices that Discord shows
LIMIT_S = 0.3  # after so long there are no suggestions: the next key asks again
THREADS = 2
_ALIKE = 74.0  # of 100: less is another name, not a slip
_SLIPS = 3  # of more letters than that some may be wrong
_SLIPS_OF_TITLE = 5  # a title is long: four letters out of order are in many
_LOOKED_AT = 1000  # titles that are read at most before the index is asked for all words
_BEGUN = 30  # words that the last, unfinished word may become
_ISSUES = 5000  # newest issues whose titles are compared for slips
_REMEMBERED = 64  # lists of names, of different askers
_FRESH_S = 3.0  # so long issues are not read again: between two keys nothing changes


@dataclass(frozen=True, slots=True)
class _Issue:
    newsletter: str
    is_published: bool
    choice: Choice
    folded: str  # title and day


class Completion:
    """Suggestions over an open database, most likely first, slips of the keyboard forgiven."""

    def __init__(self, db: Database) -> None:
        self._readers = Readers(db.path, threads=THREADS, name="completion")
        self._known_issues: dict[int, tuple[float, int, list[_Issue]]] = {}
        self._names = Recent[object, dict[str, str]](_REMEMBERED)

    async def close(self) -> None:
        """End the connections; a later question opens new ones."""
        await self._readers.close()
        self._known_issues.clear()

    async def newsletters(self, scope: Scope, text: str, limit: int = LIMIT) -> list[Choice]:
        """Newsletters by name; value and label are the name."""
        return await self._ask(scope, lambda connection: self._named(connection, "newsletter", "", clean(text), limit))

    async def sections(self, scope: Scope, text: str, newsletter: str = "", limit: int = LIMIT) -> list[Choice]:
        """Sections by name, of one newsletter or of all; value and label are the name."""
        return await self._ask(
            scope, lambda connection: self._named(connection, "section", clean(newsletter), clean(text), limit)
        )

    async def tags(self, scope: Scope, text: str, newsletter: str = "", limit: int = LIMIT) -> list[Choice]:
        """Tags by name, of one newsletter or of all; value and label are the name."""
        return await self._ask(
            scope, lambda connection: self._named(connection, "tag", clean(newsletter), clean(text), limit)
        )

    async def issues(self, scope: Scope, text: str, newsletter: str = "", limit: int = LIMIT) -> list[Choice]:
        """Issues by title or day, newest first; the value is the id, the label the title and the day."""
        return await self._ask(scope, lambda connection: self._issues(connection, clean(text), newsletter, limit))

    async def items(self, scope: Scope, text: str, limit: int = LIMIT) -> list[Choice]:
        """Items by title: those that begin so, then those with these words, newest first; the value is the id."""
        return await self._ask(scope, lambda connection: _items(connection, clean(text), limit))

    async def _ask(self, scope: Scope, question: Callable[[ScopedConnection], list[Choice]]) -> list[Choice]:
        try:
            return await self._readers.ask(lambda reader: question(ScopedConnection(scope, reader)), LIMIT_S)
        except TookTooLong:
            return []

    def _named(
        self, connection: ScopedConnection, kind: NameKind, newsletter: str, text: str, limit: int
    ) -> list[Choice]:
        (changes,) = connection.execute("SELECT value FROM search_state WHERE key = 'changes'").fetchone()
        asked = (kind, newsletter, connection.newsletters, changes)
        known = self._names.get(asked)
        if known is None:
            known = _read_names(connection, kind, newsletter)
            self._names.put(asked, known)
        return [Choice(name, name) for name in _most_likely(text, known, limit)]

    def _issues(self, connection: ScopedConnection, text: str, newsletter: str, limit: int) -> list[Choice]:
        of = [issue for issue in self._fresh_issues(connection) if _is_visible(issue, connection.scope, newsletter)]
        words = fold(text).split()
        found = [issue for issue in of if all(word in issue.folded for word in words[:8])]
        return [issue.choice for issue in (found or _alike_issues(" ".join(words), of[:_ISSUES], limit))[:limit]]

    def _fresh_issues(self, connection: ScopedConnection) -> list[_Issue]:
        """All issues, the newest first; read again where the database has changed, but not while somebody types."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()  # counts for each connection by itself
        reader = threading.get_ident()  # each thread has a connection of its own
        read_at, known_version, known = self._known_issues.get(reader, (-math.inf, -1, list[_Issue]()))
        if version != known_version and time.monotonic() > read_at + _FRESH_S:
            known = _read_issues(connection)
            self._known_issues[reader] = (time.monotonic(), int(version), known)
        return known


def _is_visible(issue: _Issue, scope: Scope, newsletter: str) -> bool:
    """Whether somebody may see an issue, and asks for it: for one `newsletter`, or for all where that is ""."""
    sees = scope.sees if issue.is_published else scope.sees_unpublished
    return newsletter in {"", issue.newsletter} and sees(issue.newsletter)


def _alike_issues(typed: str, issues: Sequence[_Issue], limit: int) -> list[_Issue]:
    """Return the issues whose title or day is like what was typed, the likeliest first."""
    if len(typed) <= _SLIPS_OF_TITLE:
        return []
    alike = _alike(typed, [issue.folded for issue in issues], limit)
    return [issues[at] for at in sorted(alike, key=lambda at: (-round(alike[at]), at))]


def _read_names(connection: ScopedConnection, kind: NameKind, newsletter: str) -> dict[str, str]:
    """All names of a kind by how they are folded, the most used first; of names that differ in case that one alone."""
    names: dict[str, str] = {}
    for name, _ in connection.names(kind, newsletter):
        names.setdefault(" ".join(fold(name).split()), name)
    return names


def _most_likely(text: str, known: Mapping[str, str], limit: int) -> list[str]:
    """Those whose name begins so, has words that begin so, contains it, or is like it; `known` has the best first."""
    typed = " ".join(fold(text).split())
    names, folded = list(known.values()), list(known)
    if not typed:
        return names[:limit]
    ranked = {at: rank for at, name in enumerate(folded) if (rank := _rank(typed, name)) is not None}
    if len(ranked) < limit and len(typed) > _SLIPS:
        alike = _alike(typed, folded, limit + len(ranked))
        ranked = {at: 200 - round(score) for at, score in alike.items()} | ranked
    return [names[at] for at in sorted(ranked, key=lambda at: (ranked[at], at))[:limit]]


def _rank(typed: str, name: str) -> int | None:
    """Return how well a name fits what was typed, 0 being best; None if it does not have it."""
    if name.startswith(typed):
        return 0 if name == typed else 1
    if all(f" {word}" in f" {name}" for word in typed.split()):
        return 2
    return 3 if typed in name else None


def _alike(typed: str, names: Sequence[str], limit: int) -> dict[int, float]:
    """Which names are like what was typed, or have a part or its words in another order that are: how much, of 100."""
    from rapidfuzz import fuzz, process

    found: dict[int, float] = {}
    for scorer, factor in ((fuzz.partial_ratio, 0.98), (fuzz.token_set_ratio, 0.95)):
        best = process.extract(typed, names, scorer=scorer, score_cutoff=_ALIKE / factor, limit=2 * limit)
        for name, score, at in best:
            if scorer is not fuzz.partial_ratio or len(typed) <= len(name) + 1:
                found[at] = max(score * factor, found.get(at, 0.0))
    return found


def _read_issues(connection: ScopedConnection) -> list[_Issue]:
    """All issues, the newest first."""
    rows = connection.execute(
        "SELECT id, newsletter, gate, title, date, title_folded FROM issues WHERE removed_at IS NULL"
        " ORDER BY sorted_at DESC, id DESC"
    )
    return [
        _Issue(
            newsletter,
            gate in PUBLISHED,
            Choice(str(number), f"{title} ({date or 'undated'})"),
            f"{folded} {date or ''}".strip(),
        )
        for number, newsletter, gate, title, date, folded in rows
    ]


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
    """Titles with all words of `text`, the last one as a beginning, newest first."""
    if (found := _looked_through(connection, text, limit)) is not None:
        return found
    expression = " AND ".join(_begun(connection, text)) or f'facets : "{STORIES}"'
    rows = connection.execute(
        "SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT ?",
        (connection.within(expression), limit),
    )
    return _titles(connection, [row[0] for row in rows])


def _looked_through(connection: ScopedConnection, text: str, limit: int) -> dict[int, str] | None:
    """Return the same by reading the newest titles with the finished words; None if that does not tell.

    Two or three letters begin so many words that the index would take long to join all of them with the others.
    """
    tokens = tokenize(text)[:8]
    if len(tokens) < 2 or text.endswith(" ") or any(token.is_paired for token in tokens):
        return None
    rows = connection.execute(
        "SELECT i.id, i.title, i.title_folded FROM search_index CROSS JOIN search_documents d"
        " ON d.document = search_index.rowid CROSS JOIN items i ON i.id = d.item_id"
        " WHERE search_index MATCH ? ORDER BY search_index.rowid DESC LIMIT ?",
        (connection.within(" AND ".join(_in_titles([token.text]) for token in tokens[:-1])), _LOOKED_AT),
    )
    begins = re.compile(rf"(?<!\w){re.escape(tokens[-1].surface)}")
    found: dict[int, str] = {}
    looked_at = 0
    for number, title, folded in rows:
        looked_at += 1
        if begins.search(folded):
            found[number] = title
            if len(found) == limit:
                return found
    return found if looked_at < _LOOKED_AT else None


def _in_titles(forms: Iterable[str]) -> str:
    return f"title : ({either(forms)})"


def _begun(connection: ScopedConnection, text: str) -> Iterable[str]:
    tokens = without_run_ends(tokenize(text))[:8]
    for token in tokens:
        is_begun = token is tokens[-1] and not text.endswith(" ") and not _is_pair(token.text)
        begun = begins_with(connection, token.surface, _BEGUN) if is_begun else []
        yield _in_titles(dict.fromkeys([token.text, *(word if is_paired(word) else stem(word) for word in begun)]))


def _is_pair(token: str) -> bool:
    return len(token) > 1 and is_paired(token)


def _titles(connection: ScopedConnection, documents: Sequence[int]) -> dict[int, str]:
    rows = connection.execute(
        "SELECT i.id, i.title FROM search_documents d JOIN items i ON i.id = d.item_id"
        " WHERE d.document IN (SELECT value FROM json_each(?)) ORDER BY d.document DESC",
        (json.dumps(documents),),
    )
    return dict(rows.fetchall())


def _repaired(connection: ScopedConnection, text: str) -> str:
    """`text` with each word that the index does not know replaced by the nearest one; "" if none can be."""
    words = [token.surface for token in tokenize(text)[:8]]
    better = [
        word if begins_with(connection, word, 1) else nearest(connection, word) or nearest_beginning(connection, word)
        for word in words
    ]
    return " ".join(word for word in better if word) if better != words else ""


def nearest_beginning(connection: ScopedConnection, word: str) -> str | None:
    """Return a frequent word of the index that begins nearly as `word` does: a slip in an unfinished word."""
    if len(word) < 4 or not word.isascii():
        return None
    from rapidfuzz import fuzz, process

    candidates = begins_with(connection, word[:2], 2000)
    cut = [candidate[: len(word)] for candidate in candidates]
    near = process.extractOne(word, cut, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return candidates[near[2]] if near else None

"""A connection restricted to a scope: every query of the index runs on one."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator

from storage.index import DAY_SHIFT, STORIES, facet
from storage.scope import Scope

_NOWHERE = 'facets : "is:nothing"'  # no document has this facet


class ScopedConnection:
    """A reader's connection for one query on a user's behalf.

    `execute` is the connection's own, so its results have to be restricted to the scope: full-text expressions by
    `within`, words of the vocabulary (which counts all documents) by `with_word`, documents by `documents_about`.
    If the scope covers the whole archive, nothing is restricted and there is no overhead.
    """

    def __init__(self, scope: Scope, connection: sqlite3.Connection) -> None:
        stored = {str(name) for (name,) in connection.execute("SELECT name FROM newsletters")}
        self.execute = connection.execute
        self.scope = scope
        self.newsletters = frozenset(name for name in stored if scope.sees(name))
        self.is_whole = len(self.newsletters) == len(stored)
        self.facets = "" if self.is_whole else _facets(self.newsletters)
        self._words: dict[str, bool] = {}

    def within(self, expression: str) -> str:
        """Return an FTS5 expression for the visible matches of `expression`."""
        return f"({expression}) AND {self.facets}" if self.facets else expression

    def has_word(self, word: str) -> bool:
        """Whether a visible document has a word or token of the vocabulary."""
        if self.is_whole:
            return True
        if word not in self._words:
            quoted = '"' + word.replace("\0", " ").replace('"', '""') + '"'
            expression = self.within(f"{{title labels links body forms}} : {quoted}")
            rows = self.execute("SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT 1", (expression,))
            self._words[word] = rows.fetchone() is not None
        return self._words[word]

    def with_word(self, words: Iterable[str]) -> Iterator[str]:
        """Yield the words that some visible document has, in order."""
        return (word for word in words if self.has_word(word))

    def documents_about(self, link: int, *, since: int = 0, before: int = sys.maxsize, limit: int = -1) -> list[int]:
        """Return the visible documents about a link, newest first; `limit` -1 means all."""
        rows = self.execute(
            "SELECT d.document FROM search_documents d JOIN items i ON i.id = d.item_id"
            " JOIN issues s ON s.id = i.issue_id WHERE d.link = ? AND d.document >= ? AND d.document < ?"
            " AND s.newsletter IN (SELECT value FROM json_each(?)) ORDER BY d.document DESC LIMIT ?",
            (link, since, before, json.dumps(sorted(self.newsletters)), limit),
        )
        return [int(document) for (document,) in rows]

    def items_of(self, documents: Iterable[int]) -> dict[int, int]:
        """Return the item of each document, in no particular order. The documents must be visible."""
        rows = self.execute(
            "SELECT document, item_id FROM search_documents WHERE document IN (SELECT value FROM json_each(?))",
            (json.dumps(list(documents)),),
        )
        return dict(rows.fetchall())

    def newest_document(self) -> int:
        """Return the newest visible document; 0 if there is none."""
        if self.is_whole:
            row = self.execute("SELECT max(document) FROM search_documents").fetchone()
        else:
            row = self.execute(
                "SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT 1",
                (self.within(f'facets : "{STORIES}"'),),
            ).fetchone()
        return int(row[0] or 0) if row else 0

    def newest_day(self) -> int:
        """Return the ordinal day of the newest visible document."""
        return self.newest_document() >> DAY_SHIFT

    def names(self, kind: str, newsletter: str = "") -> list[tuple[str, int]]:
        """Return the names of a kind with their numbers of items, most used first; of one newsletter or of all."""
        chosen = [" ".join(name.split()) for name in self.newsletters]
        rows = self.execute(
            "SELECT name, sum(items) FROM search_names WHERE kind = ? AND (? = '' OR newsletter = ?)"
            " AND newsletter IN (SELECT value FROM json_each(?)) GROUP BY name ORDER BY 2 DESC, name",
            (kind, newsletter, newsletter, json.dumps(chosen)),
        )
        return rows.fetchall()


def _facets(newsletters: frozenset[str]) -> str:
    if not newsletters:
        return _NOWHERE
    return "facets : (" + " OR ".join(f'"{facet("newsletter", name)}"' for name in sorted(newsletters)) + ")"

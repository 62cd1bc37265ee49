"""Reading the full-text index: the expression of a query's unit, its frequency, the documents that match."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from search.query import Unit
from search.ranking import CandidateDocument, QueryTerm, weight
from search.scoped import ScopedConnection
from search.spelling import begins_with
from storage.index import DAY_SHIFT, link_facet
from storage.tokens import stem

_BODY = 6000  # characters of a body that are ranked
_BEGUN = 40  # words that a prefix is expanded to at most
_TEXT, _ANYWHERE = "{title labels links body}", "{title labels links body forms}"
FAR_FUTURE = (dt.date.max.toordinal() + 1) << DAY_SHIFT


@dataclass(frozen=True, slots=True)
class Conditions:
    """A query's filters: an expression over facets, an expression that must not match, and a range of documents."""

    facets: str = ""
    first: int = 0
    last: int = FAR_FUTURE
    without: str = ""

    def around(self, expression: str) -> str:
        """Return an FTS5 expression for the matches of `expression` that meet these conditions."""
        inner = f"({expression}) AND {self.facets}" if self.facets else f"({expression})"
        return f"({inner}) NOT ({self.without})" if self.without else inner


class IndexReader:
    """The index as seen by one query, on its connection. Not safe for concurrent use."""

    def __init__(self, connection: ScopedConnection) -> None:
        self.connection = connection
        self._documents = self._number("SELECT value FROM search_state WHERE key = 'documents'")

    def term(self, unit: Unit) -> QueryTerm:
        """Return a unit for ranking; a prefix is expanded to the words that begin with it."""
        if unit.kind == "prefix":
            unit = replace(unit, others=tuple(begins_with(self.connection, unit.tokens[0], _BEGUN)))
        whole = (" ".join(unit.tokens),) if unit.kind == "words" else ()
        documents = 1 if unit.kind == "link" else self.frequency(unit)
        needles = tuple(f" {needle} " for needle in (*whole, *unit.others))
        return QueryTerm(unit, needles, weight(documents, self._documents))

    def frequency(self, unit: Unit) -> int:
        """Estimate how many documents have a unit: as many as its rarest word. 0 if none of them is visible."""
        others = sum(self._seen("SELECT documents FROM search_words WHERE word = ?", other) for other in unit.others)
        if unit.kind == "prefix":
            return others
        by_stem = "SELECT sum(documents) FROM search_words WHERE stem = ?"
        return others + min((self._seen(by_stem, token) for token in unit.tokens), default=0)

    def expression(self, unit: Unit) -> str:
        """Return the FTS5 expression of a unit; "" if nothing can match."""
        if unit.kind == "link":
            return f'facets : "{link_facet(unit.shown)}"'
        if unit.kind == "prefix":
            columns = _TEXT if unit.is_paired else _ANYWHERE
            return f"{columns} : ({either(unit.others)})" if unit.others else ""
        text = f"{_TEXT} : ({either((' '.join(unit.tokens), *unit.others))})"
        if not unit.is_quoted or unit.is_paired:
            return text
        written = " AND ".join(as_written(self.connection, surface) for surface in dict.fromkeys(unit.surfaces))
        return f"({text} AND {written})"

    def every(self, terms: Iterable[QueryTerm]) -> str:
        """Return an expression for documents with all terms; "" if one of them cannot match."""
        expressions = [self.expression(term.unit) for term in terms]
        return " AND ".join(expressions) if all(expressions) else ""

    def matches(self, expression: str, conditions: Conditions, limit: int) -> list[int]:
        """Return the newest documents that match an expression and meet the conditions, newest first."""
        rows = self.connection.execute(
            "SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid BETWEEN ? AND ?"
            " ORDER BY rowid DESC LIMIT ?",
            (conditions.around(expression), conditions.first, conditions.last, limit),
        )
        return [int(row[0]) for row in rows]

    def within(self, documents: Sequence[int], conditions: Conditions, *kinds: str) -> list[int]:
        """Return the documents that are of one of the kinds and meet the conditions, in the same order."""
        expression = conditions.around(f"facets : ({either(kinds)})")
        rows = self.connection.execute(
            "SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid BETWEEN ? AND ?"
            " AND rowid IN (SELECT value FROM json_each(?))",
            (expression, conditions.first, conditions.last, json.dumps(documents)),
        )
        kept = {int(row[0]) for row in rows} if documents else set[int]()
        return [document for document in documents if document in kept]

    def load(self, documents: Iterable[int]) -> list[CandidateDocument]:
        """Return the documents' columns, newest first."""
        # Read from FTS5's content table, which stores the columns in order: through FTS5 it takes twice as long.
        rows = self.connection.execute(
            "SELECT d.document, d.item_id, d.link, ' ' || i.c0 || ' ', ' ' || i.c1 || ' ',"
            " ' ' || i.c2 || ' ', ' ' || substr(i.c3, 1, ?) || ' '"
            " FROM search_documents d JOIN search_index_content i ON i.id = d.document"
            " WHERE d.document IN (SELECT value FROM json_each(?)) ORDER BY d.document DESC",
            (_BODY, json.dumps(list(documents))),
        )
        return rows.fetchall()

    def _seen(self, statement: str, word: str) -> int:
        """Return a word's number of documents; 0 if none of them is visible."""
        documents = self._number(statement, word)
        return documents if documents > 0 and self.connection.has_word(word) else 0

    def _number(self, statement: str, *values: str) -> int:
        row = self.connection.execute(statement, values).fetchone()
        return int(row[0] or 0) if row else 0


def as_written(connection: ScopedConnection, word: str) -> str:
    """Return an FTS5 expression for the documents that contain a word exactly as written.

    If a word is its own stem, the index stores its form only for documents with another word of that stem.
    """
    form = f"forms : {quoted(word)}"
    if stem(word) != word:
        return form
    rows = connection.execute("SELECT word FROM search_words WHERE stem = ? AND word <> stem", (word,))
    others = either(str(other) for (other,) in rows)
    return f"({form} OR {_TEXT} : {quoted(word)}{f' NOT forms : ({others})' if others else ''})"


def quoted(text: str) -> str:
    """Return text as an FTS5 string; FTS5 would end it at a NUL."""
    return '"' + text.replace("\0", " ").replace('"', '""') + '"'


def either(texts: Iterable[str]) -> str:
    """Return an FTS5 expression that matches any of the texts."""
    return " OR ".join(map(quoted, texts))

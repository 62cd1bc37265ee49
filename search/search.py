"""Search over all past coverage: one query in, one page of hits out.

Searches have threads and connections of their own. They wait neither for the writer nor for other readers, and no
query runs longer than `LIMIT_S`.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import text

from errors import S_
from search import segmentation
from search.finder import Finder, Results
from search.found import Mention, mentions_of
from search.index_reader import IndexReader
from search.query import Parsed, Query, parse
from search.ranking import QueryTerm, Ranked
from search.scoped import ScopedConnection
from search.snippets import snippet
from storage.database import Database
from storage.index import names_in
from storage.readers import Readers, Recent, TookTooLong, Underway
from storage.records import IssueRecord, ItemRecord
from storage.scope import Scope
from storage.tokens import tokenize

if TYPE_CHECKING:
    from search.meaning import SemanticIndex

__all__ = ["Hit", "Page", "Query", "Search"]

LIMIT_S = 2.0  # hard limit of a search; finder.EASY_S is the soft one
THREADS = 2
_REMEMBERED, _REMEMBERED_HITS = 64, 100  # queries whose results are cached for their next page, and hits of each
_TOO_LONG = S_("This search took too long and was stopped: add a word, or a filter such as since:2024.")
_NONE = S_("No item has these words, nor similar ones.")
_NONE_WITHIN = S_("No item within these filters has these words, nor similar ones.")
_NONE_AT_ALL = S_("No item is within these filters.")


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: `snippet` is plain text with matches between U+0002 and U+0003, "" if the item has no text.

    `times_covered` is the number of items about the same story, this one included. `label` is the section or tag that
    matched if nothing else of the item did ("tag: XTTS"), else "". `share` is the part of the query's weight that the
    item has, from 0 (a semantic match only) to 1.
    """

    item: ItemRecord
    issue: IssueRecord
    snippet: str
    times_covered: int = 1
    label: str = ""
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page of hits, best first, out of `total` (a lower bound unless it is exact).

    `note` explains in whole sentences how the query was interpreted, if that is not obvious, else it is "".
    `is_question` is False if no future coverage can match the query either.
    """

    total: int
    is_total_exact: bool
    hits: tuple[Hit, ...]
    note: str = ""
    is_question: bool = True

    @property
    def total_text(self) -> str:
        """The total for display: "57", or "over 300" if not all were counted."""
        if self.is_total_exact:
            return f"{self.total:,}"
        return f"over {self.rounded:,}"

    @property
    def rounded(self) -> int:
        """The total, rounded down to hundreds if it is a lower bound."""
        return self.total if self.is_total_exact else self.total // 100 * 100 or self.total


class Search:
    """Searches an open database; `meaning` adds semantic search.

    Its connections are opened by the first query and closed by `close`.
    """

    def __init__(
        self,
        db: Database,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        meaning: SemanticIndex | None = None,
    ) -> None:
        self._near = meaning.nearest if meaning else None
        self._now = now
        self._db = db
        self._readers = Readers(db.path, threads=THREADS, name="search")
        self._recent = Recent[object, Results](_REMEMBERED)

    async def search(self, scope: Scope, query: Query) -> Page:
        """Run a query. Every text is valid; an invalid filter is reported in the note."""
        parsed = parse(query.text)

        def page(connection: ScopedConnection) -> Page:
            return self._page(connection, self._found(connection, parsed, query), parsed, query)

        try:
            return await self._readers.ask(lambda reader: page(ScopedConnection(scope, reader)), LIMIT_S)
        except TookTooLong:
            return Page(0, False, (), _TOO_LONG)

    @property
    def questions(self) -> Underway:
        """The queries that are running."""
        return self._readers.questions

    async def prepare(self) -> None:
        """Load the Chinese dictionary if the archive has Chinese items, before the first query needs it."""
        has_chinese = "SELECT 1 FROM search_words WHERE word BETWEEN '\u4e00' AND '\u9fff' AND documents > 0 LIMIT 1"
        # On the database's own connections: searches map the file, which would count as memory of an idle bot.
        if await self._db.index.rows(text(has_chinese)):
            await self._readers.run(segmentation.prepare)

    async def close(self) -> None:
        """Interrupt running queries and close the connections. Idempotent; a later query opens new ones."""
        await self._readers.close()

    def _found(self, connection: ScopedConnection, parsed: Parsed, query: Query) -> Results:
        """Return the results of a query, from the cache if it is about another page of them."""
        today = self._now().date()
        (changes,) = connection.execute("SELECT value FROM search_state WHERE key = 'changes'").fetchone()
        # New vectors do not change the index, so entries also expire after a minute.
        key = (query.text, parsed, today, connection.newsletters, changes, time.monotonic() // 60)
        found = self._recent.get(key)
        if found is None or query.offset + query.limit > _REMEMBERED_HITS:
            found = Finder(IndexReader(connection), self._near).find(parsed, today)
            self._recent.put(key, replace(found, ranked=found.ranked[:_REMEMBERED_HITS]))
        return found

    def _page(self, connection: ScopedConnection, found: Results, parsed: Parsed, query: Query) -> Page:
        start = max(query.offset, 0)
        shown = found.ranked[start : start + max(query.limit, 0)]
        records = mentions_of(self._readers, connection, [one.item_id for one in shown])
        hits = tuple(
            _hit(connection, one, records[one.item_id], found.terms) for one in shown if one.item_id in records
        )
        note = found.note
        if not note and not found.ranked and query.text.strip():
            note = _NONE if not parsed.filters else _NONE_WITHIN if parsed.units else _NONE_AT_ALL
        return Page(found.total, found.is_total_exact, hits, note, found.is_question)


def _hit(connection: ScopedConnection, one: Ranked, found: Mention, terms: Sequence[QueryTerm]) -> Hit:
    link = one.link
    covered = len(connection.documents_about(link)) if link is not None else 1
    label = "" if one.has_text else _label(connection, one.document, terms)
    passage = snippet(found.item.item.text, [term.unit for term in terms])
    return Hit(found.item, found.issue, passage, max(one.times, covered), label, one.share)


def _label(connection: ScopedConnection, document: int, terms: Sequence[QueryTerm]) -> str:
    """Return the section or tag of a document that matched, for display."""
    (names,) = connection.execute("SELECT names FROM search_index WHERE rowid = ?", (document,)).fetchone()
    for kind, name in names_in(str(names)):
        stream = f" {' '.join(token.text for token in tokenize(name))} "
        if kind != "newsletter" and any(needle in stream for one in terms for needle in one.needles):
            return f"{kind}: {name}"
    return ""

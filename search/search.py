"""Search over everything that was ever covered: one question in, one page of hits out.

Searching has connections and threads of its own: it waits neither for the writer nor for other
readers, and no question runs longer than `LIMIT_S`.
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

LIMIT_S = 2.0  # after so long a search is ended; from finder.EASY_S on no new step is begun
THREADS = 2
_REMEMBERED, _REMEMBERED_HITS = 64, 100  # questions whose next page may be asked for, and hits of each
_TOO_LONG = S_("This search took too long and was stopped: add a word, or a filter such as since:2024.")
_NONE = S_("No item has these words, nor similar ones.")
_NONE_WITHIN = S_("No item within these filters has these words, nor similar ones.")
_NONE_AT_ALL = S_("No item is within these filters.")


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: `snippet` is plain text with matches between U+0002 and U+0003, "" if the item has no text.

    `times_covered` says how many items tell the same story, this one included. `label` is the section or tag that has
    what was looked for if nothing else of the item has it ("tag: XTTS"), else "". `share` is how much of the
    question the item has, by the weight of its words, from 0 (near in meaning only) to 1.
    """

    item: ItemRecord
    issue: IssueRecord
    snippet: str
    times_covered: int = 1
    label: str = ""
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page of hits, best first, of `total` (at least so many unless it is exact).

    `note` says in whole sentences how the question was read where that is not obvious, else it is "". `is_question`
    is False if nothing that will ever be covered can answer.
    """

    total: int
    is_total_exact: bool
    hits: tuple[Hit, ...]
    note: str = ""
    is_question: bool = True

    @property
    def total_text(self) -> str:
        """The total as people say it: "57", or "over 300" where not all were counted."""
        if self.is_total_exact:
            return f"{self.total:,}"
        return f"over {self.rounded:,}"

    @property
    def rounded(self) -> int:
        """The total without what may have been missed."""
        return self.total if self.is_total_exact else self.total // 100 * 100 or self.total


class Search:
    """Searches an open database, with `meaning` by nearness of meaning too.

    Its connections open at the first question; `close` ends them.
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
        """Answer a question. No text is an error; a filter that means nothing is told in the note."""
        parsed = parse(query.text)

        def page(connection: ScopedConnection) -> Page:
            return self._page(connection, self._found(connection, parsed, query), parsed, query)

        try:
            return await self._readers.ask(lambda reader: page(ScopedConnection(scope, reader)), LIMIT_S)
        except TookTooLong:
            return Page(0, False, (), _TOO_LONG)

    @property
    def questions(self) -> Underway:
        """The questions that are being answered."""
        return self._readers.questions

    async def prepare(self) -> None:
        """Load what questions will need, at the start, when nobody waits: the dictionary where texts are Chinese."""
        has_chinese = "SELECT 1 FROM search_words WHERE word BETWEEN '\u4e00' AND '\u9fff' AND documents > 0 LIMIT 1"
        # By the database's own readers: a search's maps the file, of which whole stretches count for an idle bot.
        if await self._db.index.rows(text(has_chinese)):
            await self._readers.run(segmentation.prepare)

    async def close(self) -> None:
        """End what runs, and the connections. Can be called twice; a question asked later opens new ones."""
        await self._readers.close()

    def _found(self, connection: ScopedConnection, parsed: Parsed, query: Query) -> Results:
        """Return what was found, as it is remembered for the pages that somebody turns to next."""
        today = self._now().date()
        (changes,) = connection.execute("SELECT value FROM search_state WHERE key = 'changes'").fetchone()
        # Vectors come without a change of the index: nothing is remembered for longer than a minute.
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
    """Return the section or tag of a document that has what was looked for, as it is shown."""
    (names,) = connection.execute("SELECT names FROM search_index WHERE rowid = ?", (document,)).fetchone()
    for kind, name in names_in(str(names)):
        stream = f" {' '.join(token.text for token in tokenize(name))} "
        if kind != "newsletter" and any(needle in stream for one in terms for needle in one.needles):
            return f"{kind}: {name}"
    return ""

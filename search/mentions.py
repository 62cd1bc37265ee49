"""All mentions of a topic: counted, not ranked, in bounded time for any archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digest.order import FIRST_DAY
from errors import S_
from search.conditions import conditions_of
from search.expansion import instead, joined
from search.finder import Finder
from search.index_reader import Conditions, IndexReader
from search.query import Parsed, Unit
from search.ranking import Ranked, rank
from search.scoped import ScopedConnection
from storage.index import DAY_SHIFT, FIRST_DATED, STORIES

_NO_WORDS = S_("Type some words to look for.")
COUNTED = 500_000  # newest mentions that are counted: 0.2 s
EXAMINED = 30_000  # newest mentions whose issues are counted and from which a sample is read


@dataclass(frozen=True, slots=True)
class Whole:
    """The full matches of a query, as an index expression within a range of documents.

    `expression` is "" if nothing can match; `units` are the expanded terms, which `note` explains.
    """

    expression: str
    first: int
    last: int
    units: tuple[Unit, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """How often and when a topic was mentioned: `days` has the count of each day with mentions, oldest first.

    Mentions in undated issues are included in `total` but not in `days`. `total` is a lower bound unless `is_exact`.
    `documents` are the newest `EXAMINED`, newest first, and `issues` is the number of their issues, which is complete
    if `is_examined_whole`.
    """

    total: int
    is_exact: bool
    days: tuple[tuple[dt.date, int], ...]
    first: int
    documents: tuple[int, ...]
    issues: int
    archive_until: dt.date  # the day of the newest visible item

    @property
    def is_examined_whole(self) -> bool:
        """Whether every mention is among `documents`."""
        return self.is_exact and self.total <= len(self.documents)


class Gatherer:
    """Finds all full matches, on one connection."""

    def __init__(self, connection: ScopedConnection) -> None:
        self._connection = connection
        self._reader = IndexReader(connection)
        self._archive_until = dt.date.fromordinal(connection.newest_day() or 1)

    def whole(self, parsed: Parsed, today: dt.date, *, repair: bool, with_introductions: bool = True) -> Whole:
        """Prepare a query; with `repair`, unknown words are corrected."""
        conditions, problems = conditions_of(self._reader, parsed, today)
        if conditions is None:
            return Whole("", 0, 0, parsed.units, joined(*problems))
        if not parsed.units and not parsed.filters:
            return Whole("", 0, 0, note=_NO_WORDS)
        units = (Finder(self._reader).corrected(parsed.units, conditions) if repair else None) or parsed.units
        if units != parsed.units:
            problems.append(instead(units))
        expression = self._all(units)
        if expression and not with_introductions:  # they summarise stories that are counted themselves
            expression = f'({expression}) AND facets : "{STORIES}"'
        around = conditions.around(expression) if expression else ""
        return Whole(around, conditions.first, conditions.last, tuple(units), joined(*problems))

    def mentions(self, whole: Whole) -> Mentions | None:
        """Count the mentions; None if there are none."""
        if not whole.expression:
            return None
        place = (whole.expression, whole.first, whole.last)
        counted = self._connection.execute(
            f"SELECT document >> {DAY_SHIFT}, count(*) FROM (SELECT rowid AS document FROM search_index"  # noqa: S608
            " WHERE search_index MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?) GROUP BY 1 ORDER BY 1",
            (*place, COUNTED + 1),
        ).fetchall()
        if not counted:
            return None
        total = sum(count for _, count in counted)
        first = self._oldest(whole, max(whole.first, FIRST_DATED)) or self._oldest(whole, whole.first)
        newest = self.newest(whole, whole.last, EXAMINED)
        examined = (whole.expression, newest[-1], whole.last)
        (issues,) = self._connection.execute(
            "SELECT count(DISTINCT i.issue_id) FROM search_documents d JOIN items i ON i.id = d.item_id"
            " WHERE d.document IN"
            " (SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid BETWEEN ? AND ?)",
            examined,
        ).fetchone()
        known = ((dt.date.fromordinal(day), int(count)) for day, count in counted)
        days = tuple((day, count) for day, count in known if day >= FIRST_DAY)
        return Mentions(
            total=min(total, COUNTED),
            is_exact=total <= COUNTED,
            days=days,
            first=first,
            documents=tuple(newest),
            issues=int(issues),
            archive_until=self._archive_until,
        )

    def _oldest(self, whole: Whole, first: int) -> int:
        """Return the oldest matching document from `first` on; 0 if there is none."""
        row = self._connection.execute(
            "SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid BETWEEN ? AND ?"
            " ORDER BY rowid LIMIT 1",
            (whole.expression, first, whole.last),
        ).fetchone()
        return int(row[0]) if row is not None else 0

    def newest(self, whole: Whole, last: int, limit: int, first: int = 0) -> list[int]:
        """Return the matching documents from `first` to `last`, newest first."""
        between = Conditions(first=max(first, whole.first), last=min(last, whole.last))
        return self._reader.matches(whole.expression, between, limit)

    def best(self, whole: Whole, documents: Iterable[int]) -> list[Ranked]:
        """Rank these documents, best first."""
        return rank(self._reader.load(documents), [self._reader.term(unit) for unit in whole.units])

    def _all(self, units: Sequence[Unit]) -> str:
        """Return an expression for documents with all units; "" if one of them cannot match."""
        return self._reader.every(map(self._reader.term, units)) if units else f'facets : "{STORIES}"'

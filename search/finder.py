"""Finding documents in the full-text index: from a parsed query to ranked results, in bounded time.

A broad query never ranks everything it matches. The candidates are the newest `POOL` documents with all of its words
and, where those are few, the newest documents with each of its rarest words. Everything here runs on a reader's
connection, in that reader's thread.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from errors import S_
from search.conditions import conditions_of
from search.expansion import ExpandedQuery, expanded, instead, joined, with_joined
from search.genre import Genre, teaching_words
from search.index_reader import Conditions, IndexReader, either
from search.query import Parsed, Unit, compound_parts, is_by_date, is_stop, may_mean
from search.ranking import QueryTerm, Ranked, once, rank, says_kind, unranked, with_likeness
from search.scoped import ScopedConnection
from search.spelling import corrected
from search.titles import Titled, titled, titled_with
from storage.index import INTRODUCTIONS, STORIES

_NO_WORDS = S_("Type some words to look for.")
_NOT_SO = S_("No item contains {phrases} exactly as written.")
_NEAR = S_("Some match in meaning only.")
_ISSUE = S_('The issue "{title}" comes first.')
_SOME = S_("These have some of the words.")
_SOME_ONLY = S_("No item has all words; these have some of them.")
_ONE_WHOLE = S_("1 item has all words, the others some of them.")
_WHOLE = S_("{number} items have all words, the others some of them.")
POOL = 400  # newest documents with all words that are ranked; a larger pool is slower and no more relevant
OF_ONE, OF_PAIR = 300, 600  # newest documents with one word; with one pair of characters, which is less specific
TERMS, SOME = 12, 500  # words for partial matches, and partial matches that are ranked
OF_KIND = 200  # newest tutorials beside the pool, if the query asks for one
ENOUGH = 20  # full matches from which on partial matches are not looked for
LEAST_SHARE, LEAST_OF_PAIRS = 0.3, 0.15  # of the query's weight: partial matches with less are dropped
EASY_S = 0.7  # soft limit: start no further widening
MORE = 100  # partial matches shown at most


@dataclass(frozen=True, slots=True)
class Results:
    """Results, best first; `total` is exact unless the pool was full. `note` is shown to the user.

    `is_question` is False if no future coverage can match either: the query has no words, or names an unknown
    newsletter.
    """

    ranked: tuple[Ranked, ...]
    total: int
    is_total_exact: bool
    note: str
    terms: tuple[QueryTerm, ...]
    is_question: bool = True


@dataclass(frozen=True, slots=True)
class _Match:
    """The newest documents with all terms; `is_full` if there are more, `is_relaxed` if quotes were ignored."""

    query: ExpandedQuery
    terms: Sequence[QueryTerm]
    documents: Sequence[int]
    is_full: bool
    is_relaxed: bool = False


# Returns the documents nearest in meaning to a text, with the weight of their similarity.
Near = Callable[[ScopedConnection, str], dict[int, float]]


class Finder:
    """Runs one query; with `near`, semantic matches are added."""

    def __init__(self, reader: IndexReader, near: Near | None = None) -> None:
        self._reader = reader
        self._connection = reader.connection
        self._near = near
        self._easy_until = time.monotonic() + EASY_S
        self._genres: frozenset[Genre] = frozenset()

    def find(self, parsed: Parsed, today: dt.date) -> Results:
        """Run a query; every query is valid. After `EASY_S` the search stops widening."""
        self._genres = parsed.genres
        conditions, problems = conditions_of(self._reader, parsed, today)
        if conditions is None:
            return Results((), 0, True, " ".join(problems), (), is_question=False)
        if not self._connection.newsletters:
            results = Results((), 0, True, "", ())
        elif parsed.units:
            results = self._words(parsed, conditions)
        elif parsed.filters or parsed.without:
            results = self._newest(conditions)
        else:
            results = Results((), 0, True, _NO_WORDS, (), is_question=False)
        if is_by_date(parsed):
            newest = sorted(results.ranked, key=lambda one: (not one.has_text, -one.document))
            results = replace(results, ranked=tuple(newest))
        return replace(results, note=joined(*problems, results.note))

    def corrected(self, units: Sequence[Unit], conditions: Conditions) -> list[Unit] | None:
        """Return the units with unknown words replaced by likely ones; None if there is nothing to correct."""
        return corrected(
            self._connection, units, self._reader.frequency, lambda tried: self._is_anywhere(tried, conditions)
        )

    def _words(self, parsed: Parsed, conditions: Conditions) -> Results:
        typed = parsed.units
        match = self._match(expanded(self._connection, typed, self._reader.frequency), conditions)
        named = Titled([]) if match.documents else titled_with(self._connection, typed)
        if not match.documents and not named.documents:
            match = self._corrected_match(match, typed, conditions)
        if not match.documents:
            match = self._relaxed(match, conditions)
        if match.is_full:
            older = self._teaching(match.terms, conditions)
            match = replace(match, documents=list(dict.fromkeys((*match.documents, *older))))
        ranked = self._ranked(match.documents, match.terms)
        results = Results(tuple(ranked), len(ranked), not match.is_full, match.query.note, tuple(match.terms))
        if len(ranked) < ENOUGH and self._has_time():
            results = self._with_some_words(results, match, conditions)
        called = titled(self._connection, parsed.typed)
        called = called if called.documents else named
        if documents := self._reader.within(called.documents, conditions, STORIES, INTRODUCTIONS):
            issue = called.issue if documents[0] == called.documents[0] else ""  # else the conditions leave it out
            return self._with_titled(results, documents, issue)
        is_name = len(match.query.units) == 1 and len(results.ranked) >= ENOUGH
        if may_mean(match.query.units) and not is_name and self._has_time():
            results = self._with_meaning(results, match, parsed.typed, conditions)
        return results

    def _match(self, query: ExpandedQuery, conditions: Conditions) -> _Match:
        terms = [self._reader.term(unit) for unit in query.units]
        expression = self._reader.every(terms)
        found = self._reader.matches(expression, conditions, POOL + 1) if expression else []
        return _Match(query, terms, found[:POOL], len(found) > POOL)

    def _corrected_match(self, match: _Match, typed: Sequence[Unit], conditions: Conditions) -> _Match:
        """Return the match of the corrected query, or the given empty match if nothing can be corrected."""
        frequency = self._reader.frequency
        if meant := self.corrected(typed, conditions):
            query = expanded(self._connection, meant, frequency, instead(meant), is_nowhere=True)
        else:
            query = with_joined(self._connection, match.query, frequency, is_nowhere=True)
        return match if query == match.query else self._match(query, conditions)

    def _relaxed(self, match: _Match, conditions: Conditions) -> _Match:
        """Return the match with quotation marks ignored; its note names the phrases that no item contains."""
        phrases = [f'"{unit.shown}"' for unit in match.query.units if unit.is_quoted]
        if not phrases:
            return match
        units = [replace(unit, is_quoted=False) for unit in match.query.units]
        note = _NOT_SO.format(phrases=", ".join(phrases))
        return replace(self._match(ExpandedQuery(units, note), conditions), is_relaxed=True)

    def _teaching(self, terms: Sequence[QueryTerm], conditions: Conditions) -> list[int]:
        """Return tutorials with all terms, if the query asks for one: the newest matches may include none."""
        expression = self._reader.every(terms) if "teaching" in self._genres else ""
        teaching = f"({expression}) AND title : ({either(teaching_words())})"
        return self._reader.matches(teaching, conditions, OF_KIND) if expression else []

    def _is_anywhere(self, units: Sequence[Unit], conditions: Conditions) -> bool:
        """Whether some document has all units; False once the soft limit has passed."""
        expression = self._reader.every(map(self._reader.term, units)) if self._has_time() else ""
        return bool(expression) and bool(self._reader.matches(expression, conditions, 1))

    def _has_time(self) -> bool:
        return time.monotonic() < self._easy_until

    def _ranked(self, documents: Sequence[int], terms: Sequence[QueryTerm]) -> list[Ranked]:
        """Return the documents, best first."""
        return once(rank(self._reader.load(documents), terms, self._genres))

    def _with_some_words(self, results: Results, match: _Match, conditions: Conditions) -> Results:
        """Return full and partial matches, ranked as one list."""
        pieces = self._pieces(match.query.units)
        if not pieces or (len(pieces) == 1 and match.documents):
            return results
        known = set(match.documents)
        topic = [piece for piece in pieces if not says_kind(piece.unit)]
        some = dict.fromkeys((*self._teaching(topic, conditions), *self._some_words(pieces, conditions)))
        others = [document for document in some if document not in known][:SOME]
        if not others:
            return results
        least = LEAST_OF_PAIRS if any(term.unit.is_paired for term in pieces) else LEAST_SHARE
        ranked = _with_a_good_part(self._ranked([*match.documents, *others], pieces), known, least)
        ranked = ranked[: len(results.ranked) + MORE]
        complete = known.intersection(one.document for one in ranked)
        if len(ranked) == len(complete):
            return results
        note = joined(results.note, _some_words_note(len(complete), is_phrase=match.is_relaxed))
        terms = tuple(dict.fromkeys((*results.terms, *pieces)))
        return replace(results, ranked=tuple(ranked), total=len(ranked), note=note, terms=terms)

    def _pieces(self, units: Sequence[Unit]) -> list[QueryTerm]:
        """Return the single words of the units, without those that are not in the index."""
        pieces = [self._reader.term(piece) for unit in units for piece in self._pieces_of(unit)]
        known = (piece for piece in pieces if piece.unit.kind == "link" or self._reader.frequency(piece.unit))
        return list({piece.unit.tokens: piece for piece in known}.values())

    def _pieces_of(self, unit: Unit) -> list[Unit]:
        if unit.kind != "words" or unit.is_quoted:
            return [unit]
        is_one = len(unit.tokens) == 1
        parts = [part for part in compound_parts(unit) if not is_stop(part)]
        if is_one and self._reader.frequency(unit) >= ENOUGH:
            return [unit]
        return [unit, *parts] if is_one or (unit.is_paired and unit.others) else parts

    def _some_words(self, terms: Sequence[QueryTerm], conditions: Conditions) -> list[int]:
        """Return the newest documents with each of the rarest terms, the rarest term's first."""
        rarest = sorted(terms, key=lambda term: -term.weight)[:TERMS]
        found = (
            self._reader.matches(expression, conditions, OF_PAIR if term.unit.is_paired else OF_ONE)
            for term in rarest
            if (expression := self._reader.expression(term.unit))
        )
        return list(dict.fromkeys(document for documents in found for document in documents))

    def _with_titled(self, results: Results, documents: Sequence[int], issue: str) -> Results:
        """Return the `documents` whose title the query is, followed by the other results."""
        others = unranked(self._reader.load(documents), share=0.0)
        known = {one.document: one for one in [*others, *results.ranked]}
        ranked = tuple(once(known[document] for document in dict.fromkeys([*documents, *known])))
        note = _ISSUE.format(title=issue) if issue else results.note
        return replace(results, ranked=ranked, total=len(ranked), note=note)

    def _with_meaning(self, results: Results, match: _Match, typed: str, conditions: Conditions) -> Results:
        """Return the results together with semantic matches of the query as it was typed."""
        if self._near is None:
            return results
        near = self._near(self._connection, typed)
        near = {document: near[document] for document in self._reader.within(list(near), conditions, STORIES)}
        if not near:
            return results
        others = unranked(self._reader.load(near.keys() - {one.document for one in results.ranked}), share=0.0)
        if len(match.query.units) == 1:
            # A single word may be a name: semantic matches follow everything that contains it.
            ranked = once([*results.ranked, *sorted(others, key=lambda one: -near[one.document])])
        else:
            ranked = with_likeness(once([*results.ranked, *others]), near)
        note = _NEAR if len(ranked) > len(results.ranked) else ""
        return replace(results, ranked=tuple(ranked), total=len(ranked), note=joined(results.note, note))

    def _newest(self, conditions: Conditions) -> Results:
        pool = self._reader.matches(f'facets : "{STORIES}"', conditions, POOL + 1)
        ranked = once(unranked(self._reader.load(pool[:POOL])))
        return Results(tuple(ranked), len(ranked), len(pool) <= POOL, "", ())


def _with_a_good_part(ranked: Sequence[Ranked], complete: set[int], least: float) -> list[Ranked]:
    """Return full matches, and partial matches with at least this share of the query's weight."""
    # If even the best match has less, show it: a poor match is better than none.
    least = min(least, max((one.share for one in ranked), default=0.0))
    return [one for one in ranked if one.share >= least or one.document in complete]


def _some_words_note(complete: int, *, is_phrase: bool) -> str:
    """Return the note for results with only some of the words, beside `complete` full matches."""
    if not complete:
        return _SOME if is_phrase else _SOME_ONLY
    return _ONE_WHOLE if complete == 1 else _WHOLE.format(number=complete)

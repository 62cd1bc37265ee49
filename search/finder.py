"""Finding documents in the full-text index: from a parsed query to ranked candidates, in bounded time.

A broad query never ranks all that it matches: the pool holds the newest `POOL` matches of all its
words, and where those are few, the matches of the rarer ones. Everything here runs on a reader's
connection in a thread of its own.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from search import ranking, rewriting, spelling
from search.genre import Genre
from search.query import Filter, Parsed, Unit, compound_parts, is_by_date, is_stop, is_weak, may_mean
from search.ranking import Candidate, Ranked, Wanted, fuse, rank, weight
from search.rewriting import Reading
from search.scoped import ScopedConnection
from search.spelling import begins_with
from search.stories import once
from search.when import parse_when
from storage import links
from storage.index import DAY_SHIFT, FIRST_DATED, STORIES, facet, link_facet, site_facet
from storage.tokens import fold

POOL = 600  # documents that are ranked at most; from 500 on more made no answer better, but each slower
OF_PAIR, OF_ONE = 250, 125  # documents of the pool that have two broad words, or only one, at most
ENOUGH = 20  # hits of all words from which on hits of some words are not looked for
LEAST_SHARE = 0.3  # of the query's weight: what has less is no answer to it
MEANING = 0.3  # what nearness of meaning counts beside the words
FEW = 3  # hits of all words below which more frequent words like them are looked for too
EASY_S = 0.7  # after so long no further step is begun, only what was found is shown
MORE = 100  # hits of some words that are shown at most
_BODY = 6000  # characters of a body that count for rank
_TEXT = "{title labels links body}"
_FAR_FUTURE = (dt.date.max.toordinal() + 1) << DAY_SHIFT


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a query as the index takes them: an expression over facets and a range of documents.

    What its asker may see is one of them.
    """

    facets: str
    first: int = 0
    last: int = _FAR_FUTURE
    without: str = ""

    def around(self, expression: str) -> str:
        """Return an FTS5 expression for what `expression` finds within these conditions."""
        inner = f"({expression}) AND {self.facets}" if self.facets else f"({expression})"
        return f"({inner}) NOT ({self.without})" if self.without else inner


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, best first; `total` is exact unless the pool was full. `note` is for the person who asked."""

    ranked: tuple[Ranked, ...]
    total: int
    is_total_exact: bool
    note: str
    wanted: tuple[Wanted, ...]


Near = Callable[[ScopedConnection, str], list[int]]  # the documents nearest in meaning to a text, nearest first


class Finder:
    """Finds documents on one connection, with `near` by their meaning too. Not to be used by two threads at once."""

    def __init__(self, connection: ScopedConnection, near: Near | None = None) -> None:
        self._connection = connection
        self._near = near
        self._documents = 0
        self._easy_until = 0.0
        self._genres: frozenset[Genre] = frozenset()

    def find(self, parsed: Parsed, today: dt.date) -> Found:
        """Find what `parsed` asks for; no query is an error. What is not asked for after `EASY_S` is left out."""
        self._hurry()
        self._genres = parsed.genres
        self._documents = self._number("SELECT value FROM search_state WHERE key = 'documents'")
        conditions, problems = self._conditions(parsed, today)
        if conditions is None:
            return Found((), 0, True, " ".join(problems), ())
        if not parsed.units:
            found = self._newest(conditions, bool(parsed.filters or parsed.without))
        else:
            found = self._words(parsed.units, conditions)
        if is_by_date(parsed):
            newest = sorted(found.ranked, key=lambda one: (not one.has_text, -one.candidate.document))
            found = replace(found, ranked=tuple(newest))
        return replace(found, note=" ".join([*problems, *([found.note] if found.note else [])]))

    # Conditions

    def _conditions(self, parsed: Parsed, today: dt.date) -> tuple[Conditions | None, list[str]]:
        problems: list[str] = []
        facets = [self._connection.facets] if self._connection.facets else []
        without = [self._expression(unit) for unit in parsed.without]
        first, last = 0, _FAR_FUTURE
        for one in parsed.filters:
            if one.key == "sort":
                continue
            if one.key in {"since", "until"}:
                span = parse_when(one.value, today)
                if span is None:
                    problems.append(f'"{one.value}" is no date and was left out; write 2023, March 2024 or 2024-03-05.')
                elif one.key == "since":
                    first = max(first, span.first.toordinal() << DAY_SHIFT)
                else:
                    last = min(last, ((span.last.toordinal() + 1) << DAY_SHIFT) - 1)
                    first = max(first, FIRST_DATED)  # of what has no date nobody knows whether it is older
                continue
            tokens = self._facet_tokens(one)
            if tokens:
                expression = "facets : (" + " OR ".join(map(_quoted, tokens)) + ")"
                (without if one.is_not else facets).append(expression)
            elif not one.is_not:
                return None, [*problems, f'No {one.key} is called "{one.value}".']
        return Conditions(" AND ".join(facets), first, last, " OR ".join(part for part in without if part)), problems

    def _facet_tokens(self, one: Filter) -> list[str]:
        if one.key == "site":
            host = links.host_of(one.value if "//" in one.value else f"//{one.value}")
            path = fold(one.value).split("//")[-1].removeprefix("www.").strip("/").split("/")
            site = f"{host}/{path[1]}" if len(path) > 1 else host
            return [site_facet(site)] if site else []
        wanted = " ".join(fold(one.value).split())
        names = [(name, " ".join(fold(name).split())) for name, _ in self._connection.names(one.key)]
        chosen = [name for name, folded in names if folded == wanted]
        if not chosen and wanted:
            chosen = [name for name, folded in names if f" {wanted}" in f" {folded}"]
        return sorted({facet(one.key, name) for name in chosen[:200]})

    # Words

    def _words(self, units: Sequence[Unit], conditions: Conditions) -> Found:
        read = rewriting.written(self._connection, units, self._frequency)
        wanted = [self._wanted(unit) for unit in read.units]
        pool, is_full = self._all_words(wanted, conditions)
        for again in self._readings(units, read, conditions, is_nowhere=not pool) if len(pool) < FEW else ():
            read = again
            wanted = [self._wanted(unit) for unit in read.units]
            pool, is_full = self._all_words(wanted, conditions)
            if pool:
                break
        phrases = [unit for unit in read.units if unit.is_quoted] if not pool else []
        if phrases:
            missing = " and ".join(f'"{unit.shown}"' for unit in phrases)
            note = f"No item has {missing} in these very words."
            read = Reading([replace(unit, is_quoted=False) for unit in read.units], note)
            wanted = [self._wanted(unit) for unit in read.units]
            pool, is_full = self._all_words(wanted, conditions)
        units, note = read.units, read.note
        ranked = once(rank(self._load(pool), wanted, ranking.WEIGHTS, self._genres))
        complete = len(ranked)
        if complete < ENOUGH and self._has_time():
            pieces = self._pieces(units)
            others = self._some_words(pieces, conditions, set(pool)) if pieces and (len(pieces) > 1 or not pool) else []
            if others:
                wanted += [piece for piece in pieces if piece not in wanted]
                ranked = self._together(pool, others, pieces)
                if len(ranked) > complete:
                    note = f"{note} {_some_words_note(complete, is_phrase=bool(phrases))}".strip()
        found = Found(tuple(ranked), len(ranked), not is_full, note, tuple(wanted))
        return self._with_meaning(found, units, conditions) if may_mean(units) and self._has_time() else found

    def _readings(
        self, typed: Sequence[Unit], read: Reading, conditions: Conditions, *, is_nowhere: bool
    ) -> Iterator[Reading]:
        """Words that few documents have together, as they were probably meant: the likeliest first."""
        if is_nowhere:
            if repaired := self._repaired(typed, conditions):
                note = rewriting.instead(repaired)
                read = rewriting.written(self._connection, repaired, self._frequency, note, is_nowhere=True)
                yield read
            else:
                joined = rewriting.written(self._connection, typed, self._frequency, is_nowhere=True)
                if joined.units != read.units:
                    yield joined
        if wider := rewriting.spelt(self._connection, read, self._frequency):
            yield wider

    def _repaired(self, units: Sequence[Unit], conditions: Conditions) -> list[Unit] | None:
        """Return the units with likely words in place of those that no document has; None if there are none."""
        return spelling.repaired(
            self._connection, units, self._frequency, lambda tried: self._is_anywhere(tried, conditions)
        )

    def _is_anywhere(self, units: Sequence[Unit], conditions: Conditions) -> bool:
        """Whether some document has all units. No longer looked for when time is short."""
        expressions = [self._expression(self._wanted(unit).unit) for unit in units]
        return all(expressions) and self._has_time() and bool(self._matches(" AND ".join(expressions), conditions, 1))

    def _hurry(self) -> None:
        """From now on there is as much time as an answer may take in peace."""
        self._easy_until = time.monotonic() + EASY_S

    def _has_time(self) -> bool:
        return time.monotonic() < self._easy_until

    def _with_meaning(self, found: Found, units: Sequence[Unit], conditions: Conditions) -> Found:
        """Return what was found by its words, fused with what is near in meaning."""
        if self._near is None or (len(units) == 1 and len(found.ranked) >= ENOUGH):
            return found
        documents = self._within(self._near(self._connection, " ".join(unit.shown for unit in units)), conditions)
        known = {one.candidate.document: one for one in found.ranked}
        stories = {one.candidate.link: one.candidate.document for one in found.ranked if one.candidate.link is not None}
        for candidate in self._load([document for document in documents if document not in known]):
            if candidate.link is None or candidate.link not in stories:
                known[candidate.document] = Ranked(candidate, 0.0, 0.0)
                if candidate.link is not None:
                    stories[candidate.link] = candidate.document
        by_words = [one.candidate.document for one in found.ranked]
        by_meaning = [document for document in documents if document in known]
        # A single word may be a name: what only comes near it stands behind what has it.
        fused = fuse([(by_words, 1.0), (by_meaning, MEANING)]) if len(units) > 1 else [*by_words, *by_meaning]
        fused = list(dict.fromkeys(fused))
        note = found.note
        if len(fused) > len(by_words):
            note = f"{note} Some are near in meaning only.".strip()
        return replace(found, ranked=tuple(known[document] for document in fused), total=len(fused), note=note)

    def _within(self, documents: Sequence[int], conditions: Conditions) -> list[int]:
        """Those of the documents that fulfil the conditions, in the same order."""
        if not documents:
            return []
        rows = self._connection.execute(
            "SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid BETWEEN ? AND ?"
            " AND rowid IN (SELECT value FROM json_each(?))",
            (conditions.around(f'facets : "{STORIES}"'), conditions.first, conditions.last, json.dumps(documents)),
        )
        kept = {int(row[0]) for row in rows}
        return [document for document in documents if document in kept]

    def _pieces(self, units: Sequence[Unit]) -> list[Wanted]:
        """Return the single words of the units, as far as the index knows them."""
        pieces: list[Wanted] = []
        for unit in units:
            whole = self._wanted(unit)
            if unit.kind != "words" or unit.is_quoted:
                pieces.append(whole)
                continue
            if len(unit.tokens) == 1 or (unit.is_paired and unit.others):
                pieces.append(whole)
            if len(unit.tokens) > 1 or self._frequency(unit) < ENOUGH:
                pieces += [self._wanted(part) for part in compound_parts(unit) if not is_stop(part)]
        once = {
            piece.unit.tokens: piece for piece in pieces if piece.unit.kind == "link" or self._frequency(piece.unit)
        }
        return list(once.values())

    def _together(self, pool: Sequence[int], others: Sequence[int], pieces: Sequence[Wanted]) -> list[Ranked]:
        """Return the documents with all words and those with a good part of them, ranked as one list."""
        ranked = once(rank(self._load([*pool, *others]), pieces, ranking.WEIGHTS, self._genres))
        complete = set(pool)
        # Where not even the best has a good part, as with the number of something else, little is better than nothing.
        least = min(LEAST_SHARE, max((one.share for one in ranked), default=0.0))
        kept: list[Ranked] = []
        more = 0
        for one in ranked:
            is_complete = one.candidate.document in complete
            if is_complete or (one.share >= least and more < MORE):
                kept.append(one)
                more += not is_complete
        return kept

    def _all_words(self, wanted: Sequence[Wanted], conditions: Conditions) -> tuple[list[int], bool]:
        """Return the newest documents with all units, and whether there are more; those with the exact forms first."""
        expressions = [self._expression(one.unit) for one in wanted]
        if not all(expressions):
            return [], False
        pool = self._matches(" AND ".join(expressions), conditions, POOL + 1)
        if len(pool) <= POOL:
            return pool, False
        exact = [self._exact_expression(one.unit) for one in wanted]
        first = self._matches(" AND ".join(exact), conditions, POOL // 2)
        return list(dict.fromkeys([*first, *pool]))[:POOL], True

    def _some_words(self, wanted: Sequence[Wanted], conditions: Conditions, known: set[int]) -> list[int]:
        """Documents with some of the units: all that have a rare one, then the newest with two broad ones or one."""
        by_rarity = sorted((one for one in wanted if self._expression(one.unit)), key=lambda one: -one.weight)
        threshold = weight(POOL // 2, self._documents)
        rare = [one for one in by_rarity if one.weight >= threshold]
        broad = [one for one in by_rarity if one.weight < threshold][:4]
        pool: dict[int, None] = {}
        if rare:
            either = " OR ".join(self._expression(one.unit) for one in rare)
            pool.update(dict.fromkeys(self._matches(either, conditions, POOL)))
        for at, one in enumerate(broad):
            for other in broad[at + 1 :]:
                both = f"{self._expression(one.unit)} AND {self._expression(other.unit)}"
                pool.update(dict.fromkeys(self._matches(both, conditions, OF_PAIR)))
        if len(pool) < ENOUGH:
            for one in broad:
                pool.update(dict.fromkeys(self._matches(self._expression(one.unit), conditions, OF_ONE)))
        return [document for document in pool if document not in known][:POOL]

    # The index

    def _wanted(self, unit: Unit) -> Wanted:
        if unit.kind == "link":
            return Wanted(unit, (), (), weight(1, self._documents))
        if unit.kind == "prefix":
            words = begins_with(self._connection, unit.tokens[0], 40)
            unit = replace(unit, others=tuple(words))
            needles = tuple(f" {word} " for word in words)
            return Wanted(unit, needles, (), weight(self._frequency(unit), self._documents))
        needles = tuple(f" {needle} " for needle in (" ".join(unit.tokens), *unit.others))
        certain = (unit.surfaces[0], *(other for other in unit.others if other not in unit.guesses))
        exact = tuple(f" {form} " for form in certain) if len(unit.tokens) == 1 else ()
        worth = weight(self._frequency(unit), self._documents) * (ranking.WEIGHTS.weak if is_weak(unit) else 1)
        return Wanted(unit, needles, () if unit.is_paired else exact, worth)

    def _frequency(self, unit: Unit) -> int:
        """How many documents have a unit, about: at most as many as its rarest word. 0 where none may be seen."""
        if unit.kind == "prefix":
            return sum(self._word_frequency(word) for word in unit.others)
        whole = min((self._stem_frequency(token) for token in unit.tokens), default=0)
        return whole + sum(self._word_frequency(other) for other in unit.others)

    def _stem_frequency(self, token: str) -> int:
        documents = self._number("SELECT sum(documents) FROM search_words WHERE stem = ?", token)
        return documents if documents and self._connection.has_word(token) else 0

    def _word_frequency(self, word: str) -> int:
        documents = self._number("SELECT documents FROM search_words WHERE word = ?", word)
        return documents if documents and self._connection.has_word(word) else 0

    def _number(self, statement: str, *values: str) -> int:
        row = self._connection.execute(statement, values).fetchone()
        return int(row[0] or 0) if row else 0

    def _expression(self, unit: Unit) -> str:
        """Return the FTS5 expression of a unit; "" where nothing can have it."""
        if unit.kind == "link":
            return f'facets : "{link_facet(unit.shown)}"'
        if unit.kind == "prefix":
            column = _TEXT if unit.is_paired else "forms"
            return f"{column} : ({' OR '.join(map(_quoted, unit.others))})" if unit.others else ""
        text = f"{_TEXT} : ({' OR '.join(map(_quoted, (' '.join(unit.tokens), *unit.others)))})"
        if not unit.is_quoted or unit.is_paired:
            return text
        return f"({text} AND forms : ({' AND '.join(map(_quoted, unit.surfaces))}))"

    def _exact_expression(self, unit: Unit) -> str:
        if unit.kind != "words" or unit.is_paired or len(unit.tokens) != 1:
            return self._expression(unit)
        return f"forms : ({' OR '.join(map(_quoted, (*unit.surfaces, *unit.others)))})"

    def _matches(self, expression: str, conditions: Conditions, limit: int) -> list[int]:
        rows = self._connection.execute(
            "SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid BETWEEN ? AND ?"
            " ORDER BY rowid DESC LIMIT ?",
            (conditions.around(expression), conditions.first, conditions.last, limit),
        )
        return [int(row[0]) for row in rows]

    def _newest(self, conditions: Conditions, is_limited: bool) -> Found:
        if not is_limited:
            return Found((), 0, True, "Type some words to look for.", ())
        pool = self._matches(f'facets : "{STORIES}"', conditions, POOL + 1)
        ranked = once([Ranked(one, 0.0, 1.0) for one in self._load(pool[:POOL])])
        return Found(tuple(ranked), len(ranked), len(pool) <= POOL, "", ())

    def _load(self, documents: Iterable[int]) -> list[Candidate]:
        """Return the documents' columns, newest first."""
        rows = self._connection.execute(
            "SELECT d.document, d.item_id, d.link, ' ' || i.title || ' ', ' ' || i.labels || ' ',"
            " ' ' || i.links || ' ', ' ' || substr(i.body, 1, ?) || ' ', ' ' || i.forms || ' '"
            " FROM search_documents d JOIN search_index i ON i.rowid = d.document"
            " WHERE d.document IN (SELECT value FROM json_each(?)) ORDER BY d.document DESC",
            (_BODY, json.dumps(list(documents))),
        )
        return [Candidate(*row) for row in rows]


def _quoted(text: str) -> str:
    """As an FTS5 string; it would end at a NUL."""
    return '"' + text.replace("\0", " ").replace('"', '""') + '"'


def _some_words_note(complete: int, *, is_phrase: bool) -> str:
    """Return the sentence for results that have only some of the words, beside `complete` that have all."""
    if not complete:
        return "These have some of the words." if is_phrase else "No item has all words; these have some of them."
    return f"{complete} {'item has' if complete == 1 else 'items have'} all words, the others some of them."

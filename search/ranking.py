"""Ranking of candidates: a BM25F-style score, pure and bounded.

Unlike FTS5's own `bm25` it takes into account how much of the query a document covers, and the document's genre.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from search.genre import Genre, genres_of, is_of_kind
from search.query import Unit
from storage.tokens import fold

# A candidate: its number, item and link, then its columns as `index.py` wrote them (title, labels, links, body), each
# with a space on both sides. The database row itself, because a query has hundreds of them.
CandidateDocument = tuple[int, int, "int | None", str, str, str, str]


class QueryTerm(NamedTuple):
    """A unit of the query for ranking: `needles` are counted in the columns, with a space on both sides."""

    unit: Unit
    needles: tuple[str, ...]
    weight: float  # its inverse document frequency


class Ranked(NamedTuple):
    """A scored document; `share` is the part of the query's weight that it has, from 0 to 1.

    Documents with the same `story` cover the same thing: an event's title without dates, a link, else the document.
    """

    document: int
    item_id: int
    link: int | None
    score: float
    share: float
    has_text: bool  # False if only a section or tag matches
    story: Hashable
    times: int = 1  # how many of the results cover the same story

    @property
    def is_whole(self) -> bool:
        """Whether it has all of the query; the sum of the words' weights is subject to rounding."""
        return self.share > _WHOLE


# Weights of the score, tuned with `benchmarks/search_relevance.py`.
TITLE, LINKS = 3.0, 0.5
LABELS = 2.0  # if the word is at least half of the labels; proportionally less beside other words
SATURATION = 1.5
TITLE_LENGTH, BODY_LENGTH = 0.5, 0.6  # 0: no length normalisation, 1: full
COVERAGE = 0.35
KIND = 0.3  # upper bound for the weight of "best" or "tutorial", relative to the rarest other word
TEACHING = 0.25  # bonus of a tutorial if the query asks for one
UNANSWERED = 2.0  # factor of semantic similarity if no document has all words
UNASKED = 0.3  # penalty of events and jobs that the query does not ask for
_UNASKED: frozenset[Genre] = frozenset({"event", "job"})
_WHOLE = 1 - 1e-9
_TITLE_LENGTH = 50.0  # characters of an average title and body
_BODY_LENGTH = 250.0
_SHORT = 30  # titles shorter than this get no further bonus
# Length normalisation: frequencies are divided by base + step * length, which is 1 at average length.
_TITLE_BASE, _TITLE_STEP = 1 - TITLE_LENGTH, TITLE_LENGTH / _TITLE_LENGTH
_BODY_BASE, _BODY_STEP = 1 - BODY_LENGTH, BODY_LENGTH / _BODY_LENGTH

_LEAST_WORDS = 2  # words that an event's title needs beside its dates
_NAMED = 5  # different words from which on the title alone identifies an event, whatever it links to
# Anchored at a space and possessive; otherwise it backtracks at each letter of a word without a digit.
_WITH_NUMBER = re.compile(r" [^\s\d]*+\d\S*")
# Stems of days and months in English and German: an event's title covers the same story on another day.
_DAYS = frozenset(
    fold(name)
    for name in """mondai tuesdai wednesdai thursdai fridai saturdai sundai montag dienstag mittwoch donnerstag freitag
    samstag sonntag januari februari march april mai june juli august septemb octob novemb decemb januar februar marz
    juni oktob dezemb jan feb mar apr jun jul aug sep sept oct okt nov dec dez""".split()  # noqa: SIM905
)


def weight(documents: int, of: int) -> float:
    """Return BM25's inverse document frequency of a term that `documents` of all documents have."""
    return math.log(1 + (max(of, documents) - documents + 0.5) / (documents + 0.5))


def rank(
    candidates: Sequence[CandidateDocument],
    terms: Sequence[QueryTerm],
    asked: frozenset[Genre] = frozenset(),
) -> list[Ranked]:
    """Return the candidates, which are given newest first, by descending relevance.

    Matches in a section or tag alone come last. If one of them has the whole query, the order is: full matches in the
    text, full matches in sections and tags, partial matches.
    """
    words = {token for term in terms for token in term.unit.tokens}
    terms = _with_light_kinds(terms)
    need = sum(term.weight for term in terms)
    weighed = [(term.needles, term.weight) for term in terms]
    ranked: list[Ranked] = []
    for candidate in candidates:
        document, item_id, link, title, labels, _, _ = candidate
        score, have, has_text = _score(candidate, weighed)
        share = have / need if need else 0.0
        score *= share**COVERAGE
        story: Hashable = document if link is None else (link,)
        if genres := genres_of(title, labels):
            score *= _fitting(genres_of(title, labels, words), asked)
            story = _story(candidate, genres) or story
        ranked.append(Ranked(document, item_id, link, score, share, has_text, story))
    # Two stable sorts: nearly always the first is enough.
    ranked.sort(key=attrgetter("score"), reverse=True)
    if not all(one.has_text for one in ranked):
        is_labelled = any(one.is_whole and not one.has_text for one in ranked)
        ranked.sort(key=lambda one: (is_labelled and one.is_whole, one.has_text), reverse=True)
    return ranked


def says_kind(unit: Unit) -> bool:
    """Whether a unit names the genre that is wanted ("tutorial") rather than the topic."""
    return unit.kind == "words" and not unit.is_quoted and is_of_kind(unit.tokens)


def _with_light_kinds(terms: Sequence[QueryTerm]) -> list[QueryTerm]:
    """Return the terms with the weight of genre words bounded, however rare they are."""
    most = KIND * max((term.weight for term in terms if not says_kind(term.unit)), default=math.inf)
    return [term._replace(weight=min(term.weight, most)) if says_kind(term.unit) else term for term in terms]


def unranked(candidates: Iterable[CandidateDocument], share: float = 1.0) -> list[Ranked]:
    """Return documents that were not found by their words, with this `share` of the query, in the same order."""
    return [
        Ranked(document, item_id, link, score=0.0, share=share, has_text=True, story=_story(one, genres) or document)
        for one in candidates
        for document, item_id, link, title, labels, _, _ in [one]
        for genres in [genres_of(title, labels)]
    ]


def _fitting(genres: frozenset[Genre], asked: frozenset[Genre]) -> float:
    """Return the factor for how well a document's genre fits the query; 1 is neutral."""
    return 1 + TEACHING * ("teaching" in genres & asked) - UNASKED * bool((genres - asked) & _UNASKED)


def _score(candidate: CandidateDocument, terms: Sequence[tuple[tuple[str, ...], float]]) -> tuple[float, float, bool]:
    """Return the score, the weight of the matched terms, and whether any of them is outside of the labels."""
    _, _, _, title, labels, links, body = candidate
    of_title = TITLE / (_TITLE_BASE + _TITLE_STEP * max(len(title), _SHORT))
    of_body = 1 / (_BODY_BASE + _BODY_STEP * len(body))
    have = score = 0.0
    has_text = False
    for needles, weight in terms:
        frequency = in_labels = 0.0
        for needle in needles:
            frequency += of_title * title.count(needle) + of_body * body.count(needle)
            if needle in links:
                frequency += LINKS
            if needle in labels:
                in_labels += LABELS * min(2 * len(needle) / len(labels), 1.0)
        if frequency:
            has_text = True
        elif not in_labels:
            continue
        frequency += in_labels
        have += weight
        score += weight * frequency / (SATURATION + frequency)
    return score, have, has_text


def with_likeness(ranked: Iterable[Ranked], likeness: Mapping[int, float]) -> list[Ranked]:
    """Return results by lexical and semantic relevance together, best first.

    `likeness` is the weighted similarity of the nearest documents; all others get that of the last of these.
    """
    ranked = list(ranked)
    best = max((one.score for one in ranked), default=0.0) or 1.0
    least = min(likeness.values(), default=0.0)
    factor = 1.0 if any(one.is_whole for one in ranked) else UNANSWERED

    def worth(one: Ranked) -> float:
        by_words = (one.score / best + one.share) / 2 if one.has_text else 0.0
        return by_words + factor * likeness.get(one.document, least)

    return sorted(ranked, key=worth, reverse=True)


def once(ranked: Iterable[Ranked]) -> list[Ranked]:
    """Return only the best document of each story, with the number of its documents."""
    kept: dict[Hashable, Ranked] = {}
    for one in ranked:
        known = kept.setdefault(one.story, one)
        if known is not one:
            kept[one.story] = known._replace(times=known.times + 1)
    return list(kept.values())


def _story(candidate: CandidateDocument, genres: frozenset[Genre]) -> Hashable:
    """Return the key of an event's story, or of a linked one; None if the document has neither."""
    _, _, link, title, _, links, _ = candidate
    if "event" in genres:
        words = [word for word in _WITH_NUMBER.sub(" ", title).split() if word not in _DAYS]
        if len(words) >= _LEAST_WORDS:
            return " ".join(words), "" if len(set(words)) >= _NAMED else _WITH_NUMBER.sub(" ", links)
    return None if link is None else (link,)

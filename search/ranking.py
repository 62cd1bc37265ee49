"""Which of the candidates comes first: a score in the manner of BM25F, pure and bounded.

It sees what FTS5's own `bm25` does not: how much of the query a document covers, and what kind of text it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from search.genre import Genre, genres_of, is_of_kind
from search.query import Unit
from storage.tokens import fold


class CandidateDocument(NamedTuple):
    """A document that is ranked: its columns as `index.py` wrote them, each with a space on both sides.

    Like `Ranked` a tuple: of these a question makes hundreds, and a frozen dataclass takes four times as long.
    """

    document: int
    item_id: int
    link: int | None
    title: str
    labels: str
    links: str
    body: str


class QueryTerm(NamedTuple):
    """A unit of the query as ranking needs it: `needles` are looked for in the columns, each with spaces around."""

    unit: Unit
    needles: tuple[str, ...]
    weight: float  # its inverse document frequency


class Ranked(NamedTuple):
    """A candidate with its score; `share` is how much of the query's weight it has, from 0 to 1."""

    candidate: CandidateDocument
    score: float
    share: float
    has_text: bool = True  # False if only a section or tag has what was asked for
    times: int = 1  # how many documents of those found tell the same story
    genres: frozenset[Genre] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether it has the whole question; the sum of its words' weights is not exact."""
        return self.share > 1 - 1e-9

    def without_texts(self) -> Ranked:
        """Return it with nothing in its columns, as small as it can be kept."""
        return self._replace(candidate=CandidateDocument(*self.candidate[:3], "", "", "", ""))


# What the score is made of; the values are those that `benchmarks/search_relevance.py` found best.
TITLE, LINKS = 3.0, 0.5
LABELS = 2.0  # where the word is half of the labels or more; less the more stands beside it
SATURATION = 1.5
TITLE_LENGTH, BODY_LENGTH = 0.5, 0.6  # 0: length does not matter, 1: it matters fully
COVERAGE = 0.35
KIND = 0.3  # the most that "best" or "tutorial" weighs, as a share of the weight of the rarest other word
TEACHING = 0.25  # of a text that teaches where the question asks for one
UNASKED = 0.3  # taken from an event or a job that the question does not ask for
_UNASKED: frozenset[Genre] = frozenset({"event", "job"})
_TITLE_LENGTH = 50.0  # characters of the usual title and body
_BODY_LENGTH = 250.0
_SHORT = 30  # shorter titles are not better ones

_LEAST_WORDS = 2  # words of an event's title without its dates
_NAMED = 5  # different words from which on a title alone says which event it is, whatever else it links to
_WITH_NUMBER = re.compile(r"\S*\d\S*")
# Stems of days and months in English and German: the title of an event is the same story on another day.
_DAYS = frozenset(
    fold(name)
    for name in """mondai tuesdai wednesdai thursdai fridai saturdai sundai montag dienstag mittwoch donnerstag freitag
    samstag sonntag januari februari march april mai june juli august septemb octob novemb decemb januar februar marz
    juni oktob dezemb jan feb mar apr jun jul aug sep sept oct okt nov dec dez""".split()  # noqa: SIM905
)


def weight(documents: int, of: int) -> float:
    """Return the inverse document frequency of what `documents` of all documents have, as BM25 takes it."""
    return math.log(1 + (max(of, documents) - documents + 0.5) / (documents + 0.5))


def rank(
    candidates: Sequence[CandidateDocument],
    terms: Sequence[QueryTerm],
    asked: frozenset[Genre] = frozenset(),
) -> list[Ranked]:
    """Return the candidates, best first; the newer first among equals.

    What only a section or tag has comes last, unless that has the whole question: then all texts with the whole
    question come first, such sections and tags next, and what has a part of the question behind them.
    """
    words = {token for term in terms for token in term.unit.tokens}
    terms = _with_light_kinds(terms)
    need = sum(term.weight for term in terms)
    ranked: list[Ranked] = []
    for candidate in candidates:
        score, share, has_text = _score(candidate, terms, need)
        if genres := genres_of(candidate.title, candidate.labels):
            score *= _fitting(genres_of(candidate.title, candidate.labels, words), asked)
        ranked.append(Ranked(candidate, score, share, has_text, genres=genres))
    is_labelled = any(one.is_whole and not one.has_text for one in ranked)

    def order(one: Ranked) -> tuple[bool, bool, float, int]:
        return is_labelled and one.is_whole, one.has_text, one.score, one.candidate.document

    return sorted(ranked, key=order, reverse=True)


def says_kind(unit: Unit) -> bool:
    """Whether a unit says what kind of text is wanted ("tutorial") rather than about what."""
    return unit.kind == "words" and not unit.is_quoted and is_of_kind(unit.tokens)


def _with_light_kinds(terms: Sequence[QueryTerm]) -> list[QueryTerm]:
    """Return the terms with a bound on the weight of those that say the kind of text, however rare they are."""
    most = KIND * max((term.weight for term in terms if not says_kind(term.unit)), default=math.inf)
    return [term._replace(weight=min(term.weight, most)) if says_kind(term.unit) else term for term in terms]


def unranked(candidates: Iterable[CandidateDocument], share: float = 1.0) -> list[Ranked]:
    """Return documents that were not found by their words, with their `share` of the query; in the same order."""
    return [Ranked(one, 0.0, share, genres=genres_of(one.title, one.labels)) for one in candidates]


def _fitting(genres: frozenset[Genre], asked: frozenset[Genre]) -> float:
    """How well the kind of text fits the question, 1 where neither says anything of it."""
    return 1 + TEACHING * ("teaching" in genres & asked) - UNASKED * bool((genres - asked) & _UNASKED)


def _score(candidate: CandidateDocument, terms: Sequence[QueryTerm], need: float) -> tuple[float, float, bool]:
    """Return the score, the share of `need`, the query's weight, and whether more than a label has anything of it."""
    _, _, _, title, labels, links, body = candidate
    of_title = TITLE / _norm(max(len(title), _SHORT) / _TITLE_LENGTH, TITLE_LENGTH)
    of_body = 1 / _norm(len(body) / _BODY_LENGTH, BODY_LENGTH)
    have = score = 0.0
    has_text = False
    for _, needles, weight in terms:
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
    share = have / need if need else 0.0
    return score * share**COVERAGE, share, has_text


def _norm(length: float, importance: float) -> float:
    """Return what frequency is divided by in a text of so many times the usual length."""
    return 1 - importance + importance * length


def fuse(rankings: Sequence[tuple[Sequence[int], float]], near: int = 20) -> list[int]:
    """Return the members of several rankings (each with its weight), fused by reciprocal rank, best first.

    `near` says how fast a place counts less; benchmarks/search_relevance.py found 20 best.
    """
    scores: dict[int, float] = {}
    for ranking, factor in rankings:
        for place, member in enumerate(ranking):
            scores[member] = scores.get(member, 0.0) + factor / (near + place + 1)
    return sorted(scores, key=lambda member: -scores[member])


def once(ranked: Iterable[Ranked]) -> list[Ranked]:
    """Of several documents about the same story only the first, which says how many they are."""
    kept: dict[Hashable, Ranked] = {}
    for one in ranked:
        story = _story(one)
        known = kept.get(story)
        kept[story] = known._replace(times=known.times + 1) if known else one
    return list(kept.values())


def _story(one: Ranked) -> Hashable:
    """Return what a document's story is known by: the title of an event without dates, the link, or nothing but
    itself.
    """
    candidate = one.candidate
    if "event" in one.genres:
        words = [word for word in _WITH_NUMBER.sub(" ", candidate.title).split() if word not in _DAYS]
        if len(words) >= _LEAST_WORDS:
            links = "" if len(set(words)) >= _NAMED else _WITH_NUMBER.sub(" ", candidate.links)
            return (" ".join(words), links)
    return candidate.link if candidate.link is not None else (candidate.document,)

"""Which of the candidates comes first: a score in the manner of BM25F, pure and bounded.

It sees what FTS5's own `bm25` does not: how much of the query a document covers, and what kind of text it is.
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

# A document that is ranked: its number, item and link, then its columns as `index.py` wrote them (title, labels, links,
# body), each with a space on both sides. The row itself, for a question has hundreds.
CandidateDocument = tuple[int, int, "int | None", str, str, str, str]


class QueryTerm(NamedTuple):
    """A unit of the query as ranking needs it: `needles` are looked for in the columns, each with spaces around."""

    unit: Unit
    needles: tuple[str, ...]
    weight: float  # its inverse document frequency


class Ranked(NamedTuple):
    """A document with its score; `share` is how much of the query's weight it has, from 0 to 1.

    What has the same `story` tells the same: the title of an event without dates, the link, else the document alone.
    """

    document: int
    item_id: int
    link: int | None
    score: float
    share: float
    has_text: bool  # False if only a section or tag has what was asked for
    story: Hashable
    times: int = 1  # how many documents of those found tell the same story

    @property
    def is_whole(self) -> bool:
        """Whether it has the whole question; the sum of its words' weights is not exact."""
        return self.share > _WHOLE


# What the score is made of; the values are those that `benchmarks/search_relevance.py` found best.
TITLE, LINKS = 3.0, 0.5
LABELS = 2.0  # where the word is half of the labels or more; less the more stands beside it
SATURATION = 1.5
TITLE_LENGTH, BODY_LENGTH = 0.5, 0.6  # 0: length does not matter, 1: it matters fully
COVERAGE = 0.35
KIND = 0.3  # the most that "best" or "tutorial" weighs, as a share of the weight of the rarest other word
TEACHING = 0.25  # of a text that teaches where the question asks for one
UNANSWERED = 2.0  # times what nearness of meaning counts where no document has all words
UNASKED = 0.3  # taken from an event or a job that the question does not ask for
_UNASKED: frozenset[Genre] = frozenset({"event", "job"})
_WHOLE = 1 - 1e-9
_TITLE_LENGTH = 50.0  # characters of the usual title and body
_BODY_LENGTH = 250.0
_SHORT = 30  # shorter titles are not better ones
# What frequency is divided by, 1 in a text of the usual length: this and so much more for each of its characters.
_TITLE_BASE, _TITLE_STEP = 1 - TITLE_LENGTH, TITLE_LENGTH / _TITLE_LENGTH
_BODY_BASE, _BODY_STEP = 1 - BODY_LENGTH, BODY_LENGTH / _BODY_LENGTH

_LEAST_WORDS = 2  # words of an event's title without its dates
_NAMED = 5  # different words from which on a title alone says which event it is, whatever else it links to
# From a space on, and possessive: without these it would be tried anew at each letter of a word without a digit.
_WITH_NUMBER = re.compile(r" [^\s\d]*+\d\S*")
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
    """Return the candidates, which are the newest first, by how well they answer, the best first.

    What only a section or tag has comes last, unless that has the whole question: then all texts with the whole
    question come first, such sections and tags next, and what has a part of the question behind them.
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
    # In two steps, each of which leaves equals as they were: nearly always the first has put all in order.
    ranked.sort(key=attrgetter("score"), reverse=True)
    if not all(one.has_text for one in ranked):
        is_labelled = any(one.is_whole and not one.has_text for one in ranked)
        ranked.sort(key=lambda one: (is_labelled and one.is_whole, one.has_text), reverse=True)
    return ranked


def says_kind(unit: Unit) -> bool:
    """Whether a unit says what kind of text is wanted ("tutorial") rather than about what."""
    return unit.kind == "words" and not unit.is_quoted and is_of_kind(unit.tokens)


def _with_light_kinds(terms: Sequence[QueryTerm]) -> list[QueryTerm]:
    """Return the terms with a bound on the weight of those that say the kind of text, however rare they are."""
    most = KIND * max((term.weight for term in terms if not says_kind(term.unit)), default=math.inf)
    return [term._replace(weight=min(term.weight, most)) if says_kind(term.unit) else term for term in terms]


def unranked(candidates: Iterable[CandidateDocument], share: float = 1.0) -> list[Ranked]:
    """Return documents that were not found by their words, with their `share` of the query; in the same order."""
    return [
        Ranked(document, item_id, link, score=0.0, share=share, has_text=True, story=_story(one, genres) or document)
        for one in candidates
        for document, item_id, link, title, labels, _, _ in [one]
        for genres in [genres_of(title, labels)]
    ]


def _fitting(genres: frozenset[Genre], asked: frozenset[Genre]) -> float:
    """Return how well the kind of text fits the question, 1 where neither says anything of it."""
    return 1 + TEACHING * ("teaching" in genres & asked) - UNASKED * bool((genres - asked) & _UNASKED)


def _score(candidate: CandidateDocument, terms: Sequence[tuple[tuple[str, ...], float]]) -> tuple[float, float, bool]:
    """Return the score, the weight of the terms it has, and whether more than a label has anything of them."""
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
    """Return what was ranked by how well its words and its meaning answer together, best first.

    `likeness` says what nearness counts, of the nearest documents; others count as near as the last of these.
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
    """Return only the first of several documents about the same story; it says how many they are."""
    kept: dict[Hashable, Ranked] = {}
    for one in ranked:
        known = kept.setdefault(one.story, one)
        if known is not one:
            kept[one.story] = known._replace(times=known.times + 1)
    return list(kept.values())


def _story(candidate: CandidateDocument, genres: frozenset[Genre]) -> Hashable:
    """Return what the story of an event, or of what has a link, is known by; None for others."""
    _, _, link, title, _, links, _ = candidate
    if "event" in genres:
        words = [word for word in _WITH_NUMBER.sub(" ", title).split() if word not in _DAYS]
        if len(words) >= _LEAST_WORDS:
            return " ".join(words), "" if len(set(words)) >= _NAMED else _WITH_NUMBER.sub(" ", links)
    return None if link is None else (link,)

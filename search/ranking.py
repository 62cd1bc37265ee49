"""Which of the documents that match comes first: a score in the manner of BM25F, pure and bounded.

The pool that is ranked holds at most a few thousand documents, so that it can be scored here, with
what FTS5's own `bm25` does not see: the exact form of a word, words beside each other, how much of
the query a document covers, and its age.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from search.query import Unit, is_number


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document of the pool: its columns as `index.py` wrote them, each with a space on both sides."""

    document: int
    item_id: int
    link: int | None
    title: str
    labels: str
    links: str
    body: str
    forms: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A unit of the query as ranking needs it: `needles` are looked for in the columns, each with spaces around."""

    unit: Unit
    needles: tuple[str, ...]
    exact: tuple[str, ...]  # looked for among the document's forms; empty where there is no other form
    weight: float  # how much finding it says: its inverse document frequency


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score; `share` is how much of the query's weight it has, from 0 to 1."""

    candidate: Candidate
    score: float
    share: float


@dataclass(frozen=True, slots=True)
class Weights:
    """What the score is made of; the values are those that `benchmarks/search_relevance.py` found best."""

    title: float = 2.6
    labels: float = 2.0  # where the word is half of the labels or more; less the more stands beside it
    body_most: float = 3.0  # so that no number of mentions below outweighs a title
    links: float = 0.5
    saturation: float = 1.5
    evidence: float = 1.0  # from so much on (one mention in a text of usual length) a document has a word for certain
    title_length: float = 0.5  # 0: length does not matter, 1: it matters fully
    body_length: float = 0.6
    inexact: float = 0.75
    adjacent: float = 0.35
    coverage: float = 0.5
    complete: float = 0.15
    weak: float = 0.5
    number: float = 0.3  # of a number where the word that it stands beside in the query is missing
    age: float = 0.1


WEIGHTS = Weights()
_TITLE_LENGTH = 50.0  # characters of the usual title and body
_BODY_LENGTH = 250.0
_SHORT = 30  # shorter titles are not better ones
_FRESH_DAYS = 1000.0  # after so many days the bonus for a new item has halved


def weight(documents: int, of: int) -> float:
    """Return the inverse document frequency of what `documents` of all documents have, as BM25 takes it."""
    return math.log(1 + (max(of, documents) - documents + 0.5) / (documents + 0.5))


def rank(
    candidates: Sequence[Candidate], wanted: Sequence[Wanted], newest_day: int, weights: Weights = WEIGHTS
) -> list[Ranked]:
    """Return the candidates, best first; the newer first among equals."""
    pairs = _neighbours(wanted)
    named = _named(wanted)
    ranked = [_score(candidate, wanted, pairs, named, newest_day, weights) for candidate in candidates]
    ranked.sort(key=lambda one: (-one.score, -one.candidate.document))
    return ranked


def _neighbours(wanted: Sequence[Wanted]) -> list[tuple[str, float]]:
    """What stands in a text where two units of the query follow each other, and what that is worth."""
    return [
        (_side_by_side(first, second), min(first.weight, second.weight))
        for first, second in pairwise(wanted)
        if first.needles and second.needles
    ]


def _side_by_side(first: Wanted, second: Wanted) -> str:
    """How a text has two units next to each other; no space separates words of one run: a pair joins them."""
    before, behind = first.needles[0].strip(), second.needles[0].strip()
    joint = f"{before[-1]}{behind[0]} " if second.unit.before == first.unit.shown else ""
    return f" {before} {joint}{behind} "


def _named(wanted: Sequence[Wanted]) -> dict[int, int]:
    """For each number of the query the place of the word before it, else of the one behind: "0.12" of "bevy 0.12"."""
    words = [at for at, one in enumerate(wanted) if not is_number(one.unit)]
    if not words:
        return {}
    return {
        at: max((word for word in words if word < at), default=words[0])
        for at, one in enumerate(wanted)
        if is_number(one.unit)
    }


def _score(
    candidate: Candidate,
    wanted: Sequence[Wanted],
    pairs: Sequence[tuple[str, float]],
    named: Mapping[int, int],
    newest_day: int,
    weights: Weights,
) -> Ranked:
    title_factor = weights.title / (
        1 - weights.title_length + weights.title_length * max(len(candidate.title), _SHORT) / _TITLE_LENGTH
    )
    body_factor = 1 / (1 - weights.body_length + weights.body_length * len(candidate.body) / _BODY_LENGTH)
    have = sure = need = 0.0
    score = 0.0
    for at, one in enumerate(wanted):
        need += one.weight
        worth = one.weight
        if at in named and not _is_in(candidate, wanted[named[at]]):
            worth *= weights.number
        often = in_body = 0.0
        for needle in one.needles:
            in_body += body_factor * candidate.body.count(needle)
            often += title_factor * candidate.title.count(needle)
            if needle in candidate.labels:
                often += weights.labels * min(2 * len(needle) / len(candidate.labels), 1.0)
            often += weights.links * (needle in candidate.links)
        often += min(in_body, weights.body_most)
        if often:
            have += worth
            sure += worth * min(often / weights.evidence, 1.0)
            exact = not one.exact or any(form in candidate.forms for form in one.exact)
            score += worth * often / (weights.saturation + often) * (1.0 if exact else weights.inexact)
    for needle, beside in pairs:
        if needle in candidate.title or needle in candidate.body:
            score += weights.adjacent * beside
    share = have / need if need else 0.0
    evident = sure / need if need else 0.0
    score *= evident**weights.coverage
    if evident > 0.999:
        score *= 1 + weights.complete
    age = max(newest_day - (candidate.document >> 24), 0)
    score *= 1 + weights.age / (1 + age / _FRESH_DAYS)
    return Ranked(candidate, score, share)


def _is_in(candidate: Candidate, one: Wanted) -> bool:
    columns = (candidate.title, candidate.labels, candidate.links, candidate.body)
    return any(needle in column for needle in one.needles for column in columns)


def fuse(rankings: Sequence[tuple[Sequence[int], float]], near: int = 20) -> list[int]:
    """Return the members of several rankings (each with its weight), fused by reciprocal rank, best first.

    `near` says how fast a place loses worth; benchmarks/search_relevance.py found 20 best.
    """
    worth: dict[int, float] = {}
    for ranking, factor in rankings:
        for place, member in enumerate(ranking):
            worth[member] = worth.get(member, 0.0) + factor / (near + place + 1)
    return sorted(worth, key=lambda member: -worth[member])

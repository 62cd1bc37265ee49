"""Which of the documents that match comes first: a score in the manner of BM25F, pure and bounded.

The pool that is ranked holds at most a few thousand documents, so that it can be scored here, with
what FTS5's own `bm25` does not see: the exact form of a word, words beside each other, how much of
the query a document covers, and its age.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from search.genre import Genre, genres_of
from search.query import Unit


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
    has_text: bool = True  # False where only a section or tag has what was asked for
    times: int = 1  # how many documents of those found tell the same story


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
    weak: float = 0.5
    teaching: float = 0.25  # of a text that teaches where the question asks for one
    release: float = 0.2  # taken from a release where it does
    unasked: float = 0.3  # taken from an event or a job that the question does not ask for


WEIGHTS = Weights()
_TITLE_LENGTH = 50.0  # characters of the usual title and body
_BODY_LENGTH = 250.0
_SHORT = 30  # shorter titles are not better ones


def weight(documents: int, of: int) -> float:
    """Return the inverse document frequency of what `documents` of all documents have, as BM25 takes it."""
    return math.log(1 + (max(of, documents) - documents + 0.5) / (documents + 0.5))


def rank(
    candidates: Sequence[Candidate],
    wanted: Sequence[Wanted],
    weights: Weights = WEIGHTS,
    asked: frozenset[Genre] = frozenset(),
) -> list[Ranked]:
    """Return the candidates, best first; the newer first among equals, those that only a label has last."""
    pairs = _neighbours(wanted)
    scored = (_score(candidate, wanted, pairs, weights) for candidate in candidates)
    words = {token for one in wanted for token in one.unit.tokens}
    ranked = [replace(one, score=one.score * _fitting(one.candidate, asked, words, weights)) for one in scored]
    ranked.sort(key=lambda one: (not one.has_text, -one.score, -one.candidate.document))
    return ranked


def _fitting(candidate: Candidate, asked: frozenset[Genre], words: set[str], weights: Weights) -> float:
    """How well the kind of text fits the question, 1 where neither says anything of it."""
    genres = genres_of(candidate.title, candidate.labels, words)
    factor = 1.0
    if "teaching" in asked:
        factor += weights.teaching * ("teaching" in genres) - weights.release * ("release" in genres - asked)
    return factor - weights.unasked * bool((genres - asked) & {"event", "job"})


def _neighbours(wanted: Sequence[Wanted]) -> list[tuple[str, float]]:
    """Return what stands in a text where two units of the query follow each other, and what that is worth."""
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


def _score(
    candidate: Candidate,
    wanted: Sequence[Wanted],
    pairs: Sequence[tuple[str, float]],
    weights: Weights,
) -> Ranked:
    title_factor = weights.title / (
        1 - weights.title_length + weights.title_length * max(len(candidate.title), _SHORT) / _TITLE_LENGTH
    )
    body_factor = 1 / (1 - weights.body_length + weights.body_length * len(candidate.body) / _BODY_LENGTH)
    have = sure = need = 0.0
    score = 0.0
    has_text = False
    for one in wanted:
        need += one.weight
        often = in_body = in_labels = 0.0
        for needle in one.needles:
            in_body += body_factor * candidate.body.count(needle)
            often += title_factor * candidate.title.count(needle) + weights.links * (needle in candidate.links)
            if needle in candidate.labels:
                in_labels += weights.labels * min(2 * len(needle) / len(candidate.labels), 1.0)
        often += min(in_body, weights.body_most)
        has_text = has_text or often > 0
        often += in_labels
        if often:
            have += one.weight
            sure += one.weight * min(often / weights.evidence, 1.0)
            exact = not one.exact or any(form in candidate.forms for form in one.exact)
            score += one.weight * often / (weights.saturation + often) * (1.0 if exact else weights.inexact)
    for needle, beside in pairs:
        if needle in candidate.title or needle in candidate.body:
            score += weights.adjacent * beside
    share = have / need if need else 0.0
    evident = sure / need if need else 0.0
    score *= evident**weights.coverage
    return Ranked(candidate, score, share, has_text)


def fuse(rankings: Sequence[tuple[Sequence[int], float]], near: int = 20) -> list[int]:
    """Return the members of several rankings (each with its weight), fused by reciprocal rank, best first.

    `near` says how fast a place loses worth; benchmarks/search_relevance.py found 20 best.
    """
    worth: dict[int, float] = {}
    for ranking, factor in rankings:
        for place, member in enumerate(ranking):
            worth[member] = worth.get(member, 0.0) + factor / (near + place + 1)
    return sorted(worth, key=lambda member: -worth[member])

"""Genres of items (tutorials, events, jobs), and the genre that a query asks for."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache
from typing import Literal

from storage.tokens import WEAK_WORDS, tokenize

Genre = Literal["teaching", "event", "job"]

# Words that mark a genre in a title (events and jobs: also in a section), and that ask for it in a query.
_WORDS: dict[Genre, str] = {
    "teaching": """tutorial guide introduction intro beginner basics learn teach explained course lesson lecture book
        exercises primer handbook einfuhrung anleitung lernen tutoriel guia 教程 入门 学习 自学 新手 入門 使い方 입문
        배우기""",
    "event": """meetup event conference workshop hackathon webinar hacknight hackday termine veranstaltung 会议 勉強会
        밋업""",
    "job": "job hiring hire career vacancy internship stellenangebot 招聘 求人 채용",
}
_ALSO_ASKED = {"teaching": "how explain best wie 怎么 如何"}
_LABELLED: tuple[Genre, ...] = ("event", "job")


def _stems(words: str) -> frozenset[str]:
    return frozenset(token.text for token in tokenize(words) if len(token.text) > 1)


# Computed on first use: the Chinese words load a converter that an idle bot does not need.


@cache
def _told() -> dict[Genre, frozenset[str]]:
    return {genre: _stems(words) for genre, words in _WORDS.items()}


@cache
def _telling() -> frozenset[str]:
    return frozenset[str]().union(*_told().values())


@cache
def _asked() -> dict[Genre, frozenset[str]]:
    return {genre: words | _stems(_ALSO_ASKED.get(genre, "")) for genre, words in _told().items()}


def asked_for(text: str) -> frozenset[Genre]:
    """Return the genres that a query asks for."""
    tokens = {token.text for token in tokenize(text)}
    return frozenset(genre for genre, words in _asked().items() if words & tokens)


@cache
def _of_kind() -> frozenset[str]:
    # English words only: lower weights for the Chinese ones made results worse on every judged set.
    return frozenset(one for one in _stems(" ".join(WEAK_WORDS)) | _asked()["teaching"] if one.isascii())


def is_of_kind(tokens: Collection[str]) -> bool:
    """Whether all of these query tokens ask for a tutorial, or for the best, in English."""
    return _of_kind().issuperset(tokens)


def teaching_words() -> list[str]:
    """Return the tokens that mark a tutorial in a title."""
    return sorted(_told()["teaching"])


def genres_of(title: str, labels: str, asked: Collection[str] = ()) -> frozenset[Genre]:
    """Return the genres that a title and its labels mark; both are streams of tokens with a space on both sides.

    Words of the query are ignored: in results for "learning English", "learning" does not mark a tutorial.
    """
    told = _labelled(labels)
    words = title.split()
    if not _telling().isdisjoint(words) and (words := _telling().intersection(words).difference(asked)):
        told |= frozenset[Genre](genre for genre, known in _told().items() if words & known)
    return told


@lru_cache(maxsize=1 << 10)  # the same for all items of a section
def _labelled(labels: str) -> frozenset[Genre]:
    words = labels.split()
    return frozenset(genre for genre in _LABELLED if not _told()[genre].isdisjoint(words))

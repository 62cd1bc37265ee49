"""Genres of items, and the genre that a question asks for: a tutorial, an event, a job."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache
from typing import Literal

from storage.tokens import WEAK_WORDS, tokenize

Genre = Literal["teaching", "event", "job"]

# Words that tell a genre in a title (of an event and a job also in a section), and in a question ask for it.
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


# Made when they are needed: Chinese words load a converter that a bot which nobody asks can do without.


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
    """Return the genres that a question asks for by its words."""
    tokens = {token.text for token in tokenize(text)}
    return frozenset(genre for genre, words in _asked().items() if words & tokens)


@cache
def _of_kind() -> frozenset[str]:
    # Of English alone: to count the Chinese ones less made answers worse on each judged set.
    return frozenset(one for one in _stems(" ".join(WEAK_WORDS)) | _asked()["teaching"] if one.isascii())


def is_of_kind(tokens: Collection[str]) -> bool:
    """Whether all of these tokens of a question ask for texts that teach, or for the best, in English."""
    return _of_kind().issuperset(tokens)


def teaching_words() -> list[str]:
    """Return the tokens by which a title tells that the text teaches."""
    return sorted(_told()["teaching"])


def genres_of(title: str, labels: str, asked: Collection[str] = ()) -> frozenset[Genre]:
    """Return the genres that a title and its labels tell; both are streams of tokens with a space on both sides.

    Words that were asked for tell nothing: who looks for "learning English" does not mean every text with "learning".
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

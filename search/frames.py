"""Filler around questions as people type them: "what is the best way to", "gibt es etwas neues zu"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from storage.tokens import FOREIGN_STOP_WORDS, STOP_WORDS

# Function words that several languages share, so they do not identify one.
_SHARED = frozenset("de du el en est la".split())  # noqa: SIM905 - as the lists below
FUNCTION_WORDS = STOP_WORDS.union(_SHARED, *FOREIGN_STOP_WORDS.values())
# Content words that can begin a frame. Without a function word after them they are part of the topic: "best practices".
_FIRST = frozenset(
    """best can't easiest easy explain fastest give good hello help hey hi ideas know like looking need please
    recommend search searching show simplest suggest tell thanks tips trying want wanted whats beste besten
    brauche erklare gute guten hallo hat hilfe kennt kennst konnte konnen mochte suche suchen tipps weiss
    zeig""".split()  # noqa: SIM905
)
# Content words that can follow in a frame.
_INNER = frozenset(
    """article articles available better deal difference differences different difficult explanation fast find
    going happened happening happens hear hello idea information interested latest learn let make making mean
    means much news new people post posts proper quick read recommendation recommendations recommended right say
    saying see should simple start started stories story think thoughts understand us way ways work works am
    anfangen artikel bedeutet besten bitte diese dieser die eigentlich empfehlen er erfahren erklaren erklart es
    funktioniert funktionieren geht gut guter heisst irgendwas konnt konntet lernen lesen mal man meinen mir
    moglichkeit moglichkeiten nachrichten neue neues sagt sicher tun unterschied versteht weg weise wissen""".split()  # noqa: SIM905
)
_LAST = frozenset(("mean", "means", "please", "thanks", "work", "works", "bedeutet", "bitte", "danke", "funktioniert"))


def inside_frame(words: Sequence[str]) -> Sequence[int]:
    """Return the indices of a query's folded words that are outside of its frame; all of them if none would remain."""
    frame = list(takewhile(lambda word: word in FUNCTION_WORDS or word in _FIRST or word in _INNER, words))
    if not frame or frame[0] in _INNER - _FIRST or FUNCTION_WORDS.isdisjoint(frame):
        return range(len(words))
    end = len(words)
    while end > len(frame) and words[end - 1] in _LAST:
        end -= 1
    return range(len(frame), end) or range(len(words))


def is_frame(words: Sequence[str]) -> bool:
    """Whether folded words are nothing but the beginning of a frame; True for no words."""
    return all(word in FUNCTION_WORDS or word in _FIRST or word in _INNER for word in words)

"""Phrases to search texts for: patterns in lower case, arranged so that most texts cost little."""

from __future__ import annotations

import re
from dataclasses import dataclass

_START = r"^\W*"
_LATER = ("^.{", r"^\W*.{")  # near the beginning; found by their keys, as they are slow to look for
_LONGEST = 5_000  # characters that are looked through: some phrases take the square of a text's length
_FIRST_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Phrases:
    """Patterns of phrases, those that are at the beginning apart from those that stand anywhere.

    `keys` are words of which each phrase of `anywhere` has one, in lower case: most texts have none, and looking for
    them is fifty times cheaper than looking for the phrases.
    """

    opening: re.Pattern[str] | None
    exact: re.Pattern[str] | None
    anywhere: re.Pattern[str] | None
    keys: tuple[str, ...] = ()
    ascii_keys: tuple[str, ...] = ()  # those that a text in plain Latin letters may hold

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first phrase that is found, whichever it is; the match is one in lower case.

        Of a very long text only the beginning is looked through.
        """
        text = text[:_LONGEST].lower()
        word = _FIRST_WORD.search(text)
        found = self.opening.match(text, word.start()) if self.opening is not None and word else None
        if found is None and self.exact is not None:
            found = self.exact.match(text)
        if found is None and self.anywhere is not None and self._may_hold(text):
            found = self.anywhere.search(text)
        return found

    def _may_hold(self, text: str) -> bool:
        if not self.keys:
            return True
        keys = self.ascii_keys if text.isascii() else self.keys
        for key in keys:  # noqa: SIM110 - a generator takes a third longer, and every paragraph comes here
            if key in text:
                return True
        return False


def _alternatives(pattern: str) -> list[str]:
    """Return the alternatives of `pattern` outside of brackets."""
    out, start, depth, index = list[str](), 0, 0, 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
        elif char == "[":
            index += 2
            while pattern[index] != "]":
                index += 2 if pattern[index] == "\\" else 1
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and not depth:
            out.append(pattern[start:index])
            start = index + 1
        index += 1
    return [*out, pattern[start:]]


def _compiled(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns)) if patterns else None


def any_of(*patterns: str, keys: str = "") -> Phrases:
    """Phrases that a text holds; `keys` are words in lower case, parted by "|", of which each within a text has one."""
    opening: list[str] = []
    exact: list[str] = []
    late: list[str] = []
    for one in (one for pattern in patterns for one in _alternatives(pattern)):
        if not one.startswith("^") or one.startswith(_LATER):
            late.append(one)
        elif one.startswith(_START):
            opening.append(one.removeprefix(_START))
        else:
            exact.append(one)
    words = tuple(keys.split("|")) if keys else ()
    in_ascii = tuple(filter(str.isascii, words))
    return Phrases(_compiled(opening), _compiled(exact), _compiled(late), words, in_ascii)


def whole(*patterns: str) -> re.Pattern[str]:
    """Return what a whole text says, a mark of punctuation at its end or not."""
    return re.compile(rf"(?:{'|'.join(patterns)})\s*[:：!！?？.。…]*")

"""Phrase matching: lower-case patterns, arranged so that most texts are rejected quickly."""

from __future__ import annotations

import re
from dataclasses import dataclass

_START = r"^\W*"
_LATER = ("^.{", r"^\W*.{")  # patterns anchored near the beginning, which are slow and therefore found by their keys
_LONGEST = 5_000  # characters that are searched: some phrases take quadratic time
_FIRST_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Phrases:
    """Compiled phrases, separately for the beginning of a text and for anywhere in it.

    Each phrase of `anywhere` contains one of `keys`, words in lower case. Most texts contain none of them, and checking
    that is fifty times cheaper than searching for the phrases.
    """

    opening: re.Pattern[str] | None
    exact: re.Pattern[str] | None
    anywhere: re.Pattern[str] | None
    keys: tuple[str, ...] = ()
    ascii_keys: tuple[str, ...] = ()  # the ASCII ones

    def search(self, text: str) -> re.Match[str] | None:
        """Return a match of any phrase, in the lower-case text. Only the beginning of a very long text is searched."""
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
        for key in keys:  # noqa: SIM110 - a generator is a third slower, and this runs for every paragraph
            if key in text:
                return True
        return False


def _alternatives(pattern: str) -> list[str]:
    """Return the top-level alternatives of `pattern`."""
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
    """Compile phrases; `keys` are lower-case words separated by "|", one of which every unanchored phrase contains."""
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
    """Compile phrases that match a whole text, with or without punctuation at its end."""
    return re.compile(rf"(?:{'|'.join(patterns)})\s*[:：!！?？.。…]*")

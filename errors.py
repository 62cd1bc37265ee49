"""The kinds of expected error; the text of each is a sentence for a person.

`HeraldError` is the base; what is below it is expected and its text is meant for people:
it says what is wrong, where, and what to do. Anything else is a bug: it is logged with its
traceback and a person gets an incident number.
"""

from __future__ import annotations

import functools
import re

_SENTENCES: set[str] = set()


def S_(text: str) -> str:  # noqa: N802 -- like N_, of the catalogues
    """Mark a sentence that is stored, or handed on, in English and translated where it is shown.

    The log of decisions and the ledger keep their reasons in English, so that a reason reads the same whoever looks.
    `untold` finds the sentence, with its `{names}`, in what was made of it.
    """
    if text not in _SENTENCES:
        _SENTENCES.add(text)
        _most_telling.cache_clear()
    return text


@functools.cache
def _most_telling() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return all sentences with what recognizes each, those with the most words of their own first.

    Made once somebody is answered in another language: two hundred patterns are a hundredth of a start.
    """
    ordered = sorted(_SENTENCES, key=lambda text: (-len(re.sub(r"\{\w*\}", "", text)), text))
    return tuple((text, _pattern(text)) for text in ordered)


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    named = (f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile("".join(named), re.DOTALL)


def untold(text: str) -> tuple[str, dict[str, str]] | None:
    """Return the sentence that a text was made from and the values in it, None if it was made from none."""
    for sentence, pattern in _most_telling():
        if (found := pattern.fullmatch(text)) is not None:
            return sentence, found.groupdict()
    return None


class HeraldError(Exception):
    """Base of all expected errors; `str()` is one sentence for the person concerned."""

    exit_status = 1


class UserError(HeraldError):
    """A request that cannot be met as it was made; the text is the reply.

    `text` is what a catalogue translates, with the names of the values that are filled in: `{channel}`.
    """

    def __init__(self, text: str, **values: object) -> None:
        self.text, self.values = text, values
        super().__init__(text.format(**values) if values else text)


class ConfigError(HeraldError):
    """The configuration or its surroundings do not allow a start."""

    exit_status = 2


class SourceError(HeraldError):
    """A newsletter's source cannot be read now; the state is reported and tried again."""


class StorageError(HeraldError):
    """The database cannot be used: missing rights, damaged, newer than this version, or in use."""

    exit_status = 2


class StorageAwayError(StorageError):
    """The database cannot be used at this moment: the disk is full, or its server away. Starting again may help."""

    exit_status = 1

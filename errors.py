"""Expected errors, whose texts are shown to users.

Subclasses of `HeraldError` are expected: their text says what is wrong, where, and what to do. Any other exception is a
bug: it is logged with its traceback, and the user gets an incident number.
"""

from __future__ import annotations

import functools
import re

_SENTENCES: set[str] = set()


def S_(text: str) -> str:  # noqa: N802 -- named like gettext's N_
    """Mark a message that is stored or passed on in English and translated when it is shown.

    The decision log and the ledger store reasons in English, whatever their readers' languages. `untold` recovers the
    template, with its `{names}`, from a formatted message.
    """
    if text not in _SENTENCES:
        _SENTENCES.add(text)
        _most_telling.cache_clear()
    return text


@functools.cache
def _most_telling() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return all templates with the patterns that recognise them, the most specific first.

    Built on first use in another language: compiling two hundred patterns takes a hundredth of the start-up time.
    """
    ordered = sorted(_SENTENCES, key=lambda text: (-len(re.sub(r"\{\w*\}", "", text)), text))
    return tuple((text, _pattern(text)) for text in ordered)


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    named = (f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile("".join(named), re.DOTALL)


def untold(text: str) -> tuple[str, dict[str, str]] | None:
    """Return the template and the values that a text was formatted from, None if it was not."""
    for sentence, pattern in _most_telling():
        if (found := pattern.fullmatch(text)) is not None:
            return sentence, found.groupdict()
    return None


class HeraldError(Exception):
    """Base of all expected errors; `str()` is one sentence for the user."""

    exit_status = 1


class UserError(HeraldError):
    """A request that cannot be fulfilled; the text is the reply.

    `text` is the template that catalogues translate, with named values: `{channel}`.
    """

    def __init__(self, text: str, **values: object) -> None:
        self.text, self.values = text, values
        super().__init__(text.format(**values) if values else text)


class ConfigError(HeraldError):
    """The configuration or the environment prevents a start."""

    exit_status = 2


class SourceError(HeraldError):
    """A newsletter's source cannot be read now; this is reported and retried."""


class StorageError(HeraldError):
    """The database cannot be used: missing permissions, damaged, newer than this version, or in use."""

    exit_status = 2


class StorageAwayError(StorageError):
    """The database cannot be used at the moment: the disk is full, or its server is down. Restarting may help."""

    exit_status = 1

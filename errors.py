"""The few kinds of error, each with the sentence that a person gets.

`HeraldError` is the base; what stands below it is expected and its text is meant for people:
it says what is wrong, where, and what to do. Anything else is a bug: it is logged with its
traceback and a person gets an incident number.
"""

from __future__ import annotations


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

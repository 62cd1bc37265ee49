"""Values of suggestions: an id behind a mark that nobody types, so that a number that
somebody types is never taken for an id.
"""

from __future__ import annotations

from storage.identity import number_of

ISSUE, ITEM = "issue", "item"
_MARK = "⁂"


def choice_value(kind: str, number: int | str) -> str:
    """Return the value of a suggestion."""
    return f"{_MARK}{kind}:{number}"


def chosen_number(text: str, kind: str) -> int | None:
    """Return the id of a suggestion of this kind that was chosen; None if something else was, or it was typed."""
    prefix = f"{_MARK}{kind}:"
    return number_of(text.removeprefix(prefix)) if text.startswith(prefix) else None

"""Values of autocomplete suggestions: an id after a marker that nobody types, so that typed numbers are not ids."""

from __future__ import annotations

from storage.identity import number_of

ISSUE, ITEM = "issue", "item"
_MARK = "⁂"


def choice_value(kind: str, number: int | str) -> str:
    """Return the value of a suggestion."""
    return f"{_MARK}{kind}:{number}"


def chosen_number(text: str, kind: str) -> int | None:
    """Return the id of a chosen suggestion of this kind; None for other kinds and typed text."""
    prefix = f"{_MARK}{kind}:"
    return number_of(text.removeprefix(prefix)) if text.startswith(prefix) else None

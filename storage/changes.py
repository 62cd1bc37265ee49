"""What a new version of an issue brought, as far as a reader sees it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import RowMapping

from digest.model import Issue
from storage.history import Event, Kind
from storage.records import StoredIssue

_HEAD = ("title", "summary", "introduction", "date", "tags", "url", "image", "language")  # what a reader sees of it


def changed_head(old: Issue, new: Issue) -> list[str]:
    """Return which parts of an issue's header a reader sees differently; white space is no difference."""

    def shown(issue: Issue, name: str) -> object:
        value = getattr(issue, name)
        return " ".join(value.split()) if name in {"title", "summary", "introduction"} else value

    return [name for name in _HEAD if shown(old, name) != shown(new, name)]


def changes(
    row: RowMapping, stored: StoredIssue, head: Sequence[str], returned: Collection[int], *, is_back: bool
) -> list[Event]:
    """Return what a new version of an issue brought, for the log."""
    found = [(Kind.RETURNED, (), "")] if is_back else []
    found += [(Kind.CHANGED, (), ", ".join(head))] if head else []
    for kind, ids in (
        (Kind.CHANGED, tuple(sorted({*stored.changed, *returned}))),
        (Kind.ADDED, stored.added),
        (Kind.REMOVED, stored.removed),
    ):
        found += [(kind, ids, "")] if ids else []
    return [
        Event(kind=kind, newsletter=row["newsletter"], issue_id=stored.id, items=ids, detail=detail)
        for kind, ids, detail in found
    ]

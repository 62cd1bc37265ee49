"""The visible changes of a new version of an issue."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import RowMapping

from digest.model import Issue
from errors import S_
from storage.history import EventKind, HistoryEvent
from storage.records import StoredIssue

# The visible fields.
_HEAD = (
    S_("title"), S_("summary"), S_("introduction"), S_("date"), S_("tags"), S_("url"), S_("image"), S_("language"),
)  # fmt: skip


def changed_head(old: Issue, new: Issue) -> list[str]:
    """Return the visible parts of an issue's head that changed, ignoring white space."""

    def shown(issue: Issue, name: str) -> object:
        value = getattr(issue, name)
        return " ".join(value.split()) if name in {"title", "summary", "introduction"} else value

    return [name for name in _HEAD if shown(old, name) != shown(new, name)]


def changes(
    row: RowMapping, stored: StoredIssue, head: Sequence[str], returned: Collection[int], *, is_back: bool
) -> list[HistoryEvent]:
    """Return the log entries for a new version of an issue."""
    found = [(EventKind.RETURNED, (), "")] if is_back else []
    found += [(EventKind.CHANGED, (), ", ".join(head))] if head else []
    for kind, ids in (
        (EventKind.CHANGED, tuple(sorted({*stored.changed, *returned}))),
        (EventKind.ADDED, stored.added),
        (EventKind.REMOVED, stored.removed),
    ):
        found += [(kind, ids, "")] if ids else []
    return [
        HistoryEvent(kind=kind, newsletter=row["newsletter"], issue_id=stored.id, items=ids, detail=detail)
        for kind, ids, detail in found
    ]

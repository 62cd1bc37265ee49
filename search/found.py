"""Search results as records."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from search.scoped import ScopedConnection
from storage import schema
from storage.gating import ITEM_COUNT
from storage.readers import Readers
from storage.records import IssueRecord, ItemRecord
from storage.rows import issue_record, item_record

_ISSUES = select(schema.issues, ITEM_COUNT)


@dataclass(frozen=True, slots=True)
class Mention:
    """An item with its issue."""

    item: ItemRecord
    issue: IssueRecord


def mentions_of(readers: Readers, connection: ScopedConnection, item_ids: Collection[int]) -> dict[int, Mention]:
    """Return the visible items, within the read transaction of the current query of `readers`.

    An item is missing if its issue was withdrawn but is still in the index.
    """
    items, issues = schema.items.c, schema.issues.c
    rows = readers.rows(select(schema.items).where(items.id.in_(item_ids), items.removed_at.is_(None)))
    found = [item_record(row) for row in rows]
    of = issues.id.in_({item.issue_id for item in found})
    known = {
        row["id"]: issue_record(row) for row in readers.rows(_ISSUES.where(of, connection.scope.issue_condition()))
    }
    return {item.id: Mention(item, known[item.issue_id]) for item in found if item.issue_id in known}

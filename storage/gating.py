"""Changing an issue's gate, and adding its items to the index or removing them accordingly.

Shared by archive and outbox, which both change gates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.introduction import INTRODUCTION
from digest.model import Item
from storage import history
from storage.history import Actor, EventKind, HistoryEvent
from storage.index import IndexEntry, index_items, unindex_items
from storage.records import Gate
from storage.rows import Values, item_of
from storage.schema import issues, items


async def open_gate(
    connection: AsyncConnection,
    issue_id: int,
    values: Values,
    *,
    now: dt.datetime | None = None,
    actor: Actor | None = None,
) -> None:
    """Set an issue's gate; it is indexed only while it is published. `actor` is the user who decided it."""
    query = select(issues.c.gate, issues.c.gate_reason, issues.c.newsletter).where(issues.c.id == issue_id)
    before = (await connection.execute(query)).one()
    await connection.execute(update(issues).where(issues.c.id == issue_id).values(values))
    reason = str(values.get("gate_reason", before.gate_reason))
    if (before.gate, before.gate_reason) != (values["gate"], reason):
        kind = EventKind(values["gate"])
        told = HistoryEvent(kind=kind, newsletter=before.newsletter, issue_id=issue_id, detail=reason)
        await history.record(connection, [history.acted(told, actor)], now)
    was_open, is_open = Gate(before.gate).is_published, Gate(values["gate"]).is_published
    if is_open and not was_open:
        await index_issue(connection, issue_id)
    elif was_open and not is_open:
        ids = await connection.scalars(select(items.c.id).where(items.c.issue_id == issue_id))
        await unindex_items(connection, list(ids))


async def index_issue(connection: AsyncConnection, issue_id: int, only: Sequence[int] | None = None) -> None:
    """Add an issue's items to the index; `only` restricts it to some of them."""
    row = (await connection.execute(select(issues).where(issues.c.id == issue_id))).mappings().one()
    query = select(items).where(live_items(issue_id)).order_by(items.c.position)
    found = (await connection.execute(query)).mappings().all()
    wanted = None if only is None else set(only)
    entries = [entry_of(row, each["id"], item_of(each)) for each in found if wanted is None or each["id"] in wanted]
    await index_items(connection, entries)


def entry_of(row: RowMapping | Values, item_id: int, item: Item) -> IndexEntry:
    """Return the index entry of an item; `row` is its issue's."""
    return IndexEntry(
        item_id=item_id, item=item, newsletter=row["newsletter"], day=row["sorted_at"].date(), tags=tuple(row["tags"])
    )


def live_items(issue_id: int) -> ColumnElement[bool]:
    """Return the condition for the live items of an issue."""
    return (items.c.issue_id == issue_id) & items.c.removed_at.is_(None)


def is_story() -> ColumnElement[bool]:
    """Return the condition for items proper, excluding introductions."""
    return items.c.key != INTRODUCTION


# column for queries of issues: the number of live items, without the introduction
ITEM_COUNT = (
    select(func.count())
    .select_from(items)
    .where(items.c.issue_id == issues.c.id, items.c.removed_at.is_(None), is_story())
    .correlate(issues)
    .scalar_subquery()
    .label("item_count")
)


async def issue_of_item(connection: AsyncConnection, item_id: int) -> int | None:
    """Return the id of an item's issue; None for an unknown item."""
    return await connection.scalar(select(items.c.issue_id).where(items.c.id == item_id))

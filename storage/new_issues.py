"""Storing new issues: prepared before the transaction, then written with many rows per statement."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.introduction import placed, with_introduction
from digest.model import Item
from processes import uncollected
from storage import history
from storage.arrivals import Ready, Terms
from storage.history import EventKind, HistoryEvent
from storage.index import Cut, IndexEntry, cut, index_items
from storage.records import Gate, StoredIssue
from storage.rows import Values, issue_values, item_values
from storage.schema import issues, items

_CHUNK = 50  # rows per INSERT; building larger statements would block the event loop


@dataclass(frozen=True, slots=True)
class NewIssue:
    """A new issue to write; the values of its items lack the issue id.

    `cuts` are the index analyses of its items, None where they were not prepared.
    """

    ready: Ready
    row: Values
    whole: tuple[Item, ...]
    items: Sequence[Values]
    cuts: Sequence[Cut | None]


Prepared = Mapping[tuple[str, str], NewIssue]  # by path and part


def prepared(arrivals: Sequence[Ready], terms: Terms, *, cuts: bool) -> Prepared:
    """Prepare issues to be stored if they are new: the expensive part, most of which is `cuts`."""
    with uncollected():
        found = [_new_issue(ready, terms, cuts=cuts) for ready in arrivals]
    return {(one.ready.issue.path, one.ready.issue.part): one for one in found}


def _new_issue(ready: Ready, terms: Terms, *, cuts: bool) -> NewIssue:
    row, whole = _new_row(ready, terms), with_introduction(ready.issue)
    values = [
        {**item_values(item), "position": position, "first_seen_at": terms.now} for position, item in placed(whole)
    ]
    found = NewIssue(ready=ready, row=row, whole=whole, items=values, cuts=[None] * len(whole))
    if not cuts or not Gate(row["gate"]).is_published:
        return found
    return replace(found, cuts=[cut(entry) for entry in _entries(found, [0] * len(whole))])


def _new_row(ready: Ready, terms: Terms) -> Values:
    issue, changed_at, digest = ready
    gate = terms.gate(issue)
    return {
        **issue_values(issue, digest),
        "newsletter": terms.newsletter,
        "first_seen_at": terms.now,
        "seen_at": terms.now,
        "changed_at": changed_at,
        "gate": gate.value,
        "gate_reason": "",
        "gate_until": terms.now if gate is Gate.WAITING else None,
    }


async def insert_new(
    connection: AsyncConnection, arrivals: Sequence[Ready], terms: Terms, known: Prepared
) -> list[StoredIssue]:
    """Store new issues; those that are missing from `known` are prepared now."""
    if not arrivals:
        return []
    places = [(ready.issue.path, ready.issue.part) for ready in arrivals]
    if missing := [ready for ready, place in zip(arrivals, places, strict=True) if place not in known]:
        known = {**known, **await asyncio.to_thread(prepared, missing, terms, cuts=False)}
    new = [known[place] for place in places]
    await connection.execute(insert(issues), [one.row for one in new])
    ids = await _issue_ids(connection, terms.newsletter, places)
    await insert_items(
        connection,
        [{**values, "issue_id": issue_id} for issue_id, one in zip(ids, new, strict=True) for values in one.items],
    )
    item_ids = iter(await _item_ids(connection, ids))
    stored: list[StoredIssue] = []
    entries: list[IndexEntry] = []
    for issue_id, one in zip(ids, new, strict=True):
        issue = one.ready.issue
        added = tuple(next(item_ids) for _ in one.whole)
        if Gate(one.row["gate"]).is_published:
            entries += _entries(one, added)
        stored.append(
            StoredIssue(id=issue_id, path=issue.path, part=issue.part, is_new=True, is_changed=True, added=added)
        )
    await index_items(connection, entries)
    await history.record(connection, _seen(terms, ids, new), terms.now)
    return stored


def _entries(new: NewIssue, item_ids: Sequence[int]) -> Iterator[IndexEntry]:
    newsletter, day, tags = new.row["newsletter"], new.row["sorted_at"].date(), tuple(new.row["tags"])
    for item_id, item, made in zip(item_ids, new.whole, new.cuts, strict=True):
        yield IndexEntry(item_id=item_id, item=item, newsletter=newsletter, day=day, tags=tags, cut=made)


def _seen(terms: Terms, ids: Sequence[int], new: Sequence[NewIssue]) -> list[HistoryEvent]:
    return [
        HistoryEvent(kind=EventKind.SEEN, newsletter=terms.newsletter, issue_id=issue_id, detail=str(one.row["gate"]))
        for issue_id, one in zip(ids, new, strict=True)
    ]


async def insert_items(connection: AsyncConnection, values: Sequence[Values]) -> None:
    """Insert new items."""
    for start in range(0, len(values), _CHUNK):
        await connection.execute(insert(items), values[start : start + _CHUNK])


async def _issue_ids(connection: AsyncConnection, newsletter: str, places: Sequence[tuple[str, str]]) -> list[int]:
    """Return the ids of new issues, in order. RETURNING would insert the rows one by one."""
    paths = sorted({path for path, _ in places})
    query = select(issues.c.path, issues.c.part, issues.c.id).where(
        issues.c.newsletter == newsletter, issues.c.path.in_(paths), issues.c.removed_at.is_(None)
    )
    found = {(path, part): int(issue_id) for path, part, issue_id in await connection.execute(query)}
    return [found[place] for place in places]


async def _item_ids(connection: AsyncConnection, issue_ids: Sequence[int]) -> list[int]:
    """Return the item ids of new issues, in the order of issues and items."""
    query = select(items.c.id, items.c.issue_id).where(items.c.issue_id.in_(issue_ids)).order_by(items.c.position)
    found: dict[int, list[int]] = {issue_id: [] for issue_id in issue_ids}
    for item_id, issue_id in await connection.execute(query):
        found[issue_id].append(item_id)
    return [item_id for issue_id in issue_ids for item_id in found[issue_id]]

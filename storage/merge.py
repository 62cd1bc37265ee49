"""Merging imported files into the archive, within one transaction: new, changed and removed issues."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, RowMapping, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.introduction import INTRODUCTION, introduction_of, placed
from digest.match import Matching, match, visible
from digest.model import Issue, Item
from errors import S_
from storage import history, late_starts, reconciling, twins
from storage.arrivals import Ready, Terms
from storage.changes import changed_head, changes
from storage.dialects import hold, insert_into
from storage.gating import index_issue, live_items, open_gate
from storage.history import Actor, EventKind, HistoryEvent
from storage.index import unindex_items
from storage.new_issues import Prepared, insert_items, insert_new
from storage.planning import hold_plans
from storage.records import Gate, StoredIssue
from storage.returning import removed_items
from storage.rows import Values, issue_of, issue_values, item_of, item_values, sorting_time
from storage.schema import HELD, issues, items, newsletters

_EMPTIED = S_("its file holds no text any more")


async def ensure_newsletter(connection: AsyncConnection, name: str) -> None:
    """Create the newsletter's row if needed, and lock its imports until the transaction ends."""
    await hold(connection, f"newsletter:{name}")
    await connection.execute(insert_into(connection, newsletters).values(name=name).on_conflict_do_nothing())


async def merge(
    connection: AsyncConnection, arrivals: Sequence[Ready], terms: Terms, known: Prepared
) -> list[StoredIssue]:
    """Merge whole files, with all issues of each, so that removed issues are noticed.

    `known` is what was prepared before the transaction.
    """
    await ensure_newsletter(connection, terms.newsletter)
    paths = sorted({ready.issue.path for ready in arrivals})
    live, gone = await _known(connection, terms.newsletter, paths)
    if any(row["gate"] == Gate.RELEASED for row in live.values()):
        await hold_plans(
            connection
        )  # before any issue is locked: everyone who needs both locks takes them in this order
    may_return = bool(live) or await twins.are_gone(connection, terms.newsletter)
    stored: list[StoredIssue] = []
    new: list[Ready] = []
    copies: list[Ready] = []
    by_part: defaultdict[str, list[Issue]] = defaultdict(list)  # new issues
    for ready in arrivals:
        issue, place = ready.issue, (ready.issue.path, ready.issue.part)
        row = await _earlier_version(connection, live.pop(place, None) or gone.pop(place, None), ready)
        if row is None and may_return:
            row = await twins.lost_twin(connection, terms.newsletter, issue)
        if row is None:
            alike = by_part[issue.part]
            if twins.original_among(alike, issue) is None:
                alike.append(issue)
                new.append(ready)
            else:
                copies.append(ready)
        else:
            stored += await _take_known(connection, row, ready, terms)
    if terms.holds:
        await mark_missing(connection, issues.c.id.in_([row["id"] for row in live.values()]))
    else:
        stored += [await remove_issue(connection, row, terms.now, terms.edits_at) for row in live.values()]
    for some in (new, copies):  # copies can be in the same batch as their new originals
        stored += await _take_new(connection, some, terms, known)
    return stored


async def _earlier_version(connection: AsyncConnection, row: RowMapping | None, ready: Ready) -> RowMapping | None:
    """Return the issue at an arrival's place, unless the file was overwritten with a different issue."""
    if row is not None and row["digest"] != ready.digest and await twins.holds_another(connection, row, ready.issue):
        if row["removed_at"] is None:
            await twins.retire(connection, row)
        return None
    return row


async def _take_known(
    connection: AsyncConnection, row: RowMapping, ready: Ready, terms: Terms
) -> Sequence[StoredIssue]:
    """Update a stored issue to the new version, unless nothing differs or the posted version must stay.

    The posted version stays if the author withholds the issue now, or if the file was emptied, for example by a program
    that failed while writing it.
    """
    issue, is_live = ready.issue, row["removed_at"] is None
    if is_live and row["digest"] == ready.digest:
        await _stays(connection, row, issue)
        return [StoredIssue(id=row["id"], path=issue.path, part=issue.part)]
    kept_back = issue.withheld or ("" if issue.has_text else _EMPTIED)
    if not kept_back or row["gate"] != Gate.RELEASED:
        return [await _update(connection, row, ready, terms)]
    if not is_live:
        return []
    await _stays(connection, row, issue)
    return [StoredIssue(id=row["id"], path=issue.path, part=issue.part, kept_back=kept_back)]


async def _take_new(
    connection: AsyncConnection, arrivals: Sequence[Ready], terms: Terms, known: Prepared
) -> list[StoredIssue]:
    """Store issues that are new, skipping copies and translations of known ones."""
    stored: list[StoredIssue] = []
    new: list[Ready] = []
    titles = await twins.first_titles(connection, [ready.issue for ready in arrivals])
    for ready in arrivals:
        issue = ready.issue
        row = await twins.original(connection, terms.newsletter, issue, titles)
        if row is None:
            source = await twins.translated(connection, terms.newsletter, issue)
            if source is None:
                new.append(ready)
            else:
                stored.append(StoredIssue(id=source["id"], path=issue.path, part=issue.part, copy_of=source["path"]))
        elif row["missing"] is not None:
            stored += await _take_known(connection, row, ready, terms)
        else:
            await twins.note_copy(connection, terms.newsletter, issue.path, row["path"])
            stored.append(StoredIssue(id=row["id"], path=issue.path, part=issue.part, copy_of=row["path"]))
    return stored + await insert_new(connection, new, terms, known)


async def mark_missing(connection: AsyncConnection, condition: ColumnElement[bool]) -> int:
    """Mark issues that left the source as missing until a decision; return how many were not marked before."""
    unmarked = issues.c.removed_at.is_(None) & issues.c.missing.is_(None)
    marking = update(issues).where(condition, unmarked).values(missing=HELD)
    marked = (await connection.execute(marking.returning(issues.c.id, issues.c.newsletter))).all()
    told = [HistoryEvent(kind=EventKind.MISSING, newsletter=row.newsletter, issue_id=row.id) for row in marked]
    await history.record(connection, told)
    return len(marked)


async def _stays(connection: AsyncConnection, row: RowMapping, issue: Issue) -> None:
    """Keep the stored version of an issue whose file exists, and record its place and that it is not missing."""
    values: Values = {"path": issue.path, "part": issue.part, "missing": None, "withheld": issue.withheld}
    if any(row[name] != value for name, value in values.items()):
        await connection.execute(update(issues).where(issues.c.id == row["id"]).values(values))


async def remove_issue(
    connection: AsyncConnection, row: RowMapping, now: dt.datetime, edits_at: dt.datetime, actor: Actor | None = None
) -> StoredIssue:
    """Remove an issue: keep it in the archive, but unindex it and withdraw its messages. `actor` decided this."""
    issue_id = int(row["id"])
    values: Values = {"removed_at": now, "missing": None, "path": twins.home_of(row["path"])}
    await connection.execute(update(issues).where(issues.c.id == issue_id).values(values))
    ids = tuple(await connection.scalars(select(items.c.id).where(live_items(issue_id)).order_by(items.c.position)))
    await unindex_items(connection, ids)
    told = HistoryEvent(kind=EventKind.REMOVED, newsletter=row["newsletter"], issue_id=issue_id)
    await history.record(connection, [history.acted(told, actor)], now)
    deliveries = await reconciling.reconcile(
        connection, issue_id, reconciling.IssueChange(now=now, edits_at=edits_at, is_changed=False)
    )
    return StoredIssue(
        id=issue_id, path=row["path"], part=row["part"], is_changed=True, removed=ids, deliveries=deliveries
    )


Places = dict[tuple[str, str], RowMapping]


async def _known(connection: AsyncConnection, newsletter: str, paths: Sequence[str]) -> tuple[Places, Places]:
    """Return the live and the removed issues at these paths."""
    query = (
        select(issues)
        .where(issues.c.newsletter == newsletter, issues.c.path.in_(paths))
        .order_by(issues.c.removed_at)  # the issue that was removed last takes precedence
    )
    live: Places = {}
    gone: Places = {}
    for row in (await connection.execute(query)).mappings():
        (gone if row["removed_at"] else live)[row["path"], row["part"]] = row
    return live, gone


async def _update(connection: AsyncConnection, row: RowMapping, ready: Ready, terms: Terms) -> StoredIssue:
    """Update a known issue to its new version; its items keep their identity."""
    issue_id = int(row["id"])
    found = await connection.execute(select(items).where(live_items(issue_id)).order_by(items.c.position))
    old = {str(each["key"]): each for each in found.mappings()}
    stories = [item_of(each) for key, each in old.items() if key != INTRODUCTION]
    matching = await asyncio.to_thread(match, stories, ready.issue.items)
    issue = replace(ready.issue, items=matching.items)
    matching = _with_introduction(matching, old.get(INTRODUCTION), introduction_of(ready.issue))
    ids, returned = await _write_items(connection, issue_id, old, matching, terms.now)
    different_head = changed_head(issue_of(row), issue)
    is_back = row["removed_at"] is not None
    is_different = bool(different_head or matching.added or matching.changed or matching.removed)
    is_changed = is_different or is_back
    await _write_head(connection, row, ready, terms, is_changed=is_changed)
    stored = StoredIssue(
        id=issue_id,
        path=issue.path,
        part=issue.part,
        is_changed=is_changed,
        added=tuple(ids[key] for key in matching.added),
        changed=tuple(ids[key] for key in matching.changed),
        removed=tuple(int(old[key]["id"]) for key in matching.removed),
    )
    await _reindex(connection, row, issue, stored, is_back=is_back)
    told = changes(row, stored, different_head, returned, is_back=is_back)
    await history.record(connection, told, terms.now)
    if not is_changed and not matching.moved:
        return stored
    difference = reconciling.IssueChange(
        now=terms.now,
        edits_at=terms.edits_at,
        late_since=terms.late_since,
        changed=returned.union(stored.changed),
        added=frozenset(stored.added),
        removed=frozenset(stored.removed),
        holds=terms.holds,
        is_changed=is_different or bool(matching.moved),  # a digest shows the order of the items
    )
    begun = await late_starts.begin(connection, issue_id, issue_of(row), difference)
    return replace(stored, deliveries=begun + await reconciling.reconcile(connection, issue_id, difference))


def _with_introduction(matching: Matching, before: RowMapping | None, now: Item | None) -> Matching:
    """Return the matching extended by the change of the issue's introduction."""
    name = (INTRODUCTION,)
    if now is None:
        return matching if before is None else replace(matching, removed=name + matching.removed)
    found = replace(matching, items=(now, *matching.items))
    if before is None:
        return replace(found, added=name + matching.added)
    is_changed = visible(item_of(before)) != visible(now)
    return replace(found, changed=name + matching.changed) if is_changed else found


async def _write_items(
    connection: AsyncConnection, issue_id: int, old: dict[str, RowMapping], matching: Matching, now: dt.datetime
) -> tuple[dict[str, int], frozenset[int]]:
    """Store an issue's current items; returns ids by key, and the ids of items that came back changed."""
    added = set(matching.added)
    back = await removed_items(connection, issue_id, [item for item in matching.items if item.id in added])
    ids = {key: int(row["id"]) for key, row in (old | back).items()}
    returned = frozenset(ids[item.id] for item in matching.items if _differs(item, back.get(item.id)))
    if updates := _changed_values(matching, old, ids):
        await connection.execute(update(items).where(items.c.id == bindparam("row_id")), updates)
    if matching.removed:
        removed = [ids[key] for key in matching.removed]
        await connection.execute(update(items).where(items.c.id.in_(removed)).values(removed_at=now))
    common = {"issue_id": issue_id, "first_seen_at": now}
    places = [(position, item) for position, item in placed(matching.items) if item.id not in ids]
    new = [{**item_values(item), "position": position, **common} for position, item in places]
    return ids | await _insert_new(connection, issue_id, new), returned


def _differs(item: Item, row: RowMapping | None) -> bool:
    """Whether an item that came back differs visibly from when it was removed."""
    return row is not None and visible(item) != visible(item_of(row))


async def _insert_new(connection: AsyncConnection, issue_id: int, new: Sequence[Values]) -> dict[str, int]:
    """Store items that are new in the issue; returns their ids by key."""
    if not new:
        return {}
    await insert_items(connection, new)
    keys = [values["key"] for values in new]
    query = select(items.c.key, items.c.id).where(items.c.issue_id == issue_id, items.c.key.in_(keys))
    return {row.key: row.id for row in await connection.execute(query)}


def _changed_values(matching: Matching, old: dict[str, RowMapping], ids: dict[str, int]) -> list[Values]:
    """Return the new columns of known items that moved, changed or came back."""
    updates: list[Values] = []
    for position, item in placed(matching.items):
        row = old.get(item.id)
        is_same = row is not None and row["position"] == position and item_of(row) == item
        if item.id in ids and not is_same:
            updates.append({**item_values(item), "position": position, "removed_at": None, "row_id": ids[item.id]})
    return updates


async def _write_head(
    connection: AsyncConnection, row: RowMapping, ready: Ready, terms: Terms, *, is_changed: bool
) -> None:
    values = issue_values(ready.issue, ready.digest)
    values |= {"removed_at": None, "missing": None}
    if is_changed:
        values |= {"seen_at": terms.now, "changed_at": ready.changed_at}
    if row["gate"] == Gate.WAITING:
        values |= {"gate_until": terms.now}  # review it: the reason to wait may be gone
    elif ready.issue.withheld:  # held or filed, hence never posted
        await open_gate(connection, row["id"], {"gate": Gate.WAITING.value, "gate_until": terms.now})
    await connection.execute(update(issues).where(issues.c.id == row["id"]).values(values))


async def _reindex(
    connection: AsyncConnection, row: RowMapping, issue: Issue, stored: StoredIssue, *, is_back: bool
) -> None:
    if issue.withheld or not Gate(row["gate"]).is_published:
        return
    await unindex_items(connection, stored.removed)
    if is_back or (sorting_time(issue), list(issue.tags)) != (row["sorted_at"], row["tags"]):
        await index_issue(connection, stored.id)
    elif changed := stored.added + stored.changed:
        await index_issue(connection, stored.id, changed)

"""The archive of issues and items: import, lookup, and the gate that decides which issues may be posted.

Nothing here reads the clock: `now` is passed in, timezone-aware and in UTC.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Issue
from storage import gating, merge, twins
from storage.arrivals import Arrival, Ready, Terms, by_file
from storage.database import Database, remember
from storage.held import HeldChanges
from storage.history import Actor
from storage.merge import ensure_newsletter
from storage.new_issues import Prepared, prepared
from storage.records import Counts, FaultRecord, Gate, IssueRecord, ItemRecord, StoredIssue
from storage.rows import clean, issue_record, item_of, item_record, with_items
from storage.schema import faults, issues, items, newsletters, settings
from storage.scope import Scope

# Items per transaction. The outbox waits meanwhile: storing and indexing this many new items takes about 0.1 s.
_BATCH_ITEMS = 600
_PATHS = 500  # per statement: SQLite limits the number of bound values
_GATES = 20  # issues per transaction of `set_gate`: an initial import has thousands


def _issues(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(issues, gating.ITEM_COUNT).where(*conditions)


_OF_ITEM = "item_"  # prefix that separates an item's column names from its issue's
_STORY = (
    _issues(issues.c.id == bindparam("issue"), items.c.id == bindparam("item"))
    .add_columns(*(column.label(_OF_ITEM + column.name) for column in items.c))
    .join_from(issues, items)
)


class Archive:
    """The archive of all newsletters' issues."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.held = HeldChanges(db)

    # import

    async def store(  # noqa: PLR0913 -- each says something else about one look; only one place calls it
        self,
        newsletter: str,
        arrivals: Sequence[Arrival],
        *,
        now: dt.datetime,
        first_gate: Callable[[Issue], Gate] | None = None,
        edits_at: dt.datetime | None = None,
        late_since: dt.datetime | None = None,
        faulty: Collection[str] = (),
        holds: bool = False,
    ) -> list[StoredIssue]:
        """Store all issues of some files, each with its file's last change; stored issues that are not passed are gone.

        Each transaction stores some whole files, and passes what a reader would notice to the outbox: edits, late items
        and withdrawals, none before `edits_at` (None: now). Late items of an issue planned before `late_since` are
        stored, but not posted. A new issue waits at the gate (see `due`) unless `first_gate` decides otherwise. With
        `holds`, withdrawals wait until `HeldChanges` applies them. Clears the faults of all files except those in
        `faulty`.
        """
        terms = Terms(
            newsletter=newsletter,
            now=now,
            edits_at=edits_at or now,
            late_since=late_since,
            first_gate=first_gate,
            holds=holds,
        )
        kept = {clean(path) for path in faulty}
        stored: list[StoredIssue] = []
        for batch in _batches(await asyncio.to_thread(by_file, arrivals)):
            known = await self._beforehand(batch, terms)
            async with self._db.transaction() as connection:
                merged = await merge.merge(connection, batch, terms, known)
                still_faulty = kept.union(issue.path for issue in merged if issue.kept_back or issue.copy_of)
                await _clear_faults(connection, newsletter, {ready.issue.path for ready in batch} - still_faulty)
                stored += merged
        return stored

    async def _beforehand(self, batch: Sequence[Ready], terms: Terms) -> Prepared:
        """Prepare what is possible outside the transaction, to keep it short: nearly everything in a first import."""
        if terms.first_gate is None:
            return {}
        return await asyncio.to_thread(prepared, batch, terms, cuts=self._db.index is self._db)

    async def rename(self, newsletter: str, moves: Sequence[tuple[str, str]]) -> None:
        """Record moved files as (from, to) pairs; their issues keep their identity. Pass all moves of a change at once.

        An issue whose file was overwritten by a move is marked as missing until `HeldChanges` removes it.
        """
        pairs = [(clean(old), clean(new)) for old, new in moves]
        async with self._db.transaction() as connection:
            found: dict[str, list[int]] = {}
            for old, new in pairs:
                if ids := list(await connection.scalars(select(issues.c.id).where(*_at(newsletter, old)))):
                    found[new] = ids
            moving = [issue_id for ids in found.values() for issue_id in ids]
            for new, ids in found.items():
                stale = (*_at(newsletter, new), issues.c.id.not_in(moving))
                await merge.mark_missing(connection, and_(*stale))
                for row in (await connection.execute(select(issues).where(*stale))).mappings().all():
                    await twins.part(connection, row, missing=row["missing"])
                # two steps through a prefix that no path has, so that files can swap names
                await connection.execute(update(issues).where(issues.c.id.in_(ids)).values(path=f"//{new}"))
            for new, ids in found.items():
                await connection.execute(update(issues).where(issues.c.id.in_(ids)).values(path=new))
            await _clear_faults(connection, newsletter, {old for old, _ in pairs})

    async def miss(self, newsletter: str, paths: Sequence[str]) -> set[str]:
        """Mark the issues of deleted files as missing; they stay unchanged until `HeldChanges` removes them.

        Returns the paths of skipped copies of them, which must be read now, because a copy can replace its original.
        """
        missing = [clean(path) for path in paths]
        copies: set[str] = set()
        for start in range(0, len(missing), _PATHS):
            chunk = missing[start : start + _PATHS]
            async with self._db.transaction() as connection:
                await merge.mark_missing(connection, (issues.c.newsletter == newsletter) & issues.c.path.in_(chunk))
                await _clear_faults(connection, newsletter, set(chunk))
                copies |= await twins.copies_of(connection, newsletter, chunk)
                await twins.forget_copies(connection, newsletter, chunk)
        return copies.difference(missing)

    async def paths(self, newsletter: str) -> set[str]:
        """Return the files that have live issues or faults."""
        async with self._db.reading() as connection:
            live = await connection.scalars(
                select(issues.c.path).where(issues.c.newsletter == newsletter, issues.c.removed_at.is_(None)).distinct()
            )
            faulty = await connection.scalars(select(faults.c.path).where(faults.c.newsletter == newsletter))
            return {*live, *faulty}

    async def frames(self, newsletter: str, paths: Sequence[str]) -> dict[str, frozenset[str]]:
        """Return by file the marks of lines that recurred when it was read, for files with an issue past the gate."""
        names = {clean(path): path for path in paths}
        query = (
            select(issues.c.path, issues.c.frame)
            .where(issues.c.newsletter == newsletter, issues.c.path.in_(names), issues.c.gate != Gate.WAITING.value)
            .order_by(issues.c.removed_at.is_(None))  # a live issue takes precedence over removed ones
        )
        async with self._db.reading() as connection:
            found = (await connection.execute(query)).all()
        return {names[path]: frozenset(marks.split()) for path, marks in found}

    async def revision(self, newsletter: str) -> str | None:
        """Return the last revision that was imported completely; None before the first."""
        async with self._db.reading() as connection:
            return await connection.scalar(select(newsletters.c.revision).where(newsletters.c.name == newsletter))

    async def begin(self, newsletter: str) -> None:
        """Record the start of an import: until `set_revision`, the archive is between two revisions."""
        await self._db.set_setting(_under_way(newsletter), "yes")

    async def is_cut_short(self, newsletter: str) -> bool:
        """Whether an import was interrupted, so that more may be stored than `revision` has."""
        return await self._db.setting(_under_way(newsletter)) is not None

    async def is_parted_otherwise(self, newsletter: str, level: int | None) -> bool:
        """Whether the files were last split into issues at another heading level than `level`."""
        before = await self._db.setting(_parted_by(newsletter))
        return before is not None and before != str(level)

    async def set_revision(self, newsletter: str, revision: str | None, *, level: int | None = None) -> None:
        """Record that everything up to `revision` is stored, split at headings of `level`. Call this last."""
        async with self._db.transaction() as connection:
            await ensure_newsletter(connection, newsletter)
            await remember(connection, _parted_by(newsletter), str(level))
            await connection.execute(delete(settings).where(settings.c.key == _under_way(newsletter)))
            await connection.execute(
                update(newsletters).where(newsletters.c.name == newsletter).values(revision=revision)
            )

    # faults

    async def fault(self, newsletter: str, path: str, line: int, reason: str, *, now: dt.datetime) -> bool:
        """Record that a file could not be imported; its stored issues stay. Returns whether the fault is new."""
        path, reason = clean(path), clean(reason)
        place = (faults.c.newsletter == newsletter) & (faults.c.path == path)
        values: dict[str, Any] = {"line": line, "reason": reason, "since_at": now}
        async with self._db.transaction() as connection:
            await ensure_newsletter(connection, newsletter)
            known = (await connection.execute(select(faults.c.line, faults.c.reason).where(place))).first()
            if known is None:
                await connection.execute(insert(faults).values(newsletter=newsletter, path=path, **values))
            elif (known.line, known.reason) != (line, reason):
                await connection.execute(update(faults).where(place).values(**values))
            return known is None or (known.line, known.reason) != (line, reason)

    async def faults(self, scope: Scope, newsletter: str | None = None) -> list[FaultRecord]:
        """Return the files that could not be imported, latest first, of newsletters whose drafts the scope includes."""
        query = select(faults).order_by(faults.c.since_at.desc(), faults.c.path)
        query = query.where(scope.unpublished_condition(faults.c.newsletter))
        if newsletter is not None:
            query = query.where(faults.c.newsletter == newsletter)
        async with self._db.reading() as connection:
            return [FaultRecord(**row) for row in (await connection.execute(query)).mappings()]

    # the gate

    async def due(self, newsletter: str, *, now: dt.datetime, with_items: bool = False) -> list[IssueRecord]:
        """Return the waiting issues whose gate is due for review, oldest first."""
        query = _issues(
            issues.c.newsletter == newsletter,
            issues.c.removed_at.is_(None),
            issues.c.gate == Gate.WAITING.value,
            issues.c.gate_until <= now,
        ).order_by(issues.c.sorted_at, issues.c.id)
        return await self._records(query, with_items=with_items)

    async def next_due_at(self, newsletter: str | None = None) -> dt.datetime | None:
        """Return when the gate of the next waiting issue is due; None if no issue waits for a time."""
        query = select(func.min(issues.c.gate_until, type_=issues.c.gate_until.type)).where(
            issues.c.removed_at.is_(None), issues.c.gate == Gate.WAITING.value, _of(newsletter)
        )
        async with self._db.reading() as connection:
            return await connection.scalar(query)

    async def at_gate(self, scope: Scope, gate: Gate, newsletter: str | None = None) -> list[IssueRecord]:
        """Return the issues in one gate state, such as waiting or held, oldest first."""
        query = _issues(scope.issue_condition(), issues.c.gate == gate.value, issues.c.removed_at.is_(None))
        query = query.where(_of(newsletter))
        return await self._records(query.order_by(issues.c.sorted_at, issues.c.id))

    async def set_gate(
        self,
        issue_ids: Iterable[int],
        gate: Gate,
        *,
        reason: str = "",
        until: dt.datetime | None = None,
        actor: Actor | None = None,
    ) -> None:
        """Set the gate of issues to WAITING, HELD or FILED; waiting issues are due at `until`, None: once they change.

        RELEASED is set by `Outbox.plan` alone, which plans the deliveries.
        """
        values = {"gate": gate.value, "gate_reason": reason, "gate_until": until}
        ids = list(issue_ids)
        for start in range(0, len(ids), _GATES):
            async with self._db.transaction() as connection:
                for issue_id in ids[start : start + _GATES]:
                    await gating.open_gate(connection, issue_id, values, actor=actor)

    # lookup

    async def issue(self, scope: Scope, issue_id: int) -> IssueRecord | None:
        """Return an issue with its items; a removed one only if the scope includes unpublished issues."""
        found = await self._records(_issues(scope.issue_condition(), issues.c.id == issue_id), with_items=True)
        return found[0] if found else None

    async def find_issue(self, scope: Scope, newsletter: str, path: str, part: str = "") -> IssueRecord | None:
        """Return the live issue of a file, with its items."""
        query = _issues(scope.issue_condition(), *_at(newsletter, clean(path)), issues.c.part == part)
        found = await self._records(query, with_items=True)
        return found[0] if found else None

    async def issues(self, scope: Scope, issue_ids: Sequence[int]) -> dict[int, IssueRecord]:
        """Return issues by id, without their items."""
        found = await self._records(_issues(scope.issue_condition(), issues.c.id.in_(issue_ids)))
        return {record.id: record for record in found}

    async def story(self, issue_id: int, item_id: int) -> tuple[ItemRecord, IssueRecord] | None:
        """Return an item, even a removed one, and its issue. This is a hot path: every outgoing message calls it."""
        found = await self._db.rows(_STORY, {"issue": issue_id, "item": item_id})
        if not found:
            return None
        [row] = found
        return item_record({column.name: row[_OF_ITEM + column.name] for column in items.c}), issue_record(row)

    async def title(self, issue_id: int) -> str:
        """Return an issue's title; "" if there is no such issue."""
        async with self._db.reading() as connection:
            return await connection.scalar(select(issues.c.title).where(issues.c.id == issue_id)) or ""

    async def item(self, scope: Scope, item_id: int) -> ItemRecord | None:
        """Return an item; a removed one only if the scope includes unpublished issues."""
        return (await self.items_by_id(scope, [item_id])).get(item_id)

    async def items_by_id(self, scope: Scope, item_ids: Sequence[int]) -> dict[int, ItemRecord]:
        """Return items by id; removed ones only if the scope includes unpublished issues."""
        query = select(items).join(issues, issues.c.id == items.c.issue_id)
        is_there = items.c.removed_at.is_(None) | scope.unpublished_condition(issues.c.newsletter)
        query = query.where(items.c.id.in_(item_ids), is_there, scope.issue_condition())
        async with self._db.reading() as connection:
            return {row["id"]: item_record(row) for row in (await connection.execute(query)).mappings()}

    async def items(self, scope: Scope, issue_id: int) -> list[ItemRecord]:
        """Return the live items of an issue in order, without its introduction."""
        query = select(items).join(issues, issues.c.id == items.c.issue_id).where(scope.issue_condition())
        query = query.where(gating.live_items(issue_id), gating.is_story()).order_by(items.c.position)
        async with self._db.reading() as connection:
            return [item_record(row) for row in (await connection.execute(query)).mappings()]

    async def latest(self, scope: Scope, newsletter: str | None = None, limit: int = 10) -> list[IssueRecord]:
        """Return the newest published issues without their items; undated issues are last."""
        query = _issues(scope.published().issue_condition(), _of(newsletter))
        return await self._records(query.order_by(issues.c.sorted_at.desc(), issues.c.id.desc()).limit(limit))

    async def places(self, newsletter: str, *, pages: str = "") -> list[tuple[str, bool]]:
        """Return the path of each issue and whether it has a date.

        Undated issues that wait are left out, unless their reason is `pages`: that of pages beside the issues.
        """
        is_dated = issues.c.date.is_not(None)
        query = select(issues.c.path, is_dated).where(
            issues.c.newsletter == newsletter,
            issues.c.removed_at.is_(None),
            is_dated | (issues.c.gate != Gate.WAITING.value) | (issues.c.gate_reason == pages),
        )
        async with self._db.reading() as connection:
            return [(str(path), bool(has_date)) for path, has_date in await connection.execute(query)]

    async def counts(self, scope: Scope, newsletter: str | None = None) -> Counts:
        """Return the numbers of live issues and items."""
        live = scope.issue_condition() & issues.c.removed_at.is_(None) & _of(newsletter)
        joined = items.join(issues, issues.c.id == items.c.issue_id)
        async with self._db.reading() as connection:
            gates = await connection.execute(select(issues.c.gate, func.count()).where(live).group_by(issues.c.gate))
            by_gate = {str(gate): int(count) for gate, count in gates}
            stories = await connection.scalar(
                select(func.count()).select_from(joined).where(live, items.c.removed_at.is_(None), gating.is_story())
            )
        return Counts(
            issues=sum(by_gate.values()),
            items=stories or 0,
            waiting=by_gate.get(Gate.WAITING.value, 0),
            held=by_gate.get(Gate.HELD.value, 0),
        )

    async def _records(self, query: Select[Any], *, with_items: bool = False) -> list[IssueRecord]:
        async with self._db.reading() as connection:
            found = (await connection.execute(query)).mappings()
            # in a thread, because a long archive has thousands of records
            records = await asyncio.to_thread(lambda: [issue_record(row) for row in found])
            return [await _with_items(connection, record) for record in records] if with_items else records


def _under_way(newsletter: str) -> str:
    return f"taking in:{newsletter}"


def _parted_by(newsletter: str) -> str:
    return f"issue level:{newsletter}"


async def _with_items(connection: AsyncConnection, record: IssueRecord) -> IssueRecord:
    query = select(items).where(gating.live_items(record.id), gating.is_story()).order_by(items.c.position)
    found = await connection.execute(query)
    return with_items(record, tuple(item_of(row) for row in found.mappings()))


def _at(newsletter: str, path: str) -> tuple[ColumnElement[bool], ...]:
    return issues.c.newsletter == newsletter, issues.c.path == path, issues.c.removed_at.is_(None)


def _of(newsletter: str | None) -> ColumnElement[bool]:
    return issues.c.newsletter == newsletter if newsletter is not None else true()


async def _clear_faults(connection: AsyncConnection, newsletter: str, paths: set[str]) -> None:
    await connection.execute(delete(faults).where(faults.c.newsletter == newsletter, faults.c.path.in_(paths)))


def _batches(files: list[list[Ready]]) -> Iterable[list[Ready]]:
    """Group whole files into batches that end once they reach `_BATCH_ITEMS`."""
    batch: list[Ready] = []
    size = 0
    for file in files:
        batch += file
        size += 1 + sum(len(ready.issue.items) for ready in file)
        if size >= _BATCH_ITEMS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch

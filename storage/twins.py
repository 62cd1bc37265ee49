"""Duplicate and moved files: finding the stored issue that a file duplicates, or contained at another path."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import RowMapping, bindparam, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.copies import (
    is_another,
    is_copy,
    is_edited_copy,
    is_moved,
    is_same_name,
    is_translation,
    original_of,
    says_translation,
    spellings,
    translated_from,
)
from digest.model import Issue
from storage.gating import ITEM_COUNT, is_story, live_items
from storage.records import Gate
from storage.rows import folded, issue_of, item_of
from storage.schema import HELD, KEPT, issues, items, settings

_GOING = 20  # missing issues that are compared by content; larger moves are usually folders
_LOOKED_AT = 5  # issues with the same first item title that are compared


async def stored_issue(connection: AsyncConnection, row: RowMapping) -> Issue:
    """Return the issue of a row with its items."""
    query = select(items).where(live_items(int(row["id"])), is_story()).order_by(items.c.position)
    found = (await connection.execute(query)).mappings()
    return replace(issue_of(row), items=tuple(item_of(each) for each in found))


_HELD_OR_KEPT = exists().where(issues.c.newsletter == bindparam("name"), issues.c.missing.is_not(None))
_REMOVED = exists().where(issues.c.newsletter == bindparam("name"), issues.c.removed_at.is_not(None))
_GONE = select(_HELD_OR_KEPT | _REMOVED)  # separate conditions, because each has an index


async def are_gone(connection: AsyncConnection, newsletter: str) -> bool:
    """Whether a newsletter has issues whose files are gone, so that one of them can return."""
    return bool(await connection.scalar(_GONE, {"name": newsletter}))


async def lost_twin(connection: AsyncConnection, newsletter: str, issue: Issue) -> RowMapping | None:
    """Return a missing or removed issue that matches except for its path: an undetected move, perhaps with edits."""
    return await _same_head(connection, newsletter, issue) or await _same_stories(connection, newsletter, issue)


async def _same_stories(connection: AsyncConnection, newsletter: str, issue: Issue) -> RowMapping | None:
    """Return an issue that goes missing in this change with nearly the same items: renamed and edited at once."""
    is_going = (issues.c.newsletter == newsletter) & issues.c.removed_at.is_(None) & (issues.c.missing == HELD)
    query = select(issues).where(is_going, issues.c.path != issue.path).order_by(issues.c.id.desc()).limit(_GOING)
    for row in (await connection.execute(query)).mappings().all():
        if is_moved(await stored_issue(connection, row), issue):
            return row
    return None


async def _same_head(connection: AsyncConnection, newsletter: str, issue: Issue) -> RowMapping | None:
    if not issue.title or issue.date is None:
        return None  # not enough to identify an issue
    query = (
        select(issues)
        .where(
            issues.c.newsletter == newsletter,
            issues.c.removed_at.is_not(None) | issues.c.missing.is_not(None),
            issues.c.title == issue.title,
            issues.c.date == issue.date,
            issues.c.part == issue.part,
        )
        .order_by(issues.c.removed_at.is_not(None), issues.c.removed_at.desc())
        .limit(1)
    )
    return (await connection.execute(query)).mappings().first()


async def holds_another(connection: AsyncConnection, row: RowMapping, issue: Issue) -> bool:
    """Whether the file of a published issue was overwritten with a different issue."""
    return row["gate"] != Gate.WAITING and is_another(await stored_issue(connection, row), issue)


async def retire(connection: AsyncConnection, row: RowMapping) -> None:
    """Detach an issue from its file, which contains another one now; it stays published with its messages."""
    await part(connection, row, missing=KEPT)


async def part(connection: AsyncConnection, row: RowMapping, *, missing: str) -> None:
    """Detach an issue from its file, whose path another one takes; `missing` is its new state."""
    # no real path begins like this; the id distinguishes issues of the same file
    path = f"//{row['path']}/{row['id']}"
    await connection.execute(update(issues).where(issues.c.id == row["id"]).values(path=path, missing=missing))


def home_of(path: str) -> str:
    """Return the path of an issue's file, even if the issue was detached from it."""
    return path[2:].rpartition("/")[0] if path.startswith("//") else path


async def note_copy(connection: AsyncConnection, newsletter: str, path: str, original_path: str) -> None:
    """Record a skipped copy, which replaces its original if that is removed."""
    key = _copy_key(newsletter, path)
    await connection.execute(delete(settings).where(settings.c.key == key))
    await connection.execute(insert(settings).values(key=key, value=original_path))


async def copies_of(connection: AsyncConnection, newsletter: str, paths: Sequence[str]) -> set[str]:
    """Return the files that were skipped as copies of these."""
    prefix = _copy_key(newsletter, "")
    query = select(settings.c.key).where(
        settings.c.key.startswith(prefix, autoescape=True), settings.c.value.in_(paths)
    )
    return {str(key).removeprefix(prefix) for key in await connection.scalars(query)}


async def forget_copies(connection: AsyncConnection, newsletter: str, paths: Sequence[str]) -> None:
    """Delete the records of copies at these paths."""
    keys = [_copy_key(newsletter, path) for path in paths]
    await connection.execute(delete(settings).where(settings.c.key.in_(keys)))


def _copy_key(newsletter: str, path: str) -> str:
    return f"copy:{newsletter}:{path}"


async def first_titles(connection: AsyncConnection, new: Sequence[Issue]) -> set[str]:
    """Return the folded titles of the issues' first items that any stored item has too."""
    titles = {folded(issue.items[0].title) for issue in new if issue.items}
    return set(
        await connection.scalars(select(items.c.title_folded).where(items.c.title_folded.in_(titles)).distinct())
    )


async def original(
    connection: AsyncConnection, newsletter: str, issue: Issue, titles: Collection[str]
) -> RowMapping | None:
    """Return the stored issue that a new file's `issue` duplicates; if that one is missing, it was moved here.

    Drafts are not originals. `titles` is the result of `first_titles`.
    """
    is_live = (issues.c.newsletter == newsletter) & issues.c.removed_at.is_(None) & ~issues.c.draft
    paths = spellings(issue.path)
    if (named := original_of(issue.path)) is not None:
        paths |= {named[0], *spellings(named[0])}
    if paths:
        query = select(issues).where(is_live, issues.c.path.in_(paths), issues.c.part == issue.part)
        for row in (await connection.execute(query)).mappings().all():
            if _is_sure(issue, row["path"]) or is_edited_copy(await stored_issue(connection, row), issue):
                return row
    if not issue.items or (title := folded(issue.items[0].title)) not in titles:
        return None
    # A copy can have any path. Comparing all issues would not scale with the archive, so only issues that have an item
    # with the same title as the first one are compared.
    alike = select(items.c.issue_id).where(items.c.title_folded == title)
    query = select(issues, ITEM_COUNT).where(is_live, issues.c.id.in_(alike), issues.c.path != issue.path)
    if issue.date is not None:
        query = query.where(issues.c.date.is_(None) | (issues.c.date == issue.date))
    rows = (await connection.execute(query.order_by(issues.c.id.desc()).limit(_LOOKED_AT))).mappings().all()
    for row in rows:
        if is_same_name(issue.path, row["path"]):
            return row
        # skip issues that differ both in title or date and in the number of items
        may_be = (row["title"], row["date"]) == (issue.title, issue.date) or row["item_count"] == len(issue.items)
        if may_be and is_copy(await stored_issue(connection, row), issue):
            return row
    return None


async def translated(connection: AsyncConnection, newsletter: str, issue: Issue) -> RowMapping | None:
    """Return the live issue of which a new file's `issue` is a translation."""
    if not (paths := translated_from(issue.path)):
        return None
    is_live = (issues.c.newsletter == newsletter) & issues.c.removed_at.is_(None) & issues.c.missing.is_(None)
    query = select(issues).where(is_live, ~issues.c.draft, issues.c.path.in_(paths), issues.c.part == issue.part)
    for row in (await connection.execute(query)).mappings().all():
        if says_translation(issue.path) or is_translation(await stored_issue(connection, row), issue):
            return row
    return None


def original_among(new: Sequence[Issue], issue: Issue) -> Issue | None:
    """Return the original of `issue` among new issues of the same part that are not stored yet, else None."""
    named = original_of(issue.path)
    original_path = named[0] if named is not None else None
    translated = translated_from(issue.path)
    for other in new:
        if other.draft or other.path == issue.path:
            continue
        is_named = other.path == original_path or is_same_name(issue.path, other.path)
        if is_named and (_is_sure(issue, other.path) or is_edited_copy(other, issue)):
            return other
        if _is_same_text(other, issue) or (other.path in translated and _is_translation(other, issue)):
            return other
    return None


def _is_translation(other: Issue, issue: Issue) -> bool:
    return says_translation(issue.path) or is_translation(other, issue)


def _is_same_text(other: Issue, issue: Issue) -> bool:
    return _begins_alike(other, issue) and is_copy(other, issue)


def _begins_alike(old: Issue, new: Issue) -> bool:
    """Whether the first titles match, so that a full comparison is worthwhile."""
    return bool(old.items and new.items) and folded(old.items[0].title) == folded(new.items[0].title)


def _is_sure(issue: Issue, other_path: str) -> bool:
    named = original_of(issue.path)
    return is_same_name(issue.path, other_path) or (named is not None and named[1])

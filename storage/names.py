"""Finding issues and items by name: a title, ignoring case and accents, or an issue number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from sqlalchemy import select

from storage.database import Database
from storage.rows import clean, folded
from storage.schema import issues, items
from storage.scope import Scope

_LIMIT = 25
_DATE = re.compile(r"(?<!\d)(?:19|20)\d{2}[-_./]?\d{2}(?:[-_./]?\d{2})?(?!\d)")
# "#579", "Issue 579", "No. 579", "第579期", "579号"; or a number at the beginning or end
_CALLED = (
    r"(?:#|№|第\s?|\b(?:issue|no|nr|num|number|vol|volume|ep|episode|edition|ausgabe|número|numéro|weekly|week)\W{{0,3}})"
    r"0*{0}(?!\d)"
)
_EDGE = r"(?:\A0*{0}(?!\d)|(?<![\d.])0*{0}\W*\Z)"


class Names:
    """Finds issues and items by name within a scope, including removed ones if the scope does."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def issues(self, scope: Scope, typed: str) -> list[int]:
        """Return the issues with this title, newest first."""
        query = select(issues.c.id).where(scope.issue_condition(), issues.c.title_folded == folded(clean(typed)))
        query = query.order_by(issues.c.removed_at.is_not(None), issues.c.sorted_at.desc(), issues.c.id.desc())
        async with self._db.reading() as connection:
            return list(await connection.scalars(query.limit(_LIMIT)))

    async def items(self, scope: Scope, typed: str) -> list[int]:
        """Return the items with this title, newest first."""
        is_there = items.c.removed_at.is_(None) | scope.unpublished_condition(issues.c.newsletter)
        query = (
            select(items.c.id)
            .join(issues, issues.c.id == items.c.issue_id)
            .where(scope.issue_condition(), is_there, items.c.title_folded == folded(clean(typed)))
            .order_by(items.c.removed_at.is_not(None), issues.c.sorted_at.desc(), items.c.id.desc())
        )
        async with self._db.reading() as connection:
            return list(await connection.scalars(query.limit(_LIMIT)))

    async def numbered(self, scope: Scope, number: str) -> list[int]:
        """Return the issues with this number in their title or file name.

        Explicit numbers in titles come first, then titles that begin or end with it, then file names; newest first in
        each.
        """
        wanted = str(int(number))
        held = issues.c.title.contains(wanted, autoescape=True) | issues.c.path.contains(wanted, autoescape=True)
        query = select(issues.c.id, issues.c.title, issues.c.path).where(
            scope.issue_condition(), issues.c.removed_at.is_(None), held
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query.order_by(issues.c.sorted_at.desc(), issues.c.id.desc()))).all()
        graded = [(_grade(wanted, str(row.title), str(row.path)), int(row.id)) for row in rows]
        found: Sequence[tuple[int, int]] = sorted((one for one in graded if one[0]), key=lambda one: -one[0])
        return [issue_id for _, issue_id in found][:_LIMIT]


def _grade(number: str, title: str, path: str) -> int:
    """Return the confidence that an issue has this number, 0 for none. Dates in names are ignored."""
    title = _DATE.sub(" ", title)
    if re.search(_CALLED.format(number), title, re.IGNORECASE):
        return 3
    if re.search(_EDGE.format(number), title):
        return 2
    place = PurePosixPath(path)
    named = place.parent.name if place.stem.casefold() in _INDEX else place.stem
    return int(re.search(rf"(?<!\d)0*{number}(?!\d)", _DATE.sub(" ", named)) is not None)


_INDEX = frozenset({"index", "readme", "_index"})  # file names for which the folder names the issue

"""Archived threads that Herald reopened for an edit, recorded durably until they are archived again."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from storage.database import Database
from storage.schema import settings

_KEY = "reopened thread:"  # setting per thread, with the time


class Reopened:
    """The threads that only Herald keeps open."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def note(self, thread_id: int, *, now: dt.datetime) -> None:
        """Record, before a thread is opened, that it must be archived again."""
        await self._db.set_setting(f"{_KEY}{thread_id}", now.isoformat())

    async def done(self, thread_id: int) -> None:
        """Delete the record of a thread that is archived again, or open for another reason."""
        await self._db.set_setting(f"{_KEY}{thread_id}", None)

    async def left(self) -> dict[int, dt.datetime]:
        """Return the threads that an earlier run left open, with the time it opened them."""
        query = select(settings.c.key, settings.c.value).where(settings.c.key.startswith(_KEY, autoescape=True))
        async with self._db.reading() as connection:
            rows = await connection.execute(query)
            return {int(row.key.removeprefix(_KEY)): dt.datetime.fromisoformat(row.value) for row in rows}

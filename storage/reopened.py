"""Archived threads that Herald opened for an edit, remembered across a crash until they are archived again."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from storage.database import Database
from storage.schema import settings

_KEY = "reopened thread:"  # settings: one for each thread, with the time


class Reopened:
    """The threads that are open only because of Herald."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def note(self, thread_id: int, *, now: dt.datetime) -> None:
        """Remember, before it is opened, that a thread is to be archived again."""
        await self._db.set_setting(f"{_KEY}{thread_id}", now.isoformat())

    async def done(self, thread_id: int) -> None:
        """Forget a thread that is archived again, or open for another reason."""
        await self._db.set_setting(f"{_KEY}{thread_id}", None)

    async def left(self) -> dict[int, dt.datetime]:
        """Return the threads that an earlier run left open, and when it opened them."""
        query = select(settings.c.key, settings.c.value).where(settings.c.key.startswith(_KEY, autoescape=True))
        async with self._db.reading() as connection:
            rows = await connection.execute(query)
            return {int(row.key.removeprefix(_KEY)): dt.datetime.fromisoformat(row.value) for row in rows}

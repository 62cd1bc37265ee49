"""What admins have chosen in an open panel of /setup: kept in the database, so that it survives a restart."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update

from storage.database import Database
from storage.options import Options, read, stored
from storage.rows import Values
from storage.schema import setup_drafts

KEPT = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupDraft:
    """An unsaved subscription. `based_on` are the options that its channel follows with now, None if it does not."""

    id: int
    user_id: int
    guild_id: int
    newsletter: str  # "" until it is chosen
    channel_id: int | None
    backfill: int
    options: Options
    based_on: Options | None


class Drafts:
    """At most one draft of each admin in each server; an old one is forgotten after a week."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def begin(self, user_id: int, guild_id: int, *, now: dt.datetime, **values: Any) -> SetupDraft:
        """Begin a new draft instead of the one before; `values` are fields of it."""
        given = {"newsletter": "", "channel_id": None, "backfill": 0, "options": Options(), "based_on": None} | values
        old = (setup_drafts.c.user_id == user_id) & (setup_drafts.c.guild_id == guild_id)
        row = _columns(given) | {"user_id": user_id, "guild_id": guild_id, "changed_at": now}
        async with self._db.transaction() as connection:
            await connection.execute(delete(setup_drafts).where(old | (setup_drafts.c.changed_at < now - KEPT)))
            added = await connection.execute(insert(setup_drafts).values(row).returning(setup_drafts))
            return _draft(added.mappings().one())

    async def get(self, draft_id: int, user_id: int, guild_id: int | None) -> SetupDraft | None:
        """Return a draft to its own admin in its own server; None to everybody else, and where it is gone."""
        mine = (setup_drafts.c.id == draft_id) & (setup_drafts.c.user_id == user_id)
        async with self._db.reading() as connection:
            found = await connection.execute(select(setup_drafts).where(mine, setup_drafts.c.guild_id == guild_id))
            row = found.mappings().first()
        return _draft(row) if row is not None else None

    async def change(self, draft_id: int, *, now: dt.datetime, **values: Any) -> SetupDraft | None:
        """Change fields of a draft; None if it is gone."""
        async with self._db.transaction() as connection:
            changed = await connection.execute(
                update(setup_drafts)
                .where(setup_drafts.c.id == draft_id)
                .values(_columns(values) | {"changed_at": now})
                .returning(setup_drafts)
            )
            row = changed.mappings().first()
        return _draft(row) if row is not None else None

    async def end(self, draft_id: int) -> None:
        """Forget a draft that was saved or given up."""
        async with self._db.transaction() as connection:
            await connection.execute(delete(setup_drafts).where(setup_drafts.c.id == draft_id))


def _columns(values: dict[str, Any]) -> Values:
    return {name: stored(value) if isinstance(value, Options) else value for name, value in values.items()}


def _draft(row: RowMapping) -> SetupDraft:
    return SetupDraft(
        id=row["id"],
        user_id=row["user_id"],
        guild_id=row["guild_id"],
        newsletter=row["newsletter"],
        channel_id=row["channel_id"],
        backfill=row["backfill"],
        options=read(row["options"]),
        based_on=read(row["based_on"]) if row["based_on"] is not None else None,
    )

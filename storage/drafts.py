"""Unsaved choices of admins in open /setup panels, stored so that they survive a restart."""

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
    """An unsaved subscription. `based_on` are the channel's current options, None if it does not follow."""

    id: int
    user_id: int
    guild_id: int
    newsletter: str  # "" until chosen
    channel_id: int | None
    backfill: int
    options: Options
    based_on: Options | None


class Drafts:
    """The drafts, at most one per admin and server; they expire after a week."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def begin(self, user_id: int, guild_id: int, *, now: dt.datetime, **values: Any) -> SetupDraft:
        """Start a new draft, replacing an existing one; `values` are its fields."""
        given = {"newsletter": "", "channel_id": None, "backfill": 0, "options": Options(), "based_on": None} | values
        old = (setup_drafts.c.user_id == user_id) & (setup_drafts.c.guild_id == guild_id)
        row = _columns(given) | {"user_id": user_id, "guild_id": guild_id, "changed_at": now}
        async with self._db.transaction() as connection:
            await connection.execute(delete(setup_drafts).where(old | (setup_drafts.c.changed_at < now - KEPT)))
            added = await connection.execute(insert(setup_drafts).values(row).returning(setup_drafts))
            return _draft(added.mappings().one())

    async def get(self, draft_id: int, user_id: int, guild_id: int | None) -> SetupDraft | None:
        """Return a draft of this admin in this server; None if there is no such draft."""
        mine = (setup_drafts.c.id == draft_id) & (setup_drafts.c.user_id == user_id)
        async with self._db.reading() as connection:
            found = await connection.execute(select(setup_drafts).where(mine, setup_drafts.c.guild_id == guild_id))
            row = found.mappings().first()
        return _draft(row) if row is not None else None

    async def change(self, draft_id: int, *, now: dt.datetime, **values: Any) -> SetupDraft | None:
        """Update fields of a draft; None if it no longer exists."""
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
        """Delete a draft that was saved or abandoned."""
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

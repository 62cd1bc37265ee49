"""The identity of newsletters: each is identified by its id, regardless of its current name and source.

The id comes from the configuration, or else from the first name. A renamed newsletter keeps its archive, followers and
posts. One that is no longer configured is an orphan: kept, but neither searchable nor posted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, RowMapping, Table, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import UserError
from storage.database import Database
from storage.dialects import hold
from storage.forgetting import forget_newsletter, settings_of
from storage.reindex import hide_newsletter, reindex_newsletter
from storage.schema import deliveries, events, faults, issues, newsletters, settings, subscriptions

log = logging.getLogger(__name__)

# Settings of newsletters whose items are still to be reindexed, or removed from the index.
_REINDEXING, _HIDING = "reindexing:", "hiding:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A configured newsletter; `key` is its `id`, "" if not set; `source` is without secrets."""

    name: str
    key: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """The stored data of a newsletter that is not configured; `since` is when that was first noticed."""

    name: str
    key: str
    issues: int
    channels: int
    since: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The result of `settle`: (old name, new name) pairs of renamed newsletters, and the orphans."""

    renamed: tuple[tuple[str, str], ...]
    orphans: tuple[Orphan, ...]


def key_of(name: str) -> str:
    """Return the default id of a newsletter with this name: `tech-beats` for `Tech Beats`."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[^\w]+", "-", plain).strip("-_") or "newsletter"


def _mark(key: str) -> str:
    # Short, because a button's custom_id has 100 characters, and stable across processes and restarts.
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()


class Newsletters:
    """The identities of all stored newsletters."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def settle(self, configured: Sequence[Named], *, now: dt.datetime) -> Settled:
        """Update the stored newsletters to the configuration: apply renames, record new ones and orphans."""
        renamed: list[tuple[str, str]] = []
        for old, one in _renames(await self._stored(), configured):
            try:
                await self.rename(old, one.name)
            # A rename that fails must not keep the bot from starting.
            except UserError as error:
                log.warning('newsletter not renamed from="%s" to="%s" reason="%s"', old, one.name, error)
                continue
            renamed.append((old, one.name))
        async with self._db.transaction() as connection:
            await _note(connection, configured, now)
        await self.finish_renames()
        return Settled(renamed=tuple(renamed), orphans=tuple(await self.orphans([one.name for one in configured])))

    async def marks(self) -> dict[str, str]:
        """Return each newsletter's mark for buttons, by name: short, and stable when it is renamed."""
        return {str(row["name"]): _mark(str(row["key"] or key_of(str(row["name"])))) for row in await self._stored()}

    async def rename(self, old: str, new: str) -> None:
        """Rename a stored newsletter, with its archive, followers, posts and held decisions.

        Raises UserError if there is no such newsletter, or if the new name already has posts.
        """
        stored = {str(row["name"]): row for row in await self._stored()}
        if old not in stored and not await self._channels(old):
            known = ", ".join(f'"{name}"' for name in sorted(stored)) or "none"
            raise UserError(f'Nothing is stored about a newsletter called "{old}". Stored are: {known}.')
        if new in stored or await self._channels(new):
            if await self._posts(new):
                raise UserError(
                    f'"{new}" has posts of its own already, so "{old}" cannot become it. '
                    f'`python bot.py forget newsletter "{new}"` makes room; its messages stay in their channels.'
                )
            await forget_newsletter(self._db, new)  # without posts it is only a fresh import of the same issues
        async with self._db.transaction() as connection:
            # Locked in a fixed order to prevent deadlocks between processes.
            for name in sorted((old, new)):
                await hold(connection, f"newsletter:{name}")
            await _rename_rows(connection, old, new)
        log.info('newsletter renamed from="%s" to="%s"', old, new)

    async def finish_renames(self) -> None:
        """Reindex renamed newsletters and remove orphans from the index; resumes an interrupted run."""
        for name in await self._noted(_REINDEXING):
            await reindex_newsletter(self._db, name)
            await self._db.set_setting(f"{_REINDEXING}{name}", None)
        for name in await self._noted(_HIDING):
            await hide_newsletter(self._db, name)
            await self._db.set_setting(f"{_HIDING}{name}", None)

    async def _noted(self, prefix: str) -> list[str]:
        query = select(settings.c.key).where(settings.c.key.startswith(prefix, autoescape=True))
        async with self._db.reading() as connection:
            return [str(key).removeprefix(prefix) for key in await connection.scalars(query)]

    async def orphans(self, configured: Sequence[str]) -> list[Orphan]:
        """Return the stored newsletters that are not configured."""
        stored = {str(row["name"]): row for row in await self._stored()}
        async with self._db.reading() as connection:
            counts = await _counted(connection, issues, issues.c.removed_at.is_(None))
            is_followed = subscriptions.c.removed_at.is_(None) & (subscriptions.c.origin != "repost")
            channels = await _counted(connection, subscriptions, is_followed)
        found: list[Orphan] = []
        for name in sorted({*stored, *channels} - set(configured)):
            row = stored.get(name)
            orphan = Orphan(
                name=name,
                key=str(row["key"] or key_of(name)) if row is not None else key_of(name),
                issues=counts.get(name, 0),
                channels=channels.get(name, 0),
                since=row["orphaned_at"] if row is not None else None,
            )
            if orphan.issues or orphan.channels:
                found.append(orphan)
        return found

    async def _stored(self) -> list[RowMapping]:
        async with self._db.reading() as connection:
            return list((await connection.execute(select(newsletters).order_by(newsletters.c.name))).mappings())

    async def _channels(self, name: str) -> int:
        async with self._db.reading() as connection:
            query = select(func.count()).select_from(subscriptions).where(subscriptions.c.newsletter == name)
            return int(await connection.scalar(query) or 0)

    async def _posts(self, name: str) -> int:
        of_newsletter = select(issues.c.id).where(issues.c.newsletter == name)
        query = select(func.count()).select_from(deliveries).where(deliveries.c.issue_id.in_(of_newsletter))
        async with self._db.reading() as connection:
            return int(await connection.scalar(query) or 0)


async def _counted(connection: AsyncConnection, table: Table, condition: ColumnElement[bool]) -> dict[str, int]:
    query = select(table.c.newsletter, func.count()).where(condition).group_by(table.c.newsletter)
    return {str(name): int(count) for name, count in await connection.execute(query)}


def _renames(stored: Sequence[RowMapping], configured: Sequence[Named]) -> list[tuple[str, Named]]:
    """Return the stored newsletters that are configured under another name, matched by id, else by source."""
    names = {one.name for one in configured}
    gone = {str(row["name"]): row for row in stored if row["name"] not in names}
    known = {str(row["name"]) for row in stored}
    by_key = {str(row["key"]): name for name, row in gone.items() if row["key"]}
    found = [(by_key[one.key], one) for one in configured if one.key in by_key]
    for old, one in found:
        gone.pop(old, None)
        known.add(one.name)
    return [*found, *_same_source(list(gone.values()), [one for one in configured if one.name not in known])]


def _same_source(gone: Sequence[RowMapping], came: Sequence[Named]) -> list[tuple[str, Named]]:
    """Match by source, only if it is unambiguous: exactly one newsletter of the source disappeared and one appeared."""
    old = Counter(row["source"] for row in gone)
    new = Counter(one.source for one in came)
    names = {row["source"]: str(row["name"]) for row in gone if row["source"]}
    sure = [one for one in came if one.source in names and old[one.source] == new[one.source] == 1]
    return [(names[one.source], one) for one in sure]


async def _note(connection: AsyncConnection, configured: Sequence[Named], now: dt.datetime) -> None:
    """Record each newsletter's id and source, and since when orphans are no longer configured."""
    for name in sorted(
        one.name for one in configured
    ):  # in a fixed order, because several processes can start concurrently
        await hold(connection, f"newsletter:{name}")
    rows = {str(row["name"]): row for row in (await connection.execute(select(newsletters))).mappings()}
    taken = {str(row["key"]) for row in rows.values() if row["key"]} | {one.key for one in configured if one.key}
    for one in configured:
        await _note_one(connection, one, rows.get(one.name), taken)
    # If it leaves the configuration again, that is reported again.
    told = [f"told orphan:{one.name}" for one in configured]
    await connection.execute(delete(settings).where(settings.c.key.in_(told)))
    gone = newsletters.c.name.not_in([one.name for one in configured]) & newsletters.c.orphaned_at.is_(None)
    for name in (await connection.scalars(select(newsletters.c.name).where(gone))).all():
        await _remember(connection, _HIDING, str(name))
    await connection.execute(update(newsletters).where(gone).values(orphaned_at=now))


async def _note_one(connection: AsyncConnection, one: Named, row: RowMapping | None, taken: set[str]) -> None:
    """Record a configured newsletter's id and source; its id is added to `taken`, the ids in use."""
    stored_key = row["key"] if row is not None else None
    key = one.key or stored_key or _free(key_of(one.name), taken)
    taken.add(key)
    values = {"key": key, "source": one.source, "orphaned_at": None}
    if row is None:
        await connection.execute(insert(newsletters).values(name=one.name, **values))
    elif any(row[name] != value for name, value in values.items()):
        if row["orphaned_at"] is not None:
            await _remember(connection, _REINDEXING, one.name)
        await connection.execute(update(newsletters).where(newsletters.c.name == one.name).values(values))


def _free(key: str, taken: set[str]) -> str:
    found, number = key, 2
    while found in taken:
        found, number = f"{key}-{number}", number + 1
    return found


async def _rename_rows(connection: AsyncConnection, old: str, new: str) -> None:
    row = (await connection.execute(select(newsletters).where(newsletters.c.name == old))).mappings().first()
    if row is not None:
        # Issues reference their newsletter by name, so the new row must exist before they change, and the old one until
        # then.
        kept = {name: value for name, value in row.items() if name != "name"}
        kept["key"] = kept["key"] or key_of(old)
        await connection.execute(insert(newsletters).values(name=new, **kept))
        for table in (issues, faults, events):
            await connection.execute(update(table).where(table.c.newsletter == old).values(newsletter=new))
    await connection.execute(update(subscriptions).where(subscriptions.c.newsletter == old).values(newsletter=new))
    await connection.execute(delete(newsletters).where(newsletters.c.name == old))
    for key in (await connection.scalars(select(settings.c.key).where(settings_of(old)))).all():
        renamed = str(key).replace(f":{old}", f":{new}", 1)
        # An existing one under the new name belongs to a deleted newsletter.
        await connection.execute(delete(settings).where(settings.c.key == renamed))
        await connection.execute(update(settings).where(settings.c.key == key).values(key=renamed))
    await _remember(connection, _REINDEXING, new)


async def _remember(connection: AsyncConnection, prefix: str, name: str) -> None:
    """Record the pending change of the index, replacing an earlier one."""
    keys = [f"{each}{name}" for each in (_REINDEXING, _HIDING)]
    await connection.execute(delete(settings).where(settings.c.key.in_(keys)))
    await connection.execute(insert(settings).values(key=f"{prefix}{name}", value="yes"))

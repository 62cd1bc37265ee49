"""Messages found in a channel that the ledger does not know, kept until their delivery adopts them.

A restored backup lacks the messages posted since. New deliveries reuse the ids that followed the backup, so a mark
alone does not identify a message; only a ledger entry with the message id does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database, remember
from storage.departures import is_present
from storage.dialects import insert_into, is_postgres
from storage.identity import read
from storage.records import Delivery, Wanted
from storage.schema import deliveries, found_messages, issues, items, settings, subscriptions

_KEPT = dt.timedelta(days=30)  # how long messages are kept for adoption
_LARGEST = 2**53  # no delivery id is this large
RESTORED = "restored at"  # setting: messages may have been edited or deleted since the backup
_LOOKED = "looked until:"  # prefix of settings, followed by a channel id
_CHUNK = 500  # per statement: SQLite limits the number of bound values


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One of Herald's messages; `thread_id` is as in `Delivery`, `text` is the remaining visible content."""

    message_id: int
    channel_id: int
    thread_id: int | None
    header_id: int | None  # the message of its header
    kind: str
    mark: str
    title: str
    url: str | None
    footer: str
    text: str


class FoundMessages:
    """The messages found in channels that are not adopted yet."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def timeline(self) -> str:
        """The server's timeline; it changes when a standby takes over, whose ledger may be older."""
        return self._db.timeline

    @property
    def is_whole(self) -> bool:
        """Whether no request that the ledger does not know of can be in flight."""
        return not self._db.forgotten_s()

    @property
    def instance_id(self) -> str:
        """The database's id in its messages."""
        return self._db.instance_id

    async def unknown(self, channel_id: int, marks: dict[int, str], looked_for: int | None = None) -> set[int]:
        """Return the messages of a channel that the ledger cannot explain, given their marks by id.

        It explains messages that it recorded, and those that may come from a request in flight in this channel.
        Requests in other channels do not count, because after restoring a backup a new delivery can have the id in an
        older message's mark. `looked_for` is a delivery to ignore, because its message was not found where its request
        would have put it.
        """
        ids = list(marks)
        known: set[int] = set()
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            async with self._db.reading() as connection:
                for table in (deliveries, found_messages):
                    query = select(table.c.message_id).where(table.c.message_id.in_(chunk))
                    known |= set(await connection.scalars(query))
        rest = {
            message_id: identity
            for message_id in ids
            if message_id not in known
            and ((identity := self._identity(marks[message_id])) or self.is_anothers(marks[message_id]))
        }
        is_open = deliveries.c.message_id.is_(None) & deliveries.c.sending_at.is_not(None)
        under_way = is_open & (deliveries.c.channel_id == channel_id)
        if looked_for is not None:
            under_way &= deliveries.c.id != looked_for
        async with self._db.reading() as connection:
            query = select(deliveries.c.id, deliveries.c.generation).where(under_way)
            open_ones = {(int(row.id), int(row.generation)) for row in await connection.execute(query)}
        return {message_id for message_id, identity in rest.items() if identity not in open_ones}

    async def channels(self) -> dict[int, int | None]:
        """Return all subscribed channels, with their server if known."""
        query = select(subscriptions.c.channel_id, subscriptions.c.guild_id)
        query = query.where(subscriptions.c.removed_at.is_(None), is_present)
        async with self._db.reading() as connection:
            return {int(row.channel_id): row.guild_id for row in await connection.execute(query)}

    async def newest_known(self, channel_id: int, thread_id: int | None = None) -> int:
        """Return the newest message in a channel, or in one of its threads, that the ledger knows; 0 if none."""
        query = select(func.max(deliveries.c.message_id)).where(deliveries.c.channel_id == channel_id)
        if thread_id is not None:
            query = query.where(deliveries.c.thread_id == thread_id)
        async with self._db.reading() as connection:
            return int(await connection.scalar(query) or 0)

    async def boundaries(self) -> dict[int, int]:
        """Return for each channel the newest message that is in the ledger or was scanned before."""
        newest = select(deliveries.c.channel_id, func.max(deliveries.c.message_id).label("message_id"))
        newest = newest.where(deliveries.c.message_id.is_not(None)).group_by(deliveries.c.channel_id)
        looked = select(settings.c.key, settings.c.value).where(settings.c.key.startswith(_LOOKED, autoescape=True))
        async with self._db.reading() as connection:
            known = {int(row.channel_id): int(row.message_id) for row in await connection.execute(newest)}
            for row in await connection.execute(looked):
                channel_id = int(row.key.removeprefix(_LOOKED))
                known[channel_id] = max(known.get(channel_id, 0), int(row.value))
        return known

    async def unknown_threads(self, thread_ids: Collection[int]) -> list[int]:
        """Return the threads without a known message, whether of a delivery or found."""
        known: set[int] = set()
        async with self._db.reading() as connection:
            for column in (deliveries.c.thread_id, found_messages.c.thread_id):
                known |= set(await connection.scalars(select(column).where(column.in_(thread_ids)).distinct()))
        return [one for one in thread_ids if one not in known]

    async def looked_until(self, channel_id: int) -> int:
        """Return the message up to which a channel was scanned; 0 if it never was."""
        return int(await self._db.setting(_looked(channel_id)) or 0)

    async def keep(self, found: Sequence[Found], channel_id: int, *, until: int, now: dt.datetime) -> int:
        """Store the messages found in a channel up to `until`; return how many were posted from this database.

        Such messages mean that a backup was restored: all messages are marked for comparison, and new deliveries get
        ids above those found.
        """
        numbers = [identity[0] for one in found if (identity := self._identity(one.mark))]
        async with self._db.transaction() as connection:
            await _add(connection, found, now)
            if numbers:
                await remember(connection, RESTORED, now.isoformat())
                await _doubt(connection)
                await _count_from(connection, max(numbers))
        await self._db.set_setting(_looked(channel_id), str(until))
        return len(numbers)

    async def heard(self, found: Sequence[Found], now: dt.datetime) -> None:
        """Store messages just posted by another Herald instance, which casts no doubt on the ledger."""
        async with self._db.transaction() as connection:
            await _add(connection, found, now)

    async def tidy(self, now: dt.datetime) -> None:
        """Delete messages found too long ago to be adopted."""
        async with self._db.transaction() as connection:
            await connection.execute(delete(found_messages).where(found_messages.c.found_at < now - _KEPT))

    async def is_restored(self) -> bool:
        """Whether a backup was restored and its messages were not compared with the channels yet."""
        return await self._db.setting(RESTORED) is not None

    async def doubt(self) -> None:
        """Mark all messages for comparison, because they may have been edited since the backup.

        As a result, pending edits are made even if the issue is back at its earlier version.
        """
        async with self._db.transaction() as connection:
            await _doubt(connection)

    async def places(self) -> set[int]:
        """Return the channels with found messages that are not adopted."""
        async with self._db.reading() as connection:
            return set(await connection.scalars(select(found_messages.c.channel_id).distinct()))

    async def compared(self) -> None:
        """Record that the messages were compared with the channels."""
        await self._db.set_setting(RESTORED, None)

    async def below(self, delivery: Delivery) -> tuple[list[Found], int | None]:
        """Return the found messages in a delivery's channel, oldest first, and the message of its issue's header."""
        query = select(found_messages).where(found_messages.c.channel_id == delivery.channel_id)
        header = select(deliveries.c.message_id).where(
            deliveries.c.subscription_id == delivery.subscription_id,
            deliveries.c.issue_id == delivery.issue_id,
            deliveries.c.generation == delivery.generation,
            deliveries.c.item_id.is_(None),
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query.order_by(found_messages.c.message_id))).mappings().all()
            header_id = await connection.scalar(header) if rows else None
        names = Found.__dataclass_fields__
        return [Found(**{name: row[name] for name in names}) for row in rows], header_id

    async def has_namesakes(self, item_id: int) -> bool:
        """Whether other issues of the newsletter have an item with the same title."""
        mine, other = items.alias(), items.alias()
        its_issue, theirs = issues.alias(), issues.alias()
        query = select(
            exists()
            .where(mine.c.id == item_id, its_issue.c.id == mine.c.issue_id, theirs.c.id == other.c.issue_id)
            .where(other.c.title_folded == mine.c.title_folded, other.c.issue_id != mine.c.issue_id)
            .where(theirs.c.newsletter == its_issue.c.newsletter)
        )
        async with self._db.reading() as connection:
            return bool(await connection.scalar(query))

    def is_anothers(self, mark: str) -> bool:
        """Whether a mark is from another Herald instance."""
        return mark.partition(":")[0] != self._db.instance_id

    def _identity(self, mark: str) -> tuple[int, int] | None:
        found = read(self._db.instance_id, mark)
        return (found.delivery_id, found.generation) if found is not None and found.delivery_id < _LARGEST else None


async def _add(connection: AsyncConnection, found: Sequence[Found], now: dt.datetime) -> None:
    for one in found:
        values = {**asdict(one), "found_at": now}
        await connection.execute(insert_into(connection, found_messages).values(values).on_conflict_do_nothing())


def _looked(channel_id: int) -> str:
    return f"{_LOOKED}{channel_id}"


async def _count_from(connection: AsyncConnection, newest: int) -> None:
    """Continue the ids of deliveries after `newest`."""
    values = {"newest": newest}
    if is_postgres(connection):
        sequence = "SELECT setval('deliveries_id_seq', greatest(:newest, last_value)) FROM deliveries_id_seq"
        await connection.execute(text(sequence), values)
        return
    # SQLite's internal table of the highest ids used
    count = "UPDATE sqlite_sequence SET seq = max(seq, :newest) WHERE name = 'deliveries'"
    moved = await connection.execute(text(count), values)
    if not moved.rowcount:
        begin = "INSERT INTO sqlite_sequence (name, seq) VALUES ('deliveries', :newest)"
        await connection.execute(text(begin), values)


async def _doubt(connection: AsyncConnection) -> None:
    shown = deliveries.c.done == Wanted.SHOWN.value
    await connection.execute(update(deliveries).where(shown).values(done_version=0, content_hash=None))

"""Read-only queries of deliveries: planned, in flight, posted or rejected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import claiming, headers, outlook, publishing
from storage.database import Database
from storage.gating import is_story
from storage.identity import read
from storage.layouts import HEADER_INSIDE
from storage.outlook import Outlook
from storage.records import Delivery, State, ToPublish, Wanted
from storage.rows import delivery_of, joined
from storage.schema import deliveries, delivery_items, items, subscriptions
from storage.tables import in_state
from storage.withdrawals import Withdrawals, read_withdrawals


class Deliveries:
    """Queries of all deliveries. Stateless, hence safe to share between tasks."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def delivery(self, delivery_id: int) -> Delivery | None:
        """Return a delivery by id; None if there is none."""
        return next(iter(await self._all(deliveries.c.id == delivery_id)), None)

    async def by_mark(self, mark: str) -> Delivery | None:
        """Return the delivery with this mark; None if the mark is not from this database."""
        identity = read(self._db.instance_id, mark)
        return await self.delivery(identity.delivery_id) if identity else None

    async def by_message(self, message_id: int) -> Delivery | None:
        """Return the delivery of a posted message."""
        found = await self._all(deliveries.c.message_id == message_id)
        return found[0] if found else None

    async def unsettled(self, channel_id: int | None = None) -> list[Delivery]:
        """Return the deliveries in `sending`, whose outcome is unknown, oldest first."""
        return await self._all(claiming.numbers_in(State.SENDING, channel_id))

    async def outlook(self, channel_id: int, *, now: dt.datetime) -> Outlook:
        """Return what is due in a channel."""
        (row,) = await self._db.rows(outlook.QUERY, {"channel_id": channel_id, "now": now})
        return outlook.of_row(row)

    async def of_issue(self, issue_id: int) -> list[Delivery]:
        """Return all deliveries of an issue, in the order of planning."""
        return await self._all(deliveries.c.issue_id == issue_id)

    async def after(self, delivery: Delivery) -> list[Delivery]:
        """Return the pending posts of the same issue, subscription and generation that follow a delivery."""
        behind = (
            (deliveries.c.subscription_id == delivery.subscription_id)
            & (deliveries.c.issue_id == delivery.issue_id)
            & (deliveries.c.generation == delivery.generation)
            & (deliveries.c.position > delivery.position)
            & deliveries.c.done.is_(None)
        )
        return await self._all(behind & in_state(deliveries, State.PENDING))

    async def never_posted(self, channel_ids: Collection[int]) -> list[Delivery]:
        """Return the deliveries in these channels that were skipped before they were posted."""
        given_up = in_state(deliveries, State.SKIPPED) & deliveries.c.done.is_(None)
        return await self._all(deliveries.c.channel_id.in_(channel_ids) & given_up)

    async def postponed(self, channel_id: int, *, now: dt.datetime) -> list[Delivery]:
        """Return the deliveries that failed temporarily and will be retried automatically."""
        waits = (deliveries.c.not_before > now) & (deliveries.c.error != "")
        return await self._all(claiming.numbers_in(State.PENDING, channel_id) & waits)

    async def parked(self, channel_id: int | None = None, limit: int | None = 25) -> list[Delivery]:
        """Return the deliveries that Discord rejected, newest first."""
        found = await self._all(claiming.numbers_in(State.FAILED, channel_id))
        return found[::-1][:limit]

    async def messages_of(self, item_ids: Sequence[int], guild_id: int) -> dict[int, tuple[int, int]]:
        """Return for jump links (channel or thread, message) of each item's newest message in this server.

        For an introduction without a separate message, it is that of the issue's header.
        """
        asked = {"guild_id": guild_id, "item_ids": item_ids}
        async with self._db.reading() as connection:
            headers = {row.id: (row.place_id, row.message_id) for row in await connection.execute(_HEADERS, asked)}
            return headers | await _places(connection, _PLACES_IN_GUILD, asked)

    async def messages_beside(self, delivery: Delivery, item_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Return the same as `messages_of` within a delivery's issue and subscription, for the links of its header."""
        mine = (deliveries.c.subscription_id == delivery.subscription_id) & (deliveries.c.issue_id == delivery.issue_id)
        async with self._db.reading() as connection:
            return await _places(connection, _PLACES.where(mine), {"item_ids": item_ids})

    async def listed(self, delivery_id: int) -> list[int]:
        """Return the items of a list, in no particular order."""
        query = select(delivery_items.c.item_id).where(delivery_items.c.delivery_id == delivery_id)
        async with self._db.reading() as connection:
            return list(await connection.scalars(query))

    async def items_below(self, header: Delivery) -> set[int]:
        """Return the items that should be shown below a header, whether or not they are posted yet."""
        query = (
            select(func.coalesce(delivery_items.c.item_id, deliveries.c.item_id))
            .outerjoin_from(deliveries, delivery_items, delivery_items.c.delivery_id == deliveries.c.id)
            .where(
                deliveries.c.subscription_id == header.subscription_id,
                deliveries.c.issue_id == header.issue_id,
                deliveries.c.wanted == Wanted.SHOWN.value,
            )
        )
        async with self._db.reading() as connection:
            return {int(item_id) for item_id in await connection.scalars(query) if item_id is not None}

    async def held_entries(self, delivery_id: int) -> frozenset[int]:
        """Return the entries of a list that are gone from the issue, but wait for a decision or were kept."""
        mine = (delivery_items.c.delivery_id == delivery_id) & delivery_items.c.held.is_not(None)
        async with self._db.reading() as connection:
            return frozenset(await connection.scalars(select(delivery_items.c.item_id).where(mine)))

    async def withdrawals(self, issue_id: int) -> Withdrawals:
        """Return admins' withdrawals of an issue."""
        async with self._db.reading() as connection:
            return await read_withdrawals(connection, issue_id)

    async def has_introduction_below(self, header: Delivery) -> bool:
        """Whether the introduction is, or will be, a separate message below a header."""
        introductions = select(items.c.id).where(items.c.issue_id == header.issue_id, ~is_story())
        own = (
            (deliveries.c.subscription_id == header.subscription_id)
            & deliveries.c.item_id.in_(introductions)
            & (deliveries.c.wanted == Wanted.SHOWN.value)
            & (deliveries.c.state != State.SKIPPED.value)
        )
        async with self._db.reading() as connection:
            return await connection.scalar(select(deliveries.c.id).where(own).limit(1)) is not None

    async def header_of(self, delivery: Delivery) -> Delivery | None:
        """Return the header of a delivery's thread; None if it has no message."""
        found = await self._all(
            (deliveries.c.subscription_id == delivery.subscription_id)
            & (deliveries.c.issue_id == delivery.issue_id)
            & deliveries.c.item_id.is_(None)
            & (deliveries.c.message_id == delivery.thread_id)
        )
        return found[-1] if found else None

    async def due_channels(self, *, now: dt.datetime) -> list[int]:
        """Return the channels with a claimable delivery, the longest waiting first."""
        async with self._db.reading() as connection:
            return await claiming.due_channels(connection, now)

    async def stale_channels(self, *, now: dt.datetime) -> list[int]:
        """Return the channels with a header whose links are to be filled in now."""
        async with self._db.reading() as connection:
            return await headers.stale_channels(connection, now)

    async def next_due_at(self, *, now: dt.datetime) -> dt.datetime | None:
        """Return when the next waiting delivery or publication becomes due; None if none waits."""
        async with self._db.reading() as connection:
            found = [await claiming.next_due_at(connection, now), await publishing.next_due_at(connection, now)]
        return min((at for at in found if at is not None), default=None)

    async def publishing_channels(self, *, now: dt.datetime) -> list[int]:
        """Return the announcement channels with a message to publish now."""
        async with self._db.reading() as connection:
            return await publishing.due_channels(connection, now)

    async def to_publish(self, subscription_id: int, *, now: dt.datetime) -> ToPublish:
        """Return how many messages of a subscription are still to be published, and when the next one is due."""
        async with self._db.reading() as connection:
            return await publishing.waiting(connection, subscription_id, now)

    async def counts(self) -> dict[State, int]:
        """Return the number of deliveries by state."""
        query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        async with self._db.reading() as connection:
            found = {str(state): int(count) for state, count in await connection.execute(query)}
        return {state: found.get(state.value, 0) for state in State}

    async def oldest_pending_at(self, *, now: dt.datetime) -> dt.datetime | None:
        """Return when the oldest delivery that could be sent by now was planned; None if there is none."""
        async with self._db.reading() as connection:
            return await claiming.oldest_pending_at(connection, now)

    async def _all(self, condition: Any) -> list[Delivery]:
        async with self._db.reading() as connection:
            return await self._rows(connection, condition)

    async def _rows(self, connection: AsyncConnection, condition: Any) -> list[Delivery]:
        found = await connection.execute(joined().where(condition).order_by(deliveries.c.id))
        return [delivery_of(row, self._db.instance_id) for row in found.mappings()]


# Queries of every results page are built once, because building costs more than running them.
_IN_GUILD = subscriptions.c.guild_id == bindparam("guild_id")
_ITEM_IDS: BindParameter[Any] = bindparam("item_ids", expanding=True)
_HEADERS = (
    select(
        items.c.id,
        # in a forum, the header is inside the post that it opened
        case((subscriptions.c.layout.in_(HEADER_INSIDE), deliveries.c.thread_id), else_=deliveries.c.channel_id).label(
            "place_id"
        ),
        deliveries.c.message_id,
    )
    .join(deliveries, (deliveries.c.issue_id == items.c.issue_id) & deliveries.c.item_id.is_(None))
    .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .where(items.c.id.in_(_ITEM_IDS), ~is_story(), _IN_GUILD)
    .where(deliveries.c.message_id.is_not(None), deliveries.c.done == Wanted.SHOWN.value)
    .order_by(deliveries.c.id)
)
_PLACES = (
    select(
        func.coalesce(delivery_items.c.item_id, deliveries.c.item_id).label("item_id"),
        func.coalesce(deliveries.c.thread_id, deliveries.c.channel_id).label("place_id"),
        deliveries.c.message_id,
    )
    .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
    .outerjoin(delivery_items, delivery_items.c.delivery_id == deliveries.c.id)
    .where(deliveries.c.message_id.is_not(None), deliveries.c.done == Wanted.SHOWN.value)
    .where(
        deliveries.c.item_id.in_(_ITEM_IDS)
        | deliveries.c.id.in_(select(delivery_items.c.delivery_id).where(delivery_items.c.item_id.in_(_ITEM_IDS)))
    )
    .order_by(deliveries.c.id)
)
_PLACES_IN_GUILD = _PLACES.where(_IN_GUILD)


async def _places(
    connection: AsyncConnection, query: Select[Any, Any, Any], asked: Mapping[str, Any]
) -> dict[int, tuple[int, int]]:
    """Return (channel or thread, message) of each item's newest visible message."""
    return {row.item_id: (row.place_id, row.message_id) for row in await connection.execute(query, asked)}

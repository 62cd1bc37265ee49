"""The outbox: every message for a channel, from planning until Discord has accepted it.

A delivery is claimed in a durable transaction before its request is sent, and its outcome is recorded afterwards. If
the outcome is unknown, reading the channel back settles it. docs/delivery.md has the table of states and transitions,
which `lifecycle.py` implements. Nothing here reads the clock: `now` is passed in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from sqlalchemy import RowMapping, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import S_
from storage import claiming, gating, headers, history, lifecycle, planning, publishing
from storage.adoption import FoundMessages
from storage.answers import AnswerAsk, record_all
from storage.claims import ClaimAsk, claim_all
from storage.corrections import Corrections
from storage.database import Database
from storage.dialects import gather_statistics
from storage.history import Actor, EventKind
from storage.identity import read
from storage.lifecycle import Life
from storage.planning import life_of, life_values
from storage.records import Action, Delivery, Gate, State, Subscription, Wanted
from storage.reopened import Reopened
from storage.reposting import dismiss
from storage.rows import Values, delivery_of, option_values
from storage.schema import deliveries
from storage.steps import Effect, find_row, next_step, record, row_of, write
from storage.tables import in_state
from storage.together import Together

_THREAD_GONE = S_("its thread was deleted")

_MESSAGES = 1_000  # planned in one transaction, approximately, to keep it short
_CHANNELS = 10  # planned in one transaction at least, because each transaction reads the issue again


class Outbox(Corrections):
    """The deliveries and their state transitions."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.found = FoundMessages(db)
        self.reopened = Reopened(db)
        self._claims = Together(db.transaction, claim_all)
        self._answers = Together(db.transaction, record_all)

    async def close(self) -> None:
        """Wait for pending writes. Call this before closing the database."""
        await self._claims.close()
        await self._answers.close()

    # planning

    async def plan(
        self,
        issue_id: int,
        subscription_ids: Iterable[int] | None = None,
        *,
        now: dt.datetime,
        actor: Actor | None = None,
    ) -> int:
        """Plan an issue's deliveries, its header first; returns how many were added. Idempotent.

        Without `subscription_ids` the issue is released to all channels that follow its newsletter; `actor` is the user
        who released a held issue. With them (a backfill), only those subscriptions get it and the gate does not change.
        """
        async with self._db.reading() as connection:
            plan = await planning.read_plan(connection, issue_id)
            ids = await planning.follower_ids(connection, plan.newsletter, subscription_ids) if plan is not None else []
        count = 0
        at_once = max(_CHANNELS, _MESSAGES // (len(plan.stories) + 1)) if plan is not None else 1
        for start in range(0, len(ids), at_once):
            async with self._db.transaction() as connection:
                count += await planning.plan_for(connection, issue_id, ids[start : start + at_once], now)
                if start == 0 and len(ids) > at_once:
                    await gather_statistics(connection, "deliveries")
        # last, so that an interrupted plan is completed later
        if plan is not None and subscription_ids is None:
            released: Values = {"gate": Gate.RELEASED.value, "gate_reason": "", "gate_until": None}
            async with self._db.transaction() as connection:
                released |= {"released_at": plan.released_at or now}
                await gating.open_gate(connection, issue_id, released, now=now, actor=actor)
        return count

    async def would_post(
        self, issue_id: int, subscription: Subscription, *, now: dt.datetime
    ) -> list[tuple[Delivery, tuple[int, ...]]]:
        """Return the deliveries that a subscription would get for an issue, each with the items of its list.

        They have the id 0 and are not stored.
        """
        async with self._db.reading() as connection:
            plan = await planning.read_plan(connection, issue_id)
        rows = planning.planned_rows(plan, subscription, 0, now) if plan is not None else []
        blank: Values = {column.name: None for column in deliveries.c}
        about = option_values(subscription.options) | {
            "id": 0,
            "newsletter": subscription.newsletter,
            "guild_id": subscription.guild_id,
        }
        return [(delivery_of({**blank, **row, **about}, self._db.instance_id), row["members"]) for row in rows]

    # the life of one delivery

    async def claim_next(
        self, channel_id: int, *, now: dt.datetime, last_message_id: int | None = None
    ) -> Delivery | None:
        """Claim the channel's next delivery; it is durably `sending` before this returns.

        Posts come first, in order, then edits and withdrawals. Returns None if nothing is due, if the first delivery in
        the queue waits for its time, if the subscription is waiting, paused or quiet, or if the outcome of another
        delivery of the channel is unknown. `last_message_id` is the channel's last known message; a lost post is looked
        for after it. A post that was sent before keeps the message and the time of its first claim, because it may have
        arrived.
        """
        row = await self._claims.do(ClaimAsk(channel_id, now, last_message_id))
        return delivery_of(row, self._db.instance_id) if row is not None else None

    async def claim_header(self, channel_id: int, *, now: dt.datetime) -> Delivery | None:
        """Claim a header whose links to its item messages are to be filled in; None if there is none."""
        async with self._db.transaction() as connection:
            await claiming.hold_channels(connection, [channel_id])
            row = await headers.next_stale(connection, channel_id, now)
            if row is None:
                return None
            life = lifecycle.claim(lifecycle.want(life_of(row), Wanted(row["wanted"]), is_changed=True))
            values = life_values(life) | {"refresh_at": None, "sending_at": now, "attempts": row["attempts"] + 1}
            await write(connection, row["id"], values | {"content_hash": None})  # as for any edit
            return delivery_of({**row, **values}, self._db.instance_id)

    async def next_publication(
        self, channel_id: int, *, now: dt.datetime, only_headers: bool = False
    ) -> Delivery | None:
        """Return the delivery whose message is published next in an announcement channel; None if none is due."""
        async with self._db.transaction() as connection:
            row = await publishing.next_row(connection, channel_id, now, only_headers=only_headers)
            return delivery_of(row, self._db.instance_id) if row is not None else None

    async def published(
        self, delivery_id: int, *, at: dt.datetime | None = None, again_at: dt.datetime | None = None
    ) -> None:
        """Record that a message was published `at`, or will be retried `again_at`; with neither it is given up."""
        values: Values = {"publish_at": again_at} | ({"published_at": at} if at is not None else {})
        async with self._db.transaction() as connection:
            await write(connection, delivery_id, values)

    async def publishes_later(self, channel_id: int, *, until: dt.datetime) -> None:
        """Postpone all publishing in a channel until `until`."""
        async with self._db.transaction() as connection:
            await publishing.put_off(connection, channel_id, until)

    async def sent(
        self,
        delivery_id: int,
        message_id: int | None = None,
        *,
        now: dt.datetime,
        thread_id: int | None = None,
        content_hash: str | None = None,
    ) -> bool:
        """Record a successful request: `message_id` was posted, or the message was edited, marked or deleted.

        `thread_id` is the message's thread, None in the channel itself. Returns False if another message is recorded
        already, so that this one is a duplicate. Idempotent.
        """
        return await self._answers.do(AnswerAsk(delivery_id, now, Effect(message_id, thread_id, content_hash)))

    async def echoed(
        self, nonce_or_mark: str, message_id: int, *, now: dt.datetime, thread_id: int | None = None
    ) -> bool:
        """Settle a post in flight, because the gateway or the channel's history shows a message with its identity.

        Returns whether the message was recorded; False if it is not from this database or no post was in flight.
        """
        async with self._db.transaction() as connection:
            identity = read(self._db.instance_id, nonce_or_mark)
            if identity is None:
                return False
            row = await find_row(connection, identity.delivery_id)
            if row is None or row["generation"] != identity.generation:
                return False
            if row["state"] != State.SENDING or row["action"] != Action.POST:
                return False
            await record(connection, [(row, Effect(message_id, thread_id))], now)
            return True

    async def failed(self, delivery_id: int, reason: str, *, now: dt.datetime | None = None) -> None:
        """Park a message that Discord rejects permanently, with the reason; the queue continues."""
        async with self._db.transaction() as connection:
            row = await _change(connection, delivery_id, lifecycle.park, error=reason, is_unsent=True)
            if row is not None:
                await history.record(connection, [history.of_delivery(row, EventKind.REFUSED, reason)], now)

    async def released(
        self,
        delivery_id: int,
        *,
        not_before: dt.datetime | None = None,
        reason: str = "",
        is_unsent: bool = False,
        lets_pass: bool = False,
    ) -> None:
        """Return a delivery to its place in the queue until `not_before`, because the request probably had no effect.

        With `is_unsent` no request was sent, so that a retry need not check for an earlier message. A failed post
        blocks the queue until its time, unless `lets_pass` is set.
        """
        async with self._db.transaction() as connection:
            row = await _change(
                connection, delivery_id, lifecycle.give_back, error=reason, not_before=not_before, is_unsent=is_unsent
            )
            if row is not None and lets_pass:
                await write(connection, delivery_id, {"attempts": 0})

    async def lost(self, delivery_id: int, *, now: dt.datetime) -> None:
        """Record that a person deleted the message: neither it nor the messages of its thread are posted again."""
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            await write(connection, delivery_id, life_values(lifecycle.dismiss(life_of(row))) | {"done_at": now})
            await history.record(connection, [history.of_delivery(row, EventKind.LOST)], now)
            if row["item_id"] is None:
                below = (deliveries.c.issue_id == row["issue_id"]) & (deliveries.c.generation == row["generation"])
                mine = deliveries.c.subscription_id == row["subscription_id"]
                if not await claiming.is_threaded(connection, row["subscription_id"]):
                    mine &= deliveries.c.in_thread
                await dismiss(connection, below & mine, _THREAD_GONE)

    async def retry(self, delivery_id: int) -> None:
        """Retry a parked delivery."""
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            if row["state"] == State.FAILED:
                values = await next_step(connection, row, lifecycle.give_back(life_of(row)))
                await write(connection, delivery_id, values | {"not_before": None, "error": ""})

    async def try_again(self, channel_id: int) -> int:
        """Retry all rejected and postponed messages of a channel immediately; returns how many."""
        mine = deliveries.c.channel_id == channel_id
        postponed = mine & in_state(deliveries, State.PENDING) & (deliveries.c.error != "")
        async with self._db.transaction() as connection:
            hurried = await connection.execute(update(deliveries).where(postponed).values(not_before=None))
        parked = await self.parked(channel_id, limit=None)
        for delivery in parked:
            await self.retry(delivery.id)
        return hurried.rowcount + len(parked)

    async def let_in(self, channel_id: int | None) -> None:
        """Retry immediately what let others pass in a channel (None: in any), because its thread may be open again."""
        stepped_aside = in_state(deliveries, State.PENDING) & (deliveries.c.error != "") & (deliveries.c.attempts == 0)
        if channel_id is not None:
            stepped_aside &= deliveries.c.channel_id == channel_id
        async with self._db.transaction() as connection:
            await connection.execute(update(deliveries).where(stepped_aside).values(not_before=None))

    async def thread_opened(self, header_id: int, thread_id: int) -> None:
        """Record the thread of a header."""
        async with self._db.transaction() as connection:
            await write(connection, header_id, {"thread_id": thread_id})


async def _change(
    connection: AsyncConnection,
    delivery_id: int,
    step: Callable[[Life], Life],
    *,
    error: str = "",
    not_before: dt.datetime | None = None,
    is_unsent: bool = False,
) -> RowMapping | None:
    """Record the outcome of the request in flight; returns its row, None if it was settled meanwhile."""
    row = await row_of(connection, delivery_id)
    if row["state"] != State.SENDING:
        return None
    values = await next_step(connection, row, step(life_of(row)))
    values |= {"error": error[:1000], "not_before": not_before}
    if is_unsent:
        values["sending_at"] = None
    await write(connection, delivery_id, values)
    return row

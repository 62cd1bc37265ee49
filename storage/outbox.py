"""The outbox: every message that is owed to a channel, from the plan until Discord has it.

A delivery is claimed in one durable transaction before its request leaves, and recorded after; what
happens in between is settled by reading the channel back. docs/delivery.md has the table of states
and transitions, `lifecycle.py` is it as code. Nothing here knows the time: `now` is passed in.
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

_MESSAGES = 1_000  # that one transaction plans, about: it must not hold up the others
_CHANNELS = 10  # for which it plans at least: each reads the issue anew


class Outbox(Corrections):
    """The deliveries, and every change of their state."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.found = FoundMessages(db)
        self.reopened = Reopened(db)
        self._claims = Together(db.transaction, claim_all)
        self._answers = Together(db.transaction, record_all)

    async def close(self) -> None:
        """Wait for what is still being written; to be called before the database is closed."""
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
        """Plan an issue's deliveries, its header first; returns how many. Planned twice, nothing is added.

        Without `subscription_ids` the issue is released: every channel that follows its newsletter gets it. `actor`
        is who decided that, where it was held.
        With them (a backfill) only those get it, and the gate stays as it is.
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
        # last: what is interrupted before is planned to its end later
        if plan is not None and subscription_ids is None:
            released: Values = {"gate": Gate.RELEASED.value, "gate_reason": "", "gate_until": None}
            async with self._db.transaction() as connection:
                released |= {"released_at": plan.released_at or now}
                await gating.open_gate(connection, issue_id, released, now=now, actor=actor)
        return count

    async def would_post(
        self, issue_id: int, subscription: Subscription, *, now: dt.datetime
    ) -> list[tuple[Delivery, tuple[int, ...]]]:
        """Return the deliveries that an issue would be in a subscription, each with the items of its list.

        They are of nobody: number 0, never stored.
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
        """Take the channel's next delivery: it is `sending`, on the disk, before this returns.

        Posts in their order, then edits and withdrawals. None if nothing is due, the first of the
        line waits for its time, the subscription waits, is paused or quiet, or a delivery of the channel is unsettled.
        `last_message_id` is the channel's last known message, after which a lost one is looked for. A post
        whose request left before keeps that of its first claim, and its time: it may be there already.
        """
        row = await self._claims.do(ClaimAsk(channel_id, now, last_message_id))
        return delivery_of(row, self._db.instance_id) if row is not None else None

    async def claim_header(self, channel_id: int, *, now: dt.datetime) -> Delivery | None:
        """Take a header whose links to what was posted below it are to be filled in; None if there is none."""
        async with self._db.transaction() as connection:
            await claiming.hold_channels(connection, [channel_id])
            row = await headers.next_stale(connection, channel_id, now)
            if row is None:
                return None
            life = lifecycle.claim(lifecycle.want(life_of(row), Wanted(row["wanted"]), is_changed=True))
            values = life_values(life) | {"refresh_at": None, "sending_at": now, "attempts": row["attempts"] + 1}
            await write(connection, row["id"], values | {"content_hash": None})  # as of any edit
            return delivery_of({**row, **values}, self._db.instance_id)

    async def next_publication(
        self, channel_id: int, *, now: dt.datetime, only_headers: bool = False
    ) -> Delivery | None:
        """Return the delivery whose message is to be published next in an announcement channel; None: none is now."""
        async with self._db.transaction() as connection:
            row = await publishing.next_row(connection, channel_id, now, only_headers=only_headers)
            return delivery_of(row, self._db.instance_id) if row is not None else None

    async def published(
        self, delivery_id: int, *, at: dt.datetime | None = None, again_at: dt.datetime | None = None
    ) -> None:
        """Note that a message was published `at`, or is tried `again_at`; with neither it never is."""
        values: Values = {"publish_at": again_at} | ({"published_at": at} if at is not None else {})
        async with self._db.transaction() as connection:
            await write(connection, delivery_id, values)

    async def publishes_later(self, channel_id: int, *, until: dt.datetime) -> None:
        """Publish nothing more in a channel before `until`."""
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
        """Discord did what was asked: it posted `message_id`, or edited, marked or deleted the message.

        `thread_id` is where the message is, if not in the channel itself. False if another message is recorded
        already: then this one is a double. Saying the same twice is harmless.
        """
        return await self._answers.do(AnswerAsk(delivery_id, now, Effect(message_id, thread_id, content_hash)))

    async def echoed(
        self, nonce_or_mark: str, message_id: int, *, now: dt.datetime, thread_id: int | None = None
    ) -> bool:
        """Record that the gateway or reading back showed a message with this identity: the post in flight is
        settled.

        True if that recorded it; False if it is no message of this database, or nothing was under way.
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
        """Park a message that Discord refuses for good, with the reason; the rest continues."""
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
        """Give the delivery back as pending at `not_before`, in its place: the request had no effect, as far as we
        know.

        `is_unsent` says that none ever left: then there is nothing to look for before it is done. A post that was
        tried holds the line until its time; with `lets_pass` the others need not wait for it.
        """
        async with self._db.transaction() as connection:
            row = await _change(
                connection, delivery_id, lifecycle.give_back, error=reason, not_before=not_before, is_unsent=is_unsent
            )
            if row is not None and lets_pass:
                await write(connection, delivery_id, {"attempts": 0})

    async def lost(self, delivery_id: int, *, now: dt.datetime) -> None:
        """Record that a person deleted its message: neither it nor what belongs in its thread is posted again."""
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
        """Try a parked delivery once more."""
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            if row["state"] == State.FAILED:
                values = await next_step(connection, row, lifecycle.give_back(life_of(row)))
                await write(connection, delivery_id, values | {"not_before": None, "error": ""})

    async def try_again(self, channel_id: int) -> int:
        """Try what was refused or postponed in a channel at once; returns how many messages that are."""
        mine = deliveries.c.channel_id == channel_id
        postponed = mine & in_state(deliveries, State.PENDING) & (deliveries.c.error != "")
        async with self._db.transaction() as connection:
            hurried = await connection.execute(update(deliveries).where(postponed).values(not_before=None))
        parked = await self.parked(channel_id, limit=None)
        for delivery in parked:
            await self.retry(delivery.id)
        return hurried.rowcount + len(parked)

    async def let_in(self, channel_id: int | None) -> None:
        """Try at once what let others pass in a channel (None: in any): its thread may be open again."""
        stepped_aside = in_state(deliveries, State.PENDING) & (deliveries.c.error != "") & (deliveries.c.attempts == 0)
        if channel_id is not None:
            stepped_aside &= deliveries.c.channel_id == channel_id
        async with self._db.transaction() as connection:
            await connection.execute(update(deliveries).where(stepped_aside).values(not_before=None))

    async def thread_opened(self, header_id: int, thread_id: int) -> None:
        """Record that the thread below a header exists."""
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
    """Record what became of the request under way; returns its row, None if it was settled meanwhile."""
    row = await row_of(connection, delivery_id)
    if row["state"] != State.SENDING:
        return None
    values = await next_step(connection, row, step(life_of(row)))
    values |= {"error": error[:1000], "not_before": not_before}
    if is_unsent:
        values["sending_at"] = None
    await write(connection, delivery_id, values)
    return row

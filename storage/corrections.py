"""Correcting a ledger that is older than the channels, as after restoring a backup."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import RowMapping, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import lifecycle
from storage.adoption import Found
from storage.headers import mark_stale
from storage.planning import life_of, life_values
from storage.reconciling import IssueChange, reconcile
from storage.records import Action, State, Wanted
from storage.reposting import Reposts
from storage.rows import Values
from storage.schema import deliveries, found_messages
from storage.steps import Effect, next_step, of_posting, record, row_of, write


class Corrections(Reposts):
    """Corrections of the ledger by the messages in the channels."""

    async def adopt(self, delivery_id: int, found: Found, *, is_current: bool, is_late: bool, now: dt.datetime) -> None:
        """Record `found` as the message of a post in flight, and plan an edit if it is outdated.

        `is_late` means that the message says that it is late.
        """
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            if row["state"] == State.SENDING and row["action"] == Action.POST:
                await record(connection, [(row, Effect(found.message_id, found.thread_id))], now)
                if row["wanted"] != Wanted.SHOWN.value:
                    await _decide_again(connection, await row_of(connection, delivery_id), now)
                if not is_current:
                    row = await row_of(connection, delivery_id)
                    changed = lifecycle.want(life_of(row), Wanted(row["wanted"]), is_changed=True)
                    await write(connection, delivery_id, life_values(changed))
                # messages adopted before it do not make it late
                await write(connection, delivery_id, {"is_late": is_late})
            adopted = found_messages.c.message_id == found.message_id
            await connection.execute(delete(found_messages).where(adopted))

    async def adopt_skipped(self, delivery_id: int, found: Found, *, now: dt.datetime) -> None:
        """Record `found` for a delivery that was skipped as never posted, and apply the removal policy to it."""
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            if row["state"] == State.SKIPPED and row["done"] is None:
                shown = lifecycle.give_back(replace(life_of(row), done=Wanted.SHOWN, wanted=Wanted.SHOWN))
                place = {"message_id": found.message_id, "thread_id": found.thread_id, "content_hash": None}
                await write(connection, delivery_id, life_values(shown) | place | {"done_at": now})
                await _decide_again(connection, await row_of(connection, delivery_id), now)
                # The header may have been updated before this message was known.
                await mark_stale(connection, row, now)
            await connection.execute(delete(found_messages).where(found_messages.c.message_id == found.message_id))

    async def rebind(self, delivery_id: int, found: Found) -> None:
        """Assign `found` to a delivery in place of its deleted message."""
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            if row["state"] in {State.SENDING, State.SENT}:
                life = life_of(row)
                is_sending = life.state is State.SENDING
                life = lifecycle.give_back(life) if is_sending else lifecycle.want(life, life.wanted, is_changed=True)
                moved = {"message_id": found.message_id, "thread_id": found.thread_id, "content_hash": None}
                await write(connection, delivery_id, life_values(life) | moved)
            await connection.execute(delete(found_messages).where(found_messages.c.message_id == found.message_id))

    async def renumber(self, delivery_id: int) -> None:
        """Give a post that was never sent a new identity, because another message has its current one."""
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            given_back = life_values(lifecycle.give_back(life_of(row)))
            values: Values = {**given_back, "generation": row["generation"] + 1, "sending_at": None, "attempts": 0}
            await write(connection, delivery_id, values)

    async def overtaken(self, delivery_id: int) -> None:
        """Mark a delivery as late, because a later message of its issue exists already."""
        async with self._db.transaction() as connection:
            await write(connection, delivery_id, {"is_late": True})

    async def outdated(self, delivery_id: int, *, is_late: bool) -> None:
        """Plan an edit of a message that differs from the ledger; `is_late` as in `adopt`."""
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            changed = lifecycle.want(life_of(row), Wanted(row["wanted"]), is_changed=True)
            await write(connection, delivery_id, life_values(changed) | {"is_late": is_late})

    async def post_anew(self, delivery_id: int, message_id: int) -> bool:
        """Post a message again that disappeared unintentionally; False if the delivery changed meanwhile."""
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            is_same = row["message_id"] == message_id and row["done"] == Wanted.SHOWN.value
            if not is_same or row["state"] not in {State.SENT, State.PENDING, State.SENDING}:
                return False
            gone = replace(life_of(row), done=Wanted.DELETED)
            values = await next_step(connection, row, lifecycle.give_back(gone))
            later = of_posting(row) & (deliveries.c.position > row["position"])
            after = await connection.scalar(select(func.count()).where(later, deliveries.c.done == Wanted.SHOWN.value))
            await write(connection, delivery_id, values | {"is_late": row["is_late"] or bool(after)})
            return True


async def _decide_again(connection: AsyncConnection, row: RowMapping, now: dt.datetime) -> None:
    """Apply the subscription's removal policy (mark, delete or keep) to a found message, because readers have seen it.

    While the ledger considered it never posted, it was skipped regardless of that policy.
    """
    shown = lifecycle.want(life_of(row), Wanted.SHOWN)
    await write(connection, row["id"], life_values(shown))
    difference = IssueChange(now=now, edits_at=now, is_changed=False, only=row["subscription_id"])
    await reconcile(connection, row["issue_id"], difference)

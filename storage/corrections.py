"""Correcting the ledger from channels that are newer than it, as after a restore."""

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
    """Corrections of the ledger that follow from the messages in the channels."""

    async def adopt(self, delivery_id: int, found: Found, *, is_current: bool, is_late: bool, now: dt.datetime) -> None:
        """Record `found`, the post under way that is in the channel already, and correct it where it is out of date.

        `is_late` says that it says of itself that it came later than what is below it in its issue.
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
                # what was adopted behind it before does not make it late
                await write(connection, delivery_id, {"is_late": is_late})
            adopted = found_messages.c.message_id == found.message_id
            await connection.execute(delete(found_messages).where(adopted))

    async def adopt_skipped(self, delivery_id: int, found: Found, *, now: dt.datetime) -> None:
        """Record `found` for a delivery that was given up as never posted, so that it is taken back as agreed."""
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            if row["state"] == State.SKIPPED and row["done"] is None:
                shown = lifecycle.give_back(replace(life_of(row), done=Wanted.SHOWN, wanted=Wanted.SHOWN))
                place = {"message_id": found.message_id, "thread_id": found.thread_id, "content_hash": None}
                await write(connection, delivery_id, life_values(shown) | place | {"done_at": now})
                await _decide_again(connection, await row_of(connection, delivery_id), now)
                # The header may have been edited before this message was known.
                await mark_stale(connection, row, now)
            await connection.execute(delete(found_messages).where(found_messages.c.message_id == found.message_id))

    async def rebind(self, delivery_id: int, found: Found) -> None:
        """Bind a delivery to `found`, which replaces its deleted message."""
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
        """Give a post that was never sent a new identity, because another message carries its present one."""
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            given_back = life_values(lifecycle.give_back(life_of(row)))
            values: Values = {**given_back, "generation": row["generation"] + 1, "sending_at": None, "attempts": 0}
            await write(connection, delivery_id, values)

    async def overtaken(self, delivery_id: int) -> None:
        """Note that a message which is to be behind this one is there already: this one comes late."""
        async with self._db.transaction() as connection:
            await write(connection, delivery_id, {"is_late": True})

    async def outdated(self, delivery_id: int, *, is_late: bool) -> None:
        """Let a message be edited that shows something else than the ledger has; `is_late` as in `adopt`."""
        async with self._db.transaction() as connection:
            row = await row_of(connection, delivery_id)
            changed = lifecycle.want(life_of(row), Wanted(row["wanted"]), is_changed=True)
            await write(connection, delivery_id, life_values(changed) | {"is_late": is_late})

    async def post_anew(self, delivery_id: int, message_id: int) -> bool:
        """Post a message once more that is gone although nobody asked for that; False if it changed meanwhile."""
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
    """Let a message that was found be marked, deleted or kept as agreed: readers know it.

    As long as the ledger took it for never posted, it was simply not to be posted, whatever the subscription says of
    messages that are taken back.
    """
    shown = lifecycle.want(life_of(row), Wanted.SHOWN)
    await write(connection, row["id"], life_values(shown))
    difference = IssueChange(now=now, edits_at=now, is_changed=False, only=row["subscription_id"])
    await reconcile(connection, row["issue_id"], difference)

"""Claiming deliveries, in one transaction for all channels that claim concurrently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import claiming, lifecycle, quiet
from storage.planning import life_of, life_values
from storage.records import Action
from storage.rows import Values
from storage.steps import write_all
from storage.together import first_places


@dataclass(frozen=True, slots=True)
class ClaimAsk:
    """A channel's request for its next delivery; `last_message_id` is its last known message."""

    channel_id: int
    now: dt.datetime
    last_message_id: int | None


async def claim_all(connection: AsyncConnection, asks: Sequence[ClaimAsk]) -> dict[int, Values | None]:
    """Claim the next delivery of each channel; returns the updated rows, None for a channel without one.

    With several channels, some are left out to be asked alone: those whose subscription may have to rest, and those
    whose row is locked by another process.
    """
    now = max(ask.now for ask in asks)
    by_channel = first_places(ask.channel_id for ask in asks)
    await claiming.hold_channels(connection, by_channel)
    found = await claiming.next_rows(connection, by_channel, now)
    if len(asks) == 1:
        [(channel_id, row)] = found.items()
        while row is not None and row["action"] == Action.POST and await quiet.rests(connection, row, now):
            [(channel_id, row)] = (await claiming.next_rows(connection, [channel_id], now)).items()
        found = {channel_id: row}
    claimed: dict[int, Values | None] = {}
    written: list[tuple[int, Values]] = []
    for channel_id, row in found.items():
        place = by_channel[channel_id]
        if row is None:
            claimed[place] = None
        elif len(asks) == 1 or not (row["action"] == Action.POST and quiet.may_rest(row)):
            values = _claimed(row, now, asks[place].last_message_id or row["last_own_message"])
            # After a crash before the outcome is recorded, the message's content would be unknown.
            unknown: Values = {"content_hash": None} if row["action"] == Action.EDIT else {}
            written.append((row["id"], values | unknown))
            claimed[place] = {**row, **values}
    await write_all(connection, written)
    return claimed


def _claimed(row: RowMapping, now: dt.datetime, last_message_id: int | None) -> Values:
    """Return the columns of a delivery whose request is about to be sent."""
    life = lifecycle.claim(life_of(row))
    values: Values = {"attempts": row["attempts"] + 1, "thread_id": row["thread_id"] or row["opened_thread_id"]}
    if row["action"] == Action.POST and row["sending_at"] is not None:
        # If the first request succeeded, the message shows that version.
        life = replace(life, claimed_version=row["claimed_version"])
    else:
        values |= {"sending_at": now, "last_message_id": last_message_id}
    return life_values(life) | values

"""Recording what requests did: in one transaction for all that are answered at the same time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records import State
from storage.steps import Effect, record, rows_of, write
from storage.together import first_places


@dataclass(frozen=True, slots=True)
class AnswerAsk:
    """What a delivery's request did."""

    delivery_id: int
    now: dt.datetime
    effect: Effect


async def record_all(connection: AsyncConnection, asks: Sequence[AnswerAsk]) -> dict[int, bool]:
    """Record what requests did, each if it is still in flight; returns whether no other message is recorded.

    Of several, those whose issue or row somebody else is changing are left out.
    """
    places = first_places(ask.delivery_id for ask in asks)
    answers: dict[int, bool] = {}
    done: list[tuple[RowMapping, Effect]] = []
    for row in await rows_of(connection, list(places)):
        place = places[row["id"]]
        effect = asks[place].effect
        if row["state"] == State.SENDING:
            done.append((row, effect))
            answers[place] = True
            continue
        answers[place] = effect.message_id is None or row["message_id"] in {None, effect.message_id}
        if effect.message_id is not None and row["message_id"] == effect.message_id and row["content_hash"] is None:
            await write(connection, row["id"], {"content_hash": effect.content_hash})  # its echo was faster
    if done:
        await record(connection, done, max(ask.now for ask in asks))
    return answers

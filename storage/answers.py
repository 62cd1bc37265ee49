"""Recording the results of requests, in one transaction for all that complete concurrently."""

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
    """The result of a delivery's request."""

    delivery_id: int
    now: dt.datetime
    effect: Effect


async def record_all(connection: AsyncConnection, asks: Sequence[AnswerAsk]) -> dict[int, bool]:
    """Record the results of requests that are still in flight; returns False where another message is recorded.

    If there are several, those whose issue or row is locked by another process are left out.
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
            await write(connection, row["id"], {"content_hash": effect.content_hash})  # the gateway event arrived first
    if done:
        await record(connection, done, max(ask.now for ask in asks))
    return answers

"""Publishing (crossposting) of messages in announcement channels."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

import discord

from clock import Clock, utc_now
from delivery.pacing import EDIT, urgency
from delivery.places import LOST, Place
from delivery.refusals import UNKNOWN_MESSAGE, describe, error_code
from storage.outbox import Outbox

log = logging.getLogger(__name__)

ALREADY_PUBLISHED = 40033  # Discord's JSON error code
# Posting waits meanwhile, and discord.py would wait for up to an hour once the rate limit is used up.
REQUEST_LIMIT_S = 10.0
AGAIN = dt.timedelta(minutes=10)  # before publishing is retried after a failure


class Crossposter:
    """Publishes one message at a time. Publishing is idempotent, so an interrupted request is repeated."""

    def __init__(self, outbox: Outbox, clock: Clock = utc_now) -> None:
        self._outbox = outbox
        self._clock = clock
        self._later: dict[int, dt.datetime] = {}  # channels at their rate limit -> when to go on, also for newer posts

    async def step(self, place: Place, *, only_headers: bool = False) -> bool:
        """Publish a channel's next message; False if none is due."""
        now = self._clock()
        delivery = await self._outbox.next_publication(place.id, now=now, only_headers=only_headers)
        if delivery is None:
            return False
        if (later := self._later.get(place.id, now)) > now:
            await self._outbox.publishes_later(place.id, until=later)
            return False
        if not isinstance(place, discord.TextChannel) or not place.is_news() or delivery.message_id is None:
            await self._outbox.published(delivery.id)  # the channel is not an announcement channel any more
            return True
        try:
            async with asyncio.timeout(REQUEST_LIMIT_S):
                with urgency(EDIT):
                    await place.get_partial_message(delivery.message_id).publish()
        except TimeoutError as error:
            self._later[place.id] = self._clock() + AGAIN
            await self._outbox.publishes_later(place.id, until=self._later[place.id])
            log.warning('publishing postponed channel_id=%d reason="%s"', place.id, describe(error))
            return True
        except LOST as error:
            await self._refused(delivery.id, error)
            return True
        await self._outbox.published(delivery.id, at=self._clock())
        log.info(
            "message published delivery=%d message_id=%d channel_id=%d", delivery.id, delivery.message_id, place.id
        )
        return True

    async def _refused(self, delivery_id: int, error: Exception) -> None:
        now = self._clock()
        if error_code(error) == ALREADY_PUBLISHED:
            await self._outbox.published(delivery_id, at=now)
        elif error_code(error) == UNKNOWN_MESSAGE:
            await self._outbox.published(delivery_id)
        else:
            await self._outbox.published(delivery_id, again_at=now + AGAIN)
            log.warning('publishing postponed delivery=%d reason="%s"', delivery_id, describe(error))

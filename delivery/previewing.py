"""Previews of what a subscription would post, by the same planner and composer; nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clock import Clock, utc_now
from delivery.composing import Composer
from storage.outbox import Outbox
from storage.records import Subscription
from ui.messages import OutgoingMessage


@dataclass(frozen=True, slots=True)
class Preview:
    """Some messages of an issue as they would be posted, and the number of all."""

    messages: tuple[OutgoingMessage, ...]
    count: int


class Previewer:
    """Composes the messages of a subscription that may not exist yet."""

    def __init__(self, outbox: Outbox, composer: Composer, clock: Clock = utc_now) -> None:
        self._outbox = outbox
        self._composer = composer
        self._clock = clock

    async def of(self, issue_id: int, subscription: Subscription, most: int) -> Preview:
        """Return the first `most` messages that a subscription would post of an issue."""
        planned = await self._outbox.would_post(issue_id, subscription, now=self._clock())
        made = [await self._composer.message(delivery, members) for delivery, members in planned[:most]]
        return Preview(tuple(message for message in made if message is not None), len(planned))

    async def page(self, issue_id: int, subscription: Subscription, number: int) -> Preview:
        """Return the message with `number`, counted from 1 and clamped; none if nothing would be posted."""
        planned = await self._outbox.would_post(issue_id, subscription, now=self._clock())
        chosen = planned[max(0, min(number, len(planned)) - 1) :][:1]
        made = [await self._composer.message(delivery, members) for delivery, members in chosen]
        return Preview(tuple(message for message in made if message is not None), len(planned))

    async def sizes(self, issue_ids: Iterable[int], subscription: Subscription) -> list[int]:
        """Return the number of messages for each of the issues."""
        now = self._clock()
        return [len(await self._outbox.would_post(issue_id, subscription, now=now)) for issue_id in issue_ids]

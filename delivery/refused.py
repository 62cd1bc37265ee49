"""Handling of refused messages: they are postponed or parked, and reported to the admins once."""

from __future__ import annotations

import datetime as dt
import logging

from clock import Clock
from delivery.checkup import Checkup
from delivery.composing import Composer
from delivery.dispatcher import Blocked
from delivery.refusals import Meaning, Refusal
from digest.render.escape import plain_inline
from errors import S_
from storage.outbox import Outbox
from storage.records import Delivery
from storage.troubles import short_key, trouble_key

log = logging.getLogger(__name__)

# Exponential backoff at a temporary limit of Discord's, doubled each time.
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(seconds=15), dt.timedelta(minutes=10)
TOLD_WAIT = 5  # attempts after which the admins are told that a message still waits
_STILL = S_("A message of **{title}** for {channel} is still refused and tried again. {reason}")
_WAITS = S_("A message of **{title}** for {channel} waits. {reason}")
_IS_REFUSED = S_("A message of **{title}** for {channel} is refused. {reason}")
_ONE_AFTER_THE_OTHER = S_(
    "Discord refuses every message in {channel}: check Herald's permissions there; "
    "/resume tries all of them again. {reason}"
)
IN_A_ROW = 3  # consecutive unlisted refusals after which the channel counts as blocked


class RefusedMessages:
    """Postpones or parks refused messages; belongs to one courier."""

    def __init__(self, outbox: Outbox, composer: Composer, checkup: Checkup, clock: Clock) -> None:
        self._outbox = outbox
        self._composer = composer
        self._checkup = checkup
        self._clock = clock
        # channel -> consecutive refusals with a code not in the table
        self._unlisted: dict[int, int] = {}

    def went_through(self, channel_id: int) -> None:
        """Reset the count of refusals of a channel that accepted a message."""
        self._unlisted.pop(channel_id, None)

    async def postpone(self, delivery: Delivery, reason: str) -> None:
        """Retry the message after a growing delay."""
        wait = min(FIRST_WAIT * 2 ** min(delivery.attempts - 1, 10), LONGEST_WAIT)
        await self._outbox.released(delivery.id, reason=reason, not_before=self._clock() + wait)
        log.warning('message postponed delivery=%d wait_s=%.0f reason="%s"', delivery.id, wait.total_seconds(), reason)
        if delivery.attempts >= TOLD_WAIT:
            await self._tell(delivery, reason, _STILL)

    async def step_aside(self, delivery: Delivery, reason: str, *, is_unsent: bool = False) -> None:
        """Postpone the message while its issue's thread is locked, and let the rest of the channel overtake it."""
        at = self._clock() + LONGEST_WAIT
        await self._outbox.released(delivery.id, reason=reason, not_before=at, is_unsent=is_unsent, lets_pass=True)
        log.warning('message waits for its thread delivery=%d reason="%s"', delivery.id, reason)
        await self._tell(delivery, reason, _WAITS)

    async def park(self, delivery: Delivery, refusal: Refusal) -> None:
        """Skip this message and continue. Raises Blocked after `IN_A_ROW` unlisted refusals in a row."""
        await self._outbox.failed(delivery.id, refusal.reason, now=self._clock())
        log.warning('message refused delivery=%d reason="%s"', delivery.id, refusal.reason)
        await self._tell(delivery, refusal.reason, _IS_REFUSED)
        if refusal.meaning is not Meaning.UNLISTED:
            return
        channel_id = delivery.channel_id
        self._unlisted[channel_id] = self._unlisted.get(channel_id, 0) + 1
        if self._unlisted[channel_id] >= IN_A_ROW:
            raise Blocked(_ONE_AFTER_THE_OTHER.format(channel=f"<#{channel_id}>", reason=refusal.reason))

    async def _tell(self, delivery: Delivery, reason: str, sentence: str) -> None:
        """Notify the admins once per channel and reason while it lasts; `/status` counts every message."""
        title = plain_inline(await self._composer.title(delivery))
        await self._checkup.tell_admins(
            "❗ " + sentence.format(title=title, channel=f"<#{delivery.channel_id}>", reason=reason),
            trouble=trouble_key("refused", delivery.channel_id, short_key(reason)),
            reason=reason,
        )

"""Messages that Discord refuses: they are postponed or skipped, and the admins are told once."""

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

# A limit of Discord's that passes is waited for: so long at first, then twice as long each time.
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(seconds=15), dt.timedelta(minutes=10)
TOLD_WAIT = 5  # tries of one message after which the admins hear that it still waits
_STILL = S_("A message of **{title}** for {channel} is still refused and tried again. {reason}")
_WAITS = S_("A message of **{title}** for {channel} waits. {reason}")
_IS_REFUSED = S_("A message of **{title}** for {channel} is refused. {reason}")
_ONE_AFTER_THE_OTHER = S_(
    "Discord refuses every message in {channel}: check Herald's permissions there; "
    "/resume tries all of them again. {reason}"
)
IN_A_ROW = 3  # refusals for reasons that nobody listed after which it is the channel that refuses


class RefusedMessages:
    """Postpones or parks refused messages; belongs to one courier."""

    def __init__(self, outbox: Outbox, composer: Composer, checkup: Checkup, clock: Clock) -> None:
        self._outbox = outbox
        self._composer = composer
        self._checkup = checkup
        self._clock = clock
        # channel -> refusals in a row for reasons that the table lacks
        self._unlisted: dict[int, int] = {}

    def went_through(self, channel_id: int) -> None:
        """Note that a message arrived in a channel: refusals before it were not the channel's."""
        self._unlisted.pop(channel_id, None)

    async def postpone(self, delivery: Delivery, reason: str) -> None:
        """Retry the message after a growing delay."""
        wait = min(FIRST_WAIT * 2 ** min(delivery.attempts - 1, 10), LONGEST_WAIT)
        await self._outbox.released(delivery.id, reason=reason, not_before=self._clock() + wait)
        log.warning('message postponed delivery=%d wait_s=%.0f reason="%s"', delivery.id, wait.total_seconds(), reason)
        if delivery.attempts >= TOLD_WAIT:
            await self._tell(delivery, reason, _STILL)

    async def step_aside(self, delivery: Delivery, reason: str, *, is_unsent: bool = False) -> None:
        """Let the channel go on while an issue's own thread is locked; the message follows once it is open again."""
        at = self._clock() + LONGEST_WAIT
        await self._outbox.released(delivery.id, reason=reason, not_before=at, is_unsent=is_unsent, lets_pass=True)
        log.warning('message waits for its thread delivery=%d reason="%s"', delivery.id, reason)
        await self._tell(delivery, reason, _WAITS)

    async def park(self, delivery: Delivery, refusal: Refusal) -> None:
        """Leave this message out; the channel goes on, unless nobody knows the reason and it comes again and again."""
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
        """Tell the admins once for each reason and channel, as long as it lasts; `/status` counts all of them."""
        title = plain_inline(await self._composer.title(delivery))
        await self._checkup.tell_admins(
            "❗ " + sentence.format(title=title, channel=f"<#{delivery.channel_id}>", reason=reason),
            trouble=trouble_key("refused", delivery.channel_id, short_key(reason)),
            reason=reason,
        )

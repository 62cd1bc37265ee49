"""What is known of something in one channel, of which `/why` tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from storage.history import HistoryEvent
from storage.records import Delivery, Gate, Subscription
from ui.locales import spoken

PLACES = 10  # that share one story and are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of something in one channel.

    `deliveries` are those that show it, oldest first, none if nothing was planned; `events` is all that the log
    tells of its issue there. `item_id` None stands for the issue itself, or its header; `subscription` None says that
    the channel does not follow.
    """

    channel_id: int
    newsletter: str
    item_id: int | None
    deliveries: Sequence[Delivery]
    events: Sequence[HistoryEvent]
    subscription: Subscription | None = None
    gate: Gate = Gate.RELEASED
    released_at: dt.datetime | None = None  # of its issue
    is_earlier: bool = False  # its issue was there before Herald first read the newsletter
    blocked: str = ""  # what keeps everything from being posted there
    others: tuple[int, ...] = ()  # further channels in which the same became of it

    @property
    def place(self) -> str:
        """Return the channels as Discord shows them, not more than a paragraph has room for."""
        places = [f"<#{channel_id}>" for channel_id in (self.channel_id, *self.others)]
        if (more := len(places) - PLACES) > 1:
            rest = spoken().counted(more, "{number} more channel", "{number} more channels")
            places = [*places[:PLACES], rest]
        return spoken().listed(places)

"""What is known of something in one channel, as the input of `/why`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from storage.history import HistoryEvent
from storage.records import Delivery, Gate, Subscription
from ui.locales import spoken

PLACES = 10  # channels that are named in a shared account


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What happened to an item or an issue in one channel.

    `deliveries` are those that show it, oldest first; empty if nothing was planned. `events` are all events of its
    issue in the channel. `item_id` is None for the issue itself or its header. `subscription` is None if the channel
    does not follow.
    """

    channel_id: int
    newsletter: str
    item_id: int | None
    deliveries: Sequence[Delivery]
    events: Sequence[HistoryEvent]
    subscription: Subscription | None = None
    gate: Gate = Gate.RELEASED
    released_at: dt.datetime | None = None  # of its issue
    is_earlier: bool = False  # the issue existed before Herald first read the newsletter
    blocked: str = ""  # why nothing can be posted there
    others: tuple[int, ...] = ()  # further channels with the same account

    @property
    def place(self) -> str:
        """Return the channels as Discord shows them, limited to what fits into a paragraph."""
        places = [f"<#{channel_id}>" for channel_id in (self.channel_id, *self.others)]
        if (more := len(places) - PLACES) > 1:
            rest = spoken().counted(more, "{number} more channel", "{number} more channels")
            places = [*places[:PLACES], rest]
        return spoken().listed(places)

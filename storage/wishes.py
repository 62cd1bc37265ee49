"""Requested subscriptions, from the configuration or from Discord, and the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from storage.options import NAMES, Options
from storage.records import Subscription


class Wish(Protocol):
    """The protocol of a requested subscription: `config.SubscriptionConfig` and `Follow`."""

    @property
    def newsletter(self) -> str: ...  # noqa: D102
    @property
    def channel(self) -> int: ...  # noqa: D102
    @property
    def backfill(self) -> int: ...  # noqa: D102
    @property
    def options(self) -> Options: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A subscription that was set in Discord before and is set in the configuration now."""

    before: Subscription
    after: Subscription


@dataclass(frozen=True, slots=True)
class Configured:
    """The configured subscriptions, and those of them with different options in Discord."""

    present: Sequence[Subscription]
    taken_over: Sequence[TakenOver] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow(Options):
    """A subscription requested by `/follow` or `/setup`."""

    newsletter: str
    channel: int
    backfill: int = 0

    @classmethod
    def of(cls, newsletter: str, channel: int, options: Options, backfill: int = 0) -> Follow:
        """Return the request for a channel to follow with these options."""
        return cls(
            newsletter=newsletter,
            channel=channel,
            backfill=backfill,
            **{name: getattr(options, name) for name in NAMES},
        )

    @property
    def options(self) -> Options:
        """Return the requested options."""
        return Options(**{name: getattr(self, name) for name in NAMES})

"""Requested subscriptions, from the configuration or from Discord, and the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from storage.options import NAMES, Options
from storage.records import Subscription


class Wish(Protocol):
    """What a configured subscription says (`config.SubscriptionConfig`), and `Follow` too."""

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
    """What Discord had set and the configuration sets now."""

    before: Subscription
    after: Subscription


@dataclass(frozen=True, slots=True)
class Configured:
    """The configured subscriptions, and those of them that Discord had set otherwise."""

    present: Sequence[Subscription]
    taken_over: Sequence[TakenOver] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow(Options):
    """What `/follow` and `/setup` ask for."""

    newsletter: str
    channel: int
    backfill: int = 0

    @classmethod
    def of(cls, newsletter: str, channel: int, options: Options, backfill: int = 0) -> Follow:
        """Return the wish that a channel follows with these options."""
        return cls(
            newsletter=newsletter,
            channel=channel,
            backfill=backfill,
            **{name: getattr(options, name) for name in NAMES},
        )

    @property
    def options(self) -> Options:
        """Return how the channel is to follow."""
        return Options(**{name: getattr(self, name) for name in NAMES})

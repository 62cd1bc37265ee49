"""Small values that every part of the sandbox shares: JSON, time and identifiers."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, cast

Json = dict[str, Any]

DISCORD_EPOCH_MS = 1_420_070_400_000
"""The first second of 2015, from which Discord's identifiers count (reference: "Snowflakes")."""


class Clock:
    """The server's time, in seconds since 1970; it never goes back, whatever is done to the system's clock."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Return the time."""
        return self._offset + time.monotonic()


class ManualClock(Clock):
    """A clock that stands still until it is told to go on, for tests of limits and deadlines."""

    def __init__(self, start: float = 1_750_000_000.0) -> None:
        super().__init__()
        self._now = start

    def now(self) -> float:
        """Return the time as it was last set."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


class Snowflakes:
    """Makes identifiers as Discord does: milliseconds since 2015 in the upper bits, always growing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """Return an identifier above all before."""
        milliseconds = int(self._clock.now() * 1000) - DISCORD_EPOCH_MS
        self._last = max(self._last + 1, milliseconds << 22)
        return self._last


def snowflake_seconds(identifier: int) -> float:
    """Return when `identifier` was made, in seconds since 1970."""
    return ((identifier >> 22) + DISCORD_EPOCH_MS) / 1000


def iso(seconds: float | None) -> str | None:
    """Return a time as Discord writes it, or None for None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def as_object(value: object) -> Json | None:
    """Return `value` if it is a JSON object."""
    return cast("Json", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any]:
    """Return `value` if it is a JSON list, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def as_id(value: object) -> int | None:
    """Return the identifier that a JSON value stands for, or None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 <= value < 1 << 64 else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    return None

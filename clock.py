"""The time, passed in wherever a test has to say what it is."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the time now, with its zone."""
    return dt.datetime.now(dt.UTC)


async def is_set_within(event: asyncio.Event, limit_s: float) -> bool:
    """Wait for an event, but at most so many seconds; returns whether it is set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await event.wait()
    return event.is_set()

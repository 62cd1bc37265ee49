"""The current time, injected wherever tests have to control it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the current time, with its zone."""
    return dt.datetime.now(dt.UTC)


async def is_set_within(event: asyncio.Event, limit_s: float) -> bool:
    """Wait for an event with a timeout in seconds; return whether it is set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await event.wait()
    return event.is_set()

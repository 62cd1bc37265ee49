"""Waiting for an event with a limit."""

from __future__ import annotations

import asyncio

from clock import is_set_within


async def test_an_event_ends_the_waiting_and_so_does_the_limit() -> None:
    event = asyncio.Event()
    assert not await is_set_within(event, 0.0)
    asyncio.get_running_loop().call_soon(event.set)
    assert await is_set_within(event, 60.0)

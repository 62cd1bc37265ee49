from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from sandbox_harness import CHANNELS, Http, Starter

from sandbox.server import Sandbox, SandboxOptions


@pytest.fixture
async def start() -> AsyncIterator[Starter]:
    """Start sandboxes that end with the test."""
    running: list[Sandbox] = []

    async def starter(**kwargs: Any) -> Sandbox:
        clock = kwargs.pop("clock", None)
        channels = kwargs.pop("channels", CHANNELS)
        kwargs.setdefault("rate_limits", False)
        options = SandboxOptions(**kwargs)
        running.append(await Sandbox.start(channels=channels, options=options, clock=clock))
        return running[-1]

    yield starter
    for sandbox in running:
        await sandbox.close()


@pytest.fixture
async def sandbox(start: Starter) -> Sandbox:
    return await start()


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[Http]:
    async with aiohttp.ClientSession() as session:
        yield Http(sandbox, session)

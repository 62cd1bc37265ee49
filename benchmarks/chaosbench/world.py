"""The sandbox as a process of its own, which outlives all bots, and orders to it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.chaosbench.bots import ROOT
from benchmarks.chaosbench.oracle import Follower, Seen, Verdict, judge, seen_of


@dataclass(frozen=True)
class World:
    """A running sandbox."""

    url: str
    channels: dict[str, str]
    http: aiohttp.ClientSession

    async def order(self, kind: str, **options: Any) -> None:
        """Put a fault in force, or change the world."""
        async with self.http.post(f"{self.url}/control/faults", json={"kind": kind, **options}) as answer:
            if answer.status >= 300:
                raise RuntimeError(f"the sandbox refuses {kind}: {await answer.text()}")

    async def log(self, limit: int = 0) -> dict[str, Any]:
        """Return what was asked and answered so far."""
        return await self._get(f"/control/log?limit={limit}")

    async def faults(self) -> list[dict[str, Any]]:
        """Return the faults that may still be played."""
        return await self._get("/control/faults")

    async def threads(self) -> list[dict[str, Any]]:
        """All threads and forum posts."""
        state = await self._get("/client/state")
        return [thread for guild in state["guilds"] for thread in guild["threads"]]

    async def messages(self, channel_id: str) -> list[dict[str, Any]]:
        """All messages of a channel or thread, oldest first."""
        return await self._get(f"/control/channels/{channel_id}/messages")

    async def judged(self, followers: Iterable[Follower]) -> Verdict:
        """Compare every follower's channel with its newsletter."""
        verdict = Verdict()
        threads = await self.threads()
        for follower in followers:
            channel_id = self.channels[follower.channel]
            places = [channel_id, *(each["id"] for each in threads if each["parent_id"] == channel_id)]
            found: list[Seen] = []
            for place in places:
                found += [seen for message in await self.messages(place) for seen in seen_of(message, place)]
            found.sort(key=lambda each: int(each.id))
            verdict.add(judge(follower, found))
        return verdict

    async def dump(self) -> dict[str, Any]:
        """Every channel's and thread's messages, to look into what went wrong."""
        threads = {each["id"]: f"thread {each['name']}" for each in await self.threads()}
        places = {channel: name for name, channel in self.channels.items()} | threads
        return {name: await self.messages(place) for place, name in places.items()}

    async def _get(self, path: str) -> Any:
        async with self.http.get(self.url + path) as answer:
            answer.raise_for_status()
            return await answer.json()


@asynccontextmanager
async def world(channels: Iterable[str], *, speed: float, seed: int, log: Path) -> AsyncGenerator[World]:
    """Return a sandbox with `channels` ("name" or "name:forum") that ends with the block; `log` is what it says."""
    named = [part for channel in channels for part in ("--channel", channel)]
    with log.open("ab") as said:
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox.serve", "--speed", str(speed), "--seed", str(seed), *named,
            stdout=PIPE, stderr=said, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert server.stdout is not None
    about = json.loads(await server.stdout.readline())
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
            yield World(about["url"], about["channels"], http)
    finally:
        server.terminate()
        await server.wait()

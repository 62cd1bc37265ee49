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

    async def under_way(self) -> int:
        """Return how many requests are not answered yet: of a bot that was killed they may still have their effect."""
        return int((await self.log())["under_way"])

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

    async def read(self, channel_id: str) -> list[dict[str, Any]]:
        """Return a channel's newest messages as the servers' owner sees them, private answers included."""
        return await self._get(f"/client/channels/{channel_id}/messages?limit=100")

    async def interact(self, channel_id: str, body: dict[str, Any]) -> int:
        """Use a command or a button as the servers' owner; returns the interaction's id."""
        async with self.http.post(f"{self.url}/client/interactions", json={"channel_id": channel_id, **body}) as answer:
            if answer.status >= 300:
                raise RuntimeError(f"the sandbox refuses an interaction: {await answer.text()}")
            return int((await answer.json())["id"])

    async def judged(self, followers: Iterable[Follower]) -> Verdict:
        """Compare every follower's channel with its newsletter."""
        verdict = Verdict()
        threads = await self.threads()
        for follower in followers:
            verdict.add(judge(follower, await self.seen(follower, threads)))
        return verdict

    async def seen(self, follower: Follower, threads: list[dict[str, Any]] | None = None) -> list[Seen]:
        """Return all that a follower's channel and its threads show, oldest first."""
        channel_id = self.channels[follower.channel]
        every = threads if threads is not None else await self.threads()
        places = [channel_id, *(each["id"] for each in every if each["parent_id"] == channel_id)]
        found = [seen for place in places for message in await self.messages(place) for seen in seen_of(message, place)]
        return sorted(found, key=lambda each: int(each.id))

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
async def world(
    channels: Iterable[str], *, speed: float, seed: int, log: Path, identify_every_s: float = 0.0
) -> AsyncGenerator[World]:
    """Return a sandbox with `channels` ("name" or "name:forum") that ends with the block; `log` is what it says."""
    named = [part for channel in channels for part in ("--channel", channel)]
    with log.open("ab") as said:
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox.serve", "--speed", str(speed), "--seed", str(seed),
            "--identify-every", str(identify_every_s), *named,
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

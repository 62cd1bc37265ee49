"""What goes wrong besides kills: Discord's faults, the gateway's, permissions, threads, the nonce's window."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.chaosbench.world import World

GROUPS = ("answers", "gateway", "permissions", "threads", "nonce")
_LONGEST_STALL_S = 10.0
_WRITES = ("POST /channels/*/messages", "PATCH /channels/*/messages/*", "DELETE /channels/*/messages/*")
_CREATE = "POST /channels/*/messages"
_THREADS = "POST /channels/*/threads", "POST /channels/*/messages/*/threads"
_READS = ("GET /channels/*/messages*", "GET /channels/*", "GET /guilds/*/threads/active")
_TAKEN: tuple[tuple[str, ...], ...] = (
    ("send_messages",),
    ("view_channel",),
    ("embed_links",),
    ("read_message_history",),
    ("send_messages", "send_messages_in_threads", "create_public_threads"),
)


@dataclass
class Disturber:
    """Plays faults of the chosen `groups`, and takes all of them back at the end."""

    world: World
    chance: random.Random
    groups: frozenset[str]
    channels: tuple[str, ...]  # the names of those whose permissions may be taken
    played: Counter[str] = field(default_factory=Counter[str])
    _denied: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    _closed: set[str] = field(default_factory=set[str])

    async def disturb(self) -> None:
        """One disturbance, any."""
        choices: list[tuple[str, int, Callable[[], Awaitable[None]]]] = [
            ("answers", 10, self._answer),
            ("gateway", 3, self._gateway),
            ("permissions", 2, self._permissions),
            ("threads", 2, self._thread),
        ]
        mine = [choice for choice in choices if choice[0] in self.groups]
        if mine:
            await self.chance.choices([choice[2] for choice in mine], [choice[1] for choice in mine])[0]()

    async def _answer(self) -> None:
        kind = self.chance.choice(["lost", "reset", "status", "status", "status", "rate_limit", "stall", "stall"])
        after = self.chance.random() < 0.6
        route = self.chance.choice([*_WRITES, _CREATE, _CREATE, *_THREADS, *_READS])
        fault: dict[str, Any] = {"route": route, "count": self.chance.randint(1, 3), "skip": self.chance.randint(0, 4)}
        if kind == "status":
            fault["status"] = self.chance.choice([500, 502, 503, 504])
        if kind == "rate_limit":
            after = False
            fault |= {"seconds": self.chance.uniform(0.05, 0.5), "is_global": self.chance.random() < 0.4}
        if kind == "stall":
            # Discord may do it long after it was asked: only where the nonce can tell, see docs/chaos.md
            after = after or route in _THREADS or route.startswith("PATCH")
            fault |= {"seconds": self.chance.choice([0.3, 1.0, 1.0, _LONGEST_STALL_S]), "count": 1}
        await self.world.order(kind, after=after, **fault)
        name = f"{kind} {fault.get('status', '')}".strip()
        self.played[f"{name}, {'after the effect' if after else 'before the effect'}"] += 1

    async def stall_create(self, *, after: bool) -> None:
        """Hold up the next message for two seconds; with `after` nobody hears that it is there."""
        if after:
            await self.world.order("gateway_drop", silent=True, resume=False)
        await self.world.order("stall", route=_CREATE, after=after, seconds=2.0)
        self.played[f"aimed stall, {'after the effect' if after else 'before the effect'}"] += 1

    async def until_played(self, limit_s: float) -> bool:
        """Wait until the stall that was put in force last is under way."""
        until = time.monotonic() + limit_s
        while time.monotonic() < until:
            faults = await self.world.faults()
            if not any(fault["kind"] == "stall" and fault["seconds"] == 2.0 for fault in faults):
                return True
            await asyncio.sleep(0.01)
        return False

    async def _gateway(self) -> None:
        kind = self.chance.choice(["gateway_drop", "gateway_drop", "gateway_reconnect", "gateway_invalidate"])
        resume = self.chance.random() < 0.5
        options: dict[str, Any] = {} if kind == "gateway_reconnect" else {"resume": resume}
        if kind == "gateway_drop":
            options["silent"] = self.chance.random() < 0.5
        await self.world.order(kind, **options)
        self.played[kind + (", resumable" if options.get("resume") else "")] += 1

    async def _permissions(self) -> None:
        """Take a permission, or give one back that was taken."""
        if self._denied and self.chance.random() < 0.6:
            await self._allow(self.chance.choice(sorted(self._denied)))
            return
        name = self.chance.choice(self.channels)
        deny = self.chance.choice(_TAKEN)
        self._denied[name] = deny
        await self.world.order("permissions", channel_id=self.world.channels[name], deny=list(deny))
        self.played["permission taken"] += 1

    async def _allow(self, name: str) -> None:
        del self._denied[name]
        await self.world.order("permissions", channel_id=self.world.channels[name])
        self.played["permission given back"] += 1

    async def _thread(self) -> None:
        """Archive a thread, perhaps lock it; or open one again."""
        if self._closed and self.chance.random() < 0.5:
            await self._open(self.chance.choice(sorted(self._closed)))
            return
        threads = [thread for thread in await self.world.threads() if not thread["thread_metadata"]["archived"]]
        if threads:
            thread = self.chance.choice(threads[-4:])["id"]
            locked = self.chance.random() < 0.5
            await self.world.order("thread_archive", channel_id=thread, archived=True, locked=locked)
            self._closed.add(thread)
            self.played["thread locked" if locked else "thread archived"] += 1

    async def _open(self, thread: str) -> None:
        self._closed.discard(thread)
        await self.world.order("thread_archive", channel_id=thread, archived=False, locked=False)
        self.played["thread opened"] += 1

    async def close_nonce_window(self) -> bool:
        """Let Discord forget all nonces, as after half an hour: nothing of an earlier bot may be under way."""
        if "nonce" not in self.groups or any("read_message_history" in deny for deny in self._denied.values()):
            return False
        if any("view_channel" in deny for deny in self._denied.values()):
            pass  # nothing can be read back there, and nothing may be posted there either
        await asyncio.sleep(0.15)
        if await self.world.under_way():
            return False
        await self.world.order("nonce_window_close")
        self.played["nonce window closed"] += 1
        return True

    async def until_stalls_ended(self) -> None:
        """After `calm`, and with no bot alive: wait until Discord has done all that it was asked before."""
        async with asyncio.timeout(_LONGEST_STALL_S + 20.0):
            while True:
                if not await self.world.under_way():
                    return
                await asyncio.sleep(0.1)

    async def calm(self) -> None:
        """End everything that goes wrong."""
        await self.world.order("clear")
        for name in list(self._denied):
            await self._allow(name)
        for thread in list(self._closed):
            await self._open(thread)

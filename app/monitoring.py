"""How Herald is doing, for machines: whether it is fresh and not only up, and its figures for Prometheus."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from clock import Clock, utc_now
from pipeline.watcher import Watcher
from storage.records import State

LOOP_STEP_S = 0.5
OVERDUE = dt.timedelta(minutes=2)  # a look that should have begun, a connection that should be back
STUCK = dt.timedelta(hours=1)  # a delivery that could have left


class OutboxFigures(Protocol):
    """What is asked of the outbox."""

    async def counts(self) -> Mapping[State, int]:
        """Deliveries by state."""
        ...

    async def oldest_pending_at(self, *, now: dt.datetime) -> dt.datetime | None:
        """When the oldest delivery that could have left by now was planned."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the figures come from; all are asked each time."""

    watchers: Mapping[str, Watcher]
    outbox: OutboxFigures
    is_connected: Callable[[], bool]


class Monitor:
    """Gathers figures. `trace` goes into discord.py's `http_trace`, `measure` runs as a task for good."""

    def __init__(self, sources: Sources, clock: Clock = utc_now) -> None:
        self._sources = sources
        self._clock = clock
        self._connected_at = clock()
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "herald_discord_answers", "Discord's answers by status", ["method", "status"], registry=self._registry
        )
        self._loop_delay = Histogram(
            "herald_loop_delay_seconds",
            "How much later than asked the event loop ran a timer",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
            registry=self._registry,
        )
        self._last_look = self._gauge(
            "herald_source_last_look_seconds", "Unix time of the last good look", "newsletter"
        )
        self._failures = self._gauge("herald_source_failures", "Looks that failed in a row", "newsletter")
        self._deliveries = self._gauge("herald_deliveries", "Deliveries by state", "state")
        self._oldest = self._gauge("herald_oldest_pending_seconds", "Age of the oldest delivery that could have left")
        self._connected = self._gauge("herald_connected", "1 while connected to Discord's gateway")
        self.trace = self._make_trace()

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self._registry)

    def _make_trace(self) -> aiohttp.TraceConfig:
        trace = aiohttp.TraceConfig()

        async def ended(_session: Any, _context: Any, end: aiohttp.TraceRequestEndParams) -> None:
            self._answers.labels(end.method, str(end.response.status)).inc()

        async def failed(_session: Any, _context: Any, end: aiohttp.TraceRequestExceptionParams) -> None:
            self._answers.labels(end.method, "none").inc()

        trace.on_request_end.append(ended)
        trace.on_request_exception.append(failed)
        return trace

    async def measure(self) -> None:
        """Measure the event loop's delay until cancelled."""
        while True:
            began_s = time.monotonic()
            await asyncio.sleep(LOOP_STEP_S)
            self._loop_delay.observe(max(0.0, time.monotonic() - began_s - LOOP_STEP_S))
            self._note_connection()

    def _note_connection(self) -> bool:
        is_connected = self._sources.is_connected()
        if is_connected:
            self._connected_at = self._clock()
        return is_connected

    async def stale(self) -> list[str]:
        """Why Herald is not fresh, in plain words; empty where it is."""
        now = self._clock()
        reasons: list[str] = []
        if not self._note_connection() and now - self._connected_at > OVERDUE:
            reasons.append("not connected to Discord")
        for name, watcher in self._sources.watchers.items():
            next_at = watcher.state.next_look_at
            if not watcher.state.is_looking and next_at is not None and now - next_at > OVERDUE:
                reasons.append(f"nobody looks at {name}")
        oldest_at = await self._sources.outbox.oldest_pending_at(now=now)
        if oldest_at is not None and now - oldest_at > STUCK:
            reasons.append("deliveries that could leave do not")
        return reasons

    async def metrics(self) -> bytes:
        """All figures in Prometheus' text format."""
        now = self._clock()
        for name, watcher in self._sources.watchers.items():
            if watcher.state.last_look_at is not None:
                self._last_look.labels(name).set(watcher.state.last_look_at.timestamp())
            self._failures.labels(name).set(watcher.state.failures)
        for state, count in (await self._sources.outbox.counts()).items():
            self._deliveries.labels(state.value).set(count)
        oldest_at = await self._sources.outbox.oldest_pending_at(now=now)
        self._oldest.set((now - oldest_at).total_seconds() if oldest_at else 0)
        self._connected.set(self._note_connection())
        return generate_latest(self._registry)

"""The state of a running Herald: a report for people and /healthz, metrics for Prometheus."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.health import Problem, Report, SourceReport, Stalls, lasted, source_problem, stall_problems
from app.metrics import InteractionTimer, Metrics, measure_loop, traced
from app.version import full_version
from clock import Clock, utc_now
from errors import StorageError
from pipeline.watcher import Watcher
from storage.figures import ChannelFigures, Figures, NewsletterFigures
from storage.records import Action, Delivery

log = logging.getLogger(__name__)

LOOK_S = 30.0  # between two checks for stuck channels
ANSWER_LIMIT_S = 5.0  # a database that takes longer counts as unavailable
_ARCHIVE_EVERY_S = 300.0  # counting all items and the cache's files is too slow for each check
_NEWS = dt.timedelta(days=1)
_OVERDUE = dt.timedelta(minutes=2)  # a late reconnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the facts come from; all are queried each time."""

    watchers: Mapping[str, Watcher]
    figures: Figures
    is_connected: Callable[[], bool]
    trouble: Callable[[], str | None]  # why storage currently fails
    database: Path
    cache: Path


class Monitor:
    """Gathers facts. `trace` is for discord.py's `http_trace`; `measure` runs as a task."""

    def __init__(self, sources: Sources, clock: Clock = utc_now) -> None:
        self._sources = sources
        self._clock = clock
        self.started_at = clock()
        self._connected_at = clock()
        self.metrics = Metrics()
        self.interactions = InteractionTimer(self.metrics)
        self.trace = traced(self.metrics, self.interactions)
        self._stalls = Stalls()
        self._stalled: dict[int, dt.datetime] = {}
        self._stored: dict[str, NewsletterFigures] = {}
        self._counted_s: float | None = None
        self._failures: dict[str, int] = {}
        self._version = full_version()

    async def measure(self) -> None:
        """Check for stuck channels and measure the event loop, until cancelled."""
        loop = asyncio.create_task(measure_loop(self.metrics.loop_delay), name="measure loop")
        try:
            while True:
                with suppress(StorageError, TimeoutError):  # the report shows that the database is unavailable
                    await self.look()
                await asyncio.sleep(LOOK_S)
        finally:
            loop.cancel()
            await asyncio.wait([loop])

    async def look(self, *, at_all: bool = False) -> list[ChannelFigures]:
        """Find stuck channels; return the channels that have messages due or wait, or all of them with `at_all`."""
        now = self._clock()
        # Otherwise, with rare reports, a short disconnection would seem to have lasted since the previous one.
        self._note_connection()
        async with asyncio.timeout(ANSWER_LIMIT_S):
            channels = await self._sources.figures.channels(now=now, only_owing=not at_all)
            stalled: dict[int, dt.datetime] = {}
            for channel_id in self._stalls.owing(channels, now):
                since = self._stalls.since(channel_id)
                if await self._sources.figures.has_moved(channel_id, since):
                    self._stalls.moved(channel_id, now)
                else:
                    stalled[channel_id] = since
        self._stalled = stalled
        return channels

    def delivered(self, delivery: Delivery, changed_at: dt.datetime | None) -> None:
        """Count a posted message, and its latency since `changed_at`, its issue's last change, if that is known."""
        if delivery.action is not Action.POST:
            return
        self.metrics.posted.inc()
        age = self._clock() - changed_at if changed_at else None
        if age is not None and age < _NEWS:  # older ones were backfilled or reposted
            self.metrics.latency.observe(max(0.0, age.total_seconds()))

    async def report(self, *, is_complete: bool = False) -> Report:
        """Return Herald's state. A complete report names every channel and counts what is stored."""
        now = self._clock()
        problems = [*self._discord_problems(now)]
        channels: list[ChannelFigures] = []
        try:
            channels = await self.look(at_all=is_complete)
            if is_complete:
                await self._count_archive()
        except (StorageError, TimeoutError) as error:
            problems.append(Problem(part="database", name="", text=str(error) or "no answer within 5 s"))
        trouble = self._sources.trouble()
        if trouble is not None:
            problems.append(Problem(part="database", name="", text=trouble))
        for name, watcher in self._sources.watchers.items():
            problem = source_problem(name, watcher.state, watcher.poll, now)
            # A storage failure is not reported again for each source.
            if problem is not None and (trouble is None or watcher.state.error != trouble):
                problems.append(problem)
        problems += stall_problems(self._stalled, channels, now)
        return Report(
            version=self._version,
            is_running=True,
            started_at=self.started_at,
            is_connected=self._note_connection(),
            problems=tuple(problems),
            sources=tuple(self._source_report(name, watcher) for name, watcher in self._sources.watchers.items()),
            channels=tuple(channels),
        )

    def _discord_problems(self, now: dt.datetime) -> list[Problem]:
        if self._note_connection() or now - self._connected_at <= _OVERDUE:
            return []
        return [Problem(part="discord", name="", text=f"not connected for {lasted(self._connected_at, now)}")]

    def _note_connection(self) -> bool:
        is_connected = self._sources.is_connected()
        if is_connected:
            self._connected_at = self._clock()
        return is_connected

    def _source_report(self, name: str, watcher: Watcher) -> SourceReport:
        state = watcher.state
        return SourceReport(
            name=name,
            is_polling=state.is_looking,
            last_success_at=state.last_look_at,
            next_poll_at=state.next_look_at,
            consecutive_failures=state.failures,
            failing_since=state.failing_since,
            error=state.error,
            stored=self._stored.get(name),
        )

    async def _count_archive(self) -> None:
        self._stored = {one.name: one for one in await self._sources.figures.archive()}

    async def _count(self) -> None:
        """Count the archive and the cache, unless the last count is recent enough."""
        if self._counted_s is not None and time.monotonic() - self._counted_s < _ARCHIVE_EVERY_S:
            return
        await self._count_archive()
        self.metrics.cache_bytes.set(await asyncio.to_thread(_size_of, self._sources.cache))
        self._counted_s = time.monotonic()

    async def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        metrics = self.metrics
        report = await self.report()
        with suppress(StorageError, TimeoutError):
            await self._count()
        metrics.healthy.set(report.is_healthy)
        for part in ("discord", "database", "source", "delivery"):
            metrics.problems.labels(part).set(sum(problem.part == part for problem in report.problems))
        metrics.connected.set(bool(report.is_connected))
        self._set_sources()
        with suppress(StorageError, TimeoutError):
            await self._set_held()
        # Without the database the counts are unknown: keep the last values instead of dropping to 0.
        if not any(problem.part == "database" for problem in report.problems):
            self._set_owed(report.channels)
        metrics.database_bytes.set(await asyncio.to_thread(_database_size, self._sources.database))
        return metrics.text()

    def _set_sources(self) -> None:
        metrics = self.metrics
        for gauge in (
            metrics.last_success,
            metrics.failing,
            metrics.poll_interval,
            metrics.issues,
            metrics.items,
            metrics.import_files,
        ):
            gauge.clear()  # removed newsletters are not reported any more
        for name, watcher in self._sources.watchers.items():
            if watcher.state.last_look_at is not None:
                metrics.last_success.labels(name).set(watcher.state.last_look_at.timestamp())
            metrics.failing.labels(name).set(watcher.state.failures)
            metrics.poll_interval.labels(name).set(watcher.poll.total_seconds())
            failures = metrics.poll_failures.labels(name)
            # The watcher counts from its start, while a counter takes increments.
            failures.inc(watcher.state.failed_polls - self._failures.get(name, 0))
            self._failures[name] = watcher.state.failed_polls
            metrics.import_files.labels(name, "done").set(watcher.state.import_done)
            metrics.import_files.labels(name, "all").set(watcher.state.import_files)
            stored = self._stored.get(name, NewsletterFigures(name=name))
            metrics.issues.labels(name).set(stored.issues)
            metrics.items.labels(name).set(stored.items)

    async def _set_held(self) -> None:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            held = await self._sources.figures.held()
        self.metrics.held.clear()
        for name in self._sources.watchers:
            self.metrics.held.labels(name).set(held.get(name, 0))

    def _set_owed(self, channels: list[ChannelFigures] | tuple[ChannelFigures, ...]) -> None:
        owed = self.metrics.owed
        owed.clear()
        # Report zeros as well: an alert rule on a series that disappears is never resolved.
        known = (("pending", "due"), ("pending", "later"), ("pending", "channel"), ("pending", "paused"))
        for state, reason in (*known, ("sending", "under_way"), ("failed", "refused")):
            count = sum(one.owed.get((state, reason), 0) for one in channels)
            owed.labels(state, reason).set(count)
        self.metrics.waiting_channels.set(sum(one.waiting_reason is not None for one in channels))


def _database_size(path: Path) -> int:
    """Return the size of the file and its write-ahead log, in bytes."""
    parts = (path, path.with_name(f"{path.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def _size_of(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # Git removes temporary files while they are being counted
                total += os.lstat(f"{place}/{name}").st_size
    return total

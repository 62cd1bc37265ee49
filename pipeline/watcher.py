"""Polling of one newsletter's source. Independent of Discord."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from clock import Clock, utc_now
from errors import S_, SourceError, StorageError
from logs import incident

log = logging.getLogger(__name__)

_FAILED = S_("Something went wrong (incident {number} in the log).")
LONGEST_PAUSE = dt.timedelta(hours=1)
JITTER = 0.1  # fraction of the pause, so that newsletters on one host are not polled simultaneously
Look = Callable[[], Awaitable[dt.datetime | None]]


@dataclass(slots=True)
class WatchState:
    """The state of one newsletter's source, for `/status`."""

    is_looking: bool = False
    last_look_at: dt.datetime | None = None  # the last successful poll
    next_look_at: dt.datetime | None = None
    error: str | None = None  # why the last poll failed, None if it did not
    failures: int = 0  # consecutive failed polls
    failed_polls: int = 0  # failed polls since startup
    failing_since: dt.datetime | None = None  # the first of the consecutive failed polls
    import_done: int = 0  # files read by the last import
    import_files: int = 0  # files to read by the last import


class Watcher:
    """Polls one newsletter every `poll`, never twice concurrently, and survives any failure.

    `look` imports changes and returns when an issue's waiting time ends (None: none waits); the next poll is at that
    time if it is earlier. A poll that fails at the source is retried with exponential backoff of at most an hour, one
    that fails in the database after the usual pause.
    """

    def __init__(
        self,
        name: str,
        poll: dt.timedelta,
        look: Look,
        clock: Clock = utc_now,
        *,
        looked: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Create a watcher; `looked` is called after each poll."""
        self.name = name
        self.poll = poll
        self.state = WatchState()
        self._look = look
        self._looked = looked
        self._clock = clock
        self._wake = asyncio.Event()
        self._spares_host = True  # whether pauses grow while polls fail
        self._waiters: list[asyncio.Future[WatchState]] = []

    def wake(self) -> None:
        """Poll now, or once more if a poll is in progress."""
        self._wake.set()

    async def look_now(self) -> WatchState:
        """Wait for a poll that starts from now on, and return its state. Raises TimeoutError if watching ends first."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._wake.set()
        return await waiter

    async def run(self) -> None:
        """Poll until cancelled."""
        try:
            while True:
                # Cleared before the poll: a wake-up during the poll may be for a change that it missed.
                self._wake.clear()
                count = len(self._waiters)
                due_at = await self._look_once()
                await self._tell()
                waiters, self._waiters = self._waiters[:count], self._waiters[count:]
                for waiter in waiters:
                    if not waiter.done():
                        waiter.set_result(self.state)
                await self._pause(due_at)
        finally:
            # Otherwise a command would wait for a poll that never starts.
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_exception(TimeoutError("watching has ended"))

    async def _look_once(self) -> dt.datetime | None:
        self.state.is_looking = True
        try:
            due_at = await self._look()
        except (SourceError, StorageError) as error:
            if str(error) != self.state.error:  # report an error once, not at every poll
                log.warning('poll failed newsletter="%s" error="%s"', self.name, error)
            self._failed(str(error), spares_host=isinstance(error, SourceError))
        except Exception:  # the next poll may succeed
            number = incident()
            log.exception('poll crashed newsletter="%s" incident=%s', self.name, number)
            self._failed(_FAILED.format(number=number))
        else:
            if self.state.error:
                log.info('poll recovered newsletter="%s"', self.name)
            self.state.error, self.state.failures, self.state.failing_since = None, 0, None
            if self.state.last_look_at is None:
                log.info('source reached newsletter="%s"', self.name)
            self.state.last_look_at = self._clock()
            return due_at
        finally:
            self.state.is_looking = False
        return None

    async def _tell(self) -> None:
        if self._looked is None:
            return
        try:
            await self._looked()
        except StorageError as error:
            log.warning('poll not announced to other processes newsletter="%s" error="%s"', self.name, error)
        except Exception:  # the newsletter must still be watched
            log.exception('poll not announced to other processes newsletter="%s" incident=%s', self.name, incident())

    def _failed(self, reason: str, *, spares_host: bool = True) -> None:
        self._spares_host = spares_host
        self.state.error = reason
        self.state.failures += 1
        self.state.failed_polls += 1
        self.state.failing_since = self.state.failing_since or self._clock()

    def _pause_s(self, due_at: dt.datetime | None) -> float:
        """Return the seconds until the next poll, which grow while the source fails."""
        pause = self.poll
        # No backoff for failures of the database, such as a full disk: they do not concern the host.
        if self.state.failures and self._spares_host:
            factor = 2 ** min(self.state.failures - 1, 12)
            # Start at 5 s: backoff from a poll of 1 s would hardly relieve a host in trouble.
            pause = max(self.poll, min(max(self.poll, dt.timedelta(seconds=5)) * factor, LONGEST_PAUSE))
        seconds = pause.total_seconds() * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 -- spreads load only
        if due_at is not None:
            seconds = min(seconds, max((due_at - self._clock()).total_seconds(), 0.05))
        return seconds

    async def _pause(self, due_at: dt.datetime | None) -> None:
        seconds = self._pause_s(due_at)
        self.state.next_look_at = self._clock() + dt.timedelta(seconds=seconds)
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

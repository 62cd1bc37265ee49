"""Polling one newsletter's source. Knows nothing of Discord."""

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
JITTER = 0.1  # of the pause, so that many newsletters on one host are not asked at the same moment
Look = Callable[[], Awaitable[dt.datetime | None]]


@dataclass(slots=True)
class WatchState:
    """What `/status` tells about one newsletter's source."""

    is_looking: bool = False
    last_look_at: dt.datetime | None = None  # when a look last succeeded
    next_look_at: dt.datetime | None = None
    error: str | None = None  # why the last look failed, None if it did not
    failures: int = 0  # looks that failed in a row
    failed_polls: int = 0  # looks that failed since the start
    failing_since: dt.datetime | None = None  # when the first of those in a row failed
    import_done: int = 0  # of the last import: files that were read
    import_files: int = 0  # and those that had to be read


class Watcher:
    """Polls one newsletter every `poll`, never twice at the same time; no failure ends it.

    `look` takes one change in and returns when an issue's waiting time ends (None: none waits), so
    that the next look is then and not only a poll later. A look that fails at the source is repeated
    with growing pauses of at most an hour, one that could not be stored after the usual pause.
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
        """Make a watcher; `looked` is called after each look."""
        self.name = name
        self.poll = poll
        self.state = WatchState()
        self._look = look
        self._looked = looked
        self._clock = clock
        self._wake = asyncio.Event()
        self._spares_host = True  # whether the pauses grow while looks fail
        self._waiters: list[asyncio.Future[WatchState]] = []

    def wake(self) -> None:
        """Look now, or once more if a look is under way."""
        self._wake.set()

    async def look_now(self) -> WatchState:
        """Wait for a look that begins from now on, and return its state. Raises TimeoutError if watching ends first."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._wake.set()
        return await waiter

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                # Before the look: who wakes it while one is under way knows of something that this one may have missed.
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
            # Else a command that waits for a look would wait for one that never comes.
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_exception(TimeoutError("watching has ended"))

    async def _look_once(self) -> dt.datetime | None:
        self.state.is_looking = True
        try:
            due_at = await self._look()
        except (SourceError, StorageError) as error:
            if str(error) != self.state.error:  # a state is reported once, not once a poll
                log.warning('poll failed newsletter="%s" error="%s"', self.name, error)
            self._failed(str(error), spares_host=isinstance(error, SourceError))
        except Exception:  # whatever it is, the next look may succeed
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
        except Exception:  # whatever it is, the newsletter is to be watched all the same
            log.exception('poll not announced to other processes newsletter="%s" incident=%s', self.name, incident())

    def _failed(self, reason: str, *, spares_host: bool = True) -> None:
        self._spares_host = spares_host
        self.state.error = reason
        self.state.failures += 1
        self.state.failed_polls += 1
        self.state.failing_since = self.state.failing_since or self._clock()

    def _pause_s(self, due_at: dt.datetime | None) -> float:
        """Return the pause after a poll, which grows while the source fails."""
        pause = self.poll
        # A full disk is nothing that a host has to be spared for, and people wait for the end of it.
        if self.state.failures and self._spares_host:
            factor = 2 ** min(self.state.failures - 1, 12)
            # From five seconds on: with a poll of one second a host in trouble would hardly be left alone.
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

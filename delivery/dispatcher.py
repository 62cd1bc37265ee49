"""The dispatcher of the outbox: an independent worker for each channel with due deliveries."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from errors import StorageError
from logs import incident

log = logging.getLogger(__name__)

PROBE_S = 600.0  # interval at which blocked channels are retried without an event
FIRST_DELAY_S, LONGEST_DELAY_S = 1.0, 120.0  # backoff while Discord does not answer
SHORTEST_PAUSE_S = 0.05
ALL_AT_ONCE_S = 1.5  # how long `stop` waits for requests in flight


class Blocked(Exception):  # noqa: N818 -- a state of the channel, no fault of the program
    """The channel does not accept messages now; `str()` says why and how to fix it."""


class Unanswered(Exception):  # noqa: N818
    """Discord did not answer; the step is retried later."""


class Steps(Protocol):
    """The steps that a worker repeats for its channel."""

    async def due_channels(self) -> list[int]:
        """Return channels with due or unresolved deliveries that are neither paused nor blocked."""
        ...

    async def next_due_s(self) -> float | None:
        """Return the seconds until the next scheduled delivery is due; None without one."""
        ...

    async def step(self, channel_id: int) -> bool:
        """Process one delivery of the channel; False if nothing is left. Raises Blocked or Unanswered."""
        ...

    async def blocked(self, channel_id: int, reason: str) -> None:
        """Record that the channel is blocked, and tell the admins once."""
        ...

    async def unblock(self, channel_id: int | None) -> None:
        """Try the channel (None: every channel) again."""
        ...


class Dispatcher:
    """Runs one worker task for each channel with due deliveries, and awaits them all when stopped."""

    def __init__(self, steps: Steps, *, probe_s: float = PROBE_S, poll_s: float | None = None) -> None:
        self._steps = steps
        self._probe_s = probe_s
        self._poll_s = poll_s  # interval at which to look for plans of other processes; None: there are none
        self._wake = asyncio.Event()
        self._is_news = True  # whether deliveries may have become due since the last look
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()  # channels with new due deliveries while their worker runs
        self._supervisor: asyncio.Task[None] | None = None
        self._is_stopping = False

    def start(self) -> None:
        """Start the supervisor; each channel first resolves what an earlier run left open."""
        if self._supervisor is None:
            self._supervisor = asyncio.create_task(self._supervise(), name="dispatcher")

    def wake(self) -> None:
        """Wake the dispatcher: deliveries are due now."""
        self._is_news = True
        self._wake.set()

    async def mended(self, channel_id: int | None) -> None:
        """Retry the channel (None: every blocked one) after permissions changed."""
        await self._steps.unblock(channel_id)
        self.wake()

    async def stop(self) -> None:
        """Start nothing more, wait `ALL_AT_ONCE_S` for requests in flight, then cancel them.

        Cancelled deliveries stay `sending` and are resolved at the next start.
        """
        self._is_stopping = True
        tasks = [*self._workers.values(), *([self._supervisor] if self._supervisor else [])]
        if self._supervisor:
            self._supervisor.cancel()
        if tasks:
            _, running = await asyncio.wait(tasks, timeout=ALL_AT_ONCE_S)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        self._workers.clear()
        self._supervisor = None

    async def _supervise(self) -> None:
        next_probe_s = look_at_s = time.monotonic() + self._probe_s
        while True:
            self._wake.clear()
            is_news, self._is_news = self._is_news or time.monotonic() >= look_at_s, False
            pause_s = LONGEST_DELAY_S
            try:
                if time.monotonic() >= next_probe_s:
                    next_probe_s = time.monotonic() + self._probe_s
                    await self._steps.unblock(None)
                # Computed before the list below, which then includes what becomes due in between.
                pause_s = await self._pause_s(next_probe_s)
                if not is_news:  # without a list the earlier look stays scheduled: its deliveries may be due by now
                    pause_s = min(pause_s, max(look_at_s - time.monotonic(), 0.0))
                look_at_s = time.monotonic() + pause_s
                for channel_id in await self._steps.due_channels() if is_news else ():
                    self._employ(channel_id)
            except StorageError as error:
                if self._is_stopping:
                    return
                log.warning('outbox cannot be read reason="%s"', error)
                pause_s, self._is_news = FIRST_DELAY_S, True
            except Exception:  # the outbox may be readable again in a moment
                if self._is_stopping:
                    return
                log.exception("outbox cannot be read incident=%s", incident())
            try:
                async with asyncio.timeout(pause_s):
                    await self._wake.wait()
            except TimeoutError:
                self._is_news = True

    async def _pause_s(self, next_probe_s: float) -> float:
        """Return the seconds to sleep: until the next probe, poll or scheduled delivery."""
        due_s = await self._steps.next_due_s()
        pause_s = max(next_probe_s - time.monotonic(), 0.0)
        pause_s = pause_s if self._poll_s is None else min(pause_s, self._poll_s)
        return pause_s if due_s is None else min(pause_s, max(due_s, SHORTEST_PAUSE_S))

    def _employ(self, channel_id: int) -> None:
        if channel_id in self._workers:
            self._again.add(channel_id)  # its worker may be about to end
        if channel_id in self._workers or self._is_stopping:
            return
        task = asyncio.create_task(self._work(channel_id), name=f"channel {channel_id}")
        self._workers[channel_id] = task
        task.add_done_callback(lambda _: self._left(channel_id))

    def _left(self, channel_id: int) -> None:
        self._workers.pop(channel_id, None)
        if channel_id in self._again:
            self._again.discard(channel_id)
            self._is_news = True
        self._wake.set()

    async def _work(self, channel_id: int) -> None:
        delay_s = FIRST_DELAY_S
        while not self._is_stopping:
            try:
                if not await self._steps.step(channel_id):
                    return
                self._is_news = True  # the step may have rescheduled a delivery
                delay_s = FIRST_DELAY_S
            except Blocked as reason:
                await self._guarded(lambda reason=str(reason): self._steps.blocked(channel_id, reason))
                return
            except Unanswered as error:
                log.warning("no answer, trying again channel=%d delay_s=%.0f reason=%s", channel_id, delay_s, error)
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, LONGEST_DELAY_S)
            except Exception:  # a bug with one channel's delivery must not stop the others
                log.exception("delivery failed channel=%d incident=%s", channel_id, incident())
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, LONGEST_DELAY_S)

    async def _guarded(self, call: Callable[[], Awaitable[None]]) -> None:
        try:
            await call()
        except Exception:  # a failed report must not end the worker
            log.exception("blocked channel not recorded incident=%s", incident())
            await asyncio.sleep(FIRST_DELAY_S)

"""Throttling below Discord's global rate limit for bots, which no header announces before it is hit.

discord.py obeys the headers of each route's bucket, and a global 429 only once it was returned. With many channels that
would happen again and again, and Cloudflare bans clients that collect too many.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import heapq
import itertools
import logging
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp
import discord

from errors import StorageError
from storage.database import Database, Permit

log = logging.getLogger(__name__)

GLOBAL_LIMIT, WINDOW_S = 50, 1.0  # Discord's documentation, "Rate Limits", "Global Rate Limit"
# Discord's error 30046 documents the hour; the other figures are reported by authors of bots.
OLD, OLD_EDITS, OLD_WINDOW = dt.timedelta(hours=1), 3, dt.timedelta(seconds=21)
AT_ONCE = 5  # most permits that a process takes in one query
# Seconds for which the permits of a killed process stay reserved. A request that has not started within half of that
# takes another permit; the other half covers a stall of this process right after that check.
HOLD_S, LATE_S = 10.0, 5.0
_TRIES = 20  # permits that a request may let expire before it fails
_LOOK_AGAIN = 0.05  # fraction of a window between attempts while all permits are in use
# Between two identifications with the gateway: 5 s (Discord's documentation, "Gateway", "Rate Limiting"), and half a
# second because the first may take that much longer to arrive than the second.
IDENTIFY_S = 5.5
TOO_MANY = 429
_PACE = "requests"
_TAKE_LIMIT_S = 5.0
_ANSWERS_KNOWN = 20  # answers after which the quickest one is taken as the round-trip time
_EXEMPT = ("/interactions/", "/webhooks/")  # interaction responses do not count (same page)
SOON, POST, EDIT = range(3)  # levels of urgency, most urgent first

_urgency = ContextVar("urgency", default=SOON)


@contextmanager
def urgency(level: int) -> Generator[None]:
    """Set the urgency of requests within the block; throttled requests wait behind more urgent ones."""
    token = _urgency.set(level)
    try:
        yield
    finally:
        _urgency.reset(token)


class Pace:
    """Limits the requests that are in flight or were answered less than about `window_s` ago to `limit`.

    A request reaches Discord at some time between its start and its answer. If its slot were freed a whole window after
    the answer, no window of Discord's would see more than `limit` requests, whenever it begins. The way back of this
    answer and the way there of the next request together take at least the quickest round trip so far, so the slot is
    freed that much earlier.
    """

    def __init__(self, limit: int = GLOBAL_LIMIT, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._free = limit
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = itertools.count()
        self._answers = 0
        self._quickest_s = window_s

    async def enter(self) -> None:
        """Wait for a slot: most urgent requests first, equal ones in order of arrival."""
        if self._free > 0:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (_urgency.get(), next(self._number), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was given the slot at the same moment
                self._give_free()
            raise

    def leave(self, took_s: float | None = None) -> None:
        """Free the slot of a request that was answered `took_s` seconds after its start, or (None) never."""
        if took_s is not None:
            self._answers += 1
            self._quickest_s = min(self._quickest_s, took_s)
        spared_s = self._quickest_s if self._answers >= _ANSWERS_KNOWN else 0.0
        asyncio.get_running_loop().call_later(self._window_s - spared_s, self._give_free)

    def _give_free(self) -> None:
        while self._waiting:
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():  # else it was cancelled
                turn.set_result(None)
                return
        self._free += 1


class OldEdits:
    """Throttles edits of messages older than an hour per channel; no header announces Discord's low limit."""

    def __init__(self) -> None:
        self._times: dict[int, deque[dt.datetime]] = {}  # channel or thread -> times of its last edits, made or due
        self._promised: dict[int, dt.datetime] = {}  # message -> when its edit is scheduled

    def turn_at(self, place_id: int, message_id: int, now: dt.datetime) -> dt.datetime:
        """Return when this message may be edited; a time after `now` stays reserved for it until the next call."""
        if now - discord.utils.snowflake_time(message_id) < OLD:
            return now
        if (promised := self._promised.get(message_id)) is not None:
            if promised <= now:
                del self._promised[message_id]
            return max(promised, now)
        times = self._times.setdefault(place_id, deque(maxlen=OLD_EDITS))
        turn = max(times[0] + OLD_WINDOW, now) if len(times) == OLD_EDITS else now
        times.append(turn)
        if turn > now:
            self._promised[message_id] = turn
        return turn


class NotPaced(aiohttp.ClientError):
    """The request was not sent, because it might have exceeded the limit."""


class SharedPace:
    """Limits the requests of all processes that are in flight or were answered less than `window_s` ago to `limit`.

    `db` has `limit` permits; each request holds one until a window after its answer. However late a request starts and
    however long it takes, no window of Discord's sees more than `limit`, whenever it begins. If several requests wait,
    permits are taken a few at a time.
    """

    def __init__(self, db: Database, limit: int = GLOBAL_LIMIT, window_s: float = WINDOW_S) -> None:
        self._db = db
        self._limit = limit
        self._window_s = window_s
        self._permits: deque[tuple[Permit, float]] = deque()  # with the event loop's time from which they may be used
        self._taking = asyncio.Lock()  # wakes in order of arrival, which `Pace` has made that of urgency
        self._waiting = 0
        self._returned: list[tuple[Permit, float]] = []  # with the event loop's time at which they are free
        self._returning: asyncio.Task[None] | None = None

    async def enter(self) -> Permit:
        """Wait for a permit. Raises NotPaced if the database is unavailable, or this process is repeatedly late."""
        loop = asyncio.get_running_loop()
        for _ in range(_TRIES):
            permit, free_s = await self._next()
            try:
                await asyncio.sleep(free_s - loop.time())
            except asyncio.CancelledError:
                self._return(permit, loop.time())
                raise
            if loop.time() < free_s + LATE_S:
                return permit
        raise NotPaced("no permit for a request: this machine is too busy to use one in its time")

    def leave(self, permit: Permit) -> None:
        """Release the permit of a request that was answered or failed."""
        self._return(permit, asyncio.get_running_loop().time() + self._window_s)

    async def _next(self) -> tuple[Permit, float]:
        """Return a permit and the event loop's time from which it may be used."""
        self._waiting += 1
        try:
            async with self._taking:
                while not self._permits:
                    await self._take(min(self._waiting, AT_ONCE))
                return self._permits.popleft()
        finally:
            self._waiting -= 1

    async def _take(self, count: int) -> None:
        try:
            async with asyncio.timeout(_TAKE_LIMIT_S):
                taken = await self._db.take_permits(
                    _PACE, count, of=self._limit, window_s=self._window_s, hold_s=HOLD_S
                )
        except (StorageError, TimeoutError) as error:
            raise NotPaced(f"no permit for a request: {error or 'the database does not answer'}") from error
        # Counted from now, not from the earlier time of the query: the permits are only used slightly later.
        now_s = asyncio.get_running_loop().time()
        self._permits.extend((permit, now_s + max(permit.wait_s, 0.0)) for permit in taken)
        if not taken:
            await asyncio.sleep(self._window_s * _LOOK_AGAIN)

    def _return(self, permit: Permit, free_s: float) -> None:
        self._returned.append((permit, free_s))
        if self._returning is None or self._returning.done():
            self._returning = asyncio.create_task(self._return_all(), name="permits")

    async def _return_all(self) -> None:
        while self._returned:
            returned, self._returned = self._returned, []
            now_s = asyncio.get_running_loop().time()
            try:
                await self._db.return_permits([(permit, max(free_s - now_s, 0.0)) for permit, free_s in returned])
            except StorageError as error:  # permits expire by themselves
                log.warning('permits not returned count=%d reason="%s"', len(returned), error)

    async def answered(self, answer: aiohttp.ClientResponse) -> None:
        """Pause all processes if Discord reports the global rate limit."""
        if answer.status != TOO_MANY or answer.headers.get("X-RateLimit-Global") is None:
            return
        for permit, free_s in self._permits:
            self._return(permit, free_s)
        self._permits.clear()
        try:
            await self._db.rest(_PACE, float(answer.headers.get("Retry-After") or 1.0))
        except (StorageError, ValueError) as error:
            log.warning('other processes not slowed down reason="%s"', error)


def paced(trace: aiohttp.TraceConfig, pace: Pace, shared: SharedPace | None = None) -> aiohttp.TraceConfig:
    """Return `trace` with hooks that throttle requests; for discord.py's `http_trace`.

    `shared` is given if other processes use the same account.
    """

    async def start(
        _: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestStartParams
    ) -> None:
        if any(part in params.url.path for part in _EXEMPT):
            return
        await pace.enter()
        if shared is not None:
            try:
                context.permit = await shared.enter()
            except BaseException:  # aiohttp does not report the end of a request that was not started
                pace.leave(None)
                raise
        context.let_go_s = asyncio.get_running_loop().time()

    async def end(_: aiohttp.ClientSession, context: SimpleNamespace, params: object) -> None:
        let_go_s: float | None = getattr(context, "let_go_s", None)
        if let_go_s is None:
            return
        context.let_go_s = None
        is_answered = isinstance(params, aiohttp.TraceRequestEndParams)
        pace.leave(asyncio.get_running_loop().time() - let_go_s if is_answered else None)
        if shared is None:
            return
        shared.leave(context.permit)
        if isinstance(params, aiohttp.TraceRequestEndParams):
            await shared.answered(params.response)

    trace.on_request_start.append(start)
    trace.on_request_end.append(end)
    trace.on_request_exception.append(end)
    return trace

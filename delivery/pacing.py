"""Staying below Discord's global rate limit for a bot, which no header announces before it is hit.

discord.py obeys the buckets of single routes by their headers, and a 429 for all requests once it came. With many
channels that would come again and again, and Discord's front servers shut out whoever collects too many.
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
# Discord's error 30046 names the hour; the numbers are what bots' authors report.
OLD, OLD_EDITS, OLD_WINDOW = dt.timedelta(hours=1), 3, dt.timedelta(seconds=21)
AT_ONCE = 5  # permits that a process takes at once at most
# So long nobody else has the permit of a process that ended with it. A request that is not let go within half of that
# takes another one: what stops this process right after it looked may last as long as the other half.
HOLD_S, LATE_S = 10.0, 5.0
_TRIES = 20  # permits that a request may miss
_LOOK_AGAIN = 0.05  # of a window, where all permits are in use
# Five seconds between two identifications with the gateway, says the page "Gateway", "Rate Limiting"; one may take half
# a second longer on its way than the next.
IDENTIFY_S = 5.5
TOO_MANY = 429
_PACE = "requests"
_TAKE_LIMIT_S = 5.0
_ANSWERS_KNOWN = 20  # so many answers tell how long the way is at least
_EXEMPT = ("/interactions/", "/webhooks/")  # answers to people do not count, says the same page
SOON, POST, EDIT = range(3)  # what waits longest when there is more to do than the limit lets through

_urgency = ContextVar("urgency", default=SOON)


@contextmanager
def urgency(level: int) -> Generator[None]:
    """Let requests within the block wait behind all more urgent ones."""
    token = _urgency.set(level)
    try:
        yield
    finally:
        _urgency.reset(token)


class Pace:
    """Lets `limit` requests be on their way, or answered less than about `window_s` ago.

    A request arrives at some moment between its beginning and its answer. If its place were given free a whole window
    after the answer, no window of Discord's would see more than `limit`, whenever that window begins; but each way
    takes its time. The next one needs to get there, too, and this answer needed to come back: together at least as
    long as the quickest answer of all took, so that the place is free so much earlier, however far away Discord is.
    """

    def __init__(self, limit: int = GLOBAL_LIMIT, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._free = limit
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = itertools.count()
        self._answers = 0
        self._quickest_s = window_s

    async def enter(self) -> None:
        """Wait for a place, the most urgent first, and those of one urgency in their order."""
        if self._free > 0:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (_urgency.get(), next(self._number), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # its turn came at the same moment
                self._give_free()
            raise

    def leave(self, took_s: float | None = None) -> None:
        """Note that the answer came `took_s` after the request was let go, or (None) will not come."""
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
    """Discord's low limit on edits of messages older than an hour per channel, which no header announces."""

    def __init__(self) -> None:
        self._times: dict[int, deque[dt.datetime]] = {}  # channel or thread -> of the last edits, made or promised
        self._promised: dict[int, dt.datetime] = {}  # message -> when its turn is

    def turn_at(self, place_id: int, message_id: int, now: dt.datetime) -> dt.datetime:
        """When this message may be edited; if that is later than `now`, its turn is kept until it asks again."""
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
    """It is unknown whether a request would exceed the limit, so it was not sent."""


class SharedPace:
    """Lets `limit` requests of all processes together be on their way, or answered less than `window_s` ago.

    Each has one of so many permits, which `db` keeps: nobody else has it until a window after the answer. However late
    a request leaves, and however long it takes, no window of Discord's sees more, whenever that window begins. Where
    several wait, permits are taken a few at a time.
    """

    def __init__(self, db: Database, limit: int = GLOBAL_LIMIT, window_s: float = WINDOW_S) -> None:
        self._db = db
        self._limit = limit
        self._window_s = window_s
        self._permits: deque[tuple[Permit, float]] = (
            deque()
        )  # and from when they may be used, by the event loop's clock
        self._taking = asyncio.Lock()  # wakes in the order of arrival, which is that of urgency
        self._waiting = 0
        self._returned: list[tuple[Permit, float]] = []  # and from when on others may have them
        self._returning: asyncio.Task[None] | None = None

    async def enter(self) -> Permit:
        """Wait for a permit. Raises NotPaced if the database is away, or this process is late again and again."""
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
        """Note that the answer came to the request that had the permit, or will not come."""
        self._return(permit, asyncio.get_running_loop().time() + self._window_s)

    async def _next(self) -> tuple[Permit, float]:
        """Return a permit and when it may be used, by the event loop's clock."""
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
        # From now on, not from when the server looked: that was earlier, and the permits are free a little later only.
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
            except StorageError as error:  # they run out by themselves
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
    """`trace`, made to hold requests back, by `shared` too where other processes use the same account; for discord.py's
    `http_trace`.
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
            except BaseException:  # aiohttp does not tell how a request ended that never began
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

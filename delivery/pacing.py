"""Staying below Discord's limit on all requests of a bot together, of which no header warns before it is hit.

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
from storage.database import Database

log = logging.getLogger(__name__)

GLOBAL_LIMIT, WINDOW_S = 50, 1.0  # Discord's documentation, "Rate Limits", "Global Rate Limit"
# Discord's error 30046 names the hour; the numbers are what bots' authors report.
OLD, OLD_EDITS, OLD_WINDOW = dt.timedelta(hours=1), 3, dt.timedelta(seconds=21)
EVERY_S = 1 / 45  # of all processes together: below the limit by as much as ways to Discord differ
TURNS = 5  # that a process takes at once at most
LATE_S = 0.08  # after its turn a request goes no more: 45 a second and what comes late stay below 50
_TRIES = 20  # turns that a request may miss
# Five seconds between two identifications with the gateway, says the page "Gateway", "Rate Limiting"; one may take half
# a second longer on its way than the next.
IDENTIFY_S = 5.5
TOO_MANY = 429
_PACE = "requests"
_TURN_LIMIT_S = 5.0
_ANSWERS_KNOWN = 20  # so many answers tell how long the way is at least
_EXEMPT = ("/interactions/", "/webhooks/")  # answers to people do not count, says the same page
SOON, POST, EDIT = range(3)  # what waits longest when there is more to do than the limit lets through

_urgency = ContextVar("urgency", default=SOON)


@contextmanager
def urgency(level: int) -> Generator[None]:
    """Let requests within the block wait behind all that is more urgent."""
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
    """Edits of messages older than an hour: few in a while for each channel, of which no header warns."""

    def __init__(self) -> None:
        self._times: dict[int, deque[dt.datetime]] = {}  # channel or thread -> of the last edits, made or promised
        self._promised: dict[int, dt.datetime] = {}  # message -> when its turn is

    def turn_at(self, place_id: int, message_id: int, now: dt.datetime) -> dt.datetime:
        """When this message may be edited; where that is later than `now`, its turn is kept until it asks again."""
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
    """Nobody can tell whether a request would be one too many: it did not leave."""


class SharedPace:
    """Lets one request go every `EVERY_S`, whichever process it comes from; `db` keeps the turns.

    Where several wait, turns are taken a few at a time. Each is used in its time or not at all: a process that was
    late would let its requests go in the second of others.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._turns: deque[float] = deque()  # by the event loop's clock
        self._taking = asyncio.Lock()  # wakes in the order of arrival, which is that of urgency
        self._waiting = 0

    async def enter(self) -> None:
        """Wait for a turn. Raises NotPaced where the database is away, or this process is late again and again."""
        loop = asyncio.get_running_loop()
        for _ in range(_TRIES):
            turn_s = await self._next()
            await asyncio.sleep(max(turn_s - loop.time(), 0.0))
            if loop.time() < turn_s + LATE_S:
                return
        raise NotPaced("no turn for a request: this machine is too busy to use one in its time")

    async def _next(self) -> float:
        """Return when the next turn of this process is, by the event loop's clock."""
        loop = asyncio.get_running_loop()
        self._waiting += 1
        try:
            async with self._taking:
                while self._turns and self._turns[0] < loop.time() - EVERY_S:
                    self._turns.popleft()
                if not self._turns:
                    await self._take(min(self._waiting, TURNS))
                return self._turns.popleft()
        finally:
            self._waiting -= 1

    async def _take(self, count: int) -> None:
        try:
            async with asyncio.timeout(_TURN_LIMIT_S):
                first_s = await self._db.next_turn_s(_PACE, EVERY_S, count)
        except (StorageError, TimeoutError) as error:
            raise NotPaced(f"no turn for a request: {error or 'the database does not answer'}") from error
        now_s = asyncio.get_running_loop().time()
        self._turns.extend(now_s + max(first_s, 0.0) + number * EVERY_S for number in range(count))

    async def answered(self, answer: aiohttp.ClientResponse) -> None:
        """Let all processes rest where Discord says that all of them together were too fast."""
        if answer.status != TOO_MANY or answer.headers.get("X-RateLimit-Global") is None:
            return
        self._turns.clear()
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
                await shared.enter()
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
        if shared is not None and isinstance(params, aiohttp.TraceRequestEndParams):
            await shared.answered(params.response)

    trace.on_request_start.append(start)
    trace.on_request_end.append(end)
    trace.on_request_exception.append(end)
    return trace

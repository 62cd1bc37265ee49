"""Requests that discord.py must not retry, and requests that only the holder of a duty may make.

discord.py retries after 500, 502, 504 and 524, and on some systems after a lost connection, for up to 25 seconds,
although the first request may have taken effect. A message's nonce makes that harmless while Discord remembers it,
which may be as short as 30 seconds; a forum post has no nonce. discord.py has no option to disable retries, but an
exception raised in an aiohttp trace ends a request like a network failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp

from storage.duties import current_duty

_is_single = ContextVar("is_single", default=False)


class NotRepeated(aiohttp.ClientError):
    """The request failed, and it is unknown whether it took effect."""


@contextmanager
def single_try() -> Generator[None]:
    """Disable retries of requests to Discord within the block; a failed one raises NotRepeated."""
    token = _is_single.set(True)
    try:
        yield
    finally:
        _is_single.reset(token)


def guarded(
    trace: aiohttp.TraceConfig, may_act: Callable[[], bool], limit_s: float | None = None
) -> aiohttp.TraceConfig:
    """Return `trace` with the hooks that enforce `single_try`; for discord.py's `http_trace`.

    A request is not sent if `may_act` returns False, since another process may be about to make it.
    Requests for a duty time out after `limit_s`, which is how long a process that takes the duty over waits for them.
    """

    async def begun(
        session: aiohttp.ClientSession, context: SimpleNamespace, start: aiohttp.TraceRequestStartParams
    ) -> None:
        if not (_is_single.get() or current_duty()):
            return
        if not may_act():
            error = NotRepeated("another process may have taken over")
            # aiohttp does not report the end of a request refused here, which would leak its slot in the pace
            end = aiohttp.TraceRequestExceptionParams(start.method, start.url, start.headers, error)
            await trace.on_request_exception.send(session, context, end)
            raise error
        if limit_s is not None:
            context.limit = await asyncio.timeout(limit_s).__aenter__()

    trace.on_request_start.append(begun)
    trace.on_request_end.append(_ended)
    trace.on_request_exception.append(_failed)
    return trace


async def _ended(_session: aiohttp.ClientSession, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
    if (limit := _limit_of(context)) is not None:
        await limit.__aexit__(None, None, None)
    if _is_single.get() and end.response.status >= 500:
        raise NotRepeated(f"HTTP {end.response.status}")


async def _failed(
    _session: aiohttp.ClientSession, context: SimpleNamespace, end: aiohttp.TraceRequestExceptionParams
) -> None:
    error = end.exception
    if (limit := _limit_of(context)) is not None:
        try:
            await limit.__aexit__(type(error), error, error.__traceback__)
        except TimeoutError as too_late:
            raise NotRepeated("no answer in time") from too_late
    if _is_single.get() and isinstance(error, OSError):
        raise NotRepeated(str(error)) from error


def _limit_of(context: SimpleNamespace) -> asyncio.Timeout | None:
    """Return the time limit of a request and clear it."""
    limit: asyncio.Timeout | None = getattr(context, "limit", None)
    context.limit = None
    return limit

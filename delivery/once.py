"""Requests that discord.py must not repeat by itself, and those that only the holder of a duty may make.

It sends a request again after 500, 502, 504 and 524, and on some systems after a lost connection, for up to 25 seconds,
although the first one may have had its effect. A message's nonce makes that harmless while Discord remembers it, which
may be as short as 30 seconds; a forum's new post has none. discord.py offers no way to ask for a single try, but what a
trace of aiohttp raises ends a request as a failure of the network does.
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
    """The request failed, and nobody knows whether it had an effect."""


@contextmanager
def single_try() -> Generator[None]:
    """Try requests to Discord only once within the block; one that fails raises NotRepeated."""
    token = _is_single.set(True)
    try:
        yield
    finally:
        _is_single.reset(token)


def guarded(
    trace: aiohttp.TraceConfig, may_act: Callable[[], bool], limit_s: float | None = None
) -> aiohttp.TraceConfig:
    """`trace`, made to keep `single_try`'s promise; for discord.py's `http_trace`.

    Where `may_act` says no at the last moment, another process may be about to do the same: the request does not leave.
    What is done for a duty is answered within `limit_s`, or given up: whoever takes the duty over waits for so long.
    """

    async def begun(
        session: aiohttp.ClientSession, context: SimpleNamespace, start: aiohttp.TraceRequestStartParams
    ) -> None:
        if not (_is_single.get() or current_duty()):
            return
        if not may_act():
            error = NotRepeated("another process may have taken over")
            # aiohttp does not tell how a request ended that was refused here, and its place in the pace would be lost
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
    """Return the time limit of a request, once."""
    limit: asyncio.Timeout | None = getattr(context, "limit", None)
    context.limit = None
    return limit

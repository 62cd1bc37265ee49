"""Requests that discord.py must not repeat by itself.

It sends a request again after 500, 502, 504 and 524, and on some systems after a lost connection, for up to 25 seconds,
although the first one may have had its effect. A message's nonce makes that harmless while Discord remembers it, which
may be as short as 30 seconds; a forum's new post has none. discord.py offers no way to ask for a single try, but what a
trace of aiohttp raises ends a request as a failure of the network does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp

_is_single = ContextVar("is_single", default=False)


class NotRepeated(aiohttp.ClientError):
    """The request failed, and nobody knows whether it had an effect."""


@contextmanager
def single_try() -> Generator[None]:
    """Within the block requests to Discord are tried once; what fails raises NotRepeated."""
    token = _is_single.set(True)
    try:
        yield
    finally:
        _is_single.reset(token)


def guarded(trace: aiohttp.TraceConfig, may_act: Callable[[], bool]) -> aiohttp.TraceConfig:
    """`trace`, made to keep `single_try`'s promise; for discord.py's `http_trace`.

    Where `may_act` says no at the last moment, another Herald may be about to do the same: the request does not leave.
    """

    async def begun(
        _session: aiohttp.ClientSession, _: SimpleNamespace, _start: aiohttp.TraceRequestStartParams
    ) -> None:
        if _is_single.get() and not may_act():
            raise NotRepeated("the database's lease was not renewed in time")

    trace.on_request_start.append(begun)
    trace.on_request_end.append(_ended)
    trace.on_request_exception.append(_failed)
    return trace


async def _ended(_session: aiohttp.ClientSession, _: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
    if _is_single.get() and end.response.status >= 500:
        raise NotRepeated(f"HTTP {end.response.status}")


async def _failed(
    _session: aiohttp.ClientSession, _: SimpleNamespace, end: aiohttp.TraceRequestExceptionParams
) -> None:
    if _is_single.get() and isinstance(end.exception, OSError):
        raise NotRepeated(str(end.exception)) from end.exception

"""Limits on the web server's connections, which are open to anyone: their number, duration and memory.

aiohttp waits indefinitely for a request's head. Here, each connection always has a time limit. If there are too many,
or they hold too much data, the oldest one without a complete request is closed, so that a request sent without delay is
served however many other connections are idle.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import cast

from aiohttp import web

HEAD_LIMIT_S = 10.0  # for the first request's head
REQUEST_LIMIT_S = 20.0  # for the rest of a request, until its handler has answered
IDLE_LIMIT_S = 75.0  # between requests on one connection; reverse proxies keep connections open
MAX_CONNECTIONS = 128
MAX_HEAD_BYTES = 32_768
MAX_HELD_BYTES = 32_000_000  # received for unanswered requests, in total
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class Doorkeeper:
    """Creates the protocol of each new connection; for `loop.create_server`."""

    def __init__(self, make: Callable[[], asyncio.Protocol]) -> None:
        self._make = make
        self._connections: dict[asyncio.BaseTransport, _Connection] = {}  # oldest first
        self._held = 0

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol for a new connection."""
        return _Connection(self, self._make)

    @contextmanager
    def serving(self, request: web.Request) -> Generator[None]:
        """Mark `request` as being handled during the block."""
        connection = self._connections.get(cast("asyncio.BaseTransport", request.transport))
        if connection is None:  # closed meanwhile
            yield
            return
        connection.begin(request)
        try:
            yield
        finally:
            self._held -= connection.end()

    def came(self, connection: _Connection, transport: asyncio.BaseTransport) -> None:
        """Count an accepted connection."""
        self._connections[transport] = connection
        if len(self._connections) > MAX_CONNECTIONS:
            self._evict()

    def left(self, connection: _Connection, transport: asyncio.BaseTransport) -> None:
        """Remove a closed connection."""
        self._connections.pop(transport, None)
        self._held -= connection.held

    def received(self, count: int) -> None:
        """Count received bytes."""
        self._held += count
        if self._held > MAX_HELD_BYTES:
            self._evict()

    def _evict(self) -> None:
        """Close the oldest connection without a complete request; if all have one, close the newest."""
        incomplete = (one for one in self._connections.values() if not one.has_whole_request)
        chosen = next(incomplete, None) or next(reversed(self._connections.values()))
        chosen.abort()


class _Connection(asyncio.Protocol):
    """Forwards to aiohttp's protocol, and closes the connection when its time is up.

    aiohttp gets a connection when its first request's head is complete; until then it costs next to nothing.
    """

    def __init__(self, keeper: Doorkeeper, make: Callable[[], asyncio.Protocol]) -> None:
        self._keeper = keeper
        self._make = make
        self._inner: asyncio.Protocol | None = None
        self._head = bytearray()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._request: web.Request | None = None
        self.held = 0

    @property
    def has_whole_request(self) -> bool:
        """Whether a complete request, including its body, is being answered."""
        return self._request is not None and self._request.content.is_eof()

    def begin(self, request: web.Request) -> None:
        """Record that a request's head is complete."""
        self._request = request
        self._limit(REQUEST_LIMIT_S)

    def end(self) -> int:
        """Record that the handler has answered; return the number of bytes freed."""
        self._request = None
        self._limit(IDLE_LIMIT_S)
        freed, self.held = self.held, 0
        return freed

    def abort(self) -> None:
        """Close the connection immediately."""
        if self._transport is not None:
            self._transport.abort()
            self._keeper.left(self, self._transport)
            self.held = 0

    def _limit(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None and not self._transport.is_closing():
            self._timer = asyncio.get_running_loop().call_later(seconds, self.abort)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the time limit; the keeper may close another connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._limit(HEAD_LIMIT_S)
        self._keeper.came(self, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the time limit and release what the connection holds."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._keeper.left(self, self._transport)
            self.held = 0
            self._transport = None
        if self._inner is not None:
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count the data and forward it."""
        self.held += len(data)
        self._keeper.received(len(data))
        if self._transport is None or self._transport.is_closing():
            return
        if self._inner is not None:
            self._inner.data_received(data)
            return
        self._head += data
        if _HEAD_END.search(self._head, max(len(self._head) - len(data) - 3, 0)):
            self._inner = self._make()
            self._inner.connection_made(self._transport)
            self._inner.data_received(bytes(self._head))
            self._head.clear()
        elif len(self._head) > MAX_HEAD_BYTES:
            self.abort()

    def eof_received(self) -> bool | None:
        """Forward; without a complete head there is no request to answer."""
        return self._inner.eof_received() if self._inner is not None else None

    def pause_writing(self) -> None:
        """Forward."""
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Forward."""
        if self._inner is not None:
            self._inner.resume_writing()

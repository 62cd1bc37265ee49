"""Bounds on the connections of the web server, which anybody may open: how many, how long, how much they hold.

aiohttp waits without a limit for a request's head. Here every connection has a time limit at any moment, and where
there are too many, or they hold too much, the oldest that has not sent its whole request gives way: whoever sends a
request at once is heard, however many others only hold the line.
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
IDLE_LIMIT_S = 75.0  # between the requests of one connection, as reverse proxies keep them
MAX_CONNECTIONS = 128
MAX_HEAD_BYTES = 32_768
MAX_HELD_BYTES = 32_000_000  # received for requests that are not answered yet, all together
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class Doorkeeper:
    """Makes the protocol of each new connection; for `loop.create_server`."""

    def __init__(self, make: Callable[[], asyncio.Protocol]) -> None:
        self._make = make
        self._connections: dict[asyncio.BaseTransport, _Connection] = {}  # the oldest first
        self._held = 0

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of a connection that is about to come in."""
        return _Connection(self, self._make)

    @contextmanager
    def serving(self, request: web.Request) -> Generator[None]:
        """Mark `request` as being handled while the block runs."""
        connection = self._connections.get(cast("asyncio.BaseTransport", request.transport))
        if connection is None:  # it was closed meanwhile
            yield
            return
        connection.begin(request)
        try:
            yield
        finally:
            self._held -= connection.end()

    def came(self, connection: _Connection, transport: asyncio.BaseTransport) -> None:
        """Count a connection that was accepted."""
        self._connections[transport] = connection
        if len(self._connections) > MAX_CONNECTIONS:
            self._evict()

    def left(self, connection: _Connection, transport: asyncio.BaseTransport) -> None:
        """Forget a connection that has ended."""
        self._connections.pop(transport, None)
        self._held -= connection.held

    def received(self, count: int) -> None:
        """Count bytes that were received."""
        self._held += count
        if self._held > MAX_HELD_BYTES:
            self._evict()

    def _evict(self) -> None:
        """Close the oldest connection without a complete request; if all have one, close the newest."""
        incomplete = (one for one in self._connections.values() if not one.has_whole_request)
        chosen = next(incomplete, None) or next(reversed(self._connections.values()))
        chosen.abort()


class _Connection(asyncio.Protocol):
    """Hands everything on to aiohttp's protocol, and ends the connection when its time is up.

    aiohttp hears of a connection when its first request's head is complete: until then it costs next to nothing.
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
        """Whether a request with all of its body is being answered."""
        return self._request is not None and self._request.content.is_eof()

    def begin(self, request: web.Request) -> None:
        """Note that a request's head is complete."""
        self._request = request
        self._limit(REQUEST_LIMIT_S)

    def end(self) -> int:
        """Its handler has answered; returns how many bytes are free again."""
        self._request = None
        self._limit(IDLE_LIMIT_S)
        freed, self.held = self.held, 0
        return freed

    def abort(self) -> None:
        """End the connection at once."""
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
        """Begin; the keeper may end another connection for it."""
        self._transport = cast("asyncio.Transport", transport)
        self._limit(HEAD_LIMIT_S)
        self._keeper.came(self, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._keeper.left(self, self._transport)
            self.held = 0
            self._transport = None
        if self._inner is not None:
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count, and hand on."""
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
        """Pass it on; without a complete head there is no request to answer."""
        return self._inner.eof_received() if self._inner is not None else None

    def pause_writing(self) -> None:
        """Hand on."""
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Hand on."""
        if self._inner is not None:
            self._inner.resume_writing()

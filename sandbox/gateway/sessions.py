"""The sessions and connections of the gateway: what is sent, kept for a resume, and refused for its number."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.faults import cut
from sandbox.values import Json

REPLAY_EVENTS = 1000
MAX_WAITING = 20_000
SENDS_PER_MINUTE = 120
DISPATCH = 0


@dataclass(frozen=True, slots=True)
class Close:
    """The end of a connection, with Discord's code for it."""

    code: int
    reason: str = ""


class GatewayError(Exception):
    """The client broke the protocol: the connection closes with Discord's code for it."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.close = Close(code, reason)


@dataclass(slots=True)
class Session:
    """What survives a lost connection: the numbered events that a client may ask for again."""

    id: str
    intents: int
    shard: tuple[int, int]
    sequence: int = 0
    replay: deque[tuple[int, str]] = field(default_factory=lambda: deque[tuple[int, str]](maxlen=REPLAY_EVENTS))
    connection: Connection | None = None

    def dispatch(self, name: str, data: Json) -> None:
        """Give an event its number, keep it for a resume, and send it if somebody is connected."""
        self.sequence += 1
        payload = dump({"op": DISPATCH, "s": self.sequence, "t": name, "d": data})
        self.replay.append((self.sequence, payload))
        if self.connection is not None:
            self.connection.send(payload)

    def has_since(self, sequence: int) -> bool:
        """Tell whether every event after `sequence` is still kept."""
        if not 0 <= sequence <= self.sequence:
            return False
        # Only so many events are kept: whoever missed more has to begin anew.
        return sequence == self.sequence or (bool(self.replay) and self.replay[0][0] <= sequence + 1)

    def is_for(self, guild_id: int | None) -> bool:
        """Tell whether this session's shard serves a guild (None: direct messages, which are shard 0's)."""
        shard, count = self.shard
        return shard == (0 if guild_id is None else (guild_id >> 22) % count)


class Connection:
    """One WebSocket; everything to send waits in a queue, which its own task works off."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, *, compress: bool) -> None:
        self.socket = socket
        self._request = request
        self.session: Session | None = None
        self._queue: asyncio.Queue[str | Close] = asyncio.Queue(MAX_WAITING)
        self._deflate = zlib.compressobj() if compress else None
        self._received: deque[float] = deque()

    def send(self, payload: str | Close) -> None:
        """Put a payload into the queue; a client that never reads loses its connection, not its session."""
        try:
            self._queue.put_nowait(payload)
        except asyncio.QueueFull:
            self.detach()

    def detach(self) -> None:
        """Part from the session, which waits to be resumed."""
        if self.session is not None and self.session.connection is self:
            self.session.connection = None

    def cut(self) -> None:
        """Break the connection without a word, as a lost network does."""
        cut(self._request, reset=True)

    async def pump(self) -> None:
        """Send what comes into the queue until it says to close."""
        while isinstance(payload := await self._queue.get(), str):
            if self._deflate is None:
                await self.socket.send_str(payload)
            else:
                # One stream for the whole connection; each payload ends in a flush, by which the client knows its end.
                data = self._deflate.compress(payload.encode("utf-8", "surrogatepass"))
                await self.socket.send_bytes(data + self._deflate.flush(zlib.Z_SYNC_FLUSH))
        await self.socket.close(code=payload.code, message=payload.reason.encode())

    def count_received(self) -> None:
        """Refuse a client that sends more than 120 payloads in a minute."""
        now = time.monotonic()
        self._received.append(now)
        while self._received[0] < now - 60:
            self._received.popleft()
        if len(self._received) > SENDS_PER_MINUTE:
            raise GatewayError(4008, "You are being rate limited.")


def dump(payload: Json) -> str:
    """Return a payload as it is sent."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))

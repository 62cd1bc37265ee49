"""What all parts of the server share: the state, the limits, the faults and the record of requests."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from sandbox.faults import Faults
from sandbox.gateway.gateway import Gateway
from sandbox.interactions import Interactions
from sandbox.rules.openapi import OpenApiChecks
from sandbox.rules.rate_limit import RateLimiter
from sandbox.values import Json, iso
from sandbox.world.messages import Messages
from sandbox.world.state import World

LOG_ENTRIES = 5000


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request to the REST interface; status 0 means that no answer was given."""

    at: float
    method: str
    path: str
    status: int
    code: int | None
    fault: str | None

    def to_json(self) -> Json:
        """Return the entry for the control interface."""
        return {
            "at": iso(self.at),
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "code": self.code,
            "fault": self.fault,
        }


class RequestLog:
    """The newest requests, and a count of all by status."""

    def __init__(self) -> None:
        self.entries: deque[LogEntry] = deque(maxlen=LOG_ENTRIES)
        self.by_status: Counter[int] = Counter()
        self.by_fault: Counter[str] = Counter()
        self.under_way = 0  # requests that have come in, perhaps of a client that is gone, and are not answered yet

    def add(self, entry: LogEntry) -> None:
        """Record one request."""
        self.entries.append(entry)
        self.by_status[entry.status] += 1
        if entry.fault is not None:
            self.by_fault[entry.fault] += 1

    def invalid(self) -> int:
        """Return how many requests count towards Discord's ban of clients that send invalid ones (401, 403, 429)."""
        return sum(self.by_status[status] for status in (401, 403, 429))


@dataclass(slots=True)
class Core:
    """The server's insides; `url` is where it listens ("http://127.0.0.1:PORT")."""

    token: str
    world: World
    messages: Messages
    limiter: RateLimiter
    faults: Faults
    gateway: Gateway
    interactions: Interactions
    openapi: OpenApiChecks | None = None
    log: RequestLog = field(default_factory=RequestLog)
    url: str = ""

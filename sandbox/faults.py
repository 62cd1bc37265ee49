"""Faults that the server plays on purpose: lost answers, broken connections, errors, stalls, refusals for rate.

A fault belongs to the requests whose `METHOD /path` its pattern matches; what it does may come before the request has
its effect or after. All chance comes from one seeded generator, so that a run can be repeated.
"""

from __future__ import annotations

import fnmatch
import random
import socket
import struct
from dataclasses import dataclass, fields
from typing import Any, Literal

from aiohttp import web

from sandbox.values import Json

Kind = Literal["lost", "reset", "status", "rate_limit", "stall"]
KINDS: tuple[Kind, ...] = ("lost", "reset", "status", "rate_limit", "stall")


@dataclass(slots=True)
class Fault:
    """One fault.

    `kind`: "lost" ends the connection without an answer, "reset" breaks it (errno 104), "status" answers `status`
    (with Discord's own error `code`, if one is given),
    "rate_limit" answers 429 (with `is_global` for all routes), "stall" waits `seconds` and goes on.
    `route` is a pattern such as "POST /channels/*/messages". `after` plays it when the request has had its effect.
    `count` is how often it is played (None: without end), `skip` how many matching requests pass before,
    `probability` how likely each one is hit. `seconds` is also what a 429 asks to wait.
    """

    kind: Kind
    route: str = "*"
    after: bool = False
    status: int = 500
    code: int = 0
    count: int | None = 1
    skip: int = 0
    probability: float = 1.0
    seconds: float = 1.0
    is_global: bool = False
    played: int = 0

    def to_json(self) -> Json:
        """Return all of it as JSON."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class Faults:
    """The faults in force."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - chance for tests, not for secrets
        self._faults: list[Fault] = []

    def seed(self, seed: int) -> None:
        """Start the chance of all faults anew."""
        self._random.seed(seed)

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force; the one added first is asked first."""
        self._faults.append(fault)
        return fault

    def add_json(self, body: Json) -> Fault:
        """Put the fault that `body` describes in force; raise ValueError for one that cannot be."""
        known: dict[str, type[Any] | tuple[type[Any], ...]] = {
            "kind": str,
            "route": str,
            "after": bool,
            "status": int,
            "code": int,
            "count": (int, type(None)),
            "skip": int,
            "probability": (int, float),
            "seconds": (int, float),
            "is_global": bool,
        }
        for key, value in body.items():
            if key not in known or not isinstance(value, known[key]):
                raise ValueError(f"{key}: {value!r} is nothing that a fault can have")
        if body.get("kind") not in KINDS:
            raise ValueError(f"kind: must be one of {', '.join(KINDS)}")
        return self.add(Fault(**body))

    def clear(self) -> None:
        """End all faults."""
        self._faults.clear()

    def listing(self) -> list[Fault]:
        """Return the faults that may still be played."""
        return [fault for fault in self._faults if fault.count is None or fault.played < fault.count]

    def next(self, request: str) -> Fault | None:
        """Return the fault to play on `request` ("METHOD /path"), counted as played."""
        for fault in self.listing():
            if not fnmatch.fnmatchcase(request, fault.route):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if self._random.random() < fault.probability:
                fault.played += 1
                return fault
        return None


def cut(request: web.Request, *, reset: bool) -> None:
    """End the request's connection at once: quietly, or so that the other side sees it reset."""
    transport = request.transport
    if transport is None:
        return
    if reset and (connection := transport.get_extra_info("socket")) is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()

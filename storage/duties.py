"""Duties: what only one of several processes on one database does at a time, such as posting to the servers of a shard.

A process holds a duty by a row (`postgres/membership.py`). Work for it runs within `acting_for`, so that each
transaction and each request of that work can be refused once another process has taken the duty over.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from errors import StorageError

ALERTS = "alerts"
FREED = "duties"  # what a process announces that gave one back


class DutyLostError(StorageError):
    """Another process may have taken over what a transaction was for; it wrote nothing."""


_duty = ContextVar("duty", default="")


@contextmanager
def acting_for(duty: str) -> Generator[None]:
    """Let the transactions and requests within the block count only while this process holds the duty."""
    token = _duty.set(duty)
    try:
        yield
    finally:
        _duty.reset(token)


def current_duty() -> str:
    """Return the duty that the running task works for; "" if it works for none."""
    return _duty.get()


def newsletter_duty(name: str) -> str:
    """Return the duty of looking at a newsletter's source and planning what it publishes."""
    return f"newsletter:{name}"


def shard_duty(shard: int) -> str:
    """Return the duty of posting to the servers of a shard and answering people there."""
    return f"shard:{shard}"

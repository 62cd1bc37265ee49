"""Duties: work that only one of several processes on a database does at a time, such as posting to a shard's servers.

A process holds a duty by a row (`postgres/membership.py`). Work for a duty runs in `acting_for`, so that its
transactions and requests are refused once another process has taken the duty over.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from errors import StorageError

ALERTS = "alerts"
FREED = "duties"  # announced by a process that released a duty


class DutyLostError(StorageError):
    """Another process may have taken over the duty of a transaction, which was rolled back."""


_duty = ContextVar("duty", default="")


@contextmanager
def acting_for(duty: str) -> Generator[None]:
    """Restrict transactions and requests in the block to the time that this process holds the duty."""
    token = _duty.set(duty)
    try:
        yield
    finally:
        _duty.reset(token)


def current_duty() -> str:
    """Return the running task's duty; "" if it has none."""
    return _duty.get()


def newsletter_duty(name: str) -> str:
    """Return the duty of polling a newsletter's source and planning its issues."""
    return f"newsletter:{name}"


def shard_duty(shard: int) -> str:
    """Return the duty of posting to a shard's servers and answering interactions there."""
    return f"shard:{shard}"

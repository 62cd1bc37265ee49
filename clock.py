"""The time, passed in wherever a test has to say what it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the time now, with its zone."""
    return dt.datetime.now(dt.UTC)

"""Problems of a running Herald, by part, in words for the operator."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline.watcher import WatchState
from storage.figures import ChannelFigures, NewsletterFigures
from storage.records import State

log = logging.getLogger(__name__)

OVERDUE = dt.timedelta(minutes=2)  # a late poll or reconnection
STUCK = dt.timedelta(minutes=10)  # an open channel that has messages due but gets none
FAILED_POLLS = 3  # polls after which a failing source is a problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem; `name` is the newsletter or channel concerned, else ""."""

    part: str  # discord, database, source, delivery
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.part} {self.name}: {self.text}" if self.name else f"{self.part}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """The state of one newsletter's source."""

    name: str
    is_polling: bool = False
    last_success_at: dt.datetime | None = None
    next_poll_at: dt.datetime | None = None
    consecutive_failures: int = 0
    failing_since: dt.datetime | None = None
    error: str | None = None
    stored: NewsletterFigures | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The content of `bot.py status`. Times are in UTC."""

    version: str
    is_running: bool
    started_at: dt.datetime | None = None
    is_connected: bool | None = None  # None: unknown, because no bot is running
    problems: tuple[Problem, ...] = ()
    sources: tuple[SourceReport, ...] = ()
    channels: tuple[ChannelFigures, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def is_healthy(self) -> bool:
        """Whether a bot is running and has no problems."""
        return self.is_running and not self.problems

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        return {
            "version": self.version,
            "running": self.is_running,
            "healthy": self.is_healthy,
            "started_at": _iso(self.started_at),
            "connected": self.is_connected,
            "problems": [asdict(problem) for problem in self.problems],
            "newsletters": [_source_json(one) for one in self.sources],
            "channels": [_channel_json(one) for one in self.channels],
            "notes": list(self.notes),
        }


def _source_json(one: SourceReport) -> dict[str, Any]:
    stored = one.stored or NewsletterFigures(name=one.name)
    return {
        "name": one.name,
        "polling": one.is_polling,
        "last_success_at": _iso(one.last_success_at),
        "next_poll_at": _iso(one.next_poll_at),
        "consecutive_failures": one.consecutive_failures,
        "failing_since": _iso(one.failing_since),
        "error": one.error,
        "issues": stored.issues,
        "items": stored.items,
        "waiting": stored.waiting,
        "held": stored.held,
        "faults": stored.faults,
    }


def _channel_json(one: ChannelFigures) -> dict[str, Any]:
    return {
        "newsletter": one.newsletter,
        "channel": str(one.channel_id),  # ids exceed the integers that JSON parsers represent exactly
        "server": None if one.guild_id is None else str(one.guild_id),
        "layout": one.layout,
        "paused": one.is_paused,
        "waiting_reason": one.waiting_reason,
        **{state.value: one.in_state(state) for state in (State.PENDING, State.SENDING, State.FAILED)},
        "due": one.owed.get((State.PENDING.value, "due"), 0),
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def source_problem(name: str, state: WatchState, poll: dt.timedelta, now: dt.datetime) -> Problem | None:
    """Return the problem of a newsletter's source, if it keeps failing or is not polled any more, else None."""
    # A poll or two may fail when a forge restarts or the network drops; that needs nobody's attention.
    if state.failing_since is not None and now - state.failing_since > FAILED_POLLS * poll:
        since = lasted(state.failing_since, now)
        return Problem(part="source", name=name, text=f"polls have failed for {since}: {state.error or 'unknown'}")
    if not state.is_looking and state.next_look_at is not None and now - state.next_look_at > OVERDUE:
        return Problem(part="source", name=name, text=f"no poll for {lasted(state.next_look_at, now)}")
    return None


class Stalls:
    """Finds open channels that have messages due but got none for `STUCK`.

    A long queue that moves is not a fault: at Discord's rate limits, thousands of messages take hours.
    """

    def __init__(self) -> None:
        self._owing_since: dict[int, dt.datetime] = {}

    def owing(self, channels: Iterable[ChannelFigures], now: dt.datetime) -> list[int]:
        """Return the channels that seem to have been stuck for too long; the caller checks whether they moved."""
        owing = {one.channel_id for one in channels if one.is_open and _is_owing(one)}
        # A channel without due messages is dropped, and starts anew when it has some again.
        self._owing_since = {channel: self._owing_since.get(channel, now) for channel in owing}
        return [channel for channel, since in self._owing_since.items() if now - since > STUCK]

    def since(self, channel_id: int) -> dt.datetime:
        """Return since when the channel has had messages due without moving."""
        return self._owing_since[channel_id]

    def moved(self, channel_id: int, now: dt.datetime) -> None:
        """Restart the timer of a channel that has moved."""
        self._owing_since[channel_id] = now


def _is_owing(one: ChannelFigures) -> bool:
    return bool(one.owed.get((State.PENDING.value, "due"), 0) or one.in_state(State.SENDING))


def stall_problems(
    stalled: Mapping[int, dt.datetime], channels: Iterable[ChannelFigures], now: dt.datetime
) -> list[Problem]:
    """Return a problem for each stuck channel; `stalled` maps it to the time since when."""
    found: list[Problem] = []
    for one in channels:
        if one.is_open and one.channel_id in stalled and _is_owing(one):
            due = one.in_state(State.PENDING) + one.in_state(State.SENDING)
            for_long = lasted(stalled[one.channel_id], now)
            text = f"{due:,} due for channel {one.channel_id}, and nothing was posted for {for_long}"
            found.append(Problem(part="delivery", name=one.newsletter, text=text))
    return found


def lasted(moment: dt.datetime, now: dt.datetime) -> str:
    """Return how long ago `moment` was: `3 h 5 min`."""
    minutes = int((now - moment).total_seconds() // 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)[:20] or "less than a minute"

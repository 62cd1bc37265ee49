"""Sharing of polls between processes: only one polls a newsletter, any may request a poll."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from clock import is_set_within
from errors import StorageError
from logs import incident
from pipeline.watcher import Watcher, WatchState
from storage.database import Database
from storage.duties import FREED, newsletter_duty
from storage.looks import Looks

log = logging.getLogger(__name__)

POLL_S = 5.0  # between checks for results and requests of other processes
_ANSWER_S = 0.5  # between checks while waiting for another process's poll
_TIMES = ("last_look_at", "next_look_at", "failing_since")
_TOLD = (*_TIMES, "error", "failures", "failed_polls")


class Peers:
    """Synchronises the watchers of one process with those of the others."""

    def __init__(self, db: Database, watchers: Mapping[str, Watcher]) -> None:
        self._db = db
        self._looks = Looks(db)
        self._watchers = watchers
        self._to_ask: set[str] = set()
        self._is_asked = asyncio.Event()
        self._freed = asyncio.Event()  # replaced each time it is set
        self._asked: dict[str, str] = {}  # newsletter -> token of the last request seen by a poll of this process

    async def turn(self, newsletter: str) -> None:
        """Wait until this process holds the duty of polling the newsletter."""
        state = self._watchers[newsletter].state
        freed = self._freed  # read before `take`, during which it may be set
        while not await self._db.take(newsletter_duty(newsletter)):
            state.is_looking = False
            await is_set_within(freed, POLL_S)
            freed = self._freed
        state.is_looking = True
        if (token := (await self._looks.wanted()).get(newsletter)) is not None:
            self._asked[newsletter] = token

    def others_left(self) -> None:
        """Try to take duties that another process released."""
        self._freed.set()
        self._freed = asyncio.Event()

    async def leave(self) -> None:
        """Release all polling duties. Raises StorageError if the database is unavailable."""
        for name in self._watchers:
            if not self.is_elsewhere(name):
                await self._db.give_back(newsletter_duty(name))
        self._db.announce(FREED)

    async def tell(self, newsletter: str) -> None:
        """Publish the result of this process's poll to the others."""
        if self._db.holds(newsletter_duty(newsletter)):
            told = _told(self._watchers[newsletter].state)
            await self._looks.answer(newsletter, self._asked.get(newsletter, ""), told)

    def is_elsewhere(self, newsletter: str) -> bool:
        """Whether another process polls the newsletter, or none does yet."""
        return not self._db.holds(newsletter_duty(newsletter))

    def ask_soon(self, newsletter: str) -> None:
        """Request a poll from the process that polls the newsletter, without waiting."""
        self._to_ask.add(newsletter)
        self._is_asked.set()

    async def asked(self, newsletter: str) -> WatchState:
        """Request a poll from another process, wait for it and return its state."""
        token = await self._ask(newsletter)
        while not await self._is_answered(newsletter, token):  # noqa: ASYNC110 -- the state is in the database
            await asyncio.sleep(_ANSWER_S)
        await self.step()
        return self._watchers[newsletter].state

    async def _is_answered(self, newsletter: str, token: str) -> bool:
        return (await self._looks.answered()).get(newsletter, {}).get("token") == token

    async def _ask(self, newsletter: str) -> str:
        token = await self._looks.ask(newsletter)
        self._db.announce("look")
        return token

    async def step(self) -> None:
        """Wake watchers whose poll was requested, and apply the results of other processes."""
        wanted, answered = await self._looks.wanted(), await self._looks.answered()
        for name, watcher in self._watchers.items():
            if self.is_elsewhere(name):
                _apply(watcher.state, answered.get(name, {}))
            elif wanted.get(name) not in {None, self._asked.get(name)}:
                watcher.wake()

    async def run(self) -> None:
        """Synchronise until cancelled."""
        while True:
            try:
                self._is_asked.clear()
                for name in sorted(self._to_ask):
                    await self._ask(name)
                    self._to_ask.discard(name)
                await self.step()
            except StorageError as error:
                log.warning('newsletter checks not shared with other processes reason="%s"', error)
            except Exception:  # the loop must survive unexpected errors
                log.exception("newsletter checks not shared with other processes incident=%s", incident())
            await is_set_within(self._is_asked, POLL_S)


def _told(state: WatchState) -> dict[str, Any]:
    told = {key: value for key, value in asdict(state).items() if key in _TOLD}
    return told | {key: told[key].isoformat() for key in _TIMES if told[key] is not None}


def _apply(state: WatchState, told: Mapping[str, Any]) -> None:
    """Copy another process's result into the state, as if this process had polled."""
    for key in _TOLD:
        if key in told:
            value = told[key]
            setattr(state, key, dt.datetime.fromisoformat(value) if key in _TIMES and value else value)

"""Watching with other processes: one at a time looks at a newsletter, any may ask for a look."""

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

POLL_S = 5.0  # between two looks at what other processes did or ask for
_ANSWER_S = 0.5  # while somebody waits for a look of another process
_TIMES = ("last_look_at", "next_look_at", "failing_since")
_TOLD = (*_TIMES, "error", "failures", "failed_polls")


class Peers:
    """Keeps the watchers of one process in step with those of the others."""

    def __init__(self, db: Database, watchers: Mapping[str, Watcher]) -> None:
        self._db = db
        self._looks = Looks(db)
        self._watchers = watchers
        self._to_ask: set[str] = set()
        self._is_asked = asyncio.Event()
        self._freed = asyncio.Event()  # replaced by another one each time that it is set
        self._asked: dict[str, str] = {}  # by newsletter, the last question that a look of this process has seen

    async def turn(self, newsletter: str) -> None:
        """Return once no other process looks at the newsletter; this one does from now on."""
        state = self._watchers[newsletter].state
        freed = self._freed  # before the question: it may be set while that is answered
        while not await self._db.take(newsletter_duty(newsletter)):
            state.is_looking = False
            await is_set_within(freed, POLL_S)
            freed = self._freed
        state.is_looking = True
        if (token := (await self._looks.wanted()).get(newsletter)) is not None:
            self._asked[newsletter] = token

    def others_left(self) -> None:
        """Try to take what another process looked at until now."""
        self._freed.set()
        self._freed = asyncio.Event()

    async def leave(self) -> None:
        """Let other processes look. Raises StorageError if the database is away."""
        for name in self._watchers:
            if not self.is_elsewhere(name):
                await self._db.give_back(newsletter_duty(name))
        self._db.announce(FREED)

    async def tell(self, newsletter: str) -> None:
        """Tell the others what came of a look of this process."""
        if self._db.holds(newsletter_duty(newsletter)):
            told = _told(self._watchers[newsletter].state)
            await self._looks.answer(newsletter, self._asked.get(newsletter, ""), told)

    def is_elsewhere(self, newsletter: str) -> bool:
        """Whether another process looks at the newsletter, or none does yet."""
        return not self._db.holds(newsletter_duty(newsletter))

    def ask_soon(self, newsletter: str) -> None:
        """Ask whoever looks at the newsletter to do that now."""
        self._to_ask.add(newsletter)
        self._is_asked.set()

    async def asked(self, newsletter: str) -> WatchState:
        """Wait for a look of another process that begins from now on, and return its state."""
        token = await self._ask(newsletter)
        while not await self._is_answered(newsletter, token):  # noqa: ASYNC110 -- it stands in the server
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
        """Take the looks that others ask for, and know what came of theirs."""
        wanted, answered = await self._looks.wanted(), await self._looks.answered()
        for name, watcher in self._watchers.items():
            if self.is_elsewhere(name):
                _apply(watcher.state, answered.get(name, {}))
            elif wanted.get(name) not in {None, self._asked.get(name)}:
                watcher.wake()

    async def run(self) -> None:
        """Stay in step until cancelled."""
        while True:
            try:
                self._is_asked.clear()
                for name in sorted(self._to_ask):
                    await self._ask(name)
                    self._to_ask.discard(name)
                await self.step()
            except StorageError as error:
                log.warning('newsletter checks not shared with other processes reason="%s"', error)
            except Exception:  # the loop must outlive what nobody thought of
                log.exception("newsletter checks not shared with other processes incident=%s", incident())
            await is_set_within(self._is_asked, POLL_S)


def _told(state: WatchState) -> dict[str, Any]:
    told = {key: value for key, value in asdict(state).items() if key in _TOLD}
    return told | {key: told[key].isoformat() for key in _TIMES if told[key] is not None}


def _apply(state: WatchState, told: Mapping[str, Any]) -> None:
    """Show what another process found as if this one had looked."""
    for key in _TOLD:
        if key in told:
            value = told[key]
            setattr(state, key, dt.datetime.fromisoformat(value) if key in _TIMES and value else value)

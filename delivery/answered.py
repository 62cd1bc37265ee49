"""Interactions that this process began to answer, so that a process that takes over answers none again."""

from __future__ import annotations

import asyncio
import time
from typing import Any

KEPT_S = 5.0  # longer than the 3 s that Discord allows for an answer


class Answered:
    """Remembers interactions for `KEPT_S`, and the tasks that answer them until they end."""

    def __init__(self) -> None:
        self._begun: dict[int, tuple[str, float]] = {}  # interaction -> the duty of its server, time.monotonic()
        self._tasks: set[asyncio.Task[Any]] = set()

    def __contains__(self, interaction_id: int) -> bool:
        return interaction_id in self._begun

    def begin(self, interaction_id: int, duty: str) -> None:
        """Record that the running task answers the interaction."""
        now_s = time.monotonic()
        self._begun = {key: value for key, value in self._begun.items() if now_s - value[1] < KEPT_S}
        self._begun[interaction_id] = (duty, now_s)
        if (task := asyncio.current_task()) is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def lately(self, duty: str) -> list[int]:
        """Return the recent interactions of a duty, which another process may still be waiting to answer."""
        since_s = time.monotonic() - KEPT_S
        return [key for key, (its_duty, begun_s) in self._begun.items() if its_duty == duty and begun_s > since_s]

    async def ended(self) -> None:
        """Wait for all running answers."""
        while self._tasks:
            await asyncio.wait(self._tasks)

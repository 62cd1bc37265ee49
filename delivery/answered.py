"""Interactions that this process began to answer, so that a process that takes over answers none of them twice."""

from __future__ import annotations

import asyncio
import time
from typing import Any

KEPT_S = 5.0  # longer than Discord lets anybody answer


class Answered:
    """Remembers each for a few seconds, and the tasks that answer until they end."""

    def __init__(self) -> None:
        self._begun: dict[int, tuple[str, float]] = {}  # interaction -> the duty of its server, when
        self._tasks: set[asyncio.Task[Any]] = set()

    def __contains__(self, interaction_id: int) -> bool:
        return interaction_id in self._begun

    def begin(self, interaction_id: int, duty: str) -> None:
        """Note that the running task answers it."""
        now_s = time.monotonic()
        self._begun = {key: value for key, value in self._begun.items() if now_s - value[1] < KEPT_S}
        self._begun[interaction_id] = (duty, now_s)
        if (task := asyncio.current_task()) is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def lately(self, duty: str) -> list[int]:
        """Return those of a duty that another process may still be holding back."""
        since_s = time.monotonic() - KEPT_S
        return [key for key, (its_duty, begun_s) in self._begun.items() if its_duty == duty and begun_s > since_s]

    async def ended(self) -> None:
        """Wait until all answers that were begun have ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

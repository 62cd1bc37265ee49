"""Whoever asks at the same moment is told to wait before anybody's search begins."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from app.incidents import Interaction
from cogs import _first_answers
from cogs._first_answers import FirstAnswers


class Asked:
    """An interaction whose first answer takes until it is let go."""

    def __init__(self, fails: bool = False) -> None:
        self.response = self
        self.taken = asyncio.Event()
        self.fails = fails

    async def defer(self, **options: Any) -> None:
        del options
        await self.taken.wait()
        if self.fails:
            raise ConnectionResetError


def begun(first: FirstAnswers, asked: Asked) -> asyncio.Task[None]:
    return asyncio.create_task(first.defer(cast("Interaction", asked)))


async def test_work_begins_when_all_were_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_first_answers, "LIMIT_S", 60.0)
    first, one, other = FirstAnswers(), Asked(), Asked(fails=True)
    tasks = [begun(first, one), begun(first, other)]
    await asyncio.sleep(0)  # both have begun
    one.taken.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not tasks[0].done()
    other.taken.set()
    await tasks[0]
    with pytest.raises(ConnectionResetError):
        await tasks[1]


async def test_nobody_waits_long_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_first_answers, "LIMIT_S", 0.01)
    first, one, other = FirstAnswers(), Asked(), Asked()
    tasks = [begun(first, one), begun(first, other)]
    await asyncio.sleep(0)
    one.taken.set()
    await tasks[0]
    assert not tasks[1].done()
    other.taken.set()
    await tasks[1]

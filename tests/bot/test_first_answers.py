"""An answer that is there soon is the first one; others are announced, all of them before anybody's search begins."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import discord
import pytest

from app.incidents import Interaction
from cogs import _first_answers
from cogs._first_answers import FEW, FirstAnswers, reply

EMBED = discord.Embed(title="Kites")


class Asked:
    """An interaction whose acknowledgement takes until it is let go; `heard` is how it was answered."""

    def __init__(self, fails: bool = False) -> None:
        self.response = self.followup = self.client = self
        self.taken = asyncio.Event()
        self.fails = fails
        self.heard: list[str] = []

    def is_done(self) -> bool:
        return "announced" in self.heard

    async def defer(self, **options: Any) -> None:
        del options
        await self.taken.wait()
        if self.fails:
            raise ConnectionResetError
        self.heard.append("announced")

    async def send_message(self, *given: Any, **options: Any) -> None:
        del given, options
        self.heard.append("answered at once")

    async def send(self, *given: Any, **options: Any) -> None:
        del given, options
        self.heard.append("answered later")

    def answered(self, interaction: object) -> None:
        assert interaction is self
        self.heard.append("noted")


def seen(asked: Asked) -> Interaction:
    return cast("Interaction", asked)


def begun(first: FirstAnswers, asked: Asked) -> asyncio.Task[None]:
    return asyncio.create_task(first.defer(seen(asked)))


async def answered(first: FirstAnswers, asked: Asked, work: asyncio.Event) -> list[str]:
    async with first.soon(seen(asked)):
        await work.wait()
    await reply(seen(asked), embed=EMBED)
    return asked.heard


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_is_there_soon_is_not_announced() -> None:
    asked, work = Asked(), asyncio.Event()
    work.set()
    assert await answered(FirstAnswers(), asked, work) == ["answered at once", "noted"]


async def test_what_takes_longer_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_first_answers, "SOON_S", 0.0)
    asked, work = Asked(), asyncio.Event()
    answering = asyncio.create_task(answered(FirstAnswers(), asked, work))
    await turns()
    work.set()  # while the announcement is on its way
    await turns()
    assert asked.heard == []
    asked.taken.set()
    assert await answering == ["announced", "answered later"]


async def test_a_fault_is_raised_once_the_announcement_is_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_first_answers, "SOON_S", 0.0)
    asked = Asked(fails=True)
    asked.taken.set()

    async def working(fault: type[Exception] | None) -> None:
        async with FirstAnswers().soon(seen(asked)):
            await turns()
            if fault is not None:
                raise fault

    with pytest.raises(LookupError):
        await working(LookupError)
    with pytest.raises(ConnectionResetError):
        await working(None)


async def test_of_many_at_once_all_are_announced_before_they_begin() -> None:
    first, work = FirstAnswers(), asyncio.Event()
    few, more = [Asked() for _ in range(FEW)], Asked()
    answering = [asyncio.create_task(answered(first, asked, work)) for asked in few]
    await turns()
    assert not any(asked.heard for asked in few)
    answering.append(asyncio.create_task(answered(first, more, work)))
    for asked in [*few, more]:
        asked.taken.set()
    await turns()
    work.set()
    assert [await one for one in answering] == [["announced", "answered later"]] * (FEW + 1)
    last = Asked()
    assert await answered(first, last, work) == ["answered at once", "noted"]


async def test_work_begins_when_all_were_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_first_answers, "LIMIT_S", 60.0)
    first, one, other = FirstAnswers(), Asked(), Asked(fails=True)
    tasks = [begun(first, one), begun(first, other)]
    await asyncio.sleep(0)  # both have begun
    one.taken.set()
    await turns()
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

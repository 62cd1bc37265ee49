"""Channels are worked off side by side; one that is blocked, slow or broken delays no other."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest

from delivery import dispatcher as module
from delivery.dispatcher import Blocked, Dispatcher, Unanswered


class Channels:
    """What is owed to pretended channels: numbers are delivered, exceptions raised, events waited for."""

    def __init__(self, **owed: list[int | Exception | asyncio.Event]) -> None:
        self.owed = {int(name[1:]): steps for name, steps in owed.items()}
        self.done: dict[int, list[int]] = defaultdict(list)
        self.reasons: dict[int, str] = {}
        self.changed = asyncio.Condition()

    async def due_channels(self) -> list[int]:
        return [channel for channel, steps in self.owed.items() if steps and channel not in self.reasons]

    async def next_due_s(self) -> float | None:
        return None

    async def step(self, channel_id: int) -> bool:
        if not self.owed[channel_id]:
            return False
        step = self.owed[channel_id][0]
        if isinstance(step, asyncio.Event):
            await step.wait()
        self.owed[channel_id].pop(0)
        if isinstance(step, Exception):
            raise step
        if isinstance(step, int):
            async with self.changed:
                self.done[channel_id].append(step)
                self.changed.notify_all()
        return True

    async def blocked(self, channel_id: int, reason: str) -> None:
        async with self.changed:
            self.reasons[channel_id] = reason
            self.changed.notify_all()

    async def unblock(self, channel_id: int | None) -> None:
        for blocked in [channel_id] if channel_id is not None else list(self.reasons):
            self.reasons.pop(blocked, None)

    async def until(self, channel_id: int, done: list[int]) -> None:
        async with self.changed, asyncio.timeout(10):
            await self.changed.wait_for(lambda: self.done[channel_id] == done)


@pytest.fixture
async def started(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Dispatcher]]:
    monkeypatch.setattr(module, "FIRST_DELAY_S", 0.0)
    monkeypatch.setattr(module, "ALL_AT_ONCE_S", 0.2)
    dispatchers: list[Dispatcher] = []
    yield dispatchers
    for dispatcher in dispatchers:
        await dispatcher.stop()


def start(started: list[Dispatcher], channels: Channels, probe_s: float = 600) -> Dispatcher:
    dispatcher = Dispatcher(channels, probe_s=probe_s)
    started.append(dispatcher)
    dispatcher.start()
    return dispatcher


async def test_a_channel_is_worked_off_in_order(started: list[Dispatcher]) -> None:
    channels = Channels(c1=[1, 2, 3])
    start(started, channels)
    await channels.until(1, [1, 2, 3])


class Postponed(Channels):
    """Something is due in a moment, and when that is asked again its moment has come; a worker ends in between."""

    looks = 0

    async def due_channels(self) -> list[int]:
        self.looks += 1
        return [1] if self.looks == 1 else await super().due_channels()  # if nothing is to be done any more

    async def next_due_s(self) -> float | None:
        return 0.2 if not self.looks else None


async def test_what_was_put_off_is_looked_for_also_when_a_worker_ends_just_before(started: list[Dispatcher]) -> None:
    channels = Postponed(c1=[], c2=[1])
    start(started, channels)
    await channels.until(2, [1])


async def test_what_becomes_due_later_is_taken_up_when_woken(started: list[Dispatcher]) -> None:
    channels = Channels(c1=[1])
    dispatcher = start(started, channels)
    await channels.until(1, [1])
    channels.owed[1].append(2)
    dispatcher.wake()
    await channels.until(1, [1, 2])


async def test_a_slow_channel_delays_no_other(started: list[Dispatcher]) -> None:
    channels = Channels(c1=[asyncio.Event(), 1], c2=[1, 2])
    start(started, channels)
    await channels.until(2, [1, 2])
    assert channels.done[1] == []


async def test_no_answer_and_a_bug_are_tried_again(started: list[Dispatcher]) -> None:
    channels = Channels(c1=[Unanswered("lost"), 1, ValueError("a bug"), 2])
    start(started, channels)
    await channels.until(1, [1, 2])


async def test_a_blocked_channel_waits_until_it_is_mended(started: list[Dispatcher]) -> None:
    channels = Channels(c1=[Blocked("no permission"), 1], c2=[1])
    dispatcher = start(started, channels)
    async with channels.changed:
        await channels.changed.wait_for(lambda: channels.reasons == {1: "no permission"})
    await channels.until(2, [1])
    assert channels.done[1] == []
    await dispatcher.mended(1)
    await channels.until(1, [1])


async def test_a_blocked_channel_is_probed_although_nobody_says_that_it_is_mended(started: list[Dispatcher]) -> None:
    channels = Channels(c1=[Blocked("no permission"), 1])
    start(started, channels, probe_s=0.01)
    await channels.until(1, [1])


async def test_stopping_lets_what_is_under_way_end_and_takes_up_nothing_more() -> None:
    under_way = asyncio.Event()
    channels = Channels(c1=[under_way, 2])
    dispatcher = Dispatcher(channels)
    dispatcher.start()
    await asyncio.sleep(0)  # the supervisor employs a worker,
    await asyncio.sleep(0)  # which waits for its request
    stopping = asyncio.create_task(dispatcher.stop())
    under_way.set()
    await stopping
    assert channels.done[1] == []
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith(("channel", "dispatcher"))]

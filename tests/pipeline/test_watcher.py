"""A newsletter is looked at for good: on time, when woken, never twice at once, whatever fails."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

import pytest

from errors import SourceError, StorageError
from pipeline.watcher import LONGEST_PAUSE, Watcher

HOUR = dt.timedelta(hours=1)
NOW = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)


class Looks:
    """A look whose results a test lays out; without any left it finds nothing."""

    def __init__(self, *results: Exception | dt.datetime | None) -> None:
        self.results = list(results)
        self.count = self.at_once = self.most_at_once = 0

    async def __call__(self) -> dt.datetime | None:
        self.count += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        result = self.results.pop(0) if self.results else None
        if isinstance(result, Exception):
            raise result
        return result


async def watched(looks: Looks, times: int, poll: dt.timedelta = HOUR) -> Watcher:
    """A watcher after `times` looks, each of them asked for, and its task ended."""
    watcher = Watcher("Tech", poll, looks, clock=lambda: NOW)
    task = asyncio.create_task(watcher.run())
    for _ in range(times):
        await watcher.look_now()
    task.cancel()
    await asyncio.wait([task])
    return watcher


async def test_it_looks_at_once_and_when_woken() -> None:
    looks = Looks()
    watcher = await watched(looks, 3)
    assert looks.count == 3
    assert watcher.state.last_look_at == NOW
    assert watcher.state.error is None


async def test_many_wakes_never_look_twice_at_once() -> None:
    looks = Looks()
    watcher = Watcher("Tech", HOUR, looks)
    task = asyncio.create_task(watcher.run())
    await asyncio.gather(*(watcher.look_now() for _ in range(20)))
    task.cancel()
    await asyncio.wait([task])
    assert looks.most_at_once == 1
    assert looks.count <= 3


async def test_a_source_in_trouble_is_reported_once_and_recovers(caplog: pytest.LogCaptureFixture) -> None:
    down = SourceError("example.org does not answer")
    with caplog.at_level(logging.INFO):
        watcher = await watched(Looks(down, down, down, None), 4)
    assert [record.message for record in caplog.records] == [
        'poll failed newsletter="Tech" error="example.org does not answer"',
        'poll recovered newsletter="Tech"',
        'source reached newsletter="Tech"',
    ]
    assert (watcher.state.error, watcher.state.failures) == (None, 0)


async def test_a_bug_ends_no_watch(caplog: pytest.LogCaptureFixture) -> None:
    looks = Looks(ValueError("a bug"), None)
    watcher = await watched(looks, 2)
    assert looks.count == 2
    assert watcher.state.error is None
    assert "incident=" in caplog.text


async def test_what_other_processes_cannot_be_told_ends_no_watch(caplog: pytest.LogCaptureFixture) -> None:
    async def looked() -> None:
        raise ValueError("a bug")

    looks = Looks()
    watcher = Watcher("Tech", HOUR, looks, looked=looked)
    task = asyncio.create_task(watcher.run())
    await watcher.look_now()
    await watcher.look_now()
    task.cancel()
    await asyncio.wait([task])
    assert looks.count == 2
    assert "incident=" in caplog.text


async def test_nobody_waits_for_a_watch_that_has_ended() -> None:
    """Neither for the look under way nor for the next one."""
    begun = asyncio.Event()

    async def look() -> None:
        begun.set()
        await asyncio.Event().wait()

    watcher = Watcher("Tech", HOUR, look)
    current = asyncio.create_task(watcher.look_now())
    await asyncio.sleep(0)
    task = asyncio.create_task(watcher.run())
    await begun.wait()
    following = asyncio.create_task(watcher.look_now())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    for waiting in (current, following):
        with pytest.raises(TimeoutError, match="watching has ended"):
            async with asyncio.timeout(5):
                await waiting


async def test_pauses_grow_with_failures_up_to_an_hour() -> None:
    watcher = Watcher("Tech", dt.timedelta(minutes=5), Looks(), clock=lambda: NOW)
    pauses: list[float] = []
    for failures in range(9):
        watcher.state.failures = failures
        pauses.append(watcher._pause_s(None) / 60)
    assert pauses[0] == pytest.approx(5, rel=0.11)
    assert pauses[1] == pytest.approx(5, rel=0.11)
    assert pauses[3] == pytest.approx(20, rel=0.11)
    assert pauses[8] == pytest.approx(LONGEST_PAUSE.total_seconds() / 60, rel=0.11)


async def test_pauses_do_not_grow_while_nothing_can_be_stored() -> None:
    full = StorageError("the disk is full")
    watcher = await watched(Looks(full, full, full), 3, dt.timedelta(minutes=5))
    assert watcher.state.failures == 3
    assert watcher._pause_s(None) / 60 == pytest.approx(5, rel=0.11)
    watcher = await watched(Looks(full, SourceError("away"), SourceError("away")), 3, dt.timedelta(minutes=5))
    assert watcher._pause_s(None) / 60 == pytest.approx(20, rel=0.11)


async def test_the_next_look_is_when_the_first_waiting_issue_is_due() -> None:
    watcher = Watcher("Tech", HOUR, Looks(), clock=lambda: NOW)
    assert watcher._pause_s(NOW + dt.timedelta(seconds=90)) == 90
    assert watcher._pause_s(NOW - dt.timedelta(seconds=90)) == 0.05
    assert watcher._pause_s(NOW + 2 * HOUR) == pytest.approx(3_600, rel=0.11)


async def test_the_poll_goes_on_by_itself() -> None:
    seen = asyncio.Event()
    looks = Looks()

    async def look() -> dt.datetime | None:
        if looks.count == 3:
            seen.set()
        return await looks()

    task = asyncio.create_task(Watcher("Tech", dt.timedelta(milliseconds=1), look).run())
    await seen.wait()
    task.cancel()
    await asyncio.wait([task])

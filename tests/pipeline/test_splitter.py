"""Files are read in a process of their own, and a hostile one costs only itself."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import BrokenExecutor

import psutil
import pytest

from digest.model import Issue, ReadOptions
from pipeline.splitter import Outcome, Splitter, limited, split_batch

Files = Sequence[tuple[str, bytes]]


def pretend(files: Files, options: ReadOptions, limit_s: float) -> list[Outcome]:
    """In the worker: what the bytes say is done instead of reading them."""
    outcomes: list[Outcome] = []
    for path, data in files:
        if data == b"crash":
            os._exit(3)
        if data == b"hang":
            with limited(limit_s):
                while True:
                    pass  # the timer's signal is what ends it
        if data == b"fail":
            outcomes.append(Outcome(path, fault="Herald fails on it", trace="IndexError: no such rule\n"))
            continue
        if data == b"wait":
            with limited(limit_s):
                time.sleep(2 * limit_s)  # as on a machine whose processor others have
        outcomes.append(Outcome(path, (Issue(path=path, title=f"{data.decode()} by {os.getpid()}"),)))
    return outcomes


class Panic(BaseException):
    """What a library that is written in Rust raises, where it did not expect that memory ends."""


def panic(files: Files, options: ReadOptions, limit_s: float) -> list[Outcome]:
    """In the worker: `split_batch` with a reader that panics on one of the files."""

    def read(data: bytes, path: str, options: ReadOptions) -> tuple[Issue, ...]:
        del options
        if data == b"panic":
            raise Panic
        return (Issue(path=path, title=data.decode()),)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("digest.reading.read_issues", read)
        return split_batch(files, options, limit_s)


@pytest.fixture
async def splitter() -> AsyncIterator[Splitter]:
    splitter = Splitter(work=pretend, file_limit_s=0.3)
    yield splitter
    await splitter.close()


async def test_no_process_exists_before_the_first_file(splitter: Splitter) -> None:
    assert not splitter.is_running


async def test_files_are_read_in_another_process_in_their_order(splitter: Splitter) -> None:
    outcomes = await splitter.split([("b.md", b"two"), ("a.md", b"one")], ReadOptions())
    assert [outcome.path for outcome in outcomes] == ["b.md", "a.md"]
    assert str(os.getpid()) not in outcomes[0].issues[0].title


@pytest.mark.parametrize(
    ("data", "fault"),
    [(b"crash", "reading it crashed the reading process"), (b"hang", "reading it took longer than 0.3 s")],
)
async def test_a_hostile_file_costs_only_itself(splitter: Splitter, data: bytes, fault: str) -> None:
    outcomes = await splitter.split([("a.md", b"a"), ("bad.md", data), ("c.md", b"c")], ReadOptions())
    assert [outcome.fault for outcome in outcomes] == [None, fault, None]
    assert outcomes[2].issues[0].title.startswith("c by")


async def test_a_panic_ends_the_process_and_costs_only_its_file() -> None:
    splitter = Splitter(work=panic)
    try:
        outcomes = await splitter.split([("a.md", b"a"), ("bad.md", b"panic"), ("c.md", b"c")], ReadOptions())
    finally:
        await splitter.close()
    assert [outcome.fault for outcome in outcomes] == [None, "reading it crashed the reading process", None]


async def test_a_rule_that_fails_on_a_file_costs_only_that_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(data: bytes, path: str, options: ReadOptions) -> tuple[Issue, ...]:
        del options
        return (Issue(path=path, title="Ducks"[int(data) :][0]),)

    monkeypatch.setattr("digest.reading.read_issues", read)
    fine, bad, last = split_batch([("a.md", b"0"), ("b.md", b"9"), ("c.md", b"1")], ReadOptions(), 10.0)
    assert fine.issues[0].title == "D"
    assert bad.fault is not None
    assert bad.fault.startswith("Herald failed on it (IndexError in test_splitter.py, line ")
    assert bad.trace.startswith("Traceback (most recent call last):")
    assert last.issues[0].title == "u"


async def test_the_traceback_of_a_rule_that_fails_is_logged(
    splitter: Splitter, caplog: pytest.LogCaptureFixture
) -> None:
    [outcome] = await splitter.split([("b.md", b"fail")], ReadOptions())
    assert outcome.fault == "Herald fails on it"
    assert 'reading failed path="b.md"\nIndexError: no such rule' in caplog.text


async def test_a_file_that_waits_for_the_processor_is_read(splitter: Splitter) -> None:
    [outcome] = await splitter.split([("a.md", b"wait")], ReadOptions())
    assert outcome.fault is None


async def test_closing_ends_the_process_even_while_it_reads() -> None:
    splitter = Splitter(work=pretend, file_limit_s=60)
    await splitter.split([("a.md", b"a")], ReadOptions())
    child = next(p for p in psutil.Process().children() if "spawn_main" in " ".join(p.cmdline()))
    hanging = asyncio.create_task(splitter.split([("bad.md", b"hang")], ReadOptions()))
    await asyncio.sleep(0)
    began = time.monotonic()
    await splitter.close()
    with pytest.raises(BrokenExecutor):
        await hanging
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert time.monotonic() - began < 30  # and not a minute
    await splitter.close()


async def test_nothing_is_split_after_closing() -> None:
    splitter = Splitter(work=pretend)
    await splitter.close()
    with pytest.raises(BrokenExecutor):
        await splitter.split([("a.md", b"a")], ReadOptions())
    assert not splitter.is_running


async def test_an_idle_process_is_ended_and_made_again() -> None:
    splitter = Splitter(work=pretend, idle_s=0.0)
    await splitter.split([("a.md", b"a")], ReadOptions())
    asyncio.get_running_loop().call_later(0, (turned := asyncio.Event()).set)
    await turned.wait()
    assert not splitter.is_running
    assert (await splitter.split([("a.md", b"again")], ReadOptions()))[0].issues
    await splitter.close()

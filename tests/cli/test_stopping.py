"""The connection ends when it is told to, also where discord.py does not hear it the first time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli import run
from cli.run import serve, until
from errors import StorageError


class Connection:
    """A client whose connecting swallows cancellations, as `asyncio.wait_for` may; closing it need not end it."""

    def __init__(self, folder: Path, deaf: int, *, ends_when_closed: bool = False) -> None:
        self.services = SimpleNamespace(
            config=SimpleNamespace(web=SimpleNamespace(enabled=False)),
            db=SimpleNamespace(path=folder / "herald.db", is_shared=False),
        )
        self.is_ingest = False
        self.first_ready = asyncio.Event()
        self.monitor = SimpleNamespace(measure=asyncio.Event().wait)
        self.leaving = SimpleNamespace(run=asyncio.Event().wait)
        self.reloader = None
        self.deaf = deaf
        self.ends_when_closed = ends_when_closed
        self.fails_to_hand_over = False
        self.connecting = asyncio.Event()
        self.closed = asyncio.Event()

    async def serve(self, token: str) -> None:
        assert token == "token"
        self.connecting.set()
        while not (self.ends_when_closed and self.closed.is_set()):
            try:
                await asyncio.sleep(0.05 if self.ends_when_closed else 3600)
            except asyncio.CancelledError:
                if not self.deaf:
                    raise
                self.deaf -= 1

    async def hand_over(self) -> None:
        if self.fails_to_hand_over:
            raise StorageError("the database is gone")

    async def close(self) -> None:
        self.closed.set()


@pytest.fixture(autouse=True)
def nightly(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the bot does at night asks for more of it than this client has."""

    async def wait(herald: object) -> None:
        await asyncio.Event().wait()

    for name in ("_audits", "_prunes"):
        monkeypatch.setattr(run, name, wait)


@pytest.mark.parametrize("deaf", [0, 1, 2])
async def test_a_cancellation_that_got_lost_is_sent_again(tmp_path: Path, deaf: int) -> None:
    connection = Connection(tmp_path, deaf)
    stop = asyncio.Event()
    running = asyncio.create_task(until(stop, serve(cast("Any", connection), "token")))
    await connection.connecting.wait()
    stop.set()
    async with asyncio.timeout(4):
        await running
    assert connection.closed.is_set()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_connection_that_hears_no_cancellation_ends_with_its_client(tmp_path: Path) -> None:
    connection = Connection(tmp_path, 1_000, ends_when_closed=True)
    stop = asyncio.Event()
    running = asyncio.create_task(until(stop, serve(cast("Any", connection), "token")))
    await connection.connecting.wait()
    stop.set()
    async with asyncio.timeout(4):
        await running
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_connection_ends_though_nothing_can_be_handed_over(tmp_path: Path) -> None:
    connection = Connection(tmp_path, 1_000, ends_when_closed=True)
    connection.fails_to_hand_over = True
    stop = asyncio.Event()
    running = asyncio.create_task(until(stop, serve(cast("Any", connection), "token")))
    await connection.connecting.wait()
    stop.set()
    async with asyncio.timeout(4):
        with pytest.raises(StorageError):
            await running
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_fails_within_the_connection_is_raised(tmp_path: Path) -> None:
    connection = Connection(tmp_path, 0)

    async def refused(token: str) -> None:
        raise ValueError(token)

    connection.serve = refused
    with pytest.raises(ValueError, match="token"):
        await until(asyncio.Event(), serve(cast("Any", connection), "token"))
    assert connection.closed.is_set()

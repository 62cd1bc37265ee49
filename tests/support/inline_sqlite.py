"""Connections to SQLite without a thread, for tests about something else.

Waking the thread and being woken by it takes longer than nearly every statement. SQLite, its file and its transactions
are the real ones. The thread is tested in `tests/storage/test_database.py`; a bot in a process of its own has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from storage import sqlite
from storage.sqlite_driver import OneTurnConnection

Order = tuple["asyncio.Future[Any] | None", Callable[[], Any]]


class _AtOnce:
    """Takes the place of the queue to the thread."""

    def put_nowait(self, order: Order) -> None:
        future, work = order
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 -- as aiosqlite does: whoever waits is told
            if future is not None:
                future.set_exception(error)
        else:
            if future is not None:
                future.set_result(result)


class InlineConnection(OneTurnConnection):
    """Executes where it is asked, once everybody else who is ready has had a turn."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._tx: Any = _AtOnce()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._connect().__await__()

    async def in_thread(self, work: Any, *given: Any) -> Any:
        await asyncio.sleep(0)
        return await super().in_thread(work, *given)


@contextmanager
def inline_sqlite() -> Generator[None]:
    """Let the databases that are opened while the block lasts do without threads."""
    with mock.patch.object(sqlite, "OneTurnConnection", InlineConnection):
        yield

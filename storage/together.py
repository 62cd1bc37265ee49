"""Group commit: handling concurrent requests in one transaction, because a commit costs the same for one as for many.

Nothing is delayed to fill a batch: requests that arrive during a transaction, or while it waits for its turn, form the
next batch. A single request gets a transaction immediately.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from errors import StorageError
from storage.duties import current_duty

MOST = 64  # requests in one transaction; the rest wait for the next one

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Ask, Answer]):
    ask: Ask
    answer: asyncio.Future[Answer]
    is_alone: bool = False  # needs a transaction of its own


class Together(Generic[Ask, Answer]):
    """Handles all waiting requests in batches.

    `work` returns answers by index. A request without an answer is repeated alone, and then must be answered. Batches
    never mix requests for different duties (`storage/duties.py`).
    """

    def __init__(
        self,
        begin: Callable[[], AbstractAsyncContextManager[AsyncConnection]],
        work: Callable[[AsyncConnection, Sequence[Ask]], Awaitable[Mapping[int, Answer]]],
    ) -> None:
        self._begin = begin
        self._work = work
        self._lines: dict[str, deque[_Waiting[Ask, Answer]]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}

    async def do(self, ask: Ask) -> Answer:
        """Return the answer once it is committed. Cancelling does not cancel a transaction in progress."""
        duty = current_duty()
        waiting = _Waiting[Ask, Answer](ask, asyncio.get_running_loop().create_future())
        self._lines.setdefault(duty, deque()).append(waiting)
        if duty not in self._workers:
            self._workers[duty] = asyncio.create_task(self._work_off(duty), name=f"together {duty}")
        return await waiting.answer

    async def close(self) -> None:
        """Wait for transactions in progress. Call this after the last `do`."""
        await asyncio.gather(*self._workers.values(), return_exceptions=True)

    async def _work_off(self, duty: str) -> None:
        """Handle the queue of a duty; this task inherited the duty from the task that started it."""
        line = self._lines[duty]
        try:
            while line:
                await self._next(line)
        finally:
            del self._lines[duty], self._workers[duty]
            for one in line:
                one.answer.cancel()

    async def _next(self, line: deque[_Waiting[Ask, Answer]]) -> None:
        taken: list[_Waiting[Ask, Answer]] = []
        answers: Mapping[int, Answer] = {}
        try:
            async with self._begin() as connection:
                taken = _taken(line)  # only now, because more may have arrived while the transaction waited
                if taken:
                    answers = await self._work(connection, [one.ask for one in taken])
        except StorageError as error:  # a database failure affects all requests
            taken = taken or _taken(line)
            _tell(taken, error)
        except Exception as error:  # noqa: BLE001 -- one request may be at fault: repeat each alone
            if len(taken) > 1:
                _put_back(line, taken)
            else:
                _tell(taken or _taken(line), error)
        except BaseException:
            for one in taken:
                one.answer.cancel()
            raise
        else:
            for place, answer in answers.items():
                if not taken[place].answer.done():
                    taken[place].answer.set_result(answer)
            _put_back(line, [one for place, one in enumerate(taken) if place not in answers])


def first_places(numbers: Iterable[int]) -> dict[int, int]:
    """Return the first index of each number."""
    places: dict[int, int] = {}
    for place, number in enumerate(numbers):
        places.setdefault(number, place)
    return places


def _taken(line: deque[_Waiting[Ask, Answer]]) -> list[_Waiting[Ask, Answer]]:
    """Take the next batch from the queue, dropping cancelled requests."""
    taken: list[_Waiting[Ask, Answer]] = []
    while line and len(taken) < MOST and not (taken and (taken[0].is_alone or line[0].is_alone)):
        one = line.popleft()
        if not one.answer.done():
            taken.append(one)
    return taken


def _put_back(line: deque[_Waiting[Ask, Answer]], taken: Sequence[_Waiting[Ask, Answer]]) -> None:
    for one in reversed(taken):
        one.is_alone = True
        line.appendleft(one)


def _tell(taken: Sequence[_Waiting[Ask, Answer]], error: Exception) -> None:
    for one in taken:
        if not one.answer.done():
            one.answer.set_exception(error)

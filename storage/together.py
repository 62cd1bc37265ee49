"""Doing in one transaction what several tasks ask for at the same time: a commit costs the same for one as for many.

Nothing is delayed to fill a transaction: what is asked for while one is under way, or waits for its turn, gathers, and
the next one does it. Whoever asks alone gets a transaction at once.
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

MOST = 64  # asks in one transaction; the others wait for its end

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Ask, Answer]):
    ask: Ask
    answer: asyncio.Future[Answer]
    is_alone: bool = False  # to be done by a transaction of its own


class Together(Generic[Ask, Answer]):
    """Answers what is asked for, as many at a time as there are.

    `work` answers by the place of each in what it is given. What it leaves out is asked again alone, and then it has to
    answer. Work for one duty is never mixed with that for another (`storage/duties.py`).
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
        """Return the answer once it is committed. Cancelling does not end the transaction that is under way for it."""
        duty = current_duty()
        waiting = _Waiting[Ask, Answer](ask, asyncio.get_running_loop().create_future())
        self._lines.setdefault(duty, deque()).append(waiting)
        if duty not in self._workers:
            self._workers[duty] = asyncio.create_task(self._work_off(duty), name=f"together {duty}")
        return await waiting.answer

    async def close(self) -> None:
        """Wait for the transactions that are under way; to be called once nobody asks any more."""
        await asyncio.gather(*self._workers.values(), return_exceptions=True)

    async def _work_off(self, duty: str) -> None:
        """Answer all that is asked for a duty, which this task inherited from the one that began it."""
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
                taken = _taken(line)  # now: more may have come while the transaction waited for its turn
                if taken:
                    answers = await self._work(connection, [one.ask for one in taken])
        except StorageError as error:  # the database's, which all of them would meet
            taken = taken or _taken(line)
            _tell(taken, error)
        except Exception as error:  # noqa: BLE001 -- one of them may be at fault: the others are not to suffer
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
    """Return each number with the place where it stands first."""
    places: dict[int, int] = {}
    for place, number in enumerate(numbers):
        places.setdefault(number, place)
    return places


def _taken(line: deque[_Waiting[Ask, Answer]]) -> list[_Waiting[Ask, Answer]]:
    """Take from the line what one transaction does, leaving out what was cancelled."""
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

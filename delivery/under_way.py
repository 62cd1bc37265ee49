"""Recording a post once, whether Discord's answer or the gateway's echo arrives first."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from clock import Clock
from storage.outbox import Outbox
from storage.records import Action, Delivery

_REMEMBERED = 2_000  # marks whose echo needs no second record


@dataclass(slots=True)
class Request:
    """A request that is out; `content_hash` is None if an earlier one may have made the message."""

    delivery: Delivery
    content_hash: str | None
    message_id: int | None = None  # of the post, once it is recorded
    recording: asyncio.Lock = field(default_factory=asyncio.Lock)


class UnderWay:
    """The requests of one courier that are out, and the marks of what it recorded lately."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._requests: dict[str, Request] = {}
        self._recorded: OrderedDict[str, None] = OrderedDict()

    @contextmanager
    def request(self, delivery: Delivery, content_hash: str | None) -> Generator[Request]:
        """Let an echo within the block record the post of a delivery."""
        request = Request(delivery, content_hash)
        if delivery.action is Action.POST and content_hash is not None:
            self._requests[delivery.mark] = request
        try:
            yield request
        finally:
            self._requests.pop(delivery.mark, None)

    def remember(self, mark: str) -> None:
        """Ignore further echoes of this message."""
        self._recorded[mark] = None
        while len(self._recorded) > _REMEMBERED:
            self._recorded.popitem(last=False)

    async def answered(self, request: Request, message_id: int | None, thread_id: int | None) -> bool:
        """Record what a request did; False if another message is recorded already: then this one is a double."""
        delivery = request.delivery
        self.remember(delivery.mark)
        async with request.recording:
            if request.message_id is not None and thread_id == delivery.thread_id:
                return request.message_id == message_id
            return await self._outbox.sent(
                delivery.id, message_id, now=self._clock(), thread_id=thread_id, content_hash=request.content_hash
            )

    async def echoed(self, mark: str, message_id: int) -> None:
        """Record a message of ours that the gateway showed: its answer may come seconds later, or never."""
        if mark in self._recorded:
            return
        request = self._requests.get(mark)
        if request is None:  # of an earlier run, or of a request that was given up
            delivery = await self._outbox.by_mark(mark)
            if delivery is None or delivery.opens_thread:  # that one is done when its thread is there
                return
            await self._outbox.echoed(mark, message_id, now=self._clock())
        elif request.delivery.opens_thread:
            return
        else:
            await self._arrived(request, message_id)
        self.remember(mark)

    async def _arrived(self, request: Request, message_id: int) -> None:
        async with request.recording:
            is_first = await self._outbox.sent(
                request.delivery.id, message_id, now=self._clock(), content_hash=request.content_hash
            )
            if is_first:
                request.message_id = message_id

"""Recording of posts exactly once, whether Discord's answer or the gateway's echo arrives first."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from clock import Clock
from storage.outbox import Outbox
from storage.records import Action, Delivery

_REMEMBERED = 2_000  # recorded marks, whose further echoes are ignored


@dataclass(slots=True)
class Request:
    """A request in flight; `content_hash` is None if an earlier request may have made the message."""

    delivery: Delivery
    content_hash: str | None
    message_id: int | None = None  # of the post, once it is recorded
    recording: asyncio.Lock = field(default_factory=asyncio.Lock)


class UnderWay:
    """The requests in flight of one courier, and the marks it recorded recently."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._requests: dict[str, Request] = {}
        self._recorded: OrderedDict[str, None] = OrderedDict()

    @contextmanager
    def request(self, delivery: Delivery, content_hash: str | None) -> Generator[Request]:
        """Register a request within the block, so that an echo can record its post."""
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
        """Record an answered request; False if another message is recorded already, so this one is a duplicate."""
        delivery = request.delivery
        self.remember(delivery.mark)
        async with request.recording:
            if request.message_id is not None and thread_id == delivery.thread_id:
                return request.message_id == message_id
            return await self._outbox.sent(
                delivery.id, message_id, now=self._clock(), thread_id=thread_id, content_hash=request.content_hash
            )

    async def echoed(self, mark: str, message_id: int) -> None:
        """Record our message that the gateway reported; the request's answer may come seconds later, or never."""
        if mark in self._recorded:
            return
        request = self._requests.get(mark)
        if request is None:  # from an earlier run, or from a request that was abandoned
            delivery = await self._outbox.by_mark(mark)
            if delivery is None or delivery.opens_thread:  # a header is done only once its thread exists
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

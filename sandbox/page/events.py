"""The page's stream of events: each person gets what that person sees."""

from __future__ import annotations

import asyncio
import json

from aiohttp import WSMsgType, web

from sandbox.core import Core
from sandbox.values import Json
from sandbox.world.events import Event
from sandbox.world.model import User

MAX_WAITING = 5000
_SEEN_ONLY = ("MESSAGE_", "TYPING_", "THREAD_", "CHANNEL_")


class PageConnection:
    """One open page; `fixed` is the person it was opened as, None while it follows `POST /client/as`."""

    def __init__(self, fixed: User | None) -> None:
        self.fixed = fixed
        self.queue: asyncio.Queue[str | None] = asyncio.Queue(MAX_WAITING)

    def send(self, name: str, data: Json) -> None:
        """Queue an event; a page that never reads is closed."""
        try:
            self.queue.put_nowait(json.dumps({"t": name, "d": data}, ensure_ascii=False))
        except asyncio.QueueFull:
            # What waits is of no use to a page that asks for everything anew once it is back.
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(None)


class ClientEvents:
    """All open pages, and as whom they act."""

    def __init__(self, core: Core, person: User) -> None:
        self.person = person
        self._core = core
        self._pages: set[PageConnection] = set()
        core.world.bus.listen(self._on_event)

    def act_as(self, user: User) -> None:
        """Make `user` the person of all pages that were not opened as someone else."""
        self.person = user
        for page in self._pages:
            if page.fixed is None:
                page.send("IDENTITY", user.to_json())

    async def serve(self, request: web.Request, fixed: User | None) -> web.StreamResponse:
        """Serve one page's WebSocket until it closes."""
        socket = web.WebSocketResponse(heartbeat=30, max_msg_size=4096)
        await socket.prepare(request)
        page = PageConnection(fixed)
        self._pages.add(page)
        # A page that connects late must not wait for the next change to know.
        page.send("BOT_STATUS", {"online": self._core.gateway.is_online})
        pump = asyncio.create_task(_pump(socket, page))
        try:
            # Pages send nothing; what is read here is the end of the connection.
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
        finally:
            self._pages.discard(page)
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
        return socket

    def close(self) -> None:
        """End all streams."""
        for page in self._pages:
            page.queue.put_nowait(None)

    def _on_event(self, event: Event) -> None:
        for page in self._pages:
            if self._is_for(event, page.fixed or self.person):
                page.send(event.name, event.data)

    def _is_for(self, event: Event, user: User) -> bool:
        if event.only_user is not None:
            return event.only_user == user.id
        world = self._core.world
        # A channel that was deleted cannot be seen any more: the page learns of it by asking for the state.
        if event.channel_id is not None and event.name.startswith(_SEEN_ONLY):
            channel = world.find_channel(event.channel_id)
            return channel is not None and world.may_view(user, channel)
        return event.guild_id is None or user.id in world.guilds[event.guild_id].members


async def _pump(socket: web.WebSocketResponse, page: PageConnection) -> None:
    while (payload := await page.queue.get()) is not None:
        await socket.send_str(payload)
    await socket.close()

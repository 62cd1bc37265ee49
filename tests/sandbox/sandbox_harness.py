"""What the sandbox's tests share: clients of its interfaces and a bot of discord.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
from discord import app_commands

from sandbox.connect import discord_at
from sandbox.rest.api import PREFIX
from sandbox.server import ChannelSpec, Sandbox
from sandbox.world.model import Channel, User

CHANNELS = (
    ChannelSpec("news"),
    ChannelSpec("posts", "forum", tags=("issue", "item")),
    ChannelSpec("tagged", "forum", tags=("must",), requires_tag=True),
)


class Http:
    """A client of the REST interface and of the page's, by the addresses of one sandbox."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session

    async def api(self, method: str, path: str, body: Any = None, **kwargs: Any) -> tuple[int, Any]:
        """Send a request as the bot; return status and JSON."""
        headers = {"Authorization": f"Bot {self.sandbox.core.token}", **kwargs.pop("headers", {})}
        if body is not None:
            kwargs["json"] = body
        async with self.session.request(method, self.sandbox.url + PREFIX + path, headers=headers, **kwargs) as answer:
            return answer.status, await answer.json(content_type=None) if answer.status != 204 else None

    async def page(self, method: str, path: str, body: Any = None, as_user: User | None = None) -> tuple[int, Any]:
        """Send a request as the page does; return status and JSON."""
        params = {} if as_user is None else {"as": str(as_user.id)}
        kwargs = {} if body is None else {"json": body}
        async with self.session.request(method, self.sandbox.url + path, params=params, **kwargs) as answer:
            return answer.status, await answer.json(content_type=None) if answer.status != 204 else None

    async def slash(
        self, channel: Channel, command: str, as_user: User | None = None, **options: Any
    ) -> tuple[int, Any]:
        """Use a slash command with string options."""
        given = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
        data = {"type": 1, "name": command, "options": given}
        body = {"type": 2, "channel_id": str(channel.id), "data": data}
        return await self.page("POST", "/client/interactions", body, as_user)


Starter = Callable[..., Awaitable[Sandbox]]


class Bot(discord.Client):
    """A client of discord.py with a command tree, that is ready as soon as its guilds came."""

    def __init__(self, intents: discord.Intents | None = None) -> None:
        intents = intents or discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(intents=intents, guild_ready_timeout=0.05)
        self.heard: list[str] = []
        self.tree = app_commands.CommandTree(self)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Note each event's name, then dispatch it."""
        self.heard.append(event)
        super().dispatch(event, *args, **kwargs)


@asynccontextmanager
async def connected(sandbox: Sandbox, bot: discord.Client) -> AsyncGenerator[None]:
    """Run `bot` against `sandbox` while the block lasts; it is ready when the block begins."""
    with discord_at(sandbox):
        async with bot:
            running = asyncio.create_task(bot.start(sandbox.core.token))
            ready = asyncio.create_task(bot.wait_until_ready())
            done, _ = await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=20)
            if running in done:
                ready.cancel()
                running.result()
            assert ready in done
            yield
        await running


async def eventually(condition: Callable[[], Any]) -> Any:
    """Return the first true value of `condition`; the test's own time limit ends the waiting."""
    while not (value := condition()):  # noqa: ASYNC110 - what is awaited happens in another task, told by no event
        await asyncio.sleep(0.005)
    return value


class RawGateway:
    """A gateway client without compression that does only what it is told."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.sequence = 0
        self.session_id = ""

    @classmethod
    async def open(cls, http: Http, query: str = "?v=10&encoding=json") -> RawGateway:
        """Connect and take HELLO."""
        gateway = cls(await http.session.ws_connect(http.sandbox.gateway_url + query))
        hello = await gateway.socket.receive_json()
        assert hello["op"] == 10
        return gateway

    async def send(self, op: int, data: Any) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def identify(self, token: str = "sandbox", intents: int = 1 << 0 | 1 << 9, **parts: Any) -> dict[str, Any]:
        """Identify; return READY's data. What follows (GUILD_CREATE) is still to be received."""
        await self.send(2, {"token": token, "intents": intents, "properties": {}, **parts})
        ready = await self.event("READY")
        self.session_id = ready["session_id"]
        return ready

    async def payload(self) -> dict[str, Any]:
        payload = await self.socket.receive_json()
        self.sequence = payload.get("s") or self.sequence
        return payload

    async def event(self, name: str) -> dict[str, Any]:
        """Return the data of the next event of this name; others are passed over."""
        while (payload := await self.payload())["t"] != name:
            pass
        return payload["d"]

    async def close_code(self) -> int | None:
        """Read on until the server closes; return its code."""
        while (await self.socket.receive()).type != aiohttp.WSMsgType.CLOSE:
            pass
        return self.socket.close_code

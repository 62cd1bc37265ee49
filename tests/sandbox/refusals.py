"""How a refusal is written down: a request that breaks one rule, and the answer that it gets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sandbox_harness import Http, RawGateway

from sandbox.server import Sandbox
from sandbox.values import ManualClock
from sandbox.world import permissions
from sandbox.world.messages import MessageDraft
from sandbox.world.model import Channel
from sandbox.world.model_message import Message

Answer = tuple[int, Any]


class Stage:
    """A fresh sandbox and what the cases need of it."""

    def __init__(self, http: Http, clock: ManualClock) -> None:
        self.http = http
        self.clock = clock
        self.sandbox: Sandbox = http.sandbox
        self.world = http.sandbox.world
        self.guild = http.sandbox.guild
        self.news = http.sandbox.channel("news")
        self.forum = http.sandbox.channel("posts")
        self.tagged = http.sandbox.channel("tagged")
        self.asking: asyncio.Task[Answer] | None = None
        self.api = http.api
        self.page = http.page

    @property
    def messages(self) -> str:
        return f"/channels/{self.news.id}/messages"

    def only(self, bits: int, channel: Channel | None = None) -> None:
        """Leave the bot nothing but `bits` in a channel."""
        bot = self.guild.members[self.world.bot.id]
        denied = permissions.ALL & ~permissions.ADMINISTRATOR & ~bits
        self.world.set_overwrite(channel or self.news, bot, allow=bits, deny=denied)

    def give(self, bits: int) -> None:
        """Give the bot further permissions everywhere."""
        role = self.guild.roles[self.guild.members[self.world.bot.id].roles[0]]
        self.world.set_role_permissions(self.guild, role, role.permissions | bits)

    def take(self, bits: int, channel: Channel | None = None) -> None:
        self.world.set_overwrite(channel or self.news, self.guild.members[self.world.bot.id], deny=bits)

    def said(self, content: str = "From a person", channel: Channel | None = None) -> Message:
        """Let the page's person say something."""
        return self._say(self.world.owner, content, channel)

    def posted(self, content: str = "From the bot", channel: Channel | None = None, **body: Any) -> Message:
        """Let the bot say something."""
        return self._say(self.world.bot, content, channel, **body)

    def _say(self, author: Any, content: str, channel: Channel | None, **body: Any) -> Message:
        return self.sandbox.core.messages.create(
            MessageDraft(channel or self.news, author, {"content": content, **body})
        )

    def thread(self, *, archived: bool = False, locked: bool = False) -> Channel:
        channel = self.world.add_thread(self.news, "talk", self.world.owner)
        if archived or locked:
            self.world.archive_thread(channel, archived=archived, locked=locked)
        return channel

    async def interaction(self, *, autocomplete: bool = False) -> str:
        """Connect as the bot, use a command on the page, and return the path of its callback."""
        self.gateway = await RawGateway.open(self.http)
        await self.gateway.identify()
        option = {"name": "query", "description": "Words", "type": 3, "autocomplete": True}
        command = {"name": "find", "description": "Find", "options": [option]}
        await self.api("POST", f"/applications/{self.world.bot.id}/commands", command)
        given = [{"name": "query", "value": "w", "focused": True}] if autocomplete else []
        body = {
            "type": 4 if autocomplete else 2,
            "channel_id": str(self.news.id),
            "data": {"type": 1, "name": "find", "options": given},
        }
        return await self.interaction_by(body)

    async def interaction_by(self, body: Any) -> str:
        """Interact as the page does, when the bot is connected already; return the path of the callback."""
        self.asking = asyncio.create_task(self.page("POST", "/client/interactions", body))
        made = await self.gateway.event("INTERACTION_CREATE")
        return f"/interactions/{made['id']}/{made['token']}/callback"


Act = Callable[[Stage], Awaitable[Answer]]


@dataclass(frozen=True)
class Case:
    name: str
    act: Act
    status: int
    code: int
    fault: str | None
    at: str | None
    is_form: bool = False


class Cases:
    """A table of refusals; functions enter themselves by decorator, bodies by `body`."""

    def __init__(self) -> None:
        self.table: list[Case] = []

    def refuses(self, status: int, code: int, fault: str | None = None, at: str | None = None) -> Callable[[Act], Act]:
        def enter(act: Act) -> Act:
            self.table.append(Case(act.__name__, act, status, code, fault, at))
            return act

        return enter

    def body(self, name: str, body: Any, at: str, fault: str, *, method: str = "POST", path: str = "") -> None:
        """A body that is refused with `fault` at the dotted path `at`; `path` defaults to a channel's messages."""

        async def act(stage: Stage) -> Answer:
            place = path.format(news=stage.news.id, forum=stage.forum.id, app=stage.world.bot.id, guild=stage.guild.id)
            return await stage.api(method, place or stage.messages, body)

        self.table.append(Case(name, act, 400, 50035, fault, at, is_form=True))


def fault_codes(errors: Any, at: str) -> list[str]:
    """Return the codes of the faults that an answer names at a dotted path ("" is the body as a whole)."""
    node = errors
    for key in at.split(".") if at else ():
        node = node.get(key, {})
    return [fault["code"] for fault in node.get("_errors", [])]

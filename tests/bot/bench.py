"""The real bot in this process against the sandbox, and a person who uses it."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from app.client import Herald
from app.services import Services, open_services
from app.sharded import herald_for
from cli.run import serve
from config.settings import Config, NewsletterConfig, SubscriptionConfig
from pipeline import importer
from pipeline.watcher import Watcher
from sandbox.connect import discord_at
from sandbox.page.interactions import Person
from sandbox.server import Sandbox
from sandbox.world.events import Event
from sandbox.world.model import Channel, User
from sandbox.world.model_message import FLAG_LOADING, Message
from storage.records import State
from tests.support.here_splitter import HereSplitter
from tests.support.inline_sqlite import inline_sqlite

TOKEN = "sandbox"
SUBCOMMAND = 1


def issue_text(number: int, items: int = 3, *, day: str = "2026-03-02", head: str = "") -> str:
    """An invented issue: a heading and a paragraph for each item."""
    stories = "\n\n".join(
        f"### [Story {number}.{index}](https://example.org/{number}/{index})\n\nText of story {number}.{index}."
        for index in range(1, items + 1)
    )
    return f"---\ntitle: Issue {number}\ndate: {day}\n{head}---\n\n## News\n\n{stories}\n"


def newsletter(source: Path | str, **options: Any) -> NewsletterConfig:
    """A newsletter that posts at once; `running` wakes it when its folder changes, else it looks every five seconds.

    What is no folder nobody sees change: it is looked at twice a second.
    """
    given: dict[str, Any] = {
        "name": "Tech", "settle": dt.timedelta(0), "max_age": None, "max_new_issues": None, "source": str(source)
    }  # fmt: skip
    found = NewsletterConfig.model_validate(given | options)
    return found.model_copy(update={"poll": dt.timedelta(seconds=5 if isinstance(source, Path) else 0.5)})


@dataclass
class Bench:
    """A running bot and its world."""

    sandbox: Sandbox
    services: Services
    herald: Herald

    @property
    def news(self) -> Channel:
        return self.sandbox.channel("news")

    @property
    def watcher(self) -> Watcher:
        """That of the newsletter "Tech"."""
        return self.herald.services.watchers["Tech"]

    def posted(self, channel: Channel | None = None) -> list[Message]:
        """The bot's public messages, oldest first."""
        found = self.sandbox.messages(channel or self.news)
        return [one for one in found if one.ephemeral_to is None and one.author.bot]

    def shown(self, channel: Channel | None = None) -> list[dict[str, Any]]:
        """The embeds of those that have one."""
        return [message.embeds[0] for message in self.posted(channel) if message.embeds]

    def titles(self, channel: Channel | None = None) -> list[str]:
        """Their titles; "" for a message that has none, such as a list of items without a section."""
        return [embed.get("title", "") for embed in self.shown(channel)]

    async def until(self, condition: Callable[[], Any]) -> Any:
        """The first true value of `condition`, looked at whenever something happens in the world."""
        happened = asyncio.Event()

        def listen(event: Event) -> None:
            del event
            happened.set()

        self.sandbox.world.bus.listen(listen)
        while not (value := condition()):
            await happened.wait()
            happened.clear()
        return value

    async def until_titles(self, *titles: str, channel: Channel | None = None) -> None:
        await self.until(lambda: self.titles(channel) == list(titles) or None)

    async def idle(self) -> None:
        """Until nothing is owed and everything is recorded."""

        async def is_owed() -> bool:
            found = await self.services.outbox.counts()
            return bool(found[State.PENDING] or found[State.SENDING])

        async def is_idle() -> bool:
            # the last item makes its header stale as it is recorded, and a stale header may be claimed meanwhile
            if await is_owed() or await self.services.outbox.stale_channels(now=dt.datetime.now(dt.UTC)):
                return False
            return not await is_owed()

        await eventually(is_idle)

    def person(self, channel: Channel | None = None, user: User | None = None) -> Person:
        return Person(self.sandbox.core, user or self.sandbox.world.owner, channel or self.news)

    async def slash(self, name: str, sub: str = "", *, user: User | None = None, **options: Any) -> Message:
        """Use a slash command; returns the finished private answer."""
        given = [
            {"name": key, "type": 5 if isinstance(value, bool) else 3, "value": value}
            for key, value in options.items()
        ]  # fmt: skip
        if sub:
            given = [{"name": sub, "type": SUBCOMMAND, "options": given}]
        return await self._answered({"type": 2, "data": {"type": 1, "name": name, "options": given}}, user)

    async def press(self, message: Message, label: str, *, user: User | None = None) -> Message:
        """Press the button with this label; returns the newest private answer, finished."""
        button = next(one for row in message.components for one in row["components"] if one["label"] == label)
        body = {"type": 3, "message_id": str(message.id), "data": {"custom_id": button["custom_id"]}}
        return await self._answered(body, user)

    async def _answered(self, body: dict[str, Any], user: User | None) -> Message:
        user = user or self.sandbox.world.owner
        before = {one.id for one in self._private(user)}
        interaction = self.person(user=user).interact(body)

        def answer() -> Message | None:
            found = [one for one in self._private(user) if one.id not in before or body["type"] == 3]
            done = interaction.answer_type is not None and found and not found[-1].flags & FLAG_LOADING
            return found[-1] if done else None

        return await self.until(answer)

    def _private(self, user: User) -> list[Message]:
        return [one for one in self.sandbox.messages(self.news) if one.ephemeral_to == user.id]


async def eventually(condition: Callable[[], Awaitable[Any]]) -> Any:
    """The first true value of something that no event tells; the test's time limit ends the waiting."""
    pause_s = 0.01
    while not (value := await condition()):
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, 0.08)  # to look costs milliseconds, which what is waited for needs
    return value


@asynccontextmanager
async def running(sandbox: Sandbox, config: Config) -> AsyncGenerator[Bench]:
    """The bot, connected and ready while the block lasts, then stopped in order."""
    with discord_at(sandbox), mock.patch.object(importer, "Splitter", HereSplitter), inline_sqlite():
        async with open_services(config) as services:
            herald = herald_for(services)
            task = asyncio.create_task(serve(herald, TOKEN))
            ready = asyncio.create_task(herald.first_ready.wait())
            await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            if task.done():
                task.result()
            waking = asyncio.create_task(_wake_on_change(services))
            try:
                yield Bench(sandbox, services, herald)
            finally:
                waking.cancel()
                task.cancel()
                await asyncio.wait([task, waking])


async def _wake_on_change(services: Services) -> None:
    """Let a newsletter look as soon as its folder changed: a look costs a hundred times more than to see that."""
    seen: dict[str, Any] = {}
    while True:
        for name, watcher in services.watchers.items():
            newsletter = services.watchers.config_of(name)
            found = _state_of(Path(newsletter.source)) if newsletter else None
            if seen.setdefault(name, found) != found:
                seen[name] = found
                watcher.wake()
        await asyncio.sleep(0.02)


def _state_of(folder: Path) -> Any:
    """Return what differs after any change below a folder; None if there is no folder."""
    try:
        return [_seen(folder.stat()), *_states_in(str(folder))] if folder.is_dir() else []
    except OSError:  # it is changing at this moment
        return None


def _states_in(folder: str) -> Iterator[Any]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry.path, _seen(entry.stat())
            if entry.is_dir(follow_symlinks=False):
                yield from _states_in(entry.path)


def _seen(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_mtime_ns, status.st_size


def configured(folder: Path, *newsletters: NewsletterConfig, channel: Channel, **options: Any) -> Config:
    """A configuration in which one channel follows all the newsletters; `options` are the subscription's."""
    return Config(
        storage=str(folder / "herald.db"),
        cache=folder / "cache",
        newsletters=newsletters,
        subscriptions=tuple(
            SubscriptionConfig(newsletter=one.name, channel=channel.id, **options) for one in newsletters
        ),
    )

"""One browser for the session, one server with a bot for each file of tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from sandbox.connect import discord_at
from sandbox.server import ChannelSpec, Sandbox, SandboxOptions
from sandbox.world.model import Channel
from tests.sandbox.page.page_bot import PageBot

CHROMIUM = Path("/usr/bin/chromium")
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
ANSWER_S = 1.5  # how long the bot has: short, for the test of a button that nobody answers

expect.set_options(timeout=10_000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: the page is not tested here")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        await started.close()


@dataclass(slots=True)
class Bench:
    """A server with a bot, and what the tests of one file do with it."""

    sandbox: Sandbox
    bot: PageBot
    browser: Browser
    pages: list[tuple[Page, str]] = field(default_factory=list[tuple[Page, str]])  # those of one test, by screen
    spare: dict[str, list[Page]] = field(default_factory=dict[str, list[Page]])  # that no test uses now, by screen
    problems: list[str] = field(default_factory=list[str])
    _made: int = 0

    def channel(self, topic: str | None = None) -> Channel:
        """A new empty channel."""
        self._made += 1
        return self.sandbox.world.add_channel(self.sandbox.guild, f"place-{self._made}", topic=topic)

    async def post(self, channel: Channel, content: str | None = None, **more: Any) -> discord.Message:
        """A message of the bot."""
        place = await self.bot.fetch_channel(channel.id)
        assert isinstance(place, discord.TextChannel)
        return await place.send(content, **more)

    async def open(self, channel: Channel, *, size: dict[str, int] = DESKTOP) -> Page:
        """A page of a visitor of their own on a channel; whatever the page complains about fails the test."""
        spare = self.spare.setdefault(str(size), [])
        page = spare.pop() if spare else await self._page(size)
        self.pages.append((page, str(size)))
        await page.goto(f"{self.sandbox.url}/#/{channel.guild_id}/{channel.id}")
        await expect(page.get_by_test_id("message-box")).to_be_visible()
        await expect(page.locator("body")).to_have_attribute("data-live", "true")
        return page

    async def _page(self, size: dict[str, int]) -> Page:
        context = await self.browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            locale="en-GB",
            timezone_id="Europe/London",
            has_touch=size is PHONE,
            is_mobile=size is PHONE,
            reduced_motion="reduce",
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self._check(request.url))
        return page

    async def clear(self) -> None:
        """Let the pages of a test forget everything: Chromium takes four times as long for a new one."""
        while self.pages:
            page, size = self.pages.pop()
            await page.evaluate("localStorage.clear(); sessionStorage.clear()")
            await page.goto("about:blank")
            await page.emulate_media(color_scheme="light")
            await page.unroute_all()
            await page.context.unroute_all()
            self.spare[size].append(page)

    def _check(self, url: str) -> None:
        if not url.startswith((self.sandbox.url, "about:", "data:", self.sandbox.url.replace("http", "ws", 1))):
            self.problems.append(f"the page asked for {url}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(browser: Browser) -> AsyncIterator[Bench]:
    options = SandboxOptions(first_answer_s=ANSWER_S, rate_limits=False)
    sandbox = await Sandbox.start(channels=(ChannelSpec("general"),), options=options)
    try:
        with discord_at(sandbox):
            async with PageBot() as bot:
                running = asyncio.create_task(bot.start("sandbox"))
                async with asyncio.timeout(20):
                    await bot.up.wait()
                bench = Bench(sandbox, bot, browser)
                yield bench
                for page in (one for spare in bench.spare.values() for one in spare):
                    await page.context.close()
                await bot.close()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
    finally:
        await sandbox.close()


@pytest_asyncio.fixture(loop_scope="session")
async def bench(server: Bench) -> AsyncIterator[Bench]:
    server.problems.clear()
    yield server
    await server.clear()
    assert server.problems == []

"""Herald itself, over the page: from the newsletters of examples/ to messages, and back by search."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

ROOT = Path(__file__).parents[3]
OpenPage = Callable[[str, str], Awaitable[Page]]
START_S = 45  # on a busy machine; two seconds on an idle one
LATE_MS = 20_000

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


@contextlib.asynccontextmanager
async def running_sandbox(*arguments: str) -> AsyncGenerator[str, None]:
    """The address of `bot.py sandbox`, which must end well on SIGTERM."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "bot.py", "sandbox", "--port", "0", *arguments,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(START_S):
            address = await _address(process)
        yield address
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            await process.communicate()
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := re.search(rb"http://127\.0\.0\.1:\d+", line):
            return found.group().decode()
    pytest.fail("the sandbox ended before it said its address")


async def open_channel(context: BrowserContext, address: str, channel: str) -> Page:
    page = await context.new_page()
    page.set_default_timeout(LATE_MS)
    await page.goto(address)
    await page.get_by_role("button", name=f"{channel}, text channel").click()
    await expect(page.get_by_test_id("channel-name")).to_have_text(channel)
    return page


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def address(browser: Browser) -> AsyncIterator[str]:
    """Where a sandbox is whose newsletters are all imported and posted."""
    async with running_sandbox() as found:
        context = await browser.new_context()
        page = await open_channel(context, found, "weekly-index")
        await expect(page.locator(".embed-title").last).to_have_text("UPSERT is not a race", timeout=LATE_MS)
        await context.close()
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    contexts: list[BrowserContext] = []

    async def open_(address: str, channel: str) -> Page:
        contexts.append(await browser.new_context(locale="en-GB", reduced_motion="reduce"))
        return await open_channel(contexts[-1], address, channel)

    yield open_
    for context in contexts:
        await context.close()


async def test_issue_is_posted_header_first_then_its_items(address: str, open_page: OpenPage) -> None:
    page = await open_page(address, "weekly-index")
    titles = page.locator(".embed-title")
    await expect(titles).to_have_text(
        [
            "One file, many readers",
            "What the write-ahead log promises",
            "Copying a database that is in use",
            "STRICT tables, five years on",
            "When one file is enough",
            "Chinese without a tokenizer",
            "Typing mistakes and the index's own words",
            "Nearness of meaning",
            "What embeddings add to full-text search",
            "Two rankings, one list",
            "A million vectors in memory",
            "Shorter vectors that still mean something",
            "Partial indexes for the rows that matter",
            "UPSERT is not a race",
        ],
        timeout=LATE_MS,
    )
    item = page.locator("[data-message-id]").filter(has=page.get_by_text("Shorter vectors that still mean")).last
    await expect(item.get_by_role("link", name="Shorter vectors")).to_have_attribute(
        "href", "https://arxiv.org/abs/2205.13147"
    )


async def test_forums_with_and_without_required_tags_are_shown(address: str, open_page: OpenPage) -> None:
    page = await open_page(address, "general")
    for forum, tags in (("as-forum", []), ("as-tagged-forum", ["Issue"])):
        await page.get_by_role("button", name=f"{forum}, forum").click()
        post = page.get_by_test_id("post")
        await expect(post).to_have_count(1, timeout=LATE_MS)
        await expect(post.locator(".tag")).to_have_text(tags)


async def test_search_completes_finds_and_turns_pages(address: str, open_page: OpenPage) -> None:
    page = await open_page(address, "general")
    await page.get_by_test_id("message-box").fill("/search query: mamba newsletter: model")
    await expect(page.get_by_test_id("choice")).to_contain_text(["Model Notes"])
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    answer = page.locator("[data-message-id]").last
    await expect(answer.get_by_role("link", name="Mamba in one paragraph")).to_have_attribute(
        "href", "https://arxiv.org/abs/2312.00752", timeout=LATE_MS
    )
    await expect(answer.get_by_test_id("ephemeral")).to_be_visible()
    await page.get_by_test_id("message-box").fill("/search query: sqlite")
    await page.keyboard.press("Enter")
    await expect(answer.locator(".embed-footer")).to_contain_text("Page 1 of", timeout=LATE_MS)
    first = await answer.locator(".embed-description").text_content()
    await answer.get_by_role("button", name="Next").click()
    await expect(answer.locator(".embed-footer")).to_contain_text("Page 2 of", timeout=LATE_MS)
    assert await answer.locator(".embed-description").text_content() != first


async def test_repost_asks_then_posts_again(address: str, open_page: OpenPage) -> None:
    page = await open_page(address, "general")
    await page.get_by_test_id("message-box").fill("/repost item item: partial ind")
    await expect(page.get_by_test_id("choice")).to_contain_text(["Partial indexes for the rows that matter"])
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Post 1 message").click()
    posted = page.get_by_test_id("embed").filter(has_text="Partial indexes for the rows that matter")
    await expect(posted).to_have_count(1, timeout=LATE_MS)
    await expect(posted).to_contain_text("A queue has a million finished rows")


async def test_saving_a_file_changes_the_channel(browser: Browser, open_page: OpenPage, tmp_path: Path) -> None:
    folder = tmp_path / "my-letter"
    folder.mkdir()
    issue = folder / "a-git-server-of-ones-own.md"
    shutil.copy(ROOT / "examples" / "quiet-servers" / "content" / "issues" / issue.name, issue)
    async with running_sandbox("--source", str(folder)) as address:
        page = await open_page(address, "my-letter")
        await expect(page.locator(".embed-title").last).to_have_text("Short lives, no calendar", timeout=LATE_MS)
        issue.write_text(
            issue.read_text("utf-8").replace("Short lives, no calendar", "Short lives, no alarms"), "utf-8"
        )
        changed = page.locator("[data-message-id]").last
        await expect(changed.locator(".embed-title")).to_have_text("Short lives, no alarms", timeout=LATE_MS)
        await expect(changed.locator(".edited")).to_be_visible()

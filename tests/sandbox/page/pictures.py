"""Take the pictures of README and docs anew: `python -m tests.sandbox.page.pictures`, or `make pictures`.

The README's shows what its caption says: an issue's messages in a channel of the sandbox, and below them the answer to
/search. The others show one answer each, from setting up to daily use, and what searches answer.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, Page, async_playwright, expect

from tests.sandbox.page.conftest import CHROMIUM
from tests.sandbox.page.test_page_herald import open_channel, running_sandbox

FOLDER = Path(__file__).parents[3] / "docs" / "images"
PICTURE = FOLDER / "sandbox.png"
SIZE = {"width": 1200, "height": 1000}
TALL = {"width": 1200, "height": 1400}  # the longest answer is seen whole
CHANNEL, LAST, QUESTION = "weekly-index", "UPSERT is not a race", "upsert"
_COLOURS = 256
_WHOLE_MS = 60_000  # until the issue is posted, on a busy machine
# The picture's name, what a person types, and what the answer must say.
SCENES = (
    ("setup", "/setup newsletter: Weekly Index channel: general", "Set up a newsletter"),
    ("following", "/following", "follows"),
    ("withdraw", f"/withdraw item item: {LAST}", "Withdraw"),
    ("why", f"/why about: {LAST}", "Posted in"),
    ("audit", "/audit", "Who did what"),
    ("status", "/status", "Newsletters"),
    ("search", "/search query: full-text index", "Search: full-text index"),
    ("topic", "/topic topic: sqlite", "Often mentioned together"),
)


async def take_scenes(page: Page) -> None:
    """Ask one after the other, and keep each answer by itself."""
    await page.set_viewport_size({"width": TALL["width"], "height": TALL["height"]})
    for line in ("/pause", "/resume"):
        await answer_to(page, line, "resumed" if line == "/resume" else "paused")
    for name, line, said in SCENES:
        message = await answer_to(page, line, said)
        await page.mouse.move(0, 0)
        await message.screenshot(path=FOLDER / f"{name}.png")


async def answer_to(page: Page, line: str, said: str) -> Locator:
    """Type a command and run it; returns the message that answers."""
    before = await page.locator("[data-message-id]").count()
    await page.get_by_test_id("message-box").fill(line)
    await page.wait_for_timeout(600)  # suggestions come, or not
    answer = page.locator("[data-message-id]").filter(has_text=said).last
    for _ in range(4):
        await page.keyboard.press("Enter")
        await page.wait_for_timeout(700)
        if await page.locator("[data-message-id]").count() > before:
            break
    await expect(answer).to_be_visible()
    await page.wait_for_timeout(700)
    return answer


async def take(page: Page) -> None:
    """Ask in a channel that has a whole issue, and keep what the page shows then."""
    await expect(page.locator(".embed-title").last).to_have_text(LAST, timeout=_WHOLE_MS)
    await page.get_by_test_id("hint-dismiss").click()
    await page.get_by_test_id("message-box").fill(f"/search query: {QUESTION}")
    await expect(page.get_by_test_id("choice").first).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    answer = page.locator("[data-message-id]").filter(has_text=f"Search: {QUESTION}").last
    await expect(answer).to_contain_text("item")
    await page.mouse.move(0, 0)
    await page.screenshot(path=PICTURE)


async def main() -> None:
    """Start the sandbox with the newsletters of examples/, and take the picture in headless Chromium."""
    async with running_sandbox() as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport={"width": SIZE["width"], "height": SIZE["height"]}, color_scheme="dark", locale="en-GB",
            reduced_motion="reduce",
        )  # fmt: skip
        page = await open_channel(context, address, CHANNEL)
        await take(page)
        await take_scenes(page)
        await browser.close()
    for path in (PICTURE, *(FOLDER / f"{name}.png" for name, _, _ in SCENES)):
        with Image.open(path) as picture:  # a fourth of the size; other methods lose small signs' colours
            picture.convert("RGB").quantize(_COLOURS, Image.Quantize.FASTOCTREE).save(path, optimize=True)


if __name__ == "__main__":
    asyncio.run(main())

"""Take the README's picture anew: `python -m tests.sandbox.page.pictures`, or `make pictures`.

It shows what its caption says: an issue's messages in a channel of the sandbox, and below them the answer to /search.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from tests.sandbox.page.conftest import CHROMIUM
from tests.sandbox.page.test_page_herald import open_channel, running_sandbox

PICTURE = Path(__file__).parents[3] / "docs" / "images" / "sandbox.png"
SIZE = {"width": 1200, "height": 1000}
CHANNEL, LAST, QUESTION = "weekly-index", "UPSERT is not a race", "upsert"
_COLOURS = 256


async def take(page: Page) -> None:
    """Ask in a channel that has a whole issue, and keep what the page shows then."""
    await expect(page.locator(".embed-title").last).to_have_text(LAST)
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
        await take(await open_channel(context, address, CHANNEL))
        await browser.close()
    with Image.open(PICTURE) as picture:  # a fourth of the size, and no difference that anybody sees
        picture.convert("RGB").quantize(_COLOURS).save(PICTURE, optimize=True)


if __name__ == "__main__":
    asyncio.run(main())

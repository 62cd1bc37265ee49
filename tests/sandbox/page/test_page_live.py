"""The page while things happen: new messages, scrolling, a lost connection, a bot that goes away."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from sandbox.world.events import Event
from tests.sandbox.page.conftest import Bench

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_FROM_BOTTOM = "(node) => node.scrollHeight - node.scrollTop - node.clientHeight"


async def from_bottom(page: Page) -> float:
    return await page.locator(".timeline .scroller").evaluate(_FROM_BOTTOM)


async def test_person_and_bot_write_live(bench: Bench) -> None:
    channel = bench.channel()
    page = await bench.open(channel)
    await page.get_by_test_id("message-box").fill("Hello, **Herald**")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("content").locator("strong")).to_have_text("Herald")
    await expect(page.get_by_test_id("message-box")).to_have_value("")
    await bench.post(channel, "Hello, you")
    await expect(page.get_by_test_id("content").last).to_have_text("Hello, you")
    await expect(page.get_by_test_id("author")).to_have_text(["You", "Herald"])


async def test_reader_who_went_up_is_left_there(bench: Bench) -> None:
    channel = bench.channel()
    for number in range(60):
        await bench.post(channel, f"Message {number}\nwith a second line")
    page = await bench.open(channel)
    await expect(page.locator("[data-message-id]")).to_have_count(50)
    assert await from_bottom(page) < 2
    await page.locator(".timeline .scroller").evaluate("(node) => { node.scrollTop = node.scrollHeight / 2; }")
    before = await from_bottom(page)
    await bench.post(channel, "News")
    await expect(page.get_by_test_id("new-messages")).to_have_text("1 new message")
    assert await from_bottom(page) >= before
    await page.get_by_test_id("new-messages").click()
    await expect(page.get_by_test_id("new-messages")).to_be_hidden()
    assert await from_bottom(page) < 2
    await expect(page.get_by_test_id("content").last).to_be_in_viewport()


async def test_older_messages_load_when_scrolling_up(bench: Bench) -> None:
    channel = bench.channel()
    for number in range(75):
        await bench.post(channel, f"Message {number}")
    page = await bench.open(channel)
    await expect(page.locator("[data-message-id]")).to_have_count(50)
    await page.locator(".timeline .scroller").evaluate("(node) => { node.scrollTop = 0; }")
    await expect(page.locator("[data-message-id]")).to_have_count(75)
    await expect(page.get_by_text("Welcome to #")).to_have_count(1)
    await expect(page.get_by_test_id("content").first).to_have_text("Message 0")
    assert await page.locator(".timeline .scroller").evaluate("(node) => node.scrollTop") > 0


async def test_address_of_a_message_leads_to_it(bench: Bench) -> None:
    channel = bench.channel()
    first = await bench.post(channel, "The first")
    for number in range(60):
        await bench.post(channel, f"Message {number}\nsecond line")
    jump = await bench.post(channel, f"See [the first]({first.jump_url})")
    page = await bench.open(channel)
    await page.locator(f'[data-message-id="{jump.id}"]').get_by_role("link", name="the first").click()
    await expect(page.locator(f'[data-message-id="{first.id}"]')).to_be_in_viewport()
    await expect(page.locator(f'[data-message-id="{first.id}"] article')).to_be_focused()


async def test_unread_channel_is_marked_until_it_is_opened(bench: Bench) -> None:
    place, other = bench.channel(), bench.channel()
    page = await bench.open(place)
    item = page.get_by_test_id("channels").locator(f'[data-channel-id="{other.id}"]')
    await bench.post(other, "News")
    await expect(item).to_have_accessible_name(f"{other.name}, text channel, unread")
    await item.click()
    await expect(page.get_by_test_id("content")).to_have_text("News")
    await expect(item).to_have_accessible_name(f"{other.name}, text channel")


async def test_press_survives_news_that_redraw_the_list(bench: Bench) -> None:
    place, other, busy = bench.channel(), bench.channel(), bench.channel()
    page = await bench.open(place)
    channels = page.get_by_test_id("channels")
    await channels.locator(f'[data-channel-id="{other.id}"]').hover()
    await page.mouse.down()
    await bench.post(busy, "News")
    await bench.post(place, "Seen")
    await expect(page.get_by_test_id("content")).to_have_text("Seen")
    await page.mouse.up()
    await expect(page.get_by_test_id("channel-name")).to_have_text(other.name)
    await expect(channels.locator(f'[data-channel-id="{busy.id}"]')).to_have_class("channel-item unread")


async def test_page_finds_back_after_the_connection_was_lost(bench: Bench) -> None:
    channel = bench.channel()
    page = await bench.open(channel)
    await page.get_by_test_id("message-box").fill("unfinished")
    bench.sandbox.events.close()
    await bench.post(channel, "Said meanwhile")
    await expect(page.get_by_test_id("content")).to_have_text("Said meanwhile")
    await expect(page.get_by_test_id("lost")).to_be_hidden()
    await expect(page.get_by_test_id("message-box")).to_have_value("unfinished")
    await bench.post(channel, "And live again")
    await expect(page.get_by_test_id("content").last).to_have_text("And live again")


async def test_bot_status_is_shown(bench: Bench) -> None:
    page = await bench.open(bench.channel())
    await expect(page.get_by_test_id("bot-status")).to_have_text("Herald online")
    bench.sandbox.world.bus.tell(Event("BOT_STATUS", {"online": False}, people_only=True))
    await expect(page.get_by_test_id("bot-status")).to_have_text("Herald offline")


async def test_typing_is_shown_until_the_message_comes(bench: Bench) -> None:
    channel = bench.channel()
    page = await bench.open(channel)
    async with bench.bot.get_partial_messageable(channel.id).typing():
        await expect(page.get_by_test_id("typing")).to_have_text("Herald is typing…")
    await bench.post(channel, "Done")
    await expect(page.get_by_test_id("typing")).to_have_text("")


async def test_direct_message_appears_among_direct_messages(bench: Bench) -> None:
    page = await bench.open(bench.channel())
    person = await bench.bot.fetch_user(bench.sandbox.world.owner.id)
    await person.send("SQLite was covered")
    home = page.get_by_role("button", name="Direct messages, unread messages")
    await home.click()
    await expect(page.get_by_test_id("content")).to_have_text("SQLite was covered")
    await expect(page.get_by_test_id("channel-name")).to_have_text("Herald")


async def test_hint_is_shown_once(bench: Bench) -> None:
    page = await bench.open(bench.channel())
    await page.get_by_test_id("hint-try").click()
    await expect(page.get_by_test_id("command-box")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.get_by_test_id("hint-dismiss").click()
    await page.reload()
    await expect(page.locator("body")).to_have_attribute("data-live", "true")
    await expect(page.get_by_test_id("hint")).to_be_hidden()


async def test_too_long_message_is_refused_and_kept(bench: Bench) -> None:
    page = await bench.open(bench.channel())
    box = page.get_by_test_id("message-box")
    await box.fill("x" * 2001)
    await page.keyboard.press("Enter")
    await expect(page.locator(".composer-notice")).to_have_text("A message holds at most 2,000 characters.")
    await expect(box).to_have_value("x" * 2001)

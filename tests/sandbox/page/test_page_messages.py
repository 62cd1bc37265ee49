"""Messages as they come from the bot: embeds, components, pictures, threads, forums."""

from __future__ import annotations

import io
import re

import discord
import pytest
from playwright.async_api import expect

from sandbox.world.model import FORUM, Channel
from tests.sandbox.page.conftest import PHONE, Bench
from tests.sandbox.page.page_bot import Pages

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000"
    "000049454e44ae426082"
)


def rich_embed() -> discord.Embed:
    embed = discord.Embed(
        title="Indexes that *lie*",
        url="https://example.org/41",
        description="Run `PRAGMA optimize`. [Read more](https://example.org/41#more)",
        colour=0x27AE60,
        timestamp=discord.utils.parse_time("2026-11-14T09:00:00+00:00"),
    )
    embed.set_author(name="The Weekly Index", url="https://example.org")
    embed.set_footer(text="Databases › Planning")
    embed.set_thumbnail(url="https://pictures.example.org/small.png")
    embed.set_image(url="https://pictures.example.org/large.png")
    for name in ("One", "Two", "Three"):
        embed.add_field(name=name, value=f"**{name}**", inline=True)
    return embed


async def test_all_parts_of_an_embed(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, embed=rich_embed())
    page = await bench.open(channel)
    embed = page.get_by_test_id("embed")
    await expect(embed.get_by_role("link", name="The Weekly Index")).to_have_attribute("href", "https://example.org")
    await expect(embed.get_by_role("link", name="Indexes that lie")).to_have_attribute("href", "https://example.org/41")
    await expect(embed.locator(".embed-title em")).to_have_text("lie")
    await expect(embed.locator(".embed-description code")).to_have_text("PRAGMA optimize")
    await expect(embed.locator(".embed-row")).to_have_count(1)
    await expect(embed.locator(".embed-field-value strong")).to_have_text(["One", "Two", "Three"])
    await expect(embed.locator(".embed-footer")).to_contain_text("Databases › Planning•14/11/2026")
    await expect(embed).to_have_css("border-left-color", "rgb(39, 174, 96)")
    await expect(page.get_by_test_id("author")).to_have_text("Herald")
    await expect(page.locator(".app-tag")).to_have_text("APP")


async def test_outside_pictures_wait_for_a_click(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, embed=rich_embed())
    page = await bench.open(channel)
    await expect(page.get_by_test_id("picture")).to_have_count(2)
    await expect(page.locator("img")).to_have_count(0)
    show = page.get_by_role("button", name="Show Indexes that lie from pictures.example.org").last
    await page.context.route("https://pictures.example.org/**", lambda route: route.abort())
    await show.click()
    await expect(page.get_by_text("pictures.example.org · not loaded")).to_be_visible()
    asked = [problem for problem in bench.problems if problem.endswith("large.png")]
    assert asked == bench.problems == ["the page asked for https://pictures.example.org/large.png"]
    bench.problems.clear()


async def test_own_files_are_shown_with_their_description(bench: Bench) -> None:
    channel = bench.channel()
    chart = discord.File(io.BytesIO(PIXEL), "chart.png", description="Mentions by month")
    embed = discord.Embed(title="SQLite over time").set_image(url="attachment://chart.png")
    await bench.post(channel, embed=embed, file=chart)
    await bench.post(channel, file=discord.File(io.BytesIO(PIXEL), "map.png", description="A map"))
    await bench.post(channel, "notes", file=discord.File(io.BytesIO(b"a,b\n"), "notes.csv"))
    page = await bench.open(channel)
    await expect(page.locator("img")).to_have_count(2)
    for picture in (page.get_by_test_id("embed").locator("img"), page.get_by_alt_text("A map")):
        await expect(picture).to_be_visible()
        await expect(picture).not_to_have_js_property("naturalWidth", 0)
    await expect(page.get_by_test_id("embed").locator("img")).to_have_attribute(
        "alt", re.compile("SQLite over time|Mentions")
    )
    await expect(page.get_by_role("link", name="notes.csv")).to_be_visible()


class Layout(discord.ui.LayoutView):
    """One of each of the newer components."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        box = discord.ui.Container["Layout"](accent_colour=0x9B59B6)
        box.add_item(discord.ui.TextDisplay("## Search: sqlite"))
        box.add_item(discord.ui.Separator())
        opener = discord.ui.Button["Layout"](label="Open", custom_id="open-1")
        box.add_item(discord.ui.Section("**First** story", accessory=opener))
        thumbnail = discord.ui.Thumbnail["Layout"]("https://pictures.example.org/t.png", description="A chart")
        box.add_item(discord.ui.Section("Second story", accessory=thumbnail))
        gallery = discord.ui.MediaGallery["Layout"]()
        gallery.add_item(media="https://pictures.example.org/g.png", description="A map")
        box.add_item(gallery)
        row = discord.ui.ActionRow["Layout"]()
        row.add_item(discord.ui.Button(label="Back", custom_id="back", disabled=True))
        box.add_item(row)
        self.add_item(box)


async def test_layout_components(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, view=Layout())
    page = await bench.open(channel)
    box = page.get_by_test_id("container")
    await expect(box.get_by_role("heading", name="Search: sqlite")).to_be_visible()
    await expect(box.locator(".section")).to_have_count(2)
    await expect(box.get_by_role("button", name="Open")).to_be_enabled()
    await expect(box.get_by_role("button", name="Back")).to_be_disabled()
    await expect(box.get_by_role("button", name="Show A map from pictures.example.org")).to_be_visible()
    await expect(box).to_have_css("border-left-color", "rgb(155, 89, 182)")


async def test_messages_of_one_author_are_grouped_and_edits_marked(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, "one")
    second = await bench.post(channel, "two")
    page = await bench.open(channel)
    await expect(page.get_by_test_id("author")).to_have_count(1)
    await second.edit(content="two, corrected")
    await expect(page.get_by_test_id("content").last).to_have_text("two, corrected (edited)")
    await second.delete()
    await expect(page.get_by_test_id("content")).to_have_text(["one"])


async def test_thread_stands_below_its_channel_and_opens(bench: Bench) -> None:
    channel = bench.channel()
    header = await bench.post(channel, "Issue 41")
    thread = await header.create_thread(name="Talk about 41")
    await thread.send("First word")
    page = await bench.open(channel)
    await expect(page.get_by_test_id("thread-card")).to_contain_text("Talk about 41")
    await page.get_by_test_id("thread-card").click()
    await expect(page.get_by_test_id("channel-name")).to_have_text("Talk about 41")
    await expect(page.get_by_test_id("content").last).to_have_text("First word")
    item = page.get_by_test_id("channels").locator(f'[data-channel-id="{thread.id}"]')
    await expect(item).to_have_attribute("aria-current", "page")
    await page.locator(".where").get_by_role("button", name=channel.name).click()
    await expect(page.get_by_test_id("channel-name")).to_have_text(channel.name)


async def test_forum_lists_its_posts(bench: Bench) -> None:
    forum: Channel = bench.sandbox.world.add_channel(bench.sandbox.guild, "stories", FORUM, tags=("Rust",))
    place = bench.channel()
    page = await bench.open(place)
    found = bench.bot.get_channel(forum.id) or await bench.bot.fetch_channel(forum.id)
    assert isinstance(found, discord.ForumChannel)
    await found.create_thread(name="FTS5 grows", content="A **new** tokenizer", applied_tags=found.available_tags)
    await page.get_by_role("button", name="stories, forum channel").click()
    post = page.get_by_test_id("post")
    await expect(post).to_contain_text("FTS5 grows")
    await expect(post).to_contain_text("A new tokenizer")
    await expect(post.locator(".tag")).to_have_text("Rust")
    await post.click()
    await expect(page.get_by_test_id("content")).to_have_text("A new tokenizer")


_NAMELESS = """() => [...document.querySelectorAll("button, a, input, textarea, [role=listbox], [role=menu], dialog")]
  .filter((node) => !node.ariaLabel && !node.textContent.trim() && !node.labels?.length && !node.closest("[hidden]"))
  .map((node) => node.outerHTML)"""
_TWICE = "() => [...document.querySelectorAll('[id]')].map((n) => n.id).filter((id, at, all) => all.indexOf(id) !== at)"


async def test_everything_to_press_has_a_name(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, embed=rich_embed(), view=Pages())
    await bench.post(channel, view=Layout())
    page = await bench.open(channel)
    await expect(page.get_by_test_id("container")).to_be_visible()
    await page.get_by_test_id("message-box").fill("/search ")
    await expect(page.get_by_test_id("command-box")).to_be_visible()
    assert await page.evaluate(_NAMELESS) == []
    assert await page.evaluate(_TWICE) == []


async def test_messages_are_walked_by_arrow_keys(bench: Bench) -> None:
    channel = bench.channel()
    for text in ("one", "two", "three"):
        await bench.post(channel, text)
    page = await bench.open(channel)
    await page.get_by_test_id("message-box").press("ArrowUp")
    rows = page.locator("[data-message-id] > article")
    await expect(rows.nth(2)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(rows.nth(1)).to_be_focused()
    await page.keyboard.press("Home")
    await expect(rows.nth(0)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("message-box")).to_be_focused()


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_phone_has_no_sideways_scroll(bench: Bench, scheme: str) -> None:
    channel = bench.channel("A topic that is long enough to fill the line above the messages more than once")
    await bench.post(channel, "word" * 300)
    await bench.post(channel, "```\n" + "long line " * 40 + "\n```\nhttps://example.org/" + "path/" * 60)
    await bench.post(channel, embed=rich_embed(), view=discord.ui.View())
    await bench.post(channel, view=Layout())
    page = await bench.open(channel, size=PHONE)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await expect(page.get_by_test_id("container")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    wide = await page.evaluate(
        "() => [...document.querySelectorAll('.main *')].filter((n) => n.getBoundingClientRect().right > innerWidth + 1"
        " && !n.closest('.sr-only, .picture-link')).map((n) => n.className)"
    )
    assert wide == []


async def test_phone_drawer_opens_and_leads_to_a_channel(bench: Bench) -> None:
    place, other = bench.channel(), bench.channel()
    page = await bench.open(place, size=PHONE)
    await expect(page.get_by_test_id("channels")).to_be_hidden()
    await page.get_by_test_id("open-drawer").click()
    target = page.get_by_test_id("channels").locator(f'[data-channel-id="{other.id}"]')
    await expect(target).to_be_visible()
    size = await target.bounding_box()
    assert size is not None
    assert size["height"] >= 44
    await target.click()
    await expect(page.get_by_test_id("channel-name")).to_have_text(other.name)
    await expect(page.get_by_test_id("channels")).to_be_hidden()

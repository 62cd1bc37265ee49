"""Slash commands, buttons, menus and forms, by keyboard where people use it."""

from __future__ import annotations

import asyncio

import discord
import pytest
from playwright.async_api import Route, expect

from tests.sandbox.page.conftest import Bench
from tests.sandbox.page.page_bot import Pages, Unanswered

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_command_with_autocomplete_by_keyboard(bench: Bench) -> None:
    page = await bench.open(bench.channel())
    box = page.get_by_test_id("message-box")
    await box.press_sequentially("/sea")
    await expect(page.get_by_test_id("choice")).to_have_count(1)
    await expect(page.get_by_test_id("choice")).to_contain_text("Find what was covered before")
    await page.keyboard.press("Enter")
    await page.keyboard.type("sqlite")
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.keyboard.type("quiet")
    await expect(page.get_by_test_id("choice")).to_have_text(["Quiet Servers"])
    await page.keyboard.press("Enter")
    await expect(page.locator('input[data-option="newsletter"]')).to_have_value("Quiet Servers")
    await page.keyboard.press("Enter")
    answer = page.locator("[data-message-id]")
    await expect(answer.get_by_test_id("embed")).to_contain_text("Search: sqlite")
    await expect(answer.get_by_test_id("embed")).to_contain_text("in id-of-Quiet Servers, 5 at most")
    await expect(answer.get_by_test_id("used-command")).to_contain_text("You used search")
    await expect(answer.get_by_test_id("ephemeral")).to_contain_text("Only you can see this")
    await expect(box).to_be_focused()


async def test_typed_whole_command_fills_its_options(bench: Bench) -> None:
    page = await bench.open(bench.channel())
    await page.get_by_test_id("message-box").fill("/search query: full text count: 3")
    await expect(page.locator('input[data-option="query"]')).to_have_value("full text")
    await page.locator('input[data-option="count"]').press("Enter")
    await expect(page.get_by_test_id("embed")).to_contain_text("3 at most")


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("/search ", "This option is required"),
        ("/search x", "at least 2 characters"),
        ("/search query: sqlite count: 99", "between 1 and 25"),
        ("/search query: sqlite count: many", "whole number"),
    ],
)
async def test_wrong_value_is_told_in_place(bench: Bench, typed: str, complaint: str) -> None:
    page = await bench.open(bench.channel())
    await page.get_by_test_id("message-box").fill(typed)
    await page.get_by_test_id("option-input").last.press("Enter")
    await expect(page.locator(".popup-error")).to_contain_text(complaint)
    await expect(page.locator(".pill.wrong input")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("[data-message-id]")).to_have_count(0)


async def test_subcommand_is_listed_with_its_parent(bench: Bench) -> None:
    page = await bench.open(bench.channel())
    await page.get_by_test_id("message-box").press_sequentially("/issue")
    await expect(page.get_by_test_id("choice")).to_contain_text(["/repost issue"])
    await page.keyboard.press("Tab")
    await page.keyboard.type("model")
    await expect(page.get_by_test_id("choice")).to_have_text(["Model Notes"])
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("content")).to_have_text("Reposted id-of-Model Notes")


async def test_channel_and_boolean_are_chosen_from_lists(bench: Bench) -> None:
    channel = bench.channel()
    page = await bench.open(channel)
    await page.get_by_test_id("message-box").fill("/follow ")
    await page.keyboard.type(channel.name)
    await expect(page.get_by_test_id("choice")).to_contain_text([f"#{channel.name}"])
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("content")).to_have_text(f"Following in {channel.name}: False")


async def test_command_typed_before_the_commands_are_known(bench: Bench) -> None:
    channel = bench.channel()
    page = await bench.open(channel)
    released = asyncio.Event()

    async def late(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await page.route("**/client/commands*", late)
    await page.reload()
    await page.get_by_test_id("message-box").fill("/search query: early")
    await expect(page.get_by_test_id("command-box")).to_have_count(0)
    released.set()
    await expect(page.locator('input[data-option="query"]')).to_have_value("early")


async def test_escape_closes_the_list_then_the_command(bench: Bench) -> None:
    page = await bench.open(bench.channel())
    await page.get_by_test_id("message-box").fill("/search ")
    await expect(page.get_by_test_id("command-box")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("autocomplete")).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("command-box")).to_have_count(0)
    await expect(page.get_by_test_id("message-box")).to_be_focused()


async def test_slow_answer_is_thinking_until_it_comes(bench: Bench) -> None:
    bench.bot.release.clear()
    page = await bench.open(bench.channel())
    await page.get_by_test_id("message-box").fill("/slow")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("thinking")).to_contain_text("Herald is thinking…")
    bench.bot.release.set()
    await expect(page.get_by_test_id("content")).to_have_text("At last")
    await expect(page.get_by_test_id("thinking")).to_have_count(0)


async def test_button_turns_the_page_and_keeps_the_focus(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, embed=discord.Embed(title="Page 1"), view=Pages())
    page = await bench.open(channel)
    button = page.get_by_role("button", name="Next", exact=True)
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("embed")).to_have_text("Page 2")
    await expect(button).to_be_focused()


async def test_silent_acknowledgement_ends_the_loading_state(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, "Results", view=Pages())
    page = await bench.open(channel)
    button = page.get_by_role("button", name="Quiet", exact=True)
    await button.click()
    async with asyncio.timeout(10):
        await bench.bot.pressed.wait()
    await expect(button).not_to_have_attribute("aria-busy", "true", timeout=2_000)
    await expect(page.get_by_text("This interaction failed")).to_have_count(0)


async def test_unanswered_button_fails_visibly(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, "Press me", view=Unanswered())
    page = await bench.open(channel)
    button = page.get_by_role("button", name="Dead")
    await button.click()
    await expect(button).to_have_attribute("aria-busy", "true")
    await expect(page.get_by_text("This interaction failed")).to_be_visible()
    await expect(button).not_to_have_attribute("aria-busy", "true")


async def test_link_button_leads_where_it_says(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, "Results", view=Pages())
    page = await bench.open(channel)
    link = page.get_by_test_id("link-button")
    await expect(link).to_have_attribute("href", "https://example.org/paper?a=1&b=2")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    await expect(link).to_have_attribute("target", "_blank")


async def test_select_by_keyboard(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, "Results", view=Pages())
    page = await bench.open(channel)
    select = page.get_by_test_id("select")
    await expect(select).to_have_text("Open a result")
    await select.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(select).to_have_text("Second story")
    await expect(page.get_by_test_id("content").last).to_have_text("Opened 2")
    await page.get_by_role("button", name="Dismiss message").click()
    await expect(page.locator("[data-message-id]")).to_have_count(1)


async def test_modal_checks_and_submits(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, "Results", view=Pages())
    page = await bench.open(channel)
    await page.get_by_role("button", name="Ask").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Add an alert")
    field = dialog.get_by_label("Topic")
    await expect(field).to_be_focused()
    await field.fill("ab")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert").filter(has_text="at least 3")).to_be_visible()
    await field.fill("SQLite")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("content").last).to_have_text("Alert for SQLite")
    await expect(dialog).to_have_count(0)


async def test_a_menu_closes_when_the_window_changes(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, "Here")
    page = await bench.open(channel, size={"width": 999, "height": 700})  # of its own, for it is changed
    await page.locator("[data-message-id]").last.hover()
    await page.get_by_test_id("message-menu").last.click()
    await expect(page.get_by_role("menu")).to_be_visible()
    await page.set_viewport_size({"width": 1000, "height": 700})
    await expect(page.get_by_role("menu")).to_have_count(0)


async def test_message_command_from_the_menu(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, "Mamba explained")
    page = await bench.open(channel)
    await page.locator("[data-message-id] article").focus()
    await page.keyboard.press("Shift+F10")
    await expect(page.get_by_test_id("message-command")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("content").last).to_have_text("Related to Mamba explained")


async def test_plain_member_sees_no_admin_commands(bench: Bench) -> None:
    page = await bench.open(bench.channel())
    box = page.get_by_test_id("message-box")
    await box.fill("/")
    await expect(page.get_by_test_id("choice").filter(has_text="/repost issue")).to_have_count(1)
    await page.keyboard.press("Escape")
    await page.get_by_test_id("acting-as").click()
    await page.get_by_role("menuitemradio", name="Reader").click()
    await expect(page.get_by_test_id("acting-as")).to_contain_text("Reader")
    await box.fill("/")
    await expect(page.get_by_test_id("choice").filter(has_text="/search")).to_have_count(1)
    await expect(page.get_by_test_id("choice").filter(has_text="/repost issue")).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.get_by_test_id("acting-as").click()
    await page.get_by_role("menuitemradio", name="You").click()
    await expect(page.get_by_test_id("acting-as")).to_contain_text("You")


class Turning(discord.ui.View):
    """Pages whose "Next" leads to another page each time, so that its identity changes with the page."""

    def __init__(self, number: int = 1) -> None:
        super().__init__(timeout=None)
        self.number = number
        button: discord.ui.Button[Turning] = discord.ui.Button(label="Next", custom_id=f"turn:{number + 1}")
        button.callback = self.turned
        self.add_item(button)

    async def turned(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"Page {self.number + 1}", view=Turning(self.number + 1))


async def test_the_focus_stays_on_next_from_page_to_page(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, "Page 1", view=Turning())
    page = await bench.open(channel)
    await page.get_by_role("button", name="Next").focus()
    for number in (2, 3):
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("content").last).to_contain_text(f"Page {number}")
        await expect(page.get_by_role("button", name="Next")).to_be_focused()


async def test_a_menu_near_the_bottom_opens_within_the_window(bench: Bench) -> None:
    channel = bench.channel()
    menu: discord.ui.Select[discord.ui.View] = discord.ui.Select(custom_id="long", placeholder="Many")
    for number in range(25):
        menu.add_option(label=f"Choice {number}", description="with a second line")
    await bench.post(channel, "Choose", view=discord.ui.View(timeout=None).add_item(menu))
    page = await bench.open(channel, size={"width": 1280, "height": 900})
    await page.get_by_test_id("select").click()
    box = await page.get_by_test_id("select-list").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 900


async def test_two_tabs_act_as_two_people(bench: Bench) -> None:
    channel = bench.channel()
    first, second = await bench.open(channel), await bench.open(channel)
    await second.get_by_test_id("acting-as").click()
    await second.get_by_role("menuitemradio", name="Reader").click()
    await expect(second.get_by_test_id("acting-as")).to_contain_text("Reader")
    await expect(first.get_by_test_id("acting-as")).to_contain_text("You")
    for page, words in ((first, "from you"), (second, "from the reader")):
        await page.get_by_test_id("message-box").fill(words)
        await page.keyboard.press("Enter")
        await expect(first.get_by_test_id("content").last).to_have_text(words)
    names = [message.author.username for message in bench.sandbox.messages(channel)]
    assert names == ["you", "reader"]
    await second.reload()
    await expect(second.get_by_test_id("acting-as")).to_contain_text("Reader")


async def test_the_answer_to_a_press_comes_into_view_wherever_it_was_pressed(bench: Bench) -> None:
    channel = bench.channel()
    await bench.post(channel, "old", view=Pages())
    for number in range(30):
        await bench.post(channel, f"message {number}")
    page = await bench.open(channel)
    select = page.get_by_role("combobox", name="Open a result")
    await select.scroll_into_view_if_needed()
    await expect(page.get_by_text("message 29", exact=True)).not_to_be_in_viewport()
    await select.click()
    await page.get_by_role("option", name="Second story").click()
    await expect(page.get_by_text("Opened 2", exact=True)).to_be_in_viewport()


async def test_a_longer_answer_than_the_page_stands_from_its_first_line_on_and_says_that_it_goes_on(
    bench: Bench,
) -> None:
    page = await bench.open(bench.channel(), size={"width": 1280, "height": 340})
    await page.get_by_test_id("message-box").fill("/search query: rust")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Search: rust")).to_be_in_viewport()
    more = page.get_by_test_id("new-messages")
    await expect(more).to_have_text("More below")
    await more.click()
    await expect(page.get_by_role("button", name="Next")).to_be_in_viewport(ratio=1)
    await expect(more).to_be_hidden()


async def test_a_menu_of_channels_offers_threads_and_names_the_chosen_one(bench: Bench) -> None:
    channel = bench.channel()
    thread = bench.sandbox.world.add_thread(channel, "book club", bench.sandbox.world.owner)
    menu: discord.ui.ChannelSelect[discord.ui.View] = discord.ui.ChannelSelect(
        custom_id="where",
        channel_types=[discord.ChannelType.public_thread],
        default_values=[discord.SelectDefaultValue(id=thread.id, type=discord.SelectDefaultValueType.channel)],
    )
    await bench.post(channel, "Where?", view=discord.ui.View(timeout=None).add_item(menu))
    page = await bench.open(channel)
    await expect(page.get_by_test_id("select")).to_have_text("book club")
    await page.get_by_test_id("select").click()
    await expect(page.get_by_role("option")).to_have_text(["book club"])

"""Interactions from the page through the gateway to the real discord.py and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands
from sandbox_harness import Bot, Http, RawGateway, Starter, connected, eventually

from sandbox.server import Sandbox
from sandbox.world.model import Channel
from sandbox.world.model_message import FLAG_LOADING, Message


class Menu(discord.ui.View):
    """A button, a menu and a button that opens a form."""

    @discord.ui.button(label="Next", custom_id="next")
    async def following(self, interaction: discord.Interaction, button: discord.ui.Button[Menu]) -> None:
        await interaction.response.edit_message(content=f"changed by {interaction.user.name} with {button.label}")

    @discord.ui.select(
        custom_id="pick",
        max_values=2,
        options=[discord.SelectOption(label=letter, value=letter) for letter in "abc"],
    )
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select[Menu]) -> None:
        await interaction.response.send_message("picked " + " ".join(select.values), ephemeral=True)

    @discord.ui.button(label="Ask", custom_id="ask")
    async def ask(self, interaction: discord.Interaction, _: discord.ui.Button[Menu]) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.button(label="Later", custom_id="later", disabled=True)
    async def later(self, __: discord.Interaction, _: discord.ui.Button[Menu]) -> None:
        raise AssertionError("it is disabled")


class Anyone(discord.ui.MentionableSelect[discord.ui.View]):
    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("chosen " + self.values[0].name)


class Form(discord.ui.Modal, title="A form"):
    topic: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Topic", custom_id="topic")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"about {self.topic.value}")


def add_group(tree: app_commands.CommandTree[Bot]) -> None:
    alert = app_commands.Group(name="alert", description="Alerts")

    @alert.command(description="Add one")
    async def add(interaction: discord.Interaction, topic: str, role: discord.Role | None = None) -> None:
        view = discord.ui.View()
        view.add_item(Anyone(custom_id="anyone"))
        view.add_item(discord.ui.ChannelSelect(custom_id="place", min_values=0, max_values=2))
        await interaction.response.send_message(f"{topic} {role and role.name}", view=view)

    @add.autocomplete("topic")
    async def topics(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}!", value=current)]

    @alert.command(name="list", description="List them")
    async def listing(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("none")

    tree.add_command(alert)


def make_bot() -> Bot:
    bot = Bot()
    tree = bot.tree

    @tree.command(description="Answer at once")
    @app_commands.describe(query="Words")
    async def search(interaction: discord.Interaction, query: str, section: str = "") -> None:
        await interaction.response.send_message(f"{query} in {section or 'all'}", view=Menu())

    @search.autocomplete("section")
    async def sections(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        names = ["Tools", "Papers", interaction.namespace.query or ""]
        return [app_commands.Choice(name=name, value=name) for name in names if name.lower().startswith(current)]

    @tree.command(description="Answer later")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("first", wait=True)
        second = await interaction.followup.send("second", wait=True)
        await second.edit(content="second, changed")
        original = await interaction.original_response()
        await interaction.edit_original_response(content=original.content + ", changed")

    @tree.command(description="Never answers")
    async def mute(interaction: discord.Interaction) -> None:
        return

    @tree.command(description="For admins")
    @app_commands.default_permissions(manage_guild=True)
    async def admin(interaction: discord.Interaction, channel: discord.TextChannel, who: discord.Member) -> None:
        may = interaction.permissions.manage_guild, interaction.app_permissions.send_messages
        await interaction.response.send_message(f"{channel.name} {who.name} {may}")
        response = await interaction.original_response()
        await response.delete()
        await interaction.followup.send("gone", ephemeral=True)

    @tree.context_menu(name="Who is it")
    async def who_is_it(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"It is {member.name}")

    add_group(tree)

    @tree.context_menu(name="Related coverage")
    async def related(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"related to {message.content}")

    return bot


class Scene:
    """A connected bot with its commands, and a person at the page."""

    def __init__(self, sandbox: Sandbox, http: Http, bot: Bot) -> None:
        self.sandbox, self.http, self.bot = sandbox, http, bot
        self.news: Channel = sandbox.channel("news")
        self.reader = next(user for user in sandbox.world.users.values() if user.username == "reader")

    def said(self) -> list[str]:
        return [message.content for message in self.sandbox.messages(self.news)]

    async def click(self, custom_id: str, **data: Any) -> tuple[int, Any]:
        message = self.sandbox.messages(self.news)[0]
        body = {"type": 3, "message_id": str(message.id), "data": {"custom_id": custom_id, **data}}
        return await self.send(body)

    async def send(self, body: dict[str, Any], **kwargs: Any) -> tuple[int, Any]:
        return await self.http.page("POST", "/client/interactions", {"channel_id": str(self.news.id), **body}, **kwargs)

    async def newest(self, count: int) -> Message:
        await eventually(lambda: len(self.sandbox.messages(self.news)) >= count)
        return self.sandbox.messages(self.news)[-1]


@pytest.fixture
async def scene(sandbox: Sandbox, http: Http) -> AsyncIterator[Scene]:
    bot = make_bot()
    async with connected(sandbox, bot):
        await bot.tree.sync()
        yield Scene(sandbox, http, bot)


async def test_slash_command(scene: Scene) -> None:
    status, answer = await scene.http.slash(scene.news, "search", query="mamba")
    assert status == 202
    message = await scene.newest(1)
    assert (message.content, message.type) == ("mamba in all", 20)
    assert message.interaction is not None
    assert message.interaction["interaction_metadata"]["id"] == answer["id"]
    assert message.interaction["interaction"]["name"] == "search"


async def test_autocomplete(scene: Scene) -> None:
    options = [
        {"name": "query", "type": 3, "value": "paper-like"},
        {"name": "section", "type": 3, "value": "pap", "focused": True},
    ]
    status, answer = await scene.send({"type": 4, "data": {"name": "search", "options": options}})
    assert (status, [choice["name"] for choice in answer["choices"]]) == (200, ["Papers", "paper-like"])


async def test_deferred_answer_and_follow_ups(scene: Scene) -> None:
    await scene.http.slash(scene.news, "slow")
    await eventually(lambda: scene.said() == ["first, changed", "second, changed"])
    first, second = scene.sandbox.messages(scene.news)
    assert first.ephemeral_to == scene.sandbox.world.owner.id
    assert not first.flags & FLAG_LOADING
    assert second.ephemeral_to is None


async def test_buttons_menus_and_forms(scene: Scene) -> None:
    await scene.http.slash(scene.news, "search", query="mamba")
    await scene.newest(1)
    assert (await scene.click("next"))[0] == 202
    await eventually(lambda: scene.said() == ["changed by you with Next"])
    assert (await scene.click("pick", values=["a", "c"]))[0] == 202
    picked = await scene.newest(2)
    assert (picked.content, picked.ephemeral_to) == ("picked a c", scene.sandbox.world.owner.id)
    async with scene.http.session.ws_connect(scene.sandbox.url + "/client/events") as events:
        assert (await scene.click("ask"))[0] == 202
        while (event := await events.receive_json())["t"] != "MODAL":
            pass
    assert event["d"]["title"] == "A form"
    field = {"type": 4, "custom_id": "topic", "value": "rust"}
    custom_id = event["d"]["custom_id"]
    submitted = {"custom_id": custom_id, "components": [{"type": 1, "components": [field]}]}
    assert (await scene.send({"type": 5, "data": submitted}))[0] == 202
    assert (await scene.newest(3)).content == "about rust"
    assert (await scene.send({"type": 5, "data": submitted}))[0] == 404


async def test_message_command(scene: Scene) -> None:
    _, said = await scene.http.page("POST", f"/client/channels/{scene.news.id}/messages", {"content": "Mamba!"})
    data = {"type": 3, "name": "Related coverage", "target_id": said["id"]}
    assert (await scene.send({"type": 2, "data": data}))[0] == 202
    message = await scene.newest(2)
    assert (message.content, message.type) == ("related to Mamba!", 23)


async def test_admins_commands_are_for_admins(scene: Scene) -> None:
    options = [
        {"name": "channel", "type": 7, "value": str(scene.news.id)},
        {"name": "who", "type": 6, "value": str(scene.reader.id)},
    ]
    body = {"type": 2, "data": {"name": "admin", "options": options}}
    refused = await scene.send(body, as_user=scene.reader)
    assert refused == (404, {"error": "There is no command 'admin' that you may use here."})
    _, listed = await scene.http.page("GET", f"/client/commands?guild_id={scene.sandbox.guild.id}&as={scene.reader.id}")
    assert "admin" not in [command["name"] for command in listed]
    assert (await scene.send(body))[0] == 202
    await eventually(lambda: scene.said() == ["gone"])


async def test_no_answer_is_told_after_the_deadline(start: Starter) -> None:
    sandbox = await start(first_answer_s=0.05)
    bot = make_bot()
    async with aiohttp.ClientSession() as session, connected(sandbox, bot):
        await bot.tree.sync()
        async with session.ws_connect(sandbox.url + "/client/events") as events:
            await Http(sandbox, session).slash(sandbox.channel("news"), "mute")
            while (event := await events.receive_json())["t"] != "INTERACTION_FAILED":
                pass
    assert event["d"]["reason"] == "The application did not respond."


async def test_an_absent_bot_fails_at_once(sandbox: Sandbox, http: Http) -> None:
    command = {"name": "search", "description": "Find", "options": []}
    await http.api("POST", f"/applications/{sandbox.world.bot.id}/commands", command)
    async with http.session.ws_connect(sandbox.url + "/client/events") as events:
        assert (await http.slash(sandbox.channel("news"), "search"))[0] == 202
        while (event := await events.receive_json())["t"] != "INTERACTION_FAILED":
            pass
    assert event["d"]["reason"] == "The bot is not connected."


OPTIONS = [
    {"name": "text", "description": "x", "type": 3, "min_length": 2, "max_length": 4, "required": True},
    {"name": "number", "description": "x", "type": 4, "min_value": 1, "max_value": 9},
    {"name": "kind", "description": "x", "type": 3, "choices": [{"name": "A", "value": "a"}]},
    {"name": "forum", "description": "x", "type": 7, "channel_types": [15]},
]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ([], "The option 'text' is required."),
        ([{"name": "text", "value": "x"}], "The option 'text' must be from 2 to 4."),
        ([{"name": "text", "value": 5}], "The option 'text' has the wrong type of value."),
        ([{"name": "number", "value": 10}], "The option 'number' must be from 1 to 9."),
        ([{"name": "number", "value": True}], "The option 'number' has the wrong type of value."),
        ([{"name": "kind", "value": "b"}], "'b' is not a choice for 'kind'."),
        ([{"name": "forum", "value": "news"}], "This kind of channel cannot be chosen."),
        ([{"name": "none", "value": 1}], "The command has no option 'none'."),
    ],
)
async def test_options_are_checked_as_discords_client_does(
    sandbox: Sandbox, http: Http, options: list[dict[str, Any]], error: str
) -> None:
    command = {"name": "find", "description": "Find", "options": OPTIONS}
    await http.api("POST", f"/applications/{sandbox.world.bot.id}/commands", command)
    news = str(sandbox.channel("news").id)
    given = [{**option, "value": news if option["value"] == "news" else option["value"]} for option in options]
    body = {"type": 2, "channel_id": news, "data": {"name": "find", "options": given}}
    assert await http.page("POST", "/client/interactions", body) == (400, {"error": error})


async def test_components_are_checked_as_discords_client_does(scene: Scene) -> None:
    await scene.http.slash(scene.news, "search", query="mamba")
    await scene.newest(1)
    assert await scene.click("none") == (404, {"error": "The message has no such component."})
    assert await scene.click("later") == (400, {"error": "This component is disabled."})
    assert await scene.click("pick", values=[]) == (400, {"error": "Choose from 1 to 2."})
    assert await scene.click("pick", values=["x"]) == (400, {"error": "This is not on the menu."})
    missing = {"type": 3, "message_id": "1", "data": {"custom_id": "next"}}
    assert await scene.send(missing) == (404, {"error": "There is no such message here."})


async def test_an_interaction_tells_all_that_discord_tells(sandbox: Sandbox, http: Http) -> None:
    command = {"name": "find", "description": "Find"}
    await http.api("POST", f"/applications/{sandbox.world.bot.id}/commands", command)
    gateway = await RawGateway.open(http)
    await gateway.identify()
    asking = asyncio.create_task(http.slash(sandbox.channel("news"), "find"))
    made = await gateway.event("INTERACTION_CREATE")
    assert (await asking)[0] == 202
    assert made["guild_id"] == str(sandbox.guild.id)
    assert made["member"]["user"]["username"] == "you"
    assert int(made["member"]["permissions"]) & 1 << 5
    assert int(made["app_permissions"]) & 1 << 11
    assert made["channel"]["name"] == "news"
    assert made["authorizing_integration_owners"] == {"0": str(sandbox.guild.id)}


async def test_commands_in_direct_messages(scene: Scene) -> None:
    _, channel = await scene.http.page("POST", "/client/dms", {})
    options = [{"name": "query", "type": 3, "value": "here"}]
    body = {"type": 2, "channel_id": channel["id"], "data": {"name": "search", "options": options}}
    assert (await scene.http.page("POST", "/client/interactions", body))[0] == 202
    direct = scene.sandbox.world.direct_channel(scene.sandbox.world.owner)
    await eventually(lambda: [message.content for message in scene.sandbox.messages(direct)] == ["here in all"])


def alert(*options: dict[str, Any], sub: str = "add") -> dict[str, Any]:
    return {"name": "alert", "options": [{"name": sub, "type": 1, "options": list(options)}]}


async def test_sub_commands(scene: Scene) -> None:
    fans = scene.sandbox.world.add_role(scene.sandbox.guild, "Fans")
    topic = {"name": "topic", "type": 3, "value": "rust"}
    role = {"name": "role", "type": 8, "value": str(fans.id)}
    assert (await scene.send({"type": 2, "data": alert(topic, role)}))[0] == 202
    assert (await scene.newest(1)).content == "rust Fans"
    assert (await scene.send({"type": 2, "data": alert(sub="list")}))[0] == 202
    assert (await scene.newest(2)).content == "none"
    typed = alert({**topic, "focused": True})
    assert await scene.send({"type": 4, "data": typed}) == (200, {"choices": [{"name": "rust!", "value": "rust"}]})
    assert (await scene.send({"type": 2, "data": {"name": "alert"}}))[1]["error"] == "Choose one of the sub-commands."
    strange = alert(topic, {"name": "role", "type": 8, "value": "1"})
    assert await scene.send({"type": 2, "data": strange}) == (404, {"error": "There is no such role."})
    focused = alert({**role, "focused": True})
    refused = await scene.send({"type": 4, "data": focused})
    assert refused == (400, {"error": "The option 'role' cannot be completed."})


async def test_menus_of_people_roles_and_channels(scene: Scene) -> None:
    await scene.send({"type": 2, "data": alert({"name": "topic", "type": 3, "value": "rust"})})
    await scene.newest(1)
    guild = scene.sandbox.guild
    for number, (identifier, name) in enumerate([(scene.reader.id, "reader"), (guild.id, "@everyone")], start=2):
        assert (await scene.click("anyone", values=[str(identifier)]))[0] == 202
        assert (await scene.newest(number)).content == f"chosen {name}"
    assert await scene.click("anyone", values=["1"]) == (404, {"error": "There is no such user."})
    assert (await scene.click("place", values=[]))[0] == 202
    assert (await scene.click("place", values=[str(scene.news.id)]))[0] == 202


async def test_user_command(scene: Scene) -> None:
    data = {"type": 2, "name": "Who is it", "target_id": str(scene.reader.id)}
    assert (await scene.send({"type": 2, "data": data}))[0] == 202
    assert (await scene.newest(1)).content == "It is reader"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"type": 2}, 400),
        ({"type": 9, "data": {}}, 400),
        ({"type": 2, "data": {"name": "none"}}, 404),
        ({"type": 2, "channel_id": "1", "data": {"name": "none"}}, 404),
        ({"type": 2, "data": {"type": 3, "name": "Related coverage", "target_id": "1"}}, 404),
        ({"type": 5, "data": {"custom_id": "none"}}, 404),
    ],
)
async def test_what_cannot_be_done(scene: Scene, body: dict[str, Any], status: int) -> None:
    assert (await scene.send(body))[0] == status
    hidden = scene.sandbox.world.add_channel(scene.sandbox.guild, "hidden")
    scene.sandbox.world.set_overwrite(hidden, scene.sandbox.guild, deny=1 << 10)
    place = {"channel_id": str(hidden.id), "type": 2, "data": {"name": "mute"}}
    assert (await scene.send(place, as_user=scene.reader))[0] == 403

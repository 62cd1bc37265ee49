"""Discord's own description of its interface: what discord.py sends is within it, other things are refused."""

from __future__ import annotations

import os
from pathlib import Path

import aiohttp
import discord
import pytest
from discord import app_commands
from sandbox_harness import Bot, Http, Starter, connected

HERE = Path(__file__)
OPENAPI = Path(os.environ.get("HERALD_OPENAPI") or HERE.parents[2] / "../shared/discord/openapi.json")
pytestmark = pytest.mark.skipif(not OPENAPI.is_file(), reason="Discord's openapi.json is not at hand (HERALD_OPENAPI)")


async def test_what_discord_py_sends_is_allowed(start: Starter) -> None:
    sandbox = await start(openapi=OPENAPI)
    bot = Bot()

    @bot.tree.command(description="Find")
    @app_commands.describe(query="Words", page="Page")
    async def search(
        interaction: discord.Interaction, query: app_commands.Range[str, 1, 100], page: app_commands.Range[int, 1] = 1
    ) -> None:
        await interaction.response.send_message(f"{query} {page}", ephemeral=True)
        await interaction.followup.send("more")
        await interaction.edit_original_response(content="changed")

    class Menu(discord.ui.View):
        @discord.ui.select(custom_id="pick", options=[discord.SelectOption(label="A", emoji="🔥")])
        async def pick(self, interaction: discord.Interaction, _: discord.ui.Select[Menu]) -> None:
            await interaction.response.defer()

    async with aiohttp.ClientSession() as session, connected(sandbox, bot):
        await bot.tree.sync()
        channel = bot.get_channel(sandbox.channel("news").id)
        forum = bot.get_channel(sandbox.channel("posts").id)
        assert isinstance(channel, discord.TextChannel)
        assert isinstance(forum, discord.ForumChannel)
        none = discord.AllowedMentions(everyone=False, users=[discord.Object(1)], roles=[discord.Object(2)])
        embed = discord.Embed(title="T", url="https://example.org", color=5, timestamp=discord.utils.utcnow())
        embed.add_field(name="n", value="v").set_footer(text="f").set_author(name="a").set_image(url="https://e.org/x")
        sent = await channel.send(embed=embed, view=Menu(), allowed_mentions=none, nonce="n")
        await sent.edit(content="x", view=None)
        await sent.reply("answer")
        await (await sent.create_thread(name="t")).edit(archived=True)
        await forum.create_thread(name="p", content="c", applied_tags=forum.available_tags[:1])
        assert (await Http(sandbox, session).slash(sandbox.channel("news"), "search", query="q"))[0] == 202
        user = await bot.fetch_user(sandbox.world.owner.id)
        await user.send("direct")
    refused = [entry for entry in sandbox.core.log.entries if entry.status >= 400]
    assert refused == []


async def test_it_refuses_what_our_own_rules_do_not_know(start: Starter) -> None:
    sandbox = await start(openapi=OPENAPI)
    async with aiohttp.ClientSession() as session:
        path = f"/channels/{sandbox.channel('news').id}/messages"
        status, answer = await Http(sandbox, session).api("POST", path, {"content": "x", "tts": "loud"})
    assert (status, answer["code"]) == (400, 50035)
    assert answer["errors"]["tts"]["_errors"][0]["code"] == "OPENAPI_SCHEMA"

from __future__ import annotations

import discord
from sandbox_harness import Bot, Http, connected, eventually

from sandbox.server import Sandbox


async def test_a_client_gets_ready_and_sends(sandbox: Sandbox) -> None:
    bot = Bot()
    async with connected(sandbox, bot):
        assert [guild.name for guild in bot.guilds] == ["Herald Sandbox"]
        channel = bot.get_channel(sandbox.channel("news").id)
        assert isinstance(channel, discord.TextChannel)
        view = discord.ui.View()
        view.add_item(discord.ui.Button(label="Paper", url="https://example.org/paper"))
        view.add_item(discord.ui.Button(label="Related", custom_id="related:1"))
        sent = await channel.send(embed=discord.Embed(title="A title", description="Text"), view=view, nonce="n1")
        assert sent.embeds[0].title == "A title"
        stored = sandbox.messages(sandbox.channel("news"))
        assert [message.nonce for message in stored] == ["n1"]


async def test_a_slash_command_answers(sandbox: Sandbox, http: Http) -> None:
    bot = Bot()

    @bot.tree.command(description="Answer")
    async def hello(interaction: discord.Interaction, name: str) -> None:
        await interaction.response.send_message(f"Hello {name}", ephemeral=True)

    async with connected(sandbox, bot):
        await bot.tree.sync()
        news = sandbox.channel("news")
        assert (await http.slash(news, "hello", name="you"))[0] == 202
        message = (await eventually(lambda: sandbox.messages(news)))[0]
        assert message.content == "Hello you"
        assert message.ephemeral_to == sandbox.world.owner.id

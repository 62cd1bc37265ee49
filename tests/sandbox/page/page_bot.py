"""A small bot with one of everything that the page can show and do."""

from __future__ import annotations

import asyncio

import discord
from discord import app_commands

NEWSLETTERS = ("The Weekly Index", "Quiet Servers", "Model Notes")


class Pages(discord.ui.View):
    """A result page: a button that turns it, one that nobody answers, a menu, a link."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.add_item(discord.ui.Button(label="Paper", url="https://example.org/paper?a=1&b=2"))
        self.number = 1

    @discord.ui.button(label="Next", custom_id="next", style=discord.ButtonStyle.primary)
    async def next_page(self, interaction: discord.Interaction, _: discord.ui.Button[Pages]) -> None:
        self.number += 1
        await interaction.response.edit_message(embed=discord.Embed(title=f"Page {self.number}"))

    @discord.ui.button(label="Quiet", custom_id="quiet")
    async def quiet(self, interaction: discord.Interaction, _: discord.ui.Button[Pages]) -> None:
        await interaction.response.defer()
        assert isinstance(interaction.client, PageBot)
        interaction.client.pressed.set()

    @discord.ui.button(label="Ask", custom_id="ask")
    async def ask(self, interaction: discord.Interaction, _: discord.ui.Button[Pages]) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.select(
        custom_id="open",
        placeholder="Open a result",
        options=[
            discord.SelectOption(label="First story", value="1", description="About indexes"),
            discord.SelectOption(label="Second story", value="2"),
        ],
    )
    async def open(self, interaction: discord.Interaction, select: discord.ui.Select[Pages]) -> None:
        await interaction.response.send_message(f"Opened {select.values[0]}", ephemeral=True)


class Unanswered(discord.ui.View):
    """A button that the bot never hears of: Discord says that it failed."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.add_item(discord.ui.Button(label="Dead", custom_id="dead"))
        self.stop()


class Form(discord.ui.Modal, title="Add an alert"):
    topic = discord.ui.TextInput["Form"](label="Topic", min_length=3, max_length=40, custom_id="topic")
    note = discord.ui.TextInput["Form"](
        label="Note", style=discord.TextStyle.paragraph, required=False, custom_id="note"
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Alert for {self.topic.value}", ephemeral=True)


class PageBot(discord.Client):
    """Its `release` lets the answer to /slow come; `pressed` says that "Quiet" was pressed."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default(), allowed_mentions=discord.AllowedMentions.none())
        self.tree = app_commands.CommandTree(self)
        self.release = asyncio.Event()
        self.pressed = asyncio.Event()
        self.up = asyncio.Event()
        add_commands(self)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_ready(self) -> None:
        self.up.set()


def add_commands(bot: PageBot) -> None:
    async def complete(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        fits = [name for name in NEWSLETTERS if typed.lower() in name.lower()]
        return [app_commands.Choice(name=name, value=f"id-of-{name}") for name in fits]

    @bot.tree.command(description="Find what was covered before")
    @app_commands.describe(query="Words to look for", newsletter="Only in this one", count="How many")
    @app_commands.autocomplete(newsletter=complete)
    async def search(
        interaction: discord.Interaction,
        query: app_commands.Range[str, 2, 100],
        newsletter: str | None = None,
        count: app_commands.Range[int, 1, 25] = 5,
    ) -> None:
        embed = discord.Embed(title=f"Search: {query}", description=f"in {newsletter}, {count} at most")
        await interaction.response.send_message(embed=embed, view=Pages(), ephemeral=True)

    @bot.tree.command(description="Takes its time")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await bot.release.wait()
        await interaction.followup.send("At last")

    @bot.tree.command(description="Where to post")
    async def follow(interaction: discord.Interaction, channel: discord.TextChannel, loud: bool) -> None:
        await interaction.response.send_message(f"Following in {channel.name}: {loud}")

    @bot.tree.context_menu(name="Related coverage")
    async def related(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"Related to {message.content}", ephemeral=True)

    repost = app_commands.Group(
        name="repost", description="Post again", default_permissions=discord.Permissions(manage_guild=True)
    )

    @repost.command(description="Post a whole issue again")
    @app_commands.autocomplete(issue=complete)
    async def issue(interaction: discord.Interaction, issue: str) -> None:
        await interaction.response.send_message(f"Reposted {issue}")

    bot.tree.add_command(repost)

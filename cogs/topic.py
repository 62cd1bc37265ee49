"""The history of a topic: `/topic`, and the buttons below its page."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands
from discord.utils import MISSING

from app.incidents import Interaction
from cogs._answers import jumps_of, nothing, results_page
from cogs._first_answers import FirstAnswers, reply
from cogs._scope import check_followed, scope_of
from cogs._sharing import shared_by, turn, turning
from digest.render.escape import plain_inline
from errors import UserError
from search.query import parse
from search.when import with_time
from storage.readers import TookTooLong
from ui.buttons import without_sharing
from ui.charts import chart_of, paint
from ui.choices import topic_choices
from ui.pressing import chosen
from ui.questions import QUESTION, question_of
from ui.topic import TopicButton, TopicMenu, TopicPage, topic_embed, topic_view

if TYPE_CHECKING:
    from app.client import Herald


class TopicStory(commands.Cog):
    """Shows when and how often a topic was covered, and how that changed over time."""

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services
        self.first_answers = FirstAnswers()

    async def cog_load(self) -> None:
        """Register handlers for the buttons, including those of pages sent before a restart."""
        self.bot.answer_presses(TopicButton, self.topic_pressed)
        self.bot.answer_presses(TopicMenu, self.topic_chosen)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(topic="A word, a name, a tag; in: since: and until: work as in /search")
    async def topic(self, interaction: Interaction, topic: Range[str, 1, 200]) -> None:
        """Show the story of a topic: how often, when, and what stood out."""
        question = with_time(" ".join(topic.split()))
        async with self.first_answers.soon(interaction, ephemeral=True):
            page = await self._page(interaction, question)
            if page is not None:
                embed, view = topic_embed(page), topic_view(page.topic)
            elif parse(question).filters:  # a search shows whether the filters are the reason
                embed, view = await results_page(self.services, interaction, question)
            else:
                scope = await scope_of(self.services, interaction)
                check_followed(scope, interaction)
                embed, view = await nothing(self.services, scope, question)
        await reply(interaction, embed=embed, view=view, files=page.files() if page is not None else MISSING)

    @topic.autocomplete("topic")
    async def _topics(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.services, interaction)
        return topic_choices(await self.services.topics.complete(scope, current), current)

    async def topic_pressed(self, interaction: Interaction, item: TopicButton) -> None:
        """Answer a button below a topic's page."""
        question = question_of(interaction.message)
        if not question:
            raise UserError("This page has expired. Please use /topic again.")
        if item.action == "search":
            async with self.first_answers.soon(interaction, ephemeral=True, thinking=True):
                embed, view = await results_page(self.services, interaction, question)
            await reply(interaction, embed=embed, view=view)
            return
        said = shared_by(interaction)
        async with self.first_answers.soon(interaction, thinking=True):
            page = await self._still_there(interaction, question)
        view = without_sharing(topic_view(page.topic))
        await reply(interaction, said, embed=topic_embed(page), view=view, files=page.files(), ephemeral=False)

    async def topic_chosen(self, interaction: Interaction, item: TopicMenu) -> None:
        """Show a topic chosen below the page of another."""
        del item
        for question in chosen(interaction):
            async with turning(self.first_answers, interaction):
                page = await self._still_there(interaction, question)
            await turn(interaction, topic_embed(page), topic_view(page.topic), page.files())

    async def _still_there(self, interaction: Interaction, question: str) -> TopicPage:
        page = await self._page(interaction, question)
        if page is None:
            raise UserError('Nothing about "{topic}" is left in the archive.', topic=plain_inline(question))
        return page

    async def _page(self, interaction: Interaction, question: str) -> TopicPage | None:
        if len(question) > QUESTION:
            raise UserError("This topic is too long: keep it below {limit} characters.", limit=QUESTION)
        try:
            topic = await self.services.topics.about(await scope_of(self.services, interaction), question)
        except TookTooLong as error:
            raise UserError("Counting this took too long. Add a word or a condition such as since:2024.") from error
        if topic is None:
            return None
        days = topic.mentions.days
        chart = chart_of(days, topic.mentions.archive_until) if days else None
        # One query for all links instead of one for each item.
        mentioned = {one.item.id for one in (topic.first, topic.latest, *topic.telling)}
        jumps = await jumps_of(self.services, interaction, mentioned)
        # Drawing takes tens of milliseconds, too long for the event loop of a busy gateway.
        picture = await asyncio.to_thread(paint, chart) if chart is not None else b""
        return TopicPage(topic=topic, chart=chart, picture=picture, jumps=jumps)


async def setup(bot: Herald) -> None:
    """Add the cog to the client."""
    await bot.add_cog(TopicStory(bot))

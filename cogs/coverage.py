"""Commands for members: `/search`, `/latest`, `/issue`, "Related coverage", and the buttons below messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from app.incidents import Interaction
from clock import utc_now
from cogs._answers import GONE, as_choices, in_one_line, jumps_of, results_page
from cogs._clues import clues_of, named
from cogs._first_answers import FirstAnswers, reply
from cogs._named import issue_named
from cogs._scope import check_followed, newsletter_named, scope_of
from cogs._sharing import shared_by, turn, turning
from digest.introduction import is_introduction
from digest.render.escape import plain_inline
from errors import UserError
from search.related import Clues
from search.when import with_time
from storage.choices import ISSUE
from storage.records import Delivery, IssueRecord
from storage.scope import Scope
from ui import results as pages
from ui.buttons import MarkButton, OpenButton, PageButton, ShareButton, mark_of, without_sharing
from ui.issues import IssueMenu, contents_page, introduction_page, issues_view, latest_embed
from ui.locales import spoken
from ui.masthead import essay_of
from ui.pressing import chosen_ids
from ui.questions import question_of

if TYPE_CHECKING:
    from app.client import Herald

_MOST_ISSUES = 10  # issues that /latest lists at most
_LOOKED_AT = 50  # newsletters whose newest issue it looks up at most


class Coverage(commands.Cog):
    """Searches and shows past coverage; answers are private until they are shared."""

    def __init__(self, bot: Herald) -> None:
        self.bot = bot
        self.services = bot.services
        self.first_answers = FirstAnswers()
        # discord.py has no decorator for context menus in a cog, so it is added and removed by hand.
        self._menu = app_commands.ContextMenu(name="Related coverage", callback=self.related)
        self._menu.guild_only = True

    async def cog_load(self) -> None:
        """Register the context menu and the handlers for the buttons, including those of earlier messages."""
        self.bot.answer_presses(MarkButton, self.mark_pressed)
        self.bot.answer_presses(OpenButton, self.open_pressed)
        self.bot.answer_presses(PageButton, self.page_pressed)
        self.bot.answer_presses(ShareButton, self.page_shared)
        self.bot.answer_presses(IssueMenu, self.issue_chosen)
        self.bot.answer_presses(pages.ResultsButton, self.results_pressed)
        self.bot.answer_presses(pages.ResultsMenu, self.result_chosen)
        self.bot.answer_presses(pages.AskButton, self.question_pressed)
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Remove the context menu."""
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        query='Words to look for; "a phrase", -without and site:example.org work too',
        newsletter="Only this newsletter",
        section="Only this section",
        tag="Only issues with this tag",
        since="On or after: 2023, March 2024, last month, 2024-03-05",
        until="On or before: 2023, March 2024, last month, 2024-03-05",
        site="Only links to this site, such as arxiv.org",
        sort="The most relevant first, or the newest",
    )
    async def search(  # noqa: PLR0913 -- each option of the command is one
        self,
        interaction: Interaction,
        query: Range[str, 1, 200],
        *,
        newsletter: Range[str, 1, 100] | None = None,
        section: Range[str, 1, 100] | None = None,
        tag: Range[str, 1, 100] | None = None,
        since: Range[str, 1, 40] | None = None,
        until: Range[str, 1, 40] | None = None,
        site: Range[str, 1, 100] | None = None,
        sort: Literal["relevance", "date"] | None = None,
    ) -> None:
        """Find everything that was covered about a topic."""
        # Answers carry the query as one line, which the buttons below them read; this works across restarts.
        words = query if since or until else with_time(query)
        question = in_one_line(
            words, newsletter=newsletter, section=section, tag=tag, since=since, until=until, site=site, sort=sort
        )
        async with self.first_answers.soon(interaction, ephemeral=True):
            embed, view = await results_page(self.services, interaction, question)
        await reply(interaction, embed=embed, view=view)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(newsletter="Only this newsletter", count="How many issues (default: 5)")
    async def latest(
        self,
        interaction: Interaction,
        newsletter: Range[str, 1, 100] | None = None,
        count: Range[int, 1, _MOST_ISSUES] = 5,
    ) -> None:
        """Show the newest issues, and the newest one of each newsletter."""
        async with self.first_answers.soon(interaction, ephemeral=True):
            scope = await scope_of(self.services, interaction)
            newsletter = newsletter_named(scope, self.services, newsletter) if newsletter else None
            issues = await self.services.archive.latest(scope, newsletter, count)
            if newsletter is None:  # otherwise a frequent or dated newsletter would hide the others
                issues = await self._with_newest_of_each(scope, issues)
        if not issues:
            check_followed(scope, interaction)
            if newsletter:
                raise UserError('There are no issues of "{newsletter}" yet.', newsletter=plain_inline(newsletter))
            raise UserError("There are no issues yet.")
        words = spoken()
        heading = words("Latest of {newsletter}", newsletter=newsletter) if newsletter else words("Latest issues")
        await reply(interaction, embed=latest_embed(issues, heading), view=issues_view(issues))

    async def _with_newest_of_each(self, scope: Scope, issues: Sequence[IssueRecord]) -> list[IssueRecord]:
        """Return the issues, followed by the newest of each newsletter not among them."""
        known = {one.newsletter for one in issues}
        missing = [name for name in self.services.watchers if scope.sees(name) and name not in known]
        archive, room = self.services.archive, _MOST_ISSUES - len(issues)
        more = [one for name in missing[:_LOOKED_AT] for one in await archive.latest(scope, name, 1)]
        return [*issues, *sorted(more, key=lambda one: one.sorted_at, reverse=True)[:room]]

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(issue="Start typing its title")
    async def issue(self, interaction: Interaction, issue: Range[str, 1, 100]) -> None:
        """Show what an issue holds."""
        async with self.first_answers.soon(interaction, ephemeral=True):
            found = await issue_named(self.services, await scope_of(self.services, interaction), issue)
            embed, view = await self._issue_page(interaction, "issue", found.id)
        await reply(interaction, embed=embed, view=view)

    @search.autocomplete("query")
    async def _questions(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.services, interaction)
        return as_choices(await self.services.topics.questions(scope, current))

    @search.autocomplete("newsletter")
    @latest.autocomplete("newsletter")
    async def _newsletters(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.services, interaction)
        return as_choices(await self.services.completion.names(scope, "newsletter", current))

    @search.autocomplete("section")
    async def _sections(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.services, interaction)
        newsletter = getattr(interaction.namespace, "newsletter", None) or ""
        return as_choices(await self.services.completion.names(scope, "section", current, newsletter))

    @search.autocomplete("tag")
    async def _tags(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.services, interaction)
        newsletter = getattr(interaction.namespace, "newsletter", None) or ""
        return as_choices(await self.services.completion.names(scope, "tag", current, newsletter))

    @issue.autocomplete("issue")
    async def _issues(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        scope = await scope_of(self.services, interaction)
        return as_choices(await self.services.completion.issues(scope, current), ISSUE)

    async def mark_pressed(self, interaction: Interaction, item: MarkButton) -> None:
        """Answer the button of a posted message: the contents of its issue, or other coverage of its story."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        delivery = await self.services.outbox.by_mark(item.mark)
        if delivery is None:
            raise UserError("Herald no longer knows this message.")
        if item.kind == "header" or delivery.item_id is None:
            await self._show_issue(interaction, delivery.issue_id)
        elif delivery.is_list:
            await self._show_list(interaction, delivery)
        else:
            await self._related_to_item(interaction, delivery.item_id)

    async def _show_list(self, interaction: Interaction, delivery: Delivery) -> None:
        """Answer with a menu of the items that a message lists."""
        scope = await scope_of(self.services, interaction)
        records = await self.services.archive.items_by_id(scope, await self.services.outbox.listed(delivery.id))
        # Items that were removed since the message was posted cannot be opened.
        live = sorted((one for one in records.values() if one.removed_at is None), key=lambda one: one.position)
        if not live:
            raise UserError("The author has removed everything this message listed.")
        await interaction.followup.send(spoken()("Which one?"), view=pages.items_view(live), ephemeral=True)

    async def related(self, interaction: Interaction, message: discord.Message) -> None:
        """Show coverage related to a message's words and links: the context command."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        delivery = await self._own(message)
        # The database knows the whole item, which its message may show cut. A list has several topics.
        if delivery is not None and delivery.item_id is not None and not delivery.is_list:
            await self._related_to_item(interaction, delivery.item_id)
            return
        clues = clues_of(message)
        if clues == Clues():
            raise UserError("This message has no words or links to search for.")
        await self._answer_related(interaction, named(message), clues)

    async def _own(self, message: discord.Message) -> Delivery | None:
        """Return the delivery of a message, if Herald posted it."""
        mark = mark_of(message)
        is_own = self.bot.user is not None and message.author.id == self.bot.user.id
        return await self.services.outbox.by_mark(mark) if mark and is_own else None

    async def issue_chosen(self, interaction: Interaction, item: IssueMenu) -> None:
        """Answer the menu below a list of issues."""
        del item
        for issue_id in chosen_ids(interaction):
            async with self.first_answers.soon(interaction, ephemeral=True, thinking=True):
                embed, view = await self._issue_page(interaction, "issue", issue_id)
            await reply(interaction, embed=embed, view=view)

    async def _show_issue(self, interaction: Interaction, issue_id: int) -> None:
        """Answer with the contents of an issue; the interaction is already deferred."""
        embed, view = await self._issue_page(interaction, "issue", issue_id)
        await interaction.followup.send(embed=embed, view=view, ephemeral=True)

    async def _issue_page(
        self, interaction: Interaction, what: str, issue_id: int, page: int = 1
    ) -> tuple[discord.Embed, discord.ui.View]:
        """Return a page of an issue's contents, or of its introduction if `what` is "intro"."""
        scope = await scope_of(self.services, interaction)
        issue = await self.services.archive.issue(scope, issue_id)
        if issue is None:
            raise UserError(GONE)
        if what == "intro":
            return introduction_page(issue, page, tint=self.bot.tint_of(issue.newsletter))
        items = await self.services.archive.items(scope, issue_id)
        jumps = await jumps_of(self.services, interaction, (item.id for item in items))
        return contents_page(issue, items, jumps, page, tint=self.bot.tint_of(issue.newsletter))

    async def results_pressed(self, interaction: Interaction, item: pages.ResultsButton) -> None:
        """Turn or share a page of results."""
        question = question_of(interaction.message)
        if question is None:
            raise UserError("This page has expired. Please search again.")
        if item.action == "share":
            said = shared_by(interaction)
            async with self.first_answers.soon(interaction, thinking=True):
                embed, view = await results_page(self.services, interaction, question, item.value)
            await reply(interaction, said, embed=embed, view=without_sharing(view), ephemeral=False)
            return
        async with turning(self.first_answers, interaction):
            embed, view = await results_page(self.services, interaction, question, item.value)
        await turn(interaction, embed, view)

    async def question_pressed(self, interaction: Interaction, item: pages.AskButton) -> None:
        """Replace a search without results by another."""
        async with turning(self.first_answers, interaction):
            embed, view = await results_page(self.services, interaction, item.topic)
        await turn(interaction, embed, view)

    async def result_chosen(self, interaction: Interaction, item: pages.ResultsMenu) -> None:
        """Show the chosen result in full."""
        del item
        for item_id in chosen_ids(interaction):
            async with self.first_answers.soon(interaction, ephemeral=True, thinking=True):
                embed, view = await self._full(interaction, item_id)
            await reply(interaction, embed=embed, view=view)
            await self._opened(interaction, item_id)

    async def open_pressed(self, interaction: Interaction, item: OpenButton) -> None:
        """Show the full text of a message that was cut."""
        async with self.first_answers.soon(interaction, ephemeral=True, thinking=True):
            delivery = await self.services.outbox.by_mark(item.mark)
            if delivery is None:
                raise UserError("Herald no longer knows this message.")
            item_id = delivery.item_id or await self._essay_of(interaction, delivery.issue_id)
            if item_id is not None:
                embed, view = await self._full(interaction, item_id)
            else:
                embed, view = await self._issue_page(interaction, "intro", delivery.issue_id)
        await reply(interaction, embed=embed, view=view)
        if item_id is not None:
            await self._opened(interaction, item_id)

    async def _essay_of(self, interaction: Interaction, issue_id: int) -> int | None:
        """Return the item whose text an issue's header shows as an essay, else None."""
        scope = await scope_of(self.services, interaction)
        issue = await self.services.archive.issue(scope, issue_id)
        records = await self.services.archive.items(scope, issue_id)
        if issue is None:
            return None
        # A channel's filter may have passed only this item.
        return next((one.id for one in records if essay_of(replace(issue.issue, items=(one.item,)))), None)

    async def page_pressed(self, interaction: Interaction, item: PageButton) -> None:
        """Turn to another page of an item's text, in place."""
        async with turning(self.first_answers, interaction):
            embed, view = await self._paged(interaction, item)
        await turn(interaction, embed, view)

    async def page_shared(self, interaction: Interaction, item: ShareButton) -> None:
        """Share a page of an item's text, or of an issue's contents or introduction, with the channel."""
        said = shared_by(interaction)
        async with self.first_answers.soon(interaction, thinking=True):
            embed, view = await self._paged(interaction, item)
        await reply(interaction, said, embed=embed, view=without_sharing(view), ephemeral=False)

    async def _paged(
        self, interaction: Interaction, item: PageButton | ShareButton
    ) -> tuple[discord.Embed, discord.ui.View]:
        if item.what == "item":
            return await self._full(interaction, item.number, item.page)
        return await self._issue_page(interaction, item.what, item.number, item.page)

    async def _opened(self, interaction: Interaction, item_id: int) -> None:
        """Record that a user of `/catchup` opened an item; nothing is stored about others."""
        # Records belong to a server, which a direct message does not have.
        if interaction.guild_id is not None:
            await self.services.catchups.opened(interaction.user.id, interaction.guild_id, item_id, now=utc_now())

    async def _full(
        self, interaction: Interaction, item_id: int, page: int = 1
    ) -> tuple[discord.Embed, discord.ui.View]:
        scope = await scope_of(self.services, interaction)
        item = await self.services.archive.item(scope, item_id)
        issue = await self.services.archive.issue(scope, item.issue_id) if item else None
        if item is None or issue is None:
            raise UserError(GONE)
        return pages.full_item(item, issue, page, tint=self.bot.tint_of(issue.newsletter))

    async def _related_to_item(self, interaction: Interaction, item_id: int) -> None:
        item = await self.services.archive.item(await scope_of(self.services, interaction), item_id)
        if item is None:
            raise UserError(GONE)
        urls = tuple(link.url for link in item.item.links[:10])
        # An introduction has its issue's title, which does not name its topic.
        titles = () if is_introduction(item.item) else (item.item.title,)
        clues = Clues(titles=titles, text=item.item.text, urls=urls)
        await self._answer_related(interaction, item.item.title, clues, without=item_id)
        await self._opened(interaction, item_id)

    async def _answer_related(
        self, interaction: Interaction, title: str, clues: Clues, *, without: int | None = None
    ) -> None:
        scope = await scope_of(self.services, interaction)
        found = await self.services.related.of(scope, clues, without=without)
        jumps = await jumps_of(self.services, interaction, (one.item.id for one in found))
        await interaction.followup.send(embed=pages.related_embed(title, found, jumps), ephemeral=True)


async def setup(bot: Herald) -> None:
    """Add the cog to the client."""
    await bot.add_cog(Coverage(bot))

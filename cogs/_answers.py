"""Answers shared by several cogs: a page of results, message links, autocomplete choices, a query with its filters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import discord
from discord.app_commands import Choice

from app.incidents import Interaction
from cogs._scope import check_followed, scope_of
from digest.render.markdown import cut
from errors import UserError
from search.query import with_filters
from search.search import Query
from storage.choices import choice_value
from storage.records import Choice as Suggestion
from storage.scope import Scope
from ui import results as pages
from ui.limits import CHOICE_NAME, CHOICES
from ui.locales import N_
from ui.messages import message_url
from ui.questions import QUESTION

if TYPE_CHECKING:
    from app.services import Services

GONE = N_("This is not in the archive any more, or this server no longer follows its newsletter.")
_KEYS = {"newsletter": "in"}  # the shorter keyword that people type


async def results_page(
    services: Services, interaction: Interaction, question: str, number: int = 1
) -> tuple[discord.Embed, discord.ui.View]:
    """Return one page of a search's results, counted from 1; the first page if `number` is past the end."""
    with services.search.questions.one():  # imports yield until the answer is complete
        query = Query(text=question, offset=(number - 1) * pages.PER_PAGE, limit=pages.PER_PAGE)
        scope = await scope_of(services, interaction)
        page = await services.search.search(scope, query)
        if not page.hits and number > 1:  # the archive has shrunk since
            return await results_page(services, interaction, question)
        if not page.hits:
            check_followed(scope, interaction)
            return await nothing(services, scope, question, page.note, is_question=page.is_question)
        jumps = await jumps_of(services, interaction, (hit.item.id for hit in page.hits))
        shown = pages.ResultsPage(question=question, number=number, page=page, jumps=jumps)
        return pages.results_embed(shown), pages.results_view(shown)


async def nothing(
    services: Services, scope: Scope, question: str, note: str = "", *, is_question: bool = True
) -> tuple[discord.Embed, discord.ui.View]:
    """Return the answer to a search without results: related topics to try, and the offer of an alert.

    A text that is not a query (`is_question`) only gets `note`.
    """
    if not is_question:
        return pages.refused_embed(question, note), discord.ui.View(timeout=None)
    # Topics similar to the query, else the most frequent topics of this server's newsletters.
    near = await services.topics.near(scope, question)
    frequent = [] if near else await services.topics.frequent(scope)
    return pages.none_embed(question, note, near, frequent), pages.none_view(near or frequent)


async def jumps_of(services: Services, interaction: Interaction, item_ids: Iterable[int]) -> dict[int, str]:
    """Return links to the messages that show these items in the interaction's server, by item id."""
    return await jumps_in(services, interaction.guild_id, item_ids)


async def jumps_in(services: Services, guild_id: int | None, item_ids: Iterable[int]) -> dict[int, str]:
    """Return links to the messages that show these items in a server, by item id; empty outside servers."""
    # From a direct message, a link could lead to a server that the reader has left.
    if guild_id is None:
        return {}
    places = await services.outbox.messages_of(tuple(item_ids), guild_id)
    return {
        item_id: message_url(guild_id, channel_id, message_id) for item_id, (channel_id, message_id) in places.items()
    }


def in_one_line(query: str, **filters: str | None) -> str:
    """Return a query with its filters in the query language. Raises UserError if it is too long for a page to carry."""
    question = with_filters(query, **{_KEYS.get(name, name): value for name, value in filters.items()})
    if len(question) > QUESTION:
        raise UserError(
            "This question is too long: keep it below {limit} characters, filters included.", limit=QUESTION
        )
    return question


def as_choices(found: Iterable[Suggestion], kind: str = "") -> list[Choice[str]]:
    """Return suggestions as Discord choices; with a `kind` their values are ids, marked with that kind."""

    def value(one: Suggestion) -> str:
        return choice_value(kind, one.value) if kind else one.value[:100]

    return [Choice(name=cut(one.label, CHOICE_NAME) or "–", value=value(one)) for one in found][:CHOICES]

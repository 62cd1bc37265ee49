"""Topics: their history, similar ones, and earlier coverage of an item's link or subject.

Queries have threads and connections of their own, and a time limit.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from search.completion import Completion
from search.earlier_coverage import Before, covered_before
from search.found import Mention, mentions_of
from search.query import parse
from search.scoped import ScopedConnection
from search.topic_names import completed, near_words, telling_words
from search.topic_story import Topic, story_of
from storage.database import Database
from storage.index import STORIES, link_facet
from storage.links import says_what
from storage.readers import Readers, TookTooLong
from storage.records import Choice
from storage.scope import Scope

LIMIT_S = 2.0
THREADS = 2
_CHOICE = 100  # characters of a suggestion
_BUTTON = 80  # characters of a suggestion that is a button
_T = TypeVar("_T")


class Topics:
    """Answers queries about topics over an open database; `close` stops its threads."""

    def __init__(
        self,
        db: Database,
        completion: Completion,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._completion = completion
        self._now = now
        self._readers = Readers(db.path, threads=THREADS, name="topics")

    async def close(self) -> None:
        """Interrupt running queries and close the connections; a later query opens new ones."""
        await self._readers.close()

    async def about(self, scope: Scope, question: str) -> Topic | None:
        """Return the story of a topic; None if it was never mentioned. Raises TookTooLong."""
        today = self._now().date()

        def told(connection: ScopedConnection) -> Topic | None:
            return story_of(
                connection, question, today, lambda item_ids: mentions_of(self._readers, connection, item_ids)
            )

        return await self._ask(scope, told)

    async def near(self, scope: Scope, question: str, limit: int = 5) -> list[str]:
        """Return topics spelt similarly to a query, most likely first; its filters are ignored."""
        question = " ".join(unit.shown for unit in parse(question).units)
        if not question:  # every topic begins with nothing
            return []
        words = await self._in_time(scope, lambda connection: near_words(connection, question))
        tags: list[str] = []
        for typed in (" ".join(question.split()[:6]), *words):
            tags += [choice.value for choice in await self._completion.names(scope, "tag", typed, limit=3)]
        asked = " ".join(question.split()).casefold()
        near = [topic for topic in _once([*tags, *words], _BUTTON) if topic.casefold() != asked]
        return near[:limit]

    async def frequent(self, scope: Scope, limit: int = 5) -> list[str]:
        """Return the most frequent topics: the tags of most items."""
        tags = await self._completion.names(scope, "tag", "", limit=limit)
        return [choice.value for choice in tags if len(choice.value) <= _BUTTON]

    async def complete(self, scope: Scope, text: str, limit: int = 25) -> list[str]:
        """Complete a topic: with tags, words of the archive, sections."""
        tags = [choice.value for choice in await self._completion.names(scope, "tag", text, limit=10)]
        sections = [choice.value for choice in await self._completion.names(scope, "section", text, limit=8)]
        words = await self._in_time(scope, lambda connection: completed(connection, text))
        return _once([*tags[:5], *words, *tags[5:], *sections], _CHOICE)[:limit]

    async def questions(self, scope: Scope, text: str, limit: int = 25) -> list[Choice]:
        """Complete a query: with itself, then topics, then titles of items."""
        typed = " ".join(text.split())
        if not typed:
            return [Choice(topic, topic) for topic in await self.complete(scope, "", limit)]
        topics = await self.complete(scope, text, limit=10)
        titles = [choice.label for choice in await self._completion.items(scope, text, limit=limit)]
        return [Choice(one, one) for one in _once([typed, *topics, *titles], _CHOICE)][:limit]

    async def telling_words(self, scope: Scope, text: str, limit: int = 8, most: float = math.inf) -> list[str]:
        """Return a text's most specific words, in its order, that at most `most` items have; none after the limit."""
        return await self._in_time(scope, lambda connection: telling_words(connection, text, limit, most))

    async def covering(
        self, scope: Scope, urls: Sequence[str], *, without: int | None = None, limit: int = 10
    ) -> list[Mention]:
        """Return the items with one of these links, newest first, except `without`; none if that takes too long. Front
        pages and accounts are ignored.
        """
        facets = [f'"{link_facet(url)}"' for url in urls[:20] if says_what(url)]
        if not facets:
            return []
        expression = f'facets : ({" OR ".join(facets)}) AND facets : "{STORIES}"'

        def found(connection: ScopedConnection) -> list[Mention]:
            ids = [item_id for item_id in _items_of(connection, expression, limit + 1) if item_id != without]
            known = mentions_of(self._readers, connection, ids[:limit])
            return [known[item_id] for item_id in ids if item_id in known]

        return await self._in_time(scope, found)

    async def covered_before(self, scope: Scope, item_ids: Iterable[int]) -> dict[int, Before]:
        """Return when an earlier issue last covered each item's link or topic; others are absent."""
        ids = list(item_ids)
        try:
            return await self._ask(scope, lambda connection: covered_before(connection, ids))
        except TookTooLong:  # the machine is overloaded, and messages do not wait for this
            return {}

    async def _in_time(self, scope: Scope, question: Callable[[ScopedConnection], list[_T]]) -> list[_T]:
        """Run a query; return nothing if it takes too long."""
        try:
            return await self._ask(scope, question)
        except TookTooLong:
            return []

    async def _ask(self, scope: Scope, question: Callable[[ScopedConnection], _T]) -> _T:
        return await self._readers.ask(lambda connection: question(ScopedConnection(scope, connection)), LIMIT_S)


def _once(names: Iterable[str], longest: int) -> list[str]:
    """Deduplicate names ignoring case, in order, and drop those that are too long to show."""
    found: dict[str, str] = {}
    for name in names:
        if len(name) <= longest:
            found.setdefault(name.casefold(), name)
    return list(found.values())


def _items_of(connection: ScopedConnection, expression: str, limit: int) -> list[int]:
    rows = connection.execute(
        "SELECT d.item_id FROM search_documents d WHERE d.document IN"
        " (SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT ?)"
        " ORDER BY d.document DESC",
        (connection.within(expression), limit),
    )
    return [int(row[0]) for row in rows]

"""Topics: the history of one, similar ones, and earlier coverage of the same link.

Asked in threads and on connections of their own, each question within a bound of time.
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
_BUTTON = 80  # and of one that is a button
_T = TypeVar("_T")


class Topics:
    """Answers about topics over an open database; `close` ends its threads."""

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
        """End what runs, and the connections; a later question opens new ones."""
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
        """Return topics that are written like what was asked for, the likeliest first; its filters are no words."""
        question = " ".join(unit.shown for unit in parse(question).units)
        if not question:  # what begins like nothing is every topic
            return []
        words = await self._in_time(scope, lambda connection: near_words(connection, question))
        tags: list[str] = []
        for typed in (" ".join(question.split()[:6]), *words):
            tags += [choice.value for choice in await self._completion.names(scope, "tag", typed, limit=3)]
        asked = " ".join(question.split()).casefold()
        near = [topic for topic in _once([*tags, *words], _BUTTON) if topic.casefold() != asked]
        return near[:limit]

    async def frequent(self, scope: Scope, limit: int = 5) -> list[str]:
        """Return the topics that come up most: the tags of most items."""
        tags = await self._completion.names(scope, "tag", "", limit=limit)
        return [choice.value for choice in tags if len(choice.value) <= _BUTTON]

    async def complete(self, scope: Scope, text: str, limit: int = 25) -> list[str]:
        """Return topics that somebody who types may mean: tags, words of the archive, sections."""
        tags = [choice.value for choice in await self._completion.names(scope, "tag", text, limit=10)]
        sections = [choice.value for choice in await self._completion.names(scope, "section", text, limit=8)]
        words = await self._in_time(scope, lambda connection: completed(connection, text))
        return _once([*tags[:5], *words, *tags[5:], *sections], _CHOICE)[:limit]

    async def questions(self, scope: Scope, text: str, limit: int = 25) -> list[Choice]:
        """Return what somebody who types a question may mean: what was typed, then topics, then titles of items."""
        typed = " ".join(text.split())
        if not typed:
            return [Choice(topic, topic) for topic in await self.complete(scope, "", limit)]
        topics = await self.complete(scope, text, limit=10)
        titles = [choice.label for choice in await self._completion.items(scope, text, limit=limit)]
        return [Choice(one, one) for one in _once([typed, *topics, *titles], _CHOICE)][:limit]

    async def telling_words(self, scope: Scope, text: str, limit: int = 8, most: float = math.inf) -> list[str]:
        """Return the words of a text that say most about its topic, in its order, such as `most` items have at most;
        none if finding out takes too long.
        """
        return await self._in_time(scope, lambda connection: telling_words(connection, text, limit, most))

    async def covering(
        self, scope: Scope, urls: Sequence[str], *, without: int | None = None, limit: int = 10
    ) -> list[Mention]:
        """Return the items with one of these links, newest first, but for `without`; none if finding them takes too
        long. Front pages and accounts say nothing.
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
        """Return when an earlier issue last covered an item's link or topic, for each item of which that is so."""
        ids = list(item_ids)
        try:
            return await self._ask(scope, lambda connection: covered_before(connection, ids))
        except TookTooLong:  # the machine is overloaded; messages do not wait for a remark
            return {}

    async def _in_time(self, scope: Scope, question: Callable[[ScopedConnection], list[_T]]) -> list[_T]:
        """Return what a question finds; nothing if that takes too long."""
        try:
            return await self._ask(scope, question)
        except TookTooLong:
            return []

    async def _ask(self, scope: Scope, question: Callable[[ScopedConnection], _T]) -> _T:
        return await self._readers.ask(lambda connection: question(ScopedConnection(scope, connection)), LIMIT_S)


def _once(names: Iterable[str], longest: int) -> list[str]:
    """Return names in their order, each in its first case only, without those that are too long to show."""
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

"""Topics: the story of one, what is like it, and where the same link was covered before.

Asked in threads and on connections of their own, each question within a bound of time.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from search.completion import Completion
from search.cooccurrence import Text, beside, is_telling, words_of
from search.earlier_coverage import Before, covered_before
from search.mentions import Gatherer, Mentions, Whole
from search.query import parse, parse_words
from search.scoped import ScopedConnection
from search.segmentation import words_without_spaces
from search.spelling import begins_with, nearest
from storage.archive import Archive
from storage.database import Database
from storage.index import DAY_SHIFT, STORIES, link_facet
from storage.links import says_what
from storage.readers import Readers, TookTooLong
from storage.records import Choice, IssueRecord, ItemRecord
from storage.scope import Scope
from storage.tokens import STOP_WORDS, tokenize

LIMIT_S = 2.0
THREADS = 2
TELLING = 5  # items that tell the story, one for each part of the topic's time
SAMPLE = 400  # mentions whose words are compared with all others
_TEXT = 600  # characters of each that count
_READ = 4000  # characters of a long text
_CHOICE = 100  # characters of a suggestion
_T = TypeVar("_T")
_BUTTON = 80  # and of one that is a button
_CANDIDATES = 300  # newest mentions of a part of the story of which the best is taken


@dataclass(frozen=True, slots=True)
class Mention:
    """An item that mentions a topic, with its issue."""

    item: ItemRecord
    issue: IssueRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The story of a topic. `question` is what was looked for in the end, and `note` says where that differs.

    `issues` are at least so many unless `is_issues_exact`; `telling` is in the order of time.
    """

    question: str
    note: str
    mentions: Mentions
    first: Mention
    latest: Mention
    telling: tuple[Mention, ...]
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a thread found: everything of a topic but the records."""

    question: str
    note: str
    mentions: Mentions
    items: tuple[int, int]  # first and latest
    telling: tuple[int, ...]
    beside: tuple[str, ...]


@dataclass(slots=True)
class _Period:
    """A part of a topic's time with about as many mentions as each other part."""

    first: dt.date
    last: dt.date
    count: int = field(default=0)


class Topics:
    """Answers about topics over an open database; `close` ends its threads."""

    def __init__(
        self,
        db: Database,
        archive: Archive,
        completion: Completion,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._archive = archive
        self._completion = completion
        self._now = now
        self._readers = Readers(db.path, threads=THREADS, name="topics")

    async def close(self) -> None:
        """End what runs, and the connections; a later question opens new ones."""
        await self._readers.close()

    async def about(self, scope: Scope, question: str) -> Topic | None:
        """Return the story of a topic; None where it was never mentioned. Raises TookTooLong."""
        today = self._now().date()
        found = await self._ask(scope, lambda connection: gather(connection, question, today))
        if found is None:
            return None
        mentions = await self.mentions(scope, [*found.items, *found.telling])
        known = {mention.item.id: mention for mention in mentions}
        first, latest = (known.get(item_id) for item_id in found.items)
        if first is None or latest is None:
            return None  # removed since it was found
        return Topic(
            question=found.question,
            note=found.note,
            mentions=found.mentions,
            first=first,
            latest=latest,
            telling=tuple(known[item_id] for item_id in found.telling if item_id in known),
            beside=found.beside,
        )

    async def near(self, scope: Scope, question: str, limit: int = 5) -> list[str]:
        """Topics that are written like what was asked for, the likeliest first."""
        try:
            words = await self._ask(scope, lambda connection: _near_words(connection, question))
        except TookTooLong:
            words = []
        found: dict[str, str] = {}
        for typed in (" ".join(question.split()[:6]), *words):
            for choice in await self._completion.tags(scope, typed, limit=3):
                found.setdefault(choice.value.casefold(), choice.value)
        for word in words:
            found.setdefault(word.casefold(), word)
        asked = " ".join(question.split()).casefold()
        return [topic for key, topic in found.items() if key != asked and len(topic) <= _BUTTON][:limit]

    async def often(self, scope: Scope, limit: int = 5) -> list[str]:
        """Return the topics that come up most: the tags of most items."""
        tags = await self._completion.tags(scope, "", limit=limit)
        return [choice.value for choice in tags if len(choice.value) <= _BUTTON]

    async def complete(self, scope: Scope, text: str, limit: int = 25) -> list[str]:
        """Topics that somebody who types may mean: tags, words of the archive, sections."""
        tags = [choice.value for choice in await self._completion.tags(scope, text, limit=10)]
        sections = [choice.value for choice in await self._completion.sections(scope, text, limit=8)]
        try:
            words = await self._ask(scope, lambda connection: _begun(connection, text))
        except TookTooLong:
            words = []
        order = [*tags[:5], *words, *tags[5:], *sections] if text.strip() else [*tags, *sections]
        found: dict[str, str] = {}
        for topic in order:
            if len(topic) <= _CHOICE:
                found.setdefault(topic.casefold(), topic)
        return list(found.values())[:limit]

    async def questions(self, scope: Scope, text: str, limit: int = 25) -> list[Choice]:
        """Return what somebody who types a question may mean: what was typed, then topics, then titles of items."""
        typed = " ".join(text.split())
        if not typed:
            return [Choice(topic, topic) for topic in await self.complete(scope, "", limit)]
        topics = await self.complete(scope, text, limit=10)
        titles = [choice.label for choice in await self._completion.items(scope, text, limit=limit)]
        found = {one.casefold(): one for one in reversed([typed, *topics, *titles]) if len(one) <= _CHOICE}
        return [Choice(one, one) for one in reversed(found.values())][:limit]

    async def telling_words(self, scope: Scope, text: str, limit: int = 8, most: int | None = None) -> list[str]:
        """Return the words of a text that say most about its topic, in its order; those that `most` items have at
        most.
        """
        return await self._ask(scope, lambda connection: _telling_words(connection, text, limit, most))

    async def covering(
        self, scope: Scope, urls: Sequence[str], *, without: int | None = None, limit: int = 10
    ) -> list[Mention]:
        """Return the items with one of these links, newest first, but for `without`. Front pages and accounts say
        nothing.
        """
        facets = [f'"{link_facet(url)}"' for url in urls[:20] if says_what(url)]
        if not facets:
            return []
        expression = f'facets : ({" OR ".join(facets)}) AND facets : "{STORIES}"'
        ids = await self._ask(scope, lambda connection: _items_of(connection, expression, limit + 1))
        return (await self.mentions(scope, [item_id for item_id in ids if item_id != without]))[:limit]

    async def covered_before(self, scope: Scope, item_ids: Iterable[int]) -> dict[int, Before]:
        """For each item whose link or topic an earlier issue covered, when that was last."""
        ids = list(item_ids)
        try:
            return await self._ask(scope, lambda connection: covered_before(connection, ids))
        except TookTooLong:  # the machine is overloaded; messages do not wait for a remark
            return {}

    async def mentions(self, scope: Scope, item_ids: Sequence[int]) -> list[Mention]:
        """Items with their issues, in the given order; what was removed is left out."""
        items = await self._archive.items_by_id(scope, list(item_ids))
        issues = await self._archive.issues(scope, [item.issue_id for item in items.values()])
        known = [items[item_id] for item_id in dict.fromkeys(item_ids) if item_id in items]
        return [
            Mention(item, issues[item.issue_id])
            for item in known
            if item.removed_at is None and item.issue_id in issues
        ]

    async def _ask(self, scope: Scope, question: Callable[[ScopedConnection], _T]) -> _T:
        return await self._readers.ask(lambda connection: question(ScopedConnection(scope, connection)), LIMIT_S)


def gather(connection: ScopedConnection, question: str, today: dt.date) -> Gathered | None:
    """Find everything about a topic on one connection; None where nothing mentions it."""
    gatherer = Gatherer(connection)
    parsed = parse(question)
    whole = gatherer.whole(parsed, today, repair=True, with_introductions=False)
    mentions = gatherer.mentions(whole)
    if mentions is None:
        return None
    telling = _telling(gatherer, whole, mentions)
    items = _item_ids(connection, [mentions.first, mentions.documents[0], *telling])
    step = max(len(mentions.documents) // SAMPLE, 1)
    is_paired = bool(whole.units) and all(unit.is_paired for unit in whole.units)
    texts = _texts(connection, mentions.documents[::step][:SAMPLE], is_paired=is_paired)
    own = [unit.shown for unit in whole.units]
    shown = question if whole.units == parsed.units else " ".join(own)
    return Gathered(
        shown,
        whole.note,
        mentions,
        (items[mentions.first], items[mentions.documents[0]]),
        tuple(items[document] for document in telling),
        beside(connection, texts, own, mentions.total),
    )


def _telling(gatherer: Gatherer, whole: Whole, mentions: Mentions) -> list[int]:
    """Return the best document of each part of the topic's time, in the order of time; each link once."""
    chosen: list[int] = []
    links: set[int] = set()
    for period in _periods(mentions.days, TELLING):
        first = period.first.toordinal() << DAY_SHIFT
        last = ((period.last.toordinal() + 1) << DAY_SHIFT) - 1
        wanted = max(1, round(TELLING * period.count / sum(count for _, count in mentions.days)))
        for ranked in gatherer.best(whole, gatherer.newest(whole, last, _CANDIDATES, first)):
            link = ranked.candidate.link
            if link is not None and link in links:
                continue
            links.update((link,) if link is not None else ())
            chosen.append(ranked.candidate.document)
            wanted -= 1
            if not wanted:
                break
    return sorted(chosen[:TELLING])


def _periods(days: Sequence[tuple[dt.date, int]], parts: int) -> list[_Period]:
    """Return the days in at most `parts` runs with about equal counts."""
    total = sum(count for _, count in days)
    periods: list[_Period] = []
    seen = 0
    for day, count in days:
        if not periods or seen >= total * len(periods) / parts:
            periods.append(_Period(day, day))
        periods[-1].last = day
        periods[-1].count += count
        seen += count
    return periods


def _item_ids(connection: ScopedConnection, documents: Iterable[int]) -> dict[int, int]:
    rows = connection.execute(
        "SELECT document, item_id FROM search_documents WHERE document IN (SELECT value FROM json_each(?))",
        (json.dumps(list(documents)),),
    )
    return dict(rows.fetchall())


def _texts(connection: ScopedConnection, documents: Sequence[int], *, is_paired: bool) -> list[Text]:
    """Return what is compared with all other items; of a topic without spaces, only words of such a script."""
    rows = connection.execute(
        "SELECT i.title, substr(i.text, 1, ?), x.names, x.forms FROM search_documents d"
        " JOIN search_index x ON x.rowid = d.document JOIN items i ON i.id = d.item_id"
        " WHERE d.document IN (SELECT value FROM json_each(?))",
        (_TEXT, json.dumps(documents)),
    )
    texts: list[Text] = []
    for title, body, names, forms in rows:
        if is_paired:
            words = frozenset(words_without_spaces(f"{title} {body}"))
        else:
            words = frozenset(words_of(f"{title}\n{body}")).intersection(forms.split())
        texts.append(
            Text(title, body, words, frozenset(_named(names, "tag")), next(iter(_named(names, "newsletter")), ""))
        )
    return texts


def _named(names: str, wanted: str) -> Iterable[str]:
    for line in names.split("\n"):
        kind, _, name = line.partition("\t")
        if kind == wanted:
            yield name


def _near_words(connection: ScopedConnection, question: str) -> list[str]:
    """For each word of the question the word of the archive that is written like it: itself, or the nearest."""
    documents = connection.execute("SELECT value FROM search_state WHERE key = 'documents'").fetchone()[0]
    least = max(1, documents // 10_000)  # in a large archive, slips are words too
    found: dict[str, None] = {}
    for token in tokenize(question)[:8]:
        word = token.surface
        if token.is_paired or not is_telling(word):
            continue
        begun = [one for one in begins_with(connection, word, 5) if _is_topic(one)]
        if begun:
            found[word if word in begun else begun[0]] = None
        elif better := nearest(connection, word, least):
            found[better] = None
        else:
            found |= dict.fromkeys(_begins_alike(connection, word, least))
    return list(found)


def _begins_alike(connection: ScopedConnection, word: str, least: int) -> list[str]:
    """Words whose beginning is that of `word` as far as possible, slips forgiven: at least four letters, and most."""
    for length in range(len(word) - 1, max(4, len(word) * 3 // 5) - 1, -1):
        if words := [one for one in begins_with(connection, word[:length], 3) if _is_topic(one)]:
            return words[:2]
        if better := nearest(connection, word[:length], least):
            return [better]
    return []


def _is_topic(word: str) -> bool:
    return len(word) > 2 and word not in STOP_WORDS and not word.isdecimal()


def _begun(connection: ScopedConnection, text: str) -> list[str]:
    """Return what was typed with its last word completed in the most frequent ways, or repaired."""
    tokens = tokenize(text)
    if not tokens or text.endswith(" ") or tokens[-1].is_paired:
        return []
    last = tokens[-1].surface
    typed = " ".join(text.split())
    before = typed[: len(typed) - len(last)] if typed.casefold().endswith(last) else ""
    words = [word for word in begins_with(connection, last, 20) if _is_topic(word)]
    if not words and (better := nearest(connection, last)):
        words = [better]
    if len(tokens) > 1:
        often = {word: _together(connection, [token.text for token in tokens[:-1]], word) for word in words}
        words = sorted((word for word in words if often[word]), key=lambda word: -often[word])
    return [f"{before}{word}" for word in words[:12]]


def _together(connection: ScopedConnection, before: Sequence[str], word: str) -> int:
    """How many items have these tokens and then the word, 100 at most."""
    phrase = " ".join([*before, *(token.text for token in tokenize(word))]).replace('"', "")
    (count,) = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT 100)",
        (connection.within(f'{{title body}} : "{phrase}"'),),
    ).fetchone()
    return int(count)


def _telling_words(connection: ScopedConnection, text: str, limit: int, most: int | None) -> list[str]:
    words = {
        unit.shown: unit.tokens
        for unit in parse_words(text[:_READ])
        if unit.kind == "words" and (unit.is_paired or is_telling(unit.surfaces[0]))
    }
    rows = connection.execute(
        "SELECT stem, sum(documents) FROM search_words WHERE stem IN (SELECT value FROM json_each(?)) GROUP BY stem",
        (json.dumps(list({token for tokens in words.values() for token in tokens})),),
    )
    counts = {str(stem): int(documents) for stem, documents in rows if documents}
    known = {
        word: min(counts[token] for token in tokens) for word, tokens in words.items() if counts.keys() >= set(tokens)
    }
    if most is not None:
        known = {word: documents for word, documents in known.items() if documents <= most}
    rarest_first = sorted(known, key=known.__getitem__)
    rarest = set(islice((word for word in rarest_first if all(map(connection.has_word, words[word]))), limit))
    return [word for word in known if word in rarest]


def _items_of(connection: ScopedConnection, expression: str, limit: int) -> list[int]:
    rows = connection.execute(
        "SELECT d.item_id FROM search_documents d WHERE d.document IN"
        " (SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT ?)"
        " ORDER BY d.document DESC",
        (connection.within(expression), limit),
    )
    return [int(row[0]) for row in rows]

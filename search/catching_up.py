"""What is new for a member in a period: its issues, and the most interesting items of each.

Queries have a thread and a connection of their own, and a time limit. docs/search.md explains the order.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from digest.introduction import INTRODUCTION
from search.mentions import Gatherer
from search.query import parse
from search.related import plain_words
from search.scoped import ScopedConnection
from search.topic_names import telling_words
from storage.database import Database
from storage.readers import Readers
from storage.records import Gate
from storage.scope import Scope
from storage.types import time_text

ISSUES = 200  # newest issues of a period
ITEMS = 100  # first items of an issue that are scored
PICKS = 3  # items of an issue that are shown
LIMIT_S = 3.0
_FOUND = 5_000  # newest items that one alert can match
_TITLES, _WORDS = 20, 2  # last opened items that indicate interests, and words of each
_SELDOM = 20, 0.02  # a word in more items than this, or than this share of all, is unspecific
_PROSE = 80  # characters of a text that counts as prose
# Score of an item: each matching alert (two at most), a topic of opened items, its link in another issue of the period,
# prose of its own, its position in its issue.
_ALERT, _TOPIC, _REPEATED, _TELLS, _FIRST, _NEAR_FIRST = 8, 4, 3, 2, 2, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Interests:
    """The words of a member's alerts, and the items they opened, last one first."""

    alerts: Sequence[str] = ()
    opened: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """An item and the reasons for it: alerts, a word of opened items, how many issues of the period have its link."""

    item_id: int
    alerts: tuple[str, ...] = ()
    topic: str = ""
    times: int = 1

    @property
    def interest(self) -> int:
        """The part of the score that is due to the member's interests."""
        return _ALERT * min(len(self.alerts), 2) + (_TOPIC if self.topic else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtIssue:
    """An issue with its most interesting items, best first."""

    issue_id: int
    picks: tuple[Pick, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtUp:
    """What is new: the issues in display order. There are more unless `is_whole`.

    `matching` is the number of items that match an interest.
    """

    issues: tuple[CaughtIssue, ...] = ()
    items: int = 0
    matching: int = 0
    is_whole: bool = True


class CatchUp:
    """Answers queries over an open database; `close` stops its thread."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._readers = Readers(db.path, threads=1, name="catchup")

    async def close(self) -> None:
        """Interrupt running queries and close the connection; a later query opens a new one."""
        await self._readers.close()

    async def between(
        self, scope: Scope, since: dt.datetime, until: dt.datetime, interests: Interests, also: Sequence[int] = ()
    ) -> CaughtUp:
        """Return what was posted from `since` on and before `until`, or published then if it was only filed.

        `also` are issues that were new then for another reason.

        Repeating the query later returns the same, except for corrections and removals. Raises TookTooLong.
        """
        await self._db.caught_up()
        return await self._readers.ask(
            lambda reader: _between(ScopedConnection(scope, reader), (since, until), interests, also), LIMIT_S
        )


@dataclass(frozen=True, slots=True)
class _Item:
    id: int
    position: int
    length: int
    document: int
    link: int | None


@dataclass(slots=True)
class _Issue:
    id: int
    newsletter: str
    items: list[_Item] = field(default_factory=list[_Item])
    picks: list[tuple[int, Pick]] = field(default_factory=list[tuple[int, Pick]])  # with scores, best first

    @property
    def links(self) -> set[int]:
        return {item.link for item in self.items if item.link is not None}

    @property
    def interest(self) -> int:
        return sum(pick.interest for _, pick in self.picks[:PICKS])


def _between(
    connection: ScopedConnection, span: tuple[dt.datetime, dt.datetime], interests: Interests, also: Sequence[int]
) -> CaughtUp:
    issues = _issues(connection, span, also)
    is_whole = len(issues) <= ISSUES
    issues = issues[:ISSUES]
    _load(connection, issues)
    judge = _Judge(connection, issues, interests, span[1].date())
    opened = set(interests.opened)
    for issue in issues:
        known = (judge.judged(item) for item in issue.items if item.id not in opened)
        issue.picks = sorted(known, key=lambda one: -one[0])  # ties stay in the issue's order
    return CaughtUp(
        issues=tuple(_once(_ordered(issues))),
        items=sum(len(issue.items) for issue in issues),
        matching=sum(pick.interest > 0 for issue in issues for _, pick in issue.picks),
        is_whole=is_whole,
    )


def _issues(connection: ScopedConnection, span: tuple[dt.datetime, dt.datetime], also: Sequence[int]) -> list[_Issue]:
    """Return the issues of a period, newest first: one more than `ISSUES` if there are more."""
    since, until = map(time_text, span)
    rows = connection.execute(
        "SELECT id, newsletter FROM issues WHERE removed_at IS NULL"
        " AND ((gate = ? AND released_at >= ? AND released_at < ?) OR (gate = ? AND sorted_at >= ? AND sorted_at < ?)"
        " OR (gate IN (?, ?) AND id IN (SELECT value FROM json_each(?))))"
        " AND newsletter IN (SELECT value FROM json_each(?)) ORDER BY sorted_at DESC, id DESC LIMIT ?",
        (
            Gate.RELEASED.value, since, until, Gate.FILED.value, since, until,
            Gate.RELEASED.value, Gate.FILED.value, json.dumps(list(also)),
            json.dumps(sorted(connection.newsletters)), ISSUES + 1,
        ),
    )  # fmt: skip
    return [_Issue(int(issue_id), str(newsletter)) for issue_id, newsletter in rows]


def _load(connection: ScopedConnection, issues: Sequence[_Issue]) -> None:
    """Read the items of the issues, in the order of each issue."""
    by_id = {issue.id: issue for issue in issues}
    rows = connection.execute(
        "SELECT i.issue_id, i.id, i.position, length(i.text), coalesce(d.document, 0), d.link FROM items i"
        " LEFT JOIN search_documents d ON d.item_id = i.id"
        " WHERE i.issue_id IN (SELECT value FROM json_each(?)) AND i.removed_at IS NULL AND i.key <> ?"
        " ORDER BY i.issue_id, i.position",
        (json.dumps(list(by_id)), INTRODUCTION),
    )
    for issue_id, *values in rows:
        issue = by_id[issue_id]
        if len(issue.items) < ITEMS:
            issue.items.append(_Item(*values))


class _Judge:
    """Scores items by how interesting they are for one member."""

    def __init__(
        self, connection: ScopedConnection, issues: Sequence[_Issue], interests: Interests, today: dt.date
    ) -> None:
        self._times = Counter(chain.from_iterable(issue.links for issue in issues))
        documents = list(filter(None, (item.document for issue in issues for item in issue.items)))
        self._alerts: dict[int, list[str]] = defaultdict(list)
        self._topics: dict[int, str] = {}
        if not documents or not (interests.alerts or interests.opened):
            return
        # Only these documents are scored: without the bounds a common word would match the whole archive.
        gatherer, between = Gatherer(connection), (min(documents), max(documents))
        for query in dict.fromkeys(interests.alerts):
            for document in _matching(gatherer, query, today, between):
                self._alerts[document].append(query)
        for word in _words(connection, _opened(connection, interests.opened)[:_TITLES]):
            self._topics = dict.fromkeys(_matching(gatherer, word, today, between), word) | self._topics

    def judged(self, item: _Item) -> tuple[int, Pick]:
        """Return an item's score and the reasons for it."""
        times = self._times[item.link] if item.link is not None else 1
        pick = Pick(
            item_id=item.id,
            alerts=tuple(self._alerts.get(item.document, ())),
            topic=self._topics.get(item.document, ""),
            times=max(times, 1),
        )
        score = pick.interest + (_REPEATED if pick.times > 1 else 0) + (_TELLS if item.length >= _PROSE else 0)
        if item.position < PICKS:
            score += _NEAR_FIRST if item.position else _FIRST
        return score, pick


def _matching(gatherer: Gatherer, query: str, today: dt.date, between: tuple[int, int]) -> list[int]:
    """Return the documents of a range that match all words of a query."""
    whole = gatherer.whole(parse(query), today, repair=False, with_introductions=False)
    first, last = between
    return gatherer.newest(whole, last, _FOUND, first) if whole.expression else []


def _opened(connection: ScopedConnection, item_ids: Sequence[int]) -> list[str]:
    """Return the titles of the visible items, in order."""
    rows = connection.execute(
        "SELECT i.id, i.title FROM items i JOIN issues s ON s.id = i.issue_id"
        " WHERE i.id IN (SELECT value FROM json_each(?)) AND s.newsletter IN (SELECT value FROM json_each(?))",
        (json.dumps(list(item_ids)), json.dumps(sorted(connection.newsletters))),
    )
    titles = dict[int, str](rows.fetchall())
    return [titles[item_id] for item_id in item_ids if item_id in titles]


def _words(connection: ScopedConnection, titles: Iterable[str]) -> list[str]:
    """Return the specific words in the titles of opened items."""
    documents = connection.execute("SELECT value FROM search_state WHERE key = 'documents'").fetchone()[0]
    most = max(_SELDOM[0], _SELDOM[1] * documents)
    words = (word for title in titles for word in telling_words(connection, plain_words(title), _WORDS, most=most))
    return list(dict.fromkeys(words))


def _ordered(issues: Sequence[_Issue]) -> list[_Issue]:
    """Return issues that match an interest, then the others; one issue of each newsletter before any second one."""
    rounds: Counter[tuple[bool, str]] = Counter()
    ranks: dict[int, tuple[bool, int]] = {}
    by_interest = sorted(issues, key=lambda issue: -issue.interest)  # ties stay newest first
    for issue in by_interest:
        of = (not issue.interest, issue.newsletter)
        ranks[issue.id] = (not issue.interest, rounds[of])
        rounds[of] += 1
    return sorted(by_interest, key=lambda issue: ranks[issue.id])


def _once(issues: Iterable[_Issue]) -> Iterator[CaughtIssue]:
    """Yield the issues with the items to show; a link that an earlier issue showed is skipped."""
    shown: set[int] = set()
    for issue in issues:
        links = {item.id: item.link for item in issue.items}
        picks: list[Pick] = []
        for _, pick in issue.picks:
            link = links[pick.item_id]
            if link in shown:
                continue
            shown |= {link} if link is not None else set()
            picks.append(pick)
            if len(picks) == PICKS:
                break
        yield CaughtIssue(issue_id=issue.id, picks=tuple(picks))

"""Which alerts match a new issue: each query runs on the index, restricted to that issue's documents."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from errors import StorageError
from logs import incident
from search.mentions import Gatherer
from search.query import parse
from search.scoped import ScopedConnection
from storage.alert_outbox import Matches, Unmatched
from storage.alerts import Alert
from storage.database import Database
from storage.readers import Readers, TookTooLong
from storage.scope import Scope
from storage.tokens import fold

log = logging.getLogger(__name__)

AT_ONCE = 100  # queries in one read transaction; other work gets its turn in between
LIMIT_S = 5.0
YEAR = dt.timedelta(days=365)
_EVER = dt.date(1900, 1, 1)  # before any issue
_FEW = 10  # items below which an archive is too small to call an alert too broad


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What an alert would have found in the last year; `problem` says why it can never match, else it is "".

    `issues` is the number of issues with a matching item: a member is notified once of each.
    """

    problem: str = ""
    items: int = 0
    issues: int = 0
    all_items: int = 0
    is_older: bool = False  # the last year has no issues, so all earlier ones are counted

    @property
    def is_nearly_everything(self) -> bool:
        """Whether it matches half of all items or more, so that it is useless as an alert."""
        return self.all_items >= _FEW and self.items * 2 >= self.all_items


class AlertMatcher:
    """Matches alerts against issues in a thread of its own; `close` stops it."""

    def __init__(self, db: Database, *, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._db = db
        self._readers = Readers(db.path, threads=1, name="alerts")
        self._now = now

    async def close(self) -> None:
        """Interrupt running queries and close the connection."""
        await self._readers.close()

    async def outlook(self, scope: Scope, query: str) -> Outlook:
        """Return what an alert would have found in the last year within its member's scope."""
        await self._db.caught_up()
        today = self._now().date()
        return await self._readers.ask(lambda reader: _outlook(ScopedConnection(scope, reader), query, today), LIMIT_S)

    async def matches(self, scope: Scope, unmatched: Unmatched, alerts: Sequence[Alert]) -> Matches:
        """Return for each member the alerts that match an issue's new items: all words, parsed as by `/search`.

        All of the alerts' owners must be allowed to see the issue as `scope` does.
        """
        await self._db.caught_up()
        queries = list(dict.fromkeys(alert.query for alert in alerts))
        found: dict[str, list[int]] = {}
        for at in range(0, len(queries), AT_ONCE):
            found |= await self._ask(scope, unmatched, queries[at : at + AT_ONCE])
        matches: dict[int, list[tuple[Alert, Sequence[int]]]] = {}
        for alert in alerts:
            if item_ids := found.get(alert.query):
                matches.setdefault(alert.user_id, []).append((alert, item_ids))
        return matches

    async def _ask(self, scope: Scope, unmatched: Unmatched, queries: Sequence[str]) -> dict[str, list[int]]:
        today = self._now().date()
        try:
            return await self._readers.ask(
                lambda reader: _matching(ScopedConnection(scope, reader), unmatched, queries, today), LIMIT_S
            )
        except TookTooLong:
            if len(queries) == 1:
                return {}
        except StorageError:
            raise
        except Exception:  # one failing alert must not block the others
            if len(queries) == 1:
                log.exception('alert cannot be matched query="%s" incident=%s', queries[0], incident())
                return {}
        half = len(queries) // 2
        first = await self._ask(scope, unmatched, queries[:half])
        return first | await self._ask(scope, unmatched, queries[half:])


def _outlook(connection: ScopedConnection, query: str, today: dt.date) -> Outlook:
    gatherer = Gatherer(connection)
    asked = gatherer.whole(parse(query), today, repair=False, with_introductions=False)
    if not asked.expression and asked.note:
        return Outlook() if _is_awaited(connection, query) else Outlook(problem=asked.note)

    def count(question: str) -> tuple[int, int]:
        whole = gatherer.whole(parse(question), today, repair=False, with_introductions=False)
        found = gatherer.mentions(whole)
        return (found.total, found.issues) if found is not None else (0, 0)

    # A newsletter without issues in the last year is counted as a whole, or "the" would not count as too broad.
    since = next((day for day in (today - YEAR, _EVER) if count(f"since:{day}")[0]), _EVER)
    items, issues = count(f"{query} since:{since}")
    return Outlook(items=items, issues=issues, all_items=count(f"since:{since}")[0], is_older=since == _EVER)


def _is_awaited(connection: ScopedConnection, query: str) -> bool:
    """Whether the newsletters that a query names exist, even without an issue."""
    known = [" ".join(fold(name).split()) for name in connection.newsletters]
    named = [" ".join(fold(one.value).split()) for one in parse(query).filters if one.key == "newsletter"]
    return bool(named) and all(any(name in each for each in known) for name in named)


def _matching(
    connection: ScopedConnection, unmatched: Unmatched, queries: Sequence[str], today: dt.date
) -> dict[str, list[int]]:
    rows = connection.execute(
        "SELECT d.document, d.item_id FROM items i JOIN search_documents d ON d.item_id = i.id"
        " WHERE i.issue_id = ? ORDER BY i.position",
        (unmatched.issue_id,),
    )
    wanted = unmatched.item_ids
    items = {document: item_id for document, item_id in rows.fetchall() if wanted is None or item_id in wanted}
    if not items:
        return {}
    gatherer = Gatherer(connection)
    found: dict[str, list[int]] = {}
    for query in queries:
        whole = gatherer.whole(parse(query), today, repair=False)
        if whole.expression:
            between = max(items) - min(items) + 1
            documents = set(gatherer.newest(whole, max(items), between, min(items)))
            found[query] = [item_id for document, item_id in items.items() if document in documents]
    return found

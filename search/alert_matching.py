"""Which alerts a new issue fulfils: each query is asked of the index, between the documents of that issue alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from search.mentions import Gatherer
from search.query import parse
from search.scoped import ScopedConnection
from storage.alert_outbox import Matches, Unmatched
from storage.alerts import Alert
from storage.database import Database
from storage.readers import Readers, TookTooLong
from storage.scope import Scope

AT_ONCE = 100  # queries that one question asks; others come in between
LIMIT_S = 5.0


class AlertMatcher:
    """Compares alerts with issues in a thread of its own; `close` ends it."""

    def __init__(self, db: Database, *, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        self._db = db
        self._readers = Readers(db.path, threads=1, name="alerts")
        self._now = now

    async def close(self) -> None:
        """End what runs, and the connection."""
        await self._readers.close()

    async def matches(self, scope: Scope, unmatched: Unmatched, alerts: Sequence[Alert]) -> Matches:
        """For each member, their alerts that an issue's new items match: all words, as `/search` reads them.

        The alerts are those of people who may all see what `scope` sees of the issue.
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
        half = len(queries) // 2
        first = await self._ask(scope, unmatched, queries[:half])
        return first | await self._ask(scope, unmatched, queries[half:])


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

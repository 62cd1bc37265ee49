"""The outbox of alert notifications: issues to match, and the state of each message.

As in the main outbox, a message is a row before it is sent, and marked once Discord has accepted it. There is one row
per member and issue, and another for items added later. Nothing here reads the clock: `now` is passed in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errors import S_
from storage import history
from storage.alerts import Alert, alerts_where
from storage.database import Database, remember
from storage.dialects import hold
from storage.forgetting import is_bare_member
from storage.history import Actor, EventKind, HistoryEvent
from storage.identity import base36
from storage.records import Gate, State
from storage.schema import (
    alert_deliveries,
    alert_issues,
    alert_members,
    alerts,
    deliveries,
    issues,
    items,
    left_servers,
    subscriptions,
)
from storage.scope import EVERYONE, Servers

_PLACE_CHOSEN = S_("the channel for members' alerts")
_PLACE_CLEARED = S_("no channel for members' alerts")

LOOKED_BACK = dt.timedelta(days=7)  # issues released earlier are not matched
POSTS_FIRST = dt.timedelta(minutes=2)
_DIGITS = 12  # of an id in a mark, in base 36; more would exceed 64 bits
_CHANNEL = "alerts_channel"  # setting, one per server
_deliveries = alert_deliveries.c


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDelivery:
    """A message for a member about one issue; `matches` has the item ids for each query.

    `mark` stays in the message; `nonce` keeps Discord from accepting it twice within minutes.
    """

    id: int
    user_id: int
    issue_id: int
    guild_id: int | None
    matches: tuple[tuple[str, tuple[int, ...]], ...]
    state: State
    nonce: str
    mark: str
    attempts: int
    error: str
    not_before: dt.datetime | None
    planned_at: dt.datetime
    channel_id: int | None
    sending_at: dt.datetime | None
    message_id: int | None
    done_at: dt.datetime | None
    round: int

    @property
    def item_ids(self) -> tuple[int, ...]:
        """The distinct items of all matches."""
        return tuple(dict.fromkeys(item_id for _, item_ids in self.matches for item_id in item_ids))


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A released issue to match alerts against; `item_ids` are the items added since, None means all."""

    issue_id: int
    newsletter: str
    since: dt.datetime  # only alerts that existed then are matched
    item_ids: frozenset[int] | None = None


Matches = Mapping[int, Sequence[tuple[Alert, Sequence[int]]]]  # user id -> the member's alerts with the matching items


class AlertOutbox:
    """The outbox of alert notifications."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # matching

    async def unmatched(self, *, now: dt.datetime) -> list[Unmatched]:
        """Return the released issues to match: unmatched ones, oldest first, then those with items added since.

        Issues released before the first alert was added are left out.
        """
        wanted_since = select(func.min(alerts.c.created_at)).scalar_subquery()
        is_news = (
            issues.c.removed_at.is_(None)
            & (issues.c.gate == Gate.RELEASED.value)
            & (issues.c.released_at > now - LOOKED_BACK)
        )
        fresh = (
            select(issues.c.id, issues.c.newsletter, issues.c.released_at)
            .where(is_news, issues.c.released_at >= wanted_since)
            .where(issues.c.id.not_in(select(alert_issues.c.issue_id)))
            .order_by(issues.c.released_at, issues.c.id)
        )
        late = (
            select(items.c.issue_id, issues.c.newsletter, items.c.id, items.c.first_seen_at)
            .join(issues, issues.c.id == items.c.issue_id)
            .outerjoin(alert_issues, alert_issues.c.issue_id == issues.c.id)
            .where(is_news, items.c.removed_at.is_(None), items.c.first_seen_at >= wanted_since)
            .where(items.c.first_seen_at > func.coalesce(alert_issues.c.matched_at, issues.c.released_at))
            .order_by(items.c.first_seen_at, items.c.id)
        )
        async with self._db.reading() as connection:
            found = [Unmatched(row.id, row.newsletter, row.released_at) for row in await connection.execute(fresh)]
            added: dict[tuple[int, str], list[tuple[int, dt.datetime]]] = {}
            for row in await connection.execute(late):
                added.setdefault((row.issue_id, row.newsletter), []).append((row.id, row.first_seen_at))
        whole = {one.issue_id for one in found}
        return found + [
            Unmatched(issue_id, name, max(seen_at for _, seen_at in ones), frozenset(item_id for item_id, _ in ones))
            for (issue_id, name), ones in added.items()
            if issue_id not in whole
        ]

    async def awaiting(self, servers: Servers, unmatched: Unmatched) -> list[Alert]:
        """Return the alerts to match: those of servers that may see the issue, added before its items appeared."""
        gone = select(left_servers.c.guild_id)
        condition = (alerts.c.created_at <= unmatched.since) & (
            alerts.c.guild_id.is_(None) | alerts.c.guild_id.not_in(gone)
        )
        if servers != EVERYONE:
            condition &= alerts.c.guild_id.in_(servers)
        async with self._db.reading() as connection:
            return await alerts_where(connection, condition)

    async def plan(self, issue_id: int, matches: Matches, *, now: dt.datetime) -> int:
        """Plan one message per member about the new items of an issue; returns the number of new messages.

        Records that the issue was matched, beginning at `now`. Items that a member was notified of already are left
        out; if a message is still pending, the new items are added to it.
        """
        async with self._db.transaction() as connection:
            await hold(connection, f"alerts of issue:{issue_id}")
            await _looked_at(connection, issue_id, now)
            still = set(await connection.scalars(select(alerts.c.id)))  # an alert can have been removed meanwhile
            rows: list[dict[str, Any]] = []
            for user_id, found in matches.items():
                told = await _owed_before(connection, user_id, issue_id)
                new = _untold([(alert, ids) for alert, ids in found if alert.id in still], told)
                if not new:
                    continue
                row = _row(user_id, issue_id, new)
                if told and told[-1]["state"] == State.PENDING.value:
                    await _write(connection, told[-1]["id"], {"matches": [*told[-1]["matches"], *row["matches"]]})
                else:
                    rows.append(row | {"planned_at": now, "round": told[-1]["round"] + 1 if told else 0})
            if rows:
                await connection.execute(insert(alert_deliveries), rows)
            return len(rows)

    async def tidy(self, before: dt.datetime | None) -> int:
        """Delete finished messages and matching records older than `before`; returns the number of messages.

        `before` must be longer ago than `LOOKED_BACK`, or issues would be matched and sent again.
        """
        old = _deliveries.state.in_([State.SENT.value, State.FAILED.value, State.SKIPPED.value])
        async with self._db.transaction() as connection:
            count = 0
            if before is not None:
                is_old = (old, _deliveries.planned_at < before)
                count = (await connection.execute(delete(alert_deliveries).where(*is_old))).rowcount
                await connection.execute(delete(alert_issues).where(alert_issues.c.matched_at < before))
            await connection.execute(delete(alert_members).where(is_bare_member()))
            return count

    # the channel for members whose direct messages are closed

    async def channel_of(self, guild_id: int | None) -> int | None:
        """Return the channel that a server's admin chose; None if there is none."""
        found = await self._db.setting(f"{_CHANNEL}:{guild_id}")
        return int(found) if found else None

    async def choose_channel(self, guild_id: int, channel_id: int | None, actor: Actor | None = None) -> None:
        """Set a server's channel; None clears it."""
        what = _PLACE_CHOSEN if channel_id else _PLACE_CLEARED
        told = HistoryEvent(kind=EventKind.SET, channel_id=channel_id, guild_id=guild_id, detail=what)
        async with self._db.transaction() as connection:
            await remember(connection, f"{_CHANNEL}:{guild_id}", str(channel_id) if channel_id else None)
            await history.record(connection, [history.acted(told, actor)])

    # the lifecycle of a message

    async def claim_next(self, *, now: dt.datetime) -> AlertDelivery | None:
        """Claim the next message; it is durably `sending` before this returns. None if nothing is due.

        For `POSTS_FIRST` it waits for the issue's posts in the alert's server, because the message links to them.
        """
        is_due = _deliveries.not_before.is_(None) | (_deliveries.not_before <= now)
        is_late = _deliveries.planned_at <= now - POSTS_FIRST
        query = _owed((_deliveries.state == State.PENDING.value) & is_due & (is_late | ~_has_posts_to_come())).limit(1)
        query = query.with_for_update(skip_locked=True)
        async with self._db.transaction() as connection:
            row = (await connection.execute(query)).mappings().first()
            if row is None:
                return None
            values = {"state": State.SENDING.value, "sending_at": now, "attempts": row["attempts"] + 1}
            await _write(connection, row["id"], values | {"channel_id": None})
            found = (await connection.execute(_owed(_deliveries.id == row["id"]))).mappings().one()
            return _delivery_of(found, self._db.instance_id)

    async def behind(self, delivery: AlertDelivery) -> list[Alert]:
        """Return the member's alerts, of any server, that caused a message."""
        asked = [query for query, _ in delivery.matches]
        async with self._db.reading() as connection:
            mine = (alerts.c.user_id == delivery.user_id) & alerts.c.query.in_(asked)
            return await alerts_where(connection, mine)

    async def move(self, delivery: AlertDelivery) -> None:
        """Assign a message to another server's alerts, with the matches that remain."""
        values = {"guild_id": delivery.guild_id, "matches": [[query, [*ids]] for query, ids in delivery.matches]}
        async with self._db.transaction() as connection:
            await _write(connection, delivery.id, values)

    async def goes_to(self, delivery_id: int, channel_id: int) -> None:
        """Record the channel of the request before it is sent; a lost message is looked for there."""
        async with self._db.transaction() as connection:
            await _write(connection, delivery_id, {"channel_id": channel_id})

    async def sent(self, delivery: AlertDelivery, message_id: int, *, now: dt.datetime, is_direct: bool) -> None:
        """Record that Discord accepted the message; if it is direct, the member allows direct messages again."""
        values = {"state": State.SENT.value, "message_id": message_id, "error": "", "not_before": None, "done_at": now}
        async with self._db.transaction() as connection:
            await _write(connection, delivery.id, values)
            if is_direct:
                await _set_closed(connection, delivery.user_id, None)

    async def ended(self, delivery_id: int, state: State, reason: str, *, now: dt.datetime) -> None:
        """Record that the message will never be sent: FAILED with the reason, or SKIPPED."""
        async with self._db.transaction() as connection:
            await _write(connection, delivery_id, {"state": state.value, "error": reason[:500], "done_at": now})

    async def later(self, delivery: AlertDelivery, reason: str, *, not_before: dt.datetime, is_closed: bool) -> None:
        """Record a rejection that is retried later; with `is_closed`, the member does not accept direct messages."""
        values = {"state": State.PENDING.value, "error": reason[:500], "not_before": not_before}
        async with self._db.transaction() as connection:
            await _write(connection, delivery.id, values)
            if is_closed:
                await _set_closed(connection, delivery.user_id, delivery.sending_at)

    async def language_of(self, user_id: int) -> str:
        """Return a member's language; "" if unknown."""
        query = select(alert_members.c.language).where(alert_members.c.user_id == user_id)
        async with self._db.reading() as connection:
            return await connection.scalar(query) or ""

    async def closed(self, user_id: int, *, now: dt.datetime) -> int | None:
        """Return how many messages wait because the member's direct messages are closed; None if they are open.

        The messages become due now, because the member may just have opened direct messages.
        """
        mine = (_deliveries.user_id == user_id) & (_deliveries.state == State.PENDING.value)
        query = select(alert_members.c.closed_at).where(alert_members.c.user_id == user_id)
        async with self._db.reading() as connection:
            if await connection.scalar(query) is None:
                return None
        async with self._db.transaction() as connection:
            found = await connection.execute(update(alert_deliveries).where(mine).values(not_before=now))
            return found.rowcount

    async def by_mark(self, mark: str) -> AlertDelivery | None:
        """Return the message with this mark; None if it is from another database, or was deleted."""
        owner, found, digits = mark.rpartition("-a")
        if owner != self._db.instance_id or not found or not digits.isalnum() or len(digits) > _DIGITS:
            return None
        async with self._db.reading() as connection:
            row = (await connection.execute(_owed(_deliveries.id == int(digits, 36)))).mappings().first()
        return _delivery_of(row, self._db.instance_id) if row is not None else None

    async def unsettled(self) -> list[AlertDelivery]:
        """Return the messages in `sending`, whose outcome is unknown, oldest first."""
        async with self._db.reading() as connection:
            rows = await connection.execute(_owed(_deliveries.state == State.SENDING.value))
            return [_delivery_of(row, self._db.instance_id) for row in rows.mappings()]

    async def next_due_at(self) -> dt.datetime | None:
        """Return when the next pending message is due, possibly in the past; None if none is pending."""
        due_at = func.coalesce(_deliveries.not_before, _deliveries.planned_at)
        query = select(func.min(due_at, type_=_deliveries.not_before.type)).where(
            _deliveries.state == State.PENDING.value
        )
        async with self._db.reading() as connection:
            return await connection.scalar(query)

    async def counts(self) -> dict[State, int]:
        """Return the number of messages by state."""
        query = select(_deliveries.state, func.count()).group_by(_deliveries.state)
        async with self._db.reading() as connection:
            found = {str(state): int(count) for state, count in await connection.execute(query)}
        return {state: found.get(state.value, 0) for state in State}


def _delivery_of(row: RowMapping, instance: str) -> AlertDelivery:
    """Return the delivery of a row; its mark begins with the database's random id."""
    values: dict[str, Any] = dict(row)
    mark = f"{instance}-a{base36(values['id'])}"
    values["matches"] = tuple((str(query), tuple(int(item_id) for item_id in ids)) for query, ids in values["matches"])
    values["state"] = State(values["state"])
    return AlertDelivery(**values, nonce=mark, mark=mark)


def _owed(condition: ColumnElement[bool]) -> Select[Any]:
    return select(alert_deliveries).where(condition).order_by(_deliveries.id)


def _has_posts_to_come() -> ColumnElement[bool]:
    """Whether the issue is still being posted in the alert's server."""
    coming = deliveries.c.state.in_([State.PENDING.value, State.SENDING.value])
    return exists(
        select(deliveries.c.id)
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .where(
            deliveries.c.issue_id == _deliveries.issue_id,
            subscriptions.c.guild_id == _deliveries.guild_id,
            deliveries.c.done.is_(None),
            coming,
        )
    )


def _row(user_id: int, issue_id: int, found: Sequence[tuple[Alert, list[int]]]) -> dict[str, Any]:
    """Return the row of a new message; identical queries of several servers are merged."""
    matches = {alert.query: item_ids for alert, item_ids in found}
    return {
        "user_id": user_id,
        "issue_id": issue_id,
        "guild_id": found[0][0].guild_id,
        "matches": [[query, item_ids] for query, item_ids in matches.items()],
        "state": State.PENDING.value,
        "attempts": 0,
        "error": "",
    }


async def _looked_at(connection: AsyncConnection, issue_id: int, now: dt.datetime) -> None:
    condition = alert_issues.c.issue_id == issue_id
    found = await connection.execute(update(alert_issues).where(condition).values(matched_at=now))
    if not found.rowcount:
        await connection.execute(insert(alert_issues).values(issue_id=issue_id, matched_at=now))


def _untold(found: Sequence[tuple[Alert, Sequence[int]]], told: Sequence[RowMapping]) -> list[tuple[Alert, list[int]]]:
    """Return the alerts that have items the member was not notified of, with those items."""
    known = {item_id for one in told for _, ids in one["matches"] for item_id in ids}
    new = [(alert, [item_id for item_id in ids if item_id not in known]) for alert, ids in found]
    return [(alert, ids) for alert, ids in new if ids]


async def _owed_before(connection: AsyncConnection, user_id: int, issue_id: int) -> Sequence[RowMapping]:
    """Return a member's messages about an issue, sent or pending, in order."""
    query = (
        select(_deliveries.id, _deliveries.state, _deliveries.matches, _deliveries.round)
        .where(_deliveries.user_id == user_id, _deliveries.issue_id == issue_id)
        .order_by(_deliveries.round)
    )
    return (await connection.execute(query)).mappings().all()


async def _write(connection: AsyncConnection, delivery_id: int, values: Mapping[str, Any]) -> None:
    await connection.execute(update(alert_deliveries).where(_deliveries.id == delivery_id).values(**values))


async def _set_closed(connection: AsyncConnection, user_id: int, closed_at: dt.datetime | None) -> None:
    """Set when a member's direct messages were first rejected, None for open; ignore members without a row."""
    condition = alert_members.c.user_id == user_id
    if closed_at is not None:
        condition &= alert_members.c.closed_at.is_(None)
    await connection.execute(update(alert_members).where(condition).values(closed_at=closed_at))

"""Statistics of stored data and pending work for the operator, over all servers."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.departures import is_present
from storage.gating import is_story
from storage.records import Gate, State
from storage.schema import deliveries, faults, issues, items, newsletters, subscriptions
from storage.tables import in_state

# Only the newest rows are checked for activity of a channel: ids grow with time, and old channels have many rows.
_NEWEST = 2_000
_OPEN = (
    State.PENDING,
    State.SENDING,
    State.FAILED,
)  # states with a partial index, so that completed deliveries cost nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterFigures:
    """The numbers of a newsletter's stored data."""

    name: str
    issues: int = 0
    items: int = 0
    waiting: int = 0  # issues waiting at the gate
    held: int = 0  # issues held for an admin
    faults: int = 0  # files that could not be imported


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFigures:
    """A subscription's unfinished deliveries, and what they wait for."""

    subscription_id: int
    newsletter: str
    channel_id: int
    guild_id: int | None
    layout: str
    is_paused: bool
    waiting_reason: str | None
    owed: Mapping[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])  # by state and reason

    @property
    def is_open(self) -> bool:
        """Whether the subscription can post now."""
        return not self.is_paused and self.waiting_reason is None

    def in_state(self, state: State) -> int:
        """Return the number of deliveries in `state`."""
        return sum(count for (name, _), count in self.owed.items() if name == state.value)


class Figures:
    """Queries of statistics; nothing is cached."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def answers(self) -> None:
        """Run a trivial query. Raises StorageError if the database cannot be read."""
        async with self._db.reading() as connection:
            await connection.scalar(select(func.count()).select_from(newsletters))

    async def archive(self) -> list[NewsletterFigures]:
        """Return the numbers of each newsletter."""
        live = issues.c.removed_at.is_(None)
        by_gate = select(issues.c.newsletter, issues.c.gate, func.count()).where(live).group_by(
            issues.c.newsletter, issues.c.gate
        )  # fmt: skip
        # Both queries use covering indexes, so that texts are not read.
        of_issues = items.join(issues, issues.c.id == items.c.issue_id)
        stories = select(issues.c.newsletter, func.count()).select_from(of_issues).where(live, is_story())
        removed = stories.where(items.c.removed_at.is_not(None)).group_by(issues.c.newsletter)
        stories = stories.group_by(issues.c.newsletter)
        faulty = select(faults.c.newsletter, func.count()).group_by(faults.c.newsletter)
        async with self._db.reading() as connection:
            names = list(await connection.scalars(select(newsletters.c.name).order_by(newsletters.c.name)))
            gates: defaultdict[str, Counter[str]] = defaultdict(Counter)
            for name, gate, count in await connection.execute(by_gate):
                gates[name][gate] += count
            item_counts = Counter({str(name): int(count) for name, count in await connection.execute(stories)})
            item_counts.subtract({str(name): int(count) for name, count in await connection.execute(removed)})
            fault_counts = {str(name): int(count) for name, count in await connection.execute(faulty)}
        return [
            NewsletterFigures(
                name=name,
                issues=gates[name].total(),
                items=item_counts[name],
                waiting=gates[name][Gate.WAITING.value],
                held=gates[name][Gate.HELD.value],
                faults=fault_counts.get(name, 0),
            )
            for name in names
        ]

    async def held(self) -> dict[str, int]:
        """Return the number of held issues by newsletter."""
        query = select(issues.c.newsletter, func.count()).where(
            issues.c.gate == Gate.HELD.value, issues.c.removed_at.is_(None)
        )
        async with self._db.reading() as connection:
            found = await connection.execute(query.group_by(issues.c.newsletter))
            return {str(name): int(count) for name, count in found}

    async def channels(self, *, now: dt.datetime, only_owing: bool = False) -> list[ChannelFigures]:
        """Return all active subscriptions with their unfinished deliveries.

        `only_owing` omits those without any that are not blocked, which are most of them.
        """
        query = select(subscriptions).where(subscriptions.c.removed_at.is_(None), is_present)
        async with self._db.reading() as connection:
            owed = await _owed(connection, now)
            if only_owing:
                query = query.where(subscriptions.c.id.in_(list(owed)) | subscriptions.c.waiting_since.is_not(None))
            rows = (await connection.execute(query.order_by(subscriptions.c.newsletter, subscriptions.c.id))).mappings()
            return [
                ChannelFigures(
                    subscription_id=row["id"],
                    newsletter=row["newsletter"],
                    channel_id=row["channel_id"],
                    guild_id=row["guild_id"],
                    layout=row["layout"],
                    is_paused=row["paused_at"] is not None,
                    waiting_reason=row["waiting_reason"] if row["waiting_since"] is not None else None,
                    owed=owed.get(row["id"], {}),
                )
                for row in rows
            ]

    async def has_moved(self, channel_id: int, since: dt.datetime) -> bool:
        """Whether a message was posted, edited or deleted in the channel since then."""
        newest = (
            select(deliveries.c.done_at)
            .where(deliveries.c.channel_id == channel_id, deliveries.c.message_id.is_not(None))
            .order_by(deliveries.c.id.desc())
            .limit(_NEWEST)
            .subquery()
        )
        async with self._db.reading() as connection:
            return bool(await connection.scalar(select(exists().where(newest.c.done_at > since))))


async def _owed(connection: AsyncConnection, now: dt.datetime) -> dict[int, dict[tuple[str, str], int]]:
    """Return by subscription the number of unfinished deliveries, by state and reason to wait."""
    found: defaultdict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    for subscription_id, state, reason, count in await connection.execute(
        union_all(*(_counted(state, now) for state in _OPEN))
    ):
        found[subscription_id][state, reason] = count
    return found


def _counted(state: State, now: dt.datetime) -> Select[Any, str, str, int]:
    reason = _reason(now) if state is State.PENDING else literal("refused" if state is State.FAILED else "under_way")
    return (
        select(deliveries.c.subscription_id, literal(state.value), reason.label("reason"), func.count())
        .select_from(deliveries.join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id))
        .where(in_state(deliveries, state))
        .group_by(deliveries.c.subscription_id, reason)
    )


def _reason(now: dt.datetime) -> ColumnElement[str]:
    """Return the reason that a pending delivery waits, as a word for a metric label."""
    return case(
        (subscriptions.c.paused_at.is_not(None), literal("paused")),
        (subscriptions.c.waiting_since.is_not(None), literal("channel")),
        (deliveries.c.not_before > now, literal("later")),
        else_=literal("due"),
    )

"""Permanently deleting the data of a newsletter, server or member, and counting it.

Deletion runs in short transactions, so that a bot using the database continues, and can be interrupted at any time:
repeating it completes it. Messages in Discord are not touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Table, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.index import unindex_items
from storage.member_tables import catchup_members, opened_items
from storage.schema import (
    alert_deliveries,
    alert_members,
    alerts,
    deliveries,
    events,
    faults,
    issues,
    items,
    left_members,
    left_servers,
    newsletters,
    settings,
    setup_drafts,
    subscriptions,
)

_BATCH = 20  # issues per transaction, or 50 times as many rows
Holdings = Mapping[str, int]
Where = Sequence[tuple[str, Table, ColumnElement[bool]]]


async def newsletter_holdings(db: Database, name: str) -> Holdings:
    """Return the number of stored rows of a newsletter, by kind."""
    return await _counts(db, _of_newsletter(name))


async def server_holdings(db: Database, guild_id: int) -> Holdings:
    """Return the number of stored rows about a server, by kind."""
    return await _counts(db, _of_server(guild_id))


async def member_holdings(db: Database, user_id: int) -> Holdings:
    """Return the number of stored rows about a member, by kind."""
    return await _counts(db, _of_member(user_id))


async def forget_newsletter(db: Database, name: str) -> None:
    """Delete a newsletter's archive, its index, its subscriptions and their deliveries."""
    while True:
        async with db.transaction() as connection:
            found = select(issues.c.id).where(issues.c.newsletter == name).order_by(issues.c.id).limit(_BATCH)
            issue_ids = list(await connection.scalars(found))
            await _forget_issues(connection, issue_ids)
        if not issue_ids:
            break
    await _delete(db, _of_newsletter(name))


async def forget_server(db: Database, guild_id: int) -> None:
    """Delete a server's subscriptions with their deliveries, and the alerts added there."""
    await _delete(db, _of_server(guild_id))
    await _forget_bare_members(db)


async def forget_member_in(db: Database, guild_id: int, user_id: int) -> None:
    """Delete a member's alerts of one server with their messages, and anonymise the member's log entries there."""
    open_panels = ("open panels", setup_drafts, setup_drafts.c.user_id == user_id)
    where = (
        (name, table, condition & (table.c.guild_id == guild_id))
        for name, table, condition in (*_alerts_of(user_id), *_catchups_of(user_id), open_panels)
    )
    await _delete(db, tuple(where))
    async with db.transaction() as connection:
        mine = (events.c.user_id == user_id) & (events.c.guild_id == guild_id)
        await connection.execute(update(events).where(mine).values(user_id=None))
    await _forget_bare_members(db)
    async with db.transaction() as connection:
        # Last, so that an interrupted deletion is repeated at the next start, because the member is still recorded as
        # gone.
        is_pair = (left_members.c.guild_id == guild_id) & (left_members.c.user_id == user_id)
        await connection.execute(delete(left_members).where(is_pair))


async def forget_member(db: Database, user_id: int) -> None:
    """Delete a member's alerts with their messages, and anonymise the member's log entries."""
    async with db.transaction() as connection:
        await connection.execute(update(events).where(events.c.user_id == user_id).values(user_id=None))
    await _delete(db, _of_member(user_id))


def _of_newsletter(name: str) -> Where:
    of_issues = select(issues.c.id).where(issues.c.newsletter == name)
    of_subscriptions = select(subscriptions.c.id).where(subscriptions.c.newsletter == name)
    is_owed = deliveries.c.subscription_id.in_(of_subscriptions) | deliveries.c.issue_id.in_(of_issues)
    return (
        ("deliveries", deliveries, is_owed),
        ("alerts told", alert_deliveries, alert_deliveries.c.issue_id.in_(of_issues)),
        ("subscriptions", subscriptions, subscriptions.c.newsletter == name),
        ("items", items, items.c.issue_id.in_(of_issues)),
        ("issues", issues, issues.c.newsletter == name),
        ("faults", faults, faults.c.newsletter == name),
        ("decisions", events, (events.c.newsletter == name) | events.c.issue_id.in_(of_issues)),
        ("notes", settings, settings_of(name)),
        ("newsletters", newsletters, newsletters.c.name == name),
    )


def _of_server(guild_id: int) -> Where:
    of_subscriptions = select(subscriptions.c.id).where(subscriptions.c.guild_id == guild_id)
    return (
        ("decisions", events, (events.c.guild_id == guild_id) | events.c.subscription_id.in_(of_subscriptions)),
        ("deliveries", deliveries, deliveries.c.subscription_id.in_(of_subscriptions)),
        ("subscriptions", subscriptions, subscriptions.c.guild_id == guild_id),
        ("open panels", setup_drafts, setup_drafts.c.guild_id == guild_id),
        ("alerts told", alert_deliveries, alert_deliveries.c.guild_id == guild_id),
        ("alerts", alerts, alerts.c.guild_id == guild_id),
        ("items opened", opened_items, opened_items.c.guild_id == guild_id),
        ("members who caught up", catchup_members, catchup_members.c.guild_id == guild_id),
        ("notes", settings, settings_of(str(guild_id))),
        ("members who left", left_members, left_members.c.guild_id == guild_id),
        ("leaving", left_servers, left_servers.c.guild_id == guild_id),
    )


def _of_member(user_id: int) -> Where:
    return (
        *_alerts_of(user_id),
        *_catchups_of(user_id),
        ("servers left", left_members, left_members.c.user_id == user_id),
        ("open panels", setup_drafts, setup_drafts.c.user_id == user_id),
        ("members", alert_members, alert_members.c.user_id == user_id),
        ("acts", events, events.c.user_id == user_id),
    )


def _alerts_of(user_id: int) -> Where:
    return (
        ("alerts told", alert_deliveries, alert_deliveries.c.user_id == user_id),
        ("alerts", alerts, alerts.c.user_id == user_id),
    )


def _catchups_of(user_id: int) -> Where:
    return (
        ("items opened", opened_items, opened_items.c.user_id == user_id),
        ("catch-ups", catchup_members, catchup_members.c.user_id == user_id),
    )


async def _forget_bare_members(db: Database) -> None:
    """Delete members without any other data."""
    async with db.transaction() as connection:
        await connection.execute(delete(alert_members).where(is_bare_member()))


def is_bare_member() -> ColumnElement[bool]:
    """Return the condition that a member has neither alerts nor alert messages."""
    member = alert_members.c.user_id
    return member.not_in(select(alerts.c.user_id)) & member.not_in(select(alert_deliveries.c.user_id))


def settings_of(name: str) -> ColumnElement[bool]:
    """Return the condition for settings of a newsletter or server, with keys such as `hiding:News`.

    No prefix of a key has a colon, but the name of a newsletter may: `hiding:X:Beats` does not belong to "Beats".
    """
    key, literal = settings.c.key, re.sub(r"([%_/])", r"/\1", name)
    alone, followed = (
        key.like(f"%:{end}", escape="/") & key.not_like(f"%:%:{end}", escape="/") for end in (literal, f"{literal}:%")
    )
    return or_(alone, followed)


async def _counts(db: Database, where: Where) -> Holdings:
    async with db.reading() as connection:
        return {
            kind: await connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
            for kind, table, condition in where
        }


async def _forget_issues(connection: AsyncConnection, issue_ids: Sequence[int]) -> None:
    """Delete issues with their items, index entries and deliveries."""
    item_ids = list(await connection.scalars(select(items.c.id).where(items.c.issue_id.in_(issue_ids))))
    await unindex_items(connection, item_ids)
    await connection.execute(delete(deliveries).where(deliveries.c.issue_id.in_(issue_ids)))
    await connection.execute(delete(events).where(events.c.issue_id.in_(issue_ids)))
    await connection.execute(delete(items).where(items.c.issue_id.in_(issue_ids)))
    await connection.execute(delete(issues).where(issues.c.id.in_(issue_ids)))


async def _delete(db: Database, where: Where) -> None:
    """Delete rows in batches, referencing tables before referenced ones."""
    for _, table, condition in where:
        key = table.c[next(iter(table.primary_key.columns)).name]
        if len(table.primary_key.columns) > 1:  # faults, which are few
            async with db.transaction() as connection:
                await connection.execute(delete(table).where(condition))
            continue
        while True:
            batch = select(key).where(condition).limit(_BATCH * 50)
            async with db.transaction() as connection:
                gone = await connection.execute(delete(table).where(key.in_(batch)))
            if gone.rowcount < _BATCH * 50:
                break

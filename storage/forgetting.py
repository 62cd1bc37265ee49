"""Deleting a newsletter, a server or a member permanently: what is stored, and deleting it.

Each works in short transactions, so that a bot that runs on the database goes on meanwhile, and can be cut short at
any moment: doing it again does the rest. Messages in Discord stay as they are.
"""

from __future__ import annotations

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

_BATCH = 20  # issues, or 50 times as many rows, in one transaction
Holdings = Mapping[str, int]
Where = Sequence[tuple[str, Table, ColumnElement[bool]]]


async def newsletter_holdings(db: Database, name: str) -> Holdings:
    """Return what is stored of a newsletter, by kind; all zeros if nothing is."""
    return await _counts(db, _of_newsletter(name))


async def server_holdings(db: Database, guild_id: int) -> Holdings:
    """Return what is stored about a server, by kind."""
    return await _counts(db, _of_server(guild_id))


async def member_holdings(db: Database, user_id: int) -> Holdings:
    """Return what is stored about a member, by kind."""
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
    """Delete a server's subscriptions with their deliveries, and the alerts that were asked for there."""
    await _delete(db, _of_server(guild_id))
    await _forget_bare_members(db)


async def forget_member_in(db: Database, guild_id: int, user_id: int) -> None:
    """Delete a member's alerts of one server, what was sent because of them, and who did what an admin did there."""
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
        # Last of all: where this is cut short, the note that the member left lets the next start do the rest.
        is_pair = (left_members.c.guild_id == guild_id) & (left_members.c.user_id == user_id)
        await connection.execute(delete(left_members).where(is_pair))


async def forget_member(db: Database, user_id: int) -> None:
    """Delete a member's alerts and what was sent because of them; of what an admin did nobody knows who it was."""
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
        ("notes", settings, _about(name)),
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
        ("notes", settings, _about(str(guild_id))),
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
    """Delete members of whom nothing but their number is left."""
    async with db.transaction() as connection:
        await connection.execute(delete(alert_members).where(is_bare_member()))


def is_bare_member() -> ColumnElement[bool]:
    """Whether a member has no alert any more, and no record of a message."""
    member = alert_members.c.user_id
    return member.not_in(select(alerts.c.user_id)) & member.not_in(select(alert_deliveries.c.user_id))


def _about(name: str) -> ColumnElement[bool]:
    """Return the remembered values of one newsletter or server: keys such as `alert channel:123`."""
    return or_(
        settings.c.key.endswith(f":{name}", autoescape=True), settings.c.key.contains(f":{name}:", autoescape=True)
    )


async def _counts(db: Database, where: Where) -> Holdings:
    async with db.reading() as connection:
        return {
            kind: await connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
            for kind, table, condition in where
        }


async def _forget_issues(connection: AsyncConnection, issue_ids: Sequence[int]) -> None:
    """Delete issues with their items, out of the index too, and what was ever planned of them."""
    item_ids = list(await connection.scalars(select(items.c.id).where(items.c.issue_id.in_(issue_ids))))
    await unindex_items(connection, item_ids)
    await connection.execute(delete(deliveries).where(deliveries.c.issue_id.in_(issue_ids)))
    await connection.execute(delete(events).where(events.c.issue_id.in_(issue_ids)))
    await connection.execute(delete(items).where(items.c.issue_id.in_(issue_ids)))
    await connection.execute(delete(issues).where(issues.c.id.in_(issue_ids)))


async def _delete(db: Database, where: Where) -> None:
    """Delete the rows, each kind before those that it refers to, a batch at a time."""
    for _, table, condition in where:
        key = table.c[next(iter(table.primary_key.columns)).name]
        if len(table.primary_key.columns) > 1:  # few rows: faults
            async with db.transaction() as connection:
                await connection.execute(delete(table).where(condition))
            continue
        while True:
            batch = select(key).where(condition).limit(_BATCH * 50)
            async with db.transaction() as connection:
                gone = await connection.execute(delete(table).where(key.in_(batch)))
            if gone.rowcount < _BATCH * 50:
                break

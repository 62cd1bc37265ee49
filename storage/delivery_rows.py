"""A row of `deliveries` with its subscription as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, Select, select

from storage.identity import Identity, mark_of, nonce_of
from storage.layouts import Layout
from storage.records import Action, Delivery, State, Wanted
from storage.schema import deliveries, subscriptions


def joined() -> Select[Any]:
    """Deliveries with what they need of their subscription."""
    return select(
        deliveries,
        subscriptions.c.newsletter,
        subscriptions.c.guild_id,
        subscriptions.c.layout,
        subscriptions.c.role_id,
    ).join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)


def delivery_of(row: RowMapping | Mapping[str, Any], instance: str) -> Delivery:
    """The record of a row of `joined()`."""
    identity = Identity(row["id"], row["generation"])
    return Delivery(
        id=row["id"],
        subscription_id=row["subscription_id"],
        newsletter=row["newsletter"],
        channel_id=row["channel_id"],
        guild_id=row["guild_id"],
        layout=Layout(row["layout"]),
        role_id=row["role_id"],
        issue_id=row["issue_id"],
        item_id=row["item_id"],
        generation=row["generation"],
        position=row["position"],
        action=Action(row["action"]),
        state=State(row["state"]),
        wanted=Wanted(row["wanted"]),
        done=Wanted(row["done"]) if row["done"] else None,
        nonce=nonce_of(instance, identity),
        mark=mark_of(instance, identity),
        message_id=row["message_id"],
        thread_id=row["thread_id"],
        content_hash=row["content_hash"],
        is_late=row["is_late"],
        attempts=row["attempts"],
        error=row["error"],
        not_before=row["not_before"],
        planned_at=row["planned_at"],
        sending_at=row["sending_at"],
        last_message_id=row["last_message_id"],
        done_at=row["done_at"],
    )

"""A row of `subscriptions` as a value."""

from __future__ import annotations

from sqlalchemy import RowMapping

from storage.layouts import Layout, OnRemoved, Origin
from storage.records import Subscription


def subscription_of(row: RowMapping) -> Subscription:
    """The record of a row of `subscriptions`."""
    return Subscription(
        id=row["id"],
        newsletter=row["newsletter"],
        channel_id=row["channel_id"],
        guild_id=row["guild_id"],
        origin=Origin(row["origin"]),
        layout=Layout(row["layout"]),
        backfill=row["backfill"],
        role_id=row["role_id"],
        on_removed=OnRemoved(row["on_removed"]),
        sections=tuple(row["sections"]),
        exclude_sections=tuple(row["exclude_sections"]),
        tags=tuple(row["tags"]),
        created_at=row["created_at"],
        backfilled_at=row["backfilled_at"],
        paused_at=row["paused_at"],
        waiting_since=row["waiting_since"],
        waiting_reason=row["waiting_reason"],
        removed_at=row["removed_at"],
    )

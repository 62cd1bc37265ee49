"""Copying one channel's deliveries of an issue to all channels that get the same, in two statements."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import Values
from storage.schema import deliveries, delivery_items, subscriptions
from storage.types import Id

_pattern = deliveries.alias("pattern")
_copy = deliveries.alias("copy")
_OWN = {"id", "subscription_id", "channel_id"}  # columns that are not copied
_SAME = [column.name for column in deliveries.c if column.name not in _OWN]
_OTHERS = bindparam("others", type_=Id, expanding=True)
_is_pattern = (
    (_pattern.c.subscription_id == bindparam("pattern"))
    & (_pattern.c.issue_id == bindparam("issue"))
    & (_pattern.c.generation == bindparam("round"))
    & (_pattern.c.rank == bindparam("planned"))
)
_DELIVERIES = insert(deliveries).from_select(
    ["subscription_id", "channel_id", *_SAME],
    select(subscriptions.c.id, subscriptions.c.channel_id, *(_pattern.c[name] for name in _SAME))
    .join_from(subscriptions, _pattern, _is_pattern)
    .where(subscriptions.c.id.in_(_OTHERS))
    .order_by(subscriptions.c.id, _pattern.c.id),
)
_MEMBERS = insert(delivery_items).from_select(
    ["delivery_id", "item_id"],
    select(_copy.c.id, delivery_items.c.item_id)
    .join_from(_pattern, delivery_items, delivery_items.c.delivery_id == _pattern.c.id)
    .join(_copy, (_copy.c.item_id == _pattern.c.item_id) & (_copy.c.generation == _pattern.c.generation))
    .where(_is_pattern, _copy.c.subscription_id.in_(_OTHERS)),
)


async def spread(connection: AsyncConnection, rows: Sequence[Values], subscription_ids: Sequence[int]) -> int:
    """Copy `rows`, the stored new deliveries of an issue in one subscription, to further subscriptions.

    Returns the number of deliveries added.
    """
    if not rows or not subscription_ids:
        return 0
    first = rows[0]
    asked = {
        "pattern": first["subscription_id"],
        "issue": first["issue_id"],
        "round": first["generation"],
        "planned": first["rank"],
        "others": subscription_ids,
    }
    await connection.execute(_DELIVERIES, asked)
    if any(row["is_list"] for row in rows):
        await connection.execute(_MEMBERS, asked)
    return len(rows) * len(subscription_ids)

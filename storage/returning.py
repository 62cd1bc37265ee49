"""Matching an issue's removed items with items that come back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.introduction import INTRODUCTION
from digest.model import Item
from storage.rows import item_of
from storage.schema import items


async def removed_items(connection: AsyncConnection, issue_id: int, added: Sequence[Item]) -> dict[str, RowMapping]:
    """Return the removed items that are back, by their new key.

    Items match by key, else by first link, or by title if they have no links: keys change with the file's path.
    """
    if not added:
        return {}
    query = select(items).where(items.c.issue_id == issue_id, items.c.removed_at.is_not(None))
    gone = (await connection.execute(query.order_by(items.c.removed_at, items.c.id))).mappings().all()
    by_key = {str(row["key"]): row for row in gone}
    found = {item.id: by_key.pop(item.id) for item in added if item.id in by_key}
    by_key.pop(INTRODUCTION, None)
    by_place = {_place(item_of(row)): row for row in by_key.values()}  # the last one removed takes precedence
    for item in added:
        if item.id not in found and (row := by_place.pop(_place(item), None)) is not None:
            found[item.id] = row
    return found


def _place(item: Item) -> str:
    return item.links[0].url if item.links else item.title

"""Lists, the deliveries that show several items, and how they change with their issue.

A list that was never sent is planned again once its items are no longer consecutive. A list that was posted, or may
have been, as after restoring a backup, keeps its items: entries are edited in place, struck through when withdrawn, and
one-liners added next to them join. Only entries that no longer fit move to a message of their own.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.render.inline_markdown import link_address, shown_addresses
from storage.grouping import PlannedItem, Standing, has_room
from storage.records import State, Wanted
from storage.rows import Values
from storage.schema import HELD, KEPT, deliveries, delivery_items, found_messages

Row = RowMapping | Mapping[str, Any]  # a row of `deliveries`
_FULL = 3_800  # characters, of the embed's 4,096; beyond that the last entries move out
_AT_REST = frozenset({State.PENDING.value, State.SKIPPED.value, State.FAILED.value})


@dataclass(slots=True)
class Lists:
    """The lists of an issue: the `members` of each delivery, and the deliveries with visible changes.

    `held` entries are gone from the issue but still in their list, because they wait for a decision or were kept.
    """

    rows: list[dict[str, Any]]
    members: dict[int, list[int]]
    held: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])  # by delivery and item id
    changed: set[int] = field(default_factory=set[int])
    freed: dict[int, set[int]] = field(default_factory=dict[int, set[int]])  # by subscription: items of dissolved lists

    def shown_by(self, row: Row) -> list[int]:
        """Return the items that a delivery shows; none for a header."""
        if row["is_list"]:
            return self.members.get(row["id"], [])
        return [] if row["item_id"] is None else [row["item_id"]]

    def known(self, rows: Iterable[Row]) -> set[int]:
        """Return the items that the deliveries show."""
        return {item_id for row in rows for item_id in self.shown_by(row)}


async def read_lists(connection: AsyncConnection, rows: Iterable[Row]) -> Lists:
    """Return the lists of an issue; `rows` are all its deliveries."""
    kept = [{str(name): value for name, value in row.items()} for row in rows]
    ids = [row["id"] for row in kept if row["is_list"]]
    members: dict[int, list[int]] = {row_id: [] for row_id in ids}
    lists = Lists(kept, members)
    if ids:
        query = select(delivery_items).where(delivery_items.c.delivery_id.in_(ids))
        for delivery_id, item_id, held in await connection.execute(query):
            members[delivery_id].append(item_id)
            if held is not None:
                lists.held[delivery_id, item_id] = held
    return lists


async def insert_members(connection: AsyncConnection, rows: Sequence[Values]) -> None:
    """Store the `members` of new lists, whose `rows` are already stored."""
    pairs: list[Values] = []
    for row in rows:
        if not row["is_list"]:
            continue
        is_it = (
            (deliveries.c.subscription_id == row["subscription_id"])
            & (deliveries.c.item_id == row["item_id"])
            & (deliveries.c.generation == row["generation"])
        )
        delivery_id = (await connection.scalars(select(deliveries.c.id).where(is_it))).one()
        pairs += [{"delivery_id": delivery_id, "item_id": item_id} for item_id in row["members"]]
    if pairs:
        await connection.execute(insert(delivery_items), pairs)


async def hold_entries(
    connection: AsyncConnection,
    lists: Lists,
    stories: Mapping[int, PlannedItem],
    removed: Collection[int],
    but_not: Collection[int],
    *,
    holds: bool,
) -> None:
    """Mark `removed` entries of posted lists as held if `holds`; otherwise apply the removals that waited.

    Entries that came back lose their mark. Lists of the subscriptions `but_not` keep removed entries anyway.
    """
    for row in lists.rows:
        is_out = row["is_list"] and row["done"] == Wanted.SHOWN.value and row["subscription_id"] not in but_not
        for item_id in lists.members[row["id"]] if is_out else ():
            before = lists.held.get((row["id"], item_id))
            is_gone = item_id not in stories or not stories[item_id].is_live
            waits = HELD if holds and (before == HELD or item_id in removed) else None
            # A decision to keep an entry lasts until the entry comes back, so that it is not asked about again.
            after = (before if before == KEPT else waits) if is_gone else None
            if after == before:
                continue
            mine = (delivery_items.c.delivery_id == row["id"]) & (delivery_items.c.item_id == item_id)
            await connection.execute(update(delivery_items).where(mine).values(held=after))
            if after is None:
                lists.changed.add(row["id"])


async def loosen(
    connection: AsyncConnection,
    lists: Lists,
    stories: Mapping[int, PlannedItem],
    live: Mapping[int, Sequence[PlannedItem]],
) -> None:
    """Remove entries that no longer belong in their lists; `live` are the items of each subscription."""
    rows = [row for row in lists.rows if row["is_list"]]
    may_stand = await _places_of_unknown_lists(connection) if rows else set[int]()
    for row in rows:
        known = [stories[item_id] for item_id in lists.members[row["id"]] if item_id in stories]
        members = sorted(known, key=_position)
        mine = live.get(row["subscription_id"], ())
        if not mine or not members:  # the issue is not posted there now
            continue
        if _is_unseen(row) and row["channel_id"] not in may_stand:
            if not _stand_together(members, mine):
                await _dissolve(connection, lists, row)
        elif row["done"] != Wanted.DELETED.value and (grown := _grown(members)):
            await _part(connection, lists, row, members, grown)


async def _places_of_unknown_lists(connection: AsyncConnection) -> set[int]:
    """Return the channels with lists that the ledger does not know, as after restoring a backup."""
    query = select(found_messages.c.channel_id).where(found_messages.c.kind == "list").distinct()
    return set(await connection.scalars(query))


async def read_standing(
    connection: AsyncConnection, channel_ids: Collection[int]
) -> defaultdict[int, tuple[Standing, ...]]:
    """Return by channel the item messages that the ledger does not know, as after restoring a backup."""
    found = found_messages.c
    query = select(found.channel_id, found.kind, found.thread_id, found.url, found.text).where(
        found.channel_id.in_(channel_ids), found.kind != "header"
    )
    standing: defaultdict[int, tuple[Standing, ...]] = defaultdict(tuple)
    for row in await connection.execute(query.order_by(found.message_id)):
        standing[row.channel_id] += (
            Standing(
                addresses=shown_addresses(row.text) if row.kind == "list" else _only(row.url),
                is_list=row.kind == "list",
                in_thread=row.thread_id is not None,
            ),
        )
    return standing


def _only(url: str | None) -> frozenset[str]:
    return frozenset({link_address(url)} if url else ())


async def join(
    connection: AsyncConnection,
    lists: Lists,
    stories: Mapping[int, PlannedItem],
    live: Sequence[PlannedItem],
    rows: Sequence[Row],
) -> None:
    """Add late one-liners to adjacent lists; `rows` are the deliveries of one posting, `live` its items."""
    lists_of = {item_id: row for row in rows if _is_shown_list(row) for item_id in lists.shown_by(row)}
    known = lists.known(lists.rows)
    for order in (live, list(reversed(live))):  # prefer the list above, else the one below
        for before, story in itertools.pairwise(order):
            row = lists_of.get(before.id)
            if story.id in known or row is None or story.chapter != before.chapter:
                continue
            members = lists.members[row["id"]]
            if has_room([stories[item_id] for item_id in members if item_id in stories], story):
                await connection.execute(insert(delivery_items).values(delivery_id=row["id"], item_id=story.id))
                members.append(story.id)
                known.add(story.id)
                lists_of[story.id] = row
                lists.changed.add(row["id"])


def _is_shown_list(row: Row) -> bool:
    return row["is_list"] and row["done"] != Wanted.DELETED.value and row["wanted"] == Wanted.SHOWN.value


def _position(story: PlannedItem) -> int:
    return story.position


def _is_unseen(row: Row) -> bool:
    """Whether no request for it was ever sent."""
    return row["done"] is None and row["sending_at"] is None and row["state"] in _AT_REST


def _stand_together(members: Sequence[PlannedItem], live: Sequence[PlannedItem]) -> bool:
    """Whether the items still form one list: all live, consecutive and one-liners."""
    places = {story.id: index for index, story in enumerate(live)}
    found = [places.get(story.id) for story in members]
    if any(place is None for place in found) or len({story.chapter for story in members}) > 1:
        return False
    return found == list(range(found[0] or 0, (found[0] or 0) + len(found))) and has_room(members[:-1], members[-1])


def _grown(members: Sequence[PlannedItem]) -> list[PlannedItem]:
    """Return the entries that are no longer one-liners or no longer fit into the message."""
    grown = [story for story in members if story.is_live and story.entry is None]
    kept = [story for story in members if story not in grown]
    while len(kept) > 1 and sum(story.entry or 0 for story in kept) > _FULL:
        grown.append(kept.pop())
    return grown


async def _dissolve(connection: AsyncConnection, lists: Lists, row: dict[str, Any]) -> None:
    """Delete a list that was never sent; its items are planned again in its place."""
    lists.freed.setdefault(row["subscription_id"], set()).update(lists.members.pop(row["id"]))
    lists.rows.remove(row)
    await connection.execute(delete(delivery_items).where(delivery_items.c.delivery_id == row["id"]))
    await connection.execute(delete(deliveries).where(deliveries.c.id == row["id"]))


async def _part(
    connection: AsyncConnection,
    lists: Lists,
    row: dict[str, Any],
    members: Sequence[PlannedItem],
    grown: Sequence[PlannedItem],
) -> None:
    """Move items from a list to messages of their own; if none is left, the first one keeps the list's message."""
    kept = [story for story in members if story not in grown]
    leaving = {story.id for story in grown}
    if not kept:
        row["is_list"] = False
        row["item_id"] = grown[0].id
        lists.members.pop(row["id"])
        leaving = {story.id for story in members}
    else:
        lists.members[row["id"]] = [story.id for story in kept]
        row["item_id"] = next((story.id for story in kept if story.is_live), kept[0].id)
    mine = delivery_items.c.delivery_id == row["id"]
    await connection.execute(delete(delivery_items).where(mine, delivery_items.c.item_id.in_(leaving)))
    values = {"is_list": row["is_list"], "item_id": row["item_id"]}
    await connection.execute(update(deliveries).where(deliveries.c.id == row["id"]).values(values))
    lists.changed.add(row["id"])

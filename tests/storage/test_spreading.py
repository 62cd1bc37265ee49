"""Many channels are planned for at once, and each gets what it would get alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from digest.model import Issue, Item, Link
from storage.adoption import Found
from storage.database import Database
from storage.history import EventKind, History
from storage.layouts import Introduction, Layout, OnRemoved
from storage.outbox import Outbox
from storage.schema import deliveries, delivery_items
from storage.wishes import Follow
from storage.withdrawals import take_back

WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"max_messages": 3},
    {"max_messages": 3, "introduction": Introduction.MESSAGE},
    {"layout": Layout.ITEMS},
    {"layout": Layout.THREAD},
    {"layout": Layout.DIGEST},
    {"layout": Layout.ITEMS, "words_none": ("line2",)},
    {"layout": Layout.THREAD, "sections": ("Links",)},
    {"layout": Layout.DIGEST, "words_any": ("line4", "story")},
    {"tags": ("politics",)},
)
EACH = 4  # channels that follow in each of the ways
WISHES = [
    Follow(newsletter="Tech", channel=len(WAYS) * number + way, **options)
    for number in range(EACH)
    for way, options in enumerate(WAYS)
]


def line(number: int) -> Item:
    """Return a one-liner."""
    link = Link(f"line{number}", f"https://x.example/{number}")
    return Item(id=f"line{number}", title=f"{hash(number) * 7919} line{number}", section=("Links",), links=(link,))


def varied(make: Any) -> Issue:
    """Return an issue with an introduction, two stories and a run of one-liners between them."""
    text = "A word by the editor. " * 10
    issue = make.issue("story1", "story2", tags=("science",), intro=text, introduction=text)
    return replace(issue, items=(issue.items[0], *(line(number) for number in range(6)), issue.items[1]))


@pytest.mark.both_engines
async def test_how_many_messages_wait_is_told_before_they_are_planned(
    db: Database, archive, outbox: Outbox, subscriptions, make, now
) -> None:
    [stored] = await archive.store("Tech", [(varied(make), now)], now=now)
    followers = (await subscriptions.from_config(WISHES, now=now)).present
    async with db.transaction() as connection:
        await take_back(connection, followers[0].id, stored.id, OnRemoved.DELETE, item_ids=[stored.added[3]])
    held = await archive.held.posts("Tech", [stored.id])
    await outbox.plan(stored.id, now=now)
    found = {number: len(rows) for number, rows in (await _planned(db)).items()}
    assert (held.messages, held.busiest, held.channels) == (sum(found.values()), max(found.values()), len(WISHES))
    alike = [one.id for one in followers if one.options == followers[0].options]
    assert len(alike) == EACH
    assert found[alike[0]] < found[alike[1]] == found[alike[2]] == found[alike[3]]


@pytest.mark.both_engines
async def test_each_channel_gets_what_it_would_get_alone(
    db: Database, archive, outbox: Outbox, subscriptions, make, now
) -> None:
    [stored] = await archive.store("Tech", [(varied(make), now)], now=now)
    followers = (await subscriptions.from_config(WISHES, now=now)).present
    plain, shared = followers[0], followers[1]
    async with db.transaction() as connection:
        await take_back(connection, plain.id, stored.id, OnRemoved.DELETE, item_ids=[stored.added[3]])
    stands = "[line1](<https://x.example/1>)\n[line4](<https://x.example/4>)"
    await outbox.found.keep(
        [Found(message_id=77, channel_id=shared.channel_id, thread_id=None, header_id=None, kind="list", mark="",
               title="", url=None, footer="", text=stands)],
        channel_id=shared.channel_id, until=77, now=now,
    )  # fmt: skip

    count = await outbox.plan(stored.id, now=now)
    found = await _planned(db)
    assert count == sum(map(len, found.values())) > 100
    alone: dict[int, list[Any]] = {}
    for each in followers:
        would = await outbox.would_post(stored.id, each, now=now)
        alone[each.id] = [(each.channel_id, one.item_id, one.is_list, one.in_thread, one.position, members)
                          for one, members in would]  # fmt: skip
    lists = [row for row in found.pop(shared.id) if row[2]]
    assert [len(row[5]) for row in lists if row[1] == stored.added[3]] == [2]  # 1 and 4, as they are there already
    del alone[shared.id]
    assert found == {number: rows for number, rows in alone.items() if rows}
    assert len(found[plain.id]) == len(found[followers[len(WAYS)].id]) - 1
    said = await History(db).of_issue(stored.id)
    told = {(one.subscription_id, one.channel_id): one.detail for one in said if one.kind is EventKind.PLANNED}
    assert told == {(each.id, each.channel_id): str(len(found[each.id])) for each in followers if each.id in found} | {
        (shared.id, shared.channel_id): told[shared.id, shared.channel_id]
    }
    filtered = {one.channel_id for one in said if one.kind is EventKind.FILTERED}
    assert filtered == {one.channel_id for one in followers if not one.options.filter.is_empty}
    assert await outbox.plan(stored.id, now=now) == 0


async def _planned(db: Database) -> dict[int, list[Any]]:
    """Return each subscription's deliveries in their order, with the items of each list."""
    async with db.reading() as connection:
        rows = (await connection.execute(select(deliveries).order_by(deliveries.c.id))).mappings().all()
        members: defaultdict[int, list[int]] = defaultdict(list)
        for delivery_id, item_id, _ in await connection.execute(select(delivery_items)):
            members[delivery_id].append(item_id)
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        shown = (
            tuple(sorted(members[row["id"]])) if row["is_list"] else () if row["item_id"] is None else (row["item_id"],)
        )
        found[row["subscription_id"]].append(
            (row["channel_id"], row["item_id"], row["is_list"], row["in_thread"], row["position"], shown)
        )
    return dict(found)

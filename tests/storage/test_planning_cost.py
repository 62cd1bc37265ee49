"""What planning asks of the database, however many channels follow."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import Engine, event

from storage.outbox import Outbox
from storage.wishes import Follow


@pytest.mark.both_engines
async def test_channels_that_get_the_same_are_planned_by_the_same_few_statements(
    archive, outbox: Outbox, subscriptions, make, now
) -> None:
    await archive.store("Tech", [(make.issue("one", "two"), now)], now=now)
    filters: list[dict[str, Any]] = [{}, {"words_any": ("one",)}]
    wishes = [Follow(newsletter="Tech", channel=number, **filters[number % 2]) for number in range(1, 601)]
    await subscriptions.from_config(wishes, now=now)
    asked: list[str] = []

    def note(_connection, _cursor, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert await outbox.plan(1, now=now) == 300 * 3 + 300 * 2
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    # a thousand messages are planned in one transaction: 600 channels of three at most take two
    inserted = [found[1] for one in asked if (found := re.match(r"INSERT INTO (\w+)", one))]
    assert inserted.count("deliveries") == 2 * 2 * 2  # for either filter one channel, then all others
    read = [found[1] for one in asked if (found := re.search(r"SELECT .*?FROM (\w+)", one, re.DOTALL))]
    assert read.count("found_messages") == 2
    before = [one for one in asked if one.startswith("SELECT subscriptions.id") and "deliveries.item_id IS NULL" in one]
    assert len(before) == 2
    assert all("subscriptions.id IN" in one for one in before)  # not all that were planned already

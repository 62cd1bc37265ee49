"""What planning asks of the database, however many channels follow."""

from __future__ import annotations

import re

from sqlalchemy import Engine, event

from storage.outbox import Outbox
from storage.wishes import Follow


async def test_an_issue_is_planned_with_the_same_questions_for_ten_channels_at_a_time(
    archive, outbox: Outbox, subscriptions, make, now
) -> None:
    await archive.store("Tech", [(make.issue("one", "two"), now)], now=now)
    wishes = [Follow(newsletter="Tech", channel=number) for number in range(1, 31)]
    await subscriptions.from_config(wishes, now=now)
    asked: list[str] = []

    def note(_connection, _cursor, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert await outbox.plan(1, now=now) == 30 * 3
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    tables = [found[1] for one in asked if (found := re.search(r"SELECT .*?FROM (\w+)", one, re.DOTALL))]
    assert tables.count("found_messages") <= 3
    before = [one for one in asked if re.search(r"SELECT deliveries.subscription_id\s+FROM deliveries", one)]
    assert len(before) == 3
    assert all("deliveries.subscription_id IN" in one for one in before)  # not all that were planned already

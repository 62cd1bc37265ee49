"""New followers get the newest issues that they asked for, however many begin together."""

from __future__ import annotations

import re

import pytest
from room import NOW, Room
from sqlalchemy import Engine, event

from storage.scope import Scope
from storage.wishes import Follow


@pytest.fixture
async def wishes(room: Room) -> list[Follow]:
    """Publish two issues of two items before anybody follows; 200 channels want one of them, 100 both and 100 none."""
    for number in (1, 2):
        room.write(f"{number}.md", f"Weekly {number}", day=f"2026-03-0{number}")
        await room.poll()
        await room.release()
    return [Follow(newsletter="Tech", channel=n, backfill=(1, 2, 1, 0)[n % 4]) for n in range(1, 401)]


async def test_all_that_begin_together_are_planned_by_a_few_transactions(room: Room, wishes: list[Follow]) -> None:
    await room.subscriptions.from_config(wishes, now=NOW)
    updates: list[str] = []

    def note(_connection, _cursor, statement: str, *_: object) -> None:
        updates.extend(re.findall(r"^(?:UPDATE|INSERT INTO) (\w+)", statement))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        planned = (await room.release()).messages
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    each = planned // 400
    assert planned == each * 400 > 0
    assert updates.count("subscriptions") == 3  # one for each kind of wish
    assert len(updates) < 60
    assert await room.subscriptions.to_backfill("Tech") == []
    assert (await room.release()).messages == 0


async def test_each_channel_gets_the_issues_that_it_asked_for_oldest_first(room: Room, wishes: list[Follow]) -> None:
    await room.subscriptions.from_config(wishes, now=NOW)
    await room.release()
    titles: dict[int, list[str]] = {}
    for channel in (1, 2, 3):
        issues: dict[int, None] = {}
        while (delivery := await room.outbox.claim_next(channel, now=NOW)) is not None:
            issues[delivery.issue_id] = None
            await room.outbox.sent(delivery.id, delivery.id, now=NOW)
        records = [await room.archive.issue(Scope.everything(), number) for number in issues]
        titles[channel] = [record.issue.title for record in records if record is not None]
    assert titles == {1: ["Weekly 1", "Weekly 2"], 2: ["Weekly 2"], 3: []}

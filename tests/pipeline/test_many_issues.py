"""A file that holds many issues is held with what to set, and is many issues once that is set."""

from __future__ import annotations

import datetime as dt

from room import NOW, Room

from config.settings import SplitConfig
from storage.held import HeldDecision
from storage.records import Gate
from storage.scope import Scope
from storage.wishes import Follow
from ui.held import held_line, held_message

ALL = Scope.everything()
WEEKS = [f"2024-{month:02}-{day:02}" for month in range(6, 0, -1) for day in (21, 7)]


def readme(weeks: list[str]) -> str:
    parts = ["# Everything", "A newsletter in one file."]
    for week in weeks:
        stories = "\n\n".join(
            f"### [Story {week} {at}](https://x.example/{week}/{at})\n\nIt is told in a few words." for at in range(3)
        )
        parts.append(f"## Week of {week}\n\n{stories}")
    return "\n\n".join(parts) + "\n"


async def look(room: Room, weeks: list[str]) -> None:
    (room.folder / "README.md").write_text(readme(weeks))
    room.now += dt.timedelta(hours=1)
    await room.poll()


async def test_it_is_held_with_the_level_to_set_and_nothing_is_posted(room: Room) -> None:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    await look(room, WEEKS)
    release = await room.release()
    assert release.messages == 0
    [held] = release.news
    text, _ = held_message(held, "0123456789abcdef")
    assert "brought 1 new issue. That would be 13 messages in 1 channel." in text
    assert "README.md: it holds 12 issues" in text.replace("\\", "")
    assert "set split.issue_level: 2 for this newsletter" in text.replace("\\", "")
    assert "split.issue_level: 2" in held_line(held).replace("\\", "")
    await look(room, ["2024-07-05", *WEEKS])
    assert (await room.release()).messages == 0
    assert await room.publisher.decide_held("Tech", HeldDecision.FILE) == (1, 0)


async def test_with_the_level_set_each_week_is_an_issue_and_a_new_one_is_posted(room: Room) -> None:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    await look(room, WEEKS)
    await room.release()
    await room.configure(split=SplitConfig(issue_level=2))
    await room.poll()  # nothing changed but the setting
    assert (await room.release()).messages == 0
    records = await room.archive.latest(ALL, limit=50)
    assert sorted(str(record.issue.date) for record in records) == sorted(WEEKS)
    assert await room.archive.at_gate(ALL, Gate.HELD) == []
    await look(room, ["2026-03-09", *WEEKS])
    assert (await room.release()).messages == 4  # the new week's header and its three stories
    await room.configure(split=SplitConfig(issue_level=2))
    assert (await room.poll()).revision is None


async def test_a_readme_beside_dated_issues_asks_nobody(room: Room) -> None:
    room.write("2024-06-21.md", "Week", items=2)
    await look(room, WEEKS)
    assert (await room.release()).news == ()

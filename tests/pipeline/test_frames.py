"""An issue is read by what the issues before it share, and stays as it was posted whatever becomes of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import pytest
from room import NOW, Room

from digest.neighbours import MOST_EARLIER
from sources.folder import FolderSource
from storage.records import Action
from storage.scope import Scope
from storage.wishes import Follow

ALL = Scope.everything()
END = "## Anker\n\nKommt zu uns in den Hafen am Fluss: [unsere Karte](https://harbour.example/map).\n"


def write(room: Room, number: int, end: str = END, story: str = "") -> None:
    told = f"## [Boat {number} is afloat](https://boats.example/{number})\n\nIt floats.\n\n{story}"
    text = f"---\ntitle: Boats {number}\ndate: 2026-03-0{number}\n---\n\n{told}\n\n{end}"
    (room.folder / f"{number}.md").write_text(text, encoding="utf-8")


async def titles(room: Room, number: int) -> list[str]:
    found = await room.archive.find_issue(ALL, "Tech", f"{number}.md")
    assert found is not None
    return [record.item.title for record in await room.archive.items(ALL, found.id)]


async def test_what_the_issues_before_share_is_no_story(room: Room) -> None:
    for number in (1, 2, 3):
        write(room, number)
    await room.poll()
    assert await titles(room, 1) == ["Boat 1 is afloat", "Anker"]
    assert await titles(room, 3) == ["Boat 3 is afloat"]
    write(room, 4)  # alone, its neighbours are read for it
    await room.poll()
    assert await titles(room, 4) == ["Boat 4 is afloat"]


async def test_what_was_posted_stays_when_the_issues_before_change(room: Room) -> None:
    news = "## Die Werft am Fluss\n\nSie baut wieder ganze Schiffe: [die Werft](https://yard.example).\n"
    write(room, 1)
    write(room, 2)
    await room.poll()
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    write(room, 3, f"{news}\n{END}")
    await room.poll()
    await room.release()
    assert len(await room.deliver()) == 3  # the header and two stories; "Anker" recurs
    for number in (1, 2):  # its story recurs now, and "Anker" does so no longer
        write(room, number, news)
    write(room, 3, f"{news}\n{END}", story="It floats still.\n")
    assert (await room.poll()).held is None
    assert await titles(room, 3) == ["Boat 3 is afloat", "Die Werft am Fluss"]
    assert {action for action, _ in await room.deliver()} == {Action.EDIT}


async def test_an_issue_that_waits_is_read_by_what_is_known_now(room: Room) -> None:
    write(room, 9, END)
    (room.folder / "9.md").write_text(
        (room.folder / "9.md").read_text(encoding="utf-8").replace("title:", "draft: true\ntitle:"), encoding="utf-8"
    )
    await room.poll()
    assert await titles(room, 9) == ["Boat 9 is afloat", "Anker"]
    for number in (1, 2):
        write(room, number)
    write(room, 9)
    await room.poll()
    assert await titles(room, 9) == ["Boat 9 is afloat"]


async def test_few_files_are_read_for_a_new_one(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 9):
        write(room, number)
    await room.poll()
    asked: list[str] = []
    read = FolderSource.read

    def counted(self: FolderSource, revision: str, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes]]:
        names = list(paths)
        asked.extend(names)
        return read(self, revision, names)

    monkeypatch.setattr(FolderSource, "read", counted)
    write(room, 9)
    await room.poll()
    assert sorted(asked) == ["4.md", "5.md", "6.md", "7.md", "8.md", "9.md"]
    assert len(asked) == 1 + MOST_EARLIER

"""A newsletter whose issues are folders of files."""

from __future__ import annotations

import shutil

import pytest
from room import ALL, Room


@pytest.fixture
async def folders(room: Room) -> Room:
    await room.configure(issue_folders=("letters/*",))
    await room.archive.begin("Tech")
    return room


def story(room: Room, path: str, title: str) -> None:
    (room.folder / path).parent.mkdir(parents=True, exist_ok=True)
    (room.folder / path).write_text(f"---\ntitle: {title}\nurl: https://example.org/{title}\n---\n\nText of {title}.\n")


async def stories(room: Room) -> dict[str, list[str]]:
    found = [await room.archive.issue(ALL, record.id) for record in await room.archive.latest(ALL, "Tech", 10)]
    return {record.issue.path: [item.title for item in record.issue.items] for record in found if record is not None}


async def test_the_files_of_a_folder_are_one_issue(folders: Room) -> None:
    for path in ("letters/1/a.md", "letters/1/b.md", "letters/2/a.md", "letters/2/deep/b.md", "letters/alone.md"):
        story(folders, path, path.replace("/", "-"))
    await folders.poll()
    assert await stories(folders) == {
        "letters/1": ["letters-1-a.md", "letters-1-b.md"],
        "letters/2": ["letters-2-a.md", "letters-2-deep-b.md"],
        "letters/alone.md": [],  # an introduction alone
    }


async def test_a_file_that_comes_changes_or_goes_changes_its_issue(folders: Room) -> None:
    for name in "abc":
        story(folders, f"letters/1/{name}.md", name)
    await folders.poll()
    story(folders, "letters/1/b.md", "beta")
    story(folders, "letters/1/d.md", "d")
    (folders.folder / "letters/1/c.md").unlink()
    await folders.poll()
    assert await stories(folders) == {"letters/1": ["a", "beta", "d"]}
    assert (await folders.poll()).revision is None


async def test_a_folder_that_moves_is_the_same_issue_and_one_that_goes_is_withdrawn(folders: Room) -> None:
    for name in "ab":
        story(folders, f"letters/1/{name}.md", name)
        story(folders, f"letters/2/{name}.md", f"{name}2")
    await folders.poll()
    before = {record.issue.path: record.id for record in await folders.archive.latest(ALL, "Tech", 10)}
    (folders.folder / "letters/1").rename(folders.folder / "letters/first")
    shutil.rmtree(folders.folder / "letters/2")
    await folders.poll()
    after = {record.issue.path: record.id for record in await folders.archive.latest(ALL, "Tech", 10)}
    assert after == {"letters/first": before["letters/1"]}


async def test_folders_that_become_issues_later_are_read_again(room: Room) -> None:
    for name in "ab":
        story(room, f"letters/1/{name}.md", name)
    await room.poll()
    assert set(await stories(room)) == {"letters/1/a.md", "letters/1/b.md"}
    await room.configure(issue_folders=("letters/*",))
    await room.poll()
    await room.release()
    assert await stories(room) == {"letters/1": ["a", "b"]}


async def test_a_file_that_moves_to_another_folder_leaves_its_issue(folders: Room) -> None:
    for path in ("1/a.md", "1/b.md", "1/c.md", "2/d.md"):
        story(folders, f"letters/{path}", path[2])
    await folders.poll()
    (folders.folder / "letters/1/b.md").rename(folders.folder / "letters/2/b.md")
    (folders.folder / "letters/1/c.md").rename(folders.folder / "letters/c.md")
    await folders.poll()
    found = await stories(folders)
    assert found["letters/1"] == ["a"]
    assert found["letters/2"] == ["b", "d"]


async def test_a_folder_that_is_merged_into_another_does_not_take_its_place(folders: Room) -> None:
    for path in ("1/a.md", "1/b.md", "2/c.md", "2/d.md"):
        story(folders, f"letters/{path}", path[2])
    await folders.poll()
    before = {record.issue.path: record.id for record in await folders.archive.latest(ALL, "Tech", 10)}
    for name in "ab":
        (folders.folder / f"letters/1/{name}.md").rename(folders.folder / f"letters/2/{name}.md")
    (folders.folder / "letters/1").rmdir()
    await folders.poll()
    after = {record.issue.path: record.id for record in await folders.archive.latest(ALL, "Tech", 10)}
    assert after == {"letters/2": before["letters/2"]}
    assert await stories(folders) == {"letters/2": ["a", "b", "c", "d"]}

"""A README next to issues is none of them, and an issue of too many items waits for an admin."""

from __future__ import annotations

import pytest
from room import NOW, Room

from storage.held import HeldDecision
from storage.layouts import Layout
from storage.records import Gate
from storage.scope import Scope
from storage.wishes import Follow

ALL = Scope.everything()

README = """# Example Weekly

## Issues

- [Issue 2: The second one](issues/2.md)
- [Issue 1: The first one](issues/1.md)

## The week

The [new engine](https://example.org/engine) starts twice as fast.

## Contributing

Send a pull request to [the repository](https://github.com/example/weekly).
"""


@pytest.fixture
async def followed(room: Room) -> Room:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7, backfill=1, layout=Layout.ITEMS), now=NOW)
    (room.folder / "issues").mkdir()
    return room


async def posted(room: Room) -> list[str]:
    await room.release()
    await room.deliver()
    return [record.issue.title for record in await room.archive.at_gate(ALL, Gate.RELEASED)]


async def test_a_readme_is_not_the_newest_issue(followed: Room) -> None:
    (followed.folder / "README.md").write_text(README)
    followed.write("issues/1.md", "One", day="2026-03-01")
    followed.write("issues/2.md", "Two", day="2026-03-08")
    await followed.poll()
    assert [record.issue.title for record in await followed.archive.latest(ALL, "Tech")] == ["Two", "One"]
    assert (await followed.release()).messages == 3
    assert (await followed.gates())["Example Weekly"] is Gate.WAITING
    (followed.folder / "README.md").write_text(README + "\nMore.\n")
    await followed.poll()
    assert await posted(followed) == []
    assert (await followed.gates())["Example Weekly"] is Gate.WAITING


async def test_a_readme_that_is_the_newsletter_is_one(followed: Room) -> None:
    (followed.folder / "README.md").write_text(README)
    await followed.poll()
    assert [record.issue.title for record in await followed.archive.latest(ALL, "Tech")] == ["Example Weekly"]


async def test_a_readme_in_a_folder_of_its_own_is_an_issue(followed: Room) -> None:
    followed.write("issues/1.md", "One", day="2026-03-01")
    await followed.poll()
    (followed.folder / "week-12").mkdir()
    (followed.folder / "week-12/README.md").write_text(README)
    await followed.poll()
    assert await posted(followed) == ["Example Weekly"]


def page(room: Room, path: str) -> None:
    (room.folder / path).parent.mkdir(parents=True, exist_ok=True)
    (room.folder / path).write_text(f"# {path}\n\n## A story\n\nOf [{path}](https://example.org/{path}) and more.\n")


async def test_the_other_pages_of_a_whole_repository_are_none(followed: Room) -> None:
    for number in range(1, 7):
        followed.write(f"issues/{number}.md", f"Issue {number}", day=f"2026-02-0{number}")
    for path in (
        "docs/setup.md",
        "AGENTS.md",
        "scripts/prompts/triage.md",
        "scripts/README.md",
        "thanks.md",
        "specs/plan-2026-for-all.md",
        "specs/rfc-12.md",
        "specs/process.md",
        "tags/2026.md",
        "issues/special.md",
        "extra/7.md",
    ):
        page(followed, path)
    await followed.poll()
    gates = await followed.gates()
    # next to the dated ones, or with a number and nothing else: they may be issues
    issues = {path for path, gate in gates.items() if gate is Gate.FILED}
    assert issues == {f"Issue {number}" for number in range(1, 7)} | {"issues/special.md", "extra/7.md"}
    page(followed, "docs/plans.md")
    page(followed, "extra/8.md")
    await followed.poll()
    assert await posted(followed) == ["extra/8.md"]
    assert (await followed.gates())["docs/plans.md"] is Gate.WAITING


async def test_a_blog_beside_a_larger_documentation_holds_the_issues(followed: Room) -> None:
    followed.folder.joinpath("blog").mkdir()
    for number in range(1, 7):
        followed.write(f"blog/{number}.md", f"Issue {number}", day=f"2026-02-0{number}")
    for path in [f"book/{topic}/{place}.md" for topic in ("types", "tables", "paths") for place in "abcd"]:
        page(followed, path)
    await followed.poll()
    assert {path for path, gate in (await followed.gates()).items() if gate is Gate.FILED} == {
        f"Issue {number}" for number in range(1, 7)
    }
    page(followed, "book/types/new.md")
    await followed.poll()
    assert await posted(followed) == []


async def test_a_readme_beside_numbered_issues_is_none_of_them(followed: Room) -> None:
    for number in range(1, 7):
        page(followed, f"{2020 + number}/{number}.md")  # each year begins a folder
    for path in ("README.md", "README_ja.md", "2021/README.md", "tools/README.md", "writing/style.md"):
        page(followed, path)
    await followed.poll()
    filed = {path for path, gate in (await followed.gates()).items() if gate is Gate.FILED}
    assert filed == {f"{2020 + number}/{number}.md" for number in range(1, 7)}
    page(followed, "2027/7.md")
    page(followed, "writing/headlines.md")
    await followed.poll()
    assert await posted(followed) == ["2027/7.md"]


async def test_what_stands_in_the_folder_of_one_issue_is_a_part_of_it(followed: Room) -> None:
    for number in range(1, 7):
        followed.folder.joinpath(f"archive/{number}").mkdir(parents=True)
        followed.write(f"archive/{number}/letter.md", f"Issue {number}", day=f"2026-02-0{number}")
        page(followed, f"archive/{number}/notes.md")
    for path in ("2026/spring.md", "2026/12.md"):
        page(followed, path)
    followed.write("2026/1.md", "One", day="2026-02-10")
    followed.write("2026/2.md", "Two", day="2026-02-11")
    await followed.poll()
    waiting = {path for path, gate in (await followed.gates()).items() if gate is Gate.WAITING}
    assert waiting == {f"archive/{number}/notes.md" for number in range(1, 7)}


async def test_a_numbered_series_of_readmes_is_one_of_issues(followed: Room) -> None:
    for number in range(1, 7):
        followed.write(f"issues/{number}.md", f"Issue {number}", day=f"2026-02-0{number}")
    page(followed, "week-12/README.md")
    await followed.poll()
    assert (await followed.gates())["week-12/README.md"] is Gate.FILED


async def test_pages_that_the_configuration_names_are_issues(followed: Room) -> None:
    await followed.configure(include=("*.md",))
    for number in range(1, 7):
        followed.write(f"issues/{number}.md", f"Issue {number}", day=f"2026-02-0{number}")
    await followed.poll()
    page(followed, "essays/on-parsing.md")
    await followed.poll()
    assert await posted(followed) == ["essays/on-parsing.md"]


async def test_an_undated_issue_is_never_the_newest(followed: Room) -> None:
    (followed.folder / "thanks.md").write_text(README)
    followed.write("issues/1.md", "One", day="2026-03-01")
    await followed.poll()
    assert [record.issue.title for record in await followed.archive.latest(ALL, "Tech")] == ["One", "Example Weekly"]
    assert (await followed.release()).messages == 3


async def test_an_issue_of_too_many_items_waits_for_an_admin_and_holds_up_no_other(followed: Room) -> None:
    followed.write("issues/1.md", "One", day="2026-03-01")
    await followed.poll()
    await followed.release()
    followed.write("issues/2.md", "Many", items=201)
    await followed.poll()
    [news] = (await followed.release()).news
    assert (news.issues, news.titles) == (1, ("Many",))
    for number in range(5):
        followed.write(f"issues/n{number}.md", f"Next {number}")
    await followed.poll()
    assert len((await followed.release()).released) == 5
    assert await followed.publisher.decide_held("Tech", HeldDecision.POST) == (1, 202)


async def test_an_issue_without_a_date_among_dated_ones_waits_for_an_admin(followed: Room) -> None:
    for number in range(1, 7):
        followed.write(f"issues/{number}.md", f"Issue {number}", day=f"2026-02-0{number}")
    await followed.poll()
    await followed.release()
    page(followed, "issues/demo.md")
    followed.write("issues/7.md", "Issue 7")
    await followed.poll()
    [news] = (await followed.release()).news
    assert (news.issues, news.titles) == (1, ("issues/demo.md",))
    assert await followed.publisher.decide_held("Tech", HeldDecision.POST) == (1, 2)

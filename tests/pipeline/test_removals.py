"""What would be taken back in bulk waits for a decision; what its author takes back by hand does not."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest
from room import NOW, Room

from storage.held import HeldDecision
from storage.layouts import Layout, OnRemoved
from storage.records import Action, Gate
from storage.scope import Scope
from storage.wishes import Follow

ALL = Scope.everything()


async def posted(room: Room, issues: int, *, items: int = 2, on_removed: OnRemoved = OnRemoved.MARK) -> None:
    """Issues that are in a channel, next to a file that nobody touches."""
    room.newsletter = room.newsletter.model_copy(update={"max_new_issues": None})
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7, on_removed=on_removed), now=NOW)
    (room.folder / "posts").mkdir()
    room.write("other.md", "Other")
    await room.poll()
    await room.release()
    for number in range(issues):
        room.write(f"posts/{number}.md", f"Issue {number}", items=items)
    await room.poll()
    await room.release()
    assert len(await room.deliver()) == issues * (items + 1)


async def withdrawn(room: Room) -> list[int]:
    """The messages that are taken back now."""
    return [message for action, message in await room.deliver() if action in {Action.WITHDRAW, Action.DELETE}]


async def test_a_part_that_is_gone_takes_nothing_back_and_comes_back_as_it_was(room: Room) -> None:
    await posted(room, 7)
    shutil.move(room.folder / "posts", room.folder.with_name("away"))
    report = await room.poll()
    assert report.held is not None
    assert (report.held.issues, report.held.messages) == (7, 21)
    [news] = (await room.release()).news
    assert news == report.held
    assert await withdrawn(room) == []
    assert len(await room.archive.latest(ALL, "Tech", 20)) == 8  # searches and lists go on
    shutil.move(room.folder.with_name("away"), room.folder / "posts")
    assert (await room.poll()).held is None
    assert await room.archive.held.all("Tech") == []
    assert await room.deliver() == []


async def test_another_include_is_held_until_it_is_decided_to_withdraw(room: Room) -> None:
    await posted(room, 4)
    await room.configure(include=("other.md",))
    assert (await room.poll()).held is not None
    assert await withdrawn(room) == []
    assert await room.publisher.decide_held("Tech", HeldDecision.WITHDRAW) == (4, 12)
    assert len(await withdrawn(room)) == 12
    assert [record.issue.title for record in await room.archive.latest(ALL, "Tech", 20)] == ["Other"]
    assert await room.publisher.decide_held("Tech", HeldDecision.WITHDRAW) == (0, 0)


async def test_what_was_decided_to_stay_stays_and_is_not_asked_about_again(room: Room) -> None:
    await posted(room, 4)
    shutil.rmtree(room.folder / "posts")
    await room.poll()
    assert await room.publisher.decide_held("Tech", HeldDecision.KEEP) == (4, 12)
    room.write("more.md", "More")
    await room.configure(exclude=("nothing.md",))  # all files are compared anew
    assert (await room.poll()).held is None
    assert (await room.release()).news == ()
    assert await withdrawn(room) == []
    assert len(await room.archive.latest(ALL, "Tech", 20)) == 6


async def test_a_restart_neither_forgets_what_waits_nor_asks_twice(room: Room) -> None:
    await posted(room, 4)
    shutil.rmtree(room.folder / "posts")
    await room.poll()
    [news] = (await room.release()).news
    await room.archive.held.told(news)
    await room.configure()
    await room.poll()
    assert (await room.release()).news == ()
    assert [held.messages for held in await room.archive.held.all("Tech")] == [12]
    room.write("other.md", "Other", items=1)
    await room.poll()
    assert await withdrawn(room) == []


async def test_few_are_taken_back_by_themselves(room: Room) -> None:
    await posted(room, 7)
    (room.folder / "posts/0.md").unlink()
    (room.folder / "posts/1.md").unlink()
    assert (await room.poll()).held is None
    assert len(await withdrawn(room)) == 6


async def test_items_that_leave_many_issues_at_once_are_held_and_come_back(room: Room) -> None:
    await posted(room, 6, items=4)
    for number in range(6):
        room.write(f"posts/{number}.md", f"Issue {number}", items=2)
    report = await room.poll()
    assert report.held is not None
    assert (report.held.issues, report.held.messages) == (0, 12)
    assert await withdrawn(room) == []
    for number in range(6):
        room.write(f"posts/{number}.md", f"Issue {number}", items=4)
    assert (await room.poll()).held is None
    assert await withdrawn(room) == []
    assert await room.archive.held.all("Tech") == []


@pytest.mark.parametrize(("answer", "expected"), [(HeldDecision.WITHDRAW, 12), (HeldDecision.KEEP, 0)])
async def test_items_are_decided_on_like_issues(room: Room, answer: HeldDecision, expected: int) -> None:
    await posted(room, 6, items=5)
    for number in range(6):
        room.write(f"posts/{number}.md", f"Issue {number}", items=3)
    await room.poll()
    assert await room.publisher.decide_held("Tech", answer) == (0, 12)
    assert len(await withdrawn(room)) == expected
    room.write("posts/0.md", "Issue 0", items=2)  # what was kept is no part of what its author takes back now
    assert (await room.poll()).held is None
    assert len(await withdrawn(room)) == 1


async def test_files_that_move_unseen_are_the_same_issues(room: Room) -> None:
    await posted(room, 7)
    for number in range(7):
        text = (room.folder / f"posts/{number}.md").read_text()
        (room.folder / f"posts/{number}.md").unlink()
        (room.folder / f"moved-{number}.md").write_text(text.replace("Text", "Other text") + "\nAnd more.\n" * 40)
    assert (await room.poll()).held is None
    assert (await room.release()).messages == 0
    assert await withdrawn(room) == []
    found = {record.issue.path for record in await room.archive.latest(ALL, "Tech", 20)}
    assert found == {"other.md", *(f"moved-{number}.md" for number in range(7))}


async def test_a_removal_that_was_cut_short_is_decided_on_as_a_whole(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await posted(room, 7)
    shutil.rmtree(room.folder / "posts")
    room.write("new.md", "New")

    async def cut_short(*args: object, **options: object) -> None:
        raise ConnectionAbortedError

    with monkeypatch.context() as patched:
        patched.setattr(room.archive, "store", cut_short)
        with pytest.raises(ConnectionAbortedError):
            await room.poll()
    assert await withdrawn(room) == []
    report = await room.poll()
    assert report.held is not None
    assert report.held.messages == 21
    assert await withdrawn(room) == []


async def test_messages_that_stay_anyway_are_no_removal(room: Room) -> None:
    await posted(room, 7, on_removed=OnRemoved.KEEP)
    shutil.rmtree(room.folder / "posts")
    assert (await room.poll()).held is None
    assert await withdrawn(room) == []


async def test_one_issue_of_many_messages_is_a_flood_too(room: Room) -> None:
    room.newsletter = room.newsletter.model_copy(update={"max_items": None})
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7, layout=Layout.ITEMS), now=NOW)
    await room.poll()
    room.write("a.md", "Endless", items=300)
    await room.poll()
    release = await room.release()
    assert (len(release.held), release.messages) == (1, 0)
    assert [(held.issues, held.messages) for held in release.news] == [(1, 301)]
    assert await room.publisher.decide_held("Tech", HeldDecision.POST) == (1, 301)
    assert await room.archive.at_gate(ALL, Gate.HELD) == []
    room.now += dt.timedelta(seconds=1)
    assert (await room.release()).news == ()


async def test_files_that_are_moved_to_where_others_are_missed_withdraw_none_of_those(room: Room) -> None:
    await posted(room, 8)
    for number in range(4, 8):
        (room.folder / f"posts/{number}.md").unlink()
    assert (await room.poll()).held is not None
    for number in range(4):
        (room.folder / f"posts/{number}.md").rename(room.folder / f"posts/{number + 4}.md")
    report = await room.poll()
    assert report.held is not None
    assert (report.held.issues, report.held.messages) == (4, 12)
    assert await withdrawn(room) == []
    titles = {record.issue.title for record in await room.archive.latest(ALL, "Tech", 20)}
    assert titles == {"Other", *(f"Issue {number}" for number in range(8))}
    await room.publisher.decide_held("Tech", HeldDecision.WITHDRAW)
    assert len(await withdrawn(room)) == 12
    titles = {record.issue.title for record in await room.archive.latest(ALL, "Tech", 20)}
    assert titles == {"Other", *(f"Issue {number}" for number in range(4))}

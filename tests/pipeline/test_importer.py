"""Changes of a source arrive in the archive, whole, once, and a bad file harms only itself."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from pkgutil import resolve_name

import pytest
from room import NOW, HereSplitter, Room

from errors import SourceError
from pipeline.importer import BATCH_FILES, Importer, ImportReport
from storage.archive import Archive
from storage.held import HeldDecision
from storage.readers import Underway
from storage.records import Gate, State
from storage.scope import Scope
from storage.wishes import Follow

ALL = Scope.everything()


async def test_the_first_import_files_everything_but_drafts_and_the_future(room: Room) -> None:
    room.write("a.md", "Old", day="2020-01-01")
    room.write("b.md", "Today")
    room.write("c.md", "Draft", head="draft: true\n")
    room.write("d.md", "Future", day="2026-04-01")
    report = await room.poll()
    assert (report.is_first, report.files, report.issues, report.items, report.new_issues) == (True, 4, 4, 8, 4)
    waiting = Gate.WAITING
    assert await room.gates() == {"Old": Gate.FILED, "Today": Gate.FILED, "Draft": waiting, "Future": waiting}


async def test_an_import_stands_back_while_people_wait(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.importer.STAND_BACK_S", 60.0)
    questions = Underway()
    room.write("a.md", "One")
    room.importer = Importer(room.archive, cache_dir=room.cache, splitter=HereSplitter(), questions=questions)
    with questions.one():
        importing = asyncio.create_task(room.poll())
        await asyncio.wait([importing], timeout=0.3)
        assert await room.gates() == {}
    assert (await importing).new_issues == 1
    monkeypatch.setattr("pipeline.importer.STAND_BACK_S", 0.01)
    room.write("b.md", "Two")
    with questions.one():  # without an end: the import goes on all the same
        assert (await room.poll()).new_issues == 1


async def test_an_unchanged_source_changes_nothing(room: Room) -> None:
    room.write("a.md", "One")
    await room.poll()
    report = await room.poll()
    assert (report.revision, report.files) == (None, 0)


async def test_later_issues_are_posted_to_every_follower_once(room: Room) -> None:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    room.write("a.md", "One")
    await room.poll()
    await room.publisher.release(room.newsletter)
    room.write("b.md", "Two")
    await room.poll()
    assert (await room.publisher.release(room.newsletter)).messages == 3
    assert (await room.publisher.release(room.newsletter)).messages == 0
    assert (await room.outbox.counts())[State.PENDING] == 3


async def test_a_future_issue_is_released_when_its_time_comes(room: Room) -> None:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    room.write("a.md", "Soon", day="2026-03-12")
    await room.poll()
    release = await room.publisher.release(room.newsletter)
    assert (release.messages, release.next_at) == (0, dt.datetime(2026, 3, 12, tzinfo=dt.UTC))
    room.now = dt.datetime(2026, 3, 12, tzinfo=dt.UTC)
    assert (await room.publisher.release(room.newsletter)).messages == 3


async def test_more_than_max_new_issues_are_held_until_someone_decides(room: Room) -> None:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    await room.poll()
    for number in range(6):
        room.write(f"{number}.md", f"Issue {number}")
    await room.poll()
    release = await room.publisher.release(room.newsletter)
    assert (len(release.held), release.messages) == (6, 0)
    assert await room.publisher.decide_held("Tech", HeldDecision.FILE) == (6, 0)
    assert set((await room.gates()).values()) == {Gate.FILED}


async def test_held_issues_do_not_slip_out_in_portions(room: Room) -> None:
    await room.poll()
    for number in range(6):
        room.write(f"{number}.md", f"Issue {number}")
    await room.poll()
    await room.publisher.release(room.newsletter)
    room.write("7.md", "Issue 7")
    await room.poll()
    assert len((await room.publisher.release(room.newsletter)).held) == 1
    assert (await room.publisher.decide_held("Tech", HeldDecision.POST))[0] == 7


async def test_a_file_that_cannot_be_read_harms_only_itself_and_is_told_once(room: Room) -> None:
    room.write("a.md", "One")
    (room.folder / "bad.md").write_text("HOSTILE")
    report = await room.poll()
    assert [(fault.path, fault.reason) for fault in report.faults] == [
        ("bad.md", "reading it crashed the reading process")
    ]
    assert [one.path for one in await room.archive.faults(ALL, "Tech")] == ["bad.md"]
    (room.folder / "bad.md").write_text("HOSTILE still")
    assert (await room.poll()).faults == []
    room.write("bad.md", "Mended")
    await room.poll()
    assert await room.archive.faults(ALL, "Tech") == []
    assert "Mended" in await room.gates()


async def test_what_was_taken_in_is_surveyed_beside_the_event_loop(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand issues take a fifth of a second."""
    threads: list[threading.Thread] = []

    def survey(*given: object, **named: object) -> list[str]:
        del given, named
        threads.append(threading.current_thread())
        return ["1 issue"]

    monkeypatch.setattr("pipeline.importer.taken_in", survey)
    room.write("a.md", "One")
    report = await room.poll()
    assert await room.importer.taken_in(room.newsletter, report) == ["1 issue"]
    assert threads != [threading.main_thread()]


@pytest.mark.parametrize(
    "place", ["pipeline.importer.turn", "sources.folder.compare", "sources.folder.FolderSource._revision"]
)
async def test_all_paths_are_looked_through_beside_the_event_loop(
    room: Room, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """For twenty thousand files each of these takes up to half a second."""
    threads: set[threading.Thread] = set()
    original = resolve_name(place)

    def watched(*given: object) -> object:
        threads.add(threading.current_thread())
        return original(*given)

    monkeypatch.setattr(place, watched)
    room.write("a.md", "One")
    await room.poll()
    assert threads
    assert threading.main_thread() not in threads


async def test_each_reason_that_keeps_files_back_is_told_with_the_newest_of_them(room: Room) -> None:
    room.write("about.md", "About", day="2019-01-01", head="hidden: true\n")
    for number in range(1, 4):
        room.write(f"{number}.md", f"Issue {number}", day=f"2026-01-0{number}", head="hidden: true\n" * (number > 1))
    room.write("next.md", "Next", head="draft: true\n")
    for number in range(5, 7):
        room.write(f"{number}.md", f"Issue {number}", day=f"2025-01-0{number}", head="expiryDate: 2025-02-01\n")
    lines = await room.importer.taken_in(room.newsletter, await room.poll())
    assert lines[0].startswith("1 issue, the newest: Issue 1 ")
    assert [line for line in lines if "kept back" in line] == [
        "3 files, such as 3.md, kept back: not for the public (hidden: true)",
        "2 files, such as 6.md, kept back: past its expiry date",
        "1 file, such as next.md, kept back: a draft",
    ]


async def test_a_fault_in_a_file_that_is_taken_in_is_told_once(room: Room) -> None:
    room.write("a.md", "One", head="tags: [open\n")
    assert [fault.path for fault in (await room.poll()).faults] == ["a.md"]
    room.write("a.md", "One", head="tags: [open\n", items=3)
    assert (await room.poll()).faults == []
    assert [one.path for one in await room.archive.faults(ALL, "Tech")] == ["a.md"]
    room.write("a.md", "One", items=3)
    await room.poll()
    assert await room.archive.faults(ALL, "Tech") == []


async def test_a_file_that_goes_bad_keeps_what_was_stored(room: Room) -> None:
    room.write("a.md", "One")
    await room.poll()
    (room.folder / "a.md").write_text("HOSTILE")
    await room.poll()
    assert list(await room.gates()) == ["One"]


async def test_a_deleted_file_is_gone_and_comes_back_as_the_same(room: Room) -> None:
    room.write("a.md", "One")
    room.write("b.md", "Two")
    await room.poll()
    [before] = [record for record in await room.archive.at_gate(ALL, Gate.FILED) if record.issue.title == "One"]
    (room.folder / "a.md").unlink()
    assert (await room.poll()).removed_files == 1
    assert list(await room.gates()) == ["Two"]
    room.write("a.md", "One")
    await room.poll()
    [after] = [record for record in await room.archive.at_gate(ALL, Gate.FILED) if record.issue.title == "One"]
    assert after.id == before.id


async def test_many_files_come_in_batches_with_progress(room: Room) -> None:
    for number in range(2 * BATCH_FILES + 1):
        room.write(f"{number:03}.md", f"Issue {number}", items=1)
    seen: list[tuple[int, int]] = []
    await room.importer.poll(room.newsletter, lambda report: seen.append((report.done, report.files)))
    total = 2 * BATCH_FILES + 1
    assert seen == [(BATCH_FILES, total), (2 * BATCH_FILES, total), (total, total)]


async def test_an_import_that_was_cut_short_is_taken_up_again(room: Room) -> None:
    for number in range(BATCH_FILES + 1):
        room.write(f"{number:03}.md", f"Issue {number}", items=1)

    def interrupt(report: ImportReport) -> None:
        raise SourceError(f"the remote went away after {report.done} files")

    with pytest.raises(SourceError):
        await room.importer.poll(room.newsletter, interrupt)
    assert await room.archive.revision("Tech") is None
    report = await room.poll()
    assert (report.is_first, report.done, report.new_issues) == (True, BATCH_FILES + 1, 1)
    assert set((await room.gates()).values()) == {Gate.FILED}


@pytest.mark.parametrize("cut", ["a new file", "a moved file"])
async def test_a_file_that_is_moved_after_an_import_was_cut_short_stays_one_issue(
    room: Room, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    """The last complete revision knows nothing of the place that it is moved from."""
    (room.folder / "0.md").write_text("no issue")
    if cut == "a moved file":
        room.write("first.md", "A")
    await room.poll()
    room.write("second.md", "A")
    (room.folder / "first.md").unlink(missing_ok=True)
    with monkeypatch.context() as killed:
        killed.setattr(Archive, "set_revision", _fail)
        with pytest.raises(RuntimeError):
            await room.poll()
    (room.folder / "second.md").rename(room.folder / "third.md")
    report = await room.poll()
    assert report.removed_files == 1
    found = await room.archive.latest(ALL, "Tech", 10)
    found += await room.archive.at_gate(ALL, Gate.WAITING)
    assert [record.issue.path for record in found if record.issue.title == "A"] == ["third.md"]
    assert (await room.poll()).revision is None


async def _fail(*_: object, **_named: object) -> None:
    raise RuntimeError("killed")


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


async def test_what_a_tool_left_in_a_file_changes_nothing_that_was_taken_in(room: Room) -> None:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    await room.poll()
    room.write("a.md", "One")
    await room.poll()
    await room.publisher.release(room.newsletter)
    (room.folder / "a.md").write_text(POINTER)
    (room.folder / "b.md").write_bytes(b"\0GITCRYPT\0" + bytes(range(256)))
    report = await room.poll()
    assert [(fault.path, fault.reason.split(":")[0]) for fault in report.faults] == [
        ("a.md", "the file is a Git LFS pointer, not the issue itself"),
        ("b.md", "the file is encrypted (git-crypt)"),
    ]
    assert (report.deliveries, await room.gates()) == (0, {"One": Gate.RELEASED})
    assert {one.path for one in await room.archive.faults(ALL, "Tech")} == {"a.md", "b.md"}
    room.write("a.md", "One")
    assert (await room.poll()).deliveries == 0
    assert {one.path for one in await room.archive.faults(ALL, "Tech")} == {"b.md"}


async def test_a_file_that_is_too_large_is_told_and_what_was_taken_in_stays(room: Room) -> None:
    room.write("a.md", "One")
    await room.poll()
    (room.folder / "a.md").write_bytes(b"x" * 5_000_001)
    (room.folder / "b.md").write_bytes(b"x" * 5_000_001)
    report = await room.poll()
    assert [(fault.path, "larger than 5 MB" in fault.reason) for fault in report.faults] == [
        ("a.md", True),
        ("b.md", True),
    ]
    assert list(await room.gates()) == ["One"]
    (room.folder / "b.md").unlink()
    room.write("a.md", "One")
    assert (await room.poll()).faults == []
    assert await room.archive.faults(ALL, "Tech") == []


CASES = {
    "expiry": "expiryDate: 2026-03-01\n",
    "build": "build:\n  render: never\n  list: never\n",
    "permalink": "permalink: false\n",
    "paid": "visibility: paid\n",
    "exclude": "eleventyExcludeFromCollections: true\n",
    "status": "status:\n  - draft\n",
}


@pytest.mark.parametrize("head", CASES.values(), ids=CASES)
@pytest.mark.parametrize("is_first", [True, False], ids=["first import", "later"])
async def test_what_a_site_keeps_back_is_not_posted_and_not_found(room: Room, head: str, *, is_first: bool) -> None:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7, backfill=3), now=NOW)
    if not is_first:
        await room.poll()
        await room.release()
    room.write("a.md", "Weekly 1", head=head)
    await room.poll()
    assert (await room.release()).messages == 0
    assert await room.gates() == {"Weekly 1": Gate.WAITING}
    [waiting] = await room.archive.at_gate(ALL, Gate.WAITING)
    assert "not for the public" in waiting.gate_reason or "past its expiry date" in waiting.gate_reason or is_first
    room.write("a.md", "Weekly 1")
    await room.poll()
    assert (await room.release()).messages == 3


async def test_an_issue_that_expires_before_its_time_comes_is_never_posted(room: Room) -> None:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    await room.poll()
    room.newsletter = room.newsletter.model_copy(update={"time_zone": "America/New_York"})
    room.write("a.md", "Soon", day="2026-03-12", head="expiryDate: 2026-03-14\n")
    room.write("b.md", "Late", day="2026-03-14", head="expiryDate: 2026-03-14\n")
    await room.poll()
    room.now = dt.datetime(2026, 3, 14, 3, 59, tzinfo=dt.UTC)
    assert (await room.release()).messages == 3
    room.now = dt.datetime(2026, 3, 14, 4, tzinfo=dt.UTC)
    assert (await room.release()).messages == 0
    assert await room.gates() == {"Soon": Gate.RELEASED, "Late": Gate.WAITING}


async def test_what_is_posted_and_withheld_later_stays_as_it_is_and_is_told_once(room: Room) -> None:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    await room.poll()
    room.write("a.md", "Weekly 1")
    await room.poll()
    await room.release()
    assert len(await room.deliver()) == 3
    room.write("a.md", "Weekly 1", head="visibility: paid\n", items=4)  # for those who pay, it says more
    [fault] = (await room.poll()).faults
    assert "is posted, and since then not for the public (visibility: paid)" in fault.reason
    await room.release()
    assert await room.deliver() == []
    assert await room.gates() == {"Weekly 1": Gate.RELEASED}
    room.write("a.md", "Weekly 1", head="visibility: paid\n", items=5)
    assert (await room.poll()).faults == []
    room.write("a.md", "Weekly 1", items=3)
    await room.poll()
    await room.release()
    assert len(await room.deliver()) == 2  # the new story, and the header that counts it
    assert await room.archive.faults(ALL, "Tech") == []


@pytest.mark.parametrize("left", ["\n\n", "---\ntitle: Weekly 1\ndate: 2026-03-09\n---\n"])
async def test_what_is_posted_stays_where_its_file_is_emptied(room: Room, left: str) -> None:
    await room.subscriptions.add(Follow(newsletter="Tech", channel=7), now=NOW)
    await room.poll()
    room.write("a.md", "Weekly 1")
    await room.poll()
    await room.release()
    assert len(await room.deliver()) == 3
    (room.folder / "a.md").write_text(left)
    [fault] = (await room.poll()).faults
    assert "its file holds no text any more" in fault.reason
    await room.release()
    assert await room.deliver() == []
    room.write("a.md", "Weekly 1", items=3)
    await room.poll()
    await room.release()
    assert len(await room.deliver()) == 2  # the new story, and the header that counts it
    assert await room.archive.faults(ALL, "Tech") == []


async def test_what_was_filed_and_is_withheld_later_is_found_no_longer(room: Room) -> None:
    room.write("a.md", "Weekly 1")
    await room.poll()
    assert await room.gates() == {"Weekly 1": Gate.FILED}
    room.write("a.md", "Weekly 1", head="private: true\n")
    await room.poll()
    await room.release()
    assert await room.gates() == {"Weekly 1": Gate.WAITING}
    assert await room.archive.latest(ALL, "Tech") == []


async def test_pages_stay_pages_when_another_one_gets_a_date(room: Room) -> None:
    for folder in ("blog", "docs"):
        (room.folder / folder).mkdir()
    for number in range(6):
        room.write(f"blog/{number}.md", f"Duck {number}")
        room.write(f"docs/{'abcdef'[number]}.md", f"Page {number}", day="")
    await room.poll()
    room.write("docs/limits.md", "Limits")
    await room.poll()
    await room.release()
    gates = await room.gates()
    assert gates["Limits"] is gates["Page 1"] is Gate.WAITING
    assert gates["Duck 1"] is Gate.FILED

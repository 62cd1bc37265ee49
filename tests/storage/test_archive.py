from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from digest.model import Issue, Item, LeftOut, Link, Notice
from errors import StorageError
from storage.archive import Archive
from storage.database import Database
from storage.index import COLUMNS
from storage.records import Gate, IssueRecord, StoredIssue
from storage.reindex import reindex
from storage.rows import clean, cleaned, folded, sorting_time
from storage.scope import Scope

ALL = Scope.everything()

HOUR = dt.timedelta(hours=1)


async def put(archive: Archive, *issues: Issue, at: dt.datetime, gate: Gate | None = None) -> list[StoredIssue]:
    first_gate = (lambda _: gate) if gate else None
    return await archive.store("Tech Beats", [(issue, at) for issue in issues], now=at, first_gate=first_gate)


async def stored(archive: Archive, issue_id: int) -> IssueRecord:
    record = await archive.issue(ALL, issue_id)
    assert record is not None
    return record


async def indexed(db: Database) -> set[int]:
    await db.caught_up()  # what a cancelled task stored reaches a server's copy a moment later
    async with db.index.reading() as connection:
        return {row[0] for row in await connection.execute(text("SELECT item_id FROM search_documents"))}


@pytest.mark.both_engines
async def test_an_issue_comes_back_exactly(archive: Archive, make, now) -> None:
    issue = Issue(
        path="发行/周刊 1.md",
        part="part-2",
        title="Emoji 🎉, quotes \"' and a tab\t",
        date=dt.date(1, 1, 1),
        published_at=dt.datetime(2025, 3, 1, 9, 30, 0, 5, tzinfo=ZoneInfo("Asia/Shanghai")),
        tags=("c++", "日本語", ""),
        summary="Two\nlines",
        url="https://example.org/1?a=b#c",
        image="https://example.org/1.png",
        withheld="a draft",
        intro="Hello.",
        items=(
            make.item("one", section=(), links=(), image="https://example.org/i.png", lines=(0, 0)),
            make.item("two", section=("A", "B › C"), links=(Link("", "mailto:a@b"), Link("x", "ftp://y"))),
        ),
        notices=(Notice(3, "odd", "front-matter", "error"), Notice(0, "whole", "encoding")),
        left_out=(LeftOut((5, 9), "Sponsor", "boilerplate"),),
    )
    [found] = await put(archive, issue, at=now)
    assert (await stored(archive, found.id)).issue == issue
    again = await archive.find_issue(ALL, "Tech Beats", issue.path, "part-2")
    assert again is not None
    assert again.id == found.id
    [first, second] = await archive.items(ALL, found.id)
    assert (first.item, second.item) == issue.items
    assert [first.position, second.position] == [0, 1]


signs = st.characters(exclude_categories=["Cs"], exclude_characters="\0")  # what a database can hold
texts = st.text(signs, max_size=20)
lines = st.integers(0, 9)
addresses = st.text(signs, max_size=30)
stories = st.builds(
    Item, id=st.uuids().map(str), title=texts, text=texts, body=texts, anchor=texts, image=st.none() | addresses,
    section=st.lists(texts, max_size=3).map(tuple),
    links=st.lists(st.builds(Link, texts, addresses), max_size=3).map(tuple),
    lines=st.tuples(lines, lines),
)  # fmt: skip
anything = st.builds(
    Issue, path=st.uuids().map(str), part=texts, title=texts, date=st.none() | st.dates(),
    published_at=st.none() | st.datetimes(timezones=st.none() | st.timezones()),
    tags=st.lists(texts, max_size=3).map(tuple),
    summary=texts, url=st.none() | addresses, image=st.none() | addresses, withheld=texts,
    expires_at=st.none() | st.datetimes(), intro=texts,
    items=st.lists(stories, max_size=4, unique_by=lambda item: item.id).map(tuple),
    notices=st.lists(st.builds(Notice, st.integers(0, 9), texts, texts), max_size=2).map(tuple),
    left_out=st.lists(st.builds(LeftOut, st.tuples(lines, lines), texts, texts), max_size=2).map(tuple),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(issue=anything)
async def test_any_issue_comes_back_exactly(archive: Archive, now, issue: Issue) -> None:
    newsletter = uuid.uuid4().hex  # the database is the same for all examples
    [found] = await archive.store(newsletter, [(issue, None)], now=now)
    assert (await stored(archive, found.id)).issue == issue
    [again] = await archive.store(newsletter, [(issue, None)], now=now)
    assert again.is_changed is False


async def test_doubled_ids_and_parts_are_told_apart(archive: Archive, make, now) -> None:
    double = make.issue("a", "a", "a-2", part="w1")
    found = {each.part: each for each in await put(archive, double, make.issue("x", part="w1"), at=now)}
    assert sorted(found) == ["w1", "w1-2"]
    first = found["w1"]
    assert [each.item.id for each in await archive.items(ALL, first.id)] == ["a", "a-2", "a-2-2"]
    again = {each.part: each for each in await put(archive, double, make.issue("x", part="w1"), at=now)}
    assert again["w1"] == StoredIssue(id=first.id, path=double.path, part="w1")


async def test_lone_surrogates_do_not_harm_the_batch(archive: Archive, make, now) -> None:
    odd = make.issue("a", path="caf\udce9.md", title="x\ud800", tags=("\udfff",))
    found = await put(archive, odd, make.issue("b", path="fine.md"), at=now)
    assert {each.path for each in found} == {"caf?.md", "fine.md"}
    record = await archive.find_issue(ALL, "Tech Beats", "caf\udce9.md")
    assert record is not None
    assert (record.issue.title, record.issue.tags) == ("x?", ("?",))
    assert not (await put(archive, odd, at=now))[0].is_new


async def test_what_no_database_holds_is_replaced(archive: Archive, make, now) -> None:
    item = make.item("a", text="one\0two", links=(Link("Pa\0per", "https://example.org/\0"),))
    odd = make.issue(path="nul.md", title="x\0", summary="\0", items=(item,))
    [found] = await put(archive, odd, at=now)
    record = await stored(archive, found.id)
    assert (record.issue.title, record.issue.summary, record.issue.items[0].text) == (
        "x\ufffd",
        "\ufffd",
        "one\ufffdtwo",
    )
    assert not (await put(archive, odd, at=now))[0].is_changed


def test_cleaning_leaves_clean_issues_alone(make) -> None:
    issue = make.issue("a", title=r"a path such as C:\udder\ud800")
    assert cleaned(issue)[0] == issue
    assert clean("plain") == "plain"


async def test_the_same_again_changes_nothing(archive: Archive, db: Database, make, now) -> None:
    issue = make.issue("a", "b")
    [first] = await put(archive, issue, at=now, gate=Gate.FILED)
    assert (first.is_new, first.is_changed, len(first.added)) == (True, True, 2)
    before = await stored(archive, first.id)
    [again] = await put(archive, issue, at=now + HOUR)
    assert again == StoredIssue(id=first.id, path=issue.path, part="")
    assert await stored(archive, first.id) == before


async def test_items_keep_their_ids_through_corrections(archive: Archive, db: Database, make, now) -> None:
    [first] = await put(archive, make.issue("a", "b", "c"), at=now, gate=Gate.FILED)
    a, b, c = first.added
    new = make.issue("a", "c", "d")
    new = replace(new, items=(replace(new.items[0], body="Other words."), *new.items[1:]))
    [second] = await put(archive, new, at=now + HOUR)
    [d] = second.added
    assert (second.id, second.changed, second.removed) == (first.id, (a,), (b,))
    assert [(item.id, item.position) for item in await archive.items(ALL, first.id)] == [
        (a, 0),
        (c, 1),
        (d, 2),
    ]
    assert await indexed(db) == {a, c, d}
    assert await put(archive, new, at=now + HOUR) == [StoredIssue(id=first.id, path=new.path, part="")]
    gone = await archive.item(ALL, b)
    assert gone is not None
    assert gone.removed_at == now + HOUR


async def test_an_item_that_comes_back_is_the_same(archive: Archive, db: Database, make, now) -> None:
    [first] = await put(archive, make.issue("a", "b"), at=now, gate=Gate.FILED)
    await put(archive, make.issue("a"), at=now + HOUR)
    [third] = await put(archive, make.issue("a", "b"), at=now + 2 * HOUR)
    assert third.added == (first.added[1],)
    assert [item.id for item in await archive.items(ALL, first.id)] == list(first.added)
    assert await indexed(db) == set(first.added)


@pytest.mark.both_engines
async def test_an_item_that_comes_back_after_its_file_was_moved_is_the_same(archive: Archive, make, now) -> None:
    [first] = await archive.store("N", [(make.issue("a", "b"), now)], now=now)
    await archive.store("N", [(make.issue("b"), now)], now=now)
    await archive.rename("N", [("posts/one.md", "posts/two.md")])
    back = replace(make.item("a"), id="another key, for it is made of the path")
    moved = replace(make.issue("b"), path="posts/two.md", items=(make.item("b"), back))
    [stored] = await archive.store("N", [(moved, now)], now=now)
    assert stored.added == first.added[:1]
    assert [record.id for record in await archive.items(ALL, first.id)] == [
        first.added[1],
        first.added[0],
    ]


async def test_white_space_is_no_change_but_is_stored(archive: Archive, make, now) -> None:
    issue = make.issue("a")
    [first] = await put(archive, issue, at=now)
    item = replace(issue.items[0], lines=(7, 8), text="What  happened to a.")
    spaced = replace(issue, title="Issue  posts/one.md", items=(item,))
    [second] = await put(archive, spaced, at=now + HOUR)
    assert (second.is_changed, second.changed, second.deliveries) == (False, (), 0)
    record = await stored(archive, first.id)
    assert record.issue == spaced
    assert record.seen_at == now


async def test_a_new_order_alone_is_stored(archive: Archive, make, now) -> None:
    [first] = await put(archive, make.issue("a", "b", "c"), at=now)
    await put(archive, make.issue("c", "a", "b"), at=now)
    a, b, c = first.added
    assert [item.id for item in await archive.items(ALL, first.id)] == [c, a, b]


async def test_tags_and_date_reach_the_index(archive: Archive, db: Database, make, now) -> None:
    issue = make.issue("a")
    await put(archive, issue, at=now, gate=Gate.FILED)
    async with db.index.reading() as connection:
        before = await connection.scalar(text("SELECT document FROM search_documents"))
    await put(archive, replace(issue, date=dt.date(2020, 1, 1)), at=now)
    async with db.index.reading() as connection:
        assert await connection.scalar(text("SELECT document FROM search_documents")) < before


async def test_a_moved_file_stays_the_same_issue(archive: Archive, make, now) -> None:
    one, two = make.issue("a", path="1.md"), make.issue("b", path="2.md")
    first = {each.path: each for each in await put(archive, one, two, at=now)}
    await archive.rename("Tech Beats", [("1.md", "2.md"), ("2.md", "1.md"), ("nothing.md", "here.md")])
    swapped = await put(archive, replace(one, path="2.md"), replace(two, path="1.md"), at=now)
    assert {each.path: each.id for each in swapped} == {"2.md": first["1.md"].id, "1.md": first["2.md"].id}
    assert all(not each.added and not each.removed for each in swapped)


@pytest.mark.both_engines
async def test_a_move_onto_another_file_has_that_withdrawn(archive: Archive, make, now) -> None:
    [one, two] = await put(archive, make.issue("a", path="1.md"), make.issue("b", path="2.md"), at=now)
    await archive.rename("Tech Beats", [("1.md", "2.md")])
    assert (await stored(archive, two.id)).removed_at is None  # first it is counted what that would take back
    await archive.held.carry_out("Tech Beats", now=now, edits_at=now)
    assert (await stored(archive, two.id)).removed_at == now
    found = await archive.find_issue(ALL, "Tech Beats", "2.md")
    assert found is not None
    assert found.id == one.id


async def test_a_move_that_nobody_noticed_keeps_the_identity(archive: Archive, make, now) -> None:
    issue = make.issue("a", "b", path="old/1.md", title="The one and only")
    [first] = await put(archive, issue, at=now)
    await archive.miss("Tech Beats", ["old/1.md"])
    await archive.held.carry_out("Tech Beats", now=now, edits_at=now)
    [again] = await put(archive, replace(issue, path="new/1.md"), at=now)
    assert (again.id, again.is_new) == (first.id, False)
    undated = make.issue("x", path="u.md", title="Weekly", date=None)
    [before] = await put(archive, undated, at=now)
    await archive.miss("Tech Beats", ["u.md"])
    await archive.held.carry_out("Tech Beats", now=now, edits_at=now)
    [other] = await put(archive, make.issue("y", path="v.md", title="Weekly", date=None), at=now)
    assert other.id != before.id


async def test_a_removed_file_is_out_of_searches_and_comes_back_as_itself(
    archive: Archive, db: Database, make, now
) -> None:
    issue = make.issue("a", "b")
    [first] = await put(archive, issue, at=now, gate=Gate.FILED)
    await archive.miss("Tech Beats", [issue.path])
    await archive.held.carry_out("Tech Beats", now=now + HOUR, edits_at=now + HOUR)
    assert await indexed(db) == set()
    assert await archive.latest(ALL) == []
    assert (await archive.counts(ALL)).issues == 0
    assert await archive.held.carry_out("Tech Beats", now=now, edits_at=now) == 0
    [back] = await put(archive, issue, at=now + 2 * HOUR)
    assert (back.id, back.is_new, back.added) == (first.id, False, ())
    assert (await stored(archive, first.id)).removed_at is None
    assert await indexed(db) == set(first.added)


async def test_a_file_of_many_issues_loses_those_that_it_has_no_more(archive: Archive, make, now) -> None:
    parts = [make.issue(name, part=name) for name in ("w1", "w2", "w3")]
    first = {each.part: each.id for each in await put(archive, *parts, at=now)}
    second = {each.part: each for each in await put(archive, parts[0], parts[2], at=now)}
    assert {part: each.id for part, each in second.items()} == first
    assert (await stored(archive, first["w2"])).removed_at == now
    assert await archive.paths("Tech Beats") == {"posts/one.md"}


@pytest.mark.both_engines
async def test_the_revision_is_remembered(archive: Archive, now) -> None:
    assert await archive.revision("Tech Beats") is None
    await archive.set_revision("Tech Beats", "abc")
    await archive.set_revision("Tech Beats", "def")
    assert await archive.revision("Tech Beats") == "def"


@pytest.mark.both_engines
async def test_a_fault_is_news_once(archive: Archive, make, now) -> None:
    assert await archive.fault("Tech Beats", "a.md", 3, "broken", now=now)
    assert not await archive.fault("Tech Beats", "a.md", 3, "broken", now=now + HOUR)
    assert await archive.fault("Tech Beats", "a.md", 4, "broken", now=now + HOUR)
    [fault] = await archive.faults(ALL, "Tech Beats")
    assert (fault.path, fault.line, fault.reason, fault.since_at) == ("a.md", 4, "broken", now + HOUR)
    assert await archive.paths("Tech Beats") == {"a.md"}
    issue = make.issue("a", path="a.md")
    await archive.store("Tech Beats", [(issue, now)], now=now, faulty=["a.md"])
    assert len(await archive.faults(ALL)) == 1
    await put(archive, issue, at=now)
    assert await archive.faults(ALL) == []


async def test_a_new_issue_waits_at_the_gate_and_is_not_found(archive: Archive, db: Database, make, now) -> None:
    [found] = await put(archive, make.issue("a"), at=now)
    [due] = await archive.due("Tech Beats", now=now, with_items=True)
    assert (due.id, due.gate, due.item_count, len(due.issue.items)) == (found.id, Gate.WAITING, 1, 1)
    assert await indexed(db) == set()
    assert await archive.latest(ALL) == []
    assert await archive.due("Another", now=now) == []


@pytest.mark.both_engines
async def test_the_gate_asks_again_when_the_time_has_come(archive: Archive, make, now) -> None:
    [found] = await put(archive, make.issue("a"), at=now)
    await archive.set_gate([found.id], Gate.WAITING, reason="settling", until=now + HOUR)
    assert await archive.due("Tech Beats", now=now) == []
    assert await archive.next_due_at() == now + HOUR
    [due] = await archive.due("Tech Beats", now=now + HOUR)
    assert due.gate_reason == "settling"


@pytest.mark.both_engines
async def test_the_gate_asks_again_when_a_draft_changes(archive: Archive, make, now) -> None:
    draft = make.issue("a", withheld="a draft")
    [found] = await put(archive, draft, at=now)
    await archive.set_gate([found.id], Gate.WAITING, reason="a draft")
    assert await archive.next_due_at("Tech Beats") is None
    assert await archive.due("Tech Beats", now=now + 99 * HOUR) == []
    await put(archive, replace(draft, withheld=""), at=now + HOUR)
    assert [record.id for record in await archive.due("Tech Beats", now=now + HOUR)] == [found.id]


@pytest.mark.both_engines
async def test_what_is_held_is_found_once_it_is_filed_and_not_before(archive: Archive, db: Database, make, now) -> None:
    [found] = await put(archive, make.issue("a"), at=now)
    for gate, is_found in ((Gate.HELD, False), (Gate.FILED, True), (Gate.HELD, False), (Gate.WAITING, False)):
        await archive.set_gate([found.id], gate)
        assert await indexed(db) == (set(found.added) if is_found else set())
        assert [record.id for record in await archive.latest(ALL, "Tech Beats")] == [found.id] * is_found
        assert [record.id for record in await archive.at_gate(ALL, gate)] == [found.id]
        assert await archive.due("Tech Beats", now=now) == []


@pytest.mark.both_engines
async def test_an_item_without_a_word_is_indexed_and_taken_out_again(archive: Archive, db: Database, make, now) -> None:
    wordless = replace(make.item("→"), title="→", section=(), text="", body="", links=())
    [found] = await put(archive, make.issue(tags=(), items=(wordless,)), at=now, gate=Gate.FILED)
    assert await indexed(db) == set(found.added)
    await archive.set_gate([found.id], Gate.WAITING)
    assert await indexed(db) == set()


@pytest.mark.both_engines
async def test_the_latest_come_by_their_authors_date(archive: Archive, make, now) -> None:
    days = {"b.md": dt.date(2025, 2, 2), "a.md": dt.date(2024, 1, 1), "c.md": None}
    issues = [make.issue("x", path=path, date=day) for path, day in days.items()]
    await put(archive, *issues, at=now, gate=Gate.FILED)
    assert [record.issue.path for record in await archive.latest(ALL, limit=3)] == ["b.md", "a.md", "c.md"]
    assert [record.issue.path for record in await archive.latest(ALL, limit=1)] == ["b.md"]
    counts = await archive.counts(ALL, "Tech Beats")
    assert (counts.issues, counts.items, counts.waiting) == (3, 3, 0)


def test_the_sorting_time_takes_what_its_author_wrote() -> None:
    def at(**values: object) -> dt.datetime:
        return sorting_time(Issue(**{"path": "x", **values}))  # type: ignore[arg-type]

    berlin = ZoneInfo("Europe/Berlin")
    assert at() == at(path="other") < at(path="1") < at(date=dt.date(1990, 1, 1))
    assert at(date=dt.date(2025, 1, 2)) == dt.datetime(2025, 1, 2, tzinfo=dt.UTC)
    assert at(published_at=dt.datetime(2025, 1, 2, 9, tzinfo=berlin)) == dt.datetime(2025, 1, 2, 8, tzinfo=dt.UTC)
    naive = dt.datetime(2025, 1, 2, 9)  # noqa: DTZ001 -- as an author writes it
    assert at(published_at=naive) == dt.datetime(2025, 1, 2, 9, tzinfo=dt.UTC)
    assert at(published_at=dt.datetime(1, 1, 1, tzinfo=berlin)) == dt.datetime(1, 1, 1, tzinfo=dt.UTC)


def test_folding_and_digests(make) -> None:
    assert folded("  Çà  va\tBIEN ") == "ca va bien"
    assert cleaned(make.issue("a")) == cleaned(make.issue("a"))
    assert cleaned(make.issue("a"))[1] != cleaned(make.issue("b"))[1]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_full_disk_stores_no_half_file(archive: Archive, db: Database, make, now) -> None:
    await put(archive, make.issue("a", path="before.md"), at=now)
    async with db.transaction() as connection:
        pages = await connection.scalar(text("PRAGMA page_count"))
        await connection.execute(text(f"PRAGMA max_page_count = {pages + 4}"))
    big = make.issue(*(f"story-{number}" for number in range(100)), path="big.md")
    big = replace(big, items=tuple(replace(item, body="word " * 400) for item in big.items))
    with pytest.raises(StorageError, match="the disk is full"):
        await put(archive, big, at=now, gate=Gate.FILED)
    assert await archive.find_issue(ALL, "Tech Beats", "big.md") is None
    assert (await archive.counts(ALL)).items == 1
    async with db.transaction() as connection:
        await connection.execute(text("PRAGMA max_page_count = 1000000"))
    [found] = await put(archive, big, at=now, gate=Gate.FILED)
    assert len(found.added) == 100
    assert await db.integrity_check() == []


@pytest.mark.both_engines
async def test_a_cancelled_import_stores_whole_files_or_nothing(archive: Archive, db: Database, make, now) -> None:
    issues = [make.issue(*(f"{n}-{k}" for k in range(40)), path=f"{n}.md") for n in range(12)]
    for steps in (20, 60, 120, 240):
        task = asyncio.create_task(put(archive, *issues, at=now, gate=Gate.FILED))
        for _ in range(steps):
            await asyncio.sleep(0.001)  # a step of the import, not a wait for something
        task.cancel()
        await asyncio.wait([task])
        async with db.reading() as connection:
            counts = await connection.execute(
                text("SELECT (SELECT count(*) FROM items WHERE issue_id = issues.id) FROM issues")
            )
            assert {row[0] for row in counts} <= {40}
    await put(archive, *issues, at=now, gate=Gate.FILED)
    assert (await archive.counts(ALL)).items == 480
    assert len(await indexed(db)) == 480
    assert await db.integrity_check() == []


async def test_undated_issues_stand_in_the_order_of_their_names_behind_dated_ones(archive: Archive, make, now) -> None:
    names = ["99.md", "9.md", "100.md", "98.md"]
    undated = [make.issue(path, path=path, date=None) for path in names]
    await put(archive, *undated, at=now)
    await put(archive, make.issue("old", path="old.md", date=dt.date(2001, 1, 1)), at=now, gate=Gate.FILED)
    due = await archive.due("Tech Beats", now=now)
    assert [record.issue.path for record in due] == ["9.md", "98.md", "99.md", "100.md"]
    await archive.set_gate([record.id for record in due], Gate.FILED)
    latest = [record.issue.path for record in await archive.latest(ALL)]
    assert latest == ["old.md", "100.md", "99.md", "98.md", "9.md"]


async def test_an_issue_that_gets_its_date_later_is_found_by_it(archive: Archive, db: Database, make, now) -> None:
    async def day() -> int:
        async with db.index.reading() as connection:
            return (await connection.exec_driver_sql("SELECT max(document) >> 24 FROM search_documents")).scalar_one()

    await put(archive, make.issue("x", path="7.md", date=None), at=now, gate=Gate.FILED)
    assert await day() == dt.date(1, 1, 8).toordinal()
    await put(archive, make.issue("x", path="7.md", date=dt.date(2025, 2, 2)), at=now)
    assert await day() == dt.date(2025, 2, 2).toordinal()


@pytest.mark.parametrize("scope", [Scope(frozenset({"Other"})), Scope(frozenset({"Tech Beats"}))])
async def test_no_question_answers_beyond_its_scope(archive: Archive, make, now, scope: Scope) -> None:
    [found] = await put(archive, make.issue("a", path="a.md"), at=now, gate=Gate.HELD)
    assert await archive.at_gate(scope, Gate.HELD) == []
    assert await archive.issue(scope, found.id) is None
    assert await archive.find_issue(scope, "Tech Beats", "a.md") is None
    assert await archive.issues(scope, [found.id]) == {}
    assert await archive.items_by_id(scope, found.added) == {}
    assert await archive.items(scope, found.id) == []
    assert (await archive.counts(scope)).issues == 0
    assert await archive.latest(scope) == []


async def test_what_is_cut_before_the_transaction_is_what_a_rebuilt_index_has(archive: Archive, db, make, now) -> None:
    tagged = make.issue("one", "two", path="1.md", tags=("rust", "web"), intro="Hello, all.")
    await put(archive, tagged, make.issue("three", path="2.md"), at=now, gate=Gate.FILED)
    first = await index_rows(db)
    async with db.transaction() as connection:
        await connection.execute(text("UPDATE search_state SET value = 0 WHERE key = 'version'"))
    assert await reindex(db) == len(first) == 4
    assert await index_rows(db) == first


async def index_rows(db: Database) -> list[tuple[object, ...]]:
    async with db.index.reading() as connection:
        columns = ", ".join(COLUMNS)
        query = (
            f"SELECT d.item_id, d.link, {columns} FROM search_index i JOIN search_documents d ON d.document = i.rowid"
        )
        return [tuple(row) for row in await connection.execute(text(f"{query} ORDER BY d.item_id"))]

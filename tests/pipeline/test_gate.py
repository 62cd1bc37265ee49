"""The publish gate decides by the time it is given, and by nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from digest.model import Issue, Item
from digest.side_pages import may_be_side_page
from pipeline.gate import (
    Candidate,
    Rules,
    Verdict,
    decide,
    is_bulk_removal,
    is_filed_at_first,
    is_flood,
    newest,
    published_at,
)
from storage.held import Held, HeldKind

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=1)
RULES = Rules()
ITEM = Item(id="a", title="A story")


def issue(**fields: object) -> Issue:
    return Issue(**{"path": "a.md", "items": (ITEM,), **fields})  # type: ignore[arg-type] -- a test's shorthand


def candidate(
    changed_at: dt.datetime | None = LONG_AGO, seen_at: dt.datetime = LONG_AGO, **fields: object
) -> Candidate:
    return Candidate(issue=issue(**fields), seen_at=seen_at, changed_at=changed_at)


def test_a_settled_issue_of_today_is_posted() -> None:
    assert decide(candidate(date=NOW.date()), RULES, NOW).verdict is Verdict.POST


def test_an_issue_without_a_date_is_posted() -> None:
    assert decide(candidate(), RULES, NOW).verdict is Verdict.POST


def test_an_issue_of_too_many_items_is_held() -> None:
    many = tuple(Item(id=str(number), title="A story") for number in range(201))
    decision = decide(candidate(items=many), RULES, NOW)
    assert (decision.verdict, decision.reason) == (Verdict.HOLD, "it has 201 items, more than max_items (200)")
    assert decide(candidate(items=many[:200]), RULES, NOW).verdict is Verdict.POST
    assert decide(candidate(items=many), Rules(max_items=None), NOW).verdict is Verdict.POST


@pytest.mark.parametrize(
    ("title", "place"),
    [
        ("Weekly #ISSUENUMBER: …", "ISSUENUMBER"),
        ("Week ending MM DD, YYYY", "YYYY"),
        ("Digest #XX", "#XX"),
        ("Updates for {{ currentdate }}", "{{ currentdate }}"),
    ],
)
def test_a_title_that_is_still_to_be_filled_in_is_held(title: str, place: str) -> None:
    decision = decide(candidate(title=title), RULES, NOW)
    assert decision.verdict is Verdict.HOLD
    assert decision.reason == f'its title still has a place to fill in, "{place}"'


def test_a_title_with_a_number_or_a_word_in_capitals_is_posted() -> None:
    for title in ("Weekly #20: XXL releases", "YAML and {braces}", "#NoCode weekly"):
        assert decide(candidate(title=title), RULES, NOW).verdict is Verdict.POST


@pytest.mark.parametrize("name", ["README.md", "readme.zh-CN.md", "CONTRIBUTING.md", "posts/_index.md", "index.mdx"])
def test_a_page_beside_issues_is_known_by_its_name_and_has_no_date(name: str) -> None:
    assert may_be_side_page(issue(path=name))
    assert not may_be_side_page(issue(path=name, date=NOW.date()))


@pytest.mark.parametrize("name", ["12.md", "about-rust.md", "index-funds.md", "readme-of-the-week.md"])
def test_other_names_are_issues_without_a_date_too(name: str) -> None:
    assert not may_be_side_page(issue(path=name))


def test_a_draft_waits_until_its_file_changes() -> None:
    decision = decide(candidate(withheld="a draft"), RULES, NOW)
    assert (decision.verdict, decision.until, decision.reason) == (Verdict.WAIT, None, "a draft")


def test_an_issue_without_items_waits() -> None:
    assert decide(candidate(items=()), RULES, NOW).verdict is Verdict.WAIT


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", dt.datetime(2026, 3, 11, tzinfo=dt.UTC)),
        ("America/New_York", dt.datetime(2026, 3, 11, 4, tzinfo=dt.UTC)),
        ("Asia/Tokyo", dt.datetime(2026, 3, 10, 15, tzinfo=dt.UTC)),
    ],
)
def test_a_future_day_begins_in_the_newsletters_zone(zone: str, expected: dt.datetime) -> None:
    decision = decide(candidate(date=dt.date(2026, 3, 11)), Rules(time_zone=zone), NOW)
    assert (decision.verdict, decision.until) == (Verdict.WAIT, expected)
    assert decide(candidate(date=dt.date(2026, 3, 11)), Rules(time_zone=zone), expected).verdict is Verdict.POST


def test_a_naive_time_is_the_newsletters_and_an_aware_one_its_own() -> None:
    naive = issue(date=dt.date(2026, 3, 10), published_at=dt.datetime(2026, 3, 10, 18))  # noqa: DTZ001
    aware = issue(published_at=dt.datetime(2026, 3, 10, 18, tzinfo=dt.timezone(dt.timedelta(hours=2))))
    assert published_at(naive, "Asia/Tokyo") == dt.datetime(2026, 3, 10, 9, tzinfo=dt.UTC)
    assert published_at(aware, "Asia/Tokyo") == dt.datetime(2026, 3, 10, 16, tzinfo=dt.UTC)


def test_a_file_waits_until_it_was_still_for_settle() -> None:
    changed = NOW - dt.timedelta(minutes=4)
    decision = decide(candidate(changed_at=changed, seen_at=NOW), RULES, NOW)
    assert (decision.verdict, decision.until) == (Verdict.WAIT, changed + dt.timedelta(minutes=10))
    assert decide(candidate(changed_at=changed, seen_at=NOW), RULES, changed + RULES.settle).verdict is Verdict.POST


def test_a_clock_that_runs_ahead_delays_nothing() -> None:
    decision = decide(candidate(changed_at=NOW + dt.timedelta(days=3), seen_at=NOW), RULES, NOW)
    assert decision.until == NOW + RULES.settle


def test_settle_zero_posts_at_once() -> None:
    rules = Rules(settle=dt.timedelta(0))
    assert decide(candidate(changed_at=NOW, seen_at=NOW), rules, NOW).verdict is Verdict.POST


@pytest.mark.parametrize(("days", "verdict"), [(29, Verdict.POST), (31, Verdict.FILE)])
def test_old_issues_are_filed(days: int, verdict: Verdict) -> None:
    day = (NOW - dt.timedelta(days=days)).date()
    assert decide(candidate(date=day), RULES, NOW).verdict is verdict


def test_no_max_age_posts_any_age() -> None:
    assert decide(candidate(date=dt.date(1999, 1, 1)), Rules(max_age=None), NOW).verdict is Verdict.POST


def held(kind: HeldKind = HeldKind.POSTS, **counts: int) -> Held:
    given: dict[str, Any] = {"issues": 1, "messages": 1, "busiest": 1, "channels": 1} | counts
    return Held(kind=kind, newsletter="Tech", titles=(), **given)


def test_more_than_max_new_issues_are_a_flood() -> None:
    assert not is_flood(held(issues=5), RULES)
    assert is_flood(held(issues=6), RULES)
    assert not is_flood(held(issues=6_000), Rules(max_new_issues=None))


def test_more_than_max_new_messages_are_a_flood_however_few_issues_they_are_of() -> None:
    assert not is_flood(held(busiest=250), RULES)
    assert is_flood(held(busiest=251), RULES)
    assert not is_flood(held(busiest=3_000), Rules(max_new_messages=None))


@pytest.mark.parametrize(
    ("counts", "is_bulk"),
    [
        ({"busiest": 10, "posted": 1, "standing": 20}, False),
        ({"busiest": 11, "posted": 1, "standing": 20}, True),
        ({"busiest": 1, "busiest_items": 10, "posted": 0, "standing": 20}, False),
        ({"busiest": 1, "busiest_items": 11, "posted": 0, "standing": 20}, True),  # out of one list
        ({"messages": 30, "busiest": 3, "posted": 1, "standing": 20}, False),  # one story in ten channels
        ({"busiest": 6, "posted": 2, "standing": 6}, False),
        ({"busiest": 6, "posted": 2, "standing": 5}, True),  # more than a third of what was posted
        ({"busiest": 3, "posted": 1, "standing": 1}, False),  # its author takes the only issue back
        ({"messages": 0, "busiest": 0, "issues": 90}, False),  # filed as read: nothing is in a channel
    ],
)
def test_what_is_more_than_an_author_takes_back_at_once(counts: dict[str, int], is_bulk: bool) -> None:
    gone = held(HeldKind.REMOVALS, **counts)
    assert is_bulk_removal(gone, RULES) is is_bulk
    assert not is_bulk_removal(gone, Rules(max_removed=None))


def test_the_first_import_files_all_but_drafts_and_future_issues() -> None:
    assert is_filed_at_first(issue(), RULES, NOW)
    assert is_filed_at_first(issue(date=dt.date(2020, 1, 1)), RULES, NOW)
    assert not is_filed_at_first(issue(withheld="a draft"), RULES, NOW)
    assert not is_filed_at_first(issue(date=dt.date(2026, 3, 11)), RULES, NOW)


def test_a_backfill_is_the_newest_published_ones_oldest_first() -> None:
    candidates = [
        candidate(path="new.md", date=dt.date(2026, 3, 9)),
        candidate(path="future.md", date=dt.date(2026, 4, 1)),
        candidate(path="draft.md", date=dt.date(2026, 3, 10), withheld="a draft"),
        candidate(path="old.md", date=dt.date(2025, 1, 1)),
        candidate(path="mid.md", date=dt.date(2026, 3, 1)),
        candidate(path="empty.md", date=dt.date(2026, 3, 10), items=()),
        candidate(path="undated.md", changed_at=dt.datetime(2026, 3, 5, tzinfo=dt.UTC)),
    ]
    assert newest(candidates, 2, RULES, NOW) == [4, 0]
    assert newest(candidates[-1:], 1, RULES, NOW) == [0]
    assert newest(candidates, 0, RULES, NOW) == []
    assert newest(candidates, 99, RULES, NOW) == [6, 3, 4, 0]

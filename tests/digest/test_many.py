"""A file that holds many issues is known by its headings, whatever the language, and no other file is taken for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from digest.lint import lint
from digest.model import MANY_ISSUES, ReadOptions, SplitOptions
from digest.reading import read_issues

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September")


def text_of(
    headings: Sequence[str], *, level: int = 2, links: int = 3, above: str = "# All of it\n\nEvery week."
) -> str:
    parts = [above]
    for number, heading in enumerate(headings):
        lines = "\n".join(f"- [Story {number}.{at}](https://x.example/{number}/{at}) is told" for at in range(links))
        parts.append(f"{'#' * level} {heading}\n\n{lines or 'It is told without any link.'}")
    return "\n\n".join(parts) + "\n"


def advice(text: str, path: str = "README.md") -> list[str]:
    [issue] = read_issues(text.encode(), path, ReadOptions())
    return [notice.message for notice in issue.notices if notice.rule == MANY_ISSUES]


@pytest.mark.parametrize(
    ("heading", "count"),
    [
        (lambda n: f"Week of {MONTHS[n]} 7, 2025", 9),
        (lambda n: f"2025-0{9 - n}-14", 9),
        (lambda n: f"Top Papers ({MONTHS[n]} 1 - {MONTHS[n]} 7) - 2024", 4),
        (lambda n: f"Ausgabe {112 - n}", 9),
        (lambda n: f"第{n + 1}期", 9),
        (lambda n: f"#{n + 40}: what is new", 8),
        (lambda n: f"{n + 1}. März 2025" if n % 2 else f"{n + 1}. April 2024", 0),  # to and fro
    ],
)
@pytest.mark.parametrize("level", [2, 3])
def test_a_heading_for_each_issue_is_recognised(heading: Callable[[int], str], count: int, level: int) -> None:
    found = advice(text_of([heading(n) for n in range(count or 9)], level=level))
    if not count:
        assert found == []
        return
    [message] = found
    assert f"it holds {count} issues" in message
    assert f'"{heading(0)}"' in message
    assert f"split.issue_level: {level}" in message


@pytest.mark.parametrize("heading", ["2025-0{}-14", "[1.{}.0] - 2025-0{}-14", "v1.{}.0 (2025-0{}-14)"])
def test_a_log_of_changes_needs_no_links(heading: str) -> None:
    days = [heading.format(*[9 - n] * heading.count("{}")) for n in range(9)]
    [message] = advice(text_of(days, links=0), "changes.md")
    assert "it holds 9 issues" in message
    twice = [*days[:4], *days[3:8], "Unreleased"]  # two releases on a day
    assert "it holds 10 issues" in advice(text_of(twice, links=0))[0]
    assert advice(text_of(days[::-1], links=0)) == []  # dates to come, as in a calendar
    assert advice(text_of([f"{day}: ponds" for day in days], links=0)) == []
    assert advice(text_of(days[:5], links=0)) == []


def test_a_year_above_the_issues_is_none() -> None:
    weeks = ["2025", *(f"Week {n}, {MONTHS[n]} 7, 2025" for n in range(5)), "2024", "Week 1, January 3, 2024"]
    [message] = advice(text_of(weeks))
    assert "it holds 6 issues" in message


@pytest.mark.parametrize(
    "text",
    [
        text_of([f"Tip {n}" for n in range(1, 12)], links=1),
        text_of([f"Step {n}" for n in range(1, 12)], links=0),
        text_of([f"{n}. A story of its own, called {'abcdefghijkl'[n]}" for n in range(1, 12)]),
        text_of([f"2025-03-{n:02}: a meetup" for n in range(1, 15)]),  # a calendar of two weeks
        text_of(["2025-01-01", "2025-02-01", "2025-03-01"]),
        text_of(["News", "Tools", "Articles", "Videos", "Jobs"]),
        text_of([f"Version {n}.{n * 7 % 5}" for n in (9, 3, 7, 1, 8, 2, 6, 4, 5)]),
        "",
    ],
)
def test_one_issue_is_not_taken_for_many(text: str) -> None:
    assert advice(text) == []


def test_a_file_with_a_date_is_one_issue() -> None:
    text = text_of([f"Week {n}" for n in range(1, 12)])
    assert advice(text)
    assert advice(text, "2025-03-04-review.md") == []
    assert advice(f"---\ntitle: A year\ndate: 2025-12-31\n---\n\n{text}") == []


def test_check_tells_it_and_the_level_ends_it() -> None:
    data = text_of([f"2025-0{9 - n}-14" for n in range(9)]).encode()
    [told] = [notice for notice in lint(data, "README.md", ReadOptions()) if notice.rule == MANY_ISSUES]
    assert (told.line, told.level) == (5, "warning")
    options = ReadOptions(split=SplitOptions(issue_level=2))
    assert len(read_issues(data, "README.md", options)) == 9
    assert lint(data, "README.md", options) == []

"""Issues without a date: in the natural order of their names, before all that have one."""

from __future__ import annotations

import random

import pytest

from digest.model import Issue
from digest.order import FIRST_DAY, undated_place


@pytest.mark.parametrize(
    "paths",
    [
        ("9.md", "98.md", "99.md", "100.md"),
        ("issues/issue-098.md", "issues/issue-99.md", "issues/issue-100.markdown"),
        ("2-9.md", "2-10.md", "10-1.md"),
        ("v1/week 2.md", "v1/week 11.md", "v2/week 1.md"),
        ("第9期.md", "第10期.md", "第１１期.md"),
        ("1.2.3.md", "1.2.10.md"),
    ],
)
def test_names_are_sorted_by_their_numbers(paths: tuple[str, ...]) -> None:
    mixed = random.Random(7).sample(paths, len(paths))
    assert tuple(sorted(mixed, key=lambda path: undated_place(Issue(path=path)))) == paths


def test_the_headings_of_a_file_of_many_count_and_else_the_titles() -> None:
    assert undated_place(Issue(path="README.md", part="week-9")) < undated_place(
        Issue(path="README.md", part="week-10")
    )
    assert undated_place(Issue(path="a.md", title="No. 9")) < undated_place(Issue(path="b.md", title="No. 10"))


@pytest.mark.parametrize(
    "path", ["", "weekly.md", "0.md", "9" * 400 + ".md", "1/2/3/4/5.md", "²③.md", "99999999999-1.md"]
)
def test_no_name_comes_near_a_date(path: str) -> None:
    assert undated_place(Issue(path=path)).date() < FIRST_DAY

"""Names of copies, and which two issues are one."""

from __future__ import annotations

import datetime as dt

import pytest

from digest.copies import is_another, is_copy, original_of, spellings
from digest.model import Issue, Item, Link


@pytest.mark.parametrize(
    ("name", "is_sure"),
    [
        ("2026-11-28-one.sync-conflict-20261128-101112-ABCDEFG.md", True),
        ("2026-11-28-one (conflicted copy 2026-11-28).md", True),
        ("2026-11-28-one (Ana's conflicted copy 2026-11-28).md", True),
        ("2026-11-28-one (In Konflikt stehende Kopie von Ana 2026-11-28).md", True),
        ("2026-11-28-one (Case Conflict).md", True),
        ("2026-11-28-one-DESKTOP-A1B2C3D.md", True),
        ("2026-11-28-one_BACKUP_4711.md", True),
        ("2026-11-28-one.orig.md", True),
        ("2026-11-28-one 2.md", False),
        ("2026-11-28-one (1).md", False),
        ("2026-11-28-one copy.md", False),
        ("2026-11-28-one copy 2.md", False),
        ("2026-11-28-one - Copy (2).md", False),
        ("2026-11-28-one - Kopie.md", False),
    ],
)
def test_copy_is_known_by_its_name(name: str, is_sure: bool) -> None:
    assert original_of(f"posts/{name}") == ("posts/2026-11-28-one.md", is_sure)


@pytest.mark.parametrize(
    "name", ["2026-11-28-one.md", "issue-2.md", "12.md", "(1).md", "photocopy.md", "one (a draft).md"]
)
def test_other_names_are_no_copies(name: str) -> None:
    assert original_of(name) is None


def test_spellings_of_accents_are_one_path() -> None:
    composed, decomposed = "posts/caf\u00e9.md", "posts/cafe\u0301.md"
    assert spellings(composed) == {decomposed}
    assert spellings(decomposed) == {composed}
    assert spellings("posts/one.md") == set()


def issue(*names: str, title: str = "Weekly", day: int | None = 1, text: str = "text", links: bool = True) -> Issue:
    items = tuple(
        Item(id=name, title=name, text=text, links=(Link("", f"https://example.org/{name}"),) if links else ())
        for name in names
    )
    return Issue(path=title, title=title, date=dt.date(2026, 3, day) if day else None, items=items)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (issue("a", "b"), issue("a", "b"), True),
        (issue("a", "b"), issue("a", "b", title="Other", day=None), True),
        (issue("a", "b"), issue("a", "c"), True),
        (issue("a", "b"), issue("a", "c", title="Other"), False),
        (issue("a", "b"), issue("a", "b", day=8), False),
        (issue("a", "b"), issue("a", "b", text="Text in another language"), False),
        (issue("none"), issue("none", title="Other", day=None), False),
        (issue("a", "b"), issue(), False),
    ],
)
def test_copy_is_known_by_its_content(old: Issue, new: Issue, expected: bool) -> None:
    assert is_copy(old, new) is expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (issue("a", "b"), issue("c", "d", title="Next", day=8), True),
        (issue("a", "b"), issue("c", "d", day=8), True),
        (issue("a", "b"), issue("c", "d", title="Next"), True),
        (issue("a", "b", "c"), issue("d", "e", "c", title="Next", day=8), True),
        (issue("a", "b", "c", day=None), issue("d", "e", "f", day=None), True),
        (issue("a", "b"), issue("a", "b", title="Corrected", day=2), False),
        (issue("a", "b"), issue("a", "c", title="Corrected"), False),
        (issue("a", "b"), issue("c", "d"), False),
        (issue("a", "b"), issue("a", "b", "c", "d", "e", title="Next", day=8), False),
        (issue("a", "b", "c", title="Week 9"), issue("b", "c", "d", title="Week 10", day=8), True),
        (issue("a", "b", "c", title="Week 9"), issue("a", "b", "c", "d", title="Week 10", day=8), False),
        (issue("a", "b", "c", title="Week 9", day=8), issue("b", "c", "d", title="Week 10", day=1), False),
        (issue("a", "b", "c", title="Week 9"), issue("b", "c", "d", title="Swans", day=8), False),
        (issue("a"), issue("b", title="Next", day=8), True),
        (issue("a"), issue("b", title="Corrected"), False),
        (issue("a", title="025", day=None, links=False), issue("b", title="Letter 25", links=False), False),  # its head
        (issue("a", day=None, links=False), issue("b", title="Next", links=False, text="other"), True),
        (issue("a"), issue(), False),
    ],
)
def test_file_holds_another_issue_where_stories_and_head_are_others(old: Issue, new: Issue, expected: bool) -> None:
    assert is_another(old, new) is expected

"""What `check` tells an author."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.lint import lint
from digest.model import ReadOptions, SplitOptions

CLEAN = """---
title: Weekly 7
date: 2023-09-07
---

## News

### A compiler was released

[Blog](https://example.org/compiler) It is faster than the last one.

### A parser was rewritten

[Code](https://example.org/parser) It is smaller than the last one.
"""


def rules(text: str | bytes, site_url: str = "") -> list[tuple[int, str, str]]:
    data = text.encode() if isinstance(text, str) else text
    found = lint(data, "posts/x.md", ReadOptions(site_url=site_url))
    return [(notice.line, notice.rule, notice.level) for notice in found]


def test_a_sound_issue_has_nothing_to_tell():
    assert rules(CLEAN) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("title: Weekly 7", "title: Weekly: 7", (2, "front-matter", "error")),
        ("date: 2023-09-07", "date: some day", (3, "date", "warning")),
        ("[Blog](https://example.org/compiler) ", "", (8, "item-link", "warning")),
        ("A compiler was", "A compiler was " + "very " * 60, (8, "title-length", "warning")),
        ("https://example.org/parser", "https://example.org/compiler", (12, "duplicate-link", "warning")),
        ("It is faster", "Hello @everyone, it is faster", (10, "mention", "warning")),
        ("It is smaller", "See [more](/more.html).", (14, "relative-link", "warning")),
        ("It is smaller", "![chart](chart.png)", (14, "relative-link", "warning")),
        ("It is smaller", "<!-- never closed", (14, "comment", "warning")),
    ],
)
def test_each_fault_is_told_with_its_line(old, new, found):
    assert old in CLEAN
    assert found in rules(CLEAN.replace(old, new))


def test_a_relative_link_is_fine_where_the_site_is_known():
    text = CLEAN.replace("It is smaller", "See [more](/more.html).")
    assert rules(text, site_url="https://example.org") == []


@pytest.mark.parametrize("text", ["", "---\ntitle: T\n---\n", "---\ntitle: T\n---\n\nOnly a greeting.\n"])
def test_no_item_is_an_error(text):
    assert (0, "no-items", "error") in rules(text)


def test_text_in_the_wrong_encoding_is_told():
    assert (10, "encoding", "warning") in rules(CLEAN.replace("faster", "faster — naïve").encode("latin-1", "replace"))
    broken = CLEAN.replace("It is faster", "It’s faster").encode().decode("cp1252").encode()
    assert (10, "encoding", "warning") in rules(broken)


def test_an_issue_without_a_date_is_told_what_to_write():
    undated = CLEAN.replace("date: 2023-09-07\n", "")
    assert (1, "undated", "warning") in rules(undated)
    assert lint(undated.encode(), "README.md", ReadOptions()) == []
    parts = "# All\n\n" + "\n".join(
        f"## Week {name}\n\n### [A {name}](https://a.example/{name})\n\nIt is told.\n" for name in ("9", "2023-09-07")
    )
    found = lint(parts.encode(), "README.md", ReadOptions(split=SplitOptions(issue_level=2)))
    [notice] = [one for one in found if one.rule == "undated"]
    assert 'write the day in the heading "Week 9"' in notice.message


def test_code_may_name_everyone():
    assert rules(CLEAN.replace("It is faster", "Use `@everyone`: faster")) == []


SKIPPED = """# Weekly 7

## News

#### A compiler was released

[Blog](https://example.org/compiler) It is faster than the last one.

### A parser was rewritten

[Code](https://example.org/parser) It is smaller than the last one.
"""


def test_a_skipped_level_is_told_where_it_changes_the_items():
    by_level = ReadOptions(split=SplitOptions(item_level=3))
    deeper = SKIPPED.replace("### A parser", "##### A parser")
    found = [notice for notice in lint(deeper.encode(), "x.md", by_level) if notice.rule == "heading-level"]
    assert [(notice.line, notice.level) for notice in found] == [(5, "warning")]
    assert found[0].message.endswith("write ###")


def test_a_skipped_level_that_changes_nothing_is_not_told():
    assert "heading-level" not in {rule for _, rule, _ in rules(SKIPPED)}
    assert "heading-level" not in {rule for _, rule, _ in rules(SKIPPED.replace("####", "###"))}


def rules_in(source: str) -> set[str]:
    """The rules that the notices of a module name."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and len(node.args) >= 3]
    notices = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Notice"]
    found = {str(call.args[2].value) for call in notices if isinstance(call.args[2], ast.Constant)}
    return found | set(re.findall(r'^_?(?:RULE|MANY_ISSUES) = "([a-z-]+)"', source, re.MULTILINE))


def test_every_rule_is_explained_to_authors():
    root = Path(__file__).parents[2]
    table = re.compile(r"^\| `([a-z-]+)` \| (?:error|warning)", re.MULTILINE)
    documented = set(table.findall((root / "docs/authors.md").read_text("utf-8")))
    modules = (*(root / "digest").rglob("*.py"), root / "cli/check.py")
    used = set().union(*(rules_in(module.read_text("utf-8")) for module in modules))
    assert documented - {"config"} == used


@given(st.binary(max_size=200))
def test_no_bytes_raise(data):
    assert {notice.level for notice in lint(data, "x.md", ReadOptions())} <= {"error", "warning"}


@given(st.text(alphabet="#- []()<>!*`\nab:/1.@", max_size=150))
def test_no_text_raises_and_lines_are_within(text):
    for notice in lint(text.encode(), "x.md", ReadOptions()):
        assert 0 <= notice.line <= text.count("\n") + 1

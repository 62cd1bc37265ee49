"""What a site keeps from the public, Herald keeps too: one table for all generators."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from digest.head.visibility import EXPIRY_KEYS, RULES
from digest.model import ReadOptions
from digest.reading import read_issues

DOCUMENT = Path(__file__).parents[2] / "docs" / "authors.md"
BODY = "\n\n## News\n\n### Alpha ships\n\nAlpha is out now.\n\n[Article](https://example.com/a)\n"


def withheld(head: str, *, path: str = "2026-11-20-weekly.md", fence: str = "---") -> str:
    [issue] = read_issues(
        f"{fence}\ntitle{' =' if fence == '+++' else ':'} 'Weekly 1'\n{head}\n{fence}{BODY}".encode(),
        path,
        ReadOptions(),
    )
    assert issue.items  # it can be read: that it is not for the public is another matter
    return issue.withheld


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("draft: true", "a draft"),
        ("published: false", "a draft"),
        ("publish: false", "a draft"),  # Obsidian Publish
        ("dg-publish: false", "not for the public (dg-publish: false)"),
        ("private: true", "not for the public (private: true)"),
        ("unlisted: true", "not for the public (unlisted: true)"),
        ("_hidden: yes", "not for the public (hidden: yes)"),
        ("_discoverable: no", "not for the public (_discoverable: no)"),
        ("headless: true", "not for the public (headless: true)"),
        ("build:\n  render: never\n  list: never", "not for the public (build.render: never)"),
        ("_build:\n  list: false", "not for the public (build.list: false)"),
        ("build: {list: local}", "not for the public (build.list: local)"),
        ("permalink: false", "not for the public (permalink: false)"),
        ("eleventyExcludeFromCollections: true", "not for the public (eleventyExcludeFromCollections: true)"),
        ("eleventyExcludeFromCollections: [posts]", "not for the public (eleventyExcludeFromCollections: posts)"),
        ("visibility: paid", "not for the public (visibility: paid)"),
        ("visibility: members", "not for the public (visibility: members)"),
        ("status:\n  - draft", "not for the public (status: draft)"),
        ("state: [news, In Review]", "not for the public (state: In Review)"),
        ("status: auto-draft", "not for the public (status: auto-draft)"),
        ("audience: only_paid", "not for the public (audience: only_paid)"),
        ("extra:\n  unlisted: true", "not for the public (unlisted: true)"),
        ("password: 123456", "not for the public (password)"),  # which no log and no answer may show
        ("encrypted: true", "not for the public (encrypted: true)"),
        ("encrypt: yes", "not for the public (encrypt: yes)"),
        ("protected: true", "not for the public (protected: true)"),
        ("hide: true", "not for the public (hide: true)"),
        ("visible: false", "not for the public (visible: false)"),
        ("listed: false", "not for the public (listed: false)"),
    ],
)
def test_what_a_head_says_against_publishing_is_heard(head: str, expected: str) -> None:
    assert withheld(head) == expected


def test_a_head_in_toml_says_the_same() -> None:
    assert withheld("[build]\nrender = 'never'", fence="+++") == "not for the public (build.render: never)"


@pytest.mark.parametrize(
    "head",
    [
        "draft: false",
        "published: 2026-11-20",
        "visibility: public",
        "status: published",
        "status: [published, featured]",
        "state: archived",
        "permalink: /issues/1/",
        "eleventyExcludeFromCollections: false",
        "build:\n  render: always\n  list: always\n  publishResources: false",
        "build: 1234",
        "audience: developers",
        "hide: [navigation]",
        "password: ''",
        "password: false",
        "encrypted: false",
        "visible: true",
        "hidden: false",
        "tags: [private, draft]",
        "title: The private issue",
    ],
)
def test_what_says_nothing_against_it_keeps_nothing_back(head: str) -> None:
    assert withheld(head) == ""


@pytest.mark.parametrize(
    "path", ["_drafts/weekly.md", "news/Drafts/2026-03-01-issue-12.md", "draft.md", "future/9.md", "Upcoming/a/b.md"]
)
def test_a_file_in_a_folder_of_drafts_is_a_draft(path: str) -> None:
    assert withheld("layout: post", path=path) == "a draft"


@pytest.mark.parametrize("path", ["posts/draft-laws.md", "posts/2026-03-01-draft.md", "posts/future/9.md", "future.md"])
def test_an_issue_about_drafts_is_none(path: str) -> None:
    assert withheld("layout: post", path=path) == ""


@pytest.mark.parametrize(
    "path",
    [
        "newsletter/_template/index.mdx", "template.md", "TWIT-template.md", ".github/ISSUE_TEMPLATE/issue.md",
        "templates/issue.md", "posts/_Template.md",
    ],
)  # fmt: skip
def test_what_the_next_issue_is_copied_from_is_none(path: str) -> None:
    assert withheld("layout: post", path=path) == "a template, not an issue"


@pytest.mark.parametrize(
    "path",
    [
        "archetypes/weekly.md",
        "_includes/footer.md",
        "docs/_sidebar.md",
        "_footer.mdx",
        "themes/pond/exampleSite/content/1.md",
        "site/themes/pond/content/posts/one.md",
    ],
)
def test_a_part_of_the_site_is_no_issue(path: str) -> None:
    assert withheld("layout: post", path=path) == "a part of the site, not an issue"


@pytest.mark.parametrize(
    "path",
    [
        "posts/introducing-our-template.md", "_posts/2024-05-01-template.md", "email-templates/12.md", "temple/1.md",
        "_newsletters/12.md", "weekly/_index.md",
    ],
)  # fmt: skip
def test_paths_of_issues_keep_nothing_back(path: str) -> None:
    assert withheld("layout: post", path=path) == ""


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("expiryDate: 2026-11-25", dt.datetime.fromisoformat("2026-11-25")),
        ("expires_at: 2026-11-25 18:00", dt.datetime.fromisoformat("2026-11-25T18:00")),
        ("unpublishDate: 2026-11-25T18:00:00+02:00", dt.datetime.fromisoformat("2026-11-25T18:00:00+02:00")),
        ("expires: never", None),
        ("expires: false", None),
    ],
)
def test_an_expiry_date_is_read_as_it_was_written(written: str, expected: dt.datetime | None) -> None:
    [issue] = read_issues(f"---\ntitle: Weekly 1\n{written}\n---{BODY}".encode(), "a.md", ReadOptions())
    assert issue.expires_at == expected
    assert bool(issue.notices) == (written == "expires: never")


def test_the_table_for_authors_is_this_one() -> None:
    text = DOCUMENT.read_text("utf-8")
    rows = [line for line in text.split("\n") if line.startswith("| `") and "](https://" in line]
    for rule in RULES:
        row = next((line for line in rows if f"`{rule.keys[0]}" in line), "")
        assert all(f"`{key}" in row for key in rule.keys), f"docs/authors.md: no row for {rule.keys}"
        assert f"]({rule.source})" in row
    assert all(f"`{key}`" in text for key in EXPIRY_KEYS)

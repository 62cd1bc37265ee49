"""Which `include` is proposed to whoever set a newsletter up."""

from __future__ import annotations

import pytest

from pipeline.choosing import may_hold_issues, narrower, other_kinds
from sources.patterns import Matcher


def days(pattern: str, count: int) -> list[str]:
    return [pattern.format(f"2026-03-{day:02}") for day in range(1, count + 1)]


@pytest.mark.parametrize(
    ("paths", "pattern"),
    [
        ([*days("_posts/{}-duck.md", 9), *days("_diary/{}.md", 3)], "_posts/*.md"),
        (
            [*(f"content/news/pond-{n}/index.md" for n in range(6)), "content/about/index.mdx"],
            "content/news/*/index.md",
        ),
        ([*days("blog/2025/{}.md", 6), *days("blog/2026/{}.md", 6), "docs/a.md"], "blog/*/*.md"),
        (
            [*days("letters/{}.md", 6), *days("a/{}.md", 4), *days("b/{}.md", 3)],
            "letters/*.md",
        ),
        ([*days("{}.md", 9), *days("docs/{}.md", 3)], "/*.md"),
        (
            [*days("site/posts/{}.md", 9), *(f"site/_weekly/{n}.md" for n in "12"), *days("old/weekly/{}.md", 1)],
            "site/_weekly/*.md",
        ),
        ([*days("{}-pond-weekly.md", 9), *(f"{word}.md" for word in "abcdefgh")], "/*-pond-weekly.md"),
        ([*days("blog/{}.md", 7), *(f"docs/{word}/a.md" for word in "abcdefghijk")], "blog/*.md"),
        ([*days("en/news/{}.md", 6), *days("de/news/{}.md", 2), *days("ja/news/{}.md", 9)], "en/news/*.md"),
        ([*days("news/de/{}.md", 6), *days("news/ja/{}.md", 9)], "news/ja/*.md"),
        (
            [*days("blog/{}-pond-weekly-12.md", 6), *(f"blog/2026-04-01-{word}.md" for word in "abcde")],
            "blog/*-pond-weekly-*.md",
        ),
        ([*(f"_posts/{word}.md" for word in "abcdefgh"), *days("_posts/{}.md", 8)], "_posts/[0-9]*.md"),
        (
            [
                *(f"blog/{word}.md" for word in "abcdefgh"),
                *(f"blog/2026{m}{d}.md" for m in ("Apr", "May") for d in (2, 30)),
            ]
            + [f"blog/2026Jun{day}.md" for day in (8, 15, 22)],
            "blog/[0-9]*.md",
        ),
    ],
)
def test_the_greater_part_of_a_mixed_repository_can_be_chosen(paths: list[str], pattern: str) -> None:
    line = narrower(paths)
    assert line is not None
    assert line.endswith(f'write include: ["{pattern}"]')


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["one.md"],
        days("_posts/{}-duck.md", 9),
        [*days("{}-weekly.md", 9), *days("{}-monthly.md", 9)],  # two series of one newsletter
        [
            *days("_posts/{}.md", 8),
            *(f"_posts/2026-04-0{n}-{word}.md" for n, word in enumerate("abcdefgh")),
        ],  # all dated
        [
            *(f"one/{a}{b}.md" for a in "abcdefgh" for b in "abcdefgh"),
            *days("one/{}-camp.md", 5),
        ],  # some posts of a kind
        [*days("one/{}.md", 4), *days("two/{}.md", 4)],
        [*days("weekly/2025/{}.md", 5), *days("weekly/2026/week_1/{}.md", 9)],  # folders of weeks in one of two years
        [f"issues/{year}/{month}/{n}.md" for year in (2025, 2026) for month in ("jan", "Feb", "mai") for n in range(6)],
        [*days("it/{}.md", 9)],  # one folder is called like a language by chance
    ],
)
def test_nothing_is_proposed_where_nothing_stands_out(paths: list[str]) -> None:
    assert narrower(paths) is None


def test_of_several_series_of_which_none_stands_out_each_is_offered() -> None:
    paths = [*days("diary/{}.md", 8), *days("letters/2026/{}.md", 6), *days("talks/{}.mdx", 5), *days("odd/{}.md", 4)]
    paths += ["one.md", "two.md"]
    assert narrower(paths) == (
        "if only one of these places is the newsletter, "
        'write include: ["diary/*.md"], include: ["letters/*/*.md"] or include: ["talks/*.mdx"]'
    )


def test_what_is_proposed_names_no_file_of_another_folder() -> None:
    line = narrower([*days("{}.md", 9), *days("docs/{}.md", 3)])
    assert line is not None
    matches = Matcher([line.rpartition('["')[2].removesuffix('"]')], [])
    assert (matches("2026-03-01.md"), matches("docs/2026-03-01.md")) == (True, False)


def test_all_endings_of_a_folder_are_named() -> None:
    line = narrower([*days("blog/{}.md", 5), *days("blog/{}.mdx", 2), "docs/a.md"])
    assert line == 'if only the 7 files in blog/ are issues, write include: ["blog/*.md", "blog/*.mdx"]'


def test_issues_with_a_folder_of_their_own_stand_where_the_others_do() -> None:
    bundles = [f"blog/{word}/index.mdx" for word in "abcd"]
    line = narrower([*days("blog/{}.mdx", 5), *bundles, *days("notes/{}.md", 3)])
    assert line == 'if only the 9 files in blog/ are issues, write include: ["blog/*.mdx", "blog/*/index.mdx"]'


def test_other_kinds_are_told_of_where_they_outnumber_the_issues() -> None:
    others = days("blog/{}.qmd", 6)
    [line] = other_kinds(others, ["a.md"])
    assert line.startswith("6 files blog/*.qmd are not named by include")
    assert line.endswith('write include: ["blog/*.qmd"]')
    assert list(other_kinds(others, days("{}.md", 6))) == []
    assert list(other_kinds(others[:4], [])) == []
    pages = [f"site/{n}.html" for n in range(30)]
    assert list(other_kinds(pages, days("{}.md", 5))) == []  # a site's own pages, next to its issues
    [line] = other_kinds(pages, ["a.md"])
    assert (
        line == '30 files site/*.html are not named by include: if they are the issues, write include: ["site/*.html"]'
    )
    [line] = other_kinds([f"data/{n}.json" for n in range(30)], [])
    assert line == "30 files data/*.json are left out: Herald reads Markdown, not JSON"


def test_of_other_kinds_the_newsletters_own_folder_is_told_of_first() -> None:
    [line] = other_kinds([*days("parts/{}.qmd", 9), *(f"infolettre/n_{n}/index.qmd" for n in range(6))], ["a.md"])
    assert line.endswith('write include: ["infolettre/*/index.qmd"]')


def test_pages_among_the_issues_are_told_of() -> None:
    older = days("_posts/{}-older.html", 7)
    [line] = other_kinds(older, days("_posts/{}.md", 9))
    assert line.startswith("7 files _posts/*.html are not named by include: if they are issues too, ")
    assert line.endswith('write include: ["_posts/*.html", "_posts/*.md"]')
    assert list(other_kinds(days("_posts/{}.html", 9), days("_posts/{}.md", 9))) == []  # built from them
    assert list(other_kinds(older[:4], days("_posts/{}.md", 9))) == []


def test_an_include_for_pages_among_the_issues_keeps_the_issues_elsewhere() -> None:
    [line] = other_kinds(days("_posts/{}-older.html", 7), [*days("_posts/{}.md", 9), *days("{}.md", 2)])
    assert line.endswith('write include: ["/*.md", "_posts/*.html", "_posts/*.md"]')
    elsewhere = [f"{place}/1.md" for place in "abcdef"]
    [line] = other_kinds(days("_posts/{}-older.html", 7), [*days("_posts/{}.md", 9), *elsewhere])
    assert line.endswith(
        'write include: ["_posts/*.html", "_posts/*.md"], with a pattern for each other place of issues'
    )


def test_a_folder_for_each_author_is_one_place() -> None:
    blog = [f"blog/{author}/2026-03-0{day}_duck.md" for author in "abcdefghij" for day in (1, 2, 3)]
    others = [f"guide/{word}/a.md" for word in "abcdefghijk"]
    line = narrower([*blog, *days("news/{}.md", 9), *others])
    assert line == 'if only the 30 files in blog/ are issues, write include: ["blog/*/*.md"]'
    [line] = other_kinds([f"blog/{author}/2010-03-01_duck.html" for author in "abcdex"], blog)
    assert line.endswith('write include: ["blog/*/*.html", "blog/*/*.md"]')
    line = narrower([*days("blog/a/{}.md", 20), *days("blog/b/{}.md", 9)])
    assert line is not None  # few folders may be a newsletter each
    assert line.endswith('write include: ["blog/a/*.md"]')


def test_pictures_and_hidden_files_hold_no_issues() -> None:
    assert may_hold_issues("news/1.rst")
    assert not may_hold_issues("news/1.png")
    assert not may_hold_issues(".github/1.rst")
    assert may_hold_issues("site/pages/1.html")
    assert not may_hold_issues("site/templates/pages/1.html")

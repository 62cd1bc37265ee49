"""What is next to the issues in a repository that holds more than a newsletter."""

from __future__ import annotations

import datetime as dt

import pytest

from digest.model import Issue
from digest.side_pages import Shelves

DAY = dt.date(2026, 3, 2)
POSTS = [(f"content/en/post/{n}-duck.md", True) for n in range(6)]
DOCS = [*((f"content/en/docs/{name}.md", False) for name in "abcdefgh"), ("content/en/docs/limits.md", True)]


def is_page(path: str, places: list[tuple[str, bool]], *, date: dt.date | None = None, is_chosen: bool = False) -> bool:
    return Shelves(places).is_side_page(Issue(path=path, title="A page", date=date), is_chosen=is_chosen)


def test_a_date_does_not_make_an_issue_of_a_page_among_pages() -> None:
    places = [*POSTS, *DOCS]
    assert is_page("content/en/docs/limits.md", places, date=DAY)
    assert is_page("content/en/docs/a.md", places)
    assert not is_page("content/en/post/1-duck.md", places, date=DAY)
    assert not is_page("content/en/docs/limits.md", places, date=DAY, is_chosen=True)


@pytest.mark.parametrize(
    "others",
    [
        [*((f"newsletter/{name}.md", False) for name in "abcdefgh"), ("newsletter/last.md", True)],  # its own folder
        [*((f"letters/{name}.md", False) for name in "abcd"), ("letters/last.md", True)],  # too few to tell
        [*((f"letters/{name}.md", False) for name in "abcde"), *((f"letters/{n}.md", True) for n in range(5))],
        [*((f"{name}.md", False) for name in "abcdefgh"), ("last.md", True)],  # what is new, before it is filed away
    ],
)
def test_a_dated_issue_among_others_stays_one(others: list[tuple[str, bool]]) -> None:
    path = next(path for path, is_dated in others if is_dated)
    assert not is_page(path, [*POSTS, *others], date=DAY)


def test_where_no_folder_is_for_issues_alone_each_date_counts() -> None:
    assert not is_page("content/en/docs/limits.md", DOCS, date=DAY)


def test_translations_of_pages_are_pages() -> None:
    there = [("content/it/docs/limits.md", True), ("content/it/docs/lives.md", True)]
    assert is_page("content/it/docs/limits.md", [*POSTS, *DOCS, *there], date=DAY)
    assert is_page("content/it/docs/a.md", [*POSTS, *DOCS, *there])
    assert not is_page("content/it/post/1-duck.md", [*POSTS, *DOCS, *there], date=DAY)


def test_a_blog_in_a_folder_of_its_language_is_no_translation_of_the_pages_above() -> None:
    pages = [(f"content/{name}.md", False) for name in "abcdef"]
    blog = [(f"content/en/{name}.md", True) for name in "abcdefgh"]
    assert not is_page("content/en/a.md", [*POSTS, *pages, *blog], date=DAY)


def test_a_number_does_not_make_an_issue_of_a_page_among_pages() -> None:
    people = [*((f"people/{name}.md", False) for name in "abcdefgh"), ("people/12.md", False)]
    assert is_page("people/12.md", [*POSTS, *people])
    assert not is_page("people/12.md", [*POSTS, ("people/12.md", False), ("people/13.md", False)])


def test_the_chapters_of_a_manual_are_pages() -> None:
    chapters = [(f"manual/{number}/index.md", False) for number in range(2, 5)]
    weeks = [(f"weeks/{number}/README.md", False) for number in range(2, 9)]
    assert is_page("manual/2/index.md", [*POSTS, *chapters])
    assert not is_page("weeks/2/README.md", [*POSTS, *weeks])


def test_a_page_that_is_called_like_its_folder_is_an_index() -> None:
    places = [*POSTS, ("content/en/post/post.md", False)]
    assert is_page("content/en/post/post.md", places)
    assert is_page("content/en/post/post.md", places, is_chosen=True)
    assert not is_page("content/en/post/post.md", places, date=DAY)
    assert not is_page("weeks/2/2.md", [(f"weeks/{number}/{number}.md", False) for number in range(2, 9)])


def test_a_list_of_issues_may_have_a_date() -> None:
    places = [
        ("content/_index.md", True),
        ("content/letters/12/index.md", True),
        ("content/letters/13/_index.md", True),
    ]
    assert is_page("content/_index.md", places, date=DAY)
    assert not is_page("content/_index.md", places, date=DAY, is_chosen=True)
    assert not is_page("content/letters/13/_index.md", places, date=DAY)


def test_what_an_issue_brings_along_is_none() -> None:
    places = [("letters/12/index.md", True), ("letters/12/links.md", False), ("letters/13.md", False)]
    assert is_page("letters/12/links.md", places)
    assert not is_page("letters/12/links.md", [("letters/12/first.md", True), *places[1:]])
    assert not is_page("letters/12/12.md", [*places, ("letters/12/12.md", False)])
    assert not is_page("letters/13.md", places)


@pytest.mark.parametrize(
    "name", ["0_pond.md", "2_pond.md", "02-pond.md", "002-pond.md", "0002-pond.md", "2017-pond.md", "1.2.0.md"]
)
def test_a_number_with_words_counts_chapters_unless_its_folder_is_for_issues(name: str) -> None:
    there = [*POSTS, *((f"samples/{number}_duck.md", False) for number in range(3, 9)), (f"samples/{name}", False)]
    assert is_page(f"samples/{name}", there)
    assert not is_page(f"samples/{name}", there, is_chosen=True)
    assert not is_page(f"samples/{name}", [(f"samples/{number}_duck.md", False) for number in range(9)])


@pytest.mark.parametrize("path", ["letters/12-spring.md", "Digests/03_pond.md", "reports/2026-03.md", "reports/12.md"])
def test_a_number_counts_issues_in_their_own_folder_or_without_words(path: str) -> None:
    assert not is_page(path, [*POSTS, (path, False)])


@pytest.mark.parametrize("number", [404, 500])
def test_a_page_for_errors_is_no_issue_and_the_issue_of_its_number_is(number: int) -> None:
    path, issues = f"site/errors/{number}.md", [(f"letters/{number - n}.md", False) for n in range(7)]
    assert is_page(path, [*POSTS, (path, False)])
    assert not is_page(f"letters/{number}.md", [*POSTS, *issues])
    assert not is_page(f"letters/{number}.md", issues)
    assert is_page(f"letters/{number}.md", [(f"letters/{n}.md", False) for n in (1, 2, 3, 4, 5, number)])


def test_a_dated_page_where_the_content_begins_is_none() -> None:
    places = [*((f"content/blog/{n}-duck.md", True) for n in range(6)), ("content/merch.md", True)]
    assert is_page("content/merch.md", places, date=DAY)
    assert not is_page("content/merch.md", places, date=DAY, is_chosen=True)
    assert not is_page("content/2026-03-02.md", places, date=DAY)
    assert not is_page("letters/merch.md", [*places, ("letters/merch.md", True)], date=DAY)
    posts = [(f"content/{name}.md", True) for name in "abcdef"]
    assert not is_page("content/a.md", [*places, *posts], date=DAY)


@pytest.mark.parametrize(
    "path", ["content/pages/swans.md", "content/Pages/swans.md", "letters/about.md", "site/privacy-policy.md"]
)
def test_a_page_may_have_a_date(path: str) -> None:
    assert is_page(path, [*POSTS, (path, True)], date=DAY)
    assert not is_page(path, [(path, True)], date=DAY)
    folder = path.rpartition("/")[0]
    assert not is_page(path, [(path, True), *((f"{folder}/{n}.md", True) for n in range(6))], date=DAY)


def test_the_pages_of_a_folder_for_them_are_fewer_than_the_issues() -> None:
    about = [(f"content/about/{name}.md", True) for name in "abcde"]
    assert is_page("content/about/a.md", [*POSTS, *about], date=DAY)
    assert is_page("content/about/_index.md", [*POSTS, *about], date=DAY)
    assert not is_page("content/about/a.md", [*POSTS[:5], *about], date=DAY)


def test_what_stands_beside_the_index_of_a_dated_folder_is_none() -> None:
    places = [("blog/2026/03-02-pond/index.md", True), ("blog/2026/03-02-pond/reeds.md", True)]
    assert is_page("blog/2026/03-02-pond/reeds.md", places, date=DAY)
    assert not is_page("blog/2026/03-02-pond/index.md", places, date=DAY)
    assert not is_page("blog/2026/03-02.md", [("blog/2026/index.md", True), ("blog/2026/03-02.md", True)], date=DAY)


def test_an_issue_in_a_folder_of_its_own_is_no_page() -> None:
    places = [*POSTS, ("letters/first-swan/index.md", True)]
    assert not is_page("letters/first-swan/index.md", places, date=DAY)


def test_what_a_project_is_tried_with_is_none() -> None:
    tried = [(f"test/source/_posts/2009-02-0{n}-duck.md", True) for n in range(1, 8)]
    path = tried[0][0]
    assert is_page(path, [*POSTS, *tried], date=DAY)
    assert is_page("vendor/pond/1.md", [*POSTS, ("vendor/pond/1.md", False)])
    assert not is_page(path, [*POSTS, *tried], date=DAY, is_chosen=True)
    assert not is_page(path, tried, date=DAY)


def test_a_proposal_is_no_issue() -> None:
    assert is_page("rfcs/0001-nesting-boxes.md", [*POSTS, ("rfcs/0001-nesting-boxes.md", False)])


def test_notes_at_the_top_are_none_where_one_of_them_has_a_date() -> None:
    notes = [*((f"{name}.md", False) for name in "abcdefgh"), ("changes-of-ponds.md", True)]
    assert is_page("a.md", [*POSTS, *notes])
    assert not is_page("a.md", notes)
    assert not is_page("changes-of-ponds.md", [*POSTS, *notes], date=DAY)


@pytest.mark.parametrize("path", ["content/graph.md", "content/swans/graph.md", "graph.md"])
def test_pages_without_a_date_are_none_beside_a_few_with_one(path: str) -> None:
    folder = path.removesuffix("graph.md")
    pages = [(f"{folder}{name}.md", name == "a") for name in "abc"]
    assert is_page(path, [*POSTS, *pages, (path, False)])
    assert not is_page(path, [*pages, (path, False)])


def test_pages_without_a_date_are_none_where_the_content_begins() -> None:
    posts = [(f"content/blog/{n}-duck.md", True) for n in range(14)]
    pages = [(f"content/{name}.md", True) for name in "abcdefg"]
    assert is_page("content/graph.md", [*posts, *pages])
    assert not is_page("content/graph.md", pages)


def test_a_page_in_a_folder_for_them_may_have_a_day_in_its_name() -> None:
    pages = [(f"_posts/pages/2016-01-01-{name}.md", True) for name in "ab"]
    assert is_page("_posts/pages/2016-01-01-a.md", [*POSTS, *pages], date=DAY)
    assert not is_page("_posts/pages/2016-01-01-a.md", pages, date=DAY)


def test_the_readme_of_an_earlier_year_is_none() -> None:
    assert is_page("README20181213.md", [*POSTS, ("README20181213.md", True)], date=DAY)
    assert not is_page("readme-2018.md", [("readme-2018.md", True), ("readme-2019.md", True)], date=DAY)


def test_what_has_neither_date_nor_number_is_odd_among_dated_issues() -> None:
    letters = [*((f"letters/{n}-duck.md", True) for n in range(20, 26)), ("letters/26.md", False)]

    def lacks_date(path: str, *others: str, date: dt.date | None = None) -> bool:
        places = [*letters, *((other, False) for other in others)]
        return Shelves(places).lacks_date(Issue(path=path, title="A page", date=date))

    assert lacks_date("letters/duck.md", "letters/duck.md", "letters/list.md")
    assert not lacks_date("letters/duck.md", date=DAY)
    assert not lacks_date("letters/26.md")
    assert not lacks_date("letters/duck.md", "letters/a.md", "letters/b.md", "letters/c.md")
    assert not lacks_date("other/duck.md")
    assert not lacks_date("letters/27/README.md")


def test_a_newsletter_that_has_just_begun_has_a_folder_for_its_issues() -> None:
    letters = [("weekly/2026-W03.md", True), ("weekly/2026-W04.md", True), ("weekly/README.md", False)]
    pages = [(f"lists/{name}.md", False) for name in "abcdefgh"]
    assert is_page("lists/a.md", [*letters, *pages])
    assert is_page("PLAN.md", [*letters, *pages])
    assert not is_page("lists/12.md", [*letters, *pages[:3]])
    assert not is_page("lists/a.md", [*letters[1:], *pages])
    assert not is_page("lists/a.md", [*(("ponds" + path[6:], dated) for path, dated in letters), *pages])


def test_a_collection_of_jekyll_is_none_where_few_of_it_have_a_date() -> None:
    posts = [(f"_posts/2026-03-0{n}-duck.md", True) for n in range(1, 7)]
    views = [
        *((f"_views/{name}.md", False) for name in "abcd"),
        *((f"_views/2010-03-0{n}.md", True) for n in range(1, 4)),
    ]
    assert is_page("_views/2010-03-01.md", [*posts, *views], date=DAY)
    assert is_page("_views/a.md", [*posts, *views])
    assert not is_page("_views/2010-03-01.md", [*posts, *views], date=DAY, is_chosen=True)
    assert not is_page("_views/2010-03-01.md", [*posts, *views[3:]], date=DAY)  # a series as well
    assert not is_page("_views/2010-03-01.md", views, date=DAY)


@pytest.mark.parametrize("folder", ["docs/setup", "versioned_docs/version-0.82/setup"])
def test_documentation_may_have_dates(folder: str) -> None:
    posts = [(f"blog/2026-03-0{n}-duck/index.md", True) for n in range(1, 7)]
    pages = [(f"{folder}/{name}.md", True) for name in "abcdef"]
    assert is_page(f"{folder}/a.md", [*posts, *pages], date=DAY)
    assert is_page(f"{folder}/index.md", [*posts, *pages], date=DAY)
    assert not is_page(f"{folder}/2026-03-01-a.md", [*posts, *pages], date=DAY)
    assert not is_page(f"{folder}/a.md", [*posts, *pages, (f"{folder}/g.md", True)], date=DAY)  # more than the posts
    assert not is_page("docs/blog/a.md", [*posts, ("docs/blog/a.md", True)], date=DAY)


def test_all_series_below_count_where_the_content_begins() -> None:
    places = [(f"content/{folder}/{name}.md", True) for folder in ("blog", "news") for name in "abcde"]
    pages = [(f"content/{name}.md", True) for name in "abcd"]
    assert is_page("content/a.md", [*places, *pages], date=DAY)
    assert not is_page("content/a.md", [*places[5:], *pages], date=DAY)

"""An issue's address, and its headings' anchors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.head.metadata import read_metadata
from digest.head.permalink import anchor, issue_url, link_base

SITE = "https://news.example"
HOST = "https://git.example/owner/repo/blob/main/{path}"


def url(path, permalink="", site_url=SITE, *, head=(), host_url=""):
    text = "\n".join(["---", *head, "---", "Body"]) if head else "Body"
    return issue_url(read_metadata(text, path), path, site_url=site_url, permalink=permalink, host_url=host_url)


def test_the_canonical_address_goes_before_all():
    head = ("title: T", "canonicalURL: https://other.example/x")
    assert url("_posts/2023-09-07-a.md", "/:title/", head=head, host_url=HOST) == "https://other.example/x"


@pytest.mark.parametrize("key", ["permalink", "url", "path"])
def test_a_path_in_front_matter_is_on_the_site(key):
    assert url("x.md", "/:title/", head=("title: T", f"{key}: /some/where.html")) == f"{SITE}/some/where.html"


@pytest.mark.parametrize(
    ("permalink", "path"),
    [
        ("/:title/", "/Issue_9/"),
        ("/:slug/", "/issue_9/"),
        ("pretty", "/tech/2023/09/07/Issue_9/"),
        ("date", "/tech/2023/09/07/Issue_9.html"),
        ("ordinal", "/tech/2023/250/Issue_9.html"),
        ("none", "/tech/Issue_9.html"),
        ("/:year/:i_month/:i_day/:title:output_ext", "/2023/9/7/Issue_9.html"),
        ("/:short_year/:short_month/:title", "/23/Sep/Issue_9"),
        ("", "/tech/2023/09/07/Issue_9.html"),
    ],
)
def test_jekyll(permalink, path):
    assert url("_posts/2023-09-07-Issue_9.md", permalink, head=("title: Nine!", "categories: [Tech]")) == SITE + path


@pytest.mark.parametrize(
    ("permalink", "path"),
    [
        ("/posts/:slug/", "/posts/my-week/"),
        ("/:section/:year/:month/:slug/", "/posts/2023/09/my-week/"),
        ("/:sections/:filename/", "/posts/2023/week-36/"),
        ("/:sections[1:]/:slugorfilename/", "/2023/week-36/"),
        ("/:sections[last]/:title/", "/2023/my-week/"),
        ("", "/posts/2023/week-36/"),
    ],
)
@pytest.mark.parametrize("file", ["content/posts/2023/Week-36.md", "site/content/posts/2023/Week-36/index.md"])
def test_hugo(permalink, path, file):
    assert url(file, permalink, head=("title: My week!", "date: 2023-09-07")) == SITE + path


def test_hugos_slug_takes_the_place_of_the_file_name():
    assert url("content/posts/x.md", head=("title: T", "slug: chosen")) == f"{SITE}/posts/chosen/"


@pytest.mark.parametrize(
    ("permalink", "path"),
    [
        ("", "/this-week-7.html"),
        ("blog/{date:%Y}/{date:%m}/{date:%d}/{slug}/", "/blog/2023/09/07/this-week-7/"),
        ("{category}/{slug}.html", "/big-news/this-week-7.html"),
    ],
)
def test_pelican(permalink, path):
    file = "content/2023-09-07-week.md"
    metadata = read_metadata("Title: This Week 7\nDate: 2023-09-07\nCategory: Big News\n\nBody", file)
    assert issue_url(metadata, file, site_url=SITE, permalink=permalink) == SITE + path


@pytest.mark.parametrize(
    ("permalink", "path"),
    [
        ("/posts/{{ page.fileSlug }}/", "/posts/week-36/"),
        ("/{{ title | slugify }}/index.html", "/my-week/index.html"),
        ("/{{ page.date | date: '%Y/%m' }}/{{ page.fileSlug }}/", "/2023/09/week-36/"),
        ('/{{ page.date | date("yyyy/MM/dd") }}/', "/2023/09/07/"),
    ],
)
def test_eleventy(permalink, path):
    assert url("src/posts/2023-09-07-week-36.md", permalink, head=("title: My week",)) == SITE + path


@pytest.mark.parametrize("permalink", ["/blog/:slug/", "/blog/[slug]/", "/blog/[...slug]/"])
def test_astro(permalink):
    assert url("src/content/blog/Week 36.md", permalink, head=("title: T",)) == f"{SITE}/blog/week-36/"


def test_astro_has_no_default_since_its_routes_are_code():
    assert url("src/content/blog/week.md", head=("title: T",)) is None


@pytest.mark.parametrize(
    "permalink", ["/:year/:title/", "/:nothing/", "{date:%Y}/{slug}", "/{{ page.date | date: '%Y' }}/"]
)
def test_a_pattern_that_the_issue_cannot_fill_leaves_the_page_on_its_host(permalink):
    assert url("posts/a b.md", permalink, host_url=HOST) == "https://git.example/owner/repo/blob/main/posts/a%20b.md"
    assert url("posts/a b.md", permalink) is None


def test_without_a_site_the_host_has_the_page():
    assert url("_posts/x.md", "/:title/", "", host_url=HOST) == "https://git.example/owner/repo/blob/main/_posts/x.md"
    assert url("x.md", site_url="") is None


def test_an_address_is_encoded():
    assert url("_posts/2023-09-07-中文 x.md", "/:title/") == f"{SITE}/%E4%B8%AD%E6%96%87-x/"


@given(st.text(max_size=60), st.text(alphabet=":/{}[]%abcdeyslugtitle. |", max_size=60))
def test_no_pattern_and_no_path_raise(path, permalink):
    found = url(path, permalink, head=("title: T", "date: 2023-09-07"))
    assert found is None or found.startswith(SITE)


def test_anchors_are_githubs():
    used: dict[str, int] = {}
    headings = [
        "What's new?",
        "What's new?",
        "What’s new",
        "What's new?",
        "🚀 Launch",
        "中文 标题",
        "a_b - c",
        "1. First!",
    ]
    assert [anchor(heading, used) for heading in headings] == [
        "whats-new", "whats-new-1", "whats-new-2", "whats-new-3", "-launch", "中文-标题", "a_b---c", "1-first",
    ]  # fmt: skip


@given(st.lists(st.sampled_from(["a", "a 1", "a-1", "A", "", "!"]), max_size=12))
def test_anchors_of_a_page_are_unique(headings):
    used: dict[str, int] = {}
    anchors = [anchor(heading, used) for heading in headings]
    assert len(set(anchors)) == len(anchors)


@pytest.mark.parametrize(
    ("path", "base"),
    [
        ("content/kites/2024/issue.md", f"{SITE}/kites/2024/"),
        ("content/issue.md", SITE),
        ("_posts/2024-03-01-issue.md", SITE),
        ("docs/mail/index.md", f"{SITE}/mail/"),
        ("mail/issue.md", SITE),
    ],
)
def test_relative_links_begin_at_the_files_own_folder(path, base):
    assert link_base(path, SITE) == base

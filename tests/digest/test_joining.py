"""The files of a folder become the text of one issue."""

from __future__ import annotations

import datetime as dt

from digest.joining import join_files
from digest.model import Issue, ReadOptions
from digest.reading import read_issues


def joined(folder: str, **files: str) -> Issue:
    data = join_files(
        folder, [(f"{folder}/{name.replace('__', '/')}.md", text.encode()) for name, text in files.items()]
    )
    (issue,) = read_issues(data, folder, ReadOptions())
    return issue


def story(title: str, *more: str) -> str:
    head = "\n".join([f'title: "{title}"', f"url: https://example.org/{len(title)}", *more])
    return f"---\n{head}\n---\n\nWhat {title} is about, in a sentence of its own.\n"


def test_each_file_with_a_title_is_a_story_with_its_link() -> None:
    issue = joined("letters/2026/9", b=story("Of [b]"), a=story("Of a"), c=story("Of c"))
    assert [item.title for item in issue.items] == ["Of a", "Of [b]", "Of c"]
    assert [item.links[0].url for item in issue.items] == [f"https://example.org/{n}" for n in (4, 6, 4)]
    assert issue.title == "2026 9"


def test_categories_are_sections() -> None:
    tools, news = "category: tools", "category: news"
    issue = joined("letters/9", a=story("Of a", tools), b=story("Of b", news), c=story("Of c", tools))
    assert [(item.section, item.title) for item in issue.items] == [
        (("Tools",), "Of a"),
        (("Tools",), "Of c"),
        (("News",), "Of b"),
    ]


def test_files_with_headings_stand_in_the_natural_order_of_their_names() -> None:
    issue = joined(
        "contents/2026/Mar/02",
        **{
            "10-events__1": "## [Meeting](https://example.org/m)\n\nA meeting takes place in the town hall.\n",
            "2-news__0": "# News\n",
            "2-news__10": "## [Tenth](https://example.org/10)\n\nThe tenth story has a text as well.\n",
            "2-news__9": "## [Ninth](https://example.org/9)\n\nThe ninth story has a text.\n",
            "10-events__0": "# Events\n",
        },
    )
    assert [item.title for item in issue.items] == ["Ninth", "Tenth", "Meeting"]
    assert issue.date == dt.date(2026, 3, 2)


def test_an_index_names_the_issue_and_dates_it() -> None:
    issue = joined(
        "letters/9",
        index="---\ntitle: The ninth letter\ndate: 2026-03-02\n---\n\nWelcome to it.\n",
        a=story("Of a", "date: 2026-03-09"),
        b=story("Of b"),
    )
    assert (issue.title, issue.date) == ("The ninth letter", dt.date(2026, 3, 2))


def test_without_an_index_the_latest_file_dates_it_and_drafts_stay_out() -> None:
    issue = joined(
        "letters/9",
        a=story("Of a", "date: 2026-03-09"),
        b=story("Of b", "date: 2026-03-04"),
        c=story("Of c", "date: 2027-01-01", "draft: true"),
    )
    assert issue.date == dt.date(2026, 3, 9)
    assert [item.title for item in issue.items] == ["Of a", "Of b"]

"""One result from every kind of head."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.head.metadata import read_metadata
from digest.head.titles import name_title

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
DAY = dt.date(2023, 9, 7)

YAML = """---
title: "Weekly: Rust & friends"
date: 2023-09-07
tags: [rust, "machine learning"]
summary: What happened.
slug: weekly-rust
draft: false
canonicalURL: https://example.net/weekly
cover:
  image: /img/cover.png
---
Body
"""
TOML = """+++
title = "Weekly: Rust & friends"
date = 2023-09-07
tags = ["rust", "machine learning"]
summary = "What happened."
slug = "weekly-rust"
draft = false
canonicalURL = "https://example.net/weekly"
[cover]
image = "/img/cover.png"
+++
Body
"""
JSON = """{
  "title": "Weekly: Rust & friends",
  "date": "2023-09-07",
  "tags": ["rust", "machine learning"],
  "summary": "What happened.",
  "slug": "weekly-rust",
  "draft": false,
  "canonicalURL": "https://example.net/weekly",
  "cover": {"image": "/img/cover.png"}
}
Body
"""
FENCED_JSON = "---json\n" + JSON.replace("Body", "---\nBody")
EDN = """{:title "Weekly: Rust & friends"
 :layout :post, :toc true
 :date "2023-09-07"
 :tags ["rust" "machine learning"]
 :summary "What happened."
 :slug "weekly-rust"
 :draft? false
 :canonicalURL "https://example.net/weekly"
 :image "/img/cover.png"}
Body
"""
PELICAN = """Title: Weekly: Rust & friends
Date: 2023-09-07
Category: News
Tags: rust, machine learning
Summary: What
    happened.
Slug: weekly-rust
Status: published
Canonical_URL: https://example.net/weekly
Cover: /img/cover.png

Body
"""
MDX = """import Card from '../components/card'

export const metadata = {
  title: 'Weekly: Rust & friends',
  date: '2023-09-07',
  tags: ['rust', 'machine learning'],
  summary: "What happened.",
  slug: 'weekly-rust',
  draft: false,
  canonicalURL: 'https://example.net/weekly',
  image: '/img/cover.png',
}

Body
"""


@pytest.mark.parametrize("text", [YAML, TOML, JSON, FENCED_JSON, EDN, PELICAN, MDX])
@pytest.mark.parametrize("before", ["", "\n\n"])
def test_every_kind_of_head_says_the_same(text, before):
    metadata = read_metadata(before + text, "posts/x.md")
    assert metadata.title == "Weekly: Rust & friends"
    assert metadata.date == DAY
    assert metadata.published_at is None
    assert metadata.tags == ("rust", "machine learning")
    assert metadata.summary == "What happened."
    assert metadata.slug == "weekly-rust"
    assert metadata.url == "https://example.net/weekly"
    assert metadata.image == "/img/cover.png"
    assert not metadata.withheld
    assert metadata.notices == ()
    assert "\n".join((before + text).split("\n")[metadata.body_start_line :]).strip() == "Body"


@pytest.mark.parametrize("text", ["---\ntitle: Notes for all[^1]\n---\n", "# Notes for all [^note]\n"])
def test_a_title_has_no_marks_of_footnotes(text):
    assert read_metadata(text, "a.md").title == "Notes for all"


@pytest.mark.parametrize("text", ['{:title "x"\nno end', '{:title "x"} goes on', "{: - a smile", '{:layout "x"}\nBody'])
def test_what_only_begins_like_a_map_is_no_head(text):
    assert read_metadata(text, "x.md").body_start_line == 0


def head(*lines: str) -> str:
    return "\n".join(["---", *lines, "---", "Body"])


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("tags: ml ops coqui.ai", ("ml", "ops", "coqui.ai")),
        ("tags: machine learning, ops", ("machine learning", "ops")),
        ("tags: [a, a, ' b ']", ("a", "b")),
        ("tags:\n  - a\n  - b c", ("a", "b c")),
        ("tags:\n- a\n- b", ("a", "b")),
        ("tag: '#one #two'", ("one", "two")),
        ("tags: 机器学习、编程", ("机器学习", "编程")),
        ("tags: []", ()),
        ("tags:", ()),
        ("tags: ~", ()),
        ("categories: [News]", ()),
        ("category: News", ()),
        ("taxonomies:\n  tags: [a]\n  categories: [b]", ("a",)),
        ("tags:\n  - {name: A, slug: a}\n  - {slug: b}", ("A", "b")),
        ('tags:\n  - "[[AI]]"\n  - "[[Topics/Web]]"\n  - "[[b|c d]]"', ("AI", "Web", "c d")),
        ("Tags: 2023 yes", ("2023", "yes")),
    ],
)
def test_tags_are_a_list_or_words_and_categories_are_none(written, tags):
    assert read_metadata(head("title: T", written), "x.md").tags == tags


@pytest.mark.parametrize("fence", ["~~~~~~", "----"])
def test_a_jbake_head(fence):
    found = read_metadata(f"title=A = B\ndate=2020-12-31\nstatus=draft\naudio.length=75\n{fence}\n\nBody", "x.md")
    assert (found.title, str(found.date)[:10]) == ("A = B", "2020-12-31")
    assert found.withheld
    assert not read_metadata("title=A\nSome prose\n----\n", "x.md").date


def test_a_pelican_head_separates_tags_by_commas_only():
    assert read_metadata("Title: T\nTags: this week in rust\n\nx", "x.md").tags == ("this week in rust",)


@pytest.mark.parametrize(
    ("written", "is_draft"),
    [
        ("draft: true", True), ("draft: false", False), ("published: false", True), ("published: true", False),
        ("Draft: Yes", True), ("status: draft", True), ("status: published", False), ("status: hidden", True),
        ("published: 2023-09-07", False), ("published: 2023-09-07\ndraft: true", True), ("publish: no", True),
        ("isDraft: true", True), ("title: Draft", False),
    ],
)  # fmt: skip
def test_a_draft_is_one_by_any_of_its_names(written, is_draft):
    assert bool(read_metadata(head(written), "x.md").withheld) is is_draft


def test_a_file_in_jekylls_drafts_is_a_draft():
    assert read_metadata("# T", "_drafts/x.md").withheld
    assert not read_metadata("# T", "_posts/2023-09-07-_drafts.md").withheld


@pytest.mark.parametrize(
    "written",
    [
        "date: 2023-09-07", "publishDate: 7 September 2023", "pubDate: Sep 7, 2023", "pubDatetime: '2023-09-07'",
        "published_at: 2023-09-07", "Date Published: 2023/9/7", "published: 2023-09-07", "created: 2023-09-07",
        "date:\n  created: 2023-09-07\n  updated: 2023-10-01", "date: 2023-09-01\npublishDate: 2023-09-07",
        "extra:\n  date: 2023-09-07",
    ],
)  # fmt: skip
def test_a_date_is_one_by_any_of_its_names(written):
    assert read_metadata(head(written), "x.md").date == DAY


def test_a_time_is_kept_as_it_was_written():
    metadata = read_metadata(head("date: 2023-09-07T10:00:00+02:00"), "x.md")
    assert metadata.published_at is not None
    assert metadata.published_at.isoformat() == "2023-09-07T10:00:00+02:00"
    naive = read_metadata("+++\ndate = 2023-09-07T10:00:00\n+++\n", "x.md").published_at
    assert naive is not None
    assert naive.isoformat() == "2023-09-07T10:00:00"


def test_a_date_that_is_none_is_told_with_its_line_and_the_file_name_helps():
    metadata = read_metadata(head("title: T", "date: next week"), "_posts/2023-09-07-x.md")
    assert metadata.date == DAY
    assert [(notice.line, notice.rule) for notice in metadata.notices] == [(3, "date")]


def test_an_ambiguous_date_is_told_unless_the_file_name_decides():
    told = read_metadata(head("date: 7/9/2023"), "x.md")
    assert told.date == dt.date(2023, 7, 9)
    assert "2023-07-09" in told.notices[0].message
    decided = read_metadata(head("date: 7/9/2023"), "2023-09-07-x.md")
    assert (decided.date, decided.notices) == (DAY, ())


@pytest.mark.parametrize("empty", ["0001-01-01T00:00:00Z", "1970-01-01 01:00"])
def test_a_programs_empty_date_is_no_date_and_no_fault(empty):
    metadata = read_metadata(head(f"date: {empty}"), "x.md")
    assert (metadata.date, metadata.published_at, metadata.notices) == (None, None, ())


@pytest.mark.parametrize("key", ["path", "permalink", "url"])
def test_a_date_may_stand_in_the_address_alone(key):
    assert read_metadata(head(f"{key}: 2023/09/07/ducks"), "ducks.md").date == DAY
    assert read_metadata(head(f"{key}: https://pond.example/2023/09/07/ducks"), "ducks.md").date is None
    assert read_metadata(head(f"{key}: 2022/01/02/ducks"), "2023-09-07-ducks.md").date == DAY


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("title: ! 'Issue #199'", "Issue #199"),
        ("title: 2023", "2023"),
        ("title: 007", "007"),
        ("title: Yes", "Yes"),
        ("title: >-\n  Folded\n  title", "Folded title"),
        ("title: Q&amp;A", "Q&A"),
        ("Title: Capital", "Capital"),
        ("name: Named", "Named"),
        ("newsTitle: Of the news", "Of the news"),
    ],
)
def test_a_title_stays_as_it_was_written(written, title):
    assert read_metadata(head(written), "x.md").title == title


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("# The *first* [heading](https://e.org) `code`\n\n## Other", "The first heading code"),
        ("Intro\n\n# 1. Numbered #\n", "1. Numbered"),
        ("Setext title\n============\n\n## x", "Setext title"),
        ("<h1 align='center'>In <b>HTML</b></h1>\n", "In HTML"),
        ("<!-- # no -->\n```\n# no\n```\n# Yes", "Yes"),
        ("## Only heading\n\ntext", "Only heading"),
        ("# # Marked twice\n\ntext", "Marked twice"),
        ("# #hashtag of the week #\n\ntext", "#hashtag of the week"),
        ("## News\n\ntext\n\n## Papers\n", "My issue"),
        ("## News\n\n# Late title\n", "Late title"),
        ("# 1 Why\n\ntext\n\n# 2 How\n", "My issue"),
        ("# 1. 引言\n\ntext\n\n# 2. 内容\n", "My issue"),
        ("# 1.0 is out\n\n# Also new\n", "1.0 is out"),
        ("A line.\n" * 9 + "\n### Library of the week\n\ntext", "My issue"),
        ("#hashtag no heading", "My issue"),
        ("# 中文标题：第 25 期", "中文标题：第 25 期"),
        ("# snake_case and 2 * 3 * 4", "snake_case and 2 * 3 * 4"),
        ("# Title {#custom}", "Title"),
        ("", "My issue"),
    ],
)
def test_without_a_title_the_first_heading_is_it_or_the_file_name(body, title):
    assert read_metadata(body, "posts/2023-09-07-my-issue.md").title == title
    assert read_metadata(f"---\ndate: 2023-09-07\n---\n{body}", "posts/2023-09-07-my-issue.md").title == title


@pytest.mark.parametrize(
    ("path", "headings", "title"),
    [
        ("weeks/2026-W07/index.md", ["🎶 Music", "Books", "Random notes"], "2026 W07"),
        ("issue-4.md", ["Contents", "Tools", "Jobs"], "Issue 4"),
        ("issue-4.md", ["Pond Letter #4", "Tools", "Jobs"], "Pond Letter #4"),
        ("issue-4.md", ["On ponds", "1. Ducks", "2. Geese"], "On ponds"),
        ("issue-4.md", ["On ponds", "Notes"], "On ponds"),
        ("2026-07-03-ducks-12.md", ["Ducks again", "Tools", "Jobs"], "Ducks again"),
        ("ducks.md", ["On ponds", "Tools", "Jobs"], "On ponds"),
    ],
)
def test_the_first_of_several_sections_is_no_title_of_a_numbered_issue(path: str, headings: list[str], title: str):
    body = "".join(f"# {heading}\n\nText.\n\n" for heading in headings)
    assert read_metadata(body, path).title == title
    assert read_metadata(f"---\ndate: 2026-02-15\n---\n\n{body}", path).title == title


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("_posts/2023-09-07-my-issue.md", "My issue"), ("posts/my_issue/index.md", "My issue"),
        ("2023-09-07.md", "2023-09-07"), ("README.md", "README"), ("a/README.md", "A"), ("", ""),
    ],
)  # fmt: skip
def test_a_file_name_makes_a_title(path, title):
    assert name_title(path) == title


def test_a_heading_names_the_day_where_nothing_else_does():
    assert read_metadata("# Week of 7 September 2023\n", "x.md").date == DAY


@pytest.mark.parametrize(
    ("written", "image"),
    [
        ("image: https://e.org/a.png", "https://e.org/a.png"),
        ("cover:\n  image: '<image path/url>'", None),
        ("cover:\n  image: a.jpg\n  alt: x", "a.jpg"),
        ("coverImage: ./a.webp", "./a.webp"),
        ("featured_image: /a.png", "/a.png"),
        ("images: [/a.png, /b.png]", "/a.png"),
        ("ogImage:\n  url: /a.png", "/a.png"),
        ("header:\n  teaser: /a.png", "/a.png"),
        ("featured: true\nthumbnail: a.png", "a.png"),
        ("header: dark", None),
        ("params:\n  image: a.png", "a.png"),
        ("image: path/to/cover.png", None),
    ],
)
def test_a_cover_is_one_by_any_of_its_names_and_no_placeholder(written, image):
    assert read_metadata(head(written), "x.md").image == image


@pytest.mark.parametrize("written", ["description: Desc Text.", "summary: '<short summary>'", "excerpt: TODO"])
def test_a_templates_placeholder_is_no_summary(written):
    assert read_metadata(head(written), "x.md").summary == ""


def test_a_summary_goes_before_a_description():
    assert read_metadata(head("description: About.", "summary: What."), "x.md").summary == "What."


@pytest.mark.parametrize(
    "written", ["canonicalURL: https://canonical.url/to/page", "url: /path/only", "link: https://e.org"]
)
def test_what_is_no_canonical_address_is_none(written):
    assert read_metadata(head(written), "x.md").url is None


# -- heads that are broken, and texts that have none ----------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (head("title: Rust: the week", "date: 2023-09-07", "tags: [a, b"), 2),
        (head("date: 2023-09-07", "title: Rust: the week"), 3),
        (head("title: Rust: the week", "\tdate: 2023-09-07", "date: 2023-09-07"), 2),
        ("+++\ntitle = Rust: the week\ndate = 2023-09-07\n+++\nBody", 2),
        ('{\n  "title": "Rust: the week",\n  "date": 2023-09-07\n}\nBody', 3),
        ("---\ntitle: Rust: the week\ndate: 2023-09-07\n\nBody\n\n---\n\nMore", 1),
        ("---\ntitle: 'Rust: the week'\ndate: 2023-09-07\n\nBody", 1),
        (head("title:Rust: the week", "date:2023-09-07"), 4),
    ],
)
def test_a_broken_head_costs_neither_title_nor_date_nor_body(text, line):
    metadata = read_metadata(text, "x.md")
    assert metadata.title == "Rust: the week"
    assert metadata.date == DAY
    assert [(notice.rule, notice.level) for notice in metadata.notices] == [("front-matter", "error")]
    assert metadata.notices[0].line == line
    assert text.split("\n")[metadata.body_start_line :][0].strip() in ("Body", "")


def test_a_broken_head_still_keeps_a_draft_back():
    assert read_metadata(head("title: a: b", "draft: true"), "x.md").withheld


def test_a_broken_head_keeps_its_lists():
    assert read_metadata(head("title: a: b", "tags:", "  - x", "  - y z"), "x.md").tags == ("x", "y z")


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA line across the page.\n\n---\n\nMore",
        "---\nNote: this is prose that goes on\nand on.\n\n---\nx",
        "Note: this is prose.\n\nMore.",
        "Dear readers: hello!\nSecond line.",
        "{% include head.html %}\nText",
        "{{< figure src='a.png' >}}\nText",
        '{"a": 1} and more text',
        "+++ plus plus plus",
        "# Heading\n---\ntitle: no\n---\n",
        "",
        "---",
        "---\n",
    ],
)
def test_a_text_without_a_head_keeps_all_its_lines(text):
    metadata = read_metadata(text, "x.md")
    assert (metadata.body_start_line, metadata.notices, metadata.kind) == (0, (), "")


def test_an_empty_head_is_skipped():
    assert read_metadata("---\n---\nBody", "x.md").body_start_line == 2


def test_a_key_that_stands_twice_is_told_and_the_last_one_counts():
    metadata = read_metadata(head("title: One", "date: 2023-09-07", "title: Two"), "x.md")
    assert metadata.title == "Two"
    assert [notice.line for notice in metadata.notices] == [4]


BOMB = "\n".join(["---", "title: T", "a: &a [x, x, x, x, x, x, x, x, x]"] + [
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
] + ["---", "Body"])  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(BOMB, id="billion laughs"),
        pytest.param(head("title: T", "x: !!python/object/apply:os.system ['echo no']"), id="python tag"),
        pytest.param(head("title: T", "x: " + "[" * 20_000), id="deep YAML"),
        pytest.param(head("title: T", "x: " + "{a: " * 20_000), id="deep YAML mappings"),
        pytest.param(head("title: T", *("x: " + " " * n + "- a" for n in range(200))), id="indentation"),
        pytest.param("+++\ntitle = 'T'\nx = " + "[" * 20_000 + "\n+++\nBody", id="deep TOML"),
        pytest.param("+++\ntitle = 'T'\n" + "a." * 20_000 + "b = 1\n+++\nBody", id="dotted TOML"),
        pytest.param('{\n"title": "T",\n"x": ' + "[" * 20_000 + "\n}\nBody", id="deep JSON"),
        pytest.param('{\n"title": "T",\n"x": ' + "9" * 20_000 + "\n}\nBody", id="long number"),
        pytest.param(head("title: T", "x: '" + "y" * 5_000_000 + "'"), id="5 MB head"),
        pytest.param(head("title: T", *["x: y"] * 1_000_000), id="a million keys"),
        pytest.param('{\n"title": "T",\n"x": "' + "y" * 5_000_000 + '"}\nBody', id="5 MB JSON"),
        pytest.param("Title: T\n" + "Key: value\n" * 500_000, id="5 MB Pelican"),
        pytest.param("---\ntitle: T\n" + "x: y\n" * 500_000, id="unclosed"),
        pytest.param(head("title: T", "x: a\x00b\x0b\ud800"), id="control characters"),
        pytest.param("# T\n" + "#" * 3_000_000, id="hashes"),
        pytest.param("x\n" * 1_000_000 + "# T\n", id="no heading near"),
    ],
)
def test_hostile_heads_take_bounded_time_and_keep_the_title(text):
    start = time.process_time()
    metadata = read_metadata(text, "t.md")
    assert time.process_time() - start < 1
    assert metadata.title == "T"


@given(
    st.text(alphabet="abt:-+={}[]\"'#&*!|>\n \tdile0", max_size=200),
    st.sampled_from(["---\n", "+++\n", "{", "Title: x\n", ""]),
)
def test_no_text_raises(text, start):
    for whole in (start + text, f"{start}{text}\n{start}body"):
        metadata = read_metadata(whole, "a/b.md")
        assert 0 <= metadata.body_start_line <= whole.count("\n") + 1


KEYS = st.sampled_from(["title", "date", "tags", "cover", "draft"])
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES))
def test_no_value_raises(values):
    read_metadata(json.dumps(values) + "\nBody", "x.md")
    assert read_metadata(f"---\n{json.dumps(values)}\n---\nBody", "x.md").title


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real newsletters is not here")
def test_title_date_and_tags_of_every_gold_issue_are_right():
    from digest.repair import decode

    golds = [json.loads(file.read_text("utf-8")) for file in sorted((CORPUS / "gold").rglob("*.json"))]
    assert len(golds) == 12
    for gold in golds:
        file = CORPUS / gold["path"]
        metadata = read_metadata(decode(file.read_bytes())[0], gold["path"].split("/", 2)[2])
        assert metadata.title == gold["title"]
        assert (metadata.date.isoformat() if metadata.date else None) == gold["date"]
        assert list(metadata.tags) == gold["tags"]
        assert metadata.notices == ()


def test_the_address_that_a_mailing_service_gave_is_the_permalink():
    head = "---\ntitle: A\nabsolute_url: https://letters.example.com/archive/a/\npermalink: /archive/1/\n---\n"
    assert read_metadata(head + "Text.\n", "a.md").url == "https://letters.example.com/archive/a/"


@pytest.mark.parametrize(
    ("head", "title", "date"),
    [
        ("% Weekly 12\n% Ann\n% 2023-09-07\n\nBody", "Weekly 12", DAY),
        ('---\ntitle: "X \\ud83c\\udf89 Y \\uD83D"\ndate: 2023-09-07\n---\nBody', "X 🎉 Y \ufffd", DAY),
        ("---\ntitle: 'C:\\ud83c'\ndate: 2023-09-07\n---\nBody", "C:\\ud83c", DAY),
        ('+++\ntitle = "X \\ud83c\\udf89"\ndate = 2023-09-07\n+++\nBody', "X 🎉", DAY),
        ("---\nsubject: X\nsent_at: 2023-09-07\n---\nBody", "X", DAY),
        ("---\ntitle: X\nfecha: 7 de septiembre de 2023\n---\nBody", "X", DAY),
        ("---\ntitle: X\ndate: 2023年9月7日\n---\nBody", "X", DAY),
        ("---\ntitle: X\ndate: 07-Sep-2023\n---\nBody", "X", DAY),
    ],
)
def test_heads_of_other_tools(head, title, date):
    found = read_metadata(head, "a.md")
    assert (found.title, found.date) == (title, date)


@pytest.mark.parametrize("date", ["2026-(TODO: MM-DD)", "TODO", "YYYY-MM-DD", "2026-03-XX", "tbd"])
def test_a_date_that_is_still_to_be_written_makes_a_draft(date):
    assert read_metadata(f"---\ntitle: Weekly\ndate: {date}\n---\n", "posts/6.md").withheld == "a draft"


@pytest.mark.parametrize("date", ["2026-03-07", "7 March 2026", "soon", ""])
def test_any_other_date_makes_none(date):
    assert read_metadata(f"---\ntitle: Weekly\ndate: {date}\n---\n", "posts/6.md").withheld == ""


def test_a_heading_deep_in_the_issue_is_not_its_title():
    above = "Hello friend\n\nA story.\n\nAnother.\n\nMore.\n\n---\n\n"
    above += "[A](https://a.example)\n\nIt is.\n\nAnd was.\n\nEnd.\n\n"
    assert read_metadata(f"{above}# Book of the week\n\nText.", "2023-09-07-my-letter.md").title == "My letter"


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "' + '\\"' * 30_000,
        "---\nx: " + "[" * 30_000 + "]" * 30_000 + "\n---\n",
        "---\ntitle: a\n---" + " " * 300_000 + "x\n",
        "---" + " " * 300_000 + "x\n",
        '{:title "a" :x [' + '"\\' * 30_000,
        "# a" + " " * 300_000 + "b\n",
    ],
    ids=["quotes", "brackets", "spaces behind the end", "spaces behind the start", "strings in EDN", "heading"],
)
def test_no_head_costs_more_than_two_seconds_or_recurses(text: str) -> None:
    began_s = time.process_time()
    read_metadata(text, "a.md")
    assert time.process_time() - began_s < 2


def test_a_broken_head_keeps_its_lists_and_texts() -> None:
    head = "---\ntitle: Rust: the week\ntags: [a, 'b']\nsummary: >\n  one\n\n  two\ndate: 2023-09-07\n---\n\n"
    found = read_metadata(head, "a.md")
    assert (found.title, found.tags, found.summary) == ("Rust: the week", ("a", "b"), "one two")


def test_a_head_of_reference_definitions_is_read():
    text = '[_template]: ../page.html\n[date]: / "Tue. May 14, 2013 @ 9:05 am"\n# Kite mail 7\n\nWind.\n'
    metadata = read_metadata(text, "kite.md")
    assert (metadata.title, str(metadata.date), metadata.body_start_line) == ("Kite mail 7", "2013-05-14", 2)


NOTION = "# Kite mail 7\n\nDate: May 14, 2026 9:05 AM\nTags: sea wind, kites\nStatus: {}\n\n## Wind\n\nIt blows.\n"


@pytest.mark.parametrize(
    ("status", "withheld"), [("Done", ""), ("In progress", "not for the public (status: In progress)")]
)
def test_the_properties_that_notion_exports_are_read(status, withheld):
    metadata = read_metadata(NOTION.format(status), "Kite mail 7 1f0c.md")
    assert (metadata.title, str(metadata.date), metadata.tags) == ("Kite mail 7", "2026-05-14", ("sea wind", "kites"))
    assert (metadata.withheld, metadata.body_start_line, metadata.kind) == (withheld, 5, "notion")


@pytest.mark.parametrize(
    "text",
    [
        "# Kite mail 7\n\nWind: it blows.\nTags: none.\nAnd more of it.\n",
        "# Kite mail 7\n\nWind: it blows.\n\nStatus: calm\n",
        "# Kite mail 7\n\nHello: you\nThere: too\n",
        "# Kite mail 7\nDate: May 14, 2026\n\nWind.\n",
        "## Wind\n\nDate: May 14, 2026\n\nIt blows.\n",
    ],
)
def test_prose_below_a_title_is_no_list_of_properties(text):
    assert (read_metadata(text, "a.md").kind, read_metadata(text, "a.md").body_start_line) == ("", 0)


def test_what_a_generator_computes_stands_in_for_what_is_missing():
    head = '---\neleventyComputed:\n  title: "Wind and rain"\n  description: "No. {{ number }}"\n---\n'
    metadata = read_metadata(f"{head}\nText.\n", "x.md")
    assert (metadata.title, metadata.summary) == ("Wind and rain", "")


def test_a_span_of_days_in_a_file_name_is_its_first_day():
    assert str(read_metadata("Text.\n", "weeks/20240304-20240310.md").date) == "2024-03-04"


def test_aliases_that_are_not_followed_are_told_once():
    head = "---\ntitle: X\na: &a [1]\n" + "".join(f"b{n}: *a\n" for n in range(50)) + "---\n"
    assert [notice.line for notice in read_metadata(head, "x.md").notices] == [4]

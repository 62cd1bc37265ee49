"""Each rule on the smallest text that needs it."""

from __future__ import annotations

import pytest

from digest.model import ReadOptions, SplitOptions
from digest.reading import explain_issues, read_issues

SITE = "https://site.example"


def read(text: str, **split):
    return read_issues(text.encode(), "issue.md", ReadOptions(site_url=SITE, split=SplitOptions(**split)))[0]


def titles(text: str, **split) -> list[str]:
    return [item.title for item in read(text, **split).items]


def sectioned(text: str, **split) -> list[tuple[str, ...]]:
    return [(*item.section, item.title) for item in read(text, **split).items]


LINKS = "- [One](https://a.example/1)\n- [Two tales](https://a.example/2) - said\n"


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ("[Title](https://a.example)", "Title"),
        ("[Title](https://a.example). More words.", "Title"),
        ("[Title](https://a.example) > What it does with words", "Title"),
        ("[Title](https://a.example) - a comment", "Title"),
        ("[Titre](https://a.example)\u00a0: un mot", "Titre"),
        ("[Titre](https://a.example)&nbsp;! Un mot", "Titre"),
        ("[Title](https://a.example) by Ann", "Title"),
        ("[video] [Title](https://a.example)", "Title"),
        ("00:12:30 [Title](https://a.example)", "Title"),
        ("🎉 **[Title](https://a.example)** – said", "Title"),
        ("[Ann](https://a.example) wrote [a book](https://b.example). It is long.", "Ann wrote a book"),
        ("A story about clocks ([link](https://a.example))", "A story about clocks"),
        ("[here](https://a.example) is a clock", "here is a clock"),
        ("[SE-0042](https://a.example): *Flatten it*", "SE-0042: Flatten it"),
        ("2024-06-18 | Virtual | [Club](https://a.example)\n  more", "2024-06-18 | Virtual | Club"),
        ("**Lead.** Words and [more](https://a.example)", "Lead"),
        ("Version 1.2 of x.py is out. See [notes](https://a.example)", "Version 1.2 of x.py is out"),
        ("[什么](https://a.example)发布了。还有。", "什么发布了"),
    ],
)
def test_the_title_of_an_entry(entry, title):
    assert titles(f"## Things\n\n- {entry}\n- [Other](https://o.example)\n")[0] == title


def test_what_a_title_leaves_out_is_said_below_it():
    assert read(f"## T\n\n- [video] [A](https://a.example/a)\n{LINKS}").items[0].text == "[video]"


def test_a_heading_with_a_story_is_an_item():
    assert sectioned("## 2. A *story* 🎉\n\nIt happened.\n") == [("A story",)]


def test_a_list_of_links_is_a_list_of_items():
    assert sectioned(f"## Reads\n\n{LINKS}") == [("Reads", "One"), ("Reads", "Two tales")]


def test_a_list_that_supports_a_story_stays_in_it():
    text = "## Engine\n\n" + "We measured the new engine for weeks and it is fast. " * 8
    assert titles(f"{text}\n\n- quick\n- small, see [notes](https://a.example)\n- calm\n") == ["Engine"]


def test_nested_entries_belong_to_their_entry():
    issue = read("## E\n\n- [A](https://a.example)\n  - [deep](https://d.example)\n- [B](https://b.example)\n")
    assert [[link.url for link in item.links] for item in issue.items] == [
        ["https://a.example", "https://d.example"],
        ["https://b.example"],
    ]


def test_an_entry_that_only_groups_is_a_section():
    text = "## E\n\n- Papers\n  - [A](https://a.example)\n  - [B](https://b.example)\n"
    assert sectioned(text) == [("E", "Papers", "A"), ("E", "Papers", "B")]


def test_labels_above_lists_are_sections():
    text = f"## E\n\n**Papers**\n\n{LINKS}\n**Code**\n\n- [Three](https://a.example/3)\n"
    assert sectioned(text) == [("E", "Papers", "One"), ("E", "Papers", "Two tales"), ("E", "Code", "Three")]


def test_numbered_leads_open_items_up_to_the_next():
    text = "## 新闻\n\n1、[甲](https://a.example)\n\n正文。\n\n![](https://i.example/1.png)\n\n2、乙\n\n又一段。\n"
    issue = read(text)
    assert [(item.title, item.image) for item in issue.items] == [("甲", "https://i.example/1.png"), ("乙", None)]
    assert issue.items[0].text == "正文。"


def test_a_bare_number_is_titled_by_its_first_sentence():
    assert titles("## 言论\n\n1、\n\n第一句。第二句。\n\n-- 某人\n\n2、\n\n另一句！\n") == ["第一句", "另一句！"]


def test_a_number_that_announces_a_list_is_a_section():
    text = "## 新闻\n\n1、[甲](https://a.example)\n\n文。\n\n2、**一句话**\n\n- [乙](https://b.example)\n- [丙](https://c.example)\n"
    assert sectioned(text) == [("新闻", "甲"), ("新闻", "一句话", "乙"), ("新闻", "一句话", "丙")]


def test_numbers_of_lists_open_items_too():
    text = "## N\n\n1. [A](https://a.example)\n\nText of A.\n\n2. [B](https://b.example)\n\nText of B.\n"
    assert [(item.title, item.text) for item in read(text).items] == [("A", "Text of A."), ("B", "Text of B.")]


def test_a_headline_and_its_link_line_are_an_item():
    text = "## News\n\nBig thing.\n\n👉 [Article](https://a.example)\n\nSmall thing!\n\n👉 [Video](https://b.example)\n"
    assert titles(text) == ["Big thing.", "Small thing!"]


def test_a_link_line_below_a_heading_is_the_storys():
    issue = read(
        "## N\n\n### A\n\n👉 [Paper](https://a.example)\n\nWords.\n\n### B\n\n👉 [Code](https://b.example)\n\nWords.\n"
    )
    assert [item.title for item in issue.items] == ["A", "B"]


def test_link_lines_together_are_a_reading_list():
    assert titles("## Reads\n\n📌 [Crabs](https://a.example)\n\n📌 [Eels](https://b.example) (2020)\n") == [
        "Crabs",
        "Eels",
    ]


def test_two_links_in_lines_of_one_paragraph():
    assert titles("## R\n\n[One](https://a.example)\n[Two](https://b.example)\n[Three](https://c.example)\n") == [
        "One",
        "Two",
        "Three",
    ]


def test_a_digest_is_learned_from_the_whole_issue():
    text = (
        "### News\n\nAnn [wrote](https://a.example/1) a book. It is good.\n\n"
        "Bob [made](https://a.example/2) a film.\n\n"
        "### Code\n\nCid [fixed](https://a.example/3) it.\n\nDee [broke](https://a.example/4) it.\n\n> A quote.\n\n"
        "### Finally\n\nEve [sang](https://a.example/5).\n"
    )
    assert sectioned(text) == [
        ("News", "Ann wrote a book"),
        ("News", "Bob made a film"),
        ("Code", "Cid fixed it"),
        ("Code", "Dee broke it"),
        ("Finally", "Eve sang"),
    ]
    assert read(text).items[3].text == "A quote."


def test_facets_stay_in_their_story():
    own = (
        "The lab has built a model that finds things in pictures by pointing at them, which nobody did before it. " * 2
    )
    text = f"## One\n\n{own}\n\n#### Problems\n\n1. hard\n\n#### Results\n\nGood.\n\n## Two\n\nWords.\n"
    assert titles(text) == ["One", "Two"]
    assert "Problems" in read(text).items[0].text


def test_stories_below_a_heading_have_it_as_section():
    assert sectioned("## Face-off\n\n### A\n\nWords.\n\n### B\n\nWords.\n") == [("Face-off", "A"), ("Face-off", "B")]


def test_prose_of_a_section_with_its_own_link_is_an_item():
    text = f"# Community\n\nAnn found a [crab](https://c.example).\n\n## Posts\n\n{LINKS}# Other\n\n{LINKS}"
    assert sectioned(text)[:2] == [("Community", "Ann found a crab"), ("Community", "Posts", "One")]


def test_prose_that_only_counts_introduces():
    text = (
        f"# Letter 3\n\n# Changes\n\n136 pull requests were [merged](https://m.example)\n\n{LINKS}\n## Deep\n\n{LINKS}"
    )
    assert titles(text) == ["One", "Two tales", "One", "Two tales"]


def test_a_gallery():
    text = (
        "## Charts\n\n![](/a.png)\n_Source: Lab ([Paper A](https://a.example))_\n\n"
        "![](/b.png)\nSource [Firm](https://b.example)\n"
    )
    issue = read(text)
    assert [(item.title, item.image) for item in issue.items] == [
        ("Lab (Paper A)", f"{SITE}/a.png"),
        ("Firm", f"{SITE}/b.png"),
    ]


def test_a_table_of_links():
    text = "## P\n\n| Paper | Links |\n|--|--|\n"
    text += (
        "| 1) **Flow** - a model of rivers. | [Paper](https://a.example) |\n| 2) Ebb | [Tweet](https://b.example) |\n"
    )
    assert titles(text) == ["Flow", "Ebb"]


@pytest.mark.parametrize(
    "skipped",
    [
        "## Contents\n\n- [A](#a)\n- [B](#b)\n",
        "## Highlights\n\n- A is out\n- B is in\n",
        "## Sponsor\n\n[Acme](https://acme.example) sells.\n",
        "## Subscribe\n\nBy [mail](https://m.example).\n",
        "## New RFCs\n\n*No new RFCs were proposed this week.*\n",
        "## 欢迎订阅\n\n每周五发布。\n",
        "## 目次\n\n- あ\n",
        "## Werbung\n\n[Acme](https://acme.example)\n",
    ],
)
def test_what_is_never_an_item(skipped):
    assert titles(f"## A\n\nStory.\n\n{skipped}\n## B\n\nStory.\n") == ["A", "B"]


@pytest.mark.parametrize(
    "plea",
    [
        "Submit your suggestions and votes for next week!",
        "[Please submit your quotes](https://q.example)!",
        "If you are running an event please add it to the [calendar](https://c.example).",
        "Want something mentioned? Tweet us at [@x](https://x.example).",
        "*The Letter is edited by: [Ann](https://a.example).*",
        "This post is also published on [my blog](https://b.example).",
        "Subscribe to my [Substack](https://s.example) to get the latest.",
        "👉 Subscribe to our [newsletter](https://s.example).",
        "（完）",
        "Thanks for reading!",
        "See you next week.",
        "Bis nächste Woche!",
    ],
)
def test_a_plea_belongs_to_nothing(plea):
    issue = read(f"## A\n\nStory with a [link](https://l.example).\n\n{plea}\n")
    assert [item.title for item in issue.items] == ["A"]
    assert [link.url for link in issue.items[0].links] == ["https://l.example"]
    assert [one.rule for one in issue.left_out] == ["plea"]


@pytest.mark.parametrize(
    "text",
    [
        "The button to unsubscribe is explained in this [article](https://a.example).",
        "They scan a code on the grave, which opens a [film](https://a.example).",
        "If you want to help make it viable, then read on at [x](https://a.example)!",
        "A folge of the [series](https://a.example), and a new one.",
    ],
)
def test_stories_about_such_things_are_stories(text):
    assert read(f"## A\n\n{text}\n").items[0].links


def test_an_item_by_a_sponsor_is_left_out():
    issue = read(f"## A\n\n{LINKS}- [Acme (Sponsor)](https://acme.example)\n")
    assert [item.title for item in issue.items] == ["One", "Two tales"]
    assert [one.rule for one in issue.left_out] == ["sponsor"]


def test_an_issue_without_headings_is_split_by_its_shape():
    assert titles(f"Hello!\n\n{LINKS}- [Three](https://c.example)\n") == ["One", "Two tales", "Three"]
    essay = "One long thought that goes on for a while, as thoughts do. " * 6
    assert titles(f"---\ntitle: Thought\n---\n{essay}") == ["Thought"]


def test_the_title_of_the_issue_is_no_section():
    assert sectioned("# The Letter, No. 3\n\n## A\n\nStory.\n\n## B\n\nStory.\n") == [("A",), ("B",)]


def test_a_paragraph_above_a_line_is_no_heading():
    long = (
        "This is a paragraph that somebody separated by a line right below it, which Markdown takes for a heading. " * 2
    )
    assert titles(f"## A\n\n{long}\n---\n\nMore of A.\n") == ["A"]


def test_footnotes_belong_to_the_item_that_refers_to_them():
    issue = read("## A\n\nText[^1].\n\n## B\n\nText.\n\n[^1]: See <https://n.example>.\n")
    assert [[link.url for link in item.links] for item in issue.items] == [["https://n.example"], []]


def test_a_newsletters_own_say():
    text = f"## A\n\n{LINKS}\n## B\n\n### C\n\nWords.\n"
    assert titles(text, skip=("a",)) == ["C"]
    assert titles(text, item_level=2) == ["A", "B"]


def test_whether_an_issue_is_one_story_can_be_said():
    digest = f"---\ntitle: Kite Weekly 12\n---\n\nHello.\n\n## A\n\n{LINKS}\n## B\n\nWords.\n\n## Sponsors\n\nBuy.\n"
    assert len(titles(digest)) > 2
    (story,) = read(digest, one_story=True).items
    assert story.title == "Kite Weekly 12"
    assert ("Hello." in story.text, "Words." in story.text, "Buy." in story.text) == (True, True, False)
    essay = "---\ntitle: On kites\n---\n\n" + "\n\n".join(
        f"## {name}\n\n{'They fly because of what is told here. ' * 12}" for name in ("Background", "Why kites?")
    )
    assert titles(essay) == ["On kites"]
    assert titles(essay, one_story=False) == ["Background", "Why kites?"]


@pytest.mark.parametrize("text", ["", "---\ntitle: A\n---\n", "# A\n", "## Sponsors\n\nBuy.\n"])
def test_nothing_is_one_story(text: str):
    assert titles(text, one_story=True) == []


def test_a_file_of_many_issues():
    text = (
        "# All\n\n## 2025\n\n- [Week 2](#w)\n\n## Best of the Week (July 7 - July 13) - 2025\n\n"
        "| Paper | Links |\n|--|--|\n| 1) **Alpha** - x | [Paper](https://a.example) |\n"
        "| 2) **Beta** - y | [Paper](https://b.example) |\n\n"
        "## Best of the Week (June 30 - July 6) - 2025\n\n- [C](https://c.example)\n- [D](https://d.example)\n"
    )
    issues = read_issues(text.encode(), "README.md", ReadOptions(split=SplitOptions(issue_level=2)))
    assert [issue.title for issue in issues] == [
        "Best of the Week (July 7 - July 13) - 2025",
        "Best of the Week (June 30 - July 6) - 2025",
    ]
    assert len({issue.part for issue in issues}) == 2
    assert [[item.title for item in issue.items] for issue in issues] == [["Alpha", "Beta"], ["C", "D"]]


def test_every_block_is_explained():
    text = f"Hello.\n\n## A\n\n{LINKS}\n## B\n\nStory.\n\nSee you next week.\n"
    trace = explain_issues(text.encode(), "a.md", ReadOptions())[0].trace
    assert [(placed.first, placed.place, placed.rule) for placed in trace] == [
        (1, "introduction", "above-the-first-heading"),
        (3, "section", "groups-stories"),
        (5, "item 1", "entry-of-a-link-list"),
        (6, "item 2", "entry-of-a-link-list"),
        (8, "item 3", "tells-a-story"),
        (10, "item 3", "tells-a-story"),
        (12, "left out", "plea"),
    ]


@pytest.mark.parametrize("by", ["– [Ann](https://a.example)", "- [Ann on a forum](https://a.example)"])
def test_a_quotation_and_who_said_it_are_one_story(by):
    text = f"## Reads\n\n{LINKS}\n## More\n\n{LINKS}\n## Quote\n\n> A boat is a hole in the water.\n\n{by}\n\n"
    text += "Thanks to [Bob](https://b.example) for the suggestion!\n"
    assert sectioned(text)[4:] == [("Quote",)]
    assert len(read(text).items[4].links) == 2


def test_a_footer_behind_the_last_line_belongs_to_no_story():
    issue = read(f"## A\n\nStory.\n\n---\n\nThanks for reading!\n\n{LINKS}")
    assert [item.title for item in issue.items] == ["A"]
    assert [one.rule for one in issue.left_out] == ["plea", "footer"]


def test_a_greeting_that_opens_the_issue_is_no_story():
    assert titles("## Welcome to the Letter\n\nIt [rained](https://r.example).\n\n## A\n\nStory.\n") == ["A"]


def test_code_below_an_entry_belongs_to_it():
    issue = read(f"## Reads\n\n{LINKS}\n```\nmake\n```\n\n- [Three](https://a.example/3)\n")
    assert [item.text for item in issue.items] == ["", "said\n\nmake", ""]


def test_pictures_among_long_paragraphs_are_no_gallery():
    long = (
        "This paragraph tells what the picture above it shows, and why it matters, with a [source](https://s.example). "
    )
    text = f"## Essay\n\n![](/a.png)\n\n{long * 3}\n\n![](/b.png)\n\n{long * 3}\n"
    assert titles(text) == ["Essay"]


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        (
            "Rules are aware of types. [Notes](https://n.example) | [GitHub](https://g.example)",
            "Rules are aware of types",
        ),
        ("A museum of buttons: https://b.example", "A museum of buttons"),
        ("<https://c.example> - A month at sea.", "A month at sea"),
        ("**June 12** – [Night](https://n.example) at the library", "June 12 – Night at the library"),
        ("SLIDES: [A talk](https://t.example), Ann", "A talk"),
        ("[Is it?](https://i.example) Ann, 8 July", "Is it?"),
        ("[`#[used]` is stable](https://u.example)", "#[used] is stable"),
    ],
)
def test_titles_without_labels_addresses_and_days(entry, title):
    assert titles(f"## Things\n\n- {entry}\n- [Other](https://o.example)\n")[0] == title


def test_what_somebody_said_in_a_discussion_belongs_to_the_paragraph_above_it():
    said = "From [Ada Berg]({}/1):\n\n> Words.\n\nFrom [Ben]({}/2) on the list:\n\n> More words.\n\n".replace(
        "{}", "https://a.example"
    )
    talk = f"[Cleo](https://c.example) began [to talk](https://t.example) of clocks.\n\n{said}"
    others = "".join(f"[Dan](https://d.example/{n}) made [loom {n}](https://l.example/{n}).\n\n" for n in range(6))
    found = titles(f"## Lists\n\n{others}{talk}## News\n\n{others}")
    assert found == [*(looms := [f"Dan made loom {n}" for n in range(6)]), "Cleo began to talk of clocks", *looms]


def test_an_editorial_that_points_at_the_stories_below_is_no_list_of_them():
    told = "".join(f"## Part {n}\n\n### [Tale {n}](https://a.example/{n})\n\nIt was told at length.\n\n" for n in "123")
    intro = "".join(f"**Tale {n}!** All should [read it](https://a.example/{n}) soon.\n\n" for n in "123")
    assert titles(intro + told) == ["Tale 1", "Tale 2", "Tale 3"]


def test_a_version_in_a_table_keeps_its_first_number():
    rows = "| 3.14 | [Notes](https://a.example) |\n| 1. Tern | [Notes](https://b.example) |\n"
    text = f"## News\n\n| Release | Link |\n|--|--|\n{rows}"
    [issue] = read_issues(text.encode(), "a.md", ReadOptions())
    assert [item.title for item in issue.items] == ["3.14", "Tern"]


def test_a_letter_of_short_lines_without_a_link_is_a_story_and_a_few_of_them_are_not():
    lines = "\n\n".join(f"The year was long, and this is line {n}." for n in range(9))
    assert titles(f"---\ntitle: Letter 9\n---\n\nDear all\n\n{lines}\n") == ["Letter 9"]
    assert titles("---\ntitle: Letter 9\n---\n\nDear all\n\nThis one is still to be written.\n") == []

"""What stands where in an issue: its own name, contents, captions, sides of a story, and how it ends."""

from __future__ import annotations

import re

import pytest

from digest.model import Issue, ReadOptions
from digest.reading import read_issues

NAMES = ("Ash", "Bay", "Cod", "Dory")
SAID = "The harbour was closed for nine days, and nobody knew when the next boat would come. "


def read(text: str) -> Issue:
    return read_issues(text.encode(), "issue.md", ReadOptions())[0]


def sectioned(text: str) -> list[tuple[str, ...]]:
    return [(*item.section, item.title) for item in read(text).items]


def rules(text: str) -> set[str]:
    return {one.rule for one in read(text).left_out}


def urls(text: str) -> list[list[str]]:
    return [[link.url.removeprefix("https://") for link in item.links] for item in read(text).items]


@pytest.mark.parametrize("month", ["Oktober 2025", "March 2024", "12 mai 2024"])
def test_a_first_heading_that_is_only_the_issues_month_is_no_story(month: str):
    text = f"# {month}\n\nDear sailors, much has happened.\n\n# Club\n\n{SAID}\n\n# Races\n\n{SAID}\n"
    assert sectioned(text) == [("Club",), ("Races",)]
    diary = text.replace("# Races", "# April 2024")
    assert (month,) in sectioned(diary)


def test_contents_that_lead_to_places_of_a_page_by_its_whole_address_are_no_stories():
    names = ("Masts burn", "Sails tear", "Ropes hold")
    contents = "".join(f"{n}. [{name}](https://site.example/may#day-{n})\n" for n, name in enumerate(names, 1))
    told = "".join(
        f"## May {n} - {name.upper()}\n\n{SAID}[Source](https://s.example/{n})\n\n" for n, name in enumerate(names)
    )
    text = f"Welcome.\n\n### In May\n\n{contents}\n{told}"
    assert sectioned(text) == [(f"May {n} - {name.upper()}",) for n, name in enumerate(names)]
    others = text.replace("Masts burn](", "Tide tables](").replace("Sails tear](", "Maps of the bay](")
    assert ("In May", "Tide tables") in sectioned(others)


def test_a_line_in_bold_below_a_picture_within_a_story_is_its_caption():
    story = f"## {{0}}\n\n{SAID}\n\n![](one.png)\n\n**The old pier**\n\n![](two.png)\n\n**The new one, by [Ann](https://a.example)**\n\n{SAID}\n\n"
    text = story.format("Piers") + story.format("Docks")
    assert sectioned(text) == [("Piers",), ("Docks",)]
    assert "The old pier" in read(text).items[0].text


def test_a_list_behind_a_line_across_the_page_is_no_part_of_the_story_above_it():
    entries = "".join(f"- [Tale {{0}}{n}](https://t.example/{{0}}{n}) : short\n" for n in range(4))
    section = (
        "## {0}\n\n**[Big {0}](https://b.example/{0})**\n\nIt grew:\n\n- in height\n- in width\n\n---\n\n"
        + entries
        + "\n---\n\n"
    )
    text = section.format("Wood") + section.format("Iron")
    expected = [
        (name, title) for name in ("Wood", "Iron") for title in (f"Big {name}", *(f"Tale {name}{n}" for n in range(4)))
    ]
    assert sectioned(text) == expected
    assert urls(text)[0] == ["b.example/Wood"]


def test_lines_in_bold_that_end_in_a_colon_are_sides_of_a_story():
    text = (
        "## Meeting\n\n**Club:**\n\n**When**: Monday\n\n**Agenda:**\n\nPaint for the mast\n\n"
        "Notes: https://n.example/1\n\n## Reading\n\n- [Knots](https://k.example)\n- [Winds](https://w.example)\n"
    )
    assert sectioned(text) == [("Meeting",), ("Reading", "Knots"), ("Reading", "Winds")]
    assert urls(text)[0] == ["n.example/1"]


def test_the_only_sub_heading_of_its_level_below_a_story_is_a_side_of_it():
    story = f"### {{0}}\n\n{SAID * 2}\n\n"
    side = "#### Who left\n\n[Ann](https://a.example) and [Bo](https://b.example) went home.\n\n"
    text = "## News\n\n" + story.format("Crew") + side + "".join(map(story.format, ("Mast", "Sail", "Rope")))
    assert [item.title for item in read(text).items] == ["Crew", "Mast", "Sail", "Rope"]
    two = text.replace(story.format("Rope"), story.format("Rope") + side.replace("Who left", "Who came"))
    assert "Who came" in [item.title for item in read(two).items]


def test_entries_of_several_lists_with_a_title_in_bold_are_a_story_each():
    entry = f"- **{{0}}.** {SAID * 2}{{1}}\n"
    text = "# Club\n\n" + entry.format("Races", "See [results](https://r.example).") + entry.format("Dues", "")
    text += "\n# Work\n\n" + entry.format("Paint", "") + entry.format("Rust", "")
    assert sectioned(text) == [("Club", "Races"), ("Club", "Dues"), ("Work", "Paint"), ("Work", "Rust")]
    sides = text.replace("See [results](https://r.example).", "")
    assert sectioned(sides) == [("Club",), ("Work",)]


def test_what_stands_between_entries_with_a_title_in_bold_belongs_to_the_one_above():
    entry = f"- **{{0}}.** {SAID * 3}See [more](https://{{1}}.example).\n"
    text = "---\ntitle: Yard\n---\n\n## Club\n\n" + entry.format("Races", "r")
    text += "\n![](race.png)\n\nIt rained.\n\n" + entry.format("Dues", "d")
    assert sectioned(text) == [("Club", "Races"), ("Club", "Dues")]
    assert "It rained." in read(text).items[0].text
    assert urls(text) == [["r.example"], ["d.example"]]
    sides = text.replace("**Races.** ", "").replace("See [more](https://r.example).", "")
    assert sectioned(sides) != sectioned(text)
    asking = text.replace(
        "## Club\n\n", "## Club\n\n- **Mail** - Our paper comes on Monday. Please subscribe to our newsletter!\n"
    )
    assert sectioned(asking) == sectioned(text)
    pleading = text.replace("It rained.", "Please subscribe to our newsletter!")
    assert sectioned(pleading) == sectioned(text)
    assert "plea" in rules(pleading)
    assert "subscribe" not in read(pleading).items[0].text


def test_numbered_steps_in_bold_with_pictures_between_them_are_one_story():
    steps = [f"{n}. **{name}.** {SAID * 3}\n" for n, name in enumerate(NAMES, 1)]
    steps[0] = steps[0].replace("\n", "See [how](https://how.example).\n")
    told = f"{steps[0]}{steps[1]}\n![](mast.png)\n\n{steps[2]}{steps[3]}"
    text = f"---\ntitle: Yard\n---\n\n## Sails\n\n{told}\n## Ropes\n\n{SAID}\n"
    assert sectioned(text) == [("Sails",), ("Ropes",)]
    bullets = re.sub(r"^\d\. ", "- ", text, flags=re.MULTILINE)
    assert sectioned(bullets) == [*(("Sails", name) for name in NAMES), ("Ropes",)]


def test_a_story_below_the_only_list_of_bold_entries_is_no_part_of_the_last():
    entries = "".join(f"- **{name}.** {SAID * 2}See [more](https://{name}.example).\n" for name in ("Races", "Dues"))
    text = f"---\ntitle: Yard\n---\n\n## Club\n\n{entries}\nAll dates are in the [calendar](https://c.example).\n"
    assert urls(text)[1] == ["Dues.example"]


def test_entries_in_bold_that_group_links_are_sections():
    groups = "".join(
        f"- **{name}**\n"
        + "".join(f"    - [{name} {n} of the long winter](https://{n}.example/{name}) {SAID}\n" for n in "ab")
        for name in ("Rope", "Tar")
    )
    assert [path[:-1] for path in sectioned(f"---\ntitle: Yard\n---\n\n## Club\n\n{groups}")] == [
        ("Club", "Rope")
    ] * 2 + [("Club", "Tar")] * 2


def test_a_list_that_goes_on_with_the_sentence_above_it_is_part_of_the_story():
    story = (
        "### {0}\n\nIf you keep a log of your boat, and have chosen to write it by hand, you will have to mind its "
        "form so that it may be read by\n\n* [harbours](https://h.example/{0}), where a clerk copies it by hand into "
        "the great book of the port;\n\n* [the yard itself](https://y.example/{0}) -- all that is good for a harbour "
        "is good for a yard, too.\n\n"
    )
    text = "## Tips\n\n" + story.format("Logs") + story.format("Maps")
    assert sectioned(text) == [("Tips", "Logs"), ("Tips", "Maps")]


def test_lines_that_count_what_is_listed_below_each_are_sections_with_links_or_without():
    text = "## Reviews\n\n"
    for name, count in (("open", "Two"), ("done", "Two")):
        text += f"* {count} at ['{name}'](https://r.example/?label={name}):\n\n"
        text += "".join(
            f"    * [{name}{n}](https://r.example/{name}{n}), a boat. By [Ann](https://a.example).\n\n" for n in "ab"
        )
    assert sectioned(text) == [("Reviews", f"Two at '{name}'", f"{name}{n}") for name in ("open", "done") for n in "ab"]


@pytest.mark.parametrize("opening", ["So findet man unser Blatt:", "Y éstas son todas nuestras señas:"])
def test_accounts_with_their_bare_addresses_at_the_end_are_no_stories(opening: str):
    accounts = "".join(
        f"+ {name}: <https://{host}/seamail>\n"
        for name, host in (("Chat", "t.example"), ("Film", "f.example"), ("Birds", "b.example"))
    )
    text = "This time:\n\n+ [Masts](https://m.example/1)\n+ [Sails](https://s.example/2)\n+ A word on ropes\n\n"
    text += f"{opening}\n\n{accounts}+ Mail: <seamail@site.example>\n"
    assert sectioned(text) == [("Masts",), ("Sails",), ("A word on ropes",)]
    assert rules(text) >= {"accounts"}
    several = text.replace("https://f.example/seamail", "https://f.example/films").replace(
        "b.example/seamail", "b.example/birds"
    )
    assert len(sectioned(several)) > 3


def test_a_label_that_says_so_closes_an_issue():
    text = "## Seen\n\n- [Masts](https://m.example)\n- [Sails](https://s.example)\n\nDisclaimer: A machine wrote "
    text += f"some of this, see [why](https://w.example). {SAID * 5}\n"
    assert [item.title for item in read(text).items] == ["Masts", "Sails"]


def test_leave_taken_behind_a_line_across_the_page_is_no_part_of_the_last_story():
    story = f"## {{0}}\n\n{SAID}\n\n---\n\nSources:\n- map: https://m.example/{{0}}\n\n"
    text = story.format("Piers") + story.format("Docks") + "---\n\n今週はここまでです。何かを作ったら教えてください。\n"
    assert "今週" not in read(text).items[-1].text
    assert [item.title for item in read(text).items] == ["Piers", "Docks"]


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ("[Ep. 132](https://e.example) — Knots", "Ep. 132 — Knots"),
        ("**[NIP-55](https://e.example)** - a new field. More of it.", "NIP-55 - a new field"),
        ("**[CVE-2024-40012](https://e.example)**: Leaks in the hull.", "CVE-2024-40012: Leaks in the hull"),
        ("[The whole guide:](https://e.example) Two parts on knots.", "The whole guide:"),
    ],
)
def test_titles_of_entries(entry: str, title: str):
    assert read(f"## Seen\n\n- {entry}\n- [Other](https://o.example)\n").items[0].title == title


def test_an_issue_whose_headings_ask_what_it_answers_is_one_story():
    below = f"## Why now?\n\n{SAID}[Log](https://l.example)\n\n## 今後の予定\n\n{SAID}\n\n### The crew\n\n{SAID}\n"
    text = f"---\ntitle: We move the harbour\n---\n\n{SAID}{SAID}\n\n{below}"
    [item] = read(text).items
    assert (item.title, item.section) == ("We move the harbour", ())
    assert [link.url for link in item.links] == ["https://l.example"]
    assert all(heading in item.body for heading in ("Why now?", "今後の予定", "The crew"))
    farewell = "## Subscribe\n\nSubscribe to this newsletter [here](https://s.example).\n"
    assert [one.title for one in read(f"{text}\n{farewell}").items] == ["We move the harbour"]
    # without a word of its own above them two headings may as well be two stories
    assert sectioned(f"---\ntitle: May\n---\n\n{below}") == [("Why now?",), ("今後の予定", "The crew")]
    titled = text.replace("title: We move the harbour", "title: Harbour notes 12")
    assert len(read(titled).items) == 1
    for story in ("## Masts burn in the bay", "## [Who sails?](https://w.example)"):
        assert len(read(titled.replace("## Why now?", story)).items) > 1


@pytest.mark.parametrize(
    "title",
    [
        "Harbour weekly",
        "#12: Masts burn",
        "12 - Masts burn",
        "Odds and ends 12",
        "Harbour letter, May 2026",
        "May",
        "海港周报",
    ],
)
def test_an_issue_called_by_a_headline_whose_parts_lead_nowhere_is_an_essay(title: str):
    names = ("Ropes of steel", "The bay at night", "Masts burn")
    parts = "".join(f"## {name}\n\n{SAID * 3}\n\n### Of {name}\n\n{SAID}\n\n" for name in names)
    text = f"---\ntitle: Ropes 1.7 hold the harbour\n---\n\n{SAID}{SAID}\n\n{parts}"
    [essay] = read(text).items
    assert (essay.title, essay.section) == ("Ropes 1.7 hold the harbour", ())
    assert all(name in essay.body for name in names)
    # what an issue is called, links as headings, no introduction: each makes several stories of it
    assert len(read(text.replace("Ropes 1.7 hold the harbour", f'"{title}"')).items) > 1
    linked = re.sub(r"^## (.*)", r"## [\1](https://m.example)", text, flags=re.MULTILINE)
    assert len(read(linked).items) > 1
    assert len(read(text.replace(f"{SAID}{SAID}\n\n", "")).items) > 1


def test_a_year_in_its_title_leaves_an_essay_whole_and_makes_a_summary_several_stories():
    def split(title: str, linked: str) -> int:
        parts = "".join(f"## {name}\n\n{SAID * 5}{linked}\n\n" for name in ("Ropes of steel", "The bay", "Nets"))
        return len(read(f"---\ntitle: {title}\n---\n\n{SAID}{SAID}\n\n{parts}").items)

    link = "[Log](https://l.example). "
    assert split("Steel burns (2026)", "") == 1
    assert split("Harbour of steel", link) == 1
    for title in ("Harbour of steel (2026)", "Harbour of steel on 3 May", "Harbour in May"):
        assert split(title, link) == 3


def test_a_top_heading_below_another_title_is_a_subtitle_of_the_story():
    parts = "".join(f"## {name}\n\n{SAID * 3}\n\n" for name in ("Steel", "The bay at night", "Conclusion"))
    [story] = read(f"---\ntitle: Ropes hold\n---\n\n# What came of the winter\n\n{SAID * 3}\n\n{parts}").items
    assert story.title == "Ropes hold"
    assert "What came of the winter" in story.text
    [same] = read(f"---\ntitle: Ropes hold\n---\n\n# Ropes hold!\n\n{SAID * 3}\n\n{parts}").items
    assert same.title == "Ropes hold!"
    assert same.text.startswith("The harbour")


CODE = "```\ntie(rope)\n```\n\n"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(("## Nets", "## 3. Conclusion"), id="conclusion"),
        pytest.param(("## Steel", "## Hintergrund"), id="background"),
        pytest.param(("## Nets", "## 参考资料"), id="references"),
        pytest.param(("## Nets", "## Pour aller plus loin"), id="further reading"),
        pytest.param(("## Nets\n\n", f"## Nets\n\n{CODE}"), id="code"),
    ],
)
def test_headings_that_frame_an_argument_and_code_make_one_story(change: tuple[str, str]):
    parts = "".join(f"## {name}\n\n{SAID * 3}See [it](https://l.example).\n\n" for name in ("Steel", "The bay", "Nets"))
    text = f"---\ntitle: Ropes hold\n---\n\n{SAID}{SAID}\n\n{parts}"
    assert len(read(text).items) == 3
    assert [item.title for item in read(text.replace(*change)).items] == ["Ropes hold"]
    assert len(read(text.replace(*change).replace("Ropes hold", "Ropes 12")).items) > 1


def test_parts_that_speak_of_what_the_title_names_make_one_story():
    def split(told: str) -> int:
        parts = "".join(f"## {name}\n\n{told}{SAID * 3}\n\n" for name in ("Steel", "The bay at night", "Nets"))
        return len(read(f"---\ntitle: Ropes hold\n---\n\n{SAID}{SAID}\n\n{parts}").items)

    link = "[Log](https://l.example/1) and [map](https://l.example/2). "
    assert (split(f"Of ropes. {link}"), split(f"Of masts. {link}")) == (1, 3)


def test_the_first_of_several_headings_that_shares_words_with_the_title_is_a_part_like_the_others():
    parts = "".join(f"## {name}\n\n{SAID * 3}\n\n" for name in ("Closed harbours", "The bay at night", "Nets"))
    [essay] = read(f"---\ntitle: Who pays for closed harbours\n---\n\n{SAID}{SAID}\n\n{parts}").items
    assert essay.body.count("nine days") == 11
    assert "Closed harbours" in essay.body


def test_parts_of_an_essay_that_lead_somewhere_are_long_or_have_few_links():
    def split(said: str, links: int) -> int:
        linked = "".join(f"So says [the log](https://l.example/{n}). " for n in range(links))
        parts = "".join(f"## {name}\n\n{said}{linked}\n\n" for name in ("Ropes of steel", "Masts burn", "The bay"))
        return len(read(f"---\ntitle: Ropes hold\n---\n\n{SAID}{SAID}\n\n{parts}").items)

    assert split(SAID * 2, links=2) == 3
    assert split(SAID * 12, links=1) == 1
    assert split(SAID * 12, links=4) == 3


def test_a_story_told_at_length_above_parts_that_lead_nowhere_is_one_whatever_its_title():
    parts = "".join(f"## {name}\n\n{SAID * 3}\n\n" for name in ("Ropes of steel", "The bay at night"))
    text = f"---\ntitle: Harbour letter 12\n---\n\n{SAID * 4}\n\n{SAID * 3}\n\n{parts}"
    assert [item.title for item in read(text).items] == ["Harbour letter 12"]
    # a short introduction, parts that lead somewhere
    assert len(read(text.replace(SAID * 4, "").replace(SAID * 3, SAID, 1)).items) == 2
    linked = re.sub(r"^## .*", r"\g<0>\n\nSee [the log](https://l.example).", text, flags=re.MULTILINE)
    assert len(read(linked).items) == 2


def test_headings_that_only_gather_others_are_sections_of_stories():
    stories = {"At sea": ("Ropes of steel", "Masts burn"), "Ashore": ("The bay at night", "Nets are dry")}
    below = {
        name: "".join(f"### {title}\n\n{SAID * 2}See [the log](https://l.example/{title[0]}).\n\n" for title in titles)
        for name, titles in stories.items()
    }
    head = f"---\ntitle: Ropes hold\n---\n\n{SAID}{SAID}\n\n"
    assert sectioned(head + "".join(f"## {name}\n\n{text}" for name, text in below.items())) == [
        (name, title) for name, titles in stories.items() for title in titles
    ]
    told = head + "".join(f"## {name}\n\n{SAID * 4}\n\n{text}" for name, text in below.items())
    assert len(read(told).items) == 1


def test_further_reading_at_its_end_and_a_list_within_leave_an_essay_whole():
    tips = "".join(f"1. **Tie rope {n}.** {SAID}\n" for n in range(5))
    more = "- [Ropes](https://r.example)\n- [Masts](https://m.example)\n"
    text = (
        f"---\ntitle: Ropes hold\n---\n\n{SAID}{SAID}\n\n## Why ropes\n\n{SAID}\n\n## Who ties them\n\n{SAID}\n\n"
        f"## How to tie\n\n{tips}\n## More of it\n\n{more}"
    )
    assert [item.title for item in read(text).items] == ["Ropes hold"]
    news = "".join(f"- [Ship {n}](https://s.example/{n}): {SAID}\n" for n in range(5))
    assert len(read(text.replace(tips, news).replace(more, news)).items) > 5


def test_an_essay_that_names_a_third_of_its_parts_by_what_they_tell_is_one_story():
    names = ("Why this matters", "Ropes of steel", "Version 2", "Limitations", "The harbour of May", "Conclusion")
    parts = "\n".join(f"## {name}\n\n{SAID}\n" for name in names)
    assert [one.title for one in read(f"---\ntitle: Counting the ropes\n---\n\n{parts}").items] == [
        "Counting the ropes"
    ]
    # a list of stories below one of them, or one name less: an issue with a summary
    listed = parts.replace(
        "## Version 2", "## Seen\n\n- [Log](https://l.example)\n- [Map](https://m.example)\n\n## Version 2"
    )
    assert len(read(f"---\ntitle: May\n---\n\n{listed}").items) > 1
    assert len(read(f"---\ntitle: May\n---\n\n{parts.replace('Limitations', 'Masts burn')}").items) > 1


def test_an_issue_of_questions_with_several_stories_each_is_not_one_story():
    links = "".join(f"- [Ship {n}](https://s.example/{n}) sails\n" for n in range(4))
    asked = "".join(f"## {name}?\n\n{links.replace('Ship', name)}\n" for name in ("Who came", "Who left", "Who stays"))
    assert len(read(f"---\ntitle: May\n---\n\n{SAID}{SAID}\n\n{asked}").items) == 12


def test_a_version_with_its_changes_is_one_story_among_others():
    changes = "".join(f"- Tie rope {n} ([#{n}](https://g.example/ropes/pull/{n}))\n" for n in range(4))
    text = f"# Ropes 9\n\n## Ropes 1.7 is out\n\n### Added\n\n{changes}\n### Mended\n\n{changes}\n## Seen\n\n{changes}"
    assert sectioned(text)[0] == ("Ropes 1.7 is out",)
    assert len(sectioned(text)) == 5
    assert len(sectioned(text.replace("Ropes 1.7 is out", "Ropes are out"))) == 12
    assert len(sectioned(text.replace("/pull/", "/story/"))) == 12


def test_an_issue_called_by_a_version_and_its_changes_is_one_story():
    changes = "".join(f"- Tie rope {n} [#{n}](https://g.example/ropes/issues/{n})\n" for n in range(4))
    below = f"## Note: leaks\n\n{SAID}\n\n## 1.7.2\n\n### Added\n\n{changes}\n### Mended\n\n{changes}"
    assert sectioned(f"---\ntitle: Ropes 1.7.2 released\n---\n\n{below}") == [("Ropes 1.7.2 released",)]
    assert len(sectioned(f"---\ntitle: Ropes released\n---\n\n{below}")) == 2


def test_what_stands_below_a_heading_that_only_introduces_is_the_introduction_of_an_essay():
    parts = "".join(f"## {name}\n\n{SAID * 3}\n\n" for name in ("Steel", "The bay at night", "Nets"))
    text = f"---\ntitle: Ropes hold\n---\n\n## Introduction\n\n{SAID * 3}\n\n{parts}"
    assert len(read(text).items) == 1
    assert len(read(text.replace("## Introduction", "## Anchors")).items) > 1


@pytest.mark.parametrize("name", ["Attendees", "Anwesende", "Asistentes", "参会人员"])
def test_who_was_there_is_no_story(name: str):
    text = f"# Call\n\n## {name}\n\n- [Ann](https://a.example)\n- Bo\n\n## Seen\n\n- [Log](https://l.example)\n- [Map](https://m.example)\n"
    assert sectioned(text) == [("Seen", "Log"), ("Seen", "Map")]


@pytest.mark.parametrize(
    "words",
    [
        "If you want to lend a hand, hop on [Chat](https://c.example) any evening.",
        "If you need some help or want to chat you can find us on <https://c.example/harbour>",
        "Feel free to message me any rope that I missed.",
        "Star this repository to see [the next ropes](https://r.example).",
        "Finally you can view our open tasks at <https://t.example>",
        "The harbour accepts donations through [Bank](https://b.example).",
        "关注我们，第一时间收到推送",
        "往期内容合集：<https://z.example>",
        "Vous trouverez plus d'information sur le site du [port](https://p.example).",
        "행사가 있나요? [이슈](https://i.example)를 통해 알릴 수 있습니다.",
    ],
)
def test_who_asks_for_help_or_leads_to_older_issues_tells_no_story(words: str):
    text = f"# Ropes 9\n\n## Seen\n\n- [Log](https://l.example)\n- [Map](https://m.example)\n\n{words}\n"
    assert sectioned(text) == [("Seen", "Log"), ("Seen", "Map")]


def test_a_last_line_in_italics_behind_a_separating_line_is_no_story():
    text = f"# Ropes 9\n\n## Steel\n\n{SAID}\n\n---\n\n## The bay\n\n{SAID}\n\n---\n\n"
    line = "[Ropes](https://r.example), a daily harbour letter, hosted at harbour.example"
    assert not any("daily" in item.body for item in read(f"{text}*{line}*\n").items)
    assert "daily" in read(f"{text}{line}\n").items[-1].body


def test_a_list_below_the_last_story_of_each_section_goes_on_with_the_section():
    links = "- [Log](https://l.example) of the week\n- [Map](https://m.example) of the bay\n"
    told = f"{SAID}[Read](https://r.example).\n\n"
    sections = "".join(
        f"## {name}\n\n### First of {name}\n\n{told}### Last of {name}\n\n{told}{links}\n"
        for name in ("Ropes", "Masts", "Nets")
    )
    found = sectioned(f"# Harbour 9\n\n{sections}")
    assert [one[1] for one in found if one[0] == "Nets"][:2] == ["First of Nets", "Last of Nets"]
    assert len(found) == 12
    # a list in an earlier story, too: lists belong to their stories
    again = sections.replace("### Last of Nets", f"{links}\n### Last of Nets")
    assert len(sectioned(f"# Harbour 9\n\n{again}")) != 12


def test_where_to_get_what_an_issue_tells_of_is_no_story_and_belongs_to_an_essay():
    files = "- [Source](https://f.example/s)\n- [Package](https://f.example/p)\n"
    news = "".join(f"## {name}\n\n{SAID}\n\n" for name in ("Steel", "The bay"))
    assert sectioned(f"---\ntitle: Ropes 9\n---\n\n{news}## Try it out\n\n{files}") == [("Steel",), ("The bay",)]
    essay = f"---\ntitle: Ropes hold\n---\n\n{SAID * 7}\n\n{news}## Downloads\n\n{files}"
    assert [link.url for link in read(essay).items[0].links] == ["https://f.example/s", "https://f.example/p"]


def test_the_chapters_of_a_recording_are_stories_where_they_have_links():
    links = "".join(f"- [0{n}:12] [Ship {n}](https://s.example/{n})\n" for n in range(1, 4))
    text = f"# Ropes 9\n\n{SAID}\n\n## Timestamps\n\n### News\n\n{links}"
    assert len(sectioned(text)) == 3
    assert not sectioned(re.sub(r"\[(Ship .)\]\(.*?\)", r"\1", text))[1:]


def test_lines_that_all_open_with_a_link_are_stories_whatever_is_said_behind_it():
    text = (
        "# Ropes 9\n\n[Steel](https://s.example) 也许可以\n\n[The bay at night](https://b.example)\n\n"
        "[Nets](https://n.example)\n\n[Masts](https://m.example) See also [ropes](https://r.example)\n"
    )
    assert sectioned(text) == [("Steel",), ("The bay at night",), ("Nets",), ("Masts",)]


def test_a_short_list_within_prose_belongs_to_what_is_told():
    links = "- [Steel ropes](https://s.example): 27 left\n- [Iron ropes](https://i.example): 36 left\n"
    diary = f"{SAID * 2}\n\n{SAID * 2}\n\n{SAID}This is what is left:\n\n{links}"
    text = f"# Harbour 9\n\n{SAID}\n\n## Ropes\n\n{diary}\n## Seen\n\n{links}"
    assert sectioned(text) == [("Ropes",), ("Seen", "Steel ropes"), ("Seen", "Iron ropes")]
    assert len(sectioned(text.replace(f"{SAID * 2}\n\n{SAID * 2}\n\n", ""))) == 4


def test_paragraphs_whose_links_name_people_tell_one_story():
    def split(name: str) -> int:
        told = "".join(f"{SAID}By [{name}{n}](https://p.example/{n}).\n\n" for n in range(4))
        return len(read(f"# Harbour 9\n\n## Ropes\n\n{told}## Nets\n\n{told}").items)

    assert (split("@ann"), split("Log ")) == (2, 8)


TOLD = """
The old pier was closed after the storm, for its planks had come loose. See [photos](https://p.example) that neighbours
took before dawn, and a drawing of what shall replace them once winter has gone and oak is dry enough to be sawn.

Ann sewed a sail of hemp, [wrote](https://a.example) her crew. Nobody else had managed to find thread that strong, and
seven evenings passed until every seam held; she wants to sell copies from May, starting with dinghies of all sizes.

A cutter reached Kiel in [nine days](https://k.example). Fog kept her at anchor twice, yet both helmsmen slept well, and
sang when lighthouse keepers hailed them; coffee ran out on Thursday, which they call their worst moment at sea.

Two lamps were stolen from the museum, [they say](https://l.example). Police found footprints leading into marshland,
where tracks vanish under reeds. Whoever returns brass of that age gets a barrel of herring and no further questions.
"""


def test_paragraphs_of_different_subjects_below_a_name_are_stories_of_an_issue():
    essay = f"## How the yard was built\n\n{SAID * 3}\n\n{SAID * 2}It is [told](https://t.example).\n\n{SAID * 2}\n\n"
    briefly = f"## Briefly\n\n{TOLD}\n\n## Notes\n\n{SAID}\n"
    text = f"---\ntitle: Yard weekly 7\n---\n\n{essay}{briefly}"
    assert [section for section, *_ in sectioned(text)] == ["How the yard was built", *["Briefly"] * 4, "Notes"]
    of_one = (
        text.replace("See [", "In Wismar: [")
        .replace("Nobody else", "None in Wismar")
        .replace("coffee", "in Wismar tea")
    )
    assert [section for section, *_ in sectioned(of_one)] == ["How the yard was built", "Briefly", "Notes"]
    assert len(sectioned(text.replace("Yard weekly 7", "What the yard is"))) < 4

"""Kinds of writing that once were read wrongly, each on the smallest text that shows it."""

from __future__ import annotations

import pytest

from digest.model import Issue, ReadOptions
from digest.reading import read_issues


def read(text: str, name: str = "issue.md") -> Issue:
    return read_issues(text.encode(), name, ReadOptions())[0]


def titles(text: str) -> list[str]:
    return [item.title for item in read(text).items]


def sections(text: str) -> list[tuple[str, ...]]:
    return [(*item.section, item.title) for item in read(text).items]


def test_bare_addresses_below_an_entry_back_its_story():
    text = (
        "## Heard\n\n- Masts 1.1\n  - https://m.example/1\n- Sails in two\n  - https://s.example/1\n  - https://s.example/2\n"
        "- June\n  - 11: Regatta\n    - https://r.example\n  - 12: Parade\n    - https://p.example\n"
    )
    assert sections(text) == [
        ("Heard", "Masts 1.1"),
        ("Heard", "Sails in two"),
        ("Heard", "June", "11: Regatta"),
        ("Heard", "June", "12: Parade"),
    ]


def test_links_of_a_moment_in_a_recording_are_one_story():
    text = (
        "## Played\n\n- 00:01:50 - [Masts](https://m.example)\n- 00:17:07 - The great survey\n"
        "  - [The survey](https://s.example)\n  - [What they say of it](https://t.example)\n"
    )
    assert [len(item.links) for item in read(text).items] == [1, 2]


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        (":x: [Back to the mast](../mast.md), told by Ann", "Back to the mast"),
        ("Le mât arrive à Tours ! Ça part de [Nevers](https://n.example).", "Le mât arrive à Tours !"),
        ("Freitag, 10:00: 11. Treffen der [Häfen](https://h.example)", "Freitag, 10:00: 11. Treffen der Häfen"),
        ("Zum 3. Treffen kamen [alle](https://h.example).", "Zum 3. Treffen kamen alle"),
        ("A ? b : c is [short](https://a.example). Use it.", "A ? b : c is short"),
        ("May 3: [Boat fair](https://b.example)\n  in Kiel.", "May 3: Boat fair in Kiel"),
        (
            f"Seen : the tower ({'a long tale of rings and kings ' * 4}by the sea. It plays before all others) ; [more](https://t.example)",
            f"Seen : the tower ({'a long tale of rings and kings ' * 4}by the sea. It plays before all others)",
        ),
        ("https://k.example/kite\n  - Ties knots by itself", "Ties knots by itself"),
    ],
)
def test_where_a_title_ends(entry: str, title: str):
    assert titles(f"## Shelf\n\n- [First](https://f.example)\n- {entry}\n- [Last](https://l.example)\n")[1] == title


def test_a_version_after_a_hyphen_or_colon_ends_a_sentence():
    text = "## Shelf\n\n- [One](https://o.example)\n- We use Kite-4. See [all](https://k.example).\n"
    assert titles(text)[1] == "We use Kite-4"


def test_a_picture_between_lines_across_the_page_belongs_to_no_entry():
    text = "## Shelf\n\n- [First](https://f.example)\n- [Last](https://l.example)\n\n***\n\n![mast](https://p.example/m.png)\n"
    assert [item.image for item in read(text).items] == [None, None]


@pytest.mark.parametrize(
    "row",
    [
        "Слушайте: [Apple Podcasts](https://podcasts.apple.com/p/1), [Spotify](https://open.spotify.com/s/1).",
        "Stimmen:\n[Ann Lee](https://github.com/ann),\n[Bo Orr](https://twitter.com/bo)",
        "[Patreon](https://www.patreon.com/x) | [Chat](https://t.me/x) | [Mail list](https://discord.gg/x)",
    ],
)
def test_a_row_of_accounts_is_no_story(row: str):
    text = f"## Shelf\n\n- [First](https://f.example)\n- [Last](https://l.example)\n\n{row}\n"
    assert titles(text) == ["First", "Last"]


def test_a_row_of_projects_is_a_story():
    row = "Names: [Kite](https://github.com/ann/kite), [Gull](https://github.com/bo/gull)"
    text = f"## Shelf\n\n- [First](https://f.example)\n- [Last](https://l.example)\n\n{row}\n"
    assert len(titles(text)) == 3


def test_a_list_below_a_plea_is_part_of_it():
    text = (
        "## Kite\n\n- [Fix a knot](https://k.example/1)\n- [Cut a rope](https://k.example/2)\n\nWe need hands.\n"
        "Here's how you can help today:\n\n- Use it! Read the [guide](https://k.example/guide)\n- Write a tale.\n"
    )
    assert titles(text) == ["Fix a knot", "Cut a rope"]


def test_a_list_half_of_which_asks_holds_no_story():
    text = (
        "## Fairs\n\n- [Kiel](https://k.example) - May\n- [Ulm](https://u.example) - June\n\n---\n\n"
        "- Find more in the guides.\n"
        "- Do you have ideas? Send us a note: https://x.example\n- Follow us along\n"
    )
    assert titles(text) == ["Kiel", "Ulm"]


def test_links_in_quotations_above_text_are_headlines():
    story = (
        "<blockquote class='pull'>\n  <p>\n    <a href='https://{0}.example'>{0} are back</a>\n  </p>\n"
        "</blockquote>\n\nAll say so.\n\n"
    )
    text = "---\ntitle: T\n---\n_Each week links._\n\n" + "".join(map(story.format, ("Masts", "Sails", "Ropes")))
    found = read(text).items
    assert [(item.title, item.text) for item in found] == [
        (f"{name} are back", "All say so.") for name in ("Masts", "Sails", "Ropes")
    ]


TOLD = "# Letter 1\n\n" + "".join(
    f"## {name} of the yard\n\nIt is told at some length what became of the {name.lower()}, and why.\n\n"
    for name in ("Mast", "Sail", "Rope", "Tar", "Pier")
)


def test_paragraphs_that_open_with_a_name_are_stories_beside_told_ones():
    named = "".join(
        f"[**{name}**](https://{name}.example) sails again. It was long in the yard.\n\n"
        for name in ("Kite", "Gull", "Tern")
    )
    assert titles(f"{TOLD}## Boats that sail\n\n{named}")[5:] == [
        f"{name} sails again" for name in ("Kite", "Gull", "Tern")
    ]


def test_a_heading_with_its_link_alone_is_a_story_beside_told_ones():
    lone = "## New knot\n\n[knot: a bow by Ann](https://k.example): holds well.\n\n"
    assert titles(f"{TOLD}{lone}")[5:] == ["New knot"]


def test_a_sentence_above_what_backs_it_is_a_story_beside_told_ones():
    backed = (
        "## Telegraph\n\nThe telegraph greatly helps us to see and to improve what our boats do at sea!\n\n"
        "- [Wire by Ann](https://w.example)\n- [Design by Bo](https://d.example)\n"
    )
    assert titles(f"{TOLD}{backed}")[5:] == ["Telegraph"]


def test_questions_in_bold_are_an_interview():
    asked = "".join(f"**{what} do you sail?**\nWith care, and each day.\n\n" for what in ("What", "Where", "Why"))
    text = f"## Pier talk\n\n{asked}## News\n\n- [Mast](https://m.example)\n- [Sail](https://s.example)\n"
    assert titles(text)[0] == "Pier talk"


@pytest.mark.parametrize("name", ["Noteworthy mentions", "Kurz notiert", "En bref", "其他"])
def test_paragraphs_below_the_name_of_a_roundup_are_stories(name: str):
    told = "".join(
        f"Ann wrote a [tale {n}](https://t.example/{n}) of boats. It is a long one, of {n} days.\n\n" for n in (2, 3)
    )
    text = f"## A mast\n\nIt is tall, and it is told why.\n\n## {name}\n\n{told}"
    assert titles(text) == ["A mast", "Ann wrote a tale 2 of boats", "Ann wrote a tale 3 of boats"]


def test_contents_of_a_recording_with_rows_of_accounts_hold_no_story():
    text = (
        "## Contents\n\n- 00:01:14 Masts\n- 00:04:57 Sails\n\n"
        "Hear: [Apple](https://podcasts.apple.com/1), [Spotify](https://open.spotify.com/1)\n\n"
        "## Masts\n\n- [Pine](https://p.example)\n- [Oak](https://o.example)\n"
    )
    assert sections(text) == [("Masts", "Pine"), ("Masts", "Oak")]


def test_highlights_are_no_section_of_their_stories():
    text = "## Highlights\n\n- [Pine](https://p.example)\n- [Oak](https://o.example)\n\n## More\n\n- [Tar](https://t.example)\n"
    assert sections(text) == [("Pine",), ("Oak",), ("More", "Tar")]


def test_a_tag_whose_end_stands_on_a_line_of_its_own_does_not_show():
    film = '<video\n  autoplay\n  style="x"\n>\n  <source src="/a.mp4"></source>\n</video>'
    text = f"## A story\n\nTold.\n\n{film}\n\nTo its end.\n"
    (item,) = read(text).items
    assert item.text == "Told.\n\nTo its end."


def test_a_name_with_two_endings():
    assert read("Text of [it](https://i.example).", "2020-04-02-March-update.html.md").title == "March update"


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ("The cold rim — ([Pier Post](https://p.example))", "The cold rim"),
        ("[A new knot](https://k.example) di Anna Mare per il Porto", "A new knot"),
        ("[12 knots](https://k.example) avant de partir en mer, dit Anne", "12 knots avant de partir en mer, dit Anne"),
    ],
)
def test_a_title_leaves_out_its_source(entry: str, title: str):
    assert titles(f"## Shelf\n\n- [First](https://f.example)\n- {entry}\n")[1] == title


def test_entries_without_a_link_belong_to_the_one_above_them():
    other = "## Shelf\n\n- [First](https://f.example)\n- [Last](https://l.example)\n\n"
    changes = (
        "- Version 2 of [MAST](https://m.example)\n- Taller by a good deal than it was before.\n"
        "- Wider at its foot, and easier to paint, too.\n"
        "- Version 3 of [SAIL](https://s.example)\n- Lighter by half, and it holds in any storm.\n"
    )
    assert titles(f"{other}## Changes\n\n{changes}")[2:] == ["Version 2 of MAST", "Version 3 of SAIL"]


def test_bare_names_above_several_lists_are_their_sections():
    text = (
        "# Episode 3\n\nA bit of gold\n\n- [Coins](https://c.example)\n- [Bars](https://b.example)\n\n"
        "Useful\n\n- [Ropes](https://r.example)\n- [Knots](https://k.example)\n"
    )
    assert sections(text)[1:3] == [("A bit of gold", "Bars"), ("Useful", "Ropes")]


@pytest.mark.parametrize(
    "tail",
    [
        "## Get involved + connect with us\n\n- [Book](https://b.example)\n- [Chat](https://c.example)\n",
        "---\n\nНаши контакты:\n\nСайт — [b.example](https://b.example)\n\n- [@ann](https://twitter.com/#!/ann)\n",
        "## Talks\n\n- _None this week, [add one](https://b.example)._\n",
        "## Jobs\n\n- _Add an [available job](https://b.example) with ropes_.\n",
        "## Sostieni il progetto\n\nSi può [donare](https://opencollective.com/x).\n",
        "## Colofon\n\n[Ann](https://b.example) schrijft dit.\n",
        "## Newsletter submissions\n\nAnybody may send a story to [us](https://b.example).\n",
        "## Your stories for the next issue!\n\nTell [us](https://b.example) what you saw.\n",
        "## Übersetzungen des Newsletters\n\n- [Ann](https://b.example)\n- [Bo](https://c.example)\n",
        "## Prochain numéro\n\nIl paraît [au port](https://b.example) en mai.\n",
        "## Prossimo numero\n\nEsce [al porto](https://b.example) a maggio.\n",
        "## Next issue\n\nIt comes out [at the harbour](https://b.example) in May.\n",
        "## Nouveau\n\nAucune règle ce mois-ci.\n",
        "## Nuevo\n\nNinguna regla este mes.\n",
        "## Neu\n\nDiesen Monat gibt es keine neuen Regeln.\n",
    ],
)
def test_a_frame_in_other_words_holds_no_story(tail: str):
    text = f"## Shelf\n\n- [First](https://f.example)\n- [Last](https://l.example)\n\n{tail}"
    assert titles(text) == ["First", "Last"]


@pytest.mark.parametrize(
    "name", ["Traducciones del boletín", "Traductions de la newsletter", "Traduzioni della newsletter"]
)
def test_a_section_about_the_newsletter_holds_no_story_where_others_follow(name: str):
    text = "## Shelf\n\n- [First](https://f.example)\n- [Last](https://l.example)\n"
    about = f"## {name}\n\n- [Ann](https://b.example)\n- [Bo](https://c.example)\n- [Kai](https://k.example)\n"
    assert titles(f"{text}\n{about}\n{text.replace('Shelf', 'Desk')}") == ["First", "Last", "First", "Last"]


def test_accounts_at_the_end_are_no_stories():
    accounts = (
        "- [Bluesky](https://bsky.app/profile/x)\n- [Films](https://www.youtube.com/@x)\n- [Forum](https://f.example)\n"
    )
    text = f"## Shelf\n\n- [First](https://f.example)\n- [Last](https://l.example)\n\n## Us elsewhere\n\n{accounts}"
    assert titles(text) == ["First", "Last"]


def test_a_sub_heading_called_notes_leaves_the_stories_above_it_alone():
    told = "[{0}](https://a.example/{0})  \nIt is told what {0} does at sea.\n\n"
    people, tools = ("".join(map(told.format, names)) for names in (("Kite", "Gull"), ("Tern", "Skua")))
    text = f"## People\n\n{people}## Tools\n\n{tools}### Notes\n\nMore in [the log](https://l.example).\n"
    assert titles(text)[:4] == ["Kite", "Gull", "Tern", "Skua"]


def test_lines_that_open_with_a_link_each_are_a_list_without_bullets():
    text = (
        "News\n----\n[Masts](https://m.example) - how they stand\n[Sails](https://s.example). - Sewn by hand.\n"
        "[Ropes](https://r.example)  \n\nTools\n-----\n"
        "[Knife](https://k.example) — cuts\n\n[Awl](https://a.example) — pricks\n"
    )
    assert sections(text) == [
        ("News", "Masts"),
        ("News", "Sails"),
        ("News", "Ropes"),
        ("Tools", "Knife"),
        ("Tools", "Awl"),
    ]
    wrapped = "## Masts\n\n[Masts](https://m.example) are\nlong.\n[Ann](https://a.example) knows.\n"
    assert titles(wrapped) == ["Masts"]


def test_a_day_alone_on_a_line_is_no_headline():
    text = "## Posts\n\n" + "".join(
        f"* **2026-06-2{n}** - \n<span class='kind'>Harbour</span>  -  [Report {n} of the pier](https://p.example/{n})\n"
        for n in range(3)
    )
    assert titles(text) == [f"2026-06-2{n} - Harbour - Report {n} of the pier" for n in range(3)]


def test_a_heading_that_asks_to_come_on_a_day_is_news():
    text = "## A pier opens\n\nIt [opened](https://p.example).\n\n## Join us on the pier\n\n{}\n\n[Register](https://r.example)\n"
    dated = text.format("Join us on 12 May for a feast with songs of all harbours.")
    assert titles(dated) == ["A pier opens", "Join us on the pier"]
    assert titles(text.format("We have songs.")) == ["A pier opens"]


def test_what_most_linked_headings_announce_are_stories_also_where_their_pages_are_below():
    project = "### [{0}](https://git.example/{0})\n\nMends {0}s. This month we merged the following changes:\n\n"
    text = "## Projects\n\n" + "".join(
        project.format(name) + "".join(f"- [Tie {name} {n}](https://git.example/{name}/{n})\n" for n in range(3)) + "\n"
        for name in ("mast", "sail")
    )
    assert sections(text) == [("Projects", name, f"Tie {name} {n}") for name in ("mast", "sail") for n in range(3)]


def test_pages_below_the_address_of_a_linked_heading_are_of_its_story():
    story = "### [{0}](https://{0}.example/)\n\nTells of {0}s.\n\n"
    pages = "Shows how they are used, see:\n\n" + "".join(
        f"- [{name}](https://knots.example/{name}/)\n" for name in ("Bowline", "Hitch", "Splice")
    )
    text = (
        "## Found\n\n" + story.format("mast") + story.format("sail") + "### [knots](https://knots.example/)\n\n" + pages
    )
    assert sections(text) == [("Found", "mast"), ("Found", "sail"), ("Found", "knots")]
    elsewhere = text.replace("](https://knots.example/B", "](https://other.example/B")
    assert ("Found", "knots", "Bowline") in sections(elsewhere)


def test_new_contributors_are_a_story_also_at_the_end():
    people = "".join(f"- [{name}](https://github.com/{name})\n" for name in ("ann", "ben", "cleo"))
    text = (
        f"## Changes\n\n- [Mast](https://m.example/1)\n- [Sail](https://m.example/2)\n\n## New contributors\n\n{people}"
    )
    assert titles(text) == ["Mast", "Sail", "New contributors"]


def test_a_word_above_what_closes_an_issue_is_no_part_of_the_last_story():
    names = ("Rigger", "Smith", "Cook")
    text = "## Work\n\n" + "".join(
        f"[{name}](https://r.example/{name}): climbs masts from dawn to dusk.\n\n" for name in names
    )
    text += "Sail well, all of you.\n\nThis newsletter is written in Kiel, find us in [the chat](https://c.example).\n"
    issue = read(text)
    assert [item.title for item in issue.items] == list(names)
    assert all("Sail well" not in item.text for item in issue.items)


def test_paragraphs_that_end_in_an_address_are_a_story_each():
    tale = (
        "In {0} the pier burned down. " + "It was old and made of wood. " * 8 + "The whole tale: <https://{0}.example>"
    )
    text = "## Seen\n\n" + "\n\n".join(map(tale.format, ("kiel", "ulm", "bonn")))
    assert titles(text) == [f"In {name} the pier burned down" for name in ("kiel", "ulm", "bonn")]
    essay = text.replace("The whole tale: <https://ulm.example>", "See <https://ulm.example> for more of it.")
    assert titles(essay) == ["Seen"]


def test_bullets_of_one_link_above_text_are_headlines():
    story = "* [{0} are mended](https://{0}.example/)\n\nAnn sent a plan.\n\n> All {0} will last.\n\nBen liked it.\n\n"
    text = "## Plans\n\n" + story.format("Masts") + story.format("Sails")
    assert sections(text) == [("Plans", "Masts are mended"), ("Plans", "Sails are mended")]
    assert "Ben liked it" in read(text).items[0].text


def test_a_line_that_stories_with_a_link_share_does_not_say_that_there_is_nothing():
    story = "### {0}\n\nShort words about number {1} and nothing else.\n\n[Article](https://a.example/{1})\n\n"
    text = "## News\n\n" + "".join(story.format(name, n) for n, name in enumerate(("Mast", "Sail", "Rope")))
    assert titles(text) == ["Mast", "Sail", "Rope"]
    empty = "### {0}\n\nNo {0} of note this week.\n\n"
    text += "## Lists\n\n" + "".join(map(empty.format, ("boats", "piers", "knots")))
    assert titles(text) == ["Mast", "Sail", "Rope"]


def test_rows_of_linked_pictures_are_no_stories():
    table = "| Old | New |\n|-|-|\n| [![](a.png)](https://a.example/{0}) | [![](b.png)](https://b.example/{0}) |\n\n"
    entries = "- [Lines](https://l.example) are smooth now.\n\n{}- [Curves](https://c.example) are smooth, too.\n\n{}"
    text = "## Drawn\n\n" + entries.format(table.format(1), table.format(2))
    assert titles(text) == ["Lines are smooth now", "Curves are smooth, too"]


def test_links_without_a_word_have_no_title():
    rows = "".join(f"| [](https://a.example/{n}) | [![](b.png)](https://b.example/{n}) | . |\n" for n in range(2))
    assert read(f"## Rows\n\n| | | |\n|---|---|---|\n{rows}| x [](https://c.example) | | |\n").items


def test_a_folded_exhibit_is_part_of_the_story_around_it():
    output = "<details>\n<summary>Output</summary>\n\n```\nmast: set\n```\n\n</details>\n\n"
    text = (
        f"## Masts\n\nThey can be set by a command now.\n\n{output}More are to come.\n\n## Sails\n\nThey are white.\n"
    )
    assert titles(text) == ["Masts", "Sails"]
    assert "Output" in read(text).items[0].text
    assert "More are to come" in read(text).items[0].text


def test_lists_of_the_same_fields_describe_what_their_headings_name():
    card = (
        "## {0}\n\n- **Page**: [https://{0}.example](https://{0}.example)\n- **Ranked**:\n"
        "  - [by day](https://r.example/{0}/1)\n  - [by week](https://r.example/{0}/7)\n"
        "- **Built of**: [the wood of a {0}](https://w.example/{0})\n- **Why**: it {0}s at [sea](https://s.example/{0})\n\n"
    )
    text = "".join(map(card.format, ("sail", "row", "drift")))
    assert titles(text) == ["sail", "row", "drift"]
    # what says the same below each is the newsletter's own, and an address is no field
    links = "- Masts of {0} https://m.example/{0}\n- Sails of {0} https://s.example/{0}\n\n"
    own = "- Edited: Ann\n- Write: https://w.example\n- Jobs: https://j.example\n\n"
    days = "".join(f"## Day {day}\n\n{links.format(day)}{own}" for day in "abc")
    assert "Write" in titles(days)


def test_prose_that_announces_its_list_is_told_where_the_headings_beside_it_tell():
    story = "## {0}\n\nIt is told here what {0} are, and for whom they were made.\n\nhttps://{0}.example\n\n"
    told = "".join(map(story.format, ("masts", "sails", "ropes", "knots")))
    links = "- [Set it up](https://p.example/1)\n- [Take it in](https://p.example/2)\n"
    one = f"## Piers\n\nA pier is a way to walk on water without a boat. See these plans:\n\n{links}"
    assert titles(told + one)[-1] == "Piers"
    several = f"## Ports\n\nThe port of Ulm is open now:\n\n{links}\nAnd these two ports will follow soon:\n\n{links}"
    assert titles(told + several)[-1] == "Ports"
    label = f"## More\n\nPorts:\n\n{links}\nPiers:\n\n{links}"
    assert titles(told + label)[-1] == "Take it in"


def test_a_single_source_between_prose_is_the_stories_own():
    text = "## Test of masts\n\nIt is there now:\n\n- [feat: masts that are tested #12](https://m.example/12)\n\n"
    text += "Whoever sets a mast can compare it with the one that stood there before, and see at once what bends.\n"
    assert titles(text) == ["Test of masts"]
    alone = "## Sails\n\n- [One](https://s.example/1) - white\n- [Two](https://s.example/2) - red\n\n"
    events = "## Events\n\n- We plan the [regatta of Ulm](https://r.example)\n\nThis was put right later by Ann.\n"
    assert sections(alone + events)[2] == ("Events", "We plan the regatta of Ulm")


def test_entries_without_a_link_above_entries_of_their_own_are_read_like_the_lists_beside_them():
    linked = (
        "## Read\n\n- [Masts](https://m.example)\n  - They stand.\n- [Sails](https://s.example)\n  - They hang.\n\n"
    )
    learnt = "## Learnt\n\n- Ropes are not counted\n  - By nobody.\n- Knots\n  - There are three.\n  - All hold.\n"
    assert sections(linked + learnt)[2:] == [("Learnt", "Ropes are not counted"), ("Learnt", "Knots")]
    assert titles(learnt) == ["Learnt"]


def test_nested_entries_below_a_quotation_go_on_with_the_entry_above_it():
    text = (
        "## Read\n\n* [Masts](https://m.example)\n\n  + Well said.\n\n> They stand.\n\n* + It is true.\n"
        "* [Sails](https://s.example)\n\n  + They hang.\n"
    )
    assert titles(text) == ["Masts", "Sails"]
    assert "It is true" in read(text).items[0].text


def test_a_line_that_announces_a_list_ends_the_section_of_the_list_above_it():
    text = (
        "**Masts**\n\n{}\nWhat I want to tell of besides, and at some length, is the following, as it was told:\n\n{}"
    )
    links = "- [{0} one](https://a.example/{0}/1)\n- [{0} two](https://a.example/{0}/2)\n"
    text = f"## News\n\n{text.format(links.format('Tall'), links.format('Other'))}"
    assert sections(text)[1:3] == [("News", "Masts", "Tall two"), ("News", "Other one")]


@pytest.mark.parametrize(
    "end",
    [
        "## Thank you!\n\nTo everybody who asked, answered, and made the yard a place to be over the last month.\n",
        "## Builders\n\nMany people set this mast. We could not have done it alone. [Thanks!](https://t.example)\n",
        (
            "---\n\n[Leave a word](https://c.example/word)\n\n[Share the Yard](https://c.example/share)\n\n"
            "Thanks for reading the Yard! Subscribe for free.\n"
        ),
        "---\n\nFrom 小组 @Ann\n\n独立日报订阅地址：\n\n- [Telegram](https://t.example)\n- [GitHub](https://g.example)\n",
    ],
)
def test_how_issues_end(end: str):
    told = (
        "## Mast\n\nIt was [set](https://m.example/1).\n\n## Sail\n\nIt was cut from [cloth](https://m.example/2).\n\n"
    )
    issue = read(told + end)
    assert [item.title for item in issue.items] == ["Mast", "Sail"]
    assert issue.items[-1].text == "It was cut from cloth."


def test_lists_of_particulars_below_a_longer_text_belong_to_it():
    told = "We tell the builders of masts what a mast costs, and how to ask for one that lasts, in an hour. " * 6
    lists = "## Speakers\n\n* Ann, Ulm\n* Ben, Kiel\n\n## When\n\n* 5 May\n* at ten\n\n[Come](https://c.example)\n"
    assert titles(f"---\ntitle: Masts for all\n---\n\n{told}\n\n{lists}") == ["Masts for all"]
    assert len(titles(f"---\ntitle: Masts for all\n---\n\nShort.\n\n{lists}")) == 2


def test_a_short_link_in_square_brackets_is_no_part_of_a_title():
    text = "## Talks\n\n- Masts [[irc](https://i.example/1)]\n- How to set sails [[irc](https://i.example/2)].\n"
    assert titles(text) == ["Masts", "How to set sails"]


def test_what_is_said_below_an_address_is_its_title_and_not_said_again():
    text = "## Shelf\n\n- https://a.example\n  - Ties knots\n- https://b.example\n  - Cuts rope.\n  - Dries it\n"
    assert [(item.title, item.text) for item in read(text).items] == [("Ties knots", ""), ("Cuts rope", "• Dries it")]

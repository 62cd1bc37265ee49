"""How people write, kind by kind: what an editor would have made of each, in texts of our own."""

from __future__ import annotations

import pytest

from digest.model import Issue, ReadOptions
from digest.reading import read_issues


def read(text: str, name: str = "issue.md") -> Issue:
    return read_issues(text.encode(), name, ReadOptions(site_url="https://site.example"))[0]


def sectioned(text: str) -> list[tuple[str, ...]]:
    return [(*item.section, item.title) for item in read(text).items]


def rules(text: str) -> set[str]:
    return {one.rule for one in read(text).left_out}


def urls(text: str) -> list[list[str]]:
    return [[link.url.removeprefix("https://") for link in item.links] for item in read(text).items]


# -- what returns in every section


@pytest.mark.parametrize("labels", [("Redaktion", "Archiv", "Abo"), ("编辑", "归档", "订阅"), ("Kite", "Mast", "Sail")])
def test_a_list_that_returns_in_every_section_is_no_story_whatever_its_labels(labels: tuple[str, str, str]):
    one, two, three = labels
    text = "".join(
        f"## Day {day}\n\n1. Wind {day} https://w.example/{day}\n2. Rain {day} https://r.example/{day}\n\n"
        f"* {one}: Ann\n* {two}: https://site.example/old/{day}\n* {three}: https://site.example/get\n\n"
        for day in (1, 2)
    )
    assert [item.title for item in read(text).items] == ["Wind 1", "Rain 1", "Wind 2", "Rain 2"]
    assert rules(text) == {"recurring-list"}


def test_a_list_that_returns_as_the_only_one_of_its_stories_stays():
    text = "".join(
        f"## Boat {n}\n\nIt sails.\n\n- Price: {n} crowns\n- Yard: https://y.example/{n}\n\n" for n in (1, 2)
    )
    assert urls(text) == [["y.example/1"], ["y.example/2"]]


def test_a_line_that_names_people_in_every_section_is_no_story():
    text = "".join(
        f"### [`knot{n}`](https://git.example/knot{n})\n\nKept by [@ann](https://git.example/ann)\n\n"
        "This month we merged:\n\n"
        f"- [Fix loop {n}](https://git.example/{n}/1)\n- [Name {n}](https://git.example/{n}/2)\n\n"
        f"Thanks go to [@bo](https://git.example/bo)!\n\n"
        for n in (1, 2)
    )
    titles = [f"{name} {n}" for n in (1, 2) for name in ("Fix loop", "Name")]
    assert [item.title for item in read(text).items] == titles
    assert "credit" in rules(text)


# -- a story's own links


def test_links_that_only_say_where_they_lead_belong_to_the_story_above():
    text = (
        "## Kites\n\n### redtail\n\nFlies by itself.\n\n"
        "- [forum](https://f.example/r)\n- [src](https://g.example/r)\n\n"
        "### swift\n\nFolds flat.\n\n- [src](https://g.example/s)\n"
    )
    assert sectioned(text) == [("Kites", "redtail"), ("Kites", "swift")]
    assert urls(text) == [["f.example/r", "g.example/r"], ["g.example/s"]]


def test_a_list_of_clauses_belongs_to_the_sentence_above():
    text = (
        "## Karten\n\n### Wege\n\nDas Amt hat gebracht:\n\n- einen [Plan](https://a.example),\n"
        "- zwei [Listen](https://b.example),\n- und ein [Archiv](https://c.example).\n\n### Flüsse\n\n"
        "Sie [fließen](https://d.example).\n"
    )
    assert sectioned(text) == [("Karten", "Wege"), ("Karten", "Flüsse")]


def test_labelled_links_above_a_story_are_its_own():
    text = (
        "## Mast\n\nLink: [Mast maker](https://a.example)\n\nDemo: [A mast](https://b.example)\n\n"
        + "It is tall. " * 20
    )
    assert urls(text) == [["a.example", "b.example"]]


def test_a_paragraph_below_a_list_with_a_link_of_its_own_is_a_story():
    text = (
        "## Reads\n\nLetters:\n\n- [Wind in May](https://a.example)\n- [Rain in June](https://b.example)\n\n"
        "Yard post: Ann's [notes on ropes](https://c.example)\n"
    )
    assert urls(text) == [["a.example"], ["b.example"], ["c.example"]]


def test_a_list_below_a_story_told_in_prose_belongs_to_it_as_the_stories_beside_it_show():
    text = "".join(
        f"## Boat {n} was launched\n\nIt took [Ann](https://a.example) a year. {'It floats. ' * 9}\n\n"
        for n in range(3)
    )
    text += (
        "## The yard looks ahead\n\nAnn wrote down [what she expects](https://w.example) of the year.\n\n"
        "- [More wind](https://w.example/1)\n- [Less rain](https://w.example/2)\n"
    )
    assert [item.title for item in read(text).items][-1] == "The yard looks ahead"


def test_a_list_is_read_like_the_lists_of_the_other_sections_whatever_the_number_of_its_links():
    text = (
        "## Done\n\n- Ann finished [the mast](https://m.example).\n- Bo painted [the hull](https://h.example) red.\n\n"
        "## Under way\n\n- Cy began to sew the sails of the old boat.\n- Di is at work on the ropes, too.\n"
        "- Ed builds a crane for the yard. [Plan](https://e.example)\n- Flo is at the harbour again. [Log](https://f.example)\n"
    )
    assert len(read(text).items) == 6


def test_a_table_of_figures_belongs_to_the_prose_above():
    text = (
        "## Ropes\n\nThe [club](https://c.example) counts its ropes.\n\n| Kind | Count |\n| --- | --- |\n"
        "| [Hemp](https://h.example) | 14 |\n| [Flax](https://f.example) | 9 |\n"
    )
    assert [item.title for item in read(text).items] == ["Ropes"]


def test_text_and_code_below_each_list_of_one_entry_tell_of_that_entry():
    told = {"Ducks": "Worth a look", "Geese": "```\nhonk()\n```", "Swans": "Skip it", "Coots": "Fun"}
    lists = [f"- [{name} swim](https://w.example/{name})\n\n{comment}\n" for name, comment in told.items()]
    lists.insert(2, "- [Teals](https://w.example/Teals) and their young\n\nMore at https://g.example/5\n")
    text = "# Issue 3\n\n## Articles\n\n" + "\n".join(lists)
    names = ["Ducks swim", "Geese swim", "Teals and their young", "Swans swim", "Coots swim"]
    assert sectioned(text) == [("Articles", name) for name in names]
    assert urls(text)[2] == ["w.example/Teals", "g.example/5"]
    assert [item.text for item in read(text).items][-2:] == ["Skip it", "Fun"]


def test_addresses_alone_are_a_story_each():
    text = "## From the yard\n\nThese are new:\n\nhttps://a.example/one\n\nhttps://a.example/two\n"
    assert urls(text) == [["a.example/one"], ["a.example/two"]]


def test_a_story_that_leads_on_keeps_its_prose_and_its_link_above_further_links():
    text = "## Storm\n\nThe mast broke. [Read it](https://a.example)\n\n- [one](https://b.example)\n- [two](https://c.example)\n"
    assert urls(text) == [["a.example", "b.example", "c.example"]]
    assert "The mast broke" in read(text).items[0].text


@pytest.mark.parametrize("head", ["", "---\ntitle: Boats\n---\n\n", "---\ntitle: 'Boats\n---\n\n"])
def test_an_issue_of_one_story_is_one_item_however_short(head: str):
    issue = read(f"{head}# Boats\n\nThe boat is [out](https://a.example).\n")
    assert [(item.title, len(item.links)) for item in issue.items] == [("Boats", 1)]


# -- what is right below a heading


def test_a_sub_heading_that_names_the_author_leaves_the_story_to_its_heading():
    text = "".join(f"## Boat {n}\n\n#### By: Ann {n}\n\nA [boat](https://b.example/{n}) of oak.\n\n" for n in (1, 2, 3))
    assert sectioned(text) == [("Boat 1",), ("Boat 2",), ("Boat 3",)]


def test_a_line_with_the_day_leaves_the_story_to_its_linked_heading():
    text = "# Meetings\n\nThree of them, see the [calendar](https://c.example).\n\n"
    for n in (3, 4, 5):
        text += f"### [Evening {n}](https://e.example/{n})\n**Tuesday {n}th May, 18:00, Bremen**\n\nTalks on ropes.\n\n"
    text += "# Training\n\nThe [course on sails](https://t.example) is open again.\n"
    evenings = [("Meetings", f"Evening {n}") for n in (3, 4, 5)]
    assert sectioned(text) == [*evenings, ("Training", "The course on sails is open again")]


def test_sub_headings_of_a_linked_story_are_sides_of_it():
    text = (
        "## [Tern](https://t.example)\n\n### A quiet engine\n\nBuilt on [oar](https://o.example).\n\n"
        "### Kind to your back\n\n"
        "- No lifting.\n- A [seat](https://s.example) of cork.\n\n## [Gull](https://g.example)\n\nA boat for two.\n"
    )
    assert sectioned(text) == [("Tern",), ("Gull",)]


def test_paragraphs_below_a_linked_heading_are_its_story():
    text = "## Yards\n\nYou may [send yours](https://s.example).\n\n" + "".join(
        f"### [Yard {n}](https://y.example/{n})\n\nIt has [a crane](https://c.example/{n}).\n\n"
        f"It wants [a roof](https://r.example/{n}).\n\n"
        for n in (1, 2)
    )
    assert sectioned(text) == [("Yards", "Yard 1"), ("Yards", "Yard 2")]


def test_a_badge_below_the_issues_title_is_no_story():
    text = (
        "# 2031-04\n<img src='https://b.example/x.svg'>\n\n# Reads\n\n## [Ropes](https://r.example)\n\nA history.\n\n"
    )
    assert sectioned(f"{text}## [Knots](https://k.example)\n\nWhich one holds?\n") == [
        ("Reads", "Ropes"),
        ("Reads", "Knots"),
    ]


# -- paragraphs


def test_paragraphs_with_a_link_each_are_a_story_each():
    text = "## Seen\n\n" + "\n\n".join(
        f"[Sail {n}](https://s.example/{n}) got a new colour - by [Ann](https://a.example)" for n in range(4)
    )
    text += (
        "\n\n## Heard\n\nMasts bend in the wind - [post](https://l.example)\n\n"
        "My first boat - [post](https://m.example)\n"
    )
    assert [title for _, title in sectioned(text)][-2:] == ["Masts bend in the wind", "My first boat"]
    assert len(read(text).items) == 6


def test_also_begins_another_story_where_each_paragraph_tells_one():
    text = "# Rope roundup 9\n\n" + "\n\n".join(
        f"The yard of [Ann {n}](https://a.example/{n}) has a new crane." for n in range(4)
    )
    text += (
        "\n\nAlso, the mill has been [painted](https://m.example).\n\nAnd finally, [Bo](https://b.example) is back.\n"
    )
    assert [item.title for item in read(text).items][-2:] == [
        "Also, the mill has been painted",
        "And finally, Bo is back",
    ]


def test_headlines_in_bold_on_a_line_of_their_own_are_titles():
    text = (
        "# News\n\n***A crane for Bremen***\nIt [lifts](https://a.example).\n\n"
        "It can [swim](https://b.example).\n\n***Ropes***\nThey [hold](https://c.example).\n"
    )
    assert [item.title for item in read(text).items] == ["A crane for Bremen", "Ropes"]


def test_numbers_within_a_story_open_no_stories():
    text = "".join(
        f"## Boat {n}\nhttps://b.example/{n}\n\nIt was launched.\n\n1、It is fast.\n\n2、It is dry.\n\n3、So.\n\n"
        for n in (1, 2)
    )
    assert [item.title for item in read(text).items] == ["Boat 1", "Boat 2"]


# -- titles


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        (
            '"It will be late..." [Part two comes in May](https://a.example)',
            '"It will be late..." Part two comes in May',
        ),
        (
            "From “Ahoy!” to “Land!”: [Every call at sea](https://a.example)",
            "From “Ahoy!” to “Land!”: Every call at sea",
        ),
        ("船会飞了？--谈谈风 https://a.example", "船会飞了？--谈谈风"),
        ("**Agreed: [A rope for all](https://a.example) 🎉**\n\n  It was agreed.", "A rope for all"),
        ("New: [A calm harbour](https://a.example) by [Ann](https://b.example).", "A calm harbour"),
        ("Ann Bo: [How masts bend](https://a.example) — a study of wood", "Ann Bo: How masts bend"),
        (
            "[Ann Bo](https://a.example), who builds boats, has [moved](https://b.example).",
            "Ann Bo, who builds boats, has moved",
        ),
        (
            "Sailing school\n  If you come, see the [plan](https://a.example) for the whole of the summer.",
            "Sailing school",
        ),
        ("**Breaking:** Knots are [tied](https://a.example) from the left", "Breaking: Knots are tied from the left"),
        ("[Reef](https://a.example) The sail that ties itself.", "Reef"),
        ("[Knoten](https://a.example) Die Leine hält jetzt auch bei Sturm.", "Knoten"),
        (
            "[Harbour](https://a.example) Authority has [moved](https://b.example) to Kiel",
            "Harbour Authority has moved to Kiel",
        ),
        ("Use of `try?`, and why [it bends](https://a.example)", "Use of try?, and why it bends"),
    ],
)
def test_the_headline_of_an_entry(entry: str, title: str):
    assert read(f"## Things\n\n- {entry}\n- [Other](https://o.example)\n").items[0].title == title


def test_a_label_on_a_line_of_its_own_is_not_the_headline():
    text = "## 日报\n\n1. 风 https://a.example/1\n2. 雨 https://a.example/2\n\n预告：\n春天的船会来了！ https://c.example\n"
    assert read(text).items[-1].title == "春天的船会来了！"


# -- nothing is dropped without a word


@pytest.mark.parametrize("entry", ["[No twin knots](https://a.example) helps you not to tie what is already tied"])
def test_a_story_that_is_called_no_something_is_a_story(entry: str):
    assert len(read(f"## Tools\n\n- [Loop](https://l.example) ties.\n- {entry}.\n").items) == 2


def test_a_section_that_says_that_there_is_nothing_and_asks_for_more_is_no_story():
    text = "## Thanks\n\n* No thanks this week. Want to thank somebody for a good boat? Tag them in the harbour.\n"
    assert sectioned(STORIES + text) == [("Tern",), ("Gull",)]


def test_nothing_new_is_a_story_where_its_heading_leads_somewhere():
    text = (
        "## Tools\n\n### [Loop 5](https://l.example)\n\nNothing new, but half the weight.\n\n"
        "### [Tie](https://t.example)\n\nIt ties.\n"
    )
    assert sectioned(text) == [("Tools", "Loop 5"), ("Tools", "Tie")]


# -- how an issue takes leave

STORIES = "## [Tern](https://t.example)\n\nA boat for two.\n\n## [Gull](https://g.example)\n\nA boat for one.\n\n"


@pytest.mark.parametrize(
    "closing",
    [
        "----\n\n## Shall your boat stand here in May?\n\n[Do this](https://d.example) to be in the next letter.\n",
        (
            "## Support the Rope Trust\n\n"
            "Rope Trust pays for two people. You can give to it at [OpenChest](https://o.example).\n\n"
            "Our thanks go to everybody who does.\n"
        ),
        (
            "# This page\n\n"
            "[Change it](https://g.example/1) | [Copy it](https://g.example/2) | [Fetch it](https://g.example/3)\n"
        ),
        (
            "## Podcast\n\n"
            "Hear us each Friday!\n[Website](https://p.example) \\|\n[RSS](https://p.example/r) \\|\n[Spotify](https://s.example)\n"
        ),
        ("Is there a boat that you want to know of? Tell [us](https://a.example/ask) and wait for the next letter.\n"),
        "*Did I overlook a boat? Tell me in the harbour*\n",
        "If you like what you read, here is how to help:\n\n- Come to [the yard](https://y.example)\n- Write to [Ann](https://a.example)\n",
        "Thanks again to all who mended a boat, and to those whose gifts paid for the tar!\n",
        "Thanks, and see you next week! If you have news of a boat, drop us a line in the [harbour](https://h.example)!\n",
        "[Suggest a boat]({{ site.url }}boats/){: .button }\n",
        '!!! info "From a reader"\n    Bo sent us this by the [form](https://f.example). Thank you!\n',
        (
            "## [#boats](https://b.example/tag)\n\n"
            "Would you like to write about boats? Come to the [harbour](https://h.example) or call us.\n"
        ),
    ],
)
def test_what_asks_or_takes_leave_is_no_story(closing: str):
    assert sectioned(STORIES + closing) == [("Tern",), ("Gull",)]
    assert urls(STORIES + closing) == [["t.example"], ["g.example"]]


def test_the_last_words_above_the_farewell_are_no_part_of_the_last_story():
    text = (
        "## Short\n\n**Wind.** It [blows](https://a.example).\n\n"
        "**Rain.** It [falls](https://b.example).\n\nThere is much more below.\n\nUntil next time...\n"
    )
    assert [item.text for item in read(text).items] == ["It blows.", "It falls."]


def test_a_line_alone_behind_the_last_separator_is_no_part_of_the_last_story():
    text = "## Kites\n\n" + "".join(
        f"### Kite {n}\n\nIt flies [far](https://k.example/{n}).\n\n---\n\n" for n in (1, 2, 3)
    )
    assert read(f"{text}The next letter comes on the 3rd of May!\n").items[-1].text == "It flies far."


def test_the_opening_of_a_recording_is_no_story():
    text = (
        "- Начало - *00:00:00*.\n- [Паруса](https://a.example) - *00:04:10*.\n"
        "- [Мачты](https://b.example) - *00:20:58*.\n- [Канаты](https://c.example) - *00:33:11*.\n"
    )
    assert [item.title for item in read(text).items] == ["Паруса", "Мачты", "Канаты"]


def test_an_entry_that_is_paid_for_is_no_story_whatever_stands_below_it():
    text = (
        "## Jobs\n\n- [Rope maker](https://a.example) (ad)\n  > We look for one.\n- [Sail maker](https://b.example)\n"
    )
    assert sectioned(text) == [("Jobs", "Sail maker")]


def test_a_heading_below_a_list_of_stories_is_not_the_issues_title():
    text = (
        "Hello.\n\n"
        + "".join(f"- [Boat {n}](https://b.example/{n})\n" for n in range(5))
        + "\n## Knot of the week\n\nIt is [the hitch](https://k.example).\n"
    )
    assert sectioned(text)[-1] == ("Knot of the week",)


def test_a_template_call_with_braces_within_does_not_show():
    text = (
        "{{ page.mark({ ref: 'one' }) | safe }}\nThe yard has [a crane](https://c.example).\n\n"
        "{{ page.mark({ ref: 'two' }) | safe }}\nIt has [a roof](https://r.example).\n"
    )
    assert "mark" not in str(read(text))


# -- how an issue ends


def test_prose_with_links_to_people_below_each_heading_is_one_story_each():
    told = "[Ann](https://chat.example/ann) met [Bo](https://chat.example/bo) at the yard.\n\nThey spoke of wind.\n\n"
    more = "She also saw [Cy](https://chat.example/cy) there.\n\nThe mast was late.\n\n"
    text = "".join(f"## {name}\n\n{told}{more}" for name in ("Yard", "Mast", "Sails", "Crew"))
    assert sectioned(text) == [("Yard",), ("Mast",), ("Sails",), ("Crew",)]


THREE_KITES = "".join(f"## Kite {n}\n\nIt flies [far](https://k.example/{n}) and long.\n\n" for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("ending", "rule"),
    [
        (
            "## Wrapping up\n\nThat's all for this week. [More](https://a.example) changed.\n\nYou up for it?\n",
            "closing-words",
        ),
        ("## Help build the newsletter\n\nIt is made [here](https://a.example).\n", "about-the-newsletter"),
        (
            "## Licencia\n\nEl presente boletín se publica bajo una [licencia](https://cc.example).\n",
            "about-the-newsletter",
        ),
        ("## 关于本栏目\n\n每天精选风筝 · [首页](https://a.example)\n", "about-the-newsletter"),
        (
            "## Difunda\n\n- [A](https://one.example/@kites)\n- [B](https://two.example/kites/)\n- [C](https://c.example/kites)\n",
            "accounts",
        ),
        ("---\n\nFinally, come to [the yard](https://y.example)!\n\nSo much for kites.\n", "footer"),
        ("Ask away.\n\nSome [more](https://a.example) flew. See you next week!\n", "closing-words"),
        ("## Questions\n\n[ask@kites.example](mailto:ask@kites.example)\n", "nothing-left"),
    ],
)
def test_an_ending_is_no_story_by_where_it_stands_and_what_it_speaks_of(ending: str, rule: str):
    issue = read(THREE_KITES + ending)
    assert [item.title for item in issue.items] == ["Kite 1", "Kite 2", "Kite 3"]
    assert "yard" not in issue.items[-1].text
    assert "See you" not in issue.items[-1].text
    assert rule in {one.rule for one in issue.left_out}


@pytest.mark.parametrize(
    ("section", "last"),
    [
        ("Did you know?\n\nIn no order:\n\n- Kites fly\n- Boats swim\n\nThank you for reading!\n", "Did you know?"),
        (
            "Le saviez-vous ?\n\n- Les [cerfs-volants](https://c.example) volent très haut\n",
            "Les cerfs-volants volent très haut",
        ),
    ],
)
def test_a_list_that_answers_the_last_heading_is_told(section: str, last: str):
    assert read(f"{THREE_KITES}## {section}").items[-1].title == last


def test_the_only_paragraph_of_an_issue_is_its_story_whatever_it_speaks_of():
    text = "---\ntitle: Kite Lines 31.0 released\n---\n\nKite Lines 31.0 can be [had](https://k.example/31).\n"
    assert [item.title for item in read(text).items] == ["Kite Lines 31.0 released"]


def test_lists_of_places_with_nothing_in_common_at_the_end_are_stories():
    text = THREE_KITES + "## Fairs\n\n- [Kite Fair](https://fair.example/a)\n- [Wind Day](https://day.example/b)\n"
    assert [item.title for item in read(text).items][3:] == ["Kite Fair", "Wind Day"]


def test_a_line_of_one_form_in_several_sections_reports_nothing_in_any_language():
    text = "".join(f"## {name}\n\n- Ez dago {name} berririk aste honetan.\n\n" for name in ("haize", "euri", "elur"))
    assert [item.title for item in read(THREE_KITES + text).items] == ["Kite 1", "Kite 2", "Kite 3"]


# -- what belongs together


def test_headings_in_bold_without_links_below_a_story_are_its_sides():
    text = (
        "## Boats\n\n- [A](https://a.example) sails\n- [B](https://b.example) sails\n\n"
        "## Crew wanted\n\nWe look for a crew.\n\n**Duties**\n\n- Row\n- Sing\n\n**Pay**\n\n- Fish\n"
    )
    assert sectioned(text)[-1] == ("Crew wanted",)


def test_a_few_bare_names_below_linked_prose_belong_to_it():
    text = (
        "## Boats\n\n- [Ark](https://a.example) sails\n- [Bark](https://b.example) sails\n\n"
        "## Hosting\n\nThe club keeps [money](https://m.example) for others. Ask for it [here](https://h.example). "
        "These are kept now:\n\n- [Sail Co-op](https://s.example)\n- [Mast](https://t.example)\n"
    )
    assert sectioned(text)[-1] == ("Hosting",)


def test_a_title_in_italics_with_its_colon_is_a_title():
    text = "## For and against\n\n" + "".join(
        f"- *{side} the bridge:* Ann [wrote](https://{n}.example) that it is long and costly to keep for all of us.\n"
        for n, side in enumerate(("For", "Against"))
    )
    assert [item.title for item in read(text).items] == ["For the bridge", "Against the bridge"]


def test_an_empty_entry_does_not_make_a_list_sparse():
    text = "## News\n\n- A yard has a new crane: https://c.example\n-\n\n## Boats\n\n- [Ark](https://a.example)\n"
    assert sectioned(text) == [("News", "A yard has a new crane"), ("Boats", "Ark")]


def test_a_hard_space_behind_the_marks_makes_a_heading():
    sails = "* Sails.\n  - [Jib](https://j.example) set\n  - [Spanker](https://s.example) set\n\n"
    text = f"{sails}##\u00a0New crew\n\nAnn joined.\n"
    assert ("New crew",) in sectioned(text)


def test_a_byline_heading_is_known_by_the_beginning_of_its_label():
    text = "## Ark\n\n#### Author: Ann\n\nIt sails.\n\n## Bark\n\n#### Authors: Bo and Cy\n\nIt sails too.\n"
    assert sectioned(text) == [("Ark",), ("Bark",)]


# -- numbers, remarks and labels around titles


@pytest.mark.parametrize("title", ["Hosts", "Our guests", "Unsere Gäste", "Invités"])
def test_a_list_of_those_who_speak_is_one_story(title: str):
    people = (
        "- [Ann](https://p.example/ann), sailor at [Yard](https://y.example)\n- [Bo](https://p.example/bo), of Kiel\n"
    )
    text = f"## {title}\n\n{people}\n## Reads\n\n- [Knots](https://k.example)\n- [Winds](https://w.example)\n"
    assert sectioned(text) == [(title,), ("Reads", "Knots"), ("Reads", "Winds")]


def test_a_number_in_parts_before_a_chinese_name_is_no_part_of_it():
    boats = "## 一、船只\n\n### 1.1 风\n\n- [甲](https://a.example)\n- [乙](https://b.example)\n\n"
    assert sectioned(f"{boats}## 二、段子\n\n- 一个笑话\n") == [("船只", "风", "甲"), ("船只", "风", "乙"), ("段子",)]


def test_a_day_before_and_a_remark_behind_an_address_are_no_part_of_the_title():
    text = "## Tools\n\n" + "".join(
        f"* [ 21043{n} ] {name} <https://{n}.example> [ from Ann ]\n" for n, name in enumerate(("Sails", "Masts"))
    )
    assert [path[-1] for path in sectioned(text)] == ["Sails", "Masts"]


def test_a_quotation_right_below_an_entry_belongs_to_it():
    notes = ["Pine", "Oak and more oak", "Ash"]
    entries = "".join(f"- [Mast {n}](https://m.example/{n}) was raised.\n> {said}\n" for n, said in enumerate(notes))
    text = f"---\ntitle: Yard\n---\n\n## New\n\n{entries}"
    assert sectioned(text) == [("New", f"Mast {n} was raised") for n in range(3)]
    assert [item.text.splitlines()[-1] for item in read(text).items] == notes


def test_names_with_initials_in_bold_are_no_title():
    item = read("## Papers\n\n- **Ross, B.**, *Of tar.* Yard Press, 2024. [Read it.](https://t.example)\n" * 2).items[0]
    assert item.title == "Ross, B., Of tar"
    assert item.text.endswith("2024. Read it.")


def test_a_short_quotation_above_a_list_names_it():
    lists = "".join(
        f"> {name}\n\n* [{name} one](https://{name}.example/1)\n* [{name} two](https://{name}.example/2)\n\n"
        for name in ("Sails", "Masts")
    )
    assert [path[:2] for path in sectioned(f"## Tools\n\n{lists}")] == 2 * [("Tools", "Sails")] + 2 * [
        ("Tools", "Masts")
    ]


def test_a_list_at_the_end_of_all_that_was_told_before_repeats_it():
    told = "".join(f"## Boat {n}\n\nIt sails [far](https://b.example/{n}) and long.\n\n" for n in range(5))
    links = "".join(f"- Boat {n}: <https://b.example/{n}>\n" for n in range(5))
    assert sectioned(f"{told}## All links\n\n{links}") == [(f"Boat {n}",) for n in range(5)]


# -- labels, names and what is around the stories


def test_bold_words_that_return_are_labels_and_the_sentence_behind_them_is_the_title():
    text = (
        "## Harbour\n\n- **Breaking:** Masts are now checked before they are set ([#1](https://h.example/1))\n"
        "- **Breaking:** Sails need a name. Old ones get one.  ([#2](https://h.example/2))\n"
        "- The pier is open again ([#3](https://h.example/3))\n"
    )
    assert [item.title for item in read(text).items] == [
        "Breaking: Masts are now checked before they are set (#1)",
        "Breaking: Sails need a name",
        "The pier is open again (#3)",
    ]


def test_bold_words_that_stand_once_stay_titles():
    text = (
        "## Harbour\n\n- **Masts:** They are checked before they are set, see [the rules](https://h.example/1)\n"
        "- **Sails:** Old ones get a name, see [the names](https://h.example/2)\n"
    )
    assert [item.title for item in read(text).items] == ["Masts", "Sails"]


def test_paragraphs_with_bold_labels_are_the_stories_of_an_issue_without_headings_with_links_or_not():
    text = (
        "---\ntitle: Diary\n---\n\n**Rudder:** it turns both ways now. Nobody knows why.\n\n"
        "**Hull:** two planks were changed.\n\n**Hull:** the rest is [drawn](https://h.example/plan) already.\n"
    )
    assert [item.title for item in read(text).items] == [
        "Rudder: it turns both ways now",
        "Hull: two planks were changed",
        "Hull: the rest is drawn already",
    ]


def test_a_first_section_that_shares_words_with_the_issue_is_no_title():
    text = (
        '---\ntitle: "News from the yard: May"\n---\n\nHello.\n\n## News from the yard\n\n'
        "- [Kite](https://k.example/1) was painted\n- [Gull](https://k.example/2) was sold\n\n"
        "## News from the pier\n\n- [Lamp](https://k.example/3) is lit\n- [Crane](https://k.example/4) is out\n"
    )
    assert [item.section for item in read(text).items][:2] == [("News from the yard",), ("News from the yard",)]


def test_remarks_and_a_row_of_links_below_the_list_of_an_issue_are_no_stories():
    text = (
        "---\ntitle: Radio 7\n---\n\n- [Masts](https://m.example) - *00:01*\n- [Sails](https://s.example) - *00:20*\n"
        "- [Ropes](https://r.example) - *00:40*\n\n_Dieses Heft bezahlt [Werft](https://w.example)_\n\n"
        "[Ton](https://t.example/7.mp3) • [Mitschrift](https://c.example/7)\n"
    )
    assert [item.title for item in read(text).items] == ["Masts", "Sails", "Ropes"]
    assert rules(text) == {"remark-below-a-list", "navigation"}


def test_a_number_without_a_space_opens_an_entry_and_its_list_belongs_to_it():
    text = (
        "## Shelf\n\n9. [Atlas](https://a.example)\n\nAll the coasts.\n\n10.[Sheets](https://s.example)\n\n"
        "For those who learn.\n\n- Knots: https://s.example/knots\n- Flags: https://s.example/flags\n"
    )
    assert [item.title for item in read(text).items] == ["Atlas", "Sheets"]
    assert urls(text)[1] == ["s.example", "s.example/knots", "s.example/flags"]


def test_a_linked_heading_above_one_story_keeps_its_link_in_a_digest():
    digest = "".join(
        f"## {name}\n\nAnn saw [boat {n}](https://b.example/{n}) come in.\n\nBo sold [sail {n}](https://s.example/{n}).\n\n"
        for n, name in enumerate(("Pier", "Yard", "Town"))
    )
    text = f"{digest}## [Old maps](https://o.example)\n\nJo drew [the coast](https://o.example/coast) anew.\n"
    assert sectioned(text)[-1] == ("Old maps",)
    assert urls(text)[-1] == ["o.example", "o.example/coast"]


def test_two_pictures_between_paragraphs_of_one_story_are_no_gallery():
    text = (
        "## Coast\n\n### Shade\n\n![logo](https://p.example/1.png)\n\nIt shows [shade](https://s.example) on hills.\n\n"
        "![map](https://p.example/2.png)\n\nHouses are shown too.\n\nLet us see.\n\n"
        "### Wine\n\n![logo](https://p.example/3.png)\n\nA [map](https://w.example) of cellars.\n"
    )
    assert [item.title for item in read(text).items] == ["Shade", "Wine"]


def test_a_line_below_a_list_that_points_to_all_the_rest_is_no_story():
    text = (
        "## Yard\n\n- [Mast](https://m.example/1) was set\n- [Sail](https://m.example/2) was cut\n\n"
        "For all the changes, small ones included, check out the [log books](https://m.example/log).\n"
    )
    assert [item.title for item in read(text).items] == ["Mast was set", "Sail was cut"]
    assert rules(text) == {"beside-a-list"}


def test_headings_with_the_same_few_addresses_below_are_stories():
    text = "## Reading\n\n" + "".join(
        f"### What the tide {n} brought\n\n<https://t.example/{n}>\n\n<https://talk.example/{n}>\n\n" for n in range(3)
    )
    text += "### A quiet day\n\nhttps://q.example\n"
    assert sectioned(text)[0] == ("Reading", "What the tide 0 brought")
    assert urls(text) == [[f"t.example/{n}", f"talk.example/{n}"] for n in range(3)] + [["q.example"]]


def test_a_section_with_several_addresses_beside_such_with_one_is_a_reading_list():
    text = (
        "## Sail away\n\nhttps://a.example/1\n\n## Mine\n\nhttps://a.example/2\n\nhttps://a.example/3\n\n"
        "https://a.example/4\n\n## Come back\n\nhttps://a.example/5\n"
    )
    assert len(read(text).items) == 5


def test_an_essay_above_short_sections_is_the_story_of_the_issue():
    essay = "\n\n".join(
        f"The harbour has {n} piers, and each of them has a history of its own to tell." for n in range(30)
    )
    text = f"# On piers\n\n{essay}\n\n## Further reading\n\n- [Piers](https://p.example)\n"
    assert sectioned(text) == [("On piers",), ("Further reading", "Piers")]


def test_an_editorial_above_the_stories_of_an_issue_is_no_story():
    stories = "".join(
        f"## Story {n}\n\n{'It was a long day. ' * 20}[Read](https://s.example/{n})\n\n" for n in range(6)
    )
    text = f"# Letter 9\n\n{'We were busy. ' * 120}\n\n{stories}"
    assert [item.title for item in read(text).items] == [f"Story {n}" for n in range(6)]


@pytest.mark.parametrize(
    "leave",
    [
        "See you next week,",
        "That's all folks!",
        "Das war's für heute!",
        "C'est tout pour cette semaine",
        "¡Buena lectura!",
        "É isso por hoje",
        "На этом всё!",
        "下周见，",
        "今週は以上です。",
        "좋은 하루 보내세요!",
    ],
)
def test_a_name_below_how_an_issue_takes_leave_is_no_part_of_the_last_story(leave: str):
    stories = "## Masts\n\nThey are [tall](https://m.example).\n\n## Sails\n\nThey are [wide](https://s.example)."
    text = f"{stories}\n\n{leave}\n\nAnn Lee"
    assert [item.text for item in read(text).items] == ["They are tall.", "They are wide."]


def test_the_names_of_those_who_make_the_newsletter_are_no_story():
    text = (
        "## Masts\n\nThey are [tall](https://m.example).\n\n## Contributors\n\nThe editorial team:\n\n"
        "- `@ann`\n- `@bo`\n\n## Subscribe\n\nEach Sunday.\n"
    )
    assert [item.title for item in read(text).items] == ["Masts"]
    assert [item.title for item in read(text.replace("The editorial team:", "They wrote code:")).items] == [
        "Masts",
        "Contributors",
    ]


def test_a_list_that_counts_on_between_single_entries_holds_stories():
    text = (
        "## Shelf\n\n1. [Atlas](https://a.example)\n\nAll the coasts.\n\n2. [Sheets](https://s.example)\n\n"
        "3. [Charts](https://c.example)\n\nFor depth.\n\n4. [Tides](https://t.example)\n\nMade by:\n\n1. Sun\n2. Moon\n"
    )
    assert [item.title for item in read(text).items] == ["Atlas", "Sheets", "Charts", "Tides"]
    assert "For depth." in read(text).items[2].text


def test_entries_with_lists_that_are_not_indented_enough_are_stories_each():
    text = (
        "## Yard\n\n1. Masts\n  - Pine: https://p.example\n\n2. Sails\n  - Hemp: https://h.example\n\n"
        "3. Ropes\n   - Long: https://l.example\n\n4. Nets\n  - Wide: https://w.example\n"
    )
    assert sectioned(f"---\ntitle: Harbour\n---\n\n{text}") == [
        ("Yard", name) for name in ("Masts", "Sails", "Ropes", "Nets")
    ]
    assert [found[0] for found in urls(text)] == ["p.example", "h.example", "l.example", "w.example"]


@pytest.mark.parametrize(
    "older", ["[A year ago (No. 7)](../2023/issue-7.md)", "2023 [Harbour letter (no. 7): Ropes](https://h.example/7)"]
)
def test_links_to_older_issues_at_the_end_are_no_stories(older: str):
    text = (
        f"# Harbour letter (no. 59): Masts\n\n## News\n\nThey are [tall](https://m.example).\n\n## Then\n\n- {older}\n"
    )
    assert [item.title for item in read(text).items] == ["News"]
    assert "other-issues" in rules(text)


def test_numbers_of_other_newsletters_are_stories():
    text = "# Harbour letter (no. 59)\n\n## News\n\nMasts are [tall](https://m.example).\n\n## Letters\n\n"
    text += "- [Pier weekly (no. 7)](https://p.example/7)\n- [Yard notes (no. 8)](https://y.example/8)\n"
    assert [item.title for item in read(text).items][1:] == ["Pier weekly (no. 7)", "Yard notes (no. 8)"]


TAILS = [
    "Follow us:\n\n- [Mastodon](https://social.example/@pier)\n- [RSS](https://h.example/feed.xml)",
    "Where to find us:\n\n- Site: https://h.example\n- Chat: https://chat.example/pier",
    "[Website](https://h.example) · [Archive](https://h.example/old) · [Mastodon](https://m.example/@h)",
    "*Harbour weekly is written by [Ann Lee](https://ann.example) in Kiel.*",
    "This newsletter is licensed under [CC BY](https://cc.example).",
    "Previous issue: [Harbour weekly 11](https://h.example/11)",
    "_Last updated: 2024-05-01. [Edit this page](https://git.example/edit)_",
    "Vous aimez cette lettre ? [Partagez-la](https://h.example/p) ou [soutenez-nous](https://h.example/s).",
    "Gostou? [Compartilhe](https://h.example/c) com um amigo e [assine](https://h.example/s).",
    "感想は[フォーム](https://form.example)からお送りください。",
    "关注公众号「港口」，获取往期：[目录](https://h.example/wq)",
]


@pytest.mark.parametrize("tail", TAILS)
def test_what_an_issue_closes_with_is_no_story_and_part_of_none(tail: str):
    lists = "## News\n\n- [Mast set](https://m.example/1)\n- [Sail cut](https://m.example/2)\n- [Rope sold](https://m.example/3)"
    told = "## Mast\n\nIt was [set](https://m.example/1).\n\n## Sail\n\nIt was cut from [cloth](https://m.example/2)."
    above = "# Harbour weekly 12\n\n"
    assert [item.title for item in read(f"{above}{lists}\n\n{tail}\n").items] == ["Mast set", "Sail cut", "Rope sold"]
    assert [item.text for item in read(f"{above}{told}\n\n{tail}\n").items] == ["It was set.", "It was cut from cloth."]


def test_a_last_story_with_a_row_of_pages_is_no_list_of_accounts():
    text = (
        "# Harbour weekly 12\n\n## Mast\n\nIt was [set](https://m.example/1).\n\n## Sail\n\nBo cut [it](https://s.example/2).\n\n"
        "[← Issue 11](issue-11.md) | [Issue 13 →](issue-13.md)\n"
    )
    assert [item.title for item in read(text).items] == ["Mast", "Sail"]


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ("Old masts in Kiel ([source](https://u.example))", "Old masts in Kiel"),
        ("Kite 2.0 ([release notes](https://u.example), [download](https://v.example))", "Kite 2.0"),
        ("Kite: ties knots [[GitHub](https://u.example)]", "Kite: ties knots"),
        ("Fix the mast ([#123](https://u.example))", "Fix the mast (#123)"),
        ("Masts of Kiel ([drawn by Ann](https://u.example))", "Masts of Kiel (drawn by Ann)"),
        ("[v1.2.3](https://u.example): masts can be named", "v1.2.3: masts can be named"),
        ("<https://u.example> Old masts in Kiel", "Old masts in Kiel"),
        ("NEW! [Old masts](https://u.example)", "Old masts"),
        ("[Old masts](https://u.example) ⭐ 1.2k", "Old masts"),
    ],
)
def test_a_title_leaves_out_what_stands_around_the_headline(entry: str, title: str):
    text = f"## Shelf\n\n- [First](https://f.example)\n- {entry}\n- [Last](https://l.example)\n"
    assert [item.title for item in read(text).items] == ["First", title, "Last"]
    assert "u.example" in urls(text)[1]


@pytest.mark.parametrize(
    "sponsor",
    [
        "**Sponsored by [Ropes](https://ropes.example)** – the best ropes.",
        "Gesponsert von [Seil](https://ropes.example).",
        "Спонсор выпуска — [Канат](https://ropes.example).",
        "本期由[缆绳](https://ropes.example)赞助。",
    ],
)
def test_a_sponsor_between_stories_is_none_and_changes_none(sponsor: str):
    text = (
        "## Mast set\n\nIt is [set](https://m.example/1) now.\n\n## Sail cut\n\nBo [cut](https://m.example/2) it.\n\n"
        f"---\n\n{sponsor}\n\n---\n\n## Rope sold\n\nThe [rope](https://m.example/3) went for ten crowns.\n"
    )
    assert [item.title for item in read(text).items] == ["Mast set", "Sail cut", "Rope sold"]


def test_a_line_in_bold_above_text_and_an_address_is_the_headline():
    text = "## News\n\n**Mast set**\nBo did it.\n<https://m.example/1>\n\n**Sail cut**\nOld cloth.\n<https://m.example/2>\n"
    assert [item.title for item in read(text).items] == ["Mast set", "Sail cut"]


# -- names that return, lists that are announced, stories of one paragraph


def test_headings_with_a_paragraph_each_are_stories_though_some_have_several():
    text = (
        "## Snapshot\n\n### Kiel builds a pier\n\nThe town [said so](https://k.example/1).\n\n"
        "It [costs](https://k.example/2) much.\n\nAnd [two more](https://k.example/3) follow.\n\n"
        "### Old rope is sold\n\nA [buyer](https://r.example) came.\n\n"
        "### New masts at last\n\nThey [came](https://m.example) by rail.\n\n### Sails cut by hand\n\nBy [Bo](https://s.example).\n"
    )
    assert [item.title for item in read(text).items] == [
        "Kiel builds a pier",
        "Old rope is sold",
        "New masts at last",
        "Sails cut by hand",
    ]


def test_a_list_of_the_names_of_headings_is_a_table_of_contents_whatever_it_is_called():
    text = (
        "## At the pier\n\n- Masts [of pine](https://m.example)\n- Sails of cloth\n- Ropes of grass ⚓\n- and more\n\n"
        "## [Masts of pine](https://m.example)\n\nTall.\n\n## [Sails of cloth](https://s.example)\n\nWide.\n\n"
        "## [Ropes of grass](https://r.example)\n\nLong.\n"
    )
    assert [item.title for item in read(text).items] == ["Masts of pine", "Sails of cloth", "Ropes of grass"]


def test_a_linked_heading_whose_prose_announces_a_list_holds_its_stories():
    text = (
        "## [Masts](https://m.example)\n\nTall.\n\n## [Sails](https://s.example)\n\nWide.\n\n"
        "## Tools [from the list](https://list.example)\n\nThe list grows. Three of them are outlined below.\n\n"
        "- [Kite](https://k.example) - ties\n- [Gull](https://g.example) - cuts\n- [Tern](https://t.example) - sews\n"
    )
    assert [item.title for item in read(text).items] == ["Masts", "Sails", "Kite", "Gull", "Tern"]


def test_a_title_that_the_head_gives_may_stand_at_any_level():
    text = (
        "---\ntitle: Friday links\n---\n\n### Friday links\n\nAs every week.\n\n#### [Masts](https://m.example)\n\nTall.\n\n"
        "#### [Sails](https://s.example)\n\nWide.\n\nBy [Ann](https://a.example) on [May 3, 2024](https://p.example).\n\n"
        "[Canonical link](https://c.example)\n\nExported from [Pier](https://pier.example) on May 4, 2024.\n"
    )
    assert [(item.title, item.text) for item in read(text).items] == [("Masts", "Tall."), ("Sails", "Wide.")]


def test_rows_of_links_below_a_label_belong_to_the_entry_above_them():
    text = (
        "## News\n\n- The pier is [open](https://p.example)\n- Courses\n  - May: [Kiel](https://k.example/1), [Ulm](https://k.example/2)\n"
        "  - June: [Bonn](https://k.example/3)\n- Masts are [sold](https://m.example)\n"
    )
    assert [item.title for item in read(text).items] == ["The pier is open", "Courses", "Masts are sold"]


def test_long_lines_that_end_in_a_colon_name_the_lists_below_them():
    text = (
        "# Month at sea\n\nTalk of the Harbour, its Piers and Yards (Chat/Forum/Letters):\n\n- [Mast](https://m.example/1)\n"
        "- [Sail](https://m.example/2)\n\nTown ecosystem:\n\n- [Rope](https://m.example/3)\n- [Tar](https://m.example/4)\n"
    )
    found = sectioned(text)
    assert found[0] == ("Talk of the Harbour, its Piers and Yards (Chat/Forum/Letters)", "Mast")
    assert found[2] == ("Town ecosystem", "Rope")


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ("Kite talks to Gull _“Two birds on ropes”_\n  [hear](https://u.example)", "Kite talks to Gull"),
        ("風箏與海鷗 _「繩上的兩隻鳥」_  \n  https://u.example", "風箏與海鷗"),
        (
            "[KT-12](https://u.example) Name each mast - Often a mast stands alone and nobody knows what to call it.",
            "KT-12 Name each mast",
        ),
        ("Good news! The [pier](https://u.example) is open. Come.", "Good news! The pier is open"),
        ("[kite-2](https://u.example) is a knot tier. kite-2 ties all knots of the sea.", "kite-2 is a knot tier"),
    ],
)
def test_a_title_ends_where_its_author_ended_it(entry: str, title: str):
    text = f"## Shelf\n\n- [First](https://f.example)\n- {entry}\n- [Last](https://l.example)\n"
    assert [item.title for item in read(text).items] == ["First", title, "Last"]
    assert urls(text)[1] == ["u.example"]


def test_a_linked_sub_heading_below_prose_names_where_the_story_is_told():
    text = "## Heard\n\n" + "".join(
        f"### {name}\n\nThey talk of {name.lower()} for an hour.\n\n#### [Show {n}](https://s.example/{n})\n\n"
        for n, name in enumerate(("Masts", "Sails"))
    )
    assert sectioned(text) == [("Heard", "Masts"), ("Heard", "Sails")]
    assert urls(text) == [["s.example/0"], ["s.example/1"]]


def test_a_list_by_name_below_a_long_greeting_is_the_issue():
    greeting = "Hello all. " + "We had a long week. " * 20
    text = f"# Letter 9\n\n{greeting}\n\n" + "".join(f"- [Boat {n}](https://b.example/{n})\n" for n in range(3))
    assert [item.title for item in read(text).items] == ["Boat 0", "Boat 1", "Boat 2"]
    essay = "It is told at length what boats are. " * 60
    assert [item.title for item in read(text.replace(greeting, essay)).items] == ["Letter 9"]


def test_three_short_paragraphs_with_a_link_each_are_stories():
    text = "## News\n\n" + "\n\n".join(
        f"{what} sold ([Pier Post](https://p.example/{what}))" for what in ("Mast", "Sail", "Rope")
    )
    assert [item.title for item in read(text).items] == [
        f"{what} sold (Pier Post)" for what in ("Mast", "Sail", "Rope")
    ]


def test_a_list_of_places_within_the_page_is_no_issue():
    text = "## 2024\n\n" + "".join(f"- [Week {n} at the pier](./#week-{n})\n" for n in range(4))
    assert not read(text).items


# -- stories that are told alike


def test_stretches_of_one_list_between_lines_are_a_story_each():
    sheet = "- Project: [{0}](https://b.example/{0})\n- What it is: a boat with {1}\n"
    text = "## Boats\n\n---\n" + "\n---\n".join(
        sheet.format(*one) for one in (("Kite", "a sail"), ("Mast", "two"), ("Oar", "none"))
    )
    assert sectioned(f"{text}\n---\n") == [("Boats", "Kite"), ("Boats", "Mast"), ("Boats", "Oar")]
    assert "a boat with two" in read(text).items[1].text


def test_bold_lines_below_a_running_number_are_sides_of_its_story():
    text = "## Read\n\n" + "".join(
        f"{n}、[Boat {n}](https://b.example/{n})\n\nIt sails.\n\n**Merits**\n\n1. Fast:\n- by day\n\n"
        "**Flaws**\n\n- wet\n\n"
        for n in (1, 2, 3)
    )
    assert sectioned(text) == [("Read", f"Boat {n}") for n in (1, 2, 3)]


def test_numbers_below_a_story_with_its_link_are_its_points():
    story = "What [the yard](https://y.example) found is no surprise. "
    text = f"{story * 4}\n\nMore of it.\n\n" + "".join(f"{n}. Point {n}\n\n> They say {n}.\n\n" for n in (1, 2, 3))
    assert urls(f"---\ntitle: The yard\n---\n{text}") == [["y.example"]]


def test_a_heading_with_sub_headings_is_read_as_most_beside_it():
    prose = "It took the yard a year to build, and nobody had asked for it. " * 3
    parts = "### Hull\n\nOak.\n\n### Sails\n\nThree.\n\n"
    text = "".join(f"## Boat {n}\n\n{prose}\n\n{parts}" for n in (1, 2)) + f"## Boat 3\n\nThe last one.\n\n{parts}"
    assert [item.title for item in read(text).items] == ["Boat 1", "Boat 2", "Boat 3"]


def test_one_heading_that_names_no_side_leaves_a_story_whole():
    asked = "".join(f"## {title}?\n\nBecause.\n\n" for title in ("Why now", "What about boats", "Who decides"))
    told = "The pier closes on Friday for good. " * 4
    text = f"---\ntitle: The pier closes\n---\n{told}\n\n## Way out\n\nWalk.\n\n{asked}"
    assert [item.title for item in read(text).items] == ["The pier closes"]


def test_few_links_in_a_section_of_prose_stay_in_its_story():
    prose = "The yard built it in a year. " * 4
    told = "".join(
        f"## The boat that sailed in {n} days\n\n{prose}[More](https://b.example/{n}).\n\n" for n in (1, 2, 3)
    )
    quoted = (
        '## The boat that did not\n\nIts captain said:\n\n["We never left the harbour at all"](https://q.example/1)\n\n'
        'Then: ["We did leave it once in May"](https://q.example/2)\n'
    )
    assert len(read(told + quoted).items) == 4


def test_prose_with_links_above_fewer_of_them_keeps_its_story():
    prose = "As [the yard](https://y.example/{0}) says, the boat was built in a year and nobody had asked for it. "
    entry = "- It [{0}](https://b.example/{0}) as no other boat that we have seen so far, or so it seems\n"
    text = (
        f"## The boat\n\n{prose.format(1) * 2}\n\n{prose.format(2)}\n\n{entry.format('sails')}{entry.format('sinks')}"
    )
    assert [item.title for item in read(text).items] == ["The boat"]


def test_an_entry_with_others_below_it_is_a_story_beside_stories():
    text = (
        "## Boats\n\n- [Kite](https://k.example): a sail\n- [Mast](https://m.example): two\n- **Oars**:\n"
        "  - [Long](https://l.example): ash\n  - [Short](https://s.example): oak\n"
    )
    assert sectioned(text) == [("Boats", "Kite"), ("Boats", "Mast"), ("Boats", "Oars")]


def test_words_above_lists_without_links_are_labels_of_one_story():
    lists = "## News\n\n- [Kite](https://k.example)\n- [Mast](https://m.example)\n\n"
    assert sectioned(f"{lists}## Changes\n\n- Hull\n  - Painted\n- Sails\n  - Mended\n")[2:] == [("Changes",)]


def test_lists_on_top_that_the_sections_repeat_are_no_stories():
    tops = "".join(
        f"**{name}:**\n\n" + "".join(f"- [Boat {n}](https://b.example/{n})\n" for n in numbers) + "\n"
        for name, numbers in (("Built", (1, 2, 3)), ("Planned", (9,)))
    )
    told = "".join(f"## Boat {n}\n\n[It](https://b.example/{n}) sails.\n\n" for n in (1, 2, 3))
    assert [item.title for item in read(f"Welcome!\n\n{tops}{told}").items] == ["Boat 1", "Boat 2", "Boat 3"]


def test_thanks_to_people_below_a_list_are_no_story():
    names = ", ".join(f"Ann ([@ann{n}](https://github.com/ann{n}))" for n in range(4))
    done = "".join(f"- We built [boat {n}](https://b.example/{n}), which sails as nobody thought.\n" for n in range(6))
    assert len(read(f"## Done\n\n{done}\nMost is owed to {names}.\n").items) == 6


def test_several_links_behind_what_they_have_in_common_leave_it_the_title():
    text = "## Read\n\n- How to build a boat: [1. Hull](https://b.example/1); [2. Sails](https://b.example/2)\n- [Oars](https://o.example)\n"
    assert [item.title for item in read(text).items] == ["How to build a boat", "Oars"]


def test_an_empty_list_beside_a_story_says_nothing_of_it():
    text = (
        "## The boat\n\nThe yard built it in a year, and nobody had asked for it.\n\n- \n\n## The pier\n\nIt closes.\n"
    )
    assert [item.title for item in read(text).items] == ["The boat", "The pier"]


def test_indented_markup_that_opens_an_issue_is_no_code():
    text = (
        "        <section>\n          <h2>The boat</h2>\n"
        '          <p>It <a href="https://b.example">sails</a>.</p>\n        </section>\n'
    )
    assert urls(text) == [["b.example"]]


def test_a_line_framed_by_dashes_takes_leave():
    text = "## The boat\n\nIt sails.\n\n## The pier\n\nIt [closes](https://p.example).\n\n-- The last line —\n"
    assert "The last line" not in read(text).items[-1].text


def test_sub_headings_that_return_below_several_headings_are_sides_of_each():
    sides = "".join(f"### {name}\n\nIt is so.\n\n" for name in ("Rumpf", "Segel", "Preis"))
    text = "".join(f"## Boat {n}\n\n{sides}" for n in (1, 2))
    assert [item.title for item in read(text).items] == ["Boat 1", "Boat 2"]


# -- what stands above a heading, or says nothing but how to greet


def test_a_picture_behind_a_line_belongs_to_the_heading_below_it():
    stories = "".join(
        f"---\n\n![Pier {n}](https://p.example/{n}.png)\n\n## Pier {n} opens\n\nIt opens [soon](https://s.example/{n}).\n\n"
        for n in range(3)
    )
    issue = read(f"# Harbour 12\n\nHello from the harbour.\n\n{stories}")
    assert [(item.title, item.image) for item in issue.items] == [
        (f"Pier {n} opens", f"https://p.example/{n}.png") for n in range(3)
    ]
    # below its story, without a line above it, a picture stays there
    below = read(f"# Harbour 12\n\nHello from the harbour.\n\n{stories.replace('---', 'So it is.')}")
    assert [item.image for item in below.items] == ["https://p.example/1.png", "https://p.example/2.png", None]


def test_a_picture_that_leads_where_the_heading_below_it_leads_belongs_to_it():
    picture = "[![Pier](https://p.example/p.png)](https://s.example/pier)"
    text = (
        f"## [A mast](https://s.example/mast)\n\nIt burns.\n\n---\n\n{picture}\n\n"
        "## [A pier](https://s.example/pier)\n\nIt opens.\n"
    )
    assert urls(text) == [["s.example/mast"], ["s.example/pier"]]


def test_a_link_in_bold_above_what_is_told_of_it_is_the_story_of_a_section_beside_lists():
    links = "".join(f"- [Ship {n}](https://s.example/{n}): it sails\n" for n in range(3))
    find = "## Find of the week\n\n**[Ropewalk](https://r.example)**\n\nIt twists ropes.\n\n"
    text = f"## News\n\n{links}\n{find}## Talks\n\n{links}"
    assert ("Find of the week", "Ropewalk") in sectioned(text)
    # without lists beside it the heading is the story's own
    assert sectioned(text.replace(links, "It is told at length.\n"))[1] == ("Find of the week",)


@pytest.mark.parametrize(
    ("title", "rule"), [("Hey you!", "greeting"), ("投稿与反馈", "boilerplate"), ("Gefördert durch", "boilerplate")]
)
def test_headings_that_greet_or_name_what_is_no_story(title: str, rule: str):
    text = f"## {title}\n\nThe harbour is glad that you are here.\n\n## Masts burn\n\nThey [burn](https://m.example).\n"
    assert sectioned(text) == [("Masts burn",)]
    assert rules(text) == {rule}


@pytest.mark.parametrize("asks", [("取消订阅海港周报", "订阅海港周报"), ("Subscribe to the letter", "Unsubscribe")])
def test_a_list_behind_the_last_line_with_several_pleas_is_the_newsletter_s_own(asks: tuple[str, str]):
    links = "".join(f"- [Ship {n}](https://s.example/{n})\n" for n in range(3))
    own = "- [The harbour](https://h.example)\n" + "".join(f"- [{one}](https://h.example/{one[:2]})\n" for one in asks)
    text = f"## News\n\n{links}\n----\n\n- Editor: Ann\n{own}\nAll rights reserved by the harbour.\n"
    assert [item.title for item in read(text).items] == ["Ship 0", "Ship 1", "Ship 2"]
    assert "footer" in rules(text)
    # a list with one of them holds stories
    assert len(read(text.replace(f"- [{asks[0]}](https://h.example/{asks[0][:2]})\n", "")).items) > 3

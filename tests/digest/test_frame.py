"""What earlier issues hold as well is nobody's story; what is news stays, wherever it stands."""

from __future__ import annotations

import pytest

from digest.items.frame import MAX_EARLIER_BYTES, Frame, learn_frame, marks_of
from digest.model import Issue, ReadOptions, SplitOptions
from digest.neighbours import MOST_EARLIER, Neighbours
from digest.reading import read_issues


def read(text: str, *earlier: str) -> Issue:
    frame = learn_frame(marks_of(each.encode()) for each in earlier)
    return read_issues(text.encode(), "3.md", ReadOptions(frames={"3.md": frame}))[0]


def titles(text: str, *earlier: str) -> list[str]:
    return [item.title for item in read(text, *earlier).items]


def letter(number: int, middle: str = "", end: str = "", *, above: str = "") -> str:
    story = f"## [Boat {number} is afloat](https://boats.example/{number})\n\n{above}It floats since day {number}.\n\n"
    return f"# Boats\n\n{story}{middle}\n\n## Docks\n\nDock {number} is dry.\n\n{end}\n"


END = "Kommt zu uns in den Hafen am Fluss: [unsere Karte](https://harbour.example/map)."


def test_what_recurs_at_the_end_is_no_story():
    earlier = [letter(number, end=f"## Anker\n\n{END}") for number in (1, 2)]
    issue = read(letter(3, end=f"## Anker\n\n{END}"), *earlier)
    assert [item.title for item in issue.items] == ["Boat 3 is afloat", "Docks"]
    assert [(one.text, one.rule) for one in issue.left_out][-2:] == [
        ("Anker", "recurs"),
        ("Kommt zu uns in den Hafen am Fluss: unsere Karte.", "recurs"),
    ]


def test_what_recurs_below_the_last_story_is_no_part_of_it():
    last = read(letter(3, end=END), letter(1, end=END), letter(2, end=END)).items[-1]
    assert (last.title, last.text, last.links) == ("Docks", "Dock 3 is dry.", ())


def test_a_tag_that_recurs_above_a_story_is_not_the_story():
    def told(number: int) -> str:
        return letter(number, end=f'<p class="wide">\nThe lock number {number} was opened by all of us at noon.\n</p>')

    assert "The lock number 3" in read(told(3), told(1).replace("lock", "weir"), told(2)).items[-1].text


def test_an_issue_without_earlier_ones_is_read_as_it_is():
    assert titles(letter(3, end=f"## Anker\n\n{END}")) == ["Boat 3 is afloat", "Docks", "Anker"]


def release(number: int, below: str) -> str:
    told = f"Boat {number} has been launched. [Its log](https://boats.example/{number}) tells more."
    return f"---\ntitle: Boat {number} afloat\n---\n\n{told}\n\n## Yard\n\n{below}"


def test_what_stands_above_sections_that_all_recur_is_the_story():
    yard = "All boats are built on the river, by hand, and take a year."
    issue = read(release(3, yard), release(1, yard), release(2, yard))
    assert [(item.title, len(item.links)) for item in issue.items] == [("Boat 3 afloat", 1)]
    assert "Boat 3 has been launched" in issue.items[0].text


def test_an_announcement_may_be_as_the_one_before_but_for_its_number():
    told = "---\ntitle: Boat {0} afloat\n---\n\nBoat {0} has been launched on the river,\nand all of you may come.\n"
    assert titles(told.format(3), told.format(1), told.format(2)) == ["Boat 3 afloat"]


def test_an_issue_of_headings_that_are_to_be_filled_has_no_story_yet():
    assert titles(release(3, "## Docks\n"), release(1, "Wood.\n\n## Docks\n\nDry."), release(2, "Wood.")) == []


def test_an_address_that_is_new_is_news():
    earlier = [letter(number, end=f"## Rope\n\n[Read on](https://rope.example/{number}0)") for number in (1, 2)]
    assert titles(letter(3, end="## Rope\n\n[Read on](https://rope.example/30)"), *earlier)[-1] == "Rope"


def test_one_issue_of_several_makes_no_frame():
    assert titles(letter(3, end=f"## Anker\n\n{END}"), letter(1), letter(2, end=f"## Anker\n\n{END}"))[-1] == "Anker"


def test_another_number_is_news():
    end = "## Anker\n\n{} Schiffe liegen in unserem Hafen am Fluss."
    earlier = [letter(number, end=end.format(number)) for number in (1, 2)]
    assert titles(letter(3, end=end.format(3)), *earlier)[-1] == "Anker"


def test_a_paragraph_that_recurs_between_stories_is_in_none():
    earlier = [letter(number, f"{END}\n\nTide {number} is high.") for number in (1, 2)]
    issue = read(letter(3, f"{END}\n\nTide 3 is high."), *earlier)
    assert issue.items[0].text == "It floats since day 3.\n\nTide 3 is high."
    assert [one.rule for one in issue.left_out if one.text.startswith("Kommt")] == ["recurs"]


def test_a_paragraph_that_opens_a_column_stays_its_story():
    earlier = [letter(number, above=f"{END}\n\n") for number in (1, 2)]
    assert read(letter(3, above=f"{END}\n\n"), *earlier).items[0].text.startswith("Kommt zu uns")


LISTED = "## Wanted\n\n{}- [A rope](https://wanted.example/rope)\n- [A sail](https://wanted.example/sail)\n"


@pytest.mark.parametrize("above", ["", "Was dem Hafen am Fluss noch fehlt.\n\n"])
def test_entries_that_recur_between_stories_stay(above: str):
    earlier = [letter(number, LISTED.format(above)) for number in (1, 2)]
    assert titles(letter(3, LISTED.format(above)), *earlier) == ["Boat 3 is afloat", "A rope", "A sail", "Docks"]


def test_dates_at_the_end_stay_for_as_long_as_they_are_listed():
    end = "## Races\n\n- [Regatta, 3 May](https://r.example/3)\n- [Regatta, 9 June](https://r.example/9)\n"
    assert titles(letter(3, end=end), letter(1, end=end), letter(2, end=end))[-2:] == [
        "Regatta, 3 May",
        "Regatta, 9 June",
    ]


def test_numbers_in_names_and_addresses_at_the_end_are_no_dates():
    end = "## Repos\n\n- [Tar C910](https://t.example/1.2/3)\n- Plan 2019: https://p.example/p-19\n- 码头2020年路线图\n"
    assert titles(letter(3, end=end), letter(1, end=end), letter(2, end=end)) == titles(letter(3))
    days = end.replace("2020年路线图", "开放日 5月8日")
    assert len(titles(letter(3, end=days), letter(1, end=days), letter(2, end=days))) == len(titles(letter(3))) + 3


def test_a_list_at_the_end_may_have_new_names():
    def crew(*names: str) -> str:
        return f"{END}\n\n" + "".join(f"- [{name}](https://crew.example/{name})\n" for name in names)

    earlier = [letter(number, end=crew("ada", "bo", "cy")) for number in (1, 2)]
    assert read(letter(3, end=crew("ada", "bo", "dee")), *earlier).items[-1].links == ()
    assert len(read(letter(3, end=crew("eve", "flo", "dee")), *earlier).items) > 2


def test_a_section_that_says_each_time_that_there_is_nothing_is_no_story():
    nothing = "## Taufen\n\nIn dieser Woche lief kein Schiff vom Stapel.\n"
    assert titles(letter(3, nothing), letter(1, nothing), letter(2, nothing)) == ["Boat 3 is afloat", "Docks"]


def test_a_new_heading_keeps_what_stands_below_it():
    text = letter(3, end=f"## Ein neuer Anker\n\n{END}")
    assert titles(text, letter(1, end=END), letter(2, end=END))[-1] == "Ein neuer Anker"


def test_a_copy_of_earlier_issues_is_read_as_they_are():
    text = letter(3, end=f"## Anker\n\n{END}")
    assert titles(text, text, text) == titles(text)


@pytest.mark.parametrize("head", ["---\ntitle: Boats {}\n---\n\n", "# Boats {}\n\n"])
def test_a_copy_under_another_name_has_the_same_stories(head: str) -> None:
    stories = "".join(f"### [Boat {name}](https://boats.example/{name})\n\nIt floats.\n\n" for name in "abc")
    first, second = (f"{head.format(number)}## Docks\n\n{stories}" for number in (1, 2))
    assert titles(second, first) == titles(first) == ["Boat a", "Boat b", "Boat c"]


def test_an_issue_is_read_again_by_what_it_tells_of_its_frame():
    earlier = [letter(number, end=f"## Anker\n\n{END}") for number in (1, 2)]
    issue = read(letter(3, end=f"## Anker\n\n{END}"), *earlier)
    frame = Frame(frozenset(issue.frame))
    again = read_issues(letter(3, end=f"## Anker\n\n{END}").encode(), "3.md", ReadOptions(frames={"3.md": frame}))[0]
    assert again == issue
    assert repr(again) == repr(read(letter(3, end=f"## Anker\n\n{END}"), *reversed(earlier)))


def test_nothing_is_learned_from_a_very_long_file():
    assert marks_of(b"A line.\n" * MAX_EARLIER_BYTES) == frozenset()


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("100.md", ["95.md", "96.md", "97.md", "98.md", "99.md"]),
        ("95.md", []),
        ("100 2.md", ["95.md", "96.md", "97.md", "98.md", "99.md"]),  # a copy is read as its original
        ("2026/2.md", ["2025/52.md", "2026/1.md"]),
        ("week-3/index.md", ["week-1/index.md", "week-2/index.md"]),
        ("notes/tides.md", ["notes/boats.md", "notes/docks.md"]),
        ("elsewhere/one.md", []),
    ],
)
def test_the_files_before_one(path: str, before: list[str]):
    paths = [f"{number}.md" for number in (*range(95, 102), 90000000000000000000)]
    paths += ["100 2.md", "98.txt", "2025/52.md", "2026/1.md", "2026/2.md", "2026/10.md", "notes/boats.md"]
    paths += ["notes/docks.md", "notes/tides.md", "elsewhere/one.md", *(f"week-{n}/index.md" for n in range(1, 5))]
    assert Neighbours(paths).before(path) == before
    assert len(before) <= MOST_EARLIER


def test_a_section_that_stays_the_same_is_told_once():
    crew = "## Mannschaft\n\nWir suchen [Leute mit Kraft](https://crew.example).\n\n- Ada\n- Bo\n\n…\n"
    earlier = [letter(number, crew) for number in (1, 2)]
    assert titles(letter(3, crew), *earlier) == ["Boat 3 is afloat", "Docks"]
    assert "Mannschaft" in titles(letter(3, crew.replace("Bo", "Cy")), *earlier)


def test_what_introduces_sub_sections_each_time_is_no_story():
    fleet = f"## Flotte\n\n{END}\n\n### Segler\n\nSegler {{}} ist da.\n\n### Dampfer\n\nDampfer {{}} ist da.\n"
    earlier = [letter(number, fleet.format(number, number)) for number in (1, 2)]
    text = fleet.format(3, 3)
    assert titles(letter(3, text), *earlier) == ["Boat 3 is afloat", "Segler", "Dampfer", "Docks"]


def test_what_recurs_hides_no_list_of_older_issues_above_it():
    def end(number: int) -> str:
        return f"## Früher\n\n- [Heft](/{number - 1}.md)\n- [Heft](/{number - 2}.md)\n\n## Anker\n\n{END}\n"

    assert titles(letter(3, end=end(3)), letter(1, end=end(1)), letter(2, end=end(2)))[-1] == "Docks"


FOOT = (
    "Alle Boote liegen im Hafen.\nMehr in [Heft {0}](https://boats.example/{0}) und [{1}](https://boats.example/{1}).\n"
)


def test_a_footer_recurs_also_where_it_names_the_issues_beside():
    earlier = [letter(number, end=FOOT.format(number - 1, number + 1)) for number in (1, 2)]
    last = read(letter(3, end=FOOT.format(2, 4)), *earlier).items[-1]
    assert (last.title, last.text, last.links) == ("Docks", "Dock 3 is dry.", ())
    other = read(letter(3, end=FOOT.format(2, 4).replace("Alle", "Keine")), *earlier)
    assert "Keine Boote" in other.items[-1].text


def test_sponsors_do_not_hide_that_what_stands_above_them_recurs():
    sponsors = "## Sponsors\n\n- [Rope {0}](https://rope.example/{0})\n- [Sail {0}](https://sail.example/{0})"
    end = f"Kommt zum [Hafen](https://harbour.example).\n\n{sponsors}"
    earlier = [letter(number, end=end.format(number)) for number in (1, 2)]
    issue = read(letter(3, end=end.format(3)), *earlier)
    assert [item.title for item in issue.items] == ["Boat 3 is afloat", "Docks"]
    assert issue.items[-1].text == "Dock 3 is dry."


def test_a_table_of_contents_is_one_where_its_link_stands_in_the_footer_as_well():
    def whole(number: int) -> str:
        above = f"## Contents\n\nOpen the list above, or [read it elsewhere](https://boats.example/{number}).\n\n"
        end = f"Ahoi, all of you.\nIt is [elsewhere](https://boats.example/{number}), too.\nSail well.\n"
        return letter(number, end=end).replace("# Boats\n\n", f"# Boats\n\n{above}")

    issue = read(whole(3), whole(1), whole(2))
    assert [item.title for item in issue.items] == ["Boat 3 is afloat", "Docks"]
    assert "Ahoi" not in issue.items[-1].text


@pytest.mark.parametrize("step", [1, -1])
def test_the_earlier_issues_of_the_same_file_tell_what_recurs(step: int):
    week = (
        "## Week of 2024-05-{0:02}\n\n- [Mast {0}](https://m.example/{0})\n- [Sail {0}](https://s.example/{0})\n\n"
        "The crew of this paper meets in the [harbour pub](https://pub.example) every month.\n\n"
    )
    weeks = [week.format(day) for day in (22, 15, 8, 1)][::step]
    data = ("# Sea weekly\n\n" + "".join(weeks)).encode()
    issues = read_issues(data, "README.md", ReadOptions(split=SplitOptions(issue_level=2)))
    rules = {issue.title[-2:]: {one.rule for one in issue.left_out} for issue in issues}
    assert [[item.title[:4] for item in issue.items] for issue in issues] == [["Mast", "Sail"]] * 4
    # the first of them has none before it
    assert {day for day, found in rules.items() if "recurs" in found} == {"08", "15", "22"}


def test_a_heading_of_which_all_recurs_is_no_story_of_its_own():
    def minutes(number: int) -> str:
        tasks = "### Today\n\n- N/a\n\n### This week\n\n- Ann:\n  - Paint the mast\n\n### Later\n\n- N/a\n\n"
        told = f"## Harbour {number}\n\n- Lock {number} is shut.\n- It leaks.\n\n"
        return f"# Minutes {number}\n\n## Done\n\n{tasks}{told}## To do\n\n{tasks}"

    issue = read(minutes(3), minutes(1), minutes(2))
    assert [item.title for item in issue.items] == ["Harbour 3"]
    assert ("Done", "section-without-items") in [(one.text, one.rule) for one in issue.left_out]

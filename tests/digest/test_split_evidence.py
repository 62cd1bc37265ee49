"""What speaks for a story and what does not: its own link, its own words, and how it is called."""

from __future__ import annotations

import pytest

from digest.model import Issue, ReadOptions
from digest.reading import read_issues


def read(text: str, name: str = "issue.md") -> Issue:
    return read_issues(text.encode(), name, ReadOptions())[0]


def sectioned(text: str) -> list[tuple[str, ...]]:
    return [(*item.section, item.title) for item in read(text).items]


def lead(title: str, start: str) -> str:
    text = f"## News\n\n- [{title}](https://m.example) {start}\n- [Sails](https://s.example)\n"
    return read(text).items[0].title


@pytest.mark.parametrize("shared", [True, False])
def test_headings_that_lead_to_the_same_page_are_sections(shared: bool):
    text = "".join(
        f"## [{name}](https://y.example/{'yard' if shared else name})\n\n"
        f"1、[{name} one](https://a.example/{name}/1)\n\nIt was told at the yard.\n\n"
        f"2、[{name} two](https://a.example/{name}/2)\n\nIt was told by the crew.\n\n"
        for name in ("Masts", "Sails", "Ropes")
    )
    names = [(name, f"{name} {n}") for name in ("Masts", "Sails", "Ropes") for n in ("one", "two")]
    assert sectioned(text) == (names if shared else [("Masts",), ("Sails",), ("Ropes",)])


@pytest.mark.parametrize("address", ['{{< ref "mast.md" >}}', '{{<part "Mast">}}', "{% post_url 2024-01-02-mast %}"])
def test_a_link_whose_address_a_template_knows_makes_an_entry_a_story(address: str):
    text = (
        f"## Parts\n\n- [Mast]({address}) holds the sail\n- A pole: [Boom]({address})\n- [Keel]({address}) is below\n"
    )
    issue = read(f"Hello.\n\n{text}")
    assert len(issue.items) == 3
    assert {item.section for item in issue.items} == {("Parts",)}
    assert not any(item.links for item in issue.items)


def test_links_whose_addresses_a_template_knows_differ_as_their_pages_do():
    told = "".join(f'## {name}\n\n[It]({{{{< ref "{name}.md" >}}}}) was told.\n\n' for name in ("Mast", "Sail"))
    links = "".join(f'- [Part {n}]({{{{< ref "part{n}.md" >}}}})\n' for n in range(6))
    assert len(read(f"{told}## Parts\n\n{links}").items) == 8


def test_a_picture_whose_address_a_template_knows_is_no_link():
    text = "## Mast\n\nIt stands. ![Mast]({{< img mast.png >}})\n\n## Sail\n\nIt is [set](https://s.example).\n"
    issue = read(text)
    assert [(item.title, item.image) for item in issue.items] == [("Mast", None), ("Sail", None)]


def test_names_of_accounts_make_one_list_of_people():
    names = ["annsails", "ben-rows", "Cleo"]
    entries = "".join(f"- [{name}](https://github.com/{name.lower()})\n" for name in names)
    masts = "## Masts\n\n[They](https://m.example) were set.\n\n"
    text = f"{masts}## {{}}\n\nThey joined us:\n\n{entries}\n## End\n\nAll is told.\n"
    for title in ("Crew of 1.2.0", "Wer dabei war"):
        assert sectioned(text.format(title)) == [("Masts",), (title,), ("End",)]
    yards = text.format("Yards").replace("github.com/", "github.com/yards/")
    assert sectioned(yards)[1:-1] == [("Yards", name) for name in names]


@pytest.mark.parametrize("mark", ["?", "？"])
def test_paragraphs_below_questions_in_bold_are_one_interview(mark: str):
    asked = ["What do you build", "Who taught you", "Where do you sail"]
    text = "".join(f"**{one}{mark}**\nI tell of it [here](https://a.example/{n}).\n\n" for n, one in enumerate(asked))
    news = "\n\n## News\n\n- [Mast](https://m.example)\n- [Sail](https://s.example)\n"
    told = "## The builder\n\nEach month we meet somebody who builds boats.\n\n"
    assert sectioned(f"{told}{text}{news}")[0] == ("The builder",)
    headlines = text.replace(mark, "")
    assert len(sectioned(f"{told}{headlines}{news}")) == len(asked) + 2


def test_parts_that_say_hardly_anything_and_lead_somewhere_are_entries():
    told = "Thanks to all who spoke at the yard; here is what they showed."
    names = ["Masts of larch", "How to sew", "Ropes for all"]
    show = "- By Ann\n\n[Sheets](https://show.example/{0})\n\n"
    talks = "".join(f"## {name}\n\n" + (show if n else "- By Ann\n\n").format(n) for n, name in enumerate(names))
    assert len(read(f"---\ntitle: What was shown\n---\n\n{told}\n\n{talks}").items) > 1
    essay = talks.replace(
        "By Ann", "She told of it at length, of the wood, the wind, and of the men who knew how to fell it."
    )
    assert len(read(f"---\ntitle: What was shown\n---\n\n{told * 3}\n\n{essay}").items) == 1


def test_the_only_entry_called_as_its_heading_is_the_story_of_that_heading():
    links = "## Links\n\n- [One](https://o.example)\n- [Two](https://t.example)\n"
    text = f"## Mast 2.9\n\nIt stands.\n\nSee all of it here:\n\n- [Mast 2.9]({{}})\n\n{links}"
    for address in ("https://m.example", '{{< ref "mast.md" >}}'):
        assert sectioned(text.format(address))[0] == ("Mast 2.9",)


@pytest.mark.parametrize(
    ("start", "is_new"),
    [
        ("The yard sets it higher, and with less rope.", True),
        ("@ann set it with less rope, and told all of us at length how that was done.", True),
        ("A journey of three years ends.", True),
        ("is higher than the mast of last year.", False),
        ("Yard (on the river) is open.", False),
        ("NASA sets it higher this year.", False),
        ("Yard.", False),
    ],
)
def test_a_link_of_several_words_is_a_title_where_a_sentence_begins_behind_it(start: str, is_new: bool):
    assert (lead("Masts without stays", start) == "Masts without stays") is is_new


def test_words_behind_a_short_link_go_on_with_it():
    assert lead("Larch", "Mast Yard of Ulm sets it higher") == "Larch Mast Yard of Ulm sets it higher"
    assert lead("돛대 세우는 법", "및 밧줄 에서는 모두 배의 일을") != "돛대 세우는 법"


def test_a_line_that_several_stories_share_is_no_title():
    told = [("To read", "Masts of larch"), ("To read", "How to sew"), ("To see", "A launch")]
    text = "".join(f"1.  {label}:\n\n    {name}\n\n    <https://a.example/{len(name)}>\n" for label, name in told)
    assert [item.title for item in read(f"# 15\n\n{text}").items] == ["Masts of larch", "How to sew", "A launch"]
    assert read(f"# 15\n\n{text}").items[0].text.startswith("To read:")

"""What Obsidian, Pandoc, MkDocs and exports write next to Markdown shows as its author sees it."""

from __future__ import annotations

import pytest

from digest.model import Issue, ReadOptions
from digest.reading import read_issues


def read(text: str) -> Issue:
    return read_issues(text.encode(), "notes/issue.md", ReadOptions(site_url="https://site.example"))[0]


def story(text: str) -> str:
    """The text of a story that consists of `text` and its link."""
    issue = read(f"## Boats\n\nA story about boats.\n\n{text}\n\n[Article](https://a.example)\n\n## Kites\n\nFly.\n")
    assert [item.title for item in issue.items] == ["Boats", "Kites"]
    return issue.items[0].text.removeprefix("A story about boats.").strip()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("See [[boats-2024|the old boats]].", "See the old boats."),
        ("See [[Old Boats]] again.", "See Old Boats again."),
        ("See [[yard/Old Boats#Masts]].", "See Old Boats > Masts."),
        ("One %% ask Ann first %% two.", "One two."),
        ("%%\nnot yet\n\npaid\n%%\n\nKept.", "Kept."),
        ("It grew by 50%% and 20%% in May.", "It grew by 50%% and 20%% in May."),
        ("A ==bright== idea.", "A bright idea."),
        ("Compare a == b and c == d.", "Compare a == b and c == d."),
        ("> [!tip]- Mind the wind\n> It is strong.", "Mind the wind\nIt is strong."),
        ('!!! note "Mind the wind"\n    It is strong.\n\nKept.', "Mind the wind\nIt is strong.\n\nKept."),
        ('A film \\[video id="ab\\_c"\\] about it.', "A film about it."),
        ('[caption id="7" width="300"]A mast[/caption]', "A mast"),
        ("An [optional] word and a [range](https://r.example){.x} of it.", "An [optional] word and a range of it."),
        ('The [mast](https://m.example){target="_blank" rel=nofollow}.', "The mast."),
        ("A [small]{.smallcaps} boat.", "A small boat."),
        ("A set {a, b} of [two][].", "A set {a, b} of two."),
        ("It follows [the rules][rules 7] of the club.", "It follows the rules of the club."),
        ("It follows [the rules][rules\n7].", "It follows the rules."),
        ("これは[規則][rules 7]です。", "これは規則です。"),
        ("Take x[0][1] and [1][2].", "Take x[0][1] and [1][2]."),
        ("Dear *|FNAME|*, see *|IF:MERGE1|*this*|END:IF|* *|LIST:NAME|*now.", "Dear , see this now."),
        ("[Leave](*|UNSUB|*) or stay, 2*|x| or |Y|*.", "Leave or stay, 2*|x| or |Y|*."),
        ("It sails.\nid:: 63e94145-2b3f-4ff8-810f-66868c43bf6f\ncollapsed:: true\nFast.", "It sails.\n\nFast."),
        (
            "See [it](((63e94145-2b3f-4ff8-810f-66868c43bf6f))) and ((63e94145-2b3f-4ff8-810f-66868c43bf6f)).",
            "See it and .",
        ),
        ("Read std:: vec and id:x and ((both)).", "Read std:: vec and id:x and ((both))."),
        ("It sails. ^mast-1\n\nFast.", "It sails.\n\nFast."),
        ("- It sails. ^mast-1\n- Fast. ^mast-2\n\nKept.", "• It sails.\n• Fast.\n\nKept."),
        ("It grows as 2 ^10 and ^word of it.", "It grows as 2 ^10 and ^word of it."),
        ("Write `[[x]]` and `%% y %%`.", "Write [[x]] and %% y %%."),
    ],
)
def test_what_shows_of_a_story(written: str, shown: str):
    assert story(written) == shown


def test_a_picture_of_the_vault_is_a_picture():
    issue = read("## Boats\n\nA boat.\n\n![[yard/boat.png|300]]\n\n![[Note to show]]\n")
    assert issue.items[0].image == "https://site.example/yard/boat.png"
    assert "Note" not in issue.items[0].body


def test_a_link_that_only_the_vault_knows_leads_nowhere_but_counts():
    issue = read("## Yard\n\n- [[boat|The boat]] sails.\n- The [[kite]] flies.\n- [Sun](https://s.example) shines.\n")
    assert [item.title for item in issue.items] == ["The boat sails", "The kite flies", "Sun shines"]
    assert [len(item.links) for item in issue.items] == [0, 0, 1]


def test_a_reference_that_another_file_defines_is_a_link_without_an_address():
    issue = read("## Core\n\n- [Core #12][] is faster.\n- [Core #14][c14] is smaller.\n\n[c14]: https://c.example/14\n")
    assert [(item.title, len(item.links)) for item in issue.items] == [
        ("Core #12 is faster", 0),
        ("Core #14 is smaller", 1),
    ]


def test_labels_before_a_link_stay_labels():
    issue = read("## Reads\n\n- [series][video] [Masts](https://m.example)\n- [Sails](https://s.example)\n")
    assert issue.items[1].title == "Sails"
    assert issue.items[0].links[0].text == "Masts"


@pytest.mark.parametrize(
    "title",
    [
        "~50% faster",
        ">=3.12 is required",
        "~/.bashrc tricks",
        "_id fields",
        "*args and **kwargs",
        "= vs ==",
        "|> in PHP",
    ],
)
def test_a_title_keeps_its_first_sign(title: str):
    assert read(f"## {title}\n\nA story.\n\n## Other\n\nTwo.\n").items[0].title == title


@pytest.mark.parametrize("title", ["== Boats ==", "> Boats", "🚤 Boats", "| Boats |"])
def test_a_title_is_freed_of_what_frames_it(title: str):
    assert read(f"## {title}\n\nA story.\n\n## Other\n\nTwo.\n").items[0].title == "Boats"

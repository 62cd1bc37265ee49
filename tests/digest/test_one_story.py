"""What speaks for one story and against it, sign by sign, and what is made of it."""

from __future__ import annotations

import pytest

from digest.items import split
from digest.model import ReadOptions
from digest.reading import read_issues

SHARED = "The harbour closed its gates again, and nobody knew whether the pilots would accept another winter. "
OWN = {
    "Ropes": "Hemp stretches under weight; weavers therefore twist seven strands before dipping everything into tar. ",
    "Bay": "Fishermen lit lanterns along pebbled shores while children counted passing freighters until midnight. ",
    "Nets": "Torn meshes were mended indoors during storms, when grandmothers taught sailors' daughters old songs. ",
}
LINK = "See [the log](https://l.example/{0}). "


def issue(
    title: str = "Who keeps the lights",
    said: str = SHARED * 3,
    linked: str = "",
    above: str = "",
    names: tuple[str, ...] = ("Ropes of steel", "Bay of the night", "Nets that are dry"),
) -> str:
    """Return an issue of three parts that say the same words, and what is above them."""
    parts = "".join(f"## {name}\n\n{said}{linked.format(place)}\n\n" for place, name in enumerate(names))
    return f"---\ntitle: {title}\n---\n\n{above}\n\n{parts}"


def several(title: str = "Who keeps the lights", linked: str = "") -> str:
    """Return the same of three parts that share no words."""
    parts = "".join(f"## {name}\n\n{said * 3}{linked.format(name)}\n\n" for name, said in OWN.items())
    return f"---\ntitle: {title}\n---\n\n{parts}"


def weigh(text: str, monkeypatch: pytest.MonkeyPatch) -> float:
    weights: list[float] = []
    real = split.weigh
    monkeypatch.setattr(split, "weigh", lambda *args: weights.append(real(*args)) or weights[-1])
    read_issues(text.encode(), "issue.md", ReadOptions())
    monkeypatch.setattr(split, "weigh", real)
    return weights[-1]


def titles(text: str) -> list[str]:
    return [item.title for item in read_issues(text.encode(), "issue.md", ReadOptions())[0].items]


ENTRIES = "".join(f"- [Ship {n}](https://s.example/{n}) sails\n" for n in range(9))


@pytest.mark.parametrize(
    ("less", "more"),
    [
        pytest.param(issue(title="Harbour weekly"), issue(), id="the title names a newsletter"),
        pytest.param(issue(title='"#12: Who keeps the lights"'), issue(), id="the title has an issue's number"),
        pytest.param(issue(title="海港周报"), issue(), id="the title names a newsletter in Chinese"),
        pytest.param(issue(title="Harbour letter, May 2026"), issue(), id="the title names a month"),
        pytest.param(issue(), issue(title="Gates 1.7 are out"), id="the title names a version"),
        pytest.param(issue(), issue(title="Who keeps the winter"), id="the parts speak of what the title names"),
        pytest.param(several(), issue(), id="the parts share their words"),
        pytest.param(issue(), issue(names=("Background", "Why now?", "Nets")), id="headings name sides of a story"),
        pytest.param(issue(), issue(above=SHARED * 6), id="much is told above the headings"),
        pytest.param(issue(said=f"{ENTRIES}\n"), issue(), id="lists hold several stories"),
        pytest.param(issue(linked=LINK), issue(), id="most parts lead somewhere"),
        pytest.param(
            issue(linked=LINK, names=("[Ropes](https://r.example)", "Bay", "Nets")),
            issue(linked=LINK),
            id="a linked heading",
        ),
        pytest.param(issue(said=SHARED * 8), issue(), id="it is long"),
        pytest.param(issue(said=SHARED * 20), issue(said=SHARED * 8), id="it is very long"),
    ],
)
def test_what_speaks_for_one_story(less: str, more: str, monkeypatch: pytest.MonkeyPatch):
    assert weigh(less, monkeypatch) < weigh(more, monkeypatch)


def test_an_only_heading_below_the_title_gathers_the_sides_of_a_story(monkeypatch: pytest.MonkeyPatch):
    below = issue().replace("## ", "### ")
    only = below.replace("### Ropes", "## All of it\n\n### Ropes")
    assert weigh(below, monkeypatch) < weigh(only, monkeypatch)


def test_parts_that_share_their_words_are_one_story_and_keep_their_headings():
    text = issue(above=SHARED)
    [one] = read_issues(text.encode(), "issue.md", ReadOptions())[0].items
    assert (one.title, one.section) == ("Who keeps the lights", ())
    assert all(name in one.body for name in ("Ropes of steel", "Bay of the night", "Nets that are dry"))
    farewell = "## Subscribe\n\nSubscribe to this newsletter [here](https://s.example).\n"
    assert titles(f"{text}\n{farewell}") == ["Who keeps the lights"]


def test_parts_that_share_no_words_are_stories():
    assert titles(several(title="Harbour weekly 12")) == list(OWN)
    assert titles(several(linked=LINK)) == list(OWN)


def test_a_title_below_which_not_all_stands_is_that_of_the_whole_story():
    text = f"# Who keeps the lights\n\n{SHARED * 2}\n\n" + "".join(f"# {name}\n\n{SHARED * 3}\n\n" for name in OWN)
    head = "---\ntitle: Who keeps the lights\n---\n\n"
    assert titles(head + text) == ["Who keeps the lights"]


PARAGRAPHS = [f"{said}Read [of {name}](https://p.example/{name})." for name, said in OWN.items()]


def test_paragraphs_that_lead_somewhere_are_the_stories_of_an_issue_without_headings():
    long = [paragraph.replace("Read", SHARED * 5 + "Read") for paragraph in PARAGRAPHS]
    assert len(titles("---\ntitle: Notes of week 12\n---\n\n" + "\n\n".join(long))) == len(OWN)
    assert len(titles("---\ntitle: Who keeps the lights\n---\n\n" + "\n\n".join(long))) == 1


def test_entries_that_are_most_of_an_issue_without_headings_are_its_stories():
    entries = "".join(f"{n}. {said}\n" for n, said in enumerate(OWN.values(), 1))
    assert len(titles(f"---\ntitle: Harbour weekly 12\n---\n\nThis was told.\n\n{entries}")) == len(OWN)
    assert len(titles(f"---\ntitle: Who keeps the lights\n---\n\nThis was told.\n\n{entries}")) == 1


def test_stretches_between_lines_are_the_stories_of_an_issue_without_headings():
    stretches = [
        f"{said}\n\nSo [it was told](https://p.example/{n})." for n, said in enumerate([*OWN.values(), SHARED])
    ]
    text = "\n\n***\n\n".join(stretches)
    assert len(titles(f"---\ntitle: Harbour weekly 12\n---\n\n{text}")) == len(stretches)


def test_titles_in_bold_are_the_stories_of_an_issue_without_headings():
    letter = "".join(f"**{name.upper()}:** {said}\n\n" for name, said in OWN.items()) + LINK
    assert titles(f"---\ntitle: Harbour weekly 12\n---\n\n{letter}") == [name.upper() for name in OWN]

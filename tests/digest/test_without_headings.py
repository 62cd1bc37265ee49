"""Issues without headings in which no rule finds stories, though their titles say that they tell several."""

from __future__ import annotations

import pytest

from digest.model import ReadOptions, SplitOptions
from digest.reading import read_issues

TOLD = {
    "Ropes": "Hemp stretches under weight; weavers therefore twist seven strands before dipping everything into tar. ",
    "Bay": "Fishermen lit lanterns along pebbled shores while children counted passing freighters until midnight. ",
    "Nets": "Torn meshes were mended indoors during storms, when grandmothers taught sailors' daughters old songs. ",
}
LONG = "The yard had waited for it all winter, and nobody could say who would come to see it when it was done. " * 5
PARAGRAPHS = "\n\n".join(f"{said}{LONG}Read [of {name}](https://p.example/{name})." for name, said in TOLD.items())
ENTRIES = "This was told.\n\n" + "".join(f"{n}. {said}\n" for n, said in enumerate(TOLD.values(), 1))
STRETCHES = (
    "\n\n***\n\n".join(f"{said}\n\nSo it was told." for said in [*TOLD.values(), LONG]) + " [All](https://a.example)"
)
LETTER = "".join(f"**{name.upper()}:** {said}\n\n" for name, said in TOLD.items()) + "See [the log](https://l.example)."


def titles(title: str, text: str, *, one_story: bool | None = None) -> list[str]:
    data = f"---\ntitle: {title}\n---\n\n{text}\n".encode()
    options = ReadOptions(split=SplitOptions(one_story=one_story))
    return [item.title for item in read_issues(data, "issue.md", options)[0].items]


@pytest.mark.parametrize(
    ("text", "stories"),
    [
        pytest.param(PARAGRAPHS, 3, id="paragraphs that lead somewhere"),
        pytest.param(ENTRIES, 3, id="entries of a list"),
        pytest.param(STRETCHES, 4, id="stretches between lines"),
        pytest.param(LETTER, 3, id="titles in bold"),
    ],
)
def test_an_issue_that_is_called_as_one_tells_several_stories(text: str, stories: int):
    assert len(titles("Harbour weekly 12", text)) == stories
    assert titles("Who keeps the lights", text) == ["Who keeps the lights"]
    creed = "Hemp, shores, meshes and songs for all"
    assert titles(creed, text.replace("## Hemp", "## Hemp and shores").replace("## Songs", "## Why")) == [creed]
    assert len(titles("Who keeps the lights", text, one_story=False)) == stories
    assert titles("Harbour weekly 12", text, one_story=True) == ["Harbour weekly 12"]


def test_paragraphs_that_mostly_lead_nowhere_are_one_story():
    letter = "\n\n".join(f"{said}{LONG}" for said in TOLD.values())
    assert titles("Harbour weekly 12", f"{letter}\n\n{PARAGRAPHS}") == ["Harbour weekly 12"]


LISTED = "Hemp, pebbled shores, torn meshes{} warm beer"


@pytest.mark.parametrize("joined", [",", " and", ", and", " &", " und", " et", " y"])
def test_a_title_that_lists_what_is_told_tells_several_stories(joined: str):
    assert len(titles(LISTED.format(joined), PARAGRAPHS)) == 3
    others = LISTED.format(joined).replace("torn meshes", "new engines")
    assert titles(others, PARAGRAPHS) == [others]


def test_a_title_that_lists_its_headings_is_no_story_of_its_own():
    told = "\n\n".join(f"## {name}\n\n{said}" for name, said in (("Hemp", LONG), ("Shores", LONG), ("Meshes", LONG)))
    text = f"{LONG}\n\n{told}\n\n## Songs\n\n{LONG}"
    assert titles("Hemp, shores, meshes and songs", text) == ["Hemp", "Shores", "Meshes", "Songs"]
    assert titles("Who keeps the lights", text) == ["Who keeps the lights"]
    creed = "Hemp, shores, meshes and songs for all"
    assert titles(creed, text.replace("## Hemp", "## Hemp and shores").replace("## Songs", "## Why")) == [creed]


@pytest.mark.parametrize(
    "name",
    [
        "Weeknotes of the yard",
        "Harbour12",
        "March in Kiel",
        "Two months in the yard",
        "La revue de presse",
        "Pressespiegel",
        "Rassegna stampa",
        "Обзор верфи",
        "码头简报",
    ],
)
def test_words_for_a_periodical_tell_several_stories(name: str):
    assert len(titles(name, PARAGRAPHS)) == 3

"""Whole newsletters in the styles that people write, each with the answer that a careful editor would give.

An answer says line by line what is asked for: `= title | date | tags`, `## Section > Sub`, `- title of an item`, below
it its links, `> how its text begins` and `img address`; `! words` that no item may show. All of it is invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from digest.model import Issue, Item, ReadOptions
from digest.reading import read_issues

FOLDER = Path(__file__).resolve().parents[1] / "data" / "newsletters"
NEWSLETTERS = sorted(path for path in FOLDER.iterdir() if path.suffix in {".md", ".mdx"})
OPTIONS = ReadOptions(site_url="https://site.example")


@dataclass
class Wanted:
    """An item as the answer has it."""

    title: str
    section: tuple[str, ...]
    links: list[str] = field(default_factory=list[str])
    opens: str = ""
    image: str = ""


@dataclass
class Answer:
    """What an issue should read as; `head` is its title, date and tags."""

    head: tuple[str, str, str] | None = None
    items: list[Wanted] = field(default_factory=list[Wanted])
    never: list[str] = field(default_factory=list[str])


def read_answer(path: Path) -> Answer:
    answer = Answer()
    section: tuple[str, ...] = ()
    for line in path.read_text(encoding="utf-8").splitlines():
        mark, _, rest = line.strip().partition(" ")
        if mark == "=":
            title, date, tags = (part.strip() for part in line[1:].rsplit("|", 2))
            answer.head = (title, date, tags)
        elif mark == "##":
            section = tuple(part.strip() for part in rest.split(" > ")) if rest else ()
        elif mark == "-":
            answer.items.append(Wanted(rest, section))
        elif mark == ">":
            answer.items[-1].opens = rest
        elif mark == "img":
            answer.items[-1].image = rest
        elif mark == "!":
            answer.never.append(rest)
        elif mark:
            answer.items[-1].links.append(mark)
    assert answer.items, f"{path.name} asks for nothing"
    return answer


def read(path: Path) -> tuple[Issue, Answer]:
    return read_issues(path.read_bytes(), path.name, OPTIONS)[0], read_answer(path.with_suffix(".txt"))


def letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def shown(item: Item) -> str:
    return letters(f"{item.title} {item.text} {item.body}")


def test_there_are_newsletters_of_many_kinds():
    assert len(NEWSLETTERS) >= 50


@pytest.mark.parametrize("path", NEWSLETTERS, ids=lambda path: path.stem)
def test_an_editor_would_agree_with_the_items(path: Path):
    issue, answer = read(path)
    found = [(item.section[-1:], letters(item.title), {link.url for link in item.links}) for item in issue.items]
    assert found == [(one.section[-1:], letters(one.title), set(one.links)) for one in answer.items]


@pytest.mark.parametrize("path", NEWSLETTERS, ids=lambda path: path.stem)
def test_an_editor_would_agree_with_the_rest(path: Path):
    issue, answer = read(path)
    if answer.head is not None:
        assert (issue.title, str(issue.date or ""), ", ".join(issue.tags)) == answer.head
    for item, wanted in zip(issue.items, answer.items, strict=True):
        assert letters(wanted.opens) in letters(f"{item.title} {item.text}")
        assert not wanted.image or (item.image or "").endswith(wanted.image)
    leaks = [phrase for phrase in answer.never if any(letters(phrase) in shown(item) for item in issue.items)]
    assert leaks == []

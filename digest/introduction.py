"""An issue's introduction as an item of its own, so that it can be searched and posted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.model import Issue, Item, Link
from digest.render.markdown import shown_addresses

INTRODUCTION = "introduction"  # its ID; IDs of other items are hexadecimal numbers


def introduction_of(issue: Issue) -> Item | None:
    """Return the issue's introduction as an item; None if there is none, or if it repeats the summary."""
    text = issue.intro.strip()
    if not any(map(str.isalnum, text)):  # for example, the empty bullet of a template
        return None
    is_repeated = bool(issue.summary) and " ".join(text.split()) == " ".join(issue.summary.split())
    if is_repeated:
        return None
    body = issue.introduction
    return Item(
        id=INTRODUCTION,
        title=issue.title,
        text=text,
        body=body,
        links=tuple(Link("", url) for url in sorted(shown_addresses(body))),
    )


def is_introduction(item: Item) -> bool:
    """Whether an item is an issue's introduction rather than a story."""
    return item.id == INTRODUCTION


def with_introduction(issue: Issue) -> tuple[Item, ...]:
    """Return the issue's items, starting with its introduction if there is one."""
    found = introduction_of(issue)
    return issue.items if found is None else (found, *issue.items)


def placed(items: Sequence[Item]) -> Iterator[tuple[int, Item]]:
    """Yield each item with its position among the stories, from 0; an introduction has -1."""
    return enumerate(items, start=-1 if items and is_introduction(items[0]) else 0)

"""The editor's introduction as one more item: searches find it, and it can be posted as its own message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.model import Issue, Item, Link
from digest.render.markdown import shown_addresses

INTRODUCTION = "introduction"  # its id; those of other items are numbers in hexadecimal


def introduction_of(issue: Issue) -> Item | None:
    """Return the editor's own words as an item; None if there are none, or the summary says the same."""
    text = issue.intro.strip()
    if not any(map(str.isalnum, text)):  # the bullet of a list that a template fills
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
    """Whether an item is an issue's introduction and not one of its stories."""
    return item.id == INTRODUCTION


def with_introduction(issue: Issue) -> tuple[Item, ...]:
    """Return the issue's items, its introduction first if there is one."""
    found = introduction_of(issue)
    return issue.items if found is None else (found, *issue.items)


def placed(items: Sequence[Item]) -> Iterator[tuple[int, Item]]:
    """Yield each item with its place among the stories, from 0; an introduction is before the first, at -1."""
    return enumerate(items, start=-1 if items and is_introduction(items[0]) else 0)

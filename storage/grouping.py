"""Grouping items of a long issue into messages: consecutive one-liners share one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from digest.model import Item
from digest.render.markdown import length, link_address, shown_addresses

MOST_ENTRIES = 25  # Discord's limit of options in the select menu that opens a list's items
MOST_TEXT = 3_400  # characters; below the embed description's 4,096, because corrections can lengthen titles
_LONGEST_ENTRY = 700
_LONGEST_TEXT = 100  # characters beside the title, such as "(The Verge)", "[video]", a day and a place
_LINKS = 4
_OPENS_BLOCK = re.compile(r"[>#]|-\#|[-*+]\s|\d+[.)]\s|```")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """An item for planning; `entry` is its length as a list entry, None if it does not fit one."""

    id: int
    position: int
    item: Item
    is_live: bool
    entry: int | None = None
    is_introduction: bool = False  # the introduction, always a separate message

    @property
    def chapter(self) -> tuple[str, ...]:
        """The section whose one-liners share a message."""
        return self.item.section[:1]


@dataclass(frozen=True, slots=True)
class Batch:
    """The items of a message."""

    stories: tuple[PlannedItem, ...]
    in_thread: bool = False
    was_list: bool = False  # posted as a list, however few of its items remain

    @property
    def is_list(self) -> bool:
        """Whether the message is a list."""
        return self.was_list or len(self.stories) > 1


@dataclass(frozen=True, slots=True)
class Standing:
    """An item message in a channel that the ledger does not know, with the link targets of its items."""

    addresses: frozenset[str]
    is_list: bool
    in_thread: bool


def entry_length(item: Item) -> int | None:
    """Return an item's length in characters as a list entry; None if it is too long or complex for one."""
    body = item.body.strip().removeprefix("- ")  # the bullet of a single entry is meaningless
    is_more = item.image or "\n" in body or len(item.text) > _LONGEST_TEXT or len(item.links) > _LINKS
    if is_more or _OPENS_BLOCK.match(body):
        return None
    shown = shown_addresses(body)
    hidden = (length(link.url) + length(link.text) + 8 for link in item.links if link_address(link.url) not in shown)
    size = length(item.title) + length(body) + sum(hidden) + 8
    return size if size <= _LONGEST_ENTRY else None


def batches(
    stories: Sequence[PlannedItem], most: int, *, live: Sequence[PlannedItem] | None = None, already: int = 0
) -> list[Batch]:
    """Group `stories` into messages, in order; an issue with more than `most` items is long.

    `live` are all items of the issue (None: `stories`), `already` is the number of its messages in the channel;
    messages beyond `most` go into the thread.
    """
    told = [Batch((story,)) for story in stories if story.is_introduction]
    stories = _without_introduction(stories)
    live = stories if live is None else _without_introduction(live)
    if len(live) <= most:
        return told + [Batch((story,)) for story in stories]
    places = {story.id: index for index, story in enumerate(live)}
    found = [Batch(run) for run in _runs(stories, places)]
    room = max(most - already, 0)
    return told + found[:room] + [replace(batch, in_thread=True) for batch in found[room:]]


def batches_standing(stories: Sequence[PlannedItem], standing: Iterable[Standing]) -> list[Batch]:
    """Group items as in existing messages, for example after restoring a backup.

    At least half of a list's items must match, because issues can share a link or two.
    """
    found: list[Batch] = []
    taken: set[int] = set()
    for message in standing:
        mine = [story for story in stories if story.id not in taken and _main_address(story) in message.addresses]
        if message.is_list:
            mine = [story for story in mine if story.entry is not None]
        if not mine or len(mine) * 2 < len(message.addresses):
            continue
        taken |= {story.id for story in mine}
        found.append(Batch(tuple(mine), message.in_thread, was_list=message.is_list))
    return found


def batches_beside(
    stories: Sequence[PlannedItem],
    standing: Iterable[Standing],
    most: int,
    *,
    live: Sequence[PlannedItem],
    already: int = 0,
) -> list[Batch]:
    """Group items as `batches` does, but keep items of existing messages together."""
    there = batches_standing(stories, standing)
    known = {story.id for batch in there for story in batch.stories}
    new = [story for story in stories if story.id not in known]
    found = batches(new, most, live=live, already=already + len(there))
    return sorted(there + found, key=lambda batch: batch.stories[0].position)


def _main_address(story: PlannedItem) -> str:
    return link_address(story.item.links[0].url) if story.item.links and not story.is_introduction else ""


def _without_introduction(stories: Iterable[PlannedItem]) -> list[PlannedItem]:
    return [story for story in stories if not story.is_introduction]


def _runs(stories: Iterable[PlannedItem], places: dict[int, int]) -> Iterator[tuple[PlannedItem, ...]]:
    """Yield runs of consecutive one-liners of a chapter that fit a message; other items alone."""
    run: list[PlannedItem] = []
    for story in stories:
        if run and not _goes_on(run, story, places):
            yield tuple(run)
            run = []
        run.append(story)
    if run:
        yield tuple(run)


def _goes_on(run: Sequence[PlannedItem], story: PlannedItem, places: dict[int, int]) -> bool:
    is_below = places.get(story.id) == places.get(run[-1].id, -2) + 1
    return is_below and run[0].chapter == story.chapter and has_room(run, story)


def has_room(entries: Sequence[PlannedItem], story: PlannedItem) -> bool:
    """Whether one more entry fits into a list."""
    sizes = [each.entry for each in (*entries, story)]
    if len(sizes) > MOST_ENTRIES:
        return False
    return all(size is not None for size in sizes) and sum(size or 0 for size in sizes) <= MOST_TEXT

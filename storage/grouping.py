"""Which items of a long issue share a message: one-liners, in runs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from digest.model import Item
from digest.render.markdown import length, link_address, shown_addresses

MOST_ENTRIES = 25  # the options of a menu of Discord's, by which a list's items are opened
MOST_TEXT = 3_400  # of the 4,096 characters of an embed's description: titles grow when they are corrected
_LONGEST_ENTRY = 700
_LONGEST_TEXT = 100  # "(The Verge)", "[video]", a day and a place
_LINKS = 4
_OPENS_BLOCK = re.compile(r"[>#]|-\#|[-*+]\s|\d+[.)]\s|```")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """As much of an item as planning needs; `entry` is its length as a line of a list, None if it is a story."""

    id: int
    position: int
    item: Item
    is_live: bool
    entry: int | None = None
    is_introduction: bool = False  # the editor's own words above the items: a message of its own, and none of these

    @property
    def chapter(self) -> tuple[str, ...]:
        """The section whose one-liners share a message."""
        return self.item.section[:1]


@dataclass(frozen=True, slots=True)
class Batch:
    """The items of one message."""

    stories: tuple[PlannedItem, ...]
    in_thread: bool = False
    was_list: bool = False  # it is in the channel as a list, how many of its items there may be by now

    @property
    def is_list(self) -> bool:
        """Whether it is set as a list."""
        return self.was_list or len(self.stories) > 1


@dataclass(frozen=True, slots=True)
class Standing:
    """A message with items that is in a channel and that the ledger does not know: where its items lead."""

    addresses: frozenset[str]
    is_list: bool
    in_thread: bool


def entry_length(item: Item) -> int | None:
    """How long an item is as a line of a list; None if it says more than a line holds."""
    body = item.body.strip().removeprefix("- ")  # of a single entry the bullet says nothing
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
    """Set `stories` in messages, in their order; `most` is where an issue begins to be long.

    `live` are all items of the issue (None: these), `already` counts its messages in the channel: those beyond
    `most` go into the thread.
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
    """Set items in the messages in which they stand already, as after a backup was put back.

    Of a list at least half has to be there: issues may share a link or two.
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
    """Set items as `batches` does, but for those that are in the channel already: they stay in their messages."""
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
    """One-liners of a chapter that stand one below the other, as many as a message holds; stories alone."""
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
    """Whether a list of `entries` may take one more."""
    sizes = [each.entry for each in (*entries, story)]
    if len(sizes) > MOST_ENTRIES:
        return False
    return all(size is not None for size in sizes) and sum(size or 0 for size in sizes) <= MOST_TEXT

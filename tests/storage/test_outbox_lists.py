"""Layout auto: one-liners of a long issue share messages, and stay true however the issue changes."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field, replace

import pytest

from digest.model import Issue, Item, Link
from storage.archive import Archive
from storage.grouping import MOST_ENTRIES, PlannedItem, batches, entry_length
from storage.layouts import Introduction, Layout, OnRemoved
from storage.outbox import Outbox
from storage.records import Action, Delivery, State, Subscription
from storage.scope import Scope
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

ALL = Scope.everything()

CHANNEL = 700
MOST = 3


def line(name: str, section: str = "Links") -> Item:
    """A one-liner."""
    return Item(
        id=name, title=f"{name} {hash_of(name)}", section=(section,), links=(Link(name, f"https://x.example/{name}"),)
    )


def story(name: str, section: str = "Links") -> Item:
    text = f"What happened to {name}, told at some length, so that nobody would set it as one line of a list of many."
    return replace(line(name, section), text=text + text, body=f"{text}\n\n{text}")


def hash_of(name: str) -> str:
    return f"{random.Random(name).randrange(10**15):x}"


def issue(*items: Item, version: int = 1) -> Issue:
    return Issue(path="one.md", title="Issue", date=dt.date(2025, 2, 28), summary=f"Version {version}", items=items)


@dataclass
class Room:
    """One channel that takes what the outbox hands out, and what each of its messages lists."""

    outbox: Outbox
    subscriptions: Subscriptions
    archive: Archive
    now: dt.datetime
    shown: dict[int, list[str]] = field(default_factory=dict)  # message -> titles' names, of live items
    threads: dict[int, int | None] = field(default_factory=dict)
    last_id: int = 9000

    async def follow(self, **values: object) -> Subscription:
        wish = replace(Follow(newsletter="N", channel=CHANNEL, max_messages=MOST), **values)  # type: ignore[arg-type]
        return await self.subscriptions.add(wish, now=self.now, guild_id=1)

    async def put(self, *items: Item, version: int = 1, plan: bool = False) -> int:
        [found] = await self.archive.store("N", [(issue(*items, version=version), self.now)], now=self.now)
        if plan:
            await self.outbox.plan(found.id, now=self.now)
        return found.id

    async def step(self) -> Delivery | None:
        delivery = await self.outbox.claim_next(CHANNEL, now=self.now)
        if delivery is not None:
            await self.perform(delivery)
        return delivery

    async def perform(self, delivery: Delivery) -> None:
        message_id = delivery.message_id
        if delivery.action is Action.POST:
            self.last_id += 1
            message_id = self.last_id
            self.threads[message_id] = delivery.thread_id
        assert message_id is not None
        if delivery.action is Action.DELETE:
            del self.shown[message_id]
        else:
            self.shown[message_id] = await self.names(delivery)
        assert await self.outbox.sent(delivery.id, message_id, now=self.now)

    async def names(self, delivery: Delivery) -> list[str]:
        ids = await self.outbox.listed(delivery.id) if delivery.is_list else [delivery.item_id]
        records = await self.archive.items_by_id(ALL, [number for number in ids if number is not None])
        live = [one for one in records.values() if one.removed_at is None and delivery.action is not Action.WITHDRAW]
        return [one.item.title.split()[0] for one in sorted(live, key=lambda one: one.position)]

    async def drain(self) -> list[str]:
        """Work everything off; returns what was done, in order."""
        done: list[str] = []
        while (delivery := await self.step()) is not None:
            done.append(delivery.action.value)
        return done

    @property
    def messages(self) -> list[list[str]]:
        return [names for _, names in sorted(self.shown.items())]


@pytest.fixture
async def room(outbox: Outbox, subscriptions: Subscriptions, archive: Archive, now: dt.datetime) -> Room:
    return Room(outbox, subscriptions, archive, now)


# planning


async def test_an_issue_within_the_limit_is_posted_item_by_item(room: Room) -> None:
    await room.follow()
    await room.put(line("a"), line("b"), line("c"), plan=True)
    await room.drain()
    assert room.messages == [[], ["a"], ["b"], ["c"]]


async def test_one_liners_of_a_section_share_a_message_and_stories_stand_alone(room: Room) -> None:
    await room.follow()
    await room.put(line("a"), line("b"), story("c"), line("d", "More"), line("e", "More"), plan=True)
    await room.drain()
    assert room.messages == [[], ["a", "b"], ["c"], ["d", "e"]]


async def test_what_is_still_too_much_goes_into_a_thread_below_the_header(room: Room) -> None:
    await room.follow()
    await room.put(*(story(name) for name in "abcde"), plan=True)
    await room.drain()
    assert room.messages == [[], ["a"], ["b"], ["c"], ["d"], ["e"]]
    header = 9001
    assert list(room.threads.values()) == [None, None, None, None, header, header]


@pytest.mark.parametrize("layout", ["items", "thread"])
async def test_other_layouts_mean_what_they_say(room: Room, layout: str) -> None:
    await room.follow(layout=Layout(layout))
    await room.put(*(line(name) for name in "abcde"), plan=True)
    await room.drain()
    assert room.messages == [[], ["a"], ["b"], ["c"], ["d"], ["e"]]


def test_a_list_has_no_more_entries_than_its_menu() -> None:
    stories = [
        PlannedItem(id=n, position=n, item=Item(id=str(n), title="T", section=("S",)), is_live=True, entry=10)
        for n in range(60)
    ]
    assert [len(batch.stories) for batch in batches(stories, 30)] == [MOST_ENTRIES, MOST_ENTRIES, 10]


@pytest.mark.parametrize(
    ("values", "is_line"),
    [
        ({}, True),
        ({"text": "(The Verge)", "body": "([The Verge](https://v.example))"}, True),
        ({"text": "• A talk", "body": "- [**A talk**](https://v.example)"}, True),
        ({"image": "https://x.example/p.png"}, False),
        ({"text": "a\nb", "body": "a\nb"}, False),
        ({"text": "word " * 30, "body": "word " * 30}, False),
        ({"text": "quoted", "body": "> quoted"}, False),
    ],
)
def test_what_fits_a_line(values: dict[str, str], is_line: bool) -> None:
    assert (entry_length(replace(line("a"), **values)) is not None) is is_line


# changes


async def test_a_late_one_liner_joins_the_list_beside_it(room: Room) -> None:
    await room.follow()
    await room.put(*(line(name) for name in "abde"), plan=True)
    await room.drain()
    await room.put(*(line(name) for name in "abcdef"))
    assert await room.drain() == ["edit", "edit"]
    assert room.messages == [[], ["a", "b", "c", "d", "e", "f"]]


@pytest.mark.both_engines
async def test_a_one_liner_that_grows_into_a_story_gets_a_message_of_its_own(room: Room) -> None:
    await room.follow()
    await room.put(*(line(name) for name in "abcd"), plan=True)
    await room.drain()
    await room.put(story("a"), line("b"), line("c"), line("d"))
    assert await room.drain() == ["post", "edit", "edit"]
    assert room.messages == [[], ["b", "c", "d"], ["a"]]


async def test_the_last_one_of_a_list_keeps_its_message(room: Room) -> None:
    await room.follow()
    await room.put(line("a"), line("b"), story("x"), story("y"), plan=True)
    await room.drain()
    await room.put(story("a"), story("b"), story("x"), story("y"))
    await room.drain()
    assert room.messages == [[], ["a"], ["x"], ["y"], ["b"]]


async def test_a_withdrawn_one_is_edited_away_and_comes_back_in_place(room: Room) -> None:
    await room.follow()
    await room.put(*(line(name) for name in "abcd"), plan=True)
    await room.drain()
    await room.put(*(line(name) for name in "acd"))
    assert await room.drain() == ["edit", "edit"]
    assert room.messages == [[], ["a", "c", "d"]]
    await room.put(*(line(name) for name in "abcd"))
    assert await room.drain() == ["edit", "edit"]
    assert room.messages == [[], ["a", "b", "c", "d"]]


async def test_a_list_of_which_nothing_is_left_is_withdrawn(room: Room) -> None:
    await room.follow()
    await room.put(line("a"), line("b"), story("x"), story("y"), plan=True)
    await room.drain()
    await room.put(story("x"), story("y"))
    assert sorted(await room.drain()) == ["edit", "withdraw"]


async def test_an_issue_that_grows_past_the_limit_keeps_its_messages(room: Room) -> None:
    await room.follow()
    await room.put(line("a"), line("b"), plan=True)
    await room.drain()
    await room.put(*(line(name) for name in "abcdef"))
    await room.drain()
    assert room.messages == [[], ["a"], ["b"], ["c", "d", "e", "f"]]


async def test_a_list_that_nobody_saw_is_set_anew(room: Room) -> None:
    await room.follow()
    await room.put(*(line(name) for name in "abcde"), plan=True)
    await room.step()
    await room.put(line("a"), line("b"), story("c"), line("d"), line("e"))
    await room.drain()
    assert room.messages == [[], ["a", "b"], ["c"], ["d", "e"]]


async def test_a_list_whose_message_was_deleted_by_hand_stays_away(room: Room) -> None:
    await room.follow()
    await room.put(*(line(name) for name in "abcd"), plan=True)
    await room.step()
    claimed = await room.outbox.claim_next(CHANNEL, now=room.now)
    assert claimed is not None
    await room.outbox.lost(claimed.id, now=room.now)
    await room.put(story("a"), line("b"), line("c"), line("d"))
    assert await room.drain() == ["edit"]


@pytest.mark.both_engines
async def test_the_header_deleted_by_hand_takes_the_thread_below_it_along(room: Room) -> None:
    await room.follow()
    await room.put(*(story(name) for name in "abcde"), plan=True)
    header = await room.step()
    assert header is not None
    await room.outbox.lost(header.id, now=room.now)
    await room.drain()
    assert room.messages == [[], ["a"], ["b"], ["c"]]
    assert (await room.outbox.counts())[State.PENDING] == 0


async def test_jumps_lead_from_each_item_to_the_message_that_lists_it(room: Room) -> None:
    await room.follow()
    number = await room.put(line("a"), line("b"), story("c"), story("d"), plan=True)
    await room.drain()
    ids = [record.id for record in await room.archive.items(ALL, number)]
    places = await room.outbox.messages_of(ids, 1)
    assert [places[item_id] for item_id in ids] == [(CHANNEL, 9002), (CHANNEL, 9002), (CHANNEL, 9003), (CHANNEL, 9004)]


@pytest.mark.both_engines
async def test_a_channel_that_follows_no_longer_may_follow_again(room: Room) -> None:
    subscription = await room.follow()
    await room.put(*(line(name) for name in "abcd"), plan=True)
    await room.subscriptions.remove(subscription.id, now=room.now)
    await room.follow()
    await room.put(line("a"), line("b"), line("c"))
    assert await room.drain() == []


# whatever happens


# Of sixty such histories four (0, 2, 3, 19) go every way through storage/ that any goes.
@pytest.mark.parametrize(
    ("engine", "seed"),
    [*(("sqlite", seed) for seed in (*range(6), 19)), *(("postgresql", seed) for seed in (0, 2))],
    indirect=["engine"],
)
@pytest.mark.parametrize("on_removed", ["mark", "delete"])
async def test_whatever_happens_each_item_is_shown_once(room: Room, seed: int, on_removed: str) -> None:
    """An author at work while messages leave, get lost before they leave, or are done without an answer."""
    chance = random.Random(seed)
    await room.follow(on_removed=OnRemoved(on_removed), max_messages=chance.choice([2, 4, 8]))
    names = [f"n{number}" for number in range(chance.randint(2, 14))]
    items = [chance.choice([line, line, story])(name, chance.choice("ST")) for name in names]
    items.sort(key=lambda item: item.section)
    await room.put(*items, plan=True)
    for version in range(2, 14):
        for _ in range(chance.randint(0, 4)):
            delivery = await room.outbox.claim_next(CHANNEL, now=room.now)
            if delivery is None:
                break
            if chance.random() < 0.8:
                await room.perform(delivery)
            else:
                await room.outbox.released(delivery.id, is_unsent=chance.random() < 0.5)
        change(items, chance, version)
        await room.put(*items, version=version)
    await room.drain()
    shown = [name for names in room.messages for name in names]
    assert sorted(shown) == sorted(item.title.split()[0] for item in items)
    assert (await room.outbox.counts())[State.SENDING] == 0


def change(items: list[Item], chance: random.Random, version: int) -> None:
    act = chance.choice(["add", "add", "remove", "grow", "shrink", "move"])
    at = chance.randrange(len(items)) if items else 0
    if act == "add" or not items:
        items.insert(at, chance.choice([line, story])(f"v{version}", items[at].section[0] if items else "S"))
    elif act == "remove" and len(items) > 1:
        del items[at]
    elif act in {"grow", "shrink"}:
        made = (story if act == "grow" else line)(items[at].id, items[at].section[0])
        items[at] = made
    elif act == "move":
        items.insert(chance.randrange(len(items)), items.pop(at))


# introductions


def told(*items: Item, intro: str = "Hello.") -> Issue:
    return replace(issue(*items), intro=intro, introduction=intro)


@pytest.mark.both_engines
async def test_an_introduction_stands_above_the_lists_and_counts_for_none(room: Room) -> None:
    await room.follow(introduction=Introduction.MESSAGE)
    [stored] = await room.archive.store("N", [(told(*(line(name) for name in "abc")), room.now)], now=room.now)
    await room.outbox.plan(stored.id, now=room.now)
    await room.drain()
    assert room.messages == [[], ["Issue"], ["a"], ["b"], ["c"]]  # three items: as many as are alone
    assert [record.item.id for record in await room.archive.items(ALL, stored.id)] == ["a", "b", "c"]
    assert (await room.archive.issues(ALL, [stored.id]))[stored.id].item_count == 3


async def test_an_introduction_alone_is_not_posted(room: Room) -> None:
    await room.follow(introduction=Introduction.MESSAGE, sections=("Elsewhere",))
    [stored] = await room.archive.store("N", [(told(line("a")), room.now)], now=room.now)
    assert await room.outbox.plan(stored.id, now=room.now) == 0


async def test_an_introduction_that_comes_back_is_the_same_message(room: Room) -> None:
    await room.follow(introduction=Introduction.MESSAGE)
    for intro in ("Hello.", "", "Good evening."):
        [stored] = await room.archive.store("N", [(told(line("Issue"), intro=intro), room.now)], now=room.now)
        await room.outbox.plan(stored.id, now=room.now)
        await room.drain()
    assert room.messages == [[], ["Issue"], ["Issue"]]

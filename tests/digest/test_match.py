"""Which item of a corrected issue is which."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.match import match
from digest.model import Item, Link


def item(identity: str, title: str, *urls: str, text: str = "", section: tuple[str, ...] = ()) -> Item:
    links = tuple(Link("link", url) for url in urls)
    return Item(id=identity, title=title, links=links, text=text, body=text, section=section)


ALPHA = item("a", "Alpha is released", "https://e.org/alpha", text="All about it.")
BETA = item("b", "Beta looks back", "https://e.org/beta", text="Memories.")
GAMMA = item("c", "Gamma rays explained", "https://e.org/gamma", text="Physics.")
OLD = (ALPHA, BETA, GAMMA)


def test_the_same_version_has_no_differences():
    matching = match(OLD, [replace(one, id=f"new-{one.id}") for one in OLD])
    assert matching.items == OLD
    assert (matching.changed, matching.added, matching.removed, matching.moved) == ((), (), (), ())


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Quite another headline"},
        {"text": "Other words.", "body": "Other words."},
        {"links": (Link("link", "https://e.org/beta"), Link("more", "https://e.org/more"))},
        {"links": (Link("Paper", "https://e.org/beta"),)},
        {"image": "https://e.org/i.png"},
        {"section": ("News",)},
        {"links": (Link("link", "https://e.org/beta-2"),)},
    ],
)
def test_a_corrected_item_keeps_its_id_and_is_changed(change):
    matching = match(OLD, [ALPHA, replace(BETA, id="x", **change), GAMMA])
    assert [one.id for one in matching.items] == ["a", "b", "c"]
    assert (matching.changed, matching.added, matching.removed, matching.moved) == (("b",), (), (), ())


@pytest.mark.parametrize(
    "change", [{"title": " Beta  looks\nback "}, {"body": "Memories. \n"}, {"lines": (7, 9)}, {"anchor": "beta"}]
)
def test_what_a_reader_does_not_see_is_no_change(change):
    assert match(OLD, [ALPHA, replace(BETA, **change), GAMMA]).changed == ()


def test_added_and_removed():
    new = item("n", "Something new", "https://e.org/new")
    matching = match(OLD, [new, ALPHA, GAMMA])
    assert [one.id for one in matching.items] == ["n", "a", "c"]
    assert (matching.changed, matching.added, matching.removed, matching.moved) == ((), ("n",), ("b",), ())


def test_the_fewest_items_are_moved():
    assert match(OLD, [GAMMA, ALPHA, BETA]).moved == ("c",)
    assert match(OLD, [BETA, ALPHA, GAMMA]).moved in (("a",), ("b",))


def test_a_link_goes_before_a_title():
    swapped = [replace(ALPHA, title=BETA.title), replace(BETA, title="Beta, otherwise"), GAMMA]
    assert [one.id for one in match(OLD, swapped).items] == ["a", "b", "c"]


def test_items_of_one_link_are_told_apart_by_their_titles():
    old = [item("1", "Fixes in the parser", "https://e.org/log"), item("2", "New command line", "https://e.org/log")]
    new = [
        item("x", "The new command line", "https://e.org/log"),
        item("y", "Fixes in the parser", "https://e.org/log"),
    ]
    assert [one.id for one in match(old, new).items] == ["2", "1"]


def test_items_without_links_are_told_by_title_then_by_text():
    old = [item("1", "Alpha", text="First."), item("2", "Beta", text="Second.")]
    new = [item("x", "Gamma", text="Second."), item("y", "Alpha!", text="First!")]
    assert [one.id for one in match(old, new).items] == ["2", "1"]


def test_many_items_of_one_link_are_paired_by_equal_titles():
    old = [item(str(place), f"Story {place}", "https://e.org/log", text=str(place)) for place in range(30)]
    new = [replace(one, id=f"new-{one.id}", text="corrected", body="corrected") for one in reversed(old)]
    matching = match(old, new)
    assert [one.id for one in matching.items] == [one.id for one in reversed(old)]
    assert len(matching.changed) == 30


def test_items_that_are_all_alike_keep_their_order():
    old = [item(str(place), "Untold") for place in range(40)]
    matching = match(old, old[3:])
    assert len(matching.items) == 37
    assert matching.added == ()
    assert len(matching.removed) == 3
    assert matching.moved == ()


def test_another_story_of_a_like_title_is_no_correction():
    old = [item("1", "Meetup in Berlin", "https://e.org/1")]
    matching = match(old, [item("2", "Release of the compiler", "https://e.org/2")])
    assert (matching.added, matching.removed) == (("2",), ("1",))


def test_a_new_item_never_takes_the_id_of_a_removed_one():
    matching = match([item("1", "Old story", "https://e.org/old")], [item("1", "Fresh news", "https://e.org/fresh")])
    assert matching.removed == ("1",)
    assert matching.added == ("1-2",)
    assert matching.items[0].id == "1-2"


def test_empty_versions():
    assert match([], []).items == ()
    assert match(OLD, []).removed == ("a", "b", "c")
    assert match([], OLD).added == ("a", "b", "c")


TITLES = st.sampled_from(["Alpha", "Alpha!", "Beta", "", "A long title about something"])
URLS = st.lists(st.sampled_from([f"https://e.org/{number}" for number in range(4)]), max_size=2, unique=True)
ITEMS = st.lists(st.tuples(TITLES, URLS, st.sampled_from(["", "x", "y"])), max_size=8).map(
    lambda rows: [item(f"i{place}", title, *urls, text=text) for place, (title, urls, text) in enumerate(rows)]
)


@given(ITEMS, ITEMS)
def test_every_item_is_in_exactly_one_place(old, new):
    matching = match(old, new)
    ids = [one.id for one in matching.items]
    kept = set(ids) - set(matching.added)
    assert len(ids) == len(set(ids)) == len(new)
    assert [replace(one, id="") for one in matching.items] == [replace(one, id="") for one in new]
    assert kept | set(matching.removed) == {one.id for one in old}
    assert not kept & set(matching.removed)
    assert set(matching.changed) <= kept
    assert set(matching.moved) <= kept


@given(ITEMS)
def test_a_version_matches_itself(old):
    matching = match(old, old)
    assert matching.items == tuple(old)
    assert not matching.changed
    assert not matching.moved


@pytest.mark.parametrize("seed", [1, 2])
def test_a_long_issue_that_was_rewritten_is_matched_quickly(seed):
    choose = random.Random(seed)
    words = "lorem ipsum dolor sit amet news weekly compiler parser release".split()  # noqa: SIM905

    def version(name: str) -> list[Item]:
        return [item(f"{n}", " ".join(choose.choices(words, k=6)), f"https://{name}/{n}") for n in range(1_000)]

    start = time.process_time()
    match(version("old"), version("new"))
    assert time.process_time() - start < 1

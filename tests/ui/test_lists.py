"""The message of several one-liners: a line each, and the links where their author put them."""

from __future__ import annotations

from digest.model import Item, Link
from ui.lists import ListEntry, list_message


def lines(*items: Item) -> list[str]:
    return (list_message([ListEntry(one) for one in items], "N", "m").embed.description or "").split("\n")


def item(title: str, *links: Link, body: str = "") -> Item:
    return Item(id="1", title=title, section=("News",), text=body, body=body, links=links)


ONE, TWO, THREE = (Link(text, f"https://{text.split()[-1]}.example/") for text in ("pins taps", "locks lists", "more"))


def test_a_title_of_several_links_is_linked_where_their_words_are() -> None:
    [line] = lines(item("Otter_2 pins taps, locks lists and rests", ONE, TWO))
    assert line == (r"- Otter\_2 [pins taps](https://taps.example/), [locks lists](https://lists.example/) and rests")


def test_a_link_beside_the_title_follows_it_and_one_within_leaves_the_whole_title_a_link() -> None:
    assert lines(item("Otter pins taps", ONE, THREE)) == [
        "- [Otter pins taps](https://taps.example/) · [more](https://more.example/)"
    ]
    [line] = lines(item("Otter pins taps and sings more", ONE, THREE, Link("notes", "https://n.example/")))
    assert line == (
        "- Otter [pins taps](https://taps.example/) and sings [more](https://more.example/) · "
        "[notes](https://n.example/)"
    )


def test_a_line_that_finds_no_room_keeps_its_title() -> None:
    long = [
        item(f"Otter {number} pins taps", Link("pins taps", f"https://o.example/{'x' * 400}")) for number in range(12)
    ]
    found = lines(*long)
    assert [line.startswith("- ") for line in found] == [True] * 12
    assert "- Otter 0 pins taps" in found

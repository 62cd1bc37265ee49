"""What is said of several channels alike is said once, and nothing is said of a channel that was not meant."""

from __future__ import annotations

from errors import S_
from ui.grouping import NAMED, gathered, is_alike

OUTER = S_("No lesson takes place in {channel}: {reason}")
LACKS = S_("The teacher lacks {thing} in {channel}.")
CLOSED, OTHER = (LACKS.replace("{thing}", thing).replace("{channel}", "{}") for thing in ("chalk", "a board"))


def texts(*found: str) -> list[str]:
    return [text for text, _ in gathered(found, str)]


def test_one_sentence_names_all_channels_of_which_the_same_is_said() -> None:
    first, second, other = f"⚠️ {CLOSED.format('#a')}", f"⚠️ {CLOSED.format('#b')}", f"⚠️ {OTHER.format('#c')}"
    assert texts(first, other, second) == [f"⚠️ {CLOSED.format('#a, #b')}", other]
    assert is_alike(first, second)
    assert not is_alike(first, first)
    assert not is_alike(first, other)
    assert not is_alike(first, first.replace("⚠️", "🔸").replace("#a", "#b"))


def test_a_reason_that_names_its_channel_again_is_told_without_what_stands_around_it() -> None:
    found = [f"⚠️ {OUTER.format(channel=f'<#{number}>', reason=CLOSED.format(f'#{number}'))}" for number in (1, 2)]
    assert texts(*found) == [f"⚠️ {CLOSED.format('<#1>, <#2>')}"]
    assert texts(found[0]) == [found[0]]
    assert texts(found[0], found[0]) == [found[0]]


def test_what_is_about_no_channel_stands_for_itself_and_many_channels_are_counted() -> None:
    assert texts("x", "x", "y") == ["x", "y"]
    assert not is_alike("x", "x")
    many = texts(*(CLOSED.format(f"#{number}") for number in range(NAMED + 3)))
    assert many[0].count("#") == NAMED
    assert "(+3)" in many[0]

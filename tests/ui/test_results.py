"""Pages of results."""

from __future__ import annotations

from ui.results import highlighted


def test_matches_are_bold_and_everything_else_is_literal() -> None:
    assert highlighted("a *new* \x02parser\x03 for \x02Rust\x03.") == r"a \*new\* **parser** for **Rust**."


def test_a_match_at_the_edge_keeps_its_neighbours_apart() -> None:
    assert highlighted("\x02one\x03 two") == "**one** two"

"""Addresses and their labels."""

from __future__ import annotations

import pytest

from digest.model import Link
from ui.urls import host, labels, sendable


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://例え.jp/パス", "https://xn--r8jz45g.jp/%E3%83%91%E3%82%B9"),
        ("mailto:a@example.org", None),
        ("https://nodots/", None),
        ("", None),
        (None, None),
    ],
)
def test_only_addresses_that_discord_takes_are_sent(url: str | None, expected: str | None) -> None:
    assert sendable(url, 512) == expected


def test_an_address_over_the_limit_is_not_sent() -> None:
    assert sendable("https://example.org/" + "a" * 500, 512) is None


def test_a_label_is_the_authors_word_for_the_kind_else_the_site() -> None:
    links = [
        Link("paper", "https://example.org/1"),
        Link("A long headline that is no label", "https://github.com/python/cpython"),
        Link("here", "https://www.example.org/"),
        Link("", "https://example.org/slides.pdf"),
        Link("", "https://github.com/rust-lang/rust"),
    ]
    assert labels(links) == ["Paper", "GitHub", "example.org", "PDF", "GitHub 2"]


def test_a_host_is_named_as_readers_name_it() -> None:
    assert host("https://www.Example.org:8080/x") == "example.org"
    assert host("https://[bad") == ""

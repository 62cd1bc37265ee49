"""Addresses and their labels."""

from __future__ import annotations

import pytest

from digest.model import Link
from ui.urls import host, labels, sendable, title_link


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://例え.jp/パス", "https://xn--r8jz45g.jp/%E3%83%91%E3%82%B9"),
        ("mailto:a@example.org", None),
        ("https://nodots/", None),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        ("https://example.org./x", "https://example.org./x"),
        ("https://192.168.0.1/x", "https://192.168.0.1/x"),
        ("https://example.org:99999/x", None),
        ("https://example.org:port/x", None),
        ("https://example.org:0/x", None),
        ("https://example..org/x", None),
        ("https://.example.org/x", None),
        (f"https://{'a' * 64}.org/", None),
        (f"https://{'.'.join(['a' * 60] * 5)}.org/", None),
        ("", None),
        (None, None),
    ],
)
def test_only_addresses_that_discord_takes_are_sent(url: str | None, expected: str | None) -> None:
    assert sendable(url, 512) == expected


def test_an_address_over_the_limit_is_not_sent() -> None:
    assert sendable("https://example.org/" + "a" * 500, 512) is None


def test_a_label_is_what_the_author_wrote_else_the_site() -> None:
    links = [
        Link("paper", "https://example.org/1"),
        Link("npm", "https://github.com/python/cpython"),
        Link("https://www.example.org/", "https://www.example.org/"),
        Link("", "https://example.org/slides.pdf"),
        Link("", "https://github.com/rust-lang/rust"),
    ]
    assert labels(links) == ["paper", "npm", "example.org", "PDF", "GitHub"]


def test_links_of_one_name_are_told_apart_by_their_sites_and_never_numbered() -> None:
    links = [
        Link("Paper", "https://arxiv.org/abs/1"),
        Link("Paper", "https://a.example/1"),
        Link("Code", "https://c.example"),
    ]
    assert labels(links) == ["Paper (arxiv.org)", "Paper (a.example)", "Code"]
    assert labels(links[:1] * 2) == ["Paper (arxiv.org)"] * 2


def test_a_host_is_named_as_readers_name_it() -> None:
    assert host("https://www.Example.org:8080/x") == "example.org"
    assert host("https://[bad") == ""


@pytest.mark.parametrize(
    ("link", "label"),
    [
        (Link("paypal.com", "https://evil.example/a"), "evil.example"),
        (Link("", r"https://evil.example\@github.com/"), "evil.example"),
        (Link("", "https://github.com@evil.example/"), "evil.example"),
        (Link("", "https://g\u0456thub.com/a"), "xn--gthub-n2e.com"),
        (Link("g\u0456thub.com", "https://g\u0456thub.com/a"), "xn--gthub-n2e.com"),
        (Link("Pa\u202eper", "https://example.org"), "Paper"),
        (Link("github.com", "https://github.com/o/r"), "github.com"),
    ],
)
def test_a_button_names_no_site_but_that_it_leads_to(link: Link, label: str) -> None:
    assert labels([link]) == [label]


def test_what_is_sent_is_what_browsers_read() -> None:
    assert sendable(r"https://evil.example\@github.com/", 512) == "https://evil.example/@github.com/"
    assert sendable("https://github.com@evil.example/", 512) == "https://evil.example/"


def test_a_title_that_names_another_site_is_no_link() -> None:
    assert title_link("paypal.com", "https://evil.example") is None
    assert title_link("paypal.com", "https://paypal.com/a") == "https://paypal.com/a"
    assert title_link("A story", None) is None

"""Where an address leads, read as a browser reads it, and what a text claims about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import ReadOptions
from digest.reading import read_issues
from digest.render.markdown import masked_link
from digest.tree.urls import as_browsers_read, host_alone, names_another_host, resolve


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("https://medium.com/@user/story", "https://medium.com/@user/story"),
        (r"https://evil.example\@github.com/", "https://evil.example/@github.com/"),
        (r"https:\\evil.example\a?x=\b", r"https://evil.example/a?x=\b"),
        ("https:///evil.example/a", "https://evil.example/a"),
        ("https://github.com@evil.example/a", "https://evil.example/a"),
        ("https://user:pass@example.org:8080/a", "https://example.org:8080/a"),
        ("https://g\u0456thub.com/a", "https://xn--gthub-n2e.com/a"),
        ("https://evil\u3002example/a", "https://evil.example/a"),
        ("https://例え.jp/パス", "https://xn--r8jz45g.jp/パス"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("", ""),
    ],
)
def test_an_address_as_a_browser_reads_it(url: str, read: str) -> None:
    assert as_browsers_read(url) == read


@given(st.text())
def test_reading_twice_changes_nothing(text: str) -> None:
    once = as_browsers_read("https://" + text)
    assert as_browsers_read(once) == once


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("paypal.com", "paypal.com"),
        ("https://www.paypal.com/login", "www.paypal.com"),
        ("“PayPal.com”", "paypal.com"),
        ("paypal.com:443", "paypal.com"),
        ("p\u0430ypal.com", "p\u0430ypal.com"),
        ("Log in at paypal.com", ""),
        ("Node.js", ""),
        ("README.md", ""),
        ("main.rs", ""),
        ("v1.2.3", ""),
        ("", ""),
        ("." * 1_000, ""),
    ],
)
def test_a_text_that_is_a_host_and_nothing_else(text: str, host: str) -> None:
    assert host_alone(text) == host


@pytest.mark.parametrize(
    ("text", "url", "is_other"),
    [
        ("paypal.com", "https://evil.example", True),
        ("paypal.com", "https://paypal.com.evil.example", True),
        ("paypal.com", "https://notpaypal.com", True),
        ("github.com", r"https://evil.example\@github.com/", True),
        ("p\u0430ypal.com", "https://p\u0430ypal.com", True),
        ("paypal.com", "https://www.paypal.com/login", False),
        ("paypal.com", "https://help.paypal.com", False),
        ("help.paypal.com", "https://paypal.com", False),
        ("Our review", "https://evil.example", False),
    ],
)
def test_a_text_that_names_another_host(text: str, url: str, is_other: bool) -> None:
    assert names_another_host(text, url) is is_other


@pytest.mark.parametrize(
    ("text", "url", "markdown"),
    [
        ("paypal.com", "https://evil.example", "paypal.com (<https://evil.example>)"),
        ("**paypal.com**", "https://evil.example", "**paypal.com** (<https://evil.example>)"),
        ("Paper", r"https://evil.example\@github.com/", "[Paper](https://evil.example/@github.com/)"),
        ("p\u0430ypal.com", "https://p\u0430ypal.com/a", "p\u0430ypal.com (<https://xn--pypal-4ve.com/a>)"),
        ("example.org", "https://example.org/a", "[example.org](https://example.org/a)"),
    ],
)
def test_a_link_is_shown_as_what_it_is(text: str, url: str, markdown: str) -> None:
    assert masked_link(text, url) == markdown


def test_ghosts_word_for_the_site_is_the_site() -> None:
    assert (
        resolve("__GHOST_URL__/content/a.png", "https://site.example/2026/one/") == "https://site.example/content/a.png"
    )
    assert resolve("__GHOST_URL__/content/a.png", "") == ""


@pytest.mark.parametrize(
    "block",
    [
        "http://[pond",
        "- Pond: http://[pond\n- Reed: http://[reed",
        "- [Pond](http://[pond)\n- [Reed](http://[reed)\n- [Duck](http://[duck)",
        "[Pond](http://[pond) | [Reed](http://[reed) | [Duck](http://[duck)",
        "Written by [Ann](http://[ann)",
    ],
)
def test_an_address_that_cannot_be_taken_apart_costs_nothing(block: str) -> None:
    text = "\n\n".join(f"## {name}\n\n{name} are [here](https://example.org/{name}).\n\n{block}" for name in "ABC")
    text += f"\n\n## Find us\n\n{block}\n"
    (issue,) = read_issues(text.encode(), "1.md", ReadOptions())
    links = {link.url for item in issue.items for link in item.links}
    assert links >= {f"https://example.org/{name}" for name in "ABC"} or "http://[pond" in links


def test_a_site_that_is_no_address_costs_nothing() -> None:
    (issue,) = read_issues(b"# A\n\n[Duck](duck.html) is back.\n", "1.md", ReadOptions(site_url="https://[pond"))
    assert issue.url is None

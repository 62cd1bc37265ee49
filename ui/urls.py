"""Addresses as Discord takes them, and what a reader calls them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from yarl import URL

from digest.model import Link

_PLAIN = re.compile(r"https?://[!-~]+\Z")  # printable ASCII without spaces needs no encoding
_GENERIC = re.compile(
    r"(?i)(?:the )?(?:paper|code|source(?: code)?|demo|video|slides?|talk|docs?|documentation|blog(?: post)?|website|"
    r"homepage|announcement|repo(?:sitory)?|release notes|changelog|rfc|pdf|dataset|model|project(?: page)?|tweet|"
    r"thread|post|article|podcast|book|tutorial|news|interview|report|playground|discussion|issue|pull request)s?\Z"
)
_KINDS: tuple[tuple[str, str], ...] = (
    ("arxiv.org", "Paper"),
    ("openreview.net", "Paper"),
    ("aclanthology.org", "Paper"),
    ("biorxiv.org", "Paper"),
    ("doi.org", "Paper"),
    ("gist.github.com", "Gist"),
    ("github.com", "GitHub"),
    ("gitlab.com", "GitLab"),
    ("codeberg.org", "Codeberg"),
    ("bitbucket.org", "Bitbucket"),
    ("huggingface.co", "Hugging Face"),
    ("youtube.com", "YouTube"),
    ("youtu.be", "YouTube"),
    ("vimeo.com", "Vimeo"),
    ("bilibili.com", "Bilibili"),
    ("x.com", "X"),
    ("twitter.com", "X"),
    ("reddit.com", "Reddit"),
    ("news.ycombinator.com", "Hacker News"),
    ("linkedin.com", "LinkedIn"),
    ("medium.com", "Medium"),
    ("meetup.com", "Meetup"),
    ("wikipedia.org", "Wikipedia"),
    ("stackoverflow.com", "Stack Overflow"),
    ("crates.io", "crates.io"),
    ("docs.rs", "Docs.rs"),
    ("pypi.org", "PyPI"),
    ("npmjs.com", "npm"),
)


def sendable(url: str | None, limit: int) -> str | None:
    """Return `url` in the form that Discord accepts, or None where it has none within `limit` characters.

    Only http and https addresses with a host are sent; letters outside ASCII are encoded.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or "." not in parts.hostname:
            return None
        encoded = url if _PLAIN.match(url) else str(URL(url))
    except ValueError:
        return None
    return encoded if len(encoded) <= limit and _PLAIN.match(encoded) else None


def host(url: str) -> str:
    """The host that a reader would name ("example.org"), or "" where the address has none."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return name.removeprefix("www.")


def _is(name: str, domain: str) -> bool:
    return name == domain or name.endswith("." + domain)


def _kind(url: str) -> str:
    name = host(url)
    if urlsplit(url).path.lower().endswith(".pdf"):
        return "PDF"
    return next((label for domain, label in _KINDS if _is(name, domain)), name or "Link")


def labels(links: Iterable[Link]) -> list[str]:
    """A short, distinct button label for each link: what its author called it ("Paper", "Code"), else its site.

    An author's own word is taken only where it says what kind of thing is behind the link: a title
    or "here" makes no label. Equal labels are numbered.
    """
    found: list[str] = []
    for link in links:
        words = " ".join(link.text.split())
        found.append(words[:1].upper() + words[1:] if _GENERIC.match(words) else _kind(link.url))
    result: list[str] = []
    for index, label in enumerate(found):
        nth = found[:index].count(label) + 1
        numbered = label if nth == 1 else f"{label} {nth}"
        result.append(numbered if len(numbered) <= 40 else numbered[:39] + "…")
    return result

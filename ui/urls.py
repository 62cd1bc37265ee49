"""Addresses in the form that Discord accepts, and their labels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from yarl import URL

from digest.model import Link
from digest.render.escape import clean
from digest.tree.urls import as_browsers_read, names_another_host, parts_of

_PLAIN = re.compile(r"https?://[!-~]+\Z")  # printable ASCII without spaces needs no encoding
_LONGEST_HOST, _LONGEST_LABEL = 253, 63  # characters of a host name and of each of its labels
_ADDRESS = re.compile(r"(?i)(?:https?://|www\.)\S+\Z")
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
    """Return `url` in the form that Discord accepts, or None if that is impossible within `limit` characters.

    Only http and https addresses with a valid public host and port are sent, because Discord rejects a whole message
    for one bad address; non-ASCII letters are encoded.
    """
    if not url:
        return None
    url = as_browsers_read(url.strip())
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in {"http", "https"} or not _is_public(parts.hostname) or parts.port == 0:
            return None
        encoded = url if _PLAIN.match(url) else str(URL(url))
    except ValueError:
        return None
    return encoded if len(encoded) <= limit and _PLAIN.match(encoded) else None


def picture(url: str | None, limit: int) -> str | None:
    """Return a picture's address like `sendable`, or None if Discord cannot show it, because it is SVG."""
    sent = sendable(url, limit)
    return None if sent is None or urlsplit(sent).path.lower().endswith((".svg", ".svgz")) else sent


def _is_public(name: str | None) -> bool:
    """Whether a host has a domain and is within the limits of names (RFC 1035, section 2.3.4)."""
    labels = (name or "").removesuffix(".").split(".")
    return (
        len(labels) > 1 and len(name or "") <= _LONGEST_HOST and all(0 < len(one) <= _LONGEST_LABEL for one in labels)
    )


def host(url: str) -> str:
    """Return the host without "www." ("example.org"), or "" if the address has none.

    Non-ASCII letters are encoded ("xn--…"), because they may look like others.
    """
    try:
        name = urlsplit(as_browsers_read(url)).hostname or ""
    except ValueError:
        return ""
    return name.removeprefix("www.")


def _is(name: str, domain: str) -> bool:
    return name == domain or name.endswith("." + domain)


def _kind(url: str) -> str:
    name = host(url)
    if parts_of(url).path.lower().endswith(".pdf"):
        return "PDF"
    return next((label for domain, label in _KINDS if _is(name, domain)), name or "Link")


def label_of(link: Link) -> str:
    """Return a link's label: its author's words, or its site if there are none or they name another site."""
    words = " ".join(clean(link.text).split())
    return _kind(link.url) if not words or _ADDRESS.match(words) or names_another_host(words, link.url) else words


def title_link(title: str, url: str | None) -> str | None:
    """Return the address behind an embed's title; None if the title names another site."""
    return None if url is None or names_another_host(title, url) else url


def labels(links: Iterable[Link]) -> list[str]:
    """Return a label for each link; equal labels get their site appended."""
    kept = list(links)
    names = [label_of(link) for link in kept]
    found: list[str] = []
    for name, link in zip(names, kept, strict=True):
        site = host(link.url)
        is_shared = names.count(name) > 1 and site and link.text.strip()
        found.append(f"{name} ({site})" if is_shared else name)
    return found

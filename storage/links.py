"""URLs for search: when two URLs are the same page, and the words in a URL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

# Tracking parameters, which do not identify the page.
_TRACKING = re.compile(r"utm_\w+|ref|ref_src|fbclid|gclid|mc_[ce]id|si", re.IGNORECASE)
# Host names that say nothing about the topic of a link.
_COMMON = frozenset(
    """github gitlab codeberg bitbucket githubusercontent reddit medium youtube youtu twitter t x google wikipedia
    ycombinator bsky mastodon substack bit goo wordpress blogspot tumblr ruanyifeng weibo zhihu weixin qq""".split()  # noqa: SIM905 - a list of words reads best as words
)
_NOISE = frozenset(
    """www com org net io dev co rs html htm php aspx index blog blogs post posts news article articles watch comments
    pull issues issue commit commits blob tree master main releases tag wiki r p en v questions status item""".split()  # noqa: SIM905 - a list of words reads best as words
)
# User pages on shared hosts: such a link names a person rather than a topic.
_ACCOUNT = re.compile(
    r"(?:mobile\.)?(?:twitter|x|github|gitlab|instagram|facebook|t|keybase)\.(?:com|me|io)/[\w.-]+"
    r"|codeberg\.org/[\w.-]+|(?:[a-z]+\.)?linkedin\.com/(?:in|company)/[^/]+|bsky\.app/profile/[^/]+"
    r"|(?:old\.)?reddit\.com/u(?:ser)?/[^/]+|[^/]+/(?:@|users/)[\w.@-]+"
)
# Hosts of repositories and packages, with the path segment that is the name.
_PACKAGES = {
    "github.com": 1, "gitlab.com": 1, "codeberg.org": 1, "bitbucket.org": 1, "huggingface.co": 1, "crates.io": 1,
    "lib.rs": 1, "docs.rs": 0, "pypi.org": 1, "npmjs.com": 1, "rubygems.org": 1, "hex.pm": 1,
}  # fmt: skip
_PIECE = re.compile("[a-z0-9]+")
_CODE = re.compile(r"(?=.*\d)[0-9a-z]{8,}|\d{3,}|[0-9a-f]{7,}|.{25,}|.")


# Fast path for common URLs; urlsplit does more than is needed.
_USUAL = re.compile(
    r"https?://(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)((?:/[^?#\s]*)?)(?:\?([^#\s]*))?(?:#(\S*))?", re.ASCII
)
_USUAL_QUERY = re.compile(r"[\w.~-]+=[\w.~-]+(?:&[\w.~-]+=[\w.~-]+)*", re.ASCII)


class _Address(NamedTuple):
    host: str  # lower case, without "www."
    path: str
    query: str
    fragment: str


@lru_cache(maxsize=512)  # each URL of an item is parsed several times
def _split(url: str) -> _Address | None:
    if usual := _USUAL.fullmatch(url):
        return _Address(*usual.groups(""))
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:  # such as an incomplete IPv6 address
        return None
    return _Address(host.removeprefix("www."), parts.path, parts.query, parts.fragment) if host else None


def host_of(url: str) -> str:
    """Return the host of `url` in lower case without "www."; "" if it has none."""
    parts = _split(url)
    return parts.host if parts else ""


@lru_cache(maxsize=512)
def canonical(url: str) -> str:
    """Return a canonical form that is equal for all URLs of a page."""
    parts = _split(url)
    if parts is None:
        return url.strip()
    query = f"?{kept}" if parts.query and (kept := _telling(parts.query)) else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.host}{parts.path.rstrip('/')}{query}{fragment}"


def _telling(query: str) -> str:
    """Return the query parameters that identify the page."""
    if _USUAL_QUERY.fullmatch(query):
        return "&".join([one for one in query.split("&") if not _TRACKING.fullmatch(one.partition("=")[0])])
    return urlencode([(key, value) for key, value in parse_qsl(query) if not _TRACKING.fullmatch(key)])


@lru_cache(maxsize=512)
def link_key(url: str) -> int:
    """Return a signed 64-bit hash that is equal for all URLs of a page."""
    return int.from_bytes(
        hashlib.blake2b(canonical(url).encode("utf-8", "replace"), digest_size=8).digest(), signed=True
    )


def is_front_page(url: str) -> bool:
    """Whether `url` is a home page: its content changes, so that sharing it does not mean the same story."""
    return "/" not in canonical(url) and "?" not in canonical(url)


def is_account(url: str) -> bool:
    """Whether `url` is a user page on a shared host."""
    return _ACCOUNT.fullmatch(canonical(url)) is not None


def says_what(url: str) -> bool:
    """Whether `url` is a page about one story: neither a home page nor a user page."""
    return not is_front_page(url) and not is_account(url)


def main_of(urls: Iterable[str]) -> str | None:
    """Return the link that identifies an item's story: the first that is not a user page; None if there is none."""
    first = next((url for url in urls if not is_account(url)), None)
    return first if first is not None and not is_front_page(first) else None


def sites_of(url: str) -> Iterator[str]:
    """Yield the `site:` values of `url`: its host, each parent domain, and its host with the first path segment."""
    parts = _split(url)
    host = above = parts.host if parts else ""
    yield host
    while "." in above:
        above = above.partition(".")[2]
        yield above
    if host and parts and (first := parts.path.strip("/").partition("/")[0]):
        yield f"{host}/{first.lower()}"


def names_of(url: str) -> Iterator[str]:
    """Yield the names of what a URL identifies: its site, or its repository or package."""
    parts = _split(url)
    if parts is None:
        return
    host = parts.host
    path = [part for part in parts.path.lower().split("/") if part]
    if (place := _PACKAGES.get(host)) is not None:
        yield from path[place : place + 1]
        return
    yield from (label for label in host.split(".")[:-1] if label not in _COMMON and label not in _NOISE)


def words_of(url: str) -> list[str]:
    """Return the words in a URL that can describe its page, in order."""
    parts = _split(url)
    if parts is None:
        return []
    pieces = [label for label in parts.host.split(".")[:-1] if label not in _COMMON]
    pieces += _PIECE.findall(parts.path.lower())
    return [word for word in dict.fromkeys(pieces) if _says_something(word)]


@lru_cache(maxsize=1 << 14)
def _says_something(word: str) -> bool:
    return word not in _NOISE and not _CODE.fullmatch(word)

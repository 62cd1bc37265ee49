"""Bare URLs in text, and relative URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urljoin, urlsplit

import idna

# A URL ends at white space, quotes, angle brackets, CJK punctuation and full-width forms. It may contain letters of any
# script, as copied from a browser.
_BARE = re.compile(
    r"(?<![A-Za-z0-9@/])https?://[^\s<>\"'`|\\^{}\u2018-\u201f\u3000-\u303f\uff01-\uff65\u2026]{1,4000}", re.IGNORECASE
)
_CJK_TAIL = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_TRAILING = ".,;:!?*_~…'\""
_PAIRS = {")": "(", "]": "[", "}": "{"}


def _trim(url: str) -> str:
    """Return `url` without trailing punctuation and text that belong to the sentence."""
    match = _CJK_TAIL.search(url, url.find("://") + 3)
    if match:
        # Chinese and Japanese put no space after a URL, so it ends at their first letter, unless that is part of a path
        # (a Wikipedia article).
        before = url[match.start() - 1]
        if before not in "/_-=#%.":
            url = url[: match.start()]
    end = len(url)
    while end:
        last = url[end - 1]
        if last in _TRAILING or (last in _PAIRS and url.count(last, 0, end) > url.count(_PAIRS[last], 0, end)):
            end -= 1
        else:
            break
    return url[:end]


def bare_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of http(s) URLs in `text`, without trailing punctuation."""
    for match in _BARE.finditer(text):
        url = _trim(match.group())
        host = url[url.find("://") + 3 :]
        if host and (host[0].isalnum() or host[0] == "["):
            yield match.start(), match.start() + len(url)


_PARTS = re.compile(r"(https?:)[/\\]*([^/\\?#]*)([^?#]*)(.*)\Z", re.IGNORECASE | re.DOTALL)
# Top-level domains that readers recognise as a URL, except those that are also file extensions ("README.md",
# "main.rs").
_ENDINGS = re.compile(
    r"(?:com|org|net|edu|gov|mil|info|biz|io|ai|co|dev|app|me|tv|xyz|online|site|shop|bank|uk|us|de|fr|eu|nl|ch|at|it|"
    r"es|pt|se|no|fi|dk|be|ie|ca|au|nz|jp|cn|kr|in|br|mx|ru|ua|cz|tr|za|il)\Z",
    re.IGNORECASE,
)
_NOWHERE = urlsplit("")
_GHOST_SITE = "__GHOST_URL__"  # placeholder of the site's URL in Ghost's exports
_LONGEST_HOST = 300
_HOST_ALONE = re.compile(
    r"[^\w/]*(?:https?:[/\\]+)?(?P<host>[^\W_][\w-]*(?:\.[\w-]+)*\.(?P<ending>[a-z]{2,}))(?::\d+)?(?:[/\\?#]\S*)?\W*\Z",
    re.IGNORECASE,
)


def as_browsers_read(url: str) -> str:
    """Return an http(s) URL as browsers interpret it, so that its target is visible; others are unchanged.

    A backslash is treated as a slash, so that it ends the host; user information before an @ is removed; non-ASCII
    letters of a host, which may look like others, are encoded.
    """
    if url.isascii() and "\\" not in url and "@" not in url and ":///" not in url:
        return url
    found = _PARTS.match(url)
    if found is None:
        return url
    scheme, authority, path, rest = found.groups()
    return f"{scheme}//{_ascii_host(authority.rpartition('@')[2])}{path.replace(chr(92), '/')}{rest}"


def _ascii_host(authority: str) -> str:
    """Return a host with its port in ASCII; unchanged if it cannot be encoded."""
    if authority.isascii():
        return authority
    host, mark, port = authority.partition(":")
    try:
        return idna.encode(host, uts46=True).decode("ascii") + mark + port
    except idna.IDNAError:
        return authority


def host_alone(text: str) -> str:
    """Return the host if `text` is only a host or URL ("paypal.com", "https://www.paypal.com/login"), else ""."""
    found = _HOST_ALONE.match(text) if "." in text and len(text) <= _LONGEST_HOST else None
    return found["host"].lower() if found and _ENDINGS.match(found["ending"]) else ""


def names_another_host(text: str, url: str) -> bool:
    """Whether `text` is a host other than that of `url`, or one with letters that may look like others."""
    named = host_alone(text)
    if not named:
        return False
    named = named.removeprefix("www.")
    try:
        leads_to = (urlsplit(as_browsers_read(url)).hostname or "").removeprefix("www.")
    except ValueError:
        return True
    is_same = leads_to == named or leads_to.endswith(f".{named}") or named.endswith(f".{leads_to}")
    return not named.isascii() or not is_same


def parts_of(url: str) -> SplitResult:
    """Return the parts of a URL; all are empty if it is invalid, as in "http://[pond"."""
    try:
        return urlsplit(url)
    except ValueError:
        return _NOWHERE


def is_web(url: str) -> bool:
    """Whether `url` is an http(s) URL."""
    return url[:8].lower().startswith(("http://", "https://"))


def resolve(url: str, base: str) -> str:
    """Return `url` as an absolute http(s) URL; "" if it is not one (mailto:, a fragment, a path without a known site).

    A URL that starts with "www." lacks a scheme, and is never a folder of the site.
    """
    url = url.strip().removeprefix(_GHOST_SITE)
    if url[:4].lower() == "www.":
        url = f"https://{url}"
    elif url.startswith("//"):
        url = f"https:{url}"
    if url.startswith(("https://", "http://")) or is_web(url):
        return url.replace(" ", "%20")
    if not base or not url or url.startswith("#"):
        return ""
    try:
        joined = "" if urlsplit(url).scheme else urljoin(base, url)
    except ValueError:
        return ""
    return joined.replace(" ", "%20") if is_web(joined) else ""

"""Web addresses that stand bare in a text, and relative ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

# An address ends at white space, quotes, angle brackets, CJK punctuation and full-width forms; letters of any
# script are part of it, as people paste them from the address bar.
_BARE = re.compile(
    r"(?<![A-Za-z0-9@/])https?://[^\s<>\"'`|\\^{}\u2018-\u201f\u3000-\u303f\uff01-\uff65\u2026]{1,4000}", re.IGNORECASE
)
_CJK_TAIL = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_TRAILING = ".,;:!?*_~…'\""
_PAIRS = {")": "(", "]": "[", "}": "{"}


def _trim(url: str) -> str:
    """`url` without what belongs to the sentence around it."""
    match = _CJK_TAIL.search(url, url.find("://") + 3)
    if match:
        # Chinese and Japanese put no space after an address: it ends at their first letter, unless that stands in
        # a path that goes on behind it (a Wikipedia article)
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
    """Where http(s) addresses begin and end in `text`; punctuation behind them is no part of them."""
    for match in _BARE.finditer(text):
        url = _trim(match.group())
        host = url[url.find("://") + 3 :]
        if host and (host[0].isalnum() or host[0] == "["):
            yield match.start(), match.start() + len(url)


def is_web(url: str) -> bool:
    """Whether `url` is an http(s) address."""
    return url[:8].lower().startswith(("http://", "https://"))


def resolve(url: str, base: str) -> str:
    """`url` as an http(s) address, "" where it is none (mailto:, a fragment, a path without a known site)."""
    url = url.strip()
    if url.startswith(("https://", "http://")) or is_web(url):
        return url.replace(" ", "%20")
    if not base or not url or url.startswith("#"):
        return ""
    try:
        if url.startswith("//"):
            return "https:" + url
        joined = "" if urlsplit(url).scheme else urljoin(base, url)
    except ValueError:
        return ""
    return joined.replace(" ", "%20") if is_web(joined) else ""

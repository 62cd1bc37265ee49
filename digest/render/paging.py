"""Discord Markdown in pages: nothing is lost, and no page ends inside a link, a fence or below a heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile

from digest.render.escape import length

_FENCE = re.compile(r"(?:> )?```([A-Za-z0-9_+.#-]*)")
_TOKEN = re.compile(r"\[(?:\\.|[^\]\\\n])*\]\(<?[^\s()<>]*>?\)|`[^`\n]*`|[^\s\[`]+|\s+|.")
_ASKS = re.compile(r"\*\*(?:[^*\n]|\*(?!\*))+\*\*:?(?:[^\n]{0,120}[?？:：])?")  # "**Question 7.** What did you learn?"
HEADING = re.compile(r"\*\*(?:[^*\n]|\*(?!\*))+\*\*:?")
_CLOSED = 8  # room to close a fence at a page's end


def pages(markdown: str, limit: int) -> list[str]:
    """`markdown` in pages of at most `limit` UTF-16 code units, at least one; a page ends between paragraphs if it can.

    A fence that goes over a page's end is closed there and opened again on the next.
    """
    found: list[str] = []
    page: list[str] = []
    used = 0
    fence = ""  # the line that opened the fence we are in
    for line in _lines(markdown, limit - 3 * _CLOSED):
        size = length(line) + 1
        if page and used + size > limit - _CLOSED:
            kept, page = ([*page, "```"], [fence]) if fence else _parted(page, limit)
            found.append("\n".join(kept).rstrip())
            used = _used(page)
        if (match := _FENCE.match(line)) is not None and line.count("```") == 1:
            fence = "" if fence else match.group()
        if page or line.strip():
            page.append(line)
            used += size
    found.append("\n".join(page).rstrip())
    return list(filter(None, found)) or [""]


def _used(page: list[str]) -> int:
    return sum(length(line) + 1 for line in page)


def _parted(page: list[str], limit: int) -> tuple[list[str], list[str]]:
    """Return what stays on a page, and what begins the next: a paragraph that would be torn, a heading at its end."""
    at = len(page)
    gap = max((index for index, line in enumerate(page) if not line.strip()), default=0)
    if gap and _used(page[:gap]) > limit // 2:
        at = gap
    while at > 1 and (not page[at - 1].strip() or _ASKS.fullmatch(page[at - 1].strip())):
        at -= 1
    return page[:at], list(dropwhile(lambda line: not line.strip(), page[at:]))


def _lines(markdown: str, limit: int) -> Iterator[str]:
    """Yield the lines; one that is longer than a page in pieces that end at spaces where they can."""
    for line in markdown.split("\n"):
        if length(line) <= limit:
            yield line
            continue
        piece = ""
        for token in _short_tokens(line, limit):
            if piece and length(piece) + length(token) > limit:
                yield piece.rstrip()
                piece = ""
            piece += token if piece else token.lstrip()
        if piece:
            yield piece.rstrip()


def _short_tokens(line: str, limit: int) -> Iterator[str]:
    for token in _TOKEN.findall(line):
        if length(token) <= limit:
            yield token
        else:
            from wcwidth import iter_graphemes

            yield from iter_graphemes(token)

"""Splits Discord Markdown into pages without loss, never inside a link or below a heading; fences are reopened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile

from digest.render.escape import length

_FENCE = re.compile(r"(?:> )?```([A-Za-z0-9_+.#-]*)")
_TOKEN = re.compile(r"\[(?:\\.|[^\]\\\n])*\]\(<?[^\s()<>]*>?\)|`[^`\n]*`|[^\s\[`]+|\s+|.")
_ASKS = re.compile(r"\*\*(?:[^*\n]|\*(?!\*))+\*\*:?(?:[^\n]{0,120}[?？:：])?")  # "**Question 7.** What did you learn?"
HEADING = re.compile(r"\*\*(?:[^*\n]|\*(?!\*))+\*\*:?")
_CLOSED = 8  # characters reserved for closing a fence at the end of a page


def pages(markdown: str, limit: int) -> list[str]:
    """Return the pages of `markdown`, at least one, of at most `limit` UTF-16 code units each.

    Pages end between paragraphs if possible. A fence that continues on the next page is closed and opened again there.
    """
    found: list[str] = []
    page: list[str] = []
    used = 0
    fence = ""  # the line that opened the current fence
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
    """Return the lines to keep on a page, and those to move to the next: a split paragraph, or a heading at the end."""
    at = len(page)
    gap = max((index for index, line in enumerate(page) if not line.strip()), default=0)
    if gap and _used(page[:gap]) > limit // 2:
        at = gap
    while at > 1 and (not page[at - 1].strip() or _ASKS.fullmatch(page[at - 1].strip())):
        at -= 1
    return page[:at], list(dropwhile(lambda line: not line.strip(), page[at:]))


def _lines(markdown: str, limit: int) -> Iterator[str]:
    """Yield the lines; those longer than a page are split, at spaces if possible."""
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

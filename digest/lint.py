"""Warnings for an issue's author before it is published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from digest.content import RULE as CONTENT
from digest.head.metadata import read_metadata
from digest.model import Issue, Item, Notice, ReadOptions
from digest.order import is_dated
from digest.reading import read_issues
from digest.render.escape import length, plain_inline
from digest.repair import decode
from digest.side_pages import may_be_side_page
from digest.tree.nodes import Block, walk, walk_blocks
from digest.tree.outline import parse

MAX_TITLE = 256  # UTF-16 code units; Discord's limit for an embed's title
_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")
_MENTION = re.compile(r"@(?:everyone|here)\b")
_ATX = re.compile(r"( {0,3})(#{1,6})(?=[ \t])")


def lint(data: bytes, path: str, options: ReadOptions) -> list[Notice]:
    """Return all problems of the issue in `data`, ordered by line; never raises.

    The rules: encoding, front-matter, date, no-items, item-title, item-link, title-length, relative-link,
    duplicate-link, mention, heading-level, undated, and those of the reader's own notices.
    """
    issues = read_issues(data, path, options)
    found = [notice for issue in issues for notice in issue.notices]
    if any(notice.rule == CONTENT for notice in found):  # other rules would check content that is not the issue's
        return found
    for issue in issues:
        found += _items(issue)
        found += _undated(issue)
    text, _ = decode(data)
    lines = text.split("\n")
    skip = read_metadata(text, path).body_start_line
    blocks = parse("\n".join(lines[skip:]), skip + 1).blocks
    found += _mentions(blocks, lines)
    if not options.site_url:
        found += _relative_links(blocks, lines)
    found += _skipped_levels(blocks, lines, path, options, issues)
    unique = {(notice.line, notice.rule, notice.message): notice for notice in found}
    return sorted(unique.values(), key=lambda notice: (notice.line, notice.rule))


# -- items --------------------------------------------------------------------------------------


def _items(issue: Issue) -> Iterator[Notice]:
    if not issue.items:
        message = "no item was found: give each story a heading, or a list entry with its link"
        yield Notice(0, message, "no-items", "error")
    if length(plain_inline(issue.title)) > MAX_TITLE:
        yield Notice(1, f"the issue's title is longer than {MAX_TITLE} characters and will be cut", "title-length")
    first: dict[str, Item] = {}
    for item in issue.items:
        line = item.lines[0]
        if not item.title.strip():
            yield Notice(line, "this item has no title", "item-title", "error")
        elif length(plain_inline(item.title)) > MAX_TITLE:
            yield Notice(line, f"this title is longer than {MAX_TITLE} characters and will be cut", "title-length")
        if not item.links:
            yield Notice(line, f'"{_short(item.title)}" has no link', "item-link")
            continue
        address = item.links[0].url.rstrip("/")
        if address in first:
            other = first[address].lines[0]
            yield Notice(line, f"the same link as the item of line {other}: {_short(address)}", "duplicate-link")
        first.setdefault(address, item)


def _undated(issue: Issue) -> Iterator[Notice]:
    """Report an issue without a date, unless it is a page beside the issues."""
    if is_dated(issue) or (may_be_side_page(issue) and not issue.part) or not issue.items:
        return
    means = "it is sorted by the numbers in its name, behind all that have one, and searches by date leave it out"
    if issue.part:
        line, remedy = issue.items[0].lines[0], f'write the day in the heading "{_short(issue.title)}"'
    else:
        line, remedy = 1, 'write "date: 2026-03-02" in its front matter, or call the file 2026-03-02-name.md'
    yield Notice(line, f"this issue has no date: {means}; {remedy}", "undated")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59].rstrip() + "…"


# -- blocks -------------------------------------------------------------------------------------


def _mentions(blocks: Iterable[Block], lines: Sequence[str]) -> Iterator[Notice]:
    for block in walk_blocks(blocks):
        for inline in walk(block.inlines):
            if inline.kind == "text" and (found := _MENTION.search(inline.text)):
                message = f"{found.group()} is shown as text and mentions nobody"
                yield Notice(_line_of(found.group(), block, lines), message, "mention")


def _relative_links(blocks: Iterable[Block], lines: Sequence[str]) -> Iterator[Notice]:
    for block in walk_blocks(blocks):
        for inline in walk(block.inlines):
            if inline.kind in ("link", "image") and inline.url and not _HAS_SCHEME.match(inline.url):
                what = "link" if inline.kind == "link" else "picture"
                message = f"this {what} is relative and leads nowhere without site_url: {_short(inline.url)}"
                yield Notice(_line_of(inline.url, block, lines), message, "relative-link")


def _line_of(text: str, block: Block, lines: Sequence[str]) -> int:
    """Return the line of `block` that contains `text` as written, else its first line."""
    return next((number for number in range(block.first, block.last + 1) if text in lines[number - 1]), block.first)


def _nested(headings: Iterable[Block]) -> Iterator[tuple[Block, int, int]]:
    """Yield the headings below others, each with the level of its parent and its own level without gaps."""
    open_levels: list[tuple[int, int]] = []  # level as written, level without gaps
    for block in headings:
        while open_levels and open_levels[-1][0] >= block.level:
            open_levels.pop()
        if open_levels:
            above, level = open_levels[-1][0], open_levels[-1][1] + 1
            yield block, above, level
            open_levels.append((block.level, level))
        else:  # top-level headings may have any level
            open_levels.append((block.level, block.level))


def _skipped_levels(
    blocks: Iterable[Block], lines: Sequence[str], path: str, options: ReadOptions, issues: Sequence[Issue]
) -> list[Notice]:
    """Return notices for headings that skip a level, if the issue would be split differently without the gap."""
    skipping: list[tuple[int, int, int]] = []  # line, level as written, level without the gap
    mended = list(lines)
    for block, above, level in _nested(block for block in blocks if block.kind == "heading" and block.level <= 6):
        if block.level > above + 1:
            skipping.append((block.first, block.level, above + 1))
        mended[block.first - 1] = _ATX.sub(rf"\g<1>{'#' * level}", lines[block.first - 1], count=1)
    if not skipping or mended == list(lines):
        return []
    if _stories(read_issues("\n".join(mended).encode("utf-8", "replace"), path, options)) == _stories(issues):
        return []
    return [
        Notice(
            line, f"a heading of level {level} below one of level {next_level - 1} changes what is an item: "
            f"write {'#' * next_level}", "heading-level",
        )
        for line, level, next_level in skipping
    ]  # fmt: skip


def _stories(issues: Sequence[Issue]) -> list[tuple[str, tuple[str, ...]]]:
    return [(item.title, item.section) for issue in issues for item in issue.items]

"""Reads an issue from its bytes: decoding, front matter, outline and items, each in a module of its own."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, pairwise
from typing import NamedTuple

from digest.content import content_fault, text_fault
from digest.emoji import with_emoji
from digest.head import dates
from digest.head.metadata import read_metadata
from digest.head.permalink import anchor, issue_url, link_base
from digest.head.titles import name_title
from digest.items.frame import Frame, Line, recurring_within
from digest.items.parts import Draft
from digest.items.sections import mend_underlined
from digest.items.split import Split, split
from digest.items.titles import clean
from digest.language import language_of
from digest.many import many_issues
from digest.model import MANY_ISSUES, Issue, Item, LeftOut, Link, Notice, ReadOptions
from digest.neighbours import MOST_EARLIER
from digest.order import is_dated
from digest.remembering import forget
from digest.render.markdown import render
from digest.render.plain_text import story_text, text_of
from digest.repair import decode
from digest.tree.nodes import Block, Inline, block_text, link_text, plain
from digest.tree.outline import Outline, parse
from digest.tree.templating import Hidden
from digest.tree.urls import parts_of, resolve
from processes import uncollected

log = logging.getLogger(__name__)

MAX_BYTES = 3 * 1024 * 1024  # three times the longest real file; the rest is not read, which a notice reports
_LARGE = 100_000  # bytes; larger files clear the caches after reading; few real files are that large
_ID_BYTES = 8
_GOES_ON = " ,;，；、"  # punctuation at the end of a title after which a sentence or list continues
_MARKUP = re.compile(r"[*_`\[<]")
_DATED = 3  # minimum headings with a date from which to infer the order of a file's issues


class Placed(NamedTuple):
    """Where a block ended up: `place` is "item 3", "section", "introduction" or "left out"."""

    first: int
    last: int
    text: str
    place: str
    rule: str


@dataclass(frozen=True, slots=True)
class Reading:
    """An issue with the place of each of its blocks and the rule that put it there, for explanations."""

    issue: Issue
    ways: tuple[tuple[Block, str, str], ...]  # each block with its place and rule
    hidden: tuple[Hidden, ...]

    @property
    def trace(self) -> tuple[Placed, ...]:
        """All of the source in order: blocks, and parts that are not rendered."""
        placed = [
            Placed(block.first, block.last, block.facts.text if block.facts else block_text(block), place, rule)
            for block, place, rule in self.ways
        ]
        placed += [Placed(hidden.first, hidden.last, hidden.text, "left out", hidden.rule) for hidden in self.hidden]
        return tuple(sorted(placed, key=lambda one: (one.first, one.last)))


@uncollected()  # frees the trees before the garbage collector scans them
def read_issues(data: bytes, path: str, options: ReadOptions) -> tuple[Issue, ...]:
    """Return the issues of one file: one, or one for each heading of `options.split.issue_level`. Never raises."""
    try:
        return tuple(reading.issue for reading in explain_issues(data, path, options))
    finally:
        if len(data) > _LARGE:
            forget()


@uncollected()
def explain_issues(data: bytes, path: str, options: ReadOptions) -> tuple[Reading, ...]:
    """Return the issues of one file, with the rule that put each block in its place."""
    data, notices = _capped(data)
    if (fault := content_fault(data)) is not None:
        return (_unread(path, fault),)
    text, repaired = decode(data)
    if (fault := text_fault(text, path)) is not None:
        return (_unread(path, fault),)
    metadata = read_metadata(text, path)
    lines = text.split("\n")
    head = min(metadata.body_start_line, len(lines))
    outline = parse("\n".join(lines[head:]), head + 1, is_mdx=path.lower().endswith(".mdx"))
    url = issue_url(metadata, path, site_url=options.site_url, permalink=options.permalink, host_url=options.host_url)
    issue = Issue(
        path=path,
        title=metadata.title,
        date=metadata.date,
        published_at=metadata.published_at,
        tags=metadata.tags,
        summary=_as_shown(metadata.summary),
        language=metadata.language,
        url=url,
        withheld=metadata.withheld,
        expires_at=metadata.expires_at,
        notices=(*notices, *repaired, *metadata.notices, *outline.notices),
    )
    base = next(filter(None, (link_base(path, options.site_url), url)), "")
    issue = replace(issue, image=_address(metadata.image, base) or None) if metadata.image else issue
    if options.split.issue_level is not None:
        return _parts(outline, lines, issue, base, options)
    if not is_dated(issue) and (many := many_issues(outline.blocks)) is not None:
        issue = replace(issue, notices=(*issue.notices, Notice(many.line, many.advice, MANY_ISSUES)))
    title = metadata.title if metadata.kind else ""  # without front matter it may be the title of the first story
    recurring, marks = options.frames.get(path, Frame()).recurring(lines)
    read = partial(split, outline, title=title, name=metadata.title, options=options.split)
    result = read(recurring=recurring)
    if recurring and not result.drafts:
        result = read(recurring=[])  # a renamed copy of an earlier issue: the recurring lines are its stories
    reading = _finish(replace(issue, frame=marks), outline, result, base)
    return (_linked(reading, metadata.link) if metadata.link else reading,)


def _linked(reading: Reading, link: str) -> Reading:
    """Return a link post with its target as the first link of its only story, which may consist of just the title."""
    issue = reading.issue
    if len(issue.items) > 1 or parts_of(link).netloc == parts_of(issue.url or "").netloc:
        return reading
    story = issue.items[0] if issue.items else Item(id=_identity(issue, link, {}), title=issue.title, lines=(1, 1))
    others = (one for one in story.links if one.url.rstrip("/") != link.rstrip("/"))
    return replace(reading, issue=replace(issue, items=(replace(story, links=(Link("", link), *others)),)))


def _capped(data: bytes) -> tuple[bytes, tuple[Notice, ...]]:
    """Return the part of a file that is read, and a notice if it was truncated."""
    if len(data) <= MAX_BYTES:
        return data, ()
    message = f"the file is larger than {MAX_BYTES // 1024 // 1024} MB: only its beginning is read"
    end = data.rfind(b"\n", MAX_BYTES // 2, MAX_BYTES) + 1 or MAX_BYTES // 4 * 4
    return data[:end], (Notice(0, message, "size"),)


def _unread(path: str, fault: Notice) -> Reading:
    """Return an issue without content, with a notice why it was not read."""
    return Reading(Issue(path=path, title=name_title(path), notices=(fault,)), (), ())


def _parts(outline: Outline, lines: list[str], whole: Issue, base: str, options: ReadOptions) -> tuple[Reading, ...]:
    """Return an issue for each heading of `issue_level`; parts without items are only listed as left out."""
    runs = _runs(mend_underlined(outline.blocks), options.split.issue_level)
    recurring = _recurring(runs, lines)
    used: dict[str, int] = {}
    readings: list[Reading] = []
    spare: list[LeftOut] = []
    for heading, blocks in runs:
        issue = _part(whole, heading, used)
        inner = Outline(blocks, outline.footnotes)
        result = split(inner, title=issue.title, options=options.split, recurring=recurring)
        # A single story above the first issue is the introduction of the file.
        introduces = heading is None and len(runs) > 1 and len(result.drafts) == 1
        if result.drafts and not introduces:
            readings.append(_finish(issue, inner, result, base))
        else:
            spare += [LeftOut((b.first, b.last), t, "part-without-items") for b in blocks if (t := text_of([b]))]
    if not readings:
        return (_finish(whole, outline, Split(), base),)
    first = readings[0].issue
    readings[0] = replace(readings[0], issue=replace(first, left_out=(*spare, *first.left_out)))
    return tuple(readings)


def _recurring(runs: list[tuple[Block | None, list[Block]]], lines: list[str]) -> list[Line | None]:
    """Return for each line of a file of many issues whether it recurs in earlier ones.

    Return nothing unless the dates in the headings show whether the newest issue comes first or last.
    """
    headings = [heading for heading, _ in runs if heading is not None]
    days = [day for heading in headings if (day := dates.find_date(plain(heading.inlines))) is not None]
    if len(days) < _DATED or days[0] == days[-1]:
        return []
    starts = [heading.first - 1 for heading in headings]
    step = 1 if days[0] > days[-1] else -1
    issues = [lines[start:end] for start, end in pairwise([*starts, len(lines)])]
    found = recurring_within(issues[::step], MOST_EARLIER)[::step]
    return [None] * starts[0] + list(chain.from_iterable(found))


def _runs(blocks: list[Block], level: int | None) -> list[tuple[Block | None, list[Block]]]:
    """Return each heading of `level` with the blocks below it; blocks before the first heading have None."""
    runs: list[tuple[Block | None, list[Block]]] = [(None, [])]
    for block in blocks:
        if block.kind == "heading" and block.level == level:
            runs.append((block, []))
        else:
            runs[-1][1].append(block)
    return runs


def _part(whole: Issue, heading: Block | None, used: dict[str, int]) -> Issue:
    """Return the issue that a heading starts, without its items."""
    if heading is None:
        when = dates.find_date(whole.title) or whole.date
        return replace(whole, part="", date=when, published_at=None)
    title, part = with_emoji(clean(plain(heading.inlines))), anchor(plain(heading.inlines), used)
    url = f"{whole.url.split('#', 1)[0]}#{part}" if whole.url and part else whole.url
    return replace(whole, part=part, title=title, date=dates.find_date(title), url=url, published_at=None)


def _finish(issue: Issue, outline: Outline, result: Split, base: str) -> Reading:
    """Return the issue with the items of `result` and resolved links."""
    used_anchors: dict[str, int] = {}
    anchors = {
        id(block): block.info or anchor(plain(block.inlines), used_anchors)
        for block in outline.blocks
        if block.kind == "heading"
    }
    names: dict[str, int] = {}
    items = tuple(_item(issue, draft, base, anchors, names) for draft in result.drafts)
    left = [
        LeftOut((block.first, block.last), text, rule)
        for block, rule in result.left_out
        if (text := text_of([block])) != issue.title
    ]
    left += [LeftOut((hidden.first, hidden.last), hidden.text, hidden.rule) for hidden in outline.hidden]
    issue = replace(
        issue,
        intro=text_of(result.intro),
        introduction=render(result.intro, base),
        language=language_of(issue.language, _texts(issue, items)),
        items=items,
        left_out=tuple(sorted((one for one in left if one.text), key=lambda one: one.lines)),
    )
    return Reading(issue, tuple(result.ways), tuple(outline.hidden))


def _as_shown(summary: str) -> str:
    """Return the summary in the front matter without Markdown, which sites render there too."""
    if not _MARKUP.search(summary):
        return summary
    return " ".join(text_of(parse(summary).blocks).split())


def _texts(issue: Issue, items: Iterable[Item]) -> Iterator[str]:
    """Yield the texts from which an issue's language is detected."""
    yield from (issue.title, issue.summary)
    for item in items:
        yield from (item.title, item.text)


def _item(issue: Issue, draft: Draft, base: str, anchors: dict[int, str], names: dict[str, int]) -> Item:
    inlines = draft.inlines()
    links = _links(inlines, base)
    body = [*draft.body, *draft.notes]
    image = next((inline.url for inline in inlines if inline.kind == "image" and inline.url), None)
    return Item(
        id=_identity(issue, links[0].url if links else draft.title, names),
        title=with_emoji(draft.title.rstrip(_GOES_ON) or draft.title),
        section=tuple(map(with_emoji, draft.section)),
        text=story_text(body),
        body=render(body, base),
        links=links,
        image=_address(image, base) if image else None,
        anchor=anchors.get(id(draft.heading), "") if draft.heading is not None else "",
        lines=(draft.first, draft.last),
    )


def _links(inlines: Iterable[Inline], base: str) -> tuple[Link, ...]:
    """Return the http(s) links in order, without duplicates."""
    found: dict[str, Link] = {}
    for inline in inlines:
        if inline.kind == "link":
            url = resolve(inline.url, base)
            if url and url not in found:
                found[url] = Link(link_text(inline), url)
    return tuple(found.values())


def _address(url: str, base: str) -> str:
    """Return an image's URL, resolved if the site is known, else as written."""
    return resolve(url, base) or ("" if re.match(r"(?:data|javascript):", url) else url)


def _identity(issue: Issue, key: str, names: dict[str, int]) -> str:
    """Return an ID derived from the issue and the item's first link or title; repeated ones get a suffix."""
    said = f"{issue.path}\0{issue.part}\0{key}".encode("utf-8", "replace")
    name = hashlib.blake2b(said, digest_size=_ID_BYTES).hexdigest()
    names[name] = names.get(name, 0) + 1
    return name if names[name] == 1 else f"{name}-{names[name]}"

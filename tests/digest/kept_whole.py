"""What no reading may do: lose a word or a link of an issue without saying so."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from unittest import mock

from digest import reading
from digest.items.split import Split, split
from digest.model import Issue, ReadOptions
from digest.tree.nodes import Block, block_text, inlines_of
from digest.tree.outline import Outline

SITE = ReadOptions(site_url="https://site.example")


def letters(text: str) -> Counter[str]:
    return Counter({char: count for char, count in Counter(text.casefold()).items() if char.isalpha()})


def read_with_its_blocks(data: bytes, name: str, options: ReadOptions) -> tuple[Issue, Outline, list[Block], Split]:
    """Return a file's one issue, and of what it was made: reading twice would cost the suite twice as much."""
    made: list[tuple[Outline, list[Block], Split]] = []

    def recorded(outline: Outline, **given: Any) -> Split:
        blocks = [*outline.blocks, *outline.footnotes.values()]
        made.append((outline, blocks, split(outline, **given)))
        return made[-1][-1]

    with mock.patch.object(reading, "split", recorded):
        issue = reading.explain_issues(data, name, options)[0].issue
    [(outline, blocks, result)] = made
    return issue, outline, blocks, result


def assert_nothing_is_lost(data: bytes, name: str, options: ReadOptions = SITE) -> None:
    issue, outline, blocks, result = read_with_its_blocks(data, name, options)
    written = Counter(id(inline) for inline in inlines_of(blocks) if inline.kind == "link")
    placed = Counter(id(one) for draft in result.drafts for one in draft.inlines() if one.kind == "link")
    others = [*result.intro, *(block for block, _ in result.left_out)]
    placed += Counter(id(inline) for inline in inlines_of(others) if inline.kind == "link")
    assert placed == written, f"{name}: a link is nowhere or in two places"

    said = [issue.title, issue.intro, *(one.text for one in issue.left_out if one.rule != "html-comment")]
    for item in issue.items:
        said += [item.title, item.text, *item.section, *(link.text for link in item.links)]
    lost = letters("".join(block_text(block) for block in blocks)) - letters("".join(said))
    assert sum(lost.values()) <= 5 * issue_numbering(outline), f"{name}: {lost} is said nowhere"


def issue_numbering(outline) -> int:
    """How many headings and captions may have lost a numeral or the word "Source"."""
    names = [block_text(block) for block in outline.blocks if block.kind in {"heading", "paragraph"}]
    return sum(
        bool(re.match(r"\W*([A-Za-z]{1,5}[.)]|:\w+:|(?:image )?source|[一二三四五六七八九十])", one, re.IGNORECASE))
        for one in names
    )

"""What no reading may do: lose a word or a link of an issue without saying so."""

from __future__ import annotations

import re
from collections import Counter

from digest.head.metadata import read_metadata
from digest.items.split import split
from digest.model import ReadOptions
from digest.reading import explain_issues
from digest.repair import decode
from digest.tree.nodes import block_text, inlines_of
from digest.tree.outline import parse

SITE = ReadOptions(site_url="https://site.example")


def letters(text: str) -> Counter[str]:
    return Counter(char for char in text.casefold() if char.isalpha())


def assert_nothing_is_lost(data: bytes, name: str, options: ReadOptions = SITE) -> None:
    text, _ = decode(data)
    metadata = read_metadata(text, name)
    lines = text.split("\n")
    outline = parse("\n".join(lines[metadata.body_start_line :]), metadata.body_start_line + 1)
    blocks = [*outline.blocks, *outline.footnotes.values()]
    result = split(outline, title=metadata.title if metadata.kind else "", name=metadata.title)
    written = Counter(id(inline) for inline in inlines_of(blocks) if inline.kind == "link")
    placed = Counter(id(one) for draft in result.drafts for one in draft.inlines() if one.kind == "link")
    others = [*result.intro, *(block for block, _ in result.left)]
    placed += Counter(id(inline) for inline in inlines_of(others) if inline.kind == "link")
    assert placed == written, f"{name}: a link is nowhere or in two places"

    issue = explain_issues(data, name, options)[0].issue
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

"""Files that stand beside a newsletter's issues and are none: a README, a list of contributors, an index."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from digest.model import Issue
from digest.order import is_dated

_SIDE_PAGE = re.compile(
    r"(?:readme|contributing|code[-_]?of[-_]?conduct|licen[cs]e|copying|security|support|governance|changelog|changes|"
    r"history|authors|contributors|maintainers|credits|acknowledgements|roadmap|todo|summary|toc|_?index|home|about|"
    r"archives?|subscribe|404|claude|agents|gemini|"
    r"copilot[-_]instructions|pull[-_]request)(?:[._-][a-z]{2}(?:[_-]\w{2,4})?)?"
)


_NUMBER = re.compile(r"\d")


def has_no_number(issue: Issue) -> bool:
    """Whether neither date nor number tells a file from any other page of a repository."""
    return not is_dated(issue) and not issue.part and _NUMBER.search(PurePosixPath(issue.path).stem) is None


def may_be_side_page(issue: Issue) -> bool:
    """Whether a file is called like a page beside issues (README, CONTRIBUTING, an index) and has no date.

    It is one where dated issues stand in its folder or below; elsewhere a README may well be the newsletter.
    """
    stem = PurePosixPath(issue.path).stem.casefold()
    return not is_dated(issue) and _SIDE_PAGE.fullmatch(stem) is not None

"""Files that stand beside a newsletter's issues and are none: a README, a list of contributors, an index."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from digest.model import Issue
from digest.order import is_dated

_SIDE_PAGE = re.compile(
    r"(?:readme|contributing|code[-_]?of[-_]?conduct|licen[cs]e|copying|security|support|governance|changelog|changes|"
    r"history|authors|contributors|maintainers|credits|acknowledgements|roadmap|todo|summary|toc|_?index|home|about|"
    r"archives?|subscribe|404)(?:[._-][a-z]{2}(?:[_-]\w{2,4})?)?"
)


def may_be_side_page(issue: Issue) -> bool:
    """Whether a file is called like a page beside issues (README, CONTRIBUTING, an index) and has no date.

    It is one where dated issues stand in its folder or below; elsewhere a README may well be the newsletter.
    """
    stem = PurePosixPath(issue.path).stem.casefold()
    return not is_dated(issue) and _SIDE_PAGE.fullmatch(stem) is not None

"""Detection of files next to issues that are not issues, which `check` skips as an import does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from cli.output import counted
from digest.head.metadata import Metadata
from digest.head.visibility import NO_ISSUE
from digest.model import Issue
from digest.side_pages import Shelves
from pipeline.gate import SIDE_PAGE


def not_issues(heads: Mapping[str, Metadata], *, is_chosen: bool) -> dict[str, str]:
    """Return the files that are not issues, as paths to reasons.

    `is_chosen` is whether the operator has set the `include` that selected the files.
    """
    found = {path: head.withheld for path, head in heads.items() if head.withheld in NO_ISSUE}
    left = {path: head for path, head in heads.items() if path not in found}
    # an undated draft does not show in which folders issues are
    shelves = Shelves((path, _is_dated(head)) for path, head in left.items() if _is_dated(head) or not head.withheld)
    for path, head in left.items():
        issue = Issue(path=path, title=head.title, date=head.date, published_at=head.published_at)
        if shelves.is_side_page(issue, is_chosen=is_chosen):
            found[path] = SIDE_PAGE
    return found


def told(left_out: Mapping[str, str]) -> Iterator[str]:
    """Yield a line per reason for which files are not checked."""
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for path, reason in left_out.items():
        reasons[reason].append(path)
    for reason, paths in reasons.items():
        yield f"{counted(len(paths), 'file')}, such as {paths[0]}, not checked: {reason}"


def _is_dated(head: Metadata) -> bool:
    return head.date is not None or head.published_at is not None

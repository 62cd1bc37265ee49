"""Chronological order of issues. Undated ones come first, in the natural order of their names."""

from __future__ import annotations

import datetime as dt
import posixpath
import re

from digest.model import Issue

# No newsletter is older. Earlier sort keys belong to undated issues and encode their order.
FIRST_DAY = dt.date(1700, 1, 1)
_NUMBER = re.compile(r"\d{1,9}")
_NAMED = re.compile(r"(\D*)(\d*)")
_DIGITS_READ = 18  # digits of a number in a path that are compared
_MOST = ((FIRST_DAY - dt.date.min).days - 1, 86_399, 999_999)  # maximum days, seconds, microseconds


def natural_key(path: str) -> list[tuple[str, int]]:
    """Return a key that sorts paths naturally: 98 before 100, `2-news` before `10-events`."""
    return [(text, int(number[:_DIGITS_READ] or 0)) for text, number in _NAMED.findall(path.casefold())]


def is_dated(issue: Issue) -> bool:
    """Whether its author gave a publication date."""
    return issue.date is not None or issue.published_at is not None


def undated_place(issue: Issue) -> dt.datetime:
    """Return the sort key of an undated issue: a moment before `FIRST_DAY`.

    It encodes the numbers in the file's name, then those of its heading in a file of many, else those of its title: 98
    is before 99 and 100, 2-9 before 2-10. Equal keys are ordered by arrival.
    """
    name = f"{posixpath.splitext(issue.path)[0]} {issue.part}"
    numbers = [int(number) for number in _NUMBER.findall(name) or _NUMBER.findall(issue.title)]
    days, seconds, microseconds = (
        min(number, most) for number, most in zip([*numbers, 0, 0, 0][:3], _MOST, strict=True)
    )
    return dt.datetime(1, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=days, seconds=seconds, microseconds=microseconds)

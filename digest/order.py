"""The order of issues in time; those without a date are before all others, in the natural order of their names."""

from __future__ import annotations

import datetime as dt
import posixpath
import re

from digest.model import Issue

# No newsletter is older. What is sorted to a moment before it has no date: its place among the undated is there.
FIRST_DAY = dt.date(1700, 1, 1)
_NUMBER = re.compile(r"\d{1,9}")
_NAMED = re.compile(r"(\D*)(\d*)")
_DIGITS_READ = 18  # of a number in a path, which may be any length
_MOST = ((FIRST_DAY - dt.date.min).days - 1, 86_399, 999_999)  # days, seconds of a day, microseconds of a second


def natural_key(path: str) -> list[tuple[str, int]]:
    """Return what orders paths as people read them: 98 before 100, `2-news` before `10-events`."""
    return [(text, int(number[:_DIGITS_READ] or 0)) for text, number in _NAMED.findall(path.casefold())]


def is_dated(issue: Issue) -> bool:
    """Whether its author gave a date of publication."""
    return issue.date is not None or issue.published_at is not None


def undated_place(issue: Issue) -> dt.datetime:
    """Return the moment before `FIRST_DAY` that an issue without a date is sorted by.

    The numbers in its file's name decide, then those of its heading in a file of many, else those of its title:
    98 is before 99 and 100, 2-9 before 2-10. Where two have the same, the one that came first is the earlier.
    """
    name = f"{posixpath.splitext(issue.path)[0]} {issue.part}"
    numbers = [int(number) for number in _NUMBER.findall(name) or _NUMBER.findall(issue.title)]
    days, seconds, microseconds = (
        min(number, most) for number, most in zip([*numbers, 0, 0, 0][:3], _MOST, strict=True)
    )
    return dt.datetime(1, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=days, seconds=seconds, microseconds=microseconds)

"""People's dates: `2023`, `March 2024`, `last month`, `2024-03-05`, `yesterday`, `3 weeks ago`.

Months have their names in each language in which authors write dates, and `when_words` knows what is said in some
others.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from digest.head.dates import MONTHS, folded
from search.when_words import in_english

_WEEKDAYS = {
    name.lower(): number for names in (calendar.day_name, calendar.day_abbr) for number, name in enumerate(names)
}
_UNITS = {"day": 1, "week": 7, "month": 30, "year": 365}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{4})")
_QUARTER = re.compile(r"(?:q([1-4]) ?(\d{4})|(\d{4})[- ]?q([1-4]))")
_NAMED = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th|\.)? )?(\w+)(?: (\d{1,2})(?:st|nd|rd|th)?)?(?: (\d{4}))?")
_AGO = re.compile(r"(\d{1,4}|an?|one|two|three|six) (day|week|month|year)s? ago")
_PAST = re.compile(r"(?:the )?(?:last|past) (\d{1,4}|two|three|six|twelve) (day|week|month|year)s?")
_SPAN = re.compile(r"(this|last|past|previous) (week|month|year)")
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "six": 6, "twelve": 12}


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a person meant, first and last included."""

    first: dt.date
    last: dt.date


def parse_when(text: str, today: dt.date) -> Span | None:
    """Return the days that `text` means, seen from `today`; None if it is no date that exists."""
    words = " ".join(text.strip().lower().replace(",", " ").replace("_", " ").split())
    words = in_english(words)
    if not _DAY.fullmatch(words) and not _MONTH.fullmatch(words) and re.search("[a-z]", words):
        words = words.replace("-", " ")
    try:
        return _numbers(words) or _period(words) or _relative(words, today) or _named(words, today)
    except (ValueError, OverflowError):  # 31 February, year 0, a million years ago
        return None


def _numbers(words: str) -> Span | None:
    if match := _DAY.fullmatch(words):
        return _day(dt.date(int(match[1]), int(match[2]), int(match[3])))
    if match := _DAY_FIRST.fullmatch(words):
        return _day(dt.date(int(match[3]), int(match[2]), int(match[1])))
    return None


def _period(words: str) -> Span | None:
    if match := re.fullmatch(r"(\d{4})年?", words):
        return Span(dt.date(int(match[1]), 1, 1), dt.date(int(match[1]), 12, 31))
    if match := _MONTH.fullmatch(words):
        return _month(int(match[1]), int(match[2]))
    if match := _MONTH_FIRST.fullmatch(words):
        return _month(int(match[2]), int(match[1]))
    if match := _QUARTER.fullmatch(words):
        quarter, year = int(match[1] or match[4]), int(match[2] or match[3])
        return Span(_month(year, quarter * 3 - 2).first, _month(year, quarter * 3).last)
    return None


def _relative(words: str, today: dt.date) -> Span | None:
    if words in {"today", "now", "yesterday"}:
        return _day(today - dt.timedelta(days=words == "yesterday"))
    if match := _AGO.fullmatch(words):
        return _day(_back(today, match[1], match[2]))
    if match := _PAST.fullmatch(words):
        return Span(_back(today, match[1], match[2]), today)
    if match := _SPAN.fullmatch(words):
        return _span(match[2], 0 if match[1] == "this" else 1, today)
    if (weekday := _WEEKDAYS.get(words.removeprefix("last "))) is not None:
        return _day(today - dt.timedelta(days=(today.weekday() - weekday - 1) % 7 + 1))
    return None


def _latest_year(month: int, day: int, today: dt.date) -> int:
    """Return the last year in which that day has come."""
    return today.year - 1 if dt.date(today.year, month, day) > today else today.year


def _named(words: str, today: dt.date) -> Span | None:
    """`march`, `mar 2024`, `5 march 2024`, `march 5 2024`; without a year the latest one that has begun."""
    match = _NAMED.fullmatch(words.removeprefix("last "))
    name = folded(match[2]) if match is not None else ""
    if match is None or name not in MONTHS or (match[1] and match[3]):
        return None
    month, day = MONTHS[name], match[1] or match[3]
    year = int(match[4]) if match[4] else _latest_year(month, int(day or 1), today)
    return _day(dt.date(year, month, int(day))) if day else _month(year, month)


def _day(day: dt.date) -> Span:
    return Span(day, day)


def _month(year: int, month: int) -> Span:
    return Span(dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]))


def _back(today: dt.date, count: str, unit: str) -> dt.date:
    number = _COUNTS.get(count) or int(count)
    if unit not in {"month", "year"}:
        return today - dt.timedelta(days=number * _UNITS[unit])
    months = today.year * 12 + today.month - 1 - number * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return dt.date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _span(unit: str, back: int, today: dt.date) -> Span:
    if unit == "week":
        monday = today - dt.timedelta(days=today.weekday() + 7 * back)
        return Span(monday, monday + dt.timedelta(days=6))
    if unit == "year":
        return Span(dt.date(today.year - back, 1, 1), dt.date(today.year - back, 12, 31))
    year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
    return _month(year, month + 1)

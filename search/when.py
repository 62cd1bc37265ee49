"""Human dates: `2023`, `March 2024`, `last month`, `2024-03-05`, `yesterday`, `3 weeks ago`.

Month names are known in every language in which issues are dated. Other German, French, Spanish, Portuguese, Japanese
and Chinese expressions are translated to English first.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from digest.head.dates import MONTHS, folded
from search.frames import is_frame
from storage.tokens import fold

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
_SPAN = re.compile(r"(this|last|past|previous) (day|week|month|year)")
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "six": 6, "twelve": 12}
_EASTERN_UNITS = {
    "日": "day", "天": "day", "周": "week", "週": "week", "星期": "week", "月": "month", "年": "year",
}  # fmt: skip
_EASTERN_UNIT = rf"({'|'.join(_EASTERN_UNITS)})"
_EASTERN_COUNTS = {
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
}  # fmt: skip
_EASTERN_COUNT = rf"(\d{{1,4}}|[{''.join(_EASTERN_COUNTS)}])[个かヶ]?"
_EASTERN = re.compile(rf"(?:(今|本|这个?)|上个?|先|去|昨){_EASTERN_UNIT}")
_EASTERN_AGO = re.compile(rf"{_EASTERN_COUNT}{_EASTERN_UNIT}間?[之以]?前")
_EASTERN_PAST = re.compile(rf"(?:最?近|过去|過去){_EASTERN_COUNT}{_EASTERN_UNIT}間?")
_EASTERN_WEEKDAY = re.compile(r"(?:周|星期)([一二三四五六日天])")
_EASTERN_QUARTER = re.compile(r"(\d{4})年第?([1-4一二三四])季度")
# German words in all inflections
_GERMAN = {
    "last": "(?:letzt|vergangen|vorig)e[mnrs]?",
    "this": "diese[mnrs]?",
    "today": "heute",
    "yesterday": "gestern",
    "day": "tage?n?",
    "week": "wochen?",
    "month": "monat(?:s|en?)?",
    "year": "jahr(?:s|e[ns]?)?",
    "one": "eine[mr]",
    "two": "zwei",
    "three": "drei",
    "monday": "montag",
    "tuesday": "dienstag",
    "wednesday": "mittwoch",
    "thursday": "donnerstag",
    "friday": "freitag",
    "saturday": "samstag",
    "sunday": "sonntag",
}
_GERMAN_WORD = re.compile(r"\b(?:" + "|".join(f"({forms})" for forms in _GERMAN.values()) + r")\b")
_GERMAN_AGO = re.compile(r"vor (\w+ \w+)")
# French, Spanish and Portuguese, without accents.
_ROMANCE_UNITS = {
    "jour": "day", "semaine": "week", "mois": "month", "an": "year", "annee": "year",
    "dia": "day", "semana": "week", "mes": "month", "ano": "year",
}  # fmt: skip
_ROMANCE_UNIT = rf"({'|'.join(_ROMANCE_UNITS)})(?:e?s)?"
_ROMANCE_LAST = re.compile(rf"(?:l[ae] |el |n?[oa] |l')?{_ROMANCE_UNIT} (?:derniere?|passee?|pass?ad[oa])")
_ROMANCE_THIS = re.compile(rf"(?:cet?|cette|est[ea]) {_ROMANCE_UNIT}(?:-ci)?")
_ROMANCE_AGO = re.compile(rf"(?:il y a|hace|ha) (\d{{1,4}}|une?|una|uma?) {_ROMANCE_UNIT}")
_ROMANCE_DAYS = {
    "hier": "yesterday", "ayer": "yesterday", "ontem": "yesterday",
    "aujourd'hui": "today", "hoy": "today", "hoje": "today",
}  # fmt: skip
_WORDS_OF_TIME = 5  # words of a time, its preposition included
_DURING = frozenset(("in", "from", "of", "during", "im", "vom", "aus"))
_BOUNDS = {"since": "since", "after": "since", "seit": "since", "before": "until", "until": "until", "bis": "until"}
_ASKED_SPAN = re.compile(r"(?:the )?(?:last|past|previous|this) (?:\w+ )?(?:day|week|month|year)s?")
_ASKED_MONTH = re.compile(r"[^\W\d]+ \d{4}")
_ANY_DAY = dt.date(2024, 6, 15)  # whether words are a date does not depend on the day


@dataclass(frozen=True, slots=True)
class Span:
    """A span of days, both ends included."""

    first: dt.date
    last: dt.date


def parse_when(text: str, today: dt.date) -> Span | None:
    """Return the days that `text` means, relative to `today`; None if it is not a valid date."""
    words = " ".join(text.strip().lower().replace(",", " ").replace("_", " ").split())
    words = _in_english(words)
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
    words = {"today": "this day", "now": "this day", "yesterday": "last day"}.get(words, words)
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
    """Return the latest year in which that day is not in the future."""
    return today.year - 1 if dt.date(today.year, month, day) > today else today.year


def _named(words: str, today: dt.date) -> Span | None:
    """Parse `march`, `mar 2024`, `5 march 2024` and `march 5 2024`; without a year, take the latest that has begun."""
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
    if unit == "day":
        return _day(today - dt.timedelta(days=back))
    if unit == "week":
        monday = today - dt.timedelta(days=today.weekday() + 7 * back)
        return Span(monday, monday + dt.timedelta(days=6))
    if unit == "year":
        return Span(dt.date(today.year - back, 1, 1), dt.date(today.year - back, 12, 31))
    year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
    return _month(year, month + 1)


def _in_english(words: str) -> str:
    """Translate a date in lower case to English; unknown words stay as they are."""
    if (eastern := _from_eastern(words)) is not None:
        return eastern
    if (romance := _from_romance(fold(words).replace("’", "'"))) is not None:
        return romance
    english = list(_GERMAN)
    said = _GERMAN_WORD.sub(lambda match: english[(match.lastindex or 1) - 1], words)
    return _GERMAN_AGO.sub(r"\1 ago", said)


def _from_eastern(words: str) -> str | None:
    """Translate a Chinese or Japanese expression to English; None for any other text."""
    if match := _EASTERN.fullmatch(words):
        return f"{'this' if match[1] else 'last'} {_EASTERN_UNITS[match[2]]}"
    if match := _EASTERN_AGO.fullmatch(words):
        return f"{_eastern_count(match[1])} {_EASTERN_UNITS[match[2]]} ago"
    if match := _EASTERN_PAST.fullmatch(words):
        return f"past {_eastern_count(match[1])} {_EASTERN_UNITS[match[2]]}s"
    if match := _EASTERN_WEEKDAY.fullmatch(words):
        return calendar.day_name[6 if match[1] in "日天" else _EASTERN_COUNTS[match[1]] - 1].lower()
    if match := _EASTERN_QUARTER.fullmatch(words):
        return f"q{_eastern_count(match[2])} {match[1]}"
    return None


def _eastern_count(number: str) -> int:
    return _EASTERN_COUNTS.get(number) or int(number)


def _from_romance(words: str) -> str | None:
    """Translate a French, Spanish or Portuguese expression to English; None for any other text."""
    if match := _ROMANCE_LAST.fullmatch(words):
        return f"last {_ROMANCE_UNITS[match[1]]}"
    if match := _ROMANCE_THIS.fullmatch(words):
        return f"this {_ROMANCE_UNITS[match[1]]}"
    if match := _ROMANCE_AGO.fullmatch(words):
        count = match[1] if match[1].isdigit() else "one"
        return f"{count} {_ROMANCE_UNITS[match[2]]} ago"
    return _ROMANCE_DAYS.get(words)


def with_time(question: str) -> str:
    """Turn a time in a query's last words into a filter; return any other query unchanged.

    The remaining words are dropped if they only introduce the time ("what happened last week").
    """
    words = question.split()
    if any(sign in question for sign in ('"', "since:", "until:", "after:", "before:")):
        return question
    for count in range(min(_WORDS_OF_TIME, len(words)), 0, -1):
        asked, (first, *rest) = words[:-count], words[-count:]
        if filters := _filters(first.lower(), " ".join(rest)) or _filters("", " ".join((first, *rest))):
            return " ".join([*([] if is_frame([fold(word) for word in asked]) else asked), *filters])
    return question


def _filters(preposition: str, when: str) -> list[str]:
    """Return a time after a preposition ("" for none) as filters; none if it is not meant as a filter."""
    if not when or parse_when(when, _ANY_DAY) is None:
        return []
    if preposition in _BOUNDS:
        return [f'{_BOUNDS[preposition]}:"{when}"']
    said = _in_english(when.lower())
    is_meant = _ASKED_SPAN.fullmatch(said) if preposition in _DURING | {""} else None
    if is_meant is None and preposition in _DURING:
        is_meant = _ASKED_MONTH.fullmatch(said)
    return [f'since:"{when}"', f'until:"{when}"'] if is_meant else []

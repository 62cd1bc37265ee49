"""Parses dates as people write them.

Rules for ambiguous dates:

- a leading four-digit year means year, month, day, with any separators;
- with dots, the day comes first ("3.4.2023" is 3 April);
- with slashes or dashes and the year last, a number above 12 is the day ("10-18-2022"); if both numbers can be the
  month, the month comes first, and the result is marked as a guess;
- a month and a year without a day mean the first of the month; an ISO week means its Monday;
- a range of days ("September 1-7, 2023") means its last day.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import zoneinfo
from dataclasses import dataclass
from pathlib import PurePosixPath

from digest.remembering import remembering

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_EASTERN_DAY = re.compile(r"(?:\d{4}\s?年\s?)?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]?")
_EASTERN_DAY_ALONE = re.compile(rf"\W*{_EASTERN_DAY.pattern}\W*")
_BETWEEN_WORDS = re.compile(r"[\s,./–—()\[\]|-]+|(?<!\d):|:(?!\d)")
_JOINING = {"and", "&", "und", "et", "to"}


@dataclass(frozen=True, slots=True)
class When:
    """A date as written, and the moment if a time was written with it.

    `moment` is naive if no time zone was written. `is_guess` marks an ambiguous date.
    """

    date: dt.date
    moment: dt.datetime | None = None
    is_guess: bool = False


_MONTH_NAMES = """
jan january januar janvier janv enero ene gennaio gen janeiro januari jänner января январь styczen stycznia
feb february februar fevrier fevr febrero febbraio fevereiro fev februari февраля февраль luty lutego
mar march marz maerz mars marzo marco maart mrt марта март marzec marca
apr april avril avr abril abr aprile апреля апрель kwiecien kwietnia
may mai mayo maggio mag maio mei мая май maj maja
jun june juni juin junio giugno giu junho июня июнь czerwiec czerwca
jul july juli juillet juil julio luglio lug julho июля июль lipiec lipca
aug august aout agosto ago augustus августа август sierpien sierpnia
sep sept september septembre septiembre setiembre settembre set setembro сентября сентябрь wrzesien wrzesnia
oct october oktober okt octobre octubre ottobre ott outubro out октября октябрь pazdziernik pazdziernika
nov november novembre noviembre novembro ноября ноябрь listopad listopada
dec december dezember dez decembre diciembre dic dicembre dezembro декабря декабрь grudzien grudnia
"""
# prefixes of month names in English and German
MONTH_STEM = "(?:jan|feb|m[äa]r|apr|ma[iy]|ju[nl]|aug|sep|o[ck]t|nov|de[cz])"


def folded(text: str) -> str:
    """Return `text` in lower case without accents, with full-width digits and punctuation normalised."""
    wide = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(char for char in wide if not unicodedata.combining(char)))


MONTHS = {
    name: number for number, names in enumerate(folded(_MONTH_NAMES.strip()).split("\n"), 1) for name in names.split()
}
_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_MONTH_NAME = re.compile(rf"\b{_MONTH}")
_YEAR = r"(?P<year>\d{4})(?!\d)"
_DAY = r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er|[.ºª°])?"
_OF = r"(?:\s+(?:de|del|di|of)\s+|[\s,.\-/]+)"  # separators of a date in words

_WORDS = (
    re.compile(rf"{_DAY}{_OF}{_MONTH}{_OF}?,?{_YEAR}"),
    re.compile(rf"\b{_MONTH}[\s\-]*(?:\d{{1,2}}\s*[-–—]\s*)?{_DAY}[\s,.)\]–—/-]{{1,5}}{_YEAR}"),
    re.compile(rf"(?<!\d){_YEAR}[\s,\-/.]+{_MONTH}[\s,\-/.]+{_DAY}(?!\d)"),
)
_DAYS_IN_WORDS = (re.compile(rf"{_DAY}{_OF}{_MONTH}"), re.compile(rf"\b{_MONTH}\s+{_DAY}(?!\d)"))
_ISO = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s?[-/._年년]\s?(?P<month>\d{1,2})\s?[-/._月월]\s?(?P<day>\d{1,2})(?!\d)\s?[日일]?"
)
_COMPACT = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)")
_SPAN = re.compile(rf"{_COMPACT.pattern}(?=[-_–~](?:to[-_])?(?:19|20)\d{{6}}(?!\d))")  # the first day of a range
_WEEK = re.compile(r"(?<!\d)(?P<year>\d{4})-?w(?P<week>\d{2})(?:-?(?P<weekday>[1-7]))?(?!\d)")
_YEAR_LAST = re.compile(
    r"(?<!\d)(?P<a>\d{1,2})\s?(?P<mark>[-/.])\s?(?P<b>\d{1,2})\s?(?P=mark)\s?(?P<year>\d{4}|\d{2})(?!\d)"
)
# a date without separators, in a file's name: "2026Aug24", "16Aug2019"
_NAMED = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
_GLUED = (
    re.compile(rf"(?<![\da-z])(?P<year>(?:19|20)\d\d){_NAMED}(?P<day>\d{{1,2}})(?!\d)"),
    re.compile(rf"(?<![\da-z])(?P<day>\d{{1,2}}){_NAMED}(?P<year>(?:19|20)\d\d)(?!\d)"),
)
# a date with the year last, in a file's name: "Digest 29-11-2025", "Digest 6-12-25"; two-digit years only at its end
_NAME_DAY = re.compile(
    r"(?<!\d)(?P<a>\d{1,2})(?P<mark>[-_.])(?P<b>\d{1,2})(?P=mark)(?:(?P<year>20\d\d)(?!\d)|(?P<short>[1-4]\d)\W*\Z)"
)
_MONTH_YEAR = (
    re.compile(r"(?<!\d)(?P<year>\d{4})\s?[-/.年년]\s?(?P<month>\d{1,2})(?![\d-])\s?[月월]?"),
    re.compile(rf"\b{_MONTH}{_OF}{_YEAR}"),
)
_CTIME = re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})\s+(?P<time>\d\d?:\d\d(?::\d\d)?)\s+(?P<zone>[a-z]+\s+)?{_YEAR}")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")

_TIME = re.compile(
    r"[\st,]*(?:at |um |a las |à )?\s*(?P<hour>\d{1,2})(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*(?P<zone>z\b|(?:gmt|utc)?[+-]\d\d:?(?:\d\d)?|[a-z]+/[a-z_/]+|[a-z]{2,5}\b)?"
    r"(?:\s*\(?[a-z]*\)?)?"
)
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "west": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180,
    "msk": 180, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480,
    "pdt": -420, "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
}  # fmt: skip


_WEEKDAY = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|mo|di|mi|do|fr|sa|so|(?:mon|diens|donners|frei|sams|"
    r"sonn)tag|mittwoch|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miercoles|jueves|viernes|"
    r"sabado|domingo"
)
_DAY_PART = re.compile(
    r"\d{1,4}(?:st|nd|rd|th|er|º)?|\d{1,2}:\d\d|\d{1,2}[ap]m|[ap]m|de|del|di|of|to|bis|au|al|um|uhr|h|utc|c?e?s?t"
)


@remembering(1024)
def is_day(text: str) -> bool:
    """Whether all of `text` is a day or a range of days ("June 12", "2024-06-18", "Oct 16-18", "5月3日")."""
    if len(text) > 40 or not any(map(str.isdecimal, text)):
        return False
    text = folded(text)
    if _EASTERN_DAY_ALONE.fullmatch(text) or _ISO.fullmatch(text.strip(" :：()[]")):
        return True
    words = [word for word in _BETWEEN_WORDS.split(text) if word and word not in _JOINING]
    return any(word in MONTHS for word in words) and all(map(_is_part_of_day, words))


def _is_part_of_day(word: str) -> bool:
    return word in MONTHS or _DAY_PART.fullmatch(word) is not None or _WEEKDAY.fullmatch(word) is not None


def opens_with_day(text: str) -> bool:
    """Whether `text` starts with a day, up to a comma, dash or colon ("Friday 3 May, 18:00")."""
    return any(map(str.isdecimal, text)) and is_day(re.split(r",|\s[-–—]\s|[:：|]\s", text.strip(), maxsplit=1)[0])


def holds_day(text: str) -> bool:
    """Whether a text contains a day of a month ("on June 12", "am 3. Mai", "5月3日")."""
    if not any(map(str.isdecimal, text)):
        return False
    text = folded(text)
    return _EASTERN_DAY.search(text) is not None or any(pattern.search(text) for pattern in _DAYS_IN_WORDS)


def parse_when(text: str) -> When | None:
    """Return the date and time in the value `text`; text after the date that is not a time is ignored."""
    text = folded(text.strip().strip("\"'"))[:100]
    if _EPOCH.fullmatch(text):
        moment = dt.datetime.fromtimestamp(int(text[:10]), dt.UTC)
        return When(moment.date(), moment)
    if (found := _CTIME.search(text)) and (date := _day(found)):
        return When(date, _moment(date, f"{found['time']} {found['zone'] or ''}"))
    for pattern in (_ISO, _COMPACT, *_WORDS):
        if (found := pattern.search(text)) and (date := _day(found)):
            return When(date, _moment(date, text[found.end() :]))
    if (found := _YEAR_LAST.search(text)) and (when := _year_last(found)):
        return When(when.date, _moment(when.date, text[found.end() :]), when.is_guess)
    return _without_day(text)


def _without_day(text: str) -> When | None:
    if (found := _WEEK.search(text)) and (date := _week(found)):
        return When(date)
    for pattern in _MONTH_YEAR:
        if (found := pattern.search(text)) and (date := _day(found)):
            return When(date)
    return None


def find_date(text: str) -> dt.date | None:
    """Return the last complete and unambiguous date in running text, such as a heading."""
    text = folded(text)[:1000]
    found = [
        (match.end(), date) for pattern in (_ISO, *_WORDS) for match in pattern.finditer(text) if (date := _day(match))
    ]
    return max(found)[1] if found else None


def path_date(path: str) -> dt.date | None:
    """Return the date in a file's path; None if there is none.

    Recognises Jekyll's "2023-09-07-name.md", "2023/09/07/name.md", "20230907.md", and with month names "2023/Sep/07.md"
    and "2023Sep07.md". A week ("2023-W36.md") means its Monday; a range of days ("20240304-20240310.md") means its
    first day, by which such files are sorted.
    """
    if (span := _SPAN.search(path[-1000:])) and (date := _day(span)):
        return date
    for pattern in (_ISO, _COMPACT):
        for found in reversed(list(pattern.finditer(path[-1000:]))):
            if 1990 <= int(found["year"]) <= 2099 and (date := _day(found)):
                return date
    return find_date(path[-1000:].replace("_", " ")) or _date_of_stem(folded(PurePosixPath(path[-1000:]).stem))


def _date_of_stem(stem: str) -> dt.date | None:
    """Return the date in a file's name in a form that sentences do not use."""
    for pattern in _GLUED:
        if (found := pattern.search(stem)) and (date := _day(found)):
            return date
    return _week(found) if (found := _WEEK.search(stem)) else None


def name_date(path: str, title: str) -> dt.date | None:
    """Return the date with its year last in a file's name ("Digest 29-11-2025.md"); None if it is ambiguous.

    It is unambiguous if one number is above 12, or if `title` contains the month's name.
    """
    found = _NAME_DAY.search(PurePosixPath(path[-1000:]).stem)
    if found is None:
        return None
    year, first, second = int(found["year"] or f"20{found['short']}"), int(found["a"]), int(found["b"])
    readings = {date for date in (_valid(year, first, second), _valid(year, second, first)) if date is not None}
    if len(readings) > 1:
        named = {MONTHS[month["month"]] for month in _MONTH_NAME.finditer(folded(title)[:1000])}
        readings = {date for date in readings if date.month in named}
    return readings.pop() if len(readings) == 1 else None


def _day(found: re.Match[str]) -> dt.date | None:
    parts = found.groupdict()
    month = MONTHS.get(parts["month"]) or (int(parts["month"]) if parts["month"].isdecimal() else 0)
    return _valid(int(parts["year"]), month, int(parts.get("day") or 1))


def _valid(year: int, month: int, day: int) -> dt.date | None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _week(found: re.Match[str]) -> dt.date | None:
    try:
        return dt.date.fromisocalendar(int(found["year"]), int(found["week"]), int(found["weekday"] or 1))
    except ValueError:
        return None


def _year_last(found: re.Match[str]) -> When | None:
    first, second, year = int(found["a"]), int(found["b"]), int(found["year"])
    year += 2000 if len(found["year"]) == 2 else 0
    if found["mark"] == "." or first > 12:
        date = _valid(year, second, first)
        return When(date) if date else None
    date = _valid(year, first, second)
    return When(date, is_guess=second <= 12 and first != second) if date else None


def _moment(date: dt.date, rest: str) -> dt.datetime | None:
    """Return the moment on `date` given by `rest`, the text after the date; None if that is not a time."""
    found = _TIME.match(rest)
    if not found or not (found["minute"] or found["half"]):
        return None
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].startswith("p") else 0)
    try:
        time = dt.time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        return None
    return dt.datetime.combine(date, time, _zone(found["zone"] or ""))


def _zone(name: str) -> dt.tzinfo | None:
    if name in _ZONES:
        offset = _ZONES[name]
        return dt.timezone(dt.timedelta(minutes=offset)) if offset else dt.UTC
    name = name.removeprefix("gmt").removeprefix("utc")
    if name[:1] in ("+", "-"):
        digits = name[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        if minutes >= 24 * 60:
            return None
        return dt.timezone(dt.timedelta(minutes=-minutes if name[0] == "-" else minutes)) if minutes else dt.UTC
    if "/" in name:
        try:
            return zoneinfo.ZoneInfo("/".join(part.title() for part in name.split("/")))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return None
    return None

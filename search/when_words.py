"""The words of German, Japanese and Chinese dates, put as the English that `parse_when` reads."""

from __future__ import annotations

import re

_WHOLE = {
    "今天": "today",
    "今日": "today",
    "本日": "today",
    "昨天": "yesterday",
    "昨日": "yesterday",
    "本周": "this week",
    "今週": "this week",
    "上周": "last week",
    "先週": "last week",
    "本月": "this month",
    "今月": "this month",
    "上个月": "last month",
    "先月": "last month",
    "今年": "this year",
    "去年": "last year",
    "昨年": "last year",
}
_UNITS = {
    "日": "day",
    "天": "day",
    "週間": "week",
    "周": "week",
    "か月": "month",
    "ヶ月": "month",
    "个月": "month",
    "年": "year",
}
_AGO = re.compile(rf"(\d{{1,4}})({'|'.join(_UNITS)})前")
# German words in any of their forms
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


def in_english(words: str) -> str:
    """Return a date's words, which are in lower case, in English; those that are not known stay as they are."""
    if words in _WHOLE:
        return _WHOLE[words]
    if match := _AGO.fullmatch(words):
        return f"{match[1]} {_UNITS[match[2]]} ago"
    english = list(_GERMAN)
    said = _GERMAN_WORD.sub(lambda match: english[(match.lastindex or 1) - 1], words)
    return _GERMAN_AGO.sub(r"\1 ago", said)

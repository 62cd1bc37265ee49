"""The time that a question names in plain words: "async last month", "what was new in March 2024"."""

from __future__ import annotations

import datetime as dt
import re

from search.frames import is_frame
from search.when import parse_when
from search.when_words import in_english
from storage.tokens import fold

_MOST = 5  # words of a time, its preposition included
_DURING = frozenset(("in", "from", "of", "during", "im", "vom", "aus"))
_BOUNDS = {"since": "since", "after": "since", "seit": "since", "before": "until", "until": "until", "bis": "until"}
_SPAN = re.compile(r"(?:the )?(?:last|past|previous|this) (?:\w+ )?(?:day|week|month|year)s?")
_MONTH = re.compile(r"[^\W\d]+ \d{4}")
_ANY_DAY = dt.date(2024, 6, 15)  # whether words are a date does not depend on the day


def with_time(question: str) -> str:
    """Return a question whose last words are a time with that time as its filter; any other question as it is.

    What is left is dropped where it only leads to the time ("what happened last week").
    """
    words = question.split()
    if any(sign in question for sign in ('"', "since:", "until:", "after:", "before:")):
        return question
    for count in range(min(_MOST, len(words)), 0, -1):
        asked, (first, *rest) = words[:-count], words[-count:]
        if filters := _filters(first.lower(), " ".join(rest)) or _filters("", " ".join((first, *rest))):
            return " ".join([*([] if is_frame([fold(word) for word in asked]) else asked), *filters])
    return question


def _filters(preposition: str, when: str) -> list[str]:
    """Return a time behind a preposition ("" for none) as filters; none if it is not meant as one."""
    if not when or parse_when(when, _ANY_DAY) is None:
        return []
    if preposition in _BOUNDS:
        return [f'{_BOUNDS[preposition]}:"{when}"']
    said = in_english(when.lower())
    is_meant = _SPAN.fullmatch(said) if preposition in _DURING | {""} else None
    if is_meant is None and preposition in _DURING:
        is_meant = _MONTH.fullmatch(said)
    return [f'since:"{when}"', f'until:"{when}"'] if is_meant else []

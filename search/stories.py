"""Which documents tell the same story: those about the same link, and an event that is announced again and again."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable

from search.ranking import Ranked
from storage.tokens import fold

_LEAST = 2  # words of an event's title without its dates
_NAMED = 5  # different words from which on a title alone says which event it is, whatever else it links to
_WITH_NUMBER = re.compile(r"\S*\d\S*")
# Stems of days and months in English and German: the title of an event is the same story on another day.
_DAYS = frozenset(
    fold(name)
    for name in """mondai tuesdai wednesdai thursdai fridai saturdai sundai montag dienstag mittwoch donnerstag freitag
    samstag sonntag januari februari march april mai june juli august septemb octob novemb decemb januar februar marz
    juni oktob dezemb jan feb mar apr jun jul aug sep sept oct okt nov dec dez""".split()  # noqa: SIM905
)


def once(ranked: Iterable[Ranked]) -> list[Ranked]:
    """Of several documents about the same story only the first, which says how many they are."""
    kept: dict[Hashable, Ranked] = {}
    for one in ranked:
        story = _story(one)
        known = kept.get(story)
        kept[story] = known._replace(times=known.times + 1) if known else one
    return list(kept.values())


def _story(one: Ranked) -> Hashable:
    """Return what a document's story is known by: the title of an event without dates, the link, or nothing but
    itself.
    """
    candidate = one.candidate
    if "event" in one.genres:
        words = [word for word in _WITH_NUMBER.sub(" ", candidate.title).split() if word not in _DAYS]
        if len(words) >= _LEAST:
            links = "" if len(set(words)) >= _NAMED else _WITH_NUMBER.sub(" ", candidate.links)
            return (" ".join(words), links)
    return candidate.link if candidate.link is not None else (candidate.document,)

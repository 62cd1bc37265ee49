"""The story of a topic as the index tells it: its mentions, the most telling of them, and what occurs with it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from search.cooccurrence import MentionText, co_occurring, words_of
from search.mentions import Gatherer, Mentions, Whole
from search.query import parse
from search.scoped import ScopedConnection
from search.segmentation import words_without_spaces
from storage.index import DAY_SHIFT

TELLING = 5  # items that tell the story, one for each part of the topic's time
SAMPLE = 400  # mentions whose words are compared with all others
_TEXT = 600  # characters of each that count
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}")
_CANDIDATES = 300  # newest mentions of a part of the story of which the best is taken


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a thread found: everything of a topic but the records."""

    question: str
    note: str
    mentions: Mentions
    items: tuple[int, int]  # first and latest
    telling: tuple[int, ...]
    co_occurring: tuple[str, ...]


@dataclass(slots=True)
class _Period:
    """A part of a topic's time with about as many mentions as each other part."""

    first: dt.date
    last: dt.date
    count: int = field(default=0)


def gather(connection: ScopedConnection, question: str, today: dt.date) -> Gathered | None:
    """Find everything about a topic on one connection; None if nothing mentions it."""
    gatherer = Gatherer(connection)
    parsed = parse(question)
    whole = gatherer.whole(parsed, today, repair=True, with_introductions=False)
    mentions = gatherer.mentions(whole)
    if mentions is None:
        return None
    telling = _telling(gatherer, whole, mentions)
    items = connection.items_of([mentions.first, mentions.documents[0], *telling])
    step = max(len(mentions.documents) // SAMPLE, 1)
    is_paired = bool(whole.units) and all(unit.is_paired for unit in whole.units)
    texts = _texts(connection, mentions.documents[::step][:SAMPLE], is_paired=is_paired)
    own = [unit.shown for unit in whole.units]
    shown = question if whole.units == parsed.units else " ".join(own)
    return Gathered(
        shown,
        whole.note,
        mentions,
        (items[mentions.first], items[mentions.documents[0]]),
        tuple(items[document] for document in telling),
        co_occurring(connection, texts, own, mentions.total),
    )


def _telling(gatherer: Gatherer, whole: Whole, mentions: Mentions) -> list[int]:
    """Return the best document of each part of the topic's time, in the order of time; each link once."""
    chosen: list[int] = []
    links: set[int] = set()
    for period in _periods(mentions.days, TELLING):
        first = period.first.toordinal() << DAY_SHIFT
        last = ((period.last.toordinal() + 1) << DAY_SHIFT) - 1
        wanted = max(1, round(TELLING * period.count / sum(count for _, count in mentions.days)))
        for ranked in gatherer.best(whole, gatherer.newest(whole, last, _CANDIDATES, first)):
            link = ranked.candidate.link
            if link is not None and link in links:
                continue
            links.update((link,) if link is not None else ())
            chosen.append(ranked.candidate.document)
            wanted -= 1
            if not wanted:
                break
    return sorted(chosen[:TELLING])


def _periods(days: Sequence[tuple[dt.date, int]], parts: int) -> list[_Period]:
    """Return the days in at most `parts` runs with about equal counts."""
    total = sum(count for _, count in days)
    periods: list[_Period] = []
    seen = 0
    for day, count in days:
        if not periods or seen >= total * len(periods) / parts:
            periods.append(_Period(day, day))
        periods[-1].last = day
        periods[-1].count += count
        seen += count
    return periods


def _texts(connection: ScopedConnection, documents: Sequence[int], *, is_paired: bool) -> list[MentionText]:
    """Return what is compared with all other items; of a topic without spaces, only words of such a script."""
    rows = connection.execute(
        "SELECT i.title, substr(i.text, 1, ?), x.names, x.forms FROM search_documents d"
        " JOIN search_index x ON x.rowid = d.document JOIN items i ON i.id = d.item_id"
        " WHERE d.document IN (SELECT value FROM json_each(?))",
        (_TEXT, json.dumps(documents)),
    )
    texts: list[MentionText] = []
    seen: set[str] = set()
    for title, body, names, forms in rows:
        # what recurs, such as a meeting or a column, says where and how it is held, and not what the topic is about
        undated = _DATE.sub("", title).strip()
        said = undated if " " in undated else f"{title}\n{body}"
        if said in seen:
            continue
        seen.add(said)
        if is_paired:
            words = frozenset(words_without_spaces(f"{title} {body}"))
        else:
            words = frozenset(words_of(f"{title}\n{body}")).intersection(forms.split())
        texts.append(
            MentionText(
                title, body, words, frozenset(_named(names, "tag")), next(iter(_named(names, "newsletter")), "")
            )
        )
    return texts


def _named(names: str, wanted: str) -> Iterable[str]:
    for line in names.split("\n"):
        kind, _, name = line.partition("\t")
        if kind == wanted:
            yield name

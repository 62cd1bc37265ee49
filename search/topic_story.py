"""The history of a topic: its mentions, the most significant of them, and co-occurring words."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from search.cooccurrence import MentionText, co_occurring, words_of
from search.found import Mention
from search.mentions import Gatherer, Mentions, Whole
from search.query import parse
from search.scoped import ScopedConnection
from search.segmentation import words_without_spaces
from storage.tokens import is_paired as is_pair

TELLING = 5  # significant items, one for each part of the mentions
SAMPLE = 400  # mentions that are compared with all other items
_TEXT = 600  # characters of each that are read
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}")
_CANDIDATES = 300  # newest mentions of a part that are ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The history of a topic. `question` is the query as it was run, and `note` explains any difference.

    `telling` are the most significant mentions in chronological order.
    """

    question: str
    note: str
    mentions: Mentions
    first: Mention
    latest: Mention
    telling: tuple[Mention, ...]
    co_occurring: tuple[str, ...]


def story_of(
    connection: ScopedConnection, question: str, today: dt.date, load: Callable[[Sequence[int]], Mapping[int, Mention]]
) -> Topic | None:
    """Return the history of a topic, on one connection; None if nothing mentions it. `load` reads items."""
    gatherer = Gatherer(connection)
    parsed = parse(question)
    whole = gatherer.whole(parsed, today, repair=True, with_introductions=False)
    mentions = gatherer.mentions(whole)
    if mentions is None:
        return None
    telling = _telling(gatherer, whole, mentions.documents)
    items = connection.items_of([mentions.first, mentions.documents[0], *telling])
    known = load(list(items.values()))
    ends = [known[items[document]] for document in (mentions.first, mentions.documents[0]) if items[document] in known]
    if not ends:  # its issue is being withdrawn
        return None
    step = max(len(mentions.documents) // SAMPLE, 1)
    is_paired = bool(whole.units) and all(unit.is_paired for unit in whole.units)
    texts = _texts(connection, mentions.documents[::step][:SAMPLE], is_paired=is_paired)
    own = [unit.shown for unit in whole.units]
    return Topic(
        question=question if whole.units == parsed.units else " ".join(own),
        note=whole.note,
        mentions=mentions,
        first=min(ends, key=_when),
        latest=max(ends, key=_when),
        telling=tuple(sorted((known[items[one]] for one in telling if items[one] in known), key=_when)),
        co_occurring=co_occurring(connection, texts, own, mentions.total),
    )


def _when(mention: Mention) -> tuple[dt.datetime, int]:
    """Return the chronological sort key; undated issues come first, in the order of their names.

    The index has undated items in the order in which they were stored.
    """
    return mention.issue.sorted_at, mention.item.position


def _telling(gatherer: Gatherer, whole: Whole, documents: Sequence[int]) -> list[int]:
    """Return the best document of each part of the chronological documents; each link once."""
    chosen: list[int] = []
    links: set[int | None] = set()
    size = math.ceil(len(documents) / TELLING)
    for start in range(0, len(documents), size):
        for ranked in gatherer.best(whole, documents[start : start + size][:_CANDIDATES]):
            if ranked.link not in links:
                chosen.append(ranked.document)
                links |= {ranked.link} - {None}
                break
    return chosen


def _texts(connection: ScopedConnection, documents: Sequence[int], *, is_paired: bool) -> list[MentionText]:
    """Return the texts to compare with all other items; of a topic without spaces, only words in such scripts."""
    rows = connection.execute(
        "SELECT i.title, substr(i.text, 1, ?), x.names FROM search_documents d"
        " JOIN search_index x ON x.rowid = d.document JOIN items i ON i.id = d.item_id"
        " WHERE d.document IN (SELECT value FROM json_each(?))",
        (_TEXT, json.dumps(documents)),
    )
    texts: list[MentionText] = []
    seen: set[str] = set()
    for title, body, names in rows:
        # A recurring item, such as a meeting or a column, repeats its logistics, which are not about the topic.
        undated = _DATE.sub("", title).strip()
        said = undated if " " in undated else f"{title}\n{body}"
        if said in seen:
            continue
        seen.add(said)
        if is_paired:
            words = frozenset(words_without_spaces(f"{title} {body}"))
        else:
            words = frozenset(word for word in words_of(f"{title}\n{body}") if not is_pair(word))
        newsletter = names.partition("\n")[0].partition("\t")[2]
        texts.append(MentionText(f"{title}\n{body}", words, newsletter))
    return texts

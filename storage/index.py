"""The full-text index: its tables, and adding and removing items.

Both happen in the transaction that stores the items. Foreign keys and triggers tie index rows to their items, so that
the two cannot disagree. A document number is composed of the day and the item id: numbers are in chronological
order, so that "newest matches" needs no sorting, and every index of the same items has the same numbers.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Literal, NamedTuple, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from digest.introduction import is_introduction
from digest.model import Item
from digest.order import FIRST_DAY
from storage import links, search_feed
from storage.dialects import is_postgres
from storage.tokens import BOUNDARY, Analysis, fold, is_paired, stem, written_forms

# Version of the index contents: increment it when tokens.py or `cut` changes. `_counts_gone` must still read from
# documents of older versions what was counted for them.
VERSION = 10
DAY_SHIFT = 24  # bits for the documents of a day: 16 million
_DAY = 1 << DAY_SHIFT
FIRST_DATED = FIRST_DAY.toordinal() << DAY_SHIFT  # lower numbers belong to undated issues
COLUMNS = ("title", "labels", "links", "body", "forms", "facets", "names")
_LINKS = 20  # links of an item whose words are indexed
STORIES, INTRODUCTIONS = "is:any", "is:introduction"  # every document has one of these facets

NameKind = Literal["newsletter", "section", "tag"]
_KINDS: dict[str, NameKind] = {"n": "newsletter", "s": "section", "t": "tag"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """An item to index, with the day that its issue is sorted by and its issue's tags."""

    item_id: int
    item: Item
    newsletter: str
    day: dt.date
    tags: tuple[str, ...] = ()
    cut: Cut | None = None  # the result of `cut`, if computed before


@dataclass(frozen=True, slots=True)
class Cut:
    """An analysed item: a token stream per column, and the words and names to count."""

    columns: tuple[str, ...]
    link: int | None
    words: set[str]
    names: Sequence[tuple[NameKind, str]]


def facet(kind: str, value: str) -> str:
    """Return the facet token of a newsletter, section or tag, regardless of case and accents."""
    return f"{kind[0]}:{hashlib.blake2b(' '.join(fold(value).split()).encode(), digest_size=6).hexdigest()}"


def link_facet(url: str) -> str:
    """Return the facet token of a linked page."""
    return f"l:{links.link_key(url) & 0xFFFFFFFFFFFFFFFF:x}"


def site_facet(site: str) -> str:
    """Return the facet token of a host, or of a host with the first path segment."""
    return f"h:{site}"


def cut(entry: IndexEntry) -> Cut:
    """Analyse an entry independently of its document number. Pure; the expensive part of indexing."""
    item = entry.item
    is_story = not is_introduction(item)
    # an introduction's title and tags are its issue's, which do not describe its content
    place = _place(entry.newsletter, item.section, entry.tags if is_story else ())
    urls = [link.url for link in item.links]
    texts = Analysis()
    streams = (
        texts.column(item.title) if is_story else "",
        place.labels,
        texts.column(" ".join(chain.from_iterable(map(links.words_of, urls[:_LINKS])))),
        texts.column(item.text),
    )
    texts.include(place.words)
    facets = dict.fromkeys((STORIES if is_story else INTRODUCTIONS, *place.facets, *_link_facets(urls)))
    main = links.main_of(urls[:_LINKS]) if is_story else None
    return Cut(
        columns=(*streams, " ".join(texts.beside_stems()), " ".join(facets), place.lines),
        link=links.link_key(main) if main else None,
        words=texts.words,
        names=place.names,
    )


class _Place(NamedTuple):
    """The indexed newsletter, section and tags of items.

    `labels` is the labels column, `words` its words, `names` the names to filter by, the newsletter first, `lines` the
    same as lines, and `facets` their facet tokens.
    """

    labels: str
    words: Analysis
    names: Sequence[tuple[NameKind, str]]
    lines: str
    facets: Sequence[str]


@lru_cache(maxsize=1 << 10)  # all items of a section share one
def _place(newsletter: str, section: tuple[str, ...], tags: tuple[str, ...]) -> _Place:
    """Return the indexed place of items."""
    words = Analysis()
    labels = words.column(f"{' '.join(section)} {' '.join(tags)}")
    names: list[tuple[NameKind, str]] = [("newsletter", _name(newsletter))]
    names.extend([("section", name) for name in dict.fromkeys(map(_name, section)) if name])
    names.extend([("tag", name) for name in dict.fromkeys(map(_name, tags)) if name])
    lines = "\n".join([f"{kind[0]}\t{name}" for kind, name in names])
    return _Place(labels, words, names, lines, [facet(kind, name) for kind, name in names])


def names_in(column: str) -> list[tuple[NameKind, str]]:
    """Parse the names column, newsletter first; index versions before 9 wrote the kinds in full."""
    return [(_KINDS[line[0]], line.partition("\t")[2]) for line in column.split("\n")]


def _name(text: str) -> str:
    return " ".join(text.split())


def _link_facets(urls: Iterable[str]) -> Iterator[str]:
    for url in urls:
        yield link_facet(url)
        yield from map(site_facet, links.sites_of(url))


async def index_items(connection: AsyncConnection, entries: Sequence[IndexEntry], *, is_rebuild: bool = False) -> None:
    """Add items to the index, within the transaction that stores them.

    Items that are already indexed are replaced; their vectors are dropped unless this is a rebuild. If the index is a
    separate copy, the change is queued for it instead.
    """
    if is_postgres(connection):
        kind = search_feed.FeedKind.REINDEX if is_rebuild else search_feed.FeedKind.INDEX
        await search_feed.note(connection, kind, [entry.item_id for entry in entries])
        return
    if not entries:
        return
    made = await asyncio.to_thread(documents_of, entries)
    await unindex_items(connection, [entry.item_id for entry in entries], is_rebuild=is_rebuild)
    await write_documents(connection, made)


class Documents(NamedTuple):
    """Documents to write: day, item id, link and columns of each, and the counts of all."""

    rows: Sequence[tuple[int, int, int | None, tuple[str, ...]]]
    counts: _Counts


def documents_of(entries: Sequence[IndexEntry]) -> Documents:
    """Return the documents to write for entries."""
    made = [entry.cut or cut(entry) for entry in entries]
    rows = [
        (entry.day.toordinal(), entry.item_id, one.link, one.columns) for entry, one in zip(entries, made, strict=True)
    ]
    return Documents(rows, _counts_of(made))


async def write_documents(connection: AsyncConnection, documents: Documents) -> None:
    """Add documents of items that are not in the index."""
    # In ascending order: for a lower number FTS5 flushes its buffer, and pages split.
    numbers = await _numbers(connection, [(day, item_id) for day, item_id, *_ in documents.rows])
    numbered = sorted(zip(numbers, documents.rows, strict=True), key=itemgetter(0))
    await connection.exec_driver_sql(
        "INSERT INTO search_documents (document, item_id, link) VALUES (?, ?, ?)",
        [(number, item_id, link) for number, (_, item_id, link, _) in numbered],
    )
    await connection.exec_driver_sql(
        f"INSERT INTO search_index (rowid, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [(number, *columns) for number, (_, _, _, columns) in numbered],
    )
    await _count(connection, documents.counts)


async def _numbers(connection: AsyncConnection, places: Sequence[tuple[int, int]]) -> list[int]:
    """Return document numbers for days and items; within a day, later items have lower numbers."""
    # Derived from the item id: a counter would number a copy or a rebuilt index differently.
    numbers = [(day + 1) * _DAY - 1 - item_id % _DAY for day, item_id in places]
    if len(set(numbers)) == len(numbers) and not await _taken(connection, numbers):
        return numbers
    # Ids of one day that are 16 million apart collide: take the next lower free number.
    for at, number in enumerate(numbers):
        while number in numbers[:at] or await _taken(connection, [number]):
            number -= 1  # noqa: PLW2901
        numbers[at] = number
    return numbers


async def _taken(connection: AsyncConnection, numbers: Sequence[int]) -> bool:
    """Whether any of these document numbers is in use."""
    found = await connection.exec_driver_sql(
        "SELECT 1 FROM search_documents WHERE document IN (SELECT value FROM json_each(?)) LIMIT 1",
        (json.dumps(numbers),),
    )
    return found.first() is not None


async def unindex_items(connection: AsyncConnection, item_ids: Sequence[int], *, is_rebuild: bool = False) -> None:
    """Remove items from the index, within the transaction that changes or removes them. Unknown ids are ignored.

    Their vectors are removed too, unless this is a rebuild from the same texts.
    """
    if is_postgres(connection):
        await search_feed.note(
            connection, search_feed.FeedKind.HIDE if is_rebuild else search_feed.FeedKind.UNINDEX, item_ids
        )
        return
    if not is_rebuild:
        await connection.exec_driver_sql(
            "DELETE FROM search_vectors WHERE item_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(item_ids)),),
        )
    found = await connection.exec_driver_sql(
        "SELECT d.document, i.title || ' ' || i.labels || ' ' || i.links || ' ' || i.body, i.forms, i.names"
        " FROM search_documents d JOIN search_index i ON i.rowid = d.document"
        " WHERE d.item_id IN (SELECT value FROM json_each(?)) ORDER BY d.document",
        (json.dumps(list(item_ids)),),
    )
    removed = cast("Sequence[tuple[int, str, str, str]]", found.all())
    if not removed:
        return
    await connection.exec_driver_sql(
        "DELETE FROM search_documents WHERE document = ?", [(number,) for number, *_ in removed]
    )
    await _count(connection, await asyncio.to_thread(_counts_gone, removed))


class _Counts(NamedTuple):
    """Increments of the counts; the last value of each row is the increment, negative for removals."""

    documents: int
    words: list[tuple[str, str, int]]
    names: list[tuple[str, str, str, int]]


def _counts_of(documents: Sequence[Cut]) -> _Counts:
    words = Counter(chain.from_iterable([doc.words for doc in documents]))
    names = Counter((kind, name, doc.names[0][1]) for doc in documents for kind, name in doc.names)
    return _counts(words, names, len(documents))


def _counts_gone(removed: Sequence[tuple[int, str, str, str]]) -> _Counts:
    words: Counter[str] = Counter()
    names: Counter[tuple[str, str, str]] = Counter()
    for _, streams, forms, lines in removed:
        tokens = {*streams.split()} - {BOUNDARY}
        pairs = set(filter(is_paired, tokens))
        words.update(pairs | written_forms(forms.split(), tokens - pairs))
        named = names_in(lines)
        names.update((kind, name, named[0][1]) for kind, name in named)
    return _counts(words, names, -len(removed))


def _counts(words: Counter[str], names: Counter[tuple[str, str, str]], documents: int) -> _Counts:
    sign = 1 if documents > 0 else -1
    return _Counts(
        documents,
        # Words that are not ASCII are their own stems; looking up character pairs would evict words from the cache.
        [(word, stem(word) if word.isascii() else word, sign * count) for word, count in sorted(words.items())],
        [(*key, sign * count) for key, count in sorted(names.items())],
    )


async def _count(connection: AsyncConnection, counts: _Counts) -> None:
    """Apply increments to the counts of words and names."""
    if counts.words:  # an introduction may have none, if it is only a picture
        await connection.exec_driver_sql(
            "INSERT INTO search_words (word, stem, documents) VALUES (?, ?, ?)"
            " ON CONFLICT (word) DO UPDATE SET documents = documents + excluded.documents",
            counts.words,
        )
    await connection.exec_driver_sql(
        "INSERT INTO search_names (kind, name, newsletter, items) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (kind, newsletter, name) DO UPDATE SET items = items + excluded.items",
        counts.names,
    )
    if counts.documents < 0:
        await connection.exec_driver_sql("DELETE FROM search_names WHERE items <= 0")
    await connection.exec_driver_sql(
        "UPDATE search_state SET value = value + ? WHERE key = 'documents'", (counts.documents,)
    )
    await connection.exec_driver_sql("UPDATE search_state SET value = value + 1 WHERE key = 'changes'")

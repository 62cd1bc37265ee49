"""Archives to search in: the real newsletters next to the checkout, and large ones recombined from them.

python -m benchmarks.search_corpus 1000000   # builds them beforehand, and goes on where it was interrupted
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Issue, Item, Link, ReadOptions
from digest.reading import read_issues
from storage import schema
from storage.archive import Archive
from storage.index import IndexEntry, index_items
from storage.opening import open_database
from storage.records import Gate
from storage.reindex import reindex
from storage.rows import issue_values, item_values, sorting_time

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "../shared/corpus/newsletters"
CACHE = ROOT / ".cache"
NOW = dt.datetime(2024, 12, 31, tzinfo=dt.UTC)
ISSUE = 100  # items of an issue of a recombined archive
_BATCH = 10  # issues


async def real_archive() -> Path:
    """Return the database of all newsletters of the corpus, made at the first call."""
    path = CACHE / "search-corpus.db"
    if path.exists():
        db = await open_database(path)  # brings its tables up to date
        await reindex(db)
        await db.close()
        return path
    CACHE.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    db = await open_database(unfinished)
    archive = Archive(db)
    for folder in sorted(CORPUS.iterdir()):
        arrivals = [
            arrival for file in sorted(folder.rglob("*.m*")) if file.is_file() for arrival in _read(folder, file)
        ]
        for start in range(0, len(arrivals), _BATCH):
            await archive.store(folder.name, arrivals[start : start + _BATCH], now=NOW, first_gate=lambda _: Gate.FILED)
        print(f"read {folder.name}: {len(arrivals)} issues", flush=True)
    await db.close()
    unfinished.rename(path)
    return path


def _read(folder: Path, file: Path) -> Iterator[tuple[Issue, dt.datetime]]:
    """Yield the issues of a file. Issues without a date are a week apart, as their numbers are."""
    number = re.fullmatch(r"issue-(\d+)", file.stem)
    changed_at = dt.datetime(2018, 4, 20, tzinfo=dt.UTC) + dt.timedelta(weeks=int(number[1])) if number else NOW
    for issue in read_issues(file.read_bytes(), str(file.relative_to(folder)), ReadOptions()):
        yield issue, changed_at


@dataclass(frozen=True, slots=True)
class Built:
    """A large archive: where it is, and how long indexing took."""

    path: Path
    items: int
    seconds: float


_INDEXING = "benchmark:indexing_s"


async def large_archive(items: int) -> Built:
    """Return an archive of `items` items, recombined from the real ones; what an interrupted call built is kept."""
    CACHE.mkdir(exist_ok=True)
    path = CACHE / f"search-{items}.db"
    db = await open_database(path)
    seconds = float(await db.setting(_INDEXING) or 0)
    async with db.reading() as connection:
        there = int(await connection.scalar(select(func.count()).select_from(schema.issues)) or 0)
    if there * ISSUE < items:
        sources = await asyncio.to_thread(_sources, await real_archive())
        if not there:
            async with db.transaction() as connection:
                await connection.execute(insert(schema.newsletters), {"name": "Recombined"})
        recombined = islice(_recombined(sources, items), there, None)
        while batch := list(islice(recombined, _BATCH)):
            async with db.transaction() as connection:
                seconds += await _store(connection, batch)
            await db.set_setting(_INDEXING, str(seconds))
    await db.close()
    return Built(path, items, seconds)


async def _store(connection: AsyncConnection, batch: list[Issue]) -> float:
    """Store new issues as the archive does, without looking for older versions; return how long indexing took."""
    entries: list[IndexEntry] = []
    seen = {"first_seen_at": NOW, "seen_at": NOW, "gate": Gate.FILED.value, "gate_reason": ""}
    for issue in batch:
        values = {"newsletter": "Recombined", **seen, **issue_values(issue, issue.path)}
        stored = await connection.execute(insert(schema.issues), values)
        (issue_id,) = stored.inserted_primary_key or (0,)
        rows = [
            {"id": int(item.id), "issue_id": issue_id, "position": position, "first_seen_at": NOW, **item_values(item)}
            for position, item in enumerate(issue.items)
        ]
        await connection.execute(insert(schema.items), rows)
        day = sorting_time(issue).date()
        entries += [
            IndexEntry(item_id=int(item.id), item=item, newsletter="Recombined", day=day, tags=issue.tags)
            for item in issue.items
        ]
    began = time.perf_counter()
    await index_items(connection, entries)
    return time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class _Source:
    title: str
    text: str
    section: tuple[str, ...]
    urls: tuple[str, ...]


def _sources(path: Path) -> list[_Source]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT title, text, section, links FROM items WHERE removed_at IS NULL").fetchall()
    connection.close()
    return [
        _Source(title, text[:600], tuple(json.loads(section)), tuple(url for _, url in json.loads(links)[:3]))
        for title, text, section, links in rows
    ]


def _recombined(sources: list[_Source], items: int) -> Iterator[Issue]:
    """Issues of `ISSUE` items over twenty years: the head of a title, the tail of another, now and then a new word."""
    chosen = random.Random(5)
    syllables = [consonant + vowel for consonant in "bcdfghklmnprstvz" for vowel in "aeiou"]
    first, days = dt.date(2004, 1, 1).toordinal(), 7300
    for start in range(0, items, ISSUE):
        stories: list[Item] = []
        for number in range(start, min(start + ISSUE, items)):
            one, other = chosen.choice(sources), chosen.choice(sources)
            head, tail = one.title.split(), other.title.split()
            title = " ".join(head[: max(1, len(head) // 2)] + tail[len(tail) // 2 :])
            if chosen.random() < 0.3:
                title += " " + "".join(chosen.choice(syllables) for _ in range(chosen.choice((3, 4, 5))))
            links = tuple(Link("", f"{url}?n={number}" if chosen.random() < 0.9 else url) for url in one.urls)
            stories.append(Item(id=str(number + 1), title=title, section=one.section, text=other.text, links=links))
        day = dt.date.fromordinal(first + start * days // items)
        yield Issue(path=f"{start}.md", title=f"Issue {start}", date=day, items=tuple(stories))


async def _main(sizes: list[int]) -> None:
    for items in sizes:
        built = await large_archive(items)
        print(
            f"{built.items:,} items in {built.path.name}, indexed at {built.items / built.seconds:,.0f}/s", flush=True
        )


if __name__ == "__main__":
    asyncio.run(_main([int(size) for size in sys.argv[1:]]))

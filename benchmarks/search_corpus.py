"""Archives to search in: the real newsletters beside the checkout, and large ones recombined from them."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import re
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from digest.model import Issue, Item, Link, ReadOptions
from digest.reading import read_issues
from storage.archive import Archive
from storage.database import Database
from storage.records import Gate

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "../shared/corpus/newsletters"
CACHE = ROOT / ".cache"
NOW = dt.datetime(2024, 12, 31, tzinfo=dt.UTC)
_BATCH = 10  # issues


async def real_archive() -> Path:
    """Return the database of all newsletters of the corpus, made at the first call."""
    path = CACHE / "search-corpus.db"
    if path.exists():
        await (await Database.open(path)).close()  # brings its tables up to date
        return path
    CACHE.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    db = await Database.open(unfinished)
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
    """The issues of a file. Issues without a date are a week apart, as their numbers are."""
    number = re.fullmatch(r"issue-(\d+)", file.stem)
    changed_at = dt.datetime(2018, 4, 20, tzinfo=dt.UTC) + dt.timedelta(weeks=int(number[1])) if number else NOW
    for issue in read_issues(file.read_bytes(), str(file.relative_to(folder)), ReadOptions()):
        yield issue, changed_at


@dataclass(frozen=True, slots=True)
class Built:
    """A large archive: where it is, and what making it took."""

    path: Path
    items: int
    seconds: float


async def large_archive(items: int) -> Built:
    """Return an archive of `items` items, recombined from the real ones; made anew at each call."""
    path = CACHE / f"search-{items}.db"
    for old in CACHE.glob(f"{path.name}*"):
        old.unlink()
    sources = await asyncio.to_thread(_sources, await real_archive())
    db = await Database.open(path)
    archive = Archive(db)
    seconds = 0.0
    batch: list[tuple[Issue, dt.datetime]] = []
    for issue in _recombined(sources, items):
        batch.append((issue, NOW))
        if len(batch) == _BATCH:
            began = time.perf_counter()
            await archive.store("Recombined", batch, now=NOW, first_gate=lambda _: Gate.FILED)
            seconds += time.perf_counter() - began
            batch = []
    await archive.store("Recombined", batch, now=NOW, first_gate=lambda _: Gate.FILED)
    await db.close()
    return Built(path, items, seconds)


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
    """Issues of 100 items over twenty years: the head of one title and the tail of another, now and then a new word."""
    chosen = random.Random(5)
    syllables = [consonant + vowel for consonant in "bcdfghklmnprstvz" for vowel in "aeiou"]
    first, days = dt.date(2004, 1, 1).toordinal(), 7300
    for start in range(0, items, 100):
        stories: list[Item] = []
        for number in range(start, min(start + 100, items)):
            one, other = chosen.choice(sources), chosen.choice(sources)
            head, tail = one.title.split(), other.title.split()
            title = " ".join(head[: max(1, len(head) // 2)] + tail[len(tail) // 2 :])
            if chosen.random() < 0.3:
                title += " " + "".join(chosen.choice(syllables) for _ in range(chosen.choice((3, 4, 5))))
            links = tuple(Link("", f"{url}?n={number}" if chosen.random() < 0.9 else url) for url in one.urls)
            stories.append(Item(id=f"i{number}", title=title, section=one.section, text=other.text, links=links))
        day = dt.date.fromordinal(first + start * days // items)
        yield Issue(path=f"{start}.md", title=f"Issue {start}", date=day, items=tuple(stories))

"""How long a search takes: Herald, plain FTS5 with bm25, and tantivy, on the same items and queries in one run.

    python -m benchmarks.search_speed                     # 60,000 items
    python -m benchmarks.search_speed 60000 200000 1000000

The archives are built at the first call, at some 1,000 items a second, and kept in .cache.

Queries have one to three words, drawn evenly from the index's words by how many items have them (so that
broad and rare words come alike), and the broadest words alone and together. tantivy is left out where it
is not installed (requirements-bench.txt).
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import random
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.search_corpus import CACHE, NOW, Built, large_archive
from processes import favour_the_loop
from search.completion import Completion
from search.search import Query, Search
from storage.opening import open_database
from storage.scope import Scope

ALL = Scope.everything()

ASKED = 120  # queries of each length
SLOW = 40  # of them asked of plain FTS5 with bm25, which takes seconds for some
Timed = dict[str, float]  # query -> milliseconds


def queries_of(path: Path) -> tuple[list[str], list[str]]:
    """Return queries from all kinds of words, and the broadest ones."""
    connection = sqlite3.connect(path)
    words = [
        str(row[0])
        for row in connection.execute(
            "SELECT word FROM search_words WHERE word GLOB '[a-z][a-z][a-z]*' ORDER BY documents DESC LIMIT 20000"
        )
    ]
    connection.close()
    chosen = random.Random(7)
    drawn = [
        " ".join(words[int(len(words) ** chosen.random()) - 1] for _ in range(length))
        for length in (1, 2, 3)
        for _ in range(ASKED)
    ]
    top = words[:20]
    return drawn, [*top, *(" ".join(pair) for pair in pairwise(top))]


def timed(queries: Sequence[str], ask: Callable[[str], object]) -> Timed:
    """Ask each query once and return the milliseconds."""
    took: Timed = {}
    for query in queries:
        began = time.perf_counter()
        ask(query)
        took[query] = (time.perf_counter() - began) * 1000
    return took


async def timed_async(queries: Sequence[str], ask: Callable[[str], Awaitable[object]]) -> Timed:
    """Return the same for what is awaited."""
    took: Timed = {}
    for query in queries:
        began = time.perf_counter()
        await ask(query)
        took[query] = (time.perf_counter() - began) * 1000
    return took


def show(name: str, took: Timed) -> None:
    """Print the usual and the slowest of it."""
    values = sorted(took.values())
    worst = max(took, key=took.__getitem__)
    p50, p99 = values[len(values) // 2], values[int((len(values) - 1) * 0.99)]
    print(f"  {name:<34} p50 {p50:8.1f} ms   p99 {p99:8.1f} ms   max {values[-1]:8.1f} ms ({worst})", flush=True)


def _tables_mb(path: Path) -> float:
    connection = sqlite3.connect(path)
    size = connection.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%search_%'").fetchone()[0]
    connection.close()
    return size / 1e6


async def _herald(built: Built, drawn: list[str], broad: list[str]) -> None:
    db = await open_database(built.path, exclusive=False)
    search, completion = Search(db, now=lambda: NOW), Completion(db)
    print(f"  indexed at {built.items / built.seconds:,.0f} items/s, index {_tables_mb(built.path):,.0f} MB")
    for name, queries in (("Herald", drawn), ("Herald, broadest words", broad)):
        show(name, await timed_async(queries, lambda query: search.search(ALL, Query(text=query))))
    typed = [query[:length] for query in drawn[:: max(1, len(drawn) // 60)] for length in range(1, 9)]
    show("autocomplete of titles", await timed_async(list(dict.fromkeys(typed)), partial(completion.items, ALL)))
    sections = partial(completion.names, ALL, "section")
    show("autocomplete of sections", await timed_async(list(dict.fromkeys(typed)), sections))
    show("autocomplete of issues", await timed_async(list(dict.fromkeys(typed)), partial(completion.issues, ALL)))
    await search.close()
    await completion.close()
    await db.close()


def _plain(built: Built, drawn: list[str], broad: list[str]) -> None:
    path = built.path.with_suffix(".plain")
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("ATTACH ? AS herald", (str(built.path),))
    connection.execute("CREATE VIRTUAL TABLE plain USING fts5(title, section, body)")
    began = time.perf_counter()
    connection.execute("INSERT INTO plain SELECT title, section, text FROM herald.items")
    connection.commit()
    rate = built.items / (time.perf_counter() - began)
    print(f"  plain FTS5: indexed at {rate:,.0f} items/s, {path.stat().st_size / 1e6:,.0f} MB with its texts")

    def ask(query: str, joined: str) -> object:
        words = f" {joined} ".join(f'"{word}"' for word in query.split())
        statement = "SELECT rowid, snippet(plain, -1, '', '', '', 20) FROM plain WHERE plain MATCH ?"
        return connection.execute(f"{statement} ORDER BY bm25(plain) LIMIT 10", (words,)).fetchall()

    few = drawn[:: max(1, len(drawn) // SLOW)]
    for joined, name in (("AND", "all words"), ("OR", "any word")):
        show(f"plain FTS5, {name}", timed(few, lambda query, j=joined: ask(query, j)))
        show(f"plain FTS5, {name}, broadest", timed(broad[::4], lambda query, j=joined: ask(query, j)))
    connection.close()
    path.unlink()


def _tantivy(built: Built, drawn: list[str], broad: list[str]) -> None:
    if importlib.util.find_spec("tantivy") is None:
        print("  tantivy is not installed: pip install -r requirements-bench.txt")
        return
    tantivy: Any = importlib.import_module("tantivy")
    folder = CACHE / "tantivy"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    builder = tantivy.SchemaBuilder()
    for field in ("title", "section", "body"):
        builder.add_text_field(field, stored=True, tokenizer_name="en_stem")
    index = tantivy.Index(builder.build(), path=str(folder))
    connection = sqlite3.connect(built.path)
    began = time.perf_counter()
    writer = index.writer(heap_size=200_000_000, num_threads=2)
    for title, section, text in connection.execute("SELECT title, section, text FROM items"):
        writer.add_document(tantivy.Document(title=[title], section=[" ".join(json.loads(section))], body=[text]))
    writer.commit()
    writer.wait_merging_threads()
    rate = built.items / (time.perf_counter() - began)
    connection.close()
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    print(f"  tantivy: indexed at {rate:,.0f} items/s, {size:,.0f} MB with its texts")
    index.reload()
    searcher = index.searcher()

    def ask(query: str, joined: str) -> object:
        parsed = index.parse_query(
            f" {joined} ".join(f'"{word}"' for word in query.split()), ["title", "section", "body"]
        )
        return [searcher.doc(address) for _, address in searcher.search(parsed, 10).hits]

    for joined, name in (("AND", "all words"), ("OR", "any word")):
        show(f"tantivy, {name}", timed(drawn, lambda query, j=joined: ask(query, j)))
        show(f"tantivy, {name}, broadest", timed(broad, lambda query, j=joined: ask(query, j)))
    shutil.rmtree(folder)


async def _main(sizes: Sequence[int]) -> None:
    CACHE.mkdir(exist_ok=True)
    favour_the_loop()  # as in the bot: collections of garbage, which search all modules, were the slowest answers
    for size in sizes:
        print(f"{size:,} items", flush=True)
        built = await large_archive(size)
        drawn, broad = queries_of(built.path)
        await _herald(built, drawn, broad)
        await asyncio.to_thread(_plain, built, drawn, broad)
        await asyncio.to_thread(_tantivy, built, drawn, broad)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Speed and size of search.")
    parser.add_argument("sizes", nargs="*", type=int, default=[60_000], help="numbers of items")
    asyncio.run(_main(parser.parse_args().sizes))

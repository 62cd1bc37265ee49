"""The story of a topic: counted, sampled, told; what is like it; what was covered before."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import closing
from sqlite3 import connect
from typing import Any

import pytest

from digest.model import Issue, Item, Link
from search import mentions
from search.completion import Completion
from search.earlier_coverage import SELDOM, STANDING, Before
from search.related import Clues, Related, plain_words
from search.search import Search
from search.topics import Topics
from storage.archive import Archive
from storage.database import Database
from storage.readers import Readers, TookTooLong
from storage.records import Gate
from storage.scope import Scope

ALL = Scope.everything()

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def item(title: str, text: str = "", url: str = "", **more: Any) -> Item:
    links = (Link("Story", url),) if url else ()
    return Item(id=title, title=title, section=("News",), text=text, body=text, links=links, **more)


async def fill(archive: Archive, *issues: tuple[str, list[Item]], newsletter: str = "Tech", tags: str = "") -> None:
    for day, found in issues:
        issue = Issue(
            path=f"{newsletter}/{day}.md", title=f"Issue of {day}", date=dt.date.fromisoformat(day),
            items=tuple(found), tags=tuple(tags.split()),
        )  # fmt: skip
        await archive.store(newsletter, [(issue, None)], now=NOW, first_gate=lambda _: Gate.FILED)


@pytest.fixture
async def story(db: Database, archive: Archive) -> AsyncIterator[Topics]:
    completion = Completion(db)
    found = Topics(db, completion, now=lambda: NOW)
    yield found
    await found.close()
    await completion.close()


async def years(archive: Archive) -> None:
    """Each year one more item about otters than the year before, among many others."""
    for year in range(2018, 2023):
        otters = [
            item(f"Otter {n} in {year}", "The otter swims in the Kelp Forest.", f"https://o.example/{year}/{n}")
            for n in range(year - 2017)
        ]
        others = [item(f"Matter {n} of {year}", f"Nothing but stone {n}.") for n in range(8)]
        await fill(archive, (f"{year}-05-06", [*otters, *others]))


async def test_a_story_counts_all_and_knows_first_and_latest(archive: Archive, story: Topics) -> None:
    await years(archive)
    found = await story.about(ALL, "otters")
    assert found is not None
    assert (found.mentions.total, found.mentions.is_exact, found.mentions.issues) == (15, True, 5)
    assert found.mentions.is_examined_whole
    assert found.mentions.days == tuple((dt.date(year, 5, 6), year - 2017) for year in range(2018, 2023))
    assert found.mentions.archive_until == dt.date(2022, 5, 6)
    assert found.first.issue.issue.date == dt.date(2018, 5, 6)
    assert found.latest.issue.issue.date == dt.date(2022, 5, 6)
    told = [str(one.issue.issue.date) for one in found.telling]
    assert told == sorted(told)
    assert len(told) == 5
    assert len(set(told)) >= 3  # not all from the busiest year
    assert found.co_occurring[0] in {"Kelp Forest", "swims"}
    assert "otter" not in {name.lower() for name in found.co_occurring}


async def test_bounds_are_said(archive: Archive, story: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    await years(archive)
    monkeypatch.setattr(mentions, "COUNTED", 7)
    monkeypatch.setattr(mentions, "EXAMINED", 3)
    found = await story.about(ALL, "otter")
    assert found is not None
    assert (found.mentions.total, found.mentions.is_exact) == (7, False)
    assert found.mentions.issues == 1
    assert not found.mentions.is_examined_whole
    assert found.first.issue.issue.date == dt.date(2018, 5, 6)  # the first mention of all, counted or not


async def test_filters_phrases_and_repairs_work_as_in_searches(archive: Archive, story: Topics) -> None:
    await years(archive)
    since = await story.about(ALL, "otter since:2021")
    assert since is not None
    assert since.mentions.total == 9
    phrase = await story.about(ALL, '"kelp forest"')
    assert phrase is not None
    assert phrase.mentions.total == 15
    repaired = await story.about(ALL, "ottre")
    assert repaired is not None
    assert (repaired.question, repaired.note) == ("otter", 'Showing results for "otter".')
    assert await story.about(ALL, "zzzz") is None
    assert await story.about(ALL, "!!!") is None
    assert await story.about(ALL, "otter in:unheard") is None


async def test_a_story_tells_each_link_once(archive: Archive, story: Topics) -> None:
    for year in (2019, 2020, 2021):
        await fill(archive, (f"{year}-01-02", [item(f"Otter again, {year}", "", "https://o.example/same")]))
    found = await story.about(ALL, "otter")
    assert found is not None
    assert len(found.telling) == 1


async def test_words_beside_are_those_that_are_rarer_elsewhere(archive: Archive, story: Topics) -> None:
    otters = [item(f"Otter {n}", "Sea otters like Kelp and stone.") for n in range(6)]
    others = [item(f"Other {n}", "A stone like any stone.") for n in range(30)]
    await fill(archive, ("2020-01-02", [*otters, *others]), tags="nature")
    found = await story.about(ALL, "otter")
    assert found is not None
    assert "Kelp" in found.co_occurring
    assert "stone" not in found.co_occurring


async def test_a_meeting_that_is_announced_again_and_again_is_heard_once(archive: Archive, story: Topics) -> None:
    meetings = [item(f"2020-0{n}-03 | Quayside | Otter Friends", f"Evening {n} in Quayside.") for n in range(1, 8)]
    about = [item(f"Otter {n}", "Sea otters like Kelp.") for n in range(6)]
    others = [item(f"Other {n}", "A stone like any stone.") for n in range(60)]
    await fill(archive, ("2020-01-02", [*meetings, *about, *others]))
    found = await story.about(ALL, "otter")
    assert found is not None
    assert "Kelp" in " ".join(found.co_occurring)
    assert "Quayside" not in " ".join(found.co_occurring)


async def test_chinese_topics_have_words_beside_them(archive: Archive, story: Topics) -> None:
    about = [item(f"水獭 {n}", "水獭喜欢海藻森林。") for n in range(6)]
    others = [item(f"石头 {n}", "这是一块石头。") for n in range(30)]
    await fill(archive, ("2020-01-02", [*about, *others]))
    found = await story.about(ALL, "水獭")
    assert found is not None
    assert found.mentions.total == 6
    assert any("海藻" in name for name in found.co_occurring)
    assert not {"欢海", "藻森", "水獭喜"} & set(found.co_occurring)  # no halves of two words


async def test_what_may_be_chance_is_not_beside_a_topic(archive: Archive, story: Topics) -> None:
    mixed = [item(f"Otter {n}", f"A story with word{n % 2} and stone{n % 3}.") for n in range(4)]
    others = [item(f"Other {n}", f"A story with word{n % 3} and stone{n % 2}.") for n in range(12)]
    await fill(archive, ("2020-01-02", [*mixed, *others]))
    found = await story.about(ALL, "otter")
    assert found is not None
    assert found.co_occurring == ()


async def test_spellings_of_one_name_are_one_word_beside_a_topic(archive: Archive, story: Topics) -> None:
    about = [item(f"Otter {n}", "Seen by gpt4 and GPT-4." if n % 2 else "Seen by GPT-4.") for n in range(8)]
    await fill(archive, ("2020-01-02", [*about, *(item(f"Other {n}", "A stone.") for n in range(60))]))
    found = await story.about(ALL, "otter")
    assert found is not None
    assert [name for name in found.co_occurring if "gpt" in name.lower()] == ["GPT-4"]


async def test_related_says_nothing_where_only_a_word_is_shared(db: Database, archive: Archive, story: Topics) -> None:
    titles = ("Otters swim in the bay", "Otters in the bay swim far", "The price of stone", "Bay windows, cheap")
    await fill(
        archive, ("2020-01-02", [item(title, "", f"https://zhuanlan.example/p/{n}") for n, title in enumerate(titles)])
    )
    search = Search(db)
    related = Related(search, story)
    found = await related.of(ALL, Clues(titles=("Otters swim in the bay",)), without=1)
    assert [one.item.item.title for one in found] == ["Otters in the bay swim far"]
    address = ("https://zhuanlan.example/p/99",)
    assert await related.of(ALL, Clues(titles=("Qwerty",), text="Nothing of it is known.", urls=address)) == []
    assert await related.of(ALL, Clues(urls=address)) != []
    await search.close()


async def test_near_topics_are_written_alike(archive: Archive, story: Topics) -> None:
    await years(archive)
    assert "kelp" in await story.near(ALL, "kelpy things")
    await fill(archive, ("2024-01-02", [item("Ever since", "Not until now.")]))
    assert not {"since", "until"} & set(await story.near(ALL, 'kelpy since:"last month" until:"last month"'))
    assert "forest" in await story.near(ALL, "foresters")
    assert "otter" in await story.near(ALL, "oter")
    assert "forest" in await story.near(ALL, "forrestish")
    assert await story.near(ALL, "qqqq") == []
    assert await story.near(ALL, "until:1999") == []
    assert "otter" not in await story.near(ALL, "Otter")


async def test_questions_are_suggested_as_typed_then_topics_then_titles(archive: Archive, story: Topics) -> None:
    await fill(archive, ("2020-01-02", [item("Otters in spring"), item("Otter pups"), item("A stone")]))
    suggested = [choice.value for choice in await story.questions(ALL, "  ott")]
    assert suggested[0] == "ott"
    assert suggested.index("otter") < suggested.index("Otter pups")
    assert "A stone" not in suggested
    assert len({one.casefold() for one in suggested}) == len(suggested)


async def test_no_half_of_a_compounds_word_is_suggested(archive: Archive, story: Topics) -> None:
    await fill(archive, ("2020-01-02", [item("Rebase in depth")]), ("2020-02-02", [item("Set rebase.autosquash")]))
    suggested = [choice.value for choice in await story.questions(ALL, "reba")]
    assert {"rebase", "rebase.autosquash"} < set(suggested)
    assert "rebas" not in suggested
    await fill(archive, ("2019-02-02", [item("The branch fix-v8.rebased-twice")]))
    assert "fix-v8.rebased-twice" not in [choice.value for choice in await story.questions(ALL, "reba")]


async def test_suggestions_have_tags_first_and_complete_the_last_word(archive: Archive, story: Topics) -> None:
    await years(archive)
    await fill(archive, ("2023-01-02", [item("One", "More about otters.")]), newsletter="Other", tags="ottoman otters")
    suggested = await story.complete(ALL, "ott")
    assert set(suggested[:2]) == {"otters", "ottoman"}
    assert "otter" in suggested
    assert "Kelp forest" in await story.complete(ALL, "Kelp for")
    assert await story.complete(ALL, "") != []
    assert len({one.casefold() for one in suggested}) == len(suggested)


async def test_suggestions_are_words_and_each_is_one_of_its_forms(archive: Archive, story: Topics) -> None:
    titles = ("tide-analyzer 2.0", "A tide-analyzer at work", "Tides", "The tide", "A tide again")
    await fill(archive, ("2023-01-02", [item(title, "Out at sea.") for title in titles]))
    suggested = await story.complete(ALL, "tid")
    assert [one for one in suggested if " " not in one] == ["tide", "tide-analyzer"]


async def test_compounds_are_suggested_as_they_are_written_and_once(archive: Archive, story: Topics) -> None:
    texts = ("Cross-reef-drifting otters", "A reef_map", "More of reef_map")
    await fill(archive, ("2023-01-02", [item(f"Story {at}", text) for at, text in enumerate(texts)]))
    assert {"cross-reef-drifting"} == {one for one in await story.complete(ALL, "cross") if "reef" in one}
    assert [one for one in await story.complete(ALL, "reef") if "map" in one] == ["reef_map"]
    assert await story.near(ALL, "crosreefdrifting") == ["cross-reef-drifting"]


async def test_covering_finds_an_address_however_it_is_written(archive: Archive, story: Topics) -> None:
    await fill(
        archive,
        ("2020-01-02", [item("Old", "", "https://www.site.example/page/?utm_source=x")]),
        ("2021-01-02", [item("New", "", "http://site.example/page"), item("Front", "", "https://site.example/")]),
    )
    found = await story.covering(ALL, ["https://site.example/page"])
    assert [one.item.item.title for one in found] == ["New", "Old"]
    assert [
        one.item.item.title
        for one in await story.covering(ALL, ["https://site.example/page"], without=found[0].item.id)
    ] == ["Old"]
    assert await story.covering(ALL, ["https://site.example"]) == []


async def test_covering_finds_nothing_where_it_takes_too_long(
    archive: Archive, story: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Related coverage` goes on with what is found by words."""

    async def ask(*_: object) -> None:
        raise TookTooLong

    await fill(archive, ("2020-01-02", [item("Old", "", "https://site.example/page")]))
    assert await story.covering(ALL, ["https://site.example/page"])
    monkeypatch.setattr(Readers, "ask", ask)
    assert await story.covering(ALL, ["https://site.example/page"]) == []


async def test_covered_before_says_the_latest_earlier_day(archive: Archive, story: Topics) -> None:
    url = "https://site.example/page"
    await fill(
        archive,
        ("2020-01-02", [item("First", "", url)]),
        ("2021-01-02", [item("Second", "", f"{url}/?ref=x"), item("Twin", "", url), item("Alone", "", url + "2")]),
        ("2022-01-02", [item("Third", "", url), item("Front", "", "https://site.example")]),
        ("2023-01-02", [item("Front again", "", "https://site.example"), item("No link")]),
    )
    async with closing_items(archive) as ids:
        before = await story.covered_before(ALL, ids.values())
        names = {name: before[number] for name, number in ids.items() if number in before}
    assert names == {
        "Second": Before(dt.date(2020, 1, 2)),
        "Twin": Before(dt.date(2020, 1, 2)),
        "Third": Before(dt.date(2021, 1, 2)),
    }


async def covered(archive: Archive, story: Topics, *titles: str) -> list[Before | None]:
    async with closing_items(archive) as ids:
        before = await story.covered_before(ALL, [ids[title] for title in titles])
        return [before.get(ids[title]) for title in titles]


async def test_a_thing_that_an_earlier_title_names_was_covered_before(archive: Archive, story: Topics) -> None:
    await fill(
        archive,
        ("2020-01-02", [item("Kestrel, a small parser", "", "https://kestrel.example/intro"), item("A plum cake")]),
        ("2021-01-02", [item("What Kestrel taught us", "", "https://blog.example/a"), item("Plum trees")]),
        ("2022-01-02", [item("Kestrel meets Tidepool", "", "https://github.com/someone/tidepool"), item("Plum cake")]),
        ("2023-01-02", [item("Tidepool 2", "", "https://blog.example/b"), item("On tidepool water", "", "")]),
    )
    assert await covered(archive, story, "Kestrel, a small parser", "What Kestrel taught us") == [
        None,
        Before(dt.date(2020, 1, 2), "Kestrel"),
    ]
    assert await covered(archive, story, "Kestrel meets Tidepool", "Tidepool 2") == [
        Before(dt.date(2021, 1, 2), "Kestrel"),
        Before(dt.date(2022, 1, 2), "Tidepool"),
    ]
    # words that are no names: nothing is called so, or they are not written as a name
    assert await covered(archive, story, "Plum trees", "Plum cake", "On tidepool water") == [None, None, None]


async def test_a_regular_topic_and_a_common_word_are_no_news(
    archive: Archive, story: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    for year in range(2010, 2023):
        await fill(archive, (f"{year}-01-02", [item(f"Kestrel {year}", "", "https://kestrel.example/")]))
    assert await covered(archive, story, "Kestrel 2011", f"Kestrel {2010 + SELDOM}", f"Kestrel {2011 + SELDOM}") == [
        Before(dt.date(2010, 1, 2), "Kestrel"),
        Before(dt.date(2009 + SELDOM, 1, 2), "Kestrel"),
        None,
    ]
    monkeypatch.setattr("search.earlier_coverage.MENTIONED", 2)
    assert await covered(archive, story, "Kestrel 2012", "Kestrel 2013") == [
        Before(dt.date(2011, 1, 2), "Kestrel"),
        None,
    ]


async def test_a_standing_link_says_nothing(archive: Archive, story: Topics) -> None:
    for month in range(1, 7):
        await fill(archive, (f"2020-{month:02}-02", [item(f"Events {month}", "", "https://site.example/events")]))
    async with closing_items(archive) as ids:
        before = await story.covered_before(ALL, ids.values())
    assert {month for month in range(1, 7) if ids[f"Events {month}"] in before} == {2, 3, 4}
    assert STANDING == 3


class closing_items:  # noqa: N801 -- used as a function
    """The ids of all items by title."""

    def __init__(self, archive: Archive) -> None:
        self._path = archive._db.path

    async def __aenter__(self) -> dict[str, int]:
        with closing(connect(self._path)) as raw:
            return {title: number for number, title in raw.execute("SELECT id, title FROM items")}

    async def __aexit__(self, *error: object) -> None:
        """Nothing is open any more."""


async def test_telling_words_are_the_rare_ones_in_their_order(archive: Archive, story: Topics) -> None:
    await years(archive)
    text = "Nothing is known of the stone that unheardof otters in the kelp of 2019 swim to"
    words = await story.telling_words(ALL, text, 8)
    assert {"otters", "kelp", "stone"} <= set(words)  # the archive writes "otter"
    assert not {"unheardof", "the", "2019"} & set(words)
    assert words == sorted(words, key=text.lower().index)
    assert "stone" not in await story.telling_words(ALL, text, 3)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ('say "this" -not since:2020', "say this not since 2020"),
        ("see https://a.example/b [here](x) *now*", "see here x now"),
        (r"C++ \*and\* .NET", "C++ and .NET"),
    ],
)
def test_plain_words_mean_nothing_to_the_query_language(text: str, plain: str) -> None:
    assert plain_words(text) == plain


async def test_related_has_the_same_link_first_and_no_doubles(db: Database, archive: Archive, story: Topics) -> None:
    await years(archive)
    await fill(
        archive,
        ("2023-01-02", [item("Sea otter census", "Counting otters.", "https://census.example/1")]),
        ("2023-02-02", [item("Census, again", "Numbers.", "https://census.example/1?utm_medium=mail")]),
    )
    search = Search(db)
    related = Related(search, story)
    clues = Clues(titles=("Otter in the kelp forest",), urls=("https://census.example/1",))
    found = await related.of(ALL, clues)
    await search.close()
    assert [(one.item.item.title, one.has_same_link) for one in found[:2]] == [
        ("Census, again", True), ("Sea otter census", True),
    ]  # fmt: skip
    assert all(not one.has_same_link for one in found[2:])
    assert len(found) == 6
    assert len({one.item.id for one in found}) == 6


async def test_what_has_no_date_counts_but_on_no_day(archive: Archive, story: Topics) -> None:
    await fill(archive, ("2025-12-01", [item("Otter dated", "", "https://o.example/dated")]))
    undated = [
        Issue(
            path=f"{number}.md", title=f"No. {number}", items=(item(f"Otter {number}", "", "https://o.example/dated"),)
        )
        for number in (100, 99)  # the newest is read first
    ]
    await archive.store("Tech", [(issue, NOW) for issue in undated], now=NOW, first_gate=lambda _: Gate.FILED)
    found = await story.about(ALL, "otter")
    assert found is not None
    assert found.mentions.total == 3
    assert found.mentions.days == ((dt.date(2025, 12, 1), 1),)
    assert found.first.item.item.title == found.latest.item.item.title == "Otter dated"
    ids = {
        record.item.id: record.id
        for record in [one.item for one in await story.covering(ALL, ["https://o.example/dated"])]
    }
    assert await story.covered_before(ALL, ids.values()) == {}
    await archive.miss("Tech", ["Tech/2025-12-01.md"])
    await archive.held.carry_out("Tech", now=NOW, edits_at=NOW)
    alone = await story.about(ALL, "otter")
    assert alone is not None
    assert alone.mentions.days == ()
    assert (alone.first.item.item.title, alone.latest.item.item.title) == ("Otter 99", "Otter 100")

"""Suggestions while typing."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model import Issue, Item, Link
from search.completion import Completion
from storage.archive import Archive
from storage.database import Database
from storage.records import Choice, Gate
from storage.scope import Scope

ALL = Scope.everything()

PAIRS = (("Some", "S"), ("More", "M"))
NOW = dt.datetime(2024, 12, 15, tzinfo=dt.UTC)


async def put(archive: Archive, newsletter: str, date: str, *items: tuple[str, str], tags: tuple[str, ...] = ()) -> int:
    issue = Issue(
        path=f"{date}.md",
        title=f"{newsletter} of {date[:7]}",
        date=dt.date.fromisoformat(date),
        tags=tags,
        items=tuple(
            Item(id=title, title=title, section=(section,), links=(Link("", f"https://example.org/{title}"),))
            for section, title in items
        ),
    )
    (stored,) = await archive.store(newsletter, [(issue, NOW)], now=NOW, first_gate=lambda _: Gate.FILED)
    return stored.id


@pytest.fixture
async def completion(db: Database, archive: Archive) -> AsyncIterator[Completion]:
    await put(archive, "Tech Beats", "2023-09-06", ("Research", "Attention is back"), ("Tools", "A faster grep"))
    await put(archive, "Tech Beats", "2024-03-05", ("Research", "Transformers in the small"), tags=("AI", "Small data"))
    await put(
        archive, "Zoo Weekly", "2024-05-01", ("Mammals", "小熊猫的秘密"), ("Research", "A transformer for birdsong")
    )
    completion = Completion(db)
    yield completion
    await completion.close()


def labels(choices: list[Choice]) -> list[str]:
    return [choice.label for choice in choices]


async def test_nothing_typed_offers_the_most_used_first(completion: Completion) -> None:
    assert labels(await completion.names(ALL, "section", "")) == ["Research", "Mammals", "Tools"]
    assert labels(await completion.names(ALL, "newsletter", "")) == ["Tech Beats", "Zoo Weekly"]


@pytest.mark.parametrize("typed", ["res", "RESEARCH", "reseach", "resaerch"])
async def test_sections_forgive_slips(completion: Completion, typed: str) -> None:
    assert labels(await completion.names(ALL, "section", typed))[0] == "Research"


async def test_sections_of_one_newsletter(completion: Completion) -> None:
    assert labels(await completion.names(ALL, "section", "", newsletter="Zoo Weekly")) == ["Mammals", "Research"]


async def test_newsletters_by_any_of_their_words(completion: Completion) -> None:
    assert labels(await completion.names(ALL, "newsletter", "beats")) == ["Tech Beats"]
    assert labels(await completion.names(ALL, "newsletter", "tech baets")) == ["Tech Beats"]
    assert labels(await completion.names(ALL, "newsletter", "zo")) == ["Zoo Weekly"]


async def test_tags(completion: Completion) -> None:
    assert labels(await completion.names(ALL, "tag", "small")) == ["Small data"]


async def test_issues_by_title_or_day_newest_first(completion: Completion) -> None:
    assert labels(await completion.issues(ALL, ""))[0] == "Zoo Weekly of 2024-05 (2024-05-01)"
    assert labels(await completion.issues(ALL, "tech 2023")) == ["Tech Beats of 2023-09 (2023-09-06)"]
    assert labels(await completion.issues(ALL, "2024-03")) == ["Tech Beats of 2024-03 (2024-03-05)"]
    assert labels(await completion.issues(ALL, "tehc beats of 2024"))[0] == "Tech Beats of 2024-03 (2024-03-05)"
    assert labels(await completion.issues(ALL, "", newsletter="Zoo Weekly")) == ["Zoo Weekly of 2024-05 (2024-05-01)"]
    assert labels(await completion.issues(ALL, "100%_")) == []
    assert labels(await completion.issues(ALL, "ztec")) == []  # another word, not a slip


async def test_slips_are_forgiven_in_the_newest_issue_and_nobody_sees_what_others_may(
    completion: Completion, archive: Archive
) -> None:
    typed = "zoo weekyl of 2025"
    assert labels(await completion.issues(ALL, typed)) == ["Zoo Weekly of 2024-05 (2024-05-01)"]
    await put(archive, "Zoo Weekly", "2025-06-01", ("Birds", "Owls"))
    for _ in range(2):
        assert labels(await completion.issues(ALL, typed))[0] == "Zoo Weekly of 2025-06 (2025-06-01)"
        assert labels(await completion.issues(Scope(frozenset({"Tech Beats"})), typed)) == []


async def test_titles_that_begin_so_come_before_those_that_contain_it(completion: Completion) -> None:
    assert labels(await completion.items(ALL, "transf")) == [
        "Transformers in the small",
        "A transformer for birdsong",
    ]
    assert labels(await completion.items(ALL, "birdsong transf")) == ["A transformer for birdsong"]


async def test_an_unfinished_word_may_become_a_rare_one(
    completion: Completion, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = [(section, f"{word} w{chr(97 + n // 26)}{chr(97 + n % 26)}") for n in range(40) for word, section in PAIRS]
    await put(archive, "Zoo Weekly", "2024-06-01", *often, ("Birds", "Owls of old"), ("Birds", "Owls of new"))
    await put(archive, "Zoo Weekly", "2020-06-01", ("Birds", "Owls in Wroclaw"))
    assert labels(await completion.items(ALL, "owls w")) == ["Owls in Wroclaw"]
    monkeypatch.setattr("search.completion._LOOKED_AT", 2)  # then the index is asked
    assert labels(await completion.items(ALL, "owls wroc")) == ["Owls in Wroclaw"]


async def test_titles_forgive_slips_and_find_runs(completion: Completion) -> None:
    assert labels(await completion.items(ALL, "transfomers"))[0] in {
        "Transformers in the small",
        "A transformer for birdsong",
    }
    assert labels(await completion.items(ALL, "atention")) == ["Attention is back"]
    assert labels(await completion.items(ALL, "熊猫")) == ["小熊猫的秘密"]
    assert labels(await completion.items(ALL, "熊")) == ["小熊猫的秘密"]


async def test_an_items_value_is_its_id(completion: Completion, archive: Archive) -> None:
    (choice,) = await completion.items(ALL, "birdsong")
    found = await archive.item(ALL, int(choice.value))
    assert found is not None
    assert found.item.title == choice.label


async def test_what_is_new_is_offered_at_once(completion: Completion, archive: Archive) -> None:
    assert labels(await completion.names(ALL, "section", "birds")) == []
    await put(archive, "Zoo Weekly", "2024-06-01", ("Birds", "On owls"))
    assert labels(await completion.names(ALL, "section", "birds")) == ["Birds"]
    assert labels(await completion.items(ALL, ""))[0] == "On owls"


async def test_never_more_than_discord_shows(completion: Completion, archive: Archive) -> None:
    await put(archive, "Zoo Weekly", "2024-06-01", *((f"Section {n}", f"Story {n}") for n in range(60)))
    assert len(await completion.names(ALL, "section", "section")) == 25
    assert len(await completion.items(ALL, "story")) == 25


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(st.text(max_size=20))
async def test_no_typing_is_an_error(completion: Completion, typed: str) -> None:
    await completion.names(ALL, "section", typed)
    await completion.issues(ALL, typed)
    await completion.items(ALL, typed)

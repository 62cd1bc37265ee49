"""Pages of results."""

from __future__ import annotations

from typing import Any

import pytest
from making import hit, issue, item, message, parts, size

from search.related import RelatedItem
from search.search import Hit, Page
from ui import limits
from ui.locales import LANGUAGES, answering
from ui.questions import QUESTION, question_of
from ui.results import (
    PER_PAGE,
    ResultsPage,
    full_item,
    highlighted,
    none_embed,
    none_view,
    origin_of,
    related_embed,
    results_embed,
    results_view,
)


def test_matches_are_bold_and_everything_else_is_literal() -> None:
    assert highlighted("a *new* \x02parser\x03 for \x02Rust\x03.") == r"a \*new\* **parser** for **Rust**."


def test_a_match_at_the_edge_keeps_its_neighbours_apart() -> None:
    assert highlighted("\x02one\x03 two") == "**one** two"


def page_of(
    *hits: Hit, total: int = 0, exact: bool = True, note: str = "", question: str = "otter", number: int = 1
) -> ResultsPage:
    page = Page(total or len(hits), exact, tuple(hits), note)
    return ResultsPage(question=question, number=number, page=page, jumps={1: "https://discord.com/channels/1/2/3"})


def test_a_result_is_a_link_with_a_snippet_and_where_it_comes_from() -> None:
    embed = results_embed(page_of(hit("An [otter]", snippet="one \x02otter\x03", times=3)))
    assert embed.description == (
        "**1 item**\n\n"
        r"**[An \[otter\]](https://site.example/1)**"
        "\none **otter**\n"
        "-# Tech · Issue 7 · News · 6 Nov 2023 · covered 3 times · [message](https://discord.com/channels/1/2/3)"
    )


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ({"total": 57}, "**57 items** · most relevant first"),
        ({"total": 596, "exact": False}, "**over 500 items** · most relevant first"),
        ({"total": 57, "question": "otter sort:date"}, "**57 items** · newest first"),
        ({"total": 57, "question": "sea otter"}, "**57 items** · most relevant first · with all words"),
        ({"total": 5, "question": "sea ottre", "note": 'Showing results for "otter".'},
         '**5 items** · most relevant first · Showing results for "otter".'),
    ],
)  # fmt: skip
def test_the_number_and_kind_of_hits_comes_first(given: dict[str, Any], first: str) -> None:
    embed = results_embed(page_of(hit("Otter"), **given))
    assert embed.description is not None
    assert embed.description.split("\n", 1)[0] == first


def test_the_largest_page_keeps_to_the_limits() -> None:
    hits = [
        hit("t" * 900, number=n, snippet="\x02s\x03" * 900, url="https://site.example/" + "u" * 1900, section="c" * 300)
        for n in range(1, PER_PAGE + 1)
    ]
    page = page_of(*hits, question="q" * QUESTION, note="n" * 300)
    embed = results_embed(page)
    assert embed.description is not None
    assert len(embed.description) <= limits.EMBED_DESCRIPTION
    assert len(embed.author.name or "") <= limits.EMBED_AUTHOR
    assert size(embed) <= limits.EMBED_TOTAL
    for row in parts(results_view(page)):
        for part in row["components"]:
            assert len(part.get("custom_id", "")) <= limits.CUSTOM_ID
            assert all(len(option["label"]) <= limits.SELECT_TEXT for option in part.get("options", ()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_question_is_read_back_in_every_language(language: str) -> None:
    with answering(language):
        embed = results_embed(page_of(question="q" * QUESTION))
    assert len(embed.author.name or "") <= limits.EMBED_AUTHOR
    assert question_of(message("", embed)) == "q" * QUESTION


def test_the_page_carries_its_question() -> None:
    embed = results_embed(page_of(hit("Otter"), question="sea *otter* in:tech"))
    assert question_of(message("", embed)) == "sea *otter* in:tech"
    assert question_of(message("", none_embed("unheard"))) == "unheard"
    assert question_of(message("no page")) is None
    assert question_of(None) is None


def test_the_first_and_last_page_cannot_be_left() -> None:
    def disabled(number: int) -> list[bool]:
        rows = parts(results_view(page_of(hit("Otter"), total=11, number=number)))
        return [part.get("disabled", False) for row in rows for part in row["components"] if part["type"] == 2]

    assert disabled(1)[:2] == [True, False]
    assert disabled(2)[:2] == [False, False]
    assert disabled(3)[:2] == [False, True]


def test_nothing_found_offers_topics_and_an_alert() -> None:
    embed = none_embed("ottre*", "No *item* has it.", ["otter"])
    assert (embed.description or "").startswith(r"No \*item\* has it.")
    assert "topics below" in (embed.description or "")
    assert "one of these frequent topics" in (none_embed("ottre", frequent=["otter"]).description or "")
    assert "or different words.\n" in (none_embed("ottre").description or "")
    row, second = parts(none_view(["otter", "x" * 80]))[0], parts(none_view(list("abcde")))[1:]
    assert [part["label"] for part in row["components"]] == ["otter", "x" * 80, "Alert me"]
    assert row["components"][0]["custom_id"] == "results:ask:otter"
    assert [part["label"] for part in second[0]["components"]] == ["Alert me"]  # five topics fill a row


def test_an_issue_that_names_its_newsletter_says_it_once() -> None:
    line = origin_of(item("One", section=""), issue("Tech, issue 7"), None)
    assert line == "-# Tech, issue 7 · 6 Nov 2023"


def test_related_says_what_has_the_same_link() -> None:
    found = [
        RelatedItem(item("Old", number=1), issue(), has_same_link=True),
        RelatedItem(item("Near", number=2), issue()),
    ]
    embed = related_embed("A *title*", found, {2: "https://discord.com/channels/1/2/3"})
    assert embed.title == r"Related to: A \*title\*"
    first, second = (embed.description or "").split("\n\n")
    assert first.endswith("· same link")
    assert second.endswith("6 Nov 2023 · [message](https://discord.com/channels/1/2/3)")
    assert "Nothing closely related" in (related_embed("x", [], {}).description or "")


def test_an_item_opened_in_full_is_in_the_language_of_its_reader() -> None:
    with answering("de"):
        embed, view = full_item(item("", url="https://site.example/1"), issue(language="fr"))
    assert embed.title == "Ohne Titel"
    assert [button["label"] for row in parts(view) for button in row["components"]][-1] == "Teilen"

"""A topic's page."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from making import issue, item, message, parts, size

from search.earlier_coverage import Before
from search.found import Mention
from search.mentions import Mentions
from search.topic_story import Topic
from ui import limits
from ui.charts import chart_of
from ui.questions import QUESTION, question_of
from ui.topic import TopicPage, covered_note, topic_embed, topic_view


def topic_of(
    *titles: str,
    question: str = "otter",
    exact: bool = True,
    total: int = 9,
    note: str = "",
    co_occurring: tuple[str, ...] = ("Kelp", "sea*urchin"),
) -> Topic:
    told = [Mention(item(title, number=n), issue(day=dt.date(2020 + n, 3, 4))) for n, title in enumerate(titles, 1)]
    mentions = Mentions(
        total=total, is_exact=exact, days=((dt.date(2021, 3, 4), total),), first=1,
        documents=tuple(range(total if exact else 3)), issues=4, archive_until=dt.date(2023, 1, 1),
    )  # fmt: skip
    return Topic(
        question=question, note=note, mentions=mentions, first=told[0], latest=told[-1], telling=tuple(told[1:]),
        co_occurring=co_occurring,
    )  # fmt: skip


def page_of(topic: Topic, picture: bytes = b"png") -> TopicPage:
    chart = chart_of(topic.mentions.days, topic.mentions.archive_until)
    return TopicPage(topic=topic, chart=chart, picture=picture, jumps={2: "https://discord.com/channels/1/2/3"})


def test_the_story_goes_from_the_first_to_the_latest_mention() -> None:
    embed = topic_embed(page_of(topic_of("One", "T*wo", "Three", note="Showing it.")))
    assert (embed.description or "").split("\n") == [
        "**9 mentions** in 4 issues",
        "Showing it.",
        "- **Mar 2021** [One](https://site.example/1) · first mention",
        r"- **Mar 2022** [T\*wo](https://site.example/2) · [message](https://discord.com/channels/1/2/3)",
        "- **Mar 2023** [Three](https://site.example/3) · latest",
        "",
        "**Often mentioned together**",
        r"Kelp · sea\*urchin",
    ]
    assert embed.image.url == "attachment://mentions.png"


def test_one_mention_is_told_once() -> None:
    embed = topic_embed(page_of(topic_of("One", total=1, co_occurring=())))
    assert (embed.description or "").count("One") == 1
    assert "the only mention" in (embed.description or "")
    assert "Often" not in (embed.description or "")


def test_what_was_not_counted_to_the_end_says_so() -> None:
    embed = topic_embed(page_of(topic_of("One", "Two", exact=False, total=500_000)))
    first = (embed.description or "").split("\n")[0]
    assert first == "**more than 500,000 mentions, the newest of them counted** in at least 4 issues"


def test_the_picture_comes_with_words() -> None:
    page = page_of(topic_of("One", "Two"))
    [file] = page.files()
    assert file.filename == "mentions.png"
    assert (file.description or "").startswith("Bar chart: mentions of “otter” per month")
    assert page.files() != [file]
    assert topic_embed(page).image.url == "attachment://mentions.png"


def test_what_has_no_date_is_told_without_one() -> None:
    topic = topic_of("One", "Two")
    one = replace(topic.first, issue=issue(day=None))
    some = replace(topic, first=one, mentions=replace(topic.mentions, days=((dt.date(2021, 3, 4), 7),)))
    text = topic_embed(page_of(some)).description or ""
    assert text.startswith("**9 mentions** in 4 issues, 2 of them undated\n- **undated** [One]")
    page = TopicPage(topic=replace(some, mentions=replace(some.mentions, days=())), chart=None, picture=b"", jumps={})
    assert page.files() == []
    assert topic_embed(page).image.url is None


def test_the_largest_page_keeps_to_the_limits() -> None:
    topic = topic_of(
        *("t" * 900 for _ in range(7)), question="q" * QUESTION, co_occurring=tuple(f"{n}" * 300 for n in range(8))
    )
    embed = topic_embed(page_of(topic))
    assert len(embed.description or "") <= limits.EMBED_DESCRIPTION
    assert len(embed.author.name or "") <= limits.EMBED_AUTHOR
    assert size(embed) <= limits.EMBED_TOTAL
    menu = parts(topic_view(topic))[0]["components"][0]
    assert all(len(option["value"]) <= limits.SELECT_TEXT for option in menu["options"])
    assert len(menu["options"]) == 8


def test_the_page_carries_its_topic() -> None:
    embed = topic_embed(page_of(topic_of("One", question="sea *otter*")))
    assert question_of(message("", embed)) == "sea *otter*"


@pytest.mark.parametrize(
    ("now", "note"),
    [
        (dt.date(2024, 3, 4), "Covered before: Nov 2023"),
        (dt.date(2024, 11, 6), "Covered before: Nov 2023"),
        (dt.date(2023, 11, 20), "Covered before: 6 Nov 2023"),
        (None, "Covered before: Nov 2023"),
    ],
)
def test_covered_before_names_the_month(now: dt.date | None, note: str) -> None:
    assert covered_note(Before(dt.date(2023, 11, 6)), now) == note
    assert covered_note(Before(dt.date(2023, 11, 6), "Kestrel"), now) == note.replace("Covered", "Kestrel covered")

"""/topic: the story of a topic, with its picture."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from io import BytesIO

import asking
import pytest
import pytest_asyncio
from asking import is_private, issue_of, labels, press, slash, suggested, text_of
from bench import Bench
from PIL import Image

from sandbox.world.model_message import Message

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def archive(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """A bot that all tests of this file ask, and that knows of otters too."""
    otters: dict[str, str] = {}
    for year in range(2015, 2020):
        stories = [
            (f"Otter {n} of {year}", f"https://otter.example/{year}/{n}", "Otters and Kelp Forest tales.")
            for n in range(year - 2014)
        ]
        otters[f"{year}.md"] = issue_of(f"Rivers {year}", f"{year}-03-02", *stories, section="Animals")
    async with asking.archived(tmp_path_factory.mktemp("archive"), otters) as bench:
        yield bench


def picture(message: Message) -> Image.Image:
    [file] = message.files
    assert message.embeds[0]["image"]["url"] == file.url
    return Image.open(BytesIO(file.content))


async def test_the_story_of_a_topic_with_its_picture(archive: Bench) -> None:
    answer = await slash(archive, "topic", topic="otter")
    text = text_of(answer)
    assert asking.is_private(answer, archive.sandbox.world.owner)
    assert answer.embeds[0]["author"]["name"] == "Topic: otter"
    assert "**15 mentions** in 5 issues" in text
    assert "- **Mar 2015** [Otter 0 of 2015](https://otter.example/2015/0) · first mention" in text
    assert re.search(r"- \*\*Mar 2019\*\* .* · latest\n", text)
    assert "**Often mentioned together**" in text
    assert "Kelp Forest" in text
    shown = picture(answer)
    assert shown.format == "PNG"
    assert shown.width >= 2 * shown.height
    assert len(answer.files[0].content) < 12_000
    assert answer.files[0].description is not None
    assert answer.files[0].description.startswith("Bar chart: mentions of “otter” per quarter from Q1 2015")
    assert "15 in all, most in Q1 2019 (5)" in answer.files[0].description


async def test_items_lead_to_their_messages_here(archive: Bench) -> None:
    text = text_of(await slash(archive, "topic", topic="kestrel"))
    address = f"https://discord.com/channels/{archive.sandbox.guild.id}/{archive.news.id}/{archive.posted()[1].id}"
    assert (
        f"- **Nov 2023** [Kestrel meets Tidepool](https://kestrel.example/tidepool) · latest · [message]({address})"
        in text
    )
    assert "Kestrel two years on" in text


async def test_the_menu_goes_on_in_place_and_the_buttons_answer(archive: Bench) -> None:
    page = await slash(archive, "topic", topic="otter")
    described = page.files[0].description
    assert labels(page) == ["Go to a related topic…", "All mentions", "Alert me", "Share"]
    everybodys = await press(archive, page, "Share")
    assert labels(everybodys) == ["Go to a related topic…", "All mentions", "Alert me"]
    own = await press(archive, everybodys, "Go to", "Kelp Forest")
    assert is_private(own, archive.sandbox.world.owner)
    assert "Topic: Kelp Forest" in text_of(own)
    assert "Topic: otter" in text_of(everybodys)
    await press(archive, page, "Go to", "Kelp Forest")
    await archive.until(lambda: "Topic: Kelp Forest" in text_of(page))
    assert page.files[-1].description != described
    results = await press(archive, page, "All mentions")
    assert results.embeds[0]["author"]["name"] == "Search: Kelp Forest"
    shared = await press(archive, page, "Share")
    assert shared.ephemeral_to is None
    assert "Topic: Kelp Forest" in text_of(shared)
    assert picture(shared).format == "PNG"


async def test_a_misspelt_topic_is_repaired_and_says_so(archive: Bench) -> None:
    answer = await slash(archive, "topic", topic="kestrle")
    assert 'Showing results for "kestrel"' in text_of(answer)
    assert answer.embeds[0]["author"]["name"] == "Topic: kestrel"


async def test_an_unknown_topic_offers_the_nearest_ones_and_an_alert(archive: Bench) -> None:
    answer = await slash(archive, "topic", topic="tidepoolian")
    assert labels(answer) == ["tidepool", "Alert me"]
    assert answer.files == []


async def test_topics_are_suggested_while_typing(archive: Bench) -> None:
    assert (await suggested(archive, "topic", focus="topic", topic="kes"))[:2] == ["kes", "kestrel"]
    within = text_of(await slash(archive, "topic", topic="kestrel last month"))
    assert "No item within these filters has these words" in within
    assert "databases" in await suggested(archive, "topic", focus="topic", topic="")

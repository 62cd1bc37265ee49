"""What members find: /search with its pages, /issue, /latest, what is related."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asking
import pytest
import pytest_asyncio
from asking import config_of, issue_of, labels, library, look, press, slash, suggested, text_of
from bench import Bench, running

from sandbox.server import Sandbox


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def archive(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """A bot that knows four issues and posted the newest one; those who only ask it share it."""
    async with asking.archived(tmp_path_factory.mktemp("archive")) as bench:
        yield bench


only_asks = pytest.mark.asyncio(loop_scope="module")


@only_asks
async def test_a_result_leads_to_its_source_and_to_its_message_here(archive: Bench) -> None:
    answer = await slash(archive, "search", query="tidepool database")
    text = text_of(answer)
    assert asking.is_private(answer, archive.sandbox.world.owner)
    assert answer.embeds[0]["author"]["name"] == "Search: tidepool database"
    assert "**[Kestrel meets Tidepool](https://kestrel.example/tidepool)**" in text
    assert "A parser inside a **database**." in text
    assert "Tech · 1001 · News · 6 Nov 2023" in text
    posted = archive.posted()[1]
    assert f"[message](https://discord.com/channels/{archive.sandbox.guild.id}/{archive.news.id}/{posted.id})" in text
    assert "covered 2 times" in text  # the same link in two issues is one result


@only_asks
async def test_an_answer_is_one_request(archive: Bench) -> None:
    def answers() -> list[str]:
        paths = [one.path for one in archive.sandbox.core.log.entries]
        return [path.rpartition("/")[2] for path in paths if path.startswith(("/interactions/", "/webhooks/"))]

    before = len(answers())
    page = await slash(archive, "search", query="kestrel")
    await press(archive, page, "Share")
    await slash(archive, "topic", topic="kestrel")
    await slash(archive, "catchup", user=archive.sandbox.world.owner)
    assert answers()[before:] == ["callback"] * 4


@only_asks
@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"tag": "databases"}, ["Kestrel, a small parser"]),
        ({"since": "2023"}, ["Kestrel meets Tidepool"]),
        ({"until": "2021"}, ["Kestrel, a small parser"]),
        ({"site": "kestrel.example", "since": "2022"}, ["Kestrel meets Tidepool", "Kestrel two years on"]),
        ({"newsletter": "Tech", "section": "News", "since": "2023"}, ["Kestrel meets Tidepool"]),
    ],
)
async def test_each_option_narrows(archive: Bench, options: dict[str, Any], found: list[str]) -> None:
    answer = await slash(archive, "search", query="kestrel", **options)
    assert sorted(re.findall(r"\*\*\[([^]]+)\]", text_of(answer))) == sorted(found)


@only_asks
async def test_a_time_in_plain_words_is_a_filter_that_is_shown(archive: Bench) -> None:
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("search", {"query": "kestrel since 2022"}),
        ("topic", {"topic": "kestrel since 2022"}),
    )
    for command, options in asked:
        answer = text_of(await slash(archive, command, **options))
        assert 'kestrel since:"2022"' in answer, command
        assert "is not a date" not in answer
    answer = await slash(archive, "search", query="kestrel in March 2024", since="2020")
    assert "kestrel in March 2024 since:2020" in text_of(answer)


@only_asks
async def test_an_alert_for_a_newsletter_that_rests_tells_what_came_before(archive: Bench) -> None:
    added = text_of(await slash(archive, "alert", "add", query="kestrel"))
    assert "before that you would have been notified 3 times, about 3 items." in added
    assert "⚠️" not in added
    everything = text_of(await slash(archive, "alert", "add", query="section:news"))
    assert "⚠️ That is nearly everything: 10 of 10 items." in everything


@only_asks
async def test_options_are_completed_while_typing(archive: Bench) -> None:
    assert await suggested(archive, "search", focus="newsletter", query="x", newsletter="te") == ["Tech"]
    assert await suggested(archive, "search", focus="section", query="x", section="n") == ["News"]
    assert await suggested(archive, "search", focus="tag", query="x", tag="data") == ["databases"]
    # Enter takes the first: an alert must not be for another word than was typed.
    assert await suggested(archive, "alert", "add", focus="query", query="kest") == ["kest", "kestrel"]
    assert await suggested(archive, "alert", "add", focus="query", query="kestrel " * 13) == []


@pytest.fixture
async def many(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """Twelve items about one thing; nothing is posted."""
    stories = [(f"Otter number {n}", f"https://otter.example/{n}", f"Otters again, part {n}.") for n in range(1, 13)]
    (folder / "1.md").write_text(issue_of("Otters", "2022-01-03", *stories))
    async with running(sandbox, config_of(tmp_path, folder, sandbox)) as bench:
        await look(bench)
        yield bench


async def test_pages_are_turned_in_place_and_after_a_restart(
    many: Bench, sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    page = await slash(many, "search", query="otters")
    assert "**12 items**" in text_of(page)
    first = re.findall(r"Otter number \d+", text_of(page))
    assert len(first) == 5
    await press(many, page, "Next")
    await many.until(lambda: "Page 2 of 3" in text_of(page))
    second = re.findall(r"Otter number \d+", text_of(page))
    assert not set(first) & set(second)
    await many.herald.close()
    await many.services.db.close()
    async with running(sandbox, config_of(tmp_path, folder, sandbox)) as again:
        await press(again, page, "Next")
        await again.until(lambda: "Page 3 of 3" in text_of(page))
        assert len(re.findall(r"\*\*\[Otter number \d+", text_of(page))) == 2
        assert asking.component(page, "Next")["disabled"]


async def test_the_menu_opens_one_in_full_and_share_posts_for_all(many: Bench) -> None:
    page = await slash(many, "search", query="otter 7")
    option = next(o for o in asking.component(page, "Open a result")["options"] if o["label"] == "Otter number 7")
    full = await press(many, page, "Open a result", option["value"])
    assert full.embeds[0]["title"] == "Otter number 7"
    assert full.embeds[0]["description"].startswith("Otters again, part 7.")
    assert "otter.example" in full.embeds[0]["url"]
    assert asking.is_private(full, many.sandbox.world.owner)
    shared = await press(many, page, "Share")
    assert shared.ephemeral_to is None
    assert "Otter number 7" in text_of(shared)
    assert labels(shared) == ["Open a result in full…", "Alert me"]


@only_asks
async def test_without_a_hit_the_nearest_topics_and_an_alert_are_offered(archive: Bench) -> None:
    answer = await slash(archive, "search", query="tidepoolian")
    assert "No item has these words" in text_of(answer)
    assert labels(answer) == ["tidepool", "Alert me"]
    await press(archive, answer, "tidepool")
    await archive.until(lambda: "Search: tidepool\n" in text_of(answer) and "Tidepool 1.0" in text_of(answer))
    nothing = await slash(archive, "search", query="qqqzzz")
    assert labels(nothing) == ["databases", "Alert me"]  # the topic that comes up most
    assert "one of these frequent topics" in text_of(nothing)


@only_asks
async def test_a_question_that_no_page_can_carry_is_refused(archive: Bench) -> None:
    answer = await slash(archive, "search", query="word " * 40, section="x" * 90)
    assert "too long" in text_of(answer)


@only_asks
async def test_an_issue_is_found_by_choice_by_title_and_by_a_number_that_is_a_title(archive: Bench) -> None:
    assert (await slash(archive, "issue", issue="summer")).embeds[0]["title"] == "Summer"
    assert (await slash(archive, "issue", issue="1001")).embeds[0]["title"] == "1001"
    by_id = {await _title(archive, f"⁂issue:{number}"): number for number in (1, 2, 3, 4)}
    assert set(by_id) == {"Winter", "Spring", "Summer", "1001"}
    assert "No issue matches" in text_of(await slash(archive, "issue", issue="Qqqq unheard of"))


async def _title(bench: Bench, number: str) -> str:
    return str((await slash(bench, "issue", issue=number)).embeds[0]["title"])


@only_asks
async def test_latest_lists_and_its_menu_shows_what_an_issue_holds(archive: Bench) -> None:
    answer = await slash(archive, "latest")
    text = text_of(answer)
    assert text.index("1001") < text.index("Summer") < text.index("Spring")
    option = next(o for o in asking.component(answer, "Show an issue")["options"] if o["label"] == "Spring")
    contents = await press(archive, answer, "Show an issue", option["value"])
    assert contents.embeds[0]["title"] == "Spring"
    assert "[Tidepool 1.0](https://tidepool.example/1)" in text_of(contents)
    assert "No newsletter is called" in text_of(await slash(archive, "latest", newsletter="Unheard"))


@only_asks
async def test_related_shows_the_same_link_and_leaves_the_item_itself_out(archive: Bench) -> None:
    own = archive.posted()[2]
    assert own.embeds[0]["title"] == "The pocket database"
    for answer in (await press(archive, own, "Related"), await asking.related(archive, own)):
        text = text_of(answer)
        assert answer.embeds[0]["title"] == "Related to: The pocket database"
        assert "[Tidepool 1.0]" in text
        assert "3 May 2021 · same link" in text
        assert "[The pocket database]" not in text
        assert asking.is_private(answer, archive.sandbox.world.owner)


@only_asks
async def test_related_shows_what_comes_near_by_its_words(archive: Bench) -> None:
    text = text_of(await press(archive, archive.posted()[1], "Related"))
    assert "Related to: Kestrel meets Tidepool" in text
    assert "[Kestrel two years on]" in text
    assert "[Kestrel meets Tidepool]" not in text
    assert "same link" not in text


@only_asks
async def test_related_coverage_of_what_a_person_wrote(archive: Bench) -> None:
    said = _say(archive, 'Has anybody tried -kestrel: "the parser"? <@123456789012345678>')
    assert "[Kestrel, a small parser]" in text_of(await asking.related(archive, said))
    linked = _say(archive, "look: <https://www.tidepool.example/1/?utm_source=x>, nice")
    assert "same link" in text_of(await asking.related(archive, linked))
    long = _say(archive, "Yesterday we talked for hours about everything under the sun. " * 5 + "Even tidepool.")
    assert "Tidepool 1.0" in text_of(await asking.related(archive, long))
    empty = _say(archive, "<@123456789012345678>")
    assert "no words or links" in text_of(await asking.related(archive, empty))
    unheard = _say(archive, "Qqqq zzzz")
    assert "Nothing closely related" in text_of(await asking.related(archive, unheard))


def _say(bench: Bench, text: str) -> asking.Message:
    from sandbox.world.messages import MessageDraft

    return bench.sandbox.core.messages.create(MessageDraft(bench.news, bench.sandbox.world.owner, {"content": text}))


async def test_an_item_says_when_its_link_or_topic_was_covered_before(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    library(folder)
    async with running(sandbox, config_of(tmp_path, folder, sandbox, backfill=1)) as bench:
        await bench.until_titles("1001", "Kestrel meets Tidepool", "The pocket database")
        await bench.idle()
        named, again = bench.posted()[1:]
        assert "Covered before: May 2021" in text_of(again)
        assert "Kestrel covered before: Jun 2022" in text_of(named)
        name = "2023-11-06.md"
        (folder / name).write_text(asking.LIBRARY[name].replace("again, with numbers", "once more"))
        await bench.until(lambda: "once more" in text_of(again))
        assert "Covered before: May 2021" in text_of(again)
        await bench.idle()
        assert named.edited_at is None

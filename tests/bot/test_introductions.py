"""What an editor writes above the items: posted where the admin wants it, found, and never taken for an item."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench import Bench, configured, newsletter, running

from sandbox.server import Sandbox

WORDS = "Our meetup in Lausanne is on 3 June, and readers of this newsletter get in for nothing."


def issue(words: str = WORDS, *, more: str = "") -> str:
    items = "### [Ada](https://example.org/a)\n\nText about Ada.\n\n### [Bel](https://example.org/b)\n\nText about Bel."
    return f"---\ntitle: Issue 1\ndate: 2026-03-02\n---\n\n{words}\n\n## News\n\n{items}\n{more}"


def text_of(embed: dict[str, Any]) -> str:
    return embed.get("description", "")


async def test_it_stands_in_the_header_and_is_found_there(bench: Bench, folder: Path) -> None:
    (folder / "1.md").write_text(issue())
    await bench.until_titles("Issue 1", "Ada", "Bel")
    await bench.idle()
    header = bench.posted()[0]
    assert WORDS in text_of(header.embeds[0])
    assert "2 items" in text_of(header.embeds[0])
    answer = await bench.slash("search", query="meetup Lausanne")
    assert "Introduction of Issue 1" in text_of(answer.embeds[0])
    assert f"/{bench.news.id}/{header.id})" in text_of(answer.embeds[0])
    assert answer.components[0]["components"][0]["options"][0]["label"] == "Introduction of Issue 1"
    contents = await bench.press(header, "Contents")
    assert "Introduction" not in text_of(contents.embeds[0])


async def test_it_is_a_message_of_its_own_where_the_admin_wants_that(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(
        tmp_path, newsletter(folder), channel=sandbox.channel("news"), introduction="message", max_messages=2
    )
    async with running(sandbox, config) as bench:
        (folder / "1.md").write_text(issue())
        await bench.until_titles("Issue 1", "Introduction of Issue 1", "Ada", "Bel")
        await bench.idle()
        header, own = bench.posted()[:2]
        assert text_of(own.embeds[0]) == WORDS
        assert WORDS not in text_of(header.embeds[0])
        answer = await bench.slash("search", query="Lausanne")
        assert f"/{bench.news.id}/{own.id})" in text_of(answer.embeds[0])
        (folder / "1.md").write_text(issue(WORDS.replace("3 June", "4 June")))
        await bench.until(lambda: "4 June" in text_of(own.embeds[0]))
        (folder / "1.md").write_text(issue(""))
        await bench.until(lambda: own.embeds[0]["title"] == "~~Introduction of Issue 1~~")
        await bench.idle()
        assert len(bench.posted()) == 4


async def test_a_digest_keeps_it_in_its_one_message(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    config = configured(
        tmp_path, newsletter(folder), channel=sandbox.channel("news"), introduction="message", layout="digest"
    )
    async with running(sandbox, config) as bench:
        (folder / "1.md").write_text(issue())
        await bench.until_titles("Issue 1")
        await bench.idle()
        assert WORDS in text_of(bench.shown()[0])
        assert len(bench.posted()) == 1


async def test_a_digest_of_an_essay_is_how_it_begins_and_opens_it(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), layout="digest")
    async with running(sandbox, config) as bench:
        told = "\n\n".join(f"In year {n} the lake froze. We went out on it, and nobody spoke." for n in range(40))
        (folder / "1.md").write_text(f"---\ntitle: The lake\ndate: 2026-03-02\n---\n\n{told}\n")
        await bench.until_titles("The lake")
        await bench.idle()
        shown = text_of(bench.shown()[0])
        assert shown.startswith("In year 0 the lake froze")
        assert "1 item" not in shown
        opened = await bench.press(bench.posted()[0], "Open in full")
        assert "In year 39 the lake froze" in text_of(opened.embeds[0])


async def test_the_tags_of_an_issue_are_those_of_its_stories(bench: Bench, folder: Path) -> None:
    (folder / "1.md").write_text(issue().replace("date:", "tags: [lakes]\ndate:"))
    await bench.until_titles("Issue 1", "Ada", "Bel")
    await bench.idle()
    answer = await bench.slash("search", query="lakes")
    assert "**2 items**" in text_of(answer.embeds[0])
    assert "Introduction" not in text_of(answer.embeds[0])


async def test_topics_count_the_stories_alone(bench: Bench, folder: Path) -> None:
    (folder / "1.md").write_text(issue("Ada is what this issue is about, and Zuse is not."))
    await bench.until_titles("Issue 1", "Ada", "Bel")
    await bench.idle()
    answer = await bench.slash("topic", topic="Ada")
    assert "**1 mention** in 1 issue" in text_of(answer.embeds[0])
    answer = await bench.slash("topic", topic="Zuse")
    assert "mention" not in text_of(answer.embeds[0])


@pytest.mark.parametrize("words", ["", "About it all."])
async def test_what_the_summary_says_already_is_no_second_text(bench: Bench, folder: Path, words: str) -> None:
    text = issue(words).replace("date:", "summary: About it all.\ndate:")
    (folder / "1.md").write_text(text)
    await bench.until_titles("Issue 1", "Ada", "Bel")
    await bench.idle()
    answer = await bench.slash("search", query='"about it all"')
    assert "Introduction" not in text_of(answer.embeds[0])
    assert text_of(bench.shown()[0]).count("About it all.") == 1

"""A wrong source, seen by the people of a server: nothing is taken back before one of them says so."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bench import Bench, configured, issue_text, newsletter, running
from test_long_issues import issue, links, texts

from sandbox.server import Sandbox
from sandbox.world.model_message import Message


@asynccontextmanager
async def posted(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncGenerator[Bench]:
    """Four issues of two items each are in a channel; their folder is then away."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    config = config.model_copy(update={"admin_channel": sandbox.channel("news").id})
    (folder / "0.md").write_text(issue_text(0))
    (folder / "part").mkdir()
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        for number in range(1, 5):
            (folder / "part" / f"{number}.md").write_text(issue_text(number, items=2, day=f"2026-03-0{number}"))
        await bench.until(lambda: len(bench.titles()) == 12)
        await bench.idle()
        shutil.move(folder / "part", folder.with_name("away"))
        await bench.watcher.look_now()
        yield bench


def asked(bench: Bench) -> list[Message]:
    return [message for message in bench.posted() if "disappeared from the source at once" in message.content]


def marked(bench: Bench) -> int:
    return sum(title.startswith("~~") for title in bench.titles())


async def test_the_admins_are_asked_once_with_what_would_happen(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    async with posted(sandbox, folder, tmp_path) as bench:
        await bench.watcher.look_now()
        [question] = asked(bench)
        assert (
            "4 issues of **Tech** disappeared from the source at once. 12 messages with 8 items in 1 channel would be "
            "withdrawn" in question.content
        )
        labels = [one["label"] for one in question.components[0]["components"]]
        assert labels == ["Withdraw 12 messages", "Keep all"]
        status = await bench.slash("status")
        assert (
            "12 messages would be withdrawn, because much disappeared from the source at once"
            in (status.embeds[0]["description"])
        )
        shutil.move(folder.with_name("away"), folder / "part")
        await bench.watcher.look_now()
        await bench.idle()
        [over] = await bench.until(lambda: asked(bench)[1:])
        assert over.content.startswith("✅ Resolved after ")
        assert marked(bench) == 0
        assert "would be withdrawn" not in str((await bench.slash("status")).embeds)


@pytest.mark.parametrize(("label", "expected"), [("Withdraw 12 messages", 12), ("Keep all", 0)])
async def test_a_button_of_an_earlier_run_decides(
    sandbox: Sandbox, folder: Path, tmp_path: Path, label: str, expected: int
) -> None:
    async with posted(sandbox, folder, tmp_path) as bench:
        config = bench.services.config
        await bench.watcher.look_now()  # else the stop could come between the question and the record of it
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        [question] = asked(bench)
        button = next(one for one in question.components[0]["components"] if one["label"] == label)
        body = {"type": 3, "message_id": str(question.id), "data": {"custom_id": button["custom_id"]}}
        bench.person().interact(body)
        await bench.until(lambda: not question.components)
        await bench.until(lambda: marked(bench) == expected)
        await bench.watcher.look_now()
        await bench.idle()
        assert marked(bench) == expected
        assert "would be withdrawn" not in str((await bench.slash("status")).embeds)


# lists: one message shows many items

NAMES = "abcdefghijklmnop"


@asynccontextmanager
async def listed(
    sandbox: Sandbox, folder: Path, tmp_path: Path, **options: object
) -> AsyncGenerator[tuple[Bench, Path]]:
    """An issue of sixteen one-liners is in two lists below its header, beside others that nobody touches."""
    sandbox.world.add_channel(sandbox.guild, "admins")
    config = configured(tmp_path, newsletter(folder, **options), channel=sandbox.channel("news"), max_messages=3)
    config = config.model_copy(update={"admin_channel": sandbox.channel("admins").id})
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        for number in range(2, 6):
            (folder / f"{number}.md").write_text(issue_text(number, items=1))
        await bench.until(lambda: len(bench.posted()) == 8)
        file = folder / "roundup.md"
        file.write_text(issue(links("Reads", *NAMES[:8]), links("Tools", *NAMES[8:])))
        await bench.until(lambda: len(bench.posted()) == 11)
        await bench.idle()
        yield bench, file


def struck(bench: Bench) -> int:
    return sum(text.count("- ~~") for text in texts(bench))


def questions(bench: Bench) -> list[Message]:
    found = bench.posted(bench.sandbox.channel("admins"))
    return [message for message in found if "disappeared from the source at once" in message.content]


async def test_an_edit_that_takes_two_entries_out_of_a_list_is_carried_out(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    async with listed(sandbox, folder, tmp_path) as (bench, file):
        file.write_text(issue(links("Reads", *NAMES[2:8]), links("Tools", *NAMES[8:])))
        await bench.until(lambda: struck(bench) == 2)
        assert questions(bench) == []


@pytest.mark.parametrize(("label", "expected"), [("Withdraw 2 messages", 13), ("Keep all", 0)])
async def test_an_edit_that_empties_most_of_the_lists_is_held(
    sandbox: Sandbox, folder: Path, tmp_path: Path, label: str, expected: int
) -> None:
    async with listed(sandbox, folder, tmp_path) as (bench, file):
        before = texts(bench)
        file.write_text(issue(links("Reads", *NAMES[:2]), links("Tools", NAMES[8])))
        [question] = await bench.until(lambda: questions(bench))
        assert "2 messages with 13 items in 1 channel would be withdrawn" in question.content
        await bench.idle()
        assert texts(bench)[-2:] == before[-2:]
        button = next(one for one in question.components[0]["components"] if one["label"] == label)
        body = {"type": 3, "message_id": str(question.id), "data": {"custom_id": button["custom_id"]}}
        bench.person(sandbox.channel("admins")).interact(body)
        await bench.until(lambda: not question.components)
        await bench.until(lambda: struck(bench) == expected)
        # what is left goes on being edited
        file.write_text(issue(links("Reads", "a", "wholly-different-matters"), links("Tools", NAMES[8])))
        await bench.until(lambda: "wholly" in texts(bench)[-2])
        await bench.idle()
        assert struck(bench) == expected + 1
        assert questions(bench) == []  # the answered one is another text now


async def test_lists_that_come_back_are_as_they_were(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    async with listed(sandbox, folder, tmp_path) as (bench, file):
        before, whole = texts(bench), file.read_text("utf-8")
        file.write_text(issue(links("Reads", NAMES[0])))
        await bench.until(lambda: questions(bench))
        file.write_text(whole)
        await bench.watcher.look_now()
        await bench.idle()
        assert texts(bench)[-2:] == before[-2:]
        assert await bench.services.archive.held.all("Tech") == []
        file.write_text(issue(links("Reads", *NAMES[1:8]), links("Tools", *NAMES[8:])))
        await bench.until(lambda: struck(bench) == 1)


async def test_another_include_that_empties_lists_is_held(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    async with listed(sandbox, folder, tmp_path):
        pass
    config = configured(
        tmp_path, newsletter(folder, include=("[2-5].md",)), channel=sandbox.channel("news"), max_messages=3
    )
    config = config.model_copy(update={"admin_channel": sandbox.channel("admins").id})
    async with running(sandbox, config) as bench:
        [question] = await bench.until(lambda: questions(bench))
        assert (
            "1 issue of **Tech** disappeared from the source at once. 3 messages with 16 items in 1 channel"
            in question.content
        )
        await bench.idle()
        assert (struck(bench), marked(bench)) == (0, 0)

"""A wrong source, seen by the people of a server: nothing is taken back before one of them says so."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bench import Bench, configured, issue_text, newsletter, running

from sandbox.server import Sandbox
from sandbox.world.model_message import Message


@asynccontextmanager
async def posted(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncGenerator[Bench]:
    """Four issues of two items each stand in a channel; their folder is then away."""
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
    return [message for message in bench.posted() if "left the source at once" in message.content]


def marked(bench: Bench) -> int:
    return sum(title.startswith("~~") for title in bench.titles())


async def test_the_admins_are_asked_once_with_what_would_happen(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    async with posted(sandbox, folder, tmp_path) as bench:
        await bench.watcher.look_now()
        [question] = asked(bench)
        assert "4 issues of **Tech** left the source at once. 12 messages in 1 channel would be withdrawn" in (
            question.content
        )
        labels = [one["label"] for one in question.components[0]["components"]]
        assert labels == ["Withdraw 12 messages", "Keep all"]
        status = await bench.slash("status")
        assert (
            "12 messages would be withdrawn, because much left the source at once" in (status.embeds[0]["description"])
        )
        shutil.move(folder.with_name("away"), folder / "part")
        await bench.watcher.look_now()
        await bench.idle()
        assert (marked(bench), len(asked(bench))) == (0, 1)
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

"""Whoever uses Herald in German or Japanese is answered so; Discord shows the commands so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asking import ask, library, look, text_of
from bench import Bench, newsletter, running

from config.settings import Config
from sandbox.server import Sandbox
from sandbox.world.model_message import Message


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    library(folder)
    config = Config(storage=str(tmp_path / "h.db"), cache=tmp_path / "cache", newsletters=(newsletter(folder),))
    async with running(sandbox, config) as bench:
        await look(bench)
        yield bench


def described(command: dict[str, Any]) -> list[dict[str, Any]]:
    return [command, *(inner for option in command.get("options") or [] for inner in described(option))]


async def test_discord_shows_every_command_in_german_and_japanese(bench: Bench) -> None:
    commands = bench.sandbox.world.commands[None].values()
    assert len(commands) > 15
    for one in (inner for command in commands for inner in described(command)):
        key = "description_localizations" if one.get("description") else "name_localizations"
        assert {"de", "ja"} <= set(one.get(key) or {}), one["name"]


@pytest.mark.parametrize(
    ("locale", "title", "unknown"),
    [("de", "Einen Newsletter einrichten", "noch nicht gewählt"), ("ja", "ニュースレターの設定", "未選択"),
     ("en-GB", "Set up a newsletter", "not chosen yet"), ("pl", "Set up a newsletter", "not chosen yet")],
)  # fmt: skip
async def test_the_panel_speaks_the_language_of_whoever_opens_it(
    bench: Bench, locale: str, title: str, unknown: str
) -> None:
    bench.sandbox.world.owner.locale = locale
    panel = await opened(bench)
    assert panel.embeds[0]["title"] == title
    assert unknown in text_of(panel)


async def opened(bench: Bench) -> Message:
    return await ask(bench, {"type": 2, "data": {"type": 1, "name": "setup", "options": []}})


async def test_errors_speak_the_language_too(bench: Bench) -> None:
    bench.sandbox.world.owner.locale = "de"
    answer = await ask(bench, {"type": 2, "data": {"type": 1, "name": "pause", "options": []}})
    assert answer.content.startswith(f"<#{bench.news.id}> folgt keinem Newsletter.")
    bench.sandbox.world.owner.locale = "pl"
    answer = await ask(bench, {"type": 2, "data": {"type": 1, "name": "pause", "options": []}})
    assert "does not follow any newsletter" in answer.content

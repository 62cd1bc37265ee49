"""Discord's list of commands is what Herald says, whatever happened to it meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench import Bench, configured, issue_text, newsletter, running

from app import commands as app_commands
from sandbox.faults import Fault
from sandbox.server import Sandbox
from sandbox.world.events import Event


def names(sandbox: Sandbox) -> set[str]:
    return {str(one["name"]) for one in sandbox.world.commands.get(None, {}).values()}


def updates(sandbox: Sandbox) -> list[Event]:
    """Every change of the commands that Discord tells from now on."""
    seen: list[Event] = []
    sandbox.world.bus.listen(lambda event: seen.append(event) if event.name == "COMMANDS_UPDATE" else None)
    return seen


async def test_commands_that_another_program_removed_come_back_at_the_next_start(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    async with running(sandbox, config):
        whole = names(sandbox)
    assert {"sync", "search", "Related coverage"} <= whole
    sandbox.world.commands[None] = {}
    async with running(sandbox, config):
        assert names(sandbox) == whole


async def test_a_command_that_was_changed_elsewhere_is_set_right_and_one_that_is_true_is_left(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    async with running(sandbox, config):
        pass
    changes = updates(sandbox)
    async with running(sandbox, config):
        assert changes == []
    follow = next(one for one in sandbox.world.commands[None].values() if one["name"] == "follow")
    option = next(one for one in follow["options"] if one["name"] == "channel")
    option["channel_types"] = [0]
    async with running(sandbox, config):
        assert len(changes) == 1
    follow = next(one for one in sandbox.world.commands[None].values() if one["name"] == "follow")
    assert len(next(one for one in follow["options"] if one["name"] == "channel")["channel_types"]) > 1


async def test_a_definition_that_discord_refuses_is_told_and_the_rest_works(
    sandbox: Sandbox, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = app_commands.definitions

    def with_a_refused_option(tree: Any) -> list[dict[str, Any]]:
        found = real(tree)
        latest = next(one for one in found if one["name"] == "latest")
        latest["options"][0]["name"] = "Not Allowed"
        return found

    monkeypatch.setattr("app.client.definitions", with_a_refused_option)
    news = sandbox.channel("news")
    config = configured(tmp_path, newsletter(folder), channel=news).model_copy(update={"admin_channel": news.id})
    async with running(sandbox, config) as bench:
        assert "latest" not in names(sandbox)
        assert {"search", "status", "Related coverage"} <= names(sandbox)
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.until_titles("Issue 1", "Story 1.1")
        told = [one.content for one in bench.posted() if not one.embeds]
        assert len(told) == 1
        assert "refuses the command **latest**" in told[0]
        assert "options.0.name" in told[0]
        status = await bench.slash("status")
        assert "refuses the command" in str(status.embeds)
    assert 'command refused name="latest"' in caplog.text


async def test_commands_are_synced_once_discord_answers_again(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    sandbox.faults.add(Fault(kind="status", status=503, route="GET */commands"))
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    async with running(sandbox, config) as bench:
        await bench.until(lambda: "sync" in names(sandbox))


async def test_the_types_of_channels_are_those_that_are_written_out(bench: Bench) -> None:
    found = {
        (command["name"], option["name"]): option["channel_types"]
        for command in bench.sandbox.world.commands[None].values()
        for option in command.get("options", ())
        if option["type"] == 7
    }
    # text, announcements, forums, the three kinds of threads, voice and stage channels
    assert found["follow", "channel"] == [0, 5, 15, 11, 12, 10, 2, 13]
    assert all(found.values())


async def test_an_activitys_entry_point_stays_and_keeps_no_command_away(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    async with running(sandbox, config):
        whole = names(sandbox)
    commands = sandbox.world.commands[None]
    search = next(number for number, one in commands.items() if one["name"] == "search")
    made = {"id": str(search), "type": 4, "name": "launch", "description": "", "handler": 2, "options": []}
    commands[search] = commands[search] | made
    async with running(sandbox, config):
        assert names(sandbox) == whole | {"launch"}
    changes = updates(sandbox)
    async with running(sandbox, config):
        assert changes == []

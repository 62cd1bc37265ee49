"""What a server sees of a newsletter that belongs to another one: nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asking import answer_of, ask, config_of, library, look, slash, text_of
from bench import Bench, running
from discord import app_commands

from sandbox.page.interactions import Person
from sandbox.server import Sandbox
from sandbox.world.model import Channel

SECRETS = ("Kestrel", "Tidepool", "Spring", "Summer", "databases", "Tech", "tidepool", "kestrel")
COMMANDS: list[tuple[str, str, dict[str, Any]]] = [
    ("search", "", {"query": "kestrel"}),
    ("search", "", {"query": "tidepol"}),
    ("search", "", {"query": "parser in:Tech"}),
    ("topic", "", {"topic": "kestrel"}),
    ("latest", "", {}),
    ("issue", "", {"issue": "1"}),
    ("issue", "", {"issue": "99999999999999999999999"}),
    ("preview", "", {"issue": "2"}),
    ("preview", "", {"issue": "⁂issue:2"}),
    ("issue", "", {"issue": "⁂issue:1"}),
    ("why", "", {"about": "⁂issue:1"}),
    ("why", "", {"about": "⁂item:1"}),
    ("why", "", {"about": "Kestrel, a small parser"}),
    ("why", "", {"about": "1001"}),
    ("repost", "issue", {"issue": "⁂issue:1"}),
    ("repost", "item", {"item": "⁂item:1"}),
    ("repost", "issue", {"issue": "1"}),
    ("repost", "item", {"item": "1"}),
    ("repost", "item", {"item": "99999999999999999999999"}),
    ("follow", "", {"newsletter": "tech"}),
    ("following", "", {}),
    ("setup", "", {}),
    ("setup", "", {"newsletter": "tech"}),
    ("status", "", {}),
    ("sync", "", {}),
    ("sync", "", {"newsletter": "tech"}),
]

# What these do concerns the asking server's or the member's own things, and names no newsletter of another server.
OF_ONES_OWN = {"alert", "alert-channel", "unfollow", "pause", "resume"}


@pytest.fixture
async def two(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[tuple[Bench, Channel]]:
    """One server follows a newsletter; the other one, which the same person owns, follows nothing."""
    library(folder)
    other = sandbox.world.add_guild("Elsewhere", sandbox.world.owner)
    channel = sandbox.world.add_channel(other, "hall")
    sandbox.world.add_member(other, sandbox.world.bot)
    async with running(sandbox, config_of(tmp_path, folder, sandbox)) as bench:
        await look(bench)
        yield bench, channel


async def test_nothing_is_said_elsewhere(two: tuple[Bench, Channel]) -> None:
    bench, hall = two
    for name, sub, options in COMMANDS:
        given: list[dict[str, Any]] = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
        if sub:
            given = [{"name": sub, "type": 1, "options": given}]
        person = Person(bench.sandbox.core, bench.sandbox.world.owner, hall)
        asked = person.interact({"type": 2, "data": {"type": 1, "name": name, "options": given}})
        answer = await bench.until(
            lambda asked=asked: asked.answer_type is not None and answer_of(bench, hall, asked.original_id)
        )
        said = text_of(answer)
        typed = " ".join(str(value) for value in options.values())
        leaked = [word for word in SECRETS if word in said and word.lower() not in typed.lower()]
        assert not leaked, (name, sub, options, said)
        assert "incident" not in said
    assert bench.posted(hall) == []


async def test_nothing_is_suggested_elsewhere_and_no_command_is_forgotten(two: tuple[Bench, Channel]) -> None:
    bench, hall = two
    asked = {name for name, _, _ in COMMANDS}
    every = [one for one in bench.herald.tree.walk_commands() if isinstance(one, app_commands.Command)]
    assert {one.qualified_name.split()[0] for one in every} <= asked | OF_ONES_OWN
    for command in every:
        for option in (one for one in command.parameters if one.autocomplete):
            for typed in ("", "k", "te", "s"):
                given: list[dict[str, Any]] = [{"name": option.name, "type": 3, "value": typed, "focused": True}]
                if command.parent is not None:
                    given = [{"name": command.name, "type": 1, "options": given}]
                name = command.qualified_name.split()[0]
                person = Person(bench.sandbox.core, bench.sandbox.world.owner, hall)
                interaction = person.interact({"type": 4, "data": {"type": 1, "name": name, "options": given}})
                assert interaction.choices is not None
                found = [choice["name"] for choice in await interaction.choices]
                assert not [one for one in found if any(word in one for word in SECRETS)], (name, typed, found)


async def test_members_keep_their_alerts_in_a_direct_message(two: tuple[Bench, Channel]) -> None:
    bench, _ = two
    await slash(bench, "alert", "add", query="kestrel")
    place = bench.sandbox.world.direct_channel(bench.sandbox.world.owner)
    for sub, said in (("list", "kestrel"), ("export", "everything"), ("forget", "1 alert")):
        body = {"type": 2, "data": {"type": 1, "name": "alert", "options": [{"name": sub, "type": 1, "options": []}]}}
        assert said in text_of(await ask(bench, body, channel=place)).casefold()
    query = [{"name": "query", "type": 3, "value": "otter"}]
    body = {"type": 2, "data": {"type": 1, "name": "alert", "options": [{"name": "add", "type": 1, "options": query}]}}
    assert "in that server" in text_of(await ask(bench, body, channel=place))

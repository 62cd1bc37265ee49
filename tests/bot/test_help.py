"""`/help` says what there is for whoever asks, with examples that work."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asking import ask, config_of, library, look, slash, text_of
from bench import Bench, newsletter, running

from config.settings import Config
from sandbox.server import Sandbox
from sandbox.world.model_message import Message


def all_of(message: Message) -> str:
    fields = [f"{field['name']}\n{field['value']}" for embed in message.embeds for field in embed.get("fields", [])]
    return "\n".join([text_of(message), *fields])


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    library(folder)
    async with running(sandbox, config_of(tmp_path, folder, sandbox)) as bench:
        await look(bench)
        yield bench


async def test_its_examples_work_in_this_very_server(bench: Bench) -> None:
    text = all_of(await slash(bench, "help"))
    assert "Newsletters in this server: Tech." in text
    examples = re.findall(r"`/(\w+) (\w+): (.+?)`", text)
    assert len(examples) == 2
    for command, option, value in examples:
        answer = text_of(await slash(bench, command, **{option: value}))
        assert "Nothing" not in answer
        assert "No " not in answer.split("\n", 1)[0]


async def test_a_member_is_not_shown_what_only_admins_may(bench: Bench) -> None:
    member = bench.sandbox.world.add_user("somebody")
    bench.sandbox.world.add_member(bench.sandbox.guild, member)
    for_member, for_admin = all_of(await slash(bench, "help", user=member)), all_of(await slash(bench, "help"))
    assert "/search" in for_member
    assert "/setup" not in for_member
    assert "/setup" in for_admin


async def test_a_server_that_follows_nothing_is_told_so(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    library(folder)
    config = Config(storage=str(tmp_path / "h.db"), cache=tmp_path / "cache", newsletters=(newsletter(folder),))
    async with running(sandbox, config) as bench:
        await look(bench)
        text = all_of(await slash(bench, "help"))
        assert "No newsletter is followed here yet." in text
        assert "Try this" not in text
        assert "Kestrel" not in text


async def test_in_direct_messages_only_what_works_there_is_named(bench: Bench) -> None:
    user = bench.sandbox.world.owner
    direct = bench.sandbox.world.direct_channel(user)
    body = {"type": 2, "data": {"type": 1, "name": "help", "options": []}}
    text = all_of(await ask(bench, body, user=user, channel=direct))
    assert "use /help there" in text
    assert "/catchup" in text
    assert "/search" not in text

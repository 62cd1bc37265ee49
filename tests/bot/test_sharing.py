"""What is shared says who shared it, and stays as it was shared: whoever turns it gets a page of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asking import component, config_of, is_private, issue_of, labels, look, press, slash, text_of
from bench import Bench, running

from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.model import User

LONG = " ".join(f"Sentence number {at} of the otter's life." for at in range(400))


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    stories = [(f"Otter number {n}", f"https://otter.example/{n}", f"Otters, part {n}.") for n in range(1, 13)]
    (folder / "1.md").write_text(issue_of("Otters", "2022-01-03", *stories, ("Otter saga", "https://o.example/", LONG)))
    async with running(sandbox, config_of(tmp_path, folder, sandbox)) as bench:
        await look(bench)
        yield bench


@pytest.fixture
def reader(sandbox: Sandbox) -> User:
    return next(one for one in sandbox.world.users.values() if one.username == "reader")


async def test_a_shared_page_says_who_shared_it_and_stays_while_others_turn_it(bench: Bench, reader: User) -> None:
    owner = bench.sandbox.world.owner
    page = await slash(bench, "search", query="otter")
    shared = await press(bench, page, "Share")
    assert shared.content == f"-# Shared by <@{owner.id}>"
    assert (shared.pings, shared.ephemeral_to) == ([], None)
    assert labels(shared) == ["Open a result in full…", "Previous", "Next", "Alert me"]
    before = text_of(shared)
    turned = await press(bench, shared, "Next", user=reader)
    assert is_private(turned, reader)
    assert "Page 2 of 3" in text_of(turned)
    assert text_of(shared) == before
    on = await press(bench, turned, "Next", user=reader)  # one's own page is turned in place
    assert on is turned
    await bench.until(lambda: "Page 3 of 3" in text_of(turned))
    assert "Share" in labels(turned)


async def test_a_story_in_full_is_shared_page_by_page(bench: Bench, reader: User) -> None:
    found = await slash(bench, "search", query="saga")
    full = await press(bench, found, "Open a result", str(component(found, "Open a result")["options"][0]["value"]))
    shared = await press(bench, full, "Share")
    assert "Shared by" in shared.content
    assert "Sentence number 0 " in text_of(shared)
    turned = await press(bench, shared, "Next", user=reader)
    assert is_private(turned, reader)
    assert "Sentence number 0 " not in text_of(turned)
    assert "Sentence number 0 " in text_of(shared)


async def test_the_contents_of_an_issue_are_shared(bench: Bench, reader: User) -> None:
    contents = await slash(bench, "issue", issue="Otters", user=reader)
    shared = await press(bench, contents, "Share", user=reader)
    assert shared.content == f"-# Shared by <@{reader.id}>"
    assert "Otter number 12" in text_of(shared)


async def test_who_may_not_write_in_a_channel_shares_nothing_there(bench: Bench, reader: User) -> None:
    everyone = bench.sandbox.guild.roles[bench.sandbox.guild.id]
    bench.sandbox.world.set_overwrite(bench.news, everyone, deny=permissions.by_names(["SEND_MESSAGES"]))
    bot = bench.sandbox.guild.members[bench.sandbox.world.bot.id]
    bench.sandbox.world.set_overwrite(bench.news, bot, allow=permissions.by_names(["SEND_MESSAGES"]))
    page = await slash(bench, "search", query="otter", user=reader)
    refused = await press(bench, page, "Share", user=reader)
    assert is_private(refused, reader)
    assert "nothing was shared" in text_of(refused)
    assert bench.posted() == []

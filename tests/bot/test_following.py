"""`/follow` changes only what is given; `/following` lists everything, edits, pauses and ends in place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asking import act, config_of, labels, library, look, slash, text_of
from bench import Bench, issue_text, newsletter, running

import cli.sandbox
from cogs.following import Following
from config.settings import Config
from sandbox.page.interactions import ClientError
from sandbox.server import Sandbox
from sandbox.world.model import Channel
from sandbox.world.model_message import Message
from storage.layouts import Layout
from storage.options import Options
from storage.records import Subscription
from storage.wishes import Follow
from ui.option_text import LAYOUTS


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    library(folder)
    other = folder.with_name("other")
    other.mkdir()
    config = Config(
        storage=str(tmp_path / "herald.db"),
        cache=tmp_path / "cache",
        newsletters=(newsletter(folder), newsletter(other, name="Arts")),
    )
    async with running(sandbox, config) as bench:
        await look(bench)
        yield bench


async def follow(bench: Bench, channel: Channel | None = None, **options: Any) -> Message:
    channel = channel or bench.news
    return await bench.slash("follow", newsletter="Tech", channel=str(channel.id), **options)


async def followed(bench: Bench) -> list[Subscription]:
    return await bench.services.subscriptions.list()


async def test_a_channel_that_begins_to_follow_is_told_what_comes_first(bench: Bench) -> None:
    answer = await follow(bench)
    assert answer.content == f"<#{bench.news.id}> follows **Tech**.\nThe next issue is posted there."


async def test_following_again_changes_only_what_is_given(bench: Bench) -> None:
    role = bench.sandbox.world.add_role(bench.sandbox.guild, "readers", mentionable=True)
    set_before = Options(layout=Layout.THREAD, words_any=("rust",), silent=True)
    wish = Follow.of("Tech", bench.news.id, set_before)
    await bench.services.subscriptions.add(wish, now=bench.herald.started_at, guild_id=bench.sandbox.guild.id)
    answer = await follow(bench)
    assert answer.content == f"<#{bench.news.id}> already follows **Tech**.\nNothing was changed."
    answer = await follow(bench, backfill=2)
    assert "Nothing was changed.\nbackfill counts only when a channel begins to follow" in answer.content
    answer = await follow(bench, role=str(role.id))
    assert "already follows **Tech**" in answer.content
    assert "backfill" not in answer.content
    assert f"Role to mention: nobody → **<@&{role.id}>**" in answer.content
    answer = await follow(bench, layout="auto")
    assert "Layout: In a thread → **Automatic**" in answer.content
    [found] = await followed(bench)
    assert found.options == Options(words_any=("rust",), silent=True, role=role.id)
    assert found.created_at == bench.herald.started_at


async def test_the_list_says_everything_and_leads_to_it(bench: Bench) -> None:
    wish = Follow.of("Tech", bench.news.id, Options(words_any=("rust",), silent=True))
    await bench.services.subscriptions.add(wish, now=bench.herald.started_at, guild_id=bench.sandbox.guild.id)
    listed = await slash(bench, "following")
    assert f"<#{bench.news.id}> follows **Tech** · Automatic · Any of these words: **rust** · Silent" in text_of(listed)
    [one] = await followed(bench)
    entry = await act(bench, listed, "Open one", str(one.id))
    assert labels(entry) == ["Edit", "Pause this newsletter", "End…", "Back"]
    entry = await act(bench, entry, "Pause this newsletter")
    assert "⏸️ paused" in text_of(entry)
    assert [each.paused_at is not None for each in await followed(bench)] == [True]
    entry = await act(bench, entry, "Resume this newsletter")
    assert "paused" not in text_of(entry)
    panel = await act(bench, entry, "Edit")
    assert "Any of these words: **rust**" in text_of(panel)
    assert "Nothing is changed yet." in text_of(panel)
    asked = await act(bench, entry, "End…")
    assert "What was posted stays." in text_of(asked)
    assert await followed(bench) != []
    asked = await act(bench, await act(bench, asked, "Back"), "End…")
    ended = await act(bench, asked, "Stop following in #news")
    assert f"<#{bench.news.id}> no longer follows **Tech**." in ended.content
    assert await followed(bench) == []


async def test_a_channel_of_two_newsletters_is_paused_as_a_whole(bench: Bench, folder: Path) -> None:
    await follow(bench)
    await bench.slash("follow", newsletter="Arts", channel=str(bench.news.id))
    listed = await slash(bench, "following")
    first = (await followed(bench))[0]
    entry = await act(bench, listed, "Open one", str(first.id))
    await act(bench, entry, "Pause the whole channel")
    assert all(one.paused_at for one in await followed(bench))
    (folder / "new.md").write_text(issue_text(7, 1))
    await look(bench)
    assert bench.posted() == []
    await act(bench, entry, "Resume the whole channel")
    await bench.until_titles("Issue 7", "Story 7.1")


async def test_a_long_list_has_pages(bench: Bench) -> None:
    for number in range(12):
        channel = bench.sandbox.world.add_channel(bench.sandbox.guild, f"c{number}")
        wish = Follow.of("Tech", channel.id, Options())
        await bench.services.subscriptions.add(wish, now=bench.herald.started_at, guild_id=bench.sandbox.guild.id)
    listed = await slash(bench, "following")
    assert text_of(listed).count("follows **Tech**") == 10
    turned = await act(bench, listed, "Next")
    assert text_of(turned).count("follows **Tech**") == 2


async def test_a_member_cannot_use_the_list_of_an_admin(bench: Bench) -> None:
    await follow(bench)
    listed = await slash(bench, "following")
    member = bench.sandbox.world.add_user("somebody")
    bench.sandbox.world.add_member(bench.sandbox.guild, member)
    with pytest.raises(ClientError):
        await slash(bench, "following", user=member)
    with pytest.raises(ClientError):
        await act(bench, listed, "Open one", "1", user=member)


async def test_what_the_configuration_sets_is_shown_as_set_there(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    library(folder)
    async with running(sandbox, config_of(tmp_path, folder, sandbox, layout="thread")) as bench:
        await look(bench)
        assert "set in config.yaml" in (await follow(bench, layout="items")).content
        listed = await slash(bench, "following")
        assert "📄 set in config.yaml" in text_of(listed)
        [one] = await followed(bench)
        entry = await act(bench, listed, "Open one", str(one.id))
        buttons = {each["label"]: each.get("disabled") for row in entry.components for each in row["components"]}
        assert buttons["Edit"]
        assert buttons["End…"]
        assert one.layout is Layout.THREAD


def test_every_layout_is_offered() -> None:
    parameter = Following.follow.get_parameter("layout")
    assert parameter is not None
    assert {choice.value for choice in parameter.choices} == set(Layout)
    assert set(LAYOUTS) == set(Layout)  # in /setup
    assert {each.layout for each in cli.sandbox.LAYOUTS} | {Layout.AUTO} == set(Layout)


async def test_what_the_configuration_takes_over_is_told_with_before_and_after(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    library(folder)
    sandbox.world.add_channel(sandbox.guild, "admins")
    by_hand = Config(storage=str(tmp_path / "herald.db"), cache=tmp_path / "cache", newsletters=(newsletter(folder),))
    async with running(sandbox, by_hand) as bench:
        await look(bench)
        await follow(bench, layout="thread")
    in_file = config_of(tmp_path, folder, sandbox).model_copy(update={"admin_channel": sandbox.channel("admins").id})
    async with running(sandbox, in_file) as bench:
        told = await bench.until(lambda: [one.content for one in bench.posted(sandbox.channel("admins"))])
        assert "config.yaml sets it now." in told[0]
        assert "- Layout: In a thread → **Automatic**" in told[0]
        [one] = await followed(bench)
        assert one.layout is Layout.AUTO

"""`/status` agrees with `/following`, and its buttons mend what it names, for admins who see the channel."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asking import act, component, labels, press, slash, text_of
from bench import Bench, eventually, issue_text, newsletter, running

from config.settings import Config
from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.model import Channel, User
from sandbox.world.model_message import Message
from storage.options import Options
from storage.wishes import Follow

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """Nothing is set in the configuration: what follows is set up in Discord."""
    (folder / "1.md").write_text(issue_text(1, items=1))
    tech = newsletter(folder, max_new_issues=1, max_age=dt.timedelta(days=36_500))
    config = Config(storage=str(tmp_path / "h.db"), cache=tmp_path / "cache", newsletters=(tech,))
    async with running(sandbox, config) as bench:
        await follow(bench, bench.news)
        await bench.watcher.look_now()
        yield bench


async def follow(bench: Bench, channel: Channel) -> int:
    wish = Follow.of("Tech", channel.id, Options(), 0)
    one = await bench.services.subscriptions.add(wish, now=NOW, guild_id=bench.sandbox.guild.id)
    return one.id


def said(message: Message) -> str:
    return "\n".join(str(embed.get("description")) for embed in message.embeds).replace("\\", "")


def followers(message: Message) -> set[str]:
    named = re.findall(r"((?:<#\d+>(?:, )?)+) follows? \*\*", said(message))
    return set(re.findall(r"\d+", " ".join(named)))


async def test_it_agrees_with_following_whatever_happened_in_a_channel(bench: Bench) -> None:
    world, guild = bench.sandbox.world, bench.sandbox.guild
    subscriptions = bench.services.subscriptions
    places = [world.add_channel(guild, name) for name in ("reposts", "ended", "paused", "waits", "again")]
    reposts, ended, paused, waits, again = places
    for place in (reposts, again):
        await subscriptions.for_repost("Tech", place.id, now=NOW, guild_id=guild.id)
    await subscriptions.remove(await follow(bench, ended), now=NOW)
    await subscriptions.pause(await follow(bench, paused), now=NOW)
    await subscriptions.wait(await follow(bench, waits), "for a reason", now=NOW)
    await follow(bench, again)
    listed, shown = await slash(bench, "following"), await slash(bench, "status")
    assert followers(shown) == followers(listed)
    assert followers(shown) == {str(one.id) for one in (bench.news, paused, waits, again)}


async def test_a_paused_channel_is_resumed_in_place(bench: Bench, folder: Path) -> None:
    [one] = await bench.services.subscriptions.list()
    await bench.services.subscriptions.pause(one.id, now=NOW)
    (folder / "2.md").write_text(issue_text(2, items=1))
    await bench.watcher.look_now()
    status = await slash(bench, "status")
    assert "⏸️ paused" in said(status)
    await act(bench, status, "Resume Tech in #news")
    assert "⏸️ paused" not in said(status)
    assert labels(status) == ["Refresh"]
    await bench.until_titles("Issue 2", "Story 2.1")


async def test_a_source_is_looked_at_now(bench: Bench, folder: Path, tmp_path: Path) -> None:
    folder.rename(tmp_path / "away")
    await bench.watcher.look_now()
    status = await slash(bench, "status")
    assert "⚠️" in said(status)
    (tmp_path / "away").rename(folder)
    bench.watcher.poll = dt.timedelta(hours=1)
    await act(bench, status, "Check Tech now")
    assert "⚠️" not in said(status)


async def test_what_was_refused_is_tried_again_and_what_lacks_leads_to_its_panel(bench: Bench, folder: Path) -> None:
    bot = bench.sandbox.guild.members[bench.sandbox.world.bot.id]
    bench.sandbox.world.set_overwrite(bench.news, bot, deny=permissions.by_names(["EMBED_LINKS"]))
    (folder / "2.md").write_text(issue_text(2, items=1))
    await bench.watcher.look_now()

    async def is_blocked() -> bool:
        return bool(await bench.services.subscriptions.waiting())

    await eventually(is_blocked)
    status = await slash(bench, "status")
    assert labels(status) == ["Try #news again", "Set up Tech in #news", "Refresh"]
    panel = await press(bench, status, "Set up Tech")
    assert "Embed Links" in text_of(panel)
    await act(bench, status, "Try #news again")  # mends nothing while the permission lacks
    assert "Embed Links" in said(status)
    bench.sandbox.world.set_overwrite(bench.news, bot)
    await bench.until_titles("Issue 2", "Story 2.1")
    await bench.idle()
    await act(bench, status, "Refresh")
    assert "up to date" in said(status)
    assert labels(status) == ["Refresh"]


async def test_a_held_issue_is_decided_and_the_summary_goes_on(bench: Bench, folder: Path) -> None:
    for number in (2, 3):
        (folder / f"{number}.md").write_text(issue_text(number, items=1))
    await bench.watcher.look_now()
    status = await slash(bench, "status")
    assert "✋" in said(status)
    await act(bench, status, "File as read")
    assert "2 issues filed as read" in status.content
    assert "✋" not in said(status)
    await act(bench, status, "Refresh")
    assert status.content == ""


async def test_each_press_asks_who_presses(bench: Bench, sandbox: Sandbox) -> None:
    world, guild = sandbox.world, sandbox.guild
    reader = next(one for one in world.users.values() if one.username == "reader")
    helper: User = world.add_user("helper")
    role = world.add_role(guild, "Helpers", permissions.by_names(["MANAGE_GUILD"]))
    world.add_member(guild, helper, [role])
    secret = world.add_channel(guild, "secret")
    bot = guild.members[world.bot.id]
    world.set_overwrite(secret, bot, allow=permissions.by_names(["VIEW_CHANNEL"]))
    number = await follow(bench, secret)
    await bench.services.subscriptions.pause(number, now=NOW)
    status = await slash(bench, "status", user=helper)
    assert component(status, "Resume Tech in #secret")
    world.set_overwrite(secret, guild.members[helper.id], deny=permissions.by_names(["VIEW_CHANNEL"]))
    refused = await act(bench, status, "Resume Tech in #secret", user=helper)
    assert "You may not see that channel" in text_of(refused)
    status.ephemeral_to = reader.id  # as if a member had it
    refused = await act(bench, status, "Resume Tech in #secret", user=reader)
    assert "Manage Server" in text_of(refused)
    [paused] = [one for one in await bench.services.subscriptions.list() if one.id == number]
    assert paused.paused_at is not None
    status.ephemeral_to = helper.id
    await bench.services.subscriptions.remove(number, now=NOW)
    gone = await act(bench, status, "Resume Tech in #secret", user=helper)  # a button of an earlier time
    assert "no longer there" in text_of(gone)

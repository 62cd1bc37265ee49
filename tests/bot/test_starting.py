"""What a start says: how Herald is invited, and which channel cannot be posted to."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import discord
import pytest
from bench import Bench, configured, issue_text, newsletter, running

from app.starting import permissions_for
from config.settings import SubscriptionConfig
from errors import ConfigError, StorageAwayError
from sandbox.gateway.sessions import Session
from sandbox.server import ChannelSpec, Sandbox
from storage.departures import Departures
from storage.layouts import Layout


@pytest.mark.parametrize(
    ("layouts", "names"),
    [
        ([], set()),
        ([Layout.FORUM], {"send_messages_in_threads"}),
        ([Layout.AUTO], {"create_public_threads", "send_messages_in_threads"}),
        ([Layout.ITEMS, Layout.DIGEST], set()),
        ([Layout.THREAD], {"create_public_threads", "send_messages_in_threads"}),
    ],
)
def test_the_link_asks_for_what_the_layouts_take_and_no_more(layouts: list[Layout], names: set[str]) -> None:
    # discord.py calls View Channel read_messages
    always = {"read_messages", "send_messages", "embed_links", "read_message_history"}
    assert {name for name, is_set in permissions_for(layouts) if is_set} == names | always
    assert permissions_for(layouts, mentions_roles=True).mention_everyone


async def test_each_subscription_is_checked_and_what_is_wrong_is_told(
    sandbox: Sandbox, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    news, posts = sandbox.channel("news"), sandbox.channel("posts")
    config = configured(tmp_path, newsletter(folder), channel=news)
    more = (
        SubscriptionConfig(newsletter="Tech", channel=posts.id, layout=Layout.FORUM),
        SubscriptionConfig(newsletter="Tech", channel=123456789012345678),
    )
    config = config.model_copy(update={"subscriptions": (*config.subscriptions, *more), "admin_channel": news.id})
    async with running(sandbox, config) as bench:
        told = await bench.until(lambda: [one for one in bench.posted() if "Herald has started" in one.content])
        await bench.watcher.look_now()
        text = caplog.text
    assert "<#123456789012345678> cannot be seen" in told[0].content
    assert told[0].content.count("⚠️") == 1
    assert 'subscription ready newsletter="Tech" channel="#news"' in text
    assert re.search(r'subscription ready newsletter="Tech" channel="#posts" server="[^"]+" layout=forum', text)
    assert 'subscription blocked newsletter="Tech" channel="unknown"' in text
    assert 'source reached newsletter="Tech"' in text
    found = re.search(r"invite link permissions=(\d+) url=(\S+)", text)
    assert found
    query = parse_qs(urlsplit(found[2]).query)
    assert (query["permissions"], query["scope"]) == ([found[1]], ["bot applications.commands"])
    assert discord.Permissions(int(found[1])).send_messages_in_threads


@pytest.mark.parametrize(("code", "told"), [(4004, "Copy the bot's token"), (4011, "set discord.shards")])
async def test_what_ends_the_connection_for_good_says_what_to_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, code: int, told: str
) -> None:
    async def closed() -> None:
        raise discord.ConnectionClosed(mock.Mock(close_code=code), shard_id=None)

    monkeypatch.setattr(bench.herald, "connect", closed)
    with pytest.raises(ConfigError, match=told):
        await bench.herald.serve("sandbox")


async def test_it_is_ready_once_the_last_server_is_known_and_waits_for_no_more(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    sandbox.build("Other", [ChannelSpec("else")])
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    with mock.patch("app.client._NEXT_SERVER_S", 3_600.0):  # for which it would wait after the last one
        async with running(sandbox, config) as bench:
            assert len(bench.herald.guilds) == 2


async def test_it_is_not_ready_before_the_last_server_is_known(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    sandbox.build("Other", [ChannelSpec("else")])
    gateway = sandbox.core.gateway
    send, sent = gateway._send_guild, list[int]()

    def late(session: Session, guild_id: int) -> None:
        sent.append(guild_id)
        asyncio.get_running_loop().call_later(0.3 * (len(sent) - 1), send, session, guild_id)

    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    with mock.patch.object(gateway, "_send_guild", late):
        async with running(sandbox, config) as bench:
            assert [guild.unavailable for guild in bench.herald.guilds] == [False, False]


async def test_no_login_is_tried_when_discord_allows_none_any_more(
    sandbox: Sandbox, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A bot that its supervisor starts again and again would have its token reset."""
    caplog.set_level("INFO")
    sandbox.core.gateway.logins.update(remaining=0, reset_after=50)
    async with running(sandbox, configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))):
        at = {record.getMessage()[:8]: record.created for record in caplog.records}
    assert at["ready in"] - at["Discord "] >= 0.05


async def test_a_database_that_is_away_as_the_bot_gets_ready_is_waited_for(
    sandbox: Sandbox, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, failures = Departures.known, iter(range(2))  # once for the client, once for what posts

    async def away(self: Departures) -> set[int]:
        if next(failures, None) is not None:
            raise StorageAwayError("herald.db is locked by another program")
        return await known(self)

    monkeypatch.setattr(Departures, "known", away)
    (folder / "1.md").write_text(issue_text(1, items=1))
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), backfill=1)
    async with asyncio.timeout(15), running(sandbox, config) as bench:
        await bench.until_titles("Issue 1", "Story 1.1")

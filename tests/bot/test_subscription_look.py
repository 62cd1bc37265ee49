"""How a subscription may look and sound, from the configuration to the message in Discord."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from asking import text_of
from bench import Bench, configured, eventually, issue_text, newsletter, running

from delivery import crossposting
from sandbox.faults import Fault
from sandbox.server import Sandbox
from sandbox.world.model import NEWS
from sandbox.world.model_message import FLAG_CROSSPOSTED, FLAG_SUPPRESS_NOTIFICATIONS, Message
from storage.publishing import BUDGET


async def test_what_the_configuration_says_is_seen_in_discord(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    (folder / "1.md").write_text(issue_text(1))
    config = configured(
        tmp_path,
        newsletter(folder),
        channel=sandbox.channel("news"),
        backfill=1,
        silent=True,
        words_none=["story 1.2"],
        colour="#010203",
        header="{title}: {items}",
        body=0,
    )
    async with running(sandbox, config) as bench:
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.3")
        header, *stories = bench.posted()
        assert header.content == "Issue 1: 2 items"
        assert {one.embeds[0]["color"] for one in bench.posted()} == {0x010203}
        assert all(one.flags & FLAG_SUPPRESS_NOTIFICATIONS for one in bench.posted())
        assert not any("Text of story" in one.embeds[0].get("description", "") for one in stories)


async def test_a_forums_posts_are_silent_too(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    (folder / "1.md").write_text(issue_text(1, 1))
    posts = sandbox.channel("posts")
    config = configured(tmp_path, newsletter(folder), channel=posts, backfill=1, silent=True, layout="forum")
    async with running(sandbox, config) as bench:
        guild = sandbox.world.guilds[posts.guild_id or 0]
        thread = await bench.until(lambda: next(iter(guild.threads.values()), None))
        await bench.until_titles("Issue 1", "Story 1.1", channel=thread)
        assert all(one.flags & FLAG_SUPPRESS_NOTIFICATIONS for one in bench.posted(thread))


async def test_nothing_is_posted_in_quiet_hours_but_later(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    begin, end = now - dt.timedelta(hours=2), now + dt.timedelta(hours=2)
    (folder / "1.md").write_text(issue_text(1, 1))
    hours = f"{begin:%H:%M}-{end:%H:%M}"
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), backfill=1, quiet_hours=hours)
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        await eventually(lambda: _waits(bench))
        assert bench.posted() == []
        [waiting] = await bench.services.subscriptions.list()
        assert waiting.quiet_until is not None
        assert waiting.quiet_until == end.replace(second=0, microsecond=0)


async def _waits(bench: Bench) -> bool:
    [only] = await bench.services.subscriptions.list()
    return only.quiet_until is not None


async def test_an_announcement_channel_publishes_what_discord_lets_it(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    loud = sandbox.world.add_channel(sandbox.guild, "loud", NEWS)
    (folder / "1.md").write_text(issue_text(1, 12))
    config = configured(tmp_path, newsletter(folder), channel=loud, backfill=1, publish=True)
    async with running(sandbox, config) as bench:
        await bench.until(lambda: len(bench.posted(loud)) == 13)
        await bench.until(lambda: sum(is_published(one) for one in bench.posted(loud)) == BUDGET)
        assert is_published(bench.posted(loud)[0])
        [one] = await bench.services.subscriptions.list()
        await eventually(lambda: _waits_for(bench, one.id, 4))
        listed = await bench.slash("following")
        assert "📣 4 messages still to publish to followers, the next one on <t:" in text_of(listed)
        assert "📣 4 messages still to publish to followers" in text_of(await bench.slash("status"))
    async with running(sandbox, config) as bench:  # a restart publishes nothing twice, and nothing beyond the budget
        await bench.watcher.look_now()
        await bench.idle()
        assert sum(is_published(one) for one in bench.posted(loud)) == BUDGET


async def test_a_limit_on_publishing_that_others_used_up_keeps_no_message_away(
    sandbox: Sandbox, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crossposting, "REQUEST_LIMIT_S", 0.2)
    route = "POST /channels/*/messages/*/crosspost"
    sandbox.faults.add(Fault("rate_limit", route, count=None, seconds=2_000))
    loud = sandbox.world.add_channel(sandbox.guild, "loud", NEWS)
    (folder / "1.md").write_text(issue_text(1, 4))
    config = configured(tmp_path, newsletter(folder), channel=loud, backfill=1, publish=True)
    async with running(sandbox, config) as bench:
        await bench.until(lambda: len(bench.posted(loud)) == 5)
        await bench.idle()
        [one] = await bench.services.subscriptions.list()
        await eventually(lambda: _waits_for(bench, one.id, 5))
        (folder / "2.md").write_text(issue_text(2, 2))
        await bench.watcher.look_now()
        await bench.until(lambda: len(bench.posted(loud)) == 8)
        await eventually(lambda: _waits_for(bench, one.id, 8))
        # each further one would be held up as well, and count as a request too many
        assert sandbox.core.log.by_status[429] == 1


def is_published(message: Message) -> bool:
    return bool(message.flags & FLAG_CROSSPOSTED)


async def _waits_for(bench: Bench, subscription_id: int, count: int) -> bool:
    waiting = await bench.services.outbox.to_publish(subscription_id, now=dt.datetime.now(dt.UTC))
    return waiting.count == count and waiting.next_at is not None

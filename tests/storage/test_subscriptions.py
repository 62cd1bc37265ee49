from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event

from errors import UserError
from storage.archive import Archive
from storage.history import History
from storage.layouts import Layout, OnRemoved
from storage.options import Hours, changes
from storage.outbox import Outbox
from storage.records import State
from storage.subscriptions import Subscriptions
from storage.wishes import Follow

HOUR = dt.timedelta(hours=1)
WISH = Follow(
    newsletter="Tech Beats",
    channel=7,
    layout=Layout.THREAD,
    backfill=2,
    role=5,
    on_removed=OnRemoved.KEEP,
    tags=("a",),
    words_any=("rust", "c++"),
    colour=0xABCDEF,
    body=0,
    pictures=False,
    header="{title}",
    quiet_hours=Hours(dt.time(22), dt.time(7, 30)),
    time_zone="Europe/Berlin",
    silent=True,
    messages_per_hour=5,
)

PLAIN = Follow(newsletter="Tech Beats", channel=7, layout=Layout.THREAD)


@pytest.mark.both_engines
async def test_what_is_followed_is_remembered(subscriptions: Subscriptions, now) -> None:
    added = await subscriptions.add(WISH, now=now, guild_id=1)
    assert (added.newsletter, added.channel_id, added.guild_id, added.origin) == ("Tech Beats", 7, 1, "discord")
    assert (added.layout, added.backfill, added.role_id, added.on_removed) == ("thread", 2, 5, "keep")
    assert (added.options.tags, added.options.sections, added.created_at, added.backfilled_at) == (
        ("a",),
        (),
        now,
        None,
    )
    assert added.options == WISH.options
    assert await subscriptions.get(added.id) == added
    assert await subscriptions.find("Tech Beats", 7) == added
    assert await subscriptions.find("Tech Beats", 8) is None
    assert await subscriptions.list("Tech Beats", guild_id=1, channel_id=7) == [added]
    assert await subscriptions.list(guild_id=2) == []
    assert await subscriptions.get(99) is None


async def test_following_again_changes_how(subscriptions: Subscriptions, now) -> None:
    first = await subscriptions.add(WISH, now=now, guild_id=1)
    await subscriptions.backfilled([first.id], now=now)
    second = await subscriptions.add(replace(WISH, layout=Layout.ITEMS), now=now + HOUR)
    assert (second.id, second.layout, second.guild_id) == (first.id, "items", 1)
    assert (second.created_at, second.backfilled_at) == (now, now)


@pytest.mark.both_engines
async def test_who_stops_and_follows_again_gets_nothing_twice(
    subscriptions: Subscriptions, outbox: Outbox, archive: Archive, make, now
) -> None:
    added = await subscriptions.add(replace(PLAIN, layout=Layout.ITEMS), now=now)
    issue = make.issue("a", "b")
    [found] = await archive.store("Tech Beats", [(issue, now)], now=now)
    await outbox.plan(found.id, now=now)
    first = await outbox.claim_next(7, now=now)
    assert first is not None
    await outbox.sent(first.id, 1, now=now)
    assert await subscriptions.remove(added.id, now=now)
    assert not await subscriptions.remove(added.id, now=now)
    assert await subscriptions.list() == []
    assert await outbox.claim_next(7, now=now) is None
    assert (await outbox.counts())[State.SKIPPED] == 2
    again = await subscriptions.add(PLAIN, now=now + HOUR)
    assert (again.id, again.created_at, again.backfilled_at) == (added.id, now + HOUR, None)
    await archive.store("Tech Beats", [(replace(issue, items=(replace(issue.items[0], body="x"),)), now)], now=now)
    assert await outbox.plan(found.id, [again.id], now=now) == 0
    claimed = await outbox.claim_next(7, now=now)
    assert claimed is not None
    assert (claimed.action, claimed.item_id) == ("edit", None)


async def test_the_configuration_decides_on_its_own(subscriptions: Subscriptions, now) -> None:
    said = await subscriptions.add(Follow(newsletter="N", channel=1), now=now)
    wishes = [Follow(newsletter="N", channel=2), Follow(newsletter="N", channel=3, backfill=4)]
    configured = await subscriptions.from_config(wishes, now=now)
    assert [each.channel_id for each in configured.present] == [2, 3]
    assert configured.taken_over == []
    await subscriptions.from_config(wishes[1:], now=now + HOUR)
    assert [(each.channel_id, each.origin) for each in await subscriptions.list()] == [(1, "discord"), (3, "config")]
    configured = await subscriptions.from_config([Follow(newsletter="N", channel=1, layout=Layout.DIGEST)], now=now)
    [taken] = configured.taken_over
    assert (taken.before, changes(taken.before.options, taken.after.options)) == (said, ["layout"])
    with pytest.raises(UserError, match=r"set in config\.yaml"):
        await subscriptions.add(Follow(newsletter="N", channel=1), now=now)
    [only] = await subscriptions.list()
    assert (only.id, only.origin, only.layout) == (said.id, "config", "digest")


async def test_backfills_are_to_do_until_they_are_done(subscriptions: Subscriptions, now) -> None:
    added = await subscriptions.add(WISH, now=now)
    assert await subscriptions.to_backfill("Tech Beats") == [added]
    await subscriptions.backfilled([added.id], now=now)
    assert await subscriptions.to_backfill("Tech Beats") == []


@pytest.mark.both_engines
async def test_waiting_is_news_once(subscriptions: Subscriptions, now) -> None:
    added = await subscriptions.add(WISH, now=now)
    assert await subscriptions.wait(added.id, "no permission", now=now)
    assert not await subscriptions.wait(added.id, "no permission", now=now + HOUR)
    assert await subscriptions.wait(added.id, "the channel is gone", now=now + HOUR)
    [waiting] = await subscriptions.waiting()
    assert (waiting.waiting_reason, waiting.waiting_since) == ("the channel is gone", now)
    assert await subscriptions.go_on(added.id)
    assert not await subscriptions.go_on(added.id)
    assert await subscriptions.waiting() == []


async def test_who_waits_or_pauses_is_passed_over_and_goes_on_where_it_stopped(
    subscriptions: Subscriptions, outbox: Outbox, archive: Archive, make, now
) -> None:
    one = await subscriptions.add(Follow(newsletter="One", channel=7), now=now)
    await subscriptions.add(Follow(newsletter="Two", channel=7), now=now)
    for name in ("One", "Two"):
        [found] = await archive.store(name, [(make.issue("a"), now)], now=now)
        await outbox.plan(found.id, now=now)
    await subscriptions.wait(one.id, "no permission", now=now)
    other = await outbox.claim_next(7, now=now)
    assert other is not None
    assert other.newsletter == "Two"
    await outbox.sent(other.id, 1, now=now)
    await subscriptions.go_on(one.id)
    assert await subscriptions.pause(one.id, now=now)
    assert not await subscriptions.pause(one.id, now=now)
    passed = await outbox.claim_next(7, now=now)
    assert passed is not None
    assert passed.newsletter == "Two"
    await outbox.released(passed.id)
    assert await subscriptions.resume(one.id)
    assert not await subscriptions.resume(one.id)
    mine = await outbox.claim_next(7, now=now)
    assert mine is not None
    assert (mine.newsletter, mine.item_id) == ("One", None)


@pytest.mark.both_engines
async def test_a_server_is_remembered(subscriptions: Subscriptions, now) -> None:
    added = await subscriptions.add(WISH, now=now)
    assert added.guild_id is None
    await subscriptions.learn_guilds({7: 99, 8: 98}.get)
    assert [each.id for each in await subscriptions.list(guild_id=99)] == [added.id]


async def test_a_repost_uses_the_channels_own_subscription(subscriptions: Subscriptions, now) -> None:
    own = await subscriptions.add(WISH, now=now)
    assert (await subscriptions.for_repost("Tech Beats", 7, now=now)).id == own.id
    once = await subscriptions.for_repost("Tech Beats", 8, now=now, guild_id=1)
    assert (await subscriptions.for_repost("Tech Beats", 8, now=now)).id == once.id
    assert await subscriptions.find("Tech Beats", 8) is None
    assert [each.id for each in await subscriptions.list()] == [own.id]
    follows = await subscriptions.add(replace(WISH, channel=8), now=now)
    assert (follows.id, follows.origin) == (once.id, "discord")


@pytest.mark.both_engines
async def test_status_counts_what_each_channel_has(
    subscriptions: Subscriptions, outbox: Outbox, archive: Archive, make, now
) -> None:
    await subscriptions.add(Follow(newsletter="N", channel=7), now=now, guild_id=1)
    await subscriptions.add(Follow(newsletter="N", channel=8), now=now, guild_id=2)
    [found] = await archive.store("N", [(make.issue("a", "b"), now)], now=now)
    await outbox.plan(found.id, now=now)
    first = await outbox.claim_next(7, now=now)
    assert first is not None
    await outbox.sent(first.id, 1, now=now + HOUR)
    second = await outbox.claim_next(7, now=now)
    assert second is not None
    await outbox.failed(second.id, "HTTP 400")
    seven, eight = await subscriptions.status()
    assert (seven.pending, seven.sending, seven.sent, seven.failed) == (1, 0, 1, 1)
    assert (seven.oldest_pending_at, seven.last_done_at) == (now, now + HOUR)
    assert (eight.pending, eight.sent, eight.last_done_at) == (3, 0, None)
    assert [each.subscription.channel_id for each in await subscriptions.status(guild_id=2)] == [8]


@pytest.mark.both_engines
async def test_a_long_list_takes_as_few_statements_as_a_short_one(
    subscriptions: Subscriptions, archive: Archive, outbox: Outbox, make, now
) -> None:
    await archive.store("Tech Beats", [(make.issue("a"), now)], now=now)
    asked: list[str] = []

    def note(_connection, _cursor, statement: str, *_: object) -> None:
        if "processes" not in statement:  # another task renews its row there
            asked.append(statement)

    async def configured(channels: range, **options: Any) -> int:
        """Configure the channels, and return how many statements that took."""
        asked.clear()
        wishes = [Follow(newsletter="Tech Beats", channel=number, **options) for number in channels]
        found = await subscriptions.from_config(wishes, now=now)
        count = len(asked)
        assert [each.channel_id for each in found.present] == list(channels)
        assert await subscriptions.list() == found.present
        return count

    event.listen(Engine, "before_cursor_execute", note)
    try:
        new = await configured(range(1, 401))
        ids = {each.id: each.channel_id for each in await subscriptions.list()}
        await subscriptions.pause(1, now=now)
        assert await outbox.plan(1, now=now) == 800
        same = await configured(range(1, 401))
        other = await configured(range(1, 401), layout=Layout.THREAD)
        fewer = await configured(range(1, 3), layout=Layout.THREAD)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert max(new, same, other, fewer) < 20
    first, second = await subscriptions.list()
    assert (first.channel_id, first.paused_at, first.layout) == (1, now, "thread")
    assert (second.channel_id, second.paused_at, ids[second.id]) == (2, None, 2)
    counts = await outbox.counts()
    assert (counts[State.PENDING], counts[State.SKIPPED]) == (4, 796)
    said = await History(subscriptions._db).of_follower(second.id)
    assert [(one.kind, one.detail) for one in said] == [("followed", "auto"), ("adjusted", "layout: auto → thread")]

"""Who leaves: nothing is owed there any more, what is stored goes after a grace time, who comes back has it all."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asking import config_of, issue_of, look, slash, text_of
from bench import Bench, eventually, issue_text, running

from clock import utc_now
from cogs.delivery import DeliveryWorker
from delivery.leaving import Leaving
from sandbox.server import Sandbox
from sandbox.world.model import Channel, Guild, User
from sandbox.world.model_message import Message
from storage import forgetting
from storage.alert_outbox import AlertOutbox
from storage.records import State

MONTH = dt.timedelta(days=30)


def later_in(bench: Bench, ahead: dt.timedelta) -> Leaving:
    """The same, seen some days later."""
    return Leaving(
        bench.herald,
        bench.services.departures,
        grace=lambda: bench.services.config.forget_after,
        tell_admins=bench.herald.tell_admins,
        clock=lambda: utc_now() + ahead,
        between_s=0,
    )


async def gone(bench: Bench, guild: Guild) -> None:
    """Until Herald knows that it was removed."""

    async def is_known() -> bool:
        return guild.id in await bench.services.departures.left()

    await eventually(is_known)


async def back(bench: Bench, guild: Guild) -> None:
    async def is_known() -> bool:
        return guild.id not in await bench.services.departures.left()

    bench.sandbox.world.invite_bot(guild)
    await eventually(is_known)


async def skipped(bench: Bench) -> int:
    return (await bench.services.outbox.counts())[State.SKIPPED]


async def test_a_server_that_comes_back_has_its_subscriptions_and_nothing_twice(bench: Bench, folder: Path) -> None:
    guild, world = bench.sandbox.guild, bench.sandbox.world
    (folder / "1.md").write_text(issue_text(1, items=1))
    await bench.until_titles("Issue 1", "Story 1.1")
    await bench.idle()
    await slash(bench, "pause")
    (folder / "2.md").write_text(issue_text(2, items=2))
    await eventually(lambda: owed(bench, 3))
    world.remove_bot(guild)
    await gone(bench, guild)
    assert await skipped(bench) == 3  # nothing is owed any more
    (folder / "3.md").write_text(issue_text(3, items=2))
    await look(bench)
    assert (await bench.services.outbox.counts())[State.PENDING] == 0
    await back(bench, guild)
    await slash(bench, "resume")
    (folder / "4.md").write_text(issue_text(4, items=1))
    await bench.until(lambda: "Story 4.1" in bench.titles())
    await bench.idle()
    # within a day nothing that was owed is lost; what came out meanwhile was never owed
    assert bench.titles() == ["Issue 1", "Story 1.1", "Issue 2", "Story 2.1", "Story 2.2", "Issue 4", "Story 4.1"]


async def owed(bench: Bench, count: int) -> bool:
    return (await bench.services.outbox.counts())[State.PENDING] == count


async def test_after_more_than_a_day_old_news_stay_away(bench: Bench, folder: Path) -> None:
    guild = bench.sandbox.guild
    await slash(bench, "pause")
    (folder / "1.md").write_text(issue_text(1, items=2))
    await eventually(lambda: owed(bench, 3))
    bench.sandbox.world.remove_bot(guild)
    await gone(bench, guild)
    assert await bench.services.departures.server_back(guild.id, now=utc_now() + dt.timedelta(days=2))
    await back(bench, guild)
    await slash(bench, "resume")
    (folder / "2.md").write_text(issue_text(2, items=1))
    await bench.until_titles("Issue 2", "Story 2.1")


async def test_a_removal_that_happens_while_herald_is_away_is_noticed(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = config_of(tmp_path, folder, sandbox)
    home = sandbox.world.add_guild("Home", sandbox.world.owner)
    config = config.model_copy(update={"admin_channel": sandbox.world.add_channel(home, "admins").id})
    async with running(sandbox, config) as bench:
        await slash(bench, "pause")
        (folder / "1.md").write_text(issue_text(1, items=2))
        await eventually(lambda: owed(bench, 3))
    sandbox.world.remove_bot(sandbox.guild)
    async with running(sandbox, config) as bench:
        await gone(bench, sandbox.guild)
        admins = home.channels[config.admin_channel or 0]
        [told] = await bench.until(lambda: bench.posted(admins))
        assert "removed from the server" in told.content
        assert "Nothing can be posted" not in told.content
        assert await skipped(bench) == 3
        assert (await bench.services.outbox.counts())[State.PENDING] == 0
    sandbox.world.invite_bot(sandbox.guild)
    async with running(sandbox, config) as bench:
        await slash(bench, "resume")
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")
        assert bench.posted(admins) == [told]


async def test_another_account_ends_nothing(sandbox: Sandbox, folder: Path, tmp_path: Path) -> None:
    async with running(sandbox, config_of(tmp_path, folder, sandbox)) as bench:
        here = {sandbox.guild.id}
        assert not await bench.services.departures.is_same_bot(1, {5})
        assert await bench.services.departures.is_same_bot(sandbox.world.bot.id, {5})
        assert await bench.services.departures.is_same_bot(1, here)


async def test_what_is_stored_about_a_server_is_deleted_after_the_grace_time(bench: Bench, folder: Path) -> None:
    guild = bench.sandbox.guild
    (folder / "1.md").write_text(issue_text(1, items=1))
    await bench.until_titles("Issue 1", "Story 1.1")
    await slash(bench, "alert", "add", query="kestrel")
    bench.sandbox.world.remove_bot(guild)
    await gone(bench, guild)
    await later_in(bench, MONTH - dt.timedelta(hours=1)).sweep()
    assert any((await forgetting.server_holdings(bench.services.db, guild.id)).values())
    await later_in(bench, MONTH + dt.timedelta(hours=1)).sweep()
    assert not any((await forgetting.server_holdings(bench.services.db, guild.id)).values())
    assert not any((await forgetting.member_holdings(bench.services.db, bench.sandbox.world.owner.id)).values())
    bench.sandbox.world.invite_bot(guild)  # what is set in config.yaml is there again, what is there is known again

    async def follows() -> bool:
        return bool(await bench.services.subscriptions.list(guild_id=guild.id))

    await eventually(follows)
    (folder / "2.md").write_text(issue_text(2, items=1))
    await bench.until_titles("Issue 1", "Story 1.1", "Issue 2", "Story 2.1")


# members


def reader(bench: Bench) -> User:
    return next(user for user in bench.sandbox.world.users.values() if user.username == "reader")


def told(bench: Bench, user: User) -> list[Message]:
    return bench.sandbox.messages(bench.sandbox.world.direct_channel(user))


NUMBERS = iter(range(1, 1000))


def kestrel(folder: Path, *, word: str = "kestrel") -> int:
    """Write an issue that the alert hears of."""
    number = next(NUMBERS)
    story = (f"A {word} of number {number}", f"https://{word}.example/{number}", f"Number {number} flew.")
    (folder / f"{number}.md").write_text(issue_of(f"Issue {number}", "2026-03-02", story))
    return number


async def quiet(bench: Bench) -> None:
    """Until alerts were compared with everything, and each has come to an end."""
    alerting: Any = bench.herald.get_cog("AlertCommands")
    await look(bench)
    await bench.idle()
    await alerting.alerting._match()

    async def is_done() -> bool:
        counts = await bench.services.alert_outbox.counts()
        alerting.alerting.wake()
        return not counts[State.PENDING] and not counts[State.SENDING]

    await eventually(is_done)


async def test_servers_that_come_at_once_are_seen_to_together(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = bench.herald.get_cog("DeliveryWorker")
    assert isinstance(worker, DeliveryWorker)
    learn_places, looks = bench.herald.learn_places, 0

    async def counted() -> None:
        nonlocal looks
        looks += 1
        await learn_places()

    monkeypatch.setattr(bench.herald, "learn_places", counted)
    [guild] = bench.herald.guilds
    await asyncio.gather(*(worker.on_guild_available(guild) for _ in range(50)))
    assert looks == 2  # that of the first, and one for all who came meanwhile


async def test_who_left_hears_nothing_and_who_came_back_does(bench: Bench, folder: Path) -> None:
    user, guild, world = reader(bench), bench.sandbox.guild, bench.sandbox.world
    await slash(bench, "alert", "add", query="kestrel", user=user)
    world.remove_member(guild, user)
    kestrel(folder)
    await quiet(bench)
    assert told(bench, user) == []
    assert (await bench.services.alert_outbox.counts())[State.SKIPPED] == 1
    await later_in(bench, MONTH - dt.timedelta(hours=1)).sweep()
    world.add_member(guild, user)
    number = kestrel(folder)
    [message] = await bench.until(lambda: told(bench, user))
    assert f"number {number}" in text_of(message)
    await later_in(bench, MONTH + dt.timedelta(hours=1)).sweep()  # the time of the first leaving does not count
    assert len(await bench.services.alerts.of(user.id)) == 1


async def test_what_is_stored_about_who_left_is_deleted_after_the_grace_time(bench: Bench, folder: Path) -> None:
    user, guild = reader(bench), bench.sandbox.guild
    await slash(bench, "alert", "add", query="kestrel", user=user)
    kestrel(folder)
    await bench.until(lambda: told(bench, user))
    await quiet(bench)
    bench.sandbox.world.set_member_roles(guild, user, [bench.sandbox.world.add_role(guild, "Helpers", 1 << 5)])
    await slash(bench, "pause", user=user)
    await slash(bench, "setup", user=user)
    bench.sandbox.world.remove_member(guild, user)
    await later_in(bench, dt.timedelta(0)).sweep()
    exported = json.dumps(await bench.services.alerts.export(user.id))
    assert str(guild.id) in json.loads(exported)["servers_left"][0]["server_id"]
    assert [one["kind"] for one in json.loads(exported)["acts"]] == ["paused"]
    assert len(json.loads(exported)["open_panels"]) == 1
    await later_in(bench, MONTH - dt.timedelta(hours=1)).sweep()
    assert len(await bench.services.alerts.of(user.id)) == 1
    await later_in(bench, MONTH + dt.timedelta(hours=1)).sweep()
    assert not any((await forgetting.member_holdings(bench.services.db, user.id)).values())


@pytest.fixture
async def two(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[tuple[Bench, Channel]]:
    """Two servers that may see the newsletter; the reader is a member of both."""
    other = sandbox.world.add_guild("Elsewhere", sandbox.world.owner)
    hall = sandbox.world.add_channel(other, "hall")
    sandbox.world.add_member(other, next(one for one in sandbox.world.users.values() if one.username == "reader"))
    config = config_of(tmp_path, folder, sandbox)
    everyones = config.newsletters[0].model_copy(update={"servers": (sandbox.guild.id, other.id)})
    async with running(sandbox, config.model_copy(update={"newsletters": (everyones,)})) as bench:
        await look(bench)
        yield bench, hall


async def alert_in(bench: Bench, channel: Channel, query: str) -> Message:
    from asking import ask

    option = [{"name": "query", "type": 3, "value": query}]
    data = {"type": 1, "name": "alert", "options": [{"name": "add", "type": 1, "options": option}]}
    return await ask(bench, {"type": 2, "data": data}, user=reader(bench), channel=channel)


async def test_alerts_of_two_servers_are_two_and_tell_once(two: tuple[Bench, Channel], folder: Path) -> None:
    bench, hall = two
    user = reader(bench)
    await alert_in(bench, bench.news, "kestrel")
    assert "kestrel" in text_of(await alert_in(bench, hall, "kestrel"))
    assert sorted(one.guild_id or 0 for one in await bench.services.alerts.of(user.id)) == sorted(
        [bench.sandbox.guild.id, hall.guild_id or 0]
    )
    listed = text_of(await slash(bench, "alert", "list", user=user))
    assert "kestrel · Elsewhere" in listed
    kestrel(folder)
    await quiet(bench)
    [message] = told(bench, user)
    assert text_of(message).count("of number") == 1
    # its words end the alert of the server where they are typed, not the other server's
    assert "no longer" in text_of(await slash(bench, "alert", "remove", alert="kestrel", user=user))
    assert [one.guild_id for one in await bench.services.alerts.of(user.id)] == [hall.guild_id]


async def test_who_left_one_server_is_told_by_the_alert_of_the_other(two: tuple[Bench, Channel], folder: Path) -> None:
    bench, hall = two
    user = reader(bench)
    await alert_in(bench, bench.news, "kestrel")
    await alert_in(bench, bench.news, "heron")
    await alert_in(bench, hall, "kestrel")
    bench.sandbox.world.remove_member(bench.sandbox.guild, user)
    kestrel(folder)
    kestrel(folder, word="heron")
    await quiet(bench)
    [message] = told(bench, user)
    assert "heron" not in text_of(message).casefold()
    [stored] = [one for one in (await bench.services.alerts.export(user.id))["messages"] if one["state"] == "sent"]
    assert stored["server_id"] == str(hall.guild_id)


async def test_what_was_matched_before_a_server_lost_the_newsletter_is_not_told(
    two: tuple[Bench, Channel], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, hall = two
    plan = AlertOutbox.plan

    async def plan_and_lose(outbox: AlertOutbox, *args: Any, **more: Any) -> int:
        owed = await plan(outbox, *args, **more)
        bench.services.door.servers = {"Tech": frozenset({bench.sandbox.guild.id})}
        return owed

    monkeypatch.setattr(AlertOutbox, "plan", plan_and_lose)
    await alert_in(bench, hall, "kestrel")
    kestrel(folder)

    async def is_skipped() -> bool:
        return (await bench.services.alert_outbox.counts())[State.SKIPPED] == 1

    await eventually(is_skipped)
    assert told(bench, reader(bench)) == []

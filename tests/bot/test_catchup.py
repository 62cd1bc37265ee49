"""`/catchup`: what there was since a member last looked, what interests them first, in pages that outlive a restart."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asking import act, ask, component, is_private, issue_of, labels, look, press, slash, text_of
from bench import Bench, configured, eventually, newsletter, running

from cogs import catching_up
from config.settings import Config
from sandbox.server import Sandbox
from sandbox.world.model import Channel, User
from sandbox.world.model_message import Message
from storage.options import Options
from storage.wishes import Follow

TODAY = dt.datetime.now(dt.UTC).date()
PROSE = "A paragraph of prose that says enough about its subject to be worth the time of somebody who reads it."


def days_ago(days: int) -> str:
    return (TODAY - dt.timedelta(days=days)).isoformat()


def issue(number: int, days: int, *, about: str = "Bread", link: str = "") -> str:
    stories = (
        (f"{about} {number}", f"https://short.example/{number}", "One line."),
        (f"Plain {number}", f"https://plain.example/{number}", "Another."),
        (f"Third {number}", f"https://third.example/{number}", "Third."),
        (f"Fourth {number}", f"https://fourth.example/{number}", "Fourth."),
        (f"{about} {number} at length", link or f"https://long.example/{number}", PROSE),
    )
    return issue_of(f"Issue {number}", days_ago(days), *stories)


@pytest.fixture
def config(sandbox: Sandbox, folder: Path, tmp_path: Path) -> Config:
    """Six issues of one newsletter in the last days, one of them about otters; one of a second; one that is old."""
    for number in range(1, 7):
        (folder / f"{number}.md").write_text(issue(number, number, about="Otter" if number == 5 else "Bread"))
    (folder / "old.md").write_text(issue(30, 30, about="Walrus"))
    other = tmp_path / "other"
    other.mkdir()
    (other / "1.md").write_text(issue(20, 4, about="Ships", link="https://long.example/1"))
    newsletters = (newsletter(folder), newsletter(other, name="Harbour"))
    return configured(tmp_path, *newsletters, channel=sandbox.channel("news"))


@pytest.fixture
async def bench(sandbox: Sandbox, config: Config) -> AsyncIterator[Bench]:
    async with running(sandbox, config) as bench:
        await look_at_all(bench)
        yield bench


async def look_at_all(bench: Bench) -> None:
    for watcher in bench.services.watchers.values():
        await watcher.look_now()


@pytest.fixture
def reader(sandbox: Sandbox) -> User:
    return next(one for one in sandbox.world.users.values() if one.username == "reader")


async def catchup(
    bench: Bench, user: User | None = None, *, days: int | None = None, channel: Channel | None = None
) -> Message:
    options = [] if days is None else [{"name": "days", "type": 4, "value": days}]
    body: dict[str, Any] = {"type": 2, "data": {"type": 1, "name": "catchup", "options": options}}
    asker, before = user or bench.sandbox.world.owner, dt.datetime.now(dt.UTC)
    answer = await ask(bench, body, user=user, channel=channel)

    async def is_noted() -> bool:
        servers = await bench.services.catchups.servers_of(asker.id)
        looks = await bench.services.catchups.looked_at(asker.id, servers)
        return all(at >= before for at in looks.values()) and bool(looks)

    if "Herald does not know" not in text_of(answer):
        await eventually(is_noted)  # behind the answer
    return answer


async def opened(bench: Bench, user: User) -> list[int]:
    """What a member opened, the last first."""
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    return await bench.services.catchups.opened_before(user.id, [bench.sandbox.guild.id], tomorrow)


async def open_first(bench: Bench, message: Message, menu: str, user: User) -> Message:
    """Open the first item of a menu."""
    return await press(bench, message, menu, first_of(message, menu), user=user)


def issues_in(message: Message) -> list[str]:
    """The issues of a page, in their order."""
    lines = message.embeds[0]["description"].splitlines()
    return [line.strip("*") for line in lines if line.startswith("**Issue")]


def block_of(message: Message, title: str) -> str:
    blocks = str(message.embeds[0]["description"]).split("\n\n")
    return next(block for block in blocks if block.startswith(f"**{title}**"))


async def test_the_first_look_shows_a_week_and_the_next_what_came_since(
    bench: Bench, folder: Path, reader: User
) -> None:
    first = await catchup(bench, reader)
    assert is_private(first, reader)
    text = text_of(first)
    assert "shows the last 7 days" in text
    assert "**7 issues, 35 items**" in text
    assert "Walrus" not in text
    again = await catchup(bench, reader)
    assert "Nothing new since" in text_of(again)
    assert labels(again) == ["The last 7 days", "The last 30 days"]
    (folder / "new.md").write_text(issue(7, 0, about="Heron"))
    await look(bench)
    await bench.idle()
    assert issues_in(await catchup(bench, reader)) == ["Issue 7"]
    assert "Issue 7" not in text_of(await catchup(bench, reader))
    wider = await act(bench, again, "The last 30 days", user=reader)
    assert "**8 issues" in text_of(wider)  # and not what came after it was asked
    assert "**9 issues" in text_of(await catchup(bench, reader, days=60))


async def test_one_of_each_newsletter_comes_before_a_second_of_the_same(bench: Bench, reader: User) -> None:
    page = await catchup(bench, reader)
    assert issues_in(page) == ["Issue 1", "Issue 20", "Issue 2", "Issue 3"]
    told = [line for line in block_of(page, "Issue 2").splitlines() if line.startswith("[")]
    assert [line.split("]")[0] for line in told] == ["[Bread 2", "[Bread 2 at length", "[Plain 2"]
    assert "in 2 issues" in block_of(page, "Issue 1")
    assert "https://long.example/1)" not in block_of(page, "Issue 20")  # the same link is shown once
    options = [{"name": "count", "type": 4, "value": 2}]
    latest = await ask(bench, {"type": 2, "data": {"type": 1, "name": "latest", "options": options}}, user=reader)
    shown = [line for line in text_of(latest).splitlines() if line.startswith("**")]
    assert shown == ["**Issue 1**", "**Issue 2**", "**Issue 20**"]


async def test_what_interests_a_member_comes_first_and_is_theirs_alone(bench: Bench, reader: User) -> None:
    first = await catchup(bench, reader, days=20)
    before = issues_in(first)
    await bench.services.alerts.add(reader.id, bench.sandbox.guild.id, "otter", now=dt.datetime.now(dt.UTC))
    page = await catchup(bench, reader, days=20)
    assert issues_in(page)[0] == "Issue 5"
    assert "🔔 otter" in block_of(page, "Issue 5")
    assert "2 items fit your interests." in text_of(page)
    assert issues_in(await catchup(bench, days=20)) == before
    turned = await act(bench, first, "Next", user=reader)
    assert issues_in(turned) == ["Issue 4", "Issue 5", "Issue 6"]  # a later alert does not move the pages either


async def test_what_a_member_opened_counts_from_the_first_catch_up_on(bench: Bench, reader: User) -> None:
    found = await slash(bench, "search", query="otter sort:date", user=reader)
    await open_first(bench, found, "Open a result", reader)
    page = await catchup(bench, reader)
    assert await opened(bench, reader) == []  # nothing is kept about who never caught up
    await open_first(bench, found, "Open a result", reader)
    await eventually(lambda: opened(bench, reader))
    assert await opened(bench, bench.sandbox.world.owner) == []
    turned = await act(bench, page, "Next", user=reader)
    assert issues_in(turned) == ["Issue 4", "Issue 5", "Issue 6"]  # what was opened since does not move the pages
    later = await catchup(bench, reader, days=20)
    assert issues_in(later)[0] == "Issue 5"
    assert "like what you opened: otter" in block_of(later, "Issue 5")
    assert "[Otter 5](" not in text_of(later)  # it was read


async def test_pages_turn_after_a_restart(sandbox: Sandbox, config: Config, reader: User) -> None:
    async with running(sandbox, config) as bench:
        await look_at_all(bench)
        page = await catchup(bench, reader)
        assert page.embeds[0]["footer"]["text"] == "Page 1 of 2"
    async with running(sandbox, config) as bench:
        on = await act(bench, page, "Next", user=reader)
        assert issues_in(on) == ["Issue 4", "Issue 5", "Issue 6"]
        assert on.embeds[0]["footer"]["text"] == "Page 2 of 2"
        assert "Bread 4" in text_of(await open_first(bench, on, "Open an item", reader))


def first_of(message: Message, menu: str) -> str:
    return str(component(message, menu)["options"][0]["value"])


async def test_a_direct_message_knows_the_servers_of_a_first_look(bench: Bench, reader: User) -> None:
    direct = bench.sandbox.world.direct_channel(reader)
    assert "in one of them first" in text_of(await catchup(bench, reader, channel=direct))
    await catchup(bench, reader)
    assert "**7 issues" in text_of(await catchup(bench, reader, days=7, channel=direct))


async def test_all_of_it_is_shown_and_forgotten(bench: Bench, reader: User) -> None:
    page = await catchup(bench, reader)
    await open_first(bench, page, "Open an item", reader)
    await eventually(lambda: opened(bench, reader))
    stored = await bench.services.alerts.export(reader.id)
    assert [one["server_id"] for one in stored["caught_up"]] == [str(bench.sandbox.guild.id)]
    assert len(stored["opened"]) == 1
    await bench.services.alerts.forget(reader.id)
    stored = await bench.services.alerts.export(reader.id)
    assert (stored["caught_up"], stored["opened"]) == ([], [])


async def test_what_a_channel_got_when_it_began_to_follow_is_new_there(
    bench: Bench, sandbox: Sandbox, folder: Path, reader: User
) -> None:
    (folder / "older.md").write_text(issue(60, 60, about="Auk"))
    before = dt.datetime.now(dt.UTC)
    place = sandbox.world.add_channel(sandbox.guild, "late")
    wish = Follow.of("Tech", place.id, Options(), 8)
    await bench.services.subscriptions.add(wish, now=before, guild_id=sandbox.guild.id)
    await look(bench)
    await bench.idle()
    text = text_of(await catchup(bench, reader))
    assert "**9 issues" in text  # with the one of thirty days ago, and that of sixty
    await bench.services.catchups.looked(reader.id, [sandbox.guild.id], now=dt.datetime.now(dt.UTC))
    assert "Nothing new" in text_of(await catchup(bench, reader))


async def test_a_time_that_is_too_long_is_cut_and_said(bench: Bench, reader: User) -> None:
    now = dt.datetime.now(dt.UTC)
    await bench.services.catchups.looked(reader.id, [bench.sandbox.guild.id], now=now - dt.timedelta(days=400))
    text = text_of(await catchup(bench, reader))
    assert f"This shows the last {catching_up.MOST_DAYS} days." in text
    assert "**8 issues" in text


async def test_it_speaks_the_language_of_whoever_asks(bench: Bench, reader: User) -> None:
    reader.locale = "ja"
    assert "直近7日間" in text_of(await catchup(bench, reader))

"""Discord refuses: one message, for a while, or everything in a channel; each is told from the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import pytest
from asking import differences
from bench import Bench, configured, eventually, issue_text, newsletter, running

from delivery import dispatcher, refused
from sandbox.faults import Fault
from sandbox.rules import fields
from sandbox.server import Sandbox
from sandbox.world.model import Channel
from storage.records import State

POST = "POST /channels/*/messages"
THREADS = {"thread": "POST /channels/*/messages/*/threads", "forum": "POST /channels/*/threads"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "FIRST_DELAY_S", 0.0)
    monkeypatch.setattr(refused, "FIRST_WAIT", dt.timedelta(milliseconds=20))
    monkeypatch.setattr(refused, "LONGEST_WAIT", dt.timedelta(milliseconds=40))


@pytest.fixture
def admins(sandbox: Sandbox) -> Channel:
    return sandbox.world.add_channel(sandbox.guild, "admins")


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path, admins: Channel) -> AsyncIterator[Bench]:
    """The channel "news" follows; the admins have a channel of their own."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
    async with running(sandbox, config.model_copy(update={"admin_channel": admins.id})) as bench:
        await bench.watcher.look_now()
        yield bench


async def test_an_address_that_discord_refuses_costs_itself_and_no_story(
    bench: Bench, folder: Path, admins: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so of hosts with an underscore, of localhost, of what else nobody knows."""

    def picky(value: str) -> SplitResult:
        if "_" in (urlsplit(value).hostname or ""):
            raise ValueError(value)
        return urlsplit(value)

    monkeypatch.setattr(fields, "urlsplit", picky)
    stories = (
        "### [Owls](https://example.org/owls)\n\n![o](https://an_host.example.org/o.png)\n\nThey hunt mice.\n\n"
        "### [Bees](https://an_host.example.org/bees)\n\nThey dance.\n"
    )
    (folder / "1.md").write_text(f"---\ntitle: Zoo\ndate: 2026-03-02\n---\n\n## News\n\n{stories}")
    await bench.until_titles("Zoo", "Owls", "Bees")
    await bench.idle()
    owls, bees = bench.shown()[1:]
    assert owls["url"] == "https://example.org/owls"
    assert owls.get("image") is None
    assert bees.get("url") is None
    assert "They dance" in bees["description"]
    assert "`https://an_host.example.org/bees`" in bees["description"]
    assert bench.posted(admins) == []
    assert await differences(bench) == []


async def channels(bench: Bench) -> str:
    """What `/status` says of the channels."""
    return (await bench.slash("status")).embeds[1]["description"].replace("\\", "")


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, 20009, "Discord's filter for explicit content refuses it."),
        (400, 200000, "The server's AutoMod blocks it: exempt Herald's role"),
        (400, 240000, "because of one of its links"),
        (403, 0, "Discord refuses this: HTTP 403"),  # nobody knows why: permissions are complete
    ],
)
async def test_one_refused_message_does_not_stop_its_channel(
    bench: Bench, folder: Path, admins: Channel, status: int, code: int, sentence: str
) -> None:
    bench.sandbox.faults.add(Fault("status", status=status, code=code, route=POST, skip=1))
    (folder / "1.md").write_text(issue_text(1, items=3))
    await bench.until_titles("Issue 1", "Story 1.2", "Story 1.3")
    (folder / "2.md").write_text(issue_text(2, items=1))
    await bench.until_titles("Issue 1", "Story 1.2", "Story 1.3", "Issue 2", "Story 2.1")
    [told] = await bench.until(lambda: bench.posted(admins))
    assert "A message of **Issue 1**" in told.content
    assert sentence in told.content
    shown = await channels(bench)
    assert "1 refused" in shown
    assert sentence in shown
    assert await bench.services.subscriptions.waiting() == []
    await bench.slash("resume")
    await bench.until(lambda: "Story 1.1" in bench.titles())


async def test_many_refused_messages_are_told_once(bench: Bench, folder: Path, admins: Channel) -> None:
    bench.sandbox.faults.add(Fault("status", status=400, code=200000, route=f"POST /channels/{bench.news.id}/messages"))
    bench.sandbox.faults.listing()[0].count = 6
    (folder / "1.md").write_text(issue_text(1, items=6))
    await bench.until_titles("Story 1.6")
    await bench.idle()
    assert len(bench.posted(admins)) == 1
    assert "6 refused" in await channels(bench)


async def test_refusals_in_a_row_for_no_known_reason_are_the_channels(
    bench: Bench, folder: Path, admins: Channel
) -> None:
    route = f"POST /channels/{bench.news.id}/messages"
    bench.sandbox.faults.add(Fault("status", status=403, code=987654, route=route, count=None))
    (folder / "1.md").write_text(issue_text(1, items=5))
    told = await bench.until(lambda: [one.content for one in bench.posted(admins) if "Nothing can be" in one.content])
    assert "Discord refuses every message" in told[0]
    shown = await channels(bench)
    assert "3 refused" in shown
    assert "3 to post" in shown
    bench.sandbox.faults.clear()
    await bench.slash("resume")
    await bench.until(lambda: len(bench.titles()) == 6)
    assert set(bench.titles()) == {"Issue 1", *(f"Story 1.{number}" for number in range(1, 6))}


@pytest.mark.parametrize("layout", ["thread", "forum"])
@pytest.mark.parametrize("code", [160006, 0])
async def test_a_thread_that_cannot_be_opened_for_a_while(
    sandbox: Sandbox, folder: Path, tmp_path: Path, admins: Channel, layout: str, code: int
) -> None:
    channel = sandbox.channel("posts" if layout == "forum" else "news")
    config = configured(tmp_path, newsletter(folder), channel=channel, layout=layout)
    async with running(sandbox, config.model_copy(update={"admin_channel": admins.id})) as bench:
        await bench.watcher.look_now()
        sandbox.faults.add(Fault("status", status=400, code=code, route=THREADS[layout], count=3))
        (folder / "1.md").write_text(issue_text(1, items=2))
        (folder / "2.md").write_text(issue_text(2, items=1))
        await bench.until(lambda: len(sandbox.guild.threads) == 2)
        await bench.idle()
        first, second = sandbox.guild.threads.values()
        inside = ["Issue 1"] if layout == "forum" else []
        assert bench.titles(first) == [*inside, "Story 1.1", "Story 1.2"]
        assert bench.titles(second)[-1] == "Story 2.1"
        if layout == "thread":
            assert bench.titles() == ["Issue 1", "Issue 2"]
        assert bench.posted(admins) == []
        counts = await bench.services.outbox.counts()
        assert (counts[State.FAILED], counts[State.PENDING]) == (0, 0)


async def test_what_is_tried_again_later_is_shown_and_resumed_at_once(
    sandbox: Sandbox, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused, "FIRST_WAIT", dt.timedelta(hours=1))
    monkeypatch.setattr(refused, "LONGEST_WAIT", dt.timedelta(hours=1))
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), layout="thread")
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        sandbox.faults.add(Fault("status", status=400, code=160006, route=THREADS["thread"]))
        (folder / "1.md").write_text(issue_text(1, items=1))

        async def shown() -> bool:
            return "has as many active threads as Discord allows" in await channels(bench)

        await eventually(shown)
        answer = await bench.slash("resume")
        assert "has resumed" in answer.content
        [thread] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until_titles("Story 1.1", channel=thread)
        assert bench.titles() == ["Issue 1"]

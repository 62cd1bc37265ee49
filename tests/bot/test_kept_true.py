"""What was posted is kept true: taken back as the admin chose, corrected however often, gone on with when mended."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import cast

import pytest
from bench import Bench, configured, eventually, issue_text, newsletter, running

from clock import utc_now
from cogs.delivery import DeliveryWorker
from delivery import dispatcher, pacing
from delivery.places import Places
from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.events import Event
from storage.records import State


@pytest.mark.parametrize(
    ("on_removed", "without_an_item", "without_the_issue"),
    [
        ("mark", ["Issue 1", "Story 1.1", "~~Story 1.2~~"], ["~~Issue 1~~", "~~Story 1.1~~", "~~Story 1.2~~"]),
        ("delete", ["Issue 1", "Story 1.1"], []),
        ("keep", ["Issue 1", "Story 1.1", "Story 1.2"], ["Issue 1", "Story 1.1", "Story 1.2"]),
    ],
)
async def test_what_its_author_takes_back_goes_as_the_admin_chose(
    sandbox: Sandbox,
    folder: Path,
    tmp_path: Path,
    on_removed: str,
    without_an_item: list[str],
    without_the_issue: list[str],
) -> None:
    (folder / "0.md").write_text(issue_text(0))  # a source that is emptied as a whole takes nothing back
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), on_removed=on_removed)
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")
        await bench.idle()
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.watcher.look_now()
        await bench.idle()
        assert bench.titles() == without_an_item
        assert "**1 item**" in bench.shown()[0]["description"]  # the header is kept true
        (folder / "1.md").unlink()
        await bench.watcher.look_now()
        await bench.idle()
        assert bench.titles() == without_the_issue


async def test_a_storm_of_corrections_ends_in_the_last_text_with_few_edits(bench: Bench, folder: Path) -> None:
    (folder / "1.md").write_text(issue_text(1, items=3))
    await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2", "Story 1.3")
    await bench.idle()
    ids = [message.id for message in bench.posted()]
    for number in range(60):
        (folder / "1.md").write_text(issue_text(1, items=3).replace("Text of", f"Take {number} of"))
        await asyncio.sleep(0.005)
    async with asyncio.timeout(20):
        await bench.until(lambda: all("Take 59" in shown["description"] for shown in bench.shown()[1:]))
    await bench.watcher.look_now()
    await bench.idle()
    assert [message.id for message in bench.posted()] == ids
    edits = [entry for entry in bench.sandbox.core.log.entries if entry.method == "PATCH"]
    assert len(edits) < 3 * 30, "each message was edited for nearly every keystroke"


async def test_edits_of_old_messages_wait_politely_and_hold_up_no_post(
    bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "OLD_WINDOW", dt.timedelta(hours=1))
    (folder / "1.md").write_text(issue_text(1, items=5))
    await bench.until(lambda: "Story 1.5" in bench.titles())
    await bench.idle()
    delivery = cast("DeliveryWorker", bench.herald.get_cog("DeliveryWorker"))
    ahead = dt.timedelta(hours=2)
    monkeypatch.setattr(delivery.courier, "_clock", lambda: utc_now() + ahead)
    edited: list[str] = []

    def listen(event: Event) -> None:
        if event.name == "MESSAGE_UPDATE":
            edited.append(event.name)

    bench.sandbox.world.bus.listen(listen)
    (folder / "1.md").write_text(issue_text(1, items=5).replace("Text", "Better text"))
    await bench.until(lambda: len(edited) == 3)
    (folder / "2.md").write_text(issue_text(2, items=2))
    await bench.until(lambda: "Story 2.2" in bench.titles())
    assert len(edited) == 3

    async def is_done_an_hour_later() -> bool:
        """Headers are edited too, as their items are posted: how many hours all of it takes does not matter."""
        nonlocal ahead
        ahead += dt.timedelta(hours=1)
        delivery.dispatcher.wake()
        counts = await bench.services.outbox.counts()
        return not counts[State.PENDING] and not counts[State.SENDING]

    await eventually(is_done_an_hour_later)
    assert all("Better text" in shown["description"] for shown in bench.shown()[1:6])


async def test_resume_goes_on_also_where_a_channel_waits(
    bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it was paused besides, and nobody told Herald that it was mended."""
    sandbox = bench.sandbox
    member = sandbox.guild.members[sandbox.world.bot.id]
    monkeypatch.setattr(dispatcher, "FIRST_DELAY_S", 0.0)
    sandbox.world.set_overwrite(bench.news, member, deny=permissions.by_names(["EMBED_LINKS"]))
    (folder / "1.md").write_text(issue_text(1, items=1))

    async def is_waiting() -> bool:
        return bool(await bench.services.subscriptions.waiting())

    await eventually(is_waiting)
    await bench.slash("pause")
    dispatcher_of = bench.herald.get_cog("DeliveryWorker")
    assert dispatcher_of is not None

    async def not_heard(*_: object) -> None:
        return None

    monkeypatch.setattr(getattr(dispatcher_of, "dispatcher"), "mended", not_heard)  # noqa: B009
    sandbox.world.set_overwrite(bench.news, member)
    monkeypatch.setattr(Places, "check", staticmethod(lambda *_, **__: None))  # the cache may still say no
    assert "has resumed" in (await bench.slash("resume")).content
    await bench.until_titles("Issue 1", "Story 1.1")
    assert not await is_waiting()

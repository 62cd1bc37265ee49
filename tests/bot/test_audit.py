"""The audit: nothing differs after a life of posts, edits and removals; each thing broken by hand is found."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from bench import Bench, configured, eventually, issue_text, newsletter, running
from pydantic import SecretStr

from app.nightly import audit_nightly
from cli import audit
from config.settings import Config, DiscordConfig
from sandbox.connect import discord_at
from sandbox.server import Sandbox
from sandbox.world.model_message import Message
from storage.layouts import OnRemoved
from storage.records import Gate, State
from storage.scope import Scope

ITEMS = 6


@pytest.fixture
def config(sandbox: Sandbox, folder: Path, tmp_path: Path) -> Config:
    found = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), backfill=5)
    return found.model_copy(update={"discord": DiscordConfig(token=SecretStr("sandbox"))})


async def live(sandbox: Sandbox, config: Config, folder: Path) -> None:
    """Post an issue, correct one story, remove another."""
    (folder / "1.md").write_text(issue_text(1, items=ITEMS))
    async with running(sandbox, config) as bench:
        await settled(bench, ITEMS + 1)
        changed = issue_text(1, items=ITEMS).replace("Text of story 1.2.", "Corrected.")
        (folder / "1.md").write_text(changed.replace("### [Story 1.6]", "### [Other 1.6]"))
        await bench.until(lambda: any("Corrected." in one["description"] for one in bench.shown()) or None)
        await bench.idle()


async def settled(bench: Bench, messages: int) -> None:
    await bench.until(lambda: len(bench.shown()) >= messages or None)
    await bench.idle()


async def audited(
    sandbox: Sandbox, config: Config, capsys: pytest.CaptureFixture[str], *, repair: bool = False
) -> tuple[int, str, str]:
    with discord_at(sandbox):
        status = await audit._audit(config, repair=repair, days=90)
    said = capsys.readouterr()
    return status, said.out, said.err.strip().splitlines()[-1]


@contextmanager
def raw(config: Config) -> Generator[sqlite3.Connection]:
    with closing(sqlite3.connect(config.storage)) as connection:
        yield connection
        connection.commit()


async def test_nothing_differs_after_posts_edits_and_removals(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await live(sandbox, config, folder)
    assert await audited(sandbox, config, capsys) == (0, "", "no difference")


async def test_messages_that_were_adopted_and_carry_the_marks_of_other_deliveries_are_no_difference(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await live(sandbox, config, folder)
    with raw(config) as connection:
        [(first,), (second,), *_] = connection.execute(
            "SELECT id FROM deliveries WHERE item_id IS NOT NULL ORDER BY id"
        )
        for number, other in ((first, 999), (second, first), (999, second)):  # each is the other's now
            connection.execute("UPDATE deliveries SET id = ? WHERE id = ?", (other, number))
        connection.execute("UPDATE deliveries SET id = id + 500 WHERE id > ? AND id < 900", (second,))
    assert await audited(sandbox, config, capsys, repair=True) == (0, "", "no difference")


async def test_the_audit_reads_beside_a_running_bot(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "1.md").write_text(issue_text(1))
    async with running(sandbox, config) as bench:
        await settled(bench, 4)
        assert (await audited(sandbox, config, capsys))[0] == 0


async def test_a_removal_that_was_taken_back_in_time_is_no_difference(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await live(sandbox, config, folder)
    with raw(config) as connection:  # as it is left by an item that came back before its message was marked
        connection.execute("UPDATE deliveries SET action = 'withdraw' WHERE done = 'shown'")
    assert await audited(sandbox, config, capsys) == (0, "", "no difference")


async def test_what_waits_for_its_channel_is_no_difference(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "1.md").write_text(issue_text(1))
    async with running(sandbox, config) as bench:
        await settled(bench, 4)
        await bench.slash("pause")
        (folder / "2.md").write_text(issue_text(2, day="2026-03-03"))

        async def is_planned() -> bool:
            return (await bench.services.outbox.counts())[State.PENDING] == 4

        await eventually(is_planned)
        status, table, said = await audited(sandbox, config, capsys)
        assert (status, table, said) == (0, "", "no difference"), table


async def test_what_an_admin_has_to_decide_about_is_no_difference(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strict = config.newsletters[0].model_copy(update={"max_new_issues": 1})
    config = config.model_copy(update={"newsletters": (strict,)})
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        for number in (1, 2):
            (folder / f"{number}.md").write_text(issue_text(number))

        async def are_held() -> bool:
            return len(await bench.services.archive.at_gate(Scope.everything(), Gate.HELD)) == 2

        await eventually(are_held)
        assert await audited(sandbox, config, capsys) == (0, "", "no difference")


def delivery(connection: sqlite3.Connection, title: str) -> tuple[int, int]:
    """The number of the delivery of an item, and of its message."""
    query = "SELECT d.id, d.message_id FROM deliveries d JOIN items i ON i.id = d.item_id WHERE i.title = ?"
    return connection.execute(query, (title,)).fetchone()


def message(sandbox: Sandbox, number: int) -> Message:
    return next(one for one in sandbox.messages(sandbox.channel("news")) if one.id == number)


async def test_ten_differences_made_by_hand_are_found_and_nine_mended(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "1.md").write_text(issue_text(1, items=8))
    (folder / "2.md").write_text(issue_text(2, items=1, day="2026-03-01"))
    async with running(sandbox, config) as bench:
        await settled(bench, 11)
    messages = sandbox.core.messages
    with raw(config) as connection:
        numbers = {n: delivery(connection, f"Story 1.{n}") for n in range(1, 9)}
        messages.delete(message(sandbox, numbers[1][1]))  # 1: a person deleted it
        double = copy.deepcopy(message(sandbox, numbers[2][1]))
        double = dataclasses.replace(double, id=sandbox.world.ids.next(), nonce=None)  # 2: it is there twice
        messages._store(sandbox.channel("news"), double)
        message(sandbox, numbers[3][1]).embeds[0]["description"] = "Something else."  # 3: another text
        connection.execute(  # 4: the ledger does not know that it was posted
            "UPDATE deliveries SET message_id = NULL, done = NULL, done_version = 0, state = 'pending',"
            " action = 'post', claimed_version = 0 WHERE id = ?",
            (numbers[4][0],),
        )
        messages.delete(message(sandbox, numbers[5][1]))  # 5: it was never planned
        connection.execute("DELETE FROM deliveries WHERE id = ?", (numbers[5][0],))
        connection.execute(  # 6: the ledger says that it was deleted
            "UPDATE deliveries SET done = 'deleted', wanted = 'deleted' WHERE id = ?", (numbers[6][0],)
        )
        connection.execute(  # 7: searches do not find it
            "DELETE FROM search_documents WHERE item_id = (SELECT item_id FROM deliveries WHERE id = ?)",
            (numbers[7][0],),
        )
        connection.execute(  # 8: refused by Discord
            "UPDATE deliveries SET state = 'failed', error = 'AutoMod blocks it' WHERE id = ?", (numbers[8][0],)
        )
        connection.execute("UPDATE issues SET path = 'gone.md' WHERE path = '2.md'")  # 9 and 10: two paths
    status, table, summary = await audited(sandbox, config, capsys)
    assert (status, summary) == (1, "10 differences: 1 explained, 0 repaired, 9 open"), table
    kinds = sorted(line.split("  ")[0] for line in table.splitlines()[1:])
    assert kinds == [
        "missing", "not deleted", "not in the archive", "not in the ledger", "not in the source", "not planned",
        "not searchable", "old text", "posted twice", "refused",
    ]  # fmt: skip
    assert "explained: AutoMod blocks it" in table
    status, table, summary = await audited(sandbox, config, capsys, repair=True)
    assert (status, summary) == (0, "10 differences: 1 explained, 9 repaired, 0 open"), table
    async with running(sandbox, config) as bench:
        await bench.until(lambda: bench.titles().count("Story 1.5") == 1 or None)

        async def are_paths_mended() -> bool:
            return await bench.services.archive.paths("Tech") == {"1.md", "2.md"}

        await eventually(are_paths_mended)
        await bench.idle()
        titles = bench.titles()
    assert len(titles) == len(set(titles)), titles
    assert "Something else." not in [one["description"] for one in bench.shown()]
    status, table, summary = await audited(sandbox, config, capsys)
    assert (status, summary) == (0, "1 difference: 1 explained, 0 repaired, 0 open"), table


async def test_a_note_that_changes_with_another_newsletter_is_no_difference(
    sandbox: Sandbox, config: Config, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await live(sandbox, config, folder)
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    (earlier / "1.md").write_text(issue_text(1, day="2025-03-02").replace("Issue 1", "Earlier"))
    [follower] = config.subscriptions
    config = config.model_copy(
        update={
            "newsletters": (*config.newsletters, newsletter(earlier, name="Old News")),
            "subscriptions": (follower, follower.model_copy(update={"newsletter": "Old News", "backfill": 0})),
        }
    )
    async with running(sandbox, config) as bench:
        with raw(config) as connection:
            _, number = delivery(connection, "Story 1.1")

        async def has_note() -> bool:
            entry = await bench.services.outbox.by_message(number)
            composed = await bench.herald.composer.message(entry) if entry is not None else None
            return composed is not None and "Covered before" in (composed.embed.description or "")

        await eventually(has_note)  # once the other newsletter is in the archive
    assert await audited(sandbox, config, capsys) == (0, "", "no difference")


async def test_what_is_taken_out_of_the_configuration_is_not_brought_back_into_searches(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await live(sandbox, config, folder)
    config = config.model_copy(update={"newsletters": (), "subscriptions": ()})
    async with running(sandbox, config) as bench:
        await bench.idle()
    assert await audited(sandbox, config, capsys, repair=True) == (0, "", "no difference")


async def test_an_unknown_message_is_told_once_for_its_channel(
    sandbox: Sandbox, config: Config, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await live(sandbox, config, folder)
    second = tmp_path / "second"
    second.mkdir()
    [follower] = config.subscriptions
    config = config.model_copy(
        update={
            "newsletters": (*config.newsletters, newsletter(second, name="Second")),
            "subscriptions": (follower, follower.model_copy(update={"newsletter": "Second"})),
        }
    )
    async with running(sandbox, config) as bench:
        await bench.idle()
    with raw(config) as connection:
        number, _ = delivery(connection, "Story 1.3")
        connection.execute("DELETE FROM deliveries WHERE id = ?", (number,))
    _, table, _ = await audited(sandbox, config, capsys)
    assert table.count("\nunknown message") == 1, table


async def test_a_message_in_a_channel_that_it_was_not_for_is_told(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await live(sandbox, config, folder)
    news = sandbox.channel("news")
    other = sandbox.world.add_channel(sandbox.world.guild(news.guild_id or 0), "other", news.type)
    [follower] = config.subscriptions
    both = (follower, follower.model_copy(update={"channel": other.id, "backfill": 0}))
    config = config.model_copy(update={"subscriptions": both})
    async with running(sandbox, config) as bench:
        await bench.idle()
    with raw(config) as connection:
        _, number = delivery(connection, "Story 1.3")
    stray = dataclasses.replace(message(sandbox, number), id=sandbox.world.ids.next(), channel_id=other.id, nonce=None)
    sandbox.core.messages._store(other, stray)
    status, table, _ = await audited(sandbox, config, capsys)
    assert status == 0
    assert f"unknown message  Tech        <#{other.id}>  message {stray.id} (explained:" in table


async def test_what_an_earlier_filter_left_out_is_explained(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [subscription] = config.subscriptions
    filtered = subscription.model_copy(update={"words_none": ("granite",)})
    (folder / "1.md").write_text(issue_text(1, items=ITEMS).replace("Text of story 1.2.", "About granite."))
    async with running(sandbox, config.model_copy(update={"subscriptions": (filtered,)})) as bench:
        await settled(bench, ITEMS)
        (folder / "2.md").write_text(issue_text(2, items=1).replace("Text of story 2.1.", "About granite."))
        (folder / "3.md").write_text(issue_text(3, items=1, day="2026-03-03"))
        await settled(bench, ITEMS + 2)
    async with running(sandbox, config) as bench:
        await bench.idle()
    status, table, _ = await audited(sandbox, config, capsys, repair=True)
    assert status == 0, table
    assert "Story 1.2" in table
    assert "all of Issue 2" in table
    assert table.count("explained: the filter that was set then left it out") == 2


async def test_a_header_does_not_name_what_an_earlier_filter_left_out(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [subscription] = config.subscriptions
    filtered = subscription.model_copy(update={"words_none": ("granite",)})
    (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.2.", "About granite."))
    async with running(sandbox, config.model_copy(update={"subscriptions": (filtered,)})) as bench:
        await settled(bench, 2)
        asked = await bench.slash("withdraw", "item", item="Story 1.1")
        await bench.press(asked, next(one["label"] for one in asked.components[0]["components"]))
        await bench.until(lambda: "**0 items**" in bench.shown()[0]["description"])
        await bench.idle()
    async with running(sandbox, config) as bench:  # without the filter
        await bench.idle()
        (folder / "1.md").write_text((folder / "1.md").read_text().replace("Issue 1", "Issue 1 again"))
        await bench.until(lambda: bench.shown()[0]["title"] == "Issue 1 again")
        await bench.idle()
        assert "Story 1.2" not in bench.shown()[0]["description"]
    assert (await audited(sandbox, config, capsys))[0] == 0


async def test_a_kept_message_may_show_what_no_backup_knows(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [subscription] = config.subscriptions
    keeping = subscription.model_copy(update={"on_removed": OnRemoved.KEEP})
    config = config.model_copy(update={"subscriptions": (keeping,)})
    (folder / "1.md").write_text(issue_text(1, items=3))
    async with running(sandbox, config) as bench:
        await settled(bench, 4)
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until(lambda: "**2 items**" in bench.shown()[0]["description"])
        await bench.idle()
    with raw(config) as connection:  # the backup was made before the story got the title that is in the channel
        connection.execute("UPDATE items SET title = 'Older' WHERE title = 'Story 1.3' AND removed_at IS NOT NULL")
        assert connection.total_changes == 1
    assert await audited(sandbox, config, capsys) == (0, "", "no difference")


async def test_messages_of_unknown_origin_keep_a_repair_from_posting_again(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await live(sandbox, config, folder)
    with raw(config) as connection:
        number, _ = delivery(connection, "Story 1.3")
        connection.execute("DELETE FROM deliveries WHERE id = ?", (number,))
    status, table, summary = await audited(sandbox, config, capsys, repair=True)
    assert (status, summary) == (0, "2 differences: 2 explained, 0 repaired, 0 open"), table


async def test_a_channel_that_cannot_be_read_is_explained(
    sandbox: Sandbox, config: Config, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await live(sandbox, config, folder)
    elsewhere = config.subscriptions[0].model_copy(update={"channel": 123456789012345678})
    config = config.model_copy(update={"subscriptions": (elsewhere,)})
    async with running(sandbox, config):
        pass
    status, table, _ = await audited(sandbox, config, capsys)
    assert (status, "not audited" in table) == (0, True), table


async def test_the_nightly_audit_tells_only_what_differs(
    sandbox: Sandbox, config: Config, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="app.nightly")
    (folder / "1.md").write_text(issue_text(1))
    async with running(sandbox, config) as bench:
        await settled(bench, 4)
        async with audit._auditor(config, repair=False, days=7) as auditor:
            task = asyncio.create_task(audit_nightly(auditor, bench.herald.monitor.metrics, every_s=0.02))
            while "audit finished differences=0 explained=0" not in caplog.text:  # noqa: ASYNC110 -- the log is what is told
                await asyncio.sleep(0.01)
            assert "audit difference" not in caplog.text
            [header, *_] = bench.posted()
            sandbox.core.messages.delete(header)
            while 'audit difference kind="missing"' not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            task.cancel()
        assert b'herald_audit_differences{state="open"} 1.0' in await bench.herald.monitor.text()

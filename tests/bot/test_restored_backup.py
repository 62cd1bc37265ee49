"""A database that is older than the channels: what is there is found and adopted, not posted a second time."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from bench import Bench, configured, eventually, issue_text, newsletter, running
from sqlalchemy import delete

from app.auditing import Auditor
from app.nightly import compare_restored
from clock import utc_now
from config.settings import Config
from config.subscription import SubscriptionConfig
from delivery.adopting import Adopter
from sandbox.server import Sandbox
from sandbox.world.model import Channel
from storage.adoption import RESTORED, Found
from storage.layouts import Layout, OnRemoved
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.records import Delivery
from storage.schema import found_messages


@pytest.fixture
def config(sandbox: Sandbox, folder: Path, tmp_path: Path) -> Config:
    return configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))


def back_up(config: Config) -> Path:
    """Copy the database as the README says, while the bot runs."""
    copy = Path(f"{config.storage}.backup")
    with closing(sqlite3.connect(config.storage)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def put_back(config: Config, copy: Path, sandbox: Sandbox, *, is_long_ago: bool = True) -> None:
    """The bot is stopped; the backup replaces its database, by default long after it was made."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{config.storage}{suffix}").unlink(missing_ok=True)
    shutil.move(copy, config.storage)
    if is_long_ago:
        sandbox.core.messages.nonces.close_window()


def titles(sandbox: Sandbox, channel: Channel | None = None) -> list[str]:
    found = sandbox.messages(channel or sandbox.channel("news"))
    return [one.embeds[0].get("title", "") for one in found if one.ephemeral_to is None and one.embeds]


@asynccontextmanager
async def first_run(sandbox: Sandbox, config: Config) -> AsyncGenerator[Bench]:
    """The run that knows the folder before its first issue, and that the backup is of."""
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        yield bench


async def publish(bench: Bench, file: Path, text: str, *shown: str) -> None:
    """Write an issue's file, and wait until the channel shows exactly these titles and that is recorded."""
    file.write_text(text)
    await bench.until_titles(*shown)
    await bench.idle()


async def post_after_backup(sandbox: Sandbox, config: Config, folder: Path, *, items: int) -> None:
    """Make a backup, post an issue with so many stories, stop, and put the backup back."""
    async with first_run(sandbox, config) as bench:
        copy = back_up(config)
        shown = [f"Story 1.{index}" for index in range(1, items + 1)]
        await publish(bench, folder / "1.md", issue_text(1, items=items), "Issue 1", *shown)
    put_back(config, copy, sandbox)


@asynccontextmanager
async def restarted(sandbox: Sandbox, config: Config) -> AsyncGenerator[Bench]:
    """The next run, after it has done all there is to do."""
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        await bench.idle()
        yield bench


@pytest.fixture
def is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look through all channels after a restore does not come: it would mend late what is to be right at once."""

    async def wait(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("app.nightly.compare_restored", wait)


FIRST = ["Issue 1", "Story 1.1"]
SECOND = ["Issue 2", "Story 2.1", "Story 2.2", "Story 2.3", "Story 2.4"]


async def test_what_was_posted_since_the_backup_is_not_posted_again(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", issue_text(1, items=1), *FIRST)
        copy = back_up(config)
        await publish(bench, folder / "2.md", issue_text(2, items=4), *FIRST, *SECOND)
    put_back(config, copy, sandbox)
    config = config.model_copy(update={"admin_channel": sandbox.channel("news").id})
    async with restarted(sandbox, config) as bench:
        [told] = [one.content for one in bench.posted() if not one.embeds]
        assert "5 messages that it does not know were found there" in told
        assert titles(sandbox) == FIRST + SECOND
        (folder / "2.md").write_text(issue_text(2, items=4).replace("Text of story 2.3", "Better text"))
        await bench.watcher.look_now()
        await bench.idle()
        assert titles(sandbox) == FIRST + SECOND
        assert bench.shown()[5]["description"] == "Better text."  # it is the same message as before
        (folder / "3.md").write_text(issue_text(3, items=1))
        await bench.until_titles(*FIRST, *SECOND, "Issue 3", "Story 3.1")
        message = next(one for one in bench.posted() if one.embeds and one.embeds[0]["title"] == "Story 2.2")
        found = await bench.services.outbox.by_message(message.id)
        assert found is not None
        assert found.mark in str(message.components)  # its button leads to its item again
        marks = {one.components[0]["components"][-1]["custom_id"] for one in bench.posted() if one.embeds}
        assert len(marks) == 9


async def test_a_backup_from_the_middle_of_an_issue_goes_on_from_where_the_channel_is(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    copies: list[Path] = []
    async with first_run(sandbox, config) as bench:

        def at_the_second(_: object) -> None:
            if len(titles(sandbox)) == 3 and not copies:
                copies.append(back_up(config))

        sandbox.world.bus.listen(at_the_second)
        await publish(bench, folder / "2.md", issue_text(2, items=4), *SECOND)
    put_back(config, copies[0], sandbox)
    async with restarted(sandbox, config):
        assert titles(sandbox) == SECOND


async def test_items_that_every_issue_has_are_those_of_their_own_issue(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    def weekly(number: int) -> str:
        again = f"### [Meetup](https://meetup.example/)\n\nThis time in room {number}.\n"
        return issue_text(number, items=1) + "\n" + again

    async with first_run(sandbox, config) as bench:
        copy = back_up(config)
        for number in (1, 2):
            (folder / f"{number}.md").write_text(weekly(number))
            await bench.until(lambda number=number: len(bench.titles()) == 3 * number)
        await bench.idle()
        before = titles(sandbox)
    put_back(config, copy, sandbox)
    (folder / "3.md").write_text(weekly(3))
    async with restarted(sandbox, config):
        assert titles(sandbox)[:6] == before
        assert sorted(titles(sandbox)[6:]) == sorted(["Issue 3", "Story 3.1", "Meetup"])


@pytest.mark.parametrize("layout", Layout)
async def test_each_layout_is_read_back(sandbox: Sandbox, folder: Path, tmp_path: Path, layout: Layout) -> None:
    channel = sandbox.channel("posts" if layout.needs_forum else "news")
    config = configured(tmp_path, newsletter(folder), channel=channel, layout=layout)

    def everything() -> list[str]:
        threads = sorted(sandbox.guild.threads.values(), key=lambda thread: thread.id)
        return titles(sandbox, channel) + [title for thread in threads for title in titles(sandbox, thread)]

    expected = ["Issue 1", *([] if layout.is_one_message else ["Story 1.1", "Story 1.2"])]
    async with first_run(sandbox, config) as bench:
        copy = back_up(config)
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until(lambda: everything() == expected)
        await bench.idle()
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config) as bench:
        assert everything() == expected
        assert len(sandbox.guild.threads) == layout.opens_thread
        (folder / "1.md").write_text(issue_text(1, items=3))
        await bench.watcher.look_now()
        await bench.idle()
        assert everything() == [*expected, *([] if layout.is_one_message else ["Story 1.3"])]


async def test_an_item_that_came_late_into_a_known_thread_is_found_there(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), layout="thread")
    async with first_run(sandbox, config) as bench:
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.until(lambda: sandbox.guild.threads)
        [thread] = sandbox.guild.threads.values()
        await bench.until(lambda: titles(sandbox, thread) == ["Story 1.1"])
        await bench.idle()
        copy = back_up(config)
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until(lambda: titles(sandbox, thread) == ["Story 1.1", "Story 1.2"])
        await bench.idle()
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config):
        assert titles(sandbox, thread) == ["Story 1.1", "Story 1.2"]


async def test_a_new_database_finds_nothing_and_what_is_reposted_stands_twice(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    async with first_run(sandbox, config) as bench:
        copy = back_up(config)
        await publish(bench, folder / "1.md", issue_text(1, items=1), *FIRST)
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config) as bench:
        asked = await bench.slash("repost", "item", item="Story 1.1")
        await bench.press(asked, "Post 1 message")
        await bench.until_titles(*FIRST, "Story 1.1")


async def _asked_at_the_start(sandbox: Sandbox, config: Config) -> dict[str, int]:
    """Start once more; how many requests of which kind it made to see what stands in the channels."""
    async with restarted(sandbox, config) as bench:
        [metric] = bench.herald.monitor.metrics.responses.collect()
        made = {one.labels["route"]: int(one.value) for one in metric.samples if one.name.endswith("_total")}
    return {route: count for route, count in made.items() if "channels" in route}


async def test_a_channel_without_news_takes_one_request_at_the_start(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", issue_text(1, items=1), *FIRST)
    asked: list[dict[str, int]] = []
    for _ in range(2):
        asked.append(await _asked_at_the_start(sandbox, config))
        sandbox.say(sandbox.channel("news"), "Somebody else says something.")
    assert asked == [{"/channels/:id": 1}, {"/channels/:id": 1, "/channels/:id/messages": 1}]


async def test_the_channels_of_a_server_without_news_take_one_request_together_at_the_start(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    added = [sandbox.world.add_channel(sandbox.guild, name) for name in ("first", "second")]
    places = [sandbox.channel("news"), *added]
    wishes = tuple(SubscriptionConfig(newsletter="Tech", channel=place.id) for place in places)
    config = config.model_copy(update={"subscriptions": wishes})
    async with first_run(sandbox, config) as bench:
        (folder / "1.md").write_text(issue_text(1, items=1))
        for place in places:
            await bench.until(lambda place=place: titles(sandbox, place) == FIRST)
        await bench.idle()
        copy = back_up(config)
        (folder / "2.md").write_text(issue_text(2, items=1))
        for place in places:
            await bench.until(lambda place=place: titles(sandbox, place) == [*FIRST, "Issue 2", "Story 2.1"])
        await bench.idle()
    sandbox.say(places[2], "Somebody else says something.")
    assert await _asked_at_the_start(sandbox, config) == {
        "/guilds/:id/channels": 1,
        "/channels/:id": 1,
        "/channels/:id/messages": 1,
    }
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config):
        assert [titles(sandbox, place) for place in places] == [[*FIRST, "Issue 2", "Story 2.1"]] * 3


async def test_a_number_that_was_given_before_is_not_taken_for_the_message_that_had_it(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    """Discord would answer a post with the nonce of a message of some minutes ago by that message."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), layout="thread")
    async with first_run(sandbox, config) as bench:
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.until(lambda: sandbox.guild.threads)
        [thread] = sandbox.guild.threads.values()
        await bench.until(lambda: titles(sandbox, thread) == ["Story 1.1"])
        await bench.idle()
        copy = back_up(config)
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until(lambda: titles(sandbox, thread) == ["Story 1.1", "Story 1.2"])
        await bench.idle()
    put_back(config, copy, sandbox, is_long_ago=False)
    (folder / "1.md").write_text(issue_text(1, items=2).replace("1.2", "7.7").replace("/1/2", "/7/7"))
    async with restarted(sandbox, config):
        assert titles(sandbox, thread) == ["Story 1.1", "Story 1.2", "Story 7.7"]


async def test_a_message_that_was_deleted_and_posted_anew_since_the_backup_is_the_one_that_is_corrected(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), on_removed="delete")
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", issue_text(1, items=2), "Issue 1", "Story 1.1", "Story 1.2")
        copy = back_up(config)
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.until_titles(*FIRST)
        await publish(bench, folder / "1.md", issue_text(1, items=2), *FIRST, "Story 1.2")
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config) as bench:
        (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.2", "Better text"))
        await bench.watcher.look_now()
        await bench.until(lambda: bench.shown()[2]["description"].startswith("Better text."))
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.until_titles(*FIRST)


async def test_a_story_that_is_new_among_those_found_says_that_it_came_later(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    await post_after_backup(sandbox, config, folder, items=3)
    (folder / "1.md").write_text(issue_text(1, items=3).replace("### [Story 1.2]", f"{NEW_STORY}\n\n### [Story 1.2]"))
    async with restarted(sandbox, config) as bench:
        assert titles(sandbox) == ["Issue 1", "Story 1.1", "Story 1.2", "Story 1.3", "New story"]
        assert bench.shown()[-1]["description"].endswith("Added later")


@pytest.mark.parametrize("on_removed", ["mark", "delete"])
async def test_what_was_taken_back_since_the_backup_and_is_there_again_is_shown_again(
    sandbox: Sandbox, folder: Path, tmp_path: Path, on_removed: str
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), on_removed=on_removed)
    whole = issue_text(1, items=2)
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", whole, "Issue 1", "Story 1.1", "Story 1.2")
        as_posted = bench.shown()[2]
        copy = back_up(config)
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.until(lambda: [one["title"] for one in bench.shown()[2:]] != ["Story 1.2"])
        await bench.idle()
        (folder / "2.md").write_text(issue_text(2, items=1))  # a message that tells that the database is older
        await bench.until(lambda: titles(sandbox)[-1] == "Story 2.1")
        await bench.idle()
    put_back(config, copy, sandbox)
    (folder / "1.md").write_text(whole)
    async with restarted(sandbox, config) as bench, comparing(bench):
        await bench.until(lambda: "Story 1.2" in titles(sandbox))
        await bench.idle()
        shown = next(one for one in bench.shown() if one["title"] == "Story 1.2")
        assert shown["description"].startswith(as_posted["description"])
        assert not await bench.services.outbox.found.is_restored()
        assert sorted(titles(sandbox)) == ["Issue 1", "Issue 2", "Story 1.1", "Story 1.2", "Story 2.1"]


@pytest.mark.parametrize(("times", "is_known"), [(1, True), (2, True), (1, False)])
async def test_what_was_posted_anew_since_the_backup_is_found_and_shows_what_is_recorded(
    sandbox: Sandbox, folder: Path, tmp_path: Path, times: int, is_known: bool
) -> None:
    """If it was not seen at the start, it is found by reading back: its number is given once more."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), on_removed="delete")
    without = issue_text(1, items=2)
    whole = without.replace("### [Story 1.2]", f"{NEW_STORY}\n\n### [Story 1.2]")
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", whole, *FIRST, "New story", "Story 1.2")
        copy = back_up(config)
        for _ in range(times):
            await publish(bench, folder / "1.md", without, *FIRST, "Story 1.2")
            await publish(bench, folder / "1.md", whole, *FIRST, "Story 1.2", "New story")
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config) as bench:
        await bench.services.db.set_setting(RESTORED, "now")  # as `bot.py restore` does
        if not is_known:
            async with bench.services.db.transaction() as connection:
                await connection.execute(delete(found_messages))
        async with comparing(bench) as auditor:
            await eventually(lambda: compared(bench))
            await bench.idle()
            assert titles(sandbox) == [*FIRST, "Story 1.2", "New story"]
            assert [one.kind for one in await auditor.differences()] == []


@pytest.mark.parametrize("has_namesake", [False, True])
async def test_a_late_story_that_was_struck_since_the_backup_is_found_again_where_it_is_the_only_one_of_its_name(
    sandbox: Sandbox, folder: Path, config: Config, has_namesake: bool
) -> None:
    """It is below another issue's header, and has lost its link."""
    first, second = issue_text(1, items=1), issue_text(2, items=1)
    whole = issue_text(1, items=2)
    if has_namesake:
        second = second.replace("Story 2.1", "Story 1.2")
    shown = [*FIRST, "Issue 2", "Story 1.2" if has_namesake else "Story 2.1"]
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", first, *FIRST)
        copy = back_up(config)
        await publish(bench, folder / "2.md", second, *shown)
        await publish(bench, folder / "1.md", whole, *shown, "Story 1.2")
        await publish(bench, folder / "1.md", first, *shown, "~~Story 1.2~~")
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config) as bench:
        expected = [*shown, "~~Story 1.2~~", "Story 1.2"] if has_namesake else [*shown, "Story 1.2"]
        await publish(bench, folder / "1.md", whole, *expected)


async def test_a_thread_that_was_opened_below_a_known_header_since_the_backup_is_looked_through(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), layout="auto", max_messages=3)
    names = ("Aardvarks sleep", "Bisons graze", "Camels drink", "Dormice hide")
    blocks = [f"### [{name}](https://example.org/{name[0]})\n\n{f'What {name} means. ' * 20}\n" for name in names]
    head = issue_text(1, items=0)
    shown = ["Issue 1", *names[:2], "Issue 2", "Story 2.1"]
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", head + "\n".join(blocks[:2]), *shown[:3])
        copy = back_up(config)
        await publish(bench, folder / "2.md", issue_text(2, items=1), *shown)
        (folder / "1.md").write_text(head + "\n".join(blocks))
        await bench.until(lambda: sandbox.guild.threads)
        [thread] = sandbox.guild.threads.values()
        await bench.until(lambda: titles(sandbox, thread) == [names[3]])
        await bench.idle()
        # There is room in the channel once more, which the ledger is to fill.
        (folder / "1.md").write_text(head + "\n".join(blocks[1:]))
        await bench.until_titles("Issue 1", f"~~{names[0]}~~", names[1], *shown[3:], names[2])
        await bench.idle()
        before = titles(sandbox)
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config) as bench:
        await bench.idle()
        assert (titles(sandbox), titles(sandbox, thread)) == (before, [names[3]])


async def test_what_a_person_deleted_since_the_backup_stays_away(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", issue_text(1, items=2), "Issue 1", "Story 1.1", "Story 1.2")
        copy = back_up(config)
        sandbox.core.messages.delete(bench.posted()[1])
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config) as bench:
        await bench.services.db.set_setting(RESTORED, "now")  # as `bot.py restore` does
        async with comparing(bench):
            await eventually(lambda: compared(bench))
        await bench.idle()
        assert titles(sandbox) == ["Issue 1", "Story 1.2"]


async def test_a_story_that_came_late_says_so_after_the_restore_too(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    whole = issue_text(1, items=2).replace("### [Story 1.2]", f"{NEW_STORY}\n\n### [Story 1.2]")
    async with first_run(sandbox, config) as bench:
        copy = back_up(config)
        await publish(bench, folder / "1.md", issue_text(1, items=2), "Issue 1", "Story 1.1", "Story 1.2")
        await publish(bench, folder / "1.md", whole, "Issue 1", "Story 1.1", "Story 1.2", "New story")
        before = bench.shown()
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config) as bench:
        await bench.idle()
        assert [one.get("description", "") for one in bench.shown()[1:]] == [one["description"] for one in before[1:]]


async def test_a_story_that_came_late_into_an_issue_of_the_backup_says_so_afterwards(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    whole = issue_text(1, items=2).replace("### [Story 1.2]", f"{NEW_STORY}\n\n### [Story 1.2]")
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", issue_text(1, items=2), "Issue 1", "Story 1.1", "Story 1.2")
        copy = back_up(config)
        await publish(bench, folder / "1.md", whole, "Issue 1", "Story 1.1", "Story 1.2", "New story")
        assert bench.shown()[-1]["description"].endswith("Added later")
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config) as bench:
        await bench.idle()
        assert titles(sandbox)[-1] == "New story"
        assert bench.shown()[-1]["description"].endswith("Added later")


async def test_a_story_that_was_only_moved_does_not_say_that_it_came_later(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    whole = issue_text(1, items=3)
    first = whole[whole.index("### [Story 1.1]") : whole.index("### [Story 1.2]")]
    async with first_run(sandbox, config) as bench:
        copy = back_up(config)
        await publish(bench, folder / "1.md", whole, "Issue 1", "Story 1.1", "Story 1.2", "Story 1.3")
        before = bench.shown()
    put_back(config, copy, sandbox)
    (folder / "1.md").write_text(f"{whole.replace(first, '')}\n{first}")
    async with restarted(sandbox, config) as bench:
        assert [one.get("description", "") for one in bench.shown()[1:]] == [one["description"] for one in before[1:]]


@pytest.mark.usefixtures("is_not_compared")
async def test_an_edit_that_waited_in_the_backup_and_is_not_needed_any_more_is_made(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    """The channel shows the edit, the backup knows that it waits, and the author has taken it back since."""
    whole = issue_text(1, items=2)
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", whole, "Issue 1", "Story 1.1", "Story 1.2")
        await bench.slash("pause")
        (folder / "1.md").write_text(whole.replace("Text of story 1.2", "Better text"))
        await bench.watcher.look_now()
        copy = back_up(config)
        await bench.slash("resume")
        await bench.until(lambda: bench.shown()[2]["description"].startswith("Better text"))
        await bench.idle()
    put_back(config, copy, sandbox)
    with closing(sqlite3.connect(config.storage)) as connection, connection:
        connection.execute("INSERT INTO settings VALUES (?, 'now')", (RESTORED,))  # as `bot.py restore` does
    async with running(sandbox, config) as bench:
        (folder / "1.md").write_text(whole)
        await bench.watcher.look_now()
        await bench.slash("resume")
        await bench.until(lambda: bench.shown()[2]["description"].startswith("Text of story 1.2"))


@pytest.mark.usefixtures("is_not_compared")
async def test_a_deletion_that_waited_in_the_backup_and_is_not_meant_any_more_is_made_good(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    """Herald deleted a story since the backup, which has that still to do; now the story is there again."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), on_removed="delete")
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", issue_text(1, items=2), "Issue 1", "Story 1.1", "Story 1.2")
        await bench.slash("pause")
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.watcher.look_now()
        copy = back_up(config)
        await bench.slash("resume")
        await bench.until_titles("Issue 1", "Story 1.1")
        await bench.idle()
    put_back(config, copy, sandbox)
    with closing(sqlite3.connect(config.storage)) as connection, connection:
        connection.execute("INSERT INTO settings VALUES (?, 'now')", (RESTORED,))
    async with running(sandbox, config) as bench:
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.watcher.look_now()
        await bench.slash("resume")
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")


async def test_an_issue_that_was_taken_back_since_the_backup_comes_back_in_place(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    async with first_run(sandbox, config) as bench:
        copy = back_up(config)
        await publish(bench, folder / "1.md", issue_text(1, items=2), "Issue 1", "Story 1.1", "Story 1.2")
        (folder / "1.md").unlink()
        (folder / "2.md").write_text(issue_text(2, items=1))
        await bench.until(lambda: all(title.startswith("~~") for title in titles(sandbox)[:3]))
        await bench.until(lambda: titles(sandbox)[-1] == "Story 2.1")
        await bench.idle()
    put_back(config, copy, sandbox)
    (folder / "1.md").write_text(issue_text(1, items=2))
    async with restarted(sandbox, config) as bench:
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2", "Issue 2", "Story 2.1")


async def test_a_story_that_goes_before_it_could_be_adopted_is_taken_back(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    await post_after_backup(sandbox, config, folder, items=3)
    async with running(sandbox, config) as bench, comparing(bench):
        await bench.slash("pause")
        await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.watcher.look_now()
        await bench.slash("resume")
        await bench.until(lambda: titles(sandbox)[-1] == "~~Story 1.3~~")
        await bench.until(lambda: titles(sandbox)[1:3] == ["Story 1.1", "Story 1.2"])


async def test_the_header_of_a_kept_issue_names_all_that_is_adopted_below_it(
    sandbox: Sandbox, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it was edited before the messages below it were known."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), on_removed="keep")
    (folder / "0.md").write_text(issue_text(9, items=1, day="2020-01-01"))
    await post_after_backup(sandbox, config, folder, items=3)
    original = Outbox.adopt_skipped

    async def adopt_and_wait(outbox: Outbox, delivery_id: int, found: Found, *, now: dt.datetime) -> None:
        await original(outbox, delivery_id, found, now=now)
        bench.herald.dispatch("deliveries_due")
        await bench.until(lambda: "**3 items**" not in bench.shown()[0]["description"])

    monkeypatch.setattr(Outbox, "adopt_skipped", adopt_and_wait)
    async with running(sandbox, config) as bench:
        await bench.slash("pause")
        await bench.watcher.look_now()
        (folder / "1.md").unlink()
        await bench.watcher.look_now()
        await bench.slash("resume")
        async with comparing(bench):
            await bench.until(lambda: "**3 items**" not in bench.shown()[0]["description"])
            await bench.until(lambda: "**3 items**" in bench.shown()[0]["description"])


async def test_a_story_that_an_admin_takes_back_before_it_could_be_adopted_is_taken_back(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    await post_after_backup(sandbox, config, folder, items=2)
    async with running(sandbox, config) as bench, comparing(bench):
        await bench.slash("pause")
        await bench.watcher.look_now()
        asked = await bench.slash("withdraw", "item", item="Story 1.2")
        await bench.press(asked, next(one["label"] for one in asked.components[0]["components"]))
        await bench.slash("resume")
        await bench.until(lambda: titles(sandbox) == ["Issue 1", "Story 1.1", "~~Story 1.2~~"])


@asynccontextmanager
async def adopting(bench: Bench, monkeypatch: pytest.MonkeyPatch, title: str) -> AsyncGenerator[None]:
    """Stop where the story's message is about to be adopted, and go on behind the block."""
    begun, end = asyncio.Event(), asyncio.Event()
    original = Adopter.candidates

    async def candidates(adopter: Adopter, delivery: Delivery, **known: bool) -> tuple[list[Found], int | None]:
        message = await bench.herald.composer.message(delivery)
        if message is not None and message.embed.title == title:
            begun.set()
            await end.wait()
        return await original(adopter, delivery, **known)

    monkeypatch.setattr(Adopter, "candidates", candidates)
    await begun.wait()
    yield
    end.set()


@pytest.mark.usefixtures("is_not_compared")
async def test_a_story_that_an_admin_takes_back_while_it_is_adopted_is_struck_through(
    sandbox: Sandbox, folder: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post_after_backup(sandbox, config, folder, items=2)
    async with running(sandbox, config) as bench:
        async with adopting(bench, monkeypatch, "Story 1.2"):
            await bench.press(await bench.slash("withdraw", "item", item="Story 1.2"), "Withdraw 1 message")
        await bench.until(lambda: titles(sandbox)[-1] == "~~Story 1.2~~")
        await bench.idle()
        assert titles(sandbox) == ["Issue 1", "Story 1.1", "~~Story 1.2~~"]


@pytest.mark.usefixtures("is_not_compared")
@pytest.mark.parametrize(
    ("on_removed", "shown"),
    [(OnRemoved.MARK, ["~~Story 1.2~~"]), (OnRemoved.KEEP, ["Story 1.2"]), (OnRemoved.DELETE, [])],
)
async def test_a_story_that_its_author_takes_out_while_it_is_adopted_is_known_to_readers(
    sandbox: Sandbox,
    folder: Path,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    on_removed: OnRemoved,
    shown: list[str],
) -> None:
    [subscription] = config.subscriptions
    subscription = subscription.model_copy(update={"on_removed": on_removed})
    config = config.model_copy(update={"subscriptions": (subscription,)})
    await post_after_backup(sandbox, config, folder, items=2)
    async with running(sandbox, config) as bench:
        async with adopting(bench, monkeypatch, "Story 1.2"):
            (folder / "1.md").write_text(issue_text(1, items=1))
            await bench.watcher.look_now()
        await bench.until(lambda: "**1 item**" in bench.shown()[0]["description"])
        await bench.until(lambda: titles(sandbox)[2:] == shown)
        await bench.idle()
        assert titles(sandbox) == ["Issue 1", "Story 1.1", *shown]


async def test_a_story_that_an_admin_deletes_before_it_could_be_adopted_is_deleted(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    await post_after_backup(sandbox, config, folder, items=2)
    async with running(sandbox, config) as bench, comparing(bench):
        await bench.slash("pause")
        await bench.watcher.look_now()
        asked = await bench.slash("withdraw", "item", item="Story 1.2", how="delete")
        await bench.press(asked, next(one["label"] for one in asked.components[0]["components"]))
        await bench.slash("resume")
        await bench.until(lambda: titles(sandbox) == ["Issue 1", "Story 1.1"])


@pytest.mark.usefixtures("is_not_compared")
async def test_a_story_that_is_adopted_after_the_next_one_does_not_come_late(
    sandbox: Sandbox, folder: Path, config: Config
) -> None:
    async with first_run(sandbox, config) as bench:
        copy = back_up(config)
        await publish(bench, folder / "1.md", issue_text(1, items=2), "Issue 1", "Story 1.1", "Story 1.2")
        before = [one["description"] for one in bench.shown()]
    put_back(config, copy, sandbox)
    async with running(sandbox, config) as bench:
        await bench.slash("pause")
        await bench.watcher.look_now()
        await bench.press(await bench.slash("withdraw", "item", item="Story 1.1"), "Withdraw 1 message")
        await bench.slash("resume")
        await bench.idle()
        asked = await bench.slash("repost", "item", item="Story 1.1", how="in place")
        await bench.press(asked, "Update 2 messages")
        await bench.until(lambda: "Story 1.1" in bench.shown()[0]["description"])
        await bench.idle()
        assert [one["description"] for one in bench.shown()] == before


NEW_STORY = "### [New story](https://example.com/new)\n\nText of the new story."


async def compared(bench: Bench) -> bool:
    return not await bench.services.outbox.found.is_restored()


@asynccontextmanager
async def comparing(bench: Bench) -> AsyncGenerator[Auditor]:
    """Let the bot compare the backup with the channels, as the running program does."""
    services = bench.services
    auditor = Auditor(
        client=bench.herald, newsletters=lambda: services.config.newsletters, archive=services.archive,
        ledger=Ledger(services.db), outbox=services.outbox, importer=services.importer, composer=bench.herald.composer,
    )  # fmt: skip
    task = asyncio.create_task(
        compare_restored(auditor, services.outbox.found, services.watchers.have_looked, every_s=0.02)
    )
    try:
        yield auditor
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_killed_while_it_looks_a_thread_through_it_goes_on_without_a_double(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    """The claim is on the disk, no request has left; the next run finds the message that is older than the claim."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), layout="thread")
    async with first_run(sandbox, config) as bench:
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.until(lambda: sandbox.guild.threads)
        [thread] = sandbox.guild.threads.values()
        await bench.until(lambda: titles(sandbox, thread) == ["Story 1.1"])
        await bench.idle()
        await bench.slash("pause")
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.watcher.look_now()
        copy = back_up(config)
        await bench.slash("resume")
        await bench.until(lambda: titles(sandbox, thread) == ["Story 1.1", "Story 1.2"])
        await bench.idle()
        newest = sandbox.messages(thread)[-1].id
    put_back(config, copy, sandbox)
    with closing(sqlite3.connect(config.storage)) as connection, connection:
        values = (utc_now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"), newest, thread.id)
        claimed = "state = 'sending', sending_at = ?, last_message_id = ?, thread_id = ?, attempts = 1"
        connection.execute(f"UPDATE deliveries SET {claimed} WHERE done IS NULL", values)
        connection.execute("UPDATE subscriptions SET paused_at = NULL")
    async with restarted(sandbox, config):
        assert titles(sandbox, thread) == ["Story 1.1", "Story 1.2"]


async def test_a_list_of_a_changed_issue_is_adopted_and_not_posted_one_by_one(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    """The backup had the list planned; meanwhile it was posted, and then the issue became a short one."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), max_messages=3)
    lines = [f"- [Line {n}](https://l.example/{n})\n" for n in range(5)]
    head = "---\ntitle: Issue 1\ndate: 2026-03-02\n---\n\n## News\n\n"
    async with first_run(sandbox, config) as bench:
        await bench.slash("pause")
        (folder / "1.md").write_text(head + "".join(lines))
        await bench.watcher.look_now()
        copy = back_up(config)
        await bench.slash("resume")
        await bench.until_titles("Issue 1", "News")
        await bench.idle()
    put_back(config, copy, sandbox)
    (folder / "1.md").write_text(head + "".join(lines[:3]))
    with closing(sqlite3.connect(config.storage)) as connection, connection:
        connection.execute("UPDATE subscriptions SET paused_at = NULL")
    async with restarted(sandbox, config):
        assert titles(sandbox) == ["Issue 1", "News"]


@pytest.mark.parametrize(("before", "after"), [(5, 3), (3, 5)], ids=["shorter", "longer"])
async def test_an_issue_that_changed_since_is_recognised_in_the_messages_in_which_it_stands(
    sandbox: Sandbox, folder: Path, tmp_path: Path, before: int, after: int
) -> None:
    """The backup does not know the issue; it was short or long when it was posted, and is the other by now."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), max_messages=3)
    lines = [f"- [Line {n}](https://l.example/{n})\n" for n in range(5)]
    head = "---\ntitle: Issue 1\ndate: 2026-03-02\n---\n\n## News\n\n"
    async with first_run(sandbox, config) as bench:
        copy = back_up(config)
        shown = ["News"] if before > 3 else ["Line 0", "Line 1", "Line 2"]
        await publish(bench, folder / "1.md", head + "".join(lines[:before]), "Issue 1", *shown)
    put_back(config, copy, sandbox)
    (folder / "1.md").write_text(head + "".join(lines[:after]))
    async with restarted(sandbox, config) as bench:
        assert titles(sandbox) == ["Issue 1", *shown]  # further ones are together in the header's thread
        contents = bench.shown()[0]["description"]
        assert [contents.count(f"[Line {n}](") for n in range(5)] == [1] * after + [0] * (5 - after)


async def test_lines_that_were_added_one_by_one_since_are_not_posted_together(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    """The backup knows the long issue; each of two further lines was posted by itself, and both are new to it."""
    config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"), max_messages=3)
    head = "---\ntitle: Issue 1\ndate: 2026-03-02\n---\n\n## News\n\n"
    lines = "".join(f"- [Line {n}](https://l.example/{n})\n" for n in range(5))
    more = ["\n## More\n\n- [One](https://m.example/1)\n", "- [Two](https://m.example/2)\n"]
    async with first_run(sandbox, config) as bench:
        await publish(bench, folder / "1.md", head + lines, "Issue 1", "News")
        copy = back_up(config)
        await publish(bench, folder / "1.md", head + lines + more[0], "Issue 1", "News", "One")
        await publish(bench, folder / "1.md", head + lines + "".join(more), "Issue 1", "News", "One", "Two")
    put_back(config, copy, sandbox)
    async with restarted(sandbox, config):
        assert titles(sandbox) == ["Issue 1", "News", "One", "Two"]

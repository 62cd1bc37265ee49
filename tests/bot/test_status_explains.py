"""What keeps a message from being posted is in `/status`, in one sentence that says what to do; told once."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from asking import act, component, labels, text_of
from bench import Bench, configured, eventually, issue_text, newsletter, running
from sqlalchemy.ext.asyncio import AsyncConnection

from config.settings import Config
from delivery import dispatcher
from delivery.reopening import Reopening
from sandbox.faults import Fault
from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.model import FORUM, Channel
from storage.records import State
from storage.reopened import Reopened
from storage.scope import Scope
from storage.sqlite import SqliteDatabase

ALL = Scope.everything()

POST = "POST /channels/*/messages"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "FIRST_DELAY_S", 0.05)


@pytest.fixture
def admins(sandbox: Sandbox) -> Channel:
    """Where admins are told, and where they ask."""
    return sandbox.world.add_channel(sandbox.guild, "admins")


@asynccontextmanager
async def following(
    sandbox: Sandbox, folder: Path, channel: str = "news", rules: dict[str, Any] | None = None, **how: Any
) -> AsyncGenerator[Bench]:
    """A bench with an admin channel, whose channel followed before anything was written."""
    config = configured(folder.parent, newsletter(folder, **(rules or {})), channel=sandbox.channel(channel), **how)
    config = config.model_copy(update={"admin_channel": sandbox.channel("admins").id})
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        yield bench


async def told(bench: Bench, *, about: str) -> str:
    """What the admins were told: exactly one message, and at most one that it is over."""
    admins = bench.sandbox.channel("admins")
    await bench.until(lambda: bench.posted(admins))
    message, *over = bench.posted(admins)
    assert about in message.content
    assert len(over) <= 1
    assert all(one.content.startswith("✅ Resolved after ") and about in one.content for one in over)
    return message.content


async def status(bench: Bench) -> str:
    """What `/status` says of newsletters and channels, as a reader sees it."""
    embeds = (await bench.slash("status")).embeds
    return "\n".join(embed["description"] for embed in embeds).replace("\\", "")


def deny(sandbox: Sandbox, channel: Channel, *names: str) -> None:
    bot = sandbox.guild.members[sandbox.world.bot.id]
    sandbox.world.set_overwrite(channel, bot, deny=permissions.by_names(list(names)))


async def test_what_is_lacking_is_told_before_anything_is_to_be_posted(
    sandbox: Sandbox, folder: Path, admins: Channel
) -> None:
    sentence = "⚠️ Herald may not write in #news: give its role the permissions Send Messages and Embed Links there."
    async with following(sandbox, folder) as bench:

        async def is_told() -> bool:
            return sentence in await status(bench)

        async def is_over() -> bool:
            return not await is_told()

        assert await is_over()
        deny(sandbox, bench.news, "SEND_MESSAGES")
        await eventually(is_told)
        assert sentence in text_of(await bench.slash("following"))
        assert bench.posted(admins) == []  # nobody has to come for it yet
        deny(sandbox, bench.news)
        await eventually(is_over)


@pytest.mark.parametrize(
    ("taken", "sentence"),
    [
        ("VIEW_CHANNEL", "give its role the permission"),
        ("SEND_MESSAGES", "Herald may not write in #other: give its role the permissions Send Messages"),
        ("EMBED_LINKS", "Herald may not write in #other: give its role the permission Embed Links there."),
    ],
)
async def test_a_permission_that_lacks(
    sandbox: Sandbox, folder: Path, admins: Channel, taken: str, sentence: str
) -> None:
    other = sandbox.world.add_channel(sandbox.guild, "other")
    async with following(sandbox, folder, "other") as bench:
        deny(sandbox, other, taken)
        (folder / "1.md").write_text(issue_text(1, items=2))
        await told(bench, about=sentence)
        deny(sandbox, other, taken, "ADD_REACTIONS")  # a change that mends nothing
        assert sentence in await status(bench)
        deny(sandbox, other)
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2", channel=other)
        await told(bench, about=sentence)
        assert sentence not in await status(bench)
        assert sandbox.core.log.invalid() <= (taken == "VIEW_CHANNEL")


@pytest.mark.parametrize(
    ("channel", "layout", "taken", "label"),
    [
        ("news", "thread", "CREATE_PUBLIC_THREADS", "Create Public Threads"),
        ("news", "thread", "SEND_MESSAGES_IN_THREADS", "Send Messages in Threads"),
        ("posts", "forum", "SEND_MESSAGES", "Create Posts"),
        ("posts", "forum", "SEND_MESSAGES_IN_THREADS", "Send Messages in Posts"),
    ],
)
async def test_what_threads_need_is_asked_for_before_anything_is_posted(
    sandbox: Sandbox, folder: Path, admins: Channel, channel: str, layout: str, taken: str, label: str
) -> None:
    async with following(sandbox, folder, channel, layout=layout) as bench:
        place = sandbox.channel(channel)
        deny(sandbox, place, taken)
        (folder / "1.md").write_text(issue_text(1, items=1))
        sentence = f"Herald may not write in #{channel}: give its role the permission"
        assert label in await told(bench, about=sentence)
        assert sentence in await status(bench)
        assert (bench.shown(place), sandbox.core.log.invalid()) == ([], 0)
        deny(sandbox, place)
        [thread] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until(lambda: "Story 1.1" in bench.titles(thread))


async def test_a_channel_that_is_gone(sandbox: Sandbox, folder: Path, admins: Channel) -> None:
    doomed = sandbox.world.add_channel(sandbox.guild, "doomed")
    async with following(sandbox, folder, "doomed") as bench:
        sandbox.world.delete_channel(doomed)
        (folder / "1.md").write_text(issue_text(1, items=2))
        await told(bench, about="does not exist any more, or Herald was removed from its server")
        assert f"The channel #doomed (<#{doomed.id}>) cannot be seen" in await status(bench)
        assert "let another channel follow with /follow" in await status(bench)


async def test_a_channel_that_is_gone_is_told_although_nothing_is_to_be_posted(
    sandbox: Sandbox, folder: Path, admins: Channel
) -> None:
    doomed = sandbox.world.add_channel(sandbox.guild, "doomed")
    async with following(sandbox, folder, "doomed") as bench:
        sandbox.world.delete_channel(doomed)
        await told(bench, about=f"The channel #doomed (<#{doomed.id}>) cannot be seen: it does not exist any more")
        listed = await bench.slash("following")
        assert "does not exist any more" in text_of(listed)
        assert "end this in /following" in text_of(listed)
        # what Discord no longer shows by its number is named
        assert component(listed, "Open one")["options"][0]["label"] == "Tech – #doomed"
        assert "Try #doomed again" in labels(await bench.slash("status"))


@pytest.mark.parametrize("is_locked", [True, False])
async def test_an_archived_or_locked_thread(sandbox: Sandbox, folder: Path, admins: Channel, is_locked: bool) -> None:
    """One that is only archived Herald opens by itself."""
    async with following(sandbox, folder, layout="thread") as bench:
        (folder / "1.md").write_text(issue_text(1, items=1))
        [thread] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until_titles("Story 1.1", channel=thread)
        await bench.idle()
        sandbox.world.archive_thread(thread, archived=True, locked=is_locked)
        (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.1", "Better text"))
        if is_locked:
            await told(bench, about="locked: unlock it, or give Herald's role the permission Manage Threads.")
            assert "unlock it" in await status(bench)
            sandbox.world.archive_thread(thread, archived=False, locked=False)
        await bench.until_titles("Story 1.1", "Story 1.2", channel=thread)
        await bench.until(lambda: bench.shown(thread)[0]["description"] == "Better text.")
        await bench.idle()
        assert await bench.services.subscriptions.waiting() == []
        assert sandbox.core.log.invalid() == 0


@pytest.mark.parametrize(("channel", "layout"), [("news", "thread"), ("posts", "forum")])
async def test_a_locked_thread_keeps_no_other_issue_waiting(
    sandbox: Sandbox, folder: Path, admins: Channel, channel: str, layout: str
) -> None:
    async with following(sandbox, folder, channel, layout=layout) as bench:
        (folder / "1.md").write_text(issue_text(1, items=1))
        [thread] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until(lambda: "Story 1.1" in bench.titles(thread))
        await bench.idle()
        sandbox.world.archive_thread(thread, archived=True, locked=True)
        (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.1", "Better text"))
        await told(bench, about="locked: unlock it, or give Herald's role the permission Manage Threads.")
        (folder / "2.md").write_text(issue_text(2, items=1))
        other = await bench.until(lambda: next((one for one in sandbox.guild.threads.values() if one != thread), None))
        await bench.until(lambda: "Story 2.1" in bench.titles(other))
        sandbox.world.archive_thread(thread, archived=False, locked=False)
        await bench.until(lambda: "Story 1.2" in bench.titles(thread))
        story = next(one for one in bench.posted(thread) if one.embeds and one.embeds[0]["title"] == "Story 1.1")
        await bench.until(lambda: story.embeds[0]["description"] == "Better text.")
        assert sandbox.core.log.invalid() == 0


@pytest.mark.parametrize(("channel", "layout"), [("news", "thread"), ("posts", "forum")])
@pytest.mark.parametrize("is_deleted", [False, True])
async def test_a_correction_leaves_an_archived_thread_archived(
    sandbox: Sandbox, folder: Path, admins: Channel, channel: str, layout: str, is_deleted: bool
) -> None:
    async with following(sandbox, folder, channel, layout=layout) as bench:
        (folder / "1.md").write_text(issue_text(1, items=2))
        [thread] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until(lambda: "Story 1.2" in bench.titles(thread))
        await bench.idle()
        sandbox.world.archive_thread(thread, archived=True)
        message = next(one for one in bench.posted(thread) if one.embeds and one.embeds[0]["title"] == "Story 1.1")
        if is_deleted:  # by a person: the edit fails
            sandbox.core.messages.delete(message)
        (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.1", "Better text"))
        await bench.watcher.look_now()
        await bench.idle()
        assert is_deleted or message.embeds[0]["description"] == "Better text."
        assert thread.thread is not None
        assert thread.thread.archived
        assert await bench.services.subscriptions.waiting() == []


@pytest.mark.parametrize("is_used", [False, True])
async def test_a_thread_that_a_kill_left_open_is_archived_at_the_next_start(
    sandbox: Sandbox, folder: Path, admins: Channel, monkeypatch: pytest.MonkeyPatch, is_used: bool
) -> None:
    async with following(sandbox, folder, layout="thread") as bench:
        (folder / "1.md").write_text(issue_text(1, items=2))
        [thread] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until(lambda: "Story 1.2" in bench.titles(thread))
        await bench.idle()
        sandbox.world.archive_thread(thread, archived=True)
        ended = asyncio.Event()

        async def killed(*_: object) -> None:
            ended.set()
            await asyncio.sleep(3_600)

        monkeypatch.setattr(Reopening, "_archive", killed)
        (folder / "1.md").write_text(issue_text(1, items=2).replace("Text of story 1.1", "Better text"))
        await bench.watcher.look_now()
        await ended.wait()
        config = bench.services.config
    assert thread.thread is not None
    assert not thread.thread.archived
    monkeypatch.undo()
    if is_used:  # somebody writes there since: then it is no longer Herald's to archive
        thread.last_message_id = sandbox.world.ids.next()
    async with running(sandbox, config) as bench:
        await eventually(lambda: _nothing_left_open(bench))
        await bench.idle()
        assert thread.thread.archived is not is_used


async def _nothing_left_open(bench: Bench) -> bool:
    return not await Reopened(bench.services.db).left()


async def test_a_correction_in_a_locked_thread(sandbox: Sandbox, folder: Path, admins: Channel) -> None:
    async with following(sandbox, folder, layout="thread") as bench:
        (folder / "1.md").write_text(issue_text(1, items=1))
        [thread] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until_titles("Story 1.1", channel=thread)
        await bench.idle()
        sandbox.world.archive_thread(thread, archived=True, locked=True)
        (folder / "1.md").write_text(issue_text(1, items=1).replace("Text of story 1.1", "Better text"))
        await told(bench, about="locked: unlock it, or give Herald's role the permission Manage Threads.")
        member = sandbox.guild.members[sandbox.world.bot.id]
        sandbox.world.set_overwrite(bench.news, member, allow=permissions.by_names(["MANAGE_THREADS"]))
        await bench.until(lambda: bench.shown(thread)[0]["description"] == "Better text.")


async def test_a_forum_that_asks_for_tags_of_moderators(sandbox: Sandbox, folder: Path, admins: Channel) -> None:
    forum = sandbox.world.add_channel(sandbox.guild, "tagged", FORUM, tags=["news"], requires_tag=True)
    forum.tags[0].moderated = True
    async with following(sandbox, folder, "tagged", layout="forum") as bench:
        (folder / "1.md").write_text(issue_text(1, items=1))
        await told(bench, about="asks for a tag, and all its tags are for moderators")
        assert "make tags optional" in await status(bench)
        forum.flags = 0
        sandbox.world.tell_channel("CHANNEL_UPDATE", forum)
        [post] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until_titles("Issue 1", "Story 1.1", channel=post)
        await told(bench, about="asks for a tag")


async def test_a_refused_message_and_posting_it_again(sandbox: Sandbox, folder: Path, admins: Channel) -> None:
    async with following(sandbox, folder) as bench:
        sandbox.faults.add(Fault(kind="status", status=400, route=POST, skip=1))
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until_titles("Issue 1", "Story 1.2")
        await told(bench, about="Discord refuses this: HTTP 400")
        text = await status(bench)
        assert "1 refused" in text
        assert "❗ Discord refuses this: HTTP 400" in text
        await bench.press(await bench.slash("repost", "item", item="Story 1.1"), "Post 1 message")
        await bench.until_titles("Issue 1", "Story 1.2", "Story 1.1")
        await bench.idle()
        assert (await bench.services.outbox.counts())[State.FAILED] == 0
        assert "refused" not in await status(bench)
        [over] = await bench.until(lambda: bench.posted(admins)[1:])
        assert over.content.startswith("✅ Resolved after ")
        assert "Discord refuses this: HTTP 400" in over.content


async def test_a_message_that_a_forum_refused_is_posted_again_in_its_post(
    sandbox: Sandbox, folder: Path, admins: Channel
) -> None:
    async with following(sandbox, folder, "posts", layout="forum") as bench:
        sandbox.faults.add(Fault(kind="status", status=400, route=POST))
        (folder / "1.md").write_text(issue_text(1, items=2))
        [post] = (await bench.until(lambda: dict(sandbox.guild.threads))).values()
        await bench.until_titles("Issue 1", "Story 1.2", channel=post)
        await told(bench, about="is refused")
        forum = str(sandbox.channel("posts").id)
        asked = await bench.slash("repost", "item", item="Story 1.1", channel=forum)
        await bench.press(asked, "Post 1 message")
        await bench.until_titles("Issue 1", "Story 1.2", "Story 1.1", channel=post)
        assert "refused" not in await status(bench)


async def test_a_channel_that_cannot_be_read_back(sandbox: Sandbox, folder: Path, admins: Channel) -> None:
    """Discord answers with an empty list and no error there: it is told before anything went wrong."""
    async with following(sandbox, folder) as bench:
        deny(sandbox, bench.news, "READ_MESSAGE_HISTORY")
        sandbox.faults.add(Fault(kind="lost", route=POST, after=True, skip=1))
        (folder / "1.md").write_text(issue_text(1, items=2))
        await bench.until_titles("Issue 1", "Story 1.1", "Story 1.2")
        await bench.idle()
        assert bench.titles() == ["Issue 1", "Story 1.1", "Story 1.2"]
        text = await status(bench)
        assert "Herald cannot read back #news: after a lost answer it relies on the nonce" in text
        assert "give its role the permission Read Message History there." in text
        deny(sandbox, bench.news)

        async def is_mended() -> bool:
            return "cannot read back" not in await status(bench)

        await eventually(is_mended)


async def test_a_source_that_is_down(sandbox: Sandbox, folder: Path, admins: Channel) -> None:
    async with following(sandbox, folder) as bench:
        away = folder.with_name("away")
        shutil.move(folder, away)
        sentence = f"The folder {folder} does not exist: correct the newsletter's source."
        for _ in range(4):
            await bench.watcher.look_now()
        await told(bench, about=sentence)
        assert f"⚠️ {sentence}" in await status(bench)
        shutil.move(away, folder)
        await bench.watcher.look_now()
        [over] = await bench.until(lambda: bench.posted(admins)[1:])
        assert re.fullmatch(r"✅ Resolved after \d+ seconds?: ~~\*\*Tech\*\*: .*~~", over.content)
        assert sentence in over.content
        assert sentence not in await status(bench)


async def test_held_issues_can_be_decided_on_from_there(sandbox: Sandbox, folder: Path, admins: Channel) -> None:
    async with following(sandbox, folder, rules={"max_new_issues": 1}) as bench:
        for number in (1, 2):
            (folder / f"{number}.md").write_text(issue_text(number, items=1, day=f"2026-03-0{number}"))
        await told(bench, about="brought 2 new issues at once")
        answer = await bench.slash("status")
        assert "2 issues held: too many came at once. Decide with the buttons below." in answer.embeds[0]["description"]
        await bench.press(answer, "Post 2 issues")
        await bench.until_titles("Issue 1", "Story 1.1", "Issue 2", "Story 2.1")
        assert "held" not in await status(bench)


async def test_what_two_servers_see_is_not_for_one_of_them_to_decide(
    sandbox: Sandbox, folder: Path, admins: Channel
) -> None:
    other = sandbox.world.add_guild("Elsewhere", sandbox.world.owner)
    rules = {"max_new_issues": 1, "servers": [sandbox.guild.id, other.id]}
    async with following(sandbox, folder, rules=rules) as bench:
        for number in (1, 2):
            (folder / f"{number}.md").write_text(issue_text(number, items=1, day=f"2026-03-0{number}"))
        await told(bench, about="brought 2 new issues at once")
        helper = sandbox.world.add_user("helper")
        role = sandbox.world.add_role(sandbox.guild, "Helpers", permissions.by_names(["MANAGE_GUILD"]))
        sandbox.world.add_member(sandbox.guild, helper, [role])
        answer = await bench.slash("status", user=helper)
        assert "2 issues held: too many came at once. Whoever runs Herald decides" in answer.embeds[0]["description"]
        assert "Post 2 issues" not in str(answer.components)
        assert "Post 2 issues" in str((await bench.slash("status")).components)  # the bot's owner


@asynccontextmanager
async def _holding_unfollowed(
    sandbox: Sandbox, folder: Path, tmp_path: Path, **settings: object
) -> AsyncGenerator[Bench]:
    """Return a bot that holds an issue of a newsletter that no channel follows."""
    config = Config(
        storage=str(tmp_path / "h.db"),
        cache=tmp_path / "cache",
        newsletters=(newsletter(folder, max_items=3, **settings),),
    )
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        (folder / "1.md").write_text(issue_text(1, items=4))
        await bench.watcher.look_now()
        yield bench


async def test_what_nobody_follows_yet_can_be_decided_on_in_the_operators_server(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    async with _holding_unfollowed(sandbox, folder, tmp_path) as bench:
        answer = await bench.slash("status")
        assert "Decide with the buttons below" in answer.embeds[0]["description"]
        await act(bench, answer, "File as read")
        assert "held" not in await status(bench)


async def test_of_what_is_not_told_there_it_does_not_say_that_nothing_was_found(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    async with _holding_unfollowed(sandbox, folder, tmp_path, servers="everyone") as bench:
        assert "no issue found yet" not in await status(bench)


async def test_a_full_disk(sandbox: Sandbox, folder: Path, admins: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    original, is_full = SqliteDatabase.transaction, False

    @asynccontextmanager
    async def transaction(self: SqliteDatabase) -> AsyncGenerator[AsyncConnection]:
        async with original(self) as connection:
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {1 if is_full else 1 << 30}")
            yield connection

    monkeypatch.setattr(SqliteDatabase, "transaction", transaction)
    async with following(sandbox, folder) as bench:
        is_full = True
        (folder / "1.md").write_text(issue_text(1, items=150))
        sentence = "herald.db cannot grow: the disk is full. Free some space; no data was stored in part."
        await told(bench, about=sentence)
        assert sentence in await status(bench)
        assert (await bench.services.archive.counts(ALL)).items == 0
        await bench.watcher.look_now()
        await told(bench, about=sentence)
        is_full = False
        await bench.watcher.look_now()
        await bench.until(lambda: len(bench.titles()) > 3)
        assert sentence not in await status(bench)

"""One message in the admin channel when something needs a person, one when that is over, and none after a restart."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from asking import text_of
from bench import Bench, configured, eventually, issue_text, newsletter, running

from config.settings import Config, SubscriptionConfig
from delivery import dispatcher
from sandbox.server import Sandbox
from sandbox.world import permissions
from sandbox.world.model import Channel


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "FIRST_DELAY_S", 0.05)


@pytest.fixture
def admins(sandbox: Sandbox) -> Channel:
    return sandbox.world.add_channel(sandbox.guild, "admins")


@pytest.fixture
def config(sandbox: Sandbox, folder: Path, admins: Channel) -> Config:
    found = configured(folder.parent, newsletter(folder), channel=sandbox.channel("news"))
    return found.model_copy(update={"admin_channel": admins.id})


def deny(sandbox: Sandbox, *names: str) -> None:
    bot = sandbox.guild.members[sandbox.world.bot.id]
    sandbox.world.set_overwrite(sandbox.channel("news"), bot, deny=permissions.by_names(list(names)))


async def is_blocked(bench: Bench) -> None:
    async def waits() -> bool:
        return bool(await bench.services.subscriptions.waiting())

    await eventually(waits)


async def test_a_blocked_channel_is_told_once_whatever_is_restarted(
    sandbox: Sandbox, folder: Path, admins: Channel, config: Config
) -> None:
    deny(sandbox, "EMBED_LINKS")
    async with running(sandbox, config) as bench:
        [told] = await bench.until(lambda: bench.posted(admins))
        assert "Herald has started" in told.content
        assert "Embed Links" in told.content
        await bench.watcher.look_now()
    for _ in range(2):  # the same trouble, in other lives
        async with running(sandbox, config) as bench:
            (folder / "1.md").write_text(issue_text(1, items=1))
            await bench.watcher.look_now()
            await is_blocked(bench)
            await bench.herald.checkup.blocked(bench.news.id, next(iter(await waiting_reasons(bench))))
            assert bench.posted(admins) == [told]
    async with running(sandbox, config) as bench:
        deny(sandbox, "SEND_MESSAGES", "EMBED_LINKS")  # another reason: its message says so
        await bench.until(lambda: "Send Messages" in told.content)
        assert bench.posted(admins) == [told]
        deny(sandbox)
        await bench.until_titles("Issue 1", "Story 1.1")
        _, over = await bench.until(lambda: bench.posted(admins) if len(bench.posted(admins)) > 1 else None)
        assert over.content.startswith("✅ Resolved after ")
        assert "Send Messages" in over.content
        assert await bench.services.troubles.all() == []
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        assert len(bench.posted(admins)) == 2


async def waiting_reasons(bench: Bench) -> set[str]:
    return {str(one.waiting_reason) for one in await bench.services.subscriptions.waiting()}


async def test_what_was_mended_while_nobody_looked_is_told_at_the_start(
    sandbox: Sandbox, admins: Channel, config: Config
) -> None:
    deny(sandbox, "EMBED_LINKS")
    async with running(sandbox, config) as bench:
        await bench.until(lambda: bench.posted(admins))
    deny(sandbox)
    async with running(sandbox, config) as bench:
        [over] = await bench.until(lambda: bench.posted(admins)[1:])
        assert over.content.startswith("✅ Resolved after ")
        assert "Embed Links" in over.content


async def test_a_source_that_is_down_over_a_restart(
    sandbox: Sandbox, folder: Path, admins: Channel, config: Config
) -> None:
    away = folder.with_name("away")
    shutil.move(folder, away)
    for _ in range(2):
        async with running(sandbox, config) as bench:
            for _ in range(4):
                await bench.watcher.look_now()
            [told] = await bench.until(lambda: bench.posted(admins))
            assert "does not exist" in told.content
    shutil.move(away, folder)
    async with running(sandbox, config) as bench:
        [over] = await bench.until(lambda: bench.posted(admins)[1:])
        assert "does not exist" in over.content


async def test_bad_files_are_one_message_and_are_over_when_they_can_be_read(
    sandbox: Sandbox, folder: Path, admins: Channel, config: Config
) -> None:
    for number in range(1, 15):
        (folder / f"{number:02}.md").write_text(f"---\ntitle: Bad {number}\ndate: [\n---\n\n## A\n\n### B\n\nC.\n")
    async with running(sandbox, config) as bench:
        await bench.watcher.look_now()
        [told] = await bench.until(lambda: bench.posted(admins))
        assert told.content.count("❗") == 10
        assert "… and 4 more: /status" in told.content
        for number in range(1, 14):
            (folder / f"{number:02}.md").write_text(issue_text(number, items=1))
        await bench.watcher.look_now()
        [over] = await bench.until(lambda: bench.posted(admins)[1:])
        assert over.content.count("✅") == 10
        assert "… and 3 more" in over.content
        assert "14.md" not in over.content
        [left] = await bench.services.troubles.all()
        assert "14.md" in left.text


async def test_where_nobody_could_be_told_it_is_told_later(sandbox: Sandbox, admins: Channel, config: Config) -> None:
    deny(sandbox, "EMBED_LINKS")
    async with running(sandbox, config.model_copy(update={"admin_channel": None})) as bench:
        [kept] = await eventually(bench.services.troubles.all)
        assert kept.message_id is None
    async with running(sandbox, config) as bench:
        [told] = await bench.until(lambda: bench.posted(admins))
        assert "Embed Links" in told.content


async def test_a_question_grows_in_its_message_and_says_what_was_decided_elsewhere(
    sandbox: Sandbox, folder: Path, admins: Channel
) -> None:
    tech = newsletter(folder, max_new_issues=1)
    config = configured(folder.parent, tech, channel=sandbox.channel("news"))
    async with running(sandbox, config.model_copy(update={"admin_channel": admins.id})) as bench:
        await bench.watcher.look_now()
        for number in (1, 2):
            (folder / f"{number}.md").write_text(issue_text(number, items=1))
        await bench.watcher.look_now()
        [asked] = await bench.until(lambda: bench.posted(admins))
        assert "2 new issues" in asked.content
        (folder / "3.md").write_text(issue_text(3, items=1))
        await bench.watcher.look_now()
        await bench.until(lambda: "3 new issues" in asked.content)
        assert bench.posted(admins) == [asked]
        status = await bench.slash("status")
        await bench.press(status, "File as read")
        await bench.until(lambda: asked.components == [])
        assert "**Tech**: 3 issues filed as read" in asked.content
        assert f"Decided by <@{sandbox.world.owner.id}>." in asked.content
        assert bench.posted(admins) == [asked]
        assert await bench.services.troubles.all() == []


async def test_many_channels_that_lose_one_permission_are_one_message(
    sandbox: Sandbox, folder: Path, admins: Channel, config: Config
) -> None:
    more = [sandbox.world.add_channel(sandbox.guild, name) for name in ("side", "loud")]
    followed = [*config.subscriptions, *(SubscriptionConfig(newsletter="Tech", channel=one.id) for one in more)]
    everywhere = [sandbox.channel("news"), *more]
    bot = sandbox.guild.members[sandbox.world.bot.id]
    async with running(sandbox, config.model_copy(update={"subscriptions": tuple(followed)})) as bench:
        await bench.watcher.look_now()
        for one in everywhere:
            sandbox.world.set_overwrite(one, bot, deny=permissions.by_names(["EMBED_LINKS"]))
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.watcher.look_now()
        [told] = await bench.until(lambda: bench.posted(admins))
        named = [f"<#{one.id}>" for one in everywhere]
        await bench.until(lambda: all(name in told.content for name in named))
        assert told.content.count("Embed Links") == 1
        assert bench.posted(admins) == [told]
        status = text_of(await bench.slash("status"))
        assert status.count("Embed Links") == 1
        assert status.count("see above") == len(everywhere)
        for one in everywhere:
            sandbox.world.set_overwrite(one, bot)
        for one in everywhere:
            await bench.until_titles("Issue 1", "Story 1.1", channel=one)
        over = await bench.until(lambda: bench.posted(admins)[1:])
        assert all("Resolved after" in one.content and "Embed Links" in one.content for one in over)

"""A newsletter's `servers`: what is no longer meant for a server is not posted there, and its admins learn why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asking import config_of, slash, text_of
from bench import Bench, eventually, issue_text, running

from app.reloading import Reloader
from app.services import servers_by_name
from config.settings import Config
from sandbox.server import Sandbox
from sandbox.world.model import Channel
from sandbox.world.model_message import Message
from storage.records import State


def admins_of(sandbox: Sandbox) -> Channel:
    """The admin channel, in a server of its own."""
    return sandbox.world.add_channel(sandbox.world.add_guild("Home", sandbox.world.owner), "admins")


def meant_for(config: Config, *guild_ids: int) -> Config:
    newsletters = tuple(one.model_copy(update={"servers": guild_ids}) for one in config.newsletters)
    return config.model_copy(update={"newsletters": newsletters})


def reasons(bench: Bench, admins: Channel) -> list[Message]:
    return [one for one in bench.posted(admins) if "is not among the `servers` of **Tech**" in one.content]


async def is_owed(bench: Bench, count: int) -> bool:
    return (await bench.services.outbox.counts())[State.PENDING] == count


async def test_a_subscription_in_a_server_that_is_not_named_waits(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    admins = admins_of(sandbox)
    config = config_of(tmp_path, folder, sandbox).model_copy(update={"admin_channel": admins.id})
    (folder / "1.md").write_text(issue_text(1, items=1))
    async with running(sandbox, meant_for(config, admins.guild_id or 0)) as bench:
        [told] = await bench.until(lambda: reasons(bench, admins))
        assert "Add it there, or end the subscription with /unfollow" in told.content
        (folder / "2.md").write_text(issue_text(2, items=1))
        await eventually(lambda: is_owed(bench, 2))
        assert "is not among the" in text_of(await slash(bench, "status"))
        assert "is not among the" in text_of(await slash(bench, "following"))
        await slash(bench, "resume")
        await eventually(lambda: is_owed(bench, 2))
        assert bench.posted() == []
        assert len(reasons(bench, admins)) == 1


async def test_servers_that_a_reload_changes_stop_and_start_posting(
    sandbox: Sandbox, folder: Path, tmp_path: Path
) -> None:
    admins = admins_of(sandbox)
    config = config_of(tmp_path, folder, sandbox).model_copy(update={"admin_channel": admins.id})
    barred, meant = meant_for(config, admins.guild_id or 0), meant_for(config, sandbox.guild.id)
    found = [barred, barred, meant]
    async with running(sandbox, meant) as bench:
        reloader = Reloader(bench.services, lambda: found.pop(0))
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.until_titles("Issue 1", "Story 1.1")
        await bench.idle()
        await reloader.reload()  # nobody told the bot yet: the next message finds out
        (folder / "2.md").write_text(issue_text(2, items=1))
        await bench.until(lambda: reasons(bench, admins))
        await reloader.reload()
        bench.herald.dispatch("reloaded")
        await eventually(lambda: is_owed(bench, 2))
        assert bench.titles() == ["Issue 1", "Story 1.1"]
        assert len(reasons(bench, admins)) == 1
        await reloader.reload()
        bench.herald.dispatch("reloaded")
        await bench.until_titles("Issue 1", "Story 1.1", "Issue 2", "Story 2.1")


async def test_a_reload_while_a_subscription_is_barred_lets_it_go_on(
    sandbox: Sandbox, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admins = admins_of(sandbox)
    config = config_of(tmp_path, folder, sandbox).model_copy(update={"admin_channel": admins.id})
    async with running(sandbox, meant_for(config, sandbox.guild.id)) as bench:
        (folder / "1.md").write_text(issue_text(1, items=1))
        await bench.until_titles("Issue 1", "Story 1.1")
        await bench.idle()
        services = bench.services
        meant, wait = services.door.servers, services.subscriptions.wait

        async def wait_and_reload(*args: Any, **kwargs: Any) -> None:
            await wait(*args, **kwargs)
            services.door.servers = meant

        monkeypatch.setattr(services.subscriptions, "wait", wait_and_reload)
        services.door.servers = servers_by_name(meant_for(config, admins.guild_id or 0))
        await bench.herald.checkup.servers_changed()
        assert await services.subscriptions.waiting() == []
        assert reasons(bench, admins) == []

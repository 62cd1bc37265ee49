"""The bot on a server whose standby takes over without the last commits: nothing is posted or told twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from asking import text_of
from bench import configured, eventually, issue_text, newsletter, running

from delivery import alerting, courier
from sandbox.server import Sandbox
from storage.postgres import membership
from tests.support.postgres_server import pair

pytestmark = pytest.mark.timeout(240)  # two servers and a bot: ten seconds on a busy machine


async def test_what_a_standby_has_forgotten_is_found_and_neither_posted_nor_told_again(
    sandbox: Sandbox, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("EVERY_S", 0.1), ("LEASE_S", 1.5), ("REQUEST_S", 0.5)):
        monkeypatch.setattr(membership, name, seconds)
    monkeypatch.setattr(alerting, "RETRY_S", 0.2)
    monkeypatch.setattr(courier, "_LOOK_S", 0.2)
    direct = sandbox.world.direct_channel(sandbox.world.owner)

    def told() -> list[str]:
        return [text_of(one) for one in sandbox.messages(direct)]

    async with pair() as (primary, standby, where):
        config = configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))
        async with running(sandbox, config.model_copy(update={"storage": where})) as bench:
            await bench.watcher.look_now()
            await bench.slash("alert", "add", query="story")
            (folder / "1.md").write_text(issue_text(1, items=2))
            await bench.until(lambda: len(told()) == 1)
            await bench.idle()
            await standby.caught_up(primary)
            await standby.fall_behind()
            (folder / "2.md").write_text(issue_text(2, items=3))
            await bench.until(lambda: len(told()) == 2)
            await bench.idle()
            before, timeline = bench.titles(), bench.services.db.timeline
            await asyncio.to_thread(primary.stop, "immediate")
            sandbox.core.messages.nonces.close_window()
            await asyncio.to_thread(standby.promote)

            async def is_noticed() -> bool:
                return bench.services.db.timeline != timeline

            await eventually(is_noticed)
            (folder / "3.md").write_text(issue_text(3, items=1))
            await bench.until(lambda: len(told()) == 3)
            await bench.idle()
            assert bench.titles() == [*before, "Issue 3", "Story 3.1"]
            assert len(told()) == len(set(told())) == 3
            assert "Story 2.3" in str((await bench.slash("search", query="2.3")).embeds)

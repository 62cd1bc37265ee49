from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bench import Bench, configured, newsletter, running

from sandbox.server import ChannelSpec, Sandbox, SandboxOptions


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    options = SandboxOptions(rate_limits=False)
    sandbox = await Sandbox.start(channels=[ChannelSpec("news"), ChannelSpec("posts", "forum")], options=options)
    yield sandbox
    await sandbox.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The newsletter's source."""
    folder = tmp_path / "issues"
    folder.mkdir()
    (folder / "readme.txt").write_text("no issue")
    return folder


@pytest.fixture
async def bench(sandbox: Sandbox, folder: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """The bot, following a folder that has no issue yet."""
    async with running(sandbox, configured(tmp_path, newsletter(folder), channel=sandbox.channel("news"))) as bench:
        yield bench

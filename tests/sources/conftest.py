from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sources.address import GitAddress
from sources.git.process import Credentials, Limits
from sources.git.source import GitSource
from tests.support.git_server import GitServer, Repository

OpenGit = Callable[..., GitSource]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A bare repository of which the server below serves `news.git`, with three issues."""
    repository = Repository.create(tmp_path / "remotes" / "news.git")
    repository.commit({f"posts/{name}.md": f"# {name}\n\ntext of {name}\n" * 5 for name in ("one", "two", "three")})
    return repository


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[GitServer]:
    (tmp_path / "remotes").mkdir(exist_ok=True)
    async with GitServer.serve(tmp_path / "remotes") as server:
        yield server


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def open_git(server: GitServer, cache: Path) -> OpenGit:
    """A source of the server's news.git; `url` leads elsewhere, `token` goes along."""

    def make(
        *,
        url: str | None = None,
        branch: str = "",
        include: tuple[str, ...] = ("*.md",),
        exclude: tuple[str, ...] = (),
        token: str | None = None,
        limits: Limits | None = None,
    ) -> GitSource:
        address = url or server.url("news.git")
        scheme = address.partition(":")[0]
        host = "127.0.0.1" if scheme == "http" else ""
        return GitSource(
            GitAddress(address, scheme, host),
            branch=branch,
            include=include,
            exclude=exclude,
            cache_dir=cache,
            credentials=Credentials(token=token),
            limits=limits,
        )

    return make

"""Git as people host it: other addresses, certificates, hashes and servers than the large hosts have."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import ssl
import time
import tracemalloc
from pathlib import Path

import pytest

from errors import SourceError
from sources.address import GitAddress
from sources.base import Changes
from sources.cache import prune
from sources.git.process import Credentials
from sources.git.source import GitSource
from tests.sources.conftest import OpenGit
from tests.support.git_server import GitServer, Repository, git

MONTH = dt.timedelta(days=30)

PATHS = ["posts/one.md", "posts/three.md", "posts/two.md"]


def paths(changes: Changes | None) -> list[str]:
    assert changes is not None
    return [change.path for change in changes.files]


async def read(source: GitSource, revision: str, *wanted: str) -> dict[str, bytes]:
    return {path: data async for path, data in source.read(revision, wanted)}


async def follows(source: GitSource, repository: Repository) -> None:
    """Everything that a poll does: the first look, reading, a change, a rename."""
    first = await source.changes(None)
    assert paths(first) == PATHS
    assert first is not None
    assert list(await read(source, first.revision, *PATHS)) == PATHS
    assert await source.changes(first.revision) is None
    repository.commit({"posts/four.md": "# four\n"}, moves={"posts/one.md": "posts/uno.md"})
    git("--git-dir", repository.path, "update-server-info")
    second = await source.changes(first.revision)
    assert second is not None
    assert [(change.kind, change.path) for change in second.files] == [
        ("added", "posts/four.md"),
        ("renamed", "posts/uno.md"),
    ]
    assert await read(source, second.revision, "posts/four.md") == {"posts/four.md": b"# four\n"}


# addresses


@pytest.mark.parametrize("token", [None, "s3cr3t-token"])
async def test_address_without_git_suffix_is_sent_on(
    repository: Repository, open_git: OpenGit, server: GitServer, token: str | None
) -> None:
    server.adds_suffix, server.token = True, token
    await follows(open_git(url=server.url("news"), token=token), repository)


@pytest.mark.parametrize("token", [None, "s3cr3t-token"])
async def test_address_without_git_suffix_is_tried_with_it(
    repository: Repository, open_git: OpenGit, server: GitServer, token: str | None
) -> None:
    server.needs_suffix, server.token = True, token
    await follows(open_git(url=server.url("news/"), token=token), repository)


async def test_missing_repository_is_told_by_its_own_address(
    repository: Repository, open_git: OpenGit, server: GitServer
) -> None:
    with pytest.raises(SourceError, match=f"no repository at {server.url('nowhere')}, or it is private"):
        await open_git(url=server.url("nowhere")).changes(None)


async def test_moved_repository_is_found_at_its_old_address_again(
    repository: Repository, open_git: OpenGit, server: GitServer
) -> None:
    source = open_git(url=server.url("news"))
    first = await source.changes(None)
    assert first is not None
    shutil.move(repository.path, server.root / "news")
    assert await source.changes(first.revision) is None


# hashes, and servers that give less


async def test_sha256_repository(tmp_path: Path, open_git: OpenGit, server: GitServer) -> None:
    repository = Repository.create(tmp_path / "remotes" / "long.git", object_format="sha256")
    repository.commit({path: f"# {path}\n\ntext of {path}\n" * 5 for path in PATHS})
    await follows(open_git(url=server.url("long.git")), repository)
    await follows_anew(open_git(url=server.url("long.git")))


async def follows_anew(source: GitSource) -> None:
    assert len(paths(await source.changes(None))) == 4


async def test_address_that_changes_its_hash(repository: Repository, open_git: OpenGit, server: GitServer) -> None:
    source = open_git()
    first = await source.changes(None)
    assert first is not None
    shutil.rmtree(repository.path)
    other = Repository.create(repository.path, object_format="sha256")
    other.commit({"posts/one.md": "# one\n"})
    second = await source.changes(first.revision)
    assert second is not None
    assert second.rewritten
    assert paths(second) == ["posts/one.md"]


async def test_dumb_http(repository: Repository, open_git: OpenGit, server: GitServer) -> None:
    git("--git-dir", repository.path, "update-server-info")
    server.is_dumb = True
    await follows(open_git(), repository)
    await follows_anew(open_git())  # after a restart: it is not asked for parts again
    assert not any("service=git-upload-pack" in request for request in server.requests[-1:])


async def test_server_that_gives_parts_and_then_only_files(
    repository: Repository, open_git: OpenGit, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.git.process._MAX_FAMILY", 12)
    monkeypatch.setattr("sources.git.process._FAMILY_S", 0.05)
    repository.allow_partial()
    source = open_git()
    first = await source.changes(None)
    assert first is not None
    git("--git-dir", repository.path, "update-server-info")
    server.is_dumb = True
    assert list(await read(source, first.revision, *PATHS)) == PATHS
    assert len(server.requests) < 200


# certificates


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context


def open_https(server: GitServer, cache: Path, ca_file: Path | None = None, name: str = "news.git") -> GitSource:
    credentials = Credentials(token="s3cr3t-token", ca_file=ca_file)
    address = GitAddress(server.url(name), "https", "127.0.0.1")
    return GitSource(address, include=("*.md",), cache_dir=cache, credentials=credentials)


async def test_certificate_of_ones_own(
    repository: Repository, cache: Path, tls: ssl.SSLContext, certificate: Path
) -> None:
    async with GitServer.serve(repository.path.parent, tls) as server:
        with pytest.raises(SourceError, match=r"certificate of .* is not trusted \(.*\): it has expired, .* ca_file"):
            await open_https(server, cache).changes(None)
        server.adds_suffix = True
        await follows(open_https(server, cache, certificate, "news"), repository)


async def test_certificate_of_the_environment(
    repository: Repository, cache: Path, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GIT_SSL_CAINFO", raising=False)  # it goes first
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with GitServer.serve(repository.path.parent, tls) as server:
        await follows(open_https(server, cache), repository)


# bounds


async def test_tree_bomb_costs_neither_time_nor_memory(tmp_path: Path, open_git: OpenGit, server: GitServer) -> None:
    """Ten folders in ten folders, nine times: a few kilobytes name a thousand million files."""
    repository = Repository.create(tmp_path / "remotes" / "bomb.git")
    store = ("--git-dir", repository.path)
    inner = f"100644 blob {git(*store, 'hash-object', '-w', '--stdin', stdin=b'x')}"
    for level in range(9):
        names = ("{}.md" if level == 0 else "{}").format
        tree = "".join(f"{inner}\t{names(number)}\n" for number in range(10))
        inner = f"040000 tree {git(*store, 'mktree', stdin=tree.encode())}"
    commit = git(*store, "-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", "-m", "x", inner.split()[-1])
    git(*store, "update-ref", "refs/heads/main", commit)
    tracemalloc.start()
    with pytest.raises(SourceError, match=r"more than 50,000 files .* narrow it"):
        await open_git(url=server.url("bomb.git")).changes(None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000


@pytest.mark.parametrize("is_partial", [True, False])
async def test_file_that_is_too_large_is_not_fetched(
    repository: Repository, open_git: OpenGit, cache: Path, monkeypatch: pytest.MonkeyPatch, is_partial: bool
) -> None:
    if is_partial:
        repository.allow_partial()
    monkeypatch.setattr("sources.git.store._REQUEST_BYTES", 1_000_000)
    large = random.Random(1).randbytes(5_000_001)
    repository.commit({"posts/large.md": large, "posts/four.md": "# four\n"})
    source = open_git()
    changes = await source.changes(None)
    assert changes is not None
    assert list(await read(source, changes.revision, *paths(changes))) == ["posts/four.md", *PATHS]
    assert (sum(file.stat().st_size for file in cache.rglob("*.pack")) < 1_000_000) is is_partial


async def test_many_references_are_asked_for_by_name(
    repository: Repository, open_git: OpenGit, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"create refs/heads/b{number} {repository.head()}\n" for number in range(500))
    git("--git-dir", repository.path, "update-ref", "--stdin", stdin=lines.encode())
    monkeypatch.setattr("sources.git.process.MAX_OUTPUT", 20_000)
    assert paths(await open_git().changes(None)) == PATHS


async def test_unused_copies_are_deleted(repository: Repository, open_git: OpenGit, cache: Path) -> None:
    await open_git().changes(None)
    await open_git(include=("*.txt",)).changes(None)
    old, used = sorted(cache.glob("*.git"))
    (cache / "known_hosts").write_text("")
    for file in (old, old / "HEAD"):
        os.utime(file, (1, 1))
    prune(cache, None)
    assert old.exists()
    prune(cache, MONTH)
    assert sorted(file.name for file in cache.iterdir()) == sorted([used.name, "known_hosts"])


async def test_cache_is_bounded(
    repository: Repository, open_git: OpenGit, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_git().changes(None)
    [copy] = cache.glob("*.git")
    monkeypatch.setattr("sources.cache.MAX_CACHE_BYTES", 100)
    prune(cache, MONTH)
    assert copy.exists()  # it was used a moment ago
    days_ago = time.time() - 3 * 86_400
    for file in (copy, copy / "HEAD"):
        os.utime(file, (days_ago, days_ago))
    prune(cache, MONTH)
    assert not copy.exists()

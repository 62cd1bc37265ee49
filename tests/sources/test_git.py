"""A Git remote as a source, over smart HTTP on loopback."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import resource
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from errors import SourceError
from sources.address import GitAddress
from sources.base import Changes, FileChange
from sources.git.process import Credentials, Limits
from sources.git.source import GitSource
from sources.listing import ListingChanges
from tests.sources.conftest import OpenGit
from tests.support.git_server import GitServer, Repository, git, push


def kinds(changes: Changes | None) -> list[tuple[str, str, str | None]]:
    assert changes is not None
    return [(change.kind, change.path, change.old_path) for change in changes.files]


async def taken_in(source: GitSource) -> str:
    changes = await source.changes(None)
    assert changes is not None
    return changes.revision


async def contents(source: GitSource, revision: str, *paths: str) -> dict[str, bytes]:
    return {path: data async for path, data in source.read(revision, paths)}


async def test_first_look_lists_every_file_with_the_commits_time(repository: Repository, open_git: OpenGit) -> None:
    changes = await open_git().changes(None)
    assert kinds(changes) == [("added", f"posts/{name}.md", None) for name in ("one", "three", "two")]
    assert changes is not None
    assert changes.files[0].changed_at == dt.datetime.fromtimestamp(repository.clock, dt.UTC)
    assert not changes.rewritten


@pytest.mark.usefixtures("repository")
async def test_what_differs_is_listed_beside_the_event_loop(open_git: OpenGit, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []
    files = ListingChanges.files

    def watched(self: ListingChanges, at: Callable[[str], dt.datetime | None]) -> tuple[FileChange, ...]:
        threads.append(threading.current_thread())
        return files(self, at)

    monkeypatch.setattr(ListingChanges, "files", watched)
    assert await open_git().changes(None) is not None
    assert threads
    assert threading.main_thread() not in threads


async def test_files_of_another_kind_can_be_listed_and_read(repository: Repository, open_git: OpenGit) -> None:
    repository.commit({"posts/four.adoc": "= Four", "posts/five.rst": "Five"})
    source = open_git()
    revision = await taken_in(source)
    repository.commit({"posts/six.adoc": "= Six"})
    assert await source.listed(revision, lambda path: path.endswith(".adoc")) == ["posts/four.adoc"]
    found = [each async for each in source.read(revision, ["posts/four.adoc", "posts/six.adoc"])]
    assert found == [("posts/four.adoc", b"= Four")]


@pytest.mark.parametrize("is_partial", [True, False])
async def test_files_are_read_as_they_were_at_the_revision(
    repository: Repository, open_git: OpenGit, is_partial: bool
) -> None:
    if is_partial:
        repository.allow_partial()
    source = open_git()
    old = await taken_in(source)
    repository.commit({"posts/one.md": "newer"})
    new = await source.changes(old)
    assert new is not None
    assert kinds(new) == [("changed", "posts/one.md", None)]
    assert await contents(source, new.revision, "posts/one.md", "posts/none.md") == {"posts/one.md": b"newer"}
    assert (await contents(source, old, "posts/one.md"))["posts/one.md"].startswith(b"# one")


async def test_pictures_are_not_fetched_from_a_host_that_gives_parts(
    repository: Repository, open_git: OpenGit, cache: Path
) -> None:
    repository.allow_partial()
    repository.commit({"pictures/large.bin": os.urandom(3_000_000)})
    source = open_git()
    revision = await taken_in(source)
    assert len(await contents(source, revision, "posts/one.md", "posts/two.md")) == 2
    assert sum(file.stat().st_size for file in cache.rglob("*") if file.is_file()) < 100_000


async def test_files_are_fetched_in_one_request_and_not_one_by_one(
    repository: Repository, open_git: OpenGit, server: GitServer
) -> None:
    repository.allow_partial()
    repository.commit({f"posts/{number}.md": f"issue {number}\n" for number in range(300)})
    source = open_git()
    revision = await taken_in(source)
    server.requests.clear()
    paths = [f"posts/{number}.md" for number in range(300)]
    assert list(await contents(source, revision, *paths)) == paths
    assert len(server.requests) <= 3


async def test_unchanged_remote_costs_one_request_and_touches_no_file(
    repository: Repository, open_git: OpenGit, server: GitServer, cache: Path
) -> None:
    source = open_git()
    revision = await taken_in(source)
    state = {path: path.stat().st_mtime_ns for path in cache.rglob("*")}
    server.requests.clear()
    assert await source.changes(revision) is None
    assert server.requests == ["GET /news.git/info/refs?service=git-upload-pack"]
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*")} == state


async def test_unchanged_remote_costs_little_cpu(repository: Repository, open_git: OpenGit) -> None:
    source = open_git(url=repository.path.as_uri())
    revision = await taken_in(source)
    best = 1.0
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
        assert await source.changes(revision) is None
        after = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
        pairs = zip(before, after, strict=True)
        best = min(best, sum(b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in pairs))
    assert best < 0.1, "generous, for slow machines; about 0.01 s is normal"


async def test_remote_with_many_references_is_asked_by_name(
    repository: Repository, open_git: OpenGit, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.git.source._MANY_REFERENCES", 1_000)
    commands = "".join(f"create refs/pull/{n}/head {repository.head()}\n" for n in range(30))
    git("--git-dir", repository.path, "update-ref", "--stdin", stdin=commands.encode())
    source = open_git()
    revision = await taken_in(source)
    server.requests.clear()
    assert await source.changes(revision) is None
    assert len(server.requests) == 2


async def test_push_over_http_is_seen(repository: Repository, open_git: OpenGit, tmp_path: Path) -> None:
    source = open_git()
    revision = await taken_in(source)
    await push(source._address.url, tmp_path / "work", {"posts/four.md": "# four\n"})
    changes = await source.changes(revision)
    assert kinds(changes) == [("added", "posts/four.md", None)]


async def test_every_kind_of_change_in_one_commit(repository: Repository, open_git: OpenGit) -> None:
    source = open_git()
    revision = await taken_in(source)
    repository.commit(
        {"posts/three.md": None, "posts/two.md": "other\n", "posts/new.md": "new\n", "note.txt": "no issue"},
        moves={"posts/one.md": "archive/one.md"},
    )
    changes = await source.changes(revision)
    assert kinds(changes) == [
        ("renamed", "archive/one.md", "posts/one.md"),
        ("added", "posts/new.md", None),
        ("changed", "posts/two.md", None),
        ("deleted", "posts/three.md", None),
    ]


@pytest.mark.parametrize("is_partial", [True, False])
async def test_file_moved_and_edited_at_once_stays_the_same(
    repository: Repository, open_git: OpenGit, is_partial: bool
) -> None:
    if is_partial:
        repository.allow_partial()
    source = open_git()
    revision = await taken_in(source)
    repository.commit({"posts/2024/one.md": "# one\n\ntext of one\n" * 5 + "edited\n", "posts/one.md": None})
    assert kinds(await source.changes(revision)) == [("renamed", "posts/2024/one.md", "posts/one.md")]


async def test_renamed_folder_of_500_files_is_500_renames(repository: Repository, open_git: OpenGit) -> None:
    repository.commit({f"posts/{n:03}.md": f"issue {n}\n" for n in range(500)})
    source = open_git()
    revision = await taken_in(source)
    repository.commit({}, moves={"posts": "content/blog"})
    changes = await source.changes(revision)
    assert changes is not None
    assert len(changes.files) == 503
    assert all(
        change.kind == "renamed" and change.old_path == change.path.replace("content/blog", "posts")
        for change in changes.files
    )


async def test_rewritten_history_yields_the_same_difference(repository: Repository, open_git: OpenGit) -> None:
    source = open_git()
    revision = await taken_in(source)
    files: dict[str, str | bytes | None] = {f"posts/{n}.md": f"# {n}\n\ntext of {n}\n" * 5 for n in ("one", "two")}
    repository.commit(files | {"posts/three.md": "fixed\n"}, is_orphan=True)
    repository.drop_unreachable()
    changes = await source.changes(revision)
    assert kinds(changes) == [("changed", "posts/three.md", None)]
    assert changes is not None
    assert not changes.rewritten


async def test_lost_copy_after_a_rewritten_history_lists_everything(
    repository: Repository, open_git: OpenGit, cache: Path
) -> None:
    revision = await taken_in(open_git())
    repository.commit({"posts/only.md": "# only\n"}, is_orphan=True)
    repository.drop_unreachable()
    shutil.rmtree(cache)
    changes = await open_git().changes(revision)
    assert kinds(changes) == [("added", "posts/only.md", None)]
    assert changes is not None
    assert changes.rewritten


async def test_lost_copy_alone_loses_nothing(repository: Repository, open_git: OpenGit, cache: Path) -> None:
    revision = await taken_in(open_git())
    shutil.rmtree(cache)
    repository.commit({"posts/one.md": "edited\n"})
    changes = await open_git().changes(revision)
    assert kinds(changes) == [("changed", "posts/one.md", None)]


async def test_revision_survives_a_restart(repository: Repository, open_git: OpenGit) -> None:
    revision = await taken_in(open_git())
    assert await open_git().changes(revision) is None
    repository.commit({"posts/one.md": None})
    assert kinds(await open_git().changes(revision)) == [("deleted", "posts/one.md", None)]


async def test_change_that_was_not_taken_in_is_told_again(repository: Repository, open_git: OpenGit) -> None:
    source = open_git()
    revision = await taken_in(source)
    repository.commit({"posts/four.md": "four\n"})
    await source.changes(revision)
    repository.commit({"posts/five.md": "five\n"})
    changes = await source.changes(revision)
    assert kinds(changes) == [("added", "posts/five.md", None), ("added", "posts/four.md", None)]


async def test_commit_that_touches_no_issue_moves_the_revision_only(repository: Repository, open_git: OpenGit) -> None:
    source = open_git()
    revision = await taken_in(source)
    repository.commit({"style.css": "a {}"})
    changes = await source.changes(revision)
    assert changes is not None
    assert changes.files == ()
    assert await source.changes(changes.revision) is None


async def test_other_patterns_list_everything_again(repository: Repository, open_git: OpenGit) -> None:
    revision = await taken_in(open_git(include=("posts/one.md",)))
    changes = await open_git(include=("posts/t*.md",)).changes(revision)
    assert changes is not None
    assert changes.rewritten
    assert [change.path for change in changes.files] == ["posts/three.md", "posts/two.md"]


async def test_links_submodules_and_hidden_files_are_no_issues(repository: Repository, open_git: OpenGit) -> None:
    repository.commit(
        {"posts/link.md": "/etc/passwd", ".github/x.md": "x", "posts/.hidden.md": "x", "posts/späß.md": "umlaut"},
        modes={"posts/link.md": "120000"},
    )
    changes = await open_git().changes(None)
    assert changes is not None
    assert [change.path for change in changes.files] == [f"posts/{n}.md" for n in ("one", "späß", "three", "two")]


async def test_links_and_submodules_are_told_where_no_issue_is_found(
    repository: Repository, open_git: OpenGit, caplog: pytest.LogCaptureFixture
) -> None:
    repository.commit({"issues": "posts", "theme": "1" * 40}, modes={"issues": "120000", "theme": "160000"})
    source = open_git(include=["posts/*.md"])
    assert await source.listed(await taken_in(source), lambda _: False) == []
    assert caplog.messages == []
    await open_git(include=["issues/*.md"]).changes(None)
    assert caplog.messages == [
        'path skipped path="issues" reason="it is a symbolic link: let include name the files that it leads to"',
        'path skipped path="theme" reason="it is a submodule: let a newsletter\'s source name its repository"',
    ]


async def test_hostile_tree_entries_are_ignored(repository: Repository, open_git: OpenGit) -> None:
    blob = git("--git-dir", repository.path, "hash-object", "-w", "--stdin", stdin=b"x")
    entry = b"100644 evil.md\0" + bytes.fromhex(blob)
    inner = _write_tree(repository, entry)
    outer = _write_tree(repository, b"40000 ..\0" + bytes.fromhex(inner) + b"100644 ok.md\0" + bytes.fromhex(blob))
    commit = git("--git-dir", repository.path, *_WHO, "commit-tree", outer, "-m", "x")
    git("--git-dir", repository.path, "update-ref", "refs/heads/main", commit)
    assert kinds(await open_git().changes(None)) == [("added", "ok.md", None)]


_WHO = ("-c", "user.name=A", "-c", "user.email=a@example.org")


def _write_tree(repository: Repository, data: bytes) -> str:
    return git(
        "--git-dir", repository.path, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=data
    )  # fmt: skip


async def test_too_large_file_is_left_out_and_logged(
    repository: Repository, open_git: OpenGit, caplog: pytest.LogCaptureFixture
) -> None:
    repository.commit({"posts/huge.md": b"x" * 5_000_001})
    source = open_git()
    revision = await taken_in(source)
    assert list(await contents(source, revision, "posts/huge.md", "posts/one.md")) == ["posts/one.md"]
    assert "posts/huge.md" in caplog.text


async def test_branch_is_followed(repository: Repository, open_git: OpenGit) -> None:
    repository.commit({"draft.md": "d\n"}, branch="next", is_orphan=True)
    assert kinds(await open_git(branch="next").changes(None)) == [("added", "draft.md", None)]


async def test_missing_branch_is_named_with_those_there_are(repository: Repository, open_git: OpenGit) -> None:
    with pytest.raises(SourceError, match="has no branch publish: it has main"):
        await open_git(branch="publish").changes(None)


async def test_branch_that_goes_and_comes_back(repository: Repository, open_git: OpenGit) -> None:
    source = open_git(branch="main")
    revision = await taken_in(source)
    head = repository.head()
    repository.commit({"x.md": "x"}, branch="other")
    git("--git-dir", repository.path, "update-ref", "-d", "refs/heads/main")
    with pytest.raises(SourceError, match="has no branch main: it has other"):
        await source.changes(revision)
    git("--git-dir", repository.path, "update-ref", "refs/heads/main", head)
    assert await source.changes(revision) is None


async def test_repository_without_commits_waits_for_the_first(
    tmp_path: Path, server: GitServer, open_git: OpenGit, caplog: pytest.LogCaptureFixture
) -> None:
    fresh = Repository.create(tmp_path / "remotes" / "fresh.git")
    source = open_git(url=server.url("fresh.git"))
    changes = await source.changes(None)
    assert changes is not None
    assert changes.files == ()
    assert "repository without a branch: nothing was pushed yet, or a web page answered" in caplog.text
    assert await source.changes(changes.revision) is None
    fresh.commit({"one.md": "# one\n"})
    later = await source.changes(changes.revision)
    assert kinds(later) == [("added", "one.md", None)]
    assert later is not None
    assert not later.rewritten


async def test_emptied_remote_is_reported_and_takes_nothing_away(repository: Repository, open_git: OpenGit) -> None:
    source = open_git()
    revision = await taken_in(source)
    head = repository.head()
    repository.commit({"posts/one.md": None, "posts/two.md": None, "posts/three.md": None})
    with pytest.raises(SourceError, match="no longer has a file"):
        await source.changes(revision)
    git("--git-dir", repository.path, "update-ref", "-d", "refs/heads/main")
    with pytest.raises(SourceError, match="is empty now"):
        await source.changes(revision)
    git("--git-dir", repository.path, "update-ref", "refs/heads/main", head)
    assert await source.changes(revision) is None


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "refuses access"),
        (403, "refuses access"),
        (404, "There is no repository at"),
        (500, "cannot be reached now"),
        (503, "cannot be reached now"),
        (429, "cannot be reached now"),
    ],
)
async def test_remote_that_refuses_is_one_sentence_and_recovers(
    repository: Repository, open_git: OpenGit, server: GitServer, status: int, sentence: str
) -> None:
    source = open_git(token="s3cr3t-token")
    revision = await taken_in(source)
    server.status = status
    with pytest.raises(SourceError, match=sentence) as caught:
        await source.changes(revision)
    assert "s3cr3t" not in str(caught.value)
    assert "\n" not in str(caught.value)
    server.status = None
    assert await source.changes(revision) is None


async def test_private_repository_needs_the_right_token(
    repository: Repository, open_git: OpenGit, server: GitServer
) -> None:
    server.token = "s3cr3t-token"
    for token in (None, "wrong-token"):
        with pytest.raises(SourceError, match="refuses access: check the newsletter's token") as caught:
            await open_git(token=token).changes(None)
        assert "wrong-token" not in str(caught.value)
    source = open_git(token="s3cr3t-token")
    assert len(await contents(source, await taken_in(source), "posts/one.md")) == 1


async def test_token_is_in_no_argument_and_no_file(
    repository: Repository, open_git: OpenGit, server: GitServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.token = "s3cr3t-token"
    seen: list[str] = []
    start = asyncio.create_subprocess_exec

    async def record(*arguments: str, **options):
        seen.extend(arguments)
        return await start(*arguments, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", record)
    await taken_in(open_git(token="s3cr3t-token"))
    assert "ls-remote" in seen
    assert not any("s3cr3t" in argument for argument in seen)
    assert not any(b"s3cr3t" in file.read_bytes() for file in cache.rglob("*") if file.is_file())


async def test_hanging_server_is_given_up_and_leaves_no_process(
    repository: Repository, open_git: OpenGit, server: GitServer
) -> None:
    source = open_git(limits=Limits(ask_s=0.3))
    server.is_hanging = True
    with pytest.raises(SourceError, match="did not answer within"):
        await source.changes(None)
    assert not _processes_with(server.base)
    server.is_hanging = False
    source._limits = Limits()
    assert len(kinds(await source.changes(None))) == 3


def _processes_with(text: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if text in line and "git" in line:
            found.append(line)
    return found


async def test_moved_repository_is_followed_without_a_token(
    repository: Repository, open_git: OpenGit, server: GitServer, tmp_path: Path
) -> None:
    source = open_git()
    revision = await taken_in(source)
    async with GitServer.serve(tmp_path / "remotes") as other:
        server.redirect_to = other.base
        assert await source.changes(revision) is None
        assert other.requests


async def test_token_is_not_carried_to_where_a_redirection_leads(
    repository: Repository, open_git: OpenGit, server: GitServer, tmp_path: Path
) -> None:
    async with GitServer.serve(tmp_path / "remotes") as other:
        server.redirect_to = other.base
        with pytest.raises(SourceError, match=f"sends to {other.base}/news.git, .*write that"):
            await open_git(token="s3cr3t-token").changes(None)
        assert other.requests == []


async def test_remote_that_is_down(repository: Repository, open_git: OpenGit, unused_port: int) -> None:
    with pytest.raises(SourceError, match="cannot be reached now"):
        await open_git(url=f"http://127.0.0.1:{unused_port}/news.git").changes(None)


@pytest.fixture
async def unused_port(tmp_path: Path) -> int:
    """The port of a server that has ended."""
    (tmp_path / "remotes").mkdir(exist_ok=True)
    async with GitServer.serve(tmp_path / "remotes") as server:
        return int(server.base.rpartition(":")[2])


def _truncate_objects(copy: Path) -> None:
    for file in copy.rglob("objects/**/*"):
        if file.is_file():
            file.chmod(0o600)
            file.write_bytes(b"")


def _delete_objects(copy: Path) -> None:
    shutil.rmtree(copy / "objects")


def _break_configuration(copy: Path) -> None:
    (copy / "config").write_text("[broken", encoding="utf-8")


def _delete_head(copy: Path) -> None:
    (copy / "HEAD").unlink()


def _leave_locks(copy: Path) -> None:
    for name in ("shallow.lock", "packed-refs.lock", "config.lock", "refs/herald-incoming.lock", "shallow_aBcDeF"):
        (copy / name).write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [_truncate_objects, _delete_objects, _break_configuration, _delete_head, _leave_locks]
)
async def test_damaged_copy_is_made_again(repository: Repository, open_git: OpenGit, cache: Path, damage) -> None:
    source = open_git()
    revision = await taken_in(source)
    (copy,) = cache.glob("*.git")
    damage(copy)
    repository.commit({"posts/one.md": "edited\n"})
    changes = await open_git().changes(revision)
    assert kinds(changes) == [("changed", "posts/one.md", None)]
    assert changes is not None
    assert await contents(source, changes.revision, "posts/one.md") == {"posts/one.md": b"edited\n"}


async def test_disk_without_space_is_reported_and_recovers(
    repository: Repository, open_git: OpenGit, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = open_git()
    revision = await taken_in(source)
    (copy,) = cache.glob("*.git")
    start = asyncio.create_subprocess_exec

    async def without_space(*arguments: str, **options):
        """As git ends there: with half a pack left behind."""
        if "fetch" not in arguments:
            return await start(*arguments, **options)
        script = f"touch {copy}/objects/pack/tmp_pack_x; echo 'fatal: write error: No space left on device' >&2; exit 1"
        return await start("sh", "-c", script, **options)

    repository.commit({"posts/one.md": "edited\n"})
    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "create_subprocess_exec", without_space)
        with pytest.raises(SourceError, match="no space left on the disk"):
            await source.changes(revision)
    assert not list(copy.rglob("tmp_*"))
    assert kinds(await source.changes(revision)) == [("changed", "posts/one.md", None)]


async def test_server_that_promises_parts_and_gives_none_is_fetched_in_full(
    repository: Repository, open_git: OpenGit
) -> None:
    git("--git-dir", repository.path, "config", "uploadpack.allowFilter", "true")
    source = open_git()
    revision = await taken_in(source)
    head = repository.head()
    repository.commit({"posts/one.md": "edited\n"}, is_orphan=True)  # the first commit's files are now unreachable
    repository.drop_unreachable()
    with pytest.raises(SourceError):
        await contents(source, revision, "posts/one.md")
    changes = await source.changes(revision)
    assert changes is not None
    assert head not in changes.revision
    assert await contents(source, changes.revision, "posts/one.md") == {"posts/one.md": b"edited\n"}


async def test_file_remote(repository: Repository, open_git: OpenGit) -> None:
    source = open_git(url=repository.path.as_uri())
    revision = await taken_in(source)
    assert len(await contents(source, revision, "posts/one.md", "posts/two.md")) == 2


async def test_file_remote_that_is_not_there(tmp_path: Path, open_git: OpenGit) -> None:
    with pytest.raises(SourceError, match="There is no repository at"):
        await open_git(url=(tmp_path / "nowhere").as_uri()).changes(None)


async def test_ssh_remote_is_asked_through_ssh_with_the_key(
    repository: Repository, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # in ssh's place: notes its arguments and runs the remote's command here
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nfor last; do :; done\nexec sh -c "$last"\n')
    ssh.chmod(0o700)
    monkeypatch.setenv("PATH", f"{ssh.parent}:{os.environ['PATH']}")
    source = GitSource(
        GitAddress(f"git@localhost:{repository.path}", "ssh", "localhost"),
        include=("*.md",),
        cache_dir=cache,
        credentials=Credentials(ssh_key=tmp_path / "key"),
    )
    revision = await taken_in(source)
    assert len(await contents(source, revision, "posts/one.md")) == 1
    assert await source.changes(revision) is None
    asked = (tmp_path / "asked").read_text().splitlines()
    assert all(f"-i {tmp_path}/key -o BatchMode=yes" in line and "git@localhost" in line for line in asked)
    ssh.write_text("#!/bin/sh\necho 'git@localhost: Permission denied (publickey).' >&2\nexit 255\n")
    with pytest.raises(SourceError, match="refuses access"):
        await source.changes(revision)


async def test_other_protocols_are_refused_by_git_itself(repository: Repository, open_git: OpenGit) -> None:
    source = open_git()
    object.__setattr__(source._address, "url", "ext::sh -c touch% /tmp/herald-was-here")
    with pytest.raises(SourceError):
        await source.changes(None)


async def test_many_changes_do_not_pile_up_packs(
    repository: Repository, open_git: OpenGit, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.git.store._MAX_PACKS", 3)
    source = open_git()
    revision = await taken_in(source)
    for number in range(8):
        repository.commit({"posts/one.md": f"version {number}\n"})
        changes = await source.changes(revision)
        assert changes is not None
        revision = changes.revision
    assert len(list(cache.rglob("*.pack"))) <= 4
    assert (await contents(source, revision, "posts/one.md")) == {"posts/one.md": b"version 7\n"}


async def test_git_that_is_not_installed(open_git: OpenGit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SourceError, match="not installed"):
        await open_git().changes(None)

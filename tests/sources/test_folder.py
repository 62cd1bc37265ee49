"""A local folder as a source."""

from __future__ import annotations

import datetime as dt
import gc
import os
import subprocess
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from errors import SourceError
from sources.base import Changes
from sources.folder import FolderSource
from sources.patterns import Matcher, pattern_fault, patterns_fault

OLD = 1_600_000_000


def put(root: Path, path: str, content: str | bytes = "text\n", *, at: float | None = OLD) -> Path:
    """Write a file that was last changed long ago, or now where `at` is None."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    if at is not None:
        os.utime(file, (at, at))
    return file


def kinds(changes: Changes | None) -> list[tuple[str, str, str | None]]:
    assert changes is not None
    return [(change.kind, change.path, change.old_path) for change in changes.files]


async def taken_in(source: FolderSource) -> str:
    changes = await source.changes(None)
    assert changes is not None
    return changes.revision


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("one", "two", "three"):
        put(tmp_path / "letters", f"posts/{name}.md", f"# {name}\n")
    return tmp_path / "letters"


@pytest.fixture
def source(root: Path, tmp_path: Path) -> FolderSource:
    return FolderSource(root, ("*.md",), ("drafts/",), tmp_path / "cache")


async def test_first_look_lists_every_file_with_its_time(source: FolderSource) -> None:
    changes = await source.changes(None)
    assert kinds(changes) == [("added", f"posts/{name}.md", None) for name in ("one", "three", "two")]
    assert changes is not None
    assert changes.files[0].changed_at == dt.datetime.fromtimestamp(OLD, dt.UTC)


async def test_every_kind_of_change(source: FolderSource, root: Path) -> None:
    revision = await taken_in(source)
    (root / "posts/one.md").rename(root / "one.md")
    (root / "posts/three.md").unlink()
    put(root, "posts/two.md", "# other\n")
    put(root, "posts/new.md", "# new\n")
    put(root, "posts/note.txt")
    put(root, "drafts/idea.md")
    changes = await source.changes(revision)
    assert kinds(changes) == [
        ("renamed", "one.md", "posts/one.md"),
        ("added", "posts/new.md", None),
        ("changed", "posts/two.md", None),
        ("deleted", "posts/three.md", None),
    ]
    assert changes is not None
    assert await source.changes(changes.revision) is None


async def test_touching_a_file_changes_nothing(source: FolderSource, root: Path) -> None:
    revision = await taken_in(source)
    (root / "posts/one.md").touch()
    assert await source.changes(revision) is None


async def test_edit_of_the_same_size_in_the_same_instant_is_seen(source: FolderSource, root: Path) -> None:
    file = put(root, "posts/one.md", "# 111\n", at=None)
    revision = await taken_in(source)
    stat = file.stat()
    file.write_text("# 222\n")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert kinds(await source.changes(revision)) == [("changed", "posts/one.md", None)]


async def test_unchanged_folder_is_not_read(source: FolderSource, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    revision = await taken_in(source)
    monkeypatch.setattr("sources.folder._read_plain", lambda _, path: pytest.fail(f"{path} was read"))
    assert await source.changes(revision) is None


async def test_renamed_folder_of_500_files_is_500_renames(source: FolderSource, root: Path) -> None:
    for number in range(500):
        put(root, f"posts/{number:03}.md", f"issue {number}\n")
    revision = await taken_in(source)
    (root / "posts").rename(root / "blog")
    changes = await source.changes(revision)
    assert changes is not None
    assert len(changes.files) == 503
    assert all(change.old_path == change.path.replace("blog", "posts") for change in changes.files)


async def test_revision_survives_a_restart(source: FolderSource, root: Path, tmp_path: Path) -> None:
    revision = await taken_in(source)
    put(root, "posts/one.md", "# edited\n")
    again = FolderSource(root, ("*.md",), ("drafts/",), tmp_path / "cache")
    changes = await again.changes(revision)
    assert kinds(changes) == [("changed", "posts/one.md", None)]
    assert changes is not None
    assert not changes.rewritten


async def test_change_that_was_not_taken_in_is_told_again(source: FolderSource, root: Path) -> None:
    revision = await taken_in(source)
    for number in range(8):
        put(root, f"posts/new{number}.md", f"{number}\n")
        changes = await source.changes(revision)
        assert changes is not None
        assert [change.kind for change in changes.files] == ["added"] * (number + 1)


@pytest.mark.parametrize("damage", ["delete", "garbage", "wrong"])
async def test_lost_state_lists_everything(source: FolderSource, root: Path, tmp_path: Path, damage: str) -> None:
    revision = await taken_in(source)
    for file in (tmp_path / "cache").rglob("*.z"):
        if damage == "delete":
            file.unlink()
        else:
            file.write_bytes(b"garbage" if damage == "garbage" else b"x\x9c\x8b\x8e\x05\x00\x00\xb6\x00]")
    put(root, "posts/one.md", "# edited\n")
    changes = await FolderSource(root, ("*.md",), ("drafts/",), tmp_path / "cache").changes(revision)
    assert changes is not None
    assert changes.rewritten
    assert len(changes.files) == 3


async def test_lost_state_of_an_unchanged_folder_is_found_again(root: Path) -> None:
    revision = await taken_in(FolderSource(root))
    source = FolderSource(root)
    assert await source.changes(revision) is None
    put(root, "posts/one.md", "# edited\n")
    assert kinds(await source.changes(revision)) == [("changed", "posts/one.md", None)]


async def test_other_patterns_list_everything(root: Path, tmp_path: Path) -> None:
    revision = await taken_in(FolderSource(root, ("*one.md",), (), tmp_path / "cache"))
    changes = await FolderSource(root, ("*t*.md",), (), tmp_path / "cache").changes(revision)
    assert changes is not None
    assert changes.rewritten


async def test_links_and_hidden_and_temporary_files_are_no_issues(
    source: FolderSource, root: Path, tmp_path: Path
) -> None:
    secret = put(tmp_path, "secret.md", "secret")
    (root / "link.md").symlink_to(secret)
    (root / "folder").symlink_to(tmp_path)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.md")
    for path in (".git/x.md", ".#lock.md", "posts/one.md~", "#posts.md#", "x.md.swp"):
        put(root, path)
    assert len(kinds(await FolderSource(root).changes(None))) == 3
    revision = await taken_in(source)
    paths = ["link.md", "folder/secret.md", "../secret.md", "/etc/passwd", "posts/one.md", "pipe.md", "posts/gone.md"]
    assert [path async for path, _ in source.read(revision, paths)] == ["posts/one.md", "pipe.md"]


async def test_links_to_issues_are_told(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """As Kubernetes mounts a ConfigMap."""
    put(root, "..2026/one.md")
    (root / "..data").symlink_to("..2026")
    (root / "one.md").symlink_to("..data/one.md")
    (root / "style.css").symlink_to("..data/style.css")
    source = FolderSource(root, ["*.md"])
    revision = await taken_in(source)
    assert await source.changes(revision) is None
    assert caplog.messages == [
        'file skipped path="one.md" reason="it is a symbolic link: let source name the folder that holds the file"'
    ]


async def test_links_to_folders_are_told_where_no_issue_is_found(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    (root / "issues").symlink_to("posts")
    (root / "circle").symlink_to("circle")
    await taken_in(FolderSource(root, ["posts/*.md"]))
    assert caplog.messages == []
    await taken_in(FolderSource(root, ["issues/*.md"]))
    assert caplog.messages == [
        'file skipped path="issues" reason="it is a symbolic link to a folder: let source name that folder"'
    ]


@pytest.mark.parametrize("path", ["ISSUE-12.MD", "posts/Issue.Markdown", "a.Md"])
def test_capital_letters_in_a_suffix_make_no_difference(path: str) -> None:
    assert Matcher(["*.md", "*.markdown"], [])(path)
    assert not Matcher(["*.md", "*.markdown"], ["*.md", "*.markdown"])(path)
    assert Matcher(["*.MD"], [])("ONE.MD")
    assert not Matcher(["README.md"], [])("readme.md")


async def test_name_that_is_no_text_is_told_once(
    source: FolderSource, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/bad\xff.md")).write_text("x")
    revision = await taken_in(source)
    assert await source.changes(revision) is None
    assert caplog.text.count("bad") == 1


async def test_file_that_is_emptied_before_it_is_written_keeps_its_state(source: FolderSource, root: Path) -> None:
    revision = await taken_in(source)
    put(root, "posts/one.md", "", at=None)
    assert await source.changes(revision) is None
    put(root, "posts/one.md", "# written\n", at=None)
    assert kinds(await source.changes(revision)) == [("changed", "posts/one.md", None)]


async def test_file_that_changes_while_it_is_read_is_taken_at_the_next_look(
    source: FolderSource, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = await taken_in(source)
    put(root, "posts/one.md", "# half", at=None)

    def read_and_grow(root: Path, path: str) -> bytes:
        data = (root / path).read_bytes()
        with (root / path).open("ab") as file:
            file.write(b" and the rest\n")
        return data

    with monkeypatch.context() as patch:
        patch.setattr("sources.folder._read_plain", read_and_grow)
        assert await source.changes(revision) is None
    changes = await source.changes(revision)
    assert kinds(changes) == [("changed", "posts/one.md", None)]


async def test_too_large_file_is_told_once(source: FolderSource, root: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(root, "posts/huge.md", b"x" * 5_000_001)
    revision = await taken_in(source)
    assert await source.changes(revision) is None
    assert caplog.text.count("posts/huge.md") == 1


async def test_empty_folder_waits_for_its_first_file(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    source = FolderSource(tmp_path / "new", ("*.md",))
    changes = await source.changes(None)
    assert changes is not None
    assert changes.files == ()
    put(tmp_path, "new/one.md", "", at=None)
    assert kinds(await source.changes(changes.revision)) == [("added", "one.md", None)]


async def test_emptied_folder_is_reported_and_takes_nothing_away(
    source: FolderSource, root: Path, tmp_path: Path
) -> None:
    revision = await taken_in(source)
    root.rename(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="does not exist"):
        await source.changes(revision)
    root.mkdir()
    with pytest.raises(SourceError, match="no longer has a file that the newsletter's include matches"):
        await source.changes(revision)
    root.rmdir()
    root.write_text("x")
    with pytest.raises(SourceError, match="is a file, not a folder"):
        await source.changes(revision)
    root.unlink()
    (tmp_path / "elsewhere").rename(root)
    assert await source.changes(revision) is None


async def test_folder_that_may_not_be_read(source: FolderSource, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(SourceError, match="may not be read by the user"):
        await source.changes(None)


async def test_folder_that_hangs_holds_up_one_thread_and_recovers(
    source: FolderSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    is_dir = Path.is_dir
    with monkeypatch.context() as patch:
        patch.setattr("sources.folder.SCAN_LIMIT_S", 0.05)
        patch.setattr(Path, "is_dir", lambda self: gate.wait(10) and is_dir(self))
        with pytest.raises(SourceError, match="could not be read within"):
            await source.changes(None)
        with pytest.raises(SourceError, match="does not answer"):
            await source.changes(None)
        gate.set()
        assert source._scan is not None
        await source._scan
    assert len(kinds(await source.changes(None))) == 3


async def test_state_that_cannot_be_kept_is_logged_and_costs_nothing_now(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    source = FolderSource(root, ("*.md",), (), tmp_path / "cache")
    revision = await taken_in(source)
    assert "folder state not saved" in caplog.text
    put(root, "posts/one.md", "# edited\n")
    assert kinds(await source.changes(revision)) == [("changed", "posts/one.md", None)]


def refuse_scandir(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == name:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)


async def test_a_file_that_becomes_a_folder_before_it_is_read_is_gone(source: FolderSource, root: Path) -> None:
    revision = await taken_in(source)
    (root / "posts/one.md").unlink()
    (root / "posts/one.md").mkdir()
    opened = len(list(Path("/dev/fd").iterdir()))
    assert [path async for path, _ in source.read(revision, ["posts/one.md", "posts/two.md"])] == ["posts/two.md"]
    changes = await source.changes(revision)
    assert kinds(changes) == [("deleted", "posts/one.md", None)]
    assert len(list(Path("/dev/fd").iterdir())) == opened


async def test_unreadable_subfolder_costs_itself_and_takes_nothing_away(
    source: FolderSource, root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put(root, "private/a.md")
    revision = await taken_in(source)
    with monkeypatch.context() as patch:
        refuse_scandir(patch, "private")
        put(root, "posts/new.md")
        changes = await source.changes(revision)
        assert kinds(changes) == [("added", "posts/new.md", None)]
        assert changes is not None
        assert await source.changes(changes.revision) is None
    assert caplog.text.count("private/") == 1
    assert await source.changes(changes.revision) is None


async def test_file_that_cannot_be_read_costs_itself_and_comes_once_it_can(
    source: FolderSource, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = await taken_in(source)
    wanted = ["posts/one.md", "posts/two.md"]
    read = "sources.folder._read_plain"

    def refuse(root: Path, path: str) -> bytes:
        if path == "posts/one.md":
            raise PermissionError(13, "Permission denied")
        return (root / path).read_bytes()

    with monkeypatch.context() as patch:
        patch.setattr(read, refuse)
        assert [path async for path, _ in source.read(revision, wanted)] == ["posts/two.md"]
        assert await source.changes(revision) is None
    assert kinds(await source.changes(revision)) == [("changed", "posts/one.md", None)]
    assert [path async for path, _ in source.read(revision, wanted)] == wanted
    assert await source.changes(revision) is None


async def test_issue_that_grows_too_large_is_not_gone(source: FolderSource, root: Path) -> None:
    revision = await taken_in(source)
    put(root, "posts/one.md", b"x" * 5_000_001)
    assert kinds(await source.changes(revision)) == [("changed", "posts/one.md", None)]
    assert [path async for path, _ in source.read(revision, ["posts/one.md"])] == []


async def test_deep_folders_are_left_out_and_told(
    source: FolderSource, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    handle = os.open(root, os.O_RDONLY)
    for _ in range(1_100):  # deeper than a path can be written
        os.mkdir("d", dir_fd=handle)
        below = os.open("d", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)
    assert len(kinds(await source.changes(None))) == 3
    assert "folders deep" in caplog.text
    subprocess.run(["rm", "-rf", root / "d"], check=True)  # noqa: ASYNC221 -- shutil.rmtree recurses


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("MAX_FILES", "more than 2 files"),
        ("MAX_TOTAL_BYTES", "GB in files that"),
        ("MAX_ENTRIES", "more than 2 files and folders"),
    ],
)
async def test_amount_is_bounded_while_listing(
    source: FolderSource, monkeypatch: pytest.MonkeyPatch, limit: str, said: str
) -> None:
    for module in ("sources.listing", "sources.folder"):
        monkeypatch.setattr(f"{module}.{limit}", 2, raising=False)
    with pytest.raises(SourceError, match=said):
        await source.changes(None)


async def test_a_folder_that_is_moved_away_while_it_is_listed_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen half-way it would be a removal of some issues first, and of the rest at the next look."""
    root = tmp_path / "issues"
    (root / "part").mkdir(parents=True)
    (root / "0.md").write_text("# Zero")
    for number in range(1, 5):
        (root / "part" / f"{number}.md").write_text(f"# {number}")
    source = FolderSource(root, cache_dir=tmp_path / "cache")
    before = await source.changes(None)
    assert before is not None
    look = FolderSource._look

    def moving(self: FolderSource, path: str, entry: os.DirEntry[str]) -> object:
        if path == "part/3.md" and (root / "part").exists():
            (root / "part").rename(tmp_path / "away")
        return look(self, path, entry)

    monkeypatch.setattr(FolderSource, "_look", moving)
    after = await source.changes(before.revision)
    assert after is not None
    gone = sorted(one.path for one in after.files if one.kind == "deleted")
    assert gone == [f"part/{number}.md" for number in range(1, 5)]


def test_a_pattern_takes_no_time_however_many_asterisks_it_has():
    start = time.process_time()
    many = "*a" * 200
    assert pattern_fault(f"{many}.md") is None
    assert not Matcher((f"{many}b.md", "/".join(["**", "a*"] * 20)), ())("/".join(["a" * 255] * 10))
    assert Matcher((f"{many}b.md",), ())("a" * 220 + "b.md")
    assert not Matcher(("*" * 100 + "https://",), ())("!" * 50)
    assert Matcher(("issues/***.md", "**/weekly/**"), ())("issues/1.md")
    assert Matcher(("issues/***.md", "**/weekly/**"), ())("a/weekly/b/2.md")
    assert time.process_time() - start < 1
    assert pattern_fault("**/_posts/**/*-*-*.md") is None


def test_patterns_that_are_too_long_or_too_many_together_are_told():
    assert "at most 500" in (pattern_fault("?" * 501) or "")
    long = ["?" * 499 + str(number) for number in range(10)]
    assert patterns_fault(long) is None
    assert "100 patterns, more than can be matched" in (patterns_fault(long * 10) or "")
    assert patterns_fault([f"_posts/2026-03-{number:05}-a-title-of-some-length.md" for number in range(1_000)]) is None


def test_names_that_are_no_utf8_are_matched():
    name = os.fsdecode(b"letters/caf\xe9.md")
    assert Matcher(("letters/*.md",), ())(name)
    assert not Matcher(("*.md",), ("letters/caf?.md",))(name)
    assert Matcher((), ("caf?/",)).excludes_folder(os.fsdecode(b"caf\xe9"))


async def test_a_look_at_many_files_takes_little_memory(tmp_path: Path) -> None:
    root, cache = tmp_path / "letters", tmp_path / "cache"
    for number in range(500):
        put(root, f"{number:04}.md")
    revision = await taken_in(FolderSource(root, cache_dir=cache))
    source = FolderSource(root, cache_dir=cache)  # that of the next start
    tracemalloc.start()
    try:
        assert await source.changes(revision) is None
        peak = tracemalloc.get_traced_memory()[1]
        gc.collect()  # the suite collects seldom
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # 264 bytes a file, or 351 where a table of Python's own happened to grow meanwhile
    assert kept / 500 < 400
    assert peak / 500 < 800

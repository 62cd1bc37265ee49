"""The copy of a remote on disk: a bare repository that holds the newest trees and the files that were asked for.

Only `GitSource` uses it, one call at a time. It may be deleted at any moment; it is then made again.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path

from sources.git.errors import GitError
from sources.git.process import Git, Limits
from sources.listing import is_plain_path

_KEPT = "refs/herald/"
_INCOMING = "refs/herald-incoming"
_FILES = (b"100644", b"100755", b"100664")  # neither links (120000) nor submodules (160000)
_MAX_PACKS = 30
_CHUNK_FILES, _CHUNK_BYTES = 200, 16 * 1024**2
_LEFTOVERS = ("*.lock", "refs/**/*.lock", "shallow_*", "objects/pack/tmp_*", "objects/??/tmp_obj_*")
_V2 = (("protocol.version", "2"),)
# as git itself asks for the files that a partial clone is missing
_FILES_ONLY = (*_V2, ("fetch.negotiationAlgorithm", "noop"))


class GitStore:
    """Commits are kept by references of ours, so that a rewritten history takes none away."""

    def __init__(self, path: Path, git: Git, limits: Limits) -> None:
        self.path = path
        self._git = git
        self._limits = limits
        self._is_partial = True
        self._sizes: dict[str, int] | None = None

    async def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return await self._git.run(("--git-dir", str(self.path), *arguments), limit_s=self._limits.local_s, stdin=stdin)

    async def _fetch(self, *arguments: str, stdin: bytes = b"", settings: Sequence[tuple[str, str]] = _V2) -> None:
        flags = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"]
        if self._is_partial:
            flags.append("--filter=blob:none")
        command = ("--git-dir", str(self.path), "fetch", *flags, *arguments)
        self._sizes = None
        try:
            await self._git.run(command, limit_s=self._limits.fetch_s, stdin=stdin, settings=settings)
        except GitError as error:
            await asyncio.to_thread(self._sweep)  # a full disk is wanted by others too
            if error.kind == "other":  # the remote's doing: making the copy again would not help
                raise GitError("remote", str(error)) from error
            raise

    async def prepare(self) -> None:
        """Make the repository where there is none, and clear away what a killed command left."""
        if (self.path / "HEAD").is_file():
            await asyncio.to_thread(self._sweep)
            return
        try:
            await asyncio.to_thread(shutil.rmtree, self.path, ignore_errors=True)
            self.path.mkdir(parents=True, mode=0o700)
        except OSError as error:
            text = f"The folder {self.path} cannot be made: {error.strerror}."
            raise GitError("full", text) from error
        await self._run("init", "--quiet", "--bare", "--initial-branch=herald", "--template=")

    def _sweep(self) -> None:
        """Delete what a command that was killed, or found no space, left: its locks and half-written files."""
        for pattern in _LEFTOVERS:
            for file in self.path.glob(pattern):
                file.unlink(missing_ok=True)

    async def discard(self, *, partial: bool = True) -> None:
        """Delete the copy; the next one holds all files at once if not `partial`."""
        await asyncio.to_thread(shutil.rmtree, self.path, ignore_errors=True)
        self._is_partial = partial
        self._sizes = None

    async def kept(self) -> set[str]:
        """The commits that are here."""
        output = await self._run("for-each-ref", "--format=%(refname)", _KEPT)
        return {name.removeprefix(_KEPT) for name in output.decode().split()}

    async def fetch(self, reference: str) -> str:
        """Fetch what `reference` is at the remote now, without history, and return its commit."""
        await self._fetch("--depth=1", "origin", f"+{reference}:{_INCOMING}")
        commit = (await self._run("rev-parse", "--verify", "--quiet", f"{_INCOMING}^{{commit}}")).decode().strip()
        await self._run("update-ref", _KEPT + commit, commit)
        return commit

    async def fetch_commit(self, commit: str) -> bool:
        """Fetch a commit that no branch may point to any more; False where the remote does not give it."""
        try:
            await self._fetch("--depth=1", "origin", f"+{commit}:{_KEPT}{commit}")
        except GitError as error:
            if error.kind in {"down", "full", "refused"}:
                raise
            return False
        return True

    async def keep_only(self, commits: Iterable[str]) -> None:
        """Forget all other commits, and tidy up when there is much to tidy."""
        unwanted = await self.kept() - set(commits)
        if unwanted:
            commands = "".join(f"delete {_KEPT}{commit}\n" for commit in sorted(unwanted))
            await self._run("update-ref", "--stdin", stdin=commands.encode())
        if len(list(self.path.glob("objects/pack/*.pack"))) > _MAX_PACKS:
            await self._run("gc", "--quiet", "--prune=now")
            self._sizes = None

    async def committed_at(self, commit: str) -> dt.datetime | None:
        """The committer's time, or None where it is out of a calendar's range."""
        text = await self._run("show", "--no-patch", "--no-show-signature", "--format=%ct", commit)
        with contextlib.suppress(ValueError, OverflowError, OSError):  # a commit may say anything
            return dt.datetime.fromtimestamp(int(text), dt.UTC)
        return None

    async def tree(self, commit: str, matches: Callable[[str], bool]) -> dict[str, str]:
        """The plain files of a commit whose paths match: path and id of content. Bytes other than UTF-8 are escaped."""
        output = await self._run("ls-tree", "-r", "-z", "--full-tree", commit)
        return await asyncio.to_thread(_plain_files, output, matches)

    async def similar(self, old: str, new: str, paths: Sequence[str]) -> list[tuple[str, str]]:
        """Renames with edits among `paths`, as git finds them: (old path, new path)."""
        output = await self._run(
            "diff-tree", "-r", "-z", "--find-renames=50%", "-l4000", "--diff-filter=R", "--name-status", old, new,
            "--", *paths
        )  # fmt: skip
        fields = output.decode("utf-8", "backslashreplace").split("\0")
        return [(fields[at + 1], fields[at + 2]) for at in range(0, len(fields) - 2, 3)]

    async def sizes(self, objects: Iterable[str]) -> dict[str, int]:
        """The sizes of files in bytes; those that are not here yet are fetched, all in one request."""
        wanted = set(objects)
        missing = wanted - (await self._local()).keys()
        if missing:
            names = "".join(f"{name}\n" for name in sorted(missing))
            await self._fetch("--stdin", "origin", stdin=names.encode(), settings=_FILES_ONLY)
            if wanted - (await self._local()).keys():
                raise GitError("filter", f"{self._git.access.label} does not give all of its files.")
        local = await self._local()
        return {name: local[name] for name in wanted}

    async def _local(self) -> dict[str, int]:
        """Every object that is here. Asking for single ones would make git fetch each by itself."""
        if self._sizes is None:
            output = await self._run(
                "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objectsize)"
            )
            self._sizes = await asyncio.to_thread(_sizes, output)
        return self._sizes

    async def contents(self, objects: Sequence[tuple[str, int]]) -> AsyncIterator[bytes]:
        """The bytes of files given by (id, size), in order."""
        for chunk in _chunks(objects):
            names = "".join(f"{name}\n" for name, _ in chunk)
            output = await self._run("cat-file", "--batch", stdin=names.encode())
            at = 0
            for name, size in chunk:
                start = output.find(b"\n", at) + 1
                if output[at:start].split() != [name.encode(), b"blob", str(size).encode()]:
                    raise GitError("corrupt", f"The copy of {self._git.access.label} is damaged (a file is missing).")
                yield output[start : start + size]
                at = start + size + 1


def _plain_files(output: bytes, matches: Callable[[str], bool]) -> dict[str, str]:
    files: dict[str, str] = {}
    for entry in output.split(b"\0"):
        head, _, raw = entry.partition(b"\t")
        if head.startswith(_FILES):
            path = raw.decode("utf-8", "backslashreplace")
            if is_plain_path(path) and matches(path):
                files[path] = head.split(b" ")[2].decode()
    return files


def _sizes(output: bytes) -> dict[str, int]:
    pairs = (line.split() for line in output.decode().splitlines())
    return {name: int(size) for name, size in pairs}


def _chunks(objects: Sequence[tuple[str, int]]) -> Iterable[list[tuple[str, int]]]:
    chunk: list[tuple[str, int]] = []
    total = 0
    for name, size in objects:
        if chunk and (len(chunk) >= _CHUNK_FILES or total + size > _CHUNK_BYTES):
            yield chunk
            chunk, total = [], 0
        chunk.append((name, size))
        total += size
    if chunk:
        yield chunk

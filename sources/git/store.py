"""The copy of a remote on disk: a bare repository with the newest trees and the requested files.

Only `GitSource` uses it, one call at a time. It may be deleted at any time and is then recreated.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from errors import SourceError
from sources.cache import folder_bytes
from sources.git.errors import GitError
from sources.git.process import Git, Limits
from sources.listing import MAX_ENTRIES, MAX_FILE_BYTES, MAX_FILES, check_amount, is_plain_path

log = logging.getLogger(__name__)

MAX_COPY_BYTES = 2_000_000_000  # limit of one file in a copy, and of a whole copy that is a partial clone
_SHA256 = 64  # characters of a SHA-256 commit id; SHA-1 has 40
_GIVES = "herald-gives"
_REQUESTED = 500  # most files in one request
_REQUEST_BYTES = 30_000_000  # limit of files in one request; 500 issues are smaller
_ROOM_FOR_ONE = MAX_FILE_BYTES + 1_000_000
_IS_LINK = "it is a symbolic link: let include name the files that it leads to"
_IS_SUBMODULE = "it is a submodule: let a newsletter's source name its repository"
_MANY_TOO_LARGE = 100
_TOO_MANY_LARGE = (
    f"More than {_MANY_TOO_LARGE} files of {{label}} that the newsletter's include matches are larger than "
    f"{MAX_FILE_BYTES // 1_000_000} MB: narrow it, for example to _posts/*.md."
)
_MAX_PATH = 1_000_000  # bytes
_KEPT = "refs/herald/"
_INCOMING = "refs/herald-incoming"
_FILES = (b"100644", b"100755", b"100664")
_LINK, _SUBMODULE = b"120000", b"160000"
_MOST_TOLD = 5  # most links and submodules that are logged
_MAX_PACKS = 30
_CHUNK_FILES, _CHUNK_BYTES = 200, 16 * 1024**2
_LEFTOVERS = ("*.lock", "refs/**/*.lock", "shallow_*", "objects/pack/tmp_*", "objects/??/tmp_obj_*")
_V2 = (("protocol.version", "2"),)
# as git itself requests the missing files of a partial clone
_FILES_ONLY = (*_V2, ("fetch.negotiationAlgorithm", "noop"))


@dataclass(frozen=True, slots=True)
class _Gives:
    """The remote's capabilities: partial clones (`parts`), and commits without history (`single_commits`)."""

    parts: bool = True
    single_commits: bool = True

    def __str__(self) -> str:
        return f"parts={self.parts:d} single_commits={self.single_commits:d}"

    @classmethod
    def parse(cls, text: str) -> _Gives:
        return cls("parts=0" not in text, "single_commits=0" not in text)


class GitStore:
    """A copy in which our own references keep commits, so that a rewritten history does not remove any."""

    def __init__(self, path: Path, git: Git, limits: Limits) -> None:
        self.path = path
        self._git = git
        self._limits = limits
        self._gives = _Gives()
        self._too_large: set[str] = set()
        self._sizes: dict[str, int] | None = None

    async def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return await self._git.run(("--git-dir", str(self.path), *arguments), limit_s=self._limits.local_s, stdin=stdin)

    async def _fetch(
        self,
        *arguments: str,
        stdin: bytes = b"",
        settings: Sequence[tuple[str, str]] = _V2,
        max_file: int = MAX_COPY_BYTES,
    ) -> None:
        flags = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"]
        if self._gives.parts:
            flags.append("--filter=blob:none")
        command = ("--git-dir", str(self.path), "fetch", *flags, *arguments)
        self._sizes = None
        limit_s = self._limits.fetch_s
        try:
            await self._git.run(command, limit_s=limit_s, stdin=stdin, settings=settings, max_file=max_file)
        except GitError as error:
            await asyncio.to_thread(self._sweep)  # free the space if the disk is full
            if error.kind == "other":  # caused by the remote: recreating the copy would not help
                raise GitError("remote", str(error)) from error
            raise

    def _depth(self) -> tuple[str, ...]:
        return ("--depth=1",) if self._gives.single_commits else ()

    async def prepare(self, commit: str) -> None:
        """Create the repository if necessary, and delete leftovers of killed commands.

        The length of `commit` determines the remote's object format: SHA-1 or SHA-256.
        """
        is_sha256 = len(commit) == _SHA256
        if (self.path / "HEAD").is_file() and is_sha256 == ("sha256" in self._read("config")):
            await asyncio.to_thread(self._sweep)
            os.utime(self.path / "HEAD")  # marks it as used for `cache.prune`
            self._gives = _Gives.parse(self._read(_GIVES))
            return
        try:
            await asyncio.to_thread(shutil.rmtree, self.path, ignore_errors=True)
            self.path.mkdir(parents=True, mode=0o700)
        except OSError as error:
            text = f"The folder {self.path} cannot be made: {error.strerror}."
            raise GitError("full", text) from error
        names = ("--object-format=sha256",) if is_sha256 else ()
        await self._run("init", "--quiet", "--bare", "--initial-branch=herald", "--template=", *names)
        (self.path / _GIVES).write_text(str(self._gives), encoding="ascii")

    def _read(self, name: str) -> str:
        try:
            return (self.path / name).read_text("utf-8", "replace")
        except OSError:
            return ""

    def _sweep(self) -> None:
        """Delete locks and partial files left by a command that was killed or ran out of space."""
        for pattern in _LEFTOVERS:
            for file in self.path.glob(pattern):
                file.unlink(missing_ok=True)

    async def discard(self, cause: str) -> None:
        """Delete the copy. Unless it was damaged ("corrupt"), the next one does without a partial clone.

        `cause` is the kind of the error. From a remote that only serves files ("whole"), the next copy also fetches the
        whole history; with a partial clone, Git would start helper processes for missing objects without end.
        """
        await asyncio.to_thread(shutil.rmtree, self.path, ignore_errors=True)
        self._gives = _Gives(parts=cause == "corrupt" and self._gives.parts, single_commits=cause != "whole")
        self._sizes = None

    async def kept(self) -> set[str]:
        """Return the ids of the commits in the copy."""
        output = await self._run("for-each-ref", "--format=%(refname)", _KEPT)
        return {name.removeprefix(_KEPT) for name in output.decode().split()}

    async def fetch(self, reference: str) -> str:
        """Fetch the remote's current `reference`, without history if possible, and return its commit id."""
        await self._fetch(*self._depth(), "origin", f"+{reference}:{_INCOMING}")
        commit = (await self._run("rev-parse", "--verify", "--quiet", f"{_INCOMING}^{{commit}}")).decode().strip()
        await self._run("update-ref", _KEPT + commit, commit)
        return commit

    async def fetch_commit(self, commit: str) -> bool:
        """Fetch a commit, even if no branch points to it any more; False if the remote does not serve it."""
        try:
            await self._fetch(*self._depth(), "origin", f"+{commit}:{_KEPT}{commit}")
        except GitError as error:
            if error.kind in {"down", "full", "refused", "whole", "large"}:
                raise
            return False
        return True

    async def keep_only(self, commits: Iterable[str]) -> None:
        """Delete references to all other commits; repack many packs, and discard a copy that is too large."""
        unwanted = await self.kept() - set(commits)
        if unwanted:
            commands = "".join(f"delete {_KEPT}{commit}\n" for commit in sorted(unwanted))
            await self._run("update-ref", "--stdin", stdin=commands.encode())
        if len(list(self.path.glob("objects/pack/*.pack"))) > _MAX_PACKS:
            await self._run("gc", "--quiet", "--prune=now")
            self._sizes = None
        if self._gives.parts and await asyncio.to_thread(folder_bytes, self.path) > MAX_COPY_BYTES:
            log.info('repository copy discarded path="%s" reason="it has grown too large"', self.path)
            await asyncio.to_thread(shutil.rmtree, self.path, ignore_errors=True)
            self._sizes = None

    async def committed_at(self, commit: str) -> dt.datetime | None:
        """Return the commit time; None if it is out of the range of dates."""
        text = await self._run("show", "--no-patch", "--no-show-signature", "--format=%ct", commit)
        with contextlib.suppress(ValueError, OverflowError, OSError):  # a commit may have any time
            return dt.datetime.fromtimestamp(int(text), dt.UTC)
        return None

    async def tree(self, commit: str, matches: Callable[[str], bool], *, tells: bool = False) -> dict[str, str]:
        """Return the regular files of a commit whose paths match, as paths to object ids.

        Bytes that are not UTF-8 are escaped. If nothing matches and `tells` is set, links and submodules are logged, as
        they may be meant. Raises SourceError if there are too many files.
        """
        listing = Listed(self._git.access.label, matches)
        command = ("--git-dir", str(self.path), "ls-tree", "-r", "-z", "--full-tree", commit)
        await self._git.run(command, limit_s=self._limits.local_s, sink=listing)
        files = listing.result()
        for path, reason in listing.skipped if tells and not files else ():
            log.warning('path skipped path="%s" reason="%s"', path, reason)
        return files

    async def similar(self, old: str, new: str, paths: Sequence[str]) -> list[tuple[str, str]]:
        """Return renames with edits among `paths`, as detected by git: (old path, new path)."""
        output = await self._run(
            "diff-tree", "-r", "-z", "--find-renames=50%", "-l4000", "--diff-filter=R", "--name-status", old, new,
            "--", *paths
        )  # fmt: skip
        fields = output.decode("utf-8", "backslashreplace").split("\0")
        return [(fields[at + 1], fields[at + 2]) for at in range(0, len(fields) - 2, 3)]

    async def sizes(self, objects: Iterable[str]) -> dict[str, int]:
        """Return the sizes of files in bytes; missing ones are fetched, many in one request.

        The fetch of a file too large to be an issue is aborted; its size is then a lower bound.
        """
        wanted = set(objects)
        missing = sorted(wanted - (await self._local()).keys() - self._too_large)
        for start in range(0, len(missing), _REQUESTED):
            await self._fetch_files(missing[start : start + _REQUESTED])
        local = await self._local()
        if wanted - local.keys() - self._too_large:
            raise GitError("filter", f"{self._git.access.label} does not give all of its files.")
        return {name: local.get(name, MAX_FILE_BYTES + 1) for name in wanted}

    async def _fetch_files(self, names: Sequence[str]) -> None:
        """Fetch files; if they exceed the size limit, bisect the request to find those that are too large."""
        stdin = "".join(f"{name}\n" for name in names).encode()
        max_file = min(_REQUEST_BYTES, len(names) * _ROOM_FOR_ONE)
        try:
            await self._fetch("--stdin", "origin", stdin=stdin, settings=_FILES_ONLY, max_file=max_file)
        except GitError as error:
            if error.kind != "large":
                raise
            if len(names) == 1:
                self._too_large.update(names)
                if len(self._too_large) > _MANY_TOO_LARGE:
                    raise SourceError(_TOO_MANY_LARGE.format(label=self._git.access.label)) from error
                return
            middle = len(names) // 2
            await self._fetch_files(names[:middle])
            await self._fetch_files(names[middle:])

    async def _local(self) -> dict[str, int]:
        """Return the sizes of all local objects. Querying single ones would make git fetch each separately."""
        if self._sizes is None:
            output = await self._run(
                "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objectsize)"
            )
            self._sizes = await asyncio.to_thread(_sizes, output)
        return self._sizes

    async def contents(self, objects: Sequence[tuple[str, int]]) -> AsyncIterator[bytes]:
        """Yield the bytes of files given as (object id, size), in order."""
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


class Listed:
    """Parses the output of `git ls-tree -r -z` in pieces, and collects the matching regular files."""

    def __init__(self, label: str, matches: Callable[[str], bool]) -> None:
        self._label = label
        self._matches = matches
        self._files: dict[str, str] = {}
        self.skipped: list[tuple[str, str]] = []  # links and submodules, which may contain the issues
        self._rest = b""
        self._seen = 0

    def __call__(self, piece: bytes) -> bool:
        """Parse a piece; return False once a limit is exceeded."""
        *entries, self._rest = (self._rest + piece).split(b"\0")
        self._seen += len(entries)
        for entry in entries:
            head, _, raw = entry.partition(b"\t")
            if head.startswith((_LINK, _SUBMODULE)) and len(self.skipped) < _MOST_TOLD:
                reason = _IS_LINK if head.startswith(_LINK) else _IS_SUBMODULE
                self.skipped.append((raw.decode("utf-8", "backslashreplace"), reason))
            if head.startswith(_FILES):
                path = raw.decode("utf-8", "backslashreplace")
                if is_plain_path(path) and self._matches(path):
                    self._files[path] = head.split(b" ")[2].decode()
        return self._seen <= MAX_ENTRIES and len(self._files) <= MAX_FILES and len(self._rest) <= _MAX_PATH

    def result(self) -> dict[str, str]:
        """Return the files. Raises SourceError if a limit was exceeded."""
        check_amount(self._label, len(self._files))
        if self._seen > MAX_ENTRIES or len(self._rest) > _MAX_PATH:
            raise SourceError(f"{self._label} holds more than {MAX_ENTRIES:,} files, or paths that no disk takes.")
        return self._files


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

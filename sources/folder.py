"""A local folder as a source; also of a Git work tree, the files on disk are read."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import errno
import hashlib
import json
import logging
import os
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from stat import S_ISDIR
from typing import Any, cast

from errors import S_, SourceError
from sources.base import Changes, FileChange
from sources.listing import MAX_DEPTH, MAX_ENTRIES, MAX_FILE_BYTES, check_amount, compare, is_plain_path, refuse_empty
from sources.patterns import Matcher, pattern_key

log = logging.getLogger(__name__)

SCAN_LIMIT_S = 60.0
SCANS = 3  # attempts to scan a folder from which files vanish during the scan
_JUST_NOW_NS = 2_000_000_000  # file systems have timestamps as coarse as 2 s
_TOO_LARGE = "too large"  # replaces the digest: such a file is listed, but never read
_MOST_LINKS = 5  # links that are logged if no issue was found
_TEMPORARY = ("~", ".swp", ".tmp", ".part", ".crdownload", "#")
_FOLDER = S_("The folder {folder}")
_HANGS = S_("The folder {folder} does not answer: its disk or network share hangs.")
_SLOW = S_("The folder {folder} could not be read within {seconds} s.")
_FILE = S_("The folder {folder} is a file, not a folder: correct the newsletter's source.")
_ABSENT = S_("The folder {folder} does not exist: correct the newsletter's source.")
_CLOSED = S_("The folder {folder} may not be read by the user that Herald runs as.")
_UNREAD = S_("The folder {folder} cannot be read: {reason}.")


@dataclass(frozen=True, slots=True)
class _File:
    """The state of a file. `digest` is of its content; `is_sure` means that equal size and time imply equal content."""

    size: int
    mtime_ns: int
    digest: str
    is_sure: bool

    def changed_at(self) -> dt.datetime | None:
        with contextlib.suppress(ValueError, OverflowError, OSError):  # a file may have any time
            return dt.datetime.fromtimestamp(self.mtime_ns / 1e9, dt.UTC)
        return None


_Snapshot = dict[str, _File]


class FolderSource:
    """A folder of files. Symbolic links and hidden files are ignored.

    A revision is a digest of all paths and contents, so touching a file is not a change. The folder's state at a
    revision is kept in `cache_dir` (None: in memory only); if it is lost, the change is marked `rewritten` and lists
    every file as added.
    """

    def __init__(
        self, root: Path, include: Iterable[str] = (), exclude: Iterable[str] = (), cache_dir: Path | None = None
    ) -> None:
        include, exclude = tuple(include), tuple(exclude)
        self._root = root
        self._matches = Matcher(include, exclude)
        self._patterns = pattern_key(include, exclude)
        identity = hashlib.sha256(f"{root.absolute()}\0{self._patterns}".encode(errors="surrogateescape"))
        self._store = cache_dir / f"folder-{identity.hexdigest()[:20]}" if cache_dir else None
        self._snapshots: dict[str, _Snapshot] = {}
        self._latest: _Snapshot = {}
        self._is_moving = False  # a file or folder vanished during the last scan
        self._scan: asyncio.Future[_Snapshot] | None = None
        self._told: set[str] = set()
        self._links: list[str] = []  # links to folders, which the last scan did not enter
        self._unread: set[str] = set()  # requested files that could not be read
        self._lock = asyncio.Lock()

    async def changes(self, since: str | None) -> Changes | None:
        """Return the changes since `since`. Only files whose size or time changed are read."""
        async with self._lock:
            before = await asyncio.to_thread(self._load, since) if since else {}
            if before and not self._latest:
                self._latest = before
            after = await self._scanned()
            # With 20,000 files, each of these steps takes 15 to 100 ms.
            revision = await asyncio.to_thread(self._revision, after)
            late = await asyncio.to_thread(self._readable_again)
            if revision == since:
                # Both are kept in memory; share one object if they are equal.
                if before is not None and before == after:
                    self._latest = before
                if before is None:  # the state was lost and is now restored
                    await asyncio.to_thread(self._save, revision, after, since)
                return Changes(revision, tuple(FileChange("changed", path) for path in late)) if late else None
            if since and before != {}:
                refuse_empty(_FOLDER.format(folder=self._root), after)
            await asyncio.to_thread(self._save, revision, after, since)
            files = await asyncio.to_thread(_difference, before or {}, after, late)
            return Changes(revision, files, rewritten=before is None)

    async def read(self, revision: str, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the files as they are now; changes after `revision` are in the next change too.

        A file that cannot be read is omitted, and is part of a later change once it can be read.
        """
        del revision
        for path in paths:
            data = await asyncio.to_thread(self._read, path)
            if data is not None:
                yield path, data

    async def listed(self, revision: str, matches: Callable[[str], bool]) -> list[str]:
        """Return the paths of all current files for which `matches` is true."""
        del revision
        return await asyncio.to_thread(lambda: [path for path, _ in self._walk([]) if matches(path)])

    def host_url(self) -> str:
        """Return "": a folder has no public page."""
        return ""

    async def close(self) -> None:
        """Do nothing: a folder has no resources to release."""

    async def _scanned(self) -> _Snapshot:
        """Scan in a thread; a hanging file system blocks only that one thread."""
        if self._scan is not None and not self._scan.done():
            raise SourceError(_HANGS.format(folder=self._root))
        self._scan = asyncio.get_running_loop().run_in_executor(None, self._scan_now)
        done, _ = await asyncio.wait([self._scan], timeout=SCAN_LIMIT_S)
        if not done:
            raise SourceError(_SLOW.format(folder=self._root, seconds=f"{SCAN_LIMIT_S:g}"))
        self._latest, self._scan = self._scan.result(), None  # the future would keep the result in memory
        return self._latest

    def _scan_now(self) -> _Snapshot:
        try:
            if not self._root.is_dir():
                raise SourceError((_FILE if self._root.exists() else _ABSENT).format(folder=self._root))
            # A file that vanishes during a scan was probably moved, along with others: scan again.
            for _ in range(SCANS - 1):
                self._is_moving = False
                files = self._files()
                if not self._is_moving:
                    return files
            return self._files()
        except PermissionError as error:
            raise SourceError(_CLOSED.format(folder=self._root)) from error
        except OSError as error:
            raise SourceError(_UNREAD.format(folder=self._root, reason=error.strerror)) from error

    def _files(self) -> _Snapshot:
        """Return all issues; below an unreadable folder, those of the last scan."""
        found: _Snapshot = {}
        unread: list[str] = []
        self._links.clear()
        total = 0
        for path, entry in self._walk(unread):
            if self._matches(path) and (file := self._look(path, entry)) is not None:
                found[path] = file
                total += 0 if file.digest == _TOO_LARGE else file.size
                check_amount(_FOLDER.format(folder=self._root), len(found), total)
        for path in () if found else self._links[:_MOST_LINKS]:
            self._tell_once(path, "it is a symbolic link to a folder: let source name that folder")
        kept = {path: file for path, file in self._latest.items() if path.startswith(tuple(unread))} if unread else {}
        return kept | found

    def _walk(self, unread: list[str]) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Yield all regular files with their paths, except hidden ones; links are not followed.

        An unreadable folder below the root is added to `unread`, with a trailing slash.
        """
        folders, seen = [""], 0
        while folders:
            folder = folders.pop()
            listed = self._entries(folder, MAX_ENTRIES + 1 - seen, unread)
            seen += len(listed)
            if seen > MAX_ENTRIES:
                raise SourceError(
                    f"The folder {self._root} holds more than {MAX_ENTRIES:,} files and folders: let source name a "
                    "folder in it."
                )
            # Removed one by one, because an entry caches its file's status, about 1 KB for each of thousands.
            while listed:
                entry = listed.pop()
                path = folder + entry.name
                if entry.name.startswith(".") or entry.name.endswith(_TEMPORARY) or not self._is_storable(path):
                    continue
                if entry.is_file(follow_symlinks=False):
                    yield path, entry
                elif entry.is_symlink():
                    if self._matches(path):
                        self._tell_once(path, "it is a symbolic link: let source name the folder that holds the file")
                    elif (self._root / path).is_dir():  # False for a circular link
                        self._links.append(path)
                elif entry.is_dir(follow_symlinks=False) and self._is_entered(path):
                    folders.append(f"{path}/")

    def _entries(self, folder: str, limit: int, unread: list[str]) -> list[os.DirEntry[str]]:
        """Return at most `limit` entries of a folder, in reverse order; none if it cannot be read.

        Raises OSError for an unreadable root.
        """
        try:
            with os.scandir(self._root / folder) as entries:
                return sorted(islice(entries, limit), key=lambda entry: entry.name, reverse=True)
        except (FileNotFoundError, NotADirectoryError):
            # It vanished during the scan.
            if not folder:
                raise
            self._is_moving = True
        except OSError as error:
            if not folder:
                raise
            self._tell_once(folder, error.strerror or "it cannot be read")
            unread.append(folder)
        return []

    def _is_entered(self, folder: str) -> bool:
        if folder.count("/") < MAX_DEPTH:
            return not self._matches.excludes_folder(folder)
        self._tell_once(folder, f"it stands more than {MAX_DEPTH} folders deep")
        return False

    def _is_storable(self, path: str) -> bool:
        if is_plain_path(path) and not any("\ud800" <= letter <= "\udfff" for letter in path):
            return True
        self._tell_once(path.encode("utf-8", "backslashreplace").decode(), "its name is not plain text")
        return False

    def _tell_once(self, path: str, reason: str) -> None:
        if path not in self._told:
            self._told.add(path)
            log.warning('file skipped path="%s" reason="%s"', path, reason)

    def _look(self, path: str, entry: os.DirEntry[str]) -> _File | None:
        """Return a file's state; the last known one while it is being written, None if it vanished."""
        known = self._latest.get(path)
        try:
            stat = entry.stat(follow_symlinks=False)
            is_same = known is not None and (known.size, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns)
            if known is not None and known.is_sure and is_same:
                return known
            if stat.st_size <= MAX_FILE_BYTES:
                return self._look_inside(path, stat, known)
            self._tell_once(path, f"it is larger than {MAX_FILE_BYTES:,} bytes")
            return _File(stat.st_size, stat.st_mtime_ns, _TOO_LARGE, is_sure=True)
        except FileNotFoundError:
            self._is_moving = True
            return None
        except OSError as error:
            self._tell_once(path, error.strerror or "it cannot be read")
            return known

    def _look_inside(self, path: str, stat: os.stat_result, known: _File | None) -> _File | None:
        is_recent = time.time_ns() - stat.st_mtime_ns < _JUST_NOW_NS
        if stat.st_size == 0 and is_recent and known is not None:
            return known  # truncated by a program that is about to write it
        data = _read_plain(self._root, path)
        after = (self._root / path).lstat()
        if (after.st_size, after.st_mtime_ns) != (stat.st_size, stat.st_mtime_ns):
            return known  # it is being written; the next poll reads it
        self._told.discard(path)
        return _File(stat.st_size, stat.st_mtime_ns, hashlib.sha256(data).hexdigest()[:32], is_sure=not is_recent)

    def _read(self, path: str) -> bytes | None:
        """Return a file's bytes; None if it does not exist, is too large, or cannot be read."""
        try:
            data = _read_plain(self._root, path) if is_plain_path(path) else b""
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self._tell_once(path, error.strerror or "it cannot be read")
            self._unread.add(path)
            return None
        self._unread.discard(path)
        return data if len(data) <= MAX_FILE_BYTES and is_plain_path(path) else None

    def _readable_again(self) -> list[str]:
        """Return requested files that could not be read earlier and now can."""
        return [path for path in sorted(self._unread) if self._read(path) is not None]

    def _revision(self, snapshot: _Snapshot) -> str:
        text = "\n".join(f"{file.digest} {path}" for path, file in sorted(snapshot.items()))
        return f"folder:{hashlib.sha256(text.encode()).hexdigest()[:32]}:{self._patterns}"

    def _file_of(self, revision: str) -> Path | None:
        digest = revision.split(":")[1] if revision.count(":") == 2 else ""
        return self._store / f"{digest}.json.z" if self._store and digest.isalnum() else None

    def _load(self, revision: str) -> _Snapshot | None:
        """Return the folder's state at `revision`; None if it is not known any more."""
        if revision in self._snapshots:
            return self._snapshots[revision]
        file = self._file_of(revision)
        if file is None or not revision.endswith(f":{self._patterns}"):
            return None
        try:
            entries = cast("dict[str, Any]", json.loads(zlib.decompress(file.read_bytes())))
            snapshot = {path: _File(*entry) for path, entry in entries.items()}
        except (OSError, ValueError, TypeError, AttributeError, zlib.error):  # deleted or damaged: treat as unknown
            return None
        self._snapshots[revision] = snapshot
        return snapshot

    def _save(self, revision: str, snapshot: _Snapshot, since: str | None) -> None:
        """Store the snapshot beside that of `since`, which is needed until this one was imported."""
        wanted = {since, revision}
        self._snapshots = {name: each for name, each in self._snapshots.items() if name in wanted}
        self._snapshots[revision] = snapshot
        file = self._file_of(revision)
        if self._store is None or file is None:
            return
        entries = {path: (each.size, each.mtime_ns, each.digest, each.is_sure) for path, each in snapshot.items()}
        try:
            self._store.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = file.with_suffix(f".{os.getpid()}")
            temporary.write_bytes(zlib.compress(json.dumps(entries).encode()))
            temporary.replace(file)
            kept = {self._file_of(name) for name in wanted if name}
            for old in set(self._store.iterdir()) - kept:
                old.unlink(missing_ok=True)
        except OSError as error:
            # only needed after a restart, which then compares with the archive
            log.warning('folder state not saved path="%s" error="%s"', file, error.strerror)


def _difference(before: _Snapshot, after: _Snapshot, late: Iterable[str]) -> tuple[FileChange, ...]:
    """Return the differences between two snapshots; files of the first in `late` count as changed."""
    found = compare(_contents(before), _contents(after))
    found.changed = sorted({*found.changed, *(before.keys() & set(late))})
    return found.files(lambda path: after[path].changed_at() if path in after else None)


def _contents(snapshot: _Snapshot) -> dict[str, str]:
    return {path: file.digest for path, file in snapshot.items()}


def _read_plain(root: Path, path: str) -> bytes:
    """Return a regular file's bytes. Raises FileNotFoundError if a link leads to it or out of the folder."""
    parent = (root / path).parent.resolve()
    if not parent.is_relative_to(root.resolve()):
        raise FileNotFoundError(path)
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a named pipe in its place must not block
    try:
        handle = os.open(root / path, flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FileNotFoundError(path) from error
        raise
    if S_ISDIR(os.fstat(handle).st_mode):  # `fdopen` refuses it and leaves it open
        os.close(handle)
        raise FileNotFoundError(path)
    with os.fdopen(handle, "rb") as file:
        return file.read(MAX_FILE_BYTES + 1)

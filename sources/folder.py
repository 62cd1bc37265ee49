"""A local folder as a source; in a Git work tree, too, the files on disk count."""

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
SCANS = 3  # of a folder in which files go while they are listed
_JUST_NOW_NS = 2_000_000_000  # coarse clocks of file systems step by up to two seconds
_TOO_LARGE = "too large"  # in place of a digest: such a file is listed and never read
_MOST_LINKS = 5  # that are told where no issue was found
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
    """A file as it was read. `digest` stands for its content; `is_sure` says that size and time vouch for it."""

    size: int
    mtime_ns: int
    digest: str
    is_sure: bool

    def changed_at(self) -> dt.datetime | None:
        with contextlib.suppress(ValueError, OverflowError, OSError):  # a file's time may be anything
            return dt.datetime.fromtimestamp(self.mtime_ns / 1e9, dt.UTC)
        return None


_Snapshot = dict[str, _File]


class FolderSource:
    """A folder of files. Symbolic links and hidden files are ignored.

    A revision is a digest of all paths and contents, so that touching a file changes nothing. What
    the folder held at a revision is kept in `cache_dir` (None: in memory only); if it is lost, the
    change is marked `rewritten` and lists every file as added.
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
        self._is_moving = False  # something went while the last scan listed it
        self._scan: asyncio.Future[_Snapshot] | None = None
        self._told: set[str] = set()
        self._links: list[str] = []  # folders that the last scan did not enter
        self._unread: set[str] = set()  # files that were asked for and could not be read
        self._lock = asyncio.Lock()

    async def changes(self, since: str | None) -> Changes | None:
        """Return what changed since `since`. Only files whose size or time changed are read."""
        async with self._lock:
            before = await asyncio.to_thread(self._load, since) if since else {}
            if before and not self._latest:
                self._latest = before
            after = await self._scanned()
            # With twenty thousand files each of these steps takes 15 to 100 ms.
            revision = await asyncio.to_thread(self._revision, after)
            late = await asyncio.to_thread(self._readable_again)
            if revision == since:
                # Both are kept, so where they are equal the same one serves twice.
                if before is not None and before == after:
                    self._latest = before
                if before is None:  # the state was lost, and is known again
                    await asyncio.to_thread(self._save, revision, after, since)
                return Changes(revision, tuple(FileChange("changed", path) for path in late)) if late else None
            if since and before != {}:
                refuse_empty(_FOLDER.format(folder=self._root), after)
            await asyncio.to_thread(self._save, revision, after, since)
            files = await asyncio.to_thread(_difference, before or {}, after, late)
            return Changes(revision, files, rewritten=before is None)

    async def read(self, revision: str, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the files as they are now: what changed after `revision` is in the next change too.

        A file that cannot be read is left out; it is part of a change once it can.
        """
        del revision
        for path in paths:
            data = await asyncio.to_thread(self._read, path)
            if data is not None:
                yield path, data

    async def listed(self, revision: str, matches: Callable[[str], bool]) -> list[str]:
        """Return the paths of all files that `matches` is true of, as they are now."""
        del revision
        return await asyncio.to_thread(lambda: [path for path, _ in self._walk([]) if matches(path)])

    def host_url(self) -> str:
        """Return "": a folder has no public page."""
        return ""

    async def close(self) -> None:
        """Nothing is held."""

    async def _scanned(self) -> _Snapshot:
        """Scan in a thread; a file system that hangs holds up one thread and no more."""
        if self._scan is not None and not self._scan.done():
            raise SourceError(_HANGS.format(folder=self._root))
        self._scan = asyncio.get_running_loop().run_in_executor(None, self._scan_now)
        done, _ = await asyncio.wait([self._scan], timeout=SCAN_LIMIT_S)
        if not done:
            raise SourceError(_SLOW.format(folder=self._root, seconds=f"{SCAN_LIMIT_S:g}"))
        self._latest, self._scan = self._scan.result(), None  # which would keep what it found
        return self._latest

    def _scan_now(self) -> _Snapshot:
        try:
            if not self._root.is_dir():
                raise SourceError((_FILE if self._root.exists() else _ABSENT).format(folder=self._root))
            # What goes while it is listed is rather moved, with more of its kind, than removed: look once more.
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
        """All issues; below a folder that cannot be read those that are known."""
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
        """All regular files with their paths; links are not followed, hidden things not shown.

        A folder below the root that cannot be read is added to `unread`, with a slash at its end.
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
            # Taken out one by one: an entry keeps all that was asked about its file, a kilobyte for each of thousands.
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
                    elif (self._root / path).is_dir():  # False for a link that leads in a circle
                        self._links.append(path)
                elif entry.is_dir(follow_symlinks=False) and self._is_entered(path):
                    folders.append(f"{path}/")

    def _entries(self, folder: str, limit: int, unread: list[str]) -> list[os.DirEntry[str]]:
        """Return at most `limit` entries of a folder, the last name first; one that cannot be read has none.

        Raises OSError for the root.
        """
        try:
            with os.scandir(self._root / folder) as entries:
                return sorted(islice(entries, limit), key=lambda entry: entry.name, reverse=True)
        except (FileNotFoundError, NotADirectoryError):
            # It went while the folders were listed.
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
        """Return a file's state; that of the last look where it is just being written, None if it is not there."""
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
            return known  # emptied by a program that is about to write it
        data = _read_plain(self._root, path)
        after = (self._root / path).lstat()
        if (after.st_size, after.st_mtime_ns) != (stat.st_size, stat.st_mtime_ns):
            return known  # it is being written; the next look sees it
        self._told.discard(path)
        return _File(stat.st_size, stat.st_mtime_ns, hashlib.sha256(data).hexdigest()[:32], is_sure=not is_recent)

    def _read(self, path: str) -> bytes | None:
        """Return a file's bytes, or None if it is gone, too large, or cannot be read (now)."""
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
        """Return the files that could not be read when they were asked for, and now can."""
        return [path for path in sorted(self._unread) if self._read(path) is not None]

    def _revision(self, snapshot: _Snapshot) -> str:
        text = "\n".join(f"{file.digest} {path}" for path, file in sorted(snapshot.items()))
        return f"folder:{hashlib.sha256(text.encode()).hexdigest()[:32]}:{self._patterns}"

    def _file_of(self, revision: str) -> Path | None:
        digest = revision.split(":")[1] if revision.count(":") == 2 else ""
        return self._store / f"{digest}.json.z" if self._store and digest.isalnum() else None

    def _load(self, revision: str) -> _Snapshot | None:
        """Return what the folder held at `revision`, or None if that is not known (any more)."""
        if revision in self._snapshots:
            return self._snapshots[revision]
        file = self._file_of(revision)
        if file is None or not revision.endswith(f":{self._patterns}"):
            return None
        try:
            entries = cast("dict[str, Any]", json.loads(zlib.decompress(file.read_bytes())))
            snapshot = {path: _File(*entry) for path, entry in entries.items()}
        except (OSError, ValueError, TypeError, AttributeError, zlib.error):  # deleted or damaged: compare with nothing
            return None
        self._snapshots[revision] = snapshot
        return snapshot

    def _save(self, revision: str, snapshot: _Snapshot, since: str | None) -> None:
        """Keep the snapshot next to that of `since`, which is asked for until this one was taken in."""
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
            # only a restart misses it, and then compares with what is stored
            log.warning('folder state not saved path="%s" error="%s"', file, error.strerror)


def _difference(before: _Snapshot, after: _Snapshot, late: Iterable[str]) -> tuple[FileChange, ...]:
    """Return what lies between two snapshots; files of the first that could be read `late` are changed."""
    found = compare(_contents(before), _contents(after))
    found.changed = sorted({*found.changed, *(before.keys() & set(late))})
    return found.files(lambda path: after[path].changed_at() if path in after else None)


def _contents(snapshot: _Snapshot) -> dict[str, str]:
    return {path: file.digest for path, file in snapshot.items()}


def _read_plain(root: Path, path: str) -> bytes:
    """Return a regular file's bytes; raises FileNotFoundError if a link leads out of the folder or the way to it."""
    parent = (root / path).parent.resolve()
    if not parent.is_relative_to(root.resolve()):
        raise FileNotFoundError(path)
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe in its place must not hang
    try:
        handle = os.open(root / path, flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FileNotFoundError(path) from error
        raise
    if S_ISDIR(os.fstat(handle).st_mode):  # which `fdopen` refuses, and leaves open
        os.close(handle)
        raise FileNotFoundError(path)
    with os.fdopen(handle, "rb") as file:
        return file.read(MAX_FILE_BYTES + 1)

"""Sources whose issues are folders: a change of a file in the folder is a change of the issue."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from digest.joining import join_files
from sources.base import Changes, FileChange, Source
from sources.listing import MAX_FILE_BYTES
from sources.patterns import Matcher, pattern_key


class IssueFolders:
    """Decides which folders are issues, by patterns as in .gitignore; without patterns, none is."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = tuple(patterns)
        self._matches = Matcher(self.patterns, ())

    def issue_of(self, path: str) -> str:
        """Return the issue folder that contains the file at `path`, or `path` if the file is an issue itself."""
        if not self.patterns:
            return path
        parts = path.split("/")
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        return next((folder for folder in above if self._matches(folder)), path)

    def members(self, paths: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """Return the files of each issue folder; files outside of one are omitted."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            if (issue := self.issue_of(path)) != path:
                found[issue].append(path)
        return found


class JoinedSource:
    """A source that joins the files of each issue folder to one file, with the folder's path."""

    def __init__(self, inner: Source, folders: IssueFolders) -> None:
        self._inner = inner
        self._folders = folders
        # part of each revision: other patterns mean other issues, even if the source did not change
        self._mark = f"joined-{hashlib.sha256(pattern_key(folders.patterns, ()).encode()).hexdigest()[:8]}:"
        self._members: Mapping[str, Sequence[str]] | None = None

    async def changes(self, since: str | None) -> Changes | None:
        """Return which issues changed since `since`; all of them if the patterns were different then."""
        known = since.removeprefix(self._mark) if since and since.startswith(self._mark) else None
        found = await self._inner.changes(known)
        if found is None:
            return None
        everything = found if known is None else await self._inner.changes(None)
        listed = [change.path for change in everything.files] if everything else []
        self._members = self._folders.members(listed)
        files = self._joined(found.files, frozenset(listed))
        is_other = since is not None and known is None
        return Changes(f"{self._mark}{found.revision}", files, rewritten=found.rewritten or is_other)

    def _joined(self, files: Sequence[FileChange], listed: frozenset[str]) -> tuple[FileChange, ...]:
        """Return the changes of files as changes of issues, deletions last."""
        present: dict[str, FileChange] = {}
        gone: dict[str, FileChange] = {}
        alive = {self._folders.issue_of(path) for path in listed}
        for change in files:
            issue = self._folders.issue_of(change.path)
            before = self._folders.issue_of(change.old_path) if change.old_path else None
            if before is not None and before != issue:
                if before not in alive:
                    gone[before] = FileChange("deleted", before)
                elif before != change.old_path:  # a folder with one file less
                    present[before] = _together(present.get(before), change, before)
            if issue not in alive:
                gone[issue] = FileChange("deleted", issue)
            elif issue == change.path:
                present[issue] = change if before in {None, change.old_path} else replace(change, old_path=None)
            else:
                present[issue] = _together(present.get(issue), change, issue)
        come = {change.path for change in files if change.kind in {"added", "renamed"}}
        kept = {self._folders.issue_of(path) for path in listed - come}
        moved = [change for change in files if change.old_path and self._folders.issue_of(change.path) not in kept]
        return _with_moves(present, gone, moved, self._folders)

    async def read(self, revision: str, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes]]:
        """Yield the issues; a folder with more than `MAX_FILE_BYTES` in total is omitted."""
        if self._members is None:
            await self.changes(None)
        members = self._members or {}
        wanted = [(issue, path) for issue in paths for path in members.get(issue, (issue,))]
        owner = {path: issue for issue, path in wanted}
        inner = self._inner.read(revision.removeprefix(self._mark), [path for _, path in wanted])
        async with aclosing(_grouped(inner, owner)) as groups:
            async for issue, files in groups:
                if issue not in members:
                    yield files[0]
                elif sum(len(data) for _, data in files) <= MAX_FILE_BYTES:
                    yield issue, join_files(issue, files)

    async def listed(self, revision: str, matches: Callable[[str], bool]) -> list[str]:
        """Return the paths of all files for which `matches` is true, without joining folders."""
        return await self._inner.listed(revision.removeprefix(self._mark), matches)

    def host_url(self) -> str:
        """Return the URL pattern of a file's page on its host, which works for folders too."""
        return self._inner.host_url()

    async def close(self) -> None:
        """Close the inner source."""
        await self._inner.close()


def _together(before: FileChange | None, change: FileChange, issue: str) -> FileChange:
    """Return the change of an issue, with the time of its last changed file."""
    times = [each.changed_at for each in (before, change) if each is not None and each.changed_at is not None]
    return FileChange("changed", issue, changed_at=max(times, default=None))


def _with_moves(
    present: dict[str, FileChange], gone: dict[str, FileChange], files: Iterable[FileChange], folders: IssueFolders
) -> tuple[FileChange, ...]:
    """Return the changes, with deleted folders whose files reappear in a new folder turned into renames."""
    for change in files:
        if change.old_path is None:
            continue
        before, issue = folders.issue_of(change.old_path), folders.issue_of(change.path)
        if before in gone and issue in present and present[issue].old_path is None:
            del gone[before]
            present[issue] = replace(present[issue], kind="renamed", old_path=before)
    return (*(present[path] for path in sorted(present)), *(gone[path] for path in sorted(gone)))


async def _grouped(
    files: AsyncIterator[tuple[str, bytes]], owner: Mapping[str, str]
) -> AsyncGenerator[tuple[str, list[tuple[str, bytes]]], None]:
    """Yield each issue with its files; `files` must be grouped by issue."""
    issue, group = "", list[tuple[str, bytes]]()
    async for path, data in files:
        if group and owner[path] != issue:
            yield issue, group
            group = []
        issue = owner[path]
        group.append((path, data))
    if group:
        yield issue, group

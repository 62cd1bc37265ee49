"""The interface of all sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FileChange:
    """The change of one file: `kind` is "added", "changed", "renamed" or "deleted".

    `path` is relative to the source's root with forward slashes; `old_path` is the previous path of a renamed file.
    `changed_at` is when the file last changed (commit or file time, aware UTC), None if unknown.
    """

    kind: str
    path: str
    old_path: str | None = None
    changed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """All differences between two revisions of a source.

    `revision` is opaque, is passed to the next call of `changes`, and is stored only after every file was imported.
    `rewritten` means that the old revision is unknown to the source, as after a force-push: every file is then listed
    as added, and files that are not listed are deleted.
    """

    revision: str
    files: tuple[FileChange, ...]
    rewritten: bool = False


class Source(Protocol):
    """The place of a newsletter's files. Every call has a time limit and raises `SourceError` with one sentence."""

    async def changes(self, since: str | None) -> Changes | None:
        """Return the changes since revision `since` (None: every file is added); None if nothing changed."""
        ...

    def read(self, revision: str, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes]]:
        """Yield path and bytes of `paths` at `revision`, in the given order; missing files are omitted."""
        ...

    async def listed(self, revision: str, matches: Callable[[str], bool]) -> list[str]:
        """Return the paths of all files for which `matches` is true, regardless of the newsletter's patterns."""
        ...

    def host_url(self) -> str:
        """Return the URL pattern of a file's page on its public host, with `{path}` in it; "" without one."""
        ...

    async def close(self) -> None:
        """Release the source's resources, such as running commands."""
        ...

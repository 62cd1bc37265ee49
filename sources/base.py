"""The interface of all sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a change: `kind` is "added", "changed", "renamed" or "deleted".

    `path` is relative to the source's root with forward slashes; for a rename `old_path` is where
    the file was. `changed_at` is when it last changed (commit or file time, aware UTC), None if unknown.
    """

    kind: str
    path: str
    old_path: str | None = None
    changed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs between two revisions of a source.

    `revision` is opaque, comes back in the next call of `changes`, and is stored only once every
    file was taken in. `rewritten` says that the old revision is unknown to the source now (a
    force-push): the changes were then found by comparing with what is stored.
    """

    revision: str
    files: tuple[FileChange, ...]
    rewritten: bool = False


class Source(Protocol):
    """Where a newsletter's files are. Every call has a time limit and raises `SourceError` with one sentence."""

    async def changes(self, since: str | None) -> Changes | None:
        """Return what changed since revision `since` (None: everything is added); None if nothing did."""
        ...

    def read(self, revision: str, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes]]:
        """Return the bytes of `paths` as they are at `revision`, in the order given; a missing file is left out."""
        ...

    async def listed(self, revision: str, matches: Callable[[str], bool]) -> list[str]:
        """Return the paths of all files that `matches` is true of, whatever the newsletter's patterns say."""
        ...

    def host_url(self) -> str:
        """Return the pattern of a file's page on its public host with `{path}` in it, or ""."""
        ...

    async def close(self) -> None:
        """End whatever the source still holds."""
        ...

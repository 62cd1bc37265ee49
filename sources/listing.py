"""Comparison of two states of a source, each a mapping of paths to digests or ids of the contents."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from errors import S_, SourceError
from sources.base import FileChange

MAX_FILE_BYTES = 5_000_000  # a larger file is not an issue written by a person
MAX_ENTRIES = 1_000_000  # files and folders of a source, issues or not
MAX_FILES = 50_000  # issues of one newsletter; a daily one reaches that after 130 years
MAX_TOTAL_BYTES = 1_000_000_000  # of all issues together
MAX_DEPTH = 100  # levels of nested folders
_TOO_MANY = S_(
    "{place} has more than {number} files that the newsletter's include matches: narrow it, for example to _posts/*.md."
)
_TOO_LARGE = S_(
    "{place} has more than {number} GB in files that the newsletter's include matches: narrow it, for example to "
    "_posts/*.md."
)
_EMPTY = S_("{place} no longer has a file that the newsletter's include matches; what was read before is kept.")
Listing = Mapping[str, str]


@dataclass(slots=True)
class ListingChanges:
    """The differences between two listings. `renamed` maps new paths to old ones; lists are sorted by path."""

    added: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])
    deleted: list[str] = field(default_factory=list[str])
    renamed: dict[str, str] = field(default_factory=dict[str, str])

    def rename(self, old: str, new: str) -> None:
        """Turn the added file `new` and the deleted file `old` into a rename."""
        self.added.remove(new)
        self.deleted.remove(old)
        self.renamed[new] = old

    def files(self, changed_at: Callable[[str], dt.datetime | None]) -> tuple[FileChange, ...]:
        """Return the differences as file changes, ordered by path with deletions last."""
        kinds = dict.fromkeys(self.added, "added") | dict.fromkeys(self.changed, "changed")
        kinds |= dict.fromkeys(self.renamed, "renamed")
        present = [
            FileChange(kind, path, self.renamed.get(path), changed_at(path)) for path, kind in sorted(kinds.items())
        ]
        return (*present, *(FileChange("deleted", path) for path in self.deleted))


def compare(old: Listing, new: Listing) -> ListingChanges:
    """Return the differences; a file whose unchanged content is at a new path was renamed."""
    gone: dict[str, list[str]] = defaultdict(list)
    for path in sorted(old.keys() - new.keys()):
        gone[old[path]].append(path)
    added: list[str] = []
    renamed: dict[str, str] = {}
    for path in sorted(new.keys() - old.keys()):
        candidates = gone.get(new[path])
        if not candidates:
            added.append(path)
            continue
        name = PurePosixPath(path).name
        before = next((each for each in candidates if PurePosixPath(each).name == name), candidates[0])
        candidates.remove(before)
        renamed[path] = before
    changed = sorted(path for path in old.keys() & new.keys() if old[path] != new[path])
    return ListingChanges(added, changed, sorted(path for paths in gone.values() for path in paths), renamed)


def check_amount(place: str, files: int, total_bytes: int = 0) -> None:
    """Raise SourceError if the issues exceed `MAX_FILES` or `MAX_TOTAL_BYTES`."""
    if files > MAX_FILES:
        raise SourceError(_TOO_MANY.format(place=place, number=f"{MAX_FILES:,}"))
    if total_bytes > MAX_TOTAL_BYTES:
        raise SourceError(_TOO_LARGE.format(place=place, number=MAX_TOTAL_BYTES // 1_000_000_000))


def is_plain_path(path: str) -> bool:
    """Whether a path stays inside its source and has no control characters."""
    parts = path.split("/")
    return not any(part in {"", ".", ".."} for part in parts) and not any(ord(letter) < 32 for letter in path)


def refuse_empty(name: str, listed: Sized) -> None:
    """Raise SourceError if a source that had files lists none, as it is probably unavailable, not empty."""
    if not listed:
        raise SourceError(_EMPTY.format(place=name))

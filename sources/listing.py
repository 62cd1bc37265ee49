"""Comparing two states of a source: each a mapping of paths to something that stands for the content."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sources.base import FileChange

MAX_FILE_BYTES = 5_000_000  # a larger file is no issue that a person wrote
Listing = Mapping[str, str]


@dataclass(slots=True)
class Difference:
    """What lies between two listings. `renamed` maps new paths to old ones; every list is sorted by path."""

    added: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])
    deleted: list[str] = field(default_factory=list[str])
    renamed: dict[str, str] = field(default_factory=dict[str, str])

    def rename(self, old: str, new: str) -> None:
        """Note that the added file `new` is the deleted file `old`."""
        self.added.remove(new)
        self.deleted.remove(old)
        self.renamed[new] = old

    def files(self, changed_at: Callable[[str], dt.datetime | None]) -> tuple[FileChange, ...]:
        """The same as file changes in the order of their paths, deletions last."""
        kinds = dict.fromkeys(self.added, "added") | dict.fromkeys(self.changed, "changed")
        kinds |= dict.fromkeys(self.renamed, "renamed")
        present = [
            FileChange(kind, path, self.renamed.get(path), changed_at(path)) for path, kind in sorted(kinds.items())
        ]
        return (*present, *(FileChange("deleted", path) for path in self.deleted))


def compare(old: Listing, new: Listing) -> Difference:
    """Find what differs; a file whose content turns up unchanged at another path was renamed."""
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
    return Difference(added, changed, sorted(path for paths in gone.values() for path in paths), renamed)


def is_plain_path(path: str) -> bool:
    """Whether a path stays inside its source and holds no control character."""
    parts = path.split("/")
    return not any(part in {"", ".", ".."} for part in parts) and not any(ord(letter) < 32 for letter in path)

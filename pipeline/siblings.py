"""Sibling folders that hold one series together, such as one per author, reported as one place: `blog/*/`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from digest.head.dates import path_date

_MANY = 10  # least folders; fewer may be a newsletter each
_HALF = 2


class Siblings:
    """Detects sibling folders of one series: at least `_MANY` with dated files, none with more than half of them."""

    def __init__(self, paths: Iterable[str]) -> None:
        folders: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for path in paths:
            folder, _, name = path.rpartition("/")
            above, _, below = folder.rpartition("/")
            if above and path_date(name) is not None:
                folders[above][below] += 1
        self._above = {
            above
            for above, counts in folders.items()
            if len(counts) >= _MANY and max(counts.values()) * _HALF <= counts.total()
        }

    def together(self, paths: Iterable[str]) -> list[str]:
        """Return the paths with a star for the names of such folders."""
        return [self._starred(path) for path in paths]

    def _starred(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        above = folder.rpartition("/")[0]
        return f"{above}/*/{name}" if above in self._above else path

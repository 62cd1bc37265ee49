"""Finds the files of a newsletter that precede another one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from digest.copies import original_of
from digest.order import natural_key

MOST_EARLIER = 5  # maximum files returned
_ENOUGH = 2  # similarly named files that are enough; with fewer, the folder is searched
_DIGITS = re.compile(r"\d+")


class Neighbours:
    """A newsletter's files in the natural order of their names."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._alike: dict[str, list[str]] = {}
        self._beside: dict[tuple[str, str], list[str]] = {}
        self._paths = frozenset(paths)
        for path in sorted((path for path in self._paths if self._original(path) == path), key=natural_key):
            self._alike.setdefault(_shape(path), []).append(path)
            self._beside.setdefault(_kind(path), []).append(path)

    def before(self, path: str) -> list[str]:
        """Return up to `MOST_EARLIER` files before the one at `path`; for a copy, before its original.

        They are files whose names differ only in numbers ("2026/98.md" and "2026/99.md"), else files in the same
        folder.
        """
        path = self._original(path)
        found: list[str] = []
        for group in (self._alike.get(_shape(path), []), self._beside.get(_kind(path), [])):
            before = group[: bisect_left(group, natural_key(path), key=natural_key)][-MOST_EARLIER:]
            if len(before) >= _ENOUGH:
                return before
            found = max(found, before, key=len)
        return found

    def _original(self, path: str) -> str:
        """Return the original of which `path` is a copy by its name, else `path`."""
        named = original_of(path)
        return named[0] if named is not None and named[0] in self._paths else path


def _shape(path: str) -> str:
    return _DIGITS.sub("#", path)


def _kind(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name.rpartition(".")[2]
